//! What mails carry: links with a one-time secret, and codes to type. Both are
//! made at the moment in which a mail is composed; only their hashes are kept.

use hospes_model::workplace::codes;
use hospes_model::{GuestKey, TaskId};
use hospes_store::workplace::{self, Hash, secrets};

use super::{code, locator, read_behind};
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::workplace::cookies;

/// The address to put into a mail to a guest, of one task or of all.
///
/// Under the policy `verify` it carries a fresh secret that works once and for
/// 30 days; otherwise it is the locator. A mail has one such link: every call
/// makes another secret. `None` when the guest is gone or disabled: nothing is
/// to be mailed then.
pub async fn mint_link(app: &App, guest: GuestKey, task: Option<TaskId>) -> Result<Option<String>, Error> {
    let secret = entropy::guest_secret();
    let (hash, now) = (cookies::hash(&secret), app.clock.now());
    let minted = app
        .store
        .write(move |tx| {
            if !hospes_store::guests::links::is_open(tx, guest)? {
                return Ok(None);
            }
            let behind = read_behind(tx, guest)?;
            let with_secret = behind.org.settings.guest_link_policy.mails_secrets();
            if with_secret {
                secrets::mint(tx, guest, &hash, now)?;
            }
            Ok::<_, hospes_store::Error>(Some((behind.guest.code, with_secret)))
        })
        .await?;
    Ok(minted.map(|(code, with_secret)| {
        let base = app.settings.public_url.trim_end_matches('/');
        match (with_secret, task) {
            (true, Some(task)) => format!("{base}/guest/{code}/in/{secret}/{task}"),
            (true, None) => format!("{base}/guest/{code}/in/{secret}"),
            (false, task) => format!("{base}{}", locator(&code, task)),
        }
    }))
}

/// The digits to put into a mail to a guest, for the browser whose cookie has
/// this hash ([`wanted::Kind::Code`](workplace::wanted::Kind)). They work for
/// ten minutes and replace those that were mailed for the browser before. `None`
/// when the guest is gone or disabled.
pub async fn mint_code(app: &App, guest: GuestKey, browser: Hash) -> Result<Option<String>, Error> {
    let digits = codes::digits(entropy::bytes());
    let (hash, now) = (code::hash(digits.clone()).await?, app.clock.now());
    let is_open = app
        .store
        .write(move |tx| {
            let is_open = hospes_store::guests::links::is_open(tx, guest)?;
            if is_open {
                workplace::codes::put(tx, guest, &browser, &hash, now)?;
            }
            Ok::<_, hospes_store::Error>(is_open)
        })
        .await?;
    Ok(is_open.then_some(digits))
}
