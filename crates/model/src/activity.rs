//! The record of who did what: rows that are only ever added
//! (`wire.md` 2.5, `trust.md` 3).

use jiff::Timestamp;

use crate::ids::MemberId;

/// What kind of object a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A guest; the entity id is the guest code.
    Guest,
    /// A task; the entity id is the task id.
    Task,
    /// A member; the entity id is the member's integer.
    Member,
    /// The organization itself; the entity id is its id.
    Organization,
}

impl EntityKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Guest, Self::Task, Self::Member, Self::Organization];

    /// The stored word, which the `entity_type` filter takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Task => "task",
            Self::Member => "user",
            Self::Organization => "organization",
        }
    }

    /// The word in the `type` filter and in answers.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Guest => "Guest",
            Self::Task => "Task",
            Self::Member => "User",
            Self::Organization => "Organization",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Came into being.
    Created,
    /// Had a field changed.
    Updated,
    /// Got other assignees.
    OwnersUpdated,
    /// Was completed.
    Completed,
    /// Was reopened.
    Reopened,
    /// Was put away.
    Archived,
    /// Was brought back.
    Unarchived,
    /// Was removed for good.
    Deleted,
    /// Was enabled again.
    Enabled,
    /// Was disabled.
    Disabled,
}

impl Verb {
    /// All verbs.
    pub const ALL: &[Self] = &[
        Self::Created,
        Self::Updated,
        Self::OwnersUpdated,
        Self::Completed,
        Self::Reopened,
        Self::Archived,
        Self::Unarchived,
        Self::Deleted,
        Self::Enabled,
        Self::Disabled,
    ];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::OwnersUpdated => "owners-updated",
            Self::Completed => "completed",
            Self::Reopened => "re-opened",
            Self::Archived => "archived",
            Self::Unarchived => "unarchived",
            Self::Deleted => "deleted",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verb| verb.as_str() == text)
    }
}

/// Who asked for a change, when, and from where: known before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The member who acted; `None` when the operator did, at the machine.
    pub actor: Option<MemberId>,
    /// When.
    pub at: Timestamp,
    /// The network address of the caller, if there was a network.
    pub ip: Option<String>,
    /// The request's id.
    pub request_id: String,
}

/// One row to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind of object.
    pub entity: EntityKind,
    /// Which one, as callers know it.
    pub entity_id: String,
    /// What was done.
    pub verb: Verb,
    /// Which field, when one was changed.
    pub field: Option<&'static str>,
    /// The field's text before.
    pub old_value: Option<String>,
    /// One sentence for people.
    pub text: String,
}
