//! What guests reach on their own pages: one task and who is on it ([`sight`]),
//! their list ([`list`]), and what they did ([`history`]). And how they get in:
//! sessions, one-time secrets, typed codes, what is counted at the entrance, and
//! the mails that are asked for there (`trust.md` 1).
//!
//! Secrets come in as hashes; none is ever in this layer. Every row belongs to
//! a guest and goes with the guest.

pub mod codes;
pub mod counts;
pub mod history;
pub mod list;
pub mod locate;
pub mod secrets;
pub mod sessions;
pub mod sight;
pub mod typed;
pub mod wanted;

use hospes_model::GuestKey;
use jiff::Timestamp;

use crate::error::Result;
use crate::sql::Tx;
use crate::to_micros;

/// The SHA-256 of a secret.
pub type Hash = [u8; 32];

/// Ends everything that lets a guest in or is on its way to do so: sessions,
/// secrets, typed codes, and mails that were asked for. What the guest began
/// processes with as a stranger leads to the workplace no more.
pub(crate) fn shut(tx: &mut Tx<'_>, guest: GuestKey, at: Timestamp) -> Result<()> {
    sessions::end_all(tx, guest, at)?;
    for sql in [
        "DELETE FROM guest_secret WHERE guest_key = ?1",
        "DELETE FROM guest_typed_code WHERE guest_key = ?1",
        "DELETE FROM kickoff_secret WHERE submission_key IN \
         (SELECT key FROM kickoff_submission WHERE guest_key = ?1)",
        "UPDATE kickoff_submission SET code = NULL, code_at = NULL, browser = NULL WHERE guest_key = ?1",
    ] {
        tx.execute(sql, &[guest.get().into()])?;
    }
    tx.execute(
        "UPDATE entry_mail SET done_at = ?2 WHERE guest_key = ?1 AND done_at IS NULL AND kind <> 'second_device'",
        &[guest.get().into(), to_micros(at).into()],
    )?;
    Ok(())
}

/// Drops what can no longer let anybody in and is of no use to anybody. Returns
/// how many rows.
pub fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    use hospes_model::workplace::{codes, links};
    use jiff::SignedDuration;

    const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);
    let mut dropped = 0;
    for (sql, kept_for) in [
        ("DELETE FROM guest_session WHERE last_seen_at < ?1", links::SESSION_IDLE + MONTH),
        // Whoever opens a used link is told that it was used.
        ("DELETE FROM guest_secret WHERE created_at < ?1", links::SECRET_LIFE + MONTH),
        ("DELETE FROM guest_typed_code WHERE created_at < ?1", codes::LIFE),
        ("DELETE FROM entry_count WHERE began_at < ?1", codes::TRIES_AT_MAILBOX.per),
        ("DELETE FROM entry_mail WHERE done_at < ?1", MONTH),
    ] {
        dropped += tx.execute(sql, &[to_micros(now - kept_for).into()])?;
    }
    Ok(dropped)
}
