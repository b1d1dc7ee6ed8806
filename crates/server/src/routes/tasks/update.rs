//! `PUT /organizations/{org}/tasks/{task}`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::request::read_update;
use hospes_api::tasks::{Task, UpdateTaskBody};
use hospes_model::TaskId;
use hospes_model::member::Action;
use hospes_store::tasks::write;
use serde_json::Value;

use super::super::admission::{Admitted, admit_guests};
use super::{etag, includes, is_of_run, task_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;
use crate::routes::runs::{TaskChange, change_task};
use crate::routes::tasks::discussions::discussions;

/// Change a task, one-off or of a process.
///
/// What is absent stays as it is. `owners` replaces everybody, and a list left
/// out of it is empty. Completed and archived tasks are refused. Of tasks of
/// processes `PUT …/runs/{run}/tasks/{task}` says more.
#[utoipa::path(
    put, path = "/organizations/{org}/tasks/{task}", tag = "tasks",
    operation_id = "update_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    request_body = UpdateTaskBody,
    responses((status = 200, description = "The changed task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    let id = task_id(&subject)?;
    let body = change.json()?;
    update_with(id, uri, change, &body).await
}

/// Changes a task of either kind as a body says.
pub(super) async fn update_with(
    id: TaskId,
    uri: Uri,
    change: Change,
    body: &Value,
) -> Result<Response, Error> {
    if is_of_run(change.app(), change.caller().org, id).await? {
        return change_task(TaskChange { change, run: None, task: id, uri }, body).await;
    }
    change.caller().may(Action::WriteTasks)?;
    let (app, caller, now) = (Arc::clone(change.app()), change.caller().clone(), change.now());
    let mut update = read_update(body, &app.calendar(caller.org).await?)?;
    let (owners, faults) = update.owners_and_faults();
    let guests = owners.map_or(&[][..], |owners| &owners.guests);
    let Admitted { codes, reservation } = admit_guests(&change, "owners.guests", guests, faults).await?;
    let (expected, cause) = (change.expected(), change.cause());
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run_reserved(reservation, move |tx| {
            let change_for = |task: &_| update.for_task(task);
            let changed = write::update::<Error>(
                tx,
                caller.org,
                id,
                &expected,
                &change_for,
                &codes,
                caller.actor,
                &cause,
            )?;
            let mut warnings = update.warnings(&changed.task);
            warnings.extend(changed.warnings);
            let task = &changed.task;
            let discussions = discussions(tx, &[task.key], includes)?;
            let data = Task::new(task, now, includes.with_summary()).with_taskdata(task);
            let data = data.with_comments(task.key, &discussions, includes);
            Ok(Reply::json(StatusCode::OK, &Item { data, warnings })?.with_etag(&etag(task, now)))
        })
        .await
}
