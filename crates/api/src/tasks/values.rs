//! The shapes of form values (`wire.md` 2.4, `clients.md` 2), as one-off tasks
//! have them; those of processes and templates are made of the same.
//!
//! What clients send in looser shapes (an option by its id or its text alone)
//! is read too, and written back in the proper one (`product.md` 4.2, 37).

use hospes_model::task::form::{Choice, FieldType, FieldValue, FileRef, FormField};
use hospes_model::workflow::{Answer, Buckets, People};
use hospes_model::{EmailAddress, FileId, GroupId};
use serde_json::{Map, Value, json};

use crate::fields::{LIST_LIMIT, member_id};

/// The value of a field, in the shape of its type; null when there is none.
pub fn write(field: &FormField) -> Value {
    write_value(field, field.value.as_ref())
}

/// A value in the shape of the field's type; null when there is none.
pub fn write_value(field: &FormField, value: Option<&FieldValue>) -> Value {
    let dropdown = |choice: &Choice| json!({"id": choice.id, "text": choice.text, "value": null});
    let selected = |choice: &Choice| json!({"id": choice.id, "text": choice.text, "value": null, "required": false, "selected": true});
    match value {
        None => Value::Null,
        Some(FieldValue::Text(text)) => json!(text),
        Some(FieldValue::Option(id)) => field.option(*id).map_or(Value::Null, dropdown),
        Some(FieldValue::Options(ids)) => {
            ids.iter().filter_map(|id| field.option(*id)).map(selected).collect()
        }
        Some(FieldValue::Row(cells)) => json!(cells),
        Some(FieldValue::People { users, guests, groups }) => {
            json!({"users": users, "guests": guests, "groups": groups})
        }
        Some(FieldValue::Files(files)) => write_files(files),
    }
}

/// Whether a value clears its field: null, "", `[]`, false and 0 do.
pub(crate) fn is_clear(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(_) => false,
    }
}

/// Reads and checks a value for a field of a one-off task. `None` clears. The
/// fault is told without the field's name.
pub fn read(field: &FormField, value: &Value) -> Result<Option<FieldValue>, String> {
    if is_clear(value) {
        return Ok(None);
    }
    let read = match field.field_type {
        FieldType::Text | FieldType::Textarea | FieldType::Radio | FieldType::Date | FieldType::Email => {
            Some(FieldValue::Text(read_text(field, value)?))
        }
        FieldType::Dropdown => Some(FieldValue::Option(read_option(field, value)?.id)),
        FieldType::Multiselect => read_options(field, value)?,
        FieldType::Table => Some(FieldValue::Row(read_row(value)?)),
        FieldType::AssigneesForm => read_people_value(value)?,
        FieldType::File => Some(FieldValue::Files(read_files(value)?)),
    };
    if let Some(value) = &read {
        field.check(value)?;
    }
    Ok(read)
}

fn read_text(field: &FormField, value: &Value) -> Result<String, String> {
    match (field.field_type, value) {
        (FieldType::Radio, Value::Object(_) | Value::Number(_)) => {
            Ok(read_option(field, value)?.text.clone())
        }
        (FieldType::Text | FieldType::Textarea, Value::Number(number)) => Ok(number.to_string()),
        (FieldType::Textarea, Value::String(text)) => Ok(text.clone()),
        (FieldType::Email, Value::String(text)) => {
            EmailAddress::parse(text).map(|email| email.to_string()).map_err(|error| error.to_string())
        }
        (_, Value::String(text)) => Ok(text.trim().to_owned()),
        _ => Err("must be a string".to_owned()),
    }
}

/// An option, by id, by text, or by both, which then must agree.
fn read_option<'a>(field: &'a FormField, value: &Value) -> Result<&'a Choice, String> {
    let (id, text) = match value {
        Value::Object(entry) => (entry.get("id"), entry.get("text")),
        Value::Number(_) => (Some(value), None),
        _ => (None, Some(value)),
    };
    let id = id.filter(|id| !id.is_null()).map(|id| match id {
        Value::String(digits) => digits.parse().ok(),
        id => id.as_i64(),
    });
    let text = text.filter(|text| !text.is_null()).map(Value::as_str);
    let fits = |choice: &&Choice| {
        id.is_none_or(|id| id == Some(choice.id)) && text.is_none_or(|text| text == Some(&*choice.text))
    };
    let found = field.options.iter().find(fits).filter(|_| id.is_some() || text.is_some());
    found.ok_or_else(|| "must be one of the options, as {\"id\", \"text\"}".to_owned())
}

fn read_options(field: &FormField, value: &Value) -> Result<Option<FieldValue>, String> {
    let Value::Array(list) = value else { return Err("must be a list of options".to_owned()) };
    let mut chosen = Vec::new();
    for entry in list.iter().take(LIST_LIMIT + 1) {
        let option = read_option(field, entry)?;
        // What is listed is meant, unless it says that it is not.
        if entry.get("selected") != Some(&Value::Bool(false)) && !chosen.contains(&option.id) {
            chosen.push(option.id);
        }
    }
    let in_order: Vec<i64> =
        field.options.iter().map(|option| option.id).filter(|id| chosen.contains(id)).collect();
    Ok((!in_order.is_empty()).then_some(FieldValue::Options(in_order)))
}

fn read_row(value: &Value) -> Result<Vec<String>, String> {
    let Value::Array(list) = value else {
        return Err("must be a list with one entry a column".to_owned());
    };
    list.iter()
        .map(|cell| match cell {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Array(_) | Value::Object(_) => Err("must be a list of texts, one a column".to_owned()),
        })
        .collect()
}

fn read_people_value(value: &Value) -> Result<Option<FieldValue>, String> {
    const FORM: &str = "must be an object with the lists users, guests and groups";
    let Value::Object(people) = value else { return Err(FORM.to_owned()) };
    let people = read_people(people)?;
    let guests = people.guests().iter().map(ToString::to_string).collect();
    let (users, groups) = (people.users().to_vec(), people.groups().to_vec());
    Ok((!people.is_empty()).then_some(FieldValue::People { users, guests, groups }))
}

/// Files, as fields hold them.
pub(crate) fn write_files(files: &[FileRef]) -> Value {
    files.iter().map(|file| json!({"id": file.id, "filename": file.filename})).collect()
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

#[cfg(test)]
mod tests {
    use hospes_model::FieldId;
    use hospes_model::task::form::FieldDraft;

    use super::*;

    fn field(field_type: FieldType) -> FormField {
        let choices =
            || [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() }).to_vec();
        FieldDraft {
            label: "Field".to_owned(),
            field_type,
            required: false,
            options: if field_type.has_options() { choices() } else { Vec::new() },
            columns: if field_type == FieldType::Table { choices() } else { Vec::new() },
            guidance: None,
            position: 1,
        }
        .with_id(FieldId::new(1, [1; 10]))
    }

    #[test]
    fn every_shape_is_read_and_written_back_in_its_own() {
        use FieldType as T;
        let red = json!({"id": 1, "text": "red", "value": null});
        let selected =
            json!([{"id": 2, "text": "green", "value": null, "required": false, "selected": true}]);
        for (kind, sent, kept) in [
            (T::Text, json!(" Acme "), json!("Acme")),
            (T::Text, json!(7), json!("7")),
            (T::Textarea, json!("a\nb"), json!("a\nb")),
            (T::Email, json!("a@b.example"), json!("a@b.example")),
            (T::Date, json!("2025-01-31T10:00:00Z"), json!("2025-01-31T10:00:00Z")),
            (T::Radio, json!("red"), json!("red")),
            (T::Radio, json!({"id": 1, "text": "red"}), json!("red")),
            (T::Dropdown, json!({"id": 1, "text": "red", "value": null}), red.clone()),
            (T::Dropdown, json!({"id": "1"}), red.clone()),
            (T::Dropdown, json!("red"), red.clone()),
            (T::Dropdown, json!(1), red),
            (T::Multiselect, json!([{"id": 2, "text": "green", "selected": true}]), selected.clone()),
            (T::Multiselect, json!([{"id": 2}, {"id": 1, "selected": false}, "green"]), selected),
            (T::Multiselect, json!([{"id": 1, "selected": false}]), json!(null)),
            (T::Table, json!(["a", null]), json!(["a", ""])),
            (
                T::File,
                json!([{"id": "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "filename": "a.pdf", "version": 1}]),
                json!([{"id": "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "filename": "a.pdf"}]),
            ),
            (
                T::AssigneesForm,
                json!({"users": [3, "3"], "guests": ["a@b.example"]}),
                json!({"users": [3], "guests": ["a@b.example"], "groups": []}),
            ),
            (
                T::AssigneesForm,
                json!({"groups": ["0196d2f35a7c7b3e9d1c2f4a5b6c7d8e"]}),
                json!({"users": [], "guests": [], "groups": ["0196d2f35a7c7b3e9d1c2f4a5b6c7d8e"]}),
            ),
            (T::AssigneesForm, json!({"users": [], "guests": [], "groups": []}), json!(null)),
        ] {
            let mut field = field(kind);
            field.value = read(&field, &sent).unwrap_or_else(|fault| panic!("{kind:?} {sent}: {fault}"));
            assert_eq!(write(&field), kept, "{kind:?} {sent}");
            if !kept.is_null() {
                assert_eq!(read(&field, &kept), Ok(field.value.clone()), "read back");
            }
        }
        for kind in FieldType::ALL {
            for clear in [json!(null), json!(""), json!([]), json!(false), json!(0)] {
                assert_eq!(read(&field(*kind), &clear), Ok(None));
            }
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        use FieldType as T;
        for (kind, sent) in [
            (T::Text, json!(["a"])),
            (T::Text, json!(true)),
            (T::Radio, json!("blue")),
            (T::Radio, json!({})),
            (T::Dropdown, json!({"id": 1, "text": "green"})),
            (T::Dropdown, json!({"id": 9, "text": "red"})),
            (T::Dropdown, json!({"text": 1})),
            (T::Multiselect, json!("red")),
            (T::Multiselect, json!([{"id": 9}])),
            (T::Table, json!(["a"])),
            (T::Table, json!([["a", "b"], ["c", "d"]])),
            (T::Date, json!("soon")),
            (T::Email, json!("nobody")),
            (T::File, json!([{"id": "a", "filename": "b"}])),
            (T::File, json!("a.pdf")),
            (T::File, json!({"id": "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "filename": "a.pdf"})),
            (T::AssigneesForm, json!([1])),
            (T::AssigneesForm, json!({"users": ["x"]})),
            (T::AssigneesForm, json!({"guests": ["x"]})),
            (T::AssigneesForm, json!({"groups": ["x"]})),
        ] {
            assert!(read(&field(kind), &sent).is_err(), "{kind:?} {sent}");
        }
    }
}
