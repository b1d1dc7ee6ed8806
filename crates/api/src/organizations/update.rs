//! Changes of organizations as they are sent.

use hospes_model::guest::ProfileField;
use hospes_model::organization::{OrganizationChange, STRICT_DAYS_LIMIT, WEEKDAYS, check_color, check_name};
use hospes_model::workflow::{Offset, Unit, WorkDay};
use hospes_model::workplace::links::LinkPolicy;
use hospes_model::{FieldErrors, Refusal};
use jiff::civil::{Time, Weekday};
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{Fields, shortened};

/// A request to change an organization, for the OpenAPI document. What is
/// absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateOrganization)]
pub struct UpdateOrganizationBody {
    /// The name.
    #[schema(min_length = 1, max_length = 50, example = "Acme", nullable = false)]
    pub name: Option<String>,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin", nullable = false)]
    pub timezone: Option<String>,
    /// Days by their English names, in the form of answers; null or false is a
    /// day off, true one around the clock, and days that are left out stay.
    #[schema(value_type = Option<Object>, example = json!({"Saturday": null, "Monday": {"from": "09:00", "to": "17:00"}}))]
    pub working_days: Option<Value>,
    /// `{type, value}`; `unit` is another name of `type`. Null: none.
    #[schema(value_type = Option<Object>, example = json!({"type": "days", "value": 5}))]
    pub default_deadline: Option<Value>,
    /// The most people of a group that may be assigned at once; 0: any number.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub maximum_group_assignment_limit: Option<i64>,
    /// Whether standard members may invite others.
    pub allow_user_invite: Option<bool>,
    /// Whether standard members may make and change groups.
    pub allow_manage_groups: Option<bool>,
    /// The week days of guests' digests, where guests have chosen none; an
    /// empty list: no digests.
    #[schema(max_items = 7, example = json!(["monday", "friday"]), nullable = false)]
    pub guest_cadence_days: Option<Vec<String>>,
    /// Whether an issue about a finished task opens it again.
    pub issues_reopen_tasks: Option<bool>,
    /// `open`, `verify` or `strict`: what guests who come with a link have to
    /// show. Sessions that show less end with the change.
    #[schema(example = "verify", nullable = false)]
    pub guest_link_policy: Option<String>,
    /// After how many days a guest types a code again where the policy is
    /// `strict`.
    #[schema(minimum = 1, maximum = 365)]
    pub guest_link_strict_days: Option<i64>,
    /// The colour of guests' pages as `#rrggbb`; null: the usual one. Pages use
    /// the nearest shade of it that can be read.
    #[schema(example = "#1f5aa8", pattern = "^#[0-9a-fA-F]{6}$")]
    pub guest_color: Option<String>,
    /// Null: no logo any more. A new one is uploaded with `POST …/file`; what
    /// the organization has now may be sent back.
    pub logo: Option<String>,
}

/// A request to change an organization that was read. Its faults are in the
/// change.
#[derive(Debug)]
pub struct UpdateOrganization {
    /// What is wanted.
    pub change: OrganizationChange,
    /// The address of the logo that the caller knows, sent back.
    pub known_logo: Option<String>,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// What is wrong with a logo that is neither null nor the one that is there.
pub const LOGO_FAULT: &str = "The logo must be null or stay as it is; upload a file to set another one.";

/// What callers read and send back, and what cannot be changed.
const READ_ONLY: [&str; 3] = ["id", "users_count", "created_at"];

/// Reads a request to change an organization.
pub fn read_update(body: &Value) -> Result<UpdateOrganization, Refusal> {
    let mut fields = Fields::new(body)?;
    for key in READ_ONLY {
        fields.take(key);
    }
    let name = read_given(&mut fields, "name", check_name);
    let timezone = read_given(&mut fields, "timezone", |text| {
        ProfileField::Timezone.check(text).and_then(|zone| zone.ok_or_else(|| "is required".to_owned()))
    });
    let limit = fields.integer("maximum_group_assignment_limit", 0);
    let policy = read_policy(&mut fields);
    let strict_days = read_strict_days(&mut fields);
    let color = read_color(&mut fields);
    let logo = read_logo(&mut fields);
    let mut change = OrganizationChange {
        name,
        timezone,
        working_days: read_week(&mut fields),
        default_deadline: read_default_deadline(&mut fields),
        maximum_group_assignment_limit: limit.and_then(|limit| u32::try_from(limit).ok()),
        allow_user_invite: fields.flag("allow_user_invite"),
        allow_manage_groups: fields.flag("allow_manage_groups"),
        guest_cadence_days: read_digest_days(&mut fields),
        issues_reopen_tasks: fields.flag("issues_reopen_tasks"),
        guest_link_policy: policy,
        guest_link_strict_days: strict_days,
        guest_color: color,
        logo: (logo == Some(None)).then_some(None),
        faults: FieldErrors::default(),
    };
    let warnings = fields.unknown();
    change.faults = fields.into_faults();
    Ok(UpdateOrganization { change, known_logo: logo.flatten(), warnings })
}

fn read_digest_days(fields: &mut Fields<'_>) -> Option<Vec<Weekday>> {
    let days = fields.week_days("guest_cadence_days")?;
    if days.is_none() {
        fields.fault("guest_cadence_days", "The guest_cadence_days must be a list of at most 7 week days.");
    }
    days
}

#[expect(clippy::option_option, reason = "absent, null and a colour are three different wishes")]
fn read_color(fields: &mut Fields<'_>) -> Option<Option<String>> {
    const KEY: &str = "guest_color";
    let value = fields.take(KEY)?;
    if value.is_null() || value.as_str() == Some("") {
        return Some(None);
    }
    let color = value.as_str().and_then(check_color);
    if color.is_none() {
        fields.fault(KEY, "The guest_color must be a colour such as #1f5aa8.");
    }
    color.map(Some)
}

/// `None`: absent; `Some(None)`: none any more.
#[expect(clippy::option_option, reason = "absent, null and an address are three different wishes")]
fn read_logo(fields: &mut Fields<'_>) -> Option<Option<String>> {
    const KEY: &str = "logo";
    let value = fields.take(KEY)?;
    if value.is_null() || value.as_str() == Some("") {
        return Some(None);
    }
    let address = value.as_str().map(str::to_owned);
    if address.is_none() {
        fields.fault(KEY, LOGO_FAULT);
    }
    address.map(Some)
}

fn read_policy(fields: &mut Fields<'_>) -> Option<LinkPolicy> {
    const KEY: &str = "guest_link_policy";
    let value = fields.take(KEY)?;
    let policy = value.as_str().and_then(LinkPolicy::parse);
    if policy.is_none() {
        fields.fault(KEY, "The guest_link_policy must be one of: open, verify, strict.");
    }
    policy
}

fn read_strict_days(fields: &mut Fields<'_>) -> Option<u32> {
    const KEY: &str = "guest_link_strict_days";
    let days = u32::try_from(fields.integer(KEY, 1)?).unwrap_or(u32::MAX);
    if days > STRICT_DAYS_LIMIT {
        fields.fault(KEY, format!("The {KEY} may not be greater than {STRICT_DAYS_LIMIT}."));
        return None;
    }
    Some(days)
}

/// What may be absent, but neither null nor blank.
fn read_given<'a>(
    fields: &mut Fields<'a>,
    key: &'a str,
    check: impl FnOnce(&str) -> Result<String, String>,
) -> Option<String> {
    fields.take(key)?;
    let text = fields.required_text(key)?;
    check(text).map_err(|fault| fields.fault(key, format!("The {key} {fault}."))).ok()
}

fn read_week(fields: &mut Fields<'_>) -> [Option<WorkDay>; 7] {
    let mut week = [None; 7];
    let days = match fields.value("working_days") {
        None => return week,
        Some(Value::Object(days)) => days,
        Some(_) => {
            fields.fault("working_days", "The working_days must be an object with the days of the week.");
            return week;
        }
    };
    for (key, value) in days {
        let path = format!("working_days.{}", shortened(key));
        let place = WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(key));
        let Some(day) = place.and_then(|place| week.get_mut(place)) else {
            fields.fault(path, format!("This is no day of the week: use {}.", WEEKDAYS.join(", ")));
            continue;
        };
        match read_day(value) {
            Ok(read) => *day = Some(read),
            Err((below, text)) => fields.fault(format!("{path}{below}"), text),
        }
    }
    week
}

/// One day, or where below it the fault is, and what it is.
fn read_day(value: &Value) -> Result<WorkDay, (&'static str, &'static str)> {
    const FORM: &str = "Must be null, true, or an object with all_hours, or with from and to.";
    let day = match value {
        Value::Null | Value::Bool(false) => return Ok(WorkDay::Off),
        Value::Bool(true) => return Ok(WorkDay::AllHours),
        Value::Object(day) => day,
        _ => return Err(("", FORM)),
    };
    let flag = |key: &str, below| match day.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err((below, "Must be true or false.")),
    };
    let time = |key: &str, below| match day.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => match read_time(text) {
            Some(time) => Ok(Some(time)),
            None => Err((below, "Must be a time of day such as 09:00.")),
        },
        Some(_) => Err((below, "Must be a time of day such as 09:00.")),
    };
    let is_working_day = flag("is_working_day", ".is_working_day")?;
    let all_hours = flag("all_hours", ".all_hours")?;
    match (time("from", ".from")?, time("to", ".to")?) {
        _ if is_working_day == Some(false) => Ok(WorkDay::Off),
        _ if all_hours == Some(true) => Ok(WorkDay::AllHours),
        (Some(from), Some(to)) if from < to => Ok(WorkDay::Between(from, to)),
        (Some(_), Some(_)) => Err((".to", "The day must end after it begins.")),
        (Some(_), None) => Err((".to", "The to field is required.")),
        (None, Some(_)) => Err((".from", "The from field is required.")),
        (None, None) => Err(("", FORM)),
    }
}

/// `HH:MM`, with seconds if need be.
fn read_time(text: &str) -> Option<Time> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let number = |part: &&str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let numbers: Vec<i8> = parts.iter().map(number).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [hour, minute] => Time::new(*hour, *minute, 0, 0).ok(),
        [hour, minute, second] => Time::new(*hour, *minute, *second, 0).ok(),
        _ => None,
    }
}

#[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
fn read_default_deadline(fields: &mut Fields<'_>) -> Option<Option<Offset>> {
    let span = match fields.take("default_deadline")? {
        Value::Null => return Some(None),
        Value::Object(span) => span,
        _ => {
            fields.fault("default_deadline", "The default_deadline must be an object with type and value.");
            return None;
        }
    };
    let (name, unit) = match (span.get("type"), span.get("unit")) {
        (Some(unit), _) => ("type", Some(unit)),
        (None, unit) => (if unit.is_some() { "unit" } else { "type" }, unit),
    };
    let unit = unit.and_then(Value::as_str).and_then(Unit::parse);
    if unit.is_none() {
        let words: Vec<_> = Unit::ALL.iter().map(|unit| unit.as_str()).collect();
        let text = format!("The {name} must be one of: {}.", words.join(", "));
        fields.fault(format!("default_deadline.{name}"), text);
    }
    let value = match span.get("value") {
        Some(Value::Number(value)) => value.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let value = value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value <= Offset::MAX);
    if value.is_none() {
        let text = format!("The value must be an integer from 0 to {}.", Offset::MAX);
        fields.fault("default_deadline.value", text);
    }
    unit.zip(value).and_then(|(unit, value)| Offset::new(value, unit)).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use hospes_model::organization::Settings;
    use hospes_model::workflow::WorkWeek;

    use super::super::{DefaultDeadline, WorkingDays};
    use super::*;

    fn named(body: &Value) -> Vec<String> {
        let faults = read_update(body).unwrap().change.faults;
        faults.iter().map(|(field, _)| field.to_owned()).collect()
    }

    #[test]
    fn days_are_read_in_every_form_and_the_rest_stays() {
        let read = read_update(&json!({"working_days": {
            "Monday": {"from": "09:00", "to": "17:30:10"}, "tuesday": true, "Wednesday": {"all_hours": true},
            "Thursday": null, "Friday": false, "Saturday": {"is_working_day": false, "from": "09:00"},
        }}));
        let time = |hour, minute, second| Time::new(hour, minute, second, 0).unwrap();
        let change = read.unwrap().change;
        assert!(change.faults.is_empty());
        assert_eq!(
            change.working_days,
            [
                Some(WorkDay::Between(time(9, 0, 0), time(17, 30, 10))),
                Some(WorkDay::AllHours),
                Some(WorkDay::AllHours),
                Some(WorkDay::Off),
                Some(WorkDay::Off),
                Some(WorkDay::Off),
                None,
            ]
        );
    }

    #[test]
    fn what_is_answered_can_be_sent_back() {
        let time = |hour| Time::new(hour, 0, 0, 0).unwrap();
        let mut days = [WorkDay::Between(time(8), time(20)); 7];
        (days[2], days[6]) = (WorkDay::Off, WorkDay::AllHours);
        let week = WorkWeek::new(days).unwrap();
        let body = json!({
            "working_days": serde_json::to_value(WorkingDays::new(&week)).unwrap(),
            "default_deadline": serde_json::to_value(DefaultDeadline::of(&Settings::default())).unwrap(),
            "id": "x", "users_count": 1, "created_at": "2025",
        });
        let read = read_update(&body).unwrap();
        assert!(read.warnings.is_empty() && read.change.faults.is_empty());
        assert_eq!(read.change.working_days, days.map(Some));
        assert_eq!(read.change.default_deadline, Some(Settings::default().default_deadline));
    }

    #[test]
    fn every_fault_has_its_path() {
        for (body, path) in [
            (json!({"name": " "}), "name"),
            (json!({"name": null}), "name"),
            (json!({"name": "x".repeat(51)}), "name"),
            (json!({"timezone": "Mars/Olympus"}), "timezone"),
            (json!({"timezone": ""}), "timezone"),
            (json!({"working_days": []}), "working_days"),
            (json!({"working_days": {"Funday": true}}), "working_days.Funday"),
            (json!({"working_days": {"Monday": 1}}), "working_days.Monday"),
            (json!({"working_days": {"Monday": {}}}), "working_days.Monday"),
            (json!({"working_days": {"Monday": {"all_hours": 1}}}), "working_days.Monday.all_hours"),
            (json!({"working_days": {"Monday": {"from": "9", "to": "17:00"}}}), "working_days.Monday.from"),
            (json!({"working_days": {"Monday": {"from": "09:00"}}}), "working_days.Monday.to"),
            (json!({"working_days": {"Monday": {"to": "09:00"}}}), "working_days.Monday.from"),
            (json!({"working_days": {"Monday": {"from": "17:00", "to": "09:00"}}}), "working_days.Monday.to"),
            (json!({"working_days": {"Monday": {"from": "17:00", "to": "24:00"}}}), "working_days.Monday.to"),
            (json!({"default_deadline": 5}), "default_deadline"),
            (json!({"default_deadline": {"type": "years", "value": 1}}), "default_deadline.type"),
            (json!({"default_deadline": {"value": 1}}), "default_deadline.type"),
            (json!({"default_deadline": {"unit": 1, "value": 1}}), "default_deadline.unit"),
            (json!({"default_deadline": {"unit": "days", "value": -1}}), "default_deadline.value"),
            (json!({"default_deadline": {"unit": "days", "value": 10_001}}), "default_deadline.value"),
            (json!({"maximum_group_assignment_limit": -1}), "maximum_group_assignment_limit"),
            (json!({"allow_user_invite": "perhaps"}), "allow_user_invite"),
            (json!({"allow_manage_groups": 2}), "allow_manage_groups"),
            (json!({"issues_reopen_tasks": ""}), "issues_reopen_tasks"),
            (json!({"guest_link_policy": "loose"}), "guest_link_policy"),
            (json!({"guest_link_policy": null}), "guest_link_policy"),
            (json!({"guest_link_strict_days": 0}), "guest_link_strict_days"),
            (json!({"guest_link_strict_days": 366}), "guest_link_strict_days"),
            (json!({"guest_color": "red"}), "guest_color"),
            (json!({"guest_color": "#12345g"}), "guest_color"),
            (json!({"guest_color": 7}), "guest_color"),
            (json!({"logo": {"id": 7}}), "logo"),
        ] {
            assert_eq!(named(&body), [path], "{body}");
        }
        let none = read_update(&json!({"default_deadline": null, "colour": "red"})).unwrap();
        assert_eq!((none.change.default_deadline, none.warnings.len()), (Some(None), 1));
    }
}
