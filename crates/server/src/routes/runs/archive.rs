//! `DELETE /organizations/{org}/runs/{run}`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::Run;
use hospes_model::member::Action;
use hospes_model::workflow::Command;

use super::{change_and_show, only, run_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Archive a process.
///
/// Its tasks go with it: lists leave them out, and they cannot be changed
/// until the process is brought back. Doing so twice changes nothing more.
#[utoipa::path(
    delete, path = "/organizations/{org}/runs/{run}", tag = "runs",
    operation_id = "archive_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The process", body = Item<Run>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn archive(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteRuns)?;
    let id = run_id(&subject)?;
    change_and_show(change, id, &uri, |_| Ok(only(Command::Archive))).await
}
