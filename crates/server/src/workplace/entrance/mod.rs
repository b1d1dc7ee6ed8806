//! The entrance: what somebody without a session sees and may do (`trust.md` 1,
//! `product.md` 1.6).
//!
//! GET shows pages and writes nothing. What a link leads to is never told apart
//! from what it does not lead to: whoever asks for a mail gets the same answer
//! whether or not there is somebody to mail it to.

pub(crate) mod code;
mod dead;
mod devices;
pub(in crate::workplace) mod enter;
mod front;
pub(in crate::workplace) mod knock;
pub mod mint;
pub(crate) mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use hospes_model::workplace::links::{Entrance, SecretState};
use hospes_model::{GuestCode, GuestKey, TaskId};
use hospes_store::orgs::{self, Org};
use hospes_store::workplace::{locate, secrets};
use hospes_store::{Tx, guests};

use super::session::{code_in, find, see_other};
use super::{cookies, session};
use crate::app::App;
use crate::error::Error;

use page::Draft;

pub use mint::{Receiver, mint_code, mint_link};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/guest", get(front::show).post(front::send))
        .route("/guest/sent", get(front::sent))
        .route("/guest/{code}/in/{secret}", get(with_secret))
        .route("/guest/{code}/in/{secret}/{task}", get(with_secret))
        .route("/guest/{code}/enter", post(enter::enter))
        .route("/guest/{code}/code", get(code::show).post(code::send))
        .route("/guest/{code}/code/check", post(code::check))
        .route("/guest/{code}/link", get(dead::sent).post(dead::send))
        .route("/guest/{code}/devices", get(devices::show).post(devices::end))
        .route("/guest/{code}/leave", get(devices::left).post(devices::leave))
}

/// The address of a guest's entrance, and of the task to go on to from there.
pub(crate) fn locator(code: &GuestCode, task: Option<TaskId>) -> String {
    match task {
        Some(task) => format!("/guest/{code}?task={task}"),
        None => format!("/guest/{code}"),
    }
}

/// Where somebody who got in goes.
fn destination(code: &GuestCode, task: Option<TaskId>) -> String {
    match task {
        Some(task) => format!("/guest/{code}/tasks/{task}"),
        None => format!("/guest/{code}"),
    }
}

/// Whose workplace a live link leads to.
#[derive(Debug, Clone)]
struct Behind {
    org: Org,
    guest: hospes_model::guest::Guest,
}

fn behind(tx: &mut Tx<'_>, code: &GuestCode) -> hospes_store::Result<Option<Behind>> {
    let Some(key) = locate::find(tx, code)? else { return Ok(None) };
    read_behind(tx, key).map(Some)
}

fn read_behind(tx: &mut Tx<'_>, key: GuestKey) -> hospes_store::Result<Behind> {
    let guest = guests::get(tx, key)?;
    Ok(Behind { org: orgs::of_guest(tx, key)?, guest })
}

/// What the entrance of a link shows.
#[derive(Debug, Clone)]
struct Door {
    code: GuestCode,
    /// The secret in the link, if there was one.
    secret: Option<String>,
    task: Option<TaskId>,
}

impl Door {
    /// What was posted in the hidden fields of a form of the entrance.
    fn posted(code: GuestCode, fields: &session::Fields) -> Self {
        let secret = Some(fields.get("secret")).filter(|secret| cookies::is_secret(secret));
        Self { code, secret: secret.map(str::to_owned), task: fields.get("task").parse().ok() }
    }

    /// The page for somebody without a session. `fault`: what was wrong with
    /// the form that was posted, if it was one.
    async fn page(
        &self,
        app: &App,
        headers: &HeaderMap,
        fault: Option<page::Fault>,
    ) -> Result<Response, Error> {
        let (code, secret, now) =
            (self.code.clone(), self.secret.as_deref().map(cookies::hash), app.clock.now());
        let found: Option<(Behind, Option<SecretState>)> = app
            .store
            .read(move |tx| {
                let Some(behind) = behind(tx, &code)? else { return Ok(None) };
                let key = behind.guest.key;
                let state = secret.as_ref().map(|hash| secrets::state(tx, key, hash, now)).transpose()?;
                Ok::<_, hospes_store::Error>(Some((behind, state)))
            })
            .await?;
        let token = app.form_key.of_code(&self.code, now);
        let Some((behind, state)) = found else {
            return Draft::plain(headers).dead(&self.code, &token);
        };
        let hidden = page::Hidden { code: &self.code, token: &token, task: self.task };
        let draft = Draft::of(&behind.org, headers);
        match behind.org.settings.guest_link_policy.entrance(state) {
            Entrance::Press => draft.press(&hidden, fault),
            Entrance::Confirm => draft.confirm(&hidden, self.secret.as_deref().unwrap_or_default(), fault),
            Entrance::Code { spent } => draft.offer_code(&hidden, spent, fault),
        }
    }
}

/// The entrance of the link in the path, for somebody without a session.
pub(crate) async fn show(
    app: &Arc<App>,
    parts: &mut Parts,
    secret: Option<String>,
) -> Result<Response, Error> {
    let Ok(code) = code_in(parts, app).await else { return Err(Error::not_found()) };
    let query = parts.uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "task");
    let task = asked.and_then(|(_, id)| id.parse().ok());
    Door { code, secret, task }.page(app, &parts.headers, None).await
}

/// `GET /guest/{code}/in/{secret}` and `…/{task}`: a mailed link. Shows the
/// entrance with the secret in its form; nothing is used up.
async fn with_secret(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let (mut parts, _) = request.into_parts();
    let code = code_in(&mut parts, &app).await?;
    let mut segments = parts.uri.path().split('/').skip_while(|segment| *segment != "in").skip(1);
    let secret = segments.next().map(str::to_owned);
    let task: Option<TaskId> = segments.next().and_then(|id| id.parse().ok());
    if find(&app, &mut parts).await?.is_some() {
        return Ok(see_other(&destination(&code, task)));
    }
    Door { code, secret, task }.page(&app, &parts.headers, None).await
}
