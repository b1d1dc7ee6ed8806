//! `GET /organizations/{org}/tasks/{task}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::tasks;
use hospes_store::tasks::write::Changed;

use super::{includes, reply, task_id};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::{Reply, conditional};
use crate::routes::activity::TaskFeed;
use crate::routes::runs::read_of_run;
use crate::routes::tasks::discussions::discussions;

/// Read a task, one-off or of a process.
///
/// Archived ones too. A task that the caller may not know of does not exist.
#[utoipa::path(
    get, path = "/organizations/{org}/tasks/{task}", tag = "tasks",
    operation_id = "read_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ("with" = Option<String>, Query, description = "`form_fields`, `activities`, `threads`, `issues`, `threads_count`, `tags` and others; of tasks of \
            processes also `run`, `run.checklist`, `step` and `ko-form-fields`; separated by commas", example = "form_fields")
    ),
    responses(
        (status = 200, description = "The task", body = Item<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTasks)?;
    let id = task_id(&subject)?;
    let (org, actor) = (caller.org, caller.actor);
    let includes = includes(uri.query().unwrap_or_default());
    let read = app.store.read(move |tx| {
        let Some(task) = tasks::find(tx, org, id)? else { return Ok(None) };
        let discussions = discussions(tx, &[task.key], includes)?;
        Ok::<_, hospes_store::Error>(Some((task, discussions)))
    });
    let found = read.await?;
    if found.is_none() {
        let of_run = read_of_run(&app, &caller, (None, id), &uri, &headers).await?;
        return of_run.ok_or_else(Error::not_found);
    }
    let (task, discussions) =
        found.filter(|(task, _)| task.is_visible_to(actor)).ok_or_else(Error::not_found)?;
    let now = app.clock.now();
    let reply = match TaskFeed::read(&app, &caller, id, includes).await? {
        None => reply(StatusCode::OK, &Changed { task, warnings: Vec::new() }, &discussions, now, includes)?,
        Some(feed) => {
            let data = Task::new(&task, now, includes.with_summary());
            let data = feed.beside(data.with_comments(task.key, &discussions, includes));
            Reply::ok(&Item::new(data))?.with_revision(task.revision)
        }
    };
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
