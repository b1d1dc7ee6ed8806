//! `PUT /organizations/{org}/guests/{guest}/enable`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;

use super::set_disabled;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Enable a disabled guest again.
///
/// The guest has a new link: the old one stays dead. Enabling an active guest
/// changes nothing.
#[utoipa::path(
    put, path = "/organizations/{org}/guests/{guest}/enable", tag = "guests",
    operation_id = "enable_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The guest", body = Item<Guest>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn enable(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    set_disabled(&subject, change, false).await
}
