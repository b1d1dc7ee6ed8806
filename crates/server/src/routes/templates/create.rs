//! `POST /organizations/{org}/checklists`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::templates::draft::Draft;
use hospes_api::templates::request::read_create;
use hospes_api::templates::{CreateTemplateBody, Template};
use hospes_model::TemplateId;
use hospes_model::member::Action;
use hospes_model::template::Settings;
use hospes_store::templates::write;
use hospes_store::{Tx, templates};

use super::{Changed, checked, fresh_ids, includes, own_files, reply_template, with_ids};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Create a template.
///
/// What a template answers with `with=steps` can be sent as it is: its steps,
/// fields and rules get new ids, and what refers to them is led there. People
/// and templates that this organization does not have are left out then, and
/// the answer says so in `warnings`. Files that fields start with are copied;
/// those that the caller cannot see are left out in the same way.
#[utoipa::path(
    post, path = "/organizations/{org}/checklists", tag = "templates",
    operation_id = "create_template",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ChangeHeaders
    ),
    request_body = CreateTemplateBody,
    responses((status = 201, description = "The new template", body = Item<Template>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn create(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTemplates)?;
    let (caller, cause, body) = (change.caller().clone(), change.cause(), Arc::new(change.json()?));
    let ids = fresh_ids(change.now());
    let includes = includes(uri.query().unwrap_or_default());
    change
        .run(move |tx| {
            let mut ids = ids;
            let (millis, random) = ids.draw();
            let id = TemplateId::new(millis, random);
            let mut draft = with_ids(&mut ids, |ids| read_create(&body, id, ids))?;
            if draft.is_import {
                let left_out = leave_out_what_is_not_here(tx, &caller, &mut draft)?;
                draft.warnings.extend(left_out);
            }
            let copies = own_files(tx, (caller.org, caller.actor), &mut draft, None, &mut ids)?;
            let (wanted, warnings) = checked(tx, caller.org, draft, None, caller.actor.id)?;
            let template = write::create::<Error>(tx, caller.org, wanted, caller.actor, &cause)?;
            copies.write(tx, &template, caller.actor, cause.at)?;
            reply_template(StatusCode::CREATED, &Changed { template, subject: (), warnings }, includes)
        })
        .await
}

/// Exports name templates of the organization that they come from.
fn leave_out_what_is_not_here(
    tx: &mut Tx<'_>,
    caller: &Caller,
    draft: &mut Draft,
) -> Result<Vec<String>, Error> {
    let mut left_out = Vec::new();
    let mut is_missing = |id: TemplateId| {
        let found = templates::find_visible(tx, caller.org, id, caller.actor)?;
        if found.is_none() {
            left_out.push(format!("The template {id} does not exist. This was left out."));
        }
        Ok::<_, Error>(found.is_none())
    };
    let Settings { ko_form_blueprint_id: form, steps, .. } = &mut draft.settings;
    if let Some(id) = *form
        && is_missing(id)?
    {
        *form = None;
    }
    for step in steps.values_mut() {
        if let Some(launched) = &step.bp_to_launch
            && is_missing(launched.id)?
        {
            step.bp_to_launch = None;
        }
    }
    Ok(left_out)
}
