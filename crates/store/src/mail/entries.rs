//! Mails that somebody asked for at the entrance
//! ([`workplace::wanted`](crate::workplace::wanted)) become mails here, which go
//! before all others.

use data_encoding::HEXLOWER;
use hospes_model::mail::{About, Kind};
use hospes_model::{GuestKey, SessionId};
use jiff::Timestamp;

use crate::error::Result;
use crate::orgs::{self, org_no};
use crate::sql::Tx;
use crate::workplace::wanted::{self, Wanted};

use super::notices::{self, note};
use super::{To, queue};

/// Takes over what was asked for, at most `limit`. Returns how many there were.
pub fn adopt(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<usize> {
    let waiting = wanted::waiting(tx, limit)?;
    for wanted in &waiting {
        let org = org_no(wanted.guest.org_number())?;
        orgs::lock(tx, org)?;
        // Another node may have taken it.
        if !wanted::done(tx, wanted.id, now)? {
            continue;
        }
        match wanted.kind {
            wanted::Kind::Link | wanted::Kind::Recovery => ask(tx, wanted, &About::Link)?,
            wanted::Kind::Code { browser } => {
                ask(tx, wanted, &About::Code { browser: HEXLOWER.encode(&browser) })?;
            }
            wanted::Kind::SecondDevice { session } => {
                let device = device(tx, wanted.guest, session)?;
                notices::second_device(tx, org, wanted.guest, &device, wanted.created_at)?;
            }
        }
    }
    Ok(waiting.len())
}

fn ask(tx: &mut Tx<'_>, wanted: &Wanted, about: &About) -> Result<()> {
    let org = org_no(wanted.guest.org_number())?;
    let at = wanted.created_at;
    let key = queue(tx, org, To::Guest(wanted.guest), Kind::Access, at, at)?;
    tx.execute("UPDATE mail SET notices = 1 WHERE key = ?1", &[key.get().into()])?;
    note(tx, key.get(), 1, (None, None), about, at)
}

fn device(tx: &mut Tx<'_>, guest: GuestKey, session: SessionId) -> Result<String> {
    let found = tx.query_opt(
        "SELECT device FROM guest_session WHERE guest_key = ?1 AND id = ?2",
        &[guest.get().into(), session.as_bytes().into()],
        |row| row.string(0),
    )?;
    Ok(found.unwrap_or_default())
}
