//! What callers send about templates, read with every fault named at once.
//!
//! All readers take the template as it is and give back a
//! [`Draft`] of the whole. Nothing is stored and nobody is looked up:
//! [`Draft::check_people`] and [`Draft::check`] come next.

mod body;
mod form;
mod reading;
mod rule;
mod step;
mod whole;

use hospes_model::template::Template;
use hospes_model::workflow::{Field, Rule};
use hospes_model::{FieldId, Refusal, RuleId, StageId, StepId, TemplateId};
use serde_json::Value;

use super::draft::{Draft, Paths};
use crate::fields::Fields;
use form::Identity;
use reading::{Reading, Refs};

pub use body::{
    CreateTemplateBody, RuleActionBody, RuleConditionBody, TemplateFieldBody, TemplateRuleBody,
    TemplateStepBody, UpdateTemplateBody,
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

/// Reads a new template, or an export that comes back: whatever is in it gets
/// new ids, and what refers to it still does. Aliases are kept.
///
/// # Errors
///
/// Refuses what is no object, and what has too many faults to go on; other
/// faults are in the draft.
pub fn read_create(body: &Value, id: TemplateId, ids: &mut Ids<'_>) -> Result<Draft, Refusal> {
    whole::read_create(body, id, ids)
}

/// Reads a change of a template. The title must be there. The kick-off form is
/// replaced when it is sent, and so is who may use the template; what is left
/// out stays as it is.
///
/// # Errors
///
/// Refuses what is no object, and what has too many faults to go on; other
/// faults are in the draft.
pub fn read_update(body: &Value, template: &Template, ids: &mut Ids<'_>) -> Result<Draft, Refusal> {
    whole::read_update(body, template, ids)
}

fn start<'i, 'r>(template: &Template, ids: &'i mut Ids<'r>, within: String) -> Reading<'i, 'r> {
    Reading {
        ids,
        refs: Refs::default(),
        paths: Paths { within: Some(within), ..Paths::default() },
        settings: template.settings.clone(),
    }
}

fn step_place(template: &Template, step: StepId) -> Result<usize, Refusal> {
    template.snapshot.step_place(step).ok_or(Refusal::NotFound)
}

/// Reads a new step. It comes behind the others, unless a position is named.
///
/// # Errors
///
/// Refuses what is no object, and what has too many faults to go on; other
/// faults are in the draft.
pub fn read_new_step(
    body: &Value,
    template: &Template,
    ids: &mut Ids<'_>,
) -> Result<Change<StepId>, Refusal> {
    let mut fields = Fields::new(body)?;
    let id = ids.step();
    let mut draft = Draft::of(template);
    let steps = &mut draft.blueprint.steps;
    let last = steps.len();
    let place = fields.integer("position", 1).map_or(last, |position| index(position).min(last));
    let full = format!("steps.{place}.");
    let mut reading = start(template, ids, full.clone());
    let mut step = step::blank(id);
    step::read_step(&mut fields, &mut step, &full, Identity::New, &mut reading);
    step.alias = step::alias(&step.title, id);
    steps.insert(place, step);
    let draft = whole::finish(fields, draft, reading)?;
    Ok(Change { id, draft })
}

/// Reads a change of a step. The title must be there. Of its people the lists
/// that are left out are cleared; whatever else is left out stays.
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
    let at = step_place(template, step)?;
    let mut fields = Fields::new(body)?;
    let mut draft = Draft::of(template);
    let steps = &mut draft.blueprint.steps;
    let place = fields.integer("position", 1).map_or(at, |position| index(position).min(steps.len() - 1));
    let full = format!("steps.{place}.");
    let mut reading = start(template, ids, full.clone());
    let mut step = steps.remove(at);
    let form = step.captures.clone();
    step::read_step(&mut fields, &mut step, &full, Identity::Among(&form), &mut reading);
    steps.insert(place, step);
    whole::finish(fields, draft, reading)
}

/// Reads a new field of a step. It comes behind those whose position is not
/// higher, at the end when it names none.
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
    let at = step_place(template, step)?;
    let mut fields = Fields::new(body)?;
    let id = ids.field();
    let mut draft = Draft::of(template);
    let step = draft.blueprint.steps.get_mut(at).ok_or(Refusal::NotFound)?;
    let last = step.captures.iter().map(|field| field.definition.position).max().unwrap_or(0);
    let mut field = form::blank(id, last.saturating_add(1));
    let mut reading = start(template, ids, String::new());
    form::read_field(&mut fields, &mut field, &mut reading.settings.fields, true);
    let place = place_of(&step.captures, field.definition.position);
    step.captures.insert(place, field);
    reading.paths.within = Some(format!("steps.{at}.captures.{place}."));
    let draft = whole::finish(fields, draft, reading)?;
    Ok(Change { id, draft })
}

/// Reads a change of a field of a step. What is left out stays.
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
    ids: &mut Ids<'_>,
) -> Result<Draft, Refusal> {
    let at = step_place(template, step)?;
    let mut fields = Fields::new(body)?;
    let mut draft = Draft::of(template);
    let step = draft.blueprint.steps.get_mut(at).ok_or(Refusal::NotFound)?;
    let from = step.captures.iter().position(|other| other.id() == field).ok_or(Refusal::NotFound)?;
    let mut field = step.captures.remove(from);
    let before = field.definition.position;
    let mut reading = start(template, ids, String::new());
    form::read_field(&mut fields, &mut field, &mut reading.settings.fields, false);
    let position = field.definition.position;
    let place = if position == before { from } else { place_of(&step.captures, position) };
    step.captures.insert(place, field);
    reading.paths.within = Some(format!("steps.{at}.captures.{place}."));
    whole::finish(fields, draft, reading)
}

/// Reads a new rule. It comes behind the others.
///
/// # Errors
///
/// Refuses what is no object, and what has too many faults to go on; other
/// faults are in the draft.
pub fn read_new_rule(
    body: &Value,
    template: &Template,
    ids: &mut Ids<'_>,
) -> Result<Change<RuleId>, Refusal> {
    let mut fields = Fields::new(body)?;
    let id = ids.rule();
    let mut draft = Draft::of(template);
    let full = format!("automated_actions.{}.", draft.blueprint.automated_actions.len());
    let mut reading = start(template, ids, full.clone());
    let mut rule = Rule { id, alias: String::new(), conditions: Vec::new(), actions: Vec::new() };
    rule::read_rule(&mut fields, &mut rule, &full, &reading.refs, &mut reading.paths);
    draft.blueprint.automated_actions.push(rule);
    let draft = whole::finish(fields, draft, reading)?;
    Ok(Change { id, draft })
}

/// Reads a change of a rule. What is left out stays.
///
/// # Errors
///
/// Not found, when there is no such rule; what is no object. Other faults are
/// in the draft.
pub fn read_rule(
    body: &Value,
    template: &Template,
    rule: RuleId,
    ids: &mut Ids<'_>,
) -> Result<Draft, Refusal> {
    let mut draft = Draft::of(template);
    let rules = &mut draft.blueprint.automated_actions;
    let at = rules.iter().position(|other| other.id == rule).ok_or(Refusal::NotFound)?;
    let mut fields = Fields::new(body)?;
    let full = format!("automated_actions.{at}.");
    let mut reading = start(template, ids, full.clone());
    let rule = rules.get_mut(at).ok_or(Refusal::NotFound)?;
    rule::read_rule(&mut fields, rule, &full, &reading.refs, &mut reading.paths);
    whole::finish(fields, draft, reading)
}

/// The index that a position, from 1, means.
fn index(position: i64) -> usize {
    usize::try_from(position - 1).unwrap_or(0)
}

/// Behind the last field whose position is not higher.
fn place_of(form: &[Field], position: i64) -> usize {
    form.iter().rposition(|field| field.definition.position <= position).map_or(0, |place| place + 1)
}

/// Moves something to a position, from 1, and numbers the fields anew.
fn put(form: &mut Vec<Field>, field: Field, position: Option<i64>) {
    let place = position.map_or(form.len(), |position| index(position).min(form.len()));
    form.insert(place, field);
    for (field, position) in form.iter_mut().zip(1..) {
        field.definition.position = position;
    }
}

fn required_position(fields: &mut Fields<'_>) -> Option<i64> {
    if fields.value("position").is_none() {
        fields.fault("position", "The position field is required.");
    }
    fields.integer("position", 1)
}

fn finish_move(fields: Fields<'_>, mut draft: Draft) -> Draft {
    draft.warnings = fields.unknown();
    draft.faults = fields.into_faults();
    draft
}

/// Reads `{position}`, from 1: a step moves to another place.
///
/// # Errors
///
/// Not found, when there is no such step; what is no object. Other faults are
/// in the draft.
pub fn read_step_position(body: &Value, template: &Template, step: StepId) -> Result<Draft, Refusal> {
    let at = step_place(template, step)?;
    let mut fields = Fields::new(body)?;
    let mut draft = Draft::of(template);
    if let Some(position) = required_position(&mut fields) {
        let steps = &mut draft.blueprint.steps;
        let step = steps.remove(at);
        steps.insert(index(position).min(steps.len()), step);
    }
    Ok(finish_move(fields, draft))
}

/// Reads `{capture_id, position}`, from 1: a field moves to another place on
/// its step.
///
/// # Errors
///
/// Not found, when there is no such step; what is no object. Other faults are
/// in the draft.
pub fn read_capture_position(body: &Value, template: &Template, step: StepId) -> Result<Draft, Refusal> {
    let at = step_place(template, step)?;
    let mut fields = Fields::new(body)?;
    let mut draft = Draft::of(template);
    let form = &mut draft.blueprint.steps.get_mut(at).ok_or(Refusal::NotFound)?.captures;
    let id = fields.required_text("capture_id");
    let from = id
        .and_then(|id| id.trim().parse().ok())
        .and_then(|id: FieldId| form.iter().position(|field| field.id() == id));
    if id.is_some() && from.is_none() {
        fields.fault("capture_id", "This field is not on the step.");
    }
    if let (Some(from), position @ Some(_)) = (from, required_position(&mut fields)) {
        let field = form.remove(from);
        put(form, field, position);
    }
    Ok(finish_move(fields, draft))
}

/// Reads `{target_step_id, position}`: a field moves to another step, to its
/// end when no position is named.
///
/// # Errors
///
/// Not found, when there is no such field on that step; what is no object.
/// Other faults are in the draft.
pub fn read_move_out(
    body: &Value,
    template: &Template,
    step: StepId,
    field: FieldId,
) -> Result<Draft, Refusal> {
    let at = step_place(template, step)?;
    let mut fields = Fields::new(body)?;
    let mut draft = Draft::of(template);
    let form = &mut draft.blueprint.steps.get_mut(at).ok_or(Refusal::NotFound)?.captures;
    let from = form.iter().position(|other| other.id() == field).ok_or(Refusal::NotFound)?;
    let text = fields.required_text("target_step_id").map(str::trim);
    let target = text.and_then(|text| text.parse().ok()).and_then(|id| template.snapshot.step_place(id));
    if text.is_some() && target.is_none() {
        fields.fault("target_step_id", "This step does not exist.");
    }
    let position = fields.integer("position", 1);
    if let Some(target) = target {
        let field = form.remove(from);
        let step = draft.blueprint.steps.get_mut(target).ok_or(Refusal::NotFound)?;
        put(&mut step.captures, field, position);
    }
    Ok(finish_move(fields, draft))
}

#[cfg(test)]
mod tests;
