//! Edits of what a template says: steps and fields are put in, moved, copied
//! and taken out.
//!
//! Each function changes a [`Blueprint`] and checks only what the edit itself
//! needs; whether the outcome can be launched is found out when a
//! [`Snapshot`](crate::workflow::Snapshot) is made of it. Positions are counted
//! from 1, and one behind the end means the end. Ids and aliases never change,
//! except that a copy gets its own.

use crate::ids::{FieldId, RuleId, StepId};
use crate::refusal::Refusal;
use crate::workflow::{Blueprint, Field, Rule, Step};

use super::Settings;
use super::copy::{FreshIds, copy_step};
use super::uses;

/// Puts an entry into a list. No position: at the end.
fn insert<T>(list: &mut Vec<T>, entry: T, position: Option<usize>) {
    let at = position.map_or(list.len(), |position| position.saturating_sub(1).min(list.len()));
    list.insert(at, entry);
}

/// Fields know their positions.
fn number(fields: &mut [Field]) {
    for (position, field) in (1..).zip(fields) {
        field.definition.position = position;
    }
}

impl Blueprint {
    /// The index of a step.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`], as all that name what is not there.
    pub fn step_index(&self, id: StepId) -> Result<usize, Refusal> {
        self.steps.iter().position(|step| step.id == id).ok_or(Refusal::NotFound)
    }

    /// A step to be changed.
    pub fn step_mut(&mut self, id: StepId) -> Result<&mut Step, Refusal> {
        self.steps.iter_mut().find(|step| step.id == id).ok_or(Refusal::NotFound)
    }

    /// Puts a step in.
    pub fn insert_step(&mut self, mut step: Step, position: Option<usize>) {
        number(&mut step.captures);
        insert(&mut self.steps, step, position);
    }

    /// Moves a step.
    pub fn move_step(&mut self, id: StepId, position: usize) -> Result<(), Refusal> {
        let step = self.steps.remove(self.step_index(id)?);
        insert(&mut self.steps, step, Some(position));
        Ok(())
    }

    /// Puts a copy of a step behind it, with the people on it and without
    /// rules. Its fields are copied too, and its texts name the copies.
    pub fn clone_step(
        &mut self,
        settings: &mut Settings,
        id: StepId,
        ids: &mut FreshIds,
    ) -> Result<StepId, Refusal> {
        let at = self.step_index(id)?;
        let (copy, copied) = copy_step(self.steps.get(at).ok_or(Refusal::NotFound)?, ids);
        copied.carry(settings);
        let id = copy.id;
        self.steps.insert(at + 1, copy);
        Ok(id)
    }

    /// Takes a step out, with its fields.
    ///
    /// # Errors
    ///
    /// While a rule or a deadline uses it or one of its fields: names each.
    pub fn remove_step(&mut self, id: StepId) -> Result<(), Refusal> {
        let at = self.step_index(id)?;
        uses::of_step(self, id).into_result()?;
        self.steps.remove(at);
        Ok(())
    }

    /// A field of a step.
    pub fn capture(&self, step: StepId, id: FieldId) -> Result<&Field, Refusal> {
        let step = self.steps.get(self.step_index(step)?).ok_or(Refusal::NotFound)?;
        step.capture(id).ok_or(Refusal::NotFound)
    }

    /// A field of a step, to be changed.
    pub fn capture_mut(&mut self, step: StepId, id: FieldId) -> Result<&mut Field, Refusal> {
        let step = self.step_mut(step)?;
        step.captures.iter_mut().find(|field| field.id() == id).ok_or(Refusal::NotFound)
    }

    /// Puts a field on a step.
    pub fn insert_capture(
        &mut self,
        step: StepId,
        field: Field,
        position: Option<usize>,
    ) -> Result<(), Refusal> {
        let step = self.step_mut(step)?;
        insert(&mut step.captures, field, position);
        number(&mut step.captures);
        Ok(())
    }

    /// Moves a field on its step.
    pub fn move_capture(&mut self, step: StepId, id: FieldId, position: usize) -> Result<(), Refusal> {
        let field = self.take_capture(step, id)?;
        self.insert_capture(step, field, Some(position))
    }

    /// Moves a field to another step. What it is called and who uses it stays.
    pub fn move_capture_out(
        &mut self,
        from: StepId,
        id: FieldId,
        to: StepId,
        position: Option<usize>,
    ) -> Result<(), Refusal> {
        self.capture(from, id)?;
        if self.step_index(to).is_err() {
            return Err(Refusal::field("target_step_id", "This step does not exist."));
        }
        let field = self.take_capture(from, id)?;
        self.insert_capture(to, field, position)
    }

    fn take_capture(&mut self, step: StepId, id: FieldId) -> Result<Field, Refusal> {
        let step = self.step_mut(step)?;
        let at = step.captures.iter().position(|field| field.id() == id).ok_or(Refusal::NotFound)?;
        let field = step.captures.remove(at);
        number(&mut step.captures);
        Ok(field)
    }

    /// Takes a field off a step.
    ///
    /// # Errors
    ///
    /// While a rule uses it: names each.
    pub fn remove_capture(&mut self, step: StepId, id: FieldId) -> Result<(), Refusal> {
        self.capture(step, id)?;
        uses::of_field(self, id).into_result()?;
        self.take_capture(step, id)?;
        Ok(())
    }

    /// Takes a field off the kick-off form.
    ///
    /// # Errors
    ///
    /// While a rule uses it: names each.
    pub fn remove_prerun(&mut self, id: FieldId) -> Result<(), Refusal> {
        let at = self.prerun.iter().position(|field| field.id() == id).ok_or(Refusal::NotFound)?;
        uses::of_field(self, id).into_result()?;
        self.prerun.remove(at);
        number(&mut self.prerun);
        Ok(())
    }

    /// A rule to be changed.
    pub fn rule_mut(&mut self, id: RuleId) -> Result<&mut Rule, Refusal> {
        self.automated_actions.iter_mut().find(|rule| rule.id == id).ok_or(Refusal::NotFound)
    }

    /// The index of a rule.
    pub fn rule_index(&self, id: RuleId) -> Result<usize, Refusal> {
        self.automated_actions.iter().position(|rule| rule.id == id).ok_or(Refusal::NotFound)
    }

    /// Takes a rule out.
    pub fn remove_rule(&mut self, id: RuleId) -> Result<(), Refusal> {
        self.automated_actions.remove(self.rule_index(id)?);
        Ok(())
    }
}
