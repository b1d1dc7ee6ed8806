//! Form fields with what was filled in.

use hospes_model::run::Process;
use hospes_model::task;
use hospes_model::task::form::{Choice, FormField};
use hospes_model::value_id::Form;
use hospes_model::workflow::{Answer, Field};
use hospes_model::{FieldId, TaskId, ValueId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::values;
use crate::runs::forms;

/// The fields of a task's form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFormFields)]
pub struct FormFields<'a> {
    /// In the order in which they are shown.
    pub data: Vec<FormFieldEntry<'a>>,
}

/// A form field with its value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFormField)]
pub struct FormFieldEntry<'a> {
    /// The field's id, 32 hexadecimal digits. In lists of a process's values the
    /// id of the value.
    pub id: String,
    /// The id of the value, which `PUT …/form-field/value` takes. It is the
    /// same wherever the value is shown.
    #[schema(value_type = String)]
    pub value_id: Option<ValueId>,
    /// The field's id (the keys of `taskdata` and `prerun`). In lists of a
    /// process's values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub capture_id: Option<FieldId>,
    /// The task whose form it is on; null for the kick-off form. In lists of a
    /// process's values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub task_id: Option<Option<TaskId>>,
    /// Another name of it.
    pub alias: &'a str,
    /// What people read.
    pub label: &'a str,
    /// What it takes.
    pub field_type: &'static str,
    /// Whether the task cannot be completed without it.
    pub required: bool,
    /// What was filled in, in the shape of the type; null when nothing was.
    pub value: Value,
    /// What can be chosen.
    pub options: Vec<OptionEntry<'a>>,
    /// The columns of a table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub columns: Vec<ColumnEntry<'a>>,
    /// Advice.
    pub guidance: Option<&'a str>,
    /// Where it stands.
    pub position: i64,
}

/// An option.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormFieldOption)]
pub struct OptionEntry<'a> {
    /// Unique within the field.
    pub id: i64,
    /// What people read.
    pub text: &'a str,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormFieldColumn)]
pub struct ColumnEntry<'a> {
    /// Unique within the field.
    pub id: i64,
    /// What people read.
    pub label: &'a str,
}

impl<'a> FormFieldEntry<'a> {
    fn new(definition: &'a FormField, form: Form, place: usize, value: Value) -> Self {
        let option = |choice: &'a Choice| OptionEntry { id: choice.id, text: &choice.text };
        let column = |choice: &'a Choice| ColumnEntry { id: choice.id, label: &choice.text };
        Self {
            id: definition.id.to_string(),
            value_id: ValueId::new(form, place),
            capture_id: None,
            task_id: None,
            alias: &definition.alias,
            label: &definition.label,
            field_type: definition.field_type.as_str(),
            required: definition.required,
            value,
            options: definition.options.iter().map(option).collect(),
            columns: definition.columns.iter().map(column).collect(),
            guidance: definition.guidance.as_deref(),
            position: definition.position,
        }
    }

    /// The same, named by its value: as lists of a process's values do.
    #[must_use]
    pub fn as_value(mut self, field: FieldId, task: Option<TaskId>) -> Self {
        if let Some(value) = self.value_id {
            self.id = value.to_string();
        }
        (self.capture_id, self.task_id) = (Some(field), Some(task));
        self
    }
}

/// The form of a one-off task.
pub fn of_task(task: &task::Task) -> FormFields<'_> {
    let form = Form::Task(task.key);
    let entry = |(place, field)| FormFieldEntry::new(field, form, place, values::write(field));
    FormFields { data: task.form_fields.iter().enumerate().map(entry).collect() }
}

/// A form of a process with its answers.
pub fn of_form<'a>(
    fields: &'a [Field],
    form: Form,
    answers: &'a std::collections::BTreeMap<FieldId, Answer>,
) -> impl Iterator<Item = FormFieldEntry<'a>> {
    fields.iter().enumerate().map(move |(place, field)| {
        let value = forms::write_answer(field, answers.get(&field.id()));
        FormFieldEntry::new(&field.definition, form, place, value)
    })
}

/// One value of a process, named by its id; `None` when the process has no such
/// form or field.
pub fn of_process(process: &Process, id: ValueId) -> Option<FormFieldEntry<'_>> {
    let state = process.run.state();
    let (fields, answers, task) = match id.form {
        Form::Prerun(key) if key == process.key => (process.run.prerun_fields(), &state.prerun, None),
        Form::Prerun(_) => return None,
        Form::Task(key) => {
            let place = process.tasks.iter().position(|record| record.key == key)?;
            let task = state.tasks.get(place)?;
            (&*process.run.step_of(place)?.captures, &task.answers, Some(task.id))
        }
    };
    let place = usize::from(id.place);
    let entry = of_form(fields, id.form, answers).nth(place)?;
    Some(entry.as_value(fields.get(place)?.id(), task))
}
