//! `GET` and `PUT /organizations/{org}/guests/{guest}/preferences`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::Item;
use hospes_api::mail::{MailPreferences, PreferencesBody, PreferencesChange, read_preferences};
use hospes_model::guest::{Guest, GuestChange, ProfileField};
use hospes_model::mail::preferences::Preferences;
use hospes_model::member::Action;
use hospes_store::guests;
use hospes_store::mail::preferences;

use super::key;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, ReadErrors, WriteErrors};
use crate::reply::Reply;
use crate::routes::guests::guest_ref;

fn shown(guest: &Guest, preferences: &Preferences) -> MailPreferences {
    let timezone = guest.profile.get(ProfileField::Timezone);
    MailPreferences::new(preferences, timezone, guest.cadence_days.as_deref())
}

/// The part of a change that is kept with the guest.
pub(crate) fn of_record(change: &PreferencesChange) -> GuestChange {
    let zone = change.timezone.clone().map(|zone| (ProfileField::Timezone, zone));
    GuestChange {
        profile: zone.into_iter().collect(),
        cadence_days: change.digest_days.clone(),
        ..GuestChange::default()
    }
}

/// Read what a guest wants to be mailed.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/preferences", tag = "mail",
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

/// Change what a guest wants to be mailed.
///
/// What is absent stays. Reminders and ways in cannot be switched off.
#[utoipa::path(
    put, path = "/organizations/{org}/guests/{guest}/preferences", tag = "mail",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    request_body = PreferencesBody,
    responses((status = 200, description = "The preferences", body = Item<MailPreferences>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn write(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let guest = guest_ref(&subject)?;
    let (wish, warnings) = read_preferences(&change.json()?)?;
    let (org, cause) = (change.caller().org, change.cause());
    change
        .run(move |tx| {
            let record = of_record(&wish);
            let wanted = |before: &Preferences| wish.applied_to(before);
            let (guest, after) = preferences::change::<Error>(tx, org, &guest, &record, &wanted, &cause)?;
            Reply::ok(&Item { data: shown(&guest, &after), warnings: warnings.clone() })
        })
        .await
}
