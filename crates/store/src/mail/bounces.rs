//! What is reported of mails that were sent: they came back, arrived, or were
//! called unwanted.

use hospes_model::activity::Cause;
use hospes_model::guest::Unreachable;
use hospes_model::mail::{About, Kind, Report, State};
use hospes_model::{GuestKey, OrgNo};
use jiff::Timestamp;

use crate::error::Result;
use crate::orgs::{self, org_no};
use crate::sql::Tx;
use crate::{guests, to_micros};

use super::{notices, preferences};

/// So many mails to a guest that came back one after another, each only for
/// the time being, count as one that will never arrive.
const SOFT_IN_A_ROW: usize = 3;

/// Puts down a report about the mail with this Message-ID (the part before the
/// sign `@`). False when no such mail is known.
pub fn report(tx: &mut Tx<'_>, message_id: &str, report: Report, why: &str, cause: &Cause) -> Result<bool> {
    let org =
        tx.query_opt("SELECT org FROM mail WHERE message_id = ?1", &[message_id.into()], |row| row.int(0))?;
    let Some(org) = org.map(org_no).transpose()? else { return Ok(false) };
    orgs::lock(tx, org)?;
    let found = tx.query_opt(
        "SELECT m.key, m.guest_key, g.email, m.address, m.state FROM mail m LEFT JOIN guest g ON g.key = m.guest_key \
         WHERE m.message_id = ?1",
        &[message_id.into()],
        |row| {
            // A report speaks of the address that the mail went to.
            let is_current = row.opt_text(3)?.is_none_or(|sent| Some(sent) == row.opt_text(2).ok().flatten());
            let state = State::parse(row.text(4)?);
            Ok((row.int(0)?, row.opt_int(1)?.map(GuestKey::from_stored), is_current, state))
        },
    )?;
    let Some((key, guest, is_current, before)) = found else { return Ok(false) };
    let state = match report {
        Report::Hard | Report::Soft => State::Bounced,
        Report::Complaint => State::Complained,
        Report::Delivered => State::Delivered,
    };
    // What came back did not arrive, in whatever order reports come in.
    let is_news =
        !(report == Report::Delivered && matches!(before, Some(State::Bounced | State::Complained)));
    if is_news {
        tx.execute(
            "UPDATE mail SET state = ?2, why = ?3, due_at = NULL, settled_at = ?4 WHERE key = ?1",
            &[key.into(), state.as_str().into(), why.into(), to_micros(cause.at).into()],
        )?;
    }
    let Some(guest) = guest.filter(|_| is_current && is_news) else { return Ok(true) };
    match report {
        Report::Hard => does_not_arrive(tx, org, guest, why, cause)?,
        Report::Soft if softly_bounced(tx, guest)? >= SOFT_IN_A_ROW => {
            does_not_arrive(tx, org, guest, why, cause)?;
        }
        Report::Soft => {}
        Report::Delivered => arrives(tx, org, guest, cause)?,
        Report::Complaint => {
            let mut wishes = preferences::get(tx, guest)?;
            for kind in Kind::OPTIONAL {
                wishes.mute(*kind, true);
            }
            preferences::put(tx, guest, &wishes)?;
        }
    }
    Ok(true)
}

/// How many of the guest's newest mails came back, without one between that did
/// not.
fn softly_bounced(tx: &mut Tx<'_>, guest: GuestKey) -> Result<usize> {
    let states = tx.query_all(
        "SELECT state FROM mail WHERE guest_key = ?1 AND settled_at IS NOT NULL AND state <> 'dropped' \
         ORDER BY key DESC LIMIT ?2",
        &[guest.get().into(), (SOFT_IN_A_ROW as i64).into()],
        |row| row.string(0),
    )?;
    Ok(states.iter().take_while(|state| *state == State::Bounced.as_str()).count())
}

/// Marks a guest as one whom mail does not reach, and tells the members who look
/// after them; once, until mail arrives again.
pub fn does_not_arrive(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, why: &str, cause: &Cause) -> Result<()> {
    let since = Unreachable { at: cause.at, why: why.to_owned() };
    if guests::set_unreachable(tx, org, guest, Some(since), cause)? {
        let about = About::Unreachable { why: why.to_owned() };
        notices::of_guest(tx, org, guest, &about, cause.at)?;
    }
    Ok(())
}

/// Takes the mark away: mail to the guest arrives, or the guest came in with
/// what was mailed.
pub fn arrives(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, cause: &Cause) -> Result<()> {
    guests::set_unreachable(tx, org, guest, None, cause).map(drop)
}

/// Puts down that the mail server refused a mail because of its address.
pub fn refused(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, why: &str, at: Timestamp) -> Result<()> {
    orgs::lock(tx, org)?;
    let cause = Cause { actor: None, guest: None, at, ip: None, request_id: "mail".to_owned() };
    let known = tx.query_opt("SELECT 1 FROM guest WHERE key = ?1", &[guest.get().into()], |_| Ok(()))?;
    if known.is_some() {
        does_not_arrive(tx, org, guest, why, &cause)?;
    }
    Ok(())
}
