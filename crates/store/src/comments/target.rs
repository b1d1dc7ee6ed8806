//! What a comment is about, found for whoever wants to write it or read it.

use hospes_model::activity::EntityKind;
use hospes_model::comment::{About, Author, Draft, Present, Subject};
use hospes_model::guest::Guest;
use hospes_model::member::Actor;
use hospes_model::task::Task;
use hospes_model::template::Template;
use hospes_model::workflow::By;
use hospes_model::workplace::sight::{Barrier, Doing, Look};
use hospes_model::{OrgNo, Refusal, RunId, TaskId, TemplateId};

use crate::error::{Error, Result};
use crate::runs::{self, Found};
use crate::sql::Tx;
use crate::workplace::sight::{self, OfRun, Seen};
use crate::{tasks, templates};

/// What a comment is about, as callers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A task, one-off or of a process.
    Task(TaskId),
    /// A process as a whole.
    Run(RunId),
    /// A template that is not archived.
    Template(TemplateId),
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub enum Writer<'a> {
    /// A member.
    Member(Actor),
    /// A guest.
    Guest(&'a Guest),
}

impl Writer<'_> {
    /// The author of what is written.
    pub(super) fn author(self, draft: &Draft) -> Author {
        match self {
            Self::Member(actor) if draft.by_bot => Author::Bot(actor.id),
            Self::Member(actor) => Author::Member(actor.id),
            Self::Guest(guest) => {
                Author::Guest { key: guest.key, code: guest.code.clone(), email: guest.email.clone() }
            }
        }
    }

    /// As whom the workflow engine sees them.
    pub(super) fn by(self) -> By {
        match self {
            Self::Member(actor) => By::Member(actor),
            Self::Guest(guest) => By::Guest(guest.email.clone()),
        }
    }
}

/// The object itself.
pub(super) enum Object {
    OneOff(Box<Task>),
    /// A process, or one of its tasks.
    Process {
        found: Box<Found>,
        task: Option<TaskId>,
    },
    Template(Box<Template>),
}

/// What a comment is about.
pub(super) struct Target {
    pub(super) about: About,
    pub(super) object: Object,
    /// What a guest may do with it; of members nothing is known.
    pub(super) look: Option<Look>,
}

impl Target {
    fn of_one_off(task: Task, look: Option<Look>) -> Self {
        Self { about: About::Task(task.key), object: Object::OneOff(Box::new(task)), look }
    }

    fn of_run_task(found: Found, id: TaskId, look: Option<Look>) -> Option<Self> {
        let process = &found.process;
        let key = process.tasks.get(process.run.place(id)?)?.key;
        let object = Object::Process { found: Box::new(found), task: Some(id) };
        Some(Self { about: About::Task(key), object, look })
    }

    /// Finds it. What the writer may not know of does not exist for them.
    pub(super) fn find<E: From<Error> + From<Refusal>>(
        tx: &mut Tx<'_>,
        org: OrgNo,
        place: Place,
        writer: Writer<'_>,
    ) -> std::result::Result<Self, E> {
        let target = match (place, writer) {
            (Place::Task(id), _) => of_task(tx, org, id, writer)?,
            (Place::Run(id), Writer::Member(actor)) => {
                let found = runs::find(tx, org, id)?;
                let found = found.filter(|found| found.process.is_visible_to(actor, &found.directory));
                found.map(|found| Self {
                    about: About::Run(found.process.key),
                    object: Object::Process { found: Box::new(found), task: None },
                    look: None,
                })
            }
            (Place::Template(id), Writer::Member(actor)) => {
                templates::find_visible(tx, org, id, actor)?.map(|template| Self {
                    about: About::Template(template.key),
                    object: Object::Template(Box::new(template)),
                    look: None,
                })
            }
            (Place::Run(_) | Place::Template(_), Writer::Guest(_)) => None,
        };
        Ok(target.ok_or(Refusal::NotFound)?)
    }

    /// Refuses comments on what is put away, and to guests what they may not do
    /// with the task.
    pub(super) fn check(&self, writer: Writer<'_>, doing: Doing) -> std::result::Result<(), Refusal> {
        if matches!(writer, Writer::Guest(_)) {
            let look = self.look.ok_or(Refusal::NotFound)?;
            look.allows(doing).map_err(refusal)?;
        }
        match &self.object {
            Object::OneOff(task) => task.check_commentable(),
            Object::Process { found, .. } if found.process.run.state().archived_at.is_some() => {
                Err(Refusal::field("run", "The process is archived; activate it first."))
            }
            Object::Process { .. } | Object::Template(_) => Ok(()),
        }
    }

    /// Whether it is a task that lets no guests comment.
    pub(super) fn is_prevented(&self) -> bool {
        match &self.object {
            Object::OneOff(task) => task.prevent_guest_comment,
            Object::Process { found, task: Some(id) } => {
                let run = &found.process.run;
                let step = run.place(*id).and_then(|place| run.step_of(place));
                step.is_some_and(|step| step.prevent_guest_comment)
            }
            Object::Process { task: None, .. } | Object::Template(_) => false,
        }
    }

    /// How the feed names it.
    pub(super) fn subject(&self) -> Subject {
        match &self.object {
            Object::OneOff(task) => task.subject(),
            Object::Template(template) => {
                Subject { kind: EntityKind::Template, id: template.id.to_string(), called: template.called() }
            }
            Object::Process { found, task: Some(id) } => {
                let process = &found.process;
                let record = process.run.place(*id).and_then(|place| process.tasks.get(place));
                let title = record.map_or("", |record| record.title.as_str());
                let called = format!("Task “{}”", runs::short(title));
                Subject { kind: EntityKind::Task, id: id.to_string(), called }
            }
            Object::Process { found, task: None } => {
                let state = found.process.run.state();
                let called = format!("Process “{}”", runs::short(&state.name));
                Subject { kind: EntityKind::Run, id: state.id.to_string(), called }
            }
        }
    }

    /// Who is on it.
    pub(super) fn present(&self, tx: &mut Tx<'_>) -> Result<Present> {
        let About::Task(key) = self.about else { return Ok(Present::default()) };
        let key = [key.get().into()];
        let sql = "SELECT account_id FROM task_member WHERE task_key = ?1 ORDER BY account_id";
        let members = tx.query_all(sql, &key, |row| crate::accounts::member_id(row.int(0)?))?;
        // Disabled guests are told nothing.
        let sql = "SELECT o.guest_key FROM task_guest o JOIN guest g ON g.key = o.guest_key \
                   WHERE o.task_key = ?1 AND g.disabled_at IS NULL ORDER BY o.guest_key";
        let guests =
            tx.query_all(sql, &key, |row| Ok::<_, Error>(hospes_model::GuestKey::from_stored(row.int(0)?)))?;
        let hidden = match &self.object {
            Object::OneOff(task) => task.archived_at.is_some(),
            Object::Process { found, task: Some(id) } => {
                let run = &found.process.run;
                run.state().archived_at.is_some() || run.task(*id).is_none_or(|task| task.visibility.hidden)
            }
            Object::Process { .. } | Object::Template(_) => true,
        };
        Ok(Present { members, guests, hidden, prevented: self.is_prevented() })
    }
}

fn of_task(tx: &mut Tx<'_>, org: OrgNo, id: TaskId, writer: Writer<'_>) -> Result<Option<Target>> {
    if let Writer::Guest(guest) = writer {
        return of_guest(tx, org, guest, id);
    }
    let Writer::Member(actor) = writer else { return Ok(None) };
    if let Some(task) = tasks::find(tx, org, id)? {
        let visible = task.is_visible_to(actor);
        return Ok(visible.then(|| Target::of_one_off(task, None)));
    }
    let Some(found) = runs::find_by_task(tx, org, id)? else { return Ok(None) };
    let visible = found.process.is_visible_to(actor, &found.directory);
    Ok(if visible { Target::of_run_task(found, id, None) } else { None })
}

/// A task that a guest may know of.
fn of_guest(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, id: TaskId) -> Result<Option<Target>> {
    let Some((seen, look)) = sight::task(tx, org, guest, id)? else { return Ok(None) };
    Ok(match seen {
        Seen::OneOff(task) => Some(Target::of_one_off(*task, Some(look))),
        Seen::OfRun(of) => {
            let OfRun { process, directory, .. } = *of;
            Target::of_run_task(Found { process, directory }, id, Some(look))
        }
    })
}

/// Why a guest may not comment, in words.
fn refusal(barrier: Barrier) -> Refusal {
    match barrier {
        Barrier::Unknown => Refusal::NotFound,
        Barrier::Silent => Refusal::Forbidden("Guests cannot comment on this task."),
        Barrier::NotOwn => Refusal::Forbidden("Only guests on this task may comment on it."),
        Barrier::RunComplete => Refusal::field("task", "The process is complete."),
        _ => Refusal::Forbidden("Guests cannot do this now."),
    }
}
