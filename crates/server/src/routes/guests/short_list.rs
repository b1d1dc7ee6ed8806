//! `GET /organizations/{org}/guests-list`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use hospes_api::envelope::Collection;
use hospes_api::guests::Guest;
use hospes_model::member::Action;

use super::list::{self, ListParams};
use super::stream;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::ReadErrors;

/// List all guests, without pages.
#[utoipa::path(
    get, path = "/organizations/{org}/guests-list", tag = "guests",
    operation_id = "list_guests_in_short",
    params(("org" = String, Path, description = "The organization's id"), ListParams),
    responses((status = 200, description = "All guests", body = Collection<Guest>), ReadErrors),
    security(("bearer" = []))
)]
pub async fn short_list(State(app): State<Arc<App>>, caller: Caller, uri: Uri) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let request = list::read_request(uri.query().unwrap_or_default(), caller.org)?;
    Ok(stream::all(&app, caller.org, request, stream::End::Bare))
}
