//! `GET /me`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_store::accounts;

use crate::app::App;
use crate::caller::Account;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;

/// Who am I?
#[utoipa::path(
    get, path = "/me", tag = "organizations",
    operation_id = "read_own_account",
    responses(
        (status = 200, description = "The token's member", body = Item<User>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(
    State(app): State<Arc<App>>,
    account: Account,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let (org, id) = (account.org(), account.actor().id);
    let member = app.store.read_single(move |tx| accounts::find(tx, org, id)).await?;
    let member = member.ok_or_else(Error::unauthenticated)?;
    Ok(Reply::ok(&Item::new(User::new(&member, app.clock.now())))?.unless_known(&headers))
}
