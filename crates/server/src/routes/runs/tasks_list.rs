//! `GET /organizations/{org}/runs/{run}/tasks`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::runs;
use hospes_store::tasks::list::Scope;

use super::super::tasks::listing::{ListParams, answer};
use super::run_id;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};

/// List the tasks of a process.
///
/// Hidden ones too (`auto-skipped`), and those of archived processes; in their
/// order, unless a `sort` says otherwise.
#[utoipa::path(
    get, path = "/organizations/{org}/runs/{run}/tasks", tag = "runs",
    operation_id = "list_tasks_of_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        PageParams, ListParams
    ),
    responses(
        (status = 200, description = "A page of tasks", body = List<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn tasks_list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTasks)?;
    let id = run_id(&subject)?;
    let (org, actor, now) = (caller.org, caller.actor, app.clock.now());
    let found = app.store.read(move |tx| runs::list::find(tx, org, id, actor, now)).await?;
    let scope = Scope::Run(found.ok_or_else(Error::not_found)?.key);
    answer(&app, &caller, &uri, &headers, scope, None).await
}
