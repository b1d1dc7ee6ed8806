//! `PUT /organizations/{org}/runs/{run}`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::request::read_update;
use hospes_api::runs::{Run, UpdateRunBody};
use hospes_model::member::Action;
use hospes_store::runs::write::Wish;

use super::{Asking, change_and_show, run_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a process.
///
/// What is absent stays as it is. `users` and `groups` are one: a list that is
/// left out beside the other is empty. Notes and who sees the process are for
/// administrators, its owner and its starter. Values of a complete kick-off
/// form submit it again.
#[utoipa::path(
    put, path = "/organizations/{org}/runs/{run}", tag = "runs",
    operation_id = "update_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    request_body = UpdateRunBody,
    responses((status = 200, description = "The changed process", body = Item<Run>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteRuns)?;
    let id = run_id(&subject)?;
    let (update, actor) = (read_update(&change.json()?)?, change.caller().actor);
    change_and_show(change, id, &uri, move |process| {
        let (asked, about) = update.for_process(process, actor)?;
        Ok(Asking { wish: Wish { commands: asked.commands, about }, warnings: asked.warnings })
    })
    .await
}
