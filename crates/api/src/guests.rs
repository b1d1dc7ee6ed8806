//! Guests on the wire (`list-guests.md`, `wire.md` 2.7, `clients.md` 2).

use hospes_model::guest::{self, GuestChange, ProfileField, parse_weekday, split_name, weekday_name};
use hospes_model::{EmailAddress, MemberId, Refusal};
use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::Fields;
use crate::moments;

/// A guest.
#[derive(Debug, Serialize, ToSchema)]
pub struct Guest<'a> {
    /// The guest code, unique within the organization. It locates the guest and
    /// proves nothing.
    pub id: &'a str,
    /// The e-mail address.
    pub email: &'a str,
    /// First name.
    pub first_name: Option<&'a str>,
    /// Last name.
    pub last_name: Option<&'a str>,
    /// The guest's last visit.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accessed_at: Option<Timestamp>,
    /// The network address of that visit.
    pub last_known_ip: Option<&'a str>,
    /// The country of that address, ISO 3166.
    pub last_known_country: Option<&'a str>,
    /// When the guest was created in this organization.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Only set in the answer to a removal.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    /// Set while the guest is disabled.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// What this organization knows of the guest.
    pub details: GuestDetails<'a>,
    /// The address of the guest's page; its last segment is the guest code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required)]
    pub link: Option<&'a str>,
    /// Only with `with=stats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = GuestStats, required = false)]
    pub stats: Option<GuestStats>,
}

/// What an organization knows of a guest.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestDetails<'a> {
    /// First name.
    pub first_name: Option<&'a str>,
    /// Last name.
    pub last_name: Option<&'a str>,
    /// `active` or `disabled`.
    pub status: &'static str,
    /// Telephone, at most 20 characters.
    pub phone_1: Option<&'a str>,
    /// Another telephone, at most 20 characters.
    pub phone_2: Option<&'a str>,
    /// Company, at most 200 characters.
    pub company_name: Option<&'a str>,
    /// The company's web address.
    pub company_url: Option<&'a str>,
    /// A web address for contact.
    pub contact_url: Option<&'a str>,
    /// A picture's web address.
    pub image_url: Option<&'a str>,
    /// The opportunity's web address.
    pub opportunity_url: Option<&'a str>,
    /// The opportunity's name, at most 200 characters.
    pub opportunity_name: Option<&'a str>,
    /// IANA time zone.
    pub timezone: Option<&'a str>,
    /// The same as `disabled_at`, under its older name.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_on: Option<Timestamp>,
    /// Set while the guest is disabled.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// The member who disabled the guest.
    #[schema(value_type = Option<i64>)]
    pub disabled_by: Option<MemberId>,
    /// The last time the guest was enabled again.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reactivated_at: Option<Timestamp>,
    /// The member who did that.
    #[schema(value_type = Option<i64>)]
    pub reactivated_by: Option<MemberId>,
    /// `salesforce`, when the guest came from there.
    pub external_sync_source: Option<&'a str>,
    /// When the guest was created there, `YYYY-MM-DD HH:MM:SS`.
    pub external_date_creation: Option<&'a str>,
    /// Week days on which a digest is sent; null for the organization's default.
    pub cadence_days: Option<Vec<&'static str>>,
    /// Ids of the members who look after the guest.
    #[schema(value_type = Vec<i64>)]
    pub associated_members: &'a [MemberId],
    /// The city of the last visit.
    pub last_city: Option<&'a str>,
    /// The country of the last visit.
    pub last_country: Option<&'a str>,
    /// The last visit.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_accessed_at: Option<Timestamp>,
}

/// Exact counters over a guest's tasks (`product.md` 1.13).
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestStats {
    /// Open visible tasks the guest is on now.
    pub active_tasks: i64,
    /// Tasks the guest completed: `tasks_completed` + `one_off_tasks_completed`.
    pub completed_tasks: i64,
    /// The same as `active_tasks`.
    pub assigned_tasks: i64,
    /// Process tasks the guest completed.
    pub tasks_completed: i64,
    /// When the newest of them was completed.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_task_completed_at: Option<Timestamp>,
    /// One-off tasks the guest completed.
    pub one_off_tasks_completed: i64,
    /// When the newest of them was completed.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_one_off_task_completed_at: Option<Timestamp>,
}

impl<'a> Guest<'a> {
    /// The guest without link and statistics.
    pub fn new(guest: &'a guest::Guest) -> Self {
        let text = |field| guest.profile.get(field);
        let (disabled, reactivated) = (guest.disabled, guest.reactivated);
        Self {
            id: guest.code.as_str(),
            email: guest.email.as_str(),
            first_name: text(ProfileField::FirstName),
            last_name: text(ProfileField::LastName),
            last_accessed_at: guest.presence.last_accessed_at,
            last_known_ip: guest.presence.ip.as_deref(),
            last_known_country: guest.presence.country.as_deref(),
            created_at: guest.created_at,
            deleted_at: None,
            disabled_at: disabled.map(|stamp| stamp.at),
            details: GuestDetails {
                first_name: text(ProfileField::FirstName),
                last_name: text(ProfileField::LastName),
                status: if disabled.is_some() { "disabled" } else { "active" },
                phone_1: text(ProfileField::Phone1),
                phone_2: text(ProfileField::Phone2),
                company_name: text(ProfileField::CompanyName),
                company_url: text(ProfileField::CompanyUrl),
                contact_url: text(ProfileField::ContactUrl),
                image_url: text(ProfileField::ImageUrl),
                opportunity_url: text(ProfileField::OpportunityUrl),
                opportunity_name: text(ProfileField::OpportunityName),
                timezone: text(ProfileField::Timezone),
                disabled_on: disabled.map(|stamp| stamp.at),
                disabled_at: disabled.map(|stamp| stamp.at),
                disabled_by: disabled.and_then(|stamp| stamp.by),
                reactivated_at: reactivated.map(|stamp| stamp.at),
                reactivated_by: reactivated.and_then(|stamp| stamp.by),
                external_sync_source: text(ProfileField::ExternalSyncSource),
                external_date_creation: text(ProfileField::ExternalDateCreation),
                cadence_days: guest
                    .cadence_days
                    .as_deref()
                    .map(|days| days.iter().map(|day| weekday_name(*day)).collect()),
                associated_members: &guest.associated_members,
                last_city: guest.presence.city.as_deref(),
                last_country: guest.presence.country.as_deref(),
                last_accessed_at: guest.presence.last_accessed_at,
            },
            link: None,
            stats: None,
        }
    }
}

impl GuestStats {
    /// The counters on the wire.
    pub fn new(stats: &guest::Stats) -> Self {
        Self {
            active_tasks: stats.active_tasks,
            completed_tasks: stats.tasks_completed + stats.one_off_tasks_completed,
            assigned_tasks: stats.active_tasks,
            tasks_completed: stats.tasks_completed,
            last_task_completed_at: stats.last_task_completed_at,
            one_off_tasks_completed: stats.one_off_tasks_completed,
            last_one_off_task_completed_at: stats.last_one_off_task_completed_at,
        }
    }
}

/// The stored rendering of a guest: the object without its closing brace, so
/// that link and statistics can be put behind it without reading it again.
pub fn render(guest: &guest::Guest) -> String {
    let mut json = to_json(&Guest::new(guest));
    json.pop();
    json
}

/// The stored rendering of statistics: the key and the object, with the comma
/// that separates it from what stands before.
pub fn render_stats(stats: &guest::Stats) -> String {
    format!(",\"stats\":{}", to_json(&GuestStats::new(stats)))
}

fn to_json<T: Serialize>(value: &T) -> String {
    // Strings, numbers and lists always serialize.
    serde_json::to_string(value).unwrap_or_default()
}

/// Puts a guest together from its stored parts. `link_prefix` is everything of
/// the link before the guest code, already escaped for JSON.
pub fn assemble(out: &mut Vec<u8>, json: &[u8], stats: Option<&[u8]>, link_prefix: &str) {
    const CODE_AT: usize = "{\"id\":\"".len();
    let code = &json[CODE_AT..CODE_AT + hospes_model::GuestCode::LEN];
    out.extend_from_slice(json);
    out.extend_from_slice(b",\"link\":\"");
    out.extend_from_slice(link_prefix.as_bytes());
    out.extend_from_slice(code);
    out.push(b'"');
    if let Some(stats) = stats {
        out.extend_from_slice(stats);
    }
    out.push(b'}');
}

/// The start of every guest link under a public base address.
pub fn link_prefix(public_url: &str) -> String {
    let link = to_json(&format!("{}/guest/", public_url.trim_end_matches('/')));
    link.trim_matches('"').to_owned()
}

/// A request to create a guest, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = CreateGuest)]
pub struct CreateGuestBody {
    /// The address; neither a member's nor a guest's of this organization.
    #[schema(required, max_length = 254, example = "carl@client.example")]
    pub email: String,
    /// First name.
    #[schema(max_length = 200)]
    pub first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 200)]
    pub last_name: Option<String>,
    /// Both names; split at the first blank where they are not given alone.
    #[schema(max_length = 401)]
    pub name: Option<String>,
    /// An older name of `phone_1`.
    #[schema(max_length = 20)]
    pub phone: Option<String>,
    /// Telephone.
    #[schema(max_length = 20)]
    pub phone_1: Option<String>,
    /// Another telephone.
    #[schema(max_length = 20)]
    pub phone_2: Option<String>,
    /// Company.
    #[schema(max_length = 200)]
    pub company_name: Option<String>,
    /// The company's web address.
    #[schema(max_length = 2000)]
    pub company_url: Option<String>,
    /// A web address for contact.
    #[schema(max_length = 2000)]
    pub contact_url: Option<String>,
    /// A picture's web address.
    #[schema(max_length = 2000)]
    pub image_url: Option<String>,
    /// The opportunity's web address.
    #[schema(max_length = 2000)]
    pub opportunity_url: Option<String>,
    /// The opportunity's name.
    #[schema(max_length = 200)]
    pub opportunity_name: Option<String>,
    /// Accepted and not kept: whether a guest is active is changed by disabling.
    #[schema(max_length = 200)]
    pub status: Option<String>,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// `salesforce`.
    #[schema(example = "salesforce")]
    pub external_sync_source: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS`.
    #[schema(example = "2025-01-31 10:00:00")]
    pub external_date_creation: Option<String>,
    /// English week days; null for the organization's default.
    pub cadence_days: Option<Vec<String>>,
    /// Ids of active members.
    pub associated_members: Option<Vec<i64>>,
}

/// A request to change a guest, for the OpenAPI document: any of the fields;
/// null clears, what is absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateGuest)]
pub struct UpdateGuestBody {
    /// May be given when it is the guest's own; another one is refused (use the
    /// route that changes the address).
    pub email: Option<String>,
    /// First name.
    #[schema(max_length = 200)]
    pub first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 200)]
    pub last_name: Option<String>,
    /// Both names; split at the first blank where they are not given alone.
    #[schema(max_length = 401)]
    pub name: Option<String>,
    /// An older name of `phone_1`.
    #[schema(max_length = 20)]
    pub phone: Option<String>,
    /// Telephone.
    #[schema(max_length = 20)]
    pub phone_1: Option<String>,
    /// Another telephone.
    #[schema(max_length = 20)]
    pub phone_2: Option<String>,
    /// Company.
    #[schema(max_length = 200)]
    pub company_name: Option<String>,
    /// The company's web address.
    #[schema(max_length = 2000)]
    pub company_url: Option<String>,
    /// A web address for contact.
    #[schema(max_length = 2000)]
    pub contact_url: Option<String>,
    /// A picture's web address.
    #[schema(max_length = 2000)]
    pub image_url: Option<String>,
    /// The opportunity's web address.
    #[schema(max_length = 2000)]
    pub opportunity_url: Option<String>,
    /// The opportunity's name.
    #[schema(max_length = 200)]
    pub opportunity_name: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// `salesforce`.
    pub external_sync_source: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS`.
    pub external_date_creation: Option<String>,
    /// English week days; null for the organization's default.
    pub cadence_days: Option<Vec<String>>,
    /// Ids of active members; replaces the list.
    pub associated_members: Option<Vec<i64>>,
}

/// A request to give a guest another address.
#[derive(Debug, ToSchema)]
#[schema(as = ChangeGuestEmail)]
pub struct ChangeEmailBody {
    /// The new address.
    #[schema(required, max_length = 254)]
    pub email: String,
}

/// A create request that was read.
#[derive(Debug)]
pub struct CreateGuest {
    /// The address.
    pub email: EmailAddress,
    /// Everything else.
    pub change: GuestChange,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// An update request that was read.
#[derive(Debug)]
pub struct UpdateGuest {
    /// The address given, which must be the guest's own.
    pub email: Option<EmailAddress>,
    /// What to change.
    pub change: GuestChange,
    /// What was ignored.
    pub warnings: Vec<String>,
}

const EMAIL_FAULT: &str = "The email must be a valid email address.";

/// Reads a create request.
pub fn read_create(body: &Value) -> Result<CreateGuest, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.required_text("email").map(EmailAddress::parse);
    if matches!(email, Some(Err(_))) {
        fields.fault("email", EMAIL_FAULT);
    }
    let (change, warnings) = read_change(&mut fields);
    fields.finish()?;
    match email {
        Some(Ok(email)) => Ok(CreateGuest { email, change, warnings }),
        _ => Err(Refusal::field("email", EMAIL_FAULT)),
    }
}

/// Reads an update request.
pub fn read_update(body: &Value) -> Result<UpdateGuest, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.text("email").map(EmailAddress::parse);
    if matches!(email, Some(Err(_))) {
        fields.fault("email", EMAIL_FAULT);
    }
    let (change, warnings) = read_change(&mut fields);
    fields.finish()?;
    Ok(UpdateGuest { email: email.and_then(Result::ok), change, warnings })
}

/// Reads a request for another address.
pub fn read_change_email(body: &Value) -> Result<EmailAddress, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.required_text("email").map(EmailAddress::parse);
    if matches!(email, Some(Err(_))) {
        fields.fault("email", EMAIL_FAULT);
    }
    fields.finish()?;
    email.and_then(Result::ok).ok_or_else(|| Refusal::field("email", EMAIL_FAULT))
}

/// Reads what creating and updating have in common.
fn read_change(fields: &mut Fields<'_>) -> (GuestChange, Vec<String>) {
    let mut change = GuestChange::default();
    let mut warnings = Vec::new();
    if let Some(name) = fields.text("name") {
        let (first, last) = split_name(name);
        for (field, part) in [(ProfileField::FirstName, first), (ProfileField::LastName, last)] {
            if let Some(part) = part {
                set_checked(fields, &mut change, field, "name", Some(&part));
            }
        }
    }
    // The newer key is read later and wins.
    read_profile_text(fields, &mut change, ProfileField::Phone1, "phone");
    for field in ProfileField::ALL {
        read_profile_text(fields, &mut change, *field, field.name());
    }
    if let Some(status) = fields.text("status") {
        if status.chars().count() > 200 {
            fields.fault("status", "The status may not be greater than 200 characters.");
        } else if status != "active" {
            warnings.push("The field status was not kept: use disable and enable.".to_owned());
        }
    }
    change.cadence_days = read_cadence_days(fields);
    change.associated_members = fields.member_ids("associated_members");
    warnings.extend(fields.unknown());
    (change, warnings)
}

fn read_profile_text<'a>(
    fields: &mut Fields<'a>,
    change: &mut GuestChange,
    field: ProfileField,
    key: &'a str,
) {
    if fields.take(key).is_some() {
        let text = fields.text(key);
        set_checked(fields, change, field, key, text);
    }
}

fn set_checked(
    fields: &mut Fields<'_>,
    change: &mut GuestChange,
    field: ProfileField,
    key: &str,
    text: Option<&str>,
) {
    match text.map_or(Ok(None), |text| field.check(text)) {
        Ok(text) => {
            change.profile.retain(|(known, _)| *known != field);
            change.profile.push((field, text));
        }
        Err(fault) => fields.fault(key, format!("The {key} {fault}.")),
    }
}

fn read_cadence_days(fields: &mut Fields<'_>) -> Option<Option<Vec<Weekday>>> {
    let list = match fields.take("cadence_days")? {
        Value::Null => return Some(None),
        Value::Array(list) if list.len() <= 7 => list,
        _ => {
            fields.fault("cadence_days", "The cadence_days must be a list of at most 7 week days.");
            return None;
        }
    };
    let mut days = Vec::new();
    for (place, entry) in list.iter().enumerate() {
        match entry.as_str().and_then(parse_weekday) {
            Some(day) if days.contains(&day) => {}
            Some(day) => days.push(day),
            None => {
                fields.fault(format!("cadence_days.{place}"), "Must be an English week day such as monday.")
            }
        }
    }
    Some(Some(days))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_fault_at_once() {
        let body = json!({
            "email": "nobody", "first_name": 7, "phone_1": "1".repeat(21), "timezone": "Nowhere",
            "associated_members": [1, "x"], "cadence_days": ["monday", "someday"],
        });
        let Err(Refusal::Invalid(errors)) = read_create(&body) else { panic!("accepted") };
        let named: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(
            named,
            ["associated_members.1", "cadence_days.1", "email", "first_name", "phone_1", "timezone"]
        );
    }

    #[test]
    fn a_name_is_split_and_explicit_names_win() {
        let read = read_create(&json!({"email": "a@b.org", "name": "Ann Lee", "last_name": "Li"})).unwrap();
        assert_eq!(
            read.change.profile,
            [(ProfileField::FirstName, Some("Ann".into())), (ProfileField::LastName, Some("Li".into()))]
        );
    }

    #[test]
    fn phone_is_phone_1_and_unknown_keys_are_told() {
        let read = read_create(&json!({"email": "a@b.org", "phone": "1", "shoe_size": 9})).unwrap();
        assert_eq!(read.change.profile, [(ProfileField::Phone1, Some("1".into()))]);
        assert_eq!(read.warnings.len(), 1);
        assert!(read.warnings[0].contains("shoe_size"));
    }

    #[test]
    fn null_clears_and_absent_stays() {
        let read = read_update(&json!({"company_name": null, "cadence_days": null})).unwrap();
        assert_eq!(read.change.profile, [(ProfileField::CompanyName, None)]);
        assert_eq!(read.change.cadence_days, Some(None));
        assert_eq!(read.change.associated_members, None);
    }
}
