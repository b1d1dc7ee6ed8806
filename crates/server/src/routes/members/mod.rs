//! Members of an organization (`users` in the API).

pub mod list;
pub mod me;
pub mod read;
pub mod short_list;

use hospes_api::members::{EmptyInclude, User};
use hospes_model::member::Member;
use jiff::Timestamp;

use crate::query::Query;

/// A member on the wire, with the includes that were asked for.
fn user(member: &Member, now: Timestamp, query: &Query<'_>) -> User {
    let mut user = User::new(member, now);
    user.groups = query.includes("groups").then(EmptyInclude::default);
    user
}
