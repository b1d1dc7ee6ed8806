//! `POST /organizations/{org}/checklists/{checklist}/steps/{step}/captures`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::TemplateFieldBody;
use hospes_api::templates::request::read_new_capture;
use hospes_api::templates::steps::Field;
use hospes_model::member::Action;

use super::super::{edit, reply_capture, with_ids};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Add a form field to a step.
///
/// Behind those whose position is not higher.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/steps/{step}/captures", tag = "templates",
    operation_id = "create_form_field",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id"),
        ChangeHeaders
    ),
    request_body = TemplateFieldBody,
    responses((status = 201, description = "The new field", body = Item<Field>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, step) = (subjects.id("checklist")?, subjects.id("step")?);
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, ids| {
            let read = with_ids(ids, |ids| read_new_capture(&body, before, step, ids))?;
            Ok((read.draft, (step, read.id)))
        },
        |changed| reply_capture(StatusCode::CREATED, changed),
    )
    .await
}
