//! `GET /organizations/{org}/checklists/{checklist}/automated-actions`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::templates::rules::Rule;
use hospes_model::member::Action;

use super::super::find;
use super::super::list::InnerPage;
use crate::app::App;
use crate::caller::{Caller, Subjects};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::query::Query;
use crate::reply::Reply;
use crate::slice::{self, Address};

/// List the rules of a template.
///
/// In the order in which they are tried.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}/automated-actions", tag = "templates",
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
    caller.may(Action::ReadTemplates)?;
    let id = subjects.id("checklist")?;
    let mut query = Query::new(uri.query().unwrap_or_default());
    let page = query.page(InnerPage::PER_PAGE);
    query.finish()?;
    let template = app.store.read(move |tx| find(tx, &caller, id)).await?;
    let rules = template.blueprint().automated_actions.iter().enumerate();
    let all: Vec<Rule<'_>> = rules.map(|(at, row)| Rule::new(&template, at, row)).collect();
    let address = Address::of(&app, &headers, &uri);
    Ok(Reply::ok(&slice::page(all, page, &address))?.unless_known(&headers))
}
