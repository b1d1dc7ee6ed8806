//! What callers send about templates, read with every fault named at once.
//!
//! All readers take the template as it is and give back a
//! [`Draft`] of the whole. Nothing is stored and nobody is looked up:
//! [`Draft::check_people`] and [`Draft::check`] come next.

mod body;

use hospes_model::template::Template;
use hospes_model::{FieldId, Refusal, RuleId, StageId, StepId, TemplateId};
use serde_json::Value;

use super::draft::Draft;

pub use body::{
    CreateTemplateBody, TemplateFieldBody, TemplateRuleBody, TemplateStepBody, UpdateTemplateBody,
};

/// Where new ids come from.
pub struct Ids<'a> {
    /// The time, in milliseconds since 1970.
    pub millis: u64,
    /// Randomness.
    pub random: &'a mut dyn FnMut() -> [u8; 10],
}

impl Ids<'_> {
    /// An id for a template.
    pub fn template(&mut self) -> TemplateId {
        TemplateId::new(self.millis, (self.random)())
    }

    /// An id for a step.
    pub fn step(&mut self) -> StepId {
        StepId::new(self.millis, (self.random)())
    }

    /// An id for a field.
    pub fn field(&mut self) -> FieldId {
        FieldId::new(self.millis, (self.random)())
    }

    /// An id for a rule.
    pub fn rule(&mut self) -> RuleId {
        RuleId::new(self.millis, (self.random)())
    }

    /// An id for a milestone.
    pub fn stage(&mut self) -> StageId {
        StageId::new(self.millis, (self.random)())
    }
}

/// A change of a template with one new or changed part in it.
#[derive(Debug)]
pub struct Change<T> {
    /// The part's id.
    pub id: T,
    /// The template.
    pub draft: Draft,
}

/// Reads a new template, or an export that comes back.
///
/// # Errors
///
/// Refuses what is no object or too large; other faults are in the draft.
pub fn read_create(body: &Value, id: TemplateId, ids: &mut Ids<'_>) -> Result<Draft, Refusal> {
    let _ = (body, id, ids);
    Err(Refusal::NotFound)
}

/// Reads a change of a template.
///
/// # Errors
///
/// Refuses what is no object; other faults are in the draft.
pub fn read_update(body: &Value, template: &Template, ids: &mut Ids<'_>) -> Result<Draft, Refusal> {
    let _ = (body, template, ids);
    Err(Refusal::NotFound)
}

/// Reads a new step.
///
/// # Errors
///
/// Refuses what is no object; other faults are in the draft.
pub fn read_new_step(
    body: &Value,
    template: &Template,
    ids: &mut Ids<'_>,
) -> Result<Change<StepId>, Refusal> {
    let _ = (body, template, ids);
    Err(Refusal::NotFound)
}

/// Reads a change of a step.
///
/// # Errors
///
/// Not found, when there is no such step; what is no object. Other faults are
/// in the draft.
pub fn read_step(
    body: &Value,
    template: &Template,
    step: StepId,
    ids: &mut Ids<'_>,
) -> Result<Draft, Refusal> {
    let _ = (body, template, step, ids);
    Err(Refusal::NotFound)
}

/// Reads a new field of a step.
///
/// # Errors
///
/// Not found, when there is no such step; what is no object. Other faults are
/// in the draft.
pub fn read_new_capture(
    body: &Value,
    template: &Template,
    step: StepId,
    ids: &mut Ids<'_>,
) -> Result<Change<FieldId>, Refusal> {
    let _ = (body, template, step, ids);
    Err(Refusal::NotFound)
}

/// Reads a change of a field of a step.
///
/// # Errors
///
/// Not found, when there is no such field on that step; what is no object.
/// Other faults are in the draft.
pub fn read_capture(
    body: &Value,
    template: &Template,
    step: StepId,
    field: FieldId,
) -> Result<Draft, Refusal> {
    let _ = (body, template, step, field);
    Err(Refusal::NotFound)
}

/// Reads a new rule.
///
/// # Errors
///
/// Refuses what is no object; other faults are in the draft.
pub fn read_new_rule(
    body: &Value,
    template: &Template,
    ids: &mut Ids<'_>,
) -> Result<Change<RuleId>, Refusal> {
    let _ = (body, template, ids);
    Err(Refusal::NotFound)
}

/// Reads a change of a rule.
///
/// # Errors
///
/// Not found, when there is no such rule; what is no object. Other faults are
/// in the draft.
pub fn read_rule(body: &Value, template: &Template, rule: RuleId) -> Result<Draft, Refusal> {
    let _ = (body, template, rule);
    Err(Refusal::NotFound)
}

/// Reads `{position}`: a step moves to another place.
///
/// # Errors
///
/// Not found, when there is no such step; what is no object.
pub fn read_step_position(body: &Value, template: &Template, step: StepId) -> Result<Draft, Refusal> {
    let _ = (body, template, step);
    Err(Refusal::NotFound)
}

/// Reads `{capture_id, position}`: a field moves to another place on its step.
///
/// # Errors
///
/// Not found, when there is no such step; what is no object.
pub fn read_capture_position(
    body: &Value,
    template: &Template,
    step: StepId,
) -> Result<Change<FieldId>, Refusal> {
    let _ = (body, template, step);
    Err(Refusal::NotFound)
}

/// Reads `{target_step_id, position}`: a field moves to another step.
///
/// # Errors
///
/// Not found, when there is no such field on that step; what is no object.
pub fn read_move_out(
    body: &Value,
    template: &Template,
    step: StepId,
    field: FieldId,
) -> Result<Draft, Refusal> {
    let _ = (body, template, step, field);
    Err(Refusal::NotFound)
}
