//! Faults of blueprints: all of them at once, each by its path.
//!
//! Every check is linear in the size of the blueprint, so an import of any
//! size is refused in bounded time. What a hostile template may hold is also
//! limited in number, since processes are evaluated again and again.

mod fields;
mod rules;

use std::collections::HashMap;
use std::fmt;

use crate::ids::{FieldId, StepId, TemplateId};
use crate::refusal::{FieldErrors, Refusal};
use crate::task::TaskType;
use crate::task::draft::{check_title, check_webhook};
use crate::task::form::{check_line, check_long_text};

use super::blueprint::{Blueprint, Step, StepBase};
use super::calendar::Direction;
use super::people::People;
use super::snapshot::Place;

pub(super) use rules::unreachable;

/// The most steps of a template.
pub const MAX_STEPS: usize = 1_000;
/// The most fields of a step or a kick-off form.
pub const MAX_FIELDS: usize = 500;
/// The most rules of a template.
pub const MAX_RULES: usize = 1_000;
/// The most conditions of a rule, and the most texts that one compares with.
pub const MAX_CONDITIONS: usize = 50;
/// The most actions of a rule.
pub const MAX_ACTIONS: usize = 200;
/// The most conditions, and the most actions, of all rules together. A
/// condition with several values to compare with counts once for each.
pub const MAX_PARTS: usize = 10_000;
/// The most options or columns of a field.
pub const MAX_CHOICES: usize = 1_000;
/// The most characters of a template's title.
pub const TITLE_LIMIT: usize = 250;
/// The most characters of a process' name.
pub const NAME_LIMIT: usize = 550;

/// Something that can be stored and hardly be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where, as in refusals.
    pub path: String,
    /// One sentence.
    pub text: String,
}

/// What checking found out besides.
pub(super) struct Checked {
    pub(super) warnings: Vec<Warning>,
    pub(super) steps: HashMap<StepId, usize>,
    pub(super) fields: HashMap<FieldId, Place>,
    pub(super) deadline_order: Vec<usize>,
}

/// Collects faults and warnings while the parts are looked at.
struct Findings<'a> {
    blueprint: &'a Blueprint,
    steps: HashMap<StepId, usize>,
    fields: HashMap<FieldId, Place>,
    errors: FieldErrors,
    warnings: Vec<Warning>,
}

impl Findings<'_> {
    fn fault(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.errors.add(path, text);
    }

    fn check<T>(&mut self, path: impl fmt::Display, result: Result<T, String>) {
        if let Err(text) = result {
            let path = path.to_string();
            let name = path.rsplit('.').next().unwrap_or(&path);
            let text = format!("The {name} {text}.");
            self.fault(path, text);
        }
    }

    fn warn(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.warnings.push(Warning { path: path.into(), text: text.into() });
    }

    fn limit(&mut self, path: impl fmt::Display, count: usize, limit: usize) {
        if count > limit {
            self.fault(path.to_string(), format!("There may be at most {limit} of these, not {count}."));
        }
    }
}

/// Checks a whole blueprint.
pub(super) fn check(blueprint: &Blueprint) -> Result<Checked, Refusal> {
    let mut findings = Findings {
        blueprint,
        steps: HashMap::with_capacity(blueprint.steps.len()),
        fields: HashMap::new(),
        errors: FieldErrors::default(),
        warnings: Vec::new(),
    };
    findings.check("title", short_title(&blueprint.title));
    if let Some(format) = &blueprint.naming.format {
        findings.check("default_process_name_format", name_format(format));
    }
    findings.limit("steps", blueprint.steps.len(), MAX_STEPS);
    findings.limit("automated_actions", blueprint.automated_actions.len(), MAX_RULES);
    for (at, step) in blueprint.steps.iter().enumerate() {
        if findings.steps.insert(step.id, at).is_some() {
            findings.fault(format!("steps.{at}.id"), "Another step has this id.");
        }
    }
    fields::check_forms(&mut findings);
    for (at, step) in blueprint.steps.iter().enumerate() {
        check_step(&mut findings, at, step);
    }
    let deadline_order = check_cycles(&mut findings);
    rules::check_rules(&mut findings);
    let Findings { steps, fields, errors, warnings, .. } = findings;
    errors.into_result()?;
    Ok(Checked { warnings, steps, fields, deadline_order })
}

/// Checks what a task that no step is behind asks for. Of deadlines it may have
/// one that is counted from the moment at which it is added.
pub(super) fn check_added(step: &Step, path: &str, errors: &mut FieldErrors) {
    let alone = Blueprint {
        stages: step.stage.into_iter().collect(),
        steps: vec![step.clone()],
        ..Blueprint::empty(TemplateId::new(0, [0; 10]), "Added".to_owned())
    };
    let Err(Refusal::Invalid(faults)) = check(&alone) else { return };
    for (fault, messages) in faults.iter() {
        let place = fault.strip_prefix("steps.0").unwrap_or(fault);
        for message in messages {
            errors.add(format!("{path}{place}"), message.clone());
        }
    }
}

fn short_title(text: &str) -> Result<(), String> {
    check_title(text)?;
    if text.chars().count() > TITLE_LIMIT {
        return Err(format!("may not be greater than {TITLE_LIMIT} characters"));
    }
    Ok(())
}

fn name_format(text: &str) -> Result<(), String> {
    check_line(text)?;
    if text.trim().is_empty() || text.chars().count() > NAME_LIMIT {
        return Err(format!("must have 1 to {NAME_LIMIT} characters"));
    }
    Ok(())
}

fn check_step(findings: &mut Findings<'_>, at: usize, step: &Step) {
    let path = format!("steps.{at}");
    findings.check(format_args!("{path}.title"), check_title(&step.title));
    findings.check(format_args!("{path}.alias"), alias(&step.alias));
    if let Some(summary) = &step.summary {
        findings.check(format_args!("{path}.summary"), check_long_text(summary));
    }
    if let Some(webhook) = &step.webhook {
        findings.check(format_args!("{path}.webhook"), check_webhook(webhook));
    }
    if step.stage.is_some_and(|stage| !findings.blueprint.stages.contains(&stage)) {
        findings.fault(format!("{path}.stage"), "This milestone does not exist.");
    }
    findings.limit(format_args!("{path}.assignees"), step.people.len(), People::LIMIT);
    findings.limit(format_args!("{path}.roles"), step.roles.len(), People::LIMIT);
    let named = step.people.users().len() + step.people.guests().len();
    let max = usize::try_from(step.max_assignable).unwrap_or(usize::MAX);
    if max > 0 && named > max {
        findings.fault(
            format!("{path}.max_assignable"),
            format!("The step names {named} assignees and allows {max}."),
        );
    }
    check_deadline(findings, at, step);
}

/// What stands for a step or a field between braces.
fn alias(text: &str) -> Result<(), String> {
    check_line(text)?;
    let fits = !text.trim().is_empty() && text.chars().count() <= 255;
    if fits && !text.contains(['{', '}']) { Ok(()) } else { Err("must be a short name".to_owned()) }
}

fn check_deadline(findings: &mut Findings<'_>, at: usize, step: &Step) {
    let Some(deadline) = step.deadline else {
        if matches!(step.task_type, TaskType::Expiring | TaskType::ExpiringEmail) {
            let text =
                "Without a deadline of its own this step runs out at the organization's default, if any.";
            findings.warn(format!("steps.{at}.deadline"), text);
        }
        return;
    };
    let path = format!("steps.{at}.deadline.step");
    match (deadline.base, deadline.direction) {
        (StepBase::Launch, Direction::From) => {}
        (StepBase::Launch, Direction::Before) => {
            findings.warn(path, "The deadline lies before the launch: the step is always late.");
        }
        (StepBase::Step(base), direction) => match findings.steps.get(&base).copied() {
            None => findings.fault(path, "This step does not exist."),
            Some(base) if base == at => {
                findings.fault(path, "A deadline cannot be counted from its own step.");
            }
            Some(base) if base > at && direction == Direction::From => {
                findings.fault(
                    path,
                    "A deadline can only be counted from an earlier step, or before a later one.",
                );
            }
            Some(_) => {}
        },
    }
}

/// Finds deadlines that wait for each other, and otherwise an order in which
/// they can be counted. Kahn's algorithm: each step is looked at once.
fn check_cycles(findings: &mut Findings<'_>) -> Vec<usize> {
    let steps = &findings.blueprint.steps;
    let base = |at: usize| {
        let deadline = steps.get(at)?.deadline?;
        let StepBase::Step(base) = deadline.base else { return None };
        findings.steps.get(&base).copied().filter(|base| *base != at)
    };
    let mut waiting = vec![Vec::new(); steps.len()];
    let mut order: Vec<usize> = Vec::with_capacity(steps.len());
    for at in 0..steps.len() {
        match base(at).and_then(|base| waiting.get_mut(base)) {
            Some(list) => list.push(at),
            None => order.push(at),
        }
    }
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        next += 1;
        order.extend(waiting.get_mut(at).map(std::mem::take).unwrap_or_default());
    }
    let mut found = vec![false; steps.len()];
    for at in &order {
        if let Some(found) = found.get_mut(*at) {
            *found = true;
        }
    }
    for (at, _) in found.iter().enumerate().filter(|(_, found)| !**found) {
        findings
            .fault(format!("steps.{at}.deadline.step"), "This deadline waits for itself, over other steps.");
    }
    order
}
