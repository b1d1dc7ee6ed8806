//! `PUT /organizations/{org}/users/{user}/enable`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_model::member::Action;
use hospes_store::members::leave;
use hospes_store::tokens;

use super::{member_id, reply};
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Let a disabled member in again.
///
/// Old tokens stay dead. If their address became a guest meanwhile, the guest's
/// tasks are theirs again. Twice changes nothing more.
#[utoipa::path(
    put, path = "/organizations/{org}/users/{user}/enable", tag = "members",
    operation_id = "enable_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn enable(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    let hash = tokens::hash(&entropy::invitation_secret());
    change
        .run(move |tx| {
            let changed = leave::enable::<Error>(tx, org, id, &hash, &cause)?;
            reply(&changed.member, changed.warnings, now)
        })
        .await
}
