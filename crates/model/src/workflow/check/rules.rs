//! Faults of rules, and steps that no rule will ever show.

use std::collections::HashSet;

use crate::ids::StepId;
use crate::task::TaskType;
use crate::task::draft::check_webhook;
use crate::task::form::{FieldType, check_line};

use super::super::calendar::Direction;
use super::super::field::TextFormat;
use super::super::people::People;
use super::super::rule::{
    Action, AssignVerb, Condition, DeadlineBase, FieldRef, Logic, Rule, StepOperation, Test,
};
use super::super::snapshot::{CompiledTest, Place, Snapshot};
use super::{Findings, MAX_ACTIONS, MAX_CONDITIONS, MAX_PARTS, Warning};

/// Checks all rules.
pub(super) fn check_rules(findings: &mut Findings<'_>) {
    let mut ids = HashSet::new();
    let rules = &findings.blueprint.automated_actions;
    let compared = |condition: &Condition| match &condition.test {
        Test::Field { operands, .. } => operands.len().max(1),
        Test::Step { .. } => 1,
    };
    let conditions = rules.iter().flat_map(|rule| &rule.conditions).map(compared).sum::<usize>();
    let actions = rules.iter().map(|rule| rule.actions.len()).sum::<usize>();
    for (count, what) in [(conditions, "conditions and values to compare with"), (actions, "actions")] {
        if count > MAX_PARTS {
            let text = format!("All rules together may have {MAX_PARTS} {what}.");
            findings.fault("automated_actions", text);
        }
    }
    for (at, rule) in findings.blueprint.automated_actions.iter().enumerate() {
        let path = format!("automated_actions.{at}");
        if !ids.insert(rule.id) {
            findings.fault(format!("{path}.id"), "Another rule has this id.");
        }
        let alias = check_line(&rule.alias).and_then(|()| match rule.alias.chars().count() {
            0..=300 => Ok(()),
            _ => Err("may not be greater than 300 characters".to_owned()),
        });
        findings.check(format_args!("{path}.automated_alias"), alias);
        for (list, count, limit) in [
            ("conditions", rule.conditions.len(), MAX_CONDITIONS),
            ("then_actions", rule.actions.len(), MAX_ACTIONS),
        ] {
            if count == 0 {
                findings.fault(format!("{path}.{list}"), "There must be at least one of these.");
            }
            findings.limit(format_args!("{path}.{list}"), count, limit);
        }
        for (at, condition) in rule.conditions.iter().enumerate() {
            check_condition(findings, &format!("{path}.conditions.{at}"), &condition.test);
        }
        check_actions(findings, &path, rule);
    }
}

fn check_condition(findings: &mut Findings<'_>, path: &str, test: &Test) {
    match test {
        Test::Step { step, operation, .. } => {
            let Some(at) = findings.steps.get(step).copied() else {
                findings.fault(format!("{path}.conditionable_id"), "This step does not exist.");
                return;
            };
            let kind = findings.blueprint.steps.get(at).map(|step| step.task_type);
            let fits = match operation {
                StepOperation::Approved | StepOperation::Rejected => kind == Some(TaskType::Approval),
                StepOperation::Acknowledged | StepOperation::Expired => kind == Some(TaskType::Expiring),
                StepOperation::Completed | StepOperation::Reopened | StepOperation::NotAssigned => true,
            };
            if !fits {
                let text = format!("A step of this type is never {}.", operation.as_str());
                findings.warn(format!("{path}.operation"), text);
            }
        }
        Test::Field { field, operation, operands, column } => {
            let Some(place) = Place::of(*field, &findings.fields) else {
                findings.fault(format!("{path}.conditionable_id"), "This field does not exist.");
                return;
            };
            findings.limit(format_args!("{path}.statement"), operands.len(), MAX_CONDITIONS);
            if operation.needs_operand() && operands.iter().all(|operand| operand.trim().is_empty()) {
                findings
                    .warn(format!("{path}.statement"), "Without a value to compare with, this never holds.");
            }
            let field = findings.blueprint.field_at(place);
            if let Some(label) = column
                && !field.is_some_and(|field| field.definition.columns.iter().any(|c| c.text == *label))
            {
                findings.fault(format!("{path}.column_contains_name"), "This column does not exist.");
            }
        }
    }
}

fn check_actions(findings: &mut Findings<'_>, rule_path: &str, rule: &Rule) {
    let mut once: HashSet<(&str, StepId)> = HashSet::new();
    for (at, action) in rule.actions.iter().enumerate() {
        let path = format!("{rule_path}.then_actions.{at}");
        if let Action::Webhook { url, .. } = action {
            match check_webhook(url) {
                Ok(Some(_)) => {}
                Ok(None) => findings.fault(format!("{path}.url"), "The url is required."),
                Err(text) => findings.fault(format!("{path}.url"), format!("The url {text}.")),
            }
        }
        let Some(target) = action.target() else { continue };
        let Some(step) = findings.steps.get(&target).copied() else {
            findings.fault(format!("{path}.target_step_id"), "This step does not exist.");
            continue;
        };
        let single = matches!(action, Action::Visibility { .. } | Action::Deadline { .. });
        if single && !once.insert((action.type_word(), target)) {
            let text = "A rule may show or hide a step only once, and set its deadline only once.";
            findings.fault(format!("{path}.target_step_id"), text);
        }
        match action {
            Action::Visibility { .. } | Action::Reopen { .. } | Action::Webhook { .. } => {}
            Action::Assignment { verb, people, from, .. } => {
                findings.limit(format_args!("{path}.assignees"), people.len(), People::LIMIT);
                if *verb != AssignVerb::ClearAssignees && people.is_empty() && from.is_none() {
                    findings.fault(format!("{path}.assignees"), "Name people, or a field that names them.");
                }
                if let Some(from) = from {
                    check_source(findings, &path, step, *from, Source::People);
                }
            }
            Action::Deadline { base, direction, .. } => {
                check_base(findings, &path, step, *base, *direction);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    People,
    Date,
}

/// A field that people or a date are read from: it must exist, hold such a
/// thing, and be filled in no later than the step that gets it.
fn check_source(findings: &mut Findings<'_>, path: &str, target: usize, from: FieldRef, wanted: Source) {
    let path = format!("{path}.actionable_id");
    let Some(place) = Place::of(from, &findings.fields) else {
        findings.fault(path, "This field does not exist.");
        return;
    };
    if matches!(place, Place::Capture { step, .. } if step > target) {
        findings.fault(&path, "This field is filled in on a later step.");
    }
    let fits =
        findings.blueprint.field_at(place).is_some_and(|field| match (wanted, field.definition.field_type) {
            (Source::People, FieldType::AssigneesForm | FieldType::Email)
            | (Source::Date, FieldType::Date) => true,
            (Source::People, FieldType::Text) => field.validation.format == Some(TextFormat::Email),
            (Source::People | Source::Date, _) => false,
        });
    if !fits {
        let text = match wanted {
            Source::People => "This field names nobody: it must pick people, or hold an email address.",
            Source::Date => "This field holds no date.",
        };
        findings.fault(path, text);
    }
}

fn check_base(
    findings: &mut Findings<'_>,
    path: &str,
    target: usize,
    base: DeadlineBase,
    direction: Direction,
) {
    match base {
        DeadlineBase::Current => {}
        DeadlineBase::Field(field) => check_source(findings, path, target, field, Source::Date),
        DeadlineBase::Step(step) => {
            let path = format!("{path}.actionable_id");
            match findings.steps.get(&step).copied() {
                None => findings.fault(path, "This step does not exist."),
                Some(at) if at > target && direction == Direction::From => {
                    findings.fault(
                        path,
                        "A deadline can only be counted from an earlier step, or before a later one.",
                    );
                }
                Some(_) => {}
            }
        }
    }
}

/// Warns of steps that are hidden at first and that no rule can ever show,
/// since what its conditions wait for is hidden as well. Each step is taken up
/// once, and each rule is read again for each step that it asks about.
pub(in super::super) fn unreachable(snapshot: &Snapshot) -> Vec<Warning> {
    let mut reached: Vec<bool> = snapshot.hidden_at_launch.iter().map(|hidden| !hidden).collect();
    let mut next: Vec<usize> = (0..reached.len()).filter(|at| reached.get(*at) == Some(&true)).collect();
    let mut reread: Vec<usize> = (0..snapshot.rules.len()).collect();
    loop {
        for rule in reread.drain(..) {
            for step in shown_by(snapshot, rule, &reached) {
                if let Some(flag) = reached.get_mut(step).filter(|flag| !**flag) {
                    *flag = true;
                    next.push(step);
                }
            }
        }
        let Some(step) = next.pop() else { break };
        reread.extend(snapshot.rules_about.get(step).into_iter().flatten());
    }
    let hidden = reached.iter().enumerate().filter(|(_, reached)| !**reached);
    hidden
        .map(|(at, _)| Warning {
            path: format!("steps.{at}"),
            text: "The step is hidden at first, and no rule can ever show it.".to_owned(),
        })
        .collect()
}

/// The steps that a rule shows, were every answer and every outcome of the
/// steps reached so far as it likes.
fn shown_by(snapshot: &Snapshot, rule: usize, reached: &[bool]) -> Vec<usize> {
    let (Some(compiled), Some(source)) =
        (snapshot.rules.get(rule), snapshot.blueprint().automated_actions.get(rule))
    else {
        return Vec::new();
    };
    let possible = |test: &CompiledTest| match test {
        CompiledTest::Step { operation: StepOperation::NotAssigned, .. } | CompiledTest::Field { .. } => true,
        CompiledTest::Step { step, .. } => reached.get(*step).copied().unwrap_or(false),
    };
    let mut holds = None;
    for (logic, test) in &compiled.conditions {
        let now = possible(test);
        holds = Some(match (holds, logic) {
            (None, _) => now,
            (Some(before), Logic::And) => before && now,
            (Some(before), Logic::Or) => before || now,
        });
    }
    if holds != Some(true) {
        return Vec::new();
    }
    let shown = source.actions.iter().zip(&compiled.actions);
    shown
        .filter(|(action, _)| matches!(action, Action::Visibility { show: true, .. }))
        .filter_map(|(_, targets)| targets.step)
        .collect()
}
