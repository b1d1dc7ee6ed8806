//! What a link to a form fills in (`ko_fields`; `product.md` 2.7, D22; `wire.md`
//! Q22): values that stand in the inputs as if they had been typed. What cannot
//! be read is left out, what is no answer is told when the form is sent, and
//! nothing else of the link is read.

use hospes_model::task::form::{Choice, FieldType, FormField};
use hospes_model::workflow::Field;
use serde_json::{Map, Value};

use crate::query::Query;
use crate::workplace::session::Fields;

/// The parameter.
const NAME: &str = "ko_fields";
/// The most bytes of it; of a longer one nothing is read.
const LIMIT: usize = 16 << 10;

/// The parameter in a link's query, for another link: empty, or with the
/// question mark.
pub(super) fn carried(query: &str) -> String {
    let known = Query::new(query).get(NAME).filter(|text| text.len() <= LIMIT).map(str::to_owned);
    known.map_or_else(String::new, |text| {
        let pair = form_urlencoded::Serializer::new(String::new()).append_pair(NAME, &text).finish();
        format!("?{pair}")
    })
}

/// What the link fills in, as the form would post it: an object of fields by
/// alias, or a list of such objects; fields may be called by id and label too.
pub(super) fn read(query: &str, fields: &[Field]) -> Fields {
    let query = Query::new(query);
    let text = query.get(NAME).filter(|text| text.len() <= LIMIT);
    let objects: Vec<Map<String, Value>> = match text.map(serde_json::from_str) {
        Some(Ok(Value::Object(object))) => vec![object],
        Some(Ok(Value::Array(list))) => list.into_iter().filter_map(object).collect(),
        _ => Vec::new(),
    };
    let mut filled = Vec::new();
    for field in fields {
        let definition = &field.definition;
        let is_it = |key: &String| definition.is_called(key) || definition.label == **key;
        let mut values = objects.iter().flatten().filter(|(key, _)| is_it(key));
        if let Some((_, value)) = values.next_back() {
            fill(definition, value, &mut filled);
        }
    }
    Fields::of(filled)
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The texts of a value: one, or those of a list.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.replace('\0', "")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    }
}

/// Puts a value where the form has the field's input.
fn fill(field: &FormField, value: &Value, filled: &mut Vec<(String, String)>) {
    let (name, texts) = (format!("f.{}", field.id), texts(value));
    if texts.is_empty() {
        return;
    }
    let option = |text: &String| {
        let options = || field.options.iter();
        let named = options().find(|option| option.text == *text);
        named.or_else(|| options().find(|option| option.id.to_string() == *text))
    };
    let mut ids = texts.iter().filter_map(option).map(|Choice { id, .. }| id.to_string());
    match field.field_type {
        FieldType::File => {}
        FieldType::Radio | FieldType::Dropdown => filled.extend(ids.next().map(|id| (name, id))),
        FieldType::Multiselect => filled.extend(ids.map(|id| (name.clone(), id))),
        FieldType::Table => {
            let cells = texts.into_iter().chain(std::iter::repeat(String::new()));
            let cells = cells.take(field.columns.len()).enumerate();
            filled.extend(cells.map(|(column, cell)| (format!("{name}.{column}"), cell)));
        }
        FieldType::AssigneesForm => filled.push((name, texts.join("\n"))),
        FieldType::Text | FieldType::Textarea | FieldType::Email | FieldType::Date => {
            filled.extend(texts.into_iter().next().map(|text| (name, text)));
        }
    }
}
