//! `PUT /organizations/{org}/checklists/{checklist}/automated-actions/{rule}`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::TemplateRuleBody;
use hospes_api::templates::request::read_rule;
use hospes_api::templates::rules::Rule;
use hospes_model::member::Action;

use super::super::{edit, reply_rule, with_ids};
use crate::caller::Subjects;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a rule of a template.
///
/// What is left out stays as it is. A rule can be sent as it was read.
#[utoipa::path(
    put, path = "/organizations/{org}/checklists/{checklist}/automated-actions/{rule}", tag = "templates",
    operation_id = "update_rule",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("checklist" = String, Path, description = "The template's id"),
        ("rule" = String, Path, description = "The rule's id"),
        ChangeHeaders
    ),
    request_body = TemplateRuleBody,
    responses((status = 200, description = "The changed rule", body = Item<Rule>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(subjects: Subjects, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (id, rule) = (subjects.id("checklist")?, subjects.id("rule")?);
    let body = change.json()?;
    edit(
        change,
        id,
        move |before, ids| Ok((with_ids(ids, |ids| read_rule(&body, before, rule, ids))?, rule)),
        |changed| reply_rule(StatusCode::OK, changed),
    )
    .await
}
