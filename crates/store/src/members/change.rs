//! A member gets another name, another role, approval.

use hospes_model::activity::{Cause, Event, Verb};
use hospes_model::member::{Member, MemberChange, MemberStatus, Role};
use hospes_model::{MemberId, OrgNo, Refusal};

use crate::error::Error;
use crate::sql::Tx;

use super::{find_for_change, save};

/// Changes what the organization knows of a member. A change that changes
/// nothing writes nothing, here and below.
pub fn update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    change: &MemberChange,
    cause: &Cause,
) -> std::result::Result<Member, E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    let events = member.update(change);
    save(tx, org, &mut member, &events, cause)?;
    Ok(member)
}

/// Gives a member another role, which counts from the next request on. Refused
/// for the default administrator, so that there is always one.
pub fn set_role<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    role: Role,
    cause: &Cause,
) -> std::result::Result<Member, E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    let events = member.set_role(role)?;
    save(tx, org, &mut member, &events, cause)?;
    Ok(member)
}

/// Notes that an administrator approves of a member; once.
pub fn approve<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    cause: &Cause,
) -> std::result::Result<Member, E> {
    let mut member = find_for_change::<E>(tx, org, id)?;
    if member.status == MemberStatus::Disabled {
        return Err(Refusal::field("user", "A disabled member cannot be approved; enable them first.").into());
    }
    let mut events = Vec::new();
    if member.approved_at.is_none() {
        member.approved_at = Some(cause.at);
        let event = member.event(Verb::Updated, format!("Member {} was approved.", member.email));
        events.push(Event { field: Some("approved_at"), ..event });
    }
    save(tx, org, &mut member, &events, cause)?;
    Ok(member)
}
