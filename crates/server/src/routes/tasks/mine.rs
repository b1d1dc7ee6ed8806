//! `GET /organizations/{org}/me/tasks`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::tasks::list::{Scope, State as TaskState};

use super::listing::{ListParams, answer};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};

/// List the tasks that the caller is on.
///
/// Without a `status` those that are not complete; `status=all` for all.
#[utoipa::path(
    get, path = "/organizations/{org}/me/tasks", tag = "tasks",
    operation_id = "list_own_tasks",
    params(("org" = String, Path, description = "The organization's id"), PageParams, ListParams),
    responses(
        (status = 200, description = "A page of tasks", body = List<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn mine(
    State(app): State<Arc<App>>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTasks)?;
    // The real service fills a missing status in like this, as the published
    // SDK's authors measured.
    let (scope, state) = (Scope::Member(caller.actor.id), Some(TaskState::Open));
    answer(&app, &caller, &uri, &headers, scope, state).await
}
