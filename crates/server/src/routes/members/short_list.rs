//! `GET /organizations/{org}/users-list`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::Collection;
use hospes_api::members::UserListEntry;
use hospes_model::member::Action;
use hospes_store::accounts;

use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;

/// List all members in short.
#[utoipa::path(
    get, path = "/organizations/{org}/users-list", tag = "members",
    operation_id = "list_members_in_short",
    params(("org" = String, Path, description = "The organization's id")),
    responses(
        (status = 200, description = "All members", body = Collection<UserListEntry>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn short_list(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadOrganization)?;
    let org = caller.org;
    let members = app.store.read_single(move |tx| accounts::list(tx, org)).await?;
    Ok(Reply::ok(&Collection { data: members.iter().map(UserListEntry::new).collect() })?
        .unless_known(&headers))
}
