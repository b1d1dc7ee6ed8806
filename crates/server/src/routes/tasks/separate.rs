//! `POST /organizations/{org}/tasks` with `separate_task_for_each_assignee`: a
//! process with a task for each assignee.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::tasks::Discussions;
use hospes_api::tasks::request::CreateTask;
use hospes_model::workflow::{By, Launch, People};
use hospes_model::{FieldId, RunId, StepId, TaskId, TemplateId};
use hospes_store::runs::separate::{self, Separate};
use hospes_store::runs::write::Doer;

use super::includes;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::routes::runs::{Answered, check_domains, show_task};

/// The longest name of a process, in characters; titles of tasks may be longer.
const NAME_LIMIT: usize = 550;

/// Makes the process, which belongs to the caller and is named after the task,
/// and answers with its first task.
pub(super) async fn create(change: Change, mut create: CreateTask, uri: &Uri) -> Result<Response, Error> {
    let (addresses, faults) = create.addresses_and_faults();
    check_domains(&change, addresses, faults).await?;
    let (caller, now, cause) = (change.caller().clone(), change.now(), change.cause());
    let (by, includes) = (By::Member(caller.actor), includes(uri.query().unwrap_or_default()));
    let includes = includes.with_summary().with_bare_run();
    let (millis, random) = entropy::id_parts(now);
    let template = TemplateId::new(millis, random);
    let name = create.draft.title.chars().take(NAME_LIMIT).collect();
    let launch = Launch {
        name: Some(name),
        ..Launch::new(RunId::new(millis, entropy::bytes()), entropy::bytes(), caller.actor.id)
    };
    change
        .run_admitting(move |tx, newcomers| {
            let mut field_id = || FieldId::new(millis, entropy::bytes());
            let mut task = |person: People| {
                let ids = (TaskId::new(millis, entropy::bytes()), StepId::new(millis, entropy::bytes()));
                create.separate(ids, &person, &mut field_id)
            };
            let faults = &create.draft.faults;
            let wanted = Separate { launch: &launch, people: &create.people, faults, template };
            let doer = Doer { by: &by, cause: &cause };
            let done = separate::launch::<Error>(tx, caller.org, wanted, &mut task, doer, newcomers)
                .map_err(|error| error.renamed(name_in_request))?;
            let task = done.process.run.state().tasks.first().ok_or_else(Error::not_found)?.id;
            let (status, discussions) = (StatusCode::CREATED, &Discussions::default());
            let answered = Answered { status, task, now, includes, changed: None, feed: None, discussions };
            let warnings = create.warnings.iter().chain(&done.outcome.warnings).cloned().collect();
            show_task(&done.process, &done.directory, answered, warnings)
        })
        .await
}

/// What the request calls what the engine refuses of anybody's task.
fn name_in_request(path: &str) -> Option<String> {
    let (place, name) = path.strip_prefix("tasks.")?.split_once('.')?;
    place.parse::<usize>().is_ok().then(|| name.to_owned())
}
