//! Guests who are removed, or become members: what shows them, and where they
//! were.

use hospes_model::activity::{Cause, Event, Verb};
use hospes_model::guest::Guest;
use hospes_model::workflow::Person;
use hospes_model::{GroupKey, GuestKey, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{self, Advance};
use crate::runs::people::{self, Leaving};
use crate::sql::{Tx, Value};
use crate::{activity, to_micros};

use super::{GuestRef, event, find_for_change};

/// Gives the tasks that a guest is on, and the groups that a guest is in, a new
/// revision: they show the guest.
pub(crate) fn touch(tx: &mut Tx<'_>, key: GuestKey, revision: i64, cause: &Cause) -> Result<()> {
    for sql in [
        "UPDATE task SET revision = ?2, updated_at = ?3 \
         WHERE key IN (SELECT task_key FROM task_guest WHERE guest_key = ?1)",
        "UPDATE people_group SET revision = ?2, updated_at = ?3 \
         WHERE key IN (SELECT group_key FROM people_group_guest WHERE guest_key = ?1)",
    ] {
        tx.execute(sql, &[key.get().into(), revision.into(), to_micros(cause.at).into()])?;
    }
    Ok(())
}

/// Removes a guest from the organization: off every task, the record dropped.
/// Finished work and the activity feed keep the author.
pub fn remove<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let guest = find_for_change::<E>(tx, org, guest, expected)?;
    let removed = event(&guest, Verb::Deleted, format!("Guest {} was removed.", guest.email));
    drop_record(tx, org, &guest, removed, cause)?;
    Ok(guest)
}

/// Takes a guest off every task, out of every group, and drops the record;
/// `told` is the row about it.
pub(crate) fn drop_record(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    told: Event,
    cause: &Cause,
) -> Result<()> {
    let advanced = orgs::advance(
        tx,
        org,
        Advance {
            guests: -1,
            disabled: -i64::from(guest.disabled.is_some()),
            guests_changed: true,
            events: 1,
            ..Advance::default()
        },
    )?;
    touch(tx, guest.key, advanced.activity_sequence, cause)?;
    leave_processes(tx, org, guest, cause)?;
    let key = Value::from(guest.key.get());
    tx.execute("DELETE FROM task_guest WHERE guest_key = ?1", &[key])?;
    tx.execute("DELETE FROM guest_associate WHERE guest_key = ?1", &[key])?;
    tx.execute("DELETE FROM guest_rendered WHERE key = ?1", &[key])?;
    tx.execute("DELETE FROM guest WHERE key = ?1", &[key])?;
    activity::add(tx, org, advanced.activity_sequence, cause, &[told])
}

/// Takes a guest who is about to be removed out of their groups, and off the
/// tasks of processes. What they completed still says so.
fn leave_processes(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, cause: &Cause) -> Result<()> {
    let groups = tx.query_all(
        "SELECT group_key FROM people_group_guest WHERE guest_key = ?1 ORDER BY group_key",
        &[guest.key.get().into()],
        |row| Ok(GroupKey::from_stored(row.int(0)?)),
    )?;
    tx.execute("DELETE FROM people_group_guest WHERE guest_key = ?1", &[guest.key.get().into()])?;
    let runs = people::runs_of_groups(tx, &groups)?;
    people::groups_changed(tx, org, &runs, cause)?;
    // On finished tasks too: whoever has the address next is somebody else.
    let person = Person::Guest(guest.email.clone());
    people::told(tx, org, Leaving { person: &person, with: None, same_person: true }, cause).map(drop)
}
