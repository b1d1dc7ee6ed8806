//! `GET /organizations/{org}/tasks`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::tasks::list::Scope;

use super::listing::{ListParams, answer};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};

/// List the organization's one-off tasks.
///
/// As far as the caller may know of them: light members see those they are on
/// or started, secret ones show to assignees, the starter and administrators.
#[utoipa::path(
    get, path = "/organizations/{org}/tasks", tag = "tasks",
    operation_id = "list_tasks",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("assignee" = Option<String>, Query, description = "`me`, or the id of a member"),
        PageParams, ListParams
    ),
    responses(
        (status = 200, description = "A page of tasks", body = List<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTasks)?;
    answer(&app, &caller, &uri, &headers, Scope::Organization, None).await
}
