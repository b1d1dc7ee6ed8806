//! The people on a task of a process as rows: who is on it, by themselves or
//! through a group, and when they completed it or their part.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hospes_model::workflow::{Directory, Person, RunTask};
use hospes_model::{EmailAddress, GroupId, GuestCode, GuestKey, MemberId, OrgNo, RunKey, TaskKey};
use jiff::Timestamp;

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::{from_micros, to_micros};

/// A member's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MemberRow {
    /// The chaperone's.
    added_by_server: bool,
    via_group: bool,
    completed_at: Option<Timestamp>,
}

/// A guest's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GuestRow {
    pub(super) email: EmailAddress,
    via_group: bool,
    pub(super) completed_at: Option<Timestamp>,
}

/// The rows of a task, guests by folded address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rows {
    members: BTreeMap<MemberId, MemberRow>,
    pub(super) guests: BTreeMap<String, GuestRow>,
    groups: BTreeSet<GroupId>,
}

/// Where guests are stored, by folded address.
pub(super) type GuestKeys = HashMap<String, (GuestKey, GuestCode)>;

impl Rows {
    /// What the state of a task says. A guest who completed the task has a row,
    /// even if they are not on it any more, unless their record is gone.
    pub(super) fn of(task: &RunTask, directory: &Directory, completer_is_gone: bool) -> Self {
        let mut rows = Self::default();
        let chosen = &task.assignees.people;
        let everybody = chosen.expanded(directory);
        for id in everybody.users() {
            rows.member(*id, false, !chosen.users().contains(id));
        }
        for email in everybody.guests() {
            rows.guest(email, !chosen.has_guest(email));
        }
        if let Some(chaperone) = task.assignees.chaperone {
            rows.member(chaperone, true, false);
        }
        rows.groups = chosen.groups().iter().copied().collect();
        for part in &task.parts {
            rows.done(&part.person, part.at);
        }
        if let Some(completion) = &task.completion
            && let Some(person) = &completion.by
        {
            match person {
                Person::Guest(_) if completer_is_gone => return rows,
                Person::Guest(email) => rows.guest(email, false),
                Person::Member(_) => {}
            }
            rows.done(person, completion.at);
        }
        rows
    }

    /// The rows of a process's tasks that are there; tasks without any are not in it.
    pub(super) fn of_run(tx: &mut Tx<'_>, run: RunKey) -> Result<BTreeMap<TaskKey, Self>> {
        let mut tasks: BTreeMap<TaskKey, Self> = BTreeMap::new();
        let of = |row: &Row<'_>| Ok::<_, Error>(TaskKey::from_stored(row.int(0)?));
        let moment = |at: Option<i64>| at.map(from_micros).transpose();
        let params = [Value::from(run.get())];
        tx.query(
            "SELECT o.task_key, o.account_id, o.added_by_server, o.via_group, o.completed_at \
             FROM task t JOIN task_member o ON o.task_key = t.key WHERE t.run_key = ?1",
            &params,
            |row| {
                let (added_by_server, via_group) = (row.bool(2)?, row.bool(3)?);
                let member = MemberRow { added_by_server, via_group, completed_at: moment(row.opt_int(4)?)? };
                tasks.entry(of(row)?).or_default().members.insert(member_id(row.int(1)?)?, member);
                Ok::<_, Error>(())
            },
        )?;
        tx.query(
            "SELECT o.task_key, g.email, o.via_group, o.completed_at FROM task t \
             JOIN task_guest o ON o.task_key = t.key JOIN guest g ON g.key = o.guest_key WHERE t.run_key = ?1",
            &params,
            |row| {
                let email = EmailAddress::from_stored(row.string(1)?);
                let folded = email.folded().to_owned();
                let guest =
                    GuestRow { email, via_group: row.bool(2)?, completed_at: moment(row.opt_int(3)?)? };
                tasks.entry(of(row)?).or_default().guests.insert(folded, guest);
                Ok::<_, Error>(())
            },
        )?;
        tx.query(
            "SELECT o.task_key, g.id FROM task t JOIN task_group o ON o.task_key = t.key \
             JOIN people_group g ON g.key = o.group_key WHERE t.run_key = ?1",
            &params,
            |row| {
                let id = GroupId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("people_group.id"))?;
                tasks.entry(of(row)?).or_default().groups.insert(id);
                Ok::<_, Error>(())
            },
        )?;
        Ok(tasks)
    }

    /// Whether both are the same rows, in whatever spelling of addresses.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let guests = |rows: &Self| -> Vec<(String, bool, Option<Timestamp>)> {
            let of = |(folded, row): (&String, &GuestRow)| (folded.clone(), row.via_group, row.completed_at);
            rows.guests.iter().map(of).collect()
        };
        self.members == other.members && self.groups == other.groups && guests(self) == guests(other)
    }

    fn member(&mut self, id: MemberId, added_by_server: bool, via_group: bool) {
        self.members.entry(id).or_insert(MemberRow { added_by_server, via_group, completed_at: None });
    }

    fn guest(&mut self, email: &EmailAddress, via_group: bool) {
        let row = GuestRow { email: email.clone(), via_group, completed_at: None };
        self.guests.entry(email.folded().to_owned()).or_insert(row);
    }

    fn done(&mut self, person: &Person, at: Timestamp) {
        let completed_at = match person {
            Person::Member(id) => self.members.get_mut(id).map(|row| &mut row.completed_at),
            Person::Guest(email) => self.guests.get_mut(email.folded()).map(|row| &mut row.completed_at),
        };
        if let Some(completed_at) = completed_at {
            // One's own part counts, and not the moment at which the last came.
            completed_at.get_or_insert(at);
        }
    }

    /// Writes what is different from the rows that are there.
    pub(super) fn save(
        &self,
        tx: &mut Tx<'_>,
        org: OrgNo,
        key: TaskKey,
        before: &Self,
        guests: &GuestKeys,
    ) -> Result<()> {
        self.save_members(tx, key, before)?;
        self.save_guests(tx, key, before, guests)?;
        self.save_groups(tx, org, key, before)
    }

    fn save_members(&self, tx: &mut Tx<'_>, key: TaskKey, before: &Self) -> Result<()> {
        for id in before.members.keys().filter(|id| !self.members.contains_key(id)) {
            tx.execute(
                "DELETE FROM task_member WHERE task_key = ?1 AND account_id = ?2",
                &[key.get().into(), id.get().into()],
            )?;
        }
        for (id, row) in self.members.iter().filter(|(id, row)| before.members.get(id) != Some(row)) {
            tx.execute(
                "INSERT INTO task_member (task_key, account_id, org, added_by_server, via_group, completed_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (task_key, account_id) DO UPDATE SET \
                 added_by_server = excluded.added_by_server, via_group = excluded.via_group, \
                 completed_at = excluded.completed_at",
                &[
                    key.get().into(),
                    id.get().into(),
                    key.org_number().into(),
                    row.added_by_server.into(),
                    row.via_group.into(),
                    row.completed_at.map(to_micros).into(),
                ],
            )?;
        }
        Ok(())
    }

    fn save_guests(&self, tx: &mut Tx<'_>, key: TaskKey, before: &Self, keys: &GuestKeys) -> Result<()> {
        for folded in before.guests.keys().filter(|folded| !self.guests.contains_key(*folded)) {
            // One who is gone has no rows any more.
            let Some((guest, _)) = keys.get(folded) else { continue };
            tx.execute(
                "DELETE FROM task_guest WHERE task_key = ?1 AND guest_key = ?2",
                &[key.get().into(), guest.get().into()],
            )?;
        }
        for (folded, row) in self.guests.iter().filter(|(folded, row)| {
            before
                .guests
                .get(*folded)
                .is_none_or(|old| (old.via_group, old.completed_at) != (row.via_group, row.completed_at))
        }) {
            let Some((guest, _)) = keys.get(folded) else { continue };
            tx.execute(
                "INSERT INTO task_guest (task_key, guest_key, via_group, completed_at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (task_key, guest_key) DO UPDATE SET \
                 via_group = excluded.via_group, completed_at = excluded.completed_at",
                &[
                    key.get().into(),
                    guest.get().into(),
                    row.via_group.into(),
                    row.completed_at.map(to_micros).into(),
                ],
            )?;
        }
        Ok(())
    }

    fn save_groups(&self, tx: &mut Tx<'_>, org: OrgNo, key: TaskKey, before: &Self) -> Result<()> {
        const GROUP: &str = "(SELECT key FROM people_group WHERE org = ?2 AND id = ?3)";
        for id in before.groups.difference(&self.groups) {
            tx.execute(
                &format!("DELETE FROM task_group WHERE task_key = ?1 AND group_key = {GROUP}"),
                &[key.get().into(), org.get().into(), id.as_bytes().into()],
            )?;
        }
        for id in self.groups.difference(&before.groups) {
            tx.execute(
                "INSERT INTO task_group (task_key, group_key) \
                 SELECT ?1, key FROM people_group WHERE org = ?2 AND id = ?3 \
                 ON CONFLICT (task_key, group_key) DO NOTHING",
                &[key.get().into(), org.get().into(), id.as_bytes().into()],
            )?;
        }
        Ok(())
    }
}

/// Finds the guests with these folded addresses.
pub(super) fn guest_keys(tx: &mut Tx<'_>, org: OrgNo, folded: &BTreeSet<&str>) -> Result<GuestKeys> {
    let mut keys = GuestKeys::new();
    let folded: Vec<&str> = folded.iter().copied().collect();
    for chunk in folded.chunks(CHUNK) {
        let (list, mut values) = in_list(chunk.iter().map(|email| (*email).into()));
        values.push(org.get().into());
        let sql = format!(
            "SELECT email_folded, key, code FROM guest WHERE org = ?{} AND email_folded IN ({list})",
            values.len()
        );
        tx.query(&sql, &values, |row| {
            let code = row.text(2)?.parse().map_err(|_| Error::corrupt("guest.code"))?;
            keys.insert(row.string(0)?, (GuestKey::from_stored(row.int(1)?), code));
            Ok::<_, Error>(())
        })?;
    }
    Ok(keys)
}
