//! Pages that are kept are given again before the router is asked.
//!
//! A page that clients poll is the commonest request there is, and the layers
//! around a handler cost more than finding a kept page. What a request meets
//! on the way is the same here as in [`edge`](crate::edge) and in the list's
//! handler, in the same order; whatever is not simple goes to the router.

use std::time::Instant;

use axum::body::Body;
use axum::http::header::{IF_NONE_MATCH, ORIGIN};
use axum::http::{HeaderMap, Method, Request, Response};
use hospes_model::member::Action;

use crate::app::App;
use crate::caller::bearer;
use crate::edge::{REQUEST_ID, RequestId, base_address};
use crate::limits::Who;
use crate::page_cache::PageKeyRef;
use crate::routes::guests::list;
use crate::telemetry::{self, Measured};

/// The answer to a request for a page that is kept and current, or `None` for
/// everything else, of which nothing has been counted then.
pub fn answer<B>(app: &App, request: &Request<B>) -> Option<Response<Body>> {
    let (uri, headers): (_, &HeaderMap) = (request.uri(), request.headers());
    if request.method() != Method::GET || headers.contains_key(ORIGIN) {
        return None;
    }
    let path = uri.path();
    let below_api = path.strip_prefix("/api").unwrap_or(path);
    let org = below_api.strip_prefix("/organizations/")?.strip_suffix("/guests")?;
    let started = Instant::now();
    let access = app.store.known_access(&hospes_store::tokens::hash(bearer(headers)?))?;
    let now = app.clock.now();
    if access.expires_at <= now || access.would_note(now) || access.org_text != org {
        return None;
    }
    access.actor.may(Action::ReadGuests).ok()?;
    let revision = app.store.known_guest_revision(access.org)?;
    let base = base_address(app, headers, uri);
    let query = uri.query().unwrap_or_default();
    let key = PageKeyRef { org: access.org, base: &base, path, query };
    let page = app.pages.get(&key, revision)?;
    let remaining = app.limits.request(Who::Member(access.org, access.actor.id.get())).ok()?;

    let id = RequestId::of(headers);
    let mut response = list::answer(page, headers.get(IF_NONE_MATCH));
    if let Some(remaining) = remaining {
        app.limits.write_headers(remaining, response.headers_mut());
    }
    let measured = Measured::fixed(Method::GET, list::ROUTE);
    let (status, elapsed) = (response.status(), started.elapsed());
    telemetry::log_request(&id, &measured, status, elapsed);
    measured.record(status, elapsed);
    response.headers_mut().insert(REQUEST_ID, id.0);
    Some(response)
}
