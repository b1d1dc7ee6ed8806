//! Steps and form fields of templates on the wire (`wire.md` 2.2, `clients.md`
//! 2): the assignees' buckets and the captures are bare lists.

use hospes_model::task::form::Choice;
use hospes_model::template::{FieldSettings, StepSettings, Template};
use hospes_model::workflow::{self, DefaultAnswer, Offset, StepBase, Validation};
use hospes_model::{EmailAddress, MemberId, StepId, TemplateId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{answers, created_at};
use crate::moments;
use crate::tasks::{ColumnEntry, OptionEntry};

/// A step of a template.
#[expect(clippy::struct_excessive_bools, reason = "the published clients read these switches")]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateStep)]
pub struct Step<'a> {
    /// The step's id, 32 hexadecimal digits: the same in every version of the
    /// template and in the processes made from it.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: StepId,
    /// The template.
    #[schema(value_type = String)]
    pub checklist_id: TemplateId,
    /// Another name, never changed.
    pub alias: &'a str,
    /// What is to be done, in one line, with variables.
    pub title: &'a str,
    /// What is to be done: rich text with variables, not made safe.
    pub summary: Option<&'a str>,
    /// `task`, `approval`, `expiring`, `email` or `expiring_email`.
    pub step_type: &'static str,
    /// Where it stands, from 1.
    pub position: usize,
    /// The milestone that it belongs to.
    pub stage_id: Option<String>,
    /// From when on it is meant to be worked on, counted from the launch.
    pub start_date: Option<Span>,
    /// Whether the start is only advice.
    pub is_soft_start_date: bool,
    /// Until when it should be done; null: the organization's default.
    pub deadline: Option<Deadline>,
    /// Who is put on it: ids of members.
    #[schema(value_type = Vec<i64>)]
    pub assignees: &'a [MemberId],
    /// Who is put on it: addresses of guests.
    pub guests: Vec<&'a str>,
    /// Who is put on it: ids of groups.
    pub groups: Vec<String>,
    /// The job titles that are filled at the launch.
    pub roles: Vec<String>,
    /// Whether the job titles are filled anew at every launch.
    pub role_changes_every_time: bool,
    /// Whether guests may be put on it.
    pub allow_guest_owners: bool,
    /// Whether the launcher is put on it when nobody else is.
    pub assign_run_starter: bool,
    /// Whether each assignee has a part of their own to complete.
    pub everyone_must_complete: bool,
    /// Whether only assignees and administrators may complete it.
    pub can_complete_only_assignees: bool,
    /// At most so many assignees; 0 for any number.
    pub max_assignable: u32,
    /// Whether guests may not comment.
    pub prevent_guest_comment: bool,
    /// Whether it is hidden until a rule or a person shows it.
    pub hidden_by_default: bool,
    /// Whether mail about it comes without letterhead.
    pub send_chromeless: bool,
    /// Kept for callers; says nothing.
    pub skip_start_process: bool,
    /// Whether only those who are on its tasks may know of them.
    pub top_secret: bool,
    /// Where its completion is announced.
    pub webhook: Option<&'a str>,
    /// What is launched when it is completed.
    pub bp_to_launch: Option<BlueprintToLaunch<'a>>,
    /// The ids of its tags.
    pub tags: Vec<String>,
    /// What it asks for.
    pub captures: Vec<Field<'a>>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: [(); 0],
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the template was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
    /// Always null: steps are deleted, not archived.
    pub archived_at: Option<&'a str>,
}

/// A span of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimeSpan)]
pub struct Span {
    /// How many units.
    pub value: u32,
    /// `minutes`, `hours`, `days`, `weeks` or `months`.
    pub unit: &'static str,
}

impl From<Offset> for Span {
    fn from(offset: Offset) -> Self {
        Self { value: offset.value(), unit: offset.unit().as_str() }
    }
}

/// Until when a step should be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateStepDeadline)]
pub struct Deadline {
    /// How many units.
    pub value: u32,
    /// `minutes`, `hours`, `days`, `weeks` or `months`.
    pub unit: &'static str,
    /// `from` or `before`.
    pub option: &'static str,
    /// `start_run`, or the id of a step.
    pub step: String,
}

/// A template that is launched when a step is completed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlueprintToLaunch)]
pub struct BlueprintToLaunch<'a> {
    /// The template.
    pub id: String,
    /// How the process is named.
    pub default_name_format: Option<&'a str>,
    /// Whether its tasks come into the process that the step is of.
    pub tasks_within_process: bool,
}

impl<'a> Step<'a> {
    /// The step at a place (from 0) of a template.
    pub fn new(template: &'a Template, at: usize, step: &'a workflow::Step) -> Self {
        let settings = template.settings.steps.get(&step.id);
        let ours =
            |flag: fn(&StepSettings) -> bool| settings.map_or_else(|| flag(&StepSettings::default()), flag);
        Self {
            id: step.id,
            checklist_id: template.id,
            alias: &step.alias,
            title: &step.title,
            summary: step.summary.as_deref(),
            step_type: step.task_type.as_str(),
            position: at + 1,
            stage_id: step.stage.map(|stage| stage.to_string()),
            start_date: step.start_date.map(Span::from),
            is_soft_start_date: step.is_soft_start_date,
            deadline: step.deadline.map(|deadline| Deadline {
                value: deadline.offset.value(),
                unit: deadline.offset.unit().as_str(),
                option: deadline.direction.as_str(),
                step: match deadline.base {
                    StepBase::Launch => "start_run".to_owned(),
                    StepBase::Step(id) => id.to_string(),
                },
            }),
            assignees: step.people.users(),
            guests: step.people.guests().iter().map(EmailAddress::as_str).collect(),
            groups: step.people.groups().iter().map(ToString::to_string).collect(),
            roles: step.roles.iter().map(ToString::to_string).collect(),
            role_changes_every_time: ours(|settings| settings.role_changes_every_time),
            allow_guest_owners: ours(|settings| settings.allow_guest_owners),
            assign_run_starter: step.assign_run_starter,
            everyone_must_complete: step.everyone_must_complete,
            can_complete_only_assignees: step.can_complete_only_assignees,
            max_assignable: step.max_assignable,
            prevent_guest_comment: step.prevent_guest_comment,
            hidden_by_default: step.hidden_by_default,
            send_chromeless: ours(|settings| settings.send_chromeless),
            skip_start_process: ours(|settings| settings.skip_start_process),
            top_secret: ours(|settings| settings.top_secret),
            webhook: step.webhook.as_deref(),
            bp_to_launch: settings.and_then(|settings| settings.bp_to_launch.as_ref()).map(|launch| {
                BlueprintToLaunch {
                    id: launch.id.to_string(),
                    default_name_format: launch.default_name_format.as_deref(),
                    tasks_within_process: launch.tasks_within_process,
                }
            }),
            tags: settings.map(|settings| settings.tags.clone()).unwrap_or_default(),
            captures: step.captures.iter().map(|field| Field::capture(template, step.id, field)).collect(),
            custom_fields: [],
            created_at: created_at(step.id.as_bytes()),
            last_updated: template.updated_at,
            archived_at: None,
        }
    }
}

/// A field of a step or of the kick-off form.
#[expect(clippy::struct_excessive_bools, reason = "the published clients read these switches")]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateField)]
pub struct Field<'a> {
    /// The field's id, 32 hexadecimal digits.
    pub id: String,
    /// The template.
    #[schema(value_type = String)]
    pub checklist_id: TemplateId,
    /// The step; not on the kick-off form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, nullable = false)]
    pub step_id: Option<StepId>,
    /// What variables call it, never changed.
    pub alias: &'a str,
    /// What people read.
    pub label: &'a str,
    /// What it takes.
    pub field_type: &'static str,
    /// Whether nothing can be completed without it.
    pub required: bool,
    /// Advice: rich text, not made safe.
    pub guidance: Option<&'a str>,
    /// Where it stands.
    pub position: i64,
    /// What can be chosen.
    pub options: Vec<OptionEntry<'a>>,
    /// The columns of a table.
    pub columns: Vec<ColumnEntry<'a>>,
    /// Whether `default_value` is filled in at the launch.
    pub default_value_enabled: bool,
    /// What is filled in, in the shape of the type; a date may also be a span
    /// counted from the day of the launch: `{value, unit, option}`.
    pub default_value: Value,
    /// What is asked of answers: `numeric`, `email`, `url`, `alpha`,
    /// `alpha_num`, `alpha_dash`, `min:3`, `max:9`, `must_all_checked`,
    /// `mimes:pdf,docx`.
    pub field_validation: Vec<String>,
    /// Kick-off forms: whether whoever submits the public form is put in.
    pub default_to_guest: bool,
    /// Whether long texts are written as rich text.
    pub use_wysiwyg_editor: bool,
    /// Whether dates ask for a time too.
    pub collect_time: bool,
    /// What stands in front of the answer.
    pub prefix: Option<&'a str>,
    /// What stands behind the answer.
    pub suffix: Option<&'a str>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: [(); 0],
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the template was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
}

impl<'a> Field<'a> {
    /// A field of the kick-off form.
    pub fn prerun(template: &'a Template, field: &'a workflow::Field) -> Self {
        Self::new(template, None, field)
    }

    /// A field of a step.
    pub fn capture(template: &'a Template, step: StepId, field: &'a workflow::Field) -> Self {
        Self::new(template, Some(step), field)
    }

    fn new(template: &'a Template, step_id: Option<StepId>, field: &'a workflow::Field) -> Self {
        let definition = &field.definition;
        let settings = template.settings.fields.get(&field.id());
        let ours =
            |flag: fn(&FieldSettings) -> bool| settings.map_or_else(|| flag(&FieldSettings::default()), flag);
        let unused = settings.and_then(|settings| settings.unused_default.as_ref());
        let default = field.default.as_ref().or(unused);
        let option = |choice: &'a Choice| OptionEntry { id: choice.id, text: &choice.text };
        let column = |choice: &'a Choice| ColumnEntry { id: choice.id, label: &choice.text };
        Self {
            id: field.id().to_string(),
            checklist_id: template.id,
            step_id,
            alias: &definition.alias,
            label: &definition.label,
            field_type: definition.field_type.as_str(),
            required: definition.required,
            guidance: definition.guidance.as_deref(),
            position: definition.position,
            options: definition.options.iter().map(option).collect(),
            columns: definition.columns.iter().map(column).collect(),
            default_value_enabled: field.default.is_some(),
            default_value: default.map_or(Value::Null, |default| default_value(field, default)),
            field_validation: validation_words(&field.validation),
            default_to_guest: field.default_to_guest,
            use_wysiwyg_editor: ours(|settings| settings.use_wysiwyg_editor),
            collect_time: ours(|settings| settings.collect_time),
            prefix: settings.and_then(|settings| settings.prefix.as_deref()),
            suffix: settings.and_then(|settings| settings.suffix.as_deref()),
            custom_fields: [],
            created_at: created_at(field.id().as_bytes()),
            last_updated: template.updated_at,
        }
    }
}

fn default_value(field: &workflow::Field, default: &DefaultAnswer) -> Value {
    match default {
        DefaultAnswer::Answer(answer) => answers::write(&field.definition, answer),
        DefaultAnswer::Today { offset, direction } => json!({
            "value": offset.value(),
            "unit": offset.unit().as_str(),
            "option": direction.as_str(),
        }),
    }
}

/// What is asked of answers, in words.
fn validation_words(validation: &Validation) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(validation.format.map(|format| format.as_str().to_owned()));
    words.extend(validation.min.map(|min| format!("min:{min}")));
    words.extend(validation.max.map(|max| format!("max:{max}")));
    if validation.must_all_checked {
        words.push("must_all_checked".to_owned());
    }
    if !validation.extensions.is_empty() {
        words.push(format!("mimes:{}", validation.extensions.join(",")));
    }
    words
}
