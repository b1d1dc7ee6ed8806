//! Processes (`runs` in the API) and their tasks.

pub mod activate;
pub mod archive;
pub mod complete_prerun;
pub mod complete_task;
pub mod delete;
pub mod export;
pub mod form_fields;
pub mod launch;
pub mod list;
pub mod read;
pub mod read_task;
pub mod reopen_prerun;
pub mod reopen_task;
mod stream;
mod tasks;
pub mod tasks_list;
pub mod update;
pub mod update_task;

use std::collections::BTreeSet;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::{Beside, Includes, Run};
use hospes_api::tasks::Discussions;
use hospes_model::asset::Asset;
use hospes_model::comment::{About, Comment};
use hospes_model::member::Actor;
use hospes_model::run::{Overview, Process, TaskOfRun};
use hospes_model::workflow::{By, Directory};
use hospes_model::{EmailAddress, FieldErrors, OrgId, OrgNo, Refusal, RunId, TaskKey, TemplateId};
use hospes_store::runs::write::{self, Doer, Done, Target, Wish};
use hospes_store::tasks::unknown_addresses;
use hospes_store::{Tx, assets, comments, runs, templates};
use jiff::Timestamp;

use crate::change::Change;
use crate::error::Error;
use crate::query::Query;
use crate::reply::Reply;
use crate::routes::assets::org_of;
use crate::routes::tasks::discussions::discussions;

pub(super) use tasks::{
    Answered, TaskChange, add, change_task, complete, fill_in, read as read_of_run, reopen, show_task,
};

/// Reads the process that a path names. What is no id names no process.
pub(super) fn run_id(subject: &str) -> Result<RunId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// What was asked for with `with=` and `form_fields_values=`.
fn includes(query: &mut Query<'_>) -> Includes {
    let values = query.flag("form_fields_values").unwrap_or(false);
    query.get("with").map(Includes::parse).unwrap_or_default().with_values(values)
}

/// The same of a request that has no other parameters.
fn includes_of(uri: &Uri) -> Result<Includes, Error> {
    let mut query = Query::new(uri.query().unwrap_or_default());
    let includes = includes(&mut query);
    query.finish()?;
    Ok(includes)
}

/// A process with what is shown beside it.
#[derive(Debug, Clone)]
struct Shown {
    overview: Overview,
    tasks: Vec<TaskOfRun>,
    takes_tasks: bool,
    /// What was written about its tasks, as far as that was asked for.
    discussions: Discussions,
    /// What was written about the process, if that was asked for.
    comments: Option<Vec<Comment>>,
    /// Its files, if they were asked for, and the organization.
    assets: Option<(Vec<Asset>, OrgId)>,
}

impl Shown {
    /// A whole process that was read or changed.
    fn new(
        tx: &mut Tx<'_>,
        org: OrgNo,
        process: &Process,
        directory: &Directory,
        now: Timestamp,
        includes: Includes,
    ) -> hospes_store::Result<Self> {
        let (overview, head) = (process.overview(now, directory), process.run_head());
        let places = 0..process.run.state().tasks.len();
        let tasks = places.filter_map(|place| process.task_at(place, &head, directory)).collect();
        let takes_tasks = takes_tasks(tx, org, &[&overview])?.contains(&head.template());
        Self::with(tx, overview, tasks, takes_tasks, includes)
    }

    /// A process with its tasks, as far as they were asked for.
    fn with(
        tx: &mut Tx<'_>,
        overview: Overview,
        tasks: Vec<TaskOfRun>,
        takes_tasks: bool,
        includes: Includes,
    ) -> hospes_store::Result<Self> {
        let keys: Vec<TaskKey> = tasks.iter().map(|of| of.record.key).collect();
        let discussions = discussions(tx, &keys, includes.of_tasks())?;
        let about = About::Run(overview.key);
        let comments = includes.has_comments().then(|| comments::of(tx, about)).transpose()?;
        let mut files = None;
        if includes.has_assets() {
            let (key, org) = (overview.key, org_of(tx, overview.key.org_number())?);
            let found = assets::of(tx, assets::Of::Runs(&[key]))?.remove(&key.get());
            files = Some((found.unwrap_or_default(), org));
        }
        Ok(Self { overview, tasks, takes_tasks, discussions, comments, assets: files })
    }

    /// The wire's object.
    fn run(&self, viewer: Actor, now: Timestamp, includes: Includes) -> Run<'_> {
        let Self { tasks, takes_tasks, discussions, comments, assets, .. } = self;
        let assets = assets.as_ref().map(|(assets, org)| (assets.as_slice(), *org));
        let (takes_tasks, comments) = (*takes_tasks, comments.as_deref());
        let beside = Beside { tasks, takes_tasks, assets, viewer, discussions, comments };
        Run::new(&self.overview, beside, now, includes)
    }
}

/// The templates of processes that let tasks be added to them.
fn takes_tasks(
    tx: &mut Tx<'_>,
    org: OrgNo,
    overviews: &[&Overview],
) -> hospes_store::Result<BTreeSet<TemplateId>> {
    let ids = overviews.iter().map(|overview| overview.snapshot.blueprint().template).collect();
    templates::taking_tasks(tx, org, &ids)
}

/// Refuses a process that the caller does not see, or whose template lets no
/// tasks be added to it. Where an earlier answer is given again nobody is asked.
pub(super) async fn check_takes_tasks(change: &Change, run: RunId) -> Result<(), Error> {
    if change.is_repeated().await? {
        return Ok(());
    }
    let (org, actor, now) = (change.caller().org, change.caller().actor, change.now());
    let takes = change.app().store.read(move |tx| {
        let Some(overview) = runs::list::find(tx, org, run, actor, now)? else { return Ok(None) };
        Ok::<_, hospes_store::Error>(Some(!takes_tasks(tx, org, &[&overview])?.is_empty()))
    });
    let fault = match takes.await? {
        Some(true) => return Ok(()),
        Some(false) => "The template of this process lets no tasks be added to it (can_add_oot).",
        None => "There is no such process.",
    };
    Err(Error::invalid("run_id", fault))
}

/// The answer that shows one process.
fn reply(
    status: StatusCode,
    shown: &Shown,
    viewer: Actor,
    now: Timestamp,
    includes: Includes,
    warnings: Vec<String>,
) -> Result<Reply, Error> {
    let item = Item { data: shown.run(viewer, now, includes), warnings };
    Ok(Reply::json(status, &item)?.with_revision(shown.overview.revision))
}

/// The domain check of addresses that would become guests, as where guests are
/// created by themselves. Where an earlier answer is given again nobody is asked.
pub(super) async fn check_domains(
    change: &Change,
    addresses: Vec<(String, EmailAddress)>,
    faults: &mut FieldErrors,
) -> Result<(), Error> {
    let (app, org) = (change.app(), change.caller().org);
    if app.domains.is_none() || addresses.is_empty() || change.is_repeated().await? {
        return Ok(());
    }
    let wanted: Vec<_> = addresses.iter().map(|(_, email)| email.clone()).enumerate().collect();
    let unknown = app.store.read(move |tx| unknown_addresses(tx, org, &wanted)).await?;
    for (place, email) in &unknown {
        if let Some((path, _)) = addresses.get(*place) {
            app.check_domain(email, path, faults).await;
        }
    }
    Ok(())
}

/// What a request asks of a process, once that has been read.
struct Asking {
    wish: Wish,
    warnings: Vec<String>,
}

/// Which process is changed, and how.
struct Changing {
    target: Target,
    /// As whom, when not as the caller.
    by: Option<By>,
    /// What the request calls the fields that a refusal names.
    rename: fn(&str) -> Option<String>,
}

impl From<Target> for Changing {
    fn from(target: Target) -> Self {
        Self { target, by: None, rename: |_| None }
    }
}

/// Changes a process, and answers with what `show` makes of it. The answer's
/// warnings are those of reading the request and of the engine.
async fn change_run(
    change: Change,
    Changing { target, by, rename }: Changing,
    mut ask: impl FnMut(&Process) -> Result<Asking, Refusal> + Send + 'static,
    show: impl Fn(&mut Tx<'_>, &Done, Vec<String>) -> Result<Reply, Error> + Send + 'static,
) -> Result<Response, Error> {
    let (caller, expected, cause) = (change.caller().clone(), change.expected(), change.cause());
    let by = by.unwrap_or(By::Member(caller.actor));
    change
        .run_admitting(move |tx, newcomers| {
            let mut warnings = Vec::new();
            let mut wish = |process: &Process| {
                let asking = ask(process)?;
                warnings = asking.warnings;
                Ok(asking.wish)
            };
            let doer = Doer { by: &by, cause: &cause };
            let done = write::handle(tx, caller.org, target, &expected, &mut wish, doer, newcomers)
                .map_err(|error: Error| error.renamed(rename))?;
            warnings.extend(done.outcome.warnings.iter().cloned());
            show(tx, &done, warnings)
        })
        .await
}

/// [`change_run`] for a change that is answered with the process.
async fn change_and_show(
    change: Change,
    id: RunId,
    uri: &Uri,
    ask: impl FnMut(&Process) -> Result<Asking, Refusal> + Send + 'static,
) -> Result<Response, Error> {
    let includes = includes_of(uri)?;
    let (org, actor, now) = (change.caller().org, change.caller().actor, change.now());
    change_run(change, Target::Run(id).into(), ask, move |tx, done, warnings| {
        let shown = Shown::new(tx, org, &done.process, &done.directory, now, includes)?;
        reply(StatusCode::OK, &shown, actor, now, includes, warnings)
    })
    .await
}

/// A wish of one command.
fn only(command: hospes_model::workflow::Command) -> Asking {
    Asking { wish: Wish { commands: vec![command], about: None }, warnings: Vec::new() }
}

/// Reads a whole process that the caller may see.
pub(super) fn find_visible(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: RunId,
    actor: Actor,
) -> hospes_store::Result<Option<runs::Found>> {
    let found = runs::find(tx, org, id)?;
    Ok(found.filter(|found| found.process.is_visible_to(actor, &found.directory)))
}
