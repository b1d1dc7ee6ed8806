//! `POST /organizations/{org}/guests`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::{CreateGuestBody, Guest, read_create};
use hospes_model::FieldErrors;
use hospes_model::member::Action;
use hospes_store::guests;

use super::changed_reply;
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
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = CreateGuestBody,
    responses((status = 201, description = "The new guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let create = read_create(&change.json()?)?;
    let with_stats = Query::new(uri.query().unwrap_or_default()).includes("stats");
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let mut faults = FieldErrors::default();
    app.check_domain(&create.email, "email", &mut faults).await;
    faults.into_result()?;
    let new_guests = usize::from(!change.is_repeated().await?);
    let reservation = app.limits.reserve_guests(org, new_guests)?;
    let code = entropy::guest_code();
    change
        .run_reserved(reservation, move |tx| {
            let guest = guests::create::<Error>(tx, org, &code, &create.email, &create.change, &cause)?;
            changed_reply(&app, StatusCode::CREATED, &guest, with_stats, &create.warnings)
        })
        .await
}
