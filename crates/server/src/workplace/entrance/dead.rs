//! `/guest/{code}/link`: a link that leads nowhere offers one button, which mails
//! a fresh one to the registered address. The answer is the same whether or not
//! there is one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_model::workplace::codes::{MAILS_ASKED, MAILS_FOR_NETWORK, MAILS_TO_MAILBOX};
use hospes_store::guests;
use hospes_store::workplace::{counts, locate, wanted};
use jiff::SignedDuration;

use super::code::of_link;
use super::knock::{self, Knock};
use super::page::Draft;
use super::{Door, page};
use crate::app::App;
use crate::error::Error;
use crate::workplace::session::see_other;

/// Mails a fresh link.
pub(super) async fn send(State(app): State<Arc<App>>, knock: Knock) -> Result<Response, Error> {
    let code = knock.code()?;
    if !knock.is_fresh {
        return Door::posted(code, &knock.fields).page(&app, &knock.headers, Some(page::Fault::Stale)).await;
    }
    let (located, network, now) = (code.clone(), knock.network(), knock.now);
    let counted: Result<(), SignedDuration> = app
        .store
        .write(move |tx| {
            let caps = [(MAILS_FOR_NETWORK, network), (MAILS_ASKED, of_link(&located))];
            if let Err(wait) = knock::count(tx, &caps, now)? {
                return Ok(Err(wait));
            }
            let guest = match locate::find(tx, &located)? {
                Some(guest) => Some(guest),
                None => locate::find_former(tx, &located)?,
            };
            let Some(guest) = guest else { return Ok(Ok(())) };
            let mailbox = counts::mailbox(&guests::get(tx, guest)?.email);
            if counts::take(tx, MAILS_TO_MAILBOX, &mailbox, now)?.is_ok() {
                wanted::ask(tx, guest, wanted::Kind::Link, now)?;
            }
            Ok::<_, hospes_store::Error>(Ok(()))
        })
        .await?;
    match counted {
        Ok(()) => Ok(see_other(&format!("/guest/{code}/link"))),
        Err(wait) => Draft::plain(&knock.headers).too_many(wait),
    }
}

/// Says that a mail is on its way, if there is anybody to mail to.
pub(super) async fn sent(headers: HeaderMap) -> Result<Response, Error> {
    Draft::plain(&headers).sent()
}
