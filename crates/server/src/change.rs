//! Requests that change something: reading the body, `Idempotency-Key`,
//! `If-Match`, and the transaction that holds effect, activity and kept answer
//! together (`trust.md` 3).

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_MATCH};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use hospes_model::activity::Cause;
use hospes_model::{EmailAddress, OrgNo};
use hospes_store::idempotency::{self, Answer, Key, Known};
use hospes_store::runs::write::Newcomers;
use hospes_store::{Expected, Tx, orgs};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::caller::Caller;
use crate::entropy;
use crate::error::Error;
use crate::limits::Reservation;
use crate::reply::Reply;
use crate::request::RequestOrigin;

/// Bodies are read up to this size (`trust.md` 4).
pub const BODY_LIMIT: usize = 1 << 20;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request that wants to change something, with its body.
#[derive(Debug)]
pub struct Change {
    app: Arc<App>,
    caller: Caller,
    now: Timestamp,
    origin: RequestOrigin,
    key: Option<String>,
    if_match: Option<String>,
    /// Hashes method, path, query and body; only with a key.
    fingerprint: [u8; 32],
    body: Bytes,
    is_json: bool,
    is_form: bool,
}

impl FromRequest<Arc<App>> for Change {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let caller =
            <Caller as axum::extract::FromRequestParts<_>>::from_request_parts(&mut parts, app).await?;
        let key = parts.headers.get(IDEMPOTENCY_KEY).map(read_key).transpose()?;
        let if_match = match parts.headers.get(IF_MATCH) {
            Some(value) => {
                Some(value.to_str().map_err(|_| Error::from(hospes_model::Refusal::Stale))?.to_owned())
            }
            None => None,
        };
        let body = read_body(body).await?;
        let mut fingerprint = [0; 32];
        if key.is_some() {
            let mut hash = Sha256::new();
            hash.update(parts.method.as_str());
            hash.update([0]);
            hash.update(parts.uri.path().as_bytes());
            hash.update([0]);
            hash.update(parts.uri.query().unwrap_or_default().as_bytes());
            hash.update([0]);
            hash.update(&body);
            fingerprint = hash.finalize().into();
        }
        Ok(Self {
            caller,
            now: app.clock.now(),
            origin: RequestOrigin::of(&parts.extensions),
            key,
            if_match,
            fingerprint,
            is_json: parts.headers.get(CONTENT_TYPE).is_none_or(is_json),
            is_form: parts.headers.get(CONTENT_TYPE).is_some_and(is_form),
            body,
            app: Arc::clone(app),
        })
    }
}

/// Reads a body up to [`BODY_LIMIT`]. What is larger is read on for a while and
/// thrown away: many clients look for the answer only when they have sent all.
pub(crate) async fn read_body(mut body: Body) -> Result<Bytes, Error> {
    const READ_ON: usize = 16 * BODY_LIMIT;
    let mut kept = BytesMut::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::bad_request("INCOMPLETE_BODY", "The body broke off."))?;
        let Ok(data) = frame.into_data() else { continue };
        size += data.len();
        if size <= BODY_LIMIT {
            kept.extend_from_slice(&data);
        } else {
            kept = BytesMut::new();
        }
        if size > READ_ON {
            break;
        }
    }
    if size > BODY_LIMIT { Err(Error::too_large(BODY_LIMIT)) } else { Ok(kept.freeze()) }
}

fn read_key(value: &HeaderValue) -> Result<String, Error> {
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > 255 {
        return Err(Error::invalid("Idempotency-Key", "Must be 1 to 255 visible ASCII characters."));
    }
    Ok(key.to_owned())
}

/// The type of a body without its parameters.
fn kind(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

pub(crate) fn is_form(value: &HeaderValue) -> bool {
    kind(value).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn is_json(value: &HeaderValue) -> bool {
    let kind = kind(value);
    kind.eq_ignore_ascii_case("application/json")
        || (kind.len() > 5 && kind[kind.len() - 5..].eq_ignore_ascii_case("+json"))
}

/// Reads a body as JSON; none at all reads as an empty object.
fn parse(body: &Bytes, is_json: bool) -> Result<Value, Error> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    if !is_json {
        return Err(Error::unsupported_media_type());
    }
    serde_json::from_slice(body)
        .map_err(|error| Error::bad_request("INVALID_JSON", format!("The body is not valid JSON: {error}.")))
}

/// An answer that nothing on its way may keep.
pub fn secret_response(reply: Reply) -> Response {
    let mut response = reply.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Work that may turn out to make guests, and asks for room for them.
type Admitting<'a, T> = dyn FnMut(&mut Tx<'_>, &mut Newcomers<'_, Error>) -> Result<T, Error> + 'a;

/// Room for the guests whom a change turns out to make while it is worked on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rooms(Arc<Mutex<Vec<Reservation>>>);

impl Rooms {
    /// Runs the work, which asks for room as it goes. It may be run again.
    pub(crate) fn during<T>(
        &self,
        app: &App,
        org: OrgNo,
        tx: &mut Tx<'_>,
        work: &mut Admitting<'_, T>,
    ) -> Result<T, Error> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What an earlier run of this work reserved is given back.
        rooms.clear();
        let mut admit = |unknown: &[EmailAddress]| {
            rooms.push(app.limits.reserve_guests(org, unknown.len())?);
            Ok(())
        };
        let mut newcomers = Newcomers { code: &mut entropy::guest_code, admit: &mut admit };
        let done = work(tx, &mut newcomers)?;
        // Nothing can go wrong from here on but the commit.
        rooms.iter().try_for_each(|room| room.during(|| Ok::<_, Error>(())))?;
        Ok(done)
    }

    /// Ends the reservations, when the transaction has ended.
    pub(crate) fn settle(self, committed: bool) {
        let rooms = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for room in rooms {
            room.settle(committed);
        }
    }
}

/// A request to change something by somebody who has no token: what the body
/// holds must say whether they may. Tries are few ([`attempt`]), and
/// `Idempotency-Key` has no effect.
///
/// [`attempt`]: crate::limits::Limits::attempt
#[derive(Debug)]
pub struct OpenChange {
    app: Arc<App>,
    now: Timestamp,
    origin: RequestOrigin,
    body: Bytes,
    is_json: bool,
}

impl FromRequest<Arc<App>> for OpenChange {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let origin = RequestOrigin::of(&parts.extensions);
        // Whoever guesses is stopped before anything is read.
        origin.address.0.map_or(Ok(()), |from| app.limits.attempt(from))?;
        Ok(Self {
            now: app.clock.now(),
            origin,
            is_json: parts.headers.get(CONTENT_TYPE).is_none_or(is_json),
            body: read_body(body).await?,
            app: Arc::clone(app),
        })
    }
}

impl OpenChange {
    /// The server.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// When the request was read.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What the activity feed says about the request; who acts is still to be
    /// found out.
    pub fn cause(&self) -> Cause {
        self.origin.cause(self.now)
    }

    /// The body as JSON. No body at all reads as an empty object.
    pub fn json(&self) -> Result<Value, Error> {
        parse(&self.body, self.is_json)
    }
}

impl Change {
    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The server.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// When the request was read.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What the activity feed says about the request.
    pub fn cause(&self) -> Cause {
        Cause { actor: Some(self.caller.actor.id), ..self.origin.cause(self.now) }
    }

    /// The body as JSON. No body at all reads as an empty object.
    pub fn json(&self) -> Result<Value, Error> {
        parse(&self.body, self.is_json)
    }

    /// The body as JSON, or a form with its fields as an object of texts; the
    /// last of several equal names counts.
    pub fn json_or_form(&self) -> Result<Value, Error> {
        if !self.is_form {
            return self.json();
        }
        let fields = form_urlencoded::parse(&self.body);
        Ok(Value::Object(fields.map(|(key, value)| (key.into_owned(), value.into_owned().into())).collect()))
    }

    /// The state that `If-Match` demands. Only the revision counts, up to the
    /// dash of a validator.
    pub fn expected(&self) -> Expected {
        match self.if_match.as_deref() {
            None | Some("*") => Expected::Any,
            Some(list) => Expected::Revisions(revisions(list)),
        }
    }

    /// Whether this request was answered before under its `Idempotency-Key`.
    /// What is given again is not counted again.
    pub async fn is_repeated(&self) -> Result<bool, Error> {
        let Some(key) = self.idempotency_key() else { return Ok(false) };
        let now = self.now;
        let known = self.app.store.read_single(move |tx| idempotency::find(tx, &key, now)).await?;
        Ok(matches!(known, Known::Answered(_)))
    }

    fn idempotency_key(&self) -> Option<Key> {
        let (org, member) = (self.caller.org, self.caller.actor.id);
        self.key.clone().map(|key| Key { org, member, key, fingerprint: self.fingerprint })
    }

    /// [`run`](Self::run) for a change that makes guests: they take up the room
    /// that is reserved for them if it succeeds, and none if it does not.
    pub async fn run_reserved(
        self,
        reservation: Reservation,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply, Error> + Send + 'static,
    ) -> Result<Response, Error> {
        let held = reservation.clone();
        let outcome = self.run(move |tx| held.during(|| work(tx))).await;
        reservation.settle(outcome.is_ok());
        outcome
    }

    /// [`run`](Self::run) for a change of a process, which turns out to make
    /// guests only while it is worked on: room for them is reserved then.
    pub async fn run_admitting(
        self,
        mut work: impl FnMut(&mut Tx<'_>, &mut Newcomers<'_, Error>) -> Result<Reply, Error> + Send + 'static,
    ) -> Result<Response, Error> {
        let (app, org) = (Arc::clone(&self.app), self.caller.org);
        let rooms = Rooms::default();
        let held = rooms.clone();
        let outcome = self.run(move |tx| held.during(&app, org, tx, &mut work)).await;
        rooms.settle(outcome.is_ok());
        outcome
    }

    /// Runs a change whose answer holds a secret, which must be kept nowhere:
    /// an `Idempotency-Key` has no effect, and the same request makes another
    /// secret. The one before must be dead then, so that a lost answer is lost.
    pub async fn run_secret(
        self,
        work: impl FnMut(&mut Tx<'_>) -> Result<Reply, Error> + Send + 'static,
    ) -> Result<Response, Error> {
        Ok(secret_response(self.app.store.write(work).await?))
    }

    /// Runs the change in one transaction and answers. With an
    /// `Idempotency-Key` the answer is kept with it, and given again to the
    /// same request.
    pub async fn run(
        self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply, Error> + Send + 'static,
    ) -> Result<Response, Error> {
        let Some(key) = self.idempotency_key() else {
            return Ok(self.app.store.write(work).await?.into_response());
        };
        let (org, now) = (key.org, self.now);
        let claim =
            self.app.claim((org.get(), key.member.get(), key.key.clone())).ok_or_else(Error::in_progress)?;
        let outcome = self
            .app
            .store
            .write(move |tx| {
                orgs::lock(tx, org)?;
                match idempotency::find(tx, &key, now)? {
                    Known::Answered(answer) => return Ok(Outcome::Kept(answer)),
                    Known::OtherRequest => {
                        return Err(Error::invalid(
                            "Idempotency-Key",
                            "This Idempotency-Key was used for another request.",
                        ));
                    }
                    Known::New => {}
                }
                let answer = match tx.nested(&mut work) {
                    Ok(reply) => Outcome::New(Ok(reply)),
                    // A refusal is an answer too; a failure is none.
                    Err(error) if error.status().is_client_error() => Outcome::New(Err(error)),
                    Err(error) => return Err(error),
                };
                if let Outcome::New(answer) = &answer {
                    idempotency::keep(tx, &key, &kept(answer), now)?;
                }
                Ok(answer)
            })
            .await;
        drop(claim);
        match outcome? {
            Outcome::New(answer) => answer.map(IntoResponse::into_response),
            Outcome::Kept(answer) => replay(answer),
        }
    }
}

enum Outcome {
    New(Result<Reply, Error>),
    Kept(Answer),
}

fn kept(answer: &Result<Reply, Error>) -> Answer {
    match answer {
        Ok(reply) => {
            Answer { status: reply.status.as_u16(), etag: reply.etag.clone(), body: reply.body.to_vec() }
        }
        Err(error) => Answer {
            status: error.status().as_u16(),
            etag: None,
            body: serde_json::to_vec(&error.body()).unwrap_or_default(),
        },
    }
}

fn replay(answer: Answer) -> Result<Response, Error> {
    const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
    let status = StatusCode::from_u16(answer.status)
        .map_err(|_| Error::internal("a kept answer has no valid status"))?;
    let mut response = if status.is_client_error() {
        let body = serde_json::from_slice(&answer.body)
            .map_err(|error| Error::internal(format!("a kept answer is unreadable: {error}")))?;
        Error::from_body(status, body).into_response()
    } else {
        Reply { status, etag: answer.etag, body: answer.body.into() }.into_response()
    };
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The revisions in a list of strong validators; others match nothing.
fn revisions(list: &str) -> Vec<i64> {
    list.split(',')
        .filter_map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'))
        .filter_map(|tag| tag.split('-').next()?.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_content_types_are_recognised() {
        for good in ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"] {
            assert!(is_json(&HeaderValue::from_static(good)), "{good}");
        }
        for bad in ["text/plain", "application/x-www-form-urlencoded", "json", ""] {
            assert!(!is_json(&HeaderValue::from_static(bad)), "{bad}");
        }
    }

    #[test]
    fn only_strong_validators_count_for_writes() {
        assert_eq!(revisions("\"12\", \"7-9\""), [12, 7]);
        assert_eq!(revisions("W/\"12\", 12, \"x\""), Vec::<i64>::new());
    }
}
