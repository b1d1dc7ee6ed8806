//! `POST /organizations/{org}/tasks/{task}/clone`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::Discussions;
use hospes_api::tasks::Task;
use hospes_api::tasks::of_run_request::{Asked, CloneBody, clone_of, read_clone};
use hospes_model::member::Action;
use hospes_model::task::draft::TaskDraft;
use hospes_model::{FieldErrors, FieldId, StepId, TaskId};
use hospes_store::runs::write::Target;
use hospes_store::tasks;
use hospes_store::tasks::write::{self, Changed};

use super::{includes, is_of_run, reply, task_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::runs::add;

/// Copy a task.
///
/// The copy asks for the same of the same people until the same deadline, and
/// nothing has been done of it. A task of a process is copied into the process,
/// behind the others.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/clone", tag = "tasks",
    operation_id = "clone_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    request_body(content = Option<CloneBody>),
    responses((status = 201, description = "The copy", body = Item<Task>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn clone(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTasks)?;
    let id = task_id(&subject)?;
    let (title, warnings) = read_clone(&change.json()?)?;
    let (caller, now, cause) = (change.caller().clone(), change.now(), change.cause());
    let (millis, random) = entropy::id_parts(now);
    let copy = TaskId::new(millis, random);
    let fresh = move || {
        let (millis, random) = entropy::id_parts(now);
        FieldId::new(millis, random)
    };
    if is_of_run(change.app(), caller.org, id).await? {
        let step = StepId::new(millis, entropy::bytes());
        let target = Target::Task { run: None, task: id };
        return add(change, target, (copy, &uri), move |process| {
            let command = clone_of(process, id, title.as_deref(), (copy, step), &mut { fresh })?;
            Ok(Asked { commands: vec![command], warnings: warnings.clone() })
        })
        .await;
    }
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            hospes_store::orgs::lock(tx, caller.org)?;
            let found = tasks::find(tx, caller.org, id)?.filter(|task| task.is_visible_to(caller.actor));
            let original = found.ok_or_else(Error::not_found)?;
            let mut draft = TaskDraft::copy_of(&original, &mut { fresh });
            draft.title = title.clone().unwrap_or(draft.title);
            draft.faults = FieldErrors::default();
            let made = write::create::<Error>(tx, caller.org, copy, &draft, &[], caller.actor, &cause)?;
            let warnings = warnings.iter().cloned().chain(made.warnings).collect();
            reply(
                StatusCode::CREATED,
                &Changed { task: made.task, warnings },
                &Discussions::default(),
                now,
                includes,
            )
        })
        .await
}
