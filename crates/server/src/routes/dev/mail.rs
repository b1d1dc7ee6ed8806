//! Caught mail, to be looked at and to be read by tests. These pages show secrets
//! that work, to everybody who reaches the server: they are there only where
//! mail is caught.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::app::App;
use crate::error::Error;
use crate::mail::caught::CaughtMail;

/// A mail may style itself and show nothing from elsewhere.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The routes.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/dev/mail", get(list))
        .route("/dev/mail.json", get(json))
        .route("/dev/mail/{number}", get(one))
        .route("/dev/mail/{number}/text", get(text))
        .route("/dev/mail/{number}/html", get(html))
}

#[derive(Template)]
#[template(path = "dev/mails.html")]
struct List {
    mails: Vec<CaughtMail>,
}

#[derive(Template)]
#[template(path = "dev/mail.html")]
struct One {
    mail: CaughtMail,
}

async fn list(State(app): State<Arc<App>>) -> Result<Response, Error> {
    page(&List { mails: app.mail.caught.all() })
}

async fn json(State(app): State<Arc<App>>) -> Response {
    guarded(Json(serde_json::json!({"data": app.mail.caught.all()})).into_response())
}

async fn one(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<Response, Error> {
    page(&One { mail: find(&app, &number)? })
}

async fn text(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<Response, Error> {
    Ok(guarded(typed(find(&app, &number)?.text, "text/plain; charset=utf-8")))
}

async fn html(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<Response, Error> {
    Ok(guarded(typed(find(&app, &number)?.html, "text/html; charset=utf-8")))
}

fn find(app: &App, number: &str) -> Result<CaughtMail, Error> {
    let found = number.parse().ok().and_then(|number| app.mail.caught.get(number));
    found.ok_or_else(|| hospes_model::Refusal::NotFound.into())
}

fn page(template: &impl Template) -> Result<Response, Error> {
    let html = template.render().map_err(|error| Error::internal(format!("a page: {error}")))?;
    Ok(guarded(typed(html, "text/html; charset=utf-8")))
}

fn typed(body: String, kind: &'static str) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
