//! The outbox: workers claim mails for a while, and settle what became of them.
//!
//! A claim is a lease. Who does not settle a mail until it has run out is
//! thought dead, and the mail is claimed again: by then nobody knows whether it
//! was sent, so that it may arrive twice, under one Message-ID. A worker bounds
//! the time of a try so that this happens only if it dies.

use std::time::Duration;

use data_encoding::HEXLOWER;
use hospes_model::mail::{Kind, State, backoff};
use hospes_model::{GuestKey, mail::decide::Why};
use hospes_model::{MailKey, OrgNo, SubmissionKey};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::orgs::org_no;
use crate::sql::{Row, Tx, Value};
use crate::{from_micros, to_micros};

use super::To;

/// How long a worker may keep what it claimed.
pub const LEASE: SignedDuration = SignedDuration::from_mins(10);

/// How long what became of a mail is remembered after it was settled.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A mail that a worker has for the length of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Where it is stored.
    pub key: MailKey,
    /// Its organization.
    pub org: OrgNo,
    /// What it is about.
    pub kind: Kind,
    /// Whom it is for.
    pub to: To,
    /// How often it has been tried, this time included.
    pub tries: i64,
    /// What it is known by wherever it goes; the same at every try.
    pub message_id: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// The end of the lease, which also tells this claim from others.
    lease: i64,
}

impl Claimed {
    /// Whether the lease lasts for so much longer.
    pub fn has_time(&self, now: Timestamp, needed: Duration) -> bool {
        let end = now.saturating_add(needed).map_or(i64::MAX, to_micros);
        end <= self.lease
    }
}

/// What became of a try to send a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it, for this address.
    Sent {
        /// The address.
        address: String,
    },
    /// It did not work out; the next try comes later, or it was the last.
    NotNow {
        /// What was said.
        why: String,
    },
    /// The mail server will never take it.
    Refused {
        /// The address.
        address: String,
        /// What was said.
        why: String,
        /// Whether it is because of the address.
        bounced: bool,
    },
    /// There is no reason to send it any more, or one not to.
    Dropped(Why),
    /// It shall wait. This was no try.
    Later(Timestamp, Why),
    /// Nothing was done about it: another worker may have it at once.
    Released,
}

pub(super) const DUE: &str =
    "SELECT key FROM mail WHERE rank = ?1 AND due_at IS NOT NULL AND due_at <= ?2 ORDER BY due_at LIMIT ?3";

/// Claims mails whose time has come, at most `limit`: ways in first, then those
/// that have waited longest. What another worker is about to claim is left to it.
pub fn claim(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Claimed>> {
    let mut keys = Vec::new();
    let sql = if tx.is_sqlite() { DUE.to_owned() } else { format!("{DUE} FOR UPDATE SKIP LOCKED") };
    for rank in [0, 1] {
        let room = limit - keys.len() as i64;
        if room > 0 {
            let values = [Value::Int(rank), to_micros(now).into(), room.into()];
            keys.extend(tx.query_all(&sql, &values, |row| row.int(0))?);
        }
    }
    let lease = to_micros(now.saturating_add(LEASE).unwrap_or(now));
    let mut claimed = Vec::with_capacity(keys.len());
    for key in keys {
        claimed.push(tx.query_one(
            "UPDATE mail SET state = ?2, due_at = ?3, tries = tries + 1, \
             message_id = COALESCE(message_id, ?4) WHERE key = ?1 \
             RETURNING key, org, kind, guest_key, account_id, tries, message_id, created_at, due_at, submission_key",
            &[key.into(), State::Sending.as_str().into(), lease.into(), (&message_id(key)).into()],
            read_claimed,
        )?);
    }
    Ok(claimed)
}

fn read_claimed(row: &Row<'_>) -> Result<Claimed> {
    Ok(Claimed {
        key: MailKey::from_stored(row.int(0)?),
        org: org_no(row.int(1)?)?,
        kind: Kind::parse(row.text(2)?).ok_or_else(|| Error::corrupt("mail.kind"))?,
        to: read_to(row.opt_int(3)?, row.opt_int(4)?, row.opt_int(9)?)?,
        tries: row.int(5)?,
        message_id: row.string(6)?,
        created_at: from_micros(row.int(7)?)?,
        lease: row.int(8)?,
    })
}

fn read_to(guest: Option<i64>, member: Option<i64>, submission: Option<i64>) -> Result<To> {
    match (guest, member, submission) {
        (Some(key), _, _) => Ok(To::Guest(GuestKey::from_stored(key))),
        (None, Some(id), _) => Ok(To::Member(member_id(id)?)),
        (None, None, Some(key)) => Ok(To::Stranger(SubmissionKey::from_stored(key))),
        (None, None, None) => Err(Error::corrupt("a mail to nobody")),
    }
}

/// What a mail is known by, before the sign `@`: made of its key, so that it is
/// the same at every try, and by a hash, so that it tells nothing.
fn message_id(key: i64) -> String {
    let hash = Sha256::digest(format!("mail {key}").as_bytes());
    HEXLOWER.encode(&hash[..16])
}

/// Puts down what became of a mail. False when the lease ran out meanwhile and
/// another worker has it: then that one's word counts, except that what was
/// sent was sent.
pub fn settle(tx: &mut Tx<'_>, mail: &Claimed, outcome: &Outcome, now: Timestamp) -> Result<bool> {
    let key = Value::from(mail.key.get());
    let (state, why, address, due) = match outcome {
        Outcome::Sent { address } => (State::Sent, None, Some(address.as_str()), None),
        Outcome::NotNow { why } => match backoff(mail.tries) {
            Some(wait) => {
                (State::Retrying, Some(why.as_str()), None, Some(now.saturating_add(wait).unwrap_or(now)))
            }
            None => (State::Failed, Some(why.as_str()), None, None),
        },
        Outcome::Refused { address, why, bounced } => {
            let state = if *bounced { State::Bounced } else { State::Failed };
            (state, Some(why.as_str()), Some(address.as_str()), None)
        }
        Outcome::Dropped(why) => (State::Dropped, Some(why.as_str()), None, None),
        Outcome::Later(until, why) => (State::Queued, Some(why.as_str()), None, Some(*until)),
        Outcome::Released => (State::Retrying, None, None, Some(now)),
    };
    let back = i64::from(matches!(outcome, Outcome::Later(..) | Outcome::Released));
    let settled_at = due.is_none().then(|| to_micros(now));
    let mine =
        if matches!(outcome, Outcome::Sent { .. }) { "" } else { " AND state = 'sending' AND due_at = ?8" };
    let mut values: Vec<Value<'_>> = vec![
        key,
        state.as_str().into(),
        why.into(),
        address.into(),
        due.map(to_micros).into(),
        settled_at.into(),
        back.into(),
    ];
    if !mine.is_empty() {
        values.push(mail.lease.into());
    }
    let changed = tx.execute(
        &format!(
            "UPDATE mail SET state = ?2, why = ?3, address = ?4, due_at = ?5, settled_at = ?6, tries = tries - ?7 \
             WHERE key = ?1{mine}"
        ),
        &values,
    )?;
    Ok(changed > 0)
}

/// Drops what became of mails long ago, at most `limit` of them. Returns how
/// many there were.
pub fn sweep(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<u64> {
    let before = to_micros(now.saturating_sub(REMEMBERED).unwrap_or(now));
    let old = tx.query_all(
        "SELECT key FROM mail WHERE settled_at IS NOT NULL AND settled_at < ?1 ORDER BY settled_at LIMIT ?2",
        &[before.into(), limit.into()],
        |row| row.int(0),
    )?;
    for key in &old {
        tx.execute("DELETE FROM notice WHERE mail_key = ?1", &[(*key).into()])?;
        tx.execute("DELETE FROM mail WHERE key = ?1", &[(*key).into()])?;
    }
    Ok(old.len() as u64)
}
