//! `PUT /organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::TemplateFieldBody;
use hospes_api::templates::request::read_capture;
use hospes_api::templates::steps::Field;
use hospes_model::member::Action;

use super::super::{edit, reply_capture, with_ids};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a form field of a step.
///
/// What is left out stays as it is.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}", tag = "templates",
    operation_id = "update_form_field",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id"),
        ("field" = String, Path, description = "The field's id"),
        ChangeHeaders
    ),
    request_body = TemplateFieldBody,
    responses((status = 200, description = "The changed field", body = Item<Field>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, step, field) = (subjects.id("checklist")?, subjects.id("step")?, subjects.id("field")?);
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, ids| {
            let draft = with_ids(ids, |ids| read_capture(&body, before, step, field, ids))?;
            Ok((draft, (step, field)))
        },
        |changed| reply_capture(StatusCode::OK, changed),
    )
    .await
}
