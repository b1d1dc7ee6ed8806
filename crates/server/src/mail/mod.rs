//! Mail on its way: what is noted in the database (`hospes_store::mail`) is put
//! together and sent here.
//!
//! [`worker`] takes mails from the outbox, has [`compose`] write them as
//! [`message`]s in the reader's language, and hands them to an SMTP server
//! ([`smtp`]) or keeps them to be looked at ([`caught`]). One-time secrets of
//! links are drawn when a mail is written, so that only their hashes are ever
//! stored. [`unsubscribe`] signs the links that switch a kind off, [`reports`]
//! reads what comes back.

pub mod caught;
pub mod compose;
pub mod entry;
mod kickoff;
pub mod message;
pub mod reports;
pub mod settings;
pub mod smtp;
pub mod unsubscribe;
pub mod worker;

use caught::Caught;
use settings::Settings;

/// The parts of a running server that have to do with mail.
#[derive(Debug, Default)]
pub struct Mail {
    /// What the operator decided.
    pub settings: Settings,
    /// Mails that were caught instead of sent.
    pub caught: Caught,
}

impl Mail {
    /// With nothing caught yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }
}
