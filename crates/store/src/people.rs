//! What follows for tasks when people leave groups or the organization, or turn
//! from members into guests and back: who is on them in their place, that no
//! guest is left without an active member (`product.md` 1.5), and that processes
//! and templates are told.
//!
//! For one-off tasks all of it is done by statements over many tasks at once.
//! Processes keep their people by their own rules (`workflow::Command::Replace`
//! and `CheckChaperones`), and are told one by one in
//! [`runs::people`](crate::runs::people).

use std::collections::{BTreeMap, BTreeSet};

use hospes_model::activity::Cause;
use hospes_model::workflow::Person;
use hospes_model::{GroupKey, GuestKey, MemberId, OrgNo};

use crate::accounts::member_id;
use crate::error::Result;
use crate::groups::rows::recount;
use crate::runs::people::Leaving;
use crate::sql::{Tx, Value, in_list};
use crate::{groups, guests, runs, templates, to_micros};

/// Somebody who is on tasks, as rows name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    /// A member.
    Member(MemberId),
    /// A guest.
    Guest(GuestKey),
}

/// Puts active members on the one-off tasks of groups where guests have none,
/// now that other people are in these. Returns what to tell. Processes keep the
/// rule by their own rules (`workflow::Command::CheckChaperones`).
pub(crate) fn chaperone_tasks_of_groups(
    tx: &mut Tx<'_>,
    groups: &[GroupKey],
    cause: &Cause,
) -> Result<Vec<String>> {
    let (list, values) = in_list(groups.iter().map(|key| key.get().into()));
    let tasks = format!("SELECT x.task_key FROM task_group x WHERE x.group_key IN ({list})");
    ensure_chaperones(tx, &tasks, values, cause)
}

/// Tells tasks, groups and templates that somebody is not who they were:
/// disabled, or turned from a member into a guest or back. `with` comes in their
/// place; with nobody they stay on their tasks. They are in no group any more.
/// The new status is stored already. `revision` is the new activity sequence.
/// Returns what to tell.
///
/// - What they are on through groups alone is lost with these, but for parts
///   that are done; a guest who becomes a member keeps it.
/// - A member in place of a member takes over the parts that are still to be
///   done on tasks that are not complete, and the processes and templates.
/// - A guest in place of a member, or a member in place of a guest, is the same
///   person: takes over every row, with what was completed. A member whom the
///   server put beside a guest has done that duty, and it goes to another.
pub(crate) fn tell_of_departure(
    tx: &mut Tx<'_>,
    org: OrgNo,
    person: Party,
    with: Option<Party>,
    revision: i64,
    cause: &Cause,
) -> Result<Vec<String>> {
    let mut told = Vec::new();
    let tasks = tasks_of(tx, org, person)?;
    touch(tx, &tasks, revision, cause)?;
    match (person, with) {
        (Party::Member(from), Some(Party::Member(to))) => {
            let moved = hand_over(tx, org, from, to)?;
            told.push(format!("{} went to member {to}.", count(moved)));
        }
        (Party::Member(from), Some(Party::Guest(to))) => {
            become_guest(tx, org, from, to)?;
            recount(tx, org, &BTreeSet::from([to]))?;
        }
        (Party::Guest(from), Some(Party::Member(to))) => become_member(tx, org, from, to)?,
        (Party::Guest(_), Some(Party::Guest(_))) | (_, None) => {}
    }
    for keys in tasks.chunks(crate::tasks::CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        told.extend(ensure_chaperones(tx, &list, values, cause)?);
    }
    told.extend(tell_processes(tx, org, person, with, cause)?);
    // Last: nobody is put beside guests in place of somebody for whom another
    // comes anyway.
    for sentence in groups::write::leave(tx, org, person, cause)? {
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    if let Party::Member(id) = person {
        let to = match with {
            Some(Party::Member(to)) => Some(to),
            Some(Party::Guest(_)) | None => None,
        };
        templates::people::member_left(tx, org, id, to, cause)?;
    }
    Ok(told)
}

fn tell_processes(
    tx: &mut Tx<'_>,
    org: OrgNo,
    person: Party,
    with: Option<Party>,
    cause: &Cause,
) -> Result<Vec<String>> {
    let person = known_as(tx, person)?;
    let Some(with) = with else { return runs::people::stays_inactive(tx, org, &person, cause) };
    let with = known_as(tx, with)?;
    let same_person = matches!(
        (&person, &with),
        (Person::Member(_), Person::Guest(_)) | (Person::Guest(_), Person::Member(_))
    );
    runs::people::told(tx, org, Leaving { person: &person, with: Some(&with), same_person }, cause)
}

/// How processes name somebody.
fn known_as(tx: &mut Tx<'_>, party: Party) -> Result<Person> {
    Ok(match party {
        Party::Member(id) => Person::Member(id),
        Party::Guest(key) => Person::Guest(guests::get(tx, key)?.email),
    })
}

/// The one-off tasks that somebody is on.
fn tasks_of(tx: &mut Tx<'_>, org: OrgNo, person: Party) -> Result<Vec<i64>> {
    let (table, column, id) = match person {
        Party::Member(id) => ("task_member", "account_id", id.get()),
        Party::Guest(key) => ("task_guest", "guest_key", key.get()),
    };
    let sql = format!(
        "SELECT o.task_key FROM {table} o JOIN task t ON t.key = o.task_key \
         WHERE t.org = ?1 AND o.{column} = ?2 AND t.run_key IS NULL ORDER BY o.task_key"
    );
    tx.query_all(&sql, &[org.get().into(), id.into()], |row| row.int(0))
}

/// Gives tasks a new revision.
fn touch(tx: &mut Tx<'_>, tasks: &[i64], revision: i64, cause: &Cause) -> Result<()> {
    for keys in tasks.chunks(crate::tasks::CHUNK) {
        let (list, mut values) = in_list(keys.iter().copied().map(Value::Int));
        values.extend([Value::Int(revision), Value::Int(to_micros(cause.at))]);
        let (revision, at) = (values.len() - 1, values.len());
        let sql = format!("UPDATE task SET revision = ?{revision}, updated_at = ?{at} WHERE key IN ({list})");
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

/// Gives what one member has still to do to another, and returns on how many
/// tasks.
fn hand_over(tx: &mut Tx<'_>, org: OrgNo, from: MemberId, to: MemberId) -> Result<usize> {
    // The rows that go, for use where `task_member` is the other's row.
    const LEAVES: &str = "EXISTS (SELECT 1 FROM task_member f JOIN task t ON t.key = f.task_key \
         WHERE f.task_key = task_member.task_key AND f.org = ?1 AND f.account_id = ?2 AND f.completed_at IS NULL \
         AND (f.added_by_server OR NOT f.via_group) \
         AND t.run_key IS NULL AND t.completed_at IS NULL)";
    const OPEN: &str = "completed_at IS NULL AND (added_by_server OR NOT via_group) AND EXISTS (SELECT 1 FROM task t WHERE t.key = task_member.task_key \
         AND t.run_key IS NULL AND t.completed_at IS NULL)";
    let (org, from, to) = (Value::Int(org.get()), Value::Int(from.get()), Value::Int(to.get()));
    // Those of processes too, which are told afterwards.
    let moved = tx.query_one(
        "SELECT COUNT(*) FROM task_member o JOIN task t ON t.key = o.task_key \
         WHERE o.org = ?1 AND o.account_id = ?2 AND o.completed_at IS NULL AND t.completed_at IS NULL \
         AND (o.added_by_server OR NOT o.via_group)",
        &[org, from],
        |row| row.int(0),
    )?;
    // Who was chosen is named, also where the other stood by for the server or
    // was there through a group.
    tx.execute(
        &format!(
            "UPDATE task_member SET added_by_server = FALSE, via_group = FALSE WHERE account_id = ?3 AND {LEAVES} \
             AND EXISTS (SELECT 1 FROM task_member c WHERE c.task_key = task_member.task_key \
              AND c.account_id = ?2 AND NOT c.added_by_server)"
        ),
        &[org, from, to],
    )?;
    tx.execute(
        &format!(
            "DELETE FROM task_member WHERE org = ?1 AND account_id = ?2 AND {OPEN} AND EXISTS \
             (SELECT 1 FROM task_member o WHERE o.task_key = task_member.task_key AND o.account_id = ?3)"
        ),
        &[org, from, to],
    )?;
    tx.execute(
        &format!("UPDATE task_member SET account_id = ?3, via_group = FALSE WHERE org = ?1 AND account_id = ?2 AND {OPEN}"),
        &[org, from, to],
    )?;
    Ok(usize::try_from(moved).unwrap_or_default())
}

const ONE_OFF: &str = "EXISTS (SELECT 1 FROM task t WHERE t.key = o.task_key AND t.run_key IS NULL)";

/// Makes a member's rows a new guest's, and who completed a task with them.
fn become_guest(tx: &mut Tx<'_>, org: OrgNo, from: MemberId, to: GuestKey) -> Result<()> {
    tx.execute(
        &format!(
            "INSERT INTO task_guest (task_key, guest_key, via_group, completed_at) \
             SELECT o.task_key, g.key, FALSE, o.completed_at FROM task_member o JOIN guest g ON g.key = ?3 \
             WHERE o.org = ?1 AND o.account_id = ?2 \
             AND (NOT o.added_by_server AND NOT o.via_group OR o.completed_at IS NOT NULL) AND {ONE_OFF}"
        ),
        &[org.get().into(), from.get().into(), to.get().into()],
    )?;
    tx.execute(
        "UPDATE task SET completer_id = NULL, \
         completer_guest_code = (SELECT code FROM guest WHERE key = ?3), \
         completer_guest_email = (SELECT email FROM guest WHERE key = ?3) \
         WHERE run_key IS NULL AND completer_id = ?2 \
         AND key IN (SELECT task_key FROM task_member WHERE org = ?1 AND account_id = ?2)",
        &[org.get().into(), from.get().into(), to.get().into()],
    )?;
    let one_off = ONE_OFF.replace("o.task_key", "task_member.task_key");
    tx.execute(
        &format!("DELETE FROM task_member WHERE org = ?1 AND account_id = ?2 AND {one_off}"),
        &[org.get().into(), from.get().into()],
    )?;
    Ok(())
}

/// Makes a guest's rows a member's, who may be on some of the tasks already, and
/// who completed a task with them. The
/// guest is about to be removed, so nothing is counted.
fn become_member(tx: &mut Tx<'_>, org: OrgNo, from: GuestKey, to: MemberId) -> Result<()> {
    tx.execute(
        &format!(
            "INSERT INTO task_member (task_key, account_id, org, added_by_server, via_group, completed_at) \
             SELECT o.task_key, m.account_id, m.org, FALSE, FALSE, o.completed_at FROM task_guest o \
             JOIN member m ON m.org = ?1 AND m.account_id = ?2 WHERE o.guest_key = ?3 AND {ONE_OFF} \
             ON CONFLICT (task_key, account_id) DO UPDATE SET added_by_server = FALSE, via_group = FALSE, \
             completed_at = COALESCE(task_member.completed_at, excluded.completed_at)"
        ),
        &[org.get().into(), to.get().into(), from.get().into()],
    )?;
    tx.execute(
        "UPDATE task SET completer_id = ?2, completer_guest_code = NULL, completer_guest_email = NULL \
         WHERE run_key IS NULL AND completer_guest_code = (SELECT code FROM guest WHERE key = ?1) \
         AND key IN (SELECT task_key FROM task_guest WHERE guest_key = ?1)",
        &[from.get().into(), to.get().into()],
    )?;
    let one_off = ONE_OFF.replace("o.task_key", "task_guest.task_key");
    tx.execute(&format!("DELETE FROM task_guest WHERE guest_key = ?1 AND {one_off}"), &[from.get().into()])?;
    Ok(())
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
    format!("Member {id} was added to {}: a task with a guest always has a member too.", count(tasks))
}

fn count(tasks: usize) -> String {
    if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks") }
}
