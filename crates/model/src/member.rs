//! Members (`users` in the API), their roles, and what each role may do.

use jiff::Timestamp;

use crate::activity::{EntityKind, Event, Verb};
use crate::email::EmailAddress;
use crate::ids::MemberId;
use crate::organization::Settings;
use crate::refusal::{FieldErrors, Refusal};

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

/// When something was done to a member, and by whom; nobody where the operator
/// did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<MemberId>,
}

/// What an organization knows of a member beside the name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// At most 20 characters.
    pub phone: Option<String>,
    /// At most 200 characters.
    pub job_title: Option<String>,
    /// At most 30,000 characters.
    pub job_description: Option<String>,
    /// At most 200 characters.
    pub team: Option<String>,
    /// A number that clients give countries.
    pub country_id: Option<i64>,
    /// `mm/dd/yyyy` or `dd/mm/yyyy`.
    pub date_format: Option<String>,
}

/// A member of one organization. Everything but the id and the address is this
/// organization's own.
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
    /// Telephone, job and the like.
    pub details: Details,
    /// Who asked the person to join.
    pub invited_by: Option<MemberId>,
    /// When an administrator approved of the person.
    pub approved_at: Option<Timestamp>,
    /// When the person came in for the first time.
    pub activated_at: Option<Timestamp>,
    /// Set while disabled.
    pub disabled: Option<Stamp>,
    /// When the person was enabled last.
    pub reactivated: Option<Stamp>,
    /// When the person joined this organization.
    pub created_at: Timestamp,
    /// When the record was last changed.
    pub updated_at: Timestamp,
}

/// The most characters of a name.
pub const NAME_LIMIT: usize = 32;

/// The most characters of the message of an invitation.
pub const MESSAGE_LIMIT: usize = 5000;

/// Checks a first or last name and returns it as it will be stored. Names that
/// are web addresses are refused: they would be links in mails to others.
pub fn check_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is required".to_owned());
    }
    crate::task::form::check_line(text)?;
    if text.chars().count() > NAME_LIMIT {
        return Err(format!("may not be greater than {NAME_LIMIT} characters"));
    }
    let folded = crate::text::fold(text);
    if folded.contains("://") || folded.starts_with("www.") {
        return Err("may not be a web address".to_owned());
    }
    Ok(text.to_owned())
}

/// What a caller wants changed of a member: what is absent stays, `Some(None)`
/// clears. Everything has been checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// See [`Member::first_name`].
    pub first_name: Option<String>,
    /// See [`Member::last_name`].
    pub last_name: Option<String>,
    /// See [`Member::timezone`].
    pub timezone: Option<String>,
    /// See [`Details::phone`].
    pub phone: Option<Option<String>>,
    /// See [`Details::job_title`].
    pub job_title: Option<Option<String>>,
    /// See [`Details::job_description`].
    pub job_description: Option<Option<String>>,
    /// See [`Details::team`].
    pub team: Option<Option<String>>,
    /// See [`Details::country_id`].
    pub country_id: Option<Option<i64>>,
    /// See [`Details::date_format`].
    pub date_format: Option<Option<String>>,
}

impl Member {
    /// Changes the member and returns what is to be told, a row for each field;
    /// nothing when nothing changed.
    pub fn update(&mut self, change: &MemberChange) -> Vec<Event> {
        let mut replaced: Vec<(&'static str, Option<String>)> = Vec::new();
        let mut text = |field, place: &mut String, wanted: &Option<String>| {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != place) {
                replaced.push((field, Some(std::mem::replace(place, wanted.clone()))));
            }
        };
        text("first_name", &mut self.first_name, &change.first_name);
        text("last_name", &mut self.last_name, &change.last_name);
        text("timezone", &mut self.timezone, &change.timezone);
        let details = &mut self.details;
        let mut optional = |field, place: &mut Option<String>, wanted: &Option<Option<String>>| {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != place) {
                replaced.push((field, std::mem::replace(place, wanted.clone())));
            }
        };
        optional("phone", &mut details.phone, &change.phone);
        optional("job_title", &mut details.job_title, &change.job_title);
        optional("job_description", &mut details.job_description, &change.job_description);
        optional("team", &mut details.team, &change.team);
        optional("date_format", &mut details.date_format, &change.date_format);
        if let Some(wanted) = change.country_id.filter(|wanted| *wanted != details.country_id) {
            let old = std::mem::replace(&mut details.country_id, wanted);
            replaced.push(("country_id", old.map(|id| id.to_string())));
        }
        let row = |(field, old_value): (&'static str, Option<String>)| Event {
            field: Some(field),
            old_value,
            ..self.event(Verb::Updated, format!("The {field} of member {} was changed.", self.email))
        };
        replaced.into_iter().map(row).collect()
    }

    /// Gives the member another role.
    pub fn set_role(&mut self, role: Role) -> Result<Vec<Event>, Refusal> {
        if self.role == role {
            return Ok(Vec::new());
        }
        self.check_not_default()?;
        let old = std::mem::replace(&mut self.role, role);
        let (old, role) = (old.as_str(), role.as_str());
        let text = format!("The role of member {} was changed from {old} to {role}.", self.email);
        let event = self.event(Verb::Updated, text);
        Ok(vec![Event { field: Some("role"), old_value: Some(old.to_owned()), ..event }])
    }

    /// Refuses what would leave the organization without an administrator: the
    /// default one is always active and always an administrator.
    pub fn check_not_default(&self) -> Result<(), Refusal> {
        if self.is_default_admin {
            return Err(Refusal::Protected(
                "Cannot modify the default administrator. Please assign another member as default \
                 administrator first.",
            ));
        }
        Ok(())
    }

    /// A row about this member.
    pub fn event(&self, verb: Verb, text: String) -> Event {
        Event {
            entity: EntityKind::Member,
            entity_id: self.id.to_string(),
            verb,
            field: None,
            old_value: None,
            text,
        }
    }
}

/// Somebody who shall be asked to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The address.
    pub email: EmailAddress,
    /// First name, as the organization has it.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The role that the person will have.
    pub role: Role,
    /// What is said to them, at most 5000 characters.
    pub message: String,
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
    /// Create guests, change their profile or address, copy their link.
    WriteGuests,
    /// Delete, disable or enable guests, reset their links, see and end their
    /// sessions.
    AdministerGuests,
    /// Read tasks (which ones is decided task by task).
    ReadTasks,
    /// Create, change, archive, restore or delete one-off tasks.
    WriteTasks,
    /// Complete or reopen a task that one may see.
    CompleteTasks,
    /// Comment on what one may see, report and resolve issues.
    Comment,
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
    /// Read files (which ones is decided by what they belong to).
    ReadFiles,
    /// Upload files, delete and archive one's own.
    WriteFiles,
    /// Read the activity feed (which rows is decided row by row).
    ReadActivity,
    /// Ask somebody to join; whether standard members may is the organization's
    /// decision besides: see [`Actor::may_invite`].
    InviteMembers,
    /// Change, disable, enable and delete members, hand out what invitations are
    /// accepted with, turn guests into members and back.
    AdministerMembers,
}

impl Actor {
    /// The one place that knows what each role may do.
    pub fn may(self, action: Action) -> Result<(), Refusal> {
        use Action::{
            AdministerGuests, AdministerMembers, AdministerOrganization, AdministerRuns, Comment,
            CompleteTasks, DeleteTemplates, InviteMembers, LaunchRuns, ManageGroups, ReadActivity, ReadFiles,
            ReadGuests, ReadOrganization, ReadRuns, ReadTasks, ReadTemplates, WriteFiles, WriteGuests,
            WriteRuns, WriteTasks, WriteTemplates,
        };
        let allowed = match action {
            ReadOrganization | ReadGuests | ReadTasks | CompleteTasks | Comment | ReadTemplates
            | ReadRuns | LaunchRuns | ReadActivity | ReadFiles | WriteFiles => true,
            WriteGuests | WriteTasks | WriteRuns | ManageGroups | WriteTemplates | InviteMembers => {
                self.role != Role::Light
            }
            AdministerGuests
            | AdministerMembers
            | AdministerOrganization
            | AdministerRuns
            | DeleteTemplates => self.role == Role::Admin,
        };
        if allowed {
            return Ok(());
        }
        Err(Refusal::Forbidden(match action {
            AdministerGuests => {
                "Only administrators may delete, disable or enable guests, reset their links or end their sessions."
            }
            AdministerOrganization => "Only administrators may change the organization.",
            DeleteTemplates => "Only administrators may delete templates.",
            WriteTemplates => "Light members may use templates, but not change them.",
            AdministerRuns => "Only administrators may delete processes.",
            AdministerMembers => "Only administrators may administer members.",
            _ => "Light members may read and complete their tasks, but not change this.",
        }))
    }

    /// Whether the actor may make, change and delete groups: administrators, and
    /// standard members where the organization lets them.
    pub fn may_manage_groups(self, settings: &Settings) -> Result<(), Refusal> {
        self.may(Action::ManageGroups)?;
        if self.role == Role::Admin || settings.allow_manage_groups {
            return Ok(());
        }
        Err(Refusal::Forbidden("In this organization only administrators may manage groups."))
    }

    /// Whether the actor may ask somebody to join in a role: administrators in
    /// any, standard members where the organization lets them, and never as an
    /// administrator.
    pub fn may_invite(self, settings: &Settings, role: Role) -> Result<(), Refusal> {
        self.may(Action::InviteMembers)?;
        if self.role == Role::Admin {
            return Ok(());
        }
        if !settings.allow_user_invite {
            return Err(Refusal::Forbidden("In this organization only administrators may invite members."));
        }
        if role == Role::Admin {
            let mut errors = FieldErrors::default();
            errors.add("role", "Only administrators may invite administrators.");
            return Err(Refusal::Invalid(errors));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::testing::{admin, at, light, member, standard};

    fn somebody() -> Member {
        Member {
            id: member(7),
            email: EmailAddress::parse("ann@x.example").unwrap(),
            first_name: "Ann".to_owned(),
            last_name: "Archer".to_owned(),
            timezone: "UTC".to_owned(),
            role: Role::Standard,
            status: MemberStatus::Active,
            is_default_admin: false,
            details: Details::default(),
            invited_by: None,
            approved_at: None,
            activated_at: None,
            disabled: None,
            reactivated: None,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn only_what_differs_is_changed_and_told() {
        let mut ann = somebody();
        let change = MemberChange {
            first_name: Some("Anne".to_owned()),
            last_name: Some("Archer".to_owned()),
            phone: Some(Some("1".to_owned())),
            team: Some(None),
            country_id: Some(Some(3)),
            ..MemberChange::default()
        };
        let told: Vec<_> = ann.update(&change).into_iter().filter_map(|event| event.field).collect();
        assert_eq!(told, ["first_name", "phone", "country_id"]);
        assert!(ann.update(&change).is_empty());
        assert_eq!((ann.first_name.as_str(), ann.details.country_id), ("Anne", Some(3)));
    }

    #[test]
    fn the_default_administrator_stays_one() {
        let mut ann = somebody();
        assert_eq!(ann.set_role(Role::Standard), Ok(Vec::new()));
        assert_eq!(ann.set_role(Role::Admin).map(|events| events.len()), Ok(1));
        ann.is_default_admin = true;
        assert_eq!(ann.set_role(Role::Admin), Ok(Vec::new()));
        assert!(matches!(ann.set_role(Role::Light), Err(Refusal::Protected(_))));
        assert_eq!(ann.role, Role::Admin);
    }

    #[test]
    fn who_may_manage_groups() {
        let (open, closed) =
            (Settings::default(), Settings { allow_manage_groups: false, ..Settings::default() });
        let may = |actor: Actor| [&open, &closed].map(|settings| actor.may_manage_groups(settings).is_ok());
        assert_eq!([admin(1), standard(2), light(3)].map(may), [[true, true], [true, false], [false, false]]);
    }

    #[test]
    fn who_may_invite_whom() {
        let open = Settings { allow_user_invite: true, ..Settings::default() };
        let closed = Settings { allow_user_invite: false, ..Settings::default() };
        for (actor, settings, role, allowed) in [
            (admin(1), &closed, Role::Admin, true),
            (standard(1), &closed, Role::Light, false),
            (standard(1), &open, Role::Standard, true),
            (standard(1), &open, Role::Admin, false),
            (light(1), &open, Role::Light, false),
        ] {
            assert_eq!(actor.may_invite(settings, role).is_ok(), allowed, "{actor:?} {role:?}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(check_name(" Ann "), Ok("Ann".to_owned()));
        assert!(check_name(&"\u{e4}".repeat(32)).is_ok());
        for bad in [" ", "a\u{202E}b", "https://x.example", "WWW.x.example", &"\u{e4}".repeat(33)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
