//! The mail with which a public kick-off form is verified: its secrets are made
//! when it is written, and only their hashes are kept.

use hospes_model::mail::decide::Why;
use hospes_model::workplace::codes;
use hospes_store::kickoff::submit::{self, Addressed};
use hospes_store::mail::letters::Letter;
use hospes_store::mail::strangers::Stranger;

use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::workplace::cookies;
use crate::workplace::entrance::code;
use crate::workplace::kickoff::address;

use super::compose::Words;
use super::compose::kickoff::{Proofs, kickoff};

/// Writes it; or else why there is none.
pub(super) async fn write(
    app: &App,
    letter: &Letter,
    stranger: &Stranger,
) -> Result<Result<Words, Why>, Error> {
    if stranger.is_member {
        return kickoff(letter, &stranger.title, None).map(Ok);
    }
    let (secret, digits) = (entropy::guest_secret(), codes::digits(entropy::bytes()));
    let (hash, slow) = (cookies::hash(&secret), code::hash(digits.clone()).await?);
    let mail =
        Addressed { key: stranger.key, address: letter.address.clone(), submitted_at: stranger.submitted_at };
    let now = app.clock.now();
    let minted: hospes_store::Result<bool> =
        app.store.write(move |tx| submit::mint(tx, &mail, &hash, &slow, now)).await;
    // Whoever sent the form again asked for another mail.
    if !minted? {
        return Ok(Err(Why::TooLate));
    }
    let base = app.settings.public_url.trim_end_matches('/');
    let link = format!("{base}{}/in/{secret}", address(letter.org.id, stranger.template));
    kickoff(letter, &stranger.title, Some(Proofs { link: &link, digits: &digits })).map(Ok)
}
