//! Filling in forms: of tasks, and the kick-off form (`product.md` 2.6, 2.7).
//!
//! What is filled in is saved as it is typed. Rules hear of it when the task
//! or the form is completed; a completed kick-off form that is changed counts
//! as submitted again.

use std::collections::BTreeMap;

use crate::ids::{FieldId, TaskId};
use crate::member::Role;
use crate::refusal::{FieldErrors, Refusal};

use super::command::By;
use super::event::{Cause, RunEvent};
use super::field::{Answer, Field};
use super::fire::Trigger;
use super::people::{Directory, Person};
use super::run::Stamp;
use super::turn::Turn;

/// Answers by field, as callers send them; `None` clears.
type Values = [(FieldId, Option<Answer>)];

impl Turn<'_> {
    /// Fills in fields of a task.
    pub(super) fn answer(&mut self, id: TaskId, values: &Values) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.not_frozen()?;
        self.may_work_on(place)?;
        let (Some(task), Some(step)) = (self.task(place), self.step(place)) else {
            return Err(Refusal::NotFound);
        };
        if task.completion.is_some() {
            return Err(Refusal::field("task", "A completed task cannot be changed; reopen it first."));
        }
        check_values(&step.captures, values, &task.answers, "taskdata", self.cx.directory)?;
        for (field, answer) in values {
            let answer = answer.clone().filter(|answer| !answer.is_empty());
            let old = self.task(place).and_then(|task| task.answers.get(field));
            if old != answer.as_ref() {
                let event = RunEvent::Answered { task: id, field: *field, answer };
                self.emit_at(place, Cause::Command, event);
            }
        }
        Ok(())
    }

    /// Fills in fields of the kick-off form. To guests it is only there to be
    /// read once the process is complete (D2).
    pub(super) fn answer_prerun(&mut self, values: &Values) -> Result<(), Refusal> {
        self.may_fill_prerun()?;
        if matches!(self.cx.by, By::Guest(_)) && self.run.state.completed_at.is_some() {
            return Err(Refusal::Forbidden(
                "The process is complete: guests may read its kick-off form, but not change it.",
            ));
        }
        let fields = self.run.prerun_fields();
        check_values(fields, values, &self.run.state.prerun, "prerun", self.cx.directory)?;
        if self.run.state.prerun_completed.is_some() {
            let wanted = |id: FieldId| {
                let new = values.iter().rev().find(|(field, _)| *field == id);
                new.map_or_else(|| self.run.state.prerun.get(&id), |(_, answer)| answer.as_ref())
            };
            let mut errors = FieldErrors::default();
            check_complete(fields, wanted, &mut errors);
            errors.into_result()?;
        }
        let mut changed = false;
        for (field, answer) in values {
            let answer = answer.clone().filter(|answer| !answer.is_empty());
            if self.run.state.prerun.get(field) != answer.as_ref() {
                self.emit(Cause::Command, RunEvent::PrerunAnswered { field: *field, answer });
                changed = true;
            }
        }
        if changed && self.run.state.prerun_completed.is_some() {
            self.fire(Trigger::Submitted);
        }
        Ok(())
    }

    /// Completes the kick-off form. Doing so twice changes nothing more.
    pub(super) fn complete_prerun(&mut self) -> Result<(), Refusal> {
        self.may_fill_prerun()?;
        if self.run.state.prerun_completed.is_some() {
            return Ok(());
        }
        let mut errors = FieldErrors::default();
        check_complete(self.run.prerun_fields(), |id| self.run.state.prerun.get(&id), &mut errors);
        errors.into_result()?;
        let stamp = Stamp { at: self.cx.at, by: self.cx.by.person() };
        self.emit(Cause::Command, RunEvent::PrerunCompleted(stamp));
        self.fire(Trigger::Submitted);
        Ok(())
    }

    /// Opens the kick-off form again. Its answers stay, and so does what rules
    /// made of them.
    pub(super) fn reopen_prerun(&mut self) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        self.can_change_form()?;
        if self.run.state.prerun_completed.is_some() {
            self.emit(Cause::Command, RunEvent::PrerunReopened);
        }
        Ok(())
    }

    /// Refuses where there is no kick-off form, and while an issue about the
    /// process is open.
    fn can_change_form(&self) -> Result<(), Refusal> {
        self.not_frozen()?;
        if self.run.prerun_fields().is_empty() {
            return Err(Refusal::field("prerun", "This process has no kick-off form."));
        }
        Ok(())
    }

    /// Guests and light members may fill in the form of a process that they
    /// have a task in (`product.md` 1.8).
    fn may_fill_prerun(&self) -> Result<(), Refusal> {
        let takes_part = |person: &Person| {
            (0..self.run.state.tasks.len()).any(|place| self.run.is_on(place, person, self.cx.directory))
        };
        match self.cx.by {
            By::Guest(email) if !takes_part(&Person::Guest(email.clone())) => Err(Refusal::NotFound),
            By::Member(actor) if actor.role == Role::Light && !takes_part(&Person::Member(actor.id)) => {
                Err(Refusal::Forbidden("Light members may only work on processes they have a task in."))
            }
            By::Guest(_) | By::Member(_) | By::Clock => self.can_change_form(),
        }
    }
}

/// Names every answer that belongs to another form, that its field cannot hold,
/// or that picks somebody who is not there.
fn check_values(
    fields: &[Field],
    values: &Values,
    old: &BTreeMap<FieldId, Answer>,
    path: &str,
    directory: &Directory,
) -> Result<(), Refusal> {
    let mut errors = FieldErrors::default();
    for (id, answer) in values {
        check_value(fields, *id, answer.as_ref(), path, &mut errors);
        if let Some(answer) = answer {
            check_picked(fields, (*id, answer), old.get(id), path, directory, &mut errors);
        }
    }
    errors.into_result()
}

/// Names the members and groups that an answer picks and that are not there.
/// Those who were picked before may stay; addresses may be anybody's.
pub(super) fn check_picked(
    fields: &[Field],
    (id, answer): (FieldId, &Answer),
    old: Option<&Answer>,
    path: &str,
    directory: &Directory,
    errors: &mut FieldErrors,
) {
    let Answer::People(people) = answer else { return };
    let Some(field) = fields.iter().find(|field| field.id() == id) else { return };
    let newly = match old {
        Some(Answer::People(old)) => people.without(old),
        _ => people.clone(),
    };
    for (_, fault) in directory.faults_of(&newly) {
        errors.add(format!("{path}.{id}"), format!("The field “{}”: {fault}", field.definition.label));
    }
}

/// Whether one answer belongs to the form and its field can hold it, if it says
/// anything; otherwise it is named.
pub(super) fn check_value(
    fields: &[Field],
    id: FieldId,
    answer: Option<&Answer>,
    path: &str,
    errors: &mut FieldErrors,
) -> bool {
    let Some(field) = fields.iter().find(|field| field.id() == id) else {
        errors.add(format!("{path}.{id}"), "This field does not belong to this form.");
        return false;
    };
    let checked = answer.filter(|answer| !answer.is_empty()).map_or(Ok(()), |answer| field.check(answer));
    if let Err(text) = &checked {
        let text = format!("The field “{}” {text}.", field.definition.label);
        errors.add(format!("{path}.{id}"), text);
    }
    checked.is_ok()
}

/// Names every field of the kick-off form that keeps it from being complete and
/// is not named already.
pub(super) fn check_complete<'a>(
    fields: &[Field],
    answer: impl Fn(FieldId) -> Option<&'a Answer>,
    errors: &mut FieldErrors,
) {
    for field in fields {
        let path = format!("prerun.{}", field.id());
        let named = errors.iter().any(|(fault, _)| fault == path);
        if let Some(text) = field.missing(answer(field.id())).filter(|_| !named) {
            errors.add(path, text);
        }
    }
}
