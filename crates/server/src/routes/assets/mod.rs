//! Uploaded files.

pub mod archive;
pub mod delete;
pub mod download;
pub mod read;
pub mod show;
pub mod upload;

use hospes_model::asset::Asset;
use hospes_model::{FileId, OrgId, OrgNo};
use hospes_store::{Tx, assets, orgs};

use crate::app::App;
use crate::caller::Caller;
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

/// Finds a file that the caller may know of.
async fn find(app: &App, caller: &Caller, id: FileId) -> Result<Asset, Error> {
    let (org, actor) = (caller.org, caller.actor);
    let found = app.store.read(move |tx| assets::find_visible(tx, org, id, actor)).await?;
    found.ok_or_else(Error::not_found)
}
