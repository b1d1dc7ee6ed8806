//! Fields of steps and of the kick-off form.

use std::collections::{BTreeMap, BTreeSet};

use hospes_model::FieldId;
use hospes_model::task::form::{Choice, FieldDraft, FieldType, check_line, check_long_text};
use hospes_model::template::FieldSettings;
use hospes_model::workflow::{
    DefaultAnswer, Direction, Field, MAX_CHOICES, MAX_FIELDS, TextFormat, Validation,
};
use serde_json::Value;

use super::super::answers;
use super::reading::{Reading, in_order, read_span};
use crate::fields::{Fields, integer};

/// Who the entries of a list are.
#[derive(Clone, Copy)]
pub(super) enum Identity<'f> {
    /// They come in with a template: they keep their aliases under new ids.
    Import,
    /// They are new: whatever id and alias they bring is somebody else's.
    New,
    /// Those with an id are among these.
    Among(&'f [Field]),
}

/// Reads a whole form. `full` is the path of the object that has it.
pub(super) fn read_form<'a>(
    fields: &mut Fields<'a>,
    key: &'a str,
    full: &str,
    identity: Identity<'_>,
    reading: &mut Reading<'_, '_>,
) -> Option<Vec<Field>> {
    let list = fields.list(key, MAX_FIELDS)?;
    let (mut form, mut kept) = (Vec::with_capacity(list.len()), Vec::with_capacity(list.len()));
    for place in in_order(list) {
        let (Some(entry), false) = (list.get(place), fields.is_full()) else { break };
        let Some(mut inside) = fields.inside(&format!("{key}.{place}"), entry) else { continue };
        let given = inside.value("id").and_then(Value::as_str);
        let known = |id: &FieldId| match identity {
            Identity::Among(form) => form.iter().find(|field| field.id() == *id),
            Identity::Import | Identity::New => None,
        };
        let current = given.and_then(|id| id.parse().ok()).as_ref().and_then(known);
        if given.is_some() && current.is_none() && matches!(identity, Identity::Among(_)) {
            inside.fault("id", "This field does not exist.");
        }
        let alias = inside.text("alias").filter(|_| matches!(identity, Identity::Import));
        let mut field = current.cloned().unwrap_or_else(|| {
            let id = given.filter(|_| matches!(identity, Identity::Import));
            let id = id.and_then(|id| reading.refs.new_field(id)).unwrap_or_else(|| reading.ids.field());
            blank(id, i64::try_from(place + 1).unwrap_or(i64::MAX))
        });
        read_field(&mut inside, &mut field, &mut reading.settings.fields, current.is_none());
        if let Some(alias) = alias {
            alias.clone_into(&mut field.definition.alias);
        }
        fields.absorb(&inside);
        form.push(field);
        kept.push(place);
    }
    reading.paths.note(format!("{full}{key}"), kept);
    Some(form)
}

fn draft(label: String, position: i64) -> FieldDraft {
    let (options, columns) = Default::default();
    FieldDraft {
        label,
        field_type: FieldType::Text,
        required: false,
        options,
        columns,
        guidance: None,
        position,
    }
}

/// A field that says nothing yet.
pub(super) fn blank(id: FieldId, position: i64) -> Field {
    let definition = draft(String::new(), position).with_id(id);
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

/// Reads what is said about a field onto it. A new one must have a label and a
/// type, and gets its alias.
pub(super) fn read_field(
    fields: &mut Fields<'_>,
    field: &mut Field,
    all: &mut BTreeMap<FieldId, FieldSettings>,
    is_new: bool,
) {
    fields.ignore(&["id", "checklist_id", "step_id", "alias", "created_at", "last_updated", "archived_at"]);
    fields.ignore(&["deleted_at", "custom_fields", "value", "run_id"]);
    let id = field.id();
    let definition = &mut field.definition;
    if (is_new || fields.take("label").is_some())
        && let Some(label) = fields.required_text("label")
    {
        label.trim().clone_into(&mut definition.label);
    }
    if is_new {
        definition.alias = draft(definition.label.clone(), 0).with_id(id).alias;
    }
    let is_typed = read_type(fields, &mut definition.field_type, is_new);
    fields.put_flag("required", &mut definition.required);
    fields.put_text("guidance", &mut definition.guidance, check_long_text);
    if let Some(position) = fields.integer("position", i64::from(i32::MIN)) {
        definition.position = position;
    }
    if is_typed {
        let has_options = definition.field_type.has_options();
        read_choices(fields, "options", "text", &mut definition.options, has_options, is_new);
        let has_columns = definition.field_type == FieldType::Table;
        read_choices(fields, "columns", "label", &mut definition.columns, has_columns, is_new);
    } else {
        // What belongs to a type that is not known is not looked at.
        fields.ignore(&["options", "columns"]);
    }
    read_validation(fields, &mut field.validation, field.definition.required);
    fields.put_flag("default_to_guest", &mut field.default_to_guest);
    let settings = all.entry(id).or_default();
    fields.put_flag("use_wysiwyg_editor", &mut settings.use_wysiwyg_editor);
    fields.put_flag("collect_time", &mut settings.collect_time);
    fields.put_text("prefix", &mut settings.prefix, short);
    fields.put_text("suffix", &mut settings.suffix, short);
    warn_of_more(fields);
    read_default(fields, field, settings);
}

/// Says what is not kept.
fn warn_of_more(fields: &mut Fields<'_>) {
    for key in ["settings", "list"] {
        let says_something = fields.value(key).is_some_and(|value| match value {
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        });
        if says_something {
            fields.warn(key, "is not kept here and was ignored.");
        }
    }
}

/// A short text of one line.
pub(super) fn short(text: &str) -> Result<Option<String>, String> {
    limited_line(text, 250)
}

/// A text of one line that may be absent: blank clears.
pub(super) fn limited_line(text: &str, limit: usize) -> Result<Option<String>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    check_line(text)?;
    if text.chars().count() > limit {
        return Err(format!("may not be greater than {limit} characters"));
    }
    Ok(Some(text.to_owned()))
}

/// Whether the type is known, so that the rest can be read by it.
fn read_type(fields: &mut Fields<'_>, field_type: &mut FieldType, is_new: bool) -> bool {
    if fields.value("field_type").is_none() {
        if is_new {
            fields.fault("field_type", "The field_type field is required.");
        }
        return !is_new;
    }
    let names: Vec<&str> = FieldType::ALL.iter().map(|kind| kind.as_str()).collect();
    let found = fields.word("field_type", &names, FieldType::parse);
    *field_type = found.unwrap_or(*field_type);
    found.is_some()
}

/// Options or columns: texts, or objects with an id and a text, either all
/// with an id or none. Without ids, those of the same text keep theirs.
fn read_choices<'a>(
    fields: &mut Fields<'a>,
    key: &'a str,
    text_key: &str,
    choices: &mut Vec<Choice>,
    counts: bool,
    is_new: bool,
) {
    if !counts {
        // Exports have an empty list with every type.
        if fields.value(key).is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty())) {
            fields.warn(key, "says nothing for fields of this type and was ignored.");
        }
        choices.clear();
        return;
    }
    let Some(list) = fields.list(key, MAX_CHOICES) else {
        // A new field without any is told so by the check of the whole.
        return;
    };
    let mut read = Vec::with_capacity(list.len());
    for (place, entry) in list.iter().enumerate() {
        let (id, text) = match entry {
            Value::Object(entry) => {
                let text = entry.get(text_key).or_else(|| entry.get("text")).or_else(|| entry.get("label"));
                (entry.get("id").filter(|id| !id.is_null()), text)
            }
            text => (None, Some(text)),
        };
        let text = match text {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                fields.fault(format!("{key}.{place}.{text_key}"), "This text is required.");
                continue;
            }
        };
        let id = id.map(|id| integer(id).filter(|id| (1..=i64::from(i32::MAX)).contains(id)));
        if id == Some(None) {
            fields.fault(format!("{key}.{place}.id"), "The id must be a positive integer.");
        }
        read.push((place, id.map(|id| id.unwrap_or(0)), text));
    }
    if read.iter().any(|(_, id, _)| id.is_some()) {
        for (place, _, _) in read.iter().filter(|(_, id, _)| id.is_none()) {
            fields.fault(format!("{key}.{place}.id"), "The id is required, since others have one.");
        }
    }
    *choices = numbered(read, if is_new { &[] } else { choices });
}

/// Gives ids to those who have none.
fn numbered(read: Vec<(usize, Option<i64>, String)>, before: &[Choice]) -> Vec<Choice> {
    let known: BTreeMap<&str, i64> = before.iter().map(|choice| (choice.text.as_str(), choice.id)).collect();
    let mut next = before.iter().map(|choice| choice.id).max().unwrap_or(0);
    let mut used = BTreeSet::new();
    let numbered = read.into_iter().map(|(_, id, text)| {
        let kept = id.or_else(|| known.get(text.as_str()).copied().filter(|id| used.insert(*id)));
        let id = kept.unwrap_or_else(|| {
            next += 1;
            next
        });
        Choice { id, text }
    });
    numbered.collect()
}

/// Words, as a list or with `|` between them.
fn read_validation(fields: &mut Fields<'_>, validation: &mut Validation, is_required: bool) {
    let words: Vec<&str> = match fields.take("field_validation") {
        None => return,
        Some(Value::Null) => Vec::new(),
        Some(Value::String(words)) => words.split('|').collect(),
        Some(Value::Array(list)) if list.len() <= 50 && list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect()
        }
        Some(_) => {
            fields.fault("field_validation", "The field_validation must be a list of words.");
            return;
        }
    };
    let mut read = Validation::default();
    for (place, word) in words.iter().map(|word| word.trim()).enumerate() {
        let (name, rest) = word.split_once(':').unwrap_or((word, ""));
        match name {
            "" | "nullable" | "string" => {}
            "required" if is_required => {}
            "required" => fields.warn(
                &format!("field_validation.{place}"),
                "says nothing: whether the field must be filled in is said by required, which is false.",
            ),
            "min" | "max" => match rest.trim().parse() {
                Ok(limit) if name == "min" => read.min = Some(limit),
                Ok(limit) => read.max = Some(limit),
                Err(_) => fields.fault(
                    format!("field_validation.{place}"),
                    format!("The {name} must be an integer, as in {name}:3."),
                ),
            },
            "must_all_checked" => read.must_all_checked = true,
            "mimes" => {
                let extensions = rest.split(',').map(|end| end.trim().trim_start_matches('.'));
                let extensions = extensions.filter(|end| !end.is_empty()).map(str::to_ascii_lowercase);
                read.extensions = extensions.take(100).collect();
            }
            name => match TextFormat::parse(name) {
                Some(format) if read.format.is_none_or(|other| other == format) => read.format = Some(format),
                Some(_) => fields.warn(
                    &format!("field_validation.{place}"),
                    "was ignored: a text has one form, and another one was named before.",
                ),
                None => fields.warn(
                    &format!("field_validation.{place}"),
                    "names a check that is not known here and was ignored.",
                ),
            },
        }
    }
    *validation = read;
}

/// A default that is switched off is kept all the same.
fn read_default(fields: &mut Fields<'_>, field: &mut Field, settings: &mut FieldSettings) {
    let was_enabled = field.default.is_some();
    let mut default = field.default.take().or(settings.unused_default.take());
    let mut enabled = was_enabled;
    if let Some(value) = fields.take("default_value") {
        default = read_default_value(fields, field, value);
        enabled = default.is_some();
    }
    enabled = fields.flag("default_value_enabled").unwrap_or(enabled);
    if enabled {
        field.default = default;
    } else {
        settings.unused_default = default;
    }
}

fn read_default_value<'a>(fields: &mut Fields<'a>, field: &Field, value: &'a Value) -> Option<DefaultAnswer> {
    if field.definition.field_type == FieldType::Date && value.is_object() {
        let mut inside = fields.inside("default_value", value)?;
        let offset = read_span(&mut inside);
        let direction = match inside.value("option") {
            None => Some(Direction::From),
            Some(_) => inside.word("option", &["from", "before"], Direction::parse),
        };
        fields.absorb(&inside);
        return Some(DefaultAnswer::Today { offset: offset?, direction: direction? });
    }
    match answers::read(&field.definition, value, true) {
        Ok(answer) => answer.map(DefaultAnswer::Answer),
        Err(fault) => {
            fields.fault("default_value", format!("The default_value {fault}."));
            None
        }
    }
}
