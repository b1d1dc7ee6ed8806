//! `POST /organizations/{org}/guests/{guest}/copy-link`.

use std::sync::Arc;

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::guests::links::CopiedLink;
use hospes_model::member::Action;
use hospes_model::workplace::links::LinkPolicy;
use hospes_store::guests::links;
use hospes_store::orgs;

use super::guest_ref;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Copy a guest's link.
///
/// The address of the guest's tasks, to hand on by other ways than mail. The
/// activity feed tells who took it.
#[utoipa::path(
    post, path = "/organizations/{org}/guests/{guest}/copy-link", tag = "guests",
    operation_id = "copy_guest_link",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    responses((status = 200, description = "The link", body = Item<CopiedLink>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn copy_link(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteGuests)?;
    let guest = guest_ref(&subject)?;
    let (app, org, cause) = (Arc::clone(change.app()), change.caller().org, change.cause());
    change
        .run(move |tx| {
            let guest = links::copied::<Error>(tx, org, &guest, &cause)?;
            let policy = orgs::get(tx, org)?.settings.guest_link_policy;
            Reply::ok(&Item::new(CopiedLink {
                link: app.guest_link(&guest.code),
                policy: policy.as_str(),
                opens_alone: policy == LinkPolicy::Open,
            }))
        })
        .await
}
