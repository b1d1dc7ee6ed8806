//! `POST /organizations/{org}/checklists/{checklist}/steps/{step}/clone`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::draft::Draft;
use hospes_api::templates::steps::Step;
use hospes_model::member::Action;

use super::super::{edit, reply_step};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Copy a step of a template.
///
/// The copy comes behind the step, with its fields and people. Rules that are
/// about the step are not about the copy.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/steps/{step}/clone", tag = "templates",
    operation_id = "clone_step",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("step" = String, Path, description = "The step's id"),
        ChangeHeaders
    ),
    responses((status = 201, description = "The copy", body = Item<Step>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn clone(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, step) = (subjects.id("checklist")?, subjects.id("step")?);
    edit(
        change,
        id,
        move |before, ids| {
            let mut draft = Draft::of(before);
            let copy = draft.blueprint.clone_step(&mut draft.settings, step, ids)?;
            Ok((draft, copy))
        },
        |changed| reply_step(StatusCode::CREATED, &changed.template, changed.subject, &changed.warnings),
    )
    .await
}
