//! What processes have to be told about people who leave, change or move
//! between groups.

use std::collections::BTreeSet;

use hospes_model::activity::Cause;
use hospes_model::mail::About;
use hospes_model::member::{Actor, Role};
use hospes_model::run::Process;
use hospes_model::workflow::{By, Command, Directory, Named, Person};
use hospes_model::{EmailAddress, GroupKey, GuestCode, GuestKey, OrgNo, Refusal, RunKey};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::groups::rows::recount;
use crate::mail::notices::{self, Notice};
use crate::sql::{Tx, Value};
use crate::{accounts, orgs, to_micros};

use super::directory::{self, Setting};
use super::get;
use super::owners::{Rows, guest_keys};
use super::save::{Saving, completer_is_gone};
use super::write::{Doer, Newcomers};

/// How somebody leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving<'a> {
    /// Who.
    pub person: &'a Person,
    /// Who comes in their place, if anybody does.
    pub with: Option<&'a Person>,
    /// Whether it is the same person under another name: then what they did
    /// follows, on completed tasks too.
    pub same_person: bool,
}

/// Puts somebody in another's place on all tasks of processes that are not
/// complete; nobody, if nobody comes. Processes that a member looked after are
/// the other member's. Guests are never left alone. Who is the
/// same person must be known under the other name already: a guest's record has
/// the new address. Returns what to tell of it.
pub(crate) fn told(tx: &mut Tx<'_>, org: OrgNo, leaving: Leaving<'_>, cause: &Cause) -> Result<Vec<String>> {
    let Leaving { person, with, same_person } = leaving;
    orgs::lock(tx, org)?;
    let mut runs = runs_of(tx, org, person, same_person)?;
    let mut renamed = None;
    if same_person && let Some(with) = with {
        runs.extend(runs_of(tx, org, with, true)?);
        runs.sort_unstable();
        runs.dedup();
        if let (Person::Guest(old), Person::Guest(new)) = (person, with) {
            renamed = Some((old, new));
        }
    }
    if let (Person::Member(id), Some(Person::Member(_)), false) = (person, with, same_person) {
        runs.extend(tx.query_all(
            "SELECT key FROM run WHERE org = ?1 AND owner_id = ?2",
            &[org.get().into(), id.get().into()],
            |row| Ok(RunKey::from_stored(row.int(0)?)),
        )?);
        runs.sort_unstable();
        runs.dedup();
    }
    let command = Command::Replace { person: person.clone(), with: with.cloned(), same_person };
    tell_all(tx, org, &runs, &command, renamed, cause)
}

/// Sees to it that guests are not left alone by a member who is not active any
/// more, and stays on tasks all the same. Returns what to tell of it.
pub(crate) fn stays_inactive(
    tx: &mut Tx<'_>,
    org: OrgNo,
    person: &Person,
    cause: &Cause,
) -> Result<Vec<String>> {
    orgs::lock(tx, org)?;
    let runs = runs_of(tx, org, person, false)?;
    tell_all(tx, org, &runs, &Command::CheckChaperones, None, cause)
}

fn tell_all(
    tx: &mut Tx<'_>,
    org: OrgNo,
    runs: &[RunKey],
    command: &Command,
    renamed: Option<(&EmailAddress, &EmailAddress)>,
    cause: &Cause,
) -> Result<Vec<String>> {
    let by = by(tx, org, cause)?;
    let setting = Setting::of(tx, org)?;
    let telling = Telling { org, setting: &setting, doer: Doer { by: &by, cause }, renamed };
    let mut warnings: Vec<String> = Vec::new();
    for run in runs {
        let before = get(tx, *run)?;
        let directory = directory::load(tx, org, &setting, &telling.named(&before, command))?;
        for warning in telling.tell(tx, &before, command, &directory)? {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    Ok(warnings)
}

/// The processes in which a person is on a task that is not complete, or on
/// any task.
fn runs_of(tx: &mut Tx<'_>, org: OrgNo, person: &Person, any: bool) -> Result<Vec<RunKey>> {
    let (from, value): (&str, Value<'_>) = match person {
        Person::Member(id) => ("task_member o WHERE o.org = ?1 AND o.account_id = ?2", id.get().into()),
        Person::Guest(email) => (
            "guest g JOIN task_guest o ON o.guest_key = g.key WHERE g.org = ?1 AND g.email_folded = ?2",
            EmailAddress::folded(email).into(),
        ),
    };
    let open = if any { "" } else { " AND t.completed_at IS NULL" };
    tx.query_all(
        &format!(
            "SELECT DISTINCT t.run_key FROM task t WHERE t.key IN (SELECT o.task_key FROM {from}) \
             AND t.run_key IS NOT NULL{open} ORDER BY t.run_key"
        ),
        &[org.get().into(), value],
        |row| Ok(RunKey::from_stored(row.int(0)?)),
    )
}

/// The processes with one of these groups on a task, complete or not.
pub(crate) fn runs_of_groups(tx: &mut Tx<'_>, groups: &[GroupKey]) -> Result<Vec<RunKey>> {
    let mut runs: Vec<RunKey> = Vec::new();
    for group in groups {
        runs.extend(tx.query_all(
            "SELECT DISTINCT t.run_key FROM task_group g JOIN task t ON t.key = g.task_key \
             WHERE g.group_key = ?1 AND t.run_key IS NOT NULL",
            &[group.get().into()],
            |row| Ok(RunKey::from_stored(row.int(0)?)),
        )?);
    }
    runs.sort_unstable();
    runs.dedup();
    Ok(runs)
}

/// The processes that a group may see.
pub(crate) fn runs_open_to(tx: &mut Tx<'_>, group: GroupKey) -> Result<Vec<RunKey>> {
    tx.query_all("SELECT run_key FROM run_group WHERE group_key = ?1", &[group.get().into()], |row| {
        Ok(RunKey::from_stored(row.int(0)?))
    })
}

/// Tells processes (see `runs_of_groups`) that groups have other people now,
/// or are no more: the rows of their tasks follow, guests are counted anew, no
/// guest is left alone, and a group that is gone is on no task and sees no
/// process. Returns what to
/// tell of it.
///
/// They are told one by one, and there may be thousands: each is read once, and
/// people only where others are named than by the one before.
pub fn groups_changed(tx: &mut Tx<'_>, org: OrgNo, runs: &[RunKey], cause: &Cause) -> Result<Vec<String>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    orgs::lock(tx, org)?;
    let by = by(tx, org, cause)?;
    let setting = Setting::of(tx, org)?;
    let telling = Telling { org, setting: &setting, doer: Doer { by: &by, cause }, renamed: None };
    let revision = orgs::activity_sequence(tx, org)?;
    let mut guests: BTreeSet<GuestKey> = BTreeSet::new();
    let mut warnings: Vec<String> = Vec::new();
    let mut known: Option<(Named, Directory)> = None;
    for run in runs {
        let mut process = get(tx, *run)?;
        let named = telling.named(&process, &Command::CheckChaperones);
        let directory = match known.take() {
            Some((earlier, directory)) if earlier == named => directory,
            _ => directory::load(tx, org, &setting, &named)?,
        };
        if follow(tx, org, &directory, &process, &mut guests, cause.at)? {
            // What it shows is different.
            (process.revision, process.updated_at) = (revision, cause.at);
            tx.execute(
                "UPDATE run SET revision = ?2, updated_at = ?3 WHERE key = ?1",
                &[run.get().into(), revision.into(), to_micros(cause.at).into()],
            )?;
        }
        for warning in telling.tell(tx, &process, &Command::CheckChaperones, &directory)? {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        known = Some((named, directory));
    }
    recount(tx, org, &guests)?;
    Ok(warnings)
}

/// Makes the rows of the tasks that have groups agree with who is in these now.
/// Returns whether any was different, and adds the guests of those that were.
fn follow(
    tx: &mut Tx<'_>,
    org: OrgNo,
    directory: &Directory,
    process: &Process,
    guests: &mut BTreeSet<GuestKey>,
    at: Timestamp,
) -> Result<bool> {
    let tasks = process.run.state().tasks.iter().zip(&process.tasks).enumerate();
    let with_groups = tasks.filter(|(_, (task, _))| !task.assignees.people.groups().is_empty());
    let mut stored = Rows::of_run(tx, process.key)?;
    let mut is_different = false;
    let mut notices = Vec::new();
    for (place, (task, record)) in with_groups {
        let stored = stored.remove(&record.key).unwrap_or_default();
        let all = Rows::of(task, directory, false);
        // Who completed it has a row, unless they are gone: that is asked only
        // where it makes a difference.
        if all.is_same(&stored) {
            continue;
        }
        let addresses = stored.guests.keys().chain(all.guests.keys()).map(String::as_str).collect();
        let keys = guest_keys(tx, org, &addresses)?;
        let wanted = Rows::of(task, directory, completer_is_gone(process, place, &keys));
        if !wanted.is_same(&stored) {
            wanted.save(tx, org, record.key, &stored, &keys)?;
            if task.is_open() && process.run.state().archived_at.is_none() {
                let new = wanted.guests.keys().filter(|folded| !stored.guests.contains_key(*folded));
                let new = new.filter_map(|folded| keys.get(folded));
                notices.extend(new.map(|(guest, _)| Notice::of_task(*guest, record.key, About::Assigned)));
            }
            guests.extend(keys.values().map(|(key, _)| *key));
            is_different = true;
        }
    }
    notices::tell(tx, org, &notices, at)?;
    Ok(is_different)
}

/// As whom the engine sees whoever changed people elsewhere.
fn by(tx: &mut Tx<'_>, org: OrgNo, cause: &Cause) -> Result<By> {
    let Some(id) = cause.actor else { return Ok(By::Clock) };
    // Whether they may is decided where they did it: light members change
    // guests' addresses nowhere, and must not fail here.
    let member = accounts::find(tx, org, id)?.filter(|member| member.role != Role::Light);
    Ok(member.map_or(By::Clock, |member| By::Member(Actor { id, role: member.role })))
}

/// Why a process was not told: it has no reason to refuse.
struct Unrefusable(Error);

impl From<Error> for Unrefusable {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Refusal> for Unrefusable {
    fn from(_: Refusal) -> Self {
        Self(Error::corrupt("a process refused to hear of its people"))
    }
}

/// How processes are told.
#[derive(Clone, Copy)]
struct Telling<'a> {
    org: OrgNo,
    setting: &'a Setting,
    doer: Doer<'a>,
    renamed: Option<(&'a EmailAddress, &'a EmailAddress)>,
}

impl Telling<'_> {
    /// Whom the engine has to know to hear of it.
    fn named(self, process: &Process, command: &Command) -> Named {
        let mut named = process.run.snapshot().named().clone();
        process.run.state().named(&mut named);
        self.doer.by.named(&mut named);
        command.named(&mut named);
        named
    }

    /// Tells one process, and returns the sentences that the engine has for it.
    fn tell(
        self,
        tx: &mut Tx<'_>,
        before: &Process,
        command: &Command,
        directory: &Directory,
    ) -> Result<Vec<String>> {
        // Nobody becomes a guest by this: whoever comes is one, or is a member.
        let missing = || Unrefusable(Error::corrupt("a guest that a process was told of is missing"));
        let mut newcomers =
            Newcomers { code: &mut || GuestCode::new([0; 24]), admit: &mut |_| Err(missing()) };
        let cx = self.setting.context(self.doer, directory);
        let mut after = before.clone();
        let outcome = after.run.handle(command, cx).map_err(|refusal| Unrefusable::from(refusal).0)?;
        let saving = Saving { org: self.org, cx, cause: self.doer.cause, renamed: self.renamed };
        let saved = saving.changed(tx, before, after, &outcome, &mut newcomers);
        saved.map_err(|Unrefusable(error)| error)?;
        Ok(outcome.warnings)
    }
}
