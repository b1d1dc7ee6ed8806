//! `PUT /organizations/{org}/checklists/{checklist}`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::request::read_update;
use hospes_api::templates::{Template, UpdateTemplateBody};
use hospes_model::member::Action;

use super::{edit, includes, reply_template, template_id, with_ids};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a template.
///
/// The title must be there. `users` and `groups` replace who may use it, and
/// `prerun` replaces the kick-off form; what is left out stays as it is. Running
/// processes keep what they were launched from.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}", tag = "templates",
    operation_id = "update_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body = UpdateTemplateBody,
    responses((status = 200, description = "The changed template", body = Item<Template>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, body) = (template_id(&subject)?, change.json()?);
    let includes = includes(uri.query().unwrap_or_default());
    edit(
        change,
        id,
        move |before, ids| Ok((with_ids(ids, |ids| read_update(&body, before, ids))?, ())),
        move |changed| reply_template(StatusCode::OK, changed, includes),
    )
    .await
}
