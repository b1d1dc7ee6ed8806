//! `POST /organizations/{org}/tasks`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Discussions;
use hospes_api::tasks::of_run_request::Asked;
use hospes_api::tasks::request::{CreateTask, Place, read_create};
use hospes_api::tasks::{CreateTaskBody, Task};
use hospes_model::member::Action;
use hospes_model::workflow::Command;
use hospes_model::{FieldId, RunId, StepId, TaskId};
use hospes_store::runs::write::Target;
use hospes_store::tasks::write::{self, Changed};

use super::super::admission::{Admitted, admit_guests};
use super::{includes, reply, separate};
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::runs::{add, check_domains, check_takes_tasks};

/// Create a task.
///
/// A one-off task, or with `run_id` a task that is added to a process, if its
/// template allows that (`can_add_oot`), or with `separate_task_for_each_assignee`
/// a process with a task for each assignee, of which the first is answered.
/// Unknown addresses among the owners become guests. A task with a guest always
/// has a member too: the caller is added when there is no other, and the answer
/// says so in `warnings`.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks", tag = "tasks",
    operation_id = "create_task",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = CreateTaskBody,
    responses((status = 201, description = "The new task", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTasks)?;
    let (app, caller, now) = (Arc::clone(change.app()), change.caller().clone(), change.now());
    let body = change.json()?;
    let field_id = || {
        let (millis, random) = entropy::id_parts(now);
        FieldId::new(millis, random)
    };
    let mut create = read_create(&body, &app.calendar(caller.org).await?, field_id)?;
    match create.place {
        Place::OneOff => {}
        Place::Run(run) => return add_to_run(change, run, create, &uri).await,
        Place::Separate => return separate::create(change, create, &uri).await,
    }
    let draft = &mut create.draft;
    let Admitted { codes, reservation } =
        admit_guests(&change, "owners.guests", &draft.owners.guests, &mut draft.faults).await?;
    let (millis, random) = entropy::id_parts(now);
    let (id, cause) = (TaskId::new(millis, random), change.cause());
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run_reserved(reservation, move |tx| {
            let Changed { task, warnings } =
                write::create::<Error>(tx, caller.org, id, &create.draft, &codes, caller.actor, &cause)?;
            let warnings = create.warnings.iter().cloned().chain(warnings).collect();
            reply(StatusCode::CREATED, &Changed { task, warnings }, &Discussions::default(), now, includes)
        })
        .await
}

/// Adds the task to a process, behind the others.
async fn add_to_run(
    change: Change,
    run: RunId,
    mut create: CreateTask,
    uri: &Uri,
) -> Result<Response, Error> {
    check_takes_tasks(&change, run).await?;
    let (addresses, faults) = create.addresses_and_faults();
    check_domains(&change, addresses, faults).await?;
    let (millis, random) = entropy::id_parts(change.now());
    let (id, step) = (TaskId::new(millis, random), StepId::new(millis, entropy::bytes()));
    add(change, Target::Run(run), (id, uri), move |_| {
        let tasks = vec![create.added(id, step, &create.people)?];
        Ok(Asked { commands: vec![Command::AddTasks { tasks }], warnings: create.warnings.clone() })
    })
    .await
}
