//! The keys that sign the links by which guests switch off mails of a kind.

use hospes_model::OrgNo;

use crate::error::Result;
use crate::sql::Tx;

/// An organization's key; `fresh` becomes it, if there is none yet.
pub fn of_unsubscribing(tx: &mut Tx<'_>, org: OrgNo, fresh: &[u8; 32]) -> Result<Vec<u8>> {
    if let Some(key) = known(tx, org)? {
        return Ok(key);
    }
    tx.execute(
        "INSERT INTO mail_signing_key (org, key) VALUES (?1, ?2) ON CONFLICT (org) DO NOTHING",
        &[org.get().into(), fresh.as_slice().into()],
    )?;
    Ok(known(tx, org)?.unwrap_or_else(|| fresh.to_vec()))
}

/// An organization's key, if any link was signed yet.
pub fn known(tx: &mut Tx<'_>, org: OrgNo) -> Result<Option<Vec<u8>>> {
    tx.query_opt("SELECT key FROM mail_signing_key WHERE org = ?1", &[org.get().into()], |row| {
        Ok(row.bytes(0)?.to_vec())
    })
}
