//! Invitations: somebody is asked to join, and comes in with a secret.
//!
//! Only the hash of a secret is stored. An invitation begins with a secret that
//! nobody has been told; whoever may hand one out renews it and learns the new
//! one, and each renewal kills the one before. Invitations do not expire (D18).

use hospes_model::activity::{Cause, Verb};
use hospes_model::member::{Actor, Invitation, Member, MemberChange, MemberStatus};
use hospes_model::{MemberId, OrgNo, Refusal};

use crate::accounts::{self, NewMember, member_id};
use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::tokens::{self, Hash, NewToken};
use crate::{activity, orgs, to_micros};

use super::{advance, find_for_change, save};

/// Asks somebody to join. Whoever is invited already keeps name and role, and is
/// asked anew: the secret of before is dead. Refused for members, and for guests,
/// who can be turned into members instead.
pub fn invite<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    invitation: &Invitation,
    hash: &Hash,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Member, E> {
    orgs::lock(tx, org)?;
    actor.may_invite(&orgs::get(tx, org)?.settings, invitation.role)?;
    let email = &invitation.email;
    if let Some(member) = accounts::find_by_email(tx, org, email.folded())? {
        if member.status != MemberStatus::Invited {
            let message = "The email is a member of this organization already.";
            return Err(Refusal::field("email", message).into());
        }
        keep(tx, org, member.id, hash, &invitation.message, cause)?;
        let event = member.event(Verb::Invited, format!("Member {} was invited again.", member.email));
        let newest = advance(tx, org, 1)?;
        activity::add(tx, org, newest, cause, &[event])?;
        return Ok(member);
    }
    if accounts::is_guest(tx, org, email.folded())? {
        let message = "The email belongs to a guest of this organization, who can be turned into a member.";
        return Err(Refusal::field("email", message).into());
    }
    let mut member = insert(tx, org, invitation, hash, cause)?;
    let settled = actor.role == hospes_model::member::Role::Admin;
    member.approved_at = settled.then_some(cause.at);
    let text = format!("Member {email} was invited as {}.", member.role.as_str());
    let event = member.event(Verb::Invited, text);
    save(tx, org, &mut member, &[event], cause)?;
    Ok(member)
}

/// Makes an invited member with the organization's time zone.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    org: OrgNo,
    invitation: &Invitation,
    hash: &Hash,
    cause: &Cause,
) -> Result<Member> {
    let new = NewMember {
        email: invitation.email.clone(),
        first_name: invitation.first_name.clone(),
        last_name: invitation.last_name.clone(),
        timezone: orgs::get(tx, org)?.timezone,
        role: invitation.role,
    };
    let id = accounts::account(tx, &new.email, cause.at)?;
    accounts::insert(tx, org, id, &new, MemberStatus::Invited, cause.at)?;
    keep(tx, org, id, hash, &invitation.message, cause)?;
    let mut member = accounts::get(tx, org, id)?;
    member.invited_by = cause.actor;
    Ok(member)
}

/// Stores the hash of an invited member's secret in place of the one before.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    org: OrgNo,
    member: MemberId,
    hash: &Hash,
    message: &str,
    cause: &Cause,
) -> Result<()> {
    withdraw(tx, org, member)?;
    tx.execute(
        "INSERT INTO invitation (org, account_id, hash, invited_by, message, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            org.get().into(),
            member.get().into(),
            hash.as_slice().into(),
            cause.actor.map(MemberId::get).into(),
            message.into(),
            to_micros(cause.at).into(),
        ],
    )?;
    Ok(())
}

/// Ends a member's invitation, if there is one.
pub(super) fn withdraw(tx: &mut Tx<'_>, org: OrgNo, member: MemberId) -> Result<()> {
    tx.execute(
        "DELETE FROM invitation WHERE org = ?1 AND account_id = ?2",
        &[org.get().into(), member.get().into()],
    )?;
    Ok(())
}

/// Gives an invited member another secret, of which `hash` is the hash: the one
/// before is dead. Refused for members who are not invited.
pub fn renew<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    hash: &Hash,
    cause: &Cause,
) -> std::result::Result<Member, E> {
    let member = find_for_change::<E>(tx, org, id)?;
    if member.status != MemberStatus::Invited {
        let message = "Only a member who is invited and has not accepted yet can be given this.";
        return Err(Refusal::field("user", message).into());
    }
    tx.execute(
        "UPDATE invitation SET hash = ?3 WHERE org = ?1 AND account_id = ?2",
        &[org.get().into(), id.get().into(), hash.as_slice().into()],
    )?;
    let text = format!("The invitation of member {} was renewed and handed out.", member.email);
    let newest = advance(tx, org, 1)?;
    activity::add(tx, org, newest, cause, &[member.event(Verb::Invited, text)])?;
    Ok(member)
}

/// Whom a secret invites where, if it invites anybody.
pub fn find(tx: &mut Tx<'_>, hash: &Hash) -> Result<Option<(OrgNo, MemberId)>> {
    tx.query_opt(
        "SELECT i.org, i.account_id FROM invitation i \
         JOIN member m ON m.org = i.org AND m.account_id = i.account_id AND m.status = 'invited' \
         WHERE i.hash = ?1",
        &[hash.as_slice().into()],
        |row| Ok((orgs::org_no(row.int(0)?)?, member_id(row.int(1)?)?)),
    )
}

/// Accepts an invitation: the member is active, and has the token. `cause` says
/// who only by `request_id`, address and time; the member is filled in. `None`
/// when the secret, by its hash, invites nobody (any more).
pub fn accept(
    tx: &mut Tx<'_>,
    (org, id): (OrgNo, MemberId),
    hash: &Hash,
    change: &MemberChange,
    token: &NewToken,
    cause: &Cause,
) -> Result<Option<Member>> {
    orgs::lock(tx, org)?;
    // Between the search and now it may have been renewed, accepted, withdrawn.
    if find(tx, hash)? != Some((org, id)) {
        return Ok(None);
    }
    withdraw(tx, org, id)?;
    let cause = Cause { actor: Some(id), ..cause.clone() };
    let mut member = accounts::get(tx, org, id)?;
    member.update(change);
    member.status = MemberStatus::Active;
    member.activated_at = Some(cause.at);
    let number = tokens::create(tx, org, id, token)?;
    let email = member.email.clone();
    let events = [
        member.event(Verb::InviteAccepted, format!("Member {email} accepted the invitation.")),
        member
            .event(Verb::Created, format!("Token {number} ({}) of member {email} was created.", token.name)),
    ];
    save(tx, org, &mut member, &events, &cause)?;
    Ok(Some(member))
}
