//! Members (`users` in the API), their roles, and what each role may do.

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::MemberId;
use crate::refusal::Refusal;

/// What a member may do in an organization (`wire.md` 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Full administration.
    Admin,
    /// Creates and manages work.
    Standard,
    /// Completes the tasks assigned to them.
    Light,
}

impl Role {
    /// All roles.
    pub const ALL: &[Self] = &[Self::Admin, Self::Standard, Self::Light];

    /// The word in requests and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Standard => "standard",
            Self::Light => "light",
        }
    }

    /// Reads the word, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str().eq_ignore_ascii_case(text))
    }
}

/// Whether a member takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberStatus {
    /// Works in the organization.
    Active,
    /// Was asked to join and has not yet.
    Invited,
    /// May not sign in; history stays.
    Disabled,
}

impl MemberStatus {
    /// The word in answers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Disabled => "disabled",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Invited, Self::Disabled].into_iter().find(|status| status.as_str() == text)
    }
}

/// A member of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person's id, the same in every organization.
    pub id: MemberId,
    /// Unique among members, by its folded form.
    pub email: EmailAddress,
    /// First name, at most 32 characters.
    pub first_name: String,
    /// Last name, at most 32 characters.
    pub last_name: String,
    /// IANA name; deadlines are shown in it.
    pub timezone: String,
    /// The role in this organization.
    pub role: Role,
    /// Whether the member takes part.
    pub status: MemberStatus,
    /// The organization's first administrator, who cannot be removed.
    pub is_default_admin: bool,
    /// When the person joined this organization.
    pub created_at: Timestamp,
    /// When the record was last changed.
    pub updated_at: Timestamp,
}

/// Who asks: an active member of the organization in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The member.
    pub id: MemberId,
    /// The role in this organization.
    pub role: Role,
}

/// What a caller wants to do. Every route asks [`Actor::may`] with one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read the organization, its members and its groups.
    ReadOrganization,
    /// Create, change and delete groups.
    ManageGroups,
    /// Change the organization and its settings.
    AdministerOrganization,
    /// Read guests and their tasks.
    ReadGuests,
    /// Create guests, change their profile or address.
    WriteGuests,
    /// Delete, disable or enable guests.
    AdministerGuests,
    /// Read tasks (which ones is decided task by task).
    ReadTasks,
    /// Create, change, archive, restore or delete one-off tasks.
    WriteTasks,
    /// Complete or reopen a task that one may see.
    CompleteTasks,
    /// Read templates (which ones is decided template by template).
    ReadTemplates,
    /// Create templates, change, archive, restore or clone those that one may
    /// know of.
    WriteTemplates,
    /// Delete archived templates for good.
    DeleteTemplates,
    /// Read processes (which ones is decided process by process).
    ReadRuns,
    /// Launch processes (from which templates is decided template by template).
    LaunchRuns,
    /// Change, archive and bring back processes.
    WriteRuns,
    /// Delete archived processes.
    AdministerRuns,
    /// Read the activity feed (which rows is decided row by row).
    ReadActivity,
}

impl Actor {
    /// The one place that knows what each role may do.
    pub fn may(self, action: Action) -> Result<(), Refusal> {
        use Action::{
            AdministerGuests, AdministerOrganization, AdministerRuns, CompleteTasks, DeleteTemplates,
            LaunchRuns, ManageGroups, ReadActivity, ReadGuests, ReadOrganization, ReadRuns, ReadTasks,
            ReadTemplates, WriteGuests, WriteRuns, WriteTasks, WriteTemplates,
        };
        let allowed = match action {
            ReadOrganization | ReadGuests | ReadTasks | CompleteTasks | ReadTemplates | ReadRuns
            | LaunchRuns | ReadActivity => true,
            WriteGuests | WriteTasks | WriteRuns | ManageGroups | WriteTemplates => self.role != Role::Light,
            AdministerGuests | AdministerOrganization | AdministerRuns | DeleteTemplates => {
                self.role == Role::Admin
            }
        };
        if allowed {
            return Ok(());
        }
        Err(Refusal::Forbidden(match action {
            AdministerGuests => "Only administrators may delete, disable or enable guests.",
            AdministerOrganization => "Only administrators may change the organization.",
            DeleteTemplates => "Only administrators may delete templates.",
            WriteTemplates => "Light members may use templates, but not change them.",
            AdministerRuns => "Only administrators may delete processes.",
            _ => "Light members may read and complete their tasks, but not change this.",
        }))
    }
}
