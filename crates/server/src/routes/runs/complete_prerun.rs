//! `POST /organizations/{org}/runs/{run}/complete-prerun`.

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

/// Submit the kick-off form.
///
/// Its required fields must be filled in. The rules that ask about it run.
/// Doing so twice changes nothing more.
#[utoipa::path(
    post, path = "/organizations/{org}/runs/{run}/complete-prerun", tag = "runs",
    operation_id = "complete_prerun",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The process", body = Item<Run>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn complete_prerun(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::CompleteTasks)?;
    let id = run_id(&subject)?;
    change_and_show(change, id, &uri, |_| Ok(only(Command::CompletePrerun))).await
}
