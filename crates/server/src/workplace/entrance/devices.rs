//! `/guest/{code}/devices` and `/guest/{code}/leave`: a guest's own sessions, and
//! ending them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use hospes_model::SessionId;
use hospes_store::workplace::sessions::{self, Which};

use super::page::{self, Draft};
use crate::app::App;
use crate::error::Error;
use crate::workplace::cookies;
use crate::workplace::session::{Form, Guest, see_other};

/// The list.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    guest: Guest,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let key = guest.guest.key;
    let all = app.store.read_single(move |tx| sessions::list(tx, key)).await.map_err(Error::from)?;
    let settings = &guest.org.settings;
    let live = all.into_iter().filter(|stored| {
        stored.session.holds(settings.guest_link_policy, settings.guest_link_strict_days, guest.now)
    });
    page::devices(&guest, &headers, &live.collect::<Vec<_>>())
}

/// Ends one session, all others, or all.
pub(super) async fn end(State(app): State<Arc<App>>, form: Form) -> Result<Response, Error> {
    let own = form.guest.session.id;
    let which = match form.fields.get("end") {
        "others" => Which::Others(own),
        "all" => Which::All,
        id => Which::One(id.parse::<SessionId>().map_err(|_| Error::not_found())?),
    };
    end_sessions(&app, &form.guest, which).await?;
    if which == Which::All || which == Which::One(own) {
        return Ok(out(&app, &form.guest));
    }
    Ok(see_other(&form.guest.path("/devices")))
}

/// Signs out.
pub(super) async fn leave(State(app): State<Arc<App>>, form: Form) -> Result<Response, Error> {
    end_sessions(&app, &form.guest, Which::One(form.guest.session.id)).await?;
    Ok(out(&app, &form.guest))
}

async fn end_sessions(app: &App, guest: &Guest, which: Which) -> Result<(), Error> {
    let (org, about, cause) = (guest.org_no(), guest.guest.clone(), guest.cause());
    let ended: hospes_store::Result<u64> =
        app.store.write(move |tx| sessions::end(tx, org, &about, which, &cause)).await;
    Ok(ended.map(drop)?)
}

fn out(app: &App, guest: &Guest) -> Response {
    let cookie = cookies::no_session(app, &guest.guest.code);
    ([(SET_COOKIE, cookie)], see_other(&guest.path("/leave"))).into_response()
}

/// The page for somebody who has left, or did not want to come in.
pub(super) async fn left(headers: HeaderMap) -> Result<Response, Error> {
    Draft::plain(&headers).left()
}
