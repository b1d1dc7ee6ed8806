//! Uploaded files.

pub mod archive;
pub mod delete;
pub mod download;
pub mod read;
pub mod show;
pub mod upload;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hospes_model::asset::Asset;
use hospes_model::member::Action;
use hospes_model::{FileId, OrgId, OrgNo};
use hospes_store::{Tx, assets, orgs};

use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;

/// Reads the file that a path names. What is no id names nothing.
fn file_id(subject: &str) -> Result<FileId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// The id of the organization with this number.
pub(super) fn org_of(tx: &mut Tx<'_>, number: i64) -> hospes_store::Result<OrgId> {
    let no = OrgNo::new(number)
        .ok_or_else(|| hospes_store::Error::Corrupt("a key of no organization".to_owned()))?;
    Ok(orgs::get(tx, no)?.id)
}

/// The file that a path names, if the caller may know of it.
#[derive(Debug)]
pub struct Readable {
    org: OrgId,
    asset: Asset,
}

impl FromRequestParts<Arc<App>> for Readable {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, app).await?;
        caller.may(Action::ReadFiles)?;
        let Subject(subject) = Subject::from_request_parts(parts, app).await?;
        let (id, org, actor) = (file_id(&subject)?, caller.org, caller.actor);
        let found = app.store.read(move |tx| assets::find_visible(tx, org, id, actor)).await?;
        Ok(Self { org: caller.org_id, asset: found.ok_or_else(Error::not_found)? })
    }
}
