//! Requests about guests, read into model values.

use hospes_model::guest::{GuestChange, ProfileField, split_name};
use hospes_model::{EmailAddress, FieldErrors, MemberId, Refusal};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::Fields;

/// What both requests below may say of a guest, for the OpenAPI document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestProfile)]
pub struct GuestProfileBody {
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
    /// Ids of active members; replaces the list.
    pub associated_members: Option<Vec<i64>>,
}

/// A request to create a guest, for the OpenAPI document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreateGuest)]
pub struct CreateGuestBody {
    /// The address; neither a member's nor a guest's of this organization.
    #[schema(required, max_length = 254, example = "carl@client.example")]
    pub email: String,
    /// Everything else.
    #[serde(flatten)]
    pub profile: GuestProfileBody,
}

/// A request to change a guest, for the OpenAPI document: any of the fields;
/// null clears, what is absent stays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpdateGuest)]
pub struct UpdateGuestBody {
    /// May be given when it is the guest's own; another one is refused (use the
    /// route that changes the address).
    pub email: Option<String>,
    /// What to change.
    #[serde(flatten)]
    pub profile: GuestProfileBody,
}

/// A request to give a guest another address.
#[derive(Debug, ToSchema)]
#[schema(as = ChangeGuestEmail)]
pub struct ChangeEmailBody {
    /// The new address.
    #[schema(required, max_length = 254)]
    pub email: String,
}

/// A create request that was read. Its faults are kept, so that they can be
/// told together with those that only the database knows.
#[derive(Debug)]
pub struct CreateGuest {
    /// The address; `None` only where `faults` says what is wrong with it.
    pub email: Option<EmailAddress>,
    /// Everything else.
    pub read: ReadChange,
}

/// An update request that was read, with its faults.
#[derive(Debug)]
pub struct UpdateGuest {
    /// The address given, which must be the guest's own.
    pub email: Option<EmailAddress>,
    /// Everything else.
    pub read: ReadChange,
}

/// What both requests have in common.
#[derive(Debug)]
pub struct ReadChange {
    /// What to change; not to be used when there are faults.
    pub change: GuestChange,
    /// The associated members that could be read, with their places in the
    /// caller's list.
    pub associates: Vec<(usize, MemberId)>,
    /// What is wrong with the request.
    pub faults: FieldErrors,
    /// What was ignored.
    pub warnings: Vec<String>,
}

const EMAIL_FAULT: &str = "The email must be a valid email address.";

/// Reads a create request. Refused is only what is no object.
pub fn read_create(body: &Value) -> Result<CreateGuest, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.required_text("email");
    let email = read_email(&mut fields, email);
    Ok(CreateGuest { email, read: read_change(fields) })
}

/// Reads an update request. Refused is only what is no object.
pub fn read_update(body: &Value) -> Result<UpdateGuest, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.text("email");
    let email = read_email(&mut fields, email);
    Ok(UpdateGuest { email, read: read_change(fields) })
}

fn read_email(fields: &mut Fields<'_>, text: Option<&str>) -> Option<EmailAddress> {
    let email = text.map(EmailAddress::parse);
    if matches!(email, Some(Err(_))) {
        fields.fault("email", EMAIL_FAULT);
    }
    email.and_then(Result::ok)
}

/// Reads a request for another address.
pub fn read_change_email(body: &Value) -> Result<EmailAddress, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.required_text("email");
    let email = read_email(&mut fields, email);
    fields.finish()?;
    email.ok_or_else(|| Refusal::field("email", EMAIL_FAULT))
}

/// Reads what creating and updating have in common.
fn read_change(mut fields: Fields<'_>) -> ReadChange {
    let mut change = GuestChange::default();
    let mut warnings = Vec::new();
    if let Some(name) = fields.text("name") {
        let (first, last) = split_name(name);
        for (field, part) in [(ProfileField::FirstName, first), (ProfileField::LastName, last)] {
            if let Some(part) = part {
                set_checked(&mut fields, &mut change, field, "name", Some(&part));
            }
        }
    }
    // The newer key is read later and wins.
    read_profile_text(&mut fields, &mut change, ProfileField::Phone1, "phone");
    for field in ProfileField::ALL {
        read_profile_text(&mut fields, &mut change, *field, field.name());
    }
    if let Some(status) = fields.text("status") {
        if status.chars().count() > 200 {
            fields.fault("status", "The status may not be greater than 200 characters.");
        } else if status != "active" {
            warnings.push("The field status was not kept: use disable and enable.".to_owned());
        }
    }
    change.cadence_days = fields.week_days("cadence_days");
    let associates = fields.member_ids("associated_members");
    change.associated_members =
        associates.as_ref().map(|members| members.iter().map(|(_, id)| *id).collect());
    warnings.extend(fields.unknown());
    ReadChange { change, associates: associates.unwrap_or_default(), faults: fields.into_faults(), warnings }
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
        let create = read_create(&body).unwrap();
        let named: Vec<&str> = create.read.faults.iter().map(|(field, _)| field).collect();
        assert_eq!(
            named,
            ["associated_members.1", "cadence_days.1", "email", "first_name", "phone_1", "timezone"]
        );
        assert_eq!(create.email, None);
        assert_eq!(create.read.associates, [(0, MemberId::new(1).unwrap())]);
    }

    #[test]
    fn a_name_is_split_and_explicit_names_win() {
        let CreateGuest { read, .. } =
            read_create(&json!({"email": "a@b.org", "name": "Ann Lee", "last_name": "Li"})).unwrap();
        assert_eq!(
            read.change.profile,
            [(ProfileField::FirstName, Some("Ann".into())), (ProfileField::LastName, Some("Li".into()))]
        );
    }

    #[test]
    fn phone_is_phone_1_and_unknown_keys_are_told() {
        let CreateGuest { read, .. } =
            read_create(&json!({"email": "a@b.org", "phone": "1", "shoe_size": 9})).unwrap();
        assert_eq!(read.change.profile, [(ProfileField::Phone1, Some("1".into()))]);
        assert_eq!(read.warnings.len(), 1);
        assert!(read.warnings[0].contains("shoe_size"));
    }

    #[test]
    fn null_clears_and_absent_stays() {
        let UpdateGuest { read, .. } =
            read_update(&json!({"company_name": null, "cadence_days": null})).unwrap();
        assert_eq!(read.change.profile, [(ProfileField::CompanyName, None)]);
        assert_eq!(read.change.cadence_days, Some(None));
        assert_eq!(read.change.associated_members, None);
    }
}
