//! `DELETE /organizations/{org}/guests/{guest}/disable`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;
use hospes_model::member::Action;
use hospes_store::guests;

use super::{changed_reply, guest_ref};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Disable a guest.
///
/// Tasks stay assigned. Disabling twice changes nothing more.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}/disable", tag = "guests",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn disable(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerGuests)?;
    let guest = guest_ref(&subject)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let expected = change.expected_guest();
    change
        .run(move |tx| {
            let changed = guests::set_disabled::<Error>(tx, org, &guest, &expected, true, &cause)?;
            changed_reply(&app, StatusCode::OK, &changed, false, &[])
        })
        .await
}
