//! What was said about a task, on its page, and what the guest says:
//! `POST /guest/{code}/tasks/{task}/comments` and `…/issue`.
//!
//! Guests write plain text. A form that is posted twice, by a bad network or an
//! impatient finger, is one comment: its id is made of the form's secret, which
//! each page has anew, and of what was typed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hospes_model::comment::text::html_of_plain;
use hospes_model::comment::{Draft, Label, State as Visibility};
use hospes_model::task::form::check_lines;
use hospes_model::workplace::sight::{Doing, Look};
use hospes_model::{OrgNo, TaskId, ThreadId};
use hospes_store::Tx;
use hospes_store::comments::guests::{self, Read, Voice};
use hospes_store::comments::write::Wish;
use hospes_store::comments::{Place, Writer};
use hospes_store::orgs;
use hospes_store::runs::write::Newcomers;
use sha2::{Digest, Sha256};

use super::csrf;
use super::reader::text_for;
use super::session::{Form, Guest, see_other};
use super::task::{Shown, Spoken, answer_with, name_of};
use crate::app::App;
use crate::change::Rooms;
use crate::error::Error;
use crate::routes::comments::dispatch;
use crate::text::{Text, visible};

/// The most characters that a guest says at once.
const LIMIT: usize = 6_000;

/// What was said about a task, as its page shows it.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) rows: Vec<Row>,
    pub(super) can_comment: bool,
    pub(super) can_report: bool,
    pub(super) comment: Typed,
    pub(super) issue: Typed,
}

/// A comment.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) who: String,
    pub(super) at: String,
    pub(super) text: String,
    /// What else it is, such as an issue.
    pub(super) mark: Option<String>,
    pub(super) collapsed: bool,
}

/// What was typed and could not be taken.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) text: String,
    pub(super) fault: Option<String>,
    pub(super) open: bool,
}

impl Section {
    /// `None` where there is nothing to read and nothing to say.
    pub(super) fn new(read: &[Read], look: &Look, spoken: Option<Spoken>, text: &Text) -> Option<Self> {
        let can_comment = look.allows(Doing::Comment).is_ok();
        let can_report = look.allows(Doing::Report).is_ok();
        if read.is_empty() && !can_comment && !can_report {
            return None;
        }
        let (mut comment, mut issue) = (Typed::default(), Typed::default());
        if let Some(Spoken { label, fault, typed, open }) = spoken {
            let place = if label == Label::Problem { &mut issue } else { &mut comment };
            *place = Typed { text: typed, fault: Some(fault), open };
        }
        let rows = read.iter().map(|one| Row::new(one, text)).collect();
        Some(Self { rows, can_comment, can_report, comment, issue })
    }
}

impl Row {
    fn new(read: &Read, text: &Text) -> Self {
        let mark = match read.label {
            Label::Problem if read.resolved => Some(text.say("comment-issue-resolved")),
            Label::Problem => Some(text.say("comment-issue")),
            Label::Resolve => Some(text.say("comment-resolves")),
            Label::Comment | Label::Improvement | Label::Advice => None,
        };
        Self {
            who: match &read.by {
                Voice::Own => text.say("comment-by-you"),
                Voice::Companion(companion) => name_of(companion, text),
                Voice::Organization => text.say("comment-by-organization"),
            },
            at: text.date_time(read.at),
            text: read.text.lines().map(visible).collect::<Vec<_>>().join("\n"),
            mark,
            collapsed: read.collapsed,
        }
    }
}

/// `POST /guest/{code}/tasks/{task}/comments`.
pub(super) async fn comment(
    state: State<Arc<App>>,
    Path((_, task)): Path<(String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    post(state, &task, &headers, form, Label::Comment).await
}

/// `POST /guest/{code}/tasks/{task}/issue`.
pub(super) async fn issue(
    state: State<Arc<App>>,
    Path((_, task)): Path<(String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    post(state, &task, &headers, form, Label::Problem).await
}

async fn post(
    State(app): State<Arc<App>>,
    task: &str,
    headers: &HeaderMap,
    Form { guest, fields }: Form,
    label: Label,
) -> Result<Response, Error> {
    let id: TaskId = task.parse().map_err(|_| Error::not_found())?;
    let text = text_for(&guest, headers);
    let (typed, open) = (fields.get("content").to_owned(), fields.get("open") == "1");
    let refused = async |fault: String| {
        let shown = Shown::after(Spoken { label, fault, typed: typed.clone(), open });
        answer_with(&app, &guest, headers, id, StatusCode::UNPROCESSABLE_ENTITY, shown).await
    };
    if typed.trim().is_empty() {
        return refused(text.say("fault-empty")).await;
    }
    if typed.chars().count() > LIMIT || check_lines(&typed).is_err() {
        return refused(text.say_of("fault-text", "limit", LIMIT as i64)).await;
    }
    let org = guest.org_no();
    let Ok(room) = app.limits.reserve_comment(org) else {
        return refused(text.say("comment-too-many")).await;
    };
    let state = if open { Visibility::Open } else { Visibility::HideForGuests };
    let said = Said {
        thread: thread_of(&guest, id, [fields.get(csrf::FIELD), label.as_str(), &typed]),
        draft: Draft { label, state, ..Draft::new(html_of_plain(&typed)) },
        task: id,
        guest: guest.clone(),
    };
    let rooms = Rooms::default();
    let (held, new, inner) = (room.clone(), rooms.clone(), Arc::clone(&app));
    let work = move |tx: &mut Tx<'_>| {
        held.during(|| new.during(&inner, org, tx, &mut |tx, newcomers| said.write(tx, org, newcomers)))
    };
    let outcome = app.store.write(work).await;
    rooms.settle(outcome.is_ok());
    room.settle(outcome.is_ok());
    match outcome {
        Ok(()) => {
            let said = if label == Label::Problem { "reported" } else { "commented" };
            Ok(see_other(&guest.path(&format!("/tasks/{id}?said={said}"))))
        }
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND => {
            refused(text.say("comment-refused")).await
        }
        Err(error) => Err(error),
    }
}

/// The id of the comment that a form writes: the same words in the same form
/// are the same comment. Other people's forms make other ids.
fn thread_of(guest: &Guest, task: TaskId, form: [&str; 3]) -> ThreadId {
    let mut hash = Sha256::new();
    hash.update(guest.guest.key.get().to_be_bytes());
    hash.update(task.as_bytes());
    for part in form {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let millis = u64::from_be_bytes([0, 0, hash[0], hash[1], hash[2], hash[3], hash[4], hash[5]]);
    let mut rest = [0; 10];
    rest.copy_from_slice(&hash[6..16]);
    ThreadId::new(millis, rest)
}

/// Something that a guest says.
struct Said {
    thread: ThreadId,
    draft: Draft,
    task: TaskId,
    guest: Guest,
}

impl Said {
    fn write(&self, tx: &mut Tx<'_>, org: OrgNo, newcomers: &mut Newcomers<'_, Error>) -> Result<(), Error> {
        orgs::lock(tx, org)?;
        let guest = &self.guest.guest;
        if guests::has_written(tx, org, guest.key, self.thread)? {
            return Ok(());
        }
        let cause = self.guest.cause();
        let (id, place, writer) = (self.thread, Place::Task(self.task), Writer::Guest(guest));
        let wish = Wish { id, place, draft: &self.draft, writer, cause: &cause };
        dispatch(tx, org, wish, None, newcomers).map(drop)
    }
}
