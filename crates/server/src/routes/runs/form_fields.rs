//! `GET /organizations/{org}/runs/{run}/form-fields`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::includes::RunFormFields;
use hospes_model::member::Action;
use hospes_store::runs;

use super::run_id;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;

/// List what was filled in in a process.
///
/// Each entry's `id` names the stored value: `PUT …/form-field/value` takes it.
/// `capture_id` is the field's own id, the key of `taskdata` and `prerun`.
/// Fields of hidden tasks are in it too.
#[utoipa::path(
    get, path = "/organizations/{org}/runs/{run}/form-fields", tag = "runs",
    operation_id = "list_form_fields_of_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id")
    ),
    responses(
        (status = 200, description = "The fields with their values", body = Item<RunFormFields>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn form_fields(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadRuns)?;
    let id = run_id(&subject)?;
    let (org, actor, now) = (caller.org, caller.actor, app.clock.now());
    let found = app
        .store
        .read(move |tx| {
            let Some(overview) = runs::list::find(tx, org, id, actor, now)? else { return Ok(None) };
            let tasks = runs::tasks(tx, overview.key)?;
            Ok::<_, hospes_store::Error>(Some((overview, tasks)))
        })
        .await?;
    let (overview, tasks) = found.ok_or_else(Error::not_found)?;
    Ok(Reply::ok(&Item::new(RunFormFields::new(&overview, &tasks)))?.unless_known(&headers))
}
