//! Public kick-off forms (`product.md` 1.4, 2.7): a stranger fills in the form
//! of a template, shows that the address is theirs, and a process starts with
//! them as a guest.
//!
//! The form comes first ([`form`]; what a link fills in, [`prefill`]) and is
//! posted ([`submit`], with files [`reading`]); what was submitted waits for its
//! mail to be answered ([`verify`]). Nothing before that tells whether an address
//! is known here, and nothing tells why a form is not open.

mod form;
mod prefill;
mod reading;
mod submit;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hospes_model::{OrgId, TemplateId};
use hospes_store::kickoff::{self, OpenForm};
use jiff::Timestamp;

use super::csrf;
use super::entrance::page::Draft;
use super::session::Fields;
use crate::app::App;
use crate::error::Error;
use crate::request::RequestOrigin;

/// The pages.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/kickoff/{org}/{template}", get(form::show).post(submit::send))
        .route("/kickoff/{org}/{template}/files", post(submit::bring))
        .route("/kickoff/{org}/{template}/files/{file}/remove", post(submit::remove))
        .route("/kickoff/{org}/{template}/sent/{id}", get(verify::sent).post(verify::type_in))
        .route("/kickoff/{org}/{template}/again/{id}", post(verify::again))
        .route("/kickoff/{org}/{template}/in/{secret}", get(verify::link))
        .route("/kickoff/{org}/{template}/verify", post(verify::confirm))
        // As the address was written elsewhere (D22).
        .route("/{org}/public/kickoff/{template}", get(form::by_alias))
}

/// Whether a path belongs to these pages.
pub(crate) fn is_page(path: &str) -> bool {
    path.starts_with("/kickoff/") || path.split('/').skip(2).take(2).eq(["public", "kickoff"])
}

/// The address of a form.
pub(crate) fn address(org: OrgId, template: TemplateId) -> String {
    format!("/kickoff/{org}/{template}")
}

/// A request about a form that is open. Of others nothing is told but that.
#[derive(Debug, Clone)]
struct Visit {
    open: OpenForm,
    /// The last part of the path, where there is one behind the form's.
    rest: String,
    headers: HeaderMap,
    origin: RequestOrigin,
    now: Timestamp,
}

/// The part of the path with this name.
async fn part_of_path(parts: &mut Parts, app: &Arc<App>, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let org = part_of_path(parts, app, "org").await.and_then(|id| id.parse().ok());
        let template = part_of_path(parts, app, "template").await;
        let (Some(org), Some(named)) = (org, template) else {
            return Err(closed(&parts.headers).into_response());
        };
        let Ok(template) = named.parse() else {
            return Err(form::to_form(app, org, named, (&parts.headers, &parts.uri)).await.into_response());
        };
        let found = app.store.read(move |tx| kickoff::find(tx, org, template)).await;
        let open = match found.map_err(|error: hospes_store::Error| Error::from(error)) {
            Ok(Some(open)) => open,
            Ok(None) => return Err(closed(&parts.headers).into_response()),
            Err(error) => return Err(error.into_response()),
        };
        let mut rest = String::new();
        for name in ["id", "secret", "file"] {
            rest = part_of_path(parts, app, name).await.unwrap_or(rest);
        }
        Ok(Self {
            open,
            rest,
            origin: RequestOrigin::of(&parts.extensions),
            headers: parts.headers.clone(),
            now: app.clock.now(),
        })
    }
}

impl Visit {
    /// A page of this form: `rest` is empty or begins with a slash.
    fn path(&self, rest: &str) -> String {
        format!("{}{rest}", address(self.open.org.id, self.open.template.id))
    }

    /// What the tokens of its forms are good for.
    fn place(&self) -> String {
        format!("kickoff {} {}", self.open.org.id, self.open.template.id)
    }

    /// A token for a form.
    fn token(&self, app: &App) -> String {
        app.form_key.issue(&self.place(), self.now)
    }

    /// Whether a posted token is ours, and not too old.
    fn accepts(&self, app: &App, token: &str) -> bool {
        app.form_key.accepts(&self.place(), token, self.now)
    }

    /// The fields of a posted form. One of another site's page is refused.
    async fn fields(&self, app: &App, body: axum::body::Body) -> Result<Fields, Error> {
        if csrf::is_foreign(&app.settings.public_url, &self.headers) {
            return Err(Error::foreign_form());
        }
        Fields::read(&self.headers, body).await
    }
}

/// The page for every form that is not open, whatever the reason.
fn closed(headers: &HeaderMap) -> Result<Response, Error> {
    let draft = Draft::plain(headers);
    let (title, line) = (draft.text().say("kickoff-closed-title"), draft.text().say("kickoff-closed"));
    let mut response = draft.answer(title, vec![line], Vec::new(), None)?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}
