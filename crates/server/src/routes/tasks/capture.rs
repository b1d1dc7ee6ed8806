//! `POST /organizations/{org}/tasks/{task}/captures`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Task;
use hospes_api::tasks::of_run_request::{CaptureBody, read_capture};

use super::task_id;
use super::update::update_with;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Fill in one form field of a task.
///
/// The same as `taskdata` with one entry in a change of the task.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/captures", tag = "tasks",
    operation_id = "add_form_field_to_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    request_body = CaptureBody,
    responses((status = 200, description = "The changed task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn capture(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    let id = task_id(&subject)?;
    let body = read_capture(&change.json()?)?;
    update_with(id, uri, change, &body).await
}
