//! Pages of guests, and the task lists that guests look at, are answered before
//! the router is asked.
//!
//! A page that clients poll is the commonest request there is, and the layers
//! around a handler cost more than finding a kept page, and a good part of what
//! reading one costs. What a request meets on the way is the same here as in
//! [`edge`](crate::edge) and in the list's handler, but for the rate limit,
//! which comes when only reading can still fail: whatever is not simple goes to
//! the router, refusals and failures among it, and is counted there.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, IF_NONE_MATCH, ORIGIN};
use axum::http::{HeaderMap, Method, Request, Response};
use futures_util::FutureExt;
use hospes_model::GuestCode;
use hospes_model::member::Action;
use hospes_store::tokens::Standing;

use crate::app::App;
use crate::caller::{Known, bearer};
use crate::limits::Who;
use crate::page_cache::PageKeyRef;
use crate::request::{ClientAddress, REQUEST_ID, RequestId, base_address};
use crate::routes::guests::list::{self, Prepared};
use crate::telemetry::{self, Measured};
use crate::workplace::{self, home};

/// The answer to a request for a page of guests, or `None` for everything else;
/// what was found out about the token is then left with the request.
pub async fn answer<B>(app: &Arc<App>, request: &mut Request<B>, peer: IpAddr) -> Option<Response<Body>> {
    let started = Instant::now();
    if let Some(code) = code_of_a_workplace(request) {
        let answer = AssertUnwindSafe(task_list(app, request, &code, peer, started)).catch_unwind().await;
        return answer.ok()?;
    }
    let hash = hospes_store::tokens::hash(bearer_of_a_list(request)?);
    let found = app.store.standing(hash).await;
    if let Ok(Some(standing)) = &found {
        let answer = AssertUnwindSafe(page(app, request, standing, started)).catch_unwind().await;
        if let Ok(Some(answer)) = answer {
            return Some(answer);
        }
    }
    // What went wrong, panics too, is told by the router, which need not ask again.
    request.extensions_mut().insert(Known(found));
    None
}

/// The code in the address of a guest's own pages, when the list is asked for as
/// browsers do.
fn code_of_a_workplace<B>(request: &Request<B>) -> Option<GuestCode> {
    let headers = request.headers();
    let is_simple = request.method() == Method::GET
        && !headers.contains_key(AUTHORIZATION)
        && !headers.contains_key(IF_NONE_MATCH);
    let code = request.uri().path().strip_prefix("/guest/").filter(|_| is_simple)?;
    code.parse().ok()
}

/// A guest's task list, if it is kept and still says what is so.
async fn task_list<B>(
    app: &Arc<App>,
    request: &mut Request<B>,
    code: &GuestCode,
    peer: IpAddr,
    started: Instant,
) -> Option<Response<Body>> {
    let headers = request.headers();
    let asked = home::glance(app, code, headers, request.uri()).await.ok()??;
    let address = ClientAddress::over(app, headers, Some(peer));
    let again = home::again(app, &asked, address, app.clock.now());
    let admitted = again.filter(|_| app.limits.request(Who::Address(address.0.unwrap_or(peer))).is_ok());
    let Some(mut response) = admitted else {
        request.extensions_mut().insert(asked);
        return None;
    };
    workplace::headers::secure(response.headers_mut());
    finish(&mut response, headers, &Measured::fixed(Method::GET, home::ROUTE), started);
    Some(response)
}

/// What is put down about every answer, and sent with it.
fn finish(response: &mut Response<Body>, headers: &HeaderMap, measured: &Measured, started: Instant) {
    let id = RequestId::of(headers);
    let (status, elapsed) = (response.status(), started.elapsed());
    telemetry::log_request(&id, measured, status, elapsed);
    measured.record(status, elapsed);
    response.headers_mut().insert(REQUEST_ID, id.0);
}

/// The organization that the path of a list of guests names.
fn org_of_a_list(path: &str) -> Option<&str> {
    path.strip_prefix("/api").unwrap_or(path).strip_prefix("/organizations/")?.strip_suffix("/guests")
}

/// The token of a request that may be for a page of guests.
fn bearer_of_a_list<B>(request: &Request<B>) -> Option<&str> {
    let is_simple = request.method() == Method::GET && !request.headers().contains_key(ORIGIN);
    org_of_a_list(request.uri().path()).filter(|_| is_simple)?;
    bearer(request.headers())
}

async fn page<B>(
    app: &Arc<App>,
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
    let revision = standing.guest_revision;
    let prepared = list::prepare(app, &key, revision, headers.get(IF_NONE_MATCH)).ok()?;
    if matches!(prepared, Prepared::Stream(_)) {
        return None;
    }
    let remaining = app.limits.request(Who::Member(access.org, access.actor.id.get())).ok()?;
    let mut response = match prepared {
        Prepared::Ready(response) => response,
        Prepared::Read(request) => list::read_page(app, &key, revision, request).await.ok()?,
        Prepared::Stream(_) => return None,
    };

    if let Some(remaining) = remaining {
        app.limits.write_headers(remaining, response.headers_mut());
    }
    finish(&mut response, headers, &Measured::fixed(Method::GET, list::ROUTE), started);
    Some(response)
}
