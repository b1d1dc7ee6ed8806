//! Mail on the wire: a guest's mails and preferences, reminders, and what is
//! reported about mails that were sent. None of it is in the published API.

use hospes_model::Refusal;
use hospes_model::guest::{GuestChange, ProfileField, weekday_name};
use hospes_model::mail::preferences::{LANGUAGES, Preferences, QuietHours, format_time, parse_time};
use hospes_model::mail::{Kind, Report};
use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::Fields;
use crate::moments;

/// Who was reminded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reminded {
    /// The task's id.
    pub task_id: String,
    /// Guests who get a mail, by address.
    pub guests: Vec<String>,
    /// Members who get a mail, by id.
    pub users: Vec<i64>,
}

/// A mail to a guest.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mail {
    /// Counted within the organization.
    pub id: i64,
    /// `access`, `tasks`, `changes`, `reminder`, `comments`, `issues` or `digest`.
    pub kind: &'static str,
    /// `queued`, `sending`, `retrying`, `sent` (the mail server took it),
    /// `delivered` (it was reported to have arrived), `failed`, `bounced`,
    /// `complained` or `dropped`.
    pub state: &'static str,
    /// Why it waits, was dropped or did not arrive: a code as in the list of
    /// reasons, or what the mail server said.
    pub reason: Option<String>,
    /// Where it was sent.
    pub address: Option<String>,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried next.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_try_at: Option<Timestamp>,
    /// When it was queued.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was sent, dropped or given up.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub settled_at: Option<Timestamp>,
    /// The ids of the tasks that it is about.
    pub tasks: Vec<String>,
}

/// Why a guest has not been mailed, or the mail that went out.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailStatus {
    /// Whether a mail about it went out, as far as is known.
    pub mailed: bool,
    /// What stood or stands in the way; empty when nothing does.
    pub reasons: Vec<Reason>,
    /// The newest mail, about the task if one was named.
    pub mail: Option<Mail>,
}

/// One thing that stands in the way of a mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// `guest_disabled`, `guest_unreachable`, `switched_off`, `quiet_hours`,
    /// `task_not_shown`, `not_assigned`, `task_done`, `task_gone`,
    /// `nothing_to_do`, `mail_is_off`, `too_late`, `gone`, `waiting`,
    /// `retrying`, `failed`, `bounced` or `no_occasion`.
    pub code: String,
    /// The reason in a sentence.
    pub message: String,
}

/// What a guest decided about mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailPreferences {
    /// `en`, `de`, `fr` or `es`; null: as the browser asks, mails in English.
    pub language: Option<String>,
    /// IANA time zone; null: the organization's.
    pub timezone: Option<String>,
    /// Week days on which a digest is sent; null: the organization's.
    pub digest_days: Option<Vec<&'static str>>,
    /// Kinds of mail that the guest does not want.
    pub muted: Vec<&'static str>,
    /// When the guest wants no mail; null: never.
    pub quiet_hours: Option<Quiet>,
}

/// Hours without mail, every day, in the guest's time zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quiet {
    /// `HH:MM`.
    #[schema(example = "22:00")]
    pub from: String,
    /// `HH:MM`; before `from`: on the next day.
    #[schema(example = "07:00")]
    pub to: String,
}

impl MailPreferences {
    /// Preferences on the wire.
    pub fn new(preferences: &Preferences, timezone: Option<&str>, days: Option<&[Weekday]>) -> Self {
        Self {
            language: preferences.language.clone(),
            timezone: timezone.map(str::to_owned),
            digest_days: days.map(|days| days.iter().copied().map(weekday_name).collect()),
            muted: preferences.muted.iter().map(|kind| kind.as_str()).collect(),
            quiet_hours: preferences
                .quiet
                .map(|quiet| Quiet { from: format_time(quiet.from()), to: format_time(quiet.to()) }),
        }
    }
}

/// A request to change what a guest decided, for the OpenAPI document. What is
/// absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateMailPreferences)]
pub struct PreferencesBody {
    /// Null: as the browser asks.
    #[schema(pattern = "^(en|de|fr|es)$", example = "de")]
    pub language: Option<String>,
    /// IANA time zone; null: the organization's.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// English week days; null: the organization's, an empty list: no digests.
    #[schema(max_items = 7, example = json!(["monday", "friday"]))]
    pub digest_days: Option<Vec<String>>,
    /// Kinds that shall not come, of `tasks`, `changes`, `comments`, `issues`
    /// and `digest`; the whole list.
    #[schema(max_items = 5, example = json!(["comments"]), nullable = false)]
    pub muted: Option<Vec<String>>,
    /// `{from, to}`, each `HH:MM`; null: no quiet hours.
    #[schema(value_type = Option<Object>, example = json!({"from": "22:00", "to": "07:00"}))]
    pub quiet_hours: Option<Value>,
}

/// A wish to change what a guest decided; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreferencesChange {
    /// One of the known languages; `Some(None)`: none.
    pub language: Option<Option<String>>,
    /// A valid time zone; `Some(None)`: the organization's.
    pub timezone: Option<Option<String>>,
    /// `Some(None)`: the organization's.
    pub digest_days: Option<Option<Vec<Weekday>>>,
    /// All that shall not come.
    pub muted: Option<Vec<Kind>>,
    /// `Some(None)`: none.
    pub quiet: Option<Option<QuietHours>>,
}

impl PreferencesChange {
    /// The preferences afterwards.
    pub fn applied_to(&self, before: &Preferences) -> Preferences {
        let mut after = before.clone();
        if let Some(language) = &self.language {
            after.language.clone_from(language);
        }
        if let Some(muted) = &self.muted {
            after.muted.clear();
            for kind in muted {
                after.mute(*kind, true);
            }
        }
        if let Some(quiet) = self.quiet {
            after.quiet = quiet;
        }
        after
    }

    /// The part of it that is kept with the guest.
    pub fn of_guest(&self) -> GuestChange {
        let zone = self.timezone.clone().map(|zone| (ProfileField::Timezone, zone));
        GuestChange {
            profile: zone.into_iter().collect(),
            cadence_days: self.digest_days.clone(),
            ..GuestChange::default()
        }
    }
}

/// Reads a request to change preferences. Returns it with what was ignored.
pub fn read_preferences(body: &Value) -> Result<(PreferencesChange, Vec<String>), Refusal> {
    let mut fields = Fields::new(body)?;
    let mut change = PreferencesChange::default();
    if fields.take("language").is_some() {
        let language =
            fields.word("language", LANGUAGES, |word| LANGUAGES.contains(&word).then(|| word.to_owned()));
        change.language = Some(language);
    }
    if fields.take("timezone").is_some() {
        let mut zone = None;
        fields.put_text("timezone", &mut zone, |text| ProfileField::Timezone.check(text));
        change.timezone = Some(zone);
    }
    change.digest_days = fields.week_days("digest_days");
    change.muted = read_muted(&mut fields);
    change.quiet = read_quiet(&mut fields);
    let warnings = fields.unknown();
    fields.finish()?;
    Ok((change, warnings))
}

fn read_muted(fields: &mut Fields<'_>) -> Option<Vec<Kind>> {
    let list = fields.list("muted", Kind::ALL.len())?;
    let mut muted = Vec::new();
    for (place, entry) in list.iter().enumerate() {
        if let Some(kind) = entry.as_str().and_then(Kind::parse).filter(|kind| kind.is_optional()) {
            muted.push(kind);
        } else {
            let words: Vec<&str> = Kind::OPTIONAL.iter().map(|kind| kind.as_str()).collect();
            fields.fault(format!("muted.{place}"), format!("Must be one of: {}.", words.join(", ")));
        }
    }
    Some(muted)
}

#[expect(clippy::option_option, reason = "absent, null and hours are three different wishes")]
fn read_quiet(fields: &mut Fields<'_>) -> Option<Option<QuietHours>> {
    let value = fields.take("quiet_hours")?;
    if value.is_null() {
        return Some(None);
    }
    let mut inside = fields.inside("quiet_hours", value)?;
    let from = read_time(&mut inside, "from");
    let to = read_time(&mut inside, "to");
    fields.absorb(&inside);
    let hours = QuietHours::new(from?, to?);
    if hours.is_none() {
        fields.fault("quiet_hours", "The quiet_hours must begin and end at different times.");
    }
    Some(hours)
}

fn read_time<'a>(fields: &mut Fields<'a>, key: &'a str) -> Option<u16> {
    let time = fields.required_text(key)?;
    let minutes = parse_time(time);
    if minutes.is_none() {
        fields.fault(key, format!("The {key} must be a time of day such as 07:30."));
    }
    minutes
}

/// Whether a report was about a mail that is known.
#[derive(Debug, Serialize)]
pub struct ReportTaken {
    /// Whether such a mail was sent from here.
    pub known: bool,
}

/// Reads a report: `message_id`, `kind` (`hard`, `soft`, `complaint` or
/// `delivered`) and `reason`. What a mail service sends besides is its own.
pub fn read_report(body: &Value) -> Result<(String, Report, String), Refusal> {
    let mut fields = Fields::new(body)?;
    let id = fields.required_text("message_id").map(str::to_owned);
    if id.as_ref().is_some_and(|id| id.len() > 500) {
        fields.fault("message_id", "The message_id may not be greater than 500 characters.");
    }
    let words: Vec<&str> = Report::ALL.iter().map(|report| report.as_str()).collect();
    let report = if fields.value("kind").is_some() {
        fields.word("kind", &words, Report::parse)
    } else {
        fields.fault("kind", "The kind is required.");
        None
    };
    let reason = fields.text("reason").unwrap_or_default().to_owned();
    if reason.chars().count() > 1000 {
        fields.fault("reason", "The reason may not be greater than 1000 characters.");
    }
    fields.finish()?;
    id.zip(report).map(|(id, report)| (id, report, reason)).ok_or(Refusal::NotFound)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn preferences_are_read_and_every_fault_is_named() {
        let (change, warnings) = read_preferences(&json!({
            "language": "de", "timezone": null, "digest_days": ["mon"], "muted": ["comments", "digest"],
            "quiet_hours": {"from": "22:00", "to": "7:00"}, "colour": "red",
        }))
        .unwrap();
        assert_eq!(change.language, Some(Some("de".to_owned())));
        assert_eq!(
            (&change.timezone, &change.digest_days),
            (&Some(None), &Some(Some(vec![Weekday::Monday])))
        );
        assert_eq!(change.muted, Some(vec![Kind::Comments, Kind::Digest]));
        assert_eq!(change.quiet, Some(QuietHours::new(22 * 60, 7 * 60)));
        assert_eq!(warnings.len(), 1);
        let Err(Refusal::Invalid(faults)) = read_preferences(&json!({
            "language": "xx", "timezone": "Mars", "digest_days": ["someday"], "muted": ["reminder", 7],
            "quiet_hours": {"from": "25:00"},
        })) else {
            panic!()
        };
        let named: Vec<_> = faults.iter().map(|(field, _)| field.to_owned()).collect();
        let expected = [
            "digest_days.0",
            "language",
            "muted.0",
            "muted.1",
            "quiet_hours.from",
            "quiet_hours.to",
            "timezone",
        ];
        assert_eq!(named, expected);
        assert_eq!(read_preferences(&json!({})).unwrap().0, PreferencesChange::default());
        assert!(read_preferences(&json!({"quiet_hours": {"from": "7:00", "to": "7:00"}})).is_err());
    }

    #[test]
    fn reports_are_read() {
        let (id, report, reason) =
            read_report(&json!({"message_id": "<a@b>", "kind": "hard", "reason": "No", "recipient": "x"}))
                .unwrap();
        assert_eq!((id.as_str(), report, reason.as_str()), ("<a@b>", Report::Hard, "No"));
        for bad in [
            json!({}),
            json!({"message_id": "a"}),
            json!({"message_id": "a", "kind": "x"}),
            json!([]),
            json!({"message_id": 7, "kind": "hard"}),
        ] {
            assert!(read_report(&bad).is_err(), "{bad}");
        }
    }
}
