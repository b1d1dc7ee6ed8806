//! The organization in the path.

pub mod read;

use hospes_api::organizations::Organization;
use hospes_store::orgs::Org;

/// An organization on the wire.
pub(crate) fn organization(org: &Org, users_count: i64) -> Organization {
    Organization {
        id: org.id.to_string(),
        name: org.name.clone(),
        timezone: org.timezone.clone(),
        users_count,
        created_at: org.created_at,
    }
}
