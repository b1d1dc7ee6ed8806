//! `POST /guest/{code}/tasks/{task}/{save,complete,approve,reject,acknowledge,send}`:
//! what is filled in is saved, and the task is completed in the same step where
//! the button says so. All of it happens or nothing.
//!
//! Forms may be old: each field says with which answer it was shown (`b.{id}`),
//! so that what somebody else filled in meanwhile is neither lost nor passed
//! over, and the form says which task it was shown with (`round`).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_model::activity::{Cause, Verb};
use hospes_model::task::TaskType;
use hospes_model::workflow::{Answer, By, Command, Verdict};
use hospes_model::workplace::sight::{Barrier, Doing};
use hospes_model::{FieldId, OrgNo, TaskId};
use hospes_store::runs::write::{self, Doer, Newcomers, Target, Wish};
use hospes_store::tasks::by_guest::{self, Deed};
use hospes_store::workplace::sight::Seen;
use hospes_store::{Expected, Tx, orgs};
use serde_json::{Value, json};

use super::fields::{Around, in_words};
use super::found::{self, Found};
use super::picked;
use super::questions::{self, Posted, Question};
use super::task_id;
use super::view::{self, Shown};
use crate::app::App;
use crate::change::Rooms;
use crate::error::Error;
use crate::text::Text;
use crate::workplace::reader::text_for;
use crate::workplace::session::{Fields, Form, Guest, see_other};

/// A button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    Save,
    Complete,
    Approve,
    Reject,
    Acknowledge,
    Send,
}

impl Press {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "save" => Self::Save,
            "complete" => Self::Complete,
            "approve" => Self::Approve,
            "reject" => Self::Reject,
            "acknowledge" => Self::Acknowledge,
            "send" => Self::Send,
            _ => return None,
        })
    }

    fn doing(self) -> Doing {
        if self == Self::Save { Doing::Save } else { Doing::Complete }
    }

    /// Whether the pages of such tasks have it.
    fn is_for(self, kind: TaskType) -> bool {
        match self {
            Self::Save => true,
            Self::Complete => kind == TaskType::Task,
            Self::Approve | Self::Reject => kind == TaskType::Approval,
            Self::Acknowledge => kind == TaskType::Expiring,
            Self::Send => kind == TaskType::ExpiringEmail || kind == TaskType::Email,
        }
    }

    fn verdict(self) -> Option<bool> {
        match self {
            Self::Approve => Some(true),
            Self::Reject => Some(false),
            _ => None,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is as the guest wants it, by this request or by the same one before.
    Done(Box<Found>),
    /// Nothing was changed.
    Refused(Box<Found>, Trouble),
}

/// Why nothing was changed.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    pub(super) faults: Vec<(FieldId, String)>,
    pub(super) meanwhile: Vec<(FieldId, String)>,
    pub(super) problems: Vec<String>,
    pub(super) conflict: bool,
}

impl Trouble {
    fn conflict(problem: String) -> Self {
        Self { problems: vec![problem], conflict: true, ..Self::default() }
    }

    pub(super) fn is_none(&self) -> bool {
        self.faults.is_empty() && self.meanwhile.is_empty() && self.problems.is_empty()
    }

    pub(super) fn status(&self) -> StatusCode {
        let is_conflict = self.conflict || !self.meanwhile.is_empty();
        if is_conflict { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

/// The handler of all of them.
pub(super) async fn press(
    State(app): State<Arc<App>>,
    Path((_, task, word)): Path<(String, String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    let press = Press::parse(&word).ok_or_else(Error::not_found)?;
    let id = task_id(&task)?;
    let Form { guest, fields } = form;
    let text = text_for(&guest, &headers);
    let wanted = Pressed { press, id, guest: guest.clone(), fields: fields.clone(), text: text.clone() };
    let (rooms, org) = (Rooms::default(), guest.org_no());
    let (held, inner) = (rooms.clone(), Arc::clone(&app));
    let outcome = app
        .store
        .write(move |tx| held.during(&inner, org, tx, &mut |tx, newcomers| wanted.decide(tx, newcomers)))
        .await;
    rooms.settle(outcome.is_ok());
    let in_background = in_background(&headers);
    match outcome? {
        Outcome::Done(found) if in_background => {
            Ok(as_json(StatusCode::OK, &json!({"saved": true, "marks": marks(&guest, &found)})))
        }
        Outcome::Done(_) if press == Press::Save => {
            Ok(see_other(&guest.path(&format!("/tasks/{id}?said=saved"))))
        }
        Outcome::Done(_) => Ok(see_other(&guest.path(&format!("?finished={id}")))),
        Outcome::Refused(_, trouble) if in_background => Ok(as_json(trouble.status(), &refused(&trouble))),
        Outcome::Refused(found, trouble) => {
            let status = trouble.status();
            let Trouble { faults, meanwhile, problems, .. } = trouble;
            let shown = Shown { posted: Some(&fields), faults, meanwhile, problems, ..Shown::default() };
            view::answer(&app, &guest, text, &found, status, shown)
        }
    }
}

/// Whether the script asks, not a form.
pub(super) fn in_background(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"))
}

/// With which answers the fields are shown from now on.
pub(super) fn marks(guest: &Guest, found: &Found) -> Value {
    let marks = found
        .asked(guest)
        .into_iter()
        .map(|question| (format!("b.{}", question.id()), question.mark().into()));
    Value::Object(marks.collect())
}

pub(super) fn refused(trouble: &Trouble) -> Value {
    let all = trouble.faults.iter().chain(&trouble.meanwhile);
    let faults = all.map(|(id, text)| (format!("f.{id}"), text.clone().into()));
    json!({"saved": false, "faults": Value::Object(faults.collect()), "problems": trouble.problems})
}

pub(super) fn as_json(status: StatusCode, body: &Value) -> Response {
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, kind, body.to_string()).into_response()
}

/// A button that was pressed, with the form.
pub(super) struct Pressed {
    pub(super) press: Press,
    pub(super) id: TaskId,
    pub(super) guest: Guest,
    pub(super) fields: Fields,
    pub(super) text: Text,
}

/// What a form wants changed.
#[derive(Default)]
struct Wanted {
    values: Vec<(FieldId, Option<Answer>)>,
    trouble: Trouble,
}

impl Pressed {
    /// Everything is decided with what is stored at this moment.
    pub(super) fn decide(
        &self,
        tx: &mut Tx<'_>,
        newcomers: &mut Newcomers<'_, Error>,
    ) -> Result<Outcome, Error> {
        let org = self.guest.org_no();
        orgs::lock(tx, org)?;
        let found = found::read(tx, org, &self.guest.guest, self.id)?.ok_or_else(Error::not_found)?;
        let asked = found.asked(&self.guest);
        if !self.press.is_for(found.look.kind) {
            return Ok(refuse(found, Trouble::conflict(self.text.say("problem-changed"))));
        }
        let wanted = self.wanted(&asked, &found);
        match found.look.allows(self.press.doing()) {
            Ok(()) => {}
            Err(Barrier::Unknown) => return Err(Error::not_found()),
            Err(_) if self.was_done_before(&found, &wanted) => return Ok(Outcome::Done(Box::new(found))),
            Err(barrier) => return Ok(refuse(found, Trouble::conflict(self.problem(barrier)))),
        }
        let mut trouble = wanted.trouble;
        if self.press != Press::Save {
            if self.fields.get("round") != found::round(&found.seen) {
                trouble.problems.push(self.text.say("problem-changed"));
                trouble.conflict = true;
            }
            self.check_whole(&asked, &wanted.values, &mut trouble);
        }
        if !trouble.is_none() {
            return Ok(refuse(found, trouble));
        }
        let cause = self.guest.cause();
        match &found.seen {
            Seen::OneOff(_) => self.on_one_off(tx, org, wanted.values, &cause)?,
            Seen::OfRun(_) => self.on_run(tx, org, wanted.values, &cause, newcomers)?,
        }
        picked::note(tx, &self.guest, &found, &asked, &self.fields)?;
        // What became of it may be out of the guest's sight; the answer needs it no more.
        let after = found::read(tx, org, &self.guest.guest, self.id)?;
        Ok(Outcome::Done(Box::new(after.unwrap_or(found))))
    }

    /// What the form wants changed, and what stands against it.
    fn wanted(&self, asked: &[Question], found: &Found) -> Wanted {
        let mut wanted = Wanted::default();
        if self.fields.are_foreign_to(&asked.iter().map(Question::id)) {
            wanted.trouble = Trouble::conflict(self.text.say("problem-other-form"));
            return wanted;
        }
        for question in asked {
            self.want(question, found, &mut wanted);
        }
        wanted
    }

    fn want(&self, question: &Question, found: &Found, wanted: &mut Wanted) {
        let id = question.id();
        let answer = match question.read(&self.fields) {
            Posted::Absent => return,
            Posted::Unreadable => {
                let fault = question.fault_of_unreadable(&self.text);
                wanted.trouble.faults.push((id, fault));
                return;
            }
            Posted::Answer(answer) => answer,
        };
        if answer == question.answer {
            return;
        }
        let shown_with = self.fields.get(&format!("b.{id}")).to_owned();
        let is_current = shown_with.is_empty() || shown_with == question.mark();
        let typed = Question { answer: answer.clone(), ..question.clone() };
        if !is_current {
            let is_untouched = typed.mark() == shown_with;
            if !is_untouched || self.press != Press::Save {
                let around = Around { text: &self.text, members: &found.members, posted: None };
                let now = in_words(question, question.answer.as_ref(), around);
                let text = if now.is_empty() {
                    self.text.say("meanwhile-cleared")
                } else {
                    self.text.say_of("meanwhile", "value", &now)
                };
                wanted.trouble.meanwhile.push((id, text));
            }
            return;
        }
        match question.fault(answer.as_ref(), false, &self.text) {
            Some(fault) => wanted.trouble.faults.push((id, fault)),
            None => wanted.values.push((id, answer)),
        }
    }

    /// What keeps the task from being completed with what is filled in.
    fn check_whole(&self, asked: &[Question], values: &[(FieldId, Option<Answer>)], trouble: &mut Trouble) {
        for question in asked {
            let id = question.id();
            let is_named = trouble.faults.iter().chain(&trouble.meanwhile).any(|(named, _)| *named == id);
            let new = values.iter().find(|(of, _)| *of == id).map(|(_, answer)| answer.as_ref());
            let answer = new.unwrap_or(question.answer.as_ref());
            if let Some(fault) = question.fault(answer, true, &self.text).filter(|_| !is_named) {
                trouble.faults.push((id, fault));
            }
        }
    }

    /// Whether the same form was posted before, and everything it wants is so.
    fn was_done_before(&self, found: &Found, wanted: &Wanted) -> bool {
        if !wanted.values.is_empty() || !wanted.trouble.is_none() {
            return false;
        }
        if self.press == Press::Save {
            return true;
        }
        found.did_complete(self.press.verdict())
    }

    fn problem(&self, barrier: Barrier) -> String {
        match barrier {
            Barrier::Complete => self.text.say("problem-complete"),
            Barrier::RunComplete => self.text.say("note-run-complete"),
            Barrier::PartDone => self.text.say("note-part-done"),
            Barrier::Frozen => self.text.say("note-frozen"),
            Barrier::Issue => self.text.say("note-issue"),
            Barrier::Draft => self.text.say("note-draft"),
            Barrier::NotOwn | Barrier::Unknown | Barrier::Silent | Barrier::ForeignFile => {
                self.text.say("note-public")
            }
        }
    }

    fn on_one_off(
        &self,
        tx: &mut Tx<'_>,
        org: OrgNo,
        values: Vec<(FieldId, Option<Answer>)>,
        cause: &Cause,
    ) -> Result<(), Error> {
        let values = values.into_iter().map(|(id, answer)| (id, answer.map(questions::value_of)));
        let mut deeds = vec![Deed::Save(values.collect())];
        if self.press != Press::Save {
            deeds.push(Deed::Complete { approved: self.press.verdict() });
        }
        by_guest::act::<Error>(tx, org, self.id, &self.guest.guest, deeds, &[], cause)?;
        Ok(())
    }

    fn on_run(
        &self,
        tx: &mut Tx<'_>,
        org: OrgNo,
        values: Vec<(FieldId, Option<Answer>)>,
        cause: &Cause,
        newcomers: &mut Newcomers<'_, Error>,
    ) -> Result<(), Error> {
        let mut commands = Vec::new();
        if !values.is_empty() {
            commands.push(Command::Answer { task: self.id, values });
        }
        if self.press != Press::Save {
            let approved = self.press.verdict();
            commands.push(Command::Complete { task: self.id, approved, on_behalf_of: None });
        }
        let by = By::Guest(self.guest.guest.email.clone());
        let doer = Doer { by: &by, cause };
        let target = Target::Task { run: None, task: self.id };
        let mut wish = |_: &_| Ok(Wish { commands: commands.clone(), about: None });
        write::handle(tx, org, target, &Expected::Any, &mut wish, doer, newcomers)?;
        Ok(())
    }
}

fn refuse(found: Found, trouble: Trouble) -> Outcome {
    Outcome::Refused(Box::new(found), trouble)
}

impl Found {
    /// Whether this guest completed the task, or their part of it, to this effect.
    fn did_complete(&self, approved: Option<bool>) -> bool {
        let verdict = match &self.seen {
            Seen::OneOff(task) => {
                (task.task_type == TaskType::Approval).then_some(task.is_approved == Some(true))
            }
            Seen::OfRun(of) => {
                let task = of.process.run.state().tasks.get(of.place);
                let done = task.and_then(|task| task.completion.as_ref());
                match done.map(|done| done.verdict) {
                    Some(Verdict::Approved) => Some(true),
                    Some(Verdict::Rejected) => Some(false),
                    _ => None,
                }
            }
        };
        let last = self.deeds().iter().find(|deed| {
            deed.verb == Verb::Completed
                || deed
                    .field
                    .as_deref()
                    .is_some_and(|field| ["parts", "completion_progress"].contains(&field))
        });
        last.is_some() && (self.look.part_done || approved.is_none() || approved == verdict)
    }
}
