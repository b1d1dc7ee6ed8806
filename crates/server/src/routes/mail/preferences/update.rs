//! `PUT /organizations/{org}/guests/{guest}/preferences`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::mail::{MailPreferences, PreferencesBody, read_preferences};
use hospes_model::mail::preferences::Preferences;
use hospes_model::member::Action;
use hospes_store::mail::preferences;

use super::shown;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;
use crate::routes::guests::guest_ref;

/// Change what a guest wants to be mailed.
///
/// What is absent stays. Reminders and ways in cannot be switched off.
#[utoipa::path(
    put, path = "/organizations/{org}/guests/{guest}/preferences", tag = "mail",
    operation_id = "update_guest_preferences",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    request_body = PreferencesBody,
    responses((status = 200, description = "The preferences", body = Item<MailPreferences>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let guest = guest_ref(&subject)?;
    let (wish, warnings) = read_preferences(&change.json()?)?;
    let (org, cause) = (change.caller().org, change.cause());
    change
        .run(move |tx| {
            let record = wish.of_guest();
            let wanted = |before: &Preferences| wish.applied_to(before);
            let (guest, after) = preferences::change::<Error>(tx, org, &guest, &record, &wanted, &cause)?;
            Reply::ok(&Item { data: shown(&guest, &after), warnings: warnings.clone() })
        })
        .await
}
