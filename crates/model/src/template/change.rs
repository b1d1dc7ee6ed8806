//! What the activity feed says of a template: found by comparing what it was
//! with what it has become, so that every way of changing it is told alike.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::activity::{EntityKind, Event, Verb};
use crate::ids::{StepId, TemplateId};
use crate::workflow::{Blueprint, Snapshot, Step};

use super::{FieldSettings, Settings, StepSettings, Template};

impl Template {
    /// A row about it.
    pub fn event(&self, verb: Verb, text: String) -> Event {
        Event {
            entity: EntityKind::Template,
            entity_id: self.id.to_string(),
            verb,
            field: None,
            old_value: None,
            text,
        }
    }

    /// What addresses call it: `New client` becomes `new-client-0196d2`.
    pub fn alias(&self) -> String {
        let id = self.id.to_string();
        format!("{}-{}", crate::text::slug(&self.blueprint().title), id.get(..6).unwrap_or(&id))
    }

    /// How sentences call it.
    pub fn called(&self) -> String {
        format!("Template “{}”", self.blueprint().title)
    }

    /// What has changed since `before`: nothing if both are the same. Who
    /// changed it last, and when, does not count.
    pub fn changes_since(&self, before: &Self) -> Vec<Event> {
        let mut events = Vec::new();
        let (was, is) = (before.blueprint(), self.blueprint());
        let called = self.called();
        let mut tell = |verb, field, old_value, text| {
            events.push(Event { field: Some(field), old_value, ..self.event(verb, text) });
        };
        if was.title != is.title {
            let text = format!("Template “{}” was renamed to “{}”.", was.title, is.title);
            tell(Verb::Updated, "title", Some(was.title.clone()), text);
        }
        if before.owner != self.owner {
            let text = format!("{called} was given to member {}.", self.owner);
            tell(Verb::OwnersUpdated, "owner_id", Some(before.owner.to_string()), text);
        }
        if !before.access.same(&self.access) {
            tell(Verb::Updated, "users", None, format!("Who may use {called} was changed."));
        }
        if before.starred != self.starred {
            let text = format!("{called} was {}starred.", if self.starred { "" } else { "un" });
            tell(Verb::Updated, "starred", Some(before.starred.to_string()), text);
        }
        let of_prerun = |template: &Self| {
            let fields = template.blueprint().prerun.iter();
            fields.map(|field| template.settings.fields.get(&field.id()).cloned()).collect::<Vec<_>>()
        };
        if was.prerun != is.prerun || of_prerun(before) != of_prerun(self) {
            tell(Verb::Updated, "prerun", None, format!("The kick-off form of {called} was changed."));
        }
        if was.automated_actions != is.automated_actions {
            tell(Verb::Updated, "automated_actions", None, format!("The rules of {called} were changed."));
        }
        if order(was, is) != order(is, was) {
            tell(Verb::Updated, "steps", None, format!("The steps of {called} were put in another order."));
        }
        let others = (was.kind, &was.naming, &was.stages) != (is.kind, &is.naming, &is.stages);
        if others || before.settings.of_template() != self.settings.of_template() {
            tell(Verb::Updated, "settings", None, format!("The settings of {called} were changed."));
        }
        if before.archived_at.is_some() != self.archived_at.is_some() {
            let (verb, word) = match self.archived_at {
                Some(_) => (Verb::Archived, "archived"),
                None => (Verb::Unarchived, "restored"),
            };
            events.push(self.event(verb, format!("{called} was {word}.")));
        }
        self.step_changes(before, &called, &mut events);
        events
    }

    fn step_changes(&self, before: &Self, called: &str, events: &mut Vec<Event>) {
        let mut tell = |step: &Step, verb: Verb, text: String| {
            events.push(Event {
                entity: EntityKind::Step,
                entity_id: step.id.to_string(),
                verb,
                field: None,
                old_value: None,
                text,
            });
        };
        let (was, is) = (before.blueprint(), self.blueprint());
        let known: HashMap<StepId, &Step> = was.steps.iter().map(|step| (step.id, step)).collect();
        let left: HashSet<StepId> = is.steps.iter().map(|step| step.id).collect();
        for step in was.steps.iter().filter(|step| !left.contains(&step.id)) {
            tell(step, Verb::Deleted, format!("Step “{}” of {called} was deleted.", step.title));
        }
        for step in &is.steps {
            match known.get(&step.id) {
                None => tell(step, Verb::Created, format!("Step “{}” was added to {called}.", step.title)),
                Some(old)
                    if **old != *step || before.settings.of_step(step) != self.settings.of_step(step) =>
                {
                    tell(step, Verb::Updated, format!("Step “{}” of {called} was changed.", step.title));
                }
                Some(_) => {}
            }
        }
    }
}

impl Settings {
    /// Forgets what was to be done with another template.
    pub fn forget(&mut self, template: TemplateId, snapshot: &Snapshot) {
        if self.ko_form_blueprint_id == Some(template) {
            self.ko_form_blueprint_id = None;
        }
        for step in self.steps.values_mut() {
            if step.bp_to_launch.as_ref().is_some_and(|launched| launched.id == template) {
                step.bp_to_launch = None;
            }
        }
        self.keep_only(snapshot.blueprint());
    }

    /// Those that are not of a step or a field.
    fn of_template(&self) -> Self {
        Self { steps: BTreeMap::new(), fields: BTreeMap::new(), ..self.clone() }
    }

    /// Those of a step and its fields.
    fn of_step(&self, step: &Step) -> (Option<&StepSettings>, Vec<Option<&FieldSettings>>) {
        let fields = step.captures.iter().map(|field| self.fields.get(&field.id()));
        (self.steps.get(&step.id), fields.collect())
    }
}

/// The steps of the first that the second has too.
fn order(of: &Blueprint, shared_with: &Blueprint) -> Vec<StepId> {
    let shared: HashSet<StepId> = shared_with.steps.iter().map(|step| step.id).collect();
    of.steps.iter().map(|step| step.id).filter(|id| shared.contains(id)).collect()
}
