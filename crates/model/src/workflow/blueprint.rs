//! The part of a template that a process is a snapshot of: steps, fields,
//! rules (`product.md` 2.4 to 2.10).
//!
//! A [`Blueprint`] is plain data and may be wrong in every way. What can be
//! launched is a [`Snapshot`](super::snapshot::Snapshot), which is made of a
//! blueprint by checking it. What the template has beside this (its owner,
//! icon, folder, sharing) is no business of processes.

use serde::{Deserialize, Serialize};

use crate::ids::{FieldId, MemberId, RoleId, StageId, StepId, TemplateId};
use crate::task::TaskType;

use super::calendar::{Direction, Offset};
use super::field::{Answer, DefaultAnswer, Field};
use super::people::{People, Person};
use super::rule::{Action, Rule};
use super::snapshot::Place;

/// What a template says about its processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    /// The template.
    pub template: TemplateId,
    /// Its title, at most 250 characters.
    pub title: String,
    /// What it is for.
    pub kind: TemplateKind,
    /// How its processes are named.
    #[serde(default)]
    pub naming: Naming,
    /// Milestones.
    #[serde(default)]
    pub stages: Vec<StageId>,
    /// The fields of the kick-off form (`prerun`), in their order.
    #[serde(default)]
    pub prerun: Vec<Field>,
    /// The steps, in their order. A step's place, from 1, is its position.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The rules (`automated_actions`), in their order.
    #[serde(default)]
    pub automated_actions: Vec<Rule>,
}

impl Blueprint {
    /// A template with this title and nothing in it.
    pub fn empty(template: TemplateId, title: String) -> Self {
        Self {
            template,
            title,
            kind: TemplateKind::Procedure,
            naming: Naming::default(),
            stages: Vec::new(),
            prerun: Vec::new(),
            steps: Vec::new(),
            automated_actions: Vec::new(),
        }
    }

    /// The same with another member in place of one: on steps, in rules, in what
    /// fields start with.
    #[must_use]
    pub fn with_member_replaced(&self, member: MemberId, with: MemberId) -> Self {
        let (member, with) = (Person::Member(member), Person::Member(with));
        let mut blueprint = self.clone();
        let replace = |people: &mut People| {
            if people.has(&member) {
                *people = people.replacing(&member, Some(&with));
            }
        };
        let replace_in = |field: &mut Field| {
            if let Some(DefaultAnswer::Answer(Answer::People(people))) = &mut field.default {
                replace(people);
            }
        };
        blueprint.prerun.iter_mut().for_each(replace_in);
        for step in &mut blueprint.steps {
            replace(&mut step.people);
            step.captures.iter_mut().for_each(replace_in);
        }
        for action in blueprint.automated_actions.iter_mut().flat_map(|rule| &mut rule.actions) {
            if let Action::Assignment { people, .. } = action {
                replace(people);
            }
        }
        blueprint
    }

    /// The field at a place.
    pub(super) fn field_at(&self, place: Place) -> Option<&Field> {
        match place {
            Place::Prerun(field) => self.prerun.get(field),
            Place::Capture { step, field } => self.steps.get(step)?.captures.get(field),
        }
    }
}

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateKind {
    /// Steps to be done.
    Procedure,
    /// A form to be filled in.
    Form,
    /// Something to be read; it cannot be launched.
    Document,
}

impl TemplateKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Procedure, Self::Form, Self::Document];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Procedure => "procedure",
            Self::Form => "form",
            Self::Document => "document",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// How processes are named (`product.md` 2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Naming {
    /// Whether the format wins over the name that the launcher gives.
    #[serde(default)]
    pub auto_naming: bool,
    /// A name with variables, at most 550 characters
    /// (`default_process_name_format`).
    #[serde(default)]
    pub format: Option<String>,
    /// Whether the launcher may give another name where the name is not forced.
    #[serde(default = "yes")]
    pub allow_launcher_change_name: bool,
}

fn yes() -> bool {
    true
}

impl Default for Naming {
    fn default() -> Self {
        Self { auto_naming: false, format: None, allow_launcher_change_name: true }
    }
}

/// A step of a template, or what an added task of a process asks for.
#[expect(clippy::struct_excessive_bools, reason = "the API has these switches, each its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The `timeline_id`.
    pub id: StepId,
    /// Another name, never changed (D15).
    pub alias: String,
    /// At most 600 characters, with variables.
    pub title: String,
    /// What is to be done: rich text with variables, at most 30,000 characters.
    pub summary: Option<String>,
    /// What completing it means (`step_type`).
    #[serde(with = "task_type")]
    pub task_type: TaskType,
    /// The milestone that it belongs to.
    pub stage: Option<StageId>,
    /// From when on it is meant to be worked on, counted from the launch.
    pub start_date: Option<Offset>,
    /// Whether the start date is not even shown (`is_soft_start_date`).
    pub is_soft_start_date: bool,
    /// Until when it should be done; none: the organization's default.
    pub deadline: Option<StepDeadline>,
    /// Who is put on it when a process is launched.
    pub people: People,
    /// The job titles that are filled at the launch.
    pub roles: Vec<RoleId>,
    /// Whether the launcher is put on it when nobody else is.
    pub assign_run_starter: bool,
    /// Whether each assignee has a part of their own to complete; counts for
    /// tasks and approvals only.
    pub everyone_must_complete: bool,
    /// Whether only assignees (and administrators) may complete it.
    pub can_complete_only_assignees: bool,
    /// At most so many assignees, one that the server added apart; 0: any
    /// number.
    pub max_assignable: u32,
    /// Whether guests may not comment.
    pub prevent_guest_comment: bool,
    /// Whether it is hidden until a rule or a person shows it. Steps that a
    /// rule shows are hidden at first in any case.
    pub hidden_by_default: bool,
    /// Where its completion is to be announced.
    pub webhook: Option<String>,
    /// What it asks for (`captures`), in their order.
    pub captures: Vec<Field>,
}

mod task_type {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::task::TaskType;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(kind: &TaskType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TaskType, D::Error> {
        TaskType::parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no task type"))
    }
}

impl Step {
    /// A step of this id and title, with the settings that new steps have.
    pub fn new(id: StepId, title: impl Into<String>, task_type: TaskType) -> Self {
        Self {
            id,
            alias: id.to_string(),
            title: title.into(),
            summary: None,
            task_type,
            stage: None,
            start_date: None,
            is_soft_start_date: true,
            deadline: None,
            people: People::default(),
            roles: Vec::new(),
            assign_run_starter: true,
            everyone_must_complete: false,
            can_complete_only_assignees: false,
            max_assignable: 0,
            prevent_guest_comment: false,
            hidden_by_default: false,
            webhook: None,
            captures: Vec::new(),
        }
    }

    /// Whether every required assignee has a part of their own to complete.
    pub fn needs_everyone(&self) -> bool {
        self.everyone_must_complete && matches!(self.task_type, TaskType::Task | TaskType::Approval)
    }

    /// The field of this step with that id.
    pub fn capture(&self, id: FieldId) -> Option<&Field> {
        self.captures.iter().find(|field| field.id() == id)
    }
}

/// Until when a step should be done: `{value, unit, option, step}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDeadline {
    /// How far from the base.
    pub offset: Offset,
    /// On which side of the base (`option`).
    pub direction: Direction,
    /// The base (`step`).
    pub base: StepBase,
}

/// From where a step's deadline is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepBase {
    /// The launch (`start_run`).
    Launch,
    /// With [`Direction::From`] the completion of an earlier step: there is no
    /// deadline until then. With [`Direction::Before`] another step's deadline.
    Step(StepId),
}
