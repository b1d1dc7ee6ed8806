//! `POST /invitations/accept`.

use std::sync::Arc;

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::requests::{AcceptBody, Read, read_accept};
use hospes_api::members::{Accepted, User};
use hospes_store::members::invite;
use hospes_store::{orgs, tokens};

use crate::access::{new_token, usual_expiry};
use crate::change::{OpenChange, secret_response};
use crate::error::Error;
use crate::openapi::OpenWriteErrors;
use crate::reply::Reply;

/// Accept an invitation.
///
/// Needs no token: the secret says who it is, works once, and is never sent in
/// an address. The answer holds a personal token, shown this once and stored
/// nowhere. An `Idempotency-Key` has no effect.
#[utoipa::path(
    post, path = "/invitations/accept", tag = "members",
    operation_id = "accept_invitation",
    request_body = AcceptBody,
    responses(
        (status = 200, description = "The member and the token to work with", body = Item<Accepted>),
        OpenWriteErrors
    )
)]
pub async fn accept(change: OpenChange) -> Result<Response, Error> {
    let Read { wish: (secret, person), warnings } = read_accept(&change.json()?)?;
    let (app, now, cause) = (Arc::clone(change.app()), change.now(), change.cause());
    let hash = tokens::hash(&secret);
    // Made whether the secret is right or not: until the search, and with it,
    // all secrets cost the same.
    let expires_at = usual_expiry(now).map_err(|error| Error::internal(error.to_string()))?;
    let (token, new) = new_token("Invitation", now, expires_at);
    let found = app.store.read_single(move |tx| invite::find(tx, &hash)).await?;
    let invited = found.ok_or_else(no_invitation)?;
    let (member, organization_id) = app
        .store
        .write(move |tx| {
            let member = invite::accept(tx, invited, &hash, &person, &new, &cause)?;
            Ok::<_, Error>((member.ok_or_else(no_invitation)?, orgs::get(tx, invited.0)?.id))
        })
        .await?;
    let data =
        Accepted { token, token_type: "Bearer", expires_at, organization_id, user: User::new(&member, now) };
    Ok(secret_response(Reply::ok(&Item { data, warnings })?))
}

/// The same for secrets that never were, were replaced, or have been used.
fn no_invitation() -> Error {
    Error::invalid("secret", "There is no invitation with this secret, or not any more.")
}
