//! One-off tasks: reading them here, changes in [`mod@write`]; and in [`list`]
//! lists of tasks of both kinds. Tasks of processes are changed in
//! [`runs`].
//!
//! Every change keeps the task's row, its owners' rows, the guests' statistics
//! (`stats`) and the activity feed in step in its transaction.

pub(crate) mod assign;
pub mod by_guest;
pub mod list;
mod notices;
mod stats;
pub mod write;

pub use assign::unknown_addresses;

use std::collections::HashMap;

use hospes_model::run::{TaskOfRun, TaskRecord};
use hospes_model::task::form::FormField;
use hospes_model::task::owners::{GroupOwner, GuestOwner, MemberOwner, Owners};
use hospes_model::task::{Completer, Completion, Task, TaskType};
use hospes_model::{EmailAddress, GroupId, GroupKey, GuestKey, OrgNo, RunKey, TaskId, TaskKey};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::sql::{Row, Tx, Value, in_list};
use crate::{from_micros, runs};

/// The columns of a task, in the order in which they are read and bound. `key`
/// is first: updates find the row by it.
const COLUMNS: &[&str] = &[
    "key",
    "org",
    "id",
    "title",
    "title_folded",
    "summary",
    "task_type",
    "status",
    "position",
    "starter_id",
    "started_at",
    "is_soft_start_date",
    "deadline",
    "everyone_must_complete",
    "can_complete_only_assignees",
    "max_assignable",
    "prevent_guest_comment",
    "top_secret",
    "webhook",
    "form_fields",
    "tags",
    "is_approved",
    "completed_at",
    "completer_id",
    "completer_guest_code",
    "completer_guest_email",
    "hidden",
    "problem",
    "archived_at",
    "created_at",
    "updated_at",
    "revision",
];

/// The start of every statement that reads whole one-off tasks, up to its table.
static SELECT: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| format!("SELECT t.{} FROM task t", COLUMNS.join(", t.")));

/// The same for lists, which hold tasks of processes too.
static SELECT_ALL: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| format!("SELECT t.{}, t.run_key, t.state FROM task t", COLUMNS.join(", t.")));

/// A task in a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// One that belongs to no process.
    OneOff(Box<Task>),
    /// One of a process.
    OfRun(Box<TaskOfRun>),
}

impl Listed {
    /// Where it is stored.
    pub fn key(&self) -> TaskKey {
        match self {
            Self::OneOff(task) => task.key,
            Self::OfRun(task) => task.record.key,
        }
    }

    /// The public id.
    pub fn id(&self) -> TaskId {
        match self {
            Self::OneOff(task) => task.id,
            Self::OfRun(task) => task.task.id,
        }
    }
}

/// Runs a statement that begins with [`SELECT_ALL`].
fn read_listed(tx: &mut Tx<'_>, sql: &str, values: &[Value<'_>]) -> Result<Vec<Listed>> {
    let (mut one_off, mut of_runs, mut order) = (Vec::new(), Vec::new(), Vec::new());
    tx.query(sql, values, |row| {
        let key = TaskKey::from_stored(row.int(0)?);
        if let Some(run) = row.opt_int(COLUMNS.len())? {
            of_runs.push(read_of_run(row, RunKey::from_stored(run))?);
        } else {
            one_off.push(read_task(row)?);
        }
        order.push(key);
        Ok::<_, Error>(())
    })?;
    read_owners(tx, &mut one_off)?;
    let of_runs = runs::tasks_of_runs(tx, of_runs)?;
    let one_off = one_off.into_iter().map(|task| Listed::OneOff(Box::new(task)));
    let of_runs = of_runs.into_iter().map(|task| Listed::OfRun(Box::new(task)));
    let mut found: HashMap<TaskKey, Listed> = one_off.chain(of_runs).map(|task| (task.key(), task)).collect();
    Ok(order.iter().filter_map(|key| found.remove(key)).collect())
}

/// Reads a row of [`SELECT_ALL`] that is a task of a process.
fn read_of_run(row: &Row<'_>, run: RunKey) -> Result<runs::RawTask> {
    let state = row.opt_bytes(COLUMNS.len() + 1)?.ok_or_else(|| Error::corrupt("task.state"))?;
    let code = row.opt_text(24)?.map(str::parse).transpose();
    Ok(runs::RawTask {
        run,
        place: usize::try_from(row.int(8)? - 1).map_err(|_| Error::corrupt("task.position"))?,
        task: serde_json::from_slice(state).map_err(|_| Error::corrupt("task.state"))?,
        record: TaskRecord {
            key: TaskKey::from_stored(row.int(0)?),
            title: row.string(3)?,
            summary: row.opt_string(5)?,
            completer_code: code.map_err(|_| Error::corrupt("task.completer_guest_code"))?,
            updated_at: from_micros(row.int(30)?)?,
            revision: row.int(31)?,
        },
    })
}

/// Finds a one-off task by its public id. Whether the caller may see it is for
/// [`Task::is_visible_to`] to say.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: TaskId) -> Result<Option<Task>> {
    let found = tx.query_opt(
        &format!("{} WHERE t.org = ?1 AND t.id = ?2 AND t.run_key IS NULL", *SELECT),
        &[org.get().into(), id.as_bytes().into()],
        read_task,
    )?;
    let Some(task) = found else { return Ok(None) };
    let mut tasks = [task];
    read_owners(tx, &mut tasks)?;
    let [task] = tasks;
    Ok(Some(task))
}

/// Reads a row of [`SELECT`]; the owners are still to be read.
fn read_task(row: &Row<'_>) -> Result<Task> {
    let moment = |at: usize| row.opt_int(at)?.map(from_micros).transpose();
    let created_at = from_micros(row.int(29)?)?;
    let form_fields: Vec<FormField> =
        serde_json::from_slice(row.bytes(19)?).map_err(|_| Error::corrupt("task.form_fields"))?;
    let completer = match (row.opt_int(23)?, row.opt_text(24)?) {
        (_, Some(code)) => Some(Completer::Guest {
            code: code.parse().map_err(|_| Error::corrupt("task.completer_guest_code"))?,
            email: row.opt_string(25)?.unwrap_or_default(),
        }),
        (Some(id), None) => Some(Completer::Member(member_id(id)?)),
        (None, None) => None,
    };
    let completion = match (moment(22)?, completer) {
        (Some(at), Some(by)) => Some(Completion { at, by }),
        (None, None) => None,
        _ => return Err(Error::corrupt("task.completed_at without a completer, or the reverse")),
    };
    Ok(Task {
        key: TaskKey::from_stored(row.int(0)?),
        id: TaskId::from_bytes(row.bytes(2)?).map_err(|_| Error::corrupt("task.id"))?,
        title: row.string(3)?,
        summary: row.opt_string(5)?,
        task_type: TaskType::parse(row.text(6)?).ok_or_else(|| Error::corrupt("task.task_type"))?,
        position: row.int(8)?,
        starter: member_id(row.int(9)?)?,
        started_at: moment(10)?.unwrap_or(created_at),
        is_soft_start_date: row.bool(11)?,
        deadline: moment(12)?,
        everyone_must_complete: row.bool(13)?,
        can_complete_only_assignees: row.bool(14)?,
        max_assignable: row.int(15)?,
        prevent_guest_comment: row.bool(16)?,
        top_secret: row.bool(17)?,
        webhook: row.opt_string(18)?,
        form_fields,
        tags: serde_json::from_slice(row.bytes(20)?).map_err(|_| Error::corrupt("task.tags"))?,
        is_approved: row.opt_bool(21)?,
        problem: row.bool(27)?,
        completion,
        archived_at: moment(28)?,
        created_at,
        updated_at: from_micros(row.int(30)?)?,
        revision: row.int(31)?,
        owners: Owners::default(),
    })
}

/// So many tasks' owners are read with one statement.
pub(crate) const CHUNK: usize = 256;

/// Fills in the owners of tasks, a few statements for all of them.
fn read_owners(tx: &mut Tx<'_>, tasks: &mut [Task]) -> Result<()> {
    let places: HashMap<i64, usize> =
        tasks.iter().enumerate().map(|(place, task)| (task.key.get(), place)).collect();
    let keys: Vec<i64> = tasks.iter().map(|task| task.key.get()).collect();
    let place = |row: &Row<'_>| -> Result<usize> {
        places.get(&row.int(0)?).copied().ok_or_else(|| Error::corrupt("an owner of another task"))
    };
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        tx.query(
            &format!(
                "SELECT task_key, account_id, added_by_server, via_group, completed_at FROM task_member \
                 WHERE task_key IN ({list}) ORDER BY task_key, account_id"
            ),
            &values,
            |row| {
                tasks[place(row)?].owners.members.push(MemberOwner {
                    id: member_id(row.int(1)?)?,
                    added_by_server: row.bool(2)?,
                    via_group: row.bool(3)?,
                    completed_at: row.opt_int(4)?.map(from_micros).transpose()?,
                });
                Ok::<_, Error>(())
            },
        )?;
        tx.query(
            &format!(
                "SELECT o.task_key, o.guest_key, g.code, g.email, o.via_group, o.completed_at FROM task_guest o \
                 JOIN guest g ON g.key = o.guest_key \
                 WHERE o.task_key IN ({list}) ORDER BY o.task_key, o.guest_key"
            ),
            &values,
            |row| {
                tasks[place(row)?].owners.guests.push(GuestOwner {
                    key: GuestKey::from_stored(row.int(1)?),
                    code: row.text(2)?.parse().map_err(|_| Error::corrupt("guest.code"))?,
                    email: EmailAddress::from_stored(row.string(3)?),
                    via_group: row.bool(4)?,
                    completed_at: row.opt_int(5)?.map(from_micros).transpose()?,
                });
                Ok::<_, Error>(())
            },
        )?;
        tx.query(
            &format!(
                "SELECT o.task_key, o.group_key, g.id, g.name FROM task_group o \
                 JOIN people_group g ON g.key = o.group_key \
                 WHERE o.task_key IN ({list}) ORDER BY o.task_key, o.group_key"
            ),
            &values,
            |row| {
                tasks[place(row)?].owners.groups.push(GroupOwner {
                    key: GroupKey::from_stored(row.int(1)?),
                    id: GroupId::from_bytes(row.bytes(2)?).map_err(|_| Error::corrupt("people_group.id"))?,
                    name: row.string(3)?,
                });
                Ok::<_, Error>(())
            },
        )?;
    }
    Ok(())
}
