//! Tokens in forms: that a form which is posted came from a page of ours. That
//! of a session's form ([`Csrf`]) was shown to the same browser. Before a session
//! there is nothing to know a browser by: such a form's token ([`FormKey`]) is
//! bound to its place and its time, and anybody can have one; what other sites'
//! pages post is refused by what browsers say of it (`is_foreign`).
//!
//! The token of a session is made of the session's own secret, so nothing has to
//! be kept for it. It looks different on every page: answers are compressed, and
//! what is the same each time could be guessed from their length.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use hospes_model::GuestCode;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::entropy;

/// The field that every form carries it in.
pub const FIELD: &str = "csrf";

/// A form before a session can be posted this long.
const FORM_LIFE: SignedDuration = SignedDuration::from_hours(12);

fn sign(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // Any length of key will do; there is no error to handle.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
        mac.update(&[0]);
    }
    mac.finalize().into_bytes().into()
}

/// The bytes of a posted value that has the right length.
fn decoded(posted: &str, length: usize) -> Option<Vec<u8>> {
    let bytes = HEXLOWER_PERMISSIVE.decode(posted.as_bytes()).ok()?;
    (bytes.len() == length).then_some(bytes)
}

/// The token of a session's forms.
#[derive(Clone)]
pub struct Csrf([u8; 32]);

impl fmt::Debug for Csrf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Csrf(..)")
    }
}

impl Csrf {
    /// That of the session with this secret.
    pub(crate) fn of_session(secret: &str) -> Self {
        Self(sign(secret.as_bytes(), &[b"form"]))
    }

    /// What else of a page is made with the session's secret, so that nobody
    /// finds out by trying what stands behind it.
    pub(crate) fn salt(&self) -> [u8; 32] {
        sign(&self.0, &[b"mark"])
    }

    /// A name for the session, for what the browser keeps for it. It opens
    /// nothing.
    pub(crate) fn label(&self) -> String {
        HEXLOWER.encode(&sign(&self.0, &[b"label"])[..8])
    }

    /// The value of a hidden field [`FIELD`]; another one each time.
    pub fn field(&self) -> String {
        let pad: [u8; 32] = entropy::bytes();
        let mut masked = pad;
        masked.iter_mut().zip(self.0).for_each(|(byte, own)| *byte ^= own);
        HEXLOWER.encode(&[pad, masked].concat())
    }

    /// Whether a posted value is one of ours.
    pub fn accepts(&self, posted: &str) -> bool {
        let Some(bytes) = decoded(posted, 64) else { return false };
        let (pad, masked) = bytes.split_at(32);
        let own: Vec<u8> = pad.iter().zip(masked).map(|(a, b)| a ^ b).collect();
        own.ct_eq(&self.0).into()
    }
}

/// What the tokens of forms before a session are made with. Drawn when the
/// server starts: a form that was shown before is shown again.
#[derive(Clone)]
pub struct FormKey([u8; 32]);

impl fmt::Debug for FormKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormKey(..)")
    }
}

impl FormKey {
    /// Of fresh random bytes.
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token of a form at the entrance of `place`: a guest code, or a name
    /// that is none.
    pub(crate) fn issue(&self, place: &str, now: Timestamp) -> String {
        let at = now.as_second().to_be_bytes();
        let signature = sign(&self.0, &[b"entrance", place.as_bytes(), &at]);
        HEXLOWER.encode(&[&at[..], &signature].concat())
    }

    /// Whether a posted value was issued for this place, and not too long ago.
    pub(crate) fn accepts(&self, place: &str, posted: &str, now: Timestamp) -> bool {
        let Some(bytes) = decoded(posted, 40) else { return false };
        let (at, signature) = bytes.split_at(8);
        let is_ours: bool = sign(&self.0, &[b"entrance", place.as_bytes(), at]).ct_eq(signature).into();
        let second = at.try_into().map_or(i64::MIN, i64::from_be_bytes);
        let issued = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        is_ours && now.duration_since(issued) < FORM_LIFE
    }

    /// See [`issue`](Self::issue).
    pub(crate) fn of_code(&self, code: &GuestCode, now: Timestamp) -> String {
        self.issue(code.as_str(), now)
    }
}

/// Whether the browser says that a request comes from another site's page:
/// neither the asked host's nor that of the address we are known by.
///
/// `Origin: null` says nothing: browsers write it into forms of pages that keep
/// their address to themselves, as ours do. `Sec-Fetch-Site` is the better word
/// where it is spoken.
pub(crate) fn is_foreign(public_url: &str, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    match text(ORIGIN.as_str()) {
        None | Some("null") => false,
        Some(origin) => {
            let host = text(HOST.as_str()).unwrap_or_default();
            let is_host = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
            let is_public =
                url::Url::parse(public_url).is_ok_and(|url| url.origin().ascii_serialization() == origin);
            !is_host && !is_public
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_sessions_look_different_and_are_good_for_one_session() {
        let (one, two) = (Csrf::of_session("one"), Csrf::of_session("two"));
        let (first, second) = (one.field(), one.field());
        assert_ne!(first, second);
        assert!(one.accepts(&first) && one.accepts(&second) && !two.accepts(&first));
        for wrong in ["", "0", &"0".repeat(128), &first[1..], &first.replace(&first[..1], "g")] {
            assert!(!one.accepts(wrong), "{wrong}");
        }
    }

    #[test]
    fn tokens_of_the_entrance_are_good_for_one_place_and_half_a_day() {
        let (key, now) = (FormKey::new([7; 32]), Timestamp::UNIX_EPOCH);
        let token = key.issue("here", now);
        assert!(key.accepts("here", &token, now + SignedDuration::from_hours(11)));
        assert!(!key.accepts("there", &token, now));
        assert!(!FormKey::new([8; 32]).accepts("here", &token, now));
        assert!(!key.accepts("here", &token, now + SignedDuration::from_hours(12)));
        assert!(!key.accepts("here", "", now));
    }
}
