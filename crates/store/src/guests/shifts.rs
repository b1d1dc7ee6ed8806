//! What changes of tasks mean for the statistics of the guests on them
//! (`product.md` 1.13). Nobody counts anything: each change says what goes and
//! what comes.
//!
//! The definition that the counters always equal, for a guest: `active_tasks`
//! = their rows in `task_guest` whose task is open (neither complete, hidden
//! nor archived); `tasks_completed` and `one_off_tasks_completed` = their rows
//! with `completed_at`, of process tasks and of one-off tasks, whatever became
//! of the task; `last_…_completed_at` = the newest of those.

use std::collections::BTreeMap;

use hospes_model::GuestKey;
use jiff::Timestamp;

use crate::error::Result;
use crate::sql::Tx;
use crate::{from_micros, guests};

/// Which of the two kinds of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Tasks of processes.
    Process,
    /// One-off tasks.
    OneOff,
}

/// A guest's row on a task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// The guest.
    pub(crate) guest: GuestKey,
    /// Whether the task is open.
    pub(crate) open: bool,
    /// When the guest completed it, or their part of it.
    pub(crate) completed_at: Option<Timestamp>,
}

/// What a change means for one guest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shift {
    active: i64,
    completed: i64,
    gained: Option<Timestamp>,
    lost: Option<Timestamp>,
}

/// What a change of one task or of several means for guests.
#[derive(Debug, Default)]
pub(crate) struct Shifts(BTreeMap<GuestKey, Shift>);

impl Shifts {
    /// What the step from one set of rows to another means.
    pub(crate) fn between(
        before: impl IntoIterator<Item = Part>,
        after: impl IntoIterator<Item = Part>,
    ) -> Self {
        let mut shifts: BTreeMap<GuestKey, Shift> = BTreeMap::new();
        for part in before {
            let shift = shifts.entry(part.guest).or_default();
            shift.active -= i64::from(part.open);
            shift.completed -= i64::from(part.completed_at.is_some());
            shift.lost = shift.lost.max(part.completed_at);
        }
        for part in after {
            let shift = shifts.entry(part.guest).or_default();
            shift.active += i64::from(part.open);
            shift.completed += i64::from(part.completed_at.is_some());
            shift.gained = shift.gained.max(part.completed_at);
        }
        shifts.retain(|_, shift| shift.active != 0 || shift.completed != 0 || shift.lost != shift.gained);
        Self(shifts)
    }

    /// Whether no guest's numbers change.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Moves the guests' statistics, after the tasks' rows were written.
    pub(crate) fn apply(&self, tx: &mut Tx<'_>, kind: Kind, revision: i64) -> Result<()> {
        for (key, shift) in &self.0 {
            let mut stats = guests::stats::get(tx, *key)?;
            stats.active_tasks += shift.active;
            let (completed, newest) = match kind {
                Kind::Process => (&mut stats.tasks_completed, &mut stats.last_task_completed_at),
                Kind::OneOff => {
                    (&mut stats.one_off_tasks_completed, &mut stats.last_one_off_task_completed_at)
                }
            };
            *completed += shift.completed;
            if shift.lost.is_some() && shift.lost >= *newest {
                // The newest is gone: only the rows know which comes next.
                *newest = newest_of(tx, *key, kind)?;
            } else {
                *newest = (*newest).max(shift.gained);
            }
            guests::stats::set(tx, *key, &stats, revision)?;
        }
        Ok(())
    }
}

/// A guest's newest completion, as the rows say.
fn newest_of(tx: &mut Tx<'_>, key: GuestKey, kind: Kind) -> Result<Option<Timestamp>> {
    let of_kind = match kind {
        Kind::Process => "IS NOT NULL",
        Kind::OneOff => "IS NULL",
    };
    tx.query_one(
        &format!(
            "SELECT MAX(o.completed_at) FROM task_guest o JOIN task t ON t.key = o.task_key \
             WHERE o.guest_key = ?1 AND o.completed_at IS NOT NULL AND t.run_key {of_kind}"
        ),
        &[key.get().into()],
        |row| row.opt_int(0)?.map(from_micros).transpose(),
    )
}
