//! `GET /guest/{code}`: a guest's tasks; the entrance for everybody else.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hospes_model::GuestCode;
use hospes_store::workplace::list::Show;
use hospes_store::workplace::sessions::{self, Glance};
use jiff::Timestamp;

use super::csrf::Csrf;
use super::kept::{self, Which};
use super::tasks::{self, Wanted};
use super::{cookies, entrance, presence, reader, session};
use crate::app::App;
use crate::error::Error;
use crate::request::ClientAddress;

/// The route, as it is counted.
pub(crate) const ROUTE: &str = "/guest/{code}";

/// The locator.
pub(crate) async fn home(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let (mut parts, _) = request.into_parts();
    // Read before the list is: what changes in between makes the list newer than
    // its stamp, which is then given to nobody.
    let seen = match (parts.extensions.remove::<Asked>(), session::code_in(&mut parts, &app).await) {
        (Some(asked), _) => Some(asked),
        (None, Ok(code)) => glance(&app, &code, &parts.headers, &parts.uri).await?,
        (None, Err(_)) => None,
    };
    let wanted = Wanted::of(&parts.uri);
    match session::find_with(&app, &mut parts, move |tx, standing| wanted.read(tx, standing)).await? {
        Some((guest, found)) => tasks::show(&app, &guest, &parts.headers, found, seen.as_ref()),
        None => entrance::show(&app, &mut parts, None).await,
    }
}

/// A request for a list that may be kept.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) which: Which,
    pub(crate) glance: Glance,
    secret: String,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the secret.
        write!(f, "Asked({:?})", self.which)
    }
}

/// Which tasks a query asks for, if it asks for nothing else.
fn show_in(uri: &Uri) -> Option<Show> {
    match uri.query() {
        None | Some("show=todo") => Some(Show::Todo),
        Some("show=done") => Some(Show::Done),
        Some("show=all") => Some(Show::All),
        Some(_) => None,
    }
}

/// Looks up who asks for a list that may be kept, and how new it must be.
pub(crate) async fn glance(
    app: &Arc<App>,
    code: &GuestCode,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Option<Asked>, Error> {
    let Some(show) = show_in(uri).filter(|_| kept::takes_gzip(headers)) else { return Ok(None) };
    let Some(secret) = cookies::read(headers, cookies::SESSION) else { return Ok(None) };
    let (hash, code) = (cookies::hash(&secret), code.clone());
    let found = app.store.read_single(move |tx| Ok::<_, Error>(sessions::glance(tx, &hash, &code)?)).await?;
    Ok(found.map(|glance| {
        let language = reader::language_for(glance.language.as_deref(), headers);
        Asked {
            which: Which { guest: glance.guest, session: glance.session.id, show, language },
            glance,
            secret,
        }
    }))
}

/// The kept list, if there is one that says what is so.
pub(crate) fn again(
    app: &Arc<App>,
    asked: &Asked,
    address: ClientAddress,
    now: Timestamp,
) -> Option<Response> {
    let token = || Csrf::of_session(&asked.secret).field();
    let answer = app.kept.get(&asked.which, &asked.glance, now, token)?;
    presence::note(app, asked.glance.guest, &asked.glance.session, address, now);
    Some(answer)
}
