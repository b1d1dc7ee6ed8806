//! `DELETE /organizations/{org}/checklists/{checklist}/delete`.

use axum::response::Response;
use hospes_api::templates::archived::TemplateGone;
use hospes_model::member::Action;
use hospes_store::templates::write;

use super::{template_id, wish};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete an archived template for good.
///
/// Only administrators may. Its processes keep what it said, and the activity
/// feed what was done.
#[utoipa::path(
    delete, path = "/organizations/{org}/checklists/{checklist}/delete", tag = "templates",
    operation_id = "delete_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "Deleted", body = TemplateGone), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::DeleteTemplates)?;
    let (wish, org) = (wish(&change, template_id(&subject)?), change.caller().org);
    change
        .run(move |tx| {
            write::delete::<Error>(tx, org, &wish)?;
            Reply::ok(&TemplateGone::new([]))
        })
        .await
}
