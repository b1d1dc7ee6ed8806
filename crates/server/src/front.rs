//! Pages that are kept are given again before the router is asked.
//!
//! A page that clients poll is the commonest request there is, and the layers
//! around a handler cost more than finding a kept page. What a request meets
//! on the way is the same here as in [`edge`](crate::edge) and in the list's
//! handler, in the same order; whatever is not simple goes to the router.

use std::time::Instant;

use axum::body::Body;
use axum::http::header::{IF_NONE_MATCH, ORIGIN};
use axum::http::{Method, Request, Response};
use hospes_model::member::Action;
use hospes_store::tokens::Standing;

use crate::app::App;
use crate::caller::bearer;
use crate::edge::{REQUEST_ID, RequestId, base_address};
use crate::limits::Who;
use crate::page_cache::PageKeyRef;
use crate::routes::guests::list;
use crate::telemetry::{self, Measured};

/// The answer to a request for a page that is kept and current, or `None` for
/// everything else, of which nothing has been counted then. What was found out
/// about the token is left with the request.
pub async fn answer<B>(app: &App, request: &mut Request<B>) -> Option<Response<Body>> {
    let started = Instant::now();
    let hash = hospes_store::tokens::hash(bearer_of_a_list(request)?);
    // What went wrong here is told when the router comes to it.
    let standing = app.store.standing(hash).await.ok()??;
    let answer = kept_page(app, request, &standing, started);
    if answer.is_none() {
        request.extensions_mut().insert(standing);
    }
    answer
}

/// The organization that the path of a list of guests names.
fn org_of_a_list(path: &str) -> Option<&str> {
    path.strip_prefix("/api").unwrap_or(path).strip_prefix("/organizations/")?.strip_suffix("/guests")
}

/// The token of a request that may be for a kept page.
fn bearer_of_a_list<B>(request: &Request<B>) -> Option<&str> {
    let is_simple = request.method() == Method::GET && !request.headers().contains_key(ORIGIN);
    org_of_a_list(request.uri().path()).filter(|_| is_simple)?;
    bearer(request.headers())
}

fn kept_page<B>(
    app: &App,
    request: &Request<B>,
    standing: &Standing,
    started: Instant,
) -> Option<Response<Body>> {
    let (uri, headers, access) = (request.uri(), request.headers(), &standing.access);
    let org = org_of_a_list(uri.path())?;
    let now = app.clock.now();
    if access.expires_at <= now || access.would_note(now) || access.org_text != org {
        return None;
    }
    access.actor.may(Action::ReadGuests).ok()?;
    let base = base_address(app, headers, uri);
    let query = uri.query().unwrap_or_default();
    let key = PageKeyRef { org: access.org, base: &base, path: uri.path(), query };
    let page = app.pages.get(&key, standing.guest_revision)?;
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
