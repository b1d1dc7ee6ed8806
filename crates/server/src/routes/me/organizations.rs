//! `GET /me/organizations`.

use std::sync::Arc;

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::List;
use hospes_api::organizations::Organization;
use hospes_store::orgs;

use crate::app::App;
use crate::caller::Account;
use crate::error::Error;
use crate::openapi::{PageParams, ReadErrors};
use crate::query::Query;
use crate::reply::Reply;
use crate::routes::organizations::organization;
use crate::slice::{self, Address};

/// Organizations a page when nothing is said.
const PER_PAGE: i64 = 10;

/// The organizations that the token's member belongs to.
#[utoipa::path(
    get, path = "/me/organizations", tag = "organizations",
    operation_id = "list_own_organizations",
    params(PageParams),
    responses(
        (status = 200, description = "A page of organizations", body = List<Organization>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn organizations(
    State(app): State<Arc<App>>,
    account: Account,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let mut query = Query::new(uri.query().unwrap_or_default());
    let page = query.page(PER_PAGE);
    query.finish()?;
    let (id, own) = (account.actor().id, account.org());
    let inner = Arc::clone(&app);
    let all = app
        .store
        .read(move |tx| {
            let mut all = Vec::new();
            for org in orgs::of_account(tx, own, id)? {
                all.push(organization(&inner, &org, orgs::active_members(tx, org.no)?));
            }
            Ok::<_, hospes_store::Error>(all)
        })
        .await?;
    Ok(Reply::ok(&slice::page(all, page, &Address::of(&app, &headers, &uri)))?.unless_known(&headers))
}
