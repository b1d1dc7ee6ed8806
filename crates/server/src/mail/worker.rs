//! The worker that sends mail: it claims what is due, has it written, hands it
//! over, and puts down what became of it. It holds a handful of mails at a time,
//! however many wait.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::join_all;
use hospes_model::mail::Kind;
use hospes_model::mail::decide::{Decision, Why};
use hospes_store::mail::letters::{self, Letter};
use hospes_store::mail::outbox::{self, Claimed, Outcome};
use hospes_store::mail::{To, bounces, digests, entries, keys};
use hospes_store::workplace::wanted;
use jiff::Timestamp;

use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::workplace::entrance::mint_link;

use super::caught::CaughtMail;
use super::compose::{self, Links, Words};
use super::message::{self, Parts, Ready};
use super::settings::Way;
use super::smtp::{FailureKind, Line};
use super::unsubscribe;

/// So many mails are claimed at once.
const CLAIMED_AT_ONCE: i64 = 32;
/// So many are handed over at the same time, each over a connection of its own.
const LINES: usize = 4;
/// A server that stalls over so many mails of one hand is thought to stall over all.
const STALLS: usize = 2;
/// So many mails that were asked for at the entrance are taken over at once.
const ENTRIES_AT_ONCE: usize = 100;
/// So many digests are queued before the next look.
const DIGESTS_AT_ONCE: i64 = 100;
/// So many remembered mails are dropped at once.
const SWEPT_AT_ONCE: i64 = 500;

/// What the worker keeps between its turns: connections.
#[derive(Debug)]
pub struct Sender {
    lines: Vec<Line>,
}

impl Sender {
    /// Without connections yet.
    pub fn new(app: &App) -> Self {
        let lines = match &app.mail.settings.way {
            Way::Smtp(server) => {
                let hello = app.mail.settings.from.domain();
                (0..LINES).map(|_| Line::new(server.clone(), hello)).collect()
            }
            Way::Catch | Way::Off => Vec::new(),
        };
        Self { lines }
    }

    /// Queues the digests that are due and sends what is due, until nothing is
    /// or `stop` says so. Returns how many mails were settled.
    pub async fn turn(&mut self, app: &App, stop: &(dyn Fn() -> bool + Sync)) -> usize {
        while adopt_entries(app).await >= ENTRIES_AT_ONCE && !stop() {}
        while queue_digests(app).await >= DIGESTS_AT_ONCE && !stop() {}
        let mut settled = 0;
        loop {
            let count = self.send_some(app, stop).await;
            settled += count;
            if count == 0 || stop() {
                return settled;
            }
        }
    }

    /// Says goodbye on all connections.
    pub async fn close(&mut self) {
        join_all(self.lines.iter_mut().map(Line::close)).await;
    }

    /// Claims a handful of mails and sees to each. Returns how many there were.
    async fn send_some(&mut self, app: &App, stop: &(dyn Fn() -> bool + Sync)) -> usize {
        let now = app.clock.now();
        let claimed = app.store.write(move |tx| outbox::claim(tx, now, CLAIMED_AT_ONCE)).await;
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(error) => {
                let error: hospes_store::Error = error;
                tracing::warn!(%error, "mails could not be looked for");
                return 0;
            }
        };
        let count = claimed.len();
        let waiting = Mutex::new(claimed.into());
        let hand = Hand { app, stop, waiting, no_server: Mutex::default(), stalls: AtomicUsize::new(0) };
        if self.lines.is_empty() {
            hand.work(None).await;
        } else {
            join_all(self.lines.iter_mut().map(|line| hand.work(Some(line)))).await;
        }
        count
    }
}

/// The mails that were claimed together.
struct Hand<'a> {
    app: &'a App,
    stop: &'a (dyn Fn() -> bool + Sync),
    waiting: Mutex<VecDeque<Claimed>>,
    /// Why there is no speaking with the server, once that is known: the others
    /// of this hand need not find out for themselves.
    no_server: Mutex<Option<String>>,
    /// Over how many mails the server stalled.
    stalls: AtomicUsize,
}

impl Hand<'_> {
    async fn work(&self, mut line: Option<&mut Line>) {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(mail) = next else { return };
            // What cannot be settled before the lease has run out might be
            // somebody else's by then.
            let time = line.as_ref().map(|line| line.limit()).unwrap_or_default();
            let outcome = if (self.stop)() || !mail.has_time(self.app.clock.now(), time) {
                Outcome::Released
            } else {
                // A mail that nobody thought of must not keep the others from going.
                let outcome = AssertUnwindSafe(self.outcome(&mail, line.as_deref_mut()));
                outcome.catch_unwind().await.unwrap_or_else(|_| {
                    tracing::error!(mail.key = mail.key.get(), "writing a mail failed by a defect");
                    Outcome::NotNow { why: "the mail could not be written".to_owned() }
                })
            };
            settle(self.app, mail, outcome).await;
        }
    }

    async fn outcome(&self, mail: &Claimed, line: Option<&mut Line>) -> Outcome {
        if matches!(self.app.mail.settings.way, Way::Off) {
            return Outcome::Dropped(Why::MailIsOff);
        }
        let known = self.no_server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(why) = known {
            return Outcome::NotNow { why };
        }
        match self.send(mail, line).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(?error, mail.key = mail.key.get(), "a mail could not be written");
                Outcome::NotNow { why: "the mail could not be written".to_owned() }
            }
        }
    }

    /// Spares the others of this hand the same.
    fn give_up(&self, why: &str) {
        tracing::warn!(why, "the mail server cannot be spoken to");
        *self.no_server.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_owned());
    }

    async fn send(&self, mail: &Claimed, line: Option<&mut Line>) -> Result<Outcome, Error> {
        let app = self.app;
        let now = app.clock.now();
        let claimed = mail.clone();
        let letter = match app.store.read(move |tx| Ok::<_, Error>(letters::read(tx, &claimed, now)?)).await?
        {
            Ok(letter) => letter,
            Err(Decision::Later(until, why)) => return Ok(Outcome::Later(until, why)),
            Err(Decision::Never(why)) => return Ok(Outcome::Dropped(why)),
            Err(Decision::Now) => return Err(Error::internal("a letter that says nothing")),
        };
        let (words, unsubscribe) = match write(app, mail, &letter, now).await? {
            Ok(written) => written,
            Err(outcome) => return Ok(outcome),
        };
        let address = letter.address.to_string();
        let ready = match envelope(app, mail, &letter, &words, unsubscribe.as_deref(), now) {
            Ok(ready) => ready,
            Err(why) => return Ok(Outcome::Refused { address, why, bounced: true }),
        };
        let Some(line) = line else {
            app.mail.caught.keep(CaughtMail {
                number: 0,
                at: now.to_string(),
                kind: mail.kind.as_str(),
                to: address.clone(),
                headers: ready.headers(),
                subject: words.subject,
                text: words.text,
                html: words.html,
            });
            return Ok(Outcome::Sent { address });
        };
        match line.send(&ready.envelope, &ready.bytes).await {
            Ok(()) => Ok(Outcome::Sent { address }),
            Err(failure) => {
                tracing::debug!(mail.key = mail.key.get(), mail.tries = mail.tries, "a mail was not taken");
                Ok(match failure.kind {
                    FailureKind::NoServer => {
                        self.give_up(&failure.why);
                        Outcome::NotNow { why: failure.why }
                    }
                    FailureKind::Stalled => {
                        if self.stalls.fetch_add(1, Ordering::Relaxed) + 1 >= STALLS {
                            self.give_up(&failure.why);
                        }
                        Outcome::NotNow { why: failure.why }
                    }
                    FailureKind::NotNow => Outcome::NotNow { why: failure.why },
                    FailureKind::Refused => Outcome::Refused { address, why: failure.why, bounced: false },
                    FailureKind::BadAddress => Outcome::Refused { address, why: failure.why, bounced: true },
                })
            }
        }
    }
}

/// Writes a mail; for guests with links that hold a fresh secret, of which only
/// the hash is stored. Comes with where mails of its kind are switched off.
async fn write(
    app: &App,
    mail: &Claimed,
    letter: &Letter,
    now: Timestamp,
) -> Result<Result<(Words, Option<String>), Outcome>, Error> {
    if let Some(stranger) = &letter.stranger {
        let written = super::kickoff::write(app, letter, stranger).await?;
        return Ok(written.map(|words| (words, None)).map_err(Outcome::Dropped));
    }
    let Some(guest) = &letter.guest else {
        return Ok(Ok((compose::to_member(letter, mail.kind, now)?, None)));
    };
    if mail.kind == Kind::Access {
        let written = super::entry::write(app, mail, letter, guest, now).await?;
        return Ok(written.map(|words| (words, None)));
    }
    // Meanwhile the guest may have been disabled, or have got another address.
    let entrance = match mint_link(app, (guest.key, &letter.address), None).await? {
        Ok(entrance) => entrance,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let token = if mail.kind.is_optional() {
        let (org, fresh) = (mail.org, entropy::bytes::<32>());
        let key = app.store.write(move |tx| Ok::<_, Error>(keys::of_unsubscribing(tx, org, &fresh)?)).await?;
        Some(unsubscribe::token(&key, guest.key, mail.kind))
    } else {
        None
    };
    let links = Links {
        public_url: &app.settings.public_url,
        code: &guest.code,
        entrance: &entrance,
        unsubscribe: token.as_deref(),
    };
    Ok(Ok((compose::to_guest(letter, mail.kind, &links, now)?, links.unsubscribe())))
}

fn envelope(
    app: &App,
    mail: &Claimed,
    letter: &Letter,
    words: &Words,
    unsubscribe: Option<&str>,
    now: Timestamp,
) -> Result<Ready, String> {
    let settings = &app.mail.settings;
    let answers = compose::answers_to(letter).and_then(message::answers_to);
    message::build(Parts {
        id: &mail.message_id,
        at: now,
        sender: &letter.org.name,
        from: &settings.from,
        reply_to: answers.as_ref().or(settings.reply_to.as_ref()),
        to: &letter.address,
        subject: &words.subject,
        language: words.language.tag(),
        text: words.text.clone(),
        html: words.html.clone(),
        unsubscribe,
    })
}

/// Puts down what became of a mail. What cannot be put down is tried again when
/// the lease has run out.
async fn settle(app: &App, mail: Claimed, outcome: Outcome) {
    let (now, key) = (app.clock.now(), mail.key.get());
    let settled: Result<(), Error> = app
        .store
        .write(move |tx| {
            if outbox::settle(tx, &mail, &outcome, now)?
                && let (Outcome::Refused { why, bounced: true, .. }, To::Guest(guest)) = (&outcome, mail.to)
            {
                bounces::refused(tx, mail.org, guest, why, now)?;
            }
            Ok(())
        })
        .await;
    if let Err(error) = settled {
        tracing::error!(?error, mail.key = key, "what became of a mail could not be put down");
    }
}

/// Takes over what was asked for at the entrance. Returns how much it was.
async fn adopt_entries(app: &App) -> usize {
    let now = app.clock.now();
    let limit = i64::try_from(ENTRIES_AT_ONCE).unwrap_or(1);
    // Mostly there is nothing, which is found out without a write.
    let waiting: hospes_store::Result<bool> =
        app.store.read_single(|tx| Ok(!wanted::waiting(tx, 1)?.is_empty())).await;
    let adopted = match waiting {
        Ok(false) => return 0,
        Ok(true) => app.store.write(move |tx| entries::adopt(tx, now, limit)).await,
        Err(error) => Err(error),
    };
    adopted.unwrap_or_else(|error: hospes_store::Error| {
        tracing::warn!(%error, "what was asked for at the entrance could not be looked for");
        0
    })
}

/// Queues the digests whose moment has come. Returns how many were
/// seen to.
async fn queue_digests(app: &App) -> i64 {
    let now = app.clock.now();
    let due = match app.store.read(move |tx| digests::due(tx, now, DIGESTS_AT_ONCE)).await {
        Ok(due) => due,
        Err(error) => {
            let error: hospes_store::Error = error;
            tracing::warn!(%error, "digests could not be looked for");
            return 0;
        }
    };
    let mut done = 0;
    for due in due {
        let fired: Result<bool, Error> = app.store.write(move |tx| Ok(digests::fire(tx, due, now)?)).await;
        match fired {
            Ok(_) => done += 1,
            // It is tried again at the next look; the others do not wait for it.
            Err(error) => {
                tracing::error!(?error, guest.key = due.guest.get(), "a digest could not be queued");
            }
        }
    }
    done
}

/// Drops what became of mails long ago.
pub async fn sweep(app: &Arc<App>) {
    let now = app.clock.now();
    loop {
        let swept: hospes_store::Result<u64> =
            app.store.write(move |tx| outbox::sweep(tx, now, SWEPT_AT_ONCE)).await;
        match swept {
            Ok(dropped) if dropped < SWEPT_AT_ONCE.unsigned_abs() => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "old mails could not be dropped");
                return;
            }
        }
    }
}
