//! What was written about a task as a guest on it reads it: plain text, people
//! by name where they are on the task, and nobody else.

use std::collections::HashMap;

use hospes_model::comment::text::plain_with;
use hospes_model::comment::{About, Author, Comment, Label, Reader, State};
use hospes_model::guest::Guest;
use hospes_model::workplace::sight::{Look, Relation};
use hospes_model::{EmailAddress, GuestKey, MemberId, OrgNo, TaskId, TaskKey, ThreadId};
use jiff::Timestamp;

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::workplace::sight::{self, Companion, Seen};

use super::of;

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voice {
    /// The guest who reads.
    Own,
    /// Somebody on the task.
    Companion(Companion),
    /// Somebody else in the organization, or who is not on the task any more.
    Organization,
}

/// A comment as a guest reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The comment.
    pub id: ThreadId,
    /// Plain text of several lines.
    pub text: String,
    /// Who wrote it.
    pub by: Voice,
    /// What it is meant as.
    pub label: Label,
    /// Whether it is to be shown folded.
    pub collapsed: bool,
    /// Of an issue: whether it is resolved.
    pub resolved: bool,
    /// When it was written.
    pub at: Timestamp,
}

/// Finds a task of a guest and reads what they may read about it: see [`beside`].
/// `None` for tasks that the guest may not know of.
pub fn read(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, id: TaskId) -> Result<Option<Vec<Read>>> {
    let found = sight::task(tx, org, guest, id)?;
    found.map(|(seen, look)| beside(tx, org, guest, (&seen, &look))).transpose()
}

/// Reads what a guest may read about a task that was found, the oldest first;
/// nothing of tasks that they see only because the process is public.
pub fn beside(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, (seen, look): (&Seen, &Look)) -> Result<Vec<Read>> {
    let key = match seen {
        Seen::OneOff(task) => Some(task.key),
        Seen::OfRun(of) => of.process.tasks.get(of.place).map(|record| record.key),
    };
    let Some(key) = key.filter(|_| look.relation == Relation::Own) else { return Ok(Vec::new()) };
    let reader = Reader::Guest { key: guest.key, prevented: look.silent };
    let mut comments = of(tx, About::Task(key))?;
    comments.retain(|comment| comment.is_visible_to(reader));
    if comments.is_empty() {
        return Ok(Vec::new());
    }
    let people = People::on(tx, org, key)?;
    Ok(comments.iter().map(|comment| people.read(guest.key, comment)).collect())
}

/// The people on a task, by name.
struct People {
    members: HashMap<MemberId, String>,
    guests: HashMap<GuestKey, Companion>,
}

impl People {
    fn on(tx: &mut Tx<'_>, org: OrgNo, task: TaskKey) -> Result<Self> {
        let key = [task.get().into()];
        let sql = "SELECT account_id FROM task_member WHERE task_key = ?1";
        let members = tx.query_all(sql, &key, |row| member_id(row.int(0)?))?;
        let members = sight::names(tx, org, &members)?.into_iter().collect();
        let mut guests = HashMap::new();
        let sql = "SELECT g.key, g.first_name, g.last_name, g.email FROM task_guest o \
                   JOIN guest g ON g.key = o.guest_key WHERE o.task_key = ?1";
        tx.query(sql, &key, |row| {
            let parts = [row.opt_string(1)?, row.opt_string(2)?];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let name = Some(name).filter(|name| !name.is_empty());
            let email = EmailAddress::from_stored(row.string(3)?);
            guests.insert(GuestKey::from_stored(row.int(0)?), Companion::Guest { name, email });
            Ok::<_, Error>(())
        })?;
        Ok(Self { members, guests })
    }

    fn read(&self, reader: GuestKey, comment: &Comment) -> Read {
        let companion = match &comment.author {
            Author::Member(id) | Author::Bot(id) => {
                self.members.get(id).map(|name| Companion::Member(name.clone()))
            }
            Author::Guest { key, .. } => self.guests.get(key).cloned(),
        };
        let by = if comment.is_by_guest(reader) {
            Voice::Own
        } else {
            companion.map_or(Voice::Organization, Voice::Companion)
        };
        Read {
            id: comment.id,
            text: plain_with(&comment.content, |mention| Some(self.name_of(comment, mention))),
            by,
            label: comment.label,
            collapsed: comment.state == State::Collapsed,
            resolved: comment.resolved_at.is_some(),
            at: comment.created_at,
        }
    }

    /// What stands in place of a mention: a name, or nothing that tells who it is.
    fn name_of(&self, comment: &Comment, mention: &str) -> String {
        let member = || self.members.get(&mention.parse().ok()?).cloned();
        let guest = || {
            let email = EmailAddress::parse(mention).ok()?;
            let found = comment.guests.iter().find(|guest| guest.email.is_same(&email))?;
            match self.guests.get(&found.key)? {
                Companion::Member(name) | Companion::Guest { name: Some(name), .. } => Some(name.clone()),
                // What stands before the @ is all that is told.
                Companion::Guest { name: None, email } => email.as_str().split('@').next().map(str::to_owned),
            }
        };
        member().or_else(guest).unwrap_or_else(|| "…".to_owned())
    }
}

/// Whether a guest has written a comment about a task under this id: a form that
/// is posted again says nothing new.
pub fn has_written(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, id: ThreadId) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM comment WHERE org = ?1 AND id = ?2 AND author_guest_key = ?3",
        &[org.get().into(), id.as_bytes().into(), guest.get().into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}
