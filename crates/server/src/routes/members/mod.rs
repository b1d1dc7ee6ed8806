//! Members of an organization (`users` in the API).

pub mod approve;
pub mod delete;
pub mod disable;
pub mod enable;
pub mod invite;
pub mod link;
pub mod list;
pub mod me;
pub mod read;
pub mod remove;
pub mod role;
pub mod short_list;
pub mod to_guest;
pub mod update;

use std::borrow::Borrow;

use axum::http::StatusCode;
use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::members::requests::read_disable;
use hospes_api::members::{Included, User, UserGroup};
use hospes_model::MemberId;
use hospes_model::group::Group;
use hospes_model::member::{Action, Member};
use hospes_store::members::leave;
use jiff::Timestamp;

use crate::change::Change;
use crate::error::Error;
use crate::query::Query;
use crate::reply::Reply;

/// Reads the member that a path names. What is no id names nobody.
fn member_id(subject: &str) -> Result<MemberId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// A member on the wire, with their groups if those were asked for.
fn user<G: Borrow<Group>>(member: &Member, groups: Option<&[G]>, now: Timestamp) -> User {
    let mut user = User::new(member, now);
    let shown = |groups: &[G]| groups.iter().map(|group| UserGroup::new(group.borrow())).collect();
    user.groups = groups.map(|groups| Included { data: shown(groups) });
    user
}

/// The answer to a change of a member.
pub(super) fn reply(member: &Member, warnings: Vec<String>, now: Timestamp) -> Result<Reply, Error> {
    Reply::json(StatusCode::OK, &Item { data: User::new(member, now), warnings })
}

/// Disables the member that a path names, under either of its addresses.
async fn disable_member(subject: &str, query: &str, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerMembers)?;
    let id = member_id(subject)?;
    let mut query = Query::new(query);
    let flag = query.flag("with_reassignment");
    let to = query.get("to").map(str::to_owned);
    query.finish()?;
    let read = read_disable(&change.json()?, flag, to.as_deref())?;
    let (org, now, cause) = (change.caller().org, change.now(), change.cause());
    change
        .run(move |tx| {
            let changed = leave::disable::<Error>(tx, org, id, read.wish, &cause)?;
            reply(&changed.member, [read.warnings.as_slice(), &changed.warnings].concat(), now)
        })
        .await
}
