//! `/guest/{code}/unsubscribe/{token}`: switching a kind of mail off without
//! signing in, from the footer of a mail or by the mail program's own button
//! (RFC 8058). Opening the page changes nothing.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hospes_model::GuestCode;
use hospes_model::activity::{Cause, GuestActor};
use hospes_model::guest::{Guest, GuestChange, ProfileField};
use hospes_model::mail::Kind;
use hospes_model::mail::preferences::Preferences;
use hospes_store::guests::{self, GuestRef};
use hospes_store::mail::{keys, preferences};
use hospes_store::orgs::{self, Org};
use hospes_store::workplace::locate;
use jiff::tz::TimeZone;

use super::page::{Message, Shell, page};
use super::preferences::kind_key;
use super::reader::brand_of;
use super::session::Fields;
use crate::app::App;
use crate::error::Error;
use crate::mail::unsubscribe;
use crate::request::RequestOrigin;
use crate::text::{Language, Text};

#[derive(Template)]
#[template(path = "workplace/unsubscribe.html")]
struct Sheet {
    shell: Shell,
    kind: String,
    action: String,
}

/// Whom a link is for, and what it switches off.
struct Found {
    /// The code in the link, while it is the guest's. Mails are kept, also by
    /// others, so that an old one must not tell the code that replaced its own.
    code: Option<GuestCode>,
    org: Org,
    guest: Guest,
    wishes: Preferences,
    kind: Kind,
}

/// The page.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path((code, token)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let found = find(&app, &code, &token).await?;
    let shell = shell(&found, &headers)?;
    let kind = shell.text().say(kind_key(found.kind));
    page(StatusCode::OK, &Sheet { shell, kind, action: format!("/guest/{code}/unsubscribe/{token}") })
}

/// Switches the kind off, unless the page's other button was pressed.
pub(crate) async fn switch_off(
    State(app): State<Arc<App>>,
    Path((code, token)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let found = find(&app, &code, &token).await?;
    // Mail programs send other forms too, with nothing that counts.
    let fields = Fields::read(&parts.headers, body).await.unwrap_or_default();
    let shell = shell(&found, &parts.headers)?;
    let t = shell.text().clone();
    let keeps = fields.get("answer") == "keep";
    if !keeps {
        let actor = GuestActor { key: found.guest.key, email: found.guest.email.clone() };
        let cause =
            Cause { guest: Some(actor), ..RequestOrigin::of(&parts.extensions).cause(app.clock.now()) };
        let (org, kind) = (found.org.no, found.kind);
        let named = GuestRef::Code(found.guest.code.clone());
        app.store
            .write(move |tx| {
                let wanted = |before: &Preferences| {
                    let mut after = before.clone();
                    after.mute(kind, true);
                    after
                };
                let nothing = GuestChange::default();
                preferences::change::<Error>(tx, org, &named, &nothing, &wanted, &cause).map(drop)
            })
            .await?;
    }
    let title = if keeps { t.say("unsubscribe-kept") } else { t.say("unsubscribe-done") };
    let line = t.say_of("unsubscribe-kind", "kind", &t.say(kind_key(found.kind)));
    let link =
        found.code.map(|code| (format!("/guest/{code}/preferences"), t.say("mail-footer-preferences")));
    page(StatusCode::OK, &Message { shell, title, lines: vec![line], link })
}

/// What a link leads to. A link that is none of ours leads nowhere, whether
/// there is such a guest or not.
async fn find(app: &App, code: &str, token: &str) -> Result<Found, Error> {
    let code: GuestCode = code.parse().map_err(|_| Error::not_found())?;
    let token = token.to_owned();
    let found = app
        .store
        .read(move |tx| {
            // Mails are kept for longer than links live.
            let current = locate::find(tx, &code)?;
            let Some(key) = current.map_or_else(|| locate::find_former(tx, &code), |key| Ok(Some(key)))?
            else {
                return Ok(None);
            };
            let code = current.is_some().then(|| code.clone());
            let org = orgs::of_guest(tx, key)?;
            let Some(signing) = keys::known(tx, org.no)? else { return Ok(None) };
            let Some(kind) = unsubscribe::read(&signing, key, &token) else { return Ok(None) };
            let (guest, wishes) = (guests::get(tx, key)?, preferences::get(tx, key)?);
            Ok::<_, Error>(Some(Found { code, org, guest, wishes, kind }))
        })
        .await?;
    found.ok_or_else(Error::not_found)
}

fn shell(found: &Found, headers: &HeaderMap) -> Result<Shell, Error> {
    let accept = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let own = found.guest.profile.get(ProfileField::Timezone).and_then(|zone| TimeZone::get(zone).ok());
    let zone = own.map_or_else(|| crate::app::zone_of(&found.org), Ok)?;
    let text = Text::new(Language::choose(found.wishes.language.as_deref(), accept), zone);
    Ok(Shell::new(text, brand_of(&found.org), None))
}
