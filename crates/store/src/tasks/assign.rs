//! Looking up whom a caller wants on a task or in a group, making guests of new
//! addresses.

use hospes_model::activity::Cause;
use hospes_model::guest::GuestChange;
use hospes_model::member::MemberStatus;
use hospes_model::task::owners::{Assigned, Owners, Wanted};
use hospes_model::{EmailAddress, FieldErrors, GroupId, GuestCode, GuestKey, MemberId, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::{accounts, groups, guests, orgs};

/// What the lookups found: nothing has been written yet.
#[derive(Debug, Default)]
pub(crate) struct Found {
    assigned: Assigned,
    /// Addresses that nobody has here.
    unknown: Vec<EmailAddress>,
    /// What the caller should be told.
    warnings: Vec<String>,
}

/// How a request names its lists of people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists {
    pub(crate) users: &'static str,
    pub(crate) guests: &'static str,
    pub(crate) groups: &'static str,
}

impl Lists {
    /// Those of a task.
    pub(crate) const OF_TASK: Self =
        Self { users: "owners.users", guests: "owners.guests", groups: "owners.groups" };
}

/// Who is there already. They may stay, whatever became of them: callers send
/// back what they have read.
#[derive(Debug, Default)]
pub(crate) struct Present {
    pub(crate) members: Vec<MemberId>,
    pub(crate) guests: Vec<GuestKey>,
    pub(crate) groups: Vec<GroupId>,
}

impl From<&Owners> for Present {
    fn from(owners: &Owners) -> Self {
        Self {
            members: owners.members.iter().map(|member| member.id).collect(),
            guests: owners.guests.iter().map(|guest| guest.key).collect(),
            groups: owners.groups.iter().map(|group| group.id).collect(),
        }
    }
}

/// Looks up everybody who is wanted. Whoever cannot be assigned is added to
/// `faults`, by their place in the caller's list.
pub(crate) fn look_up(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wanted: &Wanted,
    present: &Present,
    lists: Lists,
    faults: &mut FieldErrors,
) -> Result<Found> {
    let mut found = Found::default();
    for (place, id) in &wanted.users {
        let active = accounts::is_active(tx, org, *id)?;
        if active || present.members.contains(id) {
            found.assigned.members.push(*id);
            found.assigned.inactive.extend((!active).then_some(*id));
        } else {
            faults.add(
                format!("{}.{place}", lists.users),
                format!("The member {id} is not an active member of this organization."),
            );
        }
    }
    for (place, email) in &wanted.guests {
        if let Err(fault) = look_up_address(tx, org, email, present, &mut found)? {
            faults.add(format!("{}.{place}", lists.guests), fault);
        }
    }
    let largest = match wanted.groups.as_slice() {
        [] => None,
        _ => orgs::get(tx, org)?.settings.max_group_size(),
    };
    for (place, id) in &wanted.groups {
        match groups::find_assigned(tx, org, *id)? {
            Some(group) => {
                let size = group.members.len() + group.guests.len();
                if largest.is_some_and(|most| size > most) && !present.groups.contains(id) {
                    let fault = format!("The group {id} has too many people to be assigned.");
                    faults.add(format!("{}.{place}", lists.groups), fault);
                }
                found.assigned.groups.push(group);
            }
            None => faults.add(format!("{}.{place}", lists.groups), "There is no such group."),
        }
    }
    Ok(found)
}

/// The addresses that nobody has here, with their places: assigning them would
/// make guests.
pub fn unknown_addresses(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guests: &[(usize, EmailAddress)],
) -> Result<Vec<(usize, EmailAddress)>> {
    let mut unknown: Vec<(usize, EmailAddress)> = Vec::new();
    for (place, email) in guests {
        let mut found = Found::default();
        let _ = look_up_address(tx, org, email, &Present::default(), &mut found)?;
        if !found.unknown.is_empty() && !unknown.iter().any(|(_, known)| known.is_same(email)) {
            unknown.push((*place, email.clone()));
        }
    }
    Ok(unknown)
}

/// Sorts one address in, or says why it cannot be assigned.
fn look_up_address(
    tx: &mut Tx<'_>,
    org: OrgNo,
    email: &EmailAddress,
    present: &Present,
    found: &mut Found,
) -> Result<std::result::Result<(), String>> {
    let guest = tx.query_opt(
        "SELECT key, code, email, disabled_at FROM guest WHERE org = ?1 AND email_folded = ?2",
        &[org.get().into(), email.folded().into()],
        |row| {
            let code: GuestCode = row.text(1)?.parse().map_err(|_| Error::corrupt("guest.code"))?;
            let key = GuestKey::from_stored(row.int(0)?);
            Ok((key, code, EmailAddress::from_stored(row.string(2)?), row.opt_int(3)?.is_some()))
        },
    )?;
    if let Some((key, code, stored, disabled)) = guest {
        if disabled && !present.guests.contains(&key) {
            return Ok(Err("The guest is disabled.".to_owned()));
        }
        found.assigned.guests.push((key, code, stored));
        return Ok(Ok(()));
    }
    match accounts::find_by_email(tx, org, email.folded())? {
        Some(member) if member.status == MemberStatus::Active => {
            if !found.assigned.members.contains(&member.id) {
                found.assigned.members.push(member.id);
            }
            found.warnings.push(format!(
                "The address {email} belongs to member {}, who was assigned as a member.",
                member.id
            ));
        }
        Some(_) => return Ok(Err("The address belongs to a member who is not active.".to_owned())),
        None if found.unknown.iter().any(|known| known.is_same(email)) => {}
        None => found.unknown.push(email.clone()),
    }
    Ok(Ok(()))
}

impl Found {
    /// Makes guests of the addresses that nobody has. `codes` are fresh ones,
    /// at least as many as there are addresses in the request.
    pub(crate) fn complete<E: From<Error> + From<Refusal>>(
        self,
        tx: &mut Tx<'_>,
        org: OrgNo,
        codes: &[GuestCode],
        cause: &Cause,
    ) -> std::result::Result<(Assigned, Vec<String>), E> {
        let mut assigned = self.assigned;
        if codes.len() < self.unknown.len() {
            return Err(Error::Database("too few guest codes were drawn".to_owned()).into());
        }
        for (email, code) in self.unknown.iter().zip(codes) {
            let guest = guests::create::<E>(tx, org, code, email, &GuestChange::default(), cause)?;
            assigned.guests.push((guest.key, guest.code, guest.email));
        }
        Ok((assigned, self.warnings))
    }
}
