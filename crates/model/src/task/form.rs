//! Form fields: what a task asks for, and the answers (`product.md` 2.6).
//!
//! The JSON shapes of values are the wire's business; here are their meaning
//! and their limits.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::ids::{FieldId, FileId, GroupId, MemberId};

use super::dates;

/// The kinds of fields that the running clients know (`wire.md` A4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line, at most 200 characters.
    Text,
    /// Many lines, at most 30,000 characters.
    Textarea,
    /// One of the options, by its text.
    Radio,
    /// One of the options, by id and text.
    Dropdown,
    /// Any number of the options.
    Multiselect,
    /// A date, with or without a time.
    Date,
    /// An address.
    Email,
    /// Uploaded files.
    File,
    /// One entry a column.
    Table,
    /// People.
    AssigneesForm,
}

impl FieldType {
    /// All types.
    pub const ALL: &[Self] = &[
        Self::Text,
        Self::Textarea,
        Self::Radio,
        Self::Dropdown,
        Self::Multiselect,
        Self::Date,
        Self::Email,
        Self::File,
        Self::Table,
        Self::AssigneesForm,
    ];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Textarea => "textarea",
            Self::Radio => "radio",
            Self::Dropdown => "dropdown",
            Self::Multiselect => "multiselect",
            Self::Date => "date",
            Self::Email => "email",
            Self::File => "file",
            Self::Table => "table",
            Self::AssigneesForm => "assignees_form",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether fields of this type have options.
    pub fn has_options(self) -> bool {
        matches!(self, Self::Radio | Self::Dropdown | Self::Multiselect)
    }
}

/// A form field of a task, with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// The public id.
    pub id: FieldId,
    /// Another name, made from the first label and never changed.
    pub alias: String,
    /// What people read, at most 600 characters.
    pub label: String,
    /// What it takes.
    pub field_type: FieldType,
    /// Whether the task cannot be completed without it.
    pub required: bool,
    /// What can be chosen; empty for types without options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The columns of a table; empty for other types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Choice>,
    /// Advice, at most 30,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
    /// Where it stands among the fields, from 1.
    pub position: i64,
    /// What was filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<FieldValue>,
}

/// An option of a field, or a column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Unique within the field.
    pub id: i64,
    /// What people read.
    pub text: String,
}

/// What was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Text: also an address, a date, and the text of a radio button.
    Text(String),
    /// The id of one option.
    Option(i64),
    /// The ids of several options, in the options' order.
    Options(Vec<i64>),
    /// One text a column.
    Row(Vec<String>),
    /// People.
    People {
        /// Members.
        users: Vec<MemberId>,
        /// Addresses.
        guests: Vec<String>,
        /// Groups.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<GroupId>,
    },
    /// Uploaded files.
    Files(Vec<FileRef>),
}

impl FieldValue {
    /// The most files in one field.
    pub const MAX_FILES: usize = 100;
}

/// An uploaded file, as answers name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// The file.
    pub id: FileId,
    /// What it was called when it was uploaded.
    pub filename: String,
}

/// A field without an id: what a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDraft {
    /// See [`FormField::label`].
    pub label: String,
    /// See [`FormField::field_type`].
    pub field_type: FieldType,
    /// See [`FormField::required`].
    pub required: bool,
    /// See [`FormField::options`].
    pub options: Vec<Choice>,
    /// See [`FormField::columns`].
    pub columns: Vec<Choice>,
    /// See [`FormField::guidance`].
    pub guidance: Option<String>,
    /// See [`FormField::position`].
    pub position: i64,
}

impl FieldDraft {
    /// The field under a fresh id.
    pub fn with_id(self, id: FieldId) -> FormField {
        FormField {
            alias: alias(&self.label, id),
            id,
            label: self.label,
            field_type: self.field_type,
            required: self.required,
            options: self.options,
            columns: self.columns,
            guidance: self.guidance,
            position: self.position,
            value: None,
        }
    }
}

/// `Name of the firm` becomes `name-of-the-firm-0a1b2c`.
pub(crate) fn alias(label: &str, id: FieldId) -> String {
    let id = id.to_string();
    // The first digits are the time and alike in fields made together.
    format!("{}-{}", crate::text::slug(label), &id[id.len() - 6..])
}

/// Limits of what can be filled in (`wire.md` 2.4, D16).
const TEXT_LIMIT: usize = 200;
/// Also the limit of summaries and guidance.
pub const LONG_TEXT_LIMIT: usize = 30_000;

impl FormField {
    /// Whether a caller's key names this field.
    pub fn is_called(&self, key: &str) -> bool {
        self.alias == key || key.parse() == Ok(self.id)
    }

    /// The option with this id.
    pub fn option(&self, id: i64) -> Option<&Choice> {
        self.options.iter().find(|option| option.id == id)
    }

    /// Checks a value that already has the shape for this field's type, or
    /// says what is wrong with it.
    pub fn check(&self, value: &FieldValue) -> Result<(), String> {
        match (self.field_type, value) {
            (FieldType::Text, FieldValue::Text(text)) => {
                check_line(text)?;
                check_length(text, TEXT_LIMIT)
            }
            (FieldType::Textarea, FieldValue::Text(text)) => {
                check_lines(text)?;
                check_length(text, LONG_TEXT_LIMIT)
            }
            (FieldType::Radio, FieldValue::Text(text)) => self
                .options
                .iter()
                .any(|option| option.text == *text)
                .then_some(())
                .ok_or_else(|| "must be the text of one of the options".to_owned()),
            (FieldType::Date, FieldValue::Text(text)) => {
                // Any time zone shows whether it is a date.
                dates::read(text, &jiff::tz::TimeZone::UTC, dates::Edge::Start).map(drop)
            }
            (FieldType::Email, FieldValue::Text(text)) => {
                EmailAddress::parse(text).map(drop).map_err(|error| error.to_string())
            }
            (FieldType::Dropdown, FieldValue::Option(id)) => self.check_option(*id),
            (FieldType::Multiselect, FieldValue::Options(ids)) => {
                ids.iter().try_for_each(|id| self.check_option(*id))
            }
            (FieldType::Table, FieldValue::Row(cells)) => {
                if cells.len() != self.columns.len() {
                    return Err("Number of columns does not match required columns".to_owned());
                }
                cells.iter().try_for_each(|cell| {
                    check_lines(cell)?;
                    check_length(cell, LONG_TEXT_LIMIT)
                })
            }
            (FieldType::AssigneesForm, FieldValue::People { guests, .. }) => {
                guests.iter().try_for_each(|guest| {
                    EmailAddress::parse(guest)
                        .map(drop)
                        .map_err(|_| "must hold valid email addresses in guests".to_owned())
                })
            }
            (FieldType::File, FieldValue::Files(files)) => check_files(files),
            _ => Err("has the wrong form for this field".to_owned()),
        }
    }

    fn check_option(&self, id: i64) -> Result<(), String> {
        self.option(id).map(drop).ok_or_else(|| "must be one of the options".to_owned())
    }
}

/// Checks how many files there are, and what they are called.
pub(crate) fn check_files(files: &[FileRef]) -> Result<(), String> {
    if files.len() > FieldValue::MAX_FILES {
        return Err(format!("may not hold more than {} files", FieldValue::MAX_FILES));
    }
    files.iter().try_for_each(|file| check_line(&file.filename))
}

fn check_length(text: &str, limit: usize) -> Result<(), String> {
    if text.chars().count() > limit {
        return Err(format!("may not be greater than {limit} characters"));
    }
    Ok(())
}

/// One line of visible text.
pub fn check_line(text: &str) -> Result<(), String> {
    if text.chars().any(crate::text::is_hidden) {
        return Err("must not contain control or invisible characters".to_owned());
    }
    Ok(())
}

/// Text of several lines.
pub fn check_lines(text: &str) -> Result<(), String> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("must not contain control characters".to_owned());
    }
    Ok(())
}

/// A long text that may be absent: blank clears.
pub fn check_long_text(text: &str) -> Result<Option<String>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    check_lines(text)?;
    check_length(text, LONG_TEXT_LIMIT)?;
    Ok(Some(text.to_owned()))
}

/// The form fields' values as text, for the activity feed.
pub(super) fn describe(field: &FormField) -> Option<String> {
    let option = |id: i64| field.option(id).map_or_else(|| id.to_string(), |option| option.text.clone());
    field.value.as_ref().map(|value| match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Option(id) => option(*id),
        FieldValue::Options(ids) => ids.iter().map(|id| option(*id)).collect::<Vec<_>>().join(", "),
        FieldValue::Row(cells) => cells.join(" | "),
        FieldValue::Files(files) => {
            files.iter().map(|file| file.filename.as_str()).collect::<Vec<_>>().join(", ")
        }
        FieldValue::People { users, guests, groups } => {
            let users = users.iter().map(|id| format!("member {id}"));
            let groups = groups.iter().map(|id| format!("group {id}"));
            users.chain(guests.iter().cloned()).chain(groups).collect::<Vec<_>>().join(", ")
        }
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn text_field(number: u8, required: bool) -> FormField {
        draft("Name of the firm", FieldType::Text, required).with_id(FieldId::new(1, [number; 10]))
    }

    fn draft(label: &str, field_type: FieldType, required: bool) -> FieldDraft {
        let choices =
            || [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() }).to_vec();
        FieldDraft {
            label: label.to_owned(),
            field_type,
            required,
            options: if field_type.has_options() { choices() } else { Vec::new() },
            columns: if field_type == FieldType::Table { choices() } else { Vec::new() },
            guidance: None,
            position: 1,
        }
    }

    fn check(field_type: FieldType, value: &FieldValue) -> Result<(), String> {
        draft("Field", field_type, false).with_id(FieldId::new(1, [1; 10])).check(value)
    }

    #[test]
    fn words_round_trip_and_are_stored_as_such() {
        for kind in FieldType::ALL {
            assert_eq!(FieldType::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(FieldType::parse("number"), None);
    }

    #[test]
    fn fields_answer_to_id_and_alias() {
        let field = text_field(7, false);
        assert_eq!(field.alias, "name-of-the-firm-070707");
        assert!(field.is_called(&field.alias) && field.is_called(&field.id.to_string()));
        assert!(!field.is_called("name-of-the-firm") && !field.is_called("Name of the firm"));
    }

    #[test]
    fn values_are_checked_by_type() {
        use FieldType as T;
        let text = |text: &str| FieldValue::Text(text.to_owned());
        let row = |cells: &[&str]| FieldValue::Row(cells.iter().map(|cell| (*cell).to_owned()).collect());
        for (kind, value) in [
            (T::Text, text(&"ä".repeat(200))),
            (T::Textarea, text("two\nlines")),
            (T::Radio, text("red")),
            (T::Dropdown, FieldValue::Option(2)),
            (T::Multiselect, FieldValue::Options(vec![1, 2])),
            (T::Date, text("2025-01-31")),
            (T::Date, text("2025-01-31T10:00:00Z")),
            (T::Email, text("a@b.example")),
            (T::Table, row(&["a", ""])),
            (
                T::AssigneesForm,
                FieldValue::People { users: vec![], guests: vec!["a@b.example".into()], groups: vec![] },
            ),
        ] {
            assert_eq!(check(kind, &value), Ok(()), "{kind:?} {value:?}");
        }
        for (kind, value) in [
            (T::Text, text(&"ä".repeat(201))),
            (T::Text, text("two\nlines")),
            (T::Textarea, text(&"a".repeat(30_001))),
            (T::Textarea, text("a\0b")),
            (T::Radio, text("blue")),
            (T::Dropdown, FieldValue::Option(3)),
            (T::Multiselect, FieldValue::Options(vec![1, 3])),
            (T::Date, text("tomorrow")),
            (T::Email, text("nobody")),
            (T::Table, row(&["a"])),
            (
                T::AssigneesForm,
                FieldValue::People { users: vec![], guests: vec!["a".into()], groups: vec![] },
            ),
            (T::Text, FieldValue::Option(1)),
            (T::File, text("a")),
        ] {
            assert!(check(kind, &value).is_err(), "{kind:?} {value:?}");
        }
    }
}
