//! The first answer to each `Idempotency-Key` (`trust.md` 3), written in the
//! transaction of the effect that it answers for.

use hospes_model::{MemberId, OrgNo};
use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::sql::Tx;
use crate::to_micros;

/// Answers are kept this long.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whose key, and for which request.
#[derive(Debug, Clone)]
pub struct Key {
    /// The organization.
    pub org: OrgNo,
    /// The member who sent it: keys of different members never meet.
    pub member: MemberId,
    /// The key itself.
    pub key: String,
    /// The hash of method, path, query and body.
    pub fingerprint: [u8; 32],
}

/// An answer that can be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `ETag`, if there was one.
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing, or its answer is older than [`KEPT`].
    New,
    /// It was used for another request.
    OtherRequest,
    /// It was used for this request, with this answer.
    Answered(Answer),
}

/// Looks a key up.
pub fn find(tx: &mut Tx<'_>, key: &Key, now: Timestamp) -> Result<Known> {
    let found = tx.query_opt(
        "SELECT fingerprint, status, etag, body FROM idempotency \
         WHERE org = ?1 AND account_id = ?2 AND key = ?3 AND created_at > ?4",
        &[key.org.get().into(), key.member.get().into(), (&key.key).into(), to_micros(now - KEPT).into()],
        |row| {
            if row.bytes(0)? != key.fingerprint {
                return Ok(Known::OtherRequest);
            }
            Ok(Known::Answered(Answer {
                status: u16::try_from(row.int(1)?).unwrap_or(500),
                etag: row.opt_string(2)?,
                body: row.bytes(3)?.to_vec(),
            }))
        },
    )?;
    Ok(found.unwrap_or(Known::New))
}

/// Keeps an answer; an outdated one under the same key is replaced.
pub fn keep(tx: &mut Tx<'_>, key: &Key, answer: &Answer, now: Timestamp) -> Result<()> {
    tx.execute(
        "DELETE FROM idempotency WHERE org = ?1 AND account_id = ?2 AND key = ?3 AND created_at <= ?4",
        &[key.org.get().into(), key.member.get().into(), (&key.key).into(), to_micros(now - KEPT).into()],
    )?;
    tx.execute(
        "INSERT INTO idempotency (org, account_id, key, fingerprint, status, etag, body, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[
            key.org.get().into(),
            key.member.get().into(),
            (&key.key).into(),
            key.fingerprint.as_slice().into(),
            i64::from(answer.status).into(),
            answer.etag.as_deref().into(),
            answer.body.as_slice().into(),
            to_micros(now).into(),
        ],
    )?;
    Ok(())
}

/// Drops answers that are older than [`KEPT`]; returns how many.
pub fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM idempotency WHERE created_at <= ?1", &[to_micros(now - KEPT).into()])
}
