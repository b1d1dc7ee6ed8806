//! `/guest`: whoever lost the mail types an address, and a link to each workplace
//! of that address is mailed there. The answer is always the same.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_model::EmailAddress;
use hospes_model::workplace::codes::{MAILS_ASKED, MAILS_FOR_NETWORK, MAILS_TO_MAILBOX};
use hospes_store::workplace::{counts, locate, wanted};
use jiff::SignedDuration;

use super::knock::{FRONT, Knock, count};
use super::page::{self, Draft};
use crate::app::App;
use crate::error::Error;
use crate::workplace::session::see_other;

/// The page to type an address into.
pub(super) async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Error> {
    Draft::plain(&headers).front(&app.form_key.issue(FRONT, app.clock.now()), "", None)
}

/// Mails the links.
pub(super) async fn send(State(app): State<Arc<App>>, knock: Knock) -> Result<Response, Error> {
    let typed = knock.fields.get("email").trim();
    let token = app.form_key.issue(FRONT, knock.now);
    let again = |fault| Draft::plain(&knock.headers).front(&token, typed, Some(fault));
    if !knock.is_fresh {
        return again(page::Fault::Stale);
    }
    let Ok(email) = EmailAddress::parse(typed) else { return again(page::Fault::NoAddress) };
    let (network, now) = (knock.network(), knock.now);
    let counted: Result<(), SignedDuration> = app
        .store
        .write(move |tx| {
            // What is typed is counted, known or not: nothing else about the answer could be the same.
            let mailbox = counts::mailbox(&email);
            let caps = [(MAILS_FOR_NETWORK, network), (MAILS_ASKED, mailbox)];
            if let Err(wait) = count(tx, &caps, now)? {
                return Ok(Err(wait));
            }
            let guests = locate::of_address(tx, email.folded())?;
            // One press counts as one mail, however many organizations answer it.
            if !guests.is_empty() && counts::take(tx, MAILS_TO_MAILBOX, &mailbox, now)?.is_ok() {
                for guest in guests {
                    wanted::ask(tx, guest, wanted::Kind::Recovery, now)?;
                }
            }
            Ok::<_, hospes_store::Error>(Ok(()))
        })
        .await?;
    match counted {
        Ok(()) => Ok(see_other("/guest/sent")),
        Err(wait) => Draft::plain(&knock.headers).too_many(wait),
    }
}

/// Says that mails are on their way, if there is anything to mail.
pub(super) async fn sent(headers: HeaderMap) -> Result<Response, Error> {
    Draft::plain(&headers).sent()
}
