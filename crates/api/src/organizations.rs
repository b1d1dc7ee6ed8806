//! Organizations on the wire.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

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
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}
