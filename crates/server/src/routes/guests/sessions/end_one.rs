//! `DELETE /organizations/{org}/guests/{guest}/sessions/{session}`.

use axum::response::Response;
use hospes_api::envelope::Collection;
use hospes_api::guests::links::GuestSession;
use hospes_model::member::Action;
use hospes_store::workplace::sessions::Which;

use super::super::guest_ref;
use super::end;
use crate::caller::Within;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// End one session of a guest.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}/sessions/{session}", tag = "guests",
    operation_id = "end_guest_session",
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
