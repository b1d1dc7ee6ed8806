//! Writing down what somebody is to be told, in the transaction of what
//! happened. Whether it still is to be told, and whether the receiver may know
//! of it, is asked again when the mail is put together.

use hospes_model::mail::{About, GATHER, NOTICES};
use hospes_model::workflow::Person;
use hospes_model::{EmailAddress, GuestKey, MemberId, OrgNo, TaskKey, ThreadId};
use jiff::Timestamp;

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::{from_micros, to_micros};

use super::{To, digests, queue};

/// Something that somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whom.
    pub to: To,
    /// About which task.
    pub task: Option<TaskKey>,
    /// About which guest.
    pub guest: Option<GuestKey>,
    /// What.
    pub about: About,
}

impl Notice {
    /// Something about a task, for a guest.
    pub fn of_task(to: GuestKey, task: TaskKey, about: About) -> Self {
        Self { to: To::Guest(to), task: Some(task), guest: None, about }
    }
}

/// Notes what is to be told. What is for one person and of one kind goes into
/// one mail, as long as that has not been taken to be sent.
pub fn tell(tx: &mut Tx<'_>, org: OrgNo, notices: &[Notice], at: Timestamp) -> Result<()> {
    for notice in notices {
        let (key, place) = if let Some(found) = waiting(tx, org, notice)? {
            found
        } else {
            let due = at.saturating_add(GATHER).unwrap_or(at);
            let key = queue(tx, org, notice.to, notice.about.kind(), at, due)?;
            tx.execute("UPDATE mail SET notices = 1 WHERE key = ?1", &[key.get().into()])?;
            (key.get(), 1)
        };
        note(tx, key, place, (notice.task, notice.guest), &notice.about, at)?;
        if let (To::Guest(guest), About::Assigned | About::Reopened) = (notice.to, &notice.about) {
            digests::watch(tx, guest, at)?;
        }
    }
    Ok(())
}

/// Puts one thing into a mail.
pub(super) fn note(
    tx: &mut Tx<'_>,
    mail: i64,
    place: i64,
    (task, guest): (Option<TaskKey>, Option<GuestKey>),
    about: &About,
    at: Timestamp,
) -> Result<()> {
    let about = serde_json::to_string(about).map_err(|error| Error::Database(error.to_string()))?;
    tx.execute(
        "INSERT INTO notice (mail_key, place, task_key, guest_key, about, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            mail.into(),
            place.into(),
            task.map(TaskKey::get).into(),
            guest.map(GuestKey::get).into(),
            (&about).into(),
            to_micros(at).into(),
        ],
    )?;
    Ok(())
}

/// Joins a mail that waits, and says at which place. The row is changed by it:
/// whoever wants to take the mail meanwhile waits for this transaction, or has
/// taken it, and then it does not wait any more.
fn waiting(tx: &mut Tx<'_>, org: OrgNo, notice: &Notice) -> Result<Option<(i64, i64)>> {
    let kind = notice.about.kind().as_str();
    let (sql, values) = match notice.to {
        To::Guest(key) => (SQL_GUEST, [key.get().into(), kind.into(), NOTICES.into(), org.get().into()]),
        To::Member(id) => (SQL_MEMBER, [id.get().into(), kind.into(), NOTICES.into(), org.get().into()]),
        // Whoever is nobody yet is told of nothing but the form.
        To::Stranger(_) => return Ok(None),
    };
    tx.query_opt(sql, &values, |row| Ok((row.int(0)?, row.int(1)?)))
}

pub(super) const SQL_GUEST: &str = "UPDATE mail SET notices = notices + 1 WHERE key = \
     (SELECT MIN(key) FROM mail WHERE guest_key = ?1 AND kind = ?2 AND state = 'queued' AND notices < ?3) \
     AND org = ?4 AND state = 'queued' RETURNING key, notices";

pub(super) const SQL_MEMBER: &str = "UPDATE mail SET notices = notices + 1 WHERE key = \
     (SELECT MIN(key) FROM mail WHERE account_id = ?1 AND org = ?4 AND kind = ?2 AND state = 'queued' \
     AND notices < ?3) AND org = ?4 AND state = 'queued' RETURNING key, notices";

/// Notes that the open one-off tasks of somebody who has just become a guest
/// are the guest's. Processes tell of theirs.
pub(crate) fn of_newcomer(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, at: Timestamp) -> Result<()> {
    let notices = tx.query_all(
        "SELECT o.task_key FROM task_guest o JOIN task t ON t.key = o.task_key WHERE o.guest_key = ?1 \
         AND t.run_key IS NULL AND t.completed_at IS NULL AND t.archived_at IS NULL AND o.completed_at IS NULL \
         ORDER BY o.task_key",
        &[guest.get().into()],
        |row| Ok(Notice::of_task(guest, TaskKey::from_stored(row.int(0)?), About::Assigned)),
    )?;
    tell(tx, org, &notices, at)
}

/// What is said about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    /// The task.
    pub task: TaskKey,
    /// The comment or issue.
    pub thread: ThreadId,
    /// Who said it; is not told.
    pub by: Option<&'a Person>,
    /// Whether it is kept from guests.
    pub hidden_from_guests: bool,
    /// Members who are told beside those on the task, such as those mentioned.
    pub members: &'a [MemberId],
    /// Guests who are told only if they are on the task: `None` for all who are.
    pub guests: Option<&'a [GuestKey]>,
}

/// Notes that somebody commented on a task: the guests on it are told, unless
/// the comment is kept from guests, and its members.
pub fn comment(tx: &mut Tx<'_>, org: OrgNo, said: &Said<'_>, at: Timestamp) -> Result<()> {
    let by = said.by.cloned();
    of_said(tx, org, said, &About::Comment { by, thread: said.thread }, at)
}

/// Notes that somebody reported an issue with a task.
pub fn issue_reported(tx: &mut Tx<'_>, org: OrgNo, said: &Said<'_>, at: Timestamp) -> Result<()> {
    let by = said.by.cloned();
    of_said(tx, org, said, &About::IssueReported { by, thread: said.thread }, at)
}

/// Notes that somebody resolved an issue with a task.
pub fn issue_resolved(tx: &mut Tx<'_>, org: OrgNo, said: &Said<'_>, at: Timestamp) -> Result<()> {
    let by = said.by.cloned();
    of_said(tx, org, said, &About::IssueResolved { by, thread: said.thread }, at)
}

fn of_said(tx: &mut Tx<'_>, org: OrgNo, said: &Said<'_>, about: &About, at: Timestamp) -> Result<()> {
    let mut notices = Vec::new();
    if !said.hidden_from_guests {
        for (guest, email) in guests_on(tx, said.task)? {
            let chosen = said.guests.is_none_or(|chosen| chosen.contains(&guest));
            let is_author = matches!(said.by, Some(Person::Guest(by)) if by.is_same(&email));
            if chosen && !is_author {
                notices.push(Notice::of_task(guest, said.task, about.clone()));
            }
        }
    }
    let mut members = members_on(tx, org, said.task)?;
    members.extend(said.members);
    members.sort_unstable();
    members.dedup();
    for member in members {
        if !matches!(said.by, Some(Person::Member(by)) if *by == member) {
            let task = Some(said.task);
            notices.push(Notice { to: To::Member(member), task, guest: None, about: about.clone() });
        }
    }
    tell(tx, org, &notices, at)
}

/// The guests on a task, with their addresses.
fn guests_on(tx: &mut Tx<'_>, task: TaskKey) -> Result<Vec<(GuestKey, EmailAddress)>> {
    tx.query_all(
        "SELECT g.key, g.email FROM task_guest o JOIN guest g ON g.key = o.guest_key WHERE o.task_key = ?1 \
         ORDER BY g.key",
        &[task.get().into()],
        |row| Ok((GuestKey::from_stored(row.int(0)?), EmailAddress::from_stored(row.string(1)?))),
    )
}

/// The guests on a task who are not disabled and have not done their part.
pub(super) fn guests_with_parts(tx: &mut Tx<'_>, task: TaskKey) -> Result<Vec<(GuestKey, EmailAddress)>> {
    tx.query_all(
        "SELECT g.key, g.email FROM task_guest o JOIN guest g ON g.key = o.guest_key WHERE o.task_key = ?1 \
         AND o.completed_at IS NULL AND g.disabled_at IS NULL ORDER BY g.key",
        &[task.get().into()],
        |row| Ok((GuestKey::from_stored(row.int(0)?), EmailAddress::from_stored(row.string(1)?))),
    )
}

/// The active members on a task.
fn members_on(tx: &mut Tx<'_>, org: OrgNo, task: TaskKey) -> Result<Vec<MemberId>> {
    tx.query_all(
        "SELECT o.account_id FROM task_member o JOIN member m ON m.org = o.org AND m.account_id = o.account_id \
         WHERE o.task_key = ?1 AND o.org = ?2 AND m.status = 'active' ORDER BY o.account_id",
        &[task.get().into(), org.get().into()],
        |row| member_id(row.int(0)?),
    )
}

/// Notes for the members who look after a guest what they should know of it.
/// Where nobody does, the members on the guest's open tasks are told.
pub fn of_guest(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, about: &About, at: Timestamp) -> Result<()> {
    let mut members = tx.query_all(
        "SELECT a.account_id FROM guest_associate a JOIN member m ON m.org = ?2 AND m.account_id = a.account_id \
         WHERE a.guest_key = ?1 AND m.status = 'active' ORDER BY a.position",
        &[guest.get().into(), org.get().into()],
        |row| member_id(row.int(0)?),
    )?;
    if members.is_empty() {
        members = tx.query_all(
            "SELECT DISTINCT o.account_id FROM task_guest x JOIN task t ON t.key = x.task_key \
             JOIN task_member o ON o.task_key = x.task_key \
             JOIN member m ON m.org = o.org AND m.account_id = o.account_id \
             WHERE x.guest_key = ?1 AND t.completed_at IS NULL AND t.archived_at IS NULL AND m.status = 'active' \
             ORDER BY o.account_id LIMIT 20",
            &[guest.get().into()],
            |row| member_id(row.int(0)?),
        )?;
    }
    let to = |member| Notice { to: To::Member(member), task: None, guest: Some(guest), about: about.clone() };
    let notices: Vec<Notice> = members.into_iter().map(to).collect();
    tell(tx, org, &notices, at)
}

/// Notes that a guest came in on a second device, while a session on another
/// one was live.
pub fn second_device(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: GuestKey,
    device: &str,
    at: Timestamp,
) -> Result<()> {
    of_guest(tx, org, guest, &About::Device { device: device.to_owned() }, at)
}

/// A notice as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// About which task, which may be gone.
    pub task: Option<TaskKey>,
    /// About which guest, who may be gone.
    pub guest: Option<GuestKey>,
    /// What.
    pub about: About,
    /// When it was noted.
    pub at: Timestamp,
}

/// What a mail tells, in the order in which it was noted.
pub(super) fn of_mail(tx: &mut Tx<'_>, mail: i64) -> Result<Vec<Stored>> {
    tx.query_all(
        "SELECT task_key, guest_key, about, created_at FROM notice WHERE mail_key = ?1 ORDER BY place",
        &[mail.into()],
        |row| {
            Ok(Stored {
                task: row.opt_int(0)?.map(TaskKey::from_stored),
                guest: row.opt_int(1)?.map(GuestKey::from_stored),
                about: serde_json::from_slice(row.bytes(2)?).map_err(|_| Error::corrupt("notice.about"))?,
                at: from_micros(row.int(3)?)?,
            })
        },
    )
}
