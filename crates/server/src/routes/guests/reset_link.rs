//! `PUT /organizations/{org}/guests/{guest}/reset-link`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;
use hospes_model::member::Action;
use hospes_store::guests::links;

use super::{changed_reply, guest_ref};
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Reset a guest's link.
///
/// The guest has a new link and a new code. The old link, every mailed link and
/// every session are dead at once; tasks and history stay. Whoever opens the old
/// link can have the new one mailed to the guest's address.
#[utoipa::path(
    put, path = "/organizations/{org}/guests/{guest}/reset-link", tag = "guests",
    operation_id = "reset_guest_link",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The guest with the new link", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn reset_link(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerGuests)?;
    let guest = guest_ref(&subject)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let (expected, code) = (change.expected(), entropy::guest_code());
    change
        .run(move |tx| {
            let changed = links::reset::<Error>(tx, org, &guest, &expected, &code, &cause)?;
            changed_reply(&app, StatusCode::OK, &changed, false, &[])
        })
        .await
}
