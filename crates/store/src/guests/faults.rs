//! What only the database knows to be wrong with a request about a guest.
//!
//! The changes ask here before they write; whoever refuses a request for other
//! reasons asks here too, so that everything is told at once.

use hospes_model::guest::Guest;
use hospes_model::{EmailAddress, FieldErrors, MemberId, OrgNo, Refusal};

use super::{GuestRef, find, find_key};
use crate::accounts;
use crate::error::{Error, Result};
use crate::sql::Tx;

/// Finds fault with a new guest: an address that is taken, associated members
/// who are none. `email` is `None` when the request names no address that can
/// be read, `associates` are members with their places in the caller's list.
///
/// That the address is a guest's is found only where anything else is wrong:
/// otherwise the insert says so, at no cost.
pub fn of_creation(
    tx: &mut Tx<'_>,
    org: OrgNo,
    email: Option<&EmailAddress>,
    associates: &[(usize, MemberId)],
    faults: &mut FieldErrors,
) -> Result<()> {
    of_associates(tx, org, associates, faults)?;
    let Some(email) = email else { return Ok(()) };
    if accounts::is_member(tx, org, email.folded())? {
        faults.add("email", email_taken("a member"));
    } else if !faults.is_empty() && find_key(tx, org, &GuestRef::Email(email.folded().to_owned()))?.is_some()
    {
        faults.add("email", email_taken("a guest"));
    }
    Ok(())
}

/// Finds fault with a change of the guest that `guest` names. `email` is the
/// address that the request takes for the guest's.
pub fn of_update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    email: Option<&EmailAddress>,
    associates: &[(usize, MemberId)],
    faults: &mut FieldErrors,
) -> std::result::Result<(), E> {
    let guest = find(tx, org, guest)?.ok_or(Refusal::NotFound)?;
    Ok(of_change(tx, org, &guest, email, associates, faults)?)
}

/// The same for a guest who has been read.
pub(super) fn of_change(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    email: Option<&EmailAddress>,
    associates: &[(usize, MemberId)],
    faults: &mut FieldErrors,
) -> Result<()> {
    if email.is_some_and(|email| !email.is_same(&guest.email)) {
        faults.add("email", "The email cannot be changed here. Send it to the guest's /email route.");
    }
    of_associates(tx, org, associates, faults)
}

/// Ids that are not active members of the organization are refused, each by
/// its place in the list.
fn of_associates(
    tx: &mut Tx<'_>,
    org: OrgNo,
    associates: &[(usize, MemberId)],
    faults: &mut FieldErrors,
) -> Result<()> {
    for (place, member) in associates {
        if !accounts::is_active(tx, org, *member)? {
            faults.add(
                format!("associated_members.{place}"),
                format!("The member {member} is not an active member of this organization."),
            );
        }
    }
    Ok(())
}

/// Says whose the address is.
pub(super) fn email_taken(what: &str) -> String {
    format!("The email has already been taken by {what} of this organization.")
}
