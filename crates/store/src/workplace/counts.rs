//! How often something was asked for at the entrance. A new code does not
//! reset these counts, nor does a restart.

use hospes_model::EmailAddress;
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

/// A mailbox: the same for whoever counts it, a member, a guest or nobody.
pub fn mailbox(email: &EmailAddress) -> Hash {
    subject(&format!("mailbox {}", email.folded()))
}

/// Counts one more under a cap. `Err` in the answer says how long to wait;
/// nothing is counted then.
pub fn take(
    tx: &mut Tx<'_>,
    cap: Cap,
    subject: &Hash,
    now: Timestamp,
) -> Result<std::result::Result<(), SignedDuration>> {
    take_all(tx, &[(cap, *subject)], now)
}

/// Counts one more under each of several caps, each with whom it counts. `Err`:
/// at least one was reached, and how long to wait; nothing is counted then, under
/// none of them.
pub fn take_all(
    tx: &mut Tx<'_>,
    caps: &[(Cap, Hash)],
    now: Timestamp,
) -> Result<std::result::Result<(), SignedDuration>> {
    // Whoever counts several locks them in the same order.
    let mut caps: Vec<&(Cap, Hash)> = caps.iter().collect();
    caps.sort_by_key(|(cap, subject)| (cap.kind, *subject));
    let (mut counts, mut longest) = (Vec::with_capacity(caps.len()), None);
    for (cap, subject) in &caps {
        match cap.take(locked(tx, *cap, subject, now)?, now) {
            Ok(after) => counts.push(after),
            Err(wait) => longest = longest.max(Some(wait)),
        }
    }
    if let Some(wait) = longest {
        return Ok(Err(wait));
    }
    for ((cap, subject), after) in caps.into_iter().zip(counts) {
        tx.execute(
            "UPDATE entry_count SET began_at = ?3, count = ?4 WHERE kind = ?1 AND subject = ?2",
            &[
                cap.kind.into(),
                subject.as_slice().into(),
                to_micros(after.began_at).into(),
                after.count.into(),
            ],
        )?;
    }
    Ok(Ok(()))
}

/// What was counted so far. The row is made first, so that it can be locked:
/// callers take turns.
fn locked(tx: &mut Tx<'_>, cap: Cap, subject: &Hash, now: Timestamp) -> Result<Option<Count>> {
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
    Ok(Some(before).filter(|before| before.count > 0))
}
