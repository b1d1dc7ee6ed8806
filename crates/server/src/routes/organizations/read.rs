//! `GET /organizations/{org}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::organizations::Organization;
use hospes_model::member::Action;
use hospes_store::orgs;

use super::organization;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;

/// Read the organization.
#[utoipa::path(
    get, path = "/organizations/{org}", tag = "organizations",
    params(("org" = String, Path, description = "The organization's id")),
    responses(
        (status = 200, description = "The organization", body = Item<Organization>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadOrganization)?;
    let no = caller.org;
    let found = app
        .store
        .read(move |tx| Ok::<_, hospes_store::Error>((orgs::get(tx, no)?, orgs::active_members(tx, no)?)))
        .await?;
    Ok(Reply::ok(&Item::new(organization(&found.0, found.1)))?.unless_known(&headers))
}
