//! `POST /organizations/{org}/guests/{guest}/to/member`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::User;
use hospes_api::members::requests::{ToMemberBody, read_to_member};
use hospes_model::guest::{Guest, ProfileField};
use hospes_model::member::{Action, NAME_LIMIT};
use hospes_store::members::convert;
use hospes_store::tokens;

use super::super::members::reply;
use super::guest_ref;
use crate::caller::Subject;
use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};

/// Turn a guest into a member.
///
/// Tasks and history stay; the guest's record and link are gone, and groups are
/// left. Whoever was a member before is active again, anybody else is invited.
#[utoipa::path(
    post, path = "/organizations/{org}/guests/{guest}/to/member", tag = "guests",
    operation_id = "convert_guest_to_member",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ChangeHeaders
    ),
    request_body = inline(Option<ToMemberBody>),
    responses((status = 200, description = "The member", body = Item<User>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn to_member(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let guest = guest_ref(&subject)?;
    let read = read_to_member(&change.json()?)?;
    let (org, now, cause, expected) = (change.caller().org, change.now(), change.cause(), change.expected());
    let hash = tokens::hash(&entropy::invitation_secret());
    change
        .run(move |tx| {
            let role = read.wish;
            let changed =
                convert::to_member::<Error>(tx, org, &guest, &expected, &names, role, &hash, &cause)?;
            reply(&changed.member, [read.warnings.as_slice(), &changed.warnings].concat(), now)
        })
        .await
}

/// What a guest is called as a member: by the names that are known, as far as
/// members may have them, else by the address.
fn names(guest: &Guest) -> (String, String) {
    let name = |field| -> String {
        guest.profile.get(field).unwrap_or_default().trim().chars().take(NAME_LIMIT).collect()
    };
    let (first, last) = (name(ProfileField::FirstName), name(ProfileField::LastName));
    if !first.is_empty() || !last.is_empty() {
        return (first, last);
    }
    let local = guest.email.as_str().split('@').next().unwrap_or_default();
    (local.chars().take(NAME_LIMIT).collect(), String::new())
}
