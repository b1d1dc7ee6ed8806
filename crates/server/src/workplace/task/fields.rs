//! How a task's fields look in a page.

use hospes_model::MemberId;
use hospes_model::task::dates;
use hospes_model::task::form::{FieldType, FieldValue};
use hospes_model::workflow::{Answer, TextFormat};
use jiff::civil::Date;

use super::file_fields::FilesView;
use super::questions::{Posted, Question};
use crate::text::{Text, visible};
use crate::workplace::rich;
use crate::workplace::session::Fields;

/// A field as the template shows it.
#[derive(Debug)]
pub(in crate::workplace) struct FieldView {
    pub(in crate::workplace) name: String,
    pub(in crate::workplace) mark_name: String,
    pub(in crate::workplace) mark: String,
    pub(in crate::workplace) kind: &'static str,
    pub(in crate::workplace) label: String,
    pub(in crate::workplace) required: bool,
    pub(in crate::workplace) guidance: Option<String>,
    pub(in crate::workplace) hint: String,
    pub(in crate::workplace) input: &'static str,
    pub(in crate::workplace) mode: &'static str,
    pub(in crate::workplace) value: String,
    pub(in crate::workplace) choices: Vec<Choice>,
    pub(in crate::workplace) cells: Vec<Cell>,
    /// Those picked whom the guest does not type: names, and files.
    pub(in crate::workplace) kept: Vec<String>,
    /// Of file fields: what is in it.
    pub(in crate::workplace) files: Option<FilesView>,
    /// What is wrong with what was typed.
    pub(in crate::workplace) fault: Option<String>,
    /// What somebody else filled in meanwhile.
    pub(in crate::workplace) meanwhile: Option<String>,
    /// The answer in words, for pages that are only read.
    pub(in crate::workplace) shown: String,
}

/// An option.
#[derive(Debug)]
pub(in crate::workplace) struct Choice {
    pub(in crate::workplace) id: i64,
    pub(in crate::workplace) text: String,
    pub(in crate::workplace) chosen: bool,
}

/// A cell of a table.
#[derive(Debug)]
pub(in crate::workplace) struct Cell {
    pub(in crate::workplace) name: String,
    pub(in crate::workplace) label: String,
    pub(in crate::workplace) value: String,
}

/// What a page knows beside the questions.
#[derive(Debug, Clone, Copy)]
pub(in crate::workplace) struct Around<'a> {
    pub(in crate::workplace) text: &'a Text,
    /// Names of members who are picked and on the task.
    pub(in crate::workplace) members: &'a [(MemberId, String)],
    /// What was posted, if the page answers a form with faults.
    pub(in crate::workplace) posted: Option<&'a Fields>,
}

impl FieldView {
    /// The view of a question; with what was posted in place of what is stored.
    pub(in crate::workplace) fn new(question: &Question, around: Around<'_>) -> Self {
        let definition = &question.field.definition;
        let typed = around.posted.map(|fields| typed(question, fields)).unwrap_or_default();
        let shown_answer = match around.posted.map(|fields| question.read(fields)) {
            Some(Posted::Answer(answer)) => answer,
            _ => question.answer.clone(),
        };
        let chosen = chosen(question, shown_answer.as_ref());
        let stored_cells = match &shown_answer {
            Some(Answer::Value(FieldValue::Row(cells))) => cells.clone(),
            _ => Vec::new(),
        };
        let (input, mode) = input_of(question);
        let id = question.id();
        let value = typed.unwrap_or_else(|| stored_text(question));
        Self {
            name: question.name(),
            mark_name: format!("b.{id}"),
            mark: question.mark(),
            kind: definition.field_type.as_str(),
            label: visible(&definition.label),
            required: definition.required || question.field.validation.must_all_checked,
            guidance: definition.guidance.as_deref().map(rich::html).filter(|html| !html.is_empty()),
            hint: question.asked(around.text),
            input,
            mode,
            value,
            choices: definition
                .options
                .iter()
                .map(|choice| Choice {
                    id: choice.id,
                    text: visible(&choice.text),
                    chosen: chosen.contains(&choice.id),
                })
                .collect(),
            cells: definition
                .columns
                .iter()
                .enumerate()
                .map(|(column, label)| Cell {
                    name: format!("{}.{column}", question.name()),
                    label: visible(&label.text),
                    value: stored_cells.get(column).cloned().unwrap_or_default(),
                })
                .collect(),
            kept: kept(question, around),
            files: None,
            fault: None,
            meanwhile: None,
            shown: in_words(question, question.answer.as_ref(), around),
        }
    }

    /// The ids of what describes the input, for `aria-describedby`.
    pub(in crate::workplace) fn described_by(&self) -> String {
        let parts = [
            (self.guidance.is_some(), "guide"),
            (!self.hint.is_empty(), "hint"),
            (self.kind == "assignees_form", "one"),
            (self.meanwhile.is_some(), "new"),
            (self.fault.is_some(), "fault"),
        ];
        let ids = parts.iter().filter(|(there, _)| *there).map(|(_, kind)| format!("{kind}-{}", self.name));
        ids.collect::<Vec<_>>().join(" ")
    }
}

/// What was typed into an input that holds one text.
fn typed(question: &Question, fields: &Fields) -> Option<String> {
    let name = question.name();
    match question.kind() {
        FieldType::Text
        | FieldType::Textarea
        | FieldType::Email
        | FieldType::Date
        | FieldType::AssigneesForm => fields.all(&name).last().map(str::to_owned),
        _ => None,
    }
}

fn stored_text(question: &Question) -> String {
    let text = question.text();
    if question.kind() == FieldType::Date { day_of(&text).map_or(text, |day| day.to_string()) } else { text }
}

/// The day of a stored date.
fn day_of(text: &str) -> Option<Date> {
    dates::read_date(text.get(..10)?)
}

fn chosen(question: &Question, answer: Option<&Answer>) -> Vec<i64> {
    match answer {
        Some(Answer::Value(FieldValue::Option(id))) => vec![*id],
        Some(Answer::Value(FieldValue::Options(ids))) => ids.clone(),
        Some(Answer::Value(FieldValue::Text(text))) => {
            let options = question.field.definition.options.iter();
            options.filter(|option| option.text == *text).map(|option| option.id).take(1).collect()
        }
        _ => Vec::new(),
    }
}

fn input_of(question: &Question) -> (&'static str, &'static str) {
    match (question.kind(), question.field.validation.format) {
        (FieldType::Date, _) => ("date", ""),
        (FieldType::Email, _) | (FieldType::Text, Some(TextFormat::Email)) => ("email", "email"),
        (FieldType::Text, Some(TextFormat::Numeric)) => ("text", "decimal"),
        (FieldType::Text, Some(TextFormat::Url)) => ("url", "url"),
        _ => ("text", ""),
    }
}

/// Who is picked beside those who stand in the input, and files. Groups are not
/// for guests to know.
fn kept(question: &Question, around: Around<'_>) -> Vec<String> {
    match &question.answer {
        Some(Answer::People(people)) => {
            let members = around.members.iter().filter(|(id, _)| people.users().contains(id));
            let members = members.map(|(_, name)| visible(name));
            members.chain(question.picked.names(around.text)).collect()
        }
        Some(Answer::Files(files)) => files.iter().map(|file| visible(&file.filename)).collect(),
        _ => Vec::new(),
    }
}

/// An answer in words.
pub(in crate::workplace) fn in_words(
    question: &Question,
    answer: Option<&Answer>,
    around: Around<'_>,
) -> String {
    match answer {
        None => String::new(),
        Some(Answer::People(people)) => {
            let is_stored = answer == question.answer.as_ref();
            let picked = &question.picked;
            let guests = if is_stored { picked.typed.clone() } else { picked.typed_of(people) };
            let guests = guests.iter().map(ToString::to_string);
            kept(question, around).into_iter().chain(guests).collect::<Vec<_>>().join(", ")
        }
        Some(Answer::Value(FieldValue::Row(cells))) => {
            let columns = question.field.definition.columns.iter();
            let rows = columns
                .zip(cells)
                .map(|(column, cell)| format!("{}: {}", visible(&column.text), clean(cell)));
            rows.collect::<Vec<_>>().join("\n")
        }
        Some(Answer::Value(FieldValue::Text(text))) if question.kind() == FieldType::Date => {
            day_of(text).map_or_else(|| clean(text), |day| around.text.civil_date(day))
        }
        Some(answer) => {
            let texts = answer.texts(&question.field.definition);
            texts.iter().map(|text| clean(text)).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Text of several lines without characters that nobody sees.
fn clean(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}
