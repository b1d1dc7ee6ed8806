//! `POST /organizations/{org}/checklists/{checklist}/steps`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::TemplateStepBody;
use hospes_api::templates::request::read_new_step;
use hospes_api::templates::steps::Step;
use hospes_model::member::Action;

use super::super::{edit, reply_step, with_ids};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Add a step to a template.
///
/// Behind the others, unless a position is named.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/steps", tag = "templates",
    operation_id = "create_step",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body = TemplateStepBody,
    responses((status = 201, description = "The new step", body = Item<Step>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let id = subjects.id("checklist")?;
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, ids| {
            let read = with_ids(ids, |ids| read_new_step(&body, before, ids))?;
            Ok((read.draft, read.id))
        },
        |changed| reply_step(StatusCode::CREATED, &changed.template, changed.subject, &changed.warnings),
    )
    .await
}
