//! What is filled in on the forms of a process, by the ids of their fields:
//! `prerun` and `taskdata`.

use std::collections::{BTreeMap, HashMap, HashSet};

use hospes_model::workflow::{Answer, Field};
use hospes_model::{FieldErrors, FieldId};
use serde_json::{Map, Value};

use crate::fields::{WARNING_LIMIT, shortened};
use crate::tasks::values::is_clear;
use crate::templates::answers;

/// What was filled in on a form of a process, by the fields' ids: the shape of
/// `prerun` and `taskdata`. Fields that nothing was filled in are null.
pub fn write_form(fields: &[Field], answers: &BTreeMap<FieldId, Answer>) -> Map<String, Value> {
    fields
        .iter()
        .map(|field| (field.id().to_string(), write_answer(field, answers.get(&field.id()))))
        .collect()
}

/// An answer, in the shape of its field's type; null when there is none.
pub fn write_answer(field: &Field, answer: Option<&Answer>) -> Value {
    answer.map_or(Value::Null, |answer| answers::write(&field.definition, answer))
}

/// Values for a form of a process that were read, each field once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// By field; `None` clears.
    pub values: Vec<(FieldId, Option<Answer>)>,
    /// Keys that name no field of the form; of very many the first.
    pub unknown: Vec<String>,
}

/// Reads values for the fields of a form, by the fields' ids or aliases. Faults
/// are noted under `path` and the field's id. Of several keys that name the
/// same field the id counts.
pub fn read_form(
    fields: &[Field],
    data: &Map<String, Value>,
    path: &str,
    faults: &mut FieldErrors,
) -> Answers {
    let mut answers = Answers::default();
    let by_id: HashMap<FieldId, &Field> = fields.iter().map(|field| (field.id(), field)).collect();
    let by_alias: HashMap<&str, &Field> =
        fields.iter().map(|field| (field.definition.alias.as_str(), field)).collect();
    let named = |key: &str| {
        let id = key.parse::<FieldId>().ok();
        id.and_then(|id| by_id.get(&id)).or_else(|| by_alias.get(key)).copied()
    };
    let sent: HashSet<FieldId> = data.keys().filter_map(|key| key.parse().ok()).collect();
    let mut seen = HashSet::new();
    for (key, value) in data {
        let Some(field) = named(key) else {
            if answers.unknown.len() < WARNING_LIMIT {
                answers.unknown.push(shortened(key));
            }
            continue;
        };
        let id = field.id();
        let is_alias = key.parse() != Ok(id);
        if is_alias && sent.contains(&id) || !seen.insert(id) {
            continue;
        }
        match read_answer(field, value) {
            Ok(answer) => answers.values.push((id, answer)),
            Err(fault) => {
                faults
                    .add(format!("{path}.{id}"), format!("The field “{}” {fault}.", field.definition.label));
            }
        }
    }
    answers
}

/// Reads and checks an answer for a field of a process. `None` clears. The
/// fault is told without the field's name.
pub fn read_answer(field: &Field, value: &Value) -> Result<Option<Answer>, String> {
    if is_clear(value) {
        return Ok(None);
    }
    let answer = answers::read(&field.definition, value, false)?.filter(|answer| !answer.is_empty());
    if let Some(answer) = &answer {
        field.check(answer)?;
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use hospes_model::task::form::FieldType;
    use serde_json::json;

    use super::*;

    #[test]
    fn processes_take_groups_and_files_too() {
        use FieldType as T;
        let id = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";
        let people = json!({"users": [3], "guests": ["a@b.example"], "groups": [id]});
        let file = json!([{"id": id, "filename": "a.pdf"}]);
        let whole_file = json!([{"id": id, "filename": "a.pdf", "version": 1, "url": "x"}]);
        for (kind, sent, kept) in [
            (T::AssigneesForm, people.clone(), people),
            (T::AssigneesForm, json!({"users": []}), json!(null)),
            (T::File, whole_file, file.clone()),
            (T::File, file.clone(), file),
            (T::Text, json!("Acme"), json!("Acme")),
            (T::Dropdown, json!("red"), json!({"id": 1, "text": "red", "value": null})),
        ] {
            let field = crate::runs::testing::field(1, kind, false);
            let answer =
                read_answer(&field, &sent).unwrap_or_else(|fault| panic!("{kind:?} {sent}: {fault}"));
            assert_eq!(write_answer(&field, answer.as_ref()), kept, "{kind:?} {sent}");
        }
        for (kind, sent) in [
            (T::AssigneesForm, json!({"groups": ["x"]})),
            (T::AssigneesForm, json!("Ann")),
            (T::File, json!([id])),
            (T::File, json!([{"id": "x", "filename": "a.pdf"}])),
            (T::File, json!([{"id": id}])),
            (T::Table, json!(["a"])),
        ] {
            let field = crate::runs::testing::field(1, kind, false);
            assert!(read_answer(&field, &sent).is_err(), "{kind:?} {sent}");
        }
        let field = crate::runs::testing::field(1, T::File, false);
        assert_eq!(read_answer(&field, &json!(null)), Ok(None));
    }

    #[test]
    fn of_two_names_of_a_field_the_id_counts() {
        let field = crate::runs::testing::field(1, FieldType::Text, false);
        let id = field.id();
        let sent = json!({"f1": "alias", id.to_string(): "id", "x": 1});
        let mut faults = FieldErrors::default();
        let Value::Object(sent) = sent else { panic!("an object") };
        let answers = read_form(&[field], &sent, "prerun", &mut faults);
        assert_eq!(answers.values, [(id, Some(Answer::text("id")))]);
        assert_eq!((answers.unknown, faults.is_empty()), (vec!["x".to_owned()], true));
    }
}
