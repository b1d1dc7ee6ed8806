//! Organizations on the wire.

mod update;

use hospes_model::organization::Settings;
use hospes_model::workflow::{WorkDay, WorkWeek};
use jiff::Timestamp;
use jiff::civil::Time;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

pub use update::{LOGO_FAULT, UpdateOrganization, UpdateOrganizationBody, read_update};

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The name.
    pub name: String,
    /// IANA time zone; deadlines without a zone are read in it.
    pub timezone: String,
    /// Active members.
    pub users_count: i64,
    /// When it works.
    pub working_days: WorkingDays,
    /// Until when steps without a deadline of their own are due, counted from
    /// the launch; null: never.
    pub default_deadline: Option<DefaultDeadline>,
    /// The most people of a group that may be assigned at once; 0: any number.
    #[schema(minimum = 0)]
    pub maximum_group_assignment_limit: u32,
    /// Whether standard members may invite others.
    pub allow_user_invite: bool,
    /// Whether standard members may make and change groups.
    pub allow_manage_groups: bool,
    /// The week days of guests' digests, where guests have chosen none.
    pub guest_cadence_days: Vec<&'static str>,
    /// Whether an issue about a finished task opens it again.
    pub issues_reopen_tasks: bool,
    /// What guests who come with a link have to show: `open`, nothing more;
    /// `verify`, the mailed link or a mailed code; `strict`, a mailed code on
    /// every device.
    #[schema(example = "verify")]
    pub guest_link_policy: &'static str,
    /// After how many days a guest types a code again where the policy is
    /// `strict`.
    #[schema(minimum = 1, maximum = 365)]
    pub guest_link_strict_days: u32,
    /// The colour of guests' pages as `#rrggbb`; null: the usual one.
    #[schema(example = "#1f5aa8")]
    pub guest_color: Option<String>,
    /// Where the logo on guests' pages is; null: there is none.
    #[schema(example = "https://hospes.example/guest/assets/logo-0196d2f35a7c7b3e9d1c2f4a5b6c7d8e.png")]
    pub logo: Option<String>,
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// The days of a week.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names of days say it")]
pub struct WorkingDays {
    pub monday: WorkingDay,
    pub tuesday: WorkingDay,
    pub wednesday: WorkingDay,
    pub thursday: WorkingDay,
    pub friday: WorkingDay,
    pub saturday: WorkingDay,
    pub sunday: WorkingDay,
}

/// When work is done on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkingDay {
    /// Whether it is done at all.
    pub is_working_day: bool,
    /// Whether it is done around the clock.
    pub all_hours: bool,
    /// From when, unless around the clock: `HH:MM`.
    #[schema(example = "09:00")]
    pub from: Option<String>,
    /// Until when.
    #[schema(example = "17:00")]
    pub to: Option<String>,
}

/// A span of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefaultDeadline {
    /// `minutes`, `hours`, `days`, `weeks` or `months`.
    #[serde(rename = "type")]
    #[schema(example = "days")]
    pub unit: &'static str,
    /// How many.
    #[schema(minimum = 0, maximum = 10000, example = 5)]
    pub value: u32,
}

impl WorkingDay {
    fn new(day: WorkDay) -> Self {
        let hours = |at: Time| at.strftime(if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string();
        let (from, to) = match day {
            WorkDay::Between(from, to) => (Some(hours(from)), Some(hours(to))),
            WorkDay::Off | WorkDay::AllHours => (None, None),
        };
        Self { is_working_day: day != WorkDay::Off, all_hours: day == WorkDay::AllHours, from, to }
    }
}

impl WorkingDays {
    /// The days of a stored week.
    pub fn new(week: &WorkWeek) -> Self {
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] =
            week.days().map(WorkingDay::new);
        Self { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    }
}

impl DefaultDeadline {
    /// The stored default, if there is one.
    pub fn of(settings: &Settings) -> Option<Self> {
        settings.default_deadline.map(|offset| Self { unit: offset.unit().as_str(), value: offset.value() })
    }
}
