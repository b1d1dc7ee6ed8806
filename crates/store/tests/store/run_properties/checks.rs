//! What must hold after every step: asked of the states, and of the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use hospes_model::guest::Stats;
use hospes_model::member::Actor;
use hospes_model::run::Process;
use hospes_model::workflow::{Directory, Person, RunStatus, RunTask};
use hospes_model::{GroupId, GuestKey, MemberId, OrgNo, RunId, TaskId};
use hospes_store::runs::list as run_list;
use hospes_store::runs::{self, Found};
use hospes_store::tasks::list::{self, Archived, Filter, Listing, Scope, Sort, State};
use hospes_store::{Result, Row, Tx};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::databases::World;

/// Everything that is stored, as one text.
pub(super) fn view(world: &World) -> String {
    const NUMBERS: [(usize, &str); 13] = [
        (5, "SELECT no, guest_total, guest_revision, activity_sequence, task_sequence FROM org ORDER BY no"),
        (
            8,
            "SELECT key, active_tasks, tasks_completed, last_task_completed_at, one_off_tasks_completed, \
             disabled_at, profile_revision, stats_revision FROM guest ORDER BY key",
        ),
        (
            8,
            "SELECT key, version_key, owner_id, completed_at, archived_at, updated_at, revision, first_deadline \
             FROM run ORDER BY key",
        ),
        (
            7,
            "SELECT key, run_key, deadline, completed_at, completer_id, archived_at, revision FROM task \
             ORDER BY key",
        ),
        (3, "SELECT task_key, account_id, completed_at FROM task_member ORDER BY task_key, account_id"),
        (3, "SELECT task_key, guest_key, completed_at FROM task_guest ORDER BY task_key, guest_key"),
        (2, "SELECT task_key, group_key FROM task_group ORDER BY task_key, group_key"),
        (2, "SELECT run_key, account_id FROM run_member ORDER BY run_key, account_id"),
        (2, "SELECT run_key, group_key FROM run_group ORDER BY run_key, group_key"),
        (2, "SELECT run_key, at FROM timer ORDER BY run_key"),
        (2, "SELECT key, revision FROM people_group ORDER BY key"),
        (2, "SELECT group_key, account_id FROM people_group_member ORDER BY group_key, account_id"),
        (2, "SELECT group_key, guest_key FROM people_group_guest ORDER BY group_key, guest_key"),
    ];
    const TEXTS: [(usize, &str); 4] = [
        (2, "SELECT email, code FROM guest ORDER BY key"),
        (3, "SELECT name, status, state FROM run ORDER BY key"),
        (
            4,
            "SELECT title, COALESCE(summary, ''), COALESCE(completer_guest_code, ''), state FROM task \
             WHERE run_key IS NOT NULL ORDER BY key",
        ),
        (3, "SELECT verb, entity_id, text FROM activity ORDER BY key"),
    ];
    let mut all = String::new();
    for (columns, sql) in NUMBERS {
        writeln!(all, "{sql}\n{:?}", world.table(columns, sql)).unwrap();
    }
    for (columns, sql) in TEXTS {
        let read = move |row: &Row<'_>| {
            let text = |column| Ok(String::from_utf8_lossy(row.bytes(column)?).into_owned());
            (0..columns).map(text).collect::<Result<Vec<String>>>()
        };
        let rows = world.write(move |tx| Ok(tx.query_all(sql, &[], read)?)).unwrap();
        writeln!(all, "{sql}\n{rows:?}").unwrap();
    }
    all
}

fn micros(at: Option<Timestamp>) -> i64 {
    at.map_or(-1, Timestamp::as_microsecond)
}

/// A row about somebody on a task: whether the server added them, whether they
/// are on it through a group only, and when they did their part.
type OnTask<P> = BTreeMap<P, (bool, bool, i64)>;

/// Who is on a task.
#[derive(Debug, PartialEq)]
struct Rows {
    members: OnTask<MemberId>,
    guests: OnTask<String>,
    groups: BTreeSet<GroupId>,
}

/// The guests that there are, by where they are stored.
type Guests = BTreeMap<GuestKey, String>;

fn wanted(process: &Process, place: usize, directory: &Directory, there: &Guests) -> Rows {
    let (task, record) = (&process.run.state().tasks[place], &process.tasks[place]);
    let part = |person: &Person| {
        let own = task.parts.iter().find(|part| part.person.is_same(person)).map(|part| part.at);
        let whole =
            task.completion.as_ref().filter(|done| done.by.as_ref().is_some_and(|by| by.is_same(person)));
        micros(own.or(whole.map(|done| done.at)))
    };
    let (mut members, mut guests) = (OnTask::new(), OnTask::new());
    let people = &task.assignees.people;
    let groups = || people.groups().iter().filter_map(|id| directory.groups.get(id));
    for id in groups().flat_map(|group| &group.members).filter(|id| directory.is_active(**id)) {
        members.insert(*id, (false, true, part(&Person::Member(*id))));
    }
    for id in people.users() {
        members.insert(*id, (false, false, part(&Person::Member(*id))));
    }
    if let Some(id) = task.assignees.chaperone {
        members.entry(id).or_insert((true, false, part(&Person::Member(id))));
    }
    // The completer whose record is gone is nobody who has the address now.
    let code = record.completer_code.as_ref().and_then(hospes_model::GuestCode::sequence);
    let by = task.completion.as_ref().and_then(|done| done.by.clone());
    let gone = |email: &str| match (&by, code) {
        (Some(Person::Guest(by)), Some(code)) => {
            by.folded() == email && !there.keys().any(|key| key.sequence() == code)
        }
        _ => false,
    };
    let mut guest = |email: &hospes_model::EmailAddress, via_group: bool| {
        let own = task.parts.iter().any(|part| part.person.is_same(&Person::Guest(email.clone())));
        let done = if gone(email.folded()) && !own { -1 } else { part(&Person::Guest(email.clone())) };
        guests.insert(email.folded().to_owned(), (false, via_group, done));
    };
    for email in groups().flat_map(|group| &group.guests) {
        guest(email, true);
    }
    for email in people.guests() {
        guest(email, false);
    }
    if let Some(Person::Guest(email)) = &by
        && !gone(email.folded())
        && !guests.contains_key(email.folded())
    {
        guests.insert(email.folded().to_owned(), (false, false, part(&Person::Guest(email.clone()))));
    }
    Rows { members, guests, groups: people.groups().iter().copied().collect() }
}

fn stored(tx: &mut Tx<'_>, key: i64) -> Result<Rows> {
    let values = [key.into()];
    let member = |row: &Row<'_>| {
        let done = row.opt_int(3)?.unwrap_or(-1);
        Ok((MemberId::new(row.int(0)?).unwrap(), (row.bool(1)?, row.bool(2)?, done)))
    };
    let members =
        "SELECT account_id, added_by_server, via_group, completed_at FROM task_member WHERE task_key = ?1";
    let guest = |row: &Row<'_>| Ok((row.string(0)?, (false, row.bool(1)?, row.opt_int(2)?.unwrap_or(-1))));
    let guests = "SELECT g.email_folded, o.via_group, o.completed_at FROM task_guest o \
         JOIN guest g ON g.key = o.guest_key WHERE o.task_key = ?1";
    let groups =
        "SELECT g.id FROM task_group o JOIN people_group g ON g.key = o.group_key WHERE o.task_key = ?1";
    Ok(Rows {
        members: tx.query_all(members, &values, member)?.into_iter().collect(),
        guests: tx.query_all(guests, &values, guest)?.into_iter().collect(),
        groups: tx
            .query_all(groups, &values, |row| Ok(GroupId::from_bytes(row.bytes(0)?).unwrap()))?
            .into_iter()
            .collect(),
    })
}

/// All that is read for the checks.
struct Everything {
    org: OrgNo,
    now: Timestamp,
    actors: Vec<Actor>,
    found: Vec<Found>,
    guests: Guests,
    groups: Vec<GroupId>,
}

/// Holds everything against everything.
pub(super) fn check(
    world: &World,
    made: &[RunId],
    groups: &[GroupId],
) -> std::result::Result<(), TestCaseError> {
    let (org, now, made, groups) = (world.org, world.now(), made.to_vec(), groups.to_vec());
    let mut actors: Vec<Actor> = (1..=4).map(|number| world.acting(number)).collect();
    actors.dedup();
    let failed = world.read(move |tx| {
        let mut found = Vec::new();
        for id in &made {
            found.extend(runs::find(tx, org, *id)?);
        }
        let guests = tx.query_all("SELECT key, email_folded FROM guest ORDER BY key", &[], |row| {
            Ok((GuestKey::from_stored(row.int(0)?), row.string(1)?))
        })?;
        let all = Everything {
            org,
            now,
            actors: actors.clone(),
            found,
            guests: guests.into_iter().collect(),
            groups: groups.clone(),
        };
        let checked = (|| {
            for found in &all.found {
                all.rows(tx, found)?;
            }
            all.statistics(tx)?;
            all.task_lists(tx)?;
            all.run_lists(tx)
        })();
        Ok(checked.err())
    });
    failed.map_or(Ok(()), |failed: Failure| Err(failed.0))
}

/// Why a check failed: what was found, or the database.
struct Failure(TestCaseError);

impl From<hospes_store::Error> for Failure {
    fn from(error: hospes_store::Error) -> Self {
        panic!("{error:?}")
    }
}

impl From<TestCaseError> for Failure {
    fn from(error: TestCaseError) -> Self {
        Self(error)
    }
}

type Checked = std::result::Result<(), Failure>;

impl Everything {
    /// The row of a process, those of its tasks, and its timer.
    fn rows(&self, tx: &mut Tx<'_>, found: &Found) -> Checked {
        let (process, directory) = (&found.process, &found.directory);
        let state = process.run.state();
        let overview = run_list::find(tx, self.org, state.id, self.actors[0], self.now)?;
        if overview.as_ref() != Some(&process.overview(self.now, directory)) {
            return Err(TestCaseError::fail(format!(
                "{overview:?}\n{:?}",
                process.overview(self.now, directory)
            ))
            .into());
        }
        let run = [process.key.get().into()];
        let restricted =
            tx.query_one("SELECT restricted FROM run WHERE key = ?1", &run, |row| row.bool(0))?;
        same(&restricted, &!state.access.is_empty(), "restricted")?;
        let columns = "SELECT hidden, problem, deadline, completed_at, archived_at, key FROM task WHERE run_key = ?1 \
             ORDER BY key";
        let tasks = tx.query_all(columns, &run, |row| {
            let moment = |column| Ok::<_, hospes_store::Error>(row.opt_int(column)?.unwrap_or(-1));
            Ok((row.bool(0)?, row.bool(1)?, moment(2)?, moment(3)?, moment(4)?, row.int(5)?))
        })?;
        same(&tasks.len(), &state.tasks.len(), "tasks")?;
        for (place, (task, row)) in state.tasks.iter().zip(&tasks).enumerate() {
            let expected = (
                task.visibility.hidden,
                task.is_in_trouble(),
                micros(task.due.at()),
                micros(task.completion.as_ref().map(|done| done.at)),
                micros(state.archived_at),
                process.tasks[place].key.get(),
            );
            same(row, &expected, "columns of a task")?;
            same(&stored(tx, row.5)?, &wanted(process, place, directory, &self.guests), "people")?;
        }
        let timer = tx.query_opt("SELECT at FROM timer WHERE run_key = ?1", &run, |row| row.int(0))?;
        let first = process.run.wanted_timers().into_iter().map(|timer| timer.at).min();
        same(&timer.unwrap_or(-1), &micros(first), "timer")
    }

    /// The tasks of all processes with their people.
    fn tasks(&self) -> impl Iterator<Item = (&Found, &RunTask, Rows)> {
        self.found.iter().flat_map(move |found| {
            let tasks = found.process.run.state().tasks.iter().enumerate();
            tasks.map(move |(place, task)| {
                (found, task, wanted(&found.process, place, &found.directory, &self.guests))
            })
        })
    }

    fn statistics(&self, tx: &mut Tx<'_>) -> Checked {
        for (key, email) in &self.guests {
            let mut expected = Stats::default();
            for (found, task, rows) in self.tasks() {
                let Some((_, _, done)) = rows.guests.get(email) else { continue };
                let archived = found.process.run.state().archived_at.is_some();
                expected.active_tasks += i64::from(task.is_open() && !archived);
                if *done >= 0 {
                    let done = Timestamp::from_microsecond(*done).unwrap();
                    expected.tasks_completed += 1;
                    expected.last_task_completed_at = expected.last_task_completed_at.max(Some(done));
                }
            }
            let guest = hospes_store::guests::get(tx, *key)?;
            same(&guest.stats, &expected, email)?;
            let sql = "SELECT bytes FROM guest_rendered WHERE key = ?1";
            let bytes = tx.query_one(sql, &[key.get().into()], |row| Ok(row.bytes(0)?.to_vec()))?;
            let rendered = format!("{} {expected:?}", guest.code);
            same(&String::from_utf8_lossy(&bytes).into_owned(), &rendered, "rendering")?;
        }
        Ok(())
    }

    fn listed(
        &self,
        tx: &mut Tx<'_>,
        viewer: Actor,
        scope: Scope,
        filter: Filter,
    ) -> Result<BTreeSet<TaskId>> {
        let listing = Listing { scope, viewer, filter, sort: Sort::Newest, reversed: false, now: self.now };
        let page = list::page(tx, self.org, &listing, 0, 10_000)?;
        assert_eq!(page.total, i64::try_from(page.tasks.len()).unwrap(), "{listing:?}");
        let keys = list::keys(tx, self.org, &listing)?;
        assert_eq!(keys, page.tasks.iter().map(hospes_store::tasks::Listed::key).collect::<Vec<_>>());
        Ok(page.tasks.iter().map(hospes_store::tasks::Listed::id).collect())
    }

    /// The tasks that can be seen in lists and of which something is true.
    fn those(&self, is: impl Fn(&Found, &RunTask, &Rows) -> bool) -> BTreeSet<TaskId> {
        let seen = self.tasks().filter(|(_, task, _)| !task.visibility.hidden);
        seen.filter(|(found, task, rows)| is(found, task, rows)).map(|(_, task, _)| task.id).collect()
    }

    fn task_lists(&self, tx: &mut Tx<'_>) -> Checked {
        let admin = self.actors[0];
        let at_hand = |found: &Found| found.process.run.state().archived_at.is_none();
        for actor in &self.actors {
            let listed = self.listed(tx, admin, Scope::Member(actor.id), Filter::default())?;
            let on = self.those(|found, _, rows| at_hand(found) && rows.members.contains_key(&actor.id));
            same(&listed, &on, "tasks of a member")?;
            let all = Filter { archived: Archived::Included, ..Filter::default() };
            let listed = self.listed(tx, *actor, Scope::Organization, all)?;
            let visible = self.those(|found, _, _| found.process.is_visible_to(*actor, &found.directory));
            same(&listed, &visible, "visible tasks")?;
        }
        for (key, email) in &self.guests {
            let listed = self.listed(tx, admin, Scope::Guest(*key), Filter::default())?;
            let on = self.those(|found, _, rows| at_hand(found) && rows.guests.contains_key(email));
            same(&listed, &on, "tasks of a guest")?;
        }
        for group in &self.groups {
            let filter = Filter { groups: Some(vec![*group]), ..Filter::default() };
            let listed = self.listed(tx, admin, Scope::Organization, filter)?;
            let on = self.those(|found, _, rows| at_hand(found) && rows.groups.contains(group));
            same(&listed, &on, "tasks of a group")?;
        }
        for state in [State::Open, State::Completed, State::Overdue, State::HasProblem] {
            let filter = Filter { states: vec![state], ..Filter::default() };
            let listed = self.listed(tx, admin, Scope::Organization, filter)?;
            let is = |task: &RunTask| match state {
                State::Open => task.is_open(),
                State::Completed => task.completion.is_some(),
                State::Overdue => task.is_late(self.now),
                _ => task.is_in_trouble(),
            };
            same(&listed, &self.those(|found, task, _| at_hand(found) && is(task)), "tasks in a state")?;
        }
        for found in &self.found {
            let listed = self.listed(tx, admin, Scope::Run(found.process.key), Filter::default())?;
            let all = found.process.run.state().tasks.iter().map(|task| task.id).collect();
            same(&listed, &all, "tasks of a process")?;
        }
        Ok(())
    }

    fn run_lists(&self, tx: &mut Tx<'_>) -> Checked {
        use run_list::State;
        let mut listed = |viewer: Actor, filter: run_list::Filter| -> Result<BTreeSet<RunId>> {
            let (sort, reversed) = (run_list::Sort::Newest, false);
            let listing = run_list::Listing { viewer, filter, sort, reversed, now: self.now };
            let page = run_list::page(tx, self.org, &listing, 0, 10_000)?;
            assert_eq!(page.total, i64::try_from(page.runs.len()).unwrap(), "{listing:?}");
            Ok(page.runs.iter().map(|run| run.head.id).collect())
        };
        let those = |is: &dyn Fn(&Process, &Directory) -> bool| -> BTreeSet<RunId> {
            let found = self.found.iter().filter(|found| is(&found.process, &found.directory));
            found.map(|found| found.process.run.state().id).collect()
        };
        for actor in &self.actors {
            let filter = run_list::Filter { archived: Archived::Included, ..Default::default() };
            let visible = those(&|process, directory| process.is_visible_to(*actor, directory));
            same(&listed(*actor, filter)?, &visible, &format!("processes visible to {actor:?}"))?;
        }
        let admin = self.actors[0];
        for state in
            [State::Active, State::Complete, State::Problem, State::Issue, State::Archived, State::Delayed]
        {
            let filter = run_list::Filter { states: vec![state], ..Default::default() };
            let expected = those(&|process, _| match (state, process.run.status()) {
                (State::Archived, status) => status == RunStatus::Archived,
                (_, RunStatus::Archived) => false,
                (State::Active, status) => status != RunStatus::Complete,
                (State::Complete, status) => status == RunStatus::Complete,
                (State::Problem, status) => matches!(status, RunStatus::Problem | RunStatus::Issue),
                (State::Issue, status) => status == RunStatus::Issue,
                (_, _) => process.run.late_tasks(self.now) > 0,
            });
            same(&listed(admin, filter)?, &expected, &format!("processes that are {state:?}"))?;
        }
        for group in &self.groups {
            let filter = run_list::Filter { groups: Some(vec![*group]), ..Default::default() };
            let on = those(&|process, _| {
                let state = process.run.state();
                let has = |task: &RunTask| task.assignees.people.groups().contains(group);
                state.archived_at.is_none() && state.tasks.iter().any(has)
            });
            same(&listed(admin, filter)?, &on, "processes of a group")?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(stored: &T, expected: &T, what: &str) -> Checked {
    let compared = (|| {
        prop_assert_eq!(stored, expected, "{}", what);
        Ok(())
    })();
    compared.map_err(Failure)
}
