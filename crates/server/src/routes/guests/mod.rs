//! Guests of an organization.

pub mod copy_link;
pub mod create;
pub mod disable;
pub mod email;
pub mod enable;
pub mod list;
pub mod read;
pub mod remove;
pub mod reset_link;
pub mod sessions;
pub mod short_list;
mod stream;
pub mod to_member;
pub mod update;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::{GuestStats, assemble};
use hospes_model::guest::Guest;
use hospes_model::member::Action;
use hospes_model::{FieldErrors, Refusal};
use hospes_store::guests::{self, GuestRef, Rendered};

use crate::app::App;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::reply::Reply;

/// Reads the guest that a path names: an address or a code.
pub(crate) fn guest_ref(subject: &str) -> Result<GuestRef, Error> {
    GuestRef::parse(subject).ok_or_else(Error::not_found)
}

/// The `ETag` of a guest: the profile's revision, and that of the statistics
/// where they are shown. `If-Match` looks at the first part only.
fn etag(profile_revision: i64, stats_revision: Option<i64>) -> String {
    match stats_revision {
        Some(stats_revision) => format!("{profile_revision}-{stats_revision}"),
        None => profile_revision.to_string(),
    }
}

/// The answer that shows a stored rendering.
fn rendered_reply(app: &App, guest: &Rendered, with_stats: bool) -> Reply {
    let mut body = Vec::with_capacity(2048);
    body.extend_from_slice(b"{\"data\":");
    assemble(&mut body, &guest.bytes, with_stats, &app.link_prefix);
    body.push(b'}');
    let tag = etag(guest.profile_revision, with_stats.then_some(guest.stats_revision));
    Reply { status: StatusCode::OK, etag: None, body: body.into() }.with_etag(&tag)
}

/// The answer to a change of a guest.
pub(super) fn changed_reply(
    app: &App,
    status: StatusCode,
    guest: &Guest,
    with_stats: bool,
    warnings: &[String],
) -> Result<Reply, Error> {
    let link = app.guest_link(&guest.code);
    let mut data = hospes_api::guests::Guest::new(guest);
    data.link = Some(&link);
    data.stats = with_stats.then(|| GuestStats::new(&guest.stats));
    let tag = etag(guest.profile_revision, with_stats.then_some(guest.stats_revision));
    Ok(Reply::json(status, &Item { data, warnings: warnings.to_vec() })?.with_etag(&tag))
}

/// Disables or enables the guest that a path names.
async fn set_disabled(subject: &str, change: Change, disabled: bool) -> Result<Response, Error> {
    change.caller().may(Action::AdministerGuests)?;
    let guest = guest_ref(subject)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let (expected, code) = (change.expected(), entropy::guest_code());
    change
        .run(move |tx| {
            let changed = guests::set_disabled::<Error>(tx, org, &guest, &expected, disabled, &code, &cause)?;
            changed_reply(&app, StatusCode::OK, &changed, false, &[])
        })
        .await
}

/// What the documentation says of removing a guest who is not there: 422, where
/// reading or changing one is 404 (`wire.md` Q28).
fn missing_is_invalid(error: Error) -> Error {
    if error.status() == StatusCode::NOT_FOUND {
        let mut errors = FieldErrors::default();
        errors.add("email", "The selected email is invalid.");
        return Refusal::Invalid(errors).into();
    }
    error
}
