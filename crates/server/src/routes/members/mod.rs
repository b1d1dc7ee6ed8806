//! Members of an organization (`users` in the API).

pub mod list;
pub mod me;
pub mod read;
pub mod short_list;

use hospes_api::members::{Included, User, UserGroup};
use hospes_model::group::Group;
use hospes_model::member::Member;
use jiff::Timestamp;

/// A member on the wire, with their groups if those were asked for.
fn user(member: &Member, groups: Option<&[Group]>, now: Timestamp) -> User {
    let mut user = User::new(member, now);
    user.groups = groups.map(|groups| Included { data: groups.iter().map(UserGroup::new).collect() });
    user
}
