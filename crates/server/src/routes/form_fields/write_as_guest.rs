//! `POST /organizations/{org}/guests/{guest}/form-field/value`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::FormFieldEntry;
use hospes_api::tasks::of_run_request::{ValueBody, read_value};
use hospes_model::Refusal;
use hospes_model::member::Action;
use hospes_model::workflow::By;
use hospes_store::guests;

use super::store;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::guests::guest_ref;

/// Store a value of a form field for a guest.
///
/// What the guest may do counts: the value must belong to a task that the
/// guest is on, or to the kick-off form of a process that the guest has a task
/// in. The caller must be able to see it too.
#[utoipa::path(
    post, path = "/organizations/{org}/guests/{guest}/form-field/value", tag = "runs",
    operation_id = "write_form_field_value_as_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's address or code"),
        ChangeHeaders
    ),
    request_body = ValueBody,
    responses((status = 200, description = "The field with its value", body = Item<FormFieldEntry>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn write_as_guest(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let (guest, org) = (guest_ref(&subject)?, change.caller().org);
    let value = read_value(&change.json()?)?;
    let found = change.app().store.read(move |tx| guests::find(tx, org, &guest)).await?;
    let guest = found.ok_or_else(Error::not_found)?;
    if guest.disabled.is_some() {
        return Err(Refusal::Forbidden("The guest is disabled.").into());
    }
    store(change, value, Some(By::Guest(guest.email))).await
}
