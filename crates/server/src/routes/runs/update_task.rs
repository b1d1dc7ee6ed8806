//! `PUT /organizations/{org}/runs/{run}/tasks/{task}`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::{Task, UpdateTaskBody};

use super::{TaskChange, change_task, run_id};
use crate::caller::Within;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::tasks::task_id;

/// Change a task of a process.
///
/// What is absent stays as it is. `owners` replaces everybody, and a list left
/// out of it is empty. Values of form fields are saved as they are; required
/// ones are asked for when the task is completed. `hidden` hides or shows the
/// task by hand. Completed tasks are refused. What belongs to the step
/// (`webhook`, `max_assignable` and others) cannot be changed here, which
/// `warnings` says.
#[utoipa::path(
    put, path = "/organizations/{org}/runs/{run}/tasks/{task}", tag = "runs",
    operation_id = "update_task_of_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    request_body = UpdateTaskBody,
    responses((status = 200, description = "The changed task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update_task(Within(run, task): Within, uri: Uri, change: Change) -> Result<Response, Error> {
    let (run, task) = (Some(run_id(&run)?), task_id(&task)?);
    let body = change.json()?;
    change_task(TaskChange { change, run, task, uri }, &body).await
}
