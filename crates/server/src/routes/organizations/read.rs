//! `GET /organizations/{org}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::organizations::Organization;
use hospes_model::member::Action;
use hospes_store::orgs;

use super::{etag, organization};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::{Reply, conditional};

/// Read the organization.
#[utoipa::path(
    get, path = "/organizations/{org}", tag = "organizations",
    operation_id = "read_organization",
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
    let (org, users) = found;
    let reply = Reply::ok(&Item::new(organization(&app, &org, users)))?.with_etag(&etag(&org, users));
    Ok(conditional(reply, headers.get(IF_NONE_MATCH)))
}
