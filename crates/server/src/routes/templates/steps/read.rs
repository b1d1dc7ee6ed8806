//! `GET /organizations/{org}/checklists/{checklist}/steps/{step}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::steps::Step;
use hospes_model::member::Action;

use super::super::{find, reply_step};
use crate::app::App;
use crate::caller::{Caller, Subjects};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::conditional;

/// Read a step of a template.
///
/// Its `ETag` is that of the template.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}/steps/{step}", tag = "templates",
    operation_id = "read_step",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id")
    ),
    responses(
        (status = 200, description = "The step", body = Item<Step>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    subjects: Subjects,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTemplates)?;
    let (id, step) = (subjects.id("checklist")?, subjects.id("step")?);
    let template = app.store.read(move |tx| find(tx, &caller, id)).await?;
    let reply = reply_step(StatusCode::OK, &template, step, &[])?;
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
