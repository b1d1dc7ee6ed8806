//! What people are to be told, and the mails that tell it.
//!
//! [`notices`] are written in the transaction of the change that they tell of,
//! each into a mail that waits for its receiver and kind. Workers take mails
//! from the [`outbox`] and put back what became of them; [`letters`] reads what
//! a mail says, from what is so at that moment. [`digests`] are queued when
//! their moment comes. [`history`] answers what became of a guest's mails,
//! [`bounces`] what happens when one comes back.

pub mod bounces;
pub mod digests;
pub mod entries;
pub mod history;
pub mod keys;
pub mod letters;
pub mod notices;
pub mod outbox;
#[cfg(test)]
mod plans;
pub mod preferences;
pub mod reminders;
pub mod strangers;

use hospes_model::{GuestKey, MailKey, MemberId, OrgNo, SubmissionKey};
use jiff::Timestamp;

use hospes_model::mail::{Kind, State};

use crate::error::Result;
use crate::sql::Tx;
use crate::to_micros;

/// Whom a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum To {
    /// A guest.
    Guest(GuestKey),
    /// A member of the organization.
    Member(MemberId),
    /// Whoever submitted this with a public form.
    Stranger(SubmissionKey),
}

impl To {
    fn guest(self) -> Option<i64> {
        match self {
            Self::Guest(key) => Some(key.get()),
            Self::Member(_) | Self::Stranger(_) => None,
        }
    }

    fn member(self) -> Option<i64> {
        match self {
            Self::Member(id) => Some(id.get()),
            Self::Guest(_) | Self::Stranger(_) => None,
        }
    }

    fn submission(self) -> Option<i64> {
        match self {
            Self::Stranger(key) => Some(key.get()),
            Self::Guest(_) | Self::Member(_) => None,
        }
    }
}

/// Queues a mail to be looked at `due`.
pub(crate) fn queue(
    tx: &mut Tx<'_>,
    org: OrgNo,
    to: To,
    kind: Kind,
    at: Timestamp,
    due: Timestamp,
) -> Result<MailKey> {
    let sequence = tx.query_one(
        "UPDATE org SET mail_sequence = mail_sequence + 1 WHERE no = ?1 RETURNING mail_sequence",
        &[org.get().into()],
        |row| row.int(0),
    )?;
    let key = MailKey::new(org, sequence);
    tx.execute(
        "INSERT INTO mail (key, org, kind, guest_key, account_id, state, notices, tries, rank, due_at, created_at, \
         submission_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?8, ?9, ?10)",
        &[
            key.get().into(),
            org.get().into(),
            kind.as_str().into(),
            to.guest().into(),
            to.member().into(),
            State::Queued.as_str().into(),
            kind.rank().into(),
            to_micros(due).into(),
            to_micros(at).into(),
            to.submission().into(),
        ],
    )?;
    Ok(key)
}
