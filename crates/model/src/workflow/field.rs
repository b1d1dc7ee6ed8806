//! Form fields of steps (captures) and of kick-off forms (`product.md` 2.6),
//! and what is filled in.
//!
//! What a field asks for is the [`FormField`] that one-off tasks have too.
//! Processes add defaults, stricter checks, groups of people and files.
//!
//! Two questions are kept apart, since answers are saved while they are typed:
//! whether an answer can be kept ([`Field::check`]), and whether the task can
//! be completed with it ([`Field::missing`]).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::ids::FieldId;
use crate::task::form::{FieldType, FieldValue, FormField, check_files};

pub use crate::task::form::FileRef;

use super::calendar::{Direction, Offset};
use super::number::Decimal;
use super::people::People;

/// A field of a step or of a kick-off form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it asks for. Its `value` is not used: answers belong to processes.
    pub definition: FormField,
    /// What else is asked of answers.
    #[serde(default)]
    pub validation: Validation,
    /// What is filled in when the process is launched (`default_value`).
    #[serde(default)]
    pub default: Option<DefaultAnswer>,
    /// People pickers of kick-off forms: whether whoever submits the public
    /// form is put in (`product.md` 1.4, 10).
    #[serde(default)]
    pub default_to_guest: bool,
}

/// What is asked of an answer before a task is completed (`field_validation`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validation {
    /// Texts: the form they must have.
    pub format: Option<TextFormat>,
    /// Numeric texts: the smallest number. Other texts: the fewest characters.
    pub min: Option<i64>,
    /// Numeric texts: the largest number. Other texts: the most characters.
    pub max: Option<i64>,
    /// Multiselects: every option must be chosen.
    pub must_all_checked: bool,
    /// Files: the extensions that are allowed, in lower case; none: all.
    pub extensions: Vec<String>,
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// A decimal number.
    Numeric,
    /// An address.
    Email,
    /// A full web address.
    Url,
    /// Letters.
    Alpha,
    /// Letters and digits.
    AlphaNum,
    /// Letters, digits, hyphens and underscores.
    AlphaDash,
}

impl TextFormat {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Numeric, Self::Email, Self::Url, Self::Alpha, Self::AlphaNum, Self::AlphaDash];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Email => "email",
            Self::Url => "url",
            Self::Alpha => "alpha",
            Self::AlphaNum => "alpha_num",
            Self::AlphaDash => "alpha_dash",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.as_str() == text)
    }

    fn check(self, text: &str) -> Result<(), &'static str> {
        let all = |fits: fn(char) -> bool| text.chars().all(fits);
        let (fits, fault) = match self {
            Self::Numeric => (Decimal::parse(text).is_some(), "must be a number"),
            Self::Email => (EmailAddress::parse(text).is_ok(), "must be a valid email address"),
            Self::Url => (crate::guest::check_url(text).is_ok(), "must be a full web address"),
            Self::Alpha => (all(char::is_alphabetic), "may only contain letters"),
            Self::AlphaNum => (all(char::is_alphanumeric), "may only contain letters and digits"),
            Self::AlphaDash => (
                all(|c| c.is_alphanumeric() || c == '-' || c == '_'),
                "may only contain letters, digits, hyphens and underscores",
            ),
        };
        if fits { Ok(()) } else { Err(fault) }
    }
}

/// What a field starts with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultAnswer {
    /// An answer; variables in texts are replaced at the launch.
    Answer(Answer),
    /// A date so long behind or in front of the day of the launch.
    Today {
        /// How long.
        offset: Offset,
        /// Which side.
        direction: Direction,
    },
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Whatever fields of one-off tasks hold too, people excepted.
    Value(FieldValue),
    /// The answer to `assignees_form`.
    People(People),
    /// The answer to `file`.
    Files(Vec<FileRef>),
}

impl Answer {
    /// The most files in one field.
    pub const MAX_FILES: usize = FieldValue::MAX_FILES;

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Value(FieldValue::Text(text.into()))
    }

    /// Whether it says nothing: such an answer clears the field.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Value(FieldValue::Text(text)) => text.trim().is_empty(),
            Self::Value(FieldValue::Option(_)) => false,
            Self::Value(FieldValue::Options(ids)) => ids.is_empty(),
            Self::Value(FieldValue::Row(cells)) => cells.iter().all(|cell| cell.trim().is_empty()),
            Self::Value(FieldValue::People { users, guests, groups }) => {
                users.is_empty() && guests.is_empty() && groups.is_empty()
            }
            Self::People(people) => people.is_empty(),
            Self::Value(FieldValue::Files(files)) | Self::Files(files) => files.is_empty(),
        }
    }

    /// The texts that rules compare: options by their texts, cells in the order
    /// of the columns, files by name, members and groups by id.
    pub fn texts<'a>(&'a self, field: &'a FormField) -> Vec<Cow<'a, str>> {
        let option = |id: &i64| field.option(*id).map(|option| Cow::Borrowed(option.text.as_str()));
        match self {
            Self::Value(FieldValue::Text(text)) => vec![Cow::Borrowed(text.as_str())],
            Self::Value(FieldValue::Option(id)) => option(id).into_iter().collect(),
            Self::Value(FieldValue::Options(ids)) => ids.iter().filter_map(option).collect(),
            Self::Value(FieldValue::Row(cells)) => {
                cells.iter().map(|cell| Cow::Borrowed(cell.as_str())).collect()
            }
            Self::Value(FieldValue::People { users, guests, groups }) => users
                .iter()
                .map(|id| Cow::Owned(id.to_string()))
                .chain(guests.iter().map(|guest| Cow::Borrowed(guest.as_str())))
                .chain(groups.iter().map(|id| Cow::Owned(id.to_string())))
                .collect(),
            Self::People(people) => {
                let users = people.users().iter().map(|id| Cow::Owned(id.to_string()));
                let guests = people.guests().iter().map(|guest| Cow::Borrowed(guest.as_str()));
                let groups = people.groups().iter().map(|id| Cow::Owned(id.to_string()));
                users.chain(guests).chain(groups).collect()
            }
            Self::Value(FieldValue::Files(files)) | Self::Files(files) => {
                files.iter().map(|file| Cow::Borrowed(file.filename.as_str())).collect()
            }
        }
    }
}

impl Field {
    /// The public id.
    pub fn id(&self) -> FieldId {
        self.definition.id
    }

    /// Whether an answer can be kept, or what is wrong with it.
    pub fn check(&self, answer: &Answer) -> Result<(), String> {
        match (self.definition.field_type, answer) {
            (FieldType::AssigneesForm, Answer::People(people)) if people.len() > People::LIMIT => {
                Err(format!("may not name more than {} people", People::LIMIT))
            }
            (FieldType::AssigneesForm, Answer::People(_)) => Ok(()),
            (FieldType::File, Answer::Files(files)) => self.check_files(files),
            (FieldType::AssigneesForm | FieldType::File, Answer::Value(_)) => {
                Err("has the wrong form for this field".to_owned())
            }
            (_, Answer::Value(value)) => self.definition.check(value),
            (_, Answer::People(_) | Answer::Files(_)) => Err("has the wrong form for this field".to_owned()),
        }
    }

    fn check_files(&self, files: &[FileRef]) -> Result<(), String> {
        check_files(files)?;
        let allowed = &self.validation.extensions;
        files.iter().try_for_each(|file| {
            let extension = file.filename.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
            if allowed.is_empty() || extension.is_some_and(|extension| allowed.contains(&extension)) {
                return Ok(());
            }
            Err(format!("may only hold files of these kinds: {}", allowed.join(", ")))
        })
    }

    /// What keeps the task or the form from being completed with this answer.
    pub fn missing(&self, answer: Option<&Answer>) -> Option<String> {
        let Some(answer) = answer.filter(|answer| !answer.is_empty()) else {
            let asked = self.definition.required || self.must_all_be_checked();
            return asked.then(|| format!("The field “{}” must be filled in.", self.definition.label));
        };
        let fault = match answer {
            Answer::Value(FieldValue::Text(text)) => self.check_text(text).err(),
            Answer::Value(FieldValue::Options(ids))
                if self.must_all_be_checked()
                    && self.definition.options.iter().any(|option| !ids.contains(&option.id)) =>
            {
                Some("must have every option checked".to_owned())
            }
            _ => None,
        };
        fault.map(|fault| format!("The field “{}” {fault}.", self.definition.label))
    }

    fn must_all_be_checked(&self) -> bool {
        self.validation.must_all_checked && self.definition.field_type == FieldType::Multiselect
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        if !matches!(self.definition.field_type, FieldType::Text | FieldType::Textarea) {
            return Ok(());
        }
        let Validation { format, min, max, .. } = self.validation;
        format.map_or(Ok(()), |format| format.check(text)).map_err(ToOwned::to_owned)?;
        let (low, high) = if format == Some(TextFormat::Numeric) {
            let within = |limit: i64, order| {
                Decimal::parse(text)
                    .zip(Decimal::parse(&limit.to_string()))
                    .is_some_and(|(number, limit)| number.cmp(&limit) == order)
            };
            (
                min.is_some_and(|min| within(min, std::cmp::Ordering::Less)),
                max.is_some_and(|max| within(max, std::cmp::Ordering::Greater)),
            )
        } else {
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            (min.is_some_and(|min| length < min), max.is_some_and(|max| length > max))
        };
        let what = if format == Some(TextFormat::Numeric) { "" } else { " characters" };
        match (low.then_some(min).flatten(), high.then_some(max).flatten()) {
            (Some(min), _) => Err(format!("must be at least {min}{what}")),
            (None, Some(max)) => Err(format!("may not be greater than {max}{what}")),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ids::FileId;

    fn of(kind: FieldType, validation: Validation) -> Field {
        Field { validation, ..field(1, kind) }
    }

    #[test]
    fn every_type_keeps_its_own_shape_only() {
        let file = |name: &str| FileRef { id: FileId::new(1, [1; 10]), filename: name.to_owned() };
        let answers = |kind| match kind {
            FieldType::Text | FieldType::Textarea => Answer::text("x"),
            FieldType::Radio => Answer::text("red"),
            FieldType::Dropdown => Answer::Value(FieldValue::Option(1)),
            FieldType::Multiselect => Answer::Value(FieldValue::Options(vec![1])),
            FieldType::Date => Answer::text("2025-05-15"),
            FieldType::Email => Answer::text("a@b.example"),
            FieldType::File => Answer::Files(vec![file("a.pdf")]),
            FieldType::Table => Answer::Value(FieldValue::Row(vec!["a".to_owned(), String::new()])),
            FieldType::AssigneesForm => Answer::People(People::members([member(1)])),
        };
        for kind in FieldType::ALL {
            let field = of(*kind, Validation::default());
            assert_eq!(field.check(&answers(*kind)), Ok(()), "{kind:?}");
            assert!(!answers(*kind).is_empty() && !answers(*kind).texts(&field.definition).is_empty());
            for wrong in [
                Answer::Value(FieldValue::Option(99)),
                Answer::Value(FieldValue::Row(vec![String::new(); 3])),
                Answer::text("\0"),
            ] {
                assert!(field.check(&wrong).is_err(), "{kind:?} {wrong:?}");
            }
        }
        let old_people =
            Answer::Value(FieldValue::People { users: Vec::new(), guests: Vec::new(), groups: Vec::new() });
        assert!(of(FieldType::AssigneesForm, Validation::default()).check(&old_people).is_err());
        let many = Answer::People(People::members((1..=201).map(member)));
        assert!(of(FieldType::AssigneesForm, Validation::default()).check(&many).is_err());
        let pdf = Validation { extensions: vec!["pdf".to_owned()], ..Validation::default() };
        assert!(of(FieldType::File, pdf.clone()).check(&Answer::Files(vec![file("A.PDF")])).is_ok());
        for wrong in ["a.exe", "pdf"] {
            assert!(of(FieldType::File, pdf.clone()).check(&Answer::Files(vec![file(wrong)])).is_err());
        }
    }

    #[test]
    fn completing_asks_more_than_saving() {
        let rule = |format, min, max| Validation { format, min, max, ..Validation::default() };
        for (validation, text, fits) in [
            (rule(Some(TextFormat::Numeric), Some(3), Some(9)), "9.0", true),
            (rule(Some(TextFormat::Numeric), Some(3), Some(9)), "9.01", false),
            (rule(Some(TextFormat::Numeric), Some(3), Some(9)), "2.99", false),
            (rule(Some(TextFormat::Numeric), None, None), "many", false),
            (rule(Some(TextFormat::Email), None, None), "a@b.example", true),
            (rule(Some(TextFormat::Email), None, None), "a", false),
            (rule(Some(TextFormat::Url), None, None), "https://a.example/x", true),
            (rule(Some(TextFormat::Url), None, None), "a.example", false),
            (rule(Some(TextFormat::Alpha), None, None), "Zoë", true),
            (rule(Some(TextFormat::Alpha), None, None), "Zoë1", false),
            (rule(Some(TextFormat::AlphaNum), None, None), "Zoë1", true),
            (rule(Some(TextFormat::AlphaNum), None, None), "Zoë-1", false),
            (rule(Some(TextFormat::AlphaDash), None, None), "Zoë-1_", true),
            (rule(Some(TextFormat::AlphaDash), None, None), "Zoë 1", false),
            (rule(None, Some(2), Some(3)), "äö", true),
            (rule(None, Some(2), Some(3)), "ä", false),
            (rule(None, Some(2), Some(3)), "äöüß", false),
        ] {
            let field = of(FieldType::Text, validation);
            let answer = Answer::text(text);
            assert_eq!(field.check(&answer), Ok(()), "saved as typed: {text}");
            assert_eq!(field.missing(Some(&answer)).is_none(), fits, "{text}");
        }
    }

    #[test]
    fn what_is_required_may_not_be_blank_and_checklists_may_be_whole() {
        let mut required = of(FieldType::Text, Validation::default());
        assert_eq!(required.missing(None), None);
        required.definition.required = true;
        for blank in [None, Some(Answer::text("  "))] {
            assert!(required.missing(blank.as_ref()).unwrap().contains("“Field 1”"));
        }
        let all = Validation { must_all_checked: true, ..Validation::default() };
        let checklist = of(FieldType::Multiselect, all);
        for (chosen, fits) in [(vec![], false), (vec![1], false), (vec![1, 2], true)] {
            let answer = Answer::Value(FieldValue::Options(chosen));
            assert_eq!(checklist.missing(Some(&answer)).is_none(), fits);
        }
        let table = Field {
            definition: FormField {
                required: true,
                ..of(FieldType::Table, Validation::default()).definition
            },
            ..of(FieldType::Table, Validation::default())
        };
        assert!(table.missing(Some(&Answer::Value(FieldValue::Row(vec![" ".to_owned(); 2])))).is_some());
    }

    #[test]
    fn words_round_trip() {
        for format in TextFormat::ALL {
            assert_eq!(TextFormat::parse(format.as_str()), Some(*format));
        }
    }
}
