//! Groups of members and guests.

pub mod create;
pub mod list;
pub mod read;
pub mod remove;
pub mod update;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use hospes_api::envelope::Item;
use hospes_api::groups::Group as WireGroup;
use hospes_api::members::{EmptyInclude, Included, User};
use hospes_model::group::Group;
use hospes_model::member::Member;
use hospes_model::{GroupId, MemberId, OrgNo};
use hospes_store::groups::write::Changed;
use hospes_store::{Tx, accounts};
use jiff::Timestamp;

use crate::error::Error;
use crate::query::Query;
use crate::reply::Reply;

/// Reads the group that a path names. What is no id names no group.
fn group_id(subject: &str) -> Result<GroupId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// What was asked for with `with=`. Guests are in every answer.
#[derive(Debug, Clone, Copy)]
struct Includes {
    users: bool,
    assets: bool,
}

impl Includes {
    fn of(query: &str) -> Self {
        let query = Query::new(query);
        Self { users: query.includes("users"), assets: query.includes("assets") }
    }

    /// The members from whom `users` are taken, by their ids, if they were asked
    /// for.
    fn members(self, tx: &mut Tx<'_>, org: OrgNo) -> hospes_store::Result<BTreeMap<MemberId, Member>> {
        let members = if self.users { accounts::list(tx, org)? } else { Vec::new() };
        Ok(members.into_iter().map(|member| (member.id, member)).collect())
    }

    fn show<'a>(
        self,
        group: &'a Group,
        members: &BTreeMap<MemberId, Member>,
        now: Timestamp,
    ) -> WireGroup<'a> {
        let mut shown = WireGroup::new(group);
        shown.assets = self.assets.then(EmptyInclude::default);
        let users = group.members.iter().filter_map(|id| members.get(id));
        shown.users =
            self.users.then(|| Included { data: users.map(|member| User::new(member, now)).collect() });
        shown
    }
}

/// The answer to a change.
fn reply(
    tx: &mut Tx<'_>,
    org: OrgNo,
    changed: &Changed,
    warnings: Vec<String>,
    includes: Includes,
    now: Timestamp,
) -> Result<Reply, Error> {
    let members = includes.members(tx, org)?;
    let data = includes.show(&changed.group, &members, now);
    Ok(Reply::json(StatusCode::CREATED, &Item { data, warnings })?
        .with_etag(&changed.group.revision.to_string()))
}
