//! `POST /organizations/{org}/runs/{run}/completed-tasks`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::request::read_complete;
use hospes_api::tasks::{CompleteTaskBody, Task};

use super::{TaskChange, complete, run_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Complete a task of a process.
///
/// Rules run, and `tasks_changed_by_rules` says what they changed, by the ids
/// of the tasks. Where everyone must complete, this completes one person's
/// part, and the task with the last one.
#[utoipa::path(
    post, path = "/organizations/{org}/runs/{run}/completed-tasks", tag = "runs",
    operation_id = "complete_task_of_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    request_body = CompleteTaskBody,
    responses((status = 200, description = "The task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn complete_task(Subject(run): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    let run = Some(run_id(&run)?);
    let wish = read_complete(&change.json()?)?;
    complete(TaskChange { change, run, task: wish.id, uri }, wish).await
}
