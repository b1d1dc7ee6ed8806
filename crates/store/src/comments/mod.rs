//! Comments and issues: reading them here, writing in [`mod@write`], issues and
//! what they do to tasks and processes in [`issues`], what they are about in
//! `target`, whom they mention in `people`, whom they are told to in `notices`,
//! and what a guest reads of them in [`guests`].
//!
//! An open issue stands twice: as a comment without `resolved_at`, and in the
//! state of what it is about (`problem` of a one-off task, the engine's state of
//! a process). Both are written in one transaction, here and nowhere else.

pub mod guests;
pub mod issues;
pub(crate) mod notices;
mod people;
mod target;
pub mod write;

use std::collections::HashMap;

use hospes_model::comment::{About, Author, Comment, Label, MentionedGuest, State};
use hospes_model::{CommentKey, EmailAddress, GuestKey, RunKey, TaskKey, TemplateKey, ThreadId};

pub use target::{Place, Writer};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::from_micros;
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;

/// The most comments that are shown beside one object: the newest.
pub const SHOWN: i64 = 1000;

/// A comment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The comment.
    pub comment: Comment,
    /// Grows with every change.
    pub revision: i64,
}

/// The columns of a comment that are read, in this order.
const COLUMNS: &str = "c.key, c.id, c.task_key, c.run_key, c.template_key, c.label, c.state, c.content, \
     c.author_kind, c.author_id, c.author_guest_key, c.author_guest_code, c.author_guest_email, c.resolve_id, \
     c.resolved_at, c.created_at, c.updated_at, c.revision";

fn read_author(row: &Row<'_>) -> Result<Author> {
    let guest = (row.opt_int(10)?, row.opt_text(11)?, row.opt_string(12)?);
    let corrupt = || Error::corrupt("comment.author_kind");
    match (row.text(8)?, row.opt_int(9)?, guest) {
        ("user", Some(id), _) => Ok(Author::Member(member_id(id)?)),
        ("bot", Some(id), _) => Ok(Author::Bot(member_id(id)?)),
        ("guest", _, (Some(key), Some(code), Some(email))) => Ok(Author::Guest {
            key: GuestKey::from_stored(key),
            code: code.parse().map_err(|_| Error::corrupt("comment.author_guest_code"))?,
            email: EmailAddress::from_stored(email),
        }),
        _ => Err(corrupt()),
    }
}

fn read_comment(row: &Row<'_>) -> Result<Stored> {
    let id = |bytes: &[u8]| ThreadId::from_bytes(bytes).map_err(|_| Error::corrupt("comment.id"));
    let about = match (row.opt_int(2)?, row.opt_int(3)?, row.opt_int(4)?) {
        (Some(key), None, None) => About::Task(TaskKey::from_stored(key)),
        (None, Some(key), None) => About::Run(RunKey::from_stored(key)),
        (None, None, Some(key)) => About::Template(TemplateKey::from_stored(key)),
        _ => return Err(Error::corrupt("a comment about nothing, or about several things")),
    };
    let comment = Comment {
        key: CommentKey::from_stored(row.int(0)?),
        id: id(row.bytes(1)?)?,
        about,
        label: Label::parse(row.text(5)?).ok_or_else(|| Error::corrupt("comment.label"))?,
        state: State::parse(row.text(6)?).ok_or_else(|| Error::corrupt("comment.state"))?,
        content: row.string(7)?,
        author: read_author(row)?,
        members: Vec::new(),
        guests: Vec::new(),
        resolve_id: row.opt_bytes(13)?.map(id).transpose()?,
        resolved_at: row.opt_int(14)?.map(from_micros).transpose()?,
        created_at: from_micros(row.int(15)?)?,
        updated_at: from_micros(row.int(16)?)?,
    };
    Ok(Stored { comment, revision: row.int(17)? })
}

/// The column that says what a comment is about, and its value.
fn column(about: About) -> (&'static str, i64) {
    match about {
        About::Task(key) => ("task_key", key.get()),
        About::Run(key) => ("run_key", key.get()),
        About::Template(key) => ("template_key", key.get()),
    }
}

/// Reads the newest [`SHOWN`] comments about one object, the oldest of them
/// first. Who may read them is for [`Comment::is_visible_to`] to say, and that
/// somebody may know of the object is asked before.
pub fn of(tx: &mut Tx<'_>, about: About) -> Result<Vec<Comment>> {
    let (column, key) = column(about);
    let sql = format!("SELECT {COLUMNS} FROM comment c WHERE c.{column} = ?1 ORDER BY c.key DESC LIMIT ?2");
    let mut found = tx.query_all(&sql, &[key.into(), SHOWN.into()], read_comment)?;
    found.reverse();
    with_mentions(tx, found.into_iter().map(|stored| stored.comment).collect())
}

/// The same of several tasks at once.
pub fn of_tasks(tx: &mut Tx<'_>, tasks: &[TaskKey]) -> Result<HashMap<TaskKey, Vec<Comment>>> {
    let mut all = Vec::new();
    for keys in tasks.chunks(CHUNK) {
        let (list, mut values) = in_list(keys.iter().map(|key| key.get().into()));
        values.push(SHOWN.into());
        let columns = COLUMNS.replace("c.", "");
        let sql = format!(
            "SELECT {columns} FROM (SELECT c.*, ROW_NUMBER() OVER (PARTITION BY c.task_key ORDER BY c.key DESC) \
             AS newest FROM comment c WHERE c.task_key IN ({list})) n WHERE newest <= ?{} ORDER BY key",
            values.len()
        );
        let found = tx.query_all(&sql, &values, read_comment)?;
        all.extend(found.into_iter().map(|stored| stored.comment));
    }
    let mut by_task: HashMap<TaskKey, Vec<Comment>> = HashMap::new();
    for comment in with_mentions(tx, all)? {
        if let About::Task(key) = comment.about {
            by_task.entry(key).or_default().push(comment);
        }
    }
    Ok(by_task)
}

/// How many comments there are about each of some tasks; those without are left
/// out.
pub fn counts(tx: &mut Tx<'_>, tasks: &[TaskKey]) -> Result<HashMap<TaskKey, i64>> {
    let mut counts = HashMap::new();
    for keys in tasks.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().map(|key| key.get().into()));
        let sql =
            format!("SELECT task_key, COUNT(*) FROM comment WHERE task_key IN ({list}) GROUP BY task_key");
        tx.query(&sql, &values, |row| {
            counts.insert(TaskKey::from_stored(row.int(0)?), row.int(1)?);
            Ok::<_, Error>(())
        })?;
    }
    Ok(counts)
}

/// Finds a comment about an object.
fn find(tx: &mut Tx<'_>, about: About, id: ThreadId) -> Result<Option<Stored>> {
    let (column, key) = column(about);
    let sql = format!("SELECT {COLUMNS} FROM comment c WHERE c.org = ?1 AND c.id = ?2 AND c.{column} = ?3");
    let org = match about {
        About::Task(key) => key.org_number(),
        About::Run(key) => key.org_number(),
        About::Template(key) => key.org_number(),
    };
    let found = tx.query_opt(&sql, &[org.into(), id.as_bytes().into(), key.into()], read_comment)?;
    let Some(Stored { comment, revision }) = found else { return Ok(None) };
    let comment = with_mentions(tx, vec![comment])?.pop();
    Ok(comment.map(|comment| Stored { comment, revision }))
}

/// The open issues about an object, the oldest first.
fn open_issues(tx: &mut Tx<'_>, about: About) -> Result<Vec<(CommentKey, ThreadId)>> {
    let (column, key) = column(about);
    let sql = format!(
        "SELECT key, id FROM comment WHERE {column} = ?1 AND label = 'problem' AND resolved_at IS NULL ORDER BY key"
    );
    tx.query_all(&sql, &[key.into()], |row| {
        let id = ThreadId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("comment.id"))?;
        Ok((CommentKey::from_stored(row.int(0)?), id))
    })
}

/// Fills in whom comments mention, a few statements for all of them.
fn with_mentions(tx: &mut Tx<'_>, mut comments: Vec<Comment>) -> Result<Vec<Comment>> {
    let places: HashMap<i64, usize> =
        comments.iter().enumerate().map(|(place, comment)| (comment.key.get(), place)).collect();
    let keys: Vec<i64> = comments.iter().map(|comment| comment.key.get()).collect();
    let place = |row: &Row<'_>| -> Result<usize> {
        places.get(&row.int(0)?).copied().ok_or_else(|| Error::corrupt("a mention in another comment"))
    };
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        let sql = format!(
            "SELECT comment_key, account_id FROM comment_member WHERE comment_key IN ({list}) \
             ORDER BY comment_key, account_id"
        );
        tx.query(&sql, &values, |row| {
            let at = place(row)?;
            if let Some(comment) = comments.get_mut(at) {
                comment.members.push(member_id(row.int(1)?)?);
            }
            Ok::<_, Error>(())
        })?;
        let sql = format!(
            "SELECT m.comment_key, m.guest_key, g.email FROM comment_guest m JOIN guest g ON g.key = m.guest_key \
             WHERE m.comment_key IN ({list}) ORDER BY m.comment_key, m.guest_key"
        );
        tx.query(&sql, &values, |row| {
            let at = place(row)?;
            let guest = MentionedGuest {
                key: GuestKey::from_stored(row.int(1)?),
                email: EmailAddress::from_stored(row.string(2)?),
            };
            if let Some(comment) = comments.get_mut(at) {
                comment.guests.push(guest);
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(comments)
}
