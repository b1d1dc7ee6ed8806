//! `DELETE /organizations/{org}/checklists/{checklist}/automated-actions/{rule}`.

use axum::response::Response;
use hospes_api::templates::draft::Draft;
use hospes_model::member::Action;

use super::super::edit;
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete a rule of a template.
#[utoipa::path(
    delete, path = "/organizations/{org}/checklists/{checklist}/automated-actions/{rule}", tag = "templates",
    operation_id = "delete_rule",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("rule" = String, Path, description = "The rule's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "Deleted"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, rule) = (subjects.id("checklist")?, subjects.id("rule")?);
    edit(
        change,
        id,
        move |before, _| {
            let mut draft = Draft::of(before);
            draft.blueprint.remove_rule(rule)?;
            Ok((draft, ()))
        },
        |_| Ok(Reply::no_content()),
    )
    .await
}
