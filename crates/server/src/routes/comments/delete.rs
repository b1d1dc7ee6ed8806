//! `DELETE /organizations/{org}/{tasks|runs|checklists}/{id}/comment/{comment}`.

use axum::response::Response;
use hospes_store::comments::Place;

use super::delete_comment;
use crate::caller::Within;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::runs::run_id;
use crate::routes::tasks::task_id;
use crate::routes::templates::template_id;

/// Delete a comment on a task.
///
/// For good. Only who wrote it and administrators may. An open issue is refused.
#[utoipa::path(
    delete, path = "/organizations/{org}/tasks/{task}/comment/{comment}", tag = "comments",
    operation_id = "delete_comment_on_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id, one-off or of a process"),
        ("comment" = String, Path, description = "The comment's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "It is gone"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_task(Within(subject, id): Within, change: Change) -> Result<Response, Error> {
    let place = Place::Task(task_id(&subject)?);
    delete_comment(change, place, &id).await
}

/// Delete a comment on a process.
///
/// For good. Only who wrote it and administrators may. An open issue is refused.
#[utoipa::path(
    delete, path = "/organizations/{org}/runs/{run}/comment/{comment}", tag = "comments",
    operation_id = "delete_comment_on_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ("comment" = String, Path, description = "The comment's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "It is gone"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_run(Within(subject, id): Within, change: Change) -> Result<Response, Error> {
    let place = Place::Run(run_id(&subject)?);
    delete_comment(change, place, &id).await
}

/// Delete a comment on a template.
///
/// For good. Only who wrote it and administrators may. An open issue is refused.
#[utoipa::path(
    delete, path = "/organizations/{org}/checklists/{checklist}/comment/{comment}", tag = "comments",
    operation_id = "delete_comment_on_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("comment" = String, Path, description = "The comment's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "It is gone"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_checklist(Within(subject, id): Within, change: Change) -> Result<Response, Error> {
    let place = Place::Template(template_id(&subject)?);
    delete_comment(change, place, &id).await
}
