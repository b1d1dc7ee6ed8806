//! `POST /organizations/{org}/runs`.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::request::read_launch;
use hospes_api::runs::{LaunchBody, Run};
use hospes_model::member::{Action, Role};
use hospes_model::template::Template;
use hospes_model::workflow::By;
use hospes_model::{OrgNo, Refusal, RunId, TemplateId};
use hospes_store::runs::write::{self, Doer};
use hospes_store::{Tx, templates};

use super::{Shown, check_domains, includes_of, reply};
use crate::caller::Caller;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Launch a process.
///
/// From the template as it is now; later changes of the template do not reach
/// the process. Required fields of the kick-off form must be filled in. Unknown
/// addresses become guests, and a task with a guest always has a member too:
/// `warnings` says who was added.
#[utoipa::path(
    post, path = "/organizations/{org}/runs", tag = "runs",
    operation_id = "launch_run",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = LaunchBody,
    responses((status = 201, description = "The new process", body = Item<Run>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn launch(uri: Uri, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::LaunchRuns)?;
    let (app, caller, now) = (Arc::clone(change.app()), change.caller().clone(), change.now());
    let mut wish = read_launch(&change.json()?, &app.calendar(caller.org).await?.zone)?;
    if caller.actor.role == Role::Light && wish.user.is_some_and(|user| user != caller.actor.id) {
        return Err(Refusal::Forbidden("Light members may launch processes in their own name only.").into());
    }
    let (addresses, faults) = wish.addresses_and_faults();
    check_domains(&change, addresses, faults).await?;
    let includes = includes_of(&uri)?;
    let (millis, random) = entropy::id_parts(now);
    let ids = (RunId::new(millis, random), entropy::bytes());
    let (by, cause) = (By::Member(caller.actor), change.cause());
    change
        .run_admitting(move |tx, newcomers| {
            let template = launchable(tx, &caller, wish.template)?;
            let launching = wish.of(&template.snapshot, ids, caller.actor.id)?;
            check_parent(tx, caller.org, &caller, launching.launch.parent)?;
            let doer = Doer { by: &by, cause: &cause };
            let (launch, about) = (&launching.launch, launching.about);
            let done = write::launch::<Error>(tx, caller.org, &template, launch, about, doer, newcomers)?;
            let mut warnings = launching.warnings;
            warnings.extend(done.outcome.warnings);
            let shown = Shown::new(tx, caller.org, &done.process, &done.directory, now, includes)?;
            reply(StatusCode::CREATED, &shown, caller.actor, now, includes, warnings)
        })
        .await
}

/// The template, if the caller may launch it and it can be launched.
fn launchable(tx: &mut Tx<'_>, caller: &Caller, id: TemplateId) -> Result<Template, Error> {
    hospes_store::orgs::lock(tx, caller.org)?;
    let template = templates::find(tx, caller.org, id)?.ok_or(Refusal::NotFound)?;
    let directory = templates::directory_for(tx, caller.actor, &template)?;
    if !template.may_launch(caller.actor, &directory) {
        return Err(Refusal::NotFound.into());
    }
    if template.archived_at.is_some() {
        return Err(Error::invalid("checklist_id", "The template is archived; bring it back first."));
    }
    if template.settings.is_draft() {
        return Err(Error::invalid("checklist_id", "The template is a draft; publish it first."));
    }
    Ok(template)
}

/// The process that a new one shall belong to must be one that the caller sees.
fn check_parent(tx: &mut Tx<'_>, org: OrgNo, caller: &Caller, parent: Option<RunId>) -> Result<(), Error> {
    let Some(parent) = parent else { return Ok(()) };
    match super::find_visible(tx, org, parent, caller.actor)? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("parent_id", "There is no such process.")),
    }
}
