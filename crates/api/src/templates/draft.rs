//! A template as a request wants it: whole, and checked at once.
//!
//! Every change of a template, however small, is a [`Draft`] of the whole, so
//! that what no longer fits together (a rule about a field that is gone, a
//! deadline that waits for itself) is found wherever it is. Faults are named
//! by their paths in what the caller sent; those elsewhere in the template by
//! their paths in the template.

use std::collections::HashMap;
use std::sync::Arc;

use hospes_model::template::{Settings, Template};
use hospes_model::workflow::{
    Action, Answer, Blueprint, Buckets, DefaultAnswer, Directory, Field, People, Snapshot,
};
use hospes_model::{FieldErrors, MemberId, Refusal};

/// A template as a request wants it.
#[derive(Debug)]
pub struct Draft {
    /// What processes are made of.
    pub blueprint: Blueprint,
    /// What no process depends on.
    pub settings: Settings,
    /// Who shall look after it; `None`: who makes it.
    pub owner: Option<MemberId>,
    /// Who may use it.
    pub access: People,
    /// Whether it stands out in lists.
    pub starred: bool,
    /// Whether it brings its own steps: an export that comes back. People whom
    /// the organization does not have are left out of it.
    pub is_import: bool,
    /// What is wrong so far.
    pub faults: FieldErrors,
    /// What was ignored.
    pub warnings: Vec<String>,
    pub(super) paths: Paths,
}

/// A template that can be stored.
#[derive(Debug)]
pub struct Checked {
    /// What processes are made of.
    pub snapshot: Arc<Snapshot>,
    /// What no process depends on.
    pub settings: Settings,
    /// Who shall look after it; `None`: who makes it.
    pub owner: Option<MemberId>,
    /// Who may use it.
    pub access: People,
    /// Whether it stands out in lists.
    pub starred: bool,
    /// What was ignored, and what can hardly be meant.
    pub warnings: Vec<String>,
}

impl Draft {
    /// A template that stays as it is.
    pub fn of(template: &Template) -> Self {
        Self {
            blueprint: template.blueprint().clone(),
            settings: template.settings.clone(),
            owner: Some(template.owner),
            access: template.access.clone(),
            starred: template.starred,
            is_import: false,
            faults: FieldErrors::default(),
            warnings: Vec::new(),
            paths: Paths::default(),
        }
    }

    /// Checks that whoever is named can be given work. Who was named before may
    /// stay: nobody is kept from changing a title since a colleague has left.
    /// Imports leave unknown people out and say so in `warnings`.
    pub fn check_people(&mut self, directory: &Directory, before: Option<&Template>) {
        let inactive = |id: MemberId| !directory.is_active(id);
        if let Some(owner) = self.owner.filter(|id| inactive(*id) && before.is_none_or(|t| t.owner != *id)) {
            if self.is_import {
                self.owner = None;
                self.warnings.push(format!("Member {owner} is not active: you are the owner."));
            } else {
                self.faults.add("owner_id", format!("Member {owner} is not active."));
            }
        }
        let sharing = self.settings.kickoff_sharing_user_id.filter(|id| inactive(*id));
        if let Some(id) =
            sharing.filter(|id| before.is_none_or(|t| t.settings.kickoff_sharing_user_id != Some(*id)))
        {
            if self.is_import {
                self.settings.kickoff_sharing_user_id = None;
                self.warnings.push(format!("Member {id} is not active and was left out."));
            } else {
                self.faults.add("kickoff_sharing_user_id", format!("Member {id} is not active."));
            }
        }
        let known = before.map(people_of).unwrap_or_default();
        let mut found = Vec::new();
        let is_import = self.is_import;
        for (path, people) in self.people_mut() {
            let faults = directory.faults_of(&people.without(&known));
            if is_import && !faults.is_empty() {
                *people = directory.employable(people);
            }
            found.extend(faults.into_iter().map(|(list, text)| (path.of(list), text)));
        }
        for (path, text) in found {
            if is_import {
                self.warnings.push(format!("{path}: {text} This was left out."));
            } else {
                self.faults.add(self.paths.of(&path), text);
            }
        }
    }

    fn people_mut(&mut self) -> Vec<(PeoplePath, &mut People)> {
        let mut all = vec![(PeoplePath::Access, &mut self.access)];
        let mut captures = Vec::with_capacity(self.blueprint.steps.len());
        for (at, step) in self.blueprint.steps.iter_mut().enumerate() {
            all.push((PeoplePath::Step(at), &mut step.people));
            captures.push(&mut step.captures);
        }
        for (rule_at, rule) in self.blueprint.automated_actions.iter_mut().enumerate() {
            for (at, action) in rule.actions.iter_mut().enumerate() {
                if let Action::Assignment { people, .. } = action {
                    all.push((PeoplePath::Action(rule_at, at), people));
                }
            }
        }
        all.extend(default_people(self.blueprint.prerun.iter_mut(), None));
        for (at, people) in captures.into_iter().enumerate() {
            all.extend(default_people(people.iter_mut(), Some(at)));
        }
        all
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// All faults at once, by their paths.
    pub fn check(mut self) -> Result<Checked, Refusal> {
        self.blueprint.stages = self.settings.milestones.iter().map(|milestone| milestone.id).collect();
        self.settings.keep_only(&self.blueprint);
        let Self { blueprint, settings, owner, access, starred, mut faults, mut warnings, paths, .. } = self;
        let snapshot = match Snapshot::new(blueprint) {
            Ok(snapshot) => {
                faults.into_result()?;
                snapshot
            }
            Err(Refusal::Invalid(errors)) => {
                let mut derived = FieldErrors::default();
                for (path, messages) in errors.iter() {
                    let path = paths.of(path);
                    // What could not be read needs no second fault.
                    if !has_fault(&faults, &path) {
                        for message in messages {
                            derived.add(&path, message);
                        }
                    }
                }
                for (path, messages) in derived.iter() {
                    for message in messages {
                        faults.add(path, message);
                    }
                }
                return Err(Refusal::Invalid(faults));
            }
            Err(refusal) => return Err(refusal),
        };
        let about = snapshot.warnings().iter();
        warnings.extend(about.map(|warning| format!("{}: {}", paths.of(&warning.path), warning.text)));
        Ok(Checked { snapshot: Arc::new(snapshot), settings, owner, access, starred, warnings })
    }
}

/// Whether something at a path, or in it, is wrong already.
fn has_fault(faults: &FieldErrors, path: &str) -> bool {
    faults.iter().any(|(fault, _)| {
        fault.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// Everybody who is named in a template.
fn people_of(template: &Template) -> People {
    let blueprint = template.blueprint();
    let actions = blueprint.automated_actions.iter().flat_map(|rule| &rule.actions);
    let of_rules = actions.filter_map(|action| match action {
        Action::Assignment { people, .. } => Some(people),
        _ => None,
    });
    let mut all = Buckets::from(template.access.clone());
    let fields = blueprint.prerun.iter().chain(blueprint.steps.iter().flat_map(|step| &step.captures));
    let of_fields = fields.filter_map(|field| match &field.default {
        Some(DefaultAnswer::Answer(Answer::People(people))) => Some(people),
        _ => None,
    });
    for people in blueprint.steps.iter().map(|step| &step.people).chain(of_rules).chain(of_fields) {
        all.users.extend(people.users());
        all.groups.extend(people.groups());
    }
    all.into()
}

/// Whom the fields of a form start with.
fn default_people<'a>(
    form: impl Iterator<Item = &'a mut Field>,
    step: Option<usize>,
) -> impl Iterator<Item = (PeoplePath, &'a mut People)> {
    form.enumerate().filter_map(move |(at, field)| match &mut field.default {
        Some(DefaultAnswer::Answer(Answer::People(people))) => Some((PeoplePath::Default(step, at), people)),
        _ => None,
    })
}

/// Where people are named.
#[derive(Clone, Copy)]
enum PeoplePath {
    Access,
    Step(usize),
    Action(usize, usize),
    /// A field of a step, or of the kick-off form.
    Default(Option<usize>, usize),
}

impl PeoplePath {
    fn of(self, list: &str) -> String {
        match self {
            Self::Access => list.to_owned(),
            Self::Step(at) => {
                format!("steps.{at}.{}", if list == "users" { "assignees" } else { list })
            }
            Self::Default(None, at) => format!("prerun.{at}.default_value"),
            Self::Default(Some(step), at) => format!("steps.{step}.captures.{at}.default_value"),
            Self::Action(rule, at) => format!("automated_actions.{rule}.then_actions.{at}.assignees.{list}"),
        }
    }
}

/// From places in the blueprint to places in what the caller sent.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// The path of the one thing that the request is about, with a dot at the
    /// end: `steps.3.`.
    pub(super) within: Option<String>,
    /// By the path of a list, as it was sent: the places there of the entries
    /// that were kept, in the order in which they are kept.
    pub(super) places: HashMap<String, Vec<usize>>,
}

impl Paths {
    /// The path in what the caller sent.
    pub(super) fn of(&self, path: &str) -> String {
        let mut sent = String::with_capacity(path.len());
        for part in path.split('.') {
            let place = part.parse::<usize>().ok();
            let moved = place.and_then(|place| self.places.get(&sent)?.get(place));
            if !sent.is_empty() {
                sent.push('.');
            }
            match (moved, part) {
                (Some(place), _) => sent.push_str(&place.to_string()),
                (None, "stage") => sent.push_str("stage_id"),
                (None, part) => sent.push_str(part),
            }
        }
        // Columns have a label on the wire, options a text.
        if let Some((list, "text")) = sent.rsplit_once('.')
            && list.rsplit('.').nth(1) == Some("columns")
        {
            sent = format!("{list}.label");
        }
        match self.within.as_deref().and_then(|within| sent.strip_prefix(within)) {
            Some(inside) => inside.to_owned(),
            None => sent,
        }
    }
}
