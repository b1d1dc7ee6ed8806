//! `PUT /organizations/{org}/tasks/{task}/restore`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::tasks::write;

use super::{includes, reply, task_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::tasks::discussions::discussions;

/// Restore an archived task.
///
/// Restoring one that is not archived changes nothing.
#[utoipa::path(
    put, path = "/organizations/{org}/tasks/{task}/restore", tag = "tasks",
    operation_id = "restore_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn restore(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTasks)?;
    let id = task_id(&subject)?;
    let (caller, now) = (change.caller().clone(), change.now());
    let (expected, cause) = (change.expected(), change.cause());
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            let changed =
                write::set_archived::<Error>(tx, caller.org, id, &expected, false, caller.actor, &cause)?;
            let discussions = discussions(tx, &[changed.task.key], includes)?;
            reply(StatusCode::OK, &changed, &discussions, now, includes)
        })
        .await
}
