//! `PUT /organizations/{org}/users/{user}`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_api::members::requests::{UpdateBody, read_update};
use hospes_model::member::Action;
use hospes_store::members::change;

use super::{member_id, reply};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Change what the organization knows of a member.
///
/// What is absent stays as it is. Other organizations of the same person see
/// nothing of it.
#[utoipa::path(
    put, path = "/organizations/{org}/users/{user}", tag = "members",
    operation_id = "update_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ChangeHeaders
    ),
    request_body = UpdateBody,
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let read = read_update(&change.json()?)?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    change
        .run(move |tx| {
            let member = change::update::<Error>(tx, org, id, &read.wish, &cause)?;
            reply(&member, read.warnings.clone(), now)
        })
        .await
}
