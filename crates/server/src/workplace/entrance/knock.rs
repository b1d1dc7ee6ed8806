//! A form posted at the entrance, where nobody has a session yet: where it came
//! from is checked here, before anything is looked up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use hospes_model::GuestCode;
use hospes_model::activity::Cause;
pub(super) use hospes_store::workplace::counts::take_all as count;
use hospes_store::workplace::{Hash, counts};
use jiff::Timestamp;

use crate::app::App;
use crate::error::Error;
use crate::request::{ClientAddress, RequestOrigin};
use crate::workplace::csrf;
use crate::workplace::session::{Fields, code_in};

/// A posted form.
#[derive(Debug)]
pub(super) struct Knock {
    /// The link that it belongs to; `None` at the front page.
    pub(super) code: Option<GuestCode>,
    pub(super) fields: Fields,
    pub(super) headers: HeaderMap,
    pub(super) origin: RequestOrigin,
    pub(super) now: Timestamp,
    /// Whether the form was shown here and not too long ago. One that was not
    /// is shown again.
    pub(super) is_fresh: bool,
}

/// The front page's place among tokens; no guest code is as short.
pub(super) const FRONT: &str = "front";

impl FromRequest<Arc<App>> for Knock {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let code = if parts.uri.path() == "/guest" {
            None
        } else {
            Some(code_in(&mut parts, app).await.map_err(IntoResponse::into_response)?)
        };
        if csrf::is_foreign(&app.settings.public_url, &parts.headers) {
            return Err(Error::foreign_form().into_response());
        }
        let fields = Fields::read(&parts.headers, body).await.map_err(IntoResponse::into_response)?;
        let now = app.clock.now();
        let place = code.as_ref().map_or(FRONT, GuestCode::as_str);
        Ok(Self {
            is_fresh: app.form_key.accepts(place, fields.get(csrf::FIELD), now),
            code,
            fields,
            origin: RequestOrigin::of(&parts.extensions),
            headers: parts.headers,
            now,
        })
    }
}

impl Knock {
    /// The link that the form belongs to.
    pub(super) fn code(&self) -> Result<GuestCode, Error> {
        self.code.clone().ok_or_else(Error::not_found)
    }

    /// What the activity feed says.
    pub(super) fn cause(&self) -> Cause {
        self.origin.cause(self.now)
    }

    /// The network that is counted.
    pub(super) fn network(&self) -> Hash {
        counted_network(self.origin.address)
    }
}

/// The network of an address, as it is counted.
pub(in crate::workplace) fn counted_network(address: ClientAddress) -> Hash {
    counts::subject(&match address.0 {
        Some(address) => format!("network {}", network(address)),
        None => "no network".to_owned(),
    })
}

/// The part of an address that a household or a company has: the first 24 bits
/// of version 4, the first 64 of version 6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_counted_together() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.77"), "192.0.2.0");
        assert_eq!(network("::ffff:192.0.2.77"), "192.0.2.0");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
