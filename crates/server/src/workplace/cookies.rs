//! The cookies of guests' pages. Each belongs to the pages of one guest code, so
//! that a guest of two organizations has two sessions that do not meet.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use hospes_model::GuestCode;
use hospes_store::workplace::Hash;
use sha2::{Digest, Sha256};

use crate::app::App;

/// A session.
pub(crate) const SESSION: &str = "hospes_guest";
/// The browser that asked for a code to type.
pub(crate) const BROWSER: &str = "hospes_browser";

/// The browser that submitted a public form.
pub(crate) const KICKOFF: &str = "hospes_kickoff";

/// A session's cookie lives as long as the longest session.
pub(crate) const SESSION_DAYS: i64 = 365;
/// A browser's cookie outlives the code that was mailed for it.
const BROWSER_MINUTES: i64 = 30;

/// The value of a cookie, if it is one that was given here: 64 hexadecimal
/// digits.
pub(crate) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| Cookie::split_parse(line.to_owned()).flatten());
    let found = cookies.find(|cookie| cookie.name() == name)?;
    is_secret(found.value()).then(|| found.value().to_owned())
}

/// Whether a text has the form of a secret that was made here.
pub(crate) fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A secret as it is stored: it has 256 random bits, so a fast hash is enough.
pub(crate) fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

fn cookie(app: &App, code: &GuestCode, name: &'static str, value: &str, life: Duration) -> HeaderValue {
    cookie_below(app, format!("/guest/{code}"), name, value, life)
}

fn cookie_below(app: &App, path: String, name: &'static str, value: &str, life: Duration) -> HeaderValue {
    let cookie = Cookie::build((name, value.to_owned()))
        .path(path)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.secure_cookies())
        .max_age(life);
    // Every part is plain ASCII.
    HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The cookie of a session that begins.
pub(crate) fn session(app: &App, code: &GuestCode, secret: &str) -> HeaderValue {
    cookie(app, code, SESSION, secret, Duration::days(SESSION_DAYS))
}

/// What takes the cookie of a session away.
pub(crate) fn no_session(app: &App, code: &GuestCode) -> HeaderValue {
    cookie(app, code, SESSION, "", Duration::ZERO)
}

/// The cookie of a browser that asks for a code.
pub(crate) fn browser(app: &App, code: &GuestCode, secret: &str) -> HeaderValue {
    cookie(app, code, BROWSER, secret, Duration::minutes(BROWSER_MINUTES))
}

/// The cookie of a browser that submits a public form, for the pages below the
/// form's address.
pub(crate) fn kickoff(app: &App, path: String, secret: &str) -> HeaderValue {
    cookie_below(
        app,
        path,
        KICKOFF,
        secret,
        Duration::seconds(hospes_model::workplace::kickoff::LIFE.as_secs()),
    )
}
