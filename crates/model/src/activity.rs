//! The record of who did what: rows that are only ever added
//! (`wire.md` 2.5, `trust.md` 3).

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::{GuestKey, MemberId, TemplateId};
use crate::member::{Actor, Role};

/// What kind of object a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A guest; the entity id is the guest code.
    Guest,
    /// A task; the entity id is the task id.
    Task,
    /// A process; the entity id is the process's id.
    Run,
    /// A member; the entity id is the member's integer.
    Member,
    /// The organization itself; the entity id is its id.
    Organization,
    /// A template.
    Template,
    /// A step of a template; the entity id is its timeline id.
    Step,
    /// A group; the entity id is the group's id.
    Group,
}

impl EntityKind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Guest,
        Self::Task,
        Self::Run,
        Self::Member,
        Self::Organization,
        Self::Template,
        Self::Step,
        Self::Group,
    ];

    /// The stored word, which the `entity_type` filter takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Task => "task",
            Self::Run => "run",
            Self::Member => "user",
            Self::Organization => "organization",
            Self::Template => "checklist",
            Self::Step => "step",
            Self::Group => "group",
        }
    }

    /// The word in the `type` filter and in answers.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Guest => "Guest",
            Self::Task => "Task",
            Self::Run => "Process",
            Self::Member => "User",
            Self::Organization => "Organization",
            Self::Template => "Blueprint",
            Self::Step => "Step",
            Self::Group => "Group",
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
    /// Had something written about it.
    Commented,
    /// Had something that was written deleted.
    CommentDeleted,
    /// Had an issue reported.
    IssueReported,
    /// Had an issue resolved.
    IssueResolved,
    /// Had a file uploaded for it.
    Uploaded,
    /// Told somebody: a deadline that is near or has passed, a webhook.
    Emitted,
    /// Was asked to join.
    Invited,
    /// Joined when asked.
    InviteAccepted,
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
        Self::Commented,
        Self::CommentDeleted,
        Self::IssueReported,
        Self::IssueResolved,
        Self::Uploaded,
        Self::Emitted,
        Self::Invited,
        Self::InviteAccepted,
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
            Self::Commented => "commented",
            Self::CommentDeleted => "comment-deleted",
            Self::IssueReported => "issue-reported",
            Self::IssueResolved => "issue-resolved",
            Self::Uploaded => "uploaded",
            Self::Emitted => "emitted",
            Self::Invited => "invited",
            Self::InviteAccepted => "invite-accepted",
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
    /// The member who acted; `None` when a guest did, or the operator, at the
    /// machine.
    pub actor: Option<MemberId>,
    /// The guest who acted, on a page of their own.
    pub guest: Option<GuestActor>,
    /// When.
    pub at: Timestamp,
    /// The network address of the caller, if there was a network.
    pub ip: Option<String>,
    /// The request's id.
    pub request_id: String,
}

/// A guest who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestActor {
    /// Where the guest is stored.
    pub key: GuestKey,
    /// The address at that time. It stays when the guest is removed.
    pub email: EmailAddress,
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

/// A row as it is read again, with what is known now of those it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the organization's record: the first row is 1.
    pub sequence: i64,
    /// What kind of object.
    pub entity: EntityKind,
    /// Which one, as callers know it.
    pub entity_id: String,
    /// What was done.
    pub verb: Verb,
    /// Who did it; `None` when the operator did.
    pub author: Option<Author>,
    /// Which field, when one was changed.
    pub field: Option<String>,
    /// The field's text before.
    pub old_value: Option<String>,
    /// One sentence for people.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// The object as it is now; `None` when it is gone, or not for the reader.
    pub subject: Option<Subject>,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Acting {
    /// A member.
    Member(MemberId),
    /// A guest.
    Guest,
}

/// Whoever did something, as they are called now; guests who are gone, as they
/// were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who it is.
    pub who: Acting,
    /// The address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

/// What a row is about, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A guest.
    Guest {
        /// The address.
        email: String,
        /// First name.
        first_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
    },
    /// A task.
    Task {
        /// The title.
        title: String,
    },
    /// A process.
    Run {
        /// The name.
        name: String,
    },
    /// A template, or of a step the template that it belongs to.
    Template {
        /// The template.
        id: TemplateId,
        /// The title.
        title: String,
    },
    /// A group.
    Group {
        /// The name.
        name: String,
    },
}

impl Entry {
    /// Whether a member may know of the row: administrators may know of every
    /// one; others of what they did themselves, of what happened to guests and
    /// groups, and of what happened to tasks, processes and templates that they may see.
    /// `may_see` says whether that is so of the one that the row is about, or of
    /// the template that the step belongs to; of one that is gone nobody may.
    pub fn is_visible_to(&self, viewer: Actor, may_see: bool) -> bool {
        viewer.role == Role::Admin
            || self.author.as_ref().is_some_and(|author| author.who == Acting::Member(viewer.id))
            || match self.entity {
                EntityKind::Guest | EntityKind::Group => true,
                EntityKind::Task | EntityKind::Run | EntityKind::Template | EntityKind::Step => may_see,
                EntityKind::Member | EntityKind::Organization => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use crate::task::testing::{admin, at, light, member, standard, task};

    fn entry(entity: EntityKind, author: i64) -> Entry {
        Entry {
            sequence: 1,
            entity,
            entity_id: "x".to_owned(),
            verb: Verb::Created,
            author: Some(Author {
                who: Acting::Member(member(author)),
                email: "a@x.example".to_owned(),
                first_name: "A".to_owned(),
                last_name: "B".to_owned(),
            }),
            field: None,
            old_value: None,
            text: "Something happened.".to_owned(),
            at: at(0),
            subject: None,
        }
    }

    #[test]
    fn words_round_trip() {
        for kind in EntityKind::ALL {
            assert_eq!(EntityKind::parse(kind.as_str()), Some(*kind));
        }
        for verb in Verb::ALL {
            assert_eq!(Verb::parse(verb.as_str()), Some(*verb));
        }
    }

    #[test]
    fn who_may_see_a_row() {
        let seen = |entry: &Entry, task: Option<&Task>| {
            [admin(9), standard(9), light(9), standard(2), light(2), light(5)].map(|viewer| {
                entry.is_visible_to(viewer, task.is_some_and(|task| task.is_visible_to(viewer)))
            })
        };
        let mut task = task(&[2], &[]);
        assert_eq!(seen(&entry(EntityKind::Guest, 5), None), [true; 6]);
        assert_eq!(seen(&entry(EntityKind::Group, 5), None), [true; 6]);
        assert_eq!(seen(&entry(EntityKind::Member, 5), None), [true, false, false, false, false, true]);
        let about = entry(EntityKind::Task, 5);
        assert_eq!(seen(&about, Some(&task)), [true, true, false, true, true, true]);
        task.top_secret = true;
        assert_eq!(seen(&about, Some(&task)), [true, false, false, true, true, true]);
        // Nothing says any more whether a deleted task was secret.
        assert_eq!(seen(&about, None), [true, false, false, false, false, true]);
    }
}
