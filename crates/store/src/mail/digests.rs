//! Who is to be looked at for the digest, and when. A guest has a row from the
//! first task on until nothing is to be done any more.

use hospes_model::guest::parse_weekday_list;
use hospes_model::mail::Kind;
use hospes_model::mail::digest::{PATIENCE, next};
use hospes_model::organization::Settings;
use hospes_model::{GuestKey, OrgNo};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::Result;
use crate::orgs::{self, org_no};
use crate::sql::Tx;
use crate::{from_micros, to_micros};

use super::{To, queue};

/// A guest who is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Who.
    pub guest: GuestKey,
    /// The moment that was planned.
    pub at: Timestamp,
}

/// Has a guest looked at, who got something to do.
pub(super) fn watch(tx: &mut Tx<'_>, guest: GuestKey, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO digest (guest_key, at, last) VALUES (?1, ?2, 0) ON CONFLICT (guest_key) DO NOTHING",
        &[guest.get().into(), to_micros(now).into()],
    )?;
    Ok(())
}

/// Plans a guest's digest anew: the days or the time zone changed.
pub(crate) fn replan(tx: &mut Tx<'_>, guest: GuestKey, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE digest SET at = ?2 WHERE guest_key = ?1",
        &[guest.get().into(), to_micros(now).into()],
    )?;
    Ok(())
}

/// Plans all digests of an organization anew.
pub(crate) fn replan_all(tx: &mut Tx<'_>, org: OrgNo, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE digest SET at = ?3 WHERE guest_key >= ?1 AND guest_key <= ?2",
        &[
            GuestKey::before_all(org).get().into(),
            GuestKey::after_all(org).get().into(),
            to_micros(now).into(),
        ],
    )?;
    Ok(())
}

pub(super) const DUE: &str = "SELECT guest_key, at FROM digest WHERE at <= ?1 ORDER BY at LIMIT ?2";

/// The guests whose moment has come, at most `limit`.
pub fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    tx.query_all(DUE, &[to_micros(now).into(), limit.into()], |row| {
        Ok(Due { guest: GuestKey::from_stored(row.int(0)?), at: from_micros(row.int(1)?)? })
    })
}

/// Queues a guest's digest if its moment has come, and plans the next. Whoever
/// has nothing to do is not looked at any more. Says whether one was queued.
pub fn fire(tx: &mut Tx<'_>, due: Due, now: Timestamp) -> Result<bool> {
    let org = org_no(due.guest.org_number())?;
    orgs::lock(tx, org)?;
    let key = due.guest.get();
    let found = tx.query_opt(
        "SELECT d.last, g.timezone, g.cadence_days, g.active_tasks FROM digest d JOIN guest g ON g.key = d.guest_key \
         WHERE d.guest_key = ?1 AND d.at = ?2",
        &[key.into(), to_micros(due.at).into()],
        |row| {
            let days = row.opt_text(2)?.map(parse_weekday_list);
            Ok((row.int(0)?, row.opt_string(1)?, days, row.int(3)?))
        },
    )?;
    let Some((last, zone, days, active)) = found else { return Ok(false) };
    if active == 0 {
        tx.execute("DELETE FROM digest WHERE guest_key = ?1", &[key.into()])?;
        return Ok(false);
    }
    let org_row = orgs::get(tx, org)?;
    let zone = zone_of(zone.as_deref(), &org_row.timezone);
    let days = days_of(days, &org_row.settings);
    // The moment counts if it is one by what is so now, and was not used yet.
    let just_before = due.at.saturating_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(due.at);
    let is_moment = next(just_before, &zone, &days) == Some(due.at) && to_micros(due.at) > last;
    let in_time = now.duration_since(due.at) <= PATIENCE;
    let queued = is_moment && in_time;
    if queued {
        queue(tx, org, To::Guest(due.guest), Kind::Digest, now, now)?;
    }
    let last = if is_moment { to_micros(due.at) } else { last };
    match next(now, &zone, &days) {
        Some(at) => tx.execute(
            "UPDATE digest SET at = ?2, last = ?3 WHERE guest_key = ?1",
            &[key.into(), to_micros(at).into(), last.into()],
        )?,
        // Without days nobody is looked at until days are chosen.
        None => tx.execute(
            "UPDATE digest SET at = ?2, last = ?3 WHERE guest_key = ?1",
            &[key.into(), i64::MAX.into(), last.into()],
        )?,
    };
    Ok(queued)
}

/// A guest's time zone: their own, or else the organization's. Where the machine
/// knows neither any more, mail goes by UTC rather than not at all.
pub(super) fn zone_of(own: Option<&str>, organization: &str) -> TimeZone {
    own.into_iter().chain([organization]).find_map(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC)
}

/// A guest's days: their own choice, or else the organization's.
pub(super) fn days_of(
    own: Option<Vec<jiff::civil::Weekday>>,
    settings: &Settings,
) -> Vec<jiff::civil::Weekday> {
    own.unwrap_or_else(|| settings.guest_cadence_days.clone())
}
