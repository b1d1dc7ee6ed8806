//! Writing, changing and deleting comments. Issues go on in [`issues`].
//!
//! Each begins by taking the organization's turn, finds what the comment is
//! about, and adds its row of the feed in the same transaction.
//!
//! [`issues`]: super::issues

use hospes_model::activity::{Cause, Event};
use hospes_model::comment::{About, Author, Change, Comment, Draft, MentionedGuest};
use hospes_model::member::Actor;
use hospes_model::workplace::sight::Doing;
use hospes_model::{CommentKey, MemberId, OrgNo, Refusal, ThreadId};

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{self, Advance};
use crate::runs::write::{Doer, Newcomers};
use crate::sql::{Tx, Value};
use crate::{activity, to_micros};

use super::notices;
use super::people::{self, Mentioned};
use super::target::{Place, Target, Writer};
use super::{Stored, column, find};

/// A comment that is to be written, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Its id, a fresh one.
    pub id: ThreadId,
    /// What it is about.
    pub place: Place,
    /// What it says.
    pub draft: &'a Draft,
    /// Who writes it.
    pub writer: Writer<'a>,
    /// What the feed says of the request.
    pub cause: &'a Cause,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The comment.
    pub comment: Comment,
    /// Grows with every change.
    pub revision: i64,
    /// What the caller should be told, in sentences.
    pub warnings: Vec<String>,
}

/// Writes a comment that is neither an issue nor what resolves one: see
/// [`issues`](super::issues). Members' mentions put guests on the task and make
/// guests; what guests write mentions nobody.
///
/// # Errors
///
/// [`Refusal::NotFound`] for what the writer may not know of, on `content` and
/// `sent_to` for whom it cannot mention.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: Wish<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Written, E> {
    orgs::lock(tx, org)?;
    let target = Target::find::<E>(tx, org, wish.place, wish.writer)?;
    target.check(wish.writer, Doing::Comment)?;
    let mentioned = mention(tx, org, &target, wish, newcomers)?;
    let event = target.subject().commented(wish.draft.label, &wish.writer.author(wish.draft));
    let revision = tell(tx, org, &target, wish.cause, event)?;
    Ok(insert(tx, org, &target, wish, mentioned, (revision, None))?)
}

/// Puts the guests whom a draft names on the task, and looks up everybody whom
/// it mentions.
pub(super) fn mention<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    target: &Target,
    wish: Wish<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Mentioned, E> {
    let Writer::Member(actor) = wish.writer else { return Ok(Mentioned::default()) };
    let (draft, by) = (wish.draft, wish.writer.by());
    let doer = Doer { by: &by, cause: wish.cause };
    let warnings = people::assign(tx, org, target, &draft.content, actor, doer, newcomers)?;
    let whom = (draft.content.as_str(), draft.sent_to.as_slice());
    let mut mentioned = people::look_up(tx, org, whom, None, (actor, wish.cause), newcomers)?;
    mentioned.warnings.extend(warnings);
    Ok(mentioned)
}

/// Adds a row of the feed and returns its number.
pub(super) fn tell(tx: &mut Tx<'_>, org: OrgNo, target: &Target, cause: &Cause, event: Event) -> Result<i64> {
    let advanced = orgs::advance(tx, org, Advance { events: 1, ..Advance::default() })?;
    let template = match target.about {
        About::Template(key) => Some(key),
        About::Task(_) | About::Run(_) => None,
    };
    activity::add_about(tx, org, advanced.activity_sequence, cause, &[event], template)?;
    Ok(advanced.activity_sequence)
}

/// Stores a comment at a revision, and what it resolves if it does.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    org: OrgNo,
    target: &Target,
    wish: Wish<'_>,
    mentioned: Mentioned,
    (revision, resolves): (i64, Option<ThreadId>),
) -> Result<Written> {
    let sequence = tx.query_one(
        "UPDATE org SET comment_sequence = comment_sequence + 1 WHERE no = ?1 RETURNING comment_sequence",
        &[org.get().into()],
        |row| row.int(0),
    )?;
    let Mentioned { members, guests, warnings } = mentioned;
    let comment = Comment {
        key: CommentKey::new(org, sequence),
        id: wish.id,
        about: target.about,
        label: wish.draft.label,
        state: wish.draft.state,
        content: wish.draft.content.clone(),
        author: wish.writer.author(wish.draft),
        members: members.into_iter().collect(),
        guests,
        resolve_id: resolves,
        resolved_at: None,
        created_at: wish.cause.at,
        updated_at: wish.cause.at,
    };
    insert_row(tx, org, &comment, revision)?;
    insert_mentions(tx, org, &comment)?;
    notices::tell(tx, org, target, &comment)?;
    Ok(Written { comment, revision, warnings })
}

fn insert_row(tx: &mut Tx<'_>, org: OrgNo, comment: &Comment, revision: i64) -> Result<()> {
    let (about, about_key) = column(comment.about);
    let guest = match &comment.author {
        Author::Guest { key, code, email } => Some((key, code, email)),
        Author::Member(_) | Author::Bot(_) => None,
    };
    let sql = format!(
        "INSERT INTO comment (key, org, id, {about}, label, state, content, author_kind, author_id, \
         author_guest_key, author_guest_code, author_guest_email, resolve_id, created_at, updated_at, revision) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    );
    let values: [Value<'_>; 16] = [
        comment.key.get().into(),
        org.get().into(),
        comment.id.as_bytes().into(),
        about_key.into(),
        comment.label.as_str().into(),
        comment.state.as_str().into(),
        (&comment.content).into(),
        comment.author.kind().into(),
        comment.author.member().map(MemberId::get).into(),
        guest.map(|(key, ..)| key.get()).into(),
        guest.map(|(_, code, _)| code.as_str()).into(),
        guest.map(|(.., email)| email.as_str()).into(),
        comment.resolve_id.as_ref().map(ThreadId::as_bytes).into(),
        to_micros(comment.created_at).into(),
        to_micros(comment.updated_at).into(),
        revision.into(),
    ];
    tx.execute(&sql, &values)?;
    Ok(())
}

fn insert_mentions(tx: &mut Tx<'_>, org: OrgNo, comment: &Comment) -> Result<()> {
    for member in &comment.members {
        tx.execute(
            "INSERT INTO comment_member (comment_key, account_id, org) VALUES (?1, ?2, ?3)",
            &[comment.key.get().into(), member.get().into(), org.get().into()],
        )?;
    }
    for MentionedGuest { key, .. } in &comment.guests {
        tx.execute(
            "INSERT INTO comment_guest (comment_key, guest_key) VALUES (?1, ?2)",
            &[comment.key.get().into(), key.get().into()],
        )?;
    }
    Ok(())
}

/// Which comment is changed or deleted, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// The comment.
    pub id: ThreadId,
    /// What it must be about.
    pub place: Place,
    /// Who asks.
    pub actor: Actor,
    /// The state that the caller knows.
    pub expected: &'a Expected,
    /// What the feed says of the request.
    pub cause: &'a Cause,
}

/// Finds a comment for who may change it.
fn find_for_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    which: Which<'_>,
) -> std::result::Result<(Target, Stored), E> {
    orgs::lock(tx, org)?;
    let writer = Writer::Member(which.actor);
    let target = Target::find::<E>(tx, org, which.place, writer)?;
    let stored = find(tx, target.about, which.id)?.ok_or(Refusal::NotFound)?;
    stored.comment.may_change(which.actor)?;
    target.check(writer, Doing::Comment)?;
    if !which.expected.is_met_by(stored.revision) {
        return Err(Refusal::Stale.into());
    }
    Ok((target, stored))
}

/// Changes a comment, or what is said of an issue. A change that changes
/// nothing writes nothing. Nobody is put on the task by it.
///
/// # Errors
///
/// As in [`create`]; [`Refusal::Forbidden`] for others than its author and
/// administrators.
pub fn update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    which: Which<'_>,
    change: &Change,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Written, E> {
    let (target, Stored { comment: before, revision }) = find_for_change::<E>(tx, org, which)?;
    let mut comment = before.clone();
    let mut changed = comment.change(change, which.cause.at)?;
    let mut warnings = Vec::new();
    // What a guest has written mentions nobody, whoever changes it.
    if before.author.member().is_some() && (change.content.is_some() || change.sent_to.is_some()) {
        let sent_to = change.sent_to.as_deref().unwrap_or_default();
        let whom = (comment.content.as_str(), sent_to);
        let doing = (which.actor, which.cause);
        let found = people::look_up(tx, org, whom, Some(&before), doing, newcomers)?;
        let mut members = found.members;
        if change.sent_to.is_none() {
            members.extend(&before.members);
        }
        comment.members = members.into_iter().collect();
        comment.guests = found.guests;
        comment.guests.sort_by_key(|guest| guest.key);
        warnings = found.warnings;
        let keys = |guests: &[MentionedGuest]| guests.iter().map(|guest| guest.key).collect::<Vec<_>>();
        if comment.members != before.members || keys(&comment.guests) != keys(&before.guests) {
            (changed, comment.updated_at) = (true, which.cause.at);
        }
    }
    if !changed {
        return Ok(Written { comment: before, revision, warnings });
    }
    let revision = tell(tx, org, &target, which.cause, target.subject().comment_changed())?;
    tx.execute(
        "UPDATE comment SET label = ?2, state = ?3, content = ?4, updated_at = ?5, revision = ?6 WHERE key = ?1",
        &[
            comment.key.get().into(),
            comment.label.as_str().into(),
            comment.state.as_str().into(),
            (&comment.content).into(),
            to_micros(comment.updated_at).into(),
            revision.into(),
        ],
    )?;
    delete_mentions(tx, comment.key)?;
    insert_mentions(tx, org, &comment)?;
    Ok(Written { comment, revision, warnings })
}

/// Deletes a comment for good.
///
/// # Errors
///
/// On `comment` for issues that are open; [`Refusal::Forbidden`] for others
/// than its author and administrators.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    which: Which<'_>,
) -> std::result::Result<(), E> {
    let (target, Stored { comment, .. }) = find_for_change::<E>(tx, org, which)?;
    comment.check_deletable()?;
    tell(tx, org, &target, which.cause, target.subject().comment_deleted())?;
    delete_mentions(tx, comment.key)?;
    tx.execute("DELETE FROM comment WHERE key = ?1", &[comment.key.get().into()])?;
    Ok(())
}

fn delete_mentions(tx: &mut Tx<'_>, comment: CommentKey) -> Result<()> {
    let key = [comment.get().into()];
    tx.execute("DELETE FROM comment_member WHERE comment_key = ?1", &key)?;
    tx.execute("DELETE FROM comment_guest WHERE comment_key = ?1", &key)?;
    Ok(())
}
