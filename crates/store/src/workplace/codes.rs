//! Codes that were mailed to be typed. What they may do is
//! [`hospes_model::workplace::codes`]'s to say.

use hospes_model::GuestKey;
use hospes_model::workplace::codes::Code;
use jiff::Timestamp;

use super::Hash;
use crate::error::Result;
use crate::sql::{Row, Tx};
use crate::{from_micros, to_micros};

/// Stores a fresh code for a browser, in place of an earlier one. `hash` is in
/// the form of the slow hash itself.
pub fn put(tx: &mut Tx<'_>, guest: GuestKey, browser: &Hash, hash: &str, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO guest_typed_code (guest_key, browser, hash, created_at, tries) VALUES (?1, ?2, ?3, ?4, 0) \
         ON CONFLICT (guest_key, browser) DO UPDATE SET hash = ?3, created_at = ?4, tries = 0, used_at = NULL",
        &[guest.get().into(), browser.as_slice().into(), hash.into(), to_micros(at).into()],
    )?;
    Ok(())
}

fn read_code(row: &Row<'_>) -> Result<(Code, String)> {
    let used_at = row.opt_int(2)?.map(from_micros).transpose()?;
    Ok((Code { created_at: from_micros(row.int(0)?)?, tries: row.int(1)?, used_at }, row.string(3)?))
}

fn find(tx: &mut Tx<'_>, guest: GuestKey, browser: &Hash) -> Result<Option<(Code, String)>> {
    tx.query_opt(
        "SELECT created_at, tries, used_at, hash FROM guest_typed_code WHERE guest_key = ?1 AND browser = ?2",
        &[guest.get().into(), browser.as_slice().into()],
        read_code,
    )
}

/// Counts a try of a browser's code and returns the hash to compare with;
/// `None` when there is no code that can be tried.
pub fn take_try(tx: &mut Tx<'_>, guest: GuestKey, browser: &Hash, now: Timestamp) -> Result<Option<String>> {
    let Some((code, hash)) = find(tx, guest, browser)? else { return Ok(None) };
    let Some(tried) = code.tried(now) else { return Ok(None) };
    // On PostgreSQL another try may have been counted since: then this one is not.
    let counted = tx.execute(
        "UPDATE guest_typed_code SET tries = ?3 \
         WHERE guest_key = ?1 AND browser = ?2 AND tries = ?4 AND used_at IS NULL",
        &[guest.get().into(), browser.as_slice().into(), tried.tries.into(), code.tries.into()],
    )?;
    Ok((counted == 1).then_some(hash))
}

/// Uses the code that had this hash; whether it could still be used.
pub fn use_up(tx: &mut Tx<'_>, guest: GuestKey, browser: &Hash, hash: &str, now: Timestamp) -> Result<bool> {
    let used = tx.execute(
        "UPDATE guest_typed_code SET used_at = ?4 \
         WHERE guest_key = ?1 AND browser = ?2 AND hash = ?3 AND used_at IS NULL",
        &[guest.get().into(), browser.as_slice().into(), hash.into(), to_micros(now).into()],
    )?;
    Ok(used == 1)
}
