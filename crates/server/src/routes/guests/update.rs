//! `PUT /organizations/{org}/guests/{guest}`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::{Guest, UpdateGuestBody, read_update};
use hospes_model::Refusal;
use hospes_model::member::Action;
use hospes_store::guests;

use super::{changed_reply, guest_ref};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::query::Query;

/// Change a guest's profile.
///
/// Any field may be given; what is absent stays as it is, null clears. Answers
/// 201, as the published clients expect.
#[utoipa::path(
    put, path = "/organizations/{org}/guests/{guest}", tag = "guests",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    request_body = UpdateGuestBody,
    responses((status = 201, description = "The changed guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let guest = guest_ref(&subject)?;
    let update = read_update(&change.json()?)?;
    let with_stats = Query::new(uri.query().unwrap_or_default()).includes("stats");
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let expected = change.expected();
    change
        .run(move |tx| {
            let changed = guests::update::<Error>(tx, org, &guest, &expected, &update.change, &cause)?;
            if update.email.as_ref().is_some_and(|email| !email.is_same(&changed.email)) {
                return Err(Refusal::field(
                    "email",
                    "The email cannot be changed here. Send it to the guest's /email route.",
                )
                .into());
            }
            changed_reply(&app, StatusCode::CREATED, &changed, with_stats, &update.warnings)
        })
        .await
}
