//! `GET /organizations/{org}/checklists/{checklist}/steps`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::templates::steps::Step;

use super::super::list::{InnerPage, answer_inner};
use crate::app::App;
use crate::caller::{Caller, Subjects};
use crate::error::Error;
use crate::openapi::ReadErrors;

/// List the steps of a template.
///
/// In their order.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}/steps", tag = "templates",
    operation_id = "list_steps",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        InnerPage
    ),
    responses(
        (status = 200, description = "A page", body = List<Step>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    subjects: Subjects,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    answer_inner(&app, caller, &subjects, (&uri, &headers), |template, cut| {
        let steps = template.blueprint().steps.iter().enumerate();
        cut.reply(steps.map(|(at, row)| Step::new(template, at, row)).collect())
    })
    .await
}
