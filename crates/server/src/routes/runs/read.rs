//! `GET /organizations/{org}/runs/{run}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::runs::Run;
use hospes_model::member::Action;
use hospes_store::runs;

use super::{Shown, includes_of, reply, run_id, takes_tasks};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::conditional;

/// Read a process.
///
/// Archived ones too. A process that the caller may not know of does not exist.
#[utoipa::path(
    get, path = "/organizations/{org}/runs/{run}", tag = "runs",
    operation_id = "read_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ("with" = Option<String>, Query, description = "`checklist`, `tasks`, `next_task`, `tasks_meta`, \
            `permissions`, `ko_form_fields`, `form_fields`, `stages`, `threads`, `tags` and others, separated by commas; \
            `tasks.form_fields` for something inside", example = "tasks,checklist"),
        ("form_fields_values" = Option<bool>, Query, description = "Whether all values of all forms are shown")
    ),
    responses(
        (status = 200, description = "The process", body = Item<Run>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadRuns)?;
    let (id, includes) = (run_id(&subject)?, includes_of(&uri)?);
    let (org, actor, now) = (caller.org, caller.actor, app.clock.now());
    let found = app
        .store
        .read(move |tx| {
            let Some(overview) = runs::list::find(tx, org, id, actor, now)? else { return Ok(None) };
            let tasks = if includes.need_tasks() { runs::tasks(tx, overview.key)? } else { Vec::new() };
            let takes_tasks = !takes_tasks(tx, org, &[&overview])?.is_empty();
            Shown::with(tx, overview, tasks, takes_tasks, includes).map(Some)
        })
        .await?;
    let shown = found.ok_or_else(Error::not_found)?;
    let reply = reply(StatusCode::OK, &shown, actor, now, includes, Vec::new())?;
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
