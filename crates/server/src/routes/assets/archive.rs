//! `DELETE /organizations/{org}/assets/{asset}`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::assets::Asset;
use hospes_api::envelope::Item;
use hospes_model::member::Action;
use hospes_store::assets::write;

use super::file_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Archive a file.
///
/// Only its record: lists leave it out, answers that name it keep it, and its
/// bytes can still be read. Whoever uploaded it and administrators may.
#[utoipa::path(
    delete, path = "/organizations/{org}/assets/{asset}", tag = "files",
    operation_id = "archive_file",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("asset" = String, Path, description = "The file's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The archived file", body = Item<Asset>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn archive(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteFiles)?;
    let id = file_id(&subject)?;
    let (caller, cause) = (change.caller().clone(), change.cause());
    change
        .run(move |tx| {
            let asset = write::archive::<Error>(tx, caller.org, id, caller.actor, &cause)?;
            Reply::json(StatusCode::OK, &Item::new(Asset::new(&asset, caller.org_id)))
        })
        .await
}
