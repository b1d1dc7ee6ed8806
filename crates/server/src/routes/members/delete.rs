//! `DELETE /organizations/{org}/users/{user}/delete`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_model::member::Action;
use hospes_store::members::leave;

use super::{member_id, reply};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Delete a disabled member for good.
///
/// History stays, under a name that says so; the address is free. A member who
/// is not disabled is 422.
#[utoipa::path(
    delete, path = "/organizations/{org}/users/{user}/delete", tag = "members",
    operation_id = "delete_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    change.run(move |tx| reply(&leave::delete::<Error>(tx, org, id, &cause)?, Vec::new(), now)).await
}
