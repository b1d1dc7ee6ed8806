//! Members who become guests, and guests who become members: the same person,
//! whose tasks and history stay (`product.md` 1.12).

use hospes_model::activity::{Cause, Verb};
use hospes_model::guest::{Guest, GuestChange, ProfileField};
use hospes_model::member::{Invitation, Member, Role};
use hospes_model::{GuestCode, MemberId, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::guests::{self, GuestRef};
use crate::mail::notices;
use crate::people::{self, Party};
use crate::sql::Tx;
use crate::{accounts, activity, orgs, tokens};

use super::leave::{reopen, sentences, shut_out};
use super::{Changed, advance, find_for_change, invite, save};

/// Turns a member into a guest: disabled as a member, out of every group, every
/// token dead. What the member was asked to do and has done is the guest's.
/// `code` is a fresh one. Refused for the default administrator.
pub fn to_guest<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    code: &GuestCode,
    cause: &Cause,
) -> std::result::Result<(Guest, Vec<String>), E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    member.check_not_default()?;
    if accounts::is_guest(tx, org, member.email.folded())? {
        return Err(Refusal::field("user", "The member's address is a guest already.").into());
    }
    shut_out(tx, org, &mut member, cause)?;
    let profile = [
        (ProfileField::FirstName, Some(member.first_name.clone())),
        (ProfileField::LastName, Some(member.last_name.clone())),
        (ProfileField::Phone1, member.details.phone.clone()),
        (ProfileField::Timezone, Some(member.timezone.clone())),
    ];
    let profile = profile.into_iter().filter(|(_, text)| text.as_ref().is_some_and(|text| !text.is_empty()));
    let change = GuestChange { profile: profile.collect(), ..GuestChange::default() };
    let guest = guests::new(tx, org, code, &member.email, &change, cause)?;
    if !guests::insert(tx, org, &guest, cause)? {
        return Err(Refusal::field("user", "The member's address is a guest already.").into());
    }
    let newest = advance(tx, org, 1)?;
    let (person, with) = (Party::Member(id), Some(Party::Guest(guest.key)));
    let warnings = people::tell_of_departure(tx, org, person, with, newest, cause)?;
    notices::of_newcomer(tx, org, guest.key, cause.at)?;
    let text = sentences(format!("Member {} became a guest.", member.email), &warnings);
    activity::add(tx, org, newest, cause, &[member.event(Verb::Disabled, text)])?;
    Ok((guests::get(tx, guest.key)?, warnings))
}

/// Turns a guest into a member in a role. One who has been a member before is
/// active again; anybody else is invited, and comes in by accepting. The guest's
/// record, link and groups are gone; tasks and history are the member's. `names`
/// are used where there is no member yet; `hash` is that of a fresh secret.
#[expect(clippy::too_many_arguments, reason = "each is one thing that the caller knows")]
pub fn to_member<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
    names: &dyn Fn(&Guest) -> (String, String),
    role: Role,
    hash: &tokens::Hash,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    orgs::lock(tx, org)?;
    let guest = guests::find(tx, org, guest)?.ok_or(Refusal::NotFound)?;
    if !expected.is_met_by(guest.profile_revision) {
        return Err(Refusal::Stale.into());
    }
    let mut member = match accounts::find_by_email(tx, org, guest.email.folded())? {
        Some(mut member) => {
            reopen(tx, org, &mut member, hash, cause)?;
            member
        }
        None => newcomer(tx, org, &guest, names(&guest), role, hash, cause)?,
    };
    member.role = role;
    member.approved_at = Some(cause.at);
    let text = format!("Guest {} became a member, as {}.", guest.email, role.as_str());
    let event = member.event(Verb::Created, text);
    save(tx, org, &mut member, &[event], cause)?;
    let warnings = take_over(tx, org, &guest, &member, cause)?;
    Ok(Changed { member, warnings })
}

fn newcomer(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    (first_name, last_name): (String, String),
    role: Role,
    hash: &tokens::Hash,
    cause: &Cause,
) -> Result<Member> {
    let invitation =
        Invitation { email: guest.email.clone(), first_name, last_name, role, message: String::new() };
    let mut member = invite::insert(tx, org, &invitation, hash, cause)?;
    if let Some(zone) = guest.profile.get(ProfileField::Timezone) {
        zone.clone_into(&mut member.timezone);
    }
    member.details.phone = guest.profile.get(ProfileField::Phone1).map(str::to_owned);
    Ok(member)
}

/// Gives a guest's tasks to the member with the same address and drops the
/// guest. Returns what to tell.
pub(super) fn take_over(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    member: &Member,
    cause: &Cause,
) -> Result<Vec<String>> {
    let newest = orgs::activity_sequence(tx, org)?;
    let (person, with) = (Party::Guest(guest.key), Some(Party::Member(member.id)));
    let warnings = people::tell_of_departure(tx, org, person, with, newest, cause)?;
    let text = sentences(format!("Guest {} is member {} now.", guest.email, member.id), &warnings);
    guests::drop_record(tx, org, guest, guests::event(guest, Verb::Deleted, text), cause)?;
    Ok(warnings)
}
