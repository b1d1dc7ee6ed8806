//! The rows that groups bring onto tasks. A task with a group has a row for each
//! person in it, marked `via_group`; when the group changes, the rows of all of
//! its tasks follow, whether these are open or not (D27: who is in the group
//! today sees them). Statements over all one-off tasks at once see to theirs;
//! those of processes follow their states
//! ([`runs::people`](crate::runs::people)).
//!
//! On a one-off task a row with a completion is never removed: who did their part stays on the
//! task by themselves.

use std::collections::BTreeSet;

use hospes_model::activity::Cause;
use hospes_model::mail::About;
use hospes_model::{GroupKey, GuestKey, OrgNo, TaskKey};

use crate::error::{Error, Result};
use crate::mail::notices::{self, Notice};
use crate::orgs::{self, Advance};
use crate::runs::people::{groups_changed, runs_of_groups};
use crate::sql::{Tx, Value, in_list};
use crate::{guests, people, to_micros};

/// Whether the person of a row in `task_member` is in a group on the task.
const MEMBER_IN_GROUP: &str = "EXISTS (SELECT 1 FROM task_group g JOIN people_group_member p \
     ON p.group_key = g.group_key WHERE g.task_key = task_member.task_key \
     AND p.account_id = task_member.account_id)";

/// The same of a row in `task_guest`.
const GUEST_IN_GROUP: &str = "EXISTS (SELECT 1 FROM task_group g JOIN people_group_guest p \
     ON p.group_key = g.group_key WHERE g.task_key = task_guest.task_key \
     AND p.guest_key = task_guest.guest_key)";

/// Makes the rows of all tasks with these groups agree with who is in them now:
/// guests' statistics, the tasks' revision (`revision` is the new activity
/// sequence) and the rule that no guest is alone included. Returns what to tell.
pub(crate) fn follow(
    tx: &mut Tx<'_>,
    org: OrgNo,
    groups: &[GroupKey],
    revision: i64,
    cause: &Cause,
) -> Result<Vec<String>> {
    let mut told = follow_but_processes(tx, org, groups, revision, cause)?;
    let runs = runs_of_groups(tx, groups)?;
    told.extend(groups_changed(tx, org, &runs, cause)?);
    Ok(told)
}

/// [`follow`], but for what processes have to be told.
pub(super) fn follow_but_processes(
    tx: &mut Tx<'_>,
    org: OrgNo,
    groups: &[GroupKey],
    revision: i64,
    cause: &Cause,
) -> Result<Vec<String>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let (list, values) = in_list(groups.iter().map(|key| key.get().into()));
    let of_tasks = format!(
        "task_key IN (SELECT x.task_key FROM task_group x JOIN task t ON t.key = x.task_key \
         WHERE x.group_key IN ({list}) AND t.run_key IS NULL)"
    );
    let guests = guests_affected(tx, groups)?;
    let notices = newly_on_tasks(tx, groups)?;
    for sql in [
        // Who was put there by the server has a part as long as they are in a group.
        format!(
            "UPDATE task_member SET via_group = TRUE \
             WHERE added_by_server AND NOT via_group AND {of_tasks} AND {MEMBER_IN_GROUP}"
        ),
        format!(
            "UPDATE task_member SET via_group = FALSE WHERE via_group \
             AND (added_by_server OR completed_at IS NOT NULL) AND {of_tasks} AND NOT {MEMBER_IN_GROUP}"
        ),
        format!("DELETE FROM task_member WHERE via_group AND {of_tasks} AND NOT {MEMBER_IN_GROUP}"),
        format!(
            "INSERT INTO task_member (task_key, account_id, org, added_by_server, via_group, completed_at) \
             SELECT DISTINCT x.task_key, p.account_id, p.org, FALSE, TRUE, CAST(NULL AS BIGINT) FROM task_group x \
             JOIN task t ON t.key = x.task_key AND t.run_key IS NULL \
             JOIN people_group_member p ON p.group_key = x.group_key WHERE x.group_key IN ({list}) \
             ON CONFLICT (task_key, account_id) DO NOTHING"
        ),
        format!(
            "UPDATE task_guest SET via_group = FALSE WHERE via_group AND completed_at IS NOT NULL \
             AND {of_tasks} AND NOT {GUEST_IN_GROUP}"
        ),
        format!("DELETE FROM task_guest WHERE via_group AND {of_tasks} AND NOT {GUEST_IN_GROUP}"),
        format!(
            "INSERT INTO task_guest (task_key, guest_key, via_group, completed_at) \
             SELECT DISTINCT x.task_key, p.guest_key, TRUE, CAST(NULL AS BIGINT) FROM task_group x \
             JOIN task t ON t.key = x.task_key AND t.run_key IS NULL \
             JOIN people_group_guest p ON p.group_key = x.group_key WHERE x.group_key IN ({list}) \
             ON CONFLICT (task_key, guest_key) DO NOTHING"
        ),
    ] {
        tx.execute(&sql, &values)?;
    }
    recount(tx, org, &guests)?;
    touch_tasks(tx, groups, revision, cause)?;
    notices::tell(tx, org, &notices, cause.at)?;
    people::chaperone_tasks_of_groups(tx, groups, cause)
}

/// The guests who are on more or fewer of the groups' tasks than they should be.
fn guests_affected(tx: &mut Tx<'_>, groups: &[GroupKey]) -> Result<BTreeSet<GuestKey>> {
    let (list, values) = in_list(groups.iter().map(|key| key.get().into()));
    let mut affected = BTreeSet::new();
    for sql in [
        format!(
            "SELECT DISTINCT guest_key FROM task_guest WHERE via_group AND completed_at IS NULL AND task_key IN \
             (SELECT x.task_key FROM task_group x WHERE x.group_key IN ({list})) AND NOT {GUEST_IN_GROUP}"
        ),
        format!(
            "SELECT DISTINCT p.guest_key FROM task_group x JOIN people_group_guest p ON p.group_key = x.group_key \
             WHERE x.group_key IN ({list}) AND NOT EXISTS \
             (SELECT 1 FROM task_guest o WHERE o.task_key = x.task_key AND o.guest_key = p.guest_key)"
        ),
    ] {
        tx.query(&sql, &values, |row| {
            affected.insert(GuestKey::from_stored(row.int(0)?));
            Ok::<_, Error>(())
        })?;
    }
    Ok(affected)
}

/// What the guests are to be told whom groups bring onto one-off tasks where
/// they are not yet.
fn newly_on_tasks(tx: &mut Tx<'_>, groups: &[GroupKey]) -> Result<Vec<Notice>> {
    let (list, values) = in_list(groups.iter().map(|key| key.get().into()));
    tx.query_all(
        &format!(
            "SELECT DISTINCT p.guest_key, x.task_key FROM task_group x \
             JOIN task t ON t.key = x.task_key AND t.run_key IS NULL AND t.completed_at IS NULL \
             AND t.archived_at IS NULL JOIN people_group_guest p ON p.group_key = x.group_key \
             WHERE x.group_key IN ({list}) AND NOT EXISTS \
             (SELECT 1 FROM task_guest o WHERE o.task_key = x.task_key AND o.guest_key = p.guest_key) \
             ORDER BY p.guest_key, x.task_key"
        ),
        &values,
        |row| {
            let (guest, task) = (GuestKey::from_stored(row.int(0)?), TaskKey::from_stored(row.int(1)?));
            Ok(Notice::of_task(guest, task, About::Assigned))
        },
    )
}

/// Counts the statistics of guests afresh.
pub(crate) fn recount(tx: &mut Tx<'_>, org: OrgNo, guests: &BTreeSet<GuestKey>) -> Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    let advanced = orgs::advance(tx, org, Advance { guests_changed: true, ..Advance::default() })?;
    for key in guests {
        guests::stats::recount(tx, *key, advanced.guest_revision)?;
    }
    Ok(())
}

/// Gives the tasks with these groups a new revision: they show them.
pub(super) fn touch_tasks(tx: &mut Tx<'_>, groups: &[GroupKey], revision: i64, cause: &Cause) -> Result<()> {
    let (list, mut values) = in_list(groups.iter().map(|key| key.get().into()));
    values.extend([Value::Int(revision), Value::Int(to_micros(cause.at))]);
    let sql = format!(
        "UPDATE task SET revision = ?{}, updated_at = ?{} \
         WHERE key IN (SELECT x.task_key FROM task_group x WHERE x.group_key IN ({list}))",
        values.len() - 1,
        values.len()
    );
    tx.execute(&sql, &values)?;
    Ok(())
}
