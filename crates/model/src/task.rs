//! One-off tasks: work with an assignee and a deadline that belongs to no
//! process (`product.md` 2.12, 2.13; `wire.md` 2.4).
//!
//! Here are the task itself and the questions one may ask it. What may happen
//! to it is in the submodules: [`draft`] (it comes into being), [`change`],
//! [`lifecycle`] (completed, reopened, archived), [`issues`], [`owners`] (who is on it),
//! [`form`] (what it asks for) and [`dates`] (how callers write moments).

pub mod change;
pub mod dates;
pub mod draft;
pub mod form;
pub mod issues;
pub mod lifecycle;
pub mod owners;

use jiff::Timestamp;

use crate::activity::{EntityKind, Event, Verb};
use crate::ids::{GuestCode, MemberId, TaskId, TaskKey};
use crate::member::{Actor, Role};

use form::FormField;
use owners::Owners;

/// What completing the task means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskType {
    /// Something to be done.
    Task,
    /// Something to be approved or rejected; both complete it.
    Approval,
    /// Something to be acknowledged before the deadline.
    Expiring,
    /// A mail to be sent by an assignee.
    Email,
    /// A mail to be sent at the deadline.
    ExpiringEmail,
}

impl TaskType {
    /// All types.
    pub const ALL: &[Self] = &[Self::Task, Self::Approval, Self::Expiring, Self::Email, Self::ExpiringEmail];

    /// The word in requests, answers and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Approval => "approval",
            Self::Expiring => "expiring",
            Self::Email => "email",
            Self::ExpiringEmail => "expiring_email",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// Where a task stands (`product.md` D25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// Open, and its start lies ahead.
    NotStarted,
    /// Open.
    InProgress,
    /// Done.
    Completed,
}

impl TaskStatus {
    /// All of them.
    pub const ALL: &[Self] = &[Self::NotStarted, Self::InProgress, Self::Completed];

    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
        }
    }
}

/// A one-off task of an organization.
#[expect(clippy::struct_excessive_bools, reason = "the API has these switches, each its own")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Where it is stored.
    pub key: TaskKey,
    /// The public id.
    pub id: TaskId,
    /// At most 600 characters, none of them hidden.
    pub title: String,
    /// What is to be done, at most 30,000 characters.
    pub summary: Option<String>,
    /// What completing it means.
    pub task_type: TaskType,
    /// A number that lists can be sorted by.
    pub position: i64,
    /// The member who created it.
    pub starter: MemberId,
    /// From when on it is meant to be worked on.
    pub started_at: Timestamp,
    /// Whether the start is only advice.
    pub is_soft_start_date: bool,
    /// Until when it should be done; always set on tasks made here.
    pub deadline: Option<Timestamp>,
    /// Whether each assignee has a part of their own to complete. Counts for
    /// tasks and approvals only: see [`needs_everyone`](Self::needs_everyone).
    pub everyone_must_complete: bool,
    /// Whether only assignees (and administrators) may complete it.
    pub can_complete_only_assignees: bool,
    /// At most so many assignees, those added by the server apart; 0: any number.
    pub max_assignable: i64,
    /// Whether guests may not comment.
    pub prevent_guest_comment: bool,
    /// Whether only assignees, the starter and administrators may know of it.
    pub top_secret: bool,
    /// Where its completion is to be announced.
    pub webhook: Option<String>,
    /// What it asks for, in the order in which it is shown.
    pub form_fields: Vec<FormField>,
    /// Tag ids. There are no tags yet, so this is empty.
    pub tags: Vec<String>,
    /// The verdict: false until there is one, null after a reopening.
    pub is_approved: Option<bool>,
    /// Whether an issue is open. While there is one, the task cannot be
    /// completed.
    pub problem: bool,
    /// Set while the task is complete.
    pub completion: Option<Completion>,
    /// Set while the task is archived.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change.
    pub revision: i64,
    /// Who is on it.
    pub owners: Owners,
}

/// When a task was completed, and by whom: a member or a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// When.
    pub at: Timestamp,
    /// By whom. It stays when the person is removed.
    pub by: Completer,
}

/// The author of a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completer {
    /// A member.
    Member(MemberId),
    /// A guest, as they were called then.
    Guest {
        /// The guest code.
        code: GuestCode,
        /// The address.
        email: String,
    },
}

/// How many of the required parts are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Parts that are done.
    pub complete: usize,
    /// Parts that are required.
    pub total: usize,
}

/// What a decision did beside changing the task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows for the activity feed; empty when nothing was changed.
    pub events: Vec<Event>,
    /// What the caller should be told, in sentences.
    pub warnings: Vec<String>,
}

impl Task {
    /// Where the task stands at `now`.
    pub fn status(&self, now: Timestamp) -> TaskStatus {
        if self.completion.is_some() {
            TaskStatus::Completed
        } else if self.started_at > now {
            TaskStatus::NotStarted
        } else {
            TaskStatus::InProgress
        }
    }

    /// The status in a word for people; it also tells the verdict.
    pub fn status_label(&self, now: Timestamp) -> &'static str {
        match (self.status(now), self.task_type, self.is_approved) {
            (TaskStatus::NotStarted, ..) => "Not started",
            (TaskStatus::InProgress, ..) => "Active",
            (TaskStatus::Completed, TaskType::Approval, Some(true)) => "Approved",
            (TaskStatus::Completed, TaskType::Approval, _) => "Rejected",
            (TaskStatus::Completed, TaskType::Expiring, Some(true)) => "Acknowledged",
            (TaskStatus::Completed, TaskType::Expiring, _) => "Expired",
            (TaskStatus::Completed, ..) => "Completed",
        }
    }

    /// Whether it is work to be done: neither complete nor archived.
    pub fn is_open(&self) -> bool {
        self.completion.is_none() && self.archived_at.is_none()
    }

    /// Whether it can be completed now, apart from who asks and what is missing.
    pub fn is_completable(&self) -> bool {
        self.is_open() && !self.problem
    }

    /// Whether a member may know that the task exists. Whoever may not gets
    /// the answer for a task that does not exist.
    pub fn is_visible_to(&self, actor: Actor) -> bool {
        let involved = self.starter == actor.id || self.owners.has_member(actor.id);
        match actor.role {
            Role::Admin => true,
            Role::Standard => involved || !self.top_secret,
            Role::Light => involved,
        }
    }

    /// Whether every required assignee has a part of their own to complete.
    pub fn needs_everyone(&self) -> bool {
        self.everyone_must_complete && matches!(self.task_type, TaskType::Task | TaskType::Approval)
    }

    /// How far a task that [needs everyone](Self::needs_everyone) has come.
    pub fn progress(&self) -> Option<Progress> {
        self.needs_everyone().then(|| self.owners.progress())
    }

    /// A row about this task.
    fn event(&self, verb: Verb, text: String) -> Event {
        Event {
            entity: EntityKind::Task,
            entity_id: self.id.to_string(),
            verb,
            field: None,
            old_value: None,
            text,
        }
    }

    /// How sentences call the task. A secret one is not named: not everybody
    /// who reads the feed later may read its title.
    fn called(&self) -> String {
        if self.top_secret { "A secret task".to_owned() } else { format!("Task “{}”", self.title) }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::ids::{GuestKey, OrgNo};
    use owners::{GuestOwner, MemberOwner};

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    pub(crate) fn member(id: i64) -> MemberId {
        MemberId::new(id).unwrap()
    }

    pub(crate) fn admin(id: i64) -> Actor {
        Actor { id: member(id), role: Role::Admin }
    }

    pub(crate) fn standard(id: i64) -> Actor {
        Actor { id: member(id), role: Role::Standard }
    }

    pub(crate) fn light(id: i64) -> Actor {
        Actor { id: member(id), role: Role::Light }
    }

    pub(crate) fn guest(number: u8) -> GuestOwner {
        GuestOwner {
            key: GuestKey::new(OrgNo::new(1).unwrap(), i64::from(number)),
            code: GuestCode::new([number; 24]),
            email: crate::EmailAddress::parse(&format!("guest{number}@x.example")).unwrap(),
            via_group: false,
            completed_at: None,
        }
    }

    /// An open task started by member 1, with the given people on it.
    pub(crate) fn task(members: &[i64], guests: &[u8]) -> Task {
        Task {
            key: TaskKey::new(OrgNo::new(1).unwrap(), 1),
            id: TaskId::new(1, [1; 10]),
            title: "Send the contract".to_owned(),
            summary: None,
            task_type: TaskType::Task,
            position: 1,
            starter: member(1),
            started_at: at(0),
            is_soft_start_date: false,
            deadline: Some(at(1000)),
            everyone_must_complete: false,
            can_complete_only_assignees: false,
            max_assignable: 0,
            prevent_guest_comment: false,
            top_secret: false,
            webhook: None,
            form_fields: Vec::new(),
            tags: Vec::new(),
            is_approved: Some(false),
            problem: false,
            completion: None,
            archived_at: None,
            created_at: at(0),
            updated_at: at(0),
            revision: 1,
            owners: Owners {
                members: members
                    .iter()
                    .map(|id| MemberOwner {
                        id: member(*id),
                        added_by_server: false,
                        via_group: false,
                        completed_at: None,
                    })
                    .collect(),
                guests: guests.iter().map(|number| guest(*number)).collect(),
                groups: Vec::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;

    #[test]
    fn words_round_trip() {
        for kind in TaskType::ALL {
            assert_eq!(TaskType::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(TaskType::parse("Task"), None);
    }

    #[test]
    fn the_status_follows_the_clock_until_the_task_is_complete() {
        let mut task = task(&[1], &[]);
        assert_eq!((task.status(at(-1)), task.status_label(at(-1))), (TaskStatus::NotStarted, "Not started"));
        assert_eq!((task.status(at(0)), task.status_label(at(0))), (TaskStatus::InProgress, "Active"));
        task.completion = Some(Completion { at: at(5), by: Completer::Member(member(1)) });
        assert_eq!((task.status(at(-1)), task.status_label(at(-1))), (TaskStatus::Completed, "Completed"));
        for (kind, verdict, label) in [
            (TaskType::Approval, true, "Approved"),
            (TaskType::Approval, false, "Rejected"),
            (TaskType::Expiring, true, "Acknowledged"),
            (TaskType::Expiring, false, "Expired"),
            (TaskType::Email, true, "Completed"),
        ] {
            (task.task_type, task.is_approved) = (kind, Some(verdict));
            assert_eq!(task.status_label(at(9)), label);
        }
    }

    #[test]
    fn who_may_see_a_task() {
        let mut task = task(&[2], &[]);
        let seen = |task: &Task| {
            [admin(9), standard(9), light(9), standard(2), light(2), light(1)]
                .map(|actor| task.is_visible_to(actor))
        };
        assert_eq!(seen(&task), [true, true, false, true, true, true]);
        task.top_secret = true;
        assert_eq!(seen(&task), [true, false, false, true, true, true]);
        assert!(!task.called().contains("contract"));
    }
}
