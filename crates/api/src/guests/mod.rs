//! Guests on the wire (`list-guests.md`, `wire.md` 2.7, `clients.md` 2).

pub mod links;
mod rendered;
mod requests;

use hospes_model::MemberId;
use hospes_model::guest::{self, ProfileField, weekday_name};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

pub use rendered::{assemble, link_prefix, render, render_stats};
pub use requests::{
    ChangeEmailBody, CreateGuest, CreateGuestBody, ReadChange, UpdateGuest, UpdateGuestBody,
    read_change_email, read_create, read_update,
};

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
    /// Set while mail to the guest's address does not arrive: since when.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub unreachable_since: Option<Timestamp>,
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
                unreachable_since: guest.unreachable.as_ref().map(|since| since.at),
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
