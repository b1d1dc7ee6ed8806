//! `GET /organizations/{org}/guests/{guest}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::Guest;
use hospes_model::member::Action;
use hospes_store::guests;

use super::{guest_ref, rendered_reply};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::query::Query;
use crate::reply::conditional;

/// Read a guest.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}", tag = "guests",
    operation_id = "read_guest",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ("with" = Option<String>, Query, description = "`stats` adds the counters")
    ),
    responses(
        (status = 200, description = "The guest", body = Item<Guest>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let guest = guest_ref(&subject)?;
    let with_stats = Query::new(uri.query().unwrap_or_default()).includes("stats");
    let org = caller.org;
    let found = app.store.read_single(move |tx| guests::find_rendered(tx, org, &guest)).await?;
    let reply = rendered_reply(&app, &found.ok_or_else(Error::not_found)?, with_stats);
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
