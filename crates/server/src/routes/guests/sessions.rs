//! `/organizations/{org}/guests/{guest}/sessions`: where a guest is signed in,
//! and signing the guest out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use hospes_api::envelope::Collection;
use hospes_api::guests::links::GuestSession;
use hospes_model::member::Action;
use hospes_model::{GuestKey, OrgNo};
use hospes_store::guests::{self, GuestRef};
use hospes_store::workplace::sessions::{self, Stored, Which};
use hospes_store::{Tx, orgs};
use jiff::Timestamp;

use super::guest_ref;
use crate::app::App;
use crate::caller::{Caller, Subject, Within};
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, ReadErrors, WriteErrors};
use crate::reply::Reply;

/// The sessions that would be let in now.
fn live(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, now: Timestamp) -> Result<Reply, Error> {
    let settings = orgs::get(tx, org)?.settings;
    let holds = |stored: &Stored| {
        stored.session.holds(settings.guest_link_policy, settings.guest_link_strict_days, now)
    };
    let all = sessions::list(tx, guest)?.into_iter().filter(holds);
    let data = all.map(|stored| GuestSession {
        id: stored.id.to_string(),
        device: stored.device,
        proof: stored.session.proof.as_str(),
        ip: stored.ip,
        country: stored.country,
        city: stored.city,
        created_at: stored.session.created_at,
        last_seen_at: stored.session.last_seen_at,
    });
    Reply::ok(&Collection { data: data.collect() })
}

/// List a guest's sessions.
///
/// The browsers in which the guest is signed in now, those that were used last
/// in front.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/sessions", tag = "guests",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code")
    ),
    responses((status = 200, description = "The sessions", body = Collection<GuestSession>), ReadErrors),
    security(("bearer" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
) -> Result<Response, Error> {
    caller.may(Action::AdministerGuests)?;
    let (org, guest, now) = (caller.org, guest_ref(&subject)?, app.clock.now());
    let reply = app
        .store
        .read(move |tx| {
            let key = guests::find_key(tx, org, &guest)?.ok_or_else(Error::not_found)?;
            live(tx, org, key, now)
        })
        .await?;
    Ok(axum::response::IntoResponse::into_response(reply))
}

/// End every session of a guest.
///
/// The guest is signed out everywhere at once. The link stays; reset it if it
/// fell into wrong hands.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}/sessions", tag = "guests",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses(
        (status = 200, description = "The sessions that are left: none", body = Collection<GuestSession>),
        WriteErrors
    ),
    security(("bearer" = []))
)]
pub async fn end_all(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerGuests)?;
    let guest = guest_ref(&subject)?;
    end(change, guest, Which::All).await
}

/// End one session of a guest.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}/sessions/{session}", tag = "guests",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ("session" = String, Path, description = "The session's id"),
        ChangeHeaders
    ),
    responses(
        (status = 200, description = "The sessions that are left", body = Collection<GuestSession>),
        WriteErrors
    ),
    security(("bearer" = []))
)]
pub async fn end_one(Within(subject, session): Within, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerGuests)?;
    let guest = guest_ref(&subject)?;
    let session = session.parse().map_err(|_| Error::not_found())?;
    end(change, guest, Which::One(session)).await
}

async fn end(change: Change, guest: GuestRef, which: Which) -> Result<Response, Error> {
    let (org, cause) = (change.caller().org, change.cause());
    change
        .run(move |tx| {
            orgs::lock(tx, org)?;
            let found = guests::find(tx, org, &guest)?.ok_or_else(Error::not_found)?;
            let ended = sessions::end(tx, org, &found, which, &cause)?;
            if ended == 0 && which != Which::All {
                return Err(Error::not_found());
            }
            live(tx, org, found.key, cause.at)
        })
        .await
}
