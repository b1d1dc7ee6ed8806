//! How often something was asked for at the entrance. A new code does not
//! reset these counts, nor does a restart.

use hospes_model::workplace::codes::{Cap, Count};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::Hash;
use crate::error::Result;
use crate::sql::Tx;
use crate::{from_micros, to_micros};

/// What is counted: a mailbox or a network, named in a way that is the same
/// every time. Only its hash is kept.
pub fn subject(name: &str) -> Hash {
    Sha256::digest(name.as_bytes()).into()
}

/// Counts one more under a cap. `Err` in the answer says how long to wait;
/// nothing is counted then.
pub fn take(
    tx: &mut Tx<'_>,
    cap: Cap,
    subject: &Hash,
    now: Timestamp,
) -> Result<std::result::Result<(), SignedDuration>> {
    // The row is made first, so that it can be locked: callers take turns.
    tx.execute(
        "INSERT INTO entry_count (kind, subject, began_at, count) VALUES (?1, ?2, ?3, 0) \
         ON CONFLICT (kind, subject) DO UPDATE SET count = entry_count.count",
        &[cap.kind.into(), subject.as_slice().into(), to_micros(now).into()],
    )?;
    let before = tx.query_one(
        "SELECT began_at, count FROM entry_count WHERE kind = ?1 AND subject = ?2",
        &[cap.kind.into(), subject.as_slice().into()],
        |row| Ok(Count { began_at: from_micros(row.int(0)?)?, count: row.int(1)? }),
    )?;
    let after = match cap.take(Some(before).filter(|before| before.count > 0), now) {
        Ok(after) => after,
        Err(wait) => return Ok(Err(wait)),
    };
    tx.execute(
        "UPDATE entry_count SET began_at = ?3, count = ?4 WHERE kind = ?1 AND subject = ?2",
        &[cap.kind.into(), subject.as_slice().into(), to_micros(after.began_at).into(), after.count.into()],
    )?;
    Ok(Ok(()))
}

/// Counts under several caps, each with whom it counts. `Err`: one was reached,
/// and how long to wait.
pub fn take_all(
    tx: &mut Tx<'_>,
    caps: &[(Cap, Hash)],
    now: Timestamp,
) -> Result<std::result::Result<(), SignedDuration>> {
    for (cap, subject) in caps {
        if let Err(wait) = take(tx, *cap, subject, now)? {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(()))
}
