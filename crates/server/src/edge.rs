//! What happens to every request, whatever its route: request id, token, rate
//! limit, the shape of errors, metrics and the log.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::Response;

use hospes_store::tokens::Standing;

use crate::app::App;
use crate::caller::{Known, Token, authenticate};
use crate::error::Error;
use crate::limits::{Remaining, Who};
use crate::request::{ClientAddress, REQUEST_ID, RequestId, RequestOrigin};
use crate::telemetry;
use crate::telemetry::Measured;
use crate::workplace::{self, headers};

/// The layer around every route.
pub async fn edge(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let address = ClientAddress::of(&app, &request);
    let as_problem = accepts_problem(request.headers());
    // Who reads it and how they are spoken to, if it is a page of guests.
    let path = request.uri().path();
    let for_page = workplace::is_page(path).then(|| headers::ForPage::new(path, request.headers()));
    let is_page = for_page.is_some();
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
        let mut rendered = match for_page {
            Some(asked) => {
                let origin = RequestOrigin { id: id.clone(), address };
                headers::error_page(&app, &error, asked, origin).await
            }
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
