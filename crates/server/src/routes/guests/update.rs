//! `PUT /organizations/{org}/guests/{guest}`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::{Guest, ReadChange, UpdateGuest, UpdateGuestBody, read_update};
use hospes_model::member::Action;
use hospes_model::{EmailAddress, OrgNo, Refusal};
use hospes_store::guests::{self, GuestRef};

use super::{changed_reply, guest_ref};
use crate::app::App;
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
    operation_id = "update_guest",
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
    let UpdateGuest { email, read } = read_update(&change.json()?)?;
    let with_stats = Query::new(uri.query().unwrap_or_default()).includes("stats");
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    if !read.faults.is_empty() {
        return Err(refuse(&app, org, guest, email, read).await);
    }
    let expected = change.expected();
    change
        .run(move |tx| {
            let (email, change) = (email.as_ref(), &read.change);
            let changed = guests::update::<Error>(tx, org, &guest, &expected, email, change, &cause)?;
            changed_reply(&app, StatusCode::CREATED, &changed, with_stats, &read.warnings)
        })
        .await
}

/// Refuses a faulty request, with what the database finds wrong besides.
async fn refuse(
    app: &App,
    org: OrgNo,
    guest: GuestRef,
    email: Option<EmailAddress>,
    read: ReadChange,
) -> Error {
    let found = app.store.read(move |tx| {
        let mut faults = read.faults.clone();
        guests::faults::of_update::<Error>(tx, org, &guest, email.as_ref(), &read.associates, &mut faults)?;
        Ok::<_, Error>(faults)
    });
    found.await.map_or_else(|error| error, |faults| Refusal::Invalid(faults).into())
}
