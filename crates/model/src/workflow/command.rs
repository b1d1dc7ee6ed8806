//! What may be asked of a process, and by whom.

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::{FieldId, MemberId, TaskId, ThreadId};
use crate::member::{Actor, Role};
use crate::refusal::Refusal;

use super::blueprint::Step;
use super::calendar::Calendar;
use super::event::{Cause, Recorded, RunEvent};
use super::field::Answer;
use super::people::{Directory, People, Person};
use super::run::Run;
use super::timer::Timer;
use super::turn::Turn;

/// A wish to change a process.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Completes a task, or one person's part of it. This is also how one
    /// approves, rejects, acknowledges and sends.
    Complete {
        /// The task.
        task: TaskId,
        /// The verdict; approvals need one, other types ignore it.
        approved: Option<bool>,
        /// Who really did it, when it was not the caller (`override_user`).
        on_behalf_of: Option<Person>,
    },
    /// Opens a completed task again.
    Reopen {
        /// The task.
        task: TaskId,
    },
    /// Fills in fields of a task; `None` clears.
    Answer {
        /// The task.
        task: TaskId,
        /// The answers, each field at most once.
        values: Vec<(FieldId, Option<Answer>)>,
    },
    /// Fills in fields of the kick-off form; `None` clears.
    AnswerPrerun {
        /// The answers, each field at most once.
        values: Vec<(FieldId, Option<Answer>)>,
    },
    /// Completes the kick-off form.
    CompletePrerun,
    /// Opens the kick-off form again.
    ReopenPrerun,
    /// Puts people on a task in place of those who are on it.
    Assign {
        /// The task.
        task: TaskId,
        /// Everybody.
        people: People,
    },
    /// Puts guests on a task beside those who are on it (D5).
    AddGuests {
        /// The task.
        task: TaskId,
        /// The guests.
        guests: Vec<EmailAddress>,
    },
    /// Puts somebody in another's place on every task that is not complete:
    /// a member is disabled, or becomes a guest, or the other way round. Parts
    /// that are done stay with whoever did them; a member in place of another
    /// looks after the process too, if that one did.
    Replace {
        /// Who goes.
        person: Person,
        /// Who comes, if anybody does.
        with: Option<Person>,
        /// Whether whoever comes is the one who goes, known by another address
        /// or in another role from now on. What they did and where they were
        /// picked then follows, and they stay on completed tasks too.
        same_person: bool,
    },
    /// The members of groups changed, or groups are no more: these are taken off
    /// all tasks and out of those who may see the process, which stays closed to
    /// others, and guests may be alone on a task now.
    CheckChaperones,
    /// Shows or hides a task by hand. From then on no rule does.
    SetVisible {
        /// The task.
        task: TaskId,
        /// Whether it is to be seen.
        visible: bool,
    },
    /// Changes a task's words and dates; what is absent stays.
    Edit {
        /// The task.
        task: TaskId,
        /// What is changed.
        change: Edit,
    },
    /// Adds tasks that no step is behind, each with an id of its own.
    AddTasks {
        /// The tasks, checked as steps are.
        tasks: Vec<Added>,
    },
    /// Calls the process something else.
    Rename {
        /// The name.
        name: String,
    },
    /// Lets somebody else look after the process.
    HandOver {
        /// An active member.
        owner: MemberId,
    },
    /// Lets others see the process besides those on it.
    Share {
        /// Members and groups, no guests; nobody: all but light members.
        access: People,
    },
    /// Opens an issue.
    ReportIssue {
        /// About which task; `None`: about the process.
        task: Option<TaskId>,
        /// The issue.
        thread: ThreadId,
    },
    /// Resolves an issue.
    ResolveIssue {
        /// About which task; `None`: about the process.
        task: Option<TaskId>,
        /// The issue.
        thread: ThreadId,
    },
    /// Lets rules open a task again after a loop was stopped.
    ResolveLoop {
        /// The task.
        task: TaskId,
    },
    /// A moment has come that was waited for.
    TimerFired(Timer),
    /// Puts the process away.
    Archive,
    /// Brings an archived process back.
    Activate,
}

/// Changes of a task's words and dates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// At most 600 characters.
    pub title: Option<String>,
    /// At most 30,000 characters; an empty one clears.
    pub summary: Option<String>,
    /// Until when it should be done: taken as it is, working day or not.
    pub deadline: Option<Timestamp>,
    /// From when on it is meant to be worked on.
    pub started_at: Option<Timestamp>,
}

/// A task that is added to a process.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// The id of the new task.
    pub id: TaskId,
    /// What it asks for, and who is put on it. Its deadline is counted from the
    /// moment at which it is added; one that is counted from another step is
    /// refused. Nobody fills job titles, and milestones are not looked up.
    pub step: Step,
    /// Until when it should be done; `None`: as the step says.
    pub deadline: Option<Timestamp>,
    /// From when on it is meant to be worked on; `None`: as the step says.
    pub started_at: Option<Timestamp>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// An active member.
    Member(Actor),
    /// A guest.
    Guest(EmailAddress),
    /// The clock, or the server on nobody's behalf.
    Clock,
}

impl By {
    /// The person, if it is one.
    pub fn person(&self) -> Option<Person> {
        match self {
            Self::Member(actor) => Some(Person::Member(actor.id)),
            Self::Guest(email) => Some(Person::Guest(email.clone())),
            Self::Clock => None,
        }
    }

    /// The member, if it is one.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Self::Member(actor) => Some(actor.id),
            Self::Guest(_) | Self::Clock => None,
        }
    }

    /// Refuses guests and light members.
    pub(super) fn may_manage(&self) -> Result<(), Refusal> {
        match self {
            Self::Clock => Ok(()),
            Self::Member(actor) if actor.role != Role::Light => Ok(()),
            Self::Member(_) => Err(Refusal::Forbidden(
                "Light members may read and complete their tasks, but not change this.",
            )),
            Self::Guest(_) => Err(Refusal::Forbidden("Guests may work on their tasks, but not change this.")),
        }
    }
}

/// What a decision depends on beside the process and the command.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// When.
    pub at: Timestamp,
    /// Who asks.
    pub by: &'a By,
    /// How the organization counts time.
    pub calendar: &'a Calendar,
    /// The organization's people.
    pub directory: &'a Directory,
    /// What the organization decided.
    pub policy: Policy,
}

/// What an organization may decide for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether an issue about a finished task opens it again (D3).
    pub issues_reopen_tasks: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { issues_reopen_tasks: true }
    }
}

/// What came of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What happened, in order; empty when nothing was changed.
    pub events: Vec<Recorded>,
    /// What the caller should be told, in sentences.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// The tasks that rules changed, each once, in the order of the first
    /// change (`tasks_changed_by_rules`).
    pub fn tasks_changed_by_rules(&self) -> Vec<TaskId> {
        let mut tasks = Vec::new();
        for recorded in &self.events {
            let by_rule = matches!(recorded.cause, Cause::Rule(_)) && recorded.event.changes_state();
            // That a task is stuck is no change of it that callers could show.
            let shown = !matches!(recorded.event, RunEvent::LoopStopped { .. });
            if let Some(task) = recorded.event.task().filter(|task| by_rule && shown && !tasks.contains(task))
            {
                tasks.push(task);
            }
        }
        tasks
    }
}

impl Run {
    /// Does what is asked, or refuses and leaves the process as it was.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] for tasks that are not there or that a guest may
    /// not know of, [`Refusal::Forbidden`] for what the caller may not do, and
    /// otherwise [`Refusal::Invalid`] with every faulty field.
    pub fn handle(&mut self, command: &Command, context: Context<'_>) -> Result<Outcome, Refusal> {
        if let By::Guest(guest) = context.by
            && self.tasks_of_guest(guest, context.directory).next().is_none()
        {
            return Err(Refusal::NotFound);
        }
        if self.state.archived_at.is_some() {
            match command {
                Command::Archive | Command::Activate | Command::CheckChaperones | Command::Replace { .. } => {
                }
                Command::TimerFired(_) => return Ok(Outcome::default()),
                _ => return Err(Refusal::field("run", "The process is archived; activate it first.")),
            }
        }
        let mut turn = Turn::new(self, context);
        match command {
            Command::Complete { task, approved, on_behalf_of } => {
                turn.complete(*task, *approved, on_behalf_of.as_ref())
            }
            Command::Reopen { task } => turn.reopen(*task),
            Command::Answer { task, values } => turn.answer(*task, values),
            Command::AnswerPrerun { values } => turn.answer_prerun(values),
            Command::CompletePrerun => turn.complete_prerun(),
            Command::ReopenPrerun => turn.reopen_prerun(),
            Command::Assign { task, people } => turn.assign(*task, people),
            Command::AddGuests { task, guests } => turn.add_guests(*task, guests),
            Command::Replace { person, with, same_person } => {
                turn.replace(person, with.as_ref(), *same_person)
            }
            Command::CheckChaperones => {
                turn.check_chaperones();
                Ok(())
            }
            Command::SetVisible { task, visible } => turn.set_visible(*task, *visible),
            Command::Edit { task, change } => turn.edit(*task, change),
            Command::AddTasks { tasks } => turn.add_tasks(tasks),
            Command::Rename { name } => turn.rename(name),
            Command::HandOver { owner } => turn.hand_over(*owner),
            Command::Share { access } => turn.share(access),
            Command::ReportIssue { task, thread } => turn.report_issue(*task, *thread),
            Command::ResolveIssue { task, thread } => turn.resolve_issue(*task, *thread),
            Command::ResolveLoop { task } => turn.resolve_loop(*task),
            Command::TimerFired(timer) => {
                turn.timer_fired(*timer);
                Ok(())
            }
            Command::Archive => turn.archive(),
            Command::Activate => turn.activate(),
        }?;
        Ok(turn.settle())
    }
}
