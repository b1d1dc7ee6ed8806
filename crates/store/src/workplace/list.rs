//! A guest's own list. Its conditions say the same as
//! [`Look::is_seen`](hospes_model::workplace::sight::Look::is_seen) of tasks that
//! the guest is on; a property test holds them together.

use std::collections::HashMap;

use hospes_model::guest::Guest;
use hospes_model::workflow::RunProgress;
use hospes_model::{RunKey, TaskId, TaskKey};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::from_micros;
use crate::sql::{Row, Tx, Value};

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Page {
    /// The tasks: open ones by deadline, done ones the newest first.
    pub tasks: Vec<Entry>,
    /// How many tasks wait for the guest.
    pub todo: i64,
    /// How many are done.
    pub done: i64,
}

/// A task in the list: what the list shows of it, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Where it is stored.
    pub key: TaskKey,
    /// Its public id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// When it begins.
    pub started_at: Timestamp,
    /// Until when it is to be done.
    pub deadline: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// Whether the guest's part of it is done.
    pub part_done: bool,
    /// The process that it belongs to; `None` for one-off tasks.
    pub process: Option<OfProcess>,
}

/// The process of a task in the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfProcess {
    /// Where it is stored.
    pub key: RunKey,
    /// Its name.
    pub name: String,
    /// How far it has come, as the guest sees it:
    /// [`Look::progress`](hospes_model::workplace::sight::Look::progress).
    pub progress: RunProgress,
}

const OWN: &str = "FROM task_guest o JOIN task t ON t.key = o.task_key";
const SEEN: &str = "o.guest_key = ?1 AND NOT t.hidden AND t.archived_at IS NULL";
const TODO: &str = "t.completed_at IS NULL AND o.completed_at IS NULL";

/// Reads at most `limit` tasks after passing over `offset`. Disabled guests have
/// none.
pub fn page(tx: &mut Tx<'_>, guest: &Guest, show: Show, offset: i64, limit: i64) -> Result<Page> {
    if guest.disabled.is_some() {
        return Ok(Page::default());
    }
    let own = Value::Int(guest.key.get());
    let tally = Tally::read(tx, own)?;
    let (wanted, order) = match show {
        Show::Todo => (TODO.to_owned(), "t.deadline IS NULL, t.deadline, t.key"),
        Show::Done => (format!("NOT ({TODO})"), "COALESCE(t.completed_at, o.completed_at) DESC, t.key DESC"),
        Show::All => ("1 = 1".to_owned(), "t.key DESC"),
    };
    let tasks = tx.query_all(
        &format!(
            "SELECT t.key, t.id, t.title, COALESCE(t.started_at, t.created_at), t.deadline, t.completed_at, \
             o.completed_at, t.run_key, r.name, r.is_public, r.tasks_complete, r.tasks_seen \
             {OWN} LEFT JOIN run r ON r.key = t.run_key WHERE {SEEN} AND {wanted} \
             ORDER BY {order} LIMIT ?2 OFFSET ?3"
        ),
        &[own, limit.into(), offset.into()],
        |row| read_entry(row, &tally),
    )?;
    Ok(Page { tasks, todo: tally.todo, done: tally.done })
}

fn read_entry(row: &Row<'_>, tally: &Tally) -> Result<Entry> {
    let moment = |at: usize| row.opt_int(at)?.map(from_micros).transpose();
    let process = row.opt_int(7)?.map(|run| {
        let key = RunKey::from_stored(run);
        // Of public processes everything counts that is not hidden, of others the guest's own tasks.
        let progress = if row.bool(9)? {
            RunProgress { complete: count(row, 10)?, total: count(row, 11)? }
        } else {
            tally.own.get(&key).copied().unwrap_or(RunProgress { complete: 0, total: 0 })
        };
        Ok::<_, Error>(OfProcess { key, name: row.string(8)?, progress })
    });
    Ok(Entry {
        key: TaskKey::from_stored(row.int(0)?),
        id: TaskId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("task.id"))?,
        title: row.string(2)?,
        started_at: from_micros(row.int(3)?)?,
        deadline: moment(4)?,
        completed_at: moment(5)?,
        part_done: row.opt_int(6)?.is_some(),
        process: process.transpose()?,
    })
}

fn count(row: &Row<'_>, at: usize) -> Result<usize> {
    usize::try_from(row.int(at)?).map_err(|_| Error::corrupt("a number of tasks"))
}

/// The numbers of a guest's tasks.
#[derive(Default)]
struct Tally {
    todo: i64,
    done: i64,
    /// How far the guest's own tasks of each process have come.
    own: HashMap<RunKey, RunProgress>,
}

impl Tally {
    fn read(tx: &mut Tx<'_>, guest: Value<'_>) -> Result<Self> {
        let mut tally = Self::default();
        let sql = format!(
            "SELECT t.run_key, COUNT(*), COUNT(t.completed_at), COUNT(*) FILTER (WHERE {TODO}) \
             {OWN} WHERE {SEEN} GROUP BY t.run_key"
        );
        tx.query(&sql, &[guest], |row| {
            let todo = row.int(3)?;
            tally.todo += todo;
            tally.done += row.int(1)? - todo;
            if let Some(run) = row.opt_int(0)? {
                let progress = RunProgress { complete: count(row, 2)?, total: count(row, 1)? };
                tally.own.insert(RunKey::from_stored(run), progress);
            }
            Ok::<_, Error>(())
        })?;
        Ok(tally)
    }
}
