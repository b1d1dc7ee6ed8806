//! `GET /organizations/{org}/guests/{guest}/tasks`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::tasks::Task;
use hospes_model::member::Action;
use hospes_store::guests;
use hospes_store::tasks::list::Scope;

use super::listing::{ListParams, answer};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::routes::guests::guest_ref;

/// List the tasks that a guest is on.
///
/// As far as the caller may know of them.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/tasks", tag = "tasks",
    operation_id = "list_tasks_of_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        PageParams, ListParams
    ),
    responses(
        (status = 200, description = "A page of tasks", body = List<Task>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn of_guest(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let (org, guest) = (caller.org, guest_ref(&subject)?);
    let key = app.store.read_single(move |tx| guests::find_key(tx, org, &guest)).await?;
    let scope = Scope::Guest(key.ok_or_else(Error::not_found)?);
    answer(&app, &caller, &uri, &headers, scope, None).await
}
