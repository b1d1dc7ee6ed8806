//! One command being worked on: the process, and what has happened so far.
//!
//! Commands check everything before the first event, so a refusal leaves the
//! process as it was. What must hold when a command is done, whatever it did,
//! is seen to in [`Turn::settle`].

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{MemberId, TaskId};
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
    /// The members who were put beside guests, and on which tasks.
    chaperones: Vec<(MemberId, usize)>,
    /// Whether what is told of that may name the tasks: not where it is told to
    /// people who may know nothing of the process.
    pub(super) names_tasks: bool,
    /// The tasks whose people may have changed.
    touched: BTreeSet<usize>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(run: &'a mut Run, cx: Context<'a>) -> Self {
        let (events, chaperones, touched) = (Vec::new(), Vec::new(), BTreeSet::new());
        Self { run, cx, events, chaperones, names_tasks: true, touched }
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
        if !task.assignees.is_same(&assignees) {
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
        let mut changed = vec![place];
        while let Some(base) = changed.pop() {
            let dependents = self.run.snapshot.deadlines_on.get(base).cloned().unwrap_or_default();
            changed.extend(dependents.into_iter().filter(|dependent| self.replan_one(*dependent)));
        }
    }

    /// The same for a task that was opened again: its own deadline did not
    /// follow while it was complete.
    pub(super) fn replan_reopened(&mut self, place: usize) {
        self.replan_one(place);
        self.replan(place);
    }

    /// Plans the deadline of one open task anew, and returns whether it is
    /// another one now.
    fn replan_one(&mut self, place: usize) -> bool {
        let Some(task) = self.task(place).filter(|task| task.completion.is_none()) else { return false };
        if task.due.is_by_hand() {
            return false;
        }
        let due = task.due.replanned(self.plan(place), self.cx.calendar);
        let changed = due != task.due;
        if changed {
            let event = RunEvent::DeadlineChanged { task: task.id, due };
            self.emit_at(place, Cause::Consequence, event);
        }
        changed
    }

    /// The deadline that the template plans for a step, as things are.
    fn plan(&self, place: usize) -> Option<jiff::Timestamp> {
        let planned = self.task(place)?.due.plan();
        let step = self.run.snapshot.steps().get(place);
        let Some(deadline) = step.and_then(|step| step.deadline) else { return planned };
        let StepBase::Step(base) = deadline.base else { return planned };
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
        let warnings = self.warnings();
        Outcome { events: self.events, warnings }
    }

    /// Tells of the members who were put beside guests: a sentence for each.
    fn warnings(&self) -> Vec<String> {
        const NAMED: usize = 3;
        const LONG: usize = 100;
        let mut places: BTreeMap<MemberId, BTreeSet<usize>> = BTreeMap::new();
        for (id, place) in &self.chaperones {
            places.entry(*id).or_default().insert(*place);
        }
        let title = |place: &usize| {
            let title = self.run.title_of(*place, self.cx).unwrap_or_default();
            let short: String = title.chars().take(LONG).collect();
            if short.len() < title.len() { format!("“{short}…”") } else { format!("“{short}”") }
        };
        let tell = |(id, places): (MemberId, BTreeSet<usize>)| {
            let what = if !self.names_tasks {
                "tasks of processes".to_owned()
            } else if places.len() == 1 {
                format!("the task {}", places.iter().map(title).collect::<String>())
            } else {
                let mut named: Vec<String> = places.iter().take(NAMED).map(title).collect();
                let last = match places.len() - named.len() {
                    0 => named.pop().unwrap_or_default(),
                    more => format!("{more} more"),
                };
                format!("the tasks {} and {last}", named.join(", "))
            };
            format!("Member {id} was added to {what}: a task with a guest always has a member too.")
        };
        places.into_iter().map(tell).collect()
    }

    fn ensure_chaperone(&mut self, place: usize) {
        if let Some(task) = self.task(place) {
            let assignees = task.assignees.clone();
            self.put_chaperoned(place, Cause::Consequence, assignees);
        }
    }

    /// Puts people on a task, and somebody beside guests who would be alone.
    pub(super) fn put_chaperoned(&mut self, place: usize, cause: Cause, mut assignees: Assignees) {
        let Some(task) = self.task(place) else { return };
        let mut reason = None;
        if assignees.needs_chaperone(self.cx.directory) {
            let (owner, launcher) = (self.run.state.owner, self.run.state.launcher);
            let candidates = Candidates { acting: self.cx.by.member(), owner, launcher };
            let (id, why) = assignees.choose_chaperone(candidates, self.cx.directory);
            (assignees.chaperone, reason) = (Some(id), Some(why));
        }
        if !task.assignees.is_same(&assignees) {
            let added = reason.and(assignees.chaperone);
            let event = RunEvent::AssigneesChanged { task: task.id, assignees, reason };
            self.emit_at(place, cause, event);
            self.chaperones.extend(added.map(|id| (id, place)));
        }
    }
}
