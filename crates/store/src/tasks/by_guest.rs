//! What guests do with one-off tasks, on their own pages. The guest is known;
//! what they may is [`Look`](hospes_model::workplace::sight::Look)'s to say.

use hospes_model::activity::Cause;
use hospes_model::guest::Guest;
use hospes_model::task::Task;
use hospes_model::task::change::TaskChange;
use hospes_model::task::form::FieldValue;
use hospes_model::task::owners::{Assigned, AssignedGroup, Wanted};
use hospes_model::{EmailAddress, FieldErrors, FieldId, GuestCode, OrgNo, Refusal, TaskId};

use crate::assets::answers;
use crate::error::Error;
use crate::orgs;
use crate::sql::Tx;

use super::assign::{self, Lists, Present};
use super::find;
use super::write::{Changed, save};

/// What a guest wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// To fill in fields; the values are checked; `None` clears.
    Save(Vec<(FieldId, Option<FieldValue>)>),
    /// To complete it, or their part of it.
    Complete {
        /// The verdict, where one is to be given.
        approved: Option<bool>,
    },
    /// To have others beside them.
    Add(Vec<EmailAddress>),
}

/// Does what a guest wants, all of it or nothing. `codes` must hold a fresh code
/// for each address.
///
/// # Errors
///
/// [`Refusal::NotFound`] where the guest is not on the task, and what the model
/// refuses. Whether an address is a member's or a disabled guest's is not said.
pub fn act<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    guest: &Guest,
    deeds: Vec<Deed>,
    codes: &[GuestCode],
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    orgs::lock(tx, org)?;
    let before = find(tx, org, id)?.ok_or(Refusal::NotFound)?;
    if !before.owners.guests.iter().any(|owner| owner.key == guest.key) {
        return Err(Refusal::NotFound.into());
    }
    let mut task = before.clone();
    let mut events = Vec::new();
    for deed in deeds {
        let outcome = match deed {
            Deed::Save(values) => {
                let mut change = TaskChange { values, ..TaskChange::default() };
                answers::of_task_change(tx, org, &task, &mut change)?;
                task.update(&change, None, before.starter)?
            }
            Deed::Complete { approved } => task.complete_by_guest(guest.key, approved, cause.at)?,
            Deed::Add(guests) => {
                let (change, assigned) = adding::<E>(tx, org, &task, guests, codes, cause)?;
                task.update(&change, Some(assigned), before.starter)?
            }
        };
        events.extend(outcome.events);
    }
    let outcome = hospes_model::task::Outcome { events, warnings: Vec::new() };
    Ok(save(tx, org, &before, task, outcome, cause)?)
}

/// Everybody who is on the task, and the guests who come.
fn adding<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    task: &Task,
    guests: Vec<EmailAddress>,
    codes: &[GuestCode],
    cause: &Cause,
) -> std::result::Result<(TaskChange, Assigned), E> {
    let wanted = Wanted { guests: guests.into_iter().enumerate().collect(), ..Wanted::default() };
    let mut faults = FieldErrors::default();
    let present = Present::from(&task.owners);
    let found = assign::look_up(tx, org, &wanted, &present, Lists::OF_TASK, &mut faults)?;
    let (mut assigned, _) =
        if faults.is_empty() { found.complete::<E>(tx, org, codes, cause)? } else { Default::default() };
    if !faults.is_empty() || !assigned.members.is_empty() {
        return Err(Refusal::field("guests", "One of these addresses cannot be added.").into());
    }
    let owners = &task.owners;
    assigned.members =
        owners.members.iter().filter(|member| member.is_named()).map(|member| member.id).collect();
    let known = |key| assigned.guests.iter().any(|(other, ..)| *other == key);
    let named: Vec<_> = owners
        .guests
        .iter()
        .filter(|guest| !guest.via_group && !known(guest.key))
        .map(|guest| (guest.key, guest.code.clone(), guest.email.clone()))
        .collect();
    assigned.guests.extend(named);
    for group in &owners.groups {
        let people = crate::groups::find_assigned(tx, org, group.id)?;
        assigned.groups.extend(people.map(|people| AssignedGroup { group: group.clone(), ..people }));
    }
    Ok((TaskChange { owners: Some(wanted), ..TaskChange::default() }, assigned))
}
