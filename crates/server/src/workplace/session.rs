//! Who comes to the pages of guests: the session behind a request, and the forms
//! that are posted in it.
//!
//! [`Guest`] is what pages ask for. Everything in it was read for this request:
//! whoever was disabled, removed or given another link a moment ago is out.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hospes_model::activity::{Cause, GuestActor};
use hospes_model::mail::preferences::Preferences;
use hospes_model::{FieldId, GuestCode, OrgNo, TaskId};
use hospes_store::Tx;
use hospes_store::mail::preferences;
use hospes_store::orgs::Org;
use hospes_store::workplace::sessions::{self, Standing, Stored};
use jiff::Timestamp;

use super::csrf::{self, Csrf};
use super::{cookies, entrance, presence};
use crate::app::App;
use crate::change::{is_form, read_body};
use crate::error::Error;
use crate::request::RequestOrigin;

/// A guest with a session, as everything is at the time of the request.
///
/// As an argument of a handler it answers whoever has none with the entrance
/// page: 303 to the locator, with the task that was asked for.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The organization: number, id, name, time zone, settings.
    pub org: Org,
    /// The guest.
    pub guest: hospes_model::guest::Guest,
    /// What the guest wants: the language of pages among it.
    pub preferences: Preferences,
    /// The session.
    pub session: Stored,
    /// The token of its forms.
    pub csrf: Csrf,
    /// When the request was read.
    pub now: Timestamp,
    /// Where it comes from.
    pub origin: RequestOrigin,
}

impl Guest {
    /// The organization's number.
    pub fn org_no(&self) -> OrgNo {
        self.org.no
    }

    /// The address of a page of this guest: `rest` is empty or begins with a slash.
    pub fn path(&self, rest: &str) -> String {
        format!("/guest/{}{rest}", self.guest.code)
    }

    /// What the activity feed says about the request.
    pub fn cause(&self) -> Cause {
        let actor = GuestActor { key: self.guest.key, email: self.guest.email.clone() };
        Cause { guest: Some(actor), ..self.origin.cause(self.now) }
    }
}

/// The guest code in the path. What is none leads nowhere.
pub(crate) async fn code_in(parts: &mut Parts, app: &Arc<App>) -> Result<GuestCode, Error> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Error::not_found())?;
    let code = params.iter().find(|(name, _)| *name == "code");
    code.and_then(|(_, value)| value.parse().ok()).ok_or_else(Error::not_found)
}

/// The session behind a request, if there is one that holds.
pub(crate) async fn find(app: &Arc<App>, parts: &mut Parts) -> Result<Option<Guest>, Error> {
    Ok(find_with(app, parts, |_, _| Ok(())).await?.map(|(guest, ())| guest))
}

/// The same, with what `more` reads for the guest from the same state of the
/// database.
pub(crate) async fn find_with<T: Send + 'static>(
    app: &Arc<App>,
    parts: &mut Parts,
    more: impl FnMut(&mut Tx<'_>, &Standing) -> Result<T, Error> + Send + 'static,
) -> Result<Option<(Guest, T)>, Error> {
    let Ok(code) = code_in(parts, app).await else { return Ok(None) };
    read(app, code, &parts.headers, RequestOrigin::of(&parts.extensions), more).await
}

/// The session at a link that a request's cookie is of, if it holds.
pub(crate) async fn of(
    app: &Arc<App>,
    code: GuestCode,
    headers: &HeaderMap,
    origin: RequestOrigin,
) -> Result<Option<Guest>, Error> {
    Ok(read(app, code, headers, origin, |_, _| Ok(())).await?.map(|(guest, ())| guest))
}

async fn read<T: Send + 'static>(
    app: &Arc<App>,
    code: GuestCode,
    headers: &HeaderMap,
    origin: RequestOrigin,
    mut more: impl FnMut(&mut Tx<'_>, &Standing) -> Result<T, Error> + Send + 'static,
) -> Result<Option<(Guest, T)>, Error> {
    let Some(secret) = cookies::read(headers, cookies::SESSION) else { return Ok(None) };
    let (hash, now) = (cookies::hash(&secret), app.clock.now());
    let found = app.store.read(move |tx| {
        let Some(standing) = sessions::find(tx, &hash, &code)? else { return Ok(None) };
        let preferences = preferences::get(tx, standing.guest.key)?;
        let more = more(tx, &standing)?;
        Ok::<_, Error>(Some((standing, preferences, more)))
    });
    let Some((Standing { org, guest, session }, preferences, more)) = found.await? else {
        return Ok(None);
    };
    let settings = &org.settings;
    if !session.session.holds(settings.guest_link_policy, settings.guest_link_strict_days, now) {
        return Ok(None);
    }
    let guest = Guest { csrf: Csrf::of_session(&secret), now, origin, org, guest, preferences, session };
    presence::note(app, guest.guest.key, &guest.session, guest.origin.address, now);
    Ok(Some((guest, more)))
}

/// 303 to a page, whose address is made of plain characters.
pub fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/guest"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Where somebody without a session goes: to the locator, which keeps the task
/// that was asked for in mind.
async fn to_entrance(app: &Arc<App>, parts: &mut Parts) -> Response {
    let Ok(code) = code_in(parts, app).await else { return Error::not_found().into_response() };
    let mut segments = parts.uri.path().split('/').skip_while(|segment| *segment != "tasks");
    let task = segments.nth(1).and_then(|id| id.parse::<TaskId>().ok());
    see_other(&entrance::locator(&code, task))
}

impl FromRequestParts<Arc<App>> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        match find(app, parts).await {
            Ok(Some(guest)) => Ok(guest),
            Ok(None) => Err(to_entrance(app, parts).await),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// The fields of a posted form, in their order.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The value of a field; "" when it was not posted. The last of several
    /// counts.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Fields that were read elsewhere.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether some were posted for a question that is none of these (`f.{id}`):
    /// the form was another one when it was shown.
    pub(crate) fn are_foreign_to(&self, asked: &(impl Iterator<Item = FieldId> + Clone)) -> bool {
        let mut ids = self.0.iter().filter_map(|(name, _)| name.strip_prefix("f.")?.split('.').next());
        ids.any(|id| asked.clone().all(|known| known.to_string() != id))
    }

    /// Reads a body up to 1 MiB of the type that forms have.
    pub(crate) async fn read(headers: &HeaderMap, body: axum::body::Body) -> Result<Self, Error> {
        let bytes = read_body(body).await?;
        if !bytes.is_empty() && !headers.get(CONTENT_TYPE).is_some_and(is_form) {
            return Err(Error::unsupported_media_type());
        }
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}

/// A form that a guest posted: the session, its token checked, the fields.
#[derive(Debug)]
pub struct Form {
    /// Who posted it.
    pub guest: Guest,
    /// What is in it.
    pub fields: Fields,
}

/// Checks that a request which changes something comes from our own page: for
/// forms of other types than [`Form`] reads, with the token that they carry.
pub fn check_origin(app: &App, headers: &HeaderMap, guest: &Guest, token: &str) -> Result<(), Error> {
    if csrf::is_foreign(&app.settings.public_url, headers) || !guest.csrf.accepts(token) {
        return Err(Error::foreign_form());
    }
    Ok(())
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        debug_assert!(parts.method == Method::POST, "forms are posted");
        let guest = Guest::from_request_parts(&mut parts, app).await?;
        let fields =
            Fields::read(&parts.headers, body).await.map_err(axum::response::IntoResponse::into_response)?;
        check_origin(app, &parts.headers, &guest, fields.get(csrf::FIELD))
            .map_err(axum::response::IntoResponse::into_response)?;
        Ok(Self { guest, fields })
    }
}
