//! `PUT /organizations/{org}/users/{user}/role`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_api::members::requests::{RoleBody, read_change_role};
use hospes_model::member::Action;
use hospes_store::members::change;

use super::{member_id, reply};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change a member's role.
///
/// The new role counts from the next request on. The default administrator
/// stays one: 400.
#[utoipa::path(
    put, path = "/organizations/{org}/users/{user}/role", tag = "members",
    operation_id = "change_member_role",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ChangeHeaders
    ),
    request_body = RoleBody,
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn role(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let read = read_change_role(&change.json()?)?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    change
        .run(move |tx| {
            let member = change::set_role::<Error>(tx, org, id, read.wish, &cause)?;
            reply(&member, read.warnings.clone(), now)
        })
        .await
}
