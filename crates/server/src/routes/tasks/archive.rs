//! `DELETE /organizations/{org}/tasks/{task}`.

use axum::response::Response;
use hospes_model::member::Action;
use hospes_store::tasks::write;

use super::task_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Archive a one-off task.
///
/// It can be restored. Archiving twice changes nothing more.
#[utoipa::path(
    delete, path = "/organizations/{org}/tasks/{task}", tag = "tasks",
    operation_id = "archive_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "Archived"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn archive(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTasks)?;
    let id = task_id(&subject)?;
    let (caller, expected, cause) = (change.caller().clone(), change.expected(), change.cause());
    change
        .run(move |tx| {
            write::set_archived::<Error>(tx, caller.org, id, &expected, true, caller.actor, &cause)?;
            Ok(Reply::no_content())
        })
        .await
}
