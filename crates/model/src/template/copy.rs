//! Copies of templates and steps: everything in them gets an id and an alias of
//! its own, and what referred to the original refers to the copy
//! (`product.md` 2.4).

use std::collections::HashMap;

use super::Settings;
use crate::ids::{FieldId, RuleId, StageId, StepId, TemplateId};
use crate::task::form::{FieldValue, alias};
use crate::workflow::{
    Action, Answer, Blueprint, DeadlineBase, DefaultAnswer, Field, FieldRef, Rule, Step, StepBase,
    TITLE_LIMIT, Test, split_name,
};

/// Fresh ids, as many as are needed: how many that is shows only in the
/// transaction that copies, and randomness is drawn before it.
#[derive(Debug, Clone, Copy)]
pub struct FreshIds {
    millis: u64,
    random: [u8; 10],
}

impl FreshIds {
    /// Ids of this moment (milliseconds since 1970), counted up from 10 random
    /// bytes.
    pub fn new(millis: u64, random: [u8; 10]) -> Self {
        Self { millis, random }
    }

    /// The parts of the next id.
    pub fn draw(&mut self) -> (u64, [u8; 10]) {
        for byte in self.random.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        (self.millis, self.random)
    }
}

/// What a copy is called when nobody says: as long as titles may be.
pub fn title_of_copy(title: &str) -> String {
    let whole = format!("Copy of {title}");
    whole.chars().take(TITLE_LIMIT).collect::<String>().trim_end().to_owned()
}

/// What stands for what in a copy.
#[derive(Debug, Default)]
pub struct Copied {
    steps: HashMap<StepId, StepId>,
    fields: HashMap<FieldId, FieldId>,
    stages: HashMap<StageId, StageId>,
    /// By alias.
    variables: HashMap<String, String>,
}

/// A copy of everything that a template says, as another template.
#[must_use]
pub fn copy_template(
    original: &Blueprint,
    settings: &Settings,
    template: TemplateId,
    ids: &mut FreshIds,
) -> (Blueprint, Settings) {
    let mut copy = original.clone();
    copy.template = template;
    let mut names = Copied::default();
    for stage in &mut copy.stages {
        let (millis, random) = ids.draw();
        let fresh = StageId::new(millis, random);
        names.stages.insert(std::mem::replace(stage, fresh), fresh);
    }
    names.rename_fields(&mut copy.prerun, ids);
    for step in &mut copy.steps {
        names.rename_step(step, ids);
    }
    if let Some(format) = &mut copy.naming.format {
        names.follow_text(format);
    }
    copy.prerun.iter_mut().for_each(|field| names.follow_field(field));
    copy.steps.iter_mut().for_each(|step| names.follow_step(step));
    for rule in &mut copy.automated_actions {
        let (millis, random) = ids.draw();
        rule.id = RuleId::new(millis, random);
        names.follow_rule(rule);
    }
    let mut settings = settings.clone();
    names.carry(&mut settings);
    settings.keep_only(&copy);
    settings.is_pinned = false;
    (copy, settings)
}

/// A copy of a step for the same template.
pub(super) fn copy_step(original: &Step, ids: &mut FreshIds) -> (Step, Copied) {
    let (mut copy, mut names) = (original.clone(), Copied::default());
    names.rename_step(&mut copy, ids);
    // A deadline that is counted from another step still is.
    names.follow_step(&mut copy);
    (copy, names)
}

impl Copied {
    /// Gives the copies the settings of the originals, which keep theirs.
    /// Milestones are renamed, as there are no two lists of them.
    pub fn carry(&self, settings: &mut Settings) {
        for (original, copy) in &self.steps {
            if let Some(of_step) = settings.steps.get(original).cloned() {
                settings.steps.insert(*copy, of_step);
            }
        }
        for (original, copy) in &self.fields {
            if let Some(mut of_field) = settings.fields.get(original).cloned() {
                if let Some(default) = &mut of_field.unused_default {
                    self.follow_default(default);
                }
                settings.fields.insert(*copy, of_field);
            }
        }
        for milestone in &mut settings.milestones {
            milestone.id = self.stages.get(&milestone.id).copied().unwrap_or(milestone.id);
        }
    }

    fn rename_step(&mut self, step: &mut Step, ids: &mut FreshIds) {
        let (millis, random) = ids.draw();
        let id = StepId::new(millis, random);
        step.alias = if step.alias == step.id.to_string() {
            id.to_string()
        } else {
            alias(&step.title, FieldId::new(millis, random))
        };
        self.steps.insert(std::mem::replace(&mut step.id, id), id);
        self.rename_fields(&mut step.captures, ids);
    }

    fn rename_fields(&mut self, fields: &mut [Field], ids: &mut FreshIds) {
        for field in fields {
            let (millis, random) = ids.draw();
            let definition = &mut field.definition;
            let id = FieldId::new(millis, random);
            let fresh = alias(&definition.label, id);
            self.fields.insert(std::mem::replace(&mut definition.id, id), id);
            self.variables.insert(std::mem::replace(&mut definition.alias, fresh.clone()), fresh);
        }
    }

    fn step(&self, id: &mut StepId) {
        *id = self.steps.get(id).copied().unwrap_or(*id);
    }

    fn field(&self, field: &mut FieldRef) {
        let (FieldRef::Capture(id) | FieldRef::Prerun(id)) = field;
        *id = self.fields.get(id).copied().unwrap_or(*id);
    }

    fn follow_step(&self, step: &mut Step) {
        self.follow_text(&mut step.title);
        if let Some(summary) = &mut step.summary {
            self.follow_text(summary);
        }
        if let Some(stage) = &mut step.stage {
            *stage = self.stages.get(stage).copied().unwrap_or(*stage);
        }
        if let Some(StepBase::Step(base)) = step.deadline.as_mut().map(|deadline| &mut deadline.base) {
            self.step(base);
        }
        step.captures.iter_mut().for_each(|field| self.follow_field(field));
    }

    fn follow_field(&self, field: &mut Field) {
        if let Some(guidance) = &mut field.definition.guidance {
            self.follow_text(guidance);
        }
        if let Some(default) = &mut field.default {
            self.follow_default(default);
        }
    }

    fn follow_default(&self, default: &mut DefaultAnswer) {
        match default {
            DefaultAnswer::Answer(Answer::Value(FieldValue::Text(text))) => self.follow_text(text),
            DefaultAnswer::Answer(Answer::Value(FieldValue::Row(cells))) => {
                for cell in cells {
                    self.follow_text(cell);
                }
            }
            DefaultAnswer::Answer(_) | DefaultAnswer::Today { .. } => {}
        }
    }

    fn follow_rule(&self, rule: &mut Rule) {
        for condition in &mut rule.conditions {
            match &mut condition.test {
                Test::Step { step, .. } => self.step(step),
                Test::Field { field, .. } => self.field(field),
            }
        }
        for action in &mut rule.actions {
            match action {
                Action::Visibility { step, .. } | Action::Reopen { step } => self.step(step),
                Action::Assignment { step, from, .. } => {
                    self.step(step);
                    if let Some(from) = from {
                        self.field(from);
                    }
                }
                Action::Deadline { step, base, .. } => {
                    self.step(step);
                    match base {
                        DeadlineBase::Current => {}
                        DeadlineBase::Step(base) => self.step(base),
                        DeadlineBase::Field(field) => self.field(field),
                    }
                }
                Action::Webhook { .. } => {}
            }
        }
    }

    /// Variables name the copies. What names none of them stays.
    fn follow_text(&self, text: &mut String) {
        if !text.contains("{{") {
            return;
        }
        let mut renamed = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once("{{") {
            renamed.push_str(before);
            renamed.push_str("{{");
            let name =
                split_name(behind).and_then(|(name, _)| Some((name, self.variables.get(name.trim())?)));
            rest = match name {
                Some((name, fresh)) => {
                    renamed.push_str(fresh);
                    behind.get(name.len()..).unwrap_or_default()
                }
                None => behind,
            };
        }
        renamed.push_str(rest);
        *text = renamed;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn fresh_ids_do_not_repeat_and_come_out_the_same_again() {
        let ids = FreshIds::new(7, [255; 10]);
        let drawn = |mut ids: FreshIds| (0..1000).map(|_| ids.draw()).collect::<Vec<_>>();
        let all = drawn(ids);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1000);
        assert_eq!(all, drawn(ids));
    }

    #[test]
    fn variables_are_renamed_and_all_other_text_stays() {
        let mut copied = Copied::default();
        copied.variables.insert("client".to_owned(), "client-2".to_owned());
        for (text, renamed) in [
            ("Send to {{client}}!", "Send to {{client-2}}!"),
            ("{{ client }} {{client}}", "{{client-2}} {{client-2}}"),
            ("{{other}} {{{{client}}", "{{other}} {{{{client-2}}"),
            ("{{client {{client}", "{{client {{client}"),
            ("client {{}} }}", "client {{}} }}"),
        ] {
            let mut followed = text.to_owned();
            copied.follow_text(&mut followed);
            assert_eq!(followed, renamed);
        }
    }

    #[test]
    fn a_copy_is_called_so_as_far_as_titles_may_be_long() {
        assert_eq!(title_of_copy("One"), "Copy of One");
        assert_eq!(title_of_copy(&"ä".repeat(TITLE_LIMIT)).chars().count(), TITLE_LIMIT);
    }
}
