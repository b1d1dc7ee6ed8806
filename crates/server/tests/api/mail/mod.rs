//! Mail: what is told to whom, how it is sent, and what members see of it.

mod bounces;
mod digest;
mod dsn;
mod entry;
mod injection;
mod many;
mod members;
mod notices;
mod sending;
mod servers;

use hospes_server::mail::caught::CaughtMail;
use hospes_testing::TestApp;

/// Sends what is due and returns what was caught since, the oldest first.
async fn delivered(app: &TestApp) -> Vec<CaughtMail> {
    let before = app.caught().first().map_or(0, |mail| mail.number);
    app.deliver().await;
    let mut new: Vec<CaughtMail> = app.caught().into_iter().filter(|mail| mail.number > before).collect();
    new.reverse();
    new
}

/// Receiver, kind and subject of each.
fn told(mails: &[CaughtMail]) -> Vec<(&str, &str, &str)> {
    mails.iter().map(|mail| (mail.to.as_str(), mail.kind, mail.subject.as_str())).collect()
}
