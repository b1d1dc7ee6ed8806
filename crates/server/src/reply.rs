//! Answers that can be kept and given again: status, `ETag`, JSON.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// A strong validator of the object's state.
    pub etag: Option<String>,
    /// JSON, or nothing.
    pub body: Bytes,
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Self, Error> {
        let body = serde_json::to_vec(value).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self { status, etag: None, body: body.into() })
    }

    /// 200 with a JSON body.
    pub fn ok<T: Serialize>(value: &T) -> Result<Self, Error> {
        Self::json(StatusCode::OK, value)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, etag: None, body: Bytes::new() }
    }

    /// With a validator, given without its quotes.
    #[must_use]
    pub fn with_etag(mut self, tag: &str) -> Self {
        self.etag = Some(format!("\"{tag}\""));
        self
    }

    /// With a validator made from the body, for answers that have no revision.
    #[must_use]
    fn with_digest(self) -> Self {
        let tag = format!("body-{:016x}", self.digest());
        self.with_etag(&tag)
    }

    /// With a validator made from the object's revision, by which `If-Match`
    /// goes, and from the body, where that depends on the clock too.
    #[must_use]
    pub fn with_revision(self, revision: i64) -> Self {
        let tag = format!("{revision}-{:016x}", self.digest());
        self.with_etag(&tag)
    }

    fn digest(&self) -> u64 {
        let digest = Sha256::digest(&self.body);
        digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    }

    /// A read's answer, with a validator made from the body: 304 when the
    /// caller has it already.
    pub fn unless_known(self, headers: &HeaderMap) -> Response {
        conditional(self.with_digest(), headers.get(IF_NONE_MATCH))
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let has_body = !self.body.is_empty();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        // Private to the token, and to be asked about again each time.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Some(etag) = self.etag.and_then(|etag| HeaderValue::try_from(etag).ok()) {
            headers.insert(ETAG, etag);
        }
        response
    }
}

/// An answer whose JSON is sent as it is read.
pub fn streamed(pieces: impl Stream<Item = hospes_store::Result<Bytes>> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Whether `If-None-Match` names this validator (given with its quotes).
pub fn is_known(if_none_match: Option<&HeaderValue>, etag: &[u8]) -> bool {
    let Some(given) = if_none_match else { return false };
    if given.as_bytes() == etag {
        return true;
    }
    let Ok(list) = given.to_str() else { return false };
    // Weak comparison (RFC 9110, 13.1.2).
    list.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/").as_bytes() == etag)
}

/// The answer to a conditional read whose caller has it already.
pub fn not_modified(etag: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().reserve(10);
    response.headers_mut().insert(ETAG, etag);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// A read's answer: the reply, or 304 when the caller has it already.
pub fn conditional(reply: Reply, if_none_match: Option<&HeaderValue>) -> Response {
    if let Some(etag) = &reply.etag
        && is_known(if_none_match, etag.as_bytes())
        && let Ok(etag) = HeaderValue::try_from(etag)
    {
        return not_modified(etag);
    }
    reply.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_are_compared_as_the_standard_says() {
        let known = |given: &'static str| is_known(Some(&HeaderValue::from_static(given)), b"\"7\"");
        assert!(known("\"7\"") && known("W/\"7\"") && known("\"1\", \"7\"") && known("*"));
        assert!(!known("\"8\"") && !known("7") && !known(""));
        assert!(!is_known(None, b"\"7\""));
    }
}
