//! `PUT /organizations/{org}/checklists/{checklist}/restore`.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::Template;
use hospes_model::member::Action;
use hospes_store::templates::write;

use super::{Changed, includes, reply_template, template_id, wish};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Restore an archived template.
///
/// Restoring one that is not archived changes nothing.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/restore", tag = "templates",
    operation_id = "restore_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The template", body = Item<Template>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn restore(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (wish, org) = (wish(&change, template_id(&subject)?), change.caller().org);
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            let template = write::restore::<Error>(tx, org, &wish)?;
            reply_template(StatusCode::OK, &Changed { template, subject: (), warnings: Vec::new() }, includes)
        })
        .await
}
