//! Processes: reading whole ones here, lists in [`list`], changes in
//! [`mod@write`], those of added tasks alone in [`separate`], the clock in [`timers`].
//!
//! What happens in a process is the workflow engine's business
//! (`hospes_model::workflow`). Its state is spread over one row of `run` and a
//! row of `task` for each task, so that a change writes what it changes. Beside
//! the states, which are the truth, stand what is derived of them: columns for
//! lists, rows for the people on tasks, guests' statistics, the next moment
//! that the process waits for. All of it is kept in step by `save`.

mod activity;
mod columns;
mod directory;
pub mod list;
mod notices;
mod owners;
pub mod people;
mod save;
pub mod separate;
pub mod timers;
pub mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hospes_model::run::{About, Process, RunHead, TaskOfRun, TaskRecord};
use hospes_model::workflow::{Answer, Directory, People, Run, RunState, RunStatus, RunTask, Stamp, Step};
use hospes_model::{FieldId, OrgNo, RunId, RunKey, TaskId, TaskKey, TemplateKey, ThreadId, VersionKey};
use serde::{Deserialize, Serialize};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::from_micros;
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::templates::versions;

pub(crate) use activity::short;
use directory::Setting;

/// A process with the people whom it names.
#[derive(Debug, Clone)]
pub struct Found {
    /// The process.
    pub process: Process,
    /// Its people, as far as they are members and groups of the organization.
    pub directory: Directory,
}

/// What of a process's state has no column of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Head {
    #[serde(skip_serializing_if = "People::is_empty")]
    access: People,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    prerun: BTreeMap<FieldId, Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prerun_completed: Option<Stamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<ThreadId>,
}

/// The columns of a process that are read, in this order.
const COLUMNS: &str = "r.key, r.id, r.template_key, r.version_key, r.name, r.summary, r.launcher_id, r.owner_id, \
     r.parent_id, r.starred, r.is_public, r.publicly_hidden_fields, r.state, r.completed_at, r.archived_at, \
     r.created_at, r.updated_at, r.revision";

/// A row of `run`: a process without its tasks.
struct Stored {
    key: RunKey,
    template: TemplateKey,
    version: VersionKey,
    /// Its state without its tasks.
    head: RunState,
    about: About,
    updated_at: jiff::Timestamp,
    revision: i64,
}

fn read_run(row: &Row<'_>) -> Result<Stored> {
    let moment = |at: usize| row.opt_int(at)?.map(from_micros).transpose();
    let head: Head = serde_json::from_slice(row.bytes(12)?).map_err(|_| Error::corrupt("run.state"))?;
    let id = |bytes: &[u8]| RunId::from_bytes(bytes).map_err(|_| Error::corrupt("run.id"));
    Ok(Stored {
        key: RunKey::from_stored(row.int(0)?),
        template: TemplateKey::from_stored(row.int(2)?),
        version: VersionKey::from_stored(row.int(3)?),
        head: RunState {
            id: id(row.bytes(1)?)?,
            name: row.string(4)?,
            launcher: member_id(row.int(6)?)?,
            owner: member_id(row.int(7)?)?,
            parent: row.opt_bytes(8)?.map(id).transpose()?,
            access: head.access,
            launched_at: from_micros(row.int(15)?)?,
            prerun: head.prerun,
            prerun_completed: head.prerun_completed,
            tasks: Vec::new(),
            issues: head.issues,
            completed_at: moment(13)?,
            archived_at: moment(14)?,
        },
        about: About {
            summary: row.opt_string(5)?,
            starred: row.bool(9)?,
            is_public: row.bool(10)?,
            publicly_hidden_fields: serde_json::from_slice(row.bytes(11)?)
                .map_err(|_| Error::corrupt("run.publicly_hidden_fields"))?,
        },
        updated_at: from_micros(row.int(16)?)?,
        revision: row.int(17)?,
    })
}

/// The columns of a process's task that are read, in this order; a part of
/// those that [`tasks`](crate::tasks) reads.
const TASK_COLUMNS: &str =
    "t.key, t.state, t.title, t.summary, t.completer_guest_code, t.updated_at, t.revision";

fn read_task(row: &Row<'_>, first: usize) -> Result<(RunTask, TaskRecord)> {
    let task = serde_json::from_slice(row.bytes(first + 1)?).map_err(|_| Error::corrupt("task.state"))?;
    let code = row.opt_text(first + 4)?.map(str::parse).transpose();
    let record = TaskRecord {
        key: TaskKey::from_stored(row.int(first)?),
        title: row.string(first + 2)?,
        summary: row.opt_string(first + 3)?,
        completer_code: code.map_err(|_| Error::corrupt("task.completer_guest_code"))?,
        updated_at: from_micros(row.int(first + 5)?)?,
        revision: row.int(first + 6)?,
    };
    Ok((task, record))
}

/// Finds a process by its public id, with its people. Whether the caller may
/// see it is for [`Process::is_visible_to`] to say.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: RunId) -> Result<Option<Found>> {
    let key = find_key(tx, org, id)?;
    key.map(|key| with_people(tx, org, key)).transpose()
}

/// The same by its stored key; `None` for those of other organizations.
pub(crate) fn find_by_key(tx: &mut Tx<'_>, org: OrgNo, key: RunKey) -> Result<Option<Found>> {
    if key.org_number() != org.get() {
        return Ok(None);
    }
    with_people(tx, org, key).map(Some)
}

/// Finds the process of a task; `None` for one-off tasks too.
pub fn find_by_task(tx: &mut Tx<'_>, org: OrgNo, id: TaskId) -> Result<Option<Found>> {
    let key = find_key_by_task(tx, org, id)?;
    key.map(|key| with_people(tx, org, key)).transpose()
}

/// Whether a task belongs to a process. Tasks that are not there do not.
pub fn has_task(tx: &mut Tx<'_>, org: OrgNo, id: TaskId) -> Result<bool> {
    Ok(find_key_by_task(tx, org, id)?.is_some())
}

/// The public id of a task's process; `None` for one-off tasks.
pub fn id_by_task(tx: &mut Tx<'_>, org: OrgNo, id: TaskId) -> Result<Option<RunId>> {
    tx.query_opt(
        "SELECT r.id FROM task t JOIN run r ON r.key = t.run_key WHERE t.org = ?1 AND t.id = ?2",
        &[org.get().into(), id.as_bytes().into()],
        |row| RunId::from_bytes(row.bytes(0)?).map_err(|_| Error::corrupt("run.id")),
    )
}

/// Reads all tasks of a process, hidden ones too, in their order. Whether the
/// caller may see it is asked before.
pub fn tasks(tx: &mut Tx<'_>, run: RunKey) -> Result<Vec<TaskOfRun>> {
    let mut rows = Vec::new();
    let sql = format!("SELECT {TASK_COLUMNS} FROM task t WHERE t.run_key = ?1 ORDER BY t.key");
    tx.query(&sql, &[run.get().into()], |row| {
        let (task, record) = read_task(row, 0)?;
        rows.push(RawTask { run, place: rows.len(), task, record });
        Ok::<_, Error>(())
    })?;
    tasks_of_runs(tx, rows)
}

fn with_people(tx: &mut Tx<'_>, org: OrgNo, key: RunKey) -> Result<Found> {
    let process = get(tx, key)?;
    let setting = Setting::of(tx, org)?;
    let directory = directory::of_process(tx, org, &setting, &process)?;
    Ok(Found { process, directory })
}

fn find_key(tx: &mut Tx<'_>, org: OrgNo, id: RunId) -> Result<Option<RunKey>> {
    tx.query_opt(
        "SELECT key FROM run WHERE org = ?1 AND id = ?2",
        &[org.get().into(), id.as_bytes().into()],
        |row| Ok(RunKey::from_stored(row.int(0)?)),
    )
}

fn find_key_by_task(tx: &mut Tx<'_>, org: OrgNo, id: TaskId) -> Result<Option<RunKey>> {
    let key = tx.query_opt(
        "SELECT run_key FROM task WHERE org = ?1 AND id = ?2",
        &[org.get().into(), id.as_bytes().into()],
        |row| Ok(row.opt_int(0)?.map(RunKey::from_stored)),
    )?;
    Ok(key.flatten())
}

/// Reads a whole process.
fn get(tx: &mut Tx<'_>, key: RunKey) -> Result<Process> {
    let params = [Value::from(key.get())];
    let Stored { key, template, version, mut head, about, updated_at, revision } =
        tx.query_one(&format!("SELECT {COLUMNS} FROM run r WHERE r.key = ?1"), &params, read_run)?;
    let mut tasks = Vec::new();
    tx.query(
        // Tasks are numbered in the order of the steps, added ones behind.
        &format!("SELECT {TASK_COLUMNS} FROM task t WHERE t.run_key = ?1 ORDER BY t.key"),
        &params,
        |row| {
            let (task, record) = read_task(row, 0)?;
            head.tasks.push(task);
            tasks.push(record);
            Ok::<_, Error>(())
        },
    )?;
    let snapshot = versions::snapshot(tx, version)?;
    let run = Run::assemble(snapshot, head).map_err(|mismatch| Error::corrupt(mismatch.to_string()))?;
    Ok(Process { key, template, version, run, about, tasks, updated_at, revision })
}

/// A task of a process, without what it shows of the process.
pub(crate) struct RawTask {
    pub(crate) run: RunKey,
    pub(crate) place: usize,
    pub(crate) task: RunTask,
    pub(crate) record: TaskRecord,
}

/// Puts tasks together with what they show of their processes.
pub(crate) fn tasks_of_runs(tx: &mut Tx<'_>, rows: Vec<RawTask>) -> Result<Vec<TaskOfRun>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: BTreeSet<i64> = rows.iter().map(|row| row.run.get()).collect();
    let heads = run_heads(tx, &keys.into_iter().collect::<Vec<_>>())?;
    let mut tasks = Vec::with_capacity(rows.len());
    for RawTask { run, place, task, record } in rows {
        let head = heads.get(&run).ok_or_else(|| Error::corrupt("a task without its process"))?;
        tasks.push(TaskOfRun { run: Arc::clone(head), place, task, record, required: 0 });
    }
    count_required(tx, &mut tasks)?;
    Ok(tasks)
}

fn run_heads(tx: &mut Tx<'_>, keys: &[i64]) -> Result<HashMap<RunKey, Arc<RunHead>>> {
    let mut rows = Vec::with_capacity(keys.len());
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        let sql = format!(
            "SELECT key, id, name, status, launcher_id, created_at, archived_at, version_key FROM run \
             WHERE key IN ({list})"
        );
        tx.query(&sql, &values, |row| {
            let status = RunStatus::parse(row.text(3)?).ok_or_else(|| Error::corrupt("run.status"))?;
            rows.push((
                RunKey::from_stored(row.int(0)?),
                RunId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("run.id"))?,
                row.string(2)?,
                status,
                member_id(row.int(4)?)?,
                from_micros(row.int(5)?)?,
                row.opt_int(6)?.map(from_micros).transpose()?,
                VersionKey::from_stored(row.int(7)?),
            ));
            Ok::<_, Error>(())
        })?;
    }
    let mut heads = HashMap::with_capacity(rows.len());
    for (key, id, name, status, launcher, launched_at, archived_at, version) in rows {
        let snapshot = versions::snapshot(tx, version)?;
        let head = RunHead { key, id, name, status, launcher, launched_at, archived_at, snapshot };
        heads.insert(key, Arc::new(head));
    }
    Ok(heads)
}

/// Counts the parts of each of the tasks that everyone must complete: the same
/// as [`RunTask::all_parts`].
fn count_required(tx: &mut Tx<'_>, tasks: &mut [TaskOfRun]) -> Result<()> {
    let everyone = |task: &TaskOfRun| task.step().is_some_and(Step::needs_everyone);
    let places: HashMap<i64, usize> = tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| everyone(task))
        .map(|(place, task)| (task.record.key.get(), place))
        .collect();
    for place in places.values() {
        if let Some(task) = tasks.get_mut(*place) {
            task.required = task.task.parts.len();
        }
    }
    let keys: Vec<i64> = places.keys().copied().collect();
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        for sql in [
            // The same as `Assignees::required`, without those who are done.
            format!(
                "SELECT o.task_key, COUNT(*) FROM task_member o \
                 JOIN member m ON m.org = o.org AND m.account_id = o.account_id AND m.status = 'active' \
                 WHERE o.task_key IN ({list}) AND NOT o.added_by_server AND o.completed_at IS NULL \
                 GROUP BY o.task_key"
            ),
            format!(
                "SELECT task_key, COUNT(*) FROM task_guest WHERE task_key IN ({list}) \
                 AND completed_at IS NULL GROUP BY task_key"
            ),
        ] {
            tx.query(&sql, &values, |row| {
                let place =
                    places.get(&row.int(0)?).ok_or_else(|| Error::corrupt("a count of another task"))?;
                if let Some(task) = tasks.get_mut(*place) {
                    task.required += usize::try_from(row.int(1)?).unwrap_or(0);
                }
                Ok::<_, Error>(())
            })?;
        }
    }
    Ok(())
}
