//! What happens to a process: the only thing that changes its state.
//!
//! A log of these, in order, rebuilds the state ([`RunState::replay`]). Each
//! says what is so from then on rather than what differed, so applying one
//! twice changes nothing more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{FieldId, MemberId, RuleId, TaskId, ThreadId};

use super::assignees::{Assignees, ChaperoneReason};
use super::due::Due;
use super::field::Answer;
use super::people::{People, Person};
use super::run::{Completion, Part, RunState, RunTask, Stamp, Visibility};

/// Something that happened, and what brought it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What happened.
    pub event: RunEvent,
    /// Why.
    pub cause: Cause,
}

/// What brought an event about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The command itself.
    Command,
    /// A rule.
    Rule(RuleId),
    /// What follows of itself: deadlines that were waited for, chaperones, the
    /// end of a process.
    Consequence,
}

/// Something that happened to a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEvent {
    /// It came into being, still without tasks.
    Launched(Box<RunState>),
    /// It got a task.
    TaskAdded(Box<RunTask>),
    /// It was called something else.
    Renamed {
        /// The name.
        name: String,
    },
    /// Somebody else looks after it.
    OwnerChanged {
        /// Who.
        owner: MemberId,
    },
    /// Others may see it.
    AccessChanged {
        /// Everybody.
        access: People,
    },
    /// A field of the kick-off form was filled in, or cleared.
    PrerunAnswered {
        /// The field.
        field: FieldId,
        /// What.
        answer: Option<Answer>,
    },
    /// Somebody is known by another address or in another role: what they did
    /// and where they were picked is theirs under the new name. Who is on tasks
    /// is told apart ([`Self::AssigneesChanged`]).
    PersonChanged {
        /// Under what name so far.
        from: Person,
        /// Under what name from now on.
        to: Person,
    },
    /// The kick-off form was completed.
    PrerunCompleted(Stamp),
    /// The kick-off form was opened again.
    PrerunReopened,
    /// A field of a task was filled in, or cleared.
    Answered {
        /// The task.
        task: TaskId,
        /// The field.
        field: FieldId,
        /// What.
        answer: Option<Answer>,
    },
    /// A task got another title or text.
    Reworded {
        /// The task.
        task: TaskId,
        /// The title, where it is not the step's.
        title: Option<String>,
        /// The text, where it is not the step's.
        summary: Option<String>,
    },
    /// A task starts at another time.
    StartChanged {
        /// The task.
        task: TaskId,
        /// When.
        started_at: Timestamp,
    },
    /// A task was shown or hidden.
    VisibilityChanged {
        /// The task.
        task: TaskId,
        /// What it is now.
        visibility: Visibility,
    },
    /// Others are on a task.
    AssigneesChanged {
        /// The task.
        task: TaskId,
        /// Everybody.
        assignees: Assignees,
        /// Why the chaperone was added, when this is what added one.
        reason: Option<ChaperoneReason>,
    },
    /// A task got another deadline.
    DeadlineChanged {
        /// The task.
        task: TaskId,
        /// The deadline.
        due: Due,
    },
    /// Somebody did their part of a task that everyone must complete.
    PartDone {
        /// The task.
        task: TaskId,
        /// The part.
        part: Part,
    },
    /// A task was completed.
    Completed {
        /// The task.
        task: TaskId,
        /// How.
        completion: Completion,
    },
    /// A task was opened again. Its answers stay.
    Reopened {
        /// The task.
        task: TaskId,
        /// When.
        at: Timestamp,
        /// How often rules did so by now.
        rule_reopens: u32,
    },
    /// A rule would have opened a task once too often.
    LoopStopped {
        /// The task.
        task: TaskId,
        /// The rule.
        rule: RuleId,
    },
    /// Somebody looked at a stopped loop: rules may open the task again.
    LoopResolved {
        /// The task.
        task: TaskId,
    },
    /// An issue was opened.
    IssueReported {
        /// About which task; `None`: about the process.
        task: Option<TaskId>,
        /// The issue.
        thread: ThreadId,
    },
    /// An issue was resolved.
    IssueResolved {
        /// About which task; `None`: about the process.
        task: Option<TaskId>,
        /// The issue.
        thread: ThreadId,
    },
    /// People are to be told that a deadline is near.
    DueSoon {
        /// The task.
        task: TaskId,
        /// The deadline.
        deadline: Timestamp,
    },
    /// People are to be told that a deadline has passed.
    Overdue {
        /// The task.
        task: TaskId,
        /// The deadline.
        deadline: Timestamp,
    },
    /// A rule asks for a webhook. Nothing of the process changes.
    WebhookDue {
        /// To whom.
        url: String,
        /// What the receiver knows it by.
        alias: String,
    },
    /// A rule could not do what it says. Nothing of the process changes.
    ActionSkipped {
        /// The task.
        task: TaskId,
        /// Why.
        why: Skipped,
    },
    /// Everything is done.
    RunCompleted {
        /// When.
        at: Timestamp,
    },
    /// Something is to be done again.
    RunReopened,
    /// It was put away.
    Archived {
        /// When.
        at: Timestamp,
    },
    /// It was brought back.
    Activated,
}

/// Why a rule's action was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// There would be more assignees than the step allows.
    TooManyAssignees,
    /// Neither the field nor the fallback names anybody who may be assigned.
    NobodyNamed,
    /// What the deadline is counted from has no date.
    NoDate,
}

impl RunEvent {
    /// The task that it is about.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::TaskAdded(task) => Some(task.id),
            Self::Answered { task, .. }
            | Self::Reworded { task, .. }
            | Self::StartChanged { task, .. }
            | Self::VisibilityChanged { task, .. }
            | Self::AssigneesChanged { task, .. }
            | Self::DeadlineChanged { task, .. }
            | Self::PartDone { task, .. }
            | Self::Completed { task, .. }
            | Self::Reopened { task, .. }
            | Self::LoopStopped { task, .. }
            | Self::LoopResolved { task }
            | Self::DueSoon { task, .. }
            | Self::Overdue { task, .. }
            | Self::ActionSkipped { task, .. } => Some(*task),
            Self::IssueReported { task, .. } | Self::IssueResolved { task, .. } => *task,
            Self::Launched(_)
            | Self::Renamed { .. }
            | Self::OwnerChanged { .. }
            | Self::AccessChanged { .. }
            | Self::PersonChanged { .. }
            | Self::PrerunAnswered { .. }
            | Self::PrerunCompleted(_)
            | Self::PrerunReopened
            | Self::WebhookDue { .. }
            | Self::RunCompleted { .. }
            | Self::RunReopened
            | Self::Archived { .. }
            | Self::Activated => None,
        }
    }

    /// Whether the state of the process is another one afterwards.
    pub fn changes_state(&self) -> bool {
        !matches!(self, Self::WebhookDue { .. } | Self::ActionSkipped { .. })
    }
}

impl RunState {
    /// The state that a log leads to; `None` when it does not begin with a
    /// launch.
    pub fn replay<'a>(log: impl IntoIterator<Item = &'a RunEvent>) -> Option<Self> {
        let mut log = log.into_iter();
        let RunEvent::Launched(first) = log.next()? else { return None };
        let mut state = Self::clone(first);
        log.for_each(|event| state.apply(event));
        Some(state)
    }

    /// Makes it so. Events about tasks that are not there change nothing.
    pub fn apply(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Launched(state) => self.clone_from(state),
            RunEvent::TaskAdded(task) => self.add(task),
            RunEvent::Renamed { name } => self.name.clone_from(name),
            RunEvent::OwnerChanged { owner } => self.owner = *owner,
            RunEvent::AccessChanged { access } => self.access.clone_from(access),
            RunEvent::PrerunAnswered { field, answer } => {
                match answer {
                    Some(answer) => self.prerun.insert(*field, answer.clone()),
                    None => self.prerun.remove(field),
                };
            }
            RunEvent::PersonChanged { from, to } => self.person_changed(from, to),
            RunEvent::PrerunCompleted(stamp) => self.prerun_completed = Some(stamp.clone()),
            RunEvent::PrerunReopened => self.prerun_completed = None,
            RunEvent::IssueReported { task: None, thread } => open(&mut self.issues, *thread),
            RunEvent::IssueResolved { task: None, thread } => self.issues.retain(|open| open != thread),
            RunEvent::RunCompleted { at } => self.completed_at = Some(*at),
            RunEvent::RunReopened => self.completed_at = None,
            RunEvent::Archived { at } => self.archived_at = Some(*at),
            RunEvent::Activated => self.archived_at = None,
            _ => {
                let task = event.task().and_then(|id| self.tasks.iter_mut().find(|task| task.id == id));
                if let Some(task) = task {
                    task.apply(event);
                }
            }
        }
    }

    /// Whether it says of a person what they did, or has them picked in a form,
    /// under another name or in another spelling than this one.
    pub(super) fn records(&self, person: &Person, name: &Person) -> bool {
        let is_old = |by: &Person| by.is_same(person) && by != name;
        let is_by = |by: &Option<Person>| by.as_ref().is_some_and(is_old);
        let of_task = |task: &RunTask| {
            task.parts.iter().any(|part| is_old(&part.person))
                || task.completion.as_ref().is_some_and(|completion| is_by(&completion.by))
        };
        let picks = |people: &People| {
            people.users().iter().any(|id| is_old(&Person::Member(*id)))
                || people.guests().iter().any(|guest| is_old(&Person::Guest(guest.clone())))
        };
        let mut answers =
            self.prerun.values().chain(self.tasks.iter().flat_map(|task| task.answers.values()));
        self.prerun_completed.as_ref().is_some_and(|stamp| is_by(&stamp.by))
            || self.tasks.iter().any(of_task)
            || answers.any(|answer| matches!(answer, Answer::People(people) if picks(people)))
    }

    fn person_changed(&mut self, from: &Person, to: &Person) {
        let rename = |by: &mut Option<Person>| {
            if by.as_ref().is_some_and(|by| by.is_same(from)) {
                *by = Some(to.clone());
            }
        };
        if let Some(stamp) = &mut self.prerun_completed {
            rename(&mut stamp.by);
        }
        for task in &mut self.tasks {
            if let Some(completion) = &mut task.completion {
                rename(&mut completion.by);
            }
            task.rename_part(from, to);
        }
        let of_tasks = self.tasks.iter_mut().flat_map(|task| task.answers.values_mut());
        for answer in self.prerun.values_mut().chain(of_tasks) {
            if let Answer::People(people) = answer
                && people.has(from)
            {
                *people = people.replacing(from, Some(to));
            }
        }
    }

    fn add(&mut self, added: &RunTask) {
        if !self.tasks.iter().any(|task| task.id == added.id) {
            self.tasks.push(added.clone());
        }
    }
}

fn open(issues: &mut Vec<ThreadId>, thread: ThreadId) {
    if !issues.contains(&thread) {
        issues.push(thread);
    }
}

impl RunTask {
    /// Gives somebody's part to them under another name. Who did it under both
    /// names has one part, which rejects if either did.
    fn rename_part(&mut self, from: &Person, to: &Person) {
        let is_from = |part: &Part| part.person.is_same(from);
        let Some(place) = self.parts.iter().position(is_from) else { return };
        let moved = Part { person: to.clone(), ..self.parts.remove(place) };
        match self.parts.iter_mut().find(|part| part.person.is_same(to)) {
            Some(own) if moved.approved == Some(false) => own.approved = moved.approved,
            Some(_) => {}
            None => self.parts.insert(place, moved),
        }
    }

    /// Makes an event about this task so; others change nothing.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Answered { field, answer: Some(answer), .. } => {
                self.answers.insert(*field, answer.clone());
            }
            RunEvent::Answered { field, answer: None, .. } => {
                self.answers.remove(field);
            }
            RunEvent::Reworded { title, summary, .. } => {
                self.title.clone_from(title);
                self.summary.clone_from(summary);
            }
            RunEvent::StartChanged { started_at, .. } => self.started_at = *started_at,
            RunEvent::VisibilityChanged { visibility, .. } => self.visibility = *visibility,
            RunEvent::AssigneesChanged { assignees, .. } => self.assignees.clone_from(assignees),
            RunEvent::DeadlineChanged { due, .. } => self.due = *due,
            RunEvent::PartDone { part, .. } => {
                self.parts.retain(|done| !done.person.is_same(&part.person));
                self.parts.push(part.clone());
            }
            RunEvent::Completed { completion, .. } => self.completion = Some(completion.clone()),
            RunEvent::Reopened { at, rule_reopens, .. } => {
                self.completion = None;
                self.parts.clear();
                self.reopened_at = Some(*at);
                self.rule_reopens = *rule_reopens;
            }
            RunEvent::LoopStopped { rule, .. } => self.stopped_rule = Some(*rule),
            RunEvent::LoopResolved { .. } => {
                self.stopped_rule = None;
                self.rule_reopens = 0;
            }
            RunEvent::IssueReported { thread, .. } => open(&mut self.issues, *thread),
            RunEvent::IssueResolved { thread, .. } => self.issues.retain(|open| open != thread),
            RunEvent::DueSoon { deadline, .. } => self.told.due_soon = Some(*deadline),
            RunEvent::Overdue { deadline, .. } => self.told.overdue = Some(*deadline),
            _ => {}
        }
    }
}
