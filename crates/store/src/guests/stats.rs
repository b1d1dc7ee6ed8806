//! A guest's statistics: columns of the guest's row, and a part of its rendering.

use hospes_model::GuestKey;
use hospes_model::guest::Stats;

use super::rows::replace_rendering;
use crate::error::Result;
use crate::sql::Tx;
use crate::{from_micros, to_micros};

/// Replaces a guest's statistics, after something happened to their tasks.
/// The caller has advanced the organization and passes the new revision.
pub(crate) fn set(tx: &mut Tx<'_>, key: GuestKey, stats: &Stats, revision: i64) -> Result<()> {
    let moment = |at: Option<jiff::Timestamp>| at.map(to_micros);
    tx.execute(
        "UPDATE guest SET active_tasks = ?2, tasks_completed = ?3, last_task_completed_at = ?4, \
         one_off_tasks_completed = ?5, last_one_off_task_completed_at = ?6, stats_revision = ?7 WHERE key = ?1",
        &[
            key.get().into(),
            stats.active_tasks.into(),
            stats.tasks_completed.into(),
            moment(stats.last_task_completed_at).into(),
            stats.one_off_tasks_completed.into(),
            moment(stats.last_one_off_task_completed_at).into(),
            revision.into(),
        ],
    )?;
    let render = tx.context.render.stats;
    let rendered =
        tx.query_one("SELECT bytes FROM guest_rendered WHERE key = ?1", &[key.get().into()], |row| {
            Ok(render(row.bytes(0)?, stats))
        })?;
    replace_rendering(tx, key, &rendered)
}

/// Reads a guest's statistics.
pub(crate) fn get(tx: &mut Tx<'_>, key: GuestKey) -> Result<Stats> {
    let moment = |micros: Option<i64>| micros.map(from_micros).transpose();
    tx.query_one(
        "SELECT active_tasks, tasks_completed, last_task_completed_at, one_off_tasks_completed, \
         last_one_off_task_completed_at FROM guest WHERE key = ?1",
        &[key.get().into()],
        |row| {
            Ok(Stats {
                active_tasks: row.int(0)?,
                tasks_completed: row.int(1)?,
                last_task_completed_at: moment(row.opt_int(2)?)?,
                one_off_tasks_completed: row.int(3)?,
                last_one_off_task_completed_at: moment(row.opt_int(4)?)?,
            })
        },
    )
}

/// Counts a guest's statistics afresh, after many tasks changed at once, and
/// replaces them (`product.md` 1.13 defines them). The caller has advanced the
/// organization and passes the new revision.
pub(crate) fn recount(tx: &mut Tx<'_>, key: GuestKey, revision: i64) -> Result<()> {
    let moment = |micros: Option<i64>| micros.map(from_micros).transpose();
    let active_tasks = tx.query_one(
        "SELECT COUNT(*) FROM task_guest o JOIN task t ON t.key = o.task_key LEFT JOIN run r ON r.key = t.run_key \
         WHERE o.guest_key = ?1 AND t.completed_at IS NULL AND t.archived_at IS NULL AND NOT t.hidden \
         AND r.archived_at IS NULL",
        &[key.get().into()],
        |row| row.int(0),
    )?;
    let mut completed = |tasks: &str| {
        tx.query_one(
            &format!(
                "SELECT COUNT(*), MAX(o.completed_at) FROM task_guest o JOIN task t ON t.key = o.task_key \
                 WHERE o.guest_key = ?1 AND o.completed_at IS NOT NULL AND {tasks}"
            ),
            &[key.get().into()],
            |row| Ok((row.int(0)?, moment(row.opt_int(1)?)?)),
        )
    };
    let (tasks_completed, last_task_completed_at) = completed("t.run_key IS NOT NULL")?;
    let (one_off_tasks_completed, last_one_off_task_completed_at) = completed("t.run_key IS NULL")?;
    let stats = Stats {
        active_tasks,
        tasks_completed,
        last_task_completed_at,
        one_off_tasks_completed,
        last_one_off_task_completed_at,
    };
    set(tx, key, &stats, revision)
}
