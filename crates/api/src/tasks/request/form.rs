//! The form of a new task.

use hospes_model::FieldId;
use hospes_model::task::form::{Choice, FieldDraft, FieldType, check_line, check_long_text};
use serde_json::{Map, Value};

use crate::fields::Fields;

/// A form has at most so many fields, a field so many options.
const FIELDS: usize = 100;
const OPTIONS: usize = 200;
const LABEL: usize = 600;

/// Reads `form_fields`.
pub(super) fn read(
    fields: &mut Fields<'_>,
    mut field_id: impl FnMut() -> FieldId,
) -> Vec<(FieldId, FieldDraft)> {
    let list = match fields.value("form_fields") {
        None => return Vec::new(),
        Some(Value::Array(list)) if list.len() <= FIELDS => list,
        Some(Value::Array(_)) => {
            fields.fault("form_fields", format!("The form_fields may not have more than {FIELDS} entries."));
            return Vec::new();
        }
        Some(_) => {
            fields.fault("form_fields", "The form_fields must be a list.");
            return Vec::new();
        }
    };
    let mut form = Vec::with_capacity(list.len());
    for (place, entry) in list.iter().enumerate() {
        let mut reader = Reader { fields, at: format!("form_fields.{place}") };
        match entry {
            Value::Object(entry) => {
                if let Some(draft) = reader.field(entry, place) {
                    form.push((field_id(), draft));
                }
            }
            _ => reader.fault("", "Must be an object."),
        }
    }
    form
}

/// Reads one field, naming faults by its place.
struct Reader<'a, 'b> {
    fields: &'a mut Fields<'b>,
    at: String,
}

impl Reader<'_, '_> {
    fn fault(&mut self, part: &str, message: &str) {
        let name = if part.is_empty() { self.at.clone() } else { format!("{}.{part}", self.at) };
        self.fields.fault(name, message);
    }

    fn field(&mut self, entry: &Map<String, Value>, place: usize) -> Option<FieldDraft> {
        let label = self.label(entry.get("label"), "label");
        let field_type = self.field_type(entry.get("field_type"));
        let required = match entry.get("required") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.fault("required", "The required must be true or false.");
                false
            }
        };
        let guidance = match entry.get("guidance") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => check_long_text(text).unwrap_or_else(|fault| {
                self.fault("guidance", &format!("The guidance {fault}."));
                None
            }),
            Some(_) => {
                self.fault("guidance", "The guidance must be a string.");
                None
            }
        };
        let position = match entry.get("position") {
            None | Some(Value::Null) => i64::try_from(place + 1).ok(),
            Some(position) => position.as_i64().filter(|position| i32::try_from(*position).is_ok()),
        };
        if position.is_none() {
            self.fault("position", "The position must be an integer.");
        }
        let (mut options, mut columns) = (Vec::new(), Vec::new());
        match field_type {
            Some(FieldType::Radio) => options = self.choices(entry.get("options"), "options", "text", 2),
            Some(FieldType::Dropdown | FieldType::Multiselect) => {
                options = self.choices(entry.get("options"), "options", "text", 1);
            }
            Some(FieldType::Table) => columns = self.choices(entry.get("columns"), "columns", "label", 1),
            _ => {}
        }
        Some(FieldDraft {
            label: label?,
            field_type: field_type?,
            required,
            options,
            columns,
            guidance,
            position: position?,
        })
    }

    fn field_type(&mut self, value: Option<&Value>) -> Option<FieldType> {
        let found = value.and_then(Value::as_str).and_then(FieldType::parse);
        if found.is_none() {
            let names: Vec<&str> = FieldType::ALL.iter().map(|kind| kind.as_str()).collect();
            self.fault("field_type", &format!("The field_type must be one of: {}.", names.join(", ")));
        }
        found
    }

    /// Visible text of one line.
    fn label(&mut self, value: Option<&Value>, part: &str) -> Option<String> {
        let text = value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else {
            self.fault(part, "This text is required.");
            return None;
        };
        if text.chars().count() > LABEL {
            self.fault(part, &format!("May not be greater than {LABEL} characters."));
            return None;
        }
        check_line(text).map_err(|fault| self.fault(part, &format!("The text {fault}."))).ok()?;
        Some(text.to_owned())
    }

    /// Options or columns: texts, or objects that may bring their ids.
    fn choices(&mut self, value: Option<&Value>, part: &str, text_key: &str, least: usize) -> Vec<Choice> {
        let list = match value {
            Some(Value::Array(list)) if (least..=OPTIONS).contains(&list.len()) => list,
            _ => {
                self.fault(part, &format!("The {part} must be a list of {least} to {OPTIONS} entries."));
                return Vec::new();
            }
        };
        let mut choices: Vec<Choice> = Vec::with_capacity(list.len());
        for (place, entry) in list.iter().enumerate() {
            let name = format!("{part}.{place}");
            let (id, text) = match entry {
                Value::Object(entry) => (entry.get("id"), entry.get(text_key).or_else(|| entry.get("text"))),
                text => (None, Some(text)),
            };
            let id = match id.filter(|id| !id.is_null()) {
                Some(id) => id.as_i64().filter(|id| (1..=i64::from(i32::MAX)).contains(id)),
                None => i64::try_from(place + 1).ok(),
            };
            let Some(text) = self.label(text, &name) else { continue };
            let taken = |id: i64| choices.iter().any(|choice| choice.id == id);
            match id {
                Some(id) if !taken(id) => choices.push(Choice { id, text }),
                Some(_) => self.fault(&format!("{name}.id"), "The id is used twice."),
                None => self.fault(&format!("{name}.id"), "The id must be a positive integer."),
            }
        }
        choices
    }
}
