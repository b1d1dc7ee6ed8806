//! What callers send about members, read with every fault named at once.

use hospes_model::guest::split_name;
use hospes_model::member::{Invitation, MESSAGE_LIMIT, MemberChange, Role, check_name};
use hospes_model::task::form::{check_line, check_lines, check_long_text};
use hospes_model::{EmailAddress, MemberId, Refusal};
use serde_json::Value;
use utoipa::ToSchema;

use crate::fields::{Fields, member_id};
use crate::keys::read_flag;

/// A request to invite somebody, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = InviteUser)]
pub struct InviteBody {
    /// The address; neither a member's nor a guest's of this organization.
    #[schema(required, max_length = 254, example = "dora@firm.example")]
    pub email: String,
    /// First name.
    #[schema(max_length = 32, example = "Dora")]
    pub first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 32, example = "Dean")]
    pub last_name: Option<String>,
    /// Both names, split at the first blank where they are not given alone.
    #[schema(max_length = 65, example = "Dora Dean")]
    pub name: Option<String>,
    /// `admin`, `standard` or `light`.
    #[schema(required, example = "light", pattern = "^(admin|standard|light)$")]
    pub role: String,
    /// What is said to them.
    #[schema(max_length = 5000)]
    pub message: Option<String>,
}

/// A request to change a member, for the OpenAPI document. What is absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateUser)]
pub struct UpdateBody {
    /// First name.
    #[schema(min_length = 1, max_length = 32, example = "Dora", nullable = false)]
    pub first_name: Option<String>,
    /// Last name.
    #[schema(min_length = 1, max_length = 32, example = "Dean", nullable = false)]
    pub last_name: Option<String>,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin", nullable = false)]
    pub timezone: Option<String>,
    /// Telephone.
    #[schema(max_length = 20)]
    pub phone: Option<String>,
    /// Job title.
    #[schema(max_length = 200)]
    pub job_title: Option<String>,
    /// What the job is.
    #[schema(max_length = 30000)]
    pub job_description: Option<String>,
    /// Team.
    #[schema(max_length = 200)]
    pub team: Option<String>,
    /// A number for a country.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub country_id: Option<i64>,
    /// `mm/dd/yyyy` or `dd/mm/yyyy`, in any case.
    #[schema(pattern = "^(mm/dd/yyyy|dd/mm/yyyy)$", example = "dd/mm/yyyy")]
    pub date_format: Option<String>,
}

/// A request to change a role, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = ChangeUserRole)]
pub struct RoleBody {
    /// `admin`, `standard` or `light`.
    #[schema(required, example = "light", pattern = "^(admin|standard|light)$")]
    pub role: String,
}

/// A request to disable a member, for the OpenAPI document. The same may be said
/// in the query.
#[derive(Debug, ToSchema)]
#[schema(as = DisableUser)]
pub struct DisableBody {
    /// Whether somebody else takes over what is still to be done.
    pub with_reassignment: Option<bool>,
    /// The active member who does.
    pub to: Option<i64>,
}

/// A request to turn a guest into a member, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = GuestToMember)]
pub struct ToMemberBody {
    /// `standard` when nothing is said.
    #[schema(example = "light", pattern = "^(admin|standard|light)$", nullable = false)]
    pub role: Option<String>,
}

/// A request to accept an invitation, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = AcceptInvitation)]
pub struct AcceptBody {
    /// The secret of the invitation.
    #[schema(required, min_length = 1, max_length = 200, example = "hospes_invitation_0123")]
    pub secret: String,
    /// First name, instead of the one that the invitation has.
    #[schema(min_length = 1, max_length = 32, example = "Dora", nullable = false)]
    pub first_name: Option<String>,
    /// Last name, in the same way.
    #[schema(min_length = 1, max_length = 32, example = "Dean", nullable = false)]
    pub last_name: Option<String>,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin", nullable = false)]
    pub timezone: Option<String>,
}

/// Something that was read, and what was ignored.
#[derive(Debug)]
pub struct Read<T> {
    /// What was asked for.
    pub wish: T,
    /// What was ignored, in sentences.
    pub warnings: Vec<String>,
}

fn finish<T>(fields: Fields<'_>, wish: Option<T>) -> Result<Read<T>, Refusal> {
    let warnings = fields.unknown();
    fields.finish()?;
    // Without a fault everything required is there.
    let wish = wish.ok_or_else(|| Refusal::field("body", "The body is not complete."))?;
    Ok(Read { wish, warnings })
}

/// Reads an invitation.
pub fn read_invite(body: &Value) -> Result<Read<Invitation>, Refusal> {
    let mut fields = Fields::new(body)?;
    let email = fields.required_text("email").map(EmailAddress::parse);
    let email = email.and_then(|email| {
        fields.checked("email", email.map_err(|_| "must be a valid email address".to_owned()))
    });
    let (first, last) = fields.text("name").map(split_name).unwrap_or_default();
    // Who is called by one name has no last one.
    let has_whole = first.is_some();
    let first_name = read_name(&mut fields, "first_name", first, false);
    let last_name = read_name(&mut fields, "last_name", last, has_whole);
    let role = read_role(&mut fields, true);
    let message = match fields.text("message") {
        None => Some(String::new()),
        Some(text) => fields.checked("message", check_message(text)),
    };
    let wish = email.zip(first_name).zip(last_name).zip(role).zip(message).map(
        |((((email, first_name), last_name), role), message)| Invitation {
            email,
            first_name,
            last_name,
            role,
            message,
        },
    );
    finish(fields, wish)
}

/// A name alone, or its part of the whole one.
fn read_name<'a>(
    fields: &mut Fields<'a>,
    key: &'a str,
    whole: Option<String>,
    may_be_empty: bool,
) -> Option<String> {
    if fields.value(key).is_some_and(|value| !value.is_string()) {
        fields.text(key);
        return None;
    }
    match fields.text(key).map(str::to_owned).or(whole) {
        None if may_be_empty => Some(String::new()),
        text => fields.checked(key, check_name(&text.unwrap_or_default())),
    }
}

fn check_message(text: &str) -> Result<String, String> {
    let text = text.trim();
    check_lines(text)?;
    if text.chars().count() > MESSAGE_LIMIT {
        return Err(format!("may not be greater than {MESSAGE_LIMIT} characters"));
    }
    Ok(text.to_owned())
}

fn read_role(fields: &mut Fields<'_>, required: bool) -> Option<Role> {
    if !required && fields.take("role").is_none() {
        return None;
    }
    let role = fields.required_text("role")?;
    let role = Role::parse(role).ok_or_else(|| "must be one of: admin, standard, light".to_owned());
    fields.checked("role", role)
}

/// Reads a change of a member.
pub fn read_update(body: &Value) -> Result<Read<MemberChange>, Refusal> {
    let mut fields = Fields::new(body)?;
    let mut change = read_person(&mut fields);
    change.phone = read_short(&mut fields, "phone", 20);
    change.job_title = read_short(&mut fields, "job_title", 200);
    change.team = read_short(&mut fields, "team", 200);
    if fields.take("job_description").is_some() {
        let text = fields.text("job_description").map_or(Ok(None), check_long_text);
        change.job_description = fields.checked("job_description", text);
    }
    if fields.take("country_id").is_some() {
        let number = |value: &Value| value.as_i64().filter(|id| (1..=i64::from(i32::MAX)).contains(id));
        let id = fields.value("country_id").map(|value| number(value).ok_or("must be a positive integer"));
        change.country_id = fields.checked("country_id", id.transpose().map_err(str::to_owned));
    }
    if fields.take("date_format").is_some() {
        let known = |text: &str| {
            let folded = text.trim().to_ascii_lowercase();
            let is_known = matches!(folded.as_str(), "mm/dd/yyyy" | "dd/mm/yyyy");
            if is_known { Ok(folded) } else { Err("must be mm/dd/yyyy or dd/mm/yyyy".to_owned()) }
        };
        let format = fields.text("date_format").map(known).transpose();
        change.date_format = fields.checked("date_format", format);
    }
    finish(fields, Some(change))
}

/// Names and time zone, which may be absent, but neither null nor blank.
fn read_person(fields: &mut Fields<'_>) -> MemberChange {
    let mut change = MemberChange::default();
    for (key, place) in [("first_name", &mut change.first_name), ("last_name", &mut change.last_name)] {
        if fields.take(key).is_some() {
            let name = fields.required_text(key).map(check_name);
            *place = name.and_then(|name| fields.checked(key, name));
        }
    }
    if fields.take("timezone").is_some() {
        let zone = fields.required_text("timezone").map(|text| {
            let zone = jiff::tz::TimeZone::get(text.trim());
            let zone = zone.map_err(|_| "must be an IANA time zone such as Europe/Berlin".to_owned())?;
            Ok(zone.iana_name().unwrap_or(text).to_owned())
        });
        change.timezone = zone.and_then(|zone| fields.checked("timezone", zone));
    }
    change
}

#[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
fn read_short<'a>(fields: &mut Fields<'a>, key: &'a str, limit: usize) -> Option<Option<String>> {
    fields.take(key)?;
    let text = fields.text(key).map(str::trim).filter(|text| !text.is_empty());
    let checked = text.map(|text| {
        check_line(text)?;
        if text.chars().count() > limit {
            return Err(format!("may not be greater than {limit} characters"));
        }
        Ok(text.to_owned())
    });
    fields.checked(key, checked.transpose())
}

/// Reads a change of a role.
pub fn read_change_role(body: &Value) -> Result<Read<Role>, Refusal> {
    let mut fields = Fields::new(body)?;
    let role = read_role(&mut fields, true);
    finish(fields, role)
}

/// Reads who takes over from a member who is disabled, from the body or from the
/// query's `with_reassignment` and `to`.
pub fn read_disable(
    body: &Value,
    with_reassignment: Option<bool>,
    to: Option<&str>,
) -> Result<Read<Option<MemberId>>, Refusal> {
    let mut fields = Fields::new(body)?;
    let wanted = read_flag(&mut fields, "with_reassignment").or(with_reassignment);
    let given = fields.value("to").cloned().or_else(|| to.map(Value::from));
    let to = match &given {
        None if wanted == Some(true) => {
            fields.fault("to", "The to field is required with with_reassignment.");
            None
        }
        None => None,
        Some(_) if wanted == Some(false) => None,
        Some(value) => {
            let id = member_id(value).ok_or_else(|| "must be the id of a member".to_owned());
            fields.checked("to", id)
        }
    };
    finish(fields, Some(to))
}

/// Reads the role that a guest shall have as a member.
pub fn read_to_member(body: &Value) -> Result<Read<Role>, Refusal> {
    let mut fields = Fields::new(body)?;
    let role = read_role(&mut fields, false);
    // Without a role, the one that the product gives; a faulty one is told.
    finish(fields, Some(role.unwrap_or(Role::Standard)))
}

/// Reads the acceptance of an invitation: the secret, and what the person says of
/// themselves.
pub fn read_accept(body: &Value) -> Result<Read<(String, MemberChange)>, Refusal> {
    let mut fields = Fields::new(body)?;
    let secret = fields.required_text("secret").map(|text| text.trim().to_owned());
    let change = read_person(&mut fields);
    finish(fields, secret.map(|secret| (secret, change)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults<T: std::fmt::Debug>(read: Result<Read<T>, Refusal>) -> Vec<String> {
        match read {
            Err(Refusal::Invalid(errors)) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_invitation_has_names_in_either_form() {
        let read = |body| read_invite(&body).unwrap().wish;
        let plain =
            read(json!({"email": "a@b.example", "first_name": "A", "last_name": "B", "role": "Light"}));
        assert_eq!(
            (plain.first_name.as_str(), plain.last_name.as_str(), plain.role),
            ("A", "B", Role::Light)
        );
        let whole =
            read(json!({"email": "a@b.example", "name": "Ann van Lee", "role": "admin", "message": " Hi "}));
        assert_eq!((whole.first_name.as_str(), whole.last_name.as_str()), ("Ann", "van Lee"));
        assert_eq!(whole.message, "Hi");
        let one = read(json!({"email": "a@b.example", "name": "Ann", "role": "admin"}));
        assert_eq!((one.first_name.as_str(), one.last_name.as_str()), ("Ann", ""));
        assert_eq!(
            faults(read_invite(&json!({"message": "x".repeat(5001)}))),
            ["email", "first_name", "last_name", "message", "role"]
        );
        let wrong =
            json!({"email": "x", "first_name": "http://x", "last_name": 7, "role": "boss", "message": 1});
        assert_eq!(faults(read_invite(&wrong)), ["email", "first_name", "last_name", "message", "role"]);
    }

    #[test]
    fn a_change_may_be_partial_and_null_clears_what_can_be_empty() {
        let read = |body| read_update(&body).unwrap().wish;
        assert_eq!(read(json!({})), MemberChange::default());
        let change =
            read(json!({"phone": null, "team": " ", "country_id": null, "date_format": "DD/MM/YYYY"}));
        assert_eq!((change.phone, change.team, change.country_id), (Some(None), Some(None), Some(None)));
        assert_eq!(change.date_format, Some(Some("dd/mm/yyyy".to_owned())));
        let wrong = json!({
            "first_name": null, "last_name": "www.x.example", "timezone": "Nowhere", "phone": "1".repeat(21),
            "job_title": 3, "team": "a\u{202e}", "country_id": 0, "date_format": "yyyy", "job_description": 1,
        });
        assert_eq!(
            faults(read_update(&wrong)),
            [
                "country_id",
                "date_format",
                "first_name",
                "job_description",
                "job_title",
                "last_name",
                "phone",
                "team",
                "timezone"
            ]
        );
    }

    #[test]
    fn who_takes_over_may_be_said_in_the_query_or_in_the_body() {
        let read = |body, flag, to| read_disable(&body, flag, to).map(|read| read.wish.map(MemberId::get));
        assert_eq!(read(json!({}), None, None), Ok(None));
        assert_eq!(read(json!({}), Some(true), Some("7")), Ok(Some(7)));
        assert_eq!(read(json!({"with_reassignment": true, "to": 8}), None, Some("7")), Ok(Some(8)));
        assert_eq!(read(json!({"with_reassignment": false, "to": 8}), None, None), Ok(None));
        for (body, to) in
            [(json!({"with_reassignment": true}), None), (json!({}), Some("x")), (json!({"to": 0}), None)]
        {
            assert_eq!(faults(read_disable(&body, None, to)), ["to"]);
        }
    }
}
