//! `PUT /organizations/{org}/checklists/{checklist}/steps/{step}/captures`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::positions::CapturePositionBody;
use hospes_api::templates::request::read_capture_position;
use hospes_api::templates::steps::Step;
use hospes_model::member::Action;

use super::super::{edit, reply_step};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Move a form field on its step.
///
/// To a position from 1; one behind the last is the last.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/steps/{step}/captures", tag = "templates",
    operation_id = "reorder_form_fields",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id"),
        ChangeHeaders
    ),
    request_body = CapturePositionBody,
    responses((status = 200, description = "The step", body = Item<Step>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn reorder(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, step) = (subjects.id("checklist")?, subjects.id("step")?);
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, _| Ok((read_capture_position(&body, before, step)?, ())),
        move |changed| reply_step(StatusCode::OK, &changed.template, step, &changed.warnings),
    )
    .await
}
