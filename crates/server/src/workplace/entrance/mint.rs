//! What mails carry: links with a one-time secret, and codes to type. Both are
//! made at the moment in which a mail is composed; only their hashes are kept.
//! They prove the mailbox that the mail goes to, so none is made for a guest
//! whose address has become another since the mail was read.

use hospes_model::mail::decide::Why;
use hospes_model::workplace::codes;
use hospes_model::{EmailAddress, GuestKey, TaskId};
use hospes_store::Tx;
use hospes_store::mail::outbox::Outcome;
use hospes_store::orgs;
use hospes_store::workplace::{self, Hash, secrets};

use super::{Behind, code, locator, read_behind};
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::workplace::cookies;

/// Whom a mail is for: the guest, and the address that the mail goes to.
pub type Receiver<'a> = (GuestKey, &'a EmailAddress);

/// The guest whom a mail is for; or else what becomes of the mail. Nothing about
/// the guest changes until the transaction ends.
fn receiver(
    tx: &mut Tx<'_>,
    guest: GuestKey,
    address: &EmailAddress,
) -> hospes_store::Result<Result<Behind, Outcome>> {
    let org = orgs::of_guest(tx, guest)?;
    orgs::lock(tx, org.no)?;
    if !hospes_store::guests::links::is_open(tx, guest)? {
        return Ok(Err(Outcome::Dropped(Why::GuestDisabled)));
    }
    let behind = read_behind(tx, guest)?;
    // It is read once more then, and written to the address that it is now.
    Ok(if behind.guest.email == *address { Ok(behind) } else { Err(Outcome::Released) })
}

/// The address to put into a mail to a guest, of one task or of all.
///
/// Under the policy `verify` it carries a fresh secret that works once and for
/// 30 days; otherwise it is the locator. A mail has one such link: every call
/// makes another secret. When the guest is gone or disabled, or has another
/// address, nothing is to be mailed: the answer says what becomes of the mail.
pub async fn mint_link(
    app: &App,
    (guest, address): Receiver<'_>,
    task: Option<TaskId>,
) -> Result<Result<String, Outcome>, Error> {
    let secret = entropy::guest_secret();
    let (hash, now, address) = (cookies::hash(&secret), app.clock.now(), address.clone());
    let minted = app
        .store
        .write(move |tx| {
            let behind = match receiver(tx, guest, &address)? {
                Ok(behind) => behind,
                Err(outcome) => return Ok(Err(outcome)),
            };
            let with_secret = behind.org.settings.guest_link_policy.mails_secrets();
            if with_secret {
                secrets::mint(tx, guest, &hash, now)?;
            }
            Ok::<_, hospes_store::Error>(Ok((behind.guest.code, with_secret)))
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
/// ten minutes and replace those that were mailed for the browser before. As
/// with links nothing may have to be mailed.
pub async fn mint_code(
    app: &App,
    (guest, address): Receiver<'_>,
    browser: Hash,
) -> Result<Result<String, Outcome>, Error> {
    let digits = codes::digits(entropy::bytes());
    let (hash, now, address) = (code::hash(digits.clone()).await?, app.clock.now(), address.clone());
    let minted = app
        .store
        .write(move |tx| {
            if let Err(outcome) = receiver(tx, guest, &address)? {
                return Ok(Err(outcome));
            }
            workplace::codes::put(tx, guest, &browser, &hash, now)?;
            Ok::<_, hospes_store::Error>(Ok(()))
        })
        .await?;
    Ok(minted.map(|()| digits))
}
