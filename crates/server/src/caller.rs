//! Who asks, and for which organization.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use hospes_model::member::{Action, Actor};
use hospes_model::{OrgId, OrgNo};
use hospes_store::tokens::Standing;
use percent_encoding::percent_decode_str;

use crate::app::App;
use crate::error::Error;

/// What the edge found out about the caller's token.
#[derive(Debug, Clone)]
pub(crate) enum Token {
    /// No `Authorization` header, or one that is no bearer token.
    Missing,
    /// A token that does not work.
    Invalid,
    /// A working token.
    Valid(Standing),
}

/// Reads the bearer token: the scheme, exactly one space, the token.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let well_formed = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ');
    well_formed.then_some(token)
}

/// What the [`front`](crate::front) found out about the token.
#[derive(Debug, Clone)]
pub(crate) struct Known(pub(crate) hospes_store::Result<Option<Standing>>);

/// Looks the caller's token up, unless the front has done so.
pub(crate) async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    known: Option<Known>,
) -> Result<Token, Error> {
    let Some(token) = bearer(headers) else { return Ok(Token::Missing) };
    let found = match known {
        Some(Known(found)) => found?,
        None => app.store.standing(hospes_store::tokens::hash(token)).await?,
    };
    Ok(match found {
        Some(standing) if standing.access.expires_at > app.clock.now() => Token::Valid(standing),
        _ => Token::Invalid,
    })
}

/// An authenticated member, on a route without an organization.
#[derive(Debug, Clone)]
pub struct Account(pub(crate) Standing);

impl Account {
    /// The member.
    pub fn actor(&self) -> Actor {
        self.0.access.actor
    }

    /// The organization that the token is for.
    pub fn org(&self) -> OrgNo {
        self.0.access.org
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Account {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        match parts.extensions.get::<Token>() {
            Some(Token::Valid(standing)) => Ok(Self(standing.clone())),
            _ => Err(Error::unauthenticated()),
        }
    }
}

/// An authenticated member of the organization that the path names.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The member and the role held.
    pub actor: Actor,
    /// The organization.
    pub org: OrgNo,
    /// Its public id.
    pub org_id: OrgId,
    /// See [`Standing::guest_revision`].
    pub guest_revision: i64,
}

impl Caller {
    /// Asks whether the caller may do something.
    pub fn may(&self, action: Action) -> Result<(), Error> {
        Ok(self.actor.may(action)?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Account(Standing { access, guest_revision }) = Account::from_request_parts(parts, state).await?;
        let mut named = None;
        each_param(parts, state, |name, value| {
            if name == "org" {
                named = value.parse().ok();
            }
        })
        .await;
        if named != Some(access.org_id) {
            return Err(Error::foreign_organization());
        }
        Ok(Self { actor: access.actor, org: access.org, org_id: access.org_id, guest_revision })
    }
}

/// Hands on the path's parameters: names and decoded values. A value that is
/// not UTF-8 is empty: it names nothing, and each route answers it as it
/// answers whatever names nothing.
async fn each_param<S: Send + Sync>(parts: &mut Parts, state: &S, mut each: impl FnMut(&str, &str)) {
    match RawPathParams::from_request_parts(parts, state).await {
        Ok(params) => params.iter().for_each(|(name, value)| each(name, value)),
        // The only rejection: where one is not UTF-8 the router gives none.
        Err(_) => params_by_hand(parts).iter().for_each(|(name, value)| each(name, value)),
    }
}

fn params_by_hand(parts: &Parts) -> Vec<(&str, String)> {
    let Some(template) = parts.extensions.get::<MatchedPath>() else { return Vec::new() };
    // From behind: a nested router has taken a part off the path, and none off
    // the template.
    let segments = template.as_str().rsplit('/').zip(parts.uri.path().rsplit('/'));
    let mut params: Vec<_> = segments
        .filter_map(|(part, segment)| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            let value = percent_decode_str(segment).decode_utf8().unwrap_or_default();
            Some((name, value.into_owned()))
        })
        .collect();
    params.reverse();
    params
}

/// The path's parameters by name, decoded, for routes about something inside
/// something else.
#[derive(Debug, Clone)]
pub struct Subjects(Vec<(String, String)>);

impl Subjects {
    /// The id that the path has at a name. What is no id names nothing.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Error> {
        let value = self.0.iter().find(|(known, _)| known == name);
        value.and_then(|(_, value)| value.parse().ok()).ok_or_else(Error::not_found)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Subjects {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let mut all = Vec::new();
        each_param(parts, state, |name, value| all.push((name.to_owned(), value.to_owned()))).await;
        Ok(Self(all))
    }
}

/// The path's last parameter, decoded: what the route is about.
#[derive(Debug, Clone)]
pub struct Subject(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Subject {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let mut last = None;
        each_param(parts, state, |name, value| {
            if name != "org" {
                last = Some(value.to_owned());
            }
        })
        .await;
        last.map(Self).ok_or_else(Error::not_found)
    }
}

/// The path's last two parameters, decoded: what the route is about, behind
/// what that belongs to.
#[derive(Debug, Clone)]
pub struct Within(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for Within {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let mut values = Vec::new();
        each_param(parts, state, |name, value| {
            if name != "org" {
                values.push(value.to_owned());
            }
        })
        .await;
        match <[String; 2]>::try_from(values) {
            Ok([outer, inner]) => Ok(Self(outer, inner)),
            Err(_) => Err(Error::not_found()),
        }
    }
}
