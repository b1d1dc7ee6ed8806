//! What became of a guest's mails, and why one got none.

use hospes_model::mail::decide::{Decision, Receiver, Standing, Why, decide, of_task};
use hospes_model::mail::{About, Kind, State};
use hospes_model::{GuestKey, MailKey, OrgNo, TaskId, TaskKey};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::{from_micros, guests, orgs};

use super::{digests, letters, preferences};

/// A mail to a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Where it is stored.
    pub key: MailKey,
    /// What it is about.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Why it waits, was dropped or did not arrive.
    pub why: Option<String>,
    /// Where it was sent.
    pub address: Option<String>,
    /// How often it was tried.
    pub tries: i64,
    /// When it is looked at next.
    pub due_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was sent, dropped or given up.
    pub settled_at: Option<Timestamp>,
    /// The tasks that it is about, as far as they are still there.
    pub tasks: Vec<TaskId>,
}

const COLUMNS: &str =
    "m.key, m.kind, m.state, m.why, m.address, m.tries, m.due_at, m.created_at, m.settled_at";

fn read_mail(row: &Row<'_>) -> Result<Mail> {
    let moment = |at: usize| row.opt_int(at)?.map(from_micros).transpose();
    let state = State::parse(row.text(2)?).ok_or_else(|| Error::corrupt("mail.state"))?;
    Ok(Mail {
        key: MailKey::from_stored(row.int(0)?),
        kind: Kind::parse(row.text(1)?).ok_or_else(|| Error::corrupt("mail.kind"))?,
        state,
        why: row.opt_string(3)?,
        address: row.opt_string(4)?,
        tries: row.int(5)?,
        // While it is being sent this is the end of a lease, which nobody waits for.
        due_at: if state == State::Sending { None } else { moment(6)? },
        created_at: from_micros(row.int(7)?)?,
        settled_at: moment(8)?,
        tasks: Vec::new(),
    })
}

/// A page of a guest's mails, the newest first, and how many there are.
pub fn page(tx: &mut Tx<'_>, guest: GuestKey, offset: i64, limit: i64) -> Result<(Vec<Mail>, i64)> {
    let total =
        tx.query_one("SELECT COUNT(*) FROM mail WHERE guest_key = ?1", &[guest.get().into()], |row| {
            row.int(0)
        })?;
    let mut mails = tx.query_all(
        &format!(
            "SELECT {COLUMNS} FROM mail m WHERE m.guest_key = ?1 ORDER BY m.key DESC LIMIT ?2 OFFSET ?3"
        ),
        &[guest.get().into(), limit.into(), offset.into()],
        read_mail,
    )?;
    with_tasks(tx, &mut mails)?;
    Ok((mails, total))
}

fn with_tasks(tx: &mut Tx<'_>, mails: &mut [Mail]) -> Result<()> {
    for mails in mails.chunks_mut(CHUNK) {
        let (list, values) = in_list(mails.iter().map(|mail| Value::Int(mail.key.get())));
        let sql = format!(
            "SELECT n.mail_key, t.id FROM notice n JOIN task t ON t.key = n.task_key \
             WHERE n.mail_key IN ({list}) ORDER BY n.mail_key, n.place"
        );
        tx.query(&sql, &values, |row| {
            let (key, id) = (row.int(0)?, TaskId::from_bytes(row.bytes(1)?));
            let id = id.map_err(|_| Error::corrupt("task.id"))?;
            if let Some(mail) = mails.iter_mut().find(|mail| mail.key.get() == key)
                && !mail.tasks.contains(&id)
            {
                mail.tasks.push(id);
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(())
}

/// What stands in the way of mail to a guest, and what became of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What stands in the way now.
    pub reasons: Vec<Why>,
    /// The newest mail, about the task if one was named.
    pub newest: Option<Mail>,
}

/// Why a guest has not been mailed, in general or about a task: everything that
/// stands in the way now, and the newest mail. `None` when the organization has
/// no such task.
pub fn status(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: GuestKey,
    task: Option<TaskId>,
    now: Timestamp,
) -> Result<Option<Status>> {
    let record = guests::get(tx, guest)?;
    let settings = orgs::get(tx, org)?;
    let zone =
        digests::zone_of(record.profile.get(hospes_model::guest::ProfileField::Timezone), &settings.timezone);
    let wishes = preferences::get(tx, guest)?;
    let standing = if record.disabled.is_some() { Standing::Disabled } else { Standing::Active };
    let receiver =
        Receiver { standing, unreachable: record.unreachable.is_some(), preferences: &wishes, zone: &zone };
    let mut reasons = Vec::new();
    if let Decision::Never(why) | Decision::Later(_, why) = decide(Kind::Tasks, &receiver, now) {
        reasons.push(why);
    }
    if record.unreachable.is_some() {
        reasons.push(Why::GuestUnreachable);
    }
    let mut key = None;
    if let Some(task) = task {
        let found = tx.query_opt(
            "SELECT key FROM task WHERE org = ?1 AND id = ?2",
            &[org.get().into(), task.as_bytes().into()],
            |row| Ok(TaskKey::from_stored(row.int(0)?)),
        )?;
        let Some(found) = found else { return Ok(None) };
        key = Some(found);
        let tasks = letters::tasks(tx, org, Some(&record), &[found], now)?;
        if let Err(why) = of_task(&About::Assigned, tasks.get(&found).map(|(_, sight)| *sight)) {
            reasons.push(why);
        }
    }
    let newest = newest(tx, guest, key)?;
    Ok(Some(Status { reasons, newest }))
}

fn newest(tx: &mut Tx<'_>, guest: GuestKey, task: Option<TaskKey>) -> Result<Option<Mail>> {
    let found = match task {
        None => tx.query_opt(
            &format!("SELECT {COLUMNS} FROM mail m WHERE m.guest_key = ?1 ORDER BY m.key DESC LIMIT 1"),
            &[guest.get().into()],
            read_mail,
        )?,
        Some(task) => tx.query_opt(
            &format!(
                "SELECT {COLUMNS} FROM notice n JOIN mail m ON m.key = n.mail_key \
                 WHERE n.task_key = ?1 AND m.guest_key = ?2 ORDER BY n.mail_key DESC LIMIT 1"
            ),
            &[task.get().into(), guest.get().into()],
            read_mail,
        )?,
    };
    let mut found: Vec<Mail> = found.into_iter().collect();
    with_tasks(tx, &mut found)?;
    Ok(found.pop())
}
