//! `DELETE /organizations/{org}/groups/{group}`.

use axum::response::Response;
use hospes_model::member::Action;
use hospes_store::groups::write;

use super::group_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete a group for good.
///
/// Tasks lose the group and the people who are on them through it alone, but
/// for those who completed their part.
#[utoipa::path(
    delete, path = "/organizations/{org}/groups/{group}", tag = "groups",
    operation_id = "remove_group",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("group" = String, Path, description = "The group's id"),
        ChangeHeaders
    ),
    responses((status = 204, description = "The group is gone"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn remove(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::ManageGroups)?;
    let actor = change.caller().actor;
    let id = group_id(&subject)?;
    let (org, cause, expected) = (change.caller().org, change.cause(), change.expected());
    change
        .run(move |tx| {
            write::check_may::<Error>(tx, org, actor)?;
            write::delete::<Error>(tx, org, id, &expected, &cause)?;
            Ok(Reply::no_content())
        })
        .await
}
