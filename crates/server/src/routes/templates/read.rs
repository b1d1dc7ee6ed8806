//! `GET /organizations/{org}/checklists/{checklist}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::Template;
use hospes_model::comment::About;
use hospes_model::member::Action;
use hospes_store::comments;

use super::{Changed, find, includes, reply_template, template_id};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::{Reply, conditional};

/// Read a template.
///
/// The kick-off form and the rules are always in it. Archived templates, and
/// those that the caller may not know of, do not exist here.
#[utoipa::path(
    get, path = "/organizations/{org}/checklists/{checklist}", tag = "templates",
    operation_id = "read_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("with" = Option<String>, Query, description = "`steps`, `stages`, `threads`, `tags` and others, separated by \
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
    let includes = includes(uri.query().unwrap_or_default());
    let read = app.store.read(move |tx| {
        let template = find(tx, &caller, id)?;
        let about = About::Template(template.key);
        let comments = includes.has_comments().then(|| comments::of(tx, about)).transpose()?;
        Ok::<_, Error>((template, comments))
    });
    let (template, comments) = read.await?;
    let reply = match &comments {
        None => {
            let changed = Changed { template, subject: (), warnings: Vec::new() };
            reply_template(StatusCode::OK, &changed, includes)?
        }
        Some(comments) => {
            let data = Template::new(&template, includes).with_comments(comments);
            Reply::ok(&Item::new(data))?.with_revision(template.revision)
        }
    };
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
