//! `PUT /organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}/move-out`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::positions::MoveOutBody;
use hospes_api::templates::request::read_move_out;
use hospes_api::templates::steps::Field;
use hospes_model::Refusal;
use hospes_model::member::Action;

use super::super::{edit, reply};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Move a form field to another step.
///
/// To its end when no position is named. Rules that use the field still do.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}/move-out", tag = "templates",
    operation_id = "move_form_field",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id"),
        ("field" = String, Path, description = "The field's id"),
        ChangeHeaders
    ),
    request_body = MoveOutBody,
    responses((status = 200, description = "The field, on its other step", body = Item<Field>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn move_out(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, step, field) = (subjects.id("checklist")?, subjects.id("step")?, subjects.id("field")?);
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, _| Ok((read_move_out(&body, before, step, field)?, ())),
        move |changed| {
            let steps = changed.template.snapshot.steps();
            let target = steps.iter().find(|step| step.capture(field).is_some()).ok_or(Refusal::NotFound)?;
            let data = target.capture(field).map(|moved| Field::capture(&changed.template, target.id, moved));
            reply(StatusCode::OK, data.ok_or(Refusal::NotFound)?, &changed.template, &changed.warnings)
        },
    )
    .await
}
