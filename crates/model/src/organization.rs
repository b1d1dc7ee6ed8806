//! What an organization decides for itself (`product.md` 2.1).

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::activity::{EntityKind, Event, Verb};
use crate::asset::image::Logo;
use crate::ids::OrgId;
use crate::refusal::{FieldErrors, Refusal};
use crate::task::form::check_line;
use crate::workflow::{Calendar, Offset, Policy, Unit, WorkDay, WorkWeek};
use crate::workplace::links::{LinkPolicy, STRICT_DAYS};

/// The most characters of an organization's name.
pub const NAME_LIMIT: usize = 50;

/// The most days until guests type a code again.
pub const STRICT_DAYS_LIMIT: u32 = 365;

/// An organization's settings, as far as anything depends on them yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// When it works: every day around the clock until it says otherwise.
    pub working_days: WorkWeek,
    /// Until when steps without a deadline of their own are due, counted from
    /// the launch; `None`: never. Five days until the organization says
    /// otherwise.
    pub default_deadline: Option<Offset>,
    /// The most people of a group that may be assigned at once; 0: any number.
    pub maximum_group_assignment_limit: u32,
    /// Whether standard members may invite others.
    pub allow_user_invite: bool,
    /// Whether standard members may make and change groups.
    pub allow_manage_groups: bool,
    /// The days of guests' digests, where guests have chosen none themselves
    /// (`product.md` 1.11).
    #[serde(with = "weekdays")]
    pub guest_cadence_days: Vec<Weekday>,
    /// Whether an issue about a finished task opens it again (D3).
    pub issues_reopen_tasks: bool,
    /// What guests who come with a link have to show.
    pub guest_link_policy: LinkPolicy,
    /// After how many days a guest types a code again under
    /// [`LinkPolicy::Strict`]; 1 to [`STRICT_DAYS_LIMIT`].
    pub guest_link_strict_days: u32,
    /// The colour of guests' pages as `#rrggbb`; `None`: the usual one.
    pub guest_color: Option<String>,
    /// The picture on guests' pages, beside the name.
    pub logo: Option<Logo>,
}

/// Week days are stored by their names.
mod weekdays {
    use jiff::civil::Weekday;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::guest::{parse_weekday_list, weekday_list};

    pub(super) fn serialize<S: Serializer>(days: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&weekday_list(days))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Weekday>, D::Error> {
        Ok(parse_weekday_list(&String::deserialize(deserializer)?))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            working_days: WorkWeek::ALWAYS,
            default_deadline: Offset::new(5, Unit::Days),
            maximum_group_assignment_limit: 0,
            allow_user_invite: true,
            allow_manage_groups: true,
            guest_cadence_days: vec![Weekday::Monday, Weekday::Wednesday, Weekday::Friday],
            issues_reopen_tasks: true,
            guest_link_policy: LinkPolicy::default(),
            guest_link_strict_days: STRICT_DAYS,
            guest_color: None,
            logo: None,
        }
    }
}

impl Settings {
    /// How the organization counts time, in its time zone.
    pub fn calendar(&self, zone: TimeZone) -> Calendar {
        Calendar { zone, week: self.working_days.clone(), default_deadline: self.default_deadline }
    }

    /// What it decided about processes.
    pub fn policy(&self) -> Policy {
        Policy { issues_reopen_tasks: self.issues_reopen_tasks }
    }

    /// The most people of a group that may be assigned; `None`: any number.
    pub fn max_group_size(&self) -> Option<usize> {
        let limit = usize::try_from(self.maximum_group_assignment_limit).unwrap_or(usize::MAX);
        (limit > 0).then_some(limit)
    }
}

/// What administrators can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// At most [`NAME_LIMIT`] characters.
    pub name: String,
    /// IANA time zone.
    pub timezone: String,
    /// The settings.
    pub settings: Settings,
}

/// A wish to change an organization; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizationChange {
    /// The name.
    pub name: Option<String>,
    /// A valid IANA time zone.
    pub timezone: Option<String>,
    /// From Monday on.
    pub working_days: [Option<WorkDay>; 7],
    /// `Some(None)`: none.
    pub default_deadline: Option<Option<Offset>>,
    /// 0: any number.
    pub maximum_group_assignment_limit: Option<u32>,
    /// Whether standard members may invite others.
    pub allow_user_invite: Option<bool>,
    /// Whether standard members may make and change groups.
    pub allow_manage_groups: Option<bool>,
    /// The days of guests' digests; none: no digests.
    pub guest_cadence_days: Option<Vec<Weekday>>,
    /// Whether an issue about a finished task opens it again.
    pub issues_reopen_tasks: Option<bool>,
    /// What guests who come with a link have to show.
    pub guest_link_policy: Option<LinkPolicy>,
    /// See [`Settings::guest_link_strict_days`].
    pub guest_link_strict_days: Option<u32>,
    /// See [`Settings::guest_color`]; `Some(None)`: the usual one.
    pub guest_color: Option<Option<String>>,
    /// See [`Settings::logo`]; `Some(None)`: none.
    pub logo: Option<Option<Logo>>,
    /// What is wrong with the request so far.
    pub faults: FieldErrors,
}

/// Checks an organization's name and returns it as it will be stored.
pub fn check_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    check_line(text)?;
    match text.chars().count() {
        0 => Err("is required".to_owned()),
        1..=NAME_LIMIT => Ok(text.to_owned()),
        _ => Err(format!("may not be greater than {NAME_LIMIT} characters")),
    }
}

/// Reads a colour written as `#rrggbb`, in any case.
pub fn check_color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?;
    let fits = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase())
}

impl OrganizationChange {
    /// The organization afterwards, and a row for each thing that is another
    /// one then.
    ///
    /// # Errors
    ///
    /// Names every faulty field; `working_days` when no working day is left.
    pub fn applied_to(&self, id: OrgId, before: &Profile) -> Result<(Profile, Vec<Event>), Refusal> {
        let mut faults = self.faults.clone();
        let mut days = *before.settings.working_days.days();
        for (day, wanted) in days.iter_mut().zip(self.working_days) {
            *day = wanted.unwrap_or(*day);
        }
        let working_days = WorkWeek::new(days);
        if working_days.is_none() {
            faults.add("working_days", "There must be at least one working day.");
        }
        faults.into_result()?;
        let old = &before.settings;
        let settings = Settings {
            working_days: working_days.unwrap_or(WorkWeek::ALWAYS),
            default_deadline: self.default_deadline.unwrap_or(old.default_deadline),
            maximum_group_assignment_limit: self
                .maximum_group_assignment_limit
                .unwrap_or(old.maximum_group_assignment_limit),
            allow_user_invite: self.allow_user_invite.unwrap_or(old.allow_user_invite),
            allow_manage_groups: self.allow_manage_groups.unwrap_or(old.allow_manage_groups),
            guest_cadence_days: self
                .guest_cadence_days
                .clone()
                .unwrap_or_else(|| old.guest_cadence_days.clone()),
            issues_reopen_tasks: self.issues_reopen_tasks.unwrap_or(old.issues_reopen_tasks),
            guest_link_policy: self.guest_link_policy.unwrap_or(old.guest_link_policy),
            guest_link_strict_days: self.guest_link_strict_days.unwrap_or(old.guest_link_strict_days),
            guest_color: self.guest_color.clone().unwrap_or_else(|| old.guest_color.clone()),
            logo: self.logo.clone().unwrap_or_else(|| old.logo.clone()),
        };
        let after = Profile {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            timezone: self.timezone.clone().unwrap_or_else(|| before.timezone.clone()),
            settings,
        };
        let rows = before.told().into_iter().zip(after.told());
        let changed = rows.filter(|((_, _, old), (_, _, new))| old != new);
        let events = changed.map(|((field, what, old), (_, _, new))| Event {
            entity: EntityKind::Organization,
            entity_id: id.to_string(),
            verb: Verb::Updated,
            field: Some(field),
            text: format!("The organization's {what} changed from {old} to {new}."),
            old_value: Some(old),
        });
        let events = events.collect();
        Ok((after, events))
    }
}

impl Profile {
    /// Everything that can be changed: field, what people call it, and what it
    /// is.
    fn told(&self) -> [(&'static str, &'static str, String); 13] {
        let settings = &self.settings;
        let yes_or_no = |flag| if flag { "yes" } else { "no" }.to_owned();
        let deadline = settings.default_deadline.map_or_else(
            || "none".to_owned(),
            |offset| format!("{} {}", offset.value(), offset.unit().as_str()),
        );
        let limit = match settings.maximum_group_assignment_limit {
            0 => "any number".to_owned(),
            limit => limit.to_string(),
        };
        let digests = match settings.guest_cadence_days.as_slice() {
            [] => "none".to_owned(),
            days => days.iter().map(|day| weekday_name(*day)).collect::<Vec<_>>().join(", "),
        };
        [
            ("name", "name", self.name.clone()),
            ("timezone", "time zone", self.timezone.clone()),
            ("working_days", "working days", in_words(&settings.working_days)),
            ("default_deadline", "default deadline", deadline),
            ("maximum_group_assignment_limit", "limit for assigned groups", limit),
            ("allow_user_invite", "permission to invite members", yes_or_no(settings.allow_user_invite)),
            ("allow_manage_groups", "permission to manage groups", yes_or_no(settings.allow_manage_groups)),
            ("guest_cadence_days", "days of guests' digests", digests),
            ("issues_reopen_tasks", "reopening by issues", yes_or_no(settings.issues_reopen_tasks)),
            (
                "guest_link_policy",
                "policy for links of guests",
                settings.guest_link_policy.as_str().to_owned(),
            ),
            (
                "guest_link_strict_days",
                "days until guests type a code again",
                settings.guest_link_strict_days.to_string(),
            ),
            (
                "guest_color",
                "colour of guests' pages",
                settings.guest_color.clone().unwrap_or_else(|| "the usual one".to_owned()),
            ),
            (
                "logo",
                "logo",
                settings
                    .logo
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), |logo| format!("{} ({})", logo.filename, logo.id)),
            ),
        ]
    }
}

/// The weekdays in English, from Monday on.
pub const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The English name of a weekday.
pub fn weekday_name(day: Weekday) -> &'static str {
    let at = usize::from(day.to_monday_zero_offset().unsigned_abs());
    WEEKDAYS.get(at).copied().unwrap_or_default()
}

fn in_words(week: &WorkWeek) -> String {
    let days = WEEKDAYS.iter().zip(week.days()).filter_map(|(name, day)| match day {
        WorkDay::Off => None,
        WorkDay::AllHours => Some((*name).to_owned()),
        WorkDay::Between(from, to) => Some(format!("{name} {from} to {to}")),
    });
    days.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;

    use super::*;
    use crate::ids::FileId;

    fn before() -> Profile {
        Profile {
            name: "Acme".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            settings: Settings::default(),
        }
    }

    fn id() -> OrgId {
        OrgId::from_bytes(&[7; 16]).unwrap()
    }

    #[test]
    fn settings_are_stored_and_read_also_when_none_were() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let (nine, five) = (Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0));
        let mut days = [WorkDay::Between(nine, five); 7];
        days[4] = WorkDay::AllHours;
        days[6] = WorkDay::Off;
        let settings = Settings {
            working_days: WorkWeek::new(days).unwrap(),
            default_deadline: None,
            maximum_group_assignment_limit: 3,
            allow_user_invite: false,
            allow_manage_groups: false,
            guest_cadence_days: vec![Weekday::Sunday],
            issues_reopen_tasks: false,
            guest_link_policy: LinkPolicy::Strict,
            guest_link_strict_days: 7,
            guest_color: Some("#aa0000".to_owned()),
            logo: Some(Logo {
                id: FileId::new(1, [7; 10]),
                filename: "logo.png".to_owned(),
                extension: "png".to_owned(),
                width: 300,
                height: 100,
            }),
        };
        assert!(!settings.policy().issues_reopen_tasks && Settings::default().policy().issues_reopen_tasks);
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        assert!(
            serde_json::from_str::<Settings>(
                r#"{"working_days": ["off","off","off","off","off","off","off"]}"#
            )
            .is_err()
        );
        assert_eq!((settings.max_group_size(), Settings::default().max_group_size()), (Some(3), None));
        let calendar = settings.calendar(TimeZone::UTC);
        assert_eq!((calendar.week, calendar.default_deadline), (settings.working_days, None));
    }

    #[test]
    fn each_change_is_told_and_what_is_absent_stays() {
        let change = OrganizationChange {
            name: Some("Acme & Co".to_owned()),
            working_days: [None, None, None, None, None, Some(WorkDay::Off), Some(WorkDay::Off)],
            default_deadline: Some(None),
            allow_user_invite: Some(true),
            ..OrganizationChange::default()
        };
        let (after, events) = change.applied_to(id(), &before()).unwrap();
        assert_eq!((after.name.as_str(), after.timezone.as_str()), ("Acme & Co", "Europe/Berlin"));
        let fields: Vec<_> = events.iter().filter_map(|event| event.field).collect();
        assert_eq!(fields, ["name", "working_days", "default_deadline"]);
        assert_eq!(events[0].text, "The organization's name changed from Acme to Acme & Co.");
        assert_eq!(events[2].old_value.as_deref(), Some("5 days"));
        let (again, events) = change.applied_to(id(), &after).unwrap();
        assert_eq!((again, events.len()), (after, 0));
    }

    #[test]
    fn somebody_must_work_and_all_faults_are_named() {
        let mut change =
            OrganizationChange { working_days: [Some(WorkDay::Off); 7], ..OrganizationChange::default() };
        change.faults.add("name", "The name is required.");
        let Err(Refusal::Invalid(errors)) = change.applied_to(id(), &before()) else { panic!() };
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["name", "working_days"]);
    }

    #[test]
    fn names_are_one_short_line() {
        assert_eq!(check_name(" Acme "), Ok("Acme".to_owned()));
        assert!(check_name(&"ä".repeat(50)).is_ok() && check_name(&"ä".repeat(51)).is_err());
        assert!(check_name(" ").is_err() && check_name("a\u{0}b").is_err());
    }
}
