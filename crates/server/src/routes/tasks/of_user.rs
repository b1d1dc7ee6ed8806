//! `GET /organizations/{org}/users/{user}/tasks`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::tasks::Task;
use hospes_model::MemberId;
use hospes_model::member::Action;
use hospes_store::accounts;
use hospes_store::tasks::list::Scope;

use super::listing::{ListParams, answer};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};

/// List the tasks that a member is on.
///
/// As far as the caller may know of them.
#[utoipa::path(
    get, path = "/organizations/{org}/users/{user}/tasks", tag = "tasks",
    operation_id = "list_tasks_of_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, description = "The member's id", minimum = 1),
        PageParams, ListParams
    ),
    responses(
        (status = 200, description = "A page of tasks", body = List<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn of_user(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadTasks)?;
    let id: MemberId = subject.parse().map_err(|_| Error::not_found())?;
    let org = caller.org;
    let member = app.store.read_single(move |tx| accounts::find(tx, org, id)).await?;
    member.ok_or_else(Error::not_found)?;
    answer(&app, &caller, &uri, &headers, Scope::Member(id), None).await
}
