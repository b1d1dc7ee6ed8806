//! What happens to every request, whatever its route: request id, token, rate
//! limit, the shape of errors, metrics and the log.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{ACCEPT, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;

use hospes_store::tokens::Standing;

use crate::app::App;
use crate::caller::{Known, Token, authenticate};
use crate::error::Error;
use crate::limits::{Remaining, Who};
use crate::telemetry::Measured;
use crate::workplace::{self, headers};
use crate::{entropy, telemetry};

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
    fn of(app: &App, request: &Request) -> Self {
        if app.settings.trust_proxy {
            // The last entry is the one that our own proxy wrote.
            let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
            let last = forwarded.and_then(|list| list.rsplit(',').next());
            if let Some(address) = last.and_then(|text| text.trim().parse().ok()) {
                return Self(Some(address));
            }
        }
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self(peer.map(|ConnectInfo(peer)| peer.ip()))
    }
}

/// The layer around every route.
pub async fn edge(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let address = ClientAddress::of(&app, &request);
    let as_problem = accepts_problem(request.headers());
    // How its reader is spoken to, if it is a page of guests.
    let reader = workplace::is_page(request.uri().path()).then(|| workplace::reader_of(request.headers()));
    let is_page = reader.is_some();
    let measured = Measured::of(request.method(), request.extensions().get::<MatchedPath>());
    let mut remaining = None;

    let known = request.extensions_mut().remove();
    let mut response = match admit(&app, address, request.headers(), known, &mut remaining).await {
        Ok(token) => {
            request.extensions_mut().insert(token);
            request.extensions_mut().insert(id.clone());
            request.extensions_mut().insert(address);
            next.run(request).await
        }
        Err(error) => axum::response::IntoResponse::into_response(error),
    };

    if let Some(error) = response.extensions_mut().remove::<Error>() {
        telemetry::log_error(&error, &id, &measured);
        let mut rendered = match reader {
            Some(reader) => headers::error_page(&error, reader),
            None => error.render(as_problem, id.as_str()),
        };
        // What the router said beside the status, such as `Allow`.
        for (name, value) in response.headers() {
            if !rendered.headers().contains_key(name) && name != axum::http::header::CONTENT_LENGTH {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
        }
        response = rendered;
    }
    if is_page {
        headers::secure(response.headers_mut());
    } else if let Some(remaining) = remaining {
        app.limits.write_headers(remaining, response.headers_mut());
    }
    telemetry::log_request(&id, &measured, response.status(), started.elapsed());
    measured.record(response.status(), started.elapsed());
    response.headers_mut().insert(REQUEST_ID, id.0);
    response
}

/// Authenticates and counts the caller.
async fn admit(
    app: &Arc<App>,
    address: ClientAddress,
    headers: &HeaderMap,
    known: Option<Known>,
    remaining: &mut Option<Remaining>,
) -> Result<Token, Error> {
    let token = authenticate(app, headers, known).await?;
    let who = match (&token, address.0) {
        (Token::Valid(Standing { access, .. }), _) => Some(Who::Member(access.org, access.actor.id.get())),
        (_, Some(address)) => Some(Who::Address(address)),
        (_, None) => None,
    };
    if let Some(who) = who {
        *remaining = app.limits.request(who).inspect_err(|_| *remaining = Some(app.limits.exhausted()))?;
    }
    if let Token::Valid(Standing { access, .. }) = &token
        && access.is_note_due(app.clock.now())
    {
        let (app, token, now) = (Arc::clone(app), access.token, app.clock.now());
        // The answer does not wait for the note, nor fail with it.
        tokio::spawn(async move {
            let noted = app.store.write(move |tx| hospes_store::tokens::note_use(tx, token, now)).await;
            if let Err::<(), hospes_store::Error>(error) = noted {
                tracing::warn!(%error, "the use of a token could not be noted");
            }
        });
    }
    Ok(token)
}

fn accepts_problem(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.contains("application/problem+json")))
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
