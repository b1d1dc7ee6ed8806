//! `PUT /organizations/{org}/form-field/value`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::tasks::FormFieldEntry;
use hospes_api::tasks::of_run_request::{ValueBody, read_value};
use hospes_model::member::Action;

use super::store;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Store a value of a form field.
///
/// The value is named by its own id, as `GET …/runs/{run}/form-fields` shows
/// it, and not by that of the field. Null clears.
#[utoipa::path(
    put, path = "/organizations/{org}/form-field/value", tag = "runs",
    operation_id = "write_form_field_value",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = ValueBody,
    responses((status = 200, description = "The field with its value", body = Item<FormFieldEntry>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn write(change: Change) -> Result<Response, Error> {
    change.caller().may(Action::CompleteTasks)?;
    let value = read_value(&change.json()?)?;
    store(change, value, None).await
}
