//! `PUT /organizations/{org}/users/{user}/to/guest`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;
use hospes_model::member::Action;
use hospes_store::members::convert;

use super::super::guests::changed_reply;
use super::member_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Turn a member into a guest.
///
/// Disabled as a member: every token ends at once, and they leave every group.
/// Their tasks and history are the guest's. The default administrator cannot
/// be turned: 400.
#[utoipa::path(
    put, path = "/organizations/{org}/users/{user}/to/guest", tag = "members",
    operation_id = "convert_member_to_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn to_guest(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let code = entropy::guest_code();
    change
        .run(move |tx| {
            let (guest, warnings) = convert::to_guest::<Error>(tx, org, id, &code, &cause)?;
            changed_reply(&app, StatusCode::OK, &guest, false, &warnings)
        })
        .await
}
