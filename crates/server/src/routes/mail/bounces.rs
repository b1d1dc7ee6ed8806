//! `POST /mail/bounces`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::Item;
use hospes_api::mail::{ReportTaken, read_report};
use hospes_model::activity::Cause;
use hospes_store::mail::bounces;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::change::read_body;
use crate::error::Error;
use crate::mail::reports::{Reported, id_of, parse, short};
use crate::reply::Reply;
use crate::request::RequestOrigin;

/// The header that the operator's token stands in.
const TOKEN: &str = "x-bounce-token";

/// Takes a report about a mail that was sent. It is no part of the published
/// API: mail services send JSON ([`read_report`]), and mail servers' reports
/// (RFC 3464) are sent as they are, as `message/rfc822` or `multipart/report`.
/// Either shows the operator's token in `X-Bounce-Token`.
///
/// What comes through a pipe is whatever somebody sent: reports that a mail is
/// late, answers of people on holiday. All of it is taken, since a pipe that is
/// refused makes the mail server write back.
pub async fn report(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let origin = RequestOrigin::of(&parts.extensions);
    if !is_allowed(&app, &parts.headers) {
        // Whoever guesses is slowed down; whoever knows may report much.
        origin.address.0.map_or(Ok(()), |from| app.limits.attempt(from))?;
        return Err(hospes_model::Refusal::Forbidden(
            "Reports about mails are for the operator's mail services.",
        )
        .into());
    }
    let body = read_body(body).await?;
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let Some(Reported { message_id, report, why }) = read(kind, &body)? else {
        return Ok(Reply::ok(&Item::new(ReportTaken { known: false }))?.into_response());
    };
    // The service's own address says nothing.
    let cause = Cause { ip: None, ..origin.cause(app.clock.now()) };
    let known = app
        .store
        .write(move |tx| Ok::<_, Error>(bounces::report(tx, &message_id, report, &why, &cause)?))
        .await?;
    Ok(Reply::ok(&Item::new(ReportTaken { known }))?.into_response())
}

fn is_allowed(app: &App, headers: &HeaderMap) -> bool {
    let given = headers.get(TOKEN).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
    app.mail.settings.bounce_token.as_ref().is_some_and(|token| token.as_bytes().ct_eq(given).into())
}

/// Reads JSON or a mail server's report; `None` for a mail that is no report, or
/// none of anything final.
fn read(kind: &str, body: &[u8]) -> Result<Option<Reported>, Error> {
    let is = |wanted: &str| kind.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
    if is("message/rfc822") {
        return Ok(parse(body));
    }
    if is("multipart/report") {
        // The header that says where the parts end came with the request.
        let mut whole = format!("MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n").into_bytes();
        whole.extend_from_slice(body);
        return Ok(parse(&whole));
    }
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|error| {
        Error::bad_request("INVALID_JSON", format!("The body is not valid JSON: {error}."))
    })?;
    let (id, report, reason) = read_report(&value)?;
    Ok(Some(Reported { message_id: id_of(&id).to_owned(), report, why: short(&reason) }))
}
