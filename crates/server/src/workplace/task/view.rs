//! The page of one task.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use hospes_model::FieldId;
use hospes_model::comment::Label;
use hospes_model::task::TaskType;
use hospes_model::workflow::TemplateKind;
use hospes_model::workplace::sight::{Doing, Look};
use hospes_store::workplace::sight::{Companion, Seen};
use jiff::Timestamp;

use super::fields::{self, Around, FieldView};
use super::file_fields::{FileView, Holder};
use super::found::{Found, id_of, round};
use super::questions::{self, Question};
use super::words::{notes, standing, state, told};
use crate::app::App;
use crate::error::Error;
use crate::text::{Text, visible};
use crate::workplace::comments::Section;
use crate::workplace::page::{Place, Shell, page};
use crate::workplace::reader::shell_for;
use crate::workplace::rich;
use crate::workplace::session::{Fields, Guest};
use crate::workplace::tasks::{Progress, title_of};

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
    progress: Option<Progress>,
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

/// The page as an answer.
pub(super) fn answer(
    app: &App,
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
    let asked = found.asked(guest);
    let at_start = found.asked_at_start(guest);
    let holder = Holder {
        base: guest.path(""),
        task: id_of(seen),
        guest: guest.guest.key,
        look: *look,
        assets: &found.assets,
        limit: app.files.limit,
        text: &text,
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
        process: process_view(guest, seen, &text),
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
        start: at_start.iter().map(words).filter(|(_, shown)| !shown.is_empty()).collect(),
        start_files: at_start.iter().flat_map(|question| holder.only_shown(question)).collect(),
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

fn process_view(guest: &Guest, seen: &Seen, text: &Text) -> Option<ProcessView> {
    let Seen::OfRun(of) = seen else { return None };
    let (who, disabled) = (&guest.guest.email, guest.guest.disabled.is_some());
    let progress = Look::progress(&of.process, who, disabled, &of.directory);
    let progress = Progress::new(progress, text);
    Some(ProcessView { name: visible(&of.process.run.state().name), progress })
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
            let done = task.completion.as_ref().map(|done| done.at);
            let (state, _) = standing((done, task.started_at, task.due.at()), text, now);
            Some(Other {
                address: guest.path(&format!("/tasks/{}", task.id)),
                title: visible(&of.process.tasks.get(place)?.title),
                state,
                here: place == of.place,
            })
        })
        .collect()
}
