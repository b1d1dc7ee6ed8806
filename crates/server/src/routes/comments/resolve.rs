//! `POST /organizations/{org}/{tasks|runs|checklists}/{id}/resolved-threads`.

use axum::response::Response;
use hospes_api::comments::{ResolveBody, Thread, read_resolution};
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

/// Resolve an issue with a task.
///
/// Says what was done about it; without `thread_id` every open issue with the
/// task is resolved.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/resolved-threads", tag = "comments",
    operation_id = "resolve_issue_with_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id, one-off or of a process"),
        ChangeHeaders
    ),
    request_body = ResolveBody,
    responses((status = 201, description = "What resolved it", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_task(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Task(task_id(&subject)?);
    let read = read_resolution(&change.json()?)?;
    write(change, place, read).await
}

/// Resolve an issue with a process.
///
/// Says what was done about it; without `thread_id` every open issue with the
/// process as a whole is resolved.
#[utoipa::path(
    post, path = "/organizations/{org}/runs/{run}/resolved-threads", tag = "comments",
    operation_id = "resolve_issue_with_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    request_body = ResolveBody,
    responses((status = 201, description = "What resolved it", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_run(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Run(run_id(&subject)?);
    let read = read_resolution(&change.json()?)?;
    write(change, place, read).await
}

/// Resolve an issue with a template.
///
/// Says what was done about it; without `thread_id` every open one is resolved.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/resolved-threads", tag = "comments",
    operation_id = "resolve_issue_with_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body = ResolveBody,
    responses((status = 201, description = "What resolved it", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_checklist(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Template(template_id(&subject)?);
    let read = read_resolution(&change.json()?)?;
    write(change, place, read).await
}
