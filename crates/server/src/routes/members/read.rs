//! `GET /organizations/{org}/users/{user}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_model::MemberId;
use hospes_model::member::Action;
use hospes_store::{accounts, groups};

use super::user;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::query::Query;
use crate::reply::Reply;

/// Read a member.
#[utoipa::path(
    get, path = "/organizations/{org}/users/{user}", tag = "members",
    operation_id = "read_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id")
    ),
    responses(
        (status = 200, description = "The member", body = Item<User>),
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
    let id: MemberId = subject.parse().map_err(|_| Error::not_found())?;
    let org = caller.org;
    let with_groups = Query::new(uri.query().unwrap_or_default()).includes("groups");
    let (member, groups) = app
        .store
        .read(move |tx| {
            let member = accounts::find(tx, org, id)?.ok_or_else(Error::not_found)?;
            let groups = if with_groups { Some(groups::of_member(tx, org, id)?) } else { None };
            Ok::<_, Error>((member, groups))
        })
        .await?;
    Ok(Reply::ok(&Item::new(user(&member, groups.as_deref(), app.clock.now())))?.unless_known(&headers))
}
