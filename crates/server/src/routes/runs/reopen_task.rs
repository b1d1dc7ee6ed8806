//! `DELETE /organizations/{org}/runs/{run}/completed-tasks/{task}`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Task;

use super::{TaskChange, reopen, run_id};
use crate::caller::Within;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::tasks::task_id;

/// Reopen a completed task of a process.
///
/// What was filled in is kept; who completed it is forgotten. Rules run, and
/// `tasks_changed_by_rules` says what they changed.
#[utoipa::path(
    delete, path = "/organizations/{org}/runs/{run}/completed-tasks/{task}", tag = "runs",
    operation_id = "reopen_task_of_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn reopen_task(Within(run, task): Within, uri: Uri, change: Change) -> Result<Response, Error> {
    let (run, task) = (Some(run_id(&run)?), task_id(&task)?);
    reopen(TaskChange { change, run, task, uri }).await
}
