//! What the routes of processes' tasks have in common: they are served below
//! the process and below `tasks`, as one-off tasks are.

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::of_run_request::{Asked, read_update};
use hospes_api::tasks::request::CompleteTask;
use hospes_api::tasks::{Discussions, Includes, Task};
use hospes_model::member::Action;
use hospes_model::run::Process;
use hospes_model::task::lifecycle::OnBehalf;
use hospes_model::workflow::{By, Command, Directory, Person};
use hospes_model::{Refusal, RunId, TaskId};
use hospes_store::Tx;
use hospes_store::guests::{self, GuestRef};
use hospes_store::runs::write::{Target, Wish};
use hospes_store::runs::{self, Found};
use jiff::Timestamp;
use serde_json::Value;

use super::{Asking, Changing, change_run, check_domains};
use crate::app::App;
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Error;
use crate::query::Query;
use crate::reply::{Reply, conditional};
use crate::routes::activity::TaskFeed;
use crate::routes::tasks::discussions::discussions;

/// What was asked for with `with=`, and what single tasks always show.
fn includes(uri: &Uri) -> Includes {
    let query = Query::new(uri.query().unwrap_or_default());
    query.get("with").map(Includes::parse).unwrap_or_default().with_summary()
}

/// How an answer shows a task.
#[derive(Debug, Clone, Copy)]
pub(in crate::routes) struct Answered<'a> {
    pub(in crate::routes) status: StatusCode,
    pub(in crate::routes) task: TaskId,
    pub(in crate::routes) now: Timestamp,
    pub(in crate::routes) includes: Includes,
    /// After completing and reopening: the tasks that rules changed.
    pub(in crate::routes) changed: Option<&'a [TaskId]>,
    /// What happened to it, where that was asked for.
    pub(in crate::routes) feed: Option<&'a TaskFeed>,
    /// What was written about it, as far as that was asked for.
    pub(in crate::routes) discussions: &'a Discussions,
}

/// What was written about a task of a process, as far as that was asked for.
fn discussions_of(
    tx: &mut Tx<'_>,
    process: &Process,
    task: TaskId,
    includes: Includes,
) -> hospes_store::Result<Discussions> {
    let record = process.run.place(task).and_then(|place| process.tasks.get(place));
    let keys: Vec<_> = record.iter().map(|record| record.key).collect();
    discussions(tx, &keys, includes)
}

/// The answer that shows one task of a process.
pub(in crate::routes) fn show_task(
    process: &Process,
    directory: &Directory,
    answered: Answered<'_>,
    warnings: Vec<String>,
) -> Result<Reply, Error> {
    let Answered { status, task, now, includes, changed, feed, discussions } = answered;
    let place = process.run.place(task).ok_or_else(Error::not_found)?;
    let of = process.task_at(place, &process.run_head(), directory).ok_or_else(Error::not_found)?;
    let mut data = Task::of_run(&of, now, includes).within(process, includes);
    data = data.with_comments(of.record.key, discussions, includes);
    if let Some(changed) = changed {
        data = data.with_changed(process, changed, now);
    }
    if let Some(feed) = feed {
        data = feed.beside(data);
    }
    Ok(Reply::json(status, &Item { data, warnings })?.with_revision(of.record.revision))
}

/// Answers with a task of a process, `run` if the path names it; `None` when
/// there is no such task that the caller may know of.
pub(in crate::routes) async fn read(
    app: &App,
    caller: &Caller,
    (run, task): (Option<RunId>, TaskId),
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Response>, Error> {
    let (org, actor, now) = (caller.org, caller.actor, app.clock.now());
    let includes = includes(uri);
    let read = app.store.read(move |tx| {
        let Some(found) = runs::find_by_task(tx, org, task)? else { return Ok(None) };
        let discussions = discussions_of(tx, &found.process, task, includes)?;
        Ok::<_, hospes_store::Error>(Some((found, discussions)))
    });
    let (found, discussions) = read.await?.unzip();
    let visible = |found: &Found| {
        let named = run.is_none_or(|run| run == found.process.run.state().id);
        named && found.process.is_visible_to(actor, &found.directory)
    };
    let Some(Found { process, directory }) = found.filter(visible) else { return Ok(None) };
    let discussions = discussions.unwrap_or_default();
    let feed = TaskFeed::read(app, caller, task, includes).await?;
    let (status, feed) = (StatusCode::OK, feed.as_ref());
    let answered = Answered { status, task, now, includes, changed: None, feed, discussions: &discussions };
    let reply = show_task(&process, &directory, answered, Vec::new())?;
    Ok(Some(conditional(reply, headers.get(IF_NONE_MATCH))))
}

/// A change of a task of a process.
#[derive(Debug)]
pub(in crate::routes) struct TaskChange {
    pub(in crate::routes) change: Change,
    /// The process, if the path names it.
    pub(in crate::routes) run: Option<RunId>,
    pub(in crate::routes) task: TaskId,
    pub(in crate::routes) uri: Uri,
}

impl TaskChange {
    fn target(&self) -> Target {
        Target::Task { run: self.run, task: self.task }
    }

    /// Does it and answers with the task.
    async fn run(
        self,
        tells_changed: bool,
        ask: impl FnMut(&Process) -> Result<Asking, Refusal> + Send + 'static,
    ) -> Result<Response, Error> {
        let (target, task, includes) = (self.target(), self.task, includes(&self.uri));
        let now = self.change.now();
        change_run(self.change, target.into(), ask, move |tx, done, warnings| {
            let changed = done.outcome.tasks_changed_by_rules();
            let changed = tells_changed.then_some(&*changed);
            let discussions = &discussions_of(tx, &done.process, task, includes)?;
            let status = StatusCode::OK;
            let answered = Answered { status, task, now, includes, changed, feed: None, discussions };
            show_task(&done.process, &done.directory, answered, warnings)
        })
        .await
    }
}

/// Changes a task as the body says. Members of every role may fill in the
/// fields of tasks that they are on; the engine asks who may do more.
pub(in crate::routes) async fn change_task(task: TaskChange, body: &Value) -> Result<Response, Error> {
    task.change.caller().may(Action::CompleteTasks)?;
    let calendar = task.change.app().calendar(task.change.caller().org).await?;
    let mut update = read_update(body, &calendar)?;
    let (addresses, faults) = update.addresses_and_faults();
    check_domains(&task.change, addresses, faults).await?;
    let id = task.task;
    task.run(false, move |process| {
        let Asked { commands, warnings } = update.for_task(process, id)?;
        Ok(Asking { wish: Wish { commands, about: None }, warnings })
    })
    .await
}

/// Completes a task.
pub(in crate::routes) async fn complete(task: TaskChange, wish: CompleteTask) -> Result<Response, Error> {
    task.change.caller().may(Action::CompleteTasks)?;
    let (app, org) = (task.change.app(), task.change.caller().org);
    let on_behalf_of = match wish.wish.on_behalf_of {
        None => None,
        Some(OnBehalf::Member(id)) => Some(Person::Member(id)),
        Some(OnBehalf::Guest(text)) => {
            let guest = match GuestRef::parse(&text) {
                Some(guest) => app.store.read_single(move |tx| guests::find(tx, org, &guest)).await?,
                None => None,
            };
            let message = "The override_guest must be a guest on this task.";
            let guest = guest.ok_or_else(|| Error::invalid("override_guest", message))?;
            Some(Person::Guest(guest.email))
        }
    };
    let (id, approved, warnings) = (task.task, wish.wish.is_approved, wish.warnings);
    task.run(true, move |_| {
        let on_behalf_of = on_behalf_of.clone();
        let command = Command::Complete { task: id, approved, on_behalf_of };
        Ok(Asking { wish: Wish { commands: vec![command], about: None }, warnings: warnings.clone() })
    })
    .await
}

/// Opens a completed task again.
pub(in crate::routes) async fn reopen(task: TaskChange) -> Result<Response, Error> {
    task.change.caller().may(Action::CompleteTasks)?;
    let id = task.task;
    task.run(true, move |_| Ok(super::only(Command::Reopen { task: id }))).await
}

/// Fills in a field of a process that is named by its value, as the caller or,
/// with `by`, as somebody else, and answers with what `show` makes of it.
pub(in crate::routes) async fn fill_in(
    change: Change,
    target: Target,
    by: Option<By>,
    ask: impl Fn(&Process) -> Result<Asked, Refusal> + Send + 'static,
    show: impl Fn(&Process, Vec<String>) -> Result<Reply, Error> + Send + 'static,
) -> Result<Response, Error> {
    let asking = move |process: &Process| {
        let Asked { commands, warnings } = ask(process)?;
        Ok(Asking { wish: Wish { commands, about: None }, warnings })
    };
    let rename = |path: &str| {
        let is_value = path.starts_with("taskdata.") || path.starts_with("prerun.");
        is_value.then(|| "form_value".to_owned())
    };
    let changing = Changing { by, rename, ..target.into() };
    change_run(change, changing, asking, move |_, done, warnings| show(&done.process, warnings)).await
}

/// Adds tasks to a process, and answers with one of them.
pub(in crate::routes) async fn add(
    change: Change,
    target: Target,
    (task, uri): (TaskId, &Uri),
    ask: impl Fn(&Process) -> Result<Asked, Refusal> + Send + 'static,
) -> Result<Response, Error> {
    let (now, includes) = (change.now(), includes(uri));
    let asking = move |process: &Process| {
        let Asked { commands, warnings } = ask(process)?;
        Ok(Asking { wish: Wish { commands, about: None }, warnings })
    };
    let rename = |path: &str| path.strip_prefix("tasks.0.").map(str::to_owned);
    change_run(change, Changing { rename, ..target.into() }, asking, move |_, done, warnings| {
        let (status, discussions) = (StatusCode::CREATED, &Discussions::default());
        let answered = Answered { status, task, now, includes, changed: None, feed: None, discussions };
        show_task(&done.process, &done.directory, answered, warnings)
    })
    .await
}
