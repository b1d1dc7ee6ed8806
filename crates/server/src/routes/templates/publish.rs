//! `PUT /organizations/{org}/checklists/{checklist}/publish`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::Template;
use hospes_api::templates::draft::Draft;
use hospes_model::member::Action;

use super::{edit, includes, reply_template, template_id};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Publish a template.
///
/// With `dual_version_enabled`, a template can be launched once it is published.
/// Publishing one that is published changes nothing. When what processes are
/// made of is changed, the template is a draft again.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/publish", tag = "templates",
    operation_id = "publish_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The published template", body = Item<Template>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn publish(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let id = template_id(&subject)?;
    let includes = includes(uri.query().unwrap_or_default());
    edit(
        change,
        id,
        |before, _| {
            let mut draft = Draft::of(before);
            draft.settings.is_published_state = true;
            Ok((draft, ()))
        },
        move |changed| reply_template(StatusCode::OK, changed, includes),
    )
    .await
}
