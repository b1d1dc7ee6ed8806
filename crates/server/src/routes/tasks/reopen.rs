//! `DELETE /organizations/{org}/completed-tasks/{task}`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::tasks::write;

use super::{includes, is_of_run, reply, task_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::runs::{self, TaskChange};
use crate::routes::tasks::discussions::discussions;

/// Reopen a completed task.
///
/// What was filled in is kept; who completed it is forgotten.
#[utoipa::path(
    delete, path = "/organizations/{org}/completed-tasks/{task}", tag = "tasks",
    operation_id = "reopen_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn reopen(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::CompleteTasks)?;
    let id = task_id(&subject)?;
    if is_of_run(change.app(), change.caller().org, id).await? {
        return runs::reopen(TaskChange { change, run: None, task: id, uri }).await;
    }
    let (caller, now) = (change.caller().clone(), change.now());
    let (expected, cause) = (change.expected(), change.cause());
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            let changed = write::reopen::<Error>(tx, caller.org, id, &expected, caller.actor, &cause)?;
            let discussions = discussions(tx, &[changed.task.key], includes)?;
            reply(StatusCode::OK, &changed, &discussions, now, includes)
        })
        .await
}
