//! What callers send about tasks of processes, read as the engine's commands.

use hospes_model::run::Process;
use hospes_model::task::dates::{self, Edge};
use hospes_model::task::draft::check_title;
use hospes_model::task::form::FormField;
use hospes_model::workflow::{
    Added, Calendar, Command, Direction, Edit, Field, People, RunTask, Step, Validation,
};
use hospes_model::{EmailAddress, FieldErrors, FieldId, Refusal, StepId, TaskId, ValueId};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::request::{CreateTask, on_working_day};
use crate::fields::{Fields, unknown_field};
use crate::keys::{read_flag, read_moment, read_object, read_required, read_summary, read_unless_absent};
use crate::people;
use crate::runs::forms;

/// An update request that was read, but for what depends on the task.
#[derive(Debug)]
pub struct UpdateRunTask {
    edit: Edit,
    /// The deadline on a working day, and what is said when that is another.
    moved: Option<(Timestamp, Option<String>)>,
    owners: Option<People>,
    addresses: Vec<(String, EmailAddress)>,
    visible: Option<bool>,
    /// Whether a loop of rules that was stopped here has been looked at.
    resolved: bool,
    taskdata: Map<String, Value>,
    /// What belongs to the step, as it was sent.
    fixed: Vec<(&'static str, Value)>,
    faults: FieldErrors,
    warnings: Vec<String>,
}

/// What a request comes to for one process.
#[derive(Debug, Default)]
pub struct Asked {
    /// What is asked of the process.
    pub commands: Vec<Command>,
    /// What was ignored, in sentences.
    pub warnings: Vec<String>,
}

/// Keys that tasks of processes take from their steps.
const FIXED: [&str; 9] = [
    "task_type",
    "webhook",
    "position",
    "max_assignable",
    "prevent_guest_comment",
    "is_soft_start_date",
    "everyone_must_complete",
    "can_complete_only_assignees",
    "top_secret",
];

/// Reads an update request for a task of a process. `calendar` is the
/// organization's: deadlines are moved to its working days.
pub fn read_update(body: &Value, calendar: &Calendar) -> Result<UpdateRunTask, Refusal> {
    let mut fields = Fields::new(body)?;
    let zone = &calendar.zone;
    let title = read_unless_absent(&mut fields, "title", check_title);
    let deadline = read_unless_absent(&mut fields, "deadline", |text| dates::read(text, zone, Edge::End));
    let summary = read_summary(&mut fields).map(Option::unwrap_or_default);
    let started_at = read_moment(&mut fields, "started_at", zone, Edge::Start);
    let owners = fields.value("owners").map(|owners| people::read(owners, "owners", fields.faults()));
    let taskdata = read_object(&mut fields, "taskdata", "values by field id");
    let visible = read_flag(&mut fields, "hidden").map(|hidden| !hidden);
    let resolved = read_flag(&mut fields, "problem") == Some(false);
    let fixed = FIXED.iter().filter_map(|key| Some((*key, fields.value(key)?.clone()))).collect();
    // A state cannot be given; one client sends it all the same.
    fields.take("status");
    let warnings = fields.unknown();
    let (moved, said) = on_working_day(deadline, calendar);
    Ok(UpdateRunTask {
        moved: moved.map(|at| (at, said)),
        edit: Edit { title, summary, deadline, started_at },
        addresses: body.get("owners").map(|owners| people::addresses(owners, "owners")).unwrap_or_default(),
        owners,
        visible,
        resolved,
        taskdata: taskdata.map(std::borrow::Cow::into_owned).unwrap_or_default(),
        fixed,
        faults: fields.into_faults(),
        warnings,
    })
}

impl UpdateRunTask {
    /// The addresses that it puts on the task, with their places, and what is
    /// wrong so far.
    pub fn addresses_and_faults(&mut self) -> (Vec<(String, EmailAddress)>, &mut FieldErrors) {
        (self.addresses.clone(), &mut self.faults)
    }

    /// What it asks of the task. What is sent back as it was read asks for
    /// nothing: a title that is echoed stays the step's, and a deadline its
    /// plan.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] for a task that the process does not have;
    /// otherwise every fault of the request.
    pub fn for_task(&self, process: &Process, id: TaskId) -> Result<Asked, Refusal> {
        let place = process.run.place(id).ok_or(Refusal::NotFound)?;
        let (Some(task), Some(record), Some(step)) =
            (process.run.task(id), process.tasks.get(place), process.run.step_of(place))
        else {
            return Err(Refusal::NotFound);
        };
        let mut faults = self.faults.clone();
        let answers = forms::read_form(&step.captures, &self.taskdata, "taskdata", &mut faults);
        faults.into_result()?;
        let mut asked = Asked { commands: Vec::new(), warnings: self.warnings.clone() };
        let shown = record.summary.as_deref().or(task.summary.as_deref()).or(step.summary.as_deref());
        let same =
            |at: Timestamp, old: Option<Timestamp>| old.is_some_and(|old| old.as_second() == at.as_second());
        let edit = Edit {
            title: self.edit.title.clone().filter(|title| *title != record.title),
            summary: self.edit.summary.clone().filter(|summary| summary != shown.unwrap_or_default()),
            deadline: self.edit.deadline.filter(|at| !same(*at, task.due.at())),
            started_at: self.edit.started_at.filter(|at| !same(*at, Some(task.started_at))),
        };
        let mut edit = edit;
        if let (Some(deadline), Some((moved, said))) = (&mut edit.deadline, &self.moved) {
            *deadline = *moved;
            asked.warnings.extend(said.clone());
        }
        if edit != Edit::default() {
            asked.commands.push(Command::Edit { task: id, change: edit });
        }
        if let Some(people) = self.owners.as_ref().filter(|people| !is_on(task, people)) {
            asked.commands.push(Command::Assign { task: id, people: people.clone() });
        }
        if let Some(visible) = self.visible {
            asked.commands.push(Command::SetVisible { task: id, visible });
        }
        if self.resolved && task.stopped_rule.is_some() {
            asked.commands.push(Command::ResolveLoop { task: id });
        }
        if !answers.values.is_empty() {
            asked.commands.push(Command::Answer { task: id, values: answers.values });
        }
        let unknown = answers.unknown.iter().map(|key| unknown_field("task", key));
        asked.warnings.extend(unknown);
        asked.warnings.extend(self.fixed_changes(step, place));
        Ok(asked)
    }

    /// What would be different of what belongs to the step.
    fn fixed_changes(&self, step: &Step, place: usize) -> impl Iterator<Item = String> {
        let shown = json!({
            "task_type": step.task_type.as_str(),
            "webhook": step.webhook,
            "position": place + 1,
            "max_assignable": step.max_assignable,
            "prevent_guest_comment": step.prevent_guest_comment,
            "is_soft_start_date": step.is_soft_start_date,
            "everyone_must_complete": step.everyone_must_complete,
            "can_complete_only_assignees": step.can_complete_only_assignees,
            "top_secret": false,
        });
        let other = self.fixed.iter().filter(move |(key, value)| shown.get(key) != Some(value));
        other.map(|(key, _)| format!("The {key} of a task of a process is its step's and was not changed."))
    }
}

/// Whether exactly these people are on a task, the member whom the server
/// added among them.
fn is_on(task: &RunTask, people: &People) -> bool {
    let chaperone = People::members(task.assignees.chaperone);
    task.assignees.people.with(&chaperone).same(people)
}

impl CreateTask {
    /// The addresses that it puts on a task of a process, with their places,
    /// and what is wrong so far.
    pub fn addresses_and_faults(&mut self) -> (Vec<(String, EmailAddress)>, &mut FieldErrors) {
        (self.addresses.clone(), &mut self.draft.faults)
    }

    /// The task for a process. `people` are put on it.
    ///
    /// # Errors
    ///
    /// Every fault of the request.
    pub fn added(&self, id: TaskId, step: StepId, people: &People) -> Result<Added, Refusal> {
        self.draft.faults.clone().into_result()?;
        let captures = self.draft.form_fields.iter();
        let captures = captures.map(|(id, field)| plain_field(field.clone().with_id(*id))).collect();
        Ok(self.task((id, step), people, captures))
    }

    /// The task for one of several people who get a task each: its fields have
    /// ids of their own, which `fresh` draws. Whether the request has faults is
    /// not looked at.
    pub fn separate(
        &self,
        ids: (TaskId, StepId),
        person: &People,
        fresh: &mut dyn FnMut() -> FieldId,
    ) -> Added {
        let captures = self.draft.form_fields.iter();
        let captures = captures.map(|(_, field)| plain_field(field.clone().with_id(fresh()))).collect();
        self.task(ids, person, captures)
    }

    fn task(&self, (id, step): (TaskId, StepId), people: &People, captures: Vec<Field>) -> Added {
        let (draft, settings) = (&self.draft, self.draft.settings);
        let mut step = Step {
            summary: draft.summary.clone(),
            is_soft_start_date: settings.is_soft_start_date,
            people: people.clone(),
            assign_run_starter: false,
            everyone_must_complete: settings.everyone_must_complete,
            can_complete_only_assignees: settings.can_complete_only_assignees,
            max_assignable: u32::try_from(settings.max_assignable).unwrap_or(0),
            prevent_guest_comment: settings.prevent_guest_comment,
            webhook: draft.webhook.clone(),
            captures,
            ..Step::new(step, draft.title.clone(), draft.task_type)
        };
        step.captures.sort_by_key(|field| field.definition.position);
        Added { id, step, deadline: Some(draft.deadline), started_at: draft.started_at }
    }
}

/// A field without what only templates can ask for.
fn plain_field(definition: FormField) -> Field {
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

/// The same work once more, without what was done of it: an added task behind
/// the others. `fresh` draws ids for its fields.
///
/// # Errors
///
/// [`Refusal::NotFound`] for a task that the process does not have.
pub fn clone_of(
    process: &Process,
    original: TaskId,
    title: Option<&str>,
    (id, step): (TaskId, StepId),
    fresh: &mut dyn FnMut() -> FieldId,
) -> Result<Command, Refusal> {
    let place = process.run.place(original).ok_or(Refusal::NotFound)?;
    let (Some(task), Some(record), Some(from)) =
        (process.run.task(original), process.tasks.get(place), process.run.step_of(place))
    else {
        return Err(Refusal::NotFound);
    };
    let mut copy = from.clone();
    copy.id = step;
    copy.alias = step.to_string();
    title.unwrap_or(&record.title).clone_into(&mut copy.title);
    copy.summary = record.summary.clone().or_else(|| task.summary.clone()).or(copy.summary);
    copy.people = task.assignees.people.with(&People::members(task.assignees.chaperone));
    copy.hidden_by_default = false;
    // Neither other steps nor job titles mean anything to an added task.
    (copy.roles, copy.stage) = (Vec::new(), None);
    copy.deadline = copy.deadline.filter(|deadline| {
        deadline.base == hospes_model::workflow::StepBase::Launch && deadline.direction == Direction::From
    });
    for field in &mut copy.captures {
        field.definition.id = fresh();
        field.default = None;
    }
    let added = Added { id, step: copy, deadline: task.due.at(), started_at: None };
    Ok(Command::AddTasks { tasks: vec![added] })
}

/// A request to copy a task, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = CloneTask)]
pub struct CloneBody {
    /// The title of the copy; the original's when absent.
    #[schema(min_length = 1, max_length = 600, nullable = false)]
    pub title: Option<String>,
}

/// Reads a request to copy a task: the title of the copy, and what was ignored.
pub fn read_clone(body: &Value) -> Result<(Option<String>, Vec<String>), Refusal> {
    let mut fields = Fields::new(body)?;
    let title = read_unless_absent(&mut fields, "title", check_title);
    let warnings = fields.unknown();
    fields.finish()?;
    Ok((title, warnings))
}

/// A value for one form field, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = WriteFormFieldValue)]
pub struct ValueBody {
    /// The id of a stored value, as `GET …/runs/{run}/form-fields` shows it.
    #[schema(required, pattern = "^[0-9a-f]{32}$")]
    pub id: String,
    /// The value in the shape of the field's type; null clears.
    #[schema(required)]
    pub form_value: Value,
}

/// A value for one form field of a task, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = WriteCapture)]
pub struct CaptureBody {
    /// The field's id or alias.
    #[schema(required, min_length = 1)]
    pub id: String,
    /// The value in the shape of the field's type; null clears.
    #[schema(required)]
    pub value: Value,
}

/// A value that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteValue {
    /// Where.
    pub id: ValueId,
    /// What.
    pub value: Value,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// Reads a request to store one value.
pub fn read_value(body: &Value) -> Result<WriteValue, Refusal> {
    let mut fields = Fields::new(body)?;
    let id = read_required(&mut fields, "id", |text| {
        let text = text.trim();
        text.parse::<ValueId>().map_err(|_| match text.parse::<FieldId>() {
            Ok(_) => "names a capture (the definition of a form field) or something else, and must name a \
                      stored value: take it from the form-fields of the process"
                .to_owned(),
            Err(_) => "must be the id of a stored value, 32 hexadecimal digits".to_owned(),
        })
    });
    let value = fields.take("form_value").or_else(|| fields.take("value")).cloned();
    if value.is_none() {
        fields.fault("form_value", "The form_value field is required.");
    }
    let warnings = fields.unknown();
    fields.finish()?;
    match (id, value) {
        (Some(id), Some(value)) => Ok(WriteValue { id, value, warnings }),
        _ => Err(Refusal::field("id", "The id field is required.")),
    }
}

/// Reads a request to fill in one field of a task: its id or alias, and the
/// value, as the `taskdata` of an update.
pub fn read_capture(body: &Value) -> Result<Value, Refusal> {
    let mut fields = Fields::new(body)?;
    let id = read_required(&mut fields, "id", |text| Ok(text.trim().to_owned()));
    let value = fields.take("value").or_else(|| fields.take("form_value")).cloned();
    if value.is_none() {
        fields.fault("value", "The value field is required.");
    }
    fields.finish()?;
    let data: Map<String, Value> = id.into_iter().zip(value).collect();
    Ok(json!({"taskdata": data}))
}

#[cfg(test)]
mod tests;
