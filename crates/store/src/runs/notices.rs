//! Whom to mail about what happened in a process: guests who have something new
//! to do, and those whose tasks were changed by somebody.

use std::collections::BTreeSet;

use hospes_model::mail::About;
use hospes_model::run::Process;
use hospes_model::workflow::{By, Cause, Outcome, Person, RunEvent, RunTask};
use hospes_model::{EmailAddress, GuestKey, TaskId, TaskKey};

use crate::error::Result;
use crate::mail::notices::{Notice, tell};
use crate::sql::Tx;

use super::owners::GuestKeys;
use super::save::Saving;

/// Notes what guests are to be told after a change. Hidden tasks and archived
/// processes are silent, and nobody is told what they changed themselves. What
/// came to be theirs by it they are told: it is their turn again.
pub(super) fn of_change(
    tx: &mut Tx<'_>,
    saving: Saving<'_>,
    before: Option<&Process>,
    after: &Process,
    outcome: &Outcome,
    keys: &GuestKeys,
) -> Result<()> {
    if keys.is_empty() || after.run.state().archived_at.is_some() {
        return Ok(());
    }
    let change = Change { saving, before, after, outcome, keys };
    let mut notices = change.news();
    change.changes(&mut notices);
    tell(tx, saving.org, &notices, saving.cause.at)
}

struct Change<'a> {
    saving: Saving<'a>,
    before: Option<&'a Process>,
    after: &'a Process,
    outcome: &'a Outcome,
    keys: &'a GuestKeys,
}

impl Change<'_> {
    /// Where a guest is stored who is to be told: not somebody who only has
    /// another address now.
    fn told(&self, person: &Person) -> Option<GuestKey> {
        let Person::Guest(email) = person else { return None };
        let is_renamed = self.saving.renamed.is_some_and(|(_, new)| new.is_same(email));
        let known = self.keys.get(email.folded()).map(|(key, _)| *key);
        known.filter(|_| !is_renamed)
    }

    /// Whether a guest is the one who did it.
    fn is_actor(&self, email: &EmailAddress) -> bool {
        matches!(self.saving.cx.by, By::Guest(by) if by.is_same(email))
    }

    fn key_of(&self, task: TaskId) -> Option<TaskKey> {
        let place = self.after.run.place(task)?;
        self.after.tasks.get(place).map(|record| record.key)
    }

    fn tasks_of(&self, is_meant: impl Fn(&RunEvent) -> bool) -> BTreeSet<TaskId> {
        let events = self.outcome.events.iter().filter(|recorded| is_meant(&recorded.event));
        events.filter_map(|recorded| recorded.event.task()).collect()
    }

    /// Tasks that are a guest's now, or are open again.
    fn news(&self) -> Vec<Notice> {
        let reopened = self.tasks_of(|event| matches!(event, RunEvent::Reopened { .. }));
        let news =
            self.after.run.newly_assigned(self.before.map(|before| &before.run), self.saving.cx.directory);
        let notices = news.into_iter().filter_map(|(task, person)| {
            let about = if reopened.contains(&task) { About::Reopened } else { About::Assigned };
            Some(Notice::of_task(self.told(&person)?, self.key_of(task)?, about))
        });
        notices.collect()
    }

    /// Tasks that were a guest's before and are due at another time, or read
    /// differently, because somebody or a rule wanted it.
    fn changes(&self, notices: &mut Vec<Notice>) {
        let Some(before) = self.before else { return };
        let wanted = self.outcome.events.iter().filter(|recorded| recorded.cause != Cause::Consequence);
        let wanted: BTreeSet<TaskId> = wanted
            .filter(|recorded| matches!(recorded.event, RunEvent::DeadlineChanged { .. }))
            .filter_map(|recorded| recorded.event.task())
            .collect();
        let reworded = self.tasks_of(|event| matches!(event, RunEvent::Reworded { .. }));
        for (old, task) in before.run.state().tasks.iter().zip(&self.after.run.state().tasks) {
            let moved =
                old.due.at() != task.due.at() && (old.due.at().is_some() || wanted.contains(&task.id));
            let about = if moved {
                About::Deadline { old: old.due.at() }
            } else if reworded.contains(&task.id) {
                About::Edited
            } else {
                continue;
            };
            if task.is_open() && old.is_open() {
                self.of_guests_on(old, task, &about, notices);
            }
        }
    }

    /// Tells those guests who were on a task and still are, and have still
    /// something to do there.
    fn of_guests_on(&self, old: &RunTask, task: &RunTask, about: &About, notices: &mut Vec<Notice>) {
        let directory = self.saving.cx.directory;
        for email in task.assignees.people.expanded(directory).guests() {
            let person = Person::Guest(email.clone());
            let is_done = task.parts.iter().any(|part| part.person.is_same(&person));
            if is_done || self.is_actor(email) || !old.assignees.has(&person, directory) {
                continue;
            }
            if let (Some(guest), Some(key)) = (self.told(&person), self.key_of(task.id)) {
                notices.push(Notice::of_task(guest, key, about.clone()));
            }
        }
    }
}
