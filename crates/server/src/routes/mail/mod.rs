//! Mail, as members see it: a guest's mails and preferences, reminders, and what
//! is reported about mails that were sent.

pub mod bounces;
pub mod list;
pub mod preferences;
pub mod remind;
pub mod status;

use hospes_api::mail::Mail;
use hospes_model::GuestKey;
use hospes_store::Tx;
use hospes_store::guests::{self, GuestRef};
use hospes_store::mail::history;

use crate::caller::Caller;
use crate::error::Error;

/// A mail on the wire.
fn mail(mail: &history::Mail) -> Mail {
    Mail {
        id: mail.key.sequence(),
        kind: mail.kind.as_str(),
        state: mail.state.as_str(),
        reason: mail.why.clone(),
        address: mail.address.clone(),
        tries: mail.tries,
        next_try_at: mail.due_at,
        created_at: mail.created_at,
        settled_at: mail.settled_at,
        tasks: mail.tasks.iter().map(ToString::to_string).collect(),
    }
}

/// Finds the guest that a path names.
fn key(tx: &mut Tx<'_>, caller: &Caller, guest: &GuestRef) -> Result<GuestKey, Error> {
    guests::find_key(tx, caller.org, guest)?.ok_or_else(Error::not_found)
}
