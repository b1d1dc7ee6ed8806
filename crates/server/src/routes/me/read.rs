//! `GET /me`.

use std::sync::Arc;

use axum::extract::State;
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
    responses((status = 200, description = "The token's member", body = Item<User>), ReadErrors),
    security(("bearer" = []))
)]
pub async fn read(State(app): State<Arc<App>>, account: Account) -> Result<Reply, Error> {
    let (org, id) = (account.org(), account.actor().id);
    let member = app.store.read_single(move |tx| accounts::find(tx, org, id)).await?;
    let member = member.ok_or_else(Error::unauthenticated)?;
    Reply::ok(&Item::new(User::new(&member, app.clock.now())))
}
