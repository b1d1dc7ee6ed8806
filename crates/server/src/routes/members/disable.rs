//! `DELETE /organizations/{org}/users/{user}/disable`.

use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_api::members::requests::DisableBody;

use super::disable_member;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Disable a member.
///
/// Every token and invitation of theirs ends at once, and they leave every
/// group. What they have still to do stays with them, or goes to `to`. The
/// default administrator cannot be disabled: 400.
#[utoipa::path(
    delete, path = "/organizations/{org}/users/{user}/disable", tag = "members",
    operation_id = "disable_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ("with_reassignment" = Option<bool>, Query, description = "Whether somebody takes over what is to be done"),
        ("to" = Option<i64>, Query, minimum = 1, description = "The active member who does"),
        ChangeHeaders
    ),
    request_body = inline(Option<DisableBody>),
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn disable(Subject(subject): Subject, uri: Uri, change: Change) -> Result<Response, Error> {
    disable_member(&subject, uri.query().unwrap_or_default(), change).await
}
