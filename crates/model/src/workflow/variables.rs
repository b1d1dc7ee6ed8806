//! Variables in titles, texts, names and defaults (`product.md` 2.6, D23).
//!
//! `{{alias}}` stands for what is filled into the field of that alias now,
//! anywhere in the process; `{{current-task-id}}`, `{{current-process-id}}`,
//! `{{DATE}}` and `{{TEMPLATE_NAME}}` are always there. What is filled in is
//! not looked through for variables again, and what does not name a variable
//! stays as it is.

use std::borrow::Cow;

use crate::ids::TaskId;
use crate::task::draft::TITLE_LIMIT;
use crate::task::form::FieldValue;

use super::command::Context;
use super::field::{Answer, Field};
use super::people::{Directory, People};
use super::run::Run;

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Titles, names, answers: values as they are.
    Plain,
    /// Rich text: values are made safe, tables are drawn.
    Html,
}

/// The most bytes that values may make a text grow to: many variables of long
/// answers must not fill the memory. From the first value that does not fit on,
/// variables stay as they are.
pub const RENDERED_LIMIT: usize = 262_144;

/// The most bytes that the texts of all tasks of a process may grow to
/// together, since they are stored. From the first that does not fit on, texts
/// stay as they were written.
pub const RENDERED_IN_ALL: usize = 4_194_304;

impl Run {
    /// A text with its variables replaced. `task` is the one that it is for.
    pub fn render(&self, text: &str, task: Option<TaskId>, style: Style, cx: Context<'_>) -> String {
        let mut rendered = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            rendered.push_str(before);
            let value = split_name(behind).and_then(|(name, rest)| {
                let value = self.value_of(name.trim(), task, style, cx)?;
                Some((value, rest))
            });
            match value {
                Some((value, behind)) if rendered.len() + value.len() <= RENDERED_LIMIT => {
                    rendered.push_str(&value);
                    rest = behind;
                }
                too_long => {
                    rendered.push_str("{{");
                    rest = behind;
                    if too_long.is_some() {
                        break;
                    }
                }
            }
        }
        rendered.push_str(rest);
        rendered
    }

    /// The title of a task, as people read it: one line that is no longer than
    /// titles may be, so that callers can send it back. Where nothing is filled
    /// in that it could show, it is read as it was written.
    pub fn title_of(&self, place: usize, cx: Context<'_>) -> Option<String> {
        let task = self.state.tasks.get(place)?;
        let title = task.title.as_deref().or_else(|| self.step_of(place).map(|step| step.title.as_str()))?;
        if !title.contains("{{") {
            return Some(title.to_owned());
        }
        let rendered = self.render(title, Some(task.id), Style::Plain, cx);
        let line = one_line(&rendered, TITLE_LIMIT);
        Some(if line.is_empty() { title.to_owned() } else { line })
    }

    /// The titles of all tasks as people read them, and the texts of those that
    /// have variables in them.
    pub fn words(&self, cx: Context<'_>) -> Vec<(String, Option<String>)> {
        let mut room = RENDERED_IN_ALL;
        let places = 0..self.state.tasks.len();
        let words = places.map(|place| {
            let title = self.title_of(place, cx).unwrap_or_default();
            let raw = self.raw_summary(place).filter(|text| room > 0 && text.contains("{{"));
            let summary = raw.and_then(|_| self.summary_of(place, cx)).filter(|text| text.len() <= room);
            room = match (raw, &summary) {
                (Some(_), None) => 0,
                (_, summary) => room - summary.as_ref().map_or(0, String::len),
            };
            (title, summary)
        });
        words.collect()
    }

    fn raw_summary(&self, place: usize) -> Option<&str> {
        match &self.state.tasks.get(place)?.summary {
            Some(summary) => Some(summary.as_str()).filter(|summary| !summary.is_empty()),
            None => self.step_of(place).and_then(|step| step.summary.as_deref()),
        }
    }

    /// The text of a task, as people read it: rich text that has yet to be
    /// cleaned, as what was written into the template has.
    pub fn summary_of(&self, place: usize, cx: Context<'_>) -> Option<String> {
        let task = self.state.tasks.get(place)?;
        let summary = self.raw_summary(place)?;
        Some(self.render(summary, Some(task.id), Style::Html, cx))
    }

    fn value_of(
        &self,
        name: &str,
        task: Option<TaskId>,
        style: Style,
        cx: Context<'_>,
    ) -> Option<Cow<'_, str>> {
        let fixed = match name {
            "current-process-id" => Some(self.state.id.to_string()),
            "current-task-id" => Some(task?.to_string()),
            "DATE" => Some(cx.at.to_zoned(cx.calendar.zone.clone()).date().to_string()),
            "TEMPLATE_NAME" => Some(safe(&self.snapshot.blueprint().title, style).into_owned()),
            _ => None,
        };
        if let Some(fixed) = fixed {
            return Some(Cow::Owned(fixed));
        }
        let place = self.snapshot.alias_place(name)?;
        let field = self.snapshot.field_at(place)?;
        let Some(answer) = self.answer_at(place) else { return Some(Cow::Borrowed("")) };
        Some(shown(answer, field, style, cx.directory))
    }
}

/// A text in one line, without what cannot be seen, cut behind so many
/// characters.
pub(super) fn one_line(text: &str, limit: usize) -> String {
    let line: String = text.chars().map(|c| if crate::text::is_hidden(c) { ' ' } else { c }).collect();
    let cut: String = line.trim().chars().take(limit).collect();
    cut.trim_end().to_owned()
}

/// The name in front of `}}`, and what comes behind. Names are short, so the
/// braces are not looked for far away.
pub(crate) fn split_name(text: &str) -> Option<(&str, &str)> {
    const FAR: usize = 1_100;
    let near = text.as_bytes().get(..FAR.min(text.len()))?;
    let end = near.windows(2).position(|pair| pair == b"}}")?;
    Some((text.get(..end)?, text.get(end + 2..)?))
}

/// An answer as people read it.
fn shown<'a>(answer: &'a Answer, field: &'a Field, style: Style, directory: &Directory) -> Cow<'a, str> {
    match answer {
        Answer::Value(FieldValue::Text(text)) => safe(text, style),
        Answer::Value(FieldValue::Row(cells)) if style == Style::Html => Cow::Owned(table(cells, field)),
        Answer::People(people) => Cow::Owned(names(people, style, directory)),
        _ => {
            let texts = answer.texts(&field.definition);
            let texts: Vec<_> = texts.iter().map(|text| safe(text, style)).collect();
            Cow::Owned(texts.join(", "))
        }
    }
}

fn names(people: &People, style: Style, directory: &Directory) -> String {
    let member = |id: &crate::ids::MemberId| match directory.members.get(id) {
        Some(name) => safe(name, style).into_owned(),
        None => format!("member {id}"),
    };
    let group = |id: &crate::ids::GroupId| match directory.groups.get(id) {
        Some(group) => safe(&group.name, style).into_owned(),
        None => "a former group".to_owned(),
    };
    let guests = people.guests().iter().map(|guest| safe(guest.as_str(), style).into_owned());
    let everybody = people.users().iter().map(member).chain(guests).chain(people.groups().iter().map(group));
    everybody.collect::<Vec<_>>().join(", ")
}

fn table(cells: &[String], field: &Field) -> String {
    let row = |tag: &str, texts: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> =
            texts.map(|text| format!("<{tag}>{}</{tag}>", safe(text, Style::Html))).collect();
        format!("<tr>{}</tr>", cells.concat())
    };
    let heads = row("th", &mut field.definition.columns.iter().map(|column| column.text.as_str()));
    let cells = row("td", &mut cells.iter().map(String::as_str));
    format!("<table>{heads}{cells}</table>")
}

/// A text that says in rich text what it says as it is.
fn safe(text: &str, style: Style) -> Cow<'_, str> {
    const SPECIAL: [char; 5] = ['&', '<', '>', '"', '\''];
    if style == Style::Plain || !text.contains(SPECIAL) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
