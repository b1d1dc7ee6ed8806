//! `PUT /organizations/{org}/guests/{guest}/email`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::{ChangeEmailBody, Guest, read_change_email};
use hospes_model::FieldErrors;
use hospes_model::member::Action;
use hospes_store::guests;

use super::{changed_reply, guest_ref};
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a guest's address.
///
/// Tasks and history stay; the old address names nobody afterwards. The guest
/// has a new link, and every session is ended, unless only the spelling of the
/// address is another one.
#[utoipa::path(
    put, path = "/organizations/{org}/guests/{guest}/email", tag = "guests",
    operation_id = "change_guest_email",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    request_body = ChangeEmailBody,
    responses((status = 200, description = "The guest at the new address", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn change_email(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let guest = guest_ref(&subject)?;
    let email = read_change_email(&change.json()?)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let mut faults = FieldErrors::default();
    app.check_domain(&email, "email", &mut faults).await;
    faults.into_result()?;
    let (expected, code) = (change.expected(), entropy::guest_code());
    change
        .run(move |tx| {
            let changed = guests::change_email::<Error>(tx, org, &guest, &expected, &email, &code, &cause)?;
            changed_reply(&app, StatusCode::OK, &changed, false, &[])
        })
        .await
}
