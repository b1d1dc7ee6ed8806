//! `GET /organizations/{org}/guests/{guest}/sessions`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::Collection;
use hospes_api::guests::links::GuestSession;
use hospes_model::member::Action;
use hospes_store::guests;

use super::super::guest_ref;
use super::live;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;

/// List a guest's sessions.
///
/// The browsers in which the guest is signed in now, those that were used last
/// in front.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/sessions", tag = "guests",
    operation_id = "list_guest_sessions",
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
    Ok(reply.into_response())
}
