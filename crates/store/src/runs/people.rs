//! What processes have to be told about people who leave, change or move
//! between groups.

use hospes_model::workflow::{Command, Person};
use hospes_model::{EmailAddress, GroupKey, GuestCode, OrgNo, Refusal, RunKey};

use crate::error::{Error, Result};
use crate::orgs;
use crate::sql::{Tx, Value};

use super::directory::{self, Setting};
use super::get;
use super::save::Saving;
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
/// complete; nobody, if nobody comes. Guests are never left alone.
pub fn replace<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    leaving: Leaving<'_>,
    doer: Doer<'_>,
) -> std::result::Result<(), E> {
    let Leaving { person, with, same_person } = leaving;
    let runs = runs_of(tx, org, person, same_person)?;
    let command = Command::Replace { person: person.clone(), with: with.cloned(), same_person };
    tell(tx, org, &runs, &command, doer)
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

/// Sees to it that no guest is alone after groups lost members.
pub fn groups_changed<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    groups: &[GroupKey],
    doer: Doer<'_>,
) -> std::result::Result<(), E> {
    let mut runs: Vec<RunKey> = Vec::new();
    for group in groups {
        runs.extend(tx.query_all(
            "SELECT DISTINCT t.run_key FROM task_group g JOIN task t ON t.key = g.task_key \
             WHERE g.group_key = ?1 AND t.run_key IS NOT NULL AND t.completed_at IS NULL",
            &[group.get().into()],
            |row| Ok(RunKey::from_stored(row.int(0)?)),
        )?);
    }
    runs.sort_unstable();
    runs.dedup();
    tell(tx, org, &runs, &Command::CheckChaperones, doer)
}

fn tell<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    runs: &[RunKey],
    command: &Command,
    doer: Doer<'_>,
) -> std::result::Result<(), E> {
    orgs::lock(tx, org)?;
    let setting = Setting::of(tx, org)?;
    // Nobody becomes a guest by this: whoever comes is one, or is a member.
    let mut newcomers = Newcomers {
        code: &mut || GuestCode::new([0; 24]),
        admit: &mut |_| Err(E::from(Error::corrupt("a guest that a process was told of is missing"))),
    };
    for run in runs {
        let before = get(tx, *run)?;
        let mut named = before.run.snapshot().named().clone();
        before.run.state().named(&mut named);
        doer.by.named(&mut named);
        command.named(&mut named);
        let directory = directory::load(tx, org, &named)?;
        let cx = setting.context(doer, &directory);
        let mut after = before.clone();
        let outcome = after.run.handle(command, cx)?;
        let saving = Saving { org, cx, cause: doer.cause };
        saving.changed::<E>(tx, &before, after, &outcome, &mut newcomers)?;
    }
    Ok(())
}
