//! `/guest/{code}/code`: mailing a code, and typing it in. The code is good for
//! the browser that asked for it.

use data_encoding::HEXLOWER;
use std::sync::Arc;

use argon2::Argon2;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use hospes_model::workplace::codes::{
    self, MAILS_ASKED, MAILS_FOR_NETWORK, MAILS_TO_MAILBOX, TRIES_AT_MAILBOX, TRIES_FROM_NETWORK, TRIES_TYPED,
};
use hospes_model::workplace::links::Proof;
use hospes_model::{GuestCode, GuestKey};
use hospes_store::workplace::sessions::{self, New};
use hospes_store::workplace::{Hash, counts, wanted};
use jiff::SignedDuration;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::enter::Entering;
use super::knock::{self, Knock};
use super::page::Draft;
use super::{Behind, Door, behind, page};
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::workplace::cookies;
use crate::workplace::session::{code_in, see_other};

/// What is counted of a link, wherever it leads: a guest's and one that leads
/// nowhere are refused alike.
pub(super) fn of_link(code: &GuestCode) -> Hash {
    counts::subject(&format!("link {code}"))
}

/// Mails a code to the registered address, and gives the browser the cookie that
/// the code will be bound to.
pub(super) async fn send(State(app): State<Arc<App>>, knock: Knock) -> Result<Response, Error> {
    let code = knock.code()?;
    let door = Door::posted(code.clone(), &knock.fields);
    if !knock.is_fresh {
        return door.page(&app, &knock.headers, Some(page::Fault::Stale)).await;
    }
    let secret = cookies::read(&knock.headers, cookies::BROWSER).unwrap_or_else(entropy::guest_secret);
    let (browser, network, now) = (cookies::hash(&secret), knock.network(), knock.now);
    let located = code.clone();
    let counted: Result<(), SignedDuration> = app
        .store
        .write(move |tx| {
            let caps = [(MAILS_FOR_NETWORK, network), (MAILS_ASKED, of_link(&located))];
            if let Err(wait) = knock::count(tx, &caps, now)? {
                return Ok(Err(wait));
            }
            if let Some(Behind { guest, .. }) = behind(tx, &located)?
                && counts::take(tx, MAILS_TO_MAILBOX, &counts::mailbox(&guest.email), now)?.is_ok()
            {
                wanted::ask(tx, guest.key, wanted::Kind::Code { browser }, now)?;
            }
            Ok::<_, hospes_store::Error>(Ok(()))
        })
        .await?;
    if let Err(wait) = counted {
        return Draft::plain(&knock.headers).too_many(wait);
    }
    let cookie = cookies::browser(&app, &code, &secret);
    Ok(([(SET_COOKIE, cookie)], see_other(&type_in(&door))).into_response())
}

fn type_in(door: &Door) -> String {
    match door.task {
        Some(task) => format!("/guest/{}/code?task={task}", door.code),
        None => format!("/guest/{}/code", door.code),
    }
}

/// The page to type a code into.
pub(super) async fn show(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let (mut parts, _) = request.into_parts();
    let code = code_in(&mut parts, &app).await?;
    let query = parts.uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "task");
    let task = asked.and_then(|(_, id)| id.parse().ok());
    let token = app.form_key.of_code(&code, app.clock.now());
    Draft::plain(&parts.headers).type_code(&page::Hidden { code: &code, token: &token, task }, None)
}

/// What came of the digits that were typed.
enum Try {
    /// There is something to compare with.
    Compare(GuestKey, String),
    /// There is nothing; nobody must notice.
    Nothing,
    /// Too many tries.
    Wait(SignedDuration),
}

/// Opens the workplace to whoever types the right code. A try counts before
/// anything is compared.
pub(super) async fn check(State(app): State<Arc<App>>, knock: Knock) -> Result<Response, Error> {
    let code = knock.code()?;
    let door = Door::posted(code.clone(), &knock.fields);
    let token = app.form_key.of_code(&code, knock.now);
    let hidden = page::Hidden { code: &code, token: &token, task: door.task };
    if !knock.is_fresh {
        return Draft::plain(&knock.headers).type_code(&hidden, Some(page::Fault::Stale));
    }
    let refused = || Draft::plain(&knock.headers).type_code(&hidden, Some(page::Fault::WrongCode));
    let Some(typed) = codes::read(knock.fields.get("digits")) else { return refused() };
    let browser = cookies::read(&knock.headers, cookies::BROWSER).map(|secret| cookies::hash(&secret));
    let (guest, hash) = match take_try(&app, &knock, &code, browser).await? {
        Try::Wait(wait) => return Draft::plain(&knock.headers).too_many(wait),
        Try::Compare(guest, hash) => (Some(guest), hash),
        Try::Nothing => (None, NOBODY.to_owned()),
    };
    let is_right = compare(typed, hash.clone()).await?;
    let (Some(guest), Some(browser), true) = (guest, browser, is_right) else { return refused() };
    let entering = Entering::new(&app, &knock, Proof::Code);
    let (new, cause, located) = (entering.new.clone(), knock.cause(), code.clone());
    let is_in: bool = app
        .store
        .write(move |tx| {
            // The link may have been reset, and the code used, while it was compared.
            let Some(behind) = behind(tx, &located)? else { return Ok(false) };
            if behind.guest.key != guest
                || !hospes_store::workplace::codes::use_up(tx, guest, &browser, &hash, cause.at)?
            {
                return Ok(false);
            }
            sessions::begin(tx, &behind.guest, &New { ..new.clone() }, &cause)?;
            Ok::<_, hospes_store::Error>(true)
        })
        .await?;
    if is_in { Ok(entering.answer(&app, &code, door.task)) } else { refused() }
}

async fn take_try(app: &App, knock: &Knock, code: &GuestCode, browser: Option<Hash>) -> Result<Try, Error> {
    let (located, network, now) = (code.clone(), knock.network(), knock.now);
    let taken = app.store.write(move |tx| {
        let caps = [(TRIES_FROM_NETWORK, network), (TRIES_TYPED, of_link(&located))];
        if let Err(wait) = knock::count(tx, &caps, now)? {
            return Ok(Try::Wait(wait));
        }
        let (Some(Behind { guest, .. }), Some(browser)) = (behind(tx, &located)?, &browser) else {
            return Ok(Try::Nothing);
        };
        let hash = hospes_store::workplace::codes::take_try(tx, guest.key, browser, now)?;
        Ok::<_, hospes_store::Error>(match hash {
            Some(hash)
                if counts::take(tx, TRIES_AT_MAILBOX, &counts::mailbox(&guest.email), now)?.is_ok() =>
            {
                Try::Compare(guest.key, hash)
            }
            _ => Try::Nothing,
        })
    });
    Ok(taken.await?)
}

/// What nobody's code hashes to, so that comparing takes its time there too.
pub(in crate::workplace) const NOBODY: &str = "00000000000000000000000000000000:\
                      0000000000000000000000000000000000000000000000000000000000000000";

/// Hashes take much memory: so many at once.
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// How many.
const AT_ONCE: usize = 4;

fn slow_hash(digits: &str, salt: &str) -> Result<String, Error> {
    let mut out = [0; 32];
    Argon2::default()
        .hash_password_into(digits.as_bytes(), salt.as_bytes(), &mut out)
        .map_err(|error| Error::internal(format!("a code could not be hashed: {error}")))?;
    Ok(format!("{salt}:{}", HEXLOWER.encode(&out)))
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let turn = TURNS.acquire().await.map_err(|error| Error::internal(error.to_string()))?;
    // The turn is the work's: whoever hangs up does not end it.
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|error| Error::internal(format!("a hash broke off: {error}")))?
}

/// Hashes fresh digits with a fresh salt.
pub(crate) async fn hash(digits: String) -> Result<String, Error> {
    let salt = HEXLOWER.encode(&entropy::bytes::<16>());
    in_turn(move || slow_hash(&digits, &salt)).await
}

pub(in crate::workplace) async fn compare(digits: String, hash: String) -> Result<bool, Error> {
    in_turn(move || {
        let salt = hash.split(':').next().unwrap_or_default();
        let own = slow_hash(&digits, salt)?;
        Ok(own.as_bytes().ct_eq(hash.as_bytes()).into())
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_hangs_up_takes_no_turn_from_work_that_goes_on() {
        let (release, released) = (0..AT_ONCE).map(|_| mpsc::channel::<()>()).unzip::<_, _, Vec<_>, Vec<_>>();
        let (begun, has_begun) = mpsc::channel();
        let callers: Vec<_> = released
            .into_iter()
            .map(|released| {
                let begun = begun.clone();
                tokio::spawn(in_turn(move || {
                    let _ = begun.send(());
                    let _ = released.recv();
                    Ok(())
                }))
            })
            .collect();
        for _ in 0..AT_ONCE {
            has_begun.recv().unwrap();
        }
        for caller in callers {
            caller.abort();
            assert!(caller.await.unwrap_err().is_cancelled());
        }
        let mut next = tokio::spawn(in_turn(|| Ok(())));
        let waits = tokio::time::timeout(Duration::from_millis(200), &mut next).await;
        assert!(waits.is_err(), "more hashes at once than there are turns");
        drop(release);
        next.await.unwrap().unwrap();
    }
}
