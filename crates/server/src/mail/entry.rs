//! Mails that somebody asked for at the entrance: a fresh link, or a code.

use hospes_model::guest::Guest;
use hospes_model::mail::About;
use hospes_model::mail::decide::Why;
use hospes_model::workplace::codes;
use hospes_store::mail::letters::Letter;
use hospes_store::mail::outbox::{Claimed, Outcome};
use hospes_store::workplace::Hash;
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;
use crate::workplace::entrance::{mint_code, mint_link};

use super::compose::{self, Entry, Links, Words};

/// Writes a mail that was asked for; or else what becomes of it.
pub async fn write(
    app: &App,
    mail: &Claimed,
    letter: &Letter,
    guest: &Guest,
    now: Timestamp,
) -> Result<Result<Words, Outcome>, Error> {
    let locator = app.guest_link(&guest.code);
    let links = |entrance| Links {
        public_url: &app.settings.public_url,
        code: &guest.code,
        entrance,
        unsubscribe: None,
    };
    match letter.told.first().map(|told| &told.about) {
        Some(About::Code { browser }) => {
            if now.duration_since(mail.created_at) > codes::LIFE {
                return Ok(Err(Outcome::Dropped(Why::TooLate)));
            }
            let browser = read_hash(browser).ok_or_else(|| Error::internal("a browser that is none"))?;
            match mint_code(app, (guest.key, &letter.address), browser).await? {
                Ok(digits) => compose::entry(letter, Entry::Code(&digits), &links(&locator)).map(Ok),
                Err(outcome) => Ok(Err(outcome)),
            }
        }
        _ => match mint_link(app, (guest.key, &letter.address), None).await? {
            Ok(entrance) => compose::entry(letter, Entry::Link, &links(&entrance)).map(Ok),
            Err(outcome) => Ok(Err(outcome)),
        },
    }
}

fn read_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    let bytes = text.as_bytes();
    if bytes.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(bytes.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(hash)
}
