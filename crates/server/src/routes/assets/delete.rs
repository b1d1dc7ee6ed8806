//! `DELETE /organizations/{org}/file/{asset}`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use hospes_model::member::Action;
use hospes_store::assets::write;

use super::file_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::files::sweep;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete a file.
///
/// Its record and its bytes. Whoever uploaded it and administrators may, as
/// long as no answer names it.
#[utoipa::path(
    delete, path = "/organizations/{org}/file/{asset}", tag = "files",
    operation_id = "delete_file",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("asset" = String, Path, description = "The file's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The file is gone"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteFiles)?;
    let id = file_id(&subject)?;
    let (caller, cause, app) = (change.caller().clone(), change.cause(), Arc::clone(change.app()));
    let (org, org_id) = (caller.org, caller.org_id);
    let answer = change
        .run(move |tx| {
            write::delete::<Error>(tx, org, id, caller.actor, &cause)?;
            Ok(Reply { status: StatusCode::OK, etag: None, body: Bytes::new() })
        })
        .await?;
    sweep::remove(&app, org, org_id, id).await;
    Ok(answer)
}
