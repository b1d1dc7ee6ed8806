//! Answers of processes and templates in the shapes of their types
//! (`clients.md` 2): what [`values`] writes and reads for
//! one-off tasks, and groups and files besides.

use hospes_model::task::form::{FieldType, FieldValue, FormField};
use hospes_model::workflow::{Answer, Buckets, FileRef, People};
use hospes_model::{EmailAddress, FileId, GroupId};
use serde_json::{Map, Value, json};

use crate::fields::member_id;
use crate::tasks::values;

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

/// Files, as fields hold them.
pub(crate) fn write_files(files: &[FileRef]) -> Value {
    files.iter().map(|file| json!({"id": file.id, "filename": file.filename})).collect()
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

/// Reads `{users, guests, groups}`.
pub(crate) fn read_people(buckets: &Map<String, Value>) -> Result<People, String> {
    let list = |name: &str| match buckets.get(name) {
        None | Some(Value::Null) => Ok(&[][..]),
        Some(Value::Array(list)) if list.len() <= People::LIMIT => Ok(list.as_slice()),
        Some(Value::Array(_)) => Err(format!("may not name more than {} people", People::LIMIT)),
        Some(_) => Err(format!("must hold a list in {name}")),
    };
    let users = list("users")?.iter().map(|entry| {
        member_id(entry).ok_or_else(|| "must hold ids of members, positive integers, in users".to_owned())
    });
    let guests = list("guests")?.iter().map(|entry| {
        let email = entry.as_str().and_then(|text| EmailAddress::parse(text).ok());
        email.ok_or_else(|| "must hold valid email addresses in guests".to_owned())
    });
    let groups = list("groups")?.iter().map(|entry| {
        let id = entry.as_str().and_then(|text| text.parse::<GroupId>().ok());
        id.ok_or_else(|| "must hold ids of groups in groups".to_owned())
    });
    Ok(Buckets {
        users: users.collect::<Result<_, _>>()?,
        guests: guests.collect::<Result<_, _>>()?,
        groups: groups.collect::<Result<_, _>>()?,
    }
    .into())
}

/// Reads a list of asset objects; of each the id and the name count.
pub(crate) fn read_files(value: &Value) -> Result<Vec<FileRef>, String> {
    let fault = || "must be a list of files, each with id and filename".to_owned();
    let Value::Array(list) = value else { return Err(fault()) };
    if list.len() > Answer::MAX_FILES {
        return Err(format!("may not hold more than {} files", Answer::MAX_FILES));
    }
    let files = list.iter().map(|entry| {
        let id = entry.get("id").and_then(Value::as_str).and_then(|id| id.parse::<FileId>().ok());
        let filename = entry.get("filename").and_then(Value::as_str);
        Ok(FileRef { id: id.ok_or_else(fault)?, filename: filename.ok_or_else(fault)?.to_owned() })
    });
    files.collect()
}
