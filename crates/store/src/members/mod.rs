//! Administration of members: invitations in [`invite`], changes of one in
//! [`change`], leaving and coming back in [`leave`], members who become guests
//! and guests who become members in [`convert`]. Members are read in
//! [`accounts`].

pub mod change;
pub mod convert;
pub mod invite;
pub mod leave;

use hospes_model::activity::{Cause, Event};
use hospes_model::member::Member;
use hospes_model::{MemberId, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::orgs::{self, Advance};
use crate::sql::Tx;
use crate::{accounts, activity};

/// A member after a change, and what the caller should be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The member.
    pub member: Member,
    /// Sentences.
    pub warnings: Vec<String>,
}

/// Takes the organization's turn and finds the member that a change is about.
fn find_for_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
) -> std::result::Result<Member, E> {
    orgs::lock(tx, org)?;
    Ok(accounts::find(tx, org, id)?.ok_or(Refusal::NotFound)?)
}

/// Moves the activity sequence on for so many rows and returns it.
fn advance(tx: &mut Tx<'_>, org: OrgNo, events: usize) -> Result<i64> {
    let advance = Advance { events: events as i64, ..Advance::default() };
    Ok(orgs::advance(tx, org, advance)?.activity_sequence)
}

/// Stores a changed member with what is told of it; without events nothing
/// changed.
fn save(tx: &mut Tx<'_>, org: OrgNo, member: &mut Member, events: &[Event], cause: &Cause) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let newest = advance(tx, org, events.len())?;
    member.updated_at = cause.at;
    accounts::save(tx, org, member)?;
    activity::add(tx, org, newest, cause, events)
}
