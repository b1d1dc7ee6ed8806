//! `POST /organizations/{org}/{tasks|runs|checklists}/{id}/comment`.

use axum::response::Response;
use hospes_api::comments::{CommentBody, Thread, read_comment};
use hospes_api::envelope::Item;
use hospes_store::comments::Place;

use super::write;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::runs::run_id;
use crate::routes::tasks::task_id;
use crate::routes::templates::template_id;

/// Comment on a task.
///
/// Guests cannot read it unless its `state` says so. The label `problem` reports
/// an issue. 120 comments an hour in an organization, unless the operator says
/// otherwise.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/comment", tag = "comments",
    operation_id = "comment_on_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id, one-off or of a process"),
        ChangeHeaders
    ),
    request_body = CommentBody,
    responses((status = 201, description = "The comment", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_task(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Task(task_id(&subject)?);
    let read = read_comment(&change.json()?)?;
    write(change, place, read).await
}

/// Comment on a process.
///
/// Guests never read it. The label `problem` reports an issue, for which light
/// members are refused.
#[utoipa::path(
    post, path = "/organizations/{org}/runs/{run}/comment", tag = "comments",
    operation_id = "comment_on_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    request_body = CommentBody,
    responses((status = 201, description = "The comment", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_run(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Run(run_id(&subject)?);
    let read = read_comment(&change.json()?)?;
    write(change, place, read).await
}

/// Comment on a template.
///
/// Notes among those who make it; guests never read them.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/comment", tag = "comments",
    operation_id = "comment_on_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body = CommentBody,
    responses((status = 201, description = "The comment", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_checklist(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Template(template_id(&subject)?);
    let read = read_comment(&change.json()?)?;
    write(change, place, read).await
}
