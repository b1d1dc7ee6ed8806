//! Looking up whom a caller wants on a task, making guests of new addresses.

use hospes_model::activity::Cause;
use hospes_model::guest::GuestChange;
use hospes_model::member::MemberStatus;
use hospes_model::task::owners::{Assigned, Owners, Wanted};
use hospes_model::{EmailAddress, FieldErrors, GuestCode, GuestKey, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::{accounts, guests};

/// What the lookups found: nothing has been written yet.
#[derive(Debug, Default)]
pub(super) struct Found {
    assigned: Assigned,
    /// Addresses that nobody has here.
    unknown: Vec<EmailAddress>,
    /// What the caller should be told.
    warnings: Vec<String>,
}

/// Looks up everybody who is wanted. Whoever cannot be assigned is added to
/// `faults`, by their place in the caller's list. Those on the task already
/// may stay, whatever became of them: callers send back what they have read.
pub(super) fn look_up(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wanted: &Wanted,
    present: &Owners,
    faults: &mut FieldErrors,
) -> Result<Found> {
    let mut found = Found::default();
    for (place, id) in &wanted.users {
        if present.has_member(*id) || accounts::is_active(tx, org, *id)? {
            found.assigned.members.push(*id);
        } else {
            faults.add(
                format!("owners.users.{place}"),
                format!("The member {id} is not an active member of this organization."),
            );
        }
    }
    for (place, email) in &wanted.guests {
        if let Err(fault) = look_up_address(tx, org, email, present, &mut found)? {
            faults.add(format!("owners.guests.{place}"), fault);
        }
    }
    Ok(found)
}

/// The addresses that nobody has here: assigning them would make guests.
pub fn unknown_addresses(tx: &mut Tx<'_>, org: OrgNo, wanted: &Wanted) -> Result<Vec<(usize, EmailAddress)>> {
    let mut unknown: Vec<(usize, EmailAddress)> = Vec::new();
    for (place, email) in &wanted.guests {
        let mut found = Found::default();
        let _ = look_up_address(tx, org, email, &Owners::default(), &mut found)?;
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
    present: &Owners,
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
        if disabled && !present.guests.iter().any(|guest| guest.key == key) {
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
    pub(super) fn complete<E: From<Error> + From<Refusal>>(
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
