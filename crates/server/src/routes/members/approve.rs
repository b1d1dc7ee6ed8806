//! `PUT /organizations/{org}/users/{user}/approve`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_model::member::Action;
use hospes_store::members::change;

use super::{member_id, reply};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Approve of a member.
///
/// Notes when; a member invited by an administrator is approved of from the
/// beginning. Twice changes nothing more.
#[utoipa::path(
    put, path = "/organizations/{org}/users/{user}/approve", tag = "members",
    operation_id = "approve_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn approve(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    change.run(move |tx| reply(&change::approve::<Error>(tx, org, id, &cause)?, Vec::new(), now)).await
}
