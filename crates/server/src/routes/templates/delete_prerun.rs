//! `DELETE /organizations/{org}/checklists/{checklist}/preruns/{field}`.

use axum::response::Response;
use hospes_api::templates::draft::Draft;
use hospes_model::FieldId;
use hospes_model::member::Action;

use super::edit;
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete a field of a kick-off form.
///
/// Not while a rule uses it.
#[utoipa::path(
    delete, path = "/organizations/{org}/checklists/{checklist}/preruns/{field}", tag = "templates",
    operation_id = "delete_prerun_field",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("field" = String, Path, description = "The field's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "Deleted"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete_prerun(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, field) = (subjects.id("checklist")?, subjects.id::<FieldId>("field")?);
    edit(
        change,
        id,
        move |before, _| {
            let mut draft = Draft::of(before);
            draft.blueprint.remove_prerun(field)?;
            Ok((draft, ()))
        },
        |_| Ok(Reply::no_content()),
    )
    .await
}
