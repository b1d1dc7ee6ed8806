//! What every answer below `/guest` carries, and how errors look there
//! (`trust.md` 1).

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::Response;

use super::entrance::page;
use super::page::{Place, Shell};
use super::reader::{shell_for, text_for};
use super::session;
use crate::app::App;
use crate::error::Error;
use crate::request::RequestOrigin;

/// What pages may do in a browser: nothing from elsewhere, no inline script or
/// style, nobody's frame.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                              form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'";

/// Writes the headers of a guest's page. How long it may be kept is the only
/// thing that an answer may have decided itself: files that never change do.
pub fn secure(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A file that is handed out may ask for a stricter one.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(CONTENT_POLICY));
}

/// What is known of a request whose answer may become an error.
#[derive(Debug)]
pub(crate) struct ForPage {
    path: String,
    /// Who asks, and in which language.
    headers: HeaderMap,
}

impl ForPage {
    /// A request for a page.
    pub(crate) fn new(path: &str, headers: &HeaderMap) -> Self {
        let mut known = HeaderMap::new();
        for name in [COOKIE, ACCEPT_LANGUAGE] {
            for value in headers.get_all(&name) {
                known.append(&name, value.clone());
            }
        }
        Self { path: path.to_owned(), headers: known }
    }

    /// The frame of the page, with the way back, for somebody with a session.
    async fn shell(&self, app: &Arc<App>, origin: RequestOrigin) -> Option<(Shell, String)> {
        let code = self.path.strip_prefix("/guest/")?.split('/').next()?.parse().ok()?;
        let guest = session::of(app, code, &self.headers, origin).await.ok()??;
        let shell = shell_for(&guest, text_for(&guest, &self.headers), Place::Elsewhere);
        Some((shell, guest.path("")))
    }
}

/// An error as a page: with the menu for whoever is signed in.
pub(crate) async fn error_page(
    app: &Arc<App>,
    error: &Error,
    asked: ForPage,
    origin: RequestOrigin,
) -> Response {
    let status = error.status();
    // Where something is broken or too much, it is not asked for more.
    let may_look = status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS;
    let shell = if may_look { asked.shell(app, origin).await } else { None };
    let mut response = page::error(status, page::text_of(&asked.headers), shell);
    for (name, value) in error.headers() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}
