//! `GET /guest/{code}` with a session: the guest's tasks, grouped by process.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_model::workflow::RunProgress;
use hospes_model::workplace::sight::Look;
use hospes_model::{RunKey, TaskId};
use hospes_store::Tx;
use hospes_store::workplace::list::{self, Entry, Show};
use hospes_store::workplace::sessions::Standing;
use hospes_store::workplace::sight::{self, Seen};
use jiff::Timestamp;

use super::home::Asked;
use super::kept::{Basis, Print};
use super::page::{Place, Shell, page};
use super::reader::{shell_for, text_for};
use super::session::Guest;
use crate::app::App;
use crate::error::Error;
use crate::query::Query;
use crate::text::{Due, Text, visible};

/// Tasks on one page.
const PER_PAGE: i64 = 50;

/// The page.
#[derive(Debug, Template)]
#[template(path = "workplace/tasks.html")]
struct Tasks {
    shell: Shell,
    base: String,
    greeting: Option<String>,
    /// What was done a moment ago.
    done_now: Option<String>,
    show: &'static str,
    todo: i64,
    done: i64,
    groups: Vec<Group>,
    more: Option<i64>,
    previous: Option<i64>,
}

/// The tasks of one process, or those of none.
#[derive(Debug)]
struct Group {
    /// The process's name; `None` for tasks of none.
    name: Option<String>,
    progress: Option<Progress>,
    items: Vec<Item>,
}

/// A task in the list.
#[derive(Debug)]
struct Item {
    address: String,
    title: String,
    state: String,
    class: &'static str,
}

/// How far a process has come, of what the guest sees of it.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) complete: usize,
    pub(super) total: usize,
    pub(super) words: String,
}

impl Progress {
    /// As far as guests are told of it.
    pub(super) fn new(progress: RunProgress, text: &Text) -> Option<Self> {
        let RunProgress { complete, total } = progress.for_guests()?;
        let words = text.say_with("progress", &[("complete", complete.into()), ("total", total.into())]);
        Some(Self { complete, total, words })
    }
}

fn word(show: Show) -> &'static str {
    match show {
        Show::Todo => "todo",
        Show::Done => "done",
        Show::All => "all",
    }
}

/// Which part of the list a request asks for, and what it was told is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    show: Show,
    number: i64,
    finished: Option<TaskId>,
}

/// What was found of it.
#[derive(Debug)]
pub(super) struct Found {
    wanted: Wanted,
    list: list::Page,
    finished: Option<(Seen, Look)>,
}

impl Wanted {
    /// What an address asks for.
    pub(super) fn of(uri: &Uri) -> Self {
        let query = Query::new(uri.query().unwrap_or_default());
        let show = match query.get("show") {
            Some("done") => Show::Done,
            Some("all") => Show::All,
            _ => Show::Todo,
        };
        let number = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 1_000_000);
        let finished = query.get("finished").and_then(|id| id.parse::<TaskId>().ok());
        Self { show, number, finished }
    }

    /// Reads it.
    pub(super) fn read(
        self,
        tx: &mut Tx<'_>,
        Standing { org, guest, .. }: &Standing,
    ) -> Result<Found, Error> {
        let list = list::page(tx, guest, self.show, (self.number - 1) * PER_PAGE, PER_PAGE)?;
        let finished = self.finished.map(|id| sight::task(tx, org.no, guest, id)).transpose()?;
        Ok(Found { wanted: self, list, finished: finished.flatten() })
    }
}

/// Shows the list.
pub(super) fn show(
    app: &App,
    guest: &Guest,
    headers: &HeaderMap,
    Found { wanted: Wanted { show, number, .. }, list: found, finished }: Found,
    asked: Option<&Asked>,
) -> Result<Response, Error> {
    let print = Print::of(&found);
    let again = |asked: &Asked| {
        app.kept.confirm(&asked.which, &asked.glance, print, guest.now, || guest.csrf.field())
    };
    if let Some(answer) = asked.and_then(again) {
        return Ok(answer);
    }
    let text = text_for(guest, headers);
    let total = match show {
        Show::Todo => found.todo,
        Show::Done => found.done,
        Show::All => found.todo + found.done,
    };
    let base = guest.path("");
    let groups = groups(&found, &text, &base, guest.now);
    let until = right_until(&found, &text, guest.now);
    let first_name = guest.guest.profile.get(hospes_model::guest::ProfileField::FirstName);
    let template = Tasks {
        greeting: first_name.map(|name| text.say_of("greeting", "name", name)),
        done_now: finished.and_then(|(seen, look)| {
            let title = title_of(&seen);
            (look.complete || look.part_done).then(|| text.say_of("finished-now", "title", &title))
        }),
        shell: shell_for(guest, text, Place::Tasks),
        base,
        show: word(show),
        todo: found.todo,
        done: found.done,
        groups,
        more: (number * PER_PAGE < total).then_some(number + 1),
        previous: (number > 1).then_some(number - 1),
    };
    let Some(asked) = asked else { return page(StatusCode::OK, &template) };
    let html = template.render().map_err(|error| Error::internal(format!("a page: {error}")))?;
    let token = template.shell.menu().map_or("", |menu| menu.csrf.as_str());
    let settings = &guest.org.settings;
    let policy = (settings.guest_link_policy, settings.guest_link_strict_days);
    let basis = Basis { stamp: asked.glance.stamp, print, until, policy };
    let kept = app.kept.put(asked.which, basis, (&html, token));
    kept.map_or_else(|| page(StatusCode::OK, &template), Ok)
}

/// The first moment at which a word of the list changes by itself: a deadline
/// that passes, a task that begins, a day that ends.
fn right_until(found: &list::Page, text: &Text, now: Timestamp) -> Timestamp {
    let moments = found.tasks.iter().flat_map(|entry| [Some(entry.started_at), entry.deadline]);
    let next = moments.flatten().filter(|at| *at > now).min();
    let tomorrow = text.next_day(now);
    next.map_or(tomorrow, |next| next.min(tomorrow))
}

/// A task's title, as people read it.
pub(super) fn title_of(seen: &Seen) -> String {
    match seen {
        Seen::OneOff(task) => visible(&task.title),
        Seen::OfRun(of) => visible(of.process.tasks.get(of.place).map_or("", |record| record.title.as_str())),
    }
}

/// Groups in the order of their first tasks.
fn groups(found: &list::Page, text: &Text, base: &str, now: Timestamp) -> Vec<Group> {
    let mut groups: Vec<(Option<RunKey>, Group)> = Vec::new();
    for entry in &found.tasks {
        let process = entry.process.as_ref();
        let key = process.map(|process| process.key);
        let item = item(entry, text, base, now);
        if let Some((_, group)) = groups.iter_mut().find(|(known, _)| *known == key) {
            group.items.push(item);
        } else {
            let progress = process.and_then(|process| Progress::new(process.progress, text));
            let name = process.map(|process| visible(&process.name));
            groups.push((key, Group { name, progress, items: vec![item] }));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn item(entry: &Entry, text: &Text, base: &str, now: Timestamp) -> Item {
    let (state, class) = match (entry.completed_at, entry.deadline) {
        (Some(at), _) => (text.say_of("done-on", "date", &text.date(at)), "done"),
        (None, _) if entry.part_done => (text.say("part-done"), "done"),
        (None, _) if entry.started_at > now => {
            (text.say_of("starts-on", "date", &text.date(entry.started_at)), "")
        }
        (None, Some(at)) => (text.due(at, now), due_class(Due::of(text, at, now))),
        (None, None) => (text.say("no-deadline"), ""),
    };
    Item { address: format!("{base}/tasks/{}", entry.id), title: visible(&entry.title), state, class }
}

/// The class that repeats in colour what the words say.
pub(super) fn due_class(due: Due) -> &'static str {
    match due {
        Due::Late => "late",
        Due::Soon => "soon",
        Due::Later => "",
    }
}
