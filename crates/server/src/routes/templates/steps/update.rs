//! `PUT /organizations/{org}/checklists/{checklist}/steps/{step}`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::TemplateStepBody;
use hospes_api::templates::request::read_step;
use hospes_api::templates::steps::Step;
use hospes_model::member::Action;

use super::super::{edit, reply_step, with_ids};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a step of a template.
///
/// The title must be there. Of `assignees`, `guests` and `groups` those that are
/// left out are cleared; whatever else is left out stays.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/steps/{step}", tag = "templates",
    operation_id = "update_step",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id"),
        ChangeHeaders
    ),
    request_body = TemplateStepBody,
    responses((status = 200, description = "The changed step", body = Item<Step>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, step) = (subjects.id("checklist")?, subjects.id("step")?);
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, ids| Ok((with_ids(ids, |ids| read_step(&body, before, step, ids))?, ())),
        move |changed| reply_step(StatusCode::OK, &changed.template, step, &changed.warnings),
    )
    .await
}
