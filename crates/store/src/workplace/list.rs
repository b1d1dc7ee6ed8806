//! A guest's own list. Its conditions say the same as
//! [`Look::is_seen`](hospes_model::workplace::sight::Look::is_seen) of tasks that
//! the guest is on; a property test holds them together.

use std::collections::HashMap;

use hospes_model::RunKey;
use hospes_model::guest::Guest;
use hospes_model::workflow::RunProgress;

use crate::error::Result;
use crate::sql::{Tx, Value, in_list};
use crate::tasks::{self, Listed};

/// Which of a guest's tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Show {
    /// Those that wait for the guest.
    #[default]
    Todo,
    /// Those that are complete, or of which the guest's part is done.
    Done,
    /// Both.
    All,
}

/// A part of a guest's list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The tasks: open ones by deadline, done ones the newest first.
    pub tasks: Vec<Entry>,
    /// How far the processes have come that they belong to, as the guest sees
    /// it: [`Look::progress`](hospes_model::workplace::sight::Look::progress).
    pub progress: HashMap<RunKey, RunProgress>,
    /// How many tasks wait for the guest.
    pub todo: i64,
    /// How many are done.
    pub done: i64,
}

/// A task in the list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The task.
    pub task: Listed,
    /// Whether the guest's part of it is done.
    pub part_done: bool,
}

const OWN: &str = "FROM task t JOIN task_guest o ON o.task_key = t.key \
     WHERE o.guest_key = ?1 AND NOT t.hidden AND t.archived_at IS NULL";
const TODO: &str = "t.completed_at IS NULL AND o.completed_at IS NULL";

/// Reads at most `limit` tasks after passing over `offset`. Disabled guests have
/// none.
pub fn page(tx: &mut Tx<'_>, guest: &Guest, show: Show, offset: i64, limit: i64) -> Result<Page> {
    if guest.disabled.is_some() {
        return Ok(Page::default());
    }
    let own = [Value::Int(guest.key.get())];
    let (todo, done) = tx.query_one(
        &format!("SELECT COUNT(*) FILTER (WHERE {TODO}), COUNT(*) FILTER (WHERE NOT ({TODO})) {OWN}"),
        &own,
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    let (wanted, order) = match show {
        Show::Todo => (TODO.to_owned(), "t.deadline IS NULL, t.deadline, t.key"),
        Show::Done => (format!("NOT ({TODO})"), "COALESCE(t.completed_at, o.completed_at) DESC, t.key DESC"),
        Show::All => ("1 = 1".to_owned(), "t.key DESC"),
    };
    let mut parts = HashMap::new();
    let mut keys = Vec::new();
    tx.query(
        &format!("SELECT t.key, o.completed_at {OWN} AND {wanted} ORDER BY {order} LIMIT ?2 OFFSET ?3"),
        &[own[0], limit.into(), offset.into()],
        |row| {
            let key = row.int(0)?;
            parts.insert(key, row.opt_int(1)?.is_some());
            keys.push(key);
            Ok::<_, crate::Error>(())
        },
    )?;
    let tasks = tasks::by_stored_keys(tx, &keys)?;
    let runs: Vec<i64> = tasks
        .iter()
        .filter_map(|task| match task {
            Listed::OfRun(of) => Some(of.run.key.get()),
            Listed::OneOff(_) => None,
        })
        .collect();
    let tasks = tasks.into_iter().map(|task| {
        let part_done = parts.get(&task.key().get()).copied().unwrap_or_default();
        Entry { task, part_done }
    });
    Ok(Page { tasks: tasks.collect(), progress: progress(tx, guest, &runs)?, todo, done })
}

/// Of public processes everything counts that is not hidden, of others the
/// guest's own tasks.
fn progress(tx: &mut Tx<'_>, guest: &Guest, runs: &[i64]) -> Result<HashMap<RunKey, RunProgress>> {
    let mut found = HashMap::new();
    for keys in runs.chunks(tasks::CHUNK) {
        let (list, mut values) = in_list(keys.iter().copied().map(Value::Int));
        values.push(guest.key.get().into());
        let own = values.len();
        let sql = format!(
            "SELECT r.key, COUNT(t.completed_at), COUNT(*) FROM run r \
             JOIN task t ON t.run_key = r.key AND NOT t.hidden AND t.archived_at IS NULL \
             WHERE r.key IN ({list}) AND (r.is_public OR EXISTS \
             (SELECT 1 FROM task_guest o WHERE o.task_key = t.key AND o.guest_key = ?{own})) GROUP BY r.key"
        );
        found.extend(tx.query_all(&sql, &values, |row| {
            let count = |at: usize| row.int(at).map(|count| usize::try_from(count).unwrap_or(0));
            let progress = RunProgress { complete: count(1)?, total: count(2)? };
            Ok((RunKey::from_stored(row.int(0)?), progress))
        })?);
    }
    Ok(found)
}
