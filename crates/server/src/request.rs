//! What is known of a request whatever its route: its id, the address that it
//! comes from, and how the caller addressed this server. The layer around every
//! route ([`edge`](mod@crate::edge)) notes the first two with the request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::HOST;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri};
use hospes_model::activity::Cause;
use jiff::Timestamp;

use crate::app::App;
use crate::entropy;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id: the caller's `X-Request-Id` when it is usable, else new.
#[derive(Debug, Clone)]
pub struct RequestId(pub HeaderValue);

impl RequestId {
    /// The id of a request with these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let usable = |value: &&HeaderValue| {
            !value.is_empty() && value.len() <= 128 && value.as_bytes().iter().all(u8::is_ascii_graphic)
        };
        if let Some(given) = headers.get(REQUEST_ID).filter(usable) {
            return Self(given.clone());
        }
        let mut text = [0; 32];
        for (place, byte) in text.chunks_exact_mut(2).zip(entropy::request_number()) {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            place[0] = DIGITS[usize::from(byte >> 4)];
            place[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-")))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("-")
    }
}

/// The caller's network address.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    pub(crate) fn of(app: &App, request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self::over(app, request.headers(), peer.map(|ConnectInfo(peer)| peer.ip()))
    }

    /// That of a request with these headers, over a connection from `peer`.
    pub(crate) fn over(app: &App, headers: &HeaderMap, peer: Option<IpAddr>) -> Self {
        if app.settings.trust_proxy {
            // The last entry is the one that our own proxy wrote.
            let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
            let last = forwarded.and_then(|list| list.rsplit(',').next());
            if let Some(address) = last.and_then(|text| text.trim().parse().ok()) {
                return Self(Some(address));
            }
        }
        Self(peer)
    }
}

/// Which request it is and where it comes from, as the layer around the routes
/// noted it.
#[derive(Debug, Clone)]
pub struct RequestOrigin {
    /// The request's id.
    pub id: RequestId,
    /// The caller's address.
    pub address: ClientAddress,
}

impl RequestOrigin {
    /// Reads what was noted with a request.
    pub fn of(extensions: &Extensions) -> Self {
        Self {
            id: extensions.get().cloned().unwrap_or(RequestId(HeaderValue::from_static("-"))),
            address: extensions.get().copied().unwrap_or(ClientAddress(None)),
        }
    }

    /// What the activity feed says of the request, by nobody yet.
    pub fn cause(&self, at: Timestamp) -> Cause {
        Cause {
            actor: None,
            guest: None,
            at,
            ip: self.address.0.map(|address| address.to_string()),
            request_id: self.id.as_str().to_owned(),
        }
    }
}

/// How the caller addressed this server, for links in answers: scheme and
/// authority, without a slash at the end.
pub fn base_address(app: &App, headers: &HeaderMap, uri: &Uri) -> String {
    let forwarded = |name: &str| {
        let value = if app.settings.trust_proxy { headers.get(name) } else { None };
        value.and_then(|value| value.to_str().ok())
    };
    let named = || headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = forwarded("x-forwarded-host").or_else(named).or_else(|| {
        // HTTP/1.1 requests may name the host in the request line instead.
        uri.authority().map(axum::http::uri::Authority::as_str)
    });
    let plain = |host: &&str| {
        !host.is_empty()
            && host.len() <= 255
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b))
    };
    match host.filter(plain) {
        Some(host) => {
            let https = forwarded("x-forwarded-proto").is_some_and(|proto| proto == "https");
            [if https { "https://" } else { "http://" }, host].concat()
        }
        None => app.settings.public_url.trim_end_matches('/').to_owned(),
    }
}
