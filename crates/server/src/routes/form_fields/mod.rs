//! Values of form fields, named by their own ids.

pub mod write;
pub mod write_as_guest;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::request::read_update as read_update_of_run;
use hospes_api::tasks::FormFieldEntry;
use hospes_api::tasks::form_fields::{of_process, of_task};
use hospes_api::tasks::of_run_request::{Asked, WriteValue, read_update as read_update_of_task};
use hospes_api::tasks::request::read_update;
use hospes_model::member::Action;
use hospes_model::run::Process;
use hospes_model::value_id::Form;
use hospes_model::workflow::By;
use hospes_model::{FieldId, Refusal, RunId, TaskId};
use hospes_store::runs::write::Target;
use hospes_store::tasks::{self, Listed};
use hospes_store::{Tx, runs};
use serde_json::json;

use crate::caller::Caller;
use crate::change::Change;
use crate::error::Error;
use crate::reply::Reply;
use crate::routes::runs::fill_in;

/// What a value belongs to.
enum Owner {
    OneOff(TaskId),
    OfRun(TaskId),
    Prerun(RunId),
}

/// Finds what a value belongs to, and its field, as far as the caller may know
/// of them.
fn find(
    tx: &mut Tx<'_>,
    caller: &Caller,
    value: &WriteValue,
    now: jiff::Timestamp,
) -> hospes_store::Result<Option<(Owner, FieldId)>> {
    let place = usize::from(value.id.place);
    let (number, own) = match value.id.form {
        Form::Task(key) => (key.org_number(), caller.org.get()),
        Form::Prerun(key) => (key.org_number(), caller.org.get()),
    };
    if number != own {
        return Ok(None);
    }
    Ok(match value.id.form {
        Form::Task(key) => match tasks::list::by_keys(tx, &[key], caller.actor)?.pop() {
            None => None,
            Some(Listed::OneOff(task)) => {
                task.form_fields.get(place).map(|field| (Owner::OneOff(task.id), field.id))
            }
            Some(Listed::OfRun(of)) => {
                let field = of.step().and_then(|step| step.captures.get(place));
                field.map(|field| (Owner::OfRun(of.task.id), field.id()))
            }
        },
        Form::Prerun(key) => {
            let found = runs::list::by_keys(tx, &[key], caller.actor, now)?.pop();
            found.and_then(|run| {
                let field = run.snapshot.blueprint().prerun.get(place)?.id();
                Some((Owner::Prerun(run.head.id), field))
            })
        }
    })
}

/// Stores a value, as the caller or as somebody else, and answers with it.
async fn store(change: Change, value: WriteValue, by: Option<By>) -> Result<Response, Error> {
    let (caller, now) = (change.caller().clone(), change.now());
    let wanted = value.clone();
    let finding = caller.clone();
    let found = change.app().store.read(move |tx| find(tx, &finding, &wanted, now)).await?;
    let (owner, field) = found.ok_or_else(Error::not_found)?;
    let data = json!({field.to_string(): value.value});
    let (id, warnings) = (value.id, value.warnings);
    let show = move |process: &Process, mut more: Vec<String>| {
        more.extend(warnings.iter().cloned());
        answer(of_process(process, id), more)
    };
    let calendar = change.app().calendar(caller.org).await?;
    match owner {
        Owner::OfRun(task) => {
            caller.may(Action::CompleteTasks)?;
            let update = read_update_of_task(&json!({"taskdata": data}), &calendar)?;
            let target = Target::Task { run: None, task };
            fill_in(change, target, by, move |process| update.for_task(process, task), show).await
        }
        Owner::Prerun(run) => {
            caller.may(Action::CompleteTasks)?;
            let update = read_update_of_run(&json!({"prerun": data}))?;
            let ask = move |process: &Process| -> Result<Asked, Refusal> {
                update.for_process(process, caller.actor).map(|(asked, _)| asked)
            };
            fill_in(change, Target::Run(run), by, ask, show).await
        }
        Owner::OneOff(_) if by.is_some() => Err(Error::invalid(
            "id",
            "Values of one-off tasks are stored as oneself; use form-field/value of the organization.",
        )),
        Owner::OneOff(task) => {
            caller.may(Action::WriteTasks)?;
            let update = read_update(&json!({"taskdata": data}), &calendar)?;
            let (expected, cause) = (change.expected(), change.cause());
            change
                .run(move |tx| {
                    let change_for = |task: &_| update.for_task(task);
                    let changed = tasks::write::update::<Error>(
                        tx,
                        caller.org,
                        task,
                        &expected,
                        &change_for,
                        &[],
                        caller.actor,
                        &cause,
                    );
                    let changed = changed.map_err(|error| {
                        error.renamed(|path| path.starts_with("taskdata.").then(|| "form_value".to_owned()))
                    })?;
                    let entry = of_task(&changed.task).data.into_iter().nth(usize::from(id.place));
                    let entry = entry.map(|entry| entry.as_value(field, Some(task)));
                    answer(entry, changed.warnings.clone())
                })
                .await
        }
    }
}

fn answer(entry: Option<FormFieldEntry<'_>>, warnings: Vec<String>) -> Result<Reply, Error> {
    let data = entry.ok_or_else(Error::not_found)?;
    Reply::json(StatusCode::OK, &Item { data, warnings })
}
