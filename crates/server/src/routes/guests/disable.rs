//! `DELETE /organizations/{org}/guests/{guest}/disable`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;

use super::set_disabled;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Disable a guest.
///
/// Tasks stay assigned. The link is dead and every session ended at once.
/// Disabling twice changes nothing more.
#[utoipa::path(
    delete, path = "/organizations/{org}/guests/{guest}/disable", tag = "guests",
    operation_id = "disable_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn disable(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    set_disabled(&subject, change, true).await
}
