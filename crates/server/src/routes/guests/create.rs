//! `POST /organizations/{org}/guests`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::{CreateGuest, CreateGuestBody, Guest, ReadChange, read_create};
use hospes_model::member::Action;
use hospes_model::{EmailAddress, OrgNo, Refusal};
use hospes_store::guests;

use super::changed_reply;
use crate::app::App;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::query::Query;

/// Create a guest.
///
/// The address is enough. One that is a guest of another organization is
/// attached here as well, and neither organization sees what the other knows.
#[utoipa::path(
    post, path = "/organizations/{org}/guests", tag = "guests",
    operation_id = "create_guest",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = CreateGuestBody,
    responses((status = 201, description = "The new guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let CreateGuest { email, mut read } = read_create(&change.json()?)?;
    let with_stats = Query::new(uri.query().unwrap_or_default()).includes("stats");
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    // What is given again is neither checked nor counted again.
    let is_repeated = change.is_repeated().await?;
    if let Some(email) = email.as_ref().filter(|_| !is_repeated) {
        app.check_domain(email, "email", &mut read.faults).await;
    }
    let email = match email {
        Some(email) if read.faults.is_empty() => email,
        email => return Err(refuse(&app, org, email, read).await),
    };
    let reservation = app.limits.reserve_guests(org, usize::from(!is_repeated))?;
    let code = entropy::guest_code();
    change
        .run_reserved(reservation, move |tx| {
            let guest = guests::create::<Error>(tx, org, &code, &email, &read.change, &cause)?;
            changed_reply(&app, StatusCode::CREATED, &guest, with_stats, &read.warnings)
        })
        .await
}

/// Refuses a faulty request, with what the database finds wrong besides.
async fn refuse(app: &App, org: OrgNo, email: Option<EmailAddress>, read: ReadChange) -> Error {
    let found = app.store.read(move |tx| {
        let mut faults = read.faults.clone();
        guests::faults::of_creation(tx, org, email.as_ref(), &read.associates, &mut faults)?;
        Ok::<_, Error>(faults)
    });
    found.await.map_or_else(|error| error, |faults| Refusal::Invalid(faults).into())
}
