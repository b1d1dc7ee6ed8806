//! `GET /organizations/{org}/checklists/{checklist}/automated-actions`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::templates::rules::Rule;

use super::super::list::{InnerPage, answer_inner};
use crate::app::App;
use crate::caller::{Caller, Subjects};
use crate::error::Error;
use crate::openapi::ReadErrors;

/// List the rules of a template.
///
/// In the order in which they are tried.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}/automated-actions", tag = "templates",
    operation_id = "list_rules",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        InnerPage
    ),
    responses(
        (status = 200, description = "A page", body = List<Rule>),
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
        let rules = template.blueprint().automated_actions.iter().enumerate();
        cut.reply(rules.map(|(at, row)| Rule::new(template, at, row)).collect())
    })
    .await
}
