//! Running rules: which ones, in what order, and what their actions do
//! (`product.md` 2.10).
//!
//! Rules run when a process is launched (all of them), when its kick-off form
//! is submitted (those that ask about the form), and when a task is completed
//! or opened again (those that ask about the step or its fields): in their
//! order, each seeing what those before it did.
//!
//! **Why this ends.** Rules complete nothing, and only an opened task calls
//! for more rules. Within one command each task is opened by rules at most
//! once, since nothing closes it again, so there are at most as many rounds as
//! there are completed tasks, and a rule is read at most once for each step
//! that it asks about. From one command to the next, [`MAX_RULE_REOPENS`]
//! bounds how often rules open a task before somebody has to look, and what is
//! opened behind its deadline does not run out again by itself.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::RuleId;
use crate::task::dates::{self, Edge};
use crate::task::form::FieldValue;

use super::assignees::Assignees;
use super::blueprint::StepBase;
use super::due::Moved;
use super::evaluate::{Circumstances, Reader};
use super::event::{Cause, RunEvent, Skipped};
use super::field::Answer;
use super::people::People;
use super::rule::{Action, AssignVerb, DeadlineBase};
use super::run::{Decider, Visibility};
use super::snapshot::{Place, Targets};
use super::turn::Turn;

/// How often rules may open one task again until somebody has looked at it
/// ([`Command::ResolveLoop`](super::command::Command::ResolveLoop)). Rounds of
/// approval that people take part in stay far below; programs that complete
/// what rules open do not.
pub const MAX_RULE_REOPENS: u32 = 100;

/// What rules run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// The process was launched.
    Launched,
    /// The kick-off form was submitted.
    Submitted,
    /// The task of this step was completed or opened again.
    Step(usize),
}

impl Turn<'_> {
    /// Runs the rules that something calls for.
    pub(super) fn fire(&mut self, trigger: Trigger) {
        let mut waiting = VecDeque::from([trigger]);
        let mut announced = BTreeSet::new();
        let reader = Reader::default();
        while let Some(next) = waiting.pop_front() {
            let snapshot = self.run.snapshot.clone();
            let all: Vec<usize>;
            let rules: &[usize] = match next {
                Trigger::Launched => {
                    all = (0..snapshot.rules.len()).collect();
                    &all
                }
                Trigger::Submitted => &snapshot.rules_about_prerun,
                Trigger::Step(step) => snapshot.rules_about.get(step).map_or(&[], Vec::as_slice),
            };
            for rule in rules {
                let now = Circumstances {
                    at: self.cx.at,
                    calendar: self.cx.calendar,
                    directory: self.cx.directory,
                    reader: &reader,
                };
                if !self.run.holds(*rule, now) {
                    continue;
                }
                let source = snapshot.blueprint().automated_actions.get(*rule);
                let Some((source, compiled)) = source.zip(snapshot.rules.get(*rule)) else { continue };
                let first_time = announced.insert(*rule);
                for (action, targets) in source.actions.iter().zip(&compiled.actions) {
                    let opened = self.act(source.id, action, *targets, trigger, first_time);
                    waiting.extend(opened.map(Trigger::Step));
                }
            }
        }
    }

    /// Does what one action says, and returns the step that it opened again.
    fn act(
        &mut self,
        rule: RuleId,
        action: &Action,
        targets: Targets,
        trigger: Trigger,
        first_time: bool,
    ) -> Option<usize> {
        if let Action::Webhook { url, alias } = action {
            // Once a command, however many steps called for the rule.
            if first_time {
                let event = RunEvent::WebhookDue { url: url.clone(), alias: alias.clone() };
                self.emit(Cause::Rule(rule), event);
            }
            return None;
        }
        let place = targets.step?;
        let is_complete = self.task(place)?.completion.is_some();
        match action {
            Action::Reopen { .. } => {
                let allowed = is_complete && trigger != Trigger::Step(place);
                return (allowed && self.reopen_by_rule(place, rule)).then_some(place);
            }
            // Never on completed tasks.
            _ if is_complete => {}
            Action::Visibility { show, .. } => self.show_by_rule(place, rule, *show),
            Action::Assignment { verb, people, .. } => {
                self.assign_by_rule(place, rule, *verb, people, targets.source);
            }
            Action::Deadline { base: DeadlineBase::Current, offset, direction, .. } => {
                self.move_by_rule(place, rule, Some(Moved::By(*offset, *direction)));
            }
            Action::Deadline { offset, direction, .. } => {
                let date = self.date_at(targets);
                let moved = date.map(|at| Moved::To(self.cx.calendar.deadline(at, *offset, *direction)));
                self.move_by_rule(place, rule, moved);
            }
            Action::Webhook { .. } => {}
        }
        None
    }

    fn show_by_rule(&mut self, place: usize, rule: RuleId, show: bool) {
        let Some(task) = self.task(place) else { return };
        // What a person decided about a task, no rule changes.
        if task.visibility.by == Decider::Person || task.visibility.hidden != show {
            return;
        }
        let visibility = Visibility { hidden: !show, by: Decider::Rule(rule) };
        let event = RunEvent::VisibilityChanged { task: task.id, visibility };
        self.emit_at(place, Cause::Rule(rule), event);
    }

    fn reopen_by_rule(&mut self, place: usize, rule: RuleId) -> bool {
        let Some(task) = self.task(place) else { return false };
        let (id, count, stopped) = (task.id, task.rule_reopens, task.stopped_rule);
        if count >= MAX_RULE_REOPENS {
            if stopped.is_none() {
                self.emit_at(place, Cause::Rule(rule), RunEvent::LoopStopped { task: id, rule });
            }
            return false;
        }
        let event = RunEvent::Reopened { task: id, at: self.cx.at, rule_reopens: count + 1 };
        self.emit_at(place, Cause::Rule(rule), event);
        self.replan_reopened(place);
        true
    }

    fn assign_by_rule(
        &mut self,
        place: usize,
        rule: RuleId,
        verb: AssignVerb,
        fallback: &People,
        source: Option<Place>,
    ) {
        let (Some(task), Some(step)) = (self.task(place), self.step(place)) else { return };
        let (task_id, max) = (task.id, step.max_assignable);
        let picked = source.and_then(|source| self.run.answer_at(source)).map(people_in);
        let named = picked.filter(|people| !people.is_empty()).unwrap_or_else(|| fallback.clone());
        let old = &task.assignees;
        let new = match verb {
            AssignVerb::ClearAssignees => Assignees::default(),
            AssignVerb::Unassign => {
                let named = self.resolved(&named);
                let chaperone = old.chaperone.filter(|id| !named.users().contains(id));
                Assignees { people: old.people.without(&named), chaperone }
            }
            AssignVerb::Assign | AssignVerb::AssignOnly => {
                let named = self.cx.directory.employable(&named);
                let adds = verb == AssignVerb::Assign;
                if named.is_empty() {
                    let event = RunEvent::ActionSkipped { task: task_id, why: Skipped::NobodyNamed };
                    return self.emit_at(place, Cause::Rule(rule), event);
                }
                let new = Assignees::of(if adds { old.people.with(&named) } else { named });
                // A chaperone who is still needed stays the same.
                let stays = adds || new.needs_chaperone(self.cx.directory);
                let chaperone = old.chaperone.filter(|id| stays && !new.people.users().contains(id));
                Assignees { chaperone, ..new }
            }
        };
        let grows = matches!(verb, AssignVerb::Assign | AssignVerb::AssignOnly);
        let directory = self.cx.directory;
        let oversized = || new.people.groups().iter().any(|group| directory.is_too_large(*group));
        if grows && (new.exceeds(max, directory) || oversized()) {
            let event = RunEvent::ActionSkipped { task: task_id, why: Skipped::TooManyAssignees };
            return self.emit_at(place, Cause::Rule(rule), event);
        }
        self.put(place, Cause::Rule(rule), new);
    }

    /// The date that a deadline is counted from: another step's deadline, or
    /// what is filled into a field.
    fn date_at(&self, targets: Targets) -> Option<Timestamp> {
        if let Some(base) = targets.base {
            return self.task(base)?.due.at();
        }
        match self.run.answer_at(targets.source?)? {
            Answer::Value(FieldValue::Text(text)) => {
                dates::read(text, &self.cx.calendar.zone, Edge::End).ok()
            }
            Answer::Value(_) | Answer::People(_) | Answer::Files(_) => None,
        }
    }

    fn move_by_rule(&mut self, place: usize, rule: RuleId, moved: Option<Moved>) {
        let Some(task) = self.task(place) else { return };
        let task_id = task.id;
        let Some(moved) = moved else {
            let event = RunEvent::ActionSkipped { task: task_id, why: Skipped::NoDate };
            return self.emit_at(place, Cause::Rule(rule), event);
        };
        // Where nothing was ever planned, and nothing will be, the launch is
        // what the deadline is counted from.
        let unplanned = task.due.plan().is_none() && !self.waits_for_deadline(place);
        let moved = match moved {
            Moved::By(offset, direction) if unplanned => {
                Moved::To(self.cx.calendar.deadline(self.run.state.launched_at, offset, direction))
            }
            Moved::By(..) | Moved::To(_) => moved,
        };
        let due = task.due.moved(moved, self.cx.calendar);
        if due != task.due {
            let event = RunEvent::DeadlineChanged { task: task_id, due };
            self.emit_at(place, Cause::Rule(rule), event);
            self.replan(place);
        }
    }

    /// Whether a deadline will be planned when another step is done.
    fn waits_for_deadline(&self, place: usize) -> bool {
        let deadline = self.run.snapshot.steps().get(place).and_then(|step| step.deadline);
        deadline.is_some_and(|deadline| matches!(deadline.base, StepBase::Step(_)))
    }
}

/// The people that an answer names.
fn people_in(answer: &Answer) -> People {
    match answer {
        Answer::People(people) => people.clone(),
        Answer::Value(FieldValue::Text(text)) => People::of_guests(EmailAddress::parse(text).ok()),
        Answer::Value(_) | Answer::Files(_) => People::default(),
    }
}
