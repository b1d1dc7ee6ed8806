//! `GET /organizations/{org}/runs/{run}/tasks/{task}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Task;
use hospes_model::member::Action;

use super::{read_of_run, run_id};
use crate::app::App;
use crate::caller::{Caller, Within};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::routes::tasks::task_id;

/// Read a task of a process.
///
/// Hidden ones too, and those of archived processes.
#[utoipa::path(
    get, path = "/organizations/{org}/runs/{run}/tasks/{task}", tag = "runs",
    operation_id = "read_task_of_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ("task" = String, Path, description = "The task's id"),
        ("with" = Option<String>, Query, description = "`run`, `run.checklist`, `step`, `form_fields`, \
            `ko-form-fields`, `activities`, `threads_count`, `tags` and others, separated by commas", example = "step,form_fields")
    ),
    responses(
        (status = 200, description = "The task", body = Item<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read_task(
    State(app): State<Arc<App>>,
    caller: Caller,
    Within(run, task): Within,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTasks)?;
    let which = (Some(run_id(&run)?), task_id(&task)?);
    read_of_run(&app, &caller, which, &uri, &headers).await?.ok_or_else(Error::not_found)
}
