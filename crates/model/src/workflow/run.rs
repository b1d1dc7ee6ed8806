//! A process (`runs` in the API) and its tasks as they stand (`product.md` 2.11,
//! 2.12). The questions one may ask of the whole are in `reading`.
//!
//! [`RunState`] is plain data: what the storage keeps. It is changed only by
//! applying [events](super::event::RunEvent), so the events alone rebuild it.

mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{FieldId, MemberId, RuleId, RunId, StepId, TaskId, ThreadId};

use super::assignees::Assignees;
use super::blueprint::Step;
use super::calendar::DAY;
use super::due::Due;
use super::field::Answer;
use super::people::{Directory, People, Person};
use super::snapshot::Snapshot;

/// A process together with the snapshot that it was launched from.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) state: RunState,
}

/// What is known of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// The public id.
    pub id: RunId,
    /// Its name, at most 550 characters.
    pub name: String,
    /// Who launched it (`started_by`).
    pub launcher: MemberId,
    /// Who looks after it (`owner_id`).
    pub owner: MemberId,
    /// The process that it belongs to (`parent_id`).
    pub parent: Option<RunId>,
    /// Who may see it besides (`users`, `groups`).
    pub access: People,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// The answers of the kick-off form (`prerun`), by field.
    pub prerun: BTreeMap<FieldId, Answer>,
    /// Set while the kick-off form is complete.
    pub prerun_completed: Option<Stamp>,
    /// One task for each step, in the order of the steps; then added ones.
    pub tasks: Vec<RunTask>,
    /// Open issues about the process itself. While there is one, tasks cannot
    /// be changed.
    pub issues: Vec<ThreadId>,
    /// Set while everything is done.
    pub completed_at: Option<Timestamp>,
    /// Set while the process is archived.
    pub archived_at: Option<Timestamp>,
}

/// When something was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// By whom; `None`: by the clock.
    pub by: Option<Person>,
}

/// A task of a process. Where it is stored, what has not happened to it is left
/// out: it would be most of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTask {
    /// The public id.
    pub id: TaskId,
    /// What it is made from.
    pub origin: Origin,
    /// A title in place of the step's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A text in place of the step's; an empty one: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Whether it is hidden (`auto-skipped`), and who decided so.
    #[serde(default, skip_serializing_if = "is_default")]
    pub visibility: Visibility,
    /// Who is on it.
    pub assignees: Assignees,
    /// From when on it is meant to be worked on.
    pub started_at: Timestamp,
    /// Until when it should be done.
    #[serde(default, skip_serializing_if = "is_default")]
    pub due: Due,
    /// What was filled in, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<FieldId, Answer>,
    /// Who did their part, where everyone must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Set while it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<Completion>,
    /// When it was last opened again; it stays when the task is completed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_at: Option<Timestamp>,
    /// How often rules opened it again since somebody last looked at that.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rule_reopens: u32,
    /// The rule that would have opened it once too often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_rule: Option<RuleId>,
    /// Open issues. While there is one, the task cannot be completed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<ThreadId>,
    /// Which deadlines people were told of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub told: Told,
}

/// What a task is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The step with this id, which stands at the task's index.
    Step(StepId),
    /// It was added to the process, and brings what a step would say.
    Added(Box<Step>),
}

/// Whether a task is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// Whether it is.
    pub hidden: bool,
    /// Who decided so last.
    pub by: Decider,
}

/// Who decides whether a task is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// The template.
    #[default]
    Template,
    /// A rule.
    Rule(RuleId),
    /// A person: no rule changes it any more.
    Person,
}

/// Somebody's part of a task that everyone must complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who did it.
    pub person: Person,
    /// When.
    pub at: Timestamp,
    /// The verdict, where there was one to give.
    pub approved: Option<bool>,
}

/// How a task was completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// When.
    pub at: Timestamp,
    /// By whom; `None`: by the clock.
    pub by: Option<Person>,
    /// To what effect.
    pub verdict: Verdict,
}

/// To what effect a task was completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was done.
    Completed,
    /// It was approved.
    Approved,
    /// It was rejected.
    Rejected,
    /// It was acknowledged in time.
    Acknowledged,
    /// Its time ran out.
    Expired,
    /// The mail was sent.
    Sent,
}

/// Which deadlines people were told of, so that each is told once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The deadline that was told to be near.
    pub due_soon: Option<Timestamp>,
    /// The deadline that was told to have passed.
    pub overdue: Option<Timestamp>,
}

/// Where a task stands (D25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its start lies in the future.
    NotStarted,
    /// Open.
    InProgress,
    /// Done.
    Completed,
    /// Hidden.
    AutoSkipped,
}

impl Status {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::AutoSkipped => "auto-skipped",
        }
    }
}

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// Something is to be done.
    Active,
    /// Nothing is to be done.
    Complete,
    /// A task has an open issue, or a loop of rules was stopped.
    Problem,
    /// The process itself has an open issue: its tasks cannot be changed.
    Issue,
    /// Put away.
    Archived,
}

impl RunStatus {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Active, Self::Complete, Self::Problem, Self::Issue, Self::Archived];

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text)
    }

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Complete => "complete",
            Self::Problem => "problem",
            Self::Issue => "issue",
            Self::Archived => "archived",
        }
    }
}

/// How far a process has come. Hidden tasks do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunProgress {
    /// Tasks that are done.
    pub complete: usize,
    /// Tasks that can be seen.
    pub total: usize,
}

impl RunProgress {
    /// From 0 to 100, rounded down, so that 100 is said only when all is done.
    pub fn percent(self) -> usize {
        (self.complete * 100).checked_div(self.total).unwrap_or(0)
    }

    /// What guests are told of it, on pages and in mails: nothing where one task
    /// is all that they see, which says itself how far it is.
    pub fn for_guests(self) -> Option<Self> {
        (self.total > 1).then_some(self)
    }
}

/// A state that does not belong to the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tasks of the process are not those of its steps")]
pub struct Mismatch;

/// Whether a value is what is read where there is none.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl RunTask {
    /// Whether it is work to be done: neither complete nor hidden.
    pub fn is_open(&self) -> bool {
        self.completion.is_none() && !self.visibility.hidden
    }

    /// How many parts there are where everyone must complete: those that are
    /// done, by whoever is on it still or not, and those that are to be done.
    pub fn all_parts(&self, directory: &Directory) -> usize {
        let completer = self.completion.as_ref().and_then(|completion| completion.by.as_ref());
        let done = |person: &Person| {
            self.parts.iter().map(|part| &part.person).chain(completer).any(|by| by.is_same(person))
        };
        let required = self.assignees.required(directory);
        self.parts.len() + required.iter().filter(|person| !done(person)).count()
    }

    /// Where it stands at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        if self.completion.is_some() {
            Status::Completed
        } else if self.visibility.hidden {
            Status::AutoSkipped
        } else if self.started_at > now {
            Status::NotStarted
        } else {
            Status::InProgress
        }
    }

    /// The status in a word for people; it also tells the verdict.
    pub fn status_label(&self, now: Timestamp) -> &'static str {
        match (self.status(now), self.completion.as_ref().map(|completion| completion.verdict)) {
            (_, Some(Verdict::Approved)) => "Approved",
            (_, Some(Verdict::Rejected)) => "Rejected",
            (_, Some(Verdict::Acknowledged)) => "Acknowledged",
            (_, Some(Verdict::Expired)) => "Expired",
            (_, Some(Verdict::Sent)) => "Sent",
            (Status::Completed, _) => "Completed",
            (Status::AutoSkipped, _) => "Skipped",
            (Status::NotStarted, _) => "Not started",
            (Status::InProgress, _) => "Active",
        }
    }

    /// `is_approved` of the API: the verdict, false before there is one, null
    /// after a reopening.
    pub fn is_approved(&self) -> Option<bool> {
        match &self.completion {
            Some(completion) => Some(matches!(completion.verdict, Verdict::Approved | Verdict::Acknowledged)),
            None => self.reopened_at.is_none().then_some(false),
        }
    }

    /// Whether somebody has to look at it: an issue is open, or a loop of rules
    /// was stopped.
    pub fn is_in_trouble(&self) -> bool {
        !self.issues.is_empty() || self.stopped_rule.is_some()
    }

    /// Whether it can be completed now, apart from who asks and what is
    /// missing (`is_completable`).
    pub fn is_completable(&self) -> bool {
        self.is_open() && self.issues.is_empty()
    }

    /// Whether it is open and its deadline has passed.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.is_open() && self.due.at().is_some_and(|deadline| deadline < now)
    }

    /// Whether it is open and its deadline comes within 24 hours.
    pub fn is_due_soon(&self, now: Timestamp) -> bool {
        let is_near = |deadline: Timestamp| deadline >= now && deadline.duration_since(now) <= DAY;
        self.is_open() && self.due.at().is_some_and(is_near)
    }
}
