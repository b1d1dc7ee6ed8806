//! One command being worked on: the process, and what has happened so far.
//!
//! Commands check everything before the first event, so a refusal leaves the
//! process as it was. What must hold when a command is done, whatever it did,
//! is seen to in [`Turn::settle`].

use std::collections::BTreeSet;

use crate::ids::TaskId;
use crate::refusal::Refusal;

use super::assignees::{Assignees, Candidates};
use super::blueprint::{Step, StepBase};
use super::calendar::Direction;
use super::command::{By, Context, Outcome};
use super::event::{Cause, Recorded, RunEvent};
use super::people::{People, Person};
use super::run::{Run, RunTask};

/// A command being worked on.
pub(super) struct Turn<'a> {
    pub(super) run: &'a mut Run,
    pub(super) cx: Context<'a>,
    events: Vec<Recorded>,
    warnings: Vec<String>,
    /// The tasks whose people may have changed.
    touched: BTreeSet<usize>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(run: &'a mut Run, cx: Context<'a>) -> Self {
        Self { run, cx, events: Vec::new(), warnings: Vec::new(), touched: BTreeSet::new() }
    }

    /// Makes something happen.
    pub(super) fn emit(&mut self, cause: Cause, event: RunEvent) {
        self.run.state.apply(&event);
        self.events.push(Recorded { event, cause });
    }

    /// Makes something happen to the task at a place, which saves looking for
    /// it.
    pub(super) fn emit_at(&mut self, place: usize, cause: Cause, event: RunEvent) {
        let at_place = self.run.state.tasks.get_mut(place).filter(|task| event.task() == Some(task.id));
        match at_place {
            Some(task) => task.apply(&event),
            None => self.run.state.apply(&event),
        }
        if matches!(event, RunEvent::AssigneesChanged { .. } | RunEvent::Reopened { .. }) {
            self.touched.insert(place);
        }
        self.events.push(Recorded { event, cause });
    }

    /// Notes that the people of a task are to be looked at in the end.
    pub(super) fn touch(&mut self, place: usize) {
        self.touched.insert(place);
    }

    pub(super) fn task(&self, place: usize) -> Option<&RunTask> {
        self.run.state.tasks.get(place)
    }

    pub(super) fn step(&self, place: usize) -> Option<&Step> {
        self.run.step_of(place)
    }

    /// The place of a task that the caller may know of.
    pub(super) fn find(&self, id: TaskId) -> Result<usize, Refusal> {
        let place = self.run.place(id).ok_or(Refusal::NotFound)?;
        match self.cx.by {
            By::Guest(email) => {
                let person = Person::Guest(email.clone());
                let known = self.run.is_on(place, &person, self.cx.directory);
                if known { Ok(place) } else { Err(Refusal::NotFound) }
            }
            By::Member(_) | By::Clock => Ok(place),
        }
    }

    /// Refuses while an issue about the process is open.
    pub(super) fn not_frozen(&self) -> Result<(), Refusal> {
        if self.run.state.issues.is_empty() {
            return Ok(());
        }
        Err(Refusal::field(
            "run",
            "The process has an open issue; its tasks can be changed when it is resolved.",
        ))
    }

    /// Whether whoever asks is on the task.
    pub(super) fn is_assigned(&self, place: usize) -> bool {
        let person = self.cx.by.person();
        person.is_some_and(|person| self.run.is_on(place, &person, self.cx.directory))
    }

    /// Puts people on a task.
    pub(super) fn put(&mut self, place: usize, cause: Cause, assignees: Assignees) {
        let Some(task) = self.task(place) else { return };
        let same =
            task.assignees.people.same(&assignees.people) && task.assignees.chaperone == assignees.chaperone;
        if !same {
            let event = RunEvent::AssigneesChanged { task: task.id, assignees, reason: None };
            self.emit_at(place, cause, event);
        }
    }

    /// Members named by their addresses become members: an address is never
    /// guest and member of one organization (`product.md` 1.3, 5).
    pub(super) fn resolved(&self, people: &People) -> People {
        self.cx.directory.resolved(people)
    }

    /// Plans the deadlines anew that are counted from a step, and those that
    /// are counted from them. Each step waits for one other at most, and none
    /// for itself, so each is looked at once.
    pub(super) fn replan(&mut self, place: usize) {
        let mut waiting = vec![place];
        while let Some(base) = waiting.pop() {
            let dependents = self.run.snapshot.deadlines_on.get(base).cloned().unwrap_or_default();
            for dependent in dependents {
                let Some(task) = self.task(dependent) else { continue };
                if task.completion.is_some() || task.due.is_by_hand() {
                    continue;
                }
                let due = task.due.replanned(self.plan(dependent), self.cx.calendar);
                if due != task.due {
                    let event = RunEvent::DeadlineChanged { task: task.id, due };
                    self.emit_at(dependent, Cause::Consequence, event);
                    waiting.push(dependent);
                }
            }
        }
    }

    /// The deadline that the template plans for a step, as things are.
    fn plan(&self, place: usize) -> Option<jiff::Timestamp> {
        let deadline = self.run.snapshot.steps().get(place)?.deadline?;
        let StepBase::Step(base) = deadline.base else { return self.task(place)?.due.at() };
        let base = self.task(self.run.snapshot.step_place(base)?)?;
        let from = match deadline.direction {
            Direction::From => base.completion.as_ref()?.at,
            Direction::Before => base.due.at()?,
        };
        Some(self.cx.calendar.deadline(from, deadline.offset, deadline.direction))
    }

    /// Sees to what must hold after every command: no guest is alone, and the
    /// process knows whether it is done.
    pub(super) fn settle(mut self) -> Outcome {
        for place in std::mem::take(&mut self.touched) {
            self.ensure_chaperone(place);
        }
        let done = self.run.is_done();
        match (done, self.run.state.completed_at.is_some()) {
            (true, false) => self.emit(Cause::Consequence, RunEvent::RunCompleted { at: self.cx.at }),
            (false, true) => self.emit(Cause::Consequence, RunEvent::RunReopened),
            (true, true) | (false, false) => {}
        }
        Outcome { events: self.events, warnings: self.warnings }
    }

    fn ensure_chaperone(&mut self, place: usize) {
        let directory = self.cx.directory;
        let Some(task) = self.task(place).filter(|task| task.assignees.needs_chaperone(directory)) else {
            return;
        };
        let state = &self.run.state;
        let candidates =
            Candidates { acting: self.cx.by.member(), owner: state.owner, launcher: state.launcher };
        let (id, reason) = task.assignees.choose_chaperone(candidates, directory);
        let assignees = Assignees { chaperone: Some(id), ..task.assignees.clone() };
        let event = RunEvent::AssigneesChanged { task: task.id, assignees, reason: Some(reason) };
        self.emit_at(place, Cause::Consequence, event);
        let sentence =
            format!("Member {id} was added to the task: a task with a guest always has a member too.");
        if !self.warnings.contains(&sentence) {
            self.warnings.push(sentence);
        }
    }
}
