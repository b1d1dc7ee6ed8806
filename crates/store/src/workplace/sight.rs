//! One task as a guest may see it. Everything that a guest reads or changes is
//! found here, and [`Look`] decides.

use hospes_model::guest::Guest;
use hospes_model::run::Process;
use hospes_model::task::Task;
use hospes_model::workflow::Directory;
use hospes_model::workplace::sight::Look;
use hospes_model::{EmailAddress, MemberId, OrgNo, TaskId, TaskKey};

use crate::accounts::member_id;
use crate::error::Result;
use crate::runs::{self, Found};
use crate::sql::{Tx, Value, in_list};
use crate::tasks::{self, CHUNK};

/// A task that a guest may know of.
#[derive(Debug, Clone)]
pub enum Seen {
    /// One that belongs to no process.
    OneOff(Box<Task>),
    /// One of a process.
    OfRun(Box<OfRun>),
}

/// A task of a process, with the process.
#[derive(Debug, Clone)]
pub struct OfRun {
    /// The process.
    pub process: Process,
    /// The people whom it names.
    pub directory: Directory,
    /// The place of the task in it.
    pub place: usize,
}

/// Somebody who is on a task too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Companion {
    /// A member, by name.
    Member(String),
    /// A guest, by name, or by the address where there is none.
    Guest {
        /// First and last name.
        name: Option<String>,
        /// The address.
        email: EmailAddress,
    },
}

/// Finds a task, and what the guest may do with it. `None` for one that is not
/// there and for one that the guest must not know of.
pub fn task(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, id: TaskId) -> Result<Option<(Seen, Look)>> {
    let disabled = guest.disabled.is_some();
    if let Some(task) = tasks::find(tx, org, id)? {
        let look = Look::at_task(&task, guest.key, disabled);
        return Ok(look.is_seen().then(|| (Seen::OneOff(Box::new(task)), look)));
    }
    let Some(Found { process, directory }) = runs::find_by_task(tx, org, id)? else { return Ok(None) };
    let Some(place) = process.run.place(id) else { return Ok(None) };
    let look = Look::at_task_of_run(&process, place, &guest.email, disabled, &directory);
    let Some(look) = look.filter(Look::is_seen) else { return Ok(None) };
    Ok(Some((Seen::OfRun(Box::new(OfRun { process, directory, place })), look)))
}

impl Seen {
    /// Where the task is stored.
    pub fn key(&self) -> Option<TaskKey> {
        match self {
            Self::OneOff(task) => Some(task.key),
            Self::OfRun(of) => of.process.tasks.get(of.place).map(|record| record.key),
        }
    }

    /// Everybody who is on the task, those of groups too.
    pub fn people(&self) -> (Vec<MemberId>, Vec<EmailAddress>) {
        match self {
            Self::OneOff(task) => (
                task.owners.members.iter().map(|member| member.id).collect(),
                task.owners.guests.iter().map(|guest| guest.email.clone()).collect(),
            ),
            Self::OfRun(of) => {
                let Some(task) = of.process.run.state().tasks.get(of.place) else {
                    return Default::default();
                };
                let people = task.assignees.people.expanded(&of.directory);
                let members = people.users().iter().copied().chain(task.assignees.chaperone);
                (members.collect(), people.guests().to_vec())
            }
        }
    }
}

/// Who is on a task beside the guest: members first, by name. Groups are not
/// named, their people are.
pub fn companions(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, seen: &Seen) -> Result<Vec<Companion>> {
    let (members, guests) = seen.people();
    let mut companions: Vec<Companion> =
        names(tx, org, &members)?.into_iter().map(|(_, name)| Companion::Member(name)).collect();
    let others: Vec<&EmailAddress> = guests.iter().filter(|email| !email.is_same(&guest.email)).collect();
    for emails in others.chunks(CHUNK) {
        let (list, mut values) = in_list(emails.iter().map(|email| email.folded().into()));
        values.push(org.get().into());
        let sql = format!(
            "SELECT email, first_name, last_name FROM guest WHERE email_folded IN ({list}) AND org = ?{} \
             ORDER BY email_folded",
            values.len()
        );
        companions.extend(tx.query_all(&sql, &values, |row| {
            let name = [row.opt_string(1)?, row.opt_string(2)?].into_iter().flatten().collect::<Vec<_>>();
            Ok(Companion::Guest {
                name: Some(name.join(" ")).filter(|name| !name.is_empty()),
                email: EmailAddress::from_stored(row.string(0)?),
            })
        })?);
    }
    Ok(companions)
}

/// The names of active members.
pub fn names(tx: &mut Tx<'_>, org: OrgNo, members: &[MemberId]) -> Result<Vec<(MemberId, String)>> {
    let mut found = Vec::new();
    for ids in members.chunks(CHUNK) {
        let (list, mut values) = in_list(ids.iter().map(|id| Value::Int(id.get())));
        values.push(org.get().into());
        let sql = format!(
            "SELECT account_id, first_name, last_name FROM member \
             WHERE account_id IN ({list}) AND org = ?{} AND status = 'active' ORDER BY first_name, last_name, account_id",
            values.len()
        );
        found.extend(tx.query_all(&sql, &values, |row| {
            Ok((member_id(row.int(0)?)?, format!("{} {}", row.text(1)?, row.text(2)?).trim().to_owned()))
        })?);
    }
    Ok(found)
}
