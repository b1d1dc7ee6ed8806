//! Guests: people with an e-mail address and no account, as one organization
//! knows them (`product.md` 1).
//!
//! Everything here belongs to one organization. What two organizations know of
//! the same address is kept apart; they share nothing but the address itself.

use jiff::Timestamp;
use jiff::civil::Weekday;

use crate::email::EmailAddress;
use crate::ids::{GuestCode, GuestKey, MemberId};
use crate::text::{fold, is_hidden};

/// A guest of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Where the record is stored.
    pub key: GuestKey,
    /// The public id.
    pub code: GuestCode,
    /// Unique within the organization, by its folded form.
    pub email: EmailAddress,
    /// What the organization wrote down about the person.
    pub profile: Profile,
    /// On which week days a digest is sent; `None` for the organization's default.
    pub cadence_days: Option<Vec<Weekday>>,
    /// The members who look after this guest, in the order given.
    pub associated_members: Vec<MemberId>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// Set while the guest is disabled.
    pub disabled: Option<Stamp>,
    /// The last time the guest was enabled again.
    pub reactivated: Option<Stamp>,
    /// Where and when the guest was last seen.
    pub presence: Presence,
    /// Set while mail to the address does not arrive.
    pub unreachable: Option<Unreachable>,
    /// Counters over the guest's tasks.
    pub stats: Stats,
    /// Grows with every change of what is shown without statistics.
    pub profile_revision: i64,
    /// Grows with every change of the statistics.
    pub stats_revision: i64,
}

/// When something was done, and by which member (`None`: by the operator).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<MemberId>,
}

/// Since when mail to a guest does not arrive, and why, as far as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// Since when.
    pub at: Timestamp,
    /// What the mail server said, in one line.
    pub why: String,
}

/// What is known of a guest's last visit (`product.md` 1.14).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// The last request that carried a real session.
    pub last_accessed_at: Option<Timestamp>,
    /// The address it came from.
    pub ip: Option<String>,
    /// ISO 3166 code of the country of that address.
    pub country: Option<String>,
    /// The city of that address.
    pub city: Option<String>,
}

/// Exact counters over a guest's tasks (`product.md` 1.13). They always equal a
/// fresh count over the stored tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Open, visible, unarchived tasks (of a process or not) the guest is on now.
    pub active_tasks: i64,
    /// Process tasks this guest completed.
    pub tasks_completed: i64,
    /// When the newest of them was completed.
    pub last_task_completed_at: Option<Timestamp>,
    /// One-off tasks this guest completed; not part of `tasks_completed`.
    pub one_off_tasks_completed: i64,
    /// When the newest of them was completed.
    pub last_one_off_task_completed_at: Option<Timestamp>,
}

/// How a profile field's text is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Any visible text of at most this many characters.
    Text(usize),
    /// An absolute http or https address of at most 2,000 characters.
    Url,
    /// A name of the IANA time zone database.
    TimeZone,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A date and time as `YYYY-MM-DD HH:MM:SS`.
    DateTime,
}

macro_rules! profile_fields {
    ($($variant:ident $name:literal $kind:expr;)*) => {
        /// A field of the profile that callers may write.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProfileField {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl ProfileField {
            /// All fields, in the order of their columns.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The field's name in the API, which is also its column's.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How the text is checked.
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => $kind,)* }
            }
        }
    };
}

// The limits of `wire.md` 2.7.
profile_fields! {
    FirstName "first_name" FieldKind::Text(200);
    LastName "last_name" FieldKind::Text(200);
    Phone1 "phone_1" FieldKind::Text(20);
    Phone2 "phone_2" FieldKind::Text(20);
    CompanyName "company_name" FieldKind::Text(200);
    CompanyUrl "company_url" FieldKind::Url;
    ContactUrl "contact_url" FieldKind::Url;
    ImageUrl "image_url" FieldKind::Url;
    OpportunityUrl "opportunity_url" FieldKind::Url;
    OpportunityName "opportunity_name" FieldKind::Text(200);
    Timezone "timezone" FieldKind::TimeZone;
    ExternalSyncSource "external_sync_source" FieldKind::OneOf(&["salesforce"]);
    ExternalDateCreation "external_date_creation" FieldKind::DateTime;
}

impl ProfileField {
    /// Checks a text for this field and returns it as it will be stored, or
    /// what is wrong with it (without the field's name). Blank text clears.
    pub fn check(self, text: &str) -> Result<Option<String>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().any(is_hidden) {
            return Err("must not contain control or invisible characters".to_owned());
        }
        let well_formed = match self.kind() {
            FieldKind::Text(limit) => {
                if text.chars().count() > limit {
                    return Err(format!("may not be greater than {limit} characters"));
                }
                Ok(())
            }
            FieldKind::Url => check_url(text),
            FieldKind::TimeZone => jiff::tz::TimeZone::get(text)
                .map(drop)
                .map_err(|_| "must be an IANA time zone such as Europe/Berlin".to_owned()),
            FieldKind::OneOf(words) => words
                .contains(&text)
                .then_some(())
                .ok_or_else(|| format!("must be one of: {}", words.join(", "))),
            FieldKind::DateTime => jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
                .map(drop)
                .map_err(|_| "must have the form YYYY-MM-DD HH:MM:SS".to_owned()),
        };
        well_formed.map(|()| Some(text.to_owned()))
    }
}

pub(crate) fn check_url(text: &str) -> Result<(), String> {
    const LIMIT: usize = 2000;
    if text.len() > LIMIT {
        return Err(format!("may not be greater than {LIMIT} characters"));
    }
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err("must be a full web address such as https://example.com".to_owned()),
    }
}

/// The written fields of a guest, each text or absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile([Option<String>; ProfileField::ALL.len()]);

impl Profile {
    /// A field's text.
    pub fn get(&self, field: ProfileField) -> Option<&str> {
        self.0[field as usize].as_deref()
    }

    /// Sets or clears a field; the text must have passed [`ProfileField::check`].
    pub fn set(&mut self, field: ProfileField, text: Option<String>) {
        self.0[field as usize] = text;
    }

    /// The folded text by which a guest is found: names and company behind the
    /// address, separated so that no match runs across two fields.
    pub fn search_text(&self, email: &EmailAddress) -> String {
        let mut text = email.folded().to_owned();
        for field in [ProfileField::FirstName, ProfileField::LastName, ProfileField::CompanyName] {
            if let Some(value) = self.get(field) {
                text.push(SEPARATOR);
                text.push_str(&fold(value));
            }
        }
        if let (Some(first), Some(last)) =
            (self.get(ProfileField::FirstName), self.get(ProfileField::LastName))
        {
            // "ann lee" finds Ann Lee.
            text.push(SEPARATOR);
            text.push_str(&fold(&format!("{first} {last}")));
        }
        text
    }
}

/// Stands between the fields of a guest's search text, and in none of them.
const SEPARATOR: char = '\n';

/// What a caller searches for, in the form of [`Profile::search_text`]. A line
/// break, which separates the fields there, is read as the blank that it looks
/// like.
pub fn search_term(text: &str) -> String {
    let lines: Vec<&str> = text.split(['\r', SEPARATOR]).filter(|line| !line.is_empty()).collect();
    fold(&lines.join(" "))
}

/// What a caller wants changed: absent keys stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestChange {
    /// Checked texts by field; `None` clears.
    pub profile: Vec<(ProfileField, Option<String>)>,
    /// New digest days; `Some(None)` returns to the organization's default.
    pub cadence_days: Option<Option<Vec<Weekday>>>,
    /// The new list of associated members, as a whole and as the caller gave
    /// it; a repeated id counts once. Ids were checked to be positive; that
    /// they are active members is for the store to see.
    pub associated_members: Option<Vec<MemberId>>,
}

impl GuestChange {
    /// The associated members wanted, each with its place in the caller's list.
    pub fn associates(&self) -> Vec<(usize, MemberId)> {
        self.associated_members.iter().flatten().copied().enumerate().collect()
    }

    /// Applies the change and returns what it replaced: field name, old and
    /// new value as text. Fields that keep their value are not listed.
    pub fn apply(&self, guest: &mut Guest) -> Vec<Replaced> {
        let mut replaced = Vec::new();
        for (field, text) in &self.profile {
            let old = guest.profile.get(*field).map(str::to_owned);
            if old != *text {
                replaced.push(Replaced { field: field.name(), old, new: text.clone() });
                guest.profile.set(*field, text.clone());
            }
        }
        if let Some(days) = &self.cadence_days
            && *days != guest.cadence_days
        {
            replaced.push(Replaced {
                field: "cadence_days",
                old: guest.cadence_days.as_deref().map(weekday_list),
                new: days.as_deref().map(weekday_list),
            });
            guest.cadence_days.clone_from(days);
        }
        if let Some(members) = self.associated_members.as_deref().map(without_repeats)
            && members != guest.associated_members
        {
            replaced.push(Replaced {
                field: "associated_members",
                old: Some(id_list(&guest.associated_members)),
                new: Some(id_list(&members)),
            });
            guest.associated_members = members;
        }
        replaced
    }
}

/// One field that a change replaced, as the activity feed shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The field's API name.
    pub field: &'static str,
    /// Its text before.
    pub old: Option<String>,
    /// Its text now.
    pub new: Option<String>,
}

fn without_repeats(ids: &[MemberId]) -> Vec<MemberId> {
    let mut unique = Vec::with_capacity(ids.len());
    for id in ids {
        if !unique.contains(id) {
            unique.push(*id);
        }
    }
    unique
}

fn id_list(ids: &[MemberId]) -> String {
    ids.iter().map(MemberId::to_string).collect::<Vec<_>>().join(",")
}

/// Splits one name into first and last: the first word, and the rest.
pub fn split_name(name: &str) -> (Option<String>, Option<String>) {
    let mut parts = name.trim().splitn(2, char::is_whitespace);
    let mut next = || parts.next().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
    (next(), next())
}

/// The English lower-case name of a week day, as the API shows it.
pub fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

/// The days of a week, in their order.
pub const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Reads a week day from its English name or first three letters, in any case.
pub fn parse_weekday(text: &str) -> Option<Weekday> {
    let text = text.trim().to_ascii_lowercase();
    WEEK.into_iter().find(|day| weekday_name(*day) == text || weekday_name(*day)[..3] == text)
}

/// Days as stored: names joined by commas.
pub fn weekday_list(days: &[Weekday]) -> String {
    days.iter().map(|day| weekday_name(*day)).collect::<Vec<_>>().join(",")
}

/// Reads what [`weekday_list`] wrote.
pub fn parse_weekday_list(text: &str) -> Vec<Weekday> {
    text.split(',').filter_map(parse_weekday).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_checked_by_their_kind() {
        use ProfileField as F;
        assert_eq!(F::FirstName.check("  Ann "), Ok(Some("Ann".to_owned())));
        assert_eq!(F::FirstName.check("   "), Ok(None));
        assert!(F::FirstName.check(&"ä".repeat(200)).is_ok());
        assert!(F::FirstName.check(&"ä".repeat(201)).is_err());
        assert!(F::FirstName.check("a\0b").is_err());
        assert!(F::Phone1.check("123456789012345678901").is_err());
        assert!(F::CompanyUrl.check("https://example.com/x").is_ok());
        for bad in ["example.com", "javascript:alert(1)", "ftp://x.org", "https://", "mailto:a@b.org"] {
            assert!(F::CompanyUrl.check(bad).is_err(), "{bad}");
        }
        assert!(F::Timezone.check("Europe/Berlin").is_ok());
        assert!(F::Timezone.check("Mars/Olympus").is_err());
        assert!(F::ExternalSyncSource.check("hubspot").is_err());
        assert!(F::ExternalDateCreation.check("2025-01-31 10:00:00").is_ok());
        assert!(F::ExternalDateCreation.check("2025-02-31 10:00:00").is_err());
    }

    #[test]
    fn names_split_at_the_first_blank() {
        assert_eq!(split_name(" Ann  Marie Lee "), (Some("Ann".into()), Some("Marie Lee".into())));
        assert_eq!(split_name("Cher"), (Some("Cher".into()), None));
        assert_eq!(split_name("  "), (None, None));
    }

    #[test]
    fn weekdays_round_trip() {
        assert_eq!(parse_weekday("MON"), Some(Weekday::Monday));
        assert_eq!(parse_weekday("someday"), None);
        let days = [Weekday::Monday, Weekday::Sunday];
        assert_eq!(parse_weekday_list(&weekday_list(&days)), days);
    }

    #[test]
    fn search_text_does_not_match_across_fields() {
        let mut profile = Profile::default();
        profile.set(ProfileField::FirstName, Some("Ann".into()));
        profile.set(ProfileField::LastName, Some("Lee".into()));
        let text = profile.search_text(&EmailAddress::parse("A@b.example").unwrap());
        assert!(text.contains("a@b.example") && text.contains("ann lee") && !text.contains("exampleann"));
        assert!(text.contains(&search_term("Ann\r\nLee")), "both names");
        for across in ["example\nAnn", "example\r\nann", "lee\nann"] {
            assert!(!text.contains(&search_term(across)), "{across:?}");
        }
    }
}
