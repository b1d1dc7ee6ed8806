//! `POST /organizations/{org}/completed-tasks`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::request::read_complete;
use hospes_api::tasks::{CompleteTaskBody, Task};
use hospes_model::member::Action;
use hospes_store::tasks::write::{self, Changed};

use super::{includes, is_of_run, reply};
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::runs::{self, TaskChange};
use crate::routes::tasks::discussions::discussions;

/// Complete a task, one-off or of a process.
///
/// Where everyone must complete, this completes one person's part, and the task
/// with the last one. `override_user` and `override_guest` record the work of
/// somebody else; that is for administrators and standard members.
#[utoipa::path(
    post, path = "/organizations/{org}/completed-tasks", tag = "tasks",
    operation_id = "complete_task",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = CompleteTaskBody,
    responses((status = 200, description = "The task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn complete(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::CompleteTasks)?;
    let complete = read_complete(&change.json()?)?;
    if is_of_run(change.app(), change.caller().org, complete.id).await? {
        return runs::complete(TaskChange { change, run: None, task: complete.id, uri }, complete).await;
    }
    let (caller, now) = (change.caller().clone(), change.now());
    let (expected, cause) = (change.expected(), change.cause());
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            let Changed { task, warnings } = write::complete::<Error>(
                tx,
                caller.org,
                complete.id,
                &expected,
                &complete.wish,
                caller.actor,
                &cause,
            )?;
            let warnings = complete.warnings.iter().cloned().chain(warnings).collect();
            let discussions = discussions(tx, &[task.key], includes)?;
            reply(StatusCode::OK, &Changed { task, warnings }, &discussions, now, includes)
        })
        .await
}
