//! Members on the wire (`wire.md` 2.6). What callers send is read in
//! [`requests`].

pub mod requests;

use hospes_model::group::Group;
use hospes_model::member::{Member, MemberStatus};
use hospes_model::{GroupId, MemberId, OrgId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// A positive integer.
    #[schema(value_type = i64)]
    pub id: MemberId,
    /// The e-mail address.
    pub email: String,
    /// Always null: members sign in with their address.
    pub username: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Both names.
    pub full_name: String,
    /// A picture's address.
    pub profile_pic: Option<String>,
    /// Whether the member is active.
    pub is_active: bool,
    /// `admin`, `standard` or `light`.
    pub role: &'static str,
    /// `active`, `invited` or `disabled`.
    pub status: &'static str,
    /// IANA time zone.
    pub timezone: String,
    /// The zone's offset from UTC now, such as `-05:00`.
    #[serde(rename = "UTC_offset")]
    pub utc_offset: String,
    /// Whether this is the organization's default administrator.
    pub is_default_admin: bool,
    /// Telephone.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// What the job is.
    pub job_description: Option<String>,
    /// Team.
    pub team: Option<String>,
    /// A number for a country.
    pub country_id: Option<i64>,
    /// `mm/dd/yyyy` or `dd/mm/yyyy`.
    pub date_format: Option<String>,
    /// The member who asked the person to join.
    #[schema(value_type = Option<i64>)]
    pub invited_by: Option<MemberId>,
    /// When an administrator approved of the person.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub approved_at: Option<Timestamp>,
    /// When the person came in for the first time.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activated_at: Option<Timestamp>,
    /// Set while disabled.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Who disabled the member.
    #[schema(value_type = Option<i64>)]
    pub disabled_by: Option<MemberId>,
    /// When the member was enabled last.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reactivated_at: Option<Timestamp>,
    /// Who enabled the member last.
    #[schema(value_type = Option<i64>)]
    pub reactivated_by: Option<MemberId>,
    /// When the person joined the organization.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the record last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Only with `with=groups`: the member's groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub groups: Option<Included<UserGroup>>,
}

/// A group that a member is in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserGroup {
    /// The group's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: GroupId,
    /// The name.
    pub name: String,
    /// A picture's address.
    pub logo: Option<String>,
    /// Ids of its members.
    #[schema(value_type = Vec<i64>)]
    pub members: Vec<MemberId>,
    /// Addresses of its guests.
    pub guests: Vec<String>,
}

impl UserGroup {
    /// A group in short.
    pub fn new(group: &Group) -> Self {
        Self {
            id: group.id,
            name: group.name.clone(),
            logo: group.logo.clone(),
            members: group.members.clone(),
            guests: group.guests.iter().map(|guest| guest.email.as_str().to_owned()).collect(),
        }
    }
}

/// An include with its entries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Included<T> {
    /// The entries.
    pub data: Vec<T>,
}

/// An include that has no entries.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub struct EmptyInclude {
    /// No entries.
    #[schema(value_type = Vec<Object>)]
    pub data: [(); 0],
}

impl User {
    /// A member as seen at `now`.
    pub fn new(member: &Member, now: Timestamp) -> Self {
        Self {
            id: member.id,
            email: member.email.as_str().to_owned(),
            username: None,
            first_name: member.first_name.clone(),
            last_name: member.last_name.clone(),
            full_name: format!("{} {}", member.first_name, member.last_name).trim().to_owned(),
            profile_pic: None,
            is_active: member.status == MemberStatus::Active,
            role: member.role.as_str(),
            status: member.status.as_str(),
            timezone: member.timezone.clone(),
            utc_offset: utc_offset(&member.timezone, now),
            is_default_admin: member.is_default_admin,
            phone: member.details.phone.clone(),
            job_title: member.details.job_title.clone(),
            job_description: member.details.job_description.clone(),
            team: member.details.team.clone(),
            country_id: member.details.country_id,
            date_format: member.details.date_format.clone(),
            invited_by: member.invited_by,
            approved_at: member.approved_at,
            activated_at: member.activated_at,
            disabled_at: member.disabled.map(|stamp| stamp.at),
            disabled_by: member.disabled.and_then(|stamp| stamp.by),
            reactivated_at: member.reactivated.map(|stamp| stamp.at),
            reactivated_by: member.reactivated.and_then(|stamp| stamp.by),
            created_at: member.created_at,
            updated_at: member.updated_at,
            groups: None,
        }
    }
}

fn utc_offset(zone: &str, now: Timestamp) -> String {
    let seconds = jiff::tz::TimeZone::get(zone).map_or(0, |zone| zone.to_offset(now).seconds());
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", seconds.abs() / 3600, seconds.abs() % 3600 / 60)
}

/// What an invitation is accepted with. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationLink {
    /// The invited member.
    #[schema(value_type = i64)]
    pub user_id: MemberId,
    /// The member's address.
    pub email: String,
    /// The secret, to be sent as `secret` to `accept_url`. The one before does
    /// not work any more.
    pub secret: String,
    /// Where invitations are accepted.
    pub accept_url: String,
}

/// What somebody who accepted an invitation works with. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// The token, for the `Authorization` header.
    pub token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// When the token stops working.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The organization that the token is for.
    #[schema(value_type = String)]
    pub organization_id: OrgId,
    /// The member.
    pub user: User,
}

/// A member in the short list.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserListEntry {
    /// A positive integer.
    #[schema(value_type = i64)]
    pub id: MemberId,
    /// The e-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Both names.
    pub full_name: String,
    /// `active`, `invited` or `disabled`.
    pub status: &'static str,
    /// `admin`, `standard` or `light`.
    pub role: &'static str,
}

impl UserListEntry {
    /// A member in short.
    pub fn new(member: &Member) -> Self {
        Self {
            id: member.id,
            email: member.email.as_str().to_owned(),
            first_name: member.first_name.clone(),
            last_name: member.last_name.clone(),
            full_name: format!("{} {}", member.first_name, member.last_name).trim().to_owned(),
            status: member.status.as_str(),
            role: member.role.as_str(),
        }
    }
}
