//! `POST /organizations/{org}/checklists/{checklist}/clone`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::Template;
use hospes_api::templates::clone::{CloneTemplateBody, read_clone};
use hospes_model::TemplateId;
use hospes_model::member::Action;
use hospes_store::templates::write;

use super::{Changed, fresh_ids, includes, reply_template, template_id, wish};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Copy a template.
///
/// The copy is the caller's. Its steps, fields and rules have ids and aliases of
/// their own; the people on its steps stay on them. The files that its fields
/// start with are copied.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/clone", tag = "templates",
    operation_id = "clone_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body(
        content(
            (CloneTemplateBody = "application/json"),
            (CloneTemplateBody = "application/x-www-form-urlencoded")
        )
    ),
    responses((status = 201, description = "The copy", body = Item<Template>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn clone(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (wish, org) = (wish(&change, template_id(&subject)?), change.caller().org);
    let wanted = read_clone(&change.json_or_form()?, change.caller().org_id)?;
    let mut ids = fresh_ids(change.now());
    let (millis, random) = ids.draw();
    let id = TemplateId::new(millis, random);
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            let copied = write::clone::<Error>(tx, org, &wish, wanted.title.as_deref(), id, ids)?;
            let (template, left_out) = copied;
            let warnings = wanted.warnings.iter().cloned().chain(left_out).collect();
            let changed = Changed { template, subject: (), warnings };
            reply_template(StatusCode::CREATED, &changed, includes)
        })
        .await
}
