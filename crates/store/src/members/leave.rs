//! A member leaves, comes back, or is gone for good.

use hospes_model::activity::{Cause, Verb};
use hospes_model::member::{Member, MemberStatus, Stamp};
use hospes_model::{MemberId, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::guests::{self, GuestRef};
use crate::people::{self, Party};
use crate::sql::Tx;
use crate::{accounts, activity, to_micros, tokens};

use super::{Changed, advance, convert, find_for_change, invite, save};

/// Disables a member: every token and invitation ends at once, they leave every
/// group, and what they have still to do goes to `to`, or stays with them. No
/// guest is left without an active member. Twice changes nothing more.
pub fn disable<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    to: Option<MemberId>,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    member.check_not_default()?;
    if let Some(to) = to
        && (to == id || !accounts::is_active(tx, org, to)?)
    {
        let message = "The to must be another, active member of this organization.";
        return Err(Refusal::field("to", message).into());
    }
    if member.status == MemberStatus::Disabled {
        return Ok(Changed { member, warnings: Vec::new() });
    }
    shut_out(tx, org, &mut member, cause)?;
    let newest = advance(tx, org, 1)?;
    let warnings =
        people::tell_of_departure(tx, org, Party::Member(id), to.map(Party::Member), newest, cause)?;
    let text = sentences(format!("Member {} was disabled.", member.email), &warnings);
    activity::add(tx, org, newest, cause, &[member.event(Verb::Disabled, text)])?;
    Ok(Changed { member, warnings })
}

/// Ends everything that lets somebody in.
pub(super) fn shut_out(tx: &mut Tx<'_>, org: OrgNo, member: &mut Member, cause: &Cause) -> Result<()> {
    member.status = MemberStatus::Disabled;
    member.disabled = Some(Stamp { at: cause.at, by: cause.actor });
    member.updated_at = cause.at;
    accounts::save(tx, org, member)?;
    tokens::revoke_all(tx, org, member.id, cause.at)?;
    invite::withdraw(tx, org, member.id)
}

/// Lets a disabled member in again: active, or invited if they never came. Old
/// tokens stay dead. If their address became a guest meanwhile, the guest's
/// tasks are theirs again. Twice changes nothing more. `hash` is that of a fresh
/// secret.
pub fn enable<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    hash: &tokens::Hash,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    if member.status != MemberStatus::Disabled {
        return Ok(Changed { member, warnings: Vec::new() });
    }
    reopen(tx, org, &mut member, hash, cause)?;
    let event = member.event(Verb::Enabled, format!("Member {} was enabled.", member.email));
    save(tx, org, &mut member, &[event], cause)?;
    let guest = guests::find(tx, org, &GuestRef::Email(member.email.folded().to_owned()))?;
    let warnings = match guest {
        Some(guest) => convert::take_over(tx, org, &guest, &member, cause)?,
        None => Vec::new(),
    };
    Ok(Changed { member, warnings })
}

/// Sets the status of one who comes back; to be saved.
pub(super) fn reopen(
    tx: &mut Tx<'_>,
    org: OrgNo,
    member: &mut Member,
    hash: &tokens::Hash,
    cause: &Cause,
) -> Result<()> {
    member.disabled = None;
    member.reactivated = Some(Stamp { at: cause.at, by: cause.actor });
    member.status = MemberStatus::Active;
    if member.activated_at.is_none() {
        member.status = MemberStatus::Invited;
        invite::keep(tx, org, member.id, hash, "", cause)?;
    }
    Ok(())
}

/// Deletes a disabled member for good. History stays, under a name that says so;
/// the address is free.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    cause: &Cause,
) -> std::result::Result<Member, E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    member.check_not_default()?;
    if member.status != MemberStatus::Disabled {
        let message = "Only a disabled member can be deleted; disable them first.";
        return Err(Refusal::field("user", message).into());
    }
    let event = member.event(Verb::Deleted, format!("Member {} was deleted.", member.email));
    if !member.last_name.is_empty() {
        member.last_name.push(' ');
    }
    member.last_name.push_str("(Deleted)");
    save(tx, org, &mut member, &[event], cause)?;
    tx.execute(
        "UPDATE member SET deleted_at = ?3 WHERE org = ?1 AND account_id = ?2",
        &[org.get().into(), id.get().into(), to_micros(cause.at).into()],
    )?;
    Ok(accounts::get(tx, org, id)?)
}

/// Sentences one after the other.
pub(super) fn sentences(first: String, others: &[String]) -> String {
    others.iter().fold(first, |text, sentence| format!("{text} {sentence}"))
}
