//! `GET /organizations/{org}/checklists/{checklist}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::Template;
use hospes_model::member::Action;

use super::{Changed, find, includes, reply_template, template_id};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::conditional;

/// Read a template.
///
/// The kick-off form and the rules are always in it. Archived templates, and
/// those that the caller may not know of, do not exist here.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}", tag = "templates",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("with" = Option<String>, Query, description = "`steps`, `stages`, `tags` and others, separated by \
            commas", example = "steps")
    ),
    responses(
        (status = 200, description = "The template", body = Item<Template>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTemplates)?;
    let id = template_id(&subject)?;
    let template = app.store.read(move |tx| find(tx, &caller, id)).await?;
    let includes = includes(uri.query().unwrap_or_default());
    let changed = Changed { template, subject: (), warnings: Vec::new() };
    let reply = reply_template(StatusCode::OK, &changed, includes)?;
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
