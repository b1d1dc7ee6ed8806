//! Mails that somebody asked for at the entrance, waiting to be composed.
//!
//! A row holds nothing secret: the link's secret and the code's digits are made
//! when the mail is composed, and are stored as hashes only.

use hospes_model::{GuestKey, SessionId};
use jiff::Timestamp;

use super::Hash;
use crate::error::{Error, Result};
use crate::sql::{Row, Tx};
use crate::{from_micros, to_micros};

/// What to mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To the guest: a fresh link, because one that was opened is dead.
    Link,
    /// To the guest: digits to type into the browser whose cookie has this hash.
    Code {
        /// SHA-256 of the browser's cookie.
        browser: Hash,
    },
    /// To the guest: a link, because somebody typed the address at the front page.
    Recovery,
    /// To the guest's associated members: the workplace was opened on a second device.
    SecondDevice {
        /// The session that began there.
        session: SessionId,
    },
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code { .. } => "code",
            Self::Recovery => "recovery",
            Self::SecondDevice { .. } => "second_device",
        }
    }
}

/// A mail that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Its number; they are in the order in which they were asked for.
    pub id: i64,
    /// For whom, or about whom.
    pub guest: GuestKey,
    /// What.
    pub kind: Kind,
    /// Since when.
    pub created_at: Timestamp,
}

/// Asks for a mail. The same one is not asked for twice while it waits.
pub fn ask(tx: &mut Tx<'_>, guest: GuestKey, kind: Kind, at: Timestamp) -> Result<()> {
    let (mut browser, mut session) = (None, None);
    match &kind {
        Kind::Code { browser: hash } => browser = Some(hash.as_slice()),
        Kind::SecondDevice { session: id } => session = Some(id.as_bytes()),
        Kind::Link | Kind::Recovery => {}
    }
    let waits = tx.query_opt(
        "SELECT 1 FROM entry_mail WHERE guest_key = ?1 AND kind = ?2 AND done_at IS NULL \
         AND COALESCE(browser, session, ?3) = COALESCE(?4, ?5, ?3)",
        &[guest.get().into(), kind.as_str().into(), [0_u8].as_slice().into(), browser.into(), session.into()],
        |_| Ok(()),
    )?;
    if waits.is_none() {
        tx.execute(
            "INSERT INTO entry_mail (guest_key, kind, browser, session, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[guest.get().into(), kind.as_str().into(), browser.into(), session.into(), to_micros(at).into()],
        )?;
    }
    Ok(())
}

fn read_wanted(row: &Row<'_>) -> Result<Wanted> {
    let wrong = || Error::corrupt("entry_mail");
    let kind = match row.text(2)? {
        "link" => Kind::Link,
        "recovery" => Kind::Recovery,
        "code" => Kind::Code { browser: row.bytes(3)?.try_into().map_err(|_| wrong())? },
        "second_device" => {
            Kind::SecondDevice { session: SessionId::from_bytes(row.bytes(4)?).map_err(|_| wrong())? }
        }
        _ => return Err(wrong()),
    };
    Ok(Wanted {
        id: row.int(0)?,
        guest: GuestKey::from_stored(row.int(1)?),
        kind,
        created_at: from_micros(row.int(5)?)?,
    })
}

/// The mails that wait, those that were asked for first in front.
pub fn waiting(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Wanted>> {
    tx.query_all(
        "SELECT id, guest_key, kind, browser, session, created_at FROM entry_mail \
         WHERE done_at IS NULL ORDER BY id LIMIT ?1",
        &[limit.into()],
        read_wanted,
    )
}

/// Takes a mail off the waiting ones; whether it still waited.
pub fn done(tx: &mut Tx<'_>, id: i64, at: Timestamp) -> Result<bool> {
    let taken = tx.execute(
        "UPDATE entry_mail SET done_at = ?2 WHERE id = ?1 AND done_at IS NULL",
        &[id.into(), to_micros(at).into()],
    )?;
    Ok(taken == 1)
}
