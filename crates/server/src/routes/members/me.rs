//! `GET /organizations/{org}/me`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_model::member::Action;
use hospes_store::{accounts, groups};

use super::user;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::query::Query;
use crate::reply::Reply;

/// Who am I in this organization?
#[utoipa::path(
    get, path = "/organizations/{org}/me", tag = "members",
    operation_id = "read_own_membership",
    params(("org" = String, Path, description = "The organization's id")),
    responses(
        (status = 200, description = "The token's member", body = Item<User>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn me(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadOrganization)?;
    let (org, id) = (caller.org, caller.actor.id);
    let with_groups = Query::new(uri.query().unwrap_or_default()).includes("groups");
    let (member, groups) = app
        .store
        .read(move |tx| {
            let member = accounts::find(tx, org, id)?.ok_or_else(Error::unauthenticated)?;
            let groups = if with_groups { Some(groups::of_member(tx, org, id)?) } else { None };
            Ok::<_, Error>((member, groups))
        })
        .await?;
    Ok(Reply::ok(&Item::new(user(&member, groups.as_deref(), app.clock.now())))?.unless_known(&headers))
}
