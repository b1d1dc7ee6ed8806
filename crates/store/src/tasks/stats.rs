//! The guests' statistics over one-off tasks (`product.md` 1.13), kept in step
//! by what a change of one task means for each guest on it.
//!
//! The definition that the counters always equal, for a guest: `active_tasks`
//! = their rows in `task_guest` whose task is neither complete nor archived;
//! `one_off_tasks_completed` = their rows with `completed_at`, whatever became
//! of the task; `last_one_off_task_completed_at` = the newest of those.

use std::collections::BTreeMap;

use hospes_model::GuestKey;
use hospes_model::task::Task;
use jiff::Timestamp;

use crate::error::Result;
use crate::sql::Tx;
use crate::{from_micros, guests};

/// What a change means for one guest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shift {
    active: i64,
    completed: i64,
    gained: Option<Timestamp>,
    lost: Option<Timestamp>,
}

/// What the step from one state of a task to another means for guests; `None`
/// is a task that does not exist.
pub(super) fn between(before: Option<&Task>, after: Option<&Task>) -> BTreeMap<GuestKey, Shift> {
    let mut shifts: BTreeMap<GuestKey, Shift> = BTreeMap::new();
    for (task, sign) in [(before, -1), (after, 1)] {
        let Some(task) = task else { continue };
        for guest in &task.owners.guests {
            let shift = shifts.entry(guest.key).or_default();
            shift.active += sign * i64::from(task.is_open());
            shift.completed += sign * i64::from(guest.completed_at.is_some());
            *(if sign < 0 { &mut shift.lost } else { &mut shift.gained }) = guest.completed_at;
        }
    }
    shifts.retain(|_, shift| shift.active != 0 || shift.completed != 0 || shift.lost != shift.gained);
    shifts
}

/// Applies what [`between`] found, after the task's rows were written.
pub(super) fn apply(tx: &mut Tx<'_>, shifts: &BTreeMap<GuestKey, Shift>, revision: i64) -> Result<()> {
    for (key, shift) in shifts {
        let mut stats = guests::stats::get(tx, *key)?;
        stats.active_tasks += shift.active;
        stats.one_off_tasks_completed += shift.completed;
        let newest = &mut stats.last_one_off_task_completed_at;
        if shift.lost.is_some() && shift.lost >= *newest {
            // The newest is gone: only the rows know which comes next.
            *newest = tx.query_one(
                "SELECT MAX(completed_at) FROM task_guest WHERE guest_key = ?1 AND completed_at IS NOT NULL",
                &[key.get().into()],
                |row| row.opt_int(0)?.map(from_micros).transpose(),
            )?;
        } else {
            *newest = (*newest).max(shift.gained);
        }
        guests::stats::set(tx, *key, &stats, revision)?;
    }
    Ok(())
}
