//! What follows for tasks when people leave groups or the organization: that no
//! guest is left without an active member (`product.md` 1.5), and that processes
//! are told.

use std::collections::BTreeMap;

use hospes_model::activity::Cause;
use hospes_model::{GroupKey, MemberId, OrgNo};

use crate::accounts::member_id;
use crate::error::Result;
use crate::sql::{Tx, Value, in_list};

/// Tells tasks that groups have other people now: their rows have followed
/// already ([`groups::rows`](crate::groups)). Returns sentences about members
/// who were put beside guests.
///
/// One-off tasks are seen to here. Processes keep the rule by their own rules
/// (`workflow::Command::CheckChaperones`), which are called from here as well.
pub(crate) fn tell_processes_of_groups(
    tx: &mut Tx<'_>,
    _org: OrgNo,
    groups: &[GroupKey],
    cause: &Cause,
) -> Result<Vec<String>> {
    let (list, values) = in_list(groups.iter().map(|key| key.get().into()));
    let tasks = format!("SELECT x.task_key FROM task_group x WHERE x.group_key IN ({list})");
    ensure_chaperones(tx, &tasks, values, cause)
}

/// Puts an active member on every one-off task among `tasks` (a statement that
/// selects their keys, with its values) where guests have none. The member is
/// chosen as for processes: who acts, who began the task, who looks after one
/// of the guests, the default administrator. Returns what to tell.
pub(crate) fn ensure_chaperones(
    tx: &mut Tx<'_>,
    tasks: &str,
    mut values: Vec<Value<'_>>,
    cause: &Cause,
) -> Result<Vec<String>> {
    values.push(cause.actor.map_or(0, MemberId::get).into());
    let actor = values.len();
    let active = |of: &str| {
        format!(
            "(SELECT m.account_id FROM member m WHERE m.org = t.org AND m.account_id = {of} AND m.status = 'active')"
        )
    };
    let sql = format!(
        "INSERT INTO task_member (task_key, account_id, org, added_by_server, via_group, completed_at) \
         SELECT t.key, COALESCE({}, {}, \
         (SELECT a.account_id FROM task_guest o JOIN guest_associate a ON a.guest_key = o.guest_key \
          JOIN member m ON m.org = t.org AND m.account_id = a.account_id AND m.status = 'active' \
          WHERE o.task_key = t.key ORDER BY o.guest_key, a.position LIMIT 1), \
         (SELECT m.account_id FROM member m WHERE m.org = t.org AND m.is_default_admin)), \
         t.org, TRUE, FALSE, NULL \
         FROM task t WHERE t.run_key IS NULL AND t.key IN ({tasks}) \
         AND EXISTS (SELECT 1 FROM task_guest o WHERE o.task_key = t.key) \
         AND NOT EXISTS (SELECT 1 FROM task_member o JOIN member m ON m.org = o.org \
          AND m.account_id = o.account_id AND m.status = 'active' WHERE o.task_key = t.key) \
         RETURNING account_id",
        active(&format!("?{actor}")),
        active("t.starter_id"),
    );
    let mut added: BTreeMap<MemberId, usize> = BTreeMap::new();
    for id in tx.query_all(&sql, &values, |row| member_id(row.int(0)?))? {
        *added.entry(id).or_default() += 1;
    }
    Ok(added.into_iter().map(|(id, tasks)| sentence(id, tasks)).collect())
}

fn sentence(id: MemberId, tasks: usize) -> String {
    let tasks = if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks") };
    format!("Member {id} was added to {tasks}: a task with a guest always has a member too.")
}
