//! What a mail says: read when it is about to be sent, from what is so at that
//! moment, and no more of it than the receiver may know then.

use std::collections::{BTreeSet, HashMap};

use hospes_model::guest::{Guest, ProfileField};
use hospes_model::mail::decide::{Decision, Receiver, Sight, Standing, Why, decide, of_task};
use hospes_model::mail::preferences::Preferences;
use hospes_model::mail::{About, Kind};
use hospes_model::member::MemberStatus;
use hospes_model::workflow::{Person, RunProgress};
use hospes_model::workplace::sight::Relation;
use hospes_model::{EmailAddress, GuestKey, MemberId, OrgNo, RunKey, TaskId, TaskKey};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::guests::{self, GuestRef};
use crate::orgs::{self, Org};
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;
use crate::workplace::list::{self, Show};
use crate::{accounts, comments, from_micros, workplace};

use super::outbox::Claimed;
use super::strangers::{self, Stranger};
use super::{To, digests, notices, preferences};

/// How many tasks a digest names; the others are counted.
pub const AGENDA: usize = 50;

/// What a mail says, and to whom.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The organization.
    pub org: Org,
    /// Where it goes.
    pub address: EmailAddress,
    /// What the receiver is called, if that is known.
    pub name: Option<String>,
    /// The receiver's time zone.
    pub zone: TimeZone,
    /// What the receiver decided.
    pub preferences: Preferences,
    /// The receiver, if it is a guest.
    pub guest: Option<Guest>,
    /// What the receiver submitted, if it is nobody yet.
    pub stranger: Option<Stranger>,
    /// What is told, each task once.
    pub told: Vec<Told>,
    /// The tasks of a digest, by process.
    pub agenda: Vec<TaskInMail>,
    /// How many tasks there are to do beside those.
    pub more: usize,
}

/// One thing that is told.
#[derive(Debug, Clone)]
pub struct Told {
    /// What.
    pub about: About,
    /// About which task.
    pub task: Option<TaskInMail>,
    /// About which guest.
    pub guest: Option<GuestInMail>,
    /// Who brought it about, if the receiver may know them.
    pub by: Option<String>,
    /// The address of a member who did, if the receiver may know them.
    pub reply_to: Option<EmailAddress>,
}

/// A guest whom members are told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestInMail {
    /// What the guest is called, or else the address.
    pub name: String,
    /// The address.
    pub email: EmailAddress,
}

/// A task as a mail names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskInMail {
    /// Where it is stored.
    pub key: TaskKey,
    /// Its public id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// Until when it should be done.
    pub deadline: Option<Timestamp>,
    /// Whether its deadline has passed.
    pub is_overdue: bool,
    /// The process that it belongs to.
    pub process: Option<ProcessInMail>,
}

/// A process as a mail names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessInMail {
    /// Which one it is: several may have one name.
    pub key: RunKey,
    /// Its name.
    pub name: String,
    /// How far it has come, of what the reader sees of it, in the list of what
    /// they have to do.
    pub progress: Option<RunProgress>,
}

/// Whoever a mail is for.
struct Reader {
    standing: Standing,
    unreachable: bool,
    address: EmailAddress,
    name: Option<String>,
    zone: TimeZone,
    preferences: Preferences,
    guest: Option<Guest>,
}

/// Reads what a claimed mail says at `now`; or else why it says nothing, or not
/// now.
pub fn read(
    tx: &mut Tx<'_>,
    mail: &Claimed,
    now: Timestamp,
) -> Result<std::result::Result<Letter, Decision>> {
    let org = orgs::get(tx, mail.org)?;
    if let To::Stranger(key) = mail.to {
        return strangers::read(tx, org, key, now);
    }
    let Some(reader) = reader(tx, &org, mail.to)? else { return Ok(Err(Decision::Never(Why::Gone))) };
    match decide(mail.kind, &reader.as_receiver(), now) {
        Decision::Now => {}
        other => return Ok(Err(other)),
    }
    let told = match told(tx, mail, &reader, now)? {
        Ok(told) => told,
        Err(why) => return Ok(Err(Decision::Never(why))),
    };
    let (mut agenda, mut more) = (Vec::new(), 0);
    if let (Kind::Digest, Some(guest)) = (mail.kind, &reader.guest) {
        (agenda, more) = to_do(tx, guest, now)?;
        if agenda.is_empty() {
            return Ok(Err(Decision::Never(Why::NothingToDo)));
        }
    }
    let Reader { address, name, zone, preferences, guest, .. } = reader;
    Ok(Ok(Letter { org, address, name, zone, preferences, guest, stranger: None, told, agenda, more }))
}

impl Reader {
    fn as_receiver(&self) -> Receiver<'_> {
        Receiver {
            standing: self.standing,
            unreachable: self.unreachable,
            preferences: &self.preferences,
            zone: &self.zone,
        }
    }
}

fn reader(tx: &mut Tx<'_>, org: &Org, to: To) -> Result<Option<Reader>> {
    match to {
        To::Guest(key) => {
            let guest =
                tx.query_opt("SELECT 1 FROM guest WHERE key = ?1", &[key.get().into()], |_| Ok(()))?;
            if guest.is_none() {
                return Ok(None);
            }
            let guest = guests::get(tx, key)?;
            let zone = digests::zone_of(guest.profile.get(ProfileField::Timezone), &org.timezone);
            Ok(Some(Reader {
                standing: if guest.disabled.is_some() { Standing::Disabled } else { Standing::Active },
                unreachable: guest.unreachable.is_some(),
                address: guest.email.clone(),
                name: guest.profile.get(ProfileField::FirstName).map(str::to_owned),
                zone,
                preferences: preferences::get(tx, key)?,
                guest: Some(guest),
            }))
        }
        To::Member(id) => {
            let found = accounts::find(tx, org.no, id)?;
            let Some(member) = found else { return Ok(None) };
            let is_active = member.status == MemberStatus::Active;
            Ok(Some(Reader {
                standing: if is_active { Standing::Active } else { Standing::Gone },
                unreachable: false,
                address: member.email,
                name: Some(member.first_name).filter(|name| !name.is_empty()),
                zone: digests::zone_of(Some(&member.timezone), &org.timezone),
                preferences: Preferences::default(),
                guest: None,
            }))
        }
        To::Stranger(_) => Ok(None),
    }
}

/// What is told of what was noted: what is still so, each task once. With
/// nothing left, why the last of it is not told.
fn told(
    tx: &mut Tx<'_>,
    mail: &Claimed,
    reader: &Reader,
    now: Timestamp,
) -> Result<std::result::Result<Vec<Told>, Why>> {
    let stored = notices::of_mail(tx, mail.key.get())?;
    if stored.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let keys: BTreeSet<TaskKey> = stored.iter().filter_map(|notice| notice.task).collect();
    let guest = reader.guest.as_ref();
    let tasks = tasks(tx, mail.org, guest, &keys.into_iter().collect::<Vec<_>>(), now)?;
    let mut told: Vec<Told> = Vec::new();
    let mut left_out = Why::NothingToDo;
    for notice in stored {
        let found = notice.task.and_then(|key| tasks.get(&key));
        if notice.task.is_some() {
            let sight = if guest.is_some() {
                of_task(&notice.about, found.map(|(_, sight)| *sight))
            } else {
                found.map(|_| ()).ok_or(Why::TaskGone)
            };
            if let Err(why) = sight {
                left_out = why;
                continue;
            }
        }
        if let (Some(guest), Some(task), Some(thread)) = (guest, notice.task, notice.about.thread())
            && !comments::notices::may_read(tx, task, thread, guest.key)?
        {
            left_out = Why::CommentHidden;
            continue;
        }
        let task = found.map(|(task, _)| task.clone());
        // Of several things about one task the newest is told; what was said
        // is told each.
        let is_said = matches!(notice.about, About::Comment { .. });
        let same = told.iter_mut().find(|earlier| {
            let of = |told: &Told| told.task.as_ref().map(|task| task.key);
            of(earlier).is_some() && of(earlier) == notice.task && !is_said
        });
        if let Some(same) = same {
            if !matches!((&same.about, &notice.about), (About::Deadline { .. }, About::Edited)) {
                same.about = merged(&same.about, &notice.about);
            }
            continue;
        }
        let about_guest = notice.guest.map(|key| guest_in_mail(tx, key)).transpose()?.flatten();
        if notice.guest.is_some() && about_guest.is_none() {
            left_out = Why::Gone;
            continue;
        }
        let author = author(tx, mail.org, &notice.about, notice.task)?;
        let (by, reply_to) = author.map_or((None, None), |(name, email)| (Some(name), email));
        told.push(Told { about: notice.about, task, guest: about_guest, by, reply_to });
    }
    Ok(if told.is_empty() { Err(left_out) } else { Ok(told) })
}

/// Two things about one task in one: a deadline that moved twice moved from
/// where it was first.
fn merged(first: &About, second: &About) -> About {
    match (first, second) {
        (About::Deadline { old }, About::Deadline { .. }) => About::Deadline { old: *old },
        (_, second) => second.clone(),
    }
}

/// The name of whoever brought something about, with the address if it is a
/// member. Only of somebody on the task: guests learn of nobody else
/// (`product.md` 1.20, 8).
fn author(
    tx: &mut Tx<'_>,
    org: OrgNo,
    about: &About,
    task: Option<TaskKey>,
) -> Result<Option<(String, Option<EmailAddress>)>> {
    let (About::Reminder { by }
    | About::Comment { by, .. }
    | About::IssueReported { by, .. }
    | About::IssueResolved { by, .. }) = about
    else {
        return Ok(None);
    };
    let (Some(by), Some(task)) = (by, task) else { return Ok(None) };
    match by {
        Person::Member(id) => member_on(tx, org, task, *id),
        Person::Guest(email) => {
            let found = guests::find(tx, org, &GuestRef::Email(email.folded().to_owned()))?;
            let Some(guest) = found else { return Ok(None) };
            let on_it = tx.query_opt(
                "SELECT 1 FROM task_guest WHERE task_key = ?1 AND guest_key = ?2",
                &[task.get().into(), guest.key.get().into()],
                |_| Ok(()),
            )?;
            Ok(on_it.map(|()| (name_of(&guest), None)))
        }
    }
}

fn member_on(
    tx: &mut Tx<'_>,
    org: OrgNo,
    task: TaskKey,
    id: MemberId,
) -> Result<Option<(String, Option<EmailAddress>)>> {
    tx.query_opt(
        "SELECT m.first_name, m.last_name, a.email FROM task_member o \
         JOIN member m ON m.org = o.org AND m.account_id = o.account_id JOIN account a ON a.id = m.account_id \
         WHERE o.task_key = ?1 AND o.org = ?2 AND o.account_id = ?3",
        &[task.get().into(), org.get().into(), id.get().into()],
        |row| {
            let name = format!("{} {}", row.text(0)?, row.text(1)?).trim().to_owned();
            Ok((name, Some(EmailAddress::from_stored(row.string(2)?))))
        },
    )
}

fn guest_in_mail(tx: &mut Tx<'_>, key: GuestKey) -> Result<Option<GuestInMail>> {
    let known = tx.query_opt("SELECT 1 FROM guest WHERE key = ?1", &[key.get().into()], |_| Ok(()))?;
    if known.is_none() {
        return Ok(None);
    }
    let guest = guests::get(tx, key)?;
    Ok(Some(GuestInMail { name: name_of(&guest), email: guest.email }))
}

fn name_of(guest: &Guest) -> String {
    let parts = [ProfileField::FirstName, ProfileField::LastName].map(|field| guest.profile.get(field));
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if name.is_empty() { guest.email.to_string() } else { name }
}

const COLUMNS: &str = "t.key, t.id, t.title, t.deadline, t.completed_at, t.archived_at, t.hidden, r.name, \
     r.key, r.archived_at";

fn read_task(row: &Row<'_>, now: Timestamp) -> Result<TaskInMail> {
    let deadline = row.opt_int(3)?.map(from_micros).transpose()?;
    let process = match row.opt_string(7)? {
        Some(name) => Some(ProcessInMail { key: RunKey::from_stored(row.int(8)?), name, progress: None }),
        None => None,
    };
    Ok(TaskInMail {
        key: TaskKey::from_stored(row.int(0)?),
        id: TaskId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("task.id"))?,
        title: row.string(2)?,
        deadline,
        is_overdue: row.opt_int(4)?.is_none() && deadline.is_some_and(|deadline| deadline < now),
        process,
    })
}

/// Tasks by their keys, with how a guest stands with each. The columns say why
/// one is not told of; that it may be, the permission function says.
pub(super) fn tasks(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: Option<&Guest>,
    keys: &[TaskKey],
    now: Timestamp,
) -> Result<HashMap<TaskKey, (TaskInMail, Sight)>> {
    let mut found = HashMap::with_capacity(keys.len());
    for keys in keys.chunks(CHUNK) {
        let (list, mut values) = in_list(keys.iter().map(|key| Value::Int(key.get())));
        values.push(guest.map_or(0, |guest| guest.key.get()).into());
        let sql = format!(
            "SELECT {COLUMNS}, o.completed_at, o.guest_key FROM task t LEFT JOIN run r ON r.key = t.run_key \
             LEFT JOIN task_guest o ON o.task_key = t.key AND o.guest_key = ?{} WHERE t.key IN ({list})",
            values.len()
        );
        tx.query(&sql, &values, |row| {
            let task = read_task(row, now)?;
            let archived = row.opt_int(5)?.is_some() || row.opt_int(9)?.is_some();
            let sight = Sight {
                is_assigned: row.opt_int(11)?.is_some(),
                is_shown: !archived && !row.bool(6)?,
                is_open: row.opt_int(4)?.is_none() && row.opt_int(10)?.is_none(),
            };
            found.insert(task.key, (task, sight));
            Ok::<_, Error>(())
        })?;
    }
    let Some(guest) = guest else { return Ok(found) };
    for (task, sight) in found.values_mut().filter(|(_, sight)| sight.is_assigned && sight.is_shown) {
        let seen = workplace::sight::task(tx, org, guest, task.id)?.map(|(_, look)| look);
        let own = seen.filter(|look| look.relation == Relation::Own);
        sight.is_assigned = own.is_some();
        sight.is_open &= own.is_some_and(|look| !look.complete && !look.part_done);
    }
    Ok(found)
}

/// What a guest has to do, by process, and how much more there is: what the
/// guest's own list shows.
fn to_do(tx: &mut Tx<'_>, guest: &Guest, now: Timestamp) -> Result<(Vec<TaskInMail>, usize)> {
    let page = list::page(tx, guest, Show::Todo, 0, AGENDA as i64)?;
    let mut tasks: Vec<(Option<RunKey>, TaskInMail)> = Vec::with_capacity(page.tasks.len());
    for entry in &page.tasks {
        let run = entry.process.as_ref().map(|process| process.key);
        let process = entry.process.as_ref().map(|process| ProcessInMail {
            key: process.key,
            name: process.name.clone(),
            progress: Some(process.progress),
        });
        let task = in_mail((entry.key, entry.id, &entry.title), entry.deadline, process, now);
        tasks.push((run, task));
    }
    // Processes in the order of their first deadlines, one-off tasks behind.
    let firsts: Vec<Option<RunKey>> = tasks.iter().map(|(run, _)| *run).collect();
    let place = |run: &Option<RunKey>| (run.is_none(), firsts.iter().position(|known| known == run));
    tasks.sort_by_key(|(run, _)| place(run));
    let more = usize::try_from(page.todo).unwrap_or(0).saturating_sub(tasks.len());
    Ok((tasks.into_iter().map(|(_, task)| task).collect(), more))
}

fn in_mail(
    (key, id, title): (TaskKey, TaskId, &str),
    deadline: Option<Timestamp>,
    process: Option<ProcessInMail>,
    now: Timestamp,
) -> TaskInMail {
    let is_overdue = deadline.is_some_and(|deadline| deadline < now);
    TaskInMail { key, id, title: title.to_owned(), deadline, is_overdue, process }
}
