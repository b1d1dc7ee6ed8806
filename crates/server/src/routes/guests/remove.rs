//! `DELETE /organizations/{org}/guests/{guest}`.

use std::sync::Arc;

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;
use hospes_model::member::Action;
use hospes_store::guests;

use super::{guest_ref, missing_is_invalid};
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Remove a guest from the organization.
///
/// The guest is taken off every task; finished work keeps its author. A guest
/// who is not there is 422, as documented.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}", tag = "guests",
    operation_id = "remove_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The guest as removed", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn remove(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerGuests)?;
    let guest = guest_ref(&subject).map_err(missing_is_invalid)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    let expected = change.expected();
    change
        .run(move |tx| {
            let removed =
                guests::remove::<Error>(tx, org, &guest, &expected, &cause).map_err(missing_is_invalid)?;
            let link = app.guest_link(&removed.code);
            let mut shown = Guest::new(&removed);
            shown.deleted_at = Some(cause.at);
            shown.link = Some(&link);
            Reply::ok(&Item::new(shown))
        })
        .await
}
