//! What every handler can reach.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use hospes_model::workflow::Calendar;
use hospes_model::{EmailAddress, FieldErrors, GuestCode, OrgNo};
use hospes_store::Store;
use hospes_store::orgs::{self, Org};
use jiff::tz::TimeZone;

use crate::domains::DomainCheck;
use crate::entropy;
use crate::error::Error;
use crate::files::Files;
use crate::limits::Limits;
use crate::mail::Mail;
use crate::page_cache::PageCache;
use crate::places::Places;
use crate::time::Clock;
use crate::workplace::csrf::FormKey;
use crate::workplace::kept::Kept;

/// An organization's time zone, in which dates without one are meant.
pub fn zone_of(org: &Org) -> Result<TimeZone, Error> {
    TimeZone::get(&org.timezone).map_err(|error| Error::internal(format!("the organization's zone: {error}")))
}

/// The parts of a running server.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What the operator decided.
    pub settings: Settings,
    /// Rate limits and their counters.
    pub limits: Limits,
    /// Rendered pages of guests.
    pub pages: PageCache,
    /// Task lists of guests.
    pub(crate) kept: Kept,
    /// Everything of a guest's link before the code, escaped for JSON.
    pub link_prefix: String,
    /// Looks up the domains of new addresses, when the operator wants it.
    pub domains: Option<DomainCheck>,
    /// Where addresses are, when the operator named a database of places.
    pub places: Option<Places>,
    /// Uploaded files.
    pub files: Files,
    /// What the tokens of forms before a session are made with.
    pub(crate) form_key: FormKey,
    /// How mail is sent.
    pub mail: Mail,
    /// Idempotency keys that are being worked on here.
    in_progress: Mutex<HashSet<(i64, i64, String)>>,
}

/// What the operator decided, as far as handlers ask.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where guests reach this server; the start of their links.
    pub public_url: String,
    /// Whether `X-Forwarded-*` comes from a proxy that can be believed.
    pub trust_proxy: bool,
    /// Whether network address, country and city of guests are kept.
    pub store_guest_places: bool,
}

impl Settings {
    /// The usual decisions, at a public address.
    pub fn at(public_url: String) -> Self {
        Self { public_url, trust_proxy: false, store_guest_places: true }
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        clock: Clock,
        settings: Settings,
        limits: Limits,
        domains: Option<DomainCheck>,
        files: Files,
    ) -> Self {
        Self {
            store,
            clock,
            link_prefix: hospes_api::guests::link_prefix(&settings.public_url),
            settings,
            limits,
            pages: PageCache::default(),
            kept: Kept::default(),
            domains,
            places: None,
            files,
            form_key: FormKey::new(entropy::bytes()),
            mail: Mail::default(),
            in_progress: Mutex::default(),
        }
    }

    /// The same, knowing where addresses are.
    #[must_use]
    pub fn with_places(mut self, places: Option<Places>) -> Self {
        self.places = places;
        self
    }

    /// The same, with a way to send mail.
    #[must_use]
    pub fn with_mail(mut self, mail: Mail) -> Self {
        self.mail = mail;
        self
    }

    /// The time zone of the organization with this number; see [`zone_of`].
    pub async fn zone(&self, org: OrgNo) -> Result<TimeZone, Error> {
        zone_of(&self.store.read_single(move |tx| orgs::get(tx, org)).await?)
    }

    /// How the organization with this number counts time.
    pub async fn calendar(&self, org: OrgNo) -> Result<Calendar, Error> {
        Ok(self.store.read_single(move |tx| orgs::get(tx, org)).await?.calendar()?)
    }

    /// The address of a guest's page (`product.md` 1.6).
    pub fn guest_link(&self, code: &GuestCode) -> String {
        format!("{}/guest/{code}", self.settings.public_url.trim_end_matches('/'))
    }

    /// Whether browsers shall send guests' cookies over TLS only: unless guests
    /// reach this server without it. Browsers trust this very machine.
    pub fn secure_cookies(&self) -> bool {
        url::Url::parse(&self.settings.public_url).is_ok_and(|url| {
            let is_here = match url.host() {
                Some(url::Host::Domain(name)) => name == "localhost",
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            };
            url.scheme() == "https" || is_here
        })
    }

    /// Finds fault with an address whose domain takes no mail, where that is
    /// checked. `field` is how the request names the address.
    pub async fn check_domain(&self, email: &EmailAddress, field: &str, faults: &mut FieldErrors) {
        if !self.may_take_mail(email).await {
            faults.add(field, "The email's domain does not take mail.");
        }
    }

    /// Whether the domain of an address may take mail, where that is checked.
    pub async fn may_take_mail(&self, email: &EmailAddress) -> bool {
        match &self.domains {
            Some(domains) => domains.may_take_mail(email).await,
            None => true,
        }
    }

    /// Claims an idempotency key for the life of the guard; `None` when it is
    /// claimed already.
    pub(crate) fn claim(&self, key: (i64, i64, String)) -> Option<Claim<'_>> {
        let mut claimed = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        // Not `then_some`: a claim that is made and dropped here would wait for
        // this very lock.
        claimed.insert(key.clone()).then(|| Claim { app: self, key })
    }
}

/// A claimed idempotency key.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    app: &'a App,
    key: (i64, i64, String),
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.app.in_progress.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
