//! The page of one task.

use data_encoding::HEXLOWER;
use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use hospes_model::activity::Verb;
use hospes_model::asset::Asset;
use hospes_model::comment::Label;
use hospes_model::task::Completer;
use hospes_model::task::TaskType;
use hospes_model::workflow::{Answer, TemplateKind};
use hospes_model::workflow::{Person, StepBase, Verdict};
use hospes_model::workplace::sight::{Barrier, Doing, Look};
use hospes_model::{FieldId, FileId, MemberId, TaskId};
use hospes_store::comments::{self, guests::Read};
use hospes_store::workplace::history::{self, Deed};
use hospes_store::workplace::sight::{self, Companion, Seen};
use hospes_store::{Tx, assets};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::fields::{self, Around, FieldView};
use super::file_fields::{FileView, Holder};
use super::questions::{self, Question};
use crate::app::App;
use crate::error::Error;
use crate::text::{Due, Text, visible};
use crate::workplace::comments::Section;
use crate::workplace::page::{Place, Shell, page};
use crate::workplace::reader::shell_for;
use crate::workplace::rich;
use crate::workplace::session::{Fields, Guest};
use crate::workplace::tasks::{Progress, due_class, title_of};

/// A task with everything that its page shows.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) seen: Seen,
    pub(super) look: Look,
    companions: Vec<Companion>,
    comments: Vec<Read>,
    deeds: Vec<Deed>,
    /// Names of the members whom fields pick.
    pub(super) members: Vec<(MemberId, String)>,
    /// The files that fields hold.
    assets: Vec<Asset>,
}

impl Found {
    /// What the guest did with the task, the newest first.
    pub(super) fn deeds(&self) -> &[Deed] {
        &self.deeds
    }
}

/// The most rows of a guest's own history that a page shows.
const DEEDS: i64 = 100;

/// Finds a task that the guest may see.
pub(super) async fn find(app: &Arc<App>, guest: &Guest, id: TaskId) -> Result<Option<Found>, Error> {
    let (org, who) = (guest.org_no(), guest.guest.clone());
    let found = app.store.read(move |tx| read(tx, org, &who, id)).await?;
    Ok(found)
}

/// [`find`] in a transaction.
pub(super) fn read(
    tx: &mut Tx<'_>,
    org: hospes_model::OrgNo,
    guest: &hospes_model::guest::Guest,
    id: TaskId,
) -> hospes_store::Result<Option<Found>> {
    let Some((seen, look)) = sight::task(tx, org, guest, id)? else { return Ok(None) };
    let picked: Vec<MemberId> = questions::of(&seen)
        .iter()
        .chain(&questions::of_prerun(&seen))
        .filter_map(|question| match &question.answer {
            Some(Answer::People(people)) => Some(people.users().to_vec()),
            _ => None,
        })
        .flatten()
        .collect();
    let held: Vec<FileId> = questions::of(&seen)
        .iter()
        .chain(&questions::of_prerun(&seen))
        .filter_map(|question| match &question.answer {
            Some(Answer::Files(files)) => Some(files.iter().map(|file| file.id).collect::<Vec<_>>()),
            _ => None,
        })
        .flatten()
        .collect();
    Ok(Some(Found {
        assets: assets::find_all(tx, org, &held)?,
        companions: sight::companions(tx, org, guest, &seen)?,
        comments: comments::guests::beside(tx, org, guest, (&seen, &look))?,
        deeds: history::of_task(tx, org, guest.key, id, DEEDS)?,
        members: sight::names(tx, org, &picked)?,
        seen,
        look,
    }))
}

/// What a page says on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// What was typed is saved.
    Saved,
    /// A colleague was added.
    Added,
    /// An issue was reported.
    Reported,
    /// Something was said.
    Commented,
    /// Files were added.
    Uploaded,
    /// A file was removed.
    Removed,
}

/// How a page is shown after something was posted.
#[derive(Debug, Default)]
pub(in crate::workplace) struct Shown<'a> {
    /// What went well.
    pub(super) said: Option<Said>,
    /// What was posted, to be kept.
    pub(super) posted: Option<&'a Fields>,
    /// What is wrong with single fields.
    pub(super) faults: Vec<(FieldId, String)>,
    /// What somebody else filled in meanwhile.
    pub(super) meanwhile: Vec<(FieldId, String)>,
    /// What is wrong with the whole.
    pub(super) problems: Vec<String>,
    /// What is wrong with the colleague's address, and what was typed.
    pub(super) colleague: Option<(String, String)>,
    /// What is wrong with what was said.
    pub(super) spoken: Option<Spoken>,
}

impl Shown<'_> {
    /// With something that could not be said.
    pub(in crate::workplace) fn after(spoken: Spoken) -> Self {
        Self { spoken: Some(spoken), ..Self::default() }
    }
}

/// Something that could not be said.
#[derive(Debug)]
pub(in crate::workplace) struct Spoken {
    /// A comment or an issue.
    pub(in crate::workplace) label: Label,
    /// Why.
    pub(in crate::workplace) fault: String,
    /// What was typed.
    pub(in crate::workplace) typed: String,
    /// Whether others on the task were to read it.
    pub(in crate::workplace) open: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "workplace/task.html")]
struct TaskPage {
    shell: Shell,
    base: String,
    address: String,
    csrf: String,
    title: String,
    process: Option<ProcessView>,
    state: String,
    class: &'static str,
    notes: Vec<String>,
    said: Option<String>,
    problems: Vec<String>,
    faults: Vec<(String, String)>,
    summary: String,
    start: Vec<(String, String)>,
    start_files: Vec<FileView>,
    fields: Vec<FieldView>,
    /// What was typed and cannot be saved any more.
    lost: Vec<(String, String)>,
    round: String,
    can_save: bool,
    has_files: bool,
    buttons: Vec<Button>,
    can_delegate: bool,
    colleague_fault: Option<String>,
    colleague_typed: String,
    companions: Vec<String>,
    comments: Option<Section>,
    history: Vec<(String, String)>,
    /// The other tasks of a public process.
    others: Vec<Other>,
}

/// The process of a task.
#[derive(Debug)]
struct ProcessView {
    name: String,
    progress: Progress,
}

/// A button that ends the work on the task.
#[derive(Debug)]
struct Button {
    word: &'static str,
    label: String,
    class: &'static str,
}

/// Another task of a public process.
#[derive(Debug)]
struct Other {
    address: String,
    title: String,
    state: String,
    here: bool,
}

/// Stands for everything of a task that a form does not hold itself: who
/// completes it completes what they have seen.
pub(super) fn round(seen: &Seen) -> String {
    let mut hash = Sha256::new();
    match seen {
        Seen::OneOff(task) => {
            hash.update(format!("{:?}", (&task.title, &task.summary, task.is_approved.is_none())));
            for field in &task.form_fields {
                hash.update(format!("{:?}", (field.id, &field.label, &field.options, &field.columns)));
            }
        }
        Seen::OfRun(of) => {
            let task = of.process.run.state().tasks.get(of.place);
            let record = of.process.tasks.get(of.place);
            hash.update(format!("{:?}", record.map(|record| (&record.title, &record.summary))));
            hash.update(format!("{:?}", task.map(|task| (&task.summary, task.reopened_at))));
        }
    }
    let hash: [u8; 32] = hash.finalize().into();
    HEXLOWER.encode(&hash[..6])
}

/// The page as an answer.
pub(super) fn answer(
    guest: &Guest,
    text: Text,
    found: &Found,
    status: StatusCode,
    shown: Shown<'_>,
) -> Result<Response, Error> {
    let Found { seen, look, .. } = found;
    let now = guest.now;
    let can_save = look.allows(Doing::Save).is_ok();
    let around = Around { text: &text, members: &found.members, posted: shown.posted };
    let asked = questions::of(seen);
    let holder = Holder {
        base: guest.path(""),
        task: id_of(seen),
        guest: guest.guest.key,
        look: *look,
        assets: &found.assets,
    };
    let field =
        |question| FieldView { files: holder.files_of(question), ..field_view(question, around, &shown) };
    let fields: Vec<FieldView> = asked.iter().map(field).collect();
    let lost = if can_save { Vec::new() } else { lost(&asked, around) };
    let words = |question: &Question| {
        let shown = fields::in_words(question, question.answer.as_ref(), around);
        (visible(&question.field.definition.label), shown)
    };
    let (state, class) = state(seen, &text, now);
    let (colleague_fault, colleague_typed) =
        shown.colleague.map_or((None, String::new()), |(fault, typed)| (Some(fault), typed));
    let mut faults: Vec<(String, String)> = fields
        .iter()
        .filter_map(|field| {
            let fault = field.fault.as_ref().or(field.meanwhile.as_ref())?;
            Some((field.name.clone(), format!("{}: {fault}", field.label)))
        })
        .collect();
    let spoken = shown.spoken.as_ref().map(|spoken| {
        let field = if spoken.label == Label::Problem { "issue" } else { "comment" };
        (field.to_owned(), spoken.fault.clone())
    });
    faults.extend(spoken);
    faults.extend(colleague_fault.iter().map(|fault| ("colleague".to_owned(), fault.clone())));
    let template = TaskPage {
        base: guest.path(""),
        address: guest.path(&format!("/tasks/{}", id_of(seen))),
        csrf: guest.csrf.field(),
        title: title_of(seen),
        process: process_view(seen, &text),
        state,
        class,
        notes: notes(seen, look, found, &text, now),
        said: shown.said.map(|said| match said {
            Said::Saved => text.say("saved"),
            Said::Added => text.say("colleague-added"),
            Said::Reported => text.say("issue-reported"),
            Said::Commented => text.say("commented"),
            Said::Uploaded => text.say("files-added"),
            Said::Removed => text.say("file-removed"),
        }),
        problems: shown.problems,
        faults,
        summary: summary(seen).map(rich::html).unwrap_or_default(),
        start: questions::of_prerun(seen).iter().map(words).filter(|(_, shown)| !shown.is_empty()).collect(),
        start_files: questions::of_prerun(seen)
            .iter()
            .flat_map(|question| holder.only_shown(question))
            .collect(),
        has_files: fields.iter().any(|field| field.files.as_ref().is_some_and(|files| files.can_upload)),
        can_save: can_save && !fields.is_empty(),
        fields,
        lost,
        round: round(seen),
        buttons: buttons(look, &text),
        can_delegate: look.allows(Doing::Delegate).is_ok(),
        colleague_fault,
        colleague_typed,
        companions: found.companions.iter().map(|companion| name_of(companion, &text)).collect(),
        comments: Section::new(&found.comments, look, shown.spoken, &text),
        history: told(&found.deeds, &text),
        others: others(guest, found, &text, now),
        shell: shell_for(guest, text, Place::Tasks),
    };
    page(status, &template)
}

/// The public id.
pub(super) fn id_of(seen: &Seen) -> String {
    match seen {
        Seen::OneOff(task) => task.id.to_string(),
        Seen::OfRun(of) => {
            of.process.run.state().tasks.get(of.place).map(|task| task.id.to_string()).unwrap_or_default()
        }
    }
}

fn field_view(question: &Question, around: Around<'_>, shown: &Shown<'_>) -> FieldView {
    let mut view = FieldView::new(question, around);
    let of = |list: &[(FieldId, String)]| {
        list.iter().find(|(id, _)| *id == question.id()).map(|(_, text)| text.clone())
    };
    view.fault = of(&shown.faults);
    view.meanwhile = of(&shown.meanwhile);
    view
}

/// What was typed and differs from what is stored, where nothing can be saved
/// any more.
fn lost(asked: &[Question], around: Around<'_>) -> Vec<(String, String)> {
    let Some(posted) = around.posted else { return Vec::new() };
    let typed = asked.iter().filter_map(|question| match question.read(posted) {
        questions::Posted::Answer(answer) if answer != question.answer => {
            let words = fields::in_words(question, answer.as_ref(), around);
            Some((visible(&question.field.definition.label), words))
        }
        _ => None,
    });
    typed.filter(|(_, words)| !words.is_empty()).collect()
}

fn summary(seen: &Seen) -> Option<&str> {
    match seen {
        Seen::OneOff(task) => task.summary.as_deref(),
        Seen::OfRun(of) => {
            if let Some(rendered) =
                of.process.tasks.get(of.place).and_then(|record| record.summary.as_deref())
            {
                return Some(rendered);
            }
            let task = of.process.run.state().tasks.get(of.place)?;
            match &task.summary {
                Some(summary) => Some(summary.as_str()),
                None => of.process.run.step_of(of.place)?.summary.as_deref(),
            }
        }
    }
}

fn process_view(seen: &Seen, text: &Text) -> Option<ProcessView> {
    let Seen::OfRun(of) = seen else { return None };
    let progress = Progress::new(of.process.run.progress(), text);
    Some(ProcessView { name: visible(&of.process.run.state().name), progress })
}

/// Where the task stands, in words.
fn state(seen: &Seen, text: &Text, now: Timestamp) -> (String, &'static str) {
    let (done, started, deadline) = match seen {
        Seen::OneOff(task) => (task.completion.as_ref().map(|done| done.at), task.started_at, task.deadline),
        Seen::OfRun(of) => match of.process.run.state().tasks.get(of.place) {
            Some(task) => (task.completion.as_ref().map(|done| done.at), task.started_at, task.due.at()),
            None => (None, now, None),
        },
    };
    match (done, deadline) {
        (Some(at), _) => (text.say_of("done-on", "date", &text.date_time(at)), "done"),
        (None, _) if started > now => (text.say_of("starts-on", "date", &text.date(started)), ""),
        (None, Some(at)) => (text.due(at, now), due_class(Due::of(text, at, now))),
        (None, None) => (text.say("no-deadline"), ""),
    }
}

/// What else is to be said about where it stands.
fn notes(seen: &Seen, look: &Look, found: &Found, text: &Text, now: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(outcome) = outcome(seen, found, text) {
        notes.push(outcome);
    }
    let barrier = [Doing::Save, Doing::Complete].iter().find_map(|doing| look.allows(*doing).err());
    match barrier {
        Some(Barrier::NotOwn) => notes.push(text.say("note-public")),
        Some(Barrier::RunComplete) => notes.push(text.say("note-run-complete")),
        Some(Barrier::PartDone) => notes.push(text.say("note-part-done")),
        Some(Barrier::Frozen) => notes.push(text.say("note-frozen")),
        Some(Barrier::Issue) => notes.push(text.say("note-issue")),
        Some(Barrier::Draft) => notes.push(text.say("note-draft")),
        _ => {}
    }
    if let Seen::OfRun(of) = seen
        && let Some(task) = of.process.run.state().tasks.get(of.place)
        && let Some(step) = of.process.run.step_of(of.place)
        && task.completion.is_none()
    {
        let waits = step.deadline.is_some_and(|deadline| matches!(deadline.base, StepBase::Step(_)));
        if task.due.at().is_none() && waits {
            notes.push(text.say("note-deadline-later"));
        }
        if step.task_type == TaskType::Expiring && task.due.at().is_some_and(|at| at > now) {
            notes.push(text.say("note-expiring"));
        }
    }
    notes
}

/// Who completed it, and how; for guests by name where they may know it.
fn outcome(seen: &Seen, found: &Found, text: &Text) -> Option<String> {
    let verdict = match seen {
        Seen::OneOff(task) => {
            let done = task.completion.as_ref()?;
            if let Completer::Guest { .. } = done.by
                && found.deeds.iter().any(|deed| deed.verb == Verb::Completed && deed.at == done.at)
            {
                return Some(text.say("outcome-by-you"));
            }
            match (task.task_type, task.is_approved) {
                (TaskType::Approval, Some(true)) => Verdict::Approved,
                (TaskType::Approval, _) => Verdict::Rejected,
                _ => return None,
            }
        }
        Seen::OfRun(of) => {
            let done = of.process.run.state().tasks.get(of.place)?.completion.as_ref()?;
            match done.verdict {
                Verdict::Completed
                    if matches!(done.by, Some(Person::Guest(_)))
                        && found
                            .deeds
                            .iter()
                            .any(|deed| deed.verb == Verb::Completed && deed.at == done.at) =>
                {
                    return Some(text.say("outcome-by-you"));
                }
                verdict => verdict,
            }
        }
    };
    match verdict {
        Verdict::Completed => None,
        Verdict::Approved => Some(text.say("outcome-approved")),
        Verdict::Rejected => Some(text.say("outcome-rejected")),
        Verdict::Acknowledged => Some(text.say("outcome-acknowledged")),
        Verdict::Expired => Some(text.say("outcome-expired")),
        Verdict::Sent => Some(text.say("outcome-sent")),
    }
}

fn buttons(look: &Look, text: &Text) -> Vec<Button> {
    if look.allows(Doing::Complete).is_err() {
        return Vec::new();
    }
    let button = |word, label, class| Button { word, label, class };
    match look.kind {
        TaskType::Task => vec![button("complete", text.say("do-complete"), "")],
        TaskType::Approval => vec![
            button("approve", text.say("do-approve"), ""),
            button("reject", text.say("do-reject"), "danger"),
        ],
        TaskType::Expiring => vec![button("acknowledge", text.say("do-acknowledge"), "")],
        TaskType::ExpiringEmail => vec![button("send", text.say("do-send"), "")],
        TaskType::Email => Vec::new(),
    }
}

/// A companion's name. Of addresses only what stands before the @ is told.
pub(in crate::workplace) fn name_of(companion: &Companion, text: &Text) -> String {
    match companion {
        Companion::Member(name) | Companion::Guest { name: Some(name), .. } => visible(name),
        Companion::Guest { name: None, email } => {
            let local = email.as_str().split('@').next().unwrap_or_default();
            text.say_of("companion-guest", "name", local)
        }
    }
}

/// The guest's own history in words; saves that follow each other are told once.
fn told(deeds: &[Deed], text: &Text) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for deed in deeds {
        let sentence = match deed.verb {
            Verb::Completed => text.say("deed-completed"),
            Verb::OwnersUpdated => text.say("deed-added"),
            Verb::IssueReported => text.say("deed-reported"),
            Verb::Updated
                if deed
                    .field
                    .as_deref()
                    .is_some_and(|field| ["parts", "completion_progress"].contains(&field)) =>
            {
                text.say("deed-part")
            }
            Verb::Updated
                if deed
                    .field
                    .as_deref()
                    .is_some_and(|field| ["taskdata", "form_fields"].contains(&field)) =>
            {
                text.say("deed-saved")
            }
            _ => continue,
        };
        if rows.last().is_none_or(|(last, _)| *last != sentence) {
            rows.push((sentence, text.date_time(deed.at)));
        }
    }
    rows
}

/// The tasks of a public process that the guest may see, where there are others.
fn others(guest: &Guest, found: &Found, text: &Text, now: Timestamp) -> Vec<Other> {
    let Seen::OfRun(of) = &found.seen else { return Vec::new() };
    if !of.process.about.is_public || of.process.run.snapshot().blueprint().kind == TemplateKind::Form {
        return Vec::new();
    }
    let (who, disabled) = (&guest.guest.email, guest.guest.disabled.is_some());
    let places = 0..of.process.run.state().tasks.len();
    places
        .filter(|place| {
            let look = Look::at_task_of_run(&of.process, *place, who, disabled, &of.directory);
            look.is_some_and(|look| look.is_seen())
        })
        .filter_map(|place| {
            let task = of.process.run.state().tasks.get(place)?;
            let seen = sight::OfRun { place, ..(**of).clone() };
            let (state, _) = state(&Seen::OfRun(Box::new(seen)), text, now);
            Some(Other {
                address: guest.path(&format!("/tasks/{}", task.id)),
                title: visible(&of.process.tasks.get(place)?.title),
                state,
                here: place == of.place,
            })
        })
        .collect()
}
