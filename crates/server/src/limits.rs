//! Rate limits (`wire.md` 1.7, `product.md` 1.17). Each is decided before
//! anything is written.

mod hourly;

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use hospes_model::OrgNo;

pub use hourly::Reservation;

use crate::error::Error;
use hourly::Hourly;

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How many of what in which time; 0 switches a limit off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests a minute of one member, or of one address without a token.
    pub requests_per_minute: u32,
    /// New guests an hour in one organization.
    pub guests_per_hour: u32,
    /// New comments and issues an hour in one organization.
    pub comments_per_hour: u32,
    /// Tries a minute, from one network, of what a secret alone opens.
    pub attempts_per_minute: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            requests_per_minute: 600,
            guests_per_hour: 30,
            comments_per_hour: 120,
            attempts_per_minute: 10,
        }
    }
}

impl Rates {
    /// No limits, for sandboxes.
    pub const OFF: Self =
        Self { requests_per_minute: 0, guests_per_hour: 0, comments_per_hour: 0, attempts_per_minute: 0 };
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// A member, in one organization.
    Member(OrgNo, i64),
    /// A network address.
    Address(IpAddr),
}

/// The counters. They live in memory: each node counts for itself, and a
/// restart forgives.
#[derive(Debug)]
pub struct Limits {
    requests: Option<Keyed<Who>>,
    attempts: Option<Keyed<IpAddr>>,
    guests: Option<Arc<Hourly>>,
    comments: Option<Arc<Hourly>>,
    rates: Rates,
    clock: DefaultClock,
    limit: HeaderValue,
    policy: Option<HeaderValue>,
}

/// What is left to a caller, for the answer's headers.
#[derive(Debug, Clone, Copy)]
pub struct Remaining {
    limit: u32,
    remaining: u32,
}

impl Limits {
    /// Limits at these rates.
    pub fn new(rates: Rates) -> Self {
        let quota = |count: u32, per: Duration| {
            let count = NonZeroU32::new(count)?;
            Some(Quota::with_period(per / count.get())?.allow_burst(count))
        };
        let hourly = |size: u32| (size > 0).then(|| Arc::new(Hourly::new(size)));
        let policy = format!("\"requests\";q={};w=60", rates.requests_per_minute);
        Self {
            requests: quota(rates.requests_per_minute, Duration::from_mins(1))
                .map(|quota| RateLimiter::dashmap(quota).with_middleware()),
            attempts: quota(rates.attempts_per_minute, Duration::from_mins(1))
                .map(|quota| RateLimiter::dashmap(quota).with_middleware()),
            guests: hourly(rates.guests_per_hour),
            comments: hourly(rates.comments_per_hour),
            limit: HeaderValue::from(rates.requests_per_minute),
            rates,
            clock: DefaultClock::default(),
            policy: (rates.requests_per_minute > 0).then(|| HeaderValue::from_str(&policy).ok()).flatten(),
        }
    }

    /// Counts a request; an error when there were too many.
    pub fn request(&self, who: Who) -> Result<Option<Remaining>, Error> {
        let Some(requests) = &self.requests else { return Ok(None) };
        let limit = self.rates.requests_per_minute;
        match requests.check_key(&who) {
            Ok(state) => Ok(Some(Remaining { limit, remaining: state.remaining_burst_capacity() })),
            Err(denied) => Err(Error::too_many(
                format!("You've reached the limit of {limit} requests per minute. Please try again later."),
                seconds(denied.wait_time_from(self.clock.now())),
            )),
        }
    }

    /// Counts a try of what a secret alone opens, right or wrong; an error when
    /// there were too many from this network.
    pub fn attempt(&self, from: IpAddr) -> Result<(), Error> {
        let Some(attempts) = &self.attempts else { return Ok(()) };
        attempts.check_key(&network(from)).map(drop).map_err(|denied| {
            let limit = self.rates.attempts_per_minute;
            Error::too_many(
                format!("You've reached the limit of {limit} attempts per minute. Please try again later."),
                seconds(denied.wait_time_from(self.clock.now())),
            )
        })
    }

    /// What is left to a caller who was refused: nothing.
    pub fn exhausted(&self) -> Remaining {
        Remaining { limit: self.rates.requests_per_minute, remaining: 0 }
    }

    /// Holds room for `count` new guests of an organization, which count when
    /// they have been made; an error when it made too many.
    pub fn reserve_guests(&self, org: OrgNo, count: usize) -> Result<Reservation, Error> {
        let Some(guests) = self.guests.as_ref().filter(|_| count > 0) else { return Ok(Reservation::NONE) };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        guests.reserve(org, count, Instant::now()).map_err(|wait| {
            Error::too_many(
                format!(
                    "You've reached the hourly limit for Guest Invite ({} per hour per organization). \
                     Please try again later.",
                    self.rates.guests_per_hour
                ),
                seconds(wait),
            )
        })
    }

    /// Holds room for a comment in an organization, which counts when it has been
    /// written; an error when there were too many.
    pub fn reserve_comment(&self, org: OrgNo) -> Result<Reservation, Error> {
        let Some(comments) = &self.comments else { return Ok(Reservation::NONE) };
        comments.reserve(org, 1, Instant::now()).map_err(|wait| {
            Error::too_many(
                format!(
                    "You've reached the hourly limit for Comment ({} per hour per organization). \
                     Please try again later.",
                    self.rates.comments_per_hour
                ),
                seconds(wait),
            )
        })
    }

    /// Forgets callers who have been quiet, so that memory stays bounded.
    pub fn sweep(&self) {
        if let Some(requests) = &self.requests {
            requests.retain_recent();
        }
        if let Some(attempts) = &self.attempts {
            attempts.retain_recent();
        }
        for hourly in [&self.guests, &self.comments].into_iter().flatten() {
            hourly.sweep(Instant::now());
        }
    }

    /// Writes what is left into an answer.
    pub fn write_headers(&self, remaining: Remaining, headers: &mut HeaderMap) {
        const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
        const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
        const STANDARD: HeaderName = HeaderName::from_static("ratelimit");
        const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
        headers.insert(LIMIT, self.limit.clone());
        // At most a minute until the whole quota is back.
        let missing = u64::from(remaining.limit - remaining.remaining.min(remaining.limit));
        let reset = (missing * 60).div_ceil(u64::from(remaining.limit.max(1)));
        // On every answer, so without the formatting machinery.
        let (left, reset) = (HeaderValue::from(remaining.remaining), HeaderValue::from(reset));
        let standard = [b"\"requests\";r=", left.as_bytes(), b";t=", reset.as_bytes()].concat();
        if let Ok(standard) = HeaderValue::try_from(standard) {
            headers.insert(STANDARD, standard);
        }
        headers.insert(REMAINING, left);
        if let Some(policy) = &self.policy {
            headers.insert(POLICY, policy.clone());
        }
    }
}

/// The part of an address that its holder cannot choose: of version 6 the first
/// half.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

fn seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_network() {
        let limits = Limits::new(Rates { attempts_per_minute: 2, ..Rates::OFF });
        let attempt = |from: &str| limits.attempt(from.parse().unwrap()).is_ok();
        assert!(attempt("2001:db8::1") && attempt("2001:db8::2") && !attempt("2001:db8:0:0:ffff::"));
        assert!(attempt("2001:db8:0:1::1"));
        assert!(attempt("192.0.2.1") && attempt("::ffff:192.0.2.1") && !attempt("192.0.2.1"));
        assert!(attempt("192.0.2.2"));
        let off = Limits::new(Rates::OFF);
        assert!((0..100).all(|_| off.attempt("192.0.2.1".parse().unwrap()).is_ok()));
    }
}
