//! Links and sessions of guests, as members see them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

/// A browser that a guest is signed in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestSession {
    /// 32 hexadecimal digits; no secret.
    pub id: String,
    /// Browser and system in a few words.
    #[schema(example = "Firefox on Android")]
    pub device: String,
    /// What the guest got in with: `button`, the link alone; `link`, a mailed
    /// link; `code`, a mailed code.
    #[schema(example = "link")]
    pub proof: &'static str,
    /// The network address that was last seen, if addresses are kept.
    pub ip: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// When the session began.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
}

/// A guest's link, and what it opens.
#[derive(Debug, Serialize, ToSchema)]
pub struct CopiedLink {
    /// The address.
    #[schema(example = "https://guests.example.com/guest/…")]
    pub link: String,
    /// The organization's `guest_link_policy`.
    #[schema(example = "verify")]
    pub policy: &'static str,
    /// Whether the link alone opens the guest's tasks. Otherwise whoever opens it
    /// types a code that is mailed to the guest.
    pub opens_alone: bool,
}
