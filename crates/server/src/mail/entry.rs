//! Ways in: the secrets that mailed links carry, and the mails that somebody
//! asked for at the entrance.

use hospes_model::guest::Guest;
use hospes_store::mail::letters::Letter;
use hospes_store::mail::outbox::Claimed;
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;

use super::compose::{self, Entry, Links, Words};

/// Draws the secret of a guest's mail and stores its hash, where the
/// organization's links carry one.
pub async fn mint(
    _app: &App,
    _letter: &Letter,
    _guest: &Guest,
    _now: Timestamp,
) -> Result<Option<String>, Error> {
    Ok(None)
}

/// Writes a mail that was asked for at the entrance.
pub async fn write(
    _app: &App,
    _mail: &Claimed,
    letter: &Letter,
    _guest: &Guest,
    links: &Links<'_>,
    _now: Timestamp,
) -> Result<Words, Error> {
    compose::entry(letter, Entry::Link, links)
}
