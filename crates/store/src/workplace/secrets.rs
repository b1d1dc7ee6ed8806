//! The one-time secrets of mailed links.

use hospes_model::GuestKey;
use hospes_model::workplace::links::SecretState;
use jiff::Timestamp;

use super::Hash;
use crate::error::Result;
use crate::sql::Tx;
use crate::{from_micros, to_micros};

/// Stores the hash of a fresh secret.
pub fn mint(tx: &mut Tx<'_>, guest: GuestKey, hash: &Hash, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO guest_secret (guest_key, hash, created_at) VALUES (?1, ?2, ?3)",
        &[guest.get().into(), hash.as_slice().into(), to_micros(at).into()],
    )?;
    Ok(())
}

/// What became of a secret. One that never was is spent.
pub fn state(tx: &mut Tx<'_>, guest: GuestKey, hash: &Hash, now: Timestamp) -> Result<SecretState> {
    let found = tx.query_opt(
        "SELECT created_at, used_at FROM guest_secret WHERE guest_key = ?1 AND hash = ?2",
        &[guest.get().into(), hash.as_slice().into()],
        |row| Ok((from_micros(row.int(0)?)?, row.opt_int(1)?.map(from_micros).transpose()?)),
    )?;
    Ok(found.map_or(SecretState::Spent, |(created_at, used_at)| SecretState::of(created_at, used_at, now)))
}

/// Uses a secret; whether it was fresh.
pub fn use_up(tx: &mut Tx<'_>, guest: GuestKey, hash: &Hash, now: Timestamp) -> Result<bool> {
    if state(tx, guest, hash, now)? == SecretState::Spent {
        return Ok(false);
    }
    let used = tx.execute(
        "UPDATE guest_secret SET used_at = ?3 WHERE guest_key = ?1 AND hash = ?2 AND used_at IS NULL",
        &[guest.get().into(), hash.as_slice().into(), to_micros(now).into()],
    )?;
    Ok(used == 1)
}
