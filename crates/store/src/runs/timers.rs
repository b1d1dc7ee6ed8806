//! Moments that processes wait for: deadlines that come near or pass, tasks
//! that run out.
//!
//! A process has at most one row in `timer`: the first of the moments that its
//! state waits for, which says all that there is to know. The row is kept in
//! the transaction of every change, so it survives whatever the state does.
//! When the moment has come, everything that is due is put to the engine and
//! saved with the next moment, in one transaction under the organization's
//! turn: each fires once, on however many nodes look for it.

use hospes_model::activity::Cause;
use hospes_model::run::Process;
use hospes_model::workflow::{By, Command, Outcome, Timer};
use hospes_model::{GuestCode, OrgNo, Refusal, RunKey};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::orgs::{self, org_no};
use crate::sql::Tx;
use crate::{from_micros, to_micros};

use super::directory::{self, Setting};
use super::get;
use super::save::Saving;
use super::write::{Doer, Newcomers};

/// A process for which a moment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Its organization.
    pub org: OrgNo,
    /// Where it is stored.
    pub run: RunKey,
    /// The moment.
    pub at: Timestamp,
}

/// Keeps the process's row in step with what it waits for.
pub(super) fn set(tx: &mut Tx<'_>, before: Option<&Process>, after: &Process) -> Result<()> {
    let first = |process: &Process| process.run.wanted_timers().into_iter().map(|timer| timer.at).min();
    let (old, new) = (before.and_then(first), first(after));
    if old == new {
        return Ok(());
    }
    match new {
        Some(at) => put(tx, after.key, at),
        None => tx.execute("DELETE FROM timer WHERE run_key = ?1", &[after.key.get().into()]).map(drop),
    }
}

fn put(tx: &mut Tx<'_>, run: RunKey, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO timer (run_key, at) VALUES (?1, ?2) \
         ON CONFLICT (run_key) DO UPDATE SET at = excluded.at",
        &[run.get().into(), to_micros(at).into()],
    )?;
    Ok(())
}

/// The processes whose moment has come by `now`, the longest waiting first, at
/// most `limit`.
pub fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    tx.query_all(
        "SELECT run_key, at FROM timer WHERE at <= ?1 ORDER BY at LIMIT ?2",
        &[to_micros(now).into(), limit.into()],
        |row| {
            let run = RunKey::from_stored(row.int(0)?);
            Ok(Due { org: org_no(run.org_number())?, run, at: from_micros(row.int(1)?)? })
        },
    )
}

/// Does what a process waited for until now. What has been done meanwhile is
/// not done again. `code` draws guest codes: rules may name new guests.
/// Returns how many moments had come.
pub fn fire<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    due: Due,
    code: &mut dyn FnMut() -> GuestCode,
    cause: &Cause,
) -> std::result::Result<usize, E> {
    orgs::lock(tx, due.org)?;
    let waiting = tx.query_opt(
        "SELECT 1 FROM timer WHERE run_key = ?1 AND at <= ?2",
        &[due.run.get().into(), to_micros(cause.at).into()],
        |_| Ok(()),
    )?;
    if waiting.is_none() {
        return Ok(0);
    }
    let before = get(tx, due.run)?;
    let setting = Setting::of(tx, due.org)?;
    let directory = directory::of_process(tx, due.org, &setting, &before)?;
    let cx = setting.context(Doer { by: &By::Clock, cause }, &directory);
    let mut after = before.clone();
    let mut outcome = Outcome::default();
    let mut fired: Vec<Timer> = Vec::new();
    // What one does may bring the next: a task that runs out may be what
    // another one's deadline is counted from.
    while let Some(timer) = after
        .run
        .wanted_timers()
        .into_iter()
        .filter(|timer| timer.at <= cx.at && !fired.contains(timer))
        .min_by_key(|timer| timer.at)
    {
        fired.push(timer);
        outcome.events.extend(after.run.handle(&Command::TimerFired(timer), cx)?.events);
    }
    let mut newcomers = Newcomers { code, admit: &mut |_| Ok(()) };
    let saving = Saving { org: due.org, cx, cause, renamed: None };
    let after = saving.changed::<E>(tx, &before, after, &outcome, &mut newcomers)?;
    // Nothing is waited for that has passed; should it be, others come first.
    let overdue = after.run.wanted_timers().into_iter().any(|timer| timer.at <= cx.at);
    if overdue || outcome.events.is_empty() {
        postpone(tx, due.run, cause.at)?;
    }
    Ok(fired.len())
}

/// Looks at a process again in a while: something is wrong with it, and the
/// others shall not wait for it.
pub fn postpone(tx: &mut Tx<'_>, run: RunKey, now: Timestamp) -> Result<()> {
    const WHILE: SignedDuration = SignedDuration::from_mins(5);
    tx.execute(
        "UPDATE timer SET at = ?2 WHERE run_key = ?1",
        &[run.get().into(), to_micros(now.saturating_add(WHILE).unwrap_or(now)).into()],
    )?;
    Ok(())
}
