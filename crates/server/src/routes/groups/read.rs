//! `GET /organizations/{org}/groups/{group}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::groups::Group;
use hospes_model::member::Action;
use hospes_store::groups;

use super::{Includes, group_id};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::{Reply, conditional};

/// Read a group.
#[utoipa::path(
    get, path = "/organizations/{org}/groups/{group}", tag = "groups",
    operation_id = "read_group",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("group" = String, Path, description = "The group's id"),
        ("with" = Option<String>, Query, description = "`users`, `assets`, separated by commas")
    ),
    responses(
        (status = 200, description = "The group", body = Item<Group>),
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
    caller.may(Action::ReadOrganization)?;
    let (org, id) = (caller.org, group_id(&subject)?);
    let includes = Includes::of(uri.query().unwrap_or_default());
    let (group, members) = app
        .store
        .read(move |tx| {
            let group = groups::find(tx, org, id)?.ok_or_else(Error::not_found)?;
            Ok::<_, Error>((group, includes.members(tx, org)?))
        })
        .await?;
    let reply = Reply::ok(&Item::new(includes.show(&group, &members, app.clock.now())))?;
    // Members change without the group: with them only the body tells.
    if includes.users {
        return Ok(reply.unless_known(&headers));
    }
    Ok(conditional(reply.with_etag(&group.revision.to_string()), headers.get(IF_NONE_MATCH)))
}
