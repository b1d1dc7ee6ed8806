//! `POST /organizations/{org}/{tasks|runs|checklists}/{id}/problem`.

use axum::response::Response;
use hospes_api::comments::{IssueBody, Thread, read_issue};
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

/// Report an issue with a task.
///
/// While it is open the task cannot be completed, and its process has the status
/// `problem`. A finished task is opened again, unless `issues_reopen_tasks` of
/// the organization says otherwise.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/problem", tag = "comments",
    operation_id = "report_issue_with_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id, one-off or of a process"),
        ChangeHeaders
    ),
    request_body = IssueBody,
    responses((status = 201, description = "The issue", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_task(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Task(task_id(&subject)?);
    let read = read_issue(&change.json()?)?;
    write(change, place, read).await
}

/// Report an issue with a process.
///
/// While it is open the tasks of the process cannot be changed, and the process
/// has the status `issue`.
#[utoipa::path(
    post, path = "/organizations/{org}/runs/{run}/problem", tag = "comments",
    operation_id = "report_issue_with_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    request_body = IssueBody,
    responses((status = 201, description = "The issue", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_run(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Run(run_id(&subject)?);
    let read = read_issue(&change.json()?)?;
    write(change, place, read).await
}

/// Report an issue with a template.
///
/// It holds up nothing: templates go on being launched.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/problem", tag = "comments",
    operation_id = "report_issue_with_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body = IssueBody,
    responses((status = 201, description = "The issue", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn on_checklist(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Template(template_id(&subject)?);
    let read = read_issue(&change.json()?)?;
    write(change, place, read).await
}
