//! `DELETE /organizations/{org}/tasks/{task}/delete`.

use axum::response::Response;
use hospes_model::member::Action;
use hospes_store::tasks::write;

use super::task_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete a one-off task for good.
///
/// With its fields and their values; the activity feed keeps what was done.
#[utoipa::path(
    delete, path = "/organizations/{org}/tasks/{task}/delete", tag = "tasks",
    operation_id = "delete_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "Deleted"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTasks)?;
    let id = task_id(&subject)?;
    let (caller, expected, cause) = (change.caller().clone(), change.expected(), change.cause());
    change
        .run(move |tx| {
            write::delete::<Error>(tx, caller.org, id, &expected, caller.actor, &cause)?;
            Ok(Reply::no_content())
        })
        .await
}
