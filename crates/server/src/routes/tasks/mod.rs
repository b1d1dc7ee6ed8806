//! Tasks: one-off ones here. Those of processes, which most of these routes
//! serve too, are handed on to [`runs`](super::runs).

pub mod archive;
pub mod capture;
pub mod clone;
pub mod complete;
pub mod create;
pub mod delete;
pub(super) mod discussions;
pub mod list;
pub(super) mod listing;
pub mod mine;
pub mod of_guest;
pub mod of_user;
pub mod read;
pub mod reopen;
pub mod restore;
mod separate;
mod stream;
pub mod update;

use axum::http::StatusCode;
use hospes_api::envelope::Item;
use hospes_api::tasks::{Discussions, Includes, Task as WireTask};
use hospes_model::task::{Task, TaskStatus};
use hospes_model::{OrgNo, TaskId};
use hospes_store::runs;
use hospes_store::tasks::write::Changed;
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;
use crate::query::Query;
use crate::reply::Reply;

/// Reads the task that a path names. What is no id names no task.
pub(super) fn task_id(subject: &str) -> Result<TaskId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// Whether a task belongs to a process. What does not exist is looked for among
/// the one-off tasks.
pub(super) async fn is_of_run(app: &App, org: OrgNo, id: TaskId) -> Result<bool, Error> {
    Ok(app.store.read_single(move |tx| runs::has_task(tx, org, id)).await?)
}

/// What was asked for with `with=`.
fn includes(query: &str) -> Includes {
    Query::new(query).get("with").map(Includes::parse).unwrap_or_default()
}

/// The `ETag` of a task. The status is part of it, because a start that comes
/// changes it without a write; `If-Match` looks at the revision only.
fn etag(task: &Task, now: Timestamp) -> String {
    let status = match task.status(now) {
        TaskStatus::NotStarted => 'n',
        TaskStatus::InProgress => 'i',
        TaskStatus::Completed => 'c',
    };
    format!("{}-{status}", task.revision)
}

/// The answer that shows one task, always with its summary.
fn reply(
    status: StatusCode,
    changed: &Changed,
    discussions: &Discussions,
    now: Timestamp,
    includes: Includes,
) -> Result<Reply, Error> {
    let task = &changed.task;
    let data = WireTask::new(task, now, includes.with_summary());
    let data = data.with_comments(task.key, discussions, includes);
    let item = Item { data, warnings: changed.warnings.clone() };
    let reply = Reply::json(status, &item)?;
    // Comments leave the task's own revision alone.
    let alone = !includes.has_comments() && !includes.has_comment_count();
    Ok(if alone { reply.with_etag(&etag(task, now)) } else { reply.with_revision(task.revision) })
}
