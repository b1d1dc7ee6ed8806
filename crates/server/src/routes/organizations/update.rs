//! `PUT /organizations/{org}`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::organizations::{LOGO_FAULT, Organization, UpdateOrganizationBody, read_update};
use hospes_model::member::Action;
use hospes_store::orgs;

use super::{etag, logo, organization};
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Change the organization.
///
/// Name, time zone and settings; what is absent stays as it is, and so do days
/// that `working_days` leaves out. A logo is set by uploading it as a file.
#[utoipa::path(
    put, path = "/organizations/{org}", tag = "organizations",
    operation_id = "update_organization",
    params(("org" = String, Path, description = "The organization's id"), ChangeHeaders),
    request_body = UpdateOrganizationBody,
    responses((status = 200, description = "The changed organization", body = Item<Organization>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn update(change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerOrganization)?;
    let read = read_update(&change.json()?)?;
    let app = Arc::clone(change.app());
    let (no, expected, cause) = (change.caller().org, change.expected(), change.cause());
    change
        .run(move |tx| {
            if let Some(known) = &read.known_logo
                && logo(&app, &orgs::get(tx, no)?).as_ref() != Some(known)
            {
                return Err(Error::invalid("logo", LOGO_FAULT));
            }
            let org = orgs::update::<Error>(tx, no, &expected, &read.change, &cause)?;
            let users = orgs::active_members(tx, no)?;
            let item = Item { data: organization(&app, &org, users), warnings: read.warnings.clone() };
            Ok(Reply::json(StatusCode::OK, &item)?.with_etag(&etag(&org, users)))
        })
        .await
}
