//! Answers of processes and templates in the shapes of their types
//! (`clients.md` 2): what [`values`] writes and reads for
//! one-off tasks, and groups and files besides.

use hospes_model::task::form::{FieldType, FieldValue, FormField};
use hospes_model::workflow::Answer;
use serde_json::{Value, json};

use crate::tasks::values::{self, read_files, read_people, write_files};

/// An answer, in the shape of the field's type.
pub fn write(field: &FormField, answer: &Answer) -> Value {
    match answer {
        Answer::Value(value) => values::write_value(field, Some(value)),
        Answer::People(people) => {
            json!({"users": people.users(), "guests": people.guests(), "groups": people.groups()})
        }
        Answer::Files(files) => write_files(files),
    }
}

/// Reads and checks an answer for a field. `None` clears: null, "", `[]`, false
/// and 0 do. With `variables`, texts with `{{` in them are taken as they are.
/// The fault is told without the field's name.
///
/// # Errors
///
/// Says what is wrong with the value.
pub fn read(field: &FormField, value: &Value, variables: bool) -> Result<Option<Answer>, String> {
    let has_variables = |value: &Value| value.as_str().is_some_and(|text| text.contains("{{"));
    match (field.field_type, value) {
        (FieldType::AssigneesForm, Value::Object(buckets)) => {
            let people = read_people(buckets)?;
            Ok((!people.is_empty()).then_some(Answer::People(people)))
        }
        (FieldType::File, Value::Array(list)) if !list.is_empty() => {
            read_files(value).map(|files| Some(Answer::Files(files)))
        }
        (FieldType::Table, Value::Array(cells)) if variables && cells.iter().any(has_variables) => {
            let cells = cells.iter().map(|cell| cell.as_str().unwrap_or_default().to_owned()).collect();
            let row = FieldValue::Row(cells);
            field.check(&row)?;
            Ok(Some(Answer::Value(row)))
        }
        (
            FieldType::Text | FieldType::Textarea | FieldType::Radio | FieldType::Date | FieldType::Email,
            text,
        ) if variables && has_variables(text) => {
            let text = text.as_str().unwrap_or_default();
            hospes_model::task::form::check_long_text(text).map(|text| text.map(Answer::text))
        }
        _ => values::read(field, value).map(|value| value.map(Answer::Value)),
    }
}
