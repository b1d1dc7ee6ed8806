//! `POST /organizations/{org}/users/{user}/invitation-link`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::InvitationLink;
use hospes_model::member::Action;
use hospes_store::members::invite;
use hospes_store::tokens;

use super::member_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::WriteErrors;
use crate::reply::Reply;

/// Hand out what an invited member comes in with.
///
/// Each time another secret is made, and the one before is dead. It is shown
/// this once and stored nowhere, so an `Idempotency-Key` has no effect: a
/// repeated request makes another secret. The activity feed tells of it.
#[utoipa::path(
    post, path = "/organizations/{org}/users/{user}/invitation-link", tag = "members",
    operation_id = "make_invitation_link",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("user" = i64, Path, minimum = 1, description = "The member's id")
    ),
    responses((status = 200, description = "The secret, and where it is sent", body = Item<InvitationLink>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn link(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(&subject)?;
    let (org, cause) = (change.caller().org, change.cause());
    let secret = entropy::invitation_secret();
    let hash = tokens::hash(&secret);
    let public_url = change.app().settings.public_url.trim_end_matches('/');
    let accept_url = format!("{public_url}/invitations/accept");
    change
        .run_secret(move |tx| {
            let member = invite::renew::<Error>(tx, org, id, &hash, &cause)?;
            Reply::ok(&Item::new(InvitationLink {
                user_id: member.id,
                email: member.email.as_str().to_owned(),
                secret: secret.clone(),
                accept_url: accept_url.clone(),
            }))
        })
        .await
}
