//! `DELETE /organizations/{org}/checklists/{checklist}`.

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

/// Archive a template.
///
/// It can be restored, and its processes go on. What other templates were to do
/// with it is removed from them. Archiving one that is archived changes nothing.
#[utoipa::path(
    delete, path = "/organizations/{org}/checklists/{checklist}", tag = "templates",
    operation_id = "archive_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "What named it and does so no longer", body = TemplateGone), WriteErrors),
    security(("bearer" = []))
)]
pub async fn archive(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (wish, org) = (wish(&change, template_id(&subject)?), change.caller().org);
    change
        .run(move |tx| {
            let others = write::archive::<Error>(tx, org, &wish)?;
            Reply::ok(&TemplateGone::new(others.into_iter().map(|other| (other.id, other.title))))
        })
        .await
}
