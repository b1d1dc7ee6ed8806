//! Edits of what a template says that are more than replacing a part of it:
//! steps are copied, and steps, fields and rules are taken out.
//!
//! Each function changes a [`Blueprint`] and checks only what the edit itself
//! needs; whether the outcome can be launched is found out when a
//! [`Snapshot`](crate::workflow::Snapshot) is made of it. Ids and aliases never
//! change, except that a copy gets its own.

use crate::ids::{FieldId, RuleId, StepId};
use crate::refusal::Refusal;
use crate::workflow::{Blueprint, Field};

use super::Settings;
use super::copy::{FreshIds, copy_step};
use super::uses;

/// Fields know their positions, from 1.
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
    /// [`Refusal::NotFound`], as all here that name what is not there.
    pub fn step_index(&self, id: StepId) -> Result<usize, Refusal> {
        self.steps.iter().position(|step| step.id == id).ok_or(Refusal::NotFound)
    }

    /// A field of a step.
    ///
    /// # Errors
    ///
    /// Not found: no such step, or no such field on it.
    pub fn capture(&self, step: StepId, id: FieldId) -> Result<&Field, Refusal> {
        let step = self.steps.get(self.step_index(step)?).ok_or(Refusal::NotFound)?;
        step.capture(id).ok_or(Refusal::NotFound)
    }

    /// The index of a rule.
    ///
    /// # Errors
    ///
    /// Not found.
    pub fn rule_index(&self, id: RuleId) -> Result<usize, Refusal> {
        self.automated_actions.iter().position(|rule| rule.id == id).ok_or(Refusal::NotFound)
    }

    /// Puts a copy of a step behind it, with the people on it and without
    /// rules. Its fields are copied too, and its texts name the copies.
    ///
    /// # Errors
    ///
    /// Not found.
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

    /// Takes a field off a step.
    ///
    /// # Errors
    ///
    /// While a rule uses it: names each.
    pub fn remove_capture(&mut self, step: StepId, id: FieldId) -> Result<(), Refusal> {
        self.capture(step, id)?;
        uses::of_field(self, id).into_result()?;
        let at = self.step_index(step)?;
        if let Some(step) = self.steps.get_mut(at) {
            step.captures.retain(|field| field.id() != id);
            number(&mut step.captures);
        }
        Ok(())
    }

    /// Takes a field off the kick-off form.
    ///
    /// # Errors
    ///
    /// While a rule uses it: names each.
    pub fn remove_prerun(&mut self, id: FieldId) -> Result<(), Refusal> {
        if !self.prerun.iter().any(|field| field.id() == id) {
            return Err(Refusal::NotFound);
        }
        uses::of_field(self, id).into_result()?;
        self.prerun.retain(|field| field.id() != id);
        number(&mut self.prerun);
        Ok(())
    }

    /// Takes a rule out.
    ///
    /// # Errors
    ///
    /// Not found.
    pub fn remove_rule(&mut self, id: RuleId) -> Result<(), Refusal> {
        self.automated_actions.remove(self.rule_index(id)?);
        Ok(())
    }
}
