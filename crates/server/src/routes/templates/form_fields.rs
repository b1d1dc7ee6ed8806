//! `GET /organizations/{org}/checklists/{checklist}/form-fields`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::FormFields;
use hospes_model::member::Action;

use super::{find, reply};
use crate::app::App;
use crate::caller::{Caller, Subjects};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::conditional;

/// Read all form fields of a template.
///
/// Those of the kick-off form and those of the steps.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}/form-fields", tag = "templates",
    operation_id = "list_form_fields_of_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id")
    ),
    responses(
        (status = 200, description = "The fields", body = Item<FormFields>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn form_fields(
    State(app): State<Arc<App>>,
    caller: Caller,
    subjects: Subjects,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTemplates)?;
    let id = subjects.id("checklist")?;
    let template = app.store.read(move |tx| find(tx, &caller, id)).await?;
    let reply = reply(StatusCode::OK, FormFields::new(&template), &template, &[])?;
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
