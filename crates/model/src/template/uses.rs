//! Who uses a step or a field: what is used cannot be deleted
//! (`product.md` 2.4). Variables in texts do not count: one that names nothing
//! stays as it is.

use crate::ids::{FieldId, StepId};
use crate::refusal::FieldErrors;
use crate::workflow::{Action, Blueprint, DeadlineBase, StepBase, Test};

/// The rules and deadlines that use a step or one of its fields, each by its
/// path in the template.
pub(super) fn of_step(blueprint: &Blueprint, id: StepId) -> FieldErrors {
    let mut uses = FieldErrors::default();
    let fields: Vec<FieldId> = blueprint
        .steps
        .iter()
        .filter(|step| step.id == id)
        .flat_map(|step| step.captures.iter().map(crate::workflow::Field::id))
        .collect();
    for (at, step) in blueprint.steps.iter().enumerate().filter(|(_, step)| step.id != id) {
        if step.deadline.is_some_and(|deadline| deadline.base == StepBase::Step(id)) {
            let text = format!("The deadline of the step “{}” is counted from it.", step.title);
            uses.add(format!("steps.{at}.deadline.step"), text);
        }
    }
    in_rules(blueprint, Some(id), &fields, &mut uses);
    uses
}

/// The rules that use a field, each by its path in the template.
pub(super) fn of_field(blueprint: &Blueprint, id: FieldId) -> FieldErrors {
    let mut uses = FieldErrors::default();
    in_rules(blueprint, None, &[id], &mut uses);
    uses
}

fn in_rules(blueprint: &Blueprint, step: Option<StepId>, fields: &[FieldId], uses: &mut FieldErrors) {
    for (at, rule) in blueprint.automated_actions.iter().enumerate() {
        let path = format!("automated_actions.{at}");
        let text = || match rule.alias.trim() {
            "" => format!("The rule at place {} uses it.", at + 1),
            alias => format!("The rule “{alias}” uses it."),
        };
        for (at, condition) in rule.conditions.iter().enumerate() {
            let used = match &condition.test {
                Test::Step { step: asked, .. } => step == Some(*asked),
                Test::Field { field, .. } => fields.contains(&field.id()),
            };
            if used {
                uses.add(format!("{path}.conditions.{at}.conditionable_id"), text());
            }
        }
        for (at, action) in rule.actions.iter().enumerate() {
            if step.is_some() && action.target() == step {
                uses.add(format!("{path}.then_actions.{at}.target_step_id"), text());
            }
            let used = match action {
                Action::Assignment { from: Some(field), .. }
                | Action::Deadline { base: DeadlineBase::Field(field), .. } => fields.contains(&field.id()),
                Action::Deadline { base: DeadlineBase::Step(base), .. } => step == Some(*base),
                _ => false,
            };
            if used {
                uses.add(format!("{path}.then_actions.{at}.actionable_id"), text());
            }
        }
    }
}
