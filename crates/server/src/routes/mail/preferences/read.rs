//! `GET /organizations/{org}/guests/{guest}/preferences`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::Item;
use hospes_api::mail::MailPreferences;
use hospes_model::member::Action;
use hospes_store::guests;
use hospes_store::mail::preferences;

use super::super::key;
use super::shown;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;
use crate::routes::guests::guest_ref;

/// Read what a guest wants to be mailed.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/preferences", tag = "mail",
    operation_id = "read_guest_preferences",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code")
    ),
    responses((status = 200, description = "The preferences", body = Item<MailPreferences>), ReadErrors),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let guest = guest_ref(&subject)?;
    let (guest, wishes) = app
        .store
        .read(move |tx| {
            let key = key(tx, &caller, &guest)?;
            Ok::<_, Error>((guests::get(tx, key)?, preferences::get(tx, key)?))
        })
        .await?;
    Ok(Reply::ok(&Item::new(shown(&guest, &wishes)))?.into_response())
}
