//! `DELETE /organizations/{org}/guests/{guest}/sessions`.

use axum::response::Response;
use hospes_api::envelope::Collection;
use hospes_api::guests::links::GuestSession;
use hospes_model::member::Action;
use hospes_store::workplace::sessions::Which;

use super::super::guest_ref;
use super::end;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// End every session of a guest.
///
/// The guest is signed out everywhere at once. The link stays; reset it if it
/// fell into wrong hands.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}/sessions", tag = "guests",
    operation_id = "end_guest_sessions",
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
