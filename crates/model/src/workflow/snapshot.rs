//! A blueprint that has been checked, with what the engine looks up often
//! resolved to places in lists.
//!
//! Every process keeps the snapshot that it was launched from: later changes
//! of the template do not reach it. Processes of one version of a template can
//! share one snapshot behind an `Arc`.

use std::collections::HashMap;

use crate::ids::{FieldId, StepId};
use crate::refusal::Refusal;
use crate::text::fold;

use super::blueprint::{Blueprint, Step, StepBase};
use super::check::{self, Warning};
use super::field::Field;
use super::named::Named;
use super::rule::{Action, DeadlineBase, FieldOperation, FieldRef, Logic, StepOperation, Test, TimeClause};
use super::run::Origin;

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The kick-off form's field with this index.
    Prerun(usize),
    /// A step's field.
    Capture {
        /// The index of the step.
        step: usize,
        /// The index of the field on the step.
        field: usize,
    },
}

impl Place {
    /// The place of a field, when it stands where the reference says.
    pub(super) fn of(field: FieldRef, fields: &HashMap<FieldId, Self>) -> Option<Self> {
        let place = fields.get(&field.id()).copied()?;
        let fits = matches!(
            (field, place),
            (FieldRef::Prerun(_), Self::Prerun(_)) | (FieldRef::Capture(_), Self::Capture { .. })
        );
        fits.then_some(place)
    }
}

/// A checked blueprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    blueprint: Blueprint,
    warnings: Vec<Warning>,
    steps: HashMap<StepId, usize>,
    fields: HashMap<FieldId, Place>,
    aliases: HashMap<String, Place>,
    named: Named,
    pub(super) rules: Vec<Compiled>,
    /// By step: the rules that ask something of the step or of its fields.
    pub(super) rules_about: Vec<Vec<usize>>,
    /// The rules that ask something of the kick-off form.
    pub(super) rules_about_prerun: Vec<usize>,
    /// By step: whether it is hidden at first.
    pub(super) hidden_at_launch: Vec<bool>,
    /// The steps, so that each comes behind the one that its deadline is
    /// counted from.
    pub(super) deadline_order: Vec<usize>,
    /// By step: those whose deadlines are counted from it.
    pub(super) deadlines_on: Vec<Vec<usize>>,
}

/// A rule with its references resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compiled {
    pub(super) conditions: Vec<(Logic, CompiledTest)>,
    pub(super) actions: Vec<Targets>,
}

/// A condition with its references resolved and its operands folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CompiledTest {
    Step { step: usize, operation: StepOperation, when: TimeClause },
    Field { place: Place, operation: FieldOperation, operands: Vec<String>, column: Option<usize> },
}

/// What an action's references lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Targets {
    /// The step that is changed.
    pub(super) step: Option<usize>,
    /// The field that people or a date are read from.
    pub(super) source: Option<Place>,
    /// The step that a deadline is counted from.
    pub(super) base: Option<usize>,
}

impl Snapshot {
    /// Checks a blueprint.
    ///
    /// # Errors
    ///
    /// Names every fault by its path in the template's JSON:
    /// `steps.3.captures.0.options`, `automated_actions.1.conditions.0.statement`.
    pub fn new(blueprint: Blueprint) -> Result<Self, Refusal> {
        let checked = check::check(&blueprint)?;
        let mut snapshot = Self {
            warnings: checked.warnings,
            steps: checked.steps,
            fields: checked.fields,
            aliases: HashMap::new(),
            named: Named::in_blueprint(&blueprint),
            rules: Vec::new(),
            rules_about: vec![Vec::new(); blueprint.steps.len()],
            rules_about_prerun: Vec::new(),
            hidden_at_launch: blueprint.steps.iter().map(|step| step.hidden_by_default).collect(),
            deadline_order: checked.deadline_order,
            deadlines_on: vec![Vec::new(); blueprint.steps.len()],
            blueprint,
        };
        snapshot.compile();
        snapshot.warnings.extend(check::unreachable(&snapshot));
        Ok(snapshot)
    }

    fn compile(&mut self) {
        for place in self.fields.values() {
            if let Some(field) = self.field_at(*place) {
                self.aliases.insert(field.definition.alias.clone(), *place);
            }
        }
        for (at, rule) in self.blueprint.automated_actions.iter().enumerate() {
            let conditions = rule.conditions.iter().filter_map(|condition| {
                let test = self.compile_test(&condition.test)?;
                Some((condition.logic, test))
            });
            let conditions: Vec<_> = conditions.collect();
            let actions: Vec<_> = rule.actions.iter().map(|action| self.targets(action)).collect();
            for (_, test) in &conditions {
                let list = match test {
                    CompiledTest::Step { step, .. }
                    | CompiledTest::Field { place: Place::Capture { step, .. }, .. } => {
                        self.rules_about.get_mut(*step)
                    }
                    CompiledTest::Field { place: Place::Prerun(_), .. } => Some(&mut self.rules_about_prerun),
                };
                // Rules come in order: a rule that is here already is the last.
                if let Some(list) = list.filter(|list| list.last() != Some(&at)) {
                    list.push(at);
                }
            }
            for (action, targets) in rule.actions.iter().zip(&actions) {
                let shown = matches!(action, Action::Visibility { show: true, .. });
                if let Some(hidden) = targets.step.and_then(|step| self.hidden_at_launch.get_mut(step)) {
                    *hidden |= shown;
                }
            }
            self.rules.push(Compiled { conditions, actions });
        }
        for (at, step) in self.blueprint.steps.iter().enumerate() {
            let Some(StepBase::Step(base)) = step.deadline.map(|deadline| deadline.base) else { continue };
            if let Some(list) = self.steps.get(&base).and_then(|base| self.deadlines_on.get_mut(*base)) {
                list.push(at);
            }
        }
    }

    fn compile_test(&self, test: &Test) -> Option<CompiledTest> {
        Some(match test {
            Test::Step { step, operation, when } => {
                CompiledTest::Step { step: self.step_place(*step)?, operation: *operation, when: *when }
            }
            Test::Field { field, operation, operands, column } => {
                let place = self.place(*field)?;
                let columns = &self.field_at(place)?.definition.columns;
                let column = column.as_ref().and_then(|label| columns.iter().position(|c| c.text == *label));
                let operands = operands.iter().map(|operand| fold(operand.trim())).collect();
                CompiledTest::Field { place, operation: *operation, operands, column }
            }
        })
    }

    fn targets(&self, action: &Action) -> Targets {
        let step = action.target().and_then(|step| self.step_place(step));
        let (source, base) = match action {
            Action::Assignment { from, .. } => (from.and_then(|from| self.place(from)), None),
            Action::Deadline { base: DeadlineBase::Field(field), .. } => (self.place(*field), None),
            Action::Deadline { base: DeadlineBase::Step(step), .. } => (None, self.step_place(*step)),
            _ => (None, None),
        };
        Targets { step, source, base }
    }

    /// What was checked.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// What can be launched and hardly be meant.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whom it names: on its steps, in its rules, in what its fields start with.
    pub fn named(&self) -> &Named {
        &self.named
    }

    /// The steps, in their order.
    pub fn steps(&self) -> &[Step] {
        &self.blueprint.steps
    }

    /// What the task at a place is made from says.
    pub fn step_at<'a>(&'a self, place: usize, origin: &'a Origin) -> Option<&'a Step> {
        match origin {
            Origin::Step(_) => self.blueprint.steps.get(place),
            Origin::Added(step) => Some(step),
        }
    }

    /// The index of a step.
    pub fn step_place(&self, id: StepId) -> Option<usize> {
        self.steps.get(&id).copied()
    }

    /// Where a field stands; `None` for one of another template.
    pub fn field_place(&self, id: FieldId) -> Option<Place> {
        self.fields.get(&id).copied()
    }

    /// Where the field stands that variables call by this alias.
    pub fn alias_place(&self, alias: &str) -> Option<Place> {
        self.aliases.get(alias).copied()
    }

    /// The field at a place.
    pub fn field_at(&self, place: Place) -> Option<&Field> {
        self.blueprint.field_at(place)
    }

    fn place(&self, field: FieldRef) -> Option<Place> {
        Place::of(field, &self.fields)
    }

    /// Whether a step is hidden when a process is launched: by its own switch,
    /// or since a rule shows it.
    pub fn is_hidden_at_launch(&self, step: usize) -> bool {
        self.hidden_at_launch.get(step).copied().unwrap_or(false)
    }
}
