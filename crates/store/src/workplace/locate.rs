//! Finding whose workplace a link leads to, when nothing but the guest code is
//! known.

use hospes_model::{GuestCode, GuestKey};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::sql::Tx;
use crate::workplace::Hash;

/// The guest with this code, if there is one who is not disabled.
///
/// The code says which of an organization's guests it is; each organization is
/// asked for its own by key, which a few hundred of them do not make slow, and
/// an index of codes would be written to all over the place.
pub fn find(tx: &mut Tx<'_>, code: &GuestCode) -> Result<Option<GuestKey>> {
    let Some(sequence) = code.sequence() else { return Ok(None) };
    tx.query_opt(
        "SELECT g.key FROM org o JOIN guest g ON g.key = o.no * 1099511627776 + ?1 \
         WHERE g.code = ?2 AND g.disabled_at IS NULL",
        &[sequence.into(), code.as_str().into()],
        |row| Ok(GuestKey::from_stored(row.int(0)?)),
    )
}

/// The guest who had this code before it was replaced, if not disabled.
pub fn find_former(tx: &mut Tx<'_>, code: &GuestCode) -> Result<Option<GuestKey>> {
    tx.query_opt(
        "SELECT g.key FROM guest_former_code f JOIN guest g ON g.key = f.guest_key \
         WHERE f.hash = ?1 AND g.disabled_at IS NULL",
        &[hash(code).as_slice().into()],
        |row| Ok(GuestKey::from_stored(row.int(0)?)),
    )
}

/// The guests with this address in every organization, without those who are
/// disabled.
pub fn of_address(tx: &mut Tx<'_>, folded: &str) -> Result<Vec<GuestKey>> {
    tx.query_all(
        "SELECT g.key FROM org o JOIN guest g ON g.org = o.no AND g.email_folded = ?1 \
         WHERE g.disabled_at IS NULL ORDER BY g.key",
        &[folded.into()],
        |row| Ok(GuestKey::from_stored(row.int(0)?)),
    )
}

pub(crate) fn hash(code: &GuestCode) -> Hash {
    Sha256::digest(code.as_str().as_bytes()).into()
}
