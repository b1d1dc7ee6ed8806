//! Making access tokens: what is told once, and what is stored.

use data_encoding::HEXLOWER;
use hospes_store::tokens::{self, NewToken};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::entropy;

/// A token and its stored form.
pub fn new_token(name: &str, now: Timestamp, expires_at: Timestamp) -> (String, NewToken) {
    let token = entropy::access_token();
    let hash = tokens::hash(&token);
    let fingerprint = HEXLOWER.encode(&hash[..4]);
    (token, NewToken { name: name.to_owned(), hash, fingerprint, created_at: now, expires_at })
}

/// When a token made now stops working if nothing else is said: six months later
/// (`wire.md` 1.2).
pub fn usual_expiry(now: Timestamp) -> Result<Timestamp, jiff::Error> {
    Ok(now.to_zoned(TimeZone::UTC).checked_add(6.months())?.timestamp())
}
