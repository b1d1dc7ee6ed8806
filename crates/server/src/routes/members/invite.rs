//! `POST /organizations/{org}/users/invite`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_api::members::requests::{InviteBody, read_invite};
use hospes_model::FieldErrors;
use hospes_model::member::Action;
use hospes_store::members::invite;
use hospes_store::tokens;

use super::reply;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Invite somebody to join the organization.
///
/// Whoever is invited already is asked anew: name and role stay, and what they
/// were given before does not work any more. No mail is sent yet; see
/// `POST …/users/{user}/invitation-link`. Answers 200, as documented.
#[utoipa::path(
    post, path = "/organizations/{org}/users/invite", tag = "members",
    operation_id = "invite_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ChangeHeaders
    ),
    request_body = InviteBody,
    responses((status = 200, description = "The invited member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn invite(change: Change) -> Result<Response, Error> {
    change.caller().may(Action::InviteMembers)?;
    let read = read_invite(&change.json()?)?;
    let (org, actor) = (change.caller().org, change.caller().actor);
    let (now, cause) = (change.now(), change.cause());
    let mut faults = FieldErrors::default();
    change.app().check_domain(&read.wish.email, "email", &mut faults).await;
    faults.into_result()?;
    // Nobody is told this secret: it keeps the place of the one that is handed out.
    let hash = tokens::hash(&entropy::invitation_secret());
    change
        .run(move |tx| {
            let member = invite::invite::<Error>(tx, org, &read.wish, &hash, actor, &cause)?;
            reply(&member, read.warnings.clone(), now)
        })
        .await
}
