//! Telling people of comments: whom, and in which words, is noted for mail in
//! the transaction of the comment. Whether a guest may still read it is asked
//! again when the mail is put together: see [`may_read`].

use hospes_model::comment::{About, Addressee, Author, Comment, Label, Reader};
use hospes_model::workflow::Person;
use hospes_model::{GuestKey, OrgNo, TaskKey, ThreadId};

use crate::error::Result;
use crate::mail::notices::{self, Said};
use crate::sql::Tx;

use super::find;
use super::target::Target;

/// Notes that people are to be told of a new comment about a task. Of those
/// about processes and templates nobody is.
pub(super) fn tell(tx: &mut Tx<'_>, org: OrgNo, target: &Target, comment: &Comment) -> Result<()> {
    let About::Task(task) = comment.about else { return Ok(()) };
    let addressees = comment.addressees(&target.present(tx)?);
    let guests: Vec<GuestKey> = addressees
        .into_iter()
        .filter_map(|addressee| match addressee {
            Addressee::Guest(key) => Some(key),
            Addressee::Member(_) => None,
        })
        .collect();
    let by = match &comment.author {
        Author::Member(id) | Author::Bot(id) => Person::Member(*id),
        Author::Guest { email, .. } => Person::Guest(email.clone()),
    };
    let said = Said {
        task,
        thread: comment.id,
        by: Some(&by),
        hidden_from_guests: guests.is_empty(),
        members: &comment.members,
        guests: Some(&guests),
    };
    let tell = match comment.label {
        Label::Problem => notices::issue_reported,
        Label::Resolve => notices::issue_resolved,
        Label::Comment | Label::Improvement | Label::Advice => notices::comment,
    };
    tell(tx, org, &said, comment.created_at)
}

/// Whether a guest who may know of a task may read a comment about it, which may
/// be hidden or gone by now.
pub(crate) fn may_read(tx: &mut Tx<'_>, task: TaskKey, thread: ThreadId, guest: GuestKey) -> Result<bool> {
    let Some(stored) = find(tx, About::Task(task), thread)? else { return Ok(false) };
    let prevented = prevents_guests(tx, task)?;
    Ok(stored.comment.is_visible_to(Reader::Guest { key: guest, prevented }))
}

/// Whether a task lets no guests comment.
fn prevents_guests(tx: &mut Tx<'_>, task: TaskKey) -> Result<bool> {
    tx.query_one("SELECT prevent_guest_comment FROM task WHERE key = ?1", &[task.get().into()], |row| {
        row.bool(0)
    })
}
