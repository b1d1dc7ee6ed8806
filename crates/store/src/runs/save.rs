//! Writing a process after something happened to it: its row, the rows of the
//! tasks that changed, and all that is derived of both.

use std::collections::BTreeSet;

use hospes_model::activity::{Cause, Event};
use hospes_model::guest::GuestChange;
use hospes_model::run::{About, Process, TaskRecord};
use hospes_model::text::fold;
use hospes_model::workflow::{Context, Outcome, Person, Run, RunTask};
use hospes_model::{
    EmailAddress, GuestCode, GuestKey, OrgNo, Refusal, RunId, RunKey, TaskKey, TemplateKey, VersionKey,
};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::guests::shifts::{Kind, Part, Shifts};
use crate::orgs::{self, Advance, Advanced};
use crate::sql::{Tx, Value};
use crate::{activity, assets, guests, to_micros};

use super::columns::{SQL, changing_values, fixed_values};
use super::owners::{GuestKeys, Rows, guest_keys};
use super::write::Newcomers;
use super::{Head, activity as feed};

/// What a process is launched from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Launched {
    pub(super) template: TemplateKey,
    pub(super) version: VersionKey,
}

/// A change that is being saved.
#[derive(Clone, Copy)]
pub(super) struct Saving<'a> {
    pub(super) org: OrgNo,
    pub(super) cx: Context<'a>,
    pub(super) cause: &'a Cause,
    /// A guest who has another address from now on: the old one and the new
    /// one. The record is the same.
    pub(super) renamed: Option<(&'a EmailAddress, &'a EmailAddress)>,
}

/// A task whose row is to be written.
struct Changed {
    place: usize,
    before: Rows,
    after: Rows,
    was_open: bool,
    is_open: bool,
}

impl Saving<'_> {
    /// Stores a new process.
    pub(super) fn launched<E: From<Error> + From<Refusal>>(
        self,
        tx: &mut Tx<'_>,
        from: Launched,
        run: Run,
        about: About,
        outcome: &Outcome,
        newcomers: &mut Newcomers<'_, E>,
    ) -> std::result::Result<Process, E> {
        let process = Process {
            // The keys are known when the organization was advanced.
            key: RunKey::before_all(self.org),
            template: from.template,
            version: from.version,
            run,
            about,
            tasks: Vec::new(),
            updated_at: self.cause.at,
            revision: 0,
        };
        self.save(tx, None, process, outcome, newcomers)
    }

    /// Stores what is different.
    pub(super) fn changed<E: From<Error> + From<Refusal>>(
        self,
        tx: &mut Tx<'_>,
        before: &Process,
        after: Process,
        outcome: &Outcome,
        newcomers: &mut Newcomers<'_, E>,
    ) -> std::result::Result<Process, E> {
        if outcome.events.is_empty() && before.about == after.about {
            return Ok(after);
        }
        self.save(tx, Some(before), after, outcome, newcomers)
    }

    fn save<E: From<Error> + From<Refusal>>(
        self,
        tx: &mut Tx<'_>,
        before: Option<&Process>,
        mut after: Process,
        outcome: &Outcome,
        newcomers: &mut Newcomers<'_, E>,
    ) -> std::result::Result<Process, E> {
        self.render(&mut after);
        let places = changed_places(before, &after);
        let known = self.known_guests(tx, before, &after, &places)?;
        let changed = self.changes(before, &after, &places, &known);
        let keys = self.guests::<E>(tx, known, &changed, newcomers)?;
        let shifts = shifts(&changed, &keys);
        let mut events = feed::rows(before, &after, &outcome.events, self.cause.actor);
        events.extend(about_changed(before, &after));
        // Revisions, and what is remembered of lists, go by the feed.
        debug_assert!(!events.is_empty(), "a change that the feed does not tell of: {:?}", outcome.events);
        let old_tasks = before.map_or(0, |before| before.tasks.len());
        let new_tasks = (after.tasks.len() - old_tasks) as i64;
        let advanced = orgs::advance(
            tx,
            self.org,
            Advance {
                runs: i64::from(before.is_none()),
                tasks: new_tasks,
                guests_changed: !shifts.is_empty(),
                events: events.len() as i64,
                ..Advance::default()
            },
        )?;
        if before.is_none() {
            after.key = RunKey::new(self.org, advanced.run_sequence);
        }
        let first = advanced.task_sequence - new_tasks + 1;
        for (sequence, record) in (first..).zip(after.tasks.iter_mut().skip(old_tasks)) {
            record.key = TaskKey::new(self.org, sequence);
        }
        self.stamp(before, &mut after, &changed, &keys, advanced);
        self.write_run(tx, before, &after)?;
        for change in &changed {
            self.write_task(tx, before, &after, change, &keys)?;
        }
        shifts.apply(tx, Kind::Process, advanced.guest_revision)?;
        super::timers::set(tx, before, &after)?;
        activity::add(tx, self.org, advanced.activity_sequence, self.cause, &events)?;
        super::notices::of_change(tx, self, before, &after, outcome, &keys)?;
        Ok(after)
    }

    /// Replaces the variables in titles and texts, which may have changed with
    /// any answer. New tasks get their records here.
    fn render(self, process: &mut Process) {
        for (place, (title, summary)) in process.run.words(self.cx).into_iter().enumerate() {
            match process.tasks.get_mut(place) {
                Some(record) => (record.title, record.summary) = (title, summary),
                None => process.tasks.push(TaskRecord {
                    key: TaskKey::before_all(self.org),
                    title,
                    summary,
                    completer_code: None,
                    updated_at: self.cause.at,
                    revision: 0,
                }),
            }
        }
    }

    /// The guests on these tasks, before and after, who have a record.
    fn known_guests(
        self,
        tx: &mut Tx<'_>,
        before: Option<&Process>,
        after: &Process,
        places: &[usize],
    ) -> Result<GuestKeys> {
        let mut rows: Vec<Rows> = Vec::new();
        for process in before.into_iter().chain([after]) {
            let tasks = places.iter().filter_map(|place| process.run.state().tasks.get(*place));
            rows.extend(tasks.map(|task| Rows::of(task, self.cx.directory, false)));
        }
        let mut all: BTreeSet<&str> =
            rows.iter().flat_map(|rows| rows.guests.keys()).map(String::as_str).collect();
        if let Some((_, new)) = self.renamed {
            all.insert(new.folded());
        }
        if all.is_empty() {
            return Ok(GuestKeys::new());
        }
        let mut keys = guest_keys(tx, self.org, &all)?;
        if let Some((old, new)) = self.renamed
            && let Some(same) = keys.get(new.folded()).cloned()
        {
            keys.insert(old.folded().to_owned(), same);
        }
        Ok(keys)
    }

    /// What becomes of the rows of the tasks that changed.
    fn changes(
        self,
        before: Option<&Process>,
        after: &Process,
        places: &[usize],
        keys: &GuestKeys,
    ) -> Vec<Changed> {
        let archived = |process: &Process| process.run.state().archived_at.is_some();
        let mut changed = Vec::with_capacity(places.len());
        for place in places.iter().copied() {
            let Some(task) = after.run.state().tasks.get(place) else { continue };
            let old = before.and_then(|before| before.run.state().tasks.get(place));
            let was_gone = before.is_some_and(|before| completer_is_gone(before, place, keys));
            let is_gone = was_gone && old.is_some_and(|old| old.completion == task.completion);
            changed.push(Changed {
                place,
                before: old.map_or_else(Rows::default, |old| Rows::of(old, self.cx.directory, was_gone)),
                after: Rows::of(task, self.cx.directory, is_gone),
                was_open: old.is_some_and(RunTask::is_open) && !before.is_some_and(archived),
                is_open: task.is_open() && !archived(after),
            });
        }
        changed
    }

    /// Makes guests of those addresses that are put on a task and that nobody
    /// has.
    fn guests<E: From<Error> + From<Refusal>>(
        self,
        tx: &mut Tx<'_>,
        mut keys: GuestKeys,
        changed: &[Changed],
        newcomers: &mut Newcomers<'_, E>,
    ) -> std::result::Result<GuestKeys, E> {
        let mut unknown: Vec<EmailAddress> = Vec::new();
        for change in changed {
            for (folded, row) in &change.after.guests {
                // Whoever was on it and is gone stays gone.
                let gone = change.before.guests.contains_key(folded);
                if !keys.contains_key(folded)
                    && !gone
                    && !unknown.iter().any(|known| known.is_same(&row.email))
                {
                    unknown.push(row.email.clone());
                }
            }
        }
        if unknown.is_empty() {
            return Ok(keys);
        }
        (newcomers.admit)(&unknown)?;
        for email in unknown {
            let code: GuestCode = (newcomers.code)();
            let change = GuestChange::default();
            let guest = guests::create::<E>(tx, self.org, &code, &email, &change, self.cause)?;
            keys.insert(email.folded().to_owned(), (guest.key, guest.code));
        }
        Ok(keys)
    }

    /// Puts down when what changed, and by which guests tasks were completed.
    fn stamp(
        self,
        before: Option<&Process>,
        process: &mut Process,
        changed: &[Changed],
        keys: &GuestKeys,
        advanced: Advanced,
    ) {
        process.updated_at = self.cause.at;
        process.revision = advanced.activity_sequence;
        let completion = |process: &Process, place: usize| {
            process.run.state().tasks.get(place).and_then(|task| task.completion.clone())
        };
        for change in changed {
            let done = completion(process, change.place);
            let same = before.and_then(|before| completion(before, change.place)) == done;
            let Some(record) = process.tasks.get_mut(change.place) else { continue };
            record.updated_at = self.cause.at;
            record.revision = advanced.activity_sequence;
            // A guest who is gone since keeps what they did, whoever has the
            // address now.
            if !same {
                record.completer_code = match done.and_then(|done| done.by) {
                    Some(Person::Guest(email)) => keys.get(email.folded()).map(|(_, code)| code.clone()),
                    _ => None,
                };
            }
        }
    }

    fn write_run(self, tx: &mut Tx<'_>, before: Option<&Process>, after: &Process) -> Result<()> {
        let (run, state) = (&after.run, after.run.state());
        let head = Head {
            access: state.access.clone(),
            prerun: state.prerun.clone(),
            prerun_completed: state.prerun_completed.clone(),
            issues: state.issues.clone(),
        };
        let head = to_json(&head)?;
        let hidden_fields = to_json(&after.about.publicly_hidden_fields)?;
        let (name, progress) = (fold(&state.name), run.progress());
        let first = state.tasks.iter().filter(|task| task.is_open()).filter_map(|task| task.due.at()).min();
        let moment = |at: Option<Timestamp>| Value::from(at.map(to_micros));
        let values: Vec<Value<'_>> = vec![
            after.key.get().into(),
            (&state.name).into(),
            (&name).into(),
            after.about.summary.as_deref().into(),
            state.owner.get().into(),
            (!state.access.is_empty()).into(),
            after.about.starred.into(),
            after.about.is_public.into(),
            (&hidden_fields).into(),
            (&head).into(),
            (progress.complete as i64).into(),
            (progress.total as i64).into(),
            moment(first),
            moment(run.due_date()),
            moment(state.completed_at),
            moment(state.archived_at),
            to_micros(after.updated_at).into(),
            after.revision.into(),
            run.status().as_str().into(),
        ];
        if let Some(before) = before {
            SQL.update_run.execute(tx, &values, before.run.status() == run.status())?;
        } else {
            let mut values = values;
            let fixed: [Value<'_>; 7] = [
                self.org.get().into(),
                state.id.as_bytes().into(),
                after.template.get().into(),
                after.version.get().into(),
                state.launcher.get().into(),
                state.parent.as_ref().map(RunId::as_bytes).into(),
                to_micros(state.launched_at).into(),
            ];
            values.extend(fixed);
            tx.execute(&SQL.insert_run, &values)?;
        }
        if before.map_or_else(|| !state.access.is_empty(), |before| before.run.state().access != state.access)
        {
            self.write_access(tx, after)?;
        }
        Ok(())
    }

    fn write_access(self, tx: &mut Tx<'_>, process: &Process) -> Result<()> {
        let (key, access) = (process.key.get(), &process.run.state().access);
        tx.execute("DELETE FROM run_member WHERE run_key = ?1", &[key.into()])?;
        tx.execute("DELETE FROM run_group WHERE run_key = ?1", &[key.into()])?;
        for member in access.users() {
            tx.execute(
                "INSERT INTO run_member (run_key, account_id) VALUES (?1, ?2)",
                &[key.into(), member.get().into()],
            )?;
        }
        for group in access.groups() {
            tx.execute(
                "INSERT INTO run_group (run_key, group_key) \
                 SELECT ?1, key FROM people_group WHERE org = ?2 AND id = ?3",
                &[key.into(), self.org.get().into(), group.as_bytes().into()],
            )?;
        }
        Ok(())
    }

    fn write_task(
        self,
        tx: &mut Tx<'_>,
        before: Option<&Process>,
        after: &Process,
        change: &Changed,
        keys: &GuestKeys,
    ) -> Result<()> {
        let state = after.run.state();
        let parts =
            (state.tasks.get(change.place), after.tasks.get(change.place), after.run.step_of(change.place));
        let (Some(task), Some(record), Some(step)) = parts else {
            return Err(Error::corrupt("a task without its step"));
        };
        let json = to_json(task)?;
        let title = fold(&record.title);
        let mut values = changing_values(task, record, &json, &title, state.archived_at);
        if let Some(old) = before.and_then(|before| before.run.state().tasks.get(change.place)) {
            SQL.update_task.execute(tx, &values, old.due.at() == task.due.at())?;
        } else {
            values.extend(fixed_values(self.org, after, change.place, task, step));
            tx.execute(&SQL.insert_task, &values)?;
        }
        change.after.save(tx, self.org, record.key, &change.before, keys)
    }

    /// Deletes a process with its tasks.
    pub(super) fn deleted(self, tx: &mut Tx<'_>, process: &Process) -> Result<()> {
        let places: Vec<usize> = (0..process.tasks.len()).collect();
        let keys = self.known_guests(tx, None, process, &places)?;
        let gone = process.run.state().tasks.iter().enumerate().map(|(place, task)| Changed {
            place,
            before: Rows::of(task, self.cx.directory, completer_is_gone(process, place, &keys)),
            after: Rows::default(),
            was_open: false,
            is_open: false,
        });
        let gone: Vec<Changed> = gone.collect();
        let shifts = shifts(&gone, &keys);
        let events = [feed::deleted(process)];
        let advance = Advance { events: 1, guests_changed: !shifts.is_empty(), ..Advance::default() };
        let advanced = orgs::advance(tx, self.org, advance)?;
        let key = [Value::from(process.key.get())];
        for table in ["task_member", "task_guest", "task_group"] {
            tx.execute(
                &format!("DELETE FROM {table} WHERE task_key IN (SELECT key FROM task WHERE run_key = ?1)"),
                &key,
            )?;
        }
        tx.execute("DELETE FROM task WHERE run_key = ?1", &key)?;
        // What hangs on the row goes with it.
        tx.execute("DELETE FROM run WHERE key = ?1", &key)?;
        assets::of_template::let_go(tx, process.template)?;
        shifts.apply(tx, Kind::Process, advanced.guest_revision)?;
        activity::add(tx, self.org, advanced.activity_sequence, self.cause, &events)
    }
}

/// The tasks whose rows are different.
fn changed_places(before: Option<&Process>, after: &Process) -> Vec<usize> {
    let archived = |process: &Process| process.run.state().archived_at.is_some();
    let moved = before.is_some_and(|before| archived(before) != archived(after));
    let is_same = |place: usize, task: &RunTask| {
        let old = before.and_then(|before| {
            Some((before.run.state().tasks.get(place)?, before.tasks.get(place)?, after.tasks.get(place)?))
        });
        old.is_some_and(|(old, record, new)| {
            old == task && new.title == record.title && new.summary == record.summary
        })
    };
    let tasks = after.run.state().tasks.iter().enumerate();
    tasks.filter(|(place, task)| moved || !is_same(*place, task)).map(|(place, _)| place).collect()
}

/// Whether a task was completed by a guest whose record is gone, whoever has the
/// address now.
pub(super) fn completer_is_gone(process: &Process, place: usize, keys: &GuestKeys) -> bool {
    let task = process.run.state().tasks.get(place);
    let Some(Person::Guest(email)) = task.and_then(|task| task.completion.as_ref()?.by.as_ref()) else {
        return false;
    };
    let code = process.tasks.get(place).and_then(|record| record.completer_code.as_ref());
    // The code says where the record is, or was.
    let was = code.and_then(GuestCode::sequence);
    was.is_some() && was != keys.get(email.folded()).map(|(key, _)| key.sequence())
}

fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Database(error.to_string()))
}

/// What the changes mean for the guests on either side of them.
fn shifts(changed: &[Changed], keys: &GuestKeys) -> Shifts {
    let parts = |rows: &Rows, open: bool| -> Vec<Part> {
        let known = rows.guests.iter().filter_map(|(folded, row)| {
            let (guest, _): &(GuestKey, GuestCode) = keys.get(folded)?;
            Some(Part { guest: *guest, open, completed_at: row.completed_at })
        });
        known.collect()
    };
    Shifts::between(
        changed.iter().flat_map(|change| parts(&change.before, change.was_open)),
        changed.iter().flat_map(|change| parts(&change.after, change.is_open)),
    )
}

/// A row about what the engine does not know of.
fn about_changed(before: Option<&Process>, after: &Process) -> Option<Event> {
    let old = &before?.about;
    let new = &after.about;
    let field = if old.summary != new.summary {
        "summary"
    } else if old.starred != new.starred {
        "starred"
    } else if old.is_public != new.is_public {
        "is_public"
    } else if old.publicly_hidden_fields != new.publicly_hidden_fields {
        "publicly_hidden_fields"
    } else {
        return None;
    };
    Some(feed::updated(after, field, old.summary.clone().filter(|_| field == "summary")))
}
