//! `POST /organizations/{org}/checklists/{checklist}/automated-actions`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::TemplateRuleBody;
use hospes_api::templates::request::read_new_rule;
use hospes_api::templates::rules::Rule;
use hospes_model::member::Action;

use super::super::{edit, reply_rule, with_ids};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Add a rule to a template.
///
/// Behind the others.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists/{checklist}/automated-actions", tag = "templates",
    operation_id = "create_rule",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ChangeHeaders
    ),
    request_body = TemplateRuleBody,
    responses((status = 201, description = "The new rule", body = Item<Rule>), WriteErrors),
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
            let read = with_ids(ids, |ids| read_new_rule(&body, before, ids))?;
            Ok((read.draft, read.id))
        },
        |changed| reply_rule(StatusCode::CREATED, changed),
    )
    .await
}
