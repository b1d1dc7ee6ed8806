//! The organization in the path.

pub mod read;
pub mod update;

use hospes_api::organizations::{DefaultDeadline, Organization, WorkingDays};
use hospes_model::guest::weekday_name;
use hospes_store::orgs::Org;

use crate::app::App;
use crate::workplace::assets;

/// An organization on the wire.
pub(crate) fn organization(app: &App, org: &Org, users_count: i64) -> Organization {
    let settings = &org.settings;
    Organization {
        id: org.id.to_string(),
        name: org.name.clone(),
        timezone: org.timezone.clone(),
        users_count,
        working_days: WorkingDays::new(&settings.working_days),
        default_deadline: DefaultDeadline::of(settings),
        maximum_group_assignment_limit: settings.maximum_group_assignment_limit,
        allow_user_invite: settings.allow_user_invite,
        allow_manage_groups: settings.allow_manage_groups,
        guest_cadence_days: settings.guest_cadence_days.iter().copied().map(weekday_name).collect(),
        issues_reopen_tasks: settings.issues_reopen_tasks,
        guest_link_policy: settings.guest_link_policy.as_str(),
        guest_link_strict_days: settings.guest_link_strict_days,
        guest_color: settings.guest_color.clone(),
        logo: logo(app, org),
        created_at: org.created_at,
    }
}

/// Where an organization's logo is.
fn logo(app: &App, org: &Org) -> Option<String> {
    let base = app.settings.public_url.trim_end_matches('/');
    org.settings.logo.as_ref().map(|logo| format!("{base}{}", assets::logo(logo)))
}

/// The `ETag` of an organization. The number of members is part of it, because
/// it is shown and changes without the rest; `If-Match` looks at the revision
/// only.
fn etag(org: &Org, users_count: i64) -> String {
    format!("{}-{users_count}", org.revision)
}
