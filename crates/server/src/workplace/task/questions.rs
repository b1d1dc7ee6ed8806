//! What a task asks for, alike for one-off tasks and those of processes: each
//! field with its answer, how a page reads an answer, and what is wrong with it.

use data_encoding::HEXLOWER;
use hospes_model::task::form::{FieldType, FieldValue, FormField};
use hospes_model::workflow::{Answer, Buckets, Field, People, TextFormat, Validation};
use hospes_model::{EmailAddress, FieldId};
use hospes_store::workplace::sight::Seen;
use sha2::{Digest, Sha256};

use super::picked::Picked;
use crate::text::Text;
use crate::workplace::session::Fields;

/// A field of a task.
#[derive(Debug, Clone)]
pub(in crate::workplace) struct Question {
    /// What it asks, and what is asked of answers.
    pub(in crate::workplace) field: Field,
    /// What is filled in.
    pub(in crate::workplace) answer: Option<Answer>,
    /// What of it the reader may know of, where it names people.
    pub(super) picked: Picked,
}

/// What was posted for a question.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::workplace) enum Posted {
    /// Nothing: the form did not have it.
    Absent,
    /// An answer, or that there is none.
    Answer(Option<Answer>),
    /// Something that is no answer to it.
    Unreadable,
}

/// The questions of a task, in their order.
pub(in crate::workplace) fn of(seen: &Seen) -> Vec<Question> {
    match seen {
        Seen::OneOff(task) => task.form_fields.iter().map(of_one_off).collect(),
        Seen::OfRun(of) => {
            let task = of.process.run.state().tasks.get(of.place);
            let answer = |id| task.and_then(|task| task.answers.get(&id)).cloned();
            let captures =
                of.process.run.step_of(of.place).map(|step| step.captures.clone()).unwrap_or_default();
            captures.into_iter().map(|field| Question::new(answer(field.id()), field)).collect()
        }
    }
}

/// The kick-off form of a task's process, where somebody filled something in
/// that guests may see.
pub(in crate::workplace) fn of_prerun(seen: &Seen) -> Vec<Question> {
    let Seen::OfRun(of) = seen else { return Vec::new() };
    let hidden = &of.process.about.publicly_hidden_fields;
    let asked = of.process.run.prerun_fields().iter().filter(|field| !hidden.contains(&field.id()));
    let answer = |id| of.process.run.state().prerun.get(&id).cloned();
    let questions = asked.map(|field| Question::new(answer(field.id()), field.clone()));
    questions.filter(|question| question.answer.is_some()).collect()
}

fn of_one_off(field: &FormField) -> Question {
    let answer = field.value.clone().map(|value| match value {
        FieldValue::People { users, guests, groups } => {
            let guests = guests.iter().filter_map(|guest| EmailAddress::parse(guest).ok()).collect();
            Answer::People(Buckets { users, guests, groups }.into())
        }
        FieldValue::Files(files) => Answer::Files(files),
        value => Answer::Value(value),
    });
    let field = Field {
        definition: field.clone(),
        validation: Validation::default(),
        default: None,
        default_to_guest: false,
    };
    Question::new(answer, field)
}

/// An answer as one-off tasks keep it.
pub(in crate::workplace) fn value_of(answer: Answer) -> FieldValue {
    match answer {
        Answer::Value(value) => value,
        Answer::People(people) => {
            let guests = people.guests().iter().map(ToString::to_string).collect();
            FieldValue::People { users: people.users().to_vec(), guests, groups: people.groups().to_vec() }
        }
        Answer::Files(files) => FieldValue::Files(files),
    }
}

impl Question {
    /// A field with its answer, for nobody in particular.
    pub(super) fn new(answer: Option<Answer>, field: Field) -> Self {
        Self { field, answer, picked: Picked::default() }
    }

    /// A field with an answer that the reader typed.
    pub(in crate::workplace) fn typed(answer: Option<Answer>, field: Field) -> Self {
        Self { picked: Picked::whole(answer.as_ref()), field, answer }
    }

    /// The field's id.
    pub(in crate::workplace) fn id(&self) -> FieldId {
        self.field.id()
    }

    /// The name of its input.
    pub(in crate::workplace) fn name(&self) -> String {
        format!("f.{}", self.id())
    }

    /// The kind of its input.
    pub(in crate::workplace) fn kind(&self) -> FieldType {
        self.field.definition.field_type
    }

    /// Stands for the answer as it is now: a form says by it which one it was
    /// shown with.
    pub(in crate::workplace) fn mark(&self) -> String {
        let stored = serde_json::to_vec(&self.answer).unwrap_or_default();
        let hash = Sha256::new().chain_update(self.picked.salt).chain_update(stored);
        let hash: [u8; 32] = hash.finalize().into();
        HEXLOWER.encode(&hash[..6])
    }

    /// Reads what was posted.
    pub(in crate::workplace) fn read(&self, fields: &Fields) -> Posted {
        let name = self.name();
        let choices = &self.field.definition.options;
        let one = || fields.all(&name).last().map(str::to_owned);
        match self.kind() {
            // Files come by another way.
            FieldType::File => Posted::Absent,
            FieldType::Multiselect => {
                if fields.all(&name).next().is_none() {
                    return Posted::Absent;
                }
                // The empty one says that the form has the field.
                let chosen: Result<Vec<i64>, _> =
                    fields.all(&name).filter(|id| !id.is_empty()).map(str::parse).collect();
                match chosen {
                    Ok(chosen) => {
                        let ids =
                            choices.iter().map(|choice| choice.id).filter(|id| chosen.contains(id)).collect();
                        if chosen.iter().any(|id| choices.iter().all(|choice| choice.id != *id)) {
                            return Posted::Unreadable;
                        }
                        filled(Answer::Value(FieldValue::Options(ids)))
                    }
                    Err(_) => Posted::Unreadable,
                }
            }
            FieldType::Table => {
                let cells = (0..self.field.definition.columns.len())
                    .map(|column| fields.all(&format!("{name}.{column}")).last().map(lines))
                    .collect::<Option<Vec<String>>>();
                cells.map_or(Posted::Absent, |cells| filled(Answer::Value(FieldValue::Row(cells))))
            }
            FieldType::AssigneesForm => self.read_people(fields),
            FieldType::Radio | FieldType::Dropdown => match one() {
                None => Posted::Absent,
                Some(id) if id.is_empty() => Posted::Answer(None),
                Some(id) => {
                    let chosen = choices.iter().find(|choice| choice.id.to_string() == id);
                    chosen.map_or(Posted::Unreadable, |choice| {
                        Posted::Answer(Some(Answer::Value(match self.kind() {
                            FieldType::Radio => FieldValue::Text(choice.text.clone()),
                            _ => FieldValue::Option(choice.id),
                        })))
                    })
                }
            },
            FieldType::Textarea => one().map_or(Posted::Absent, |text| filled(Answer::text(lines(&text)))),
            FieldType::Date => one().map_or(Posted::Absent, |day| {
                // A day that was not changed keeps its time.
                let known = self.answer.clone().filter(|_| self.text().get(..10) == Some(day.trim()));
                known.map_or_else(|| filled(Answer::text(day.trim())), |known| Posted::Answer(Some(known)))
            }),
            FieldType::Text | FieldType::Email => {
                one().map_or(Posted::Absent, |text| filled(Answer::text(text.trim())))
            }
        }
    }

    /// The addresses that were posted, of a picker; `None` where there were none
    /// to post, an error when one of them is no address.
    pub(super) fn addresses(&self, fields: &Fields) -> Result<Option<Vec<EmailAddress>>, ()> {
        let name = self.name();
        let Some(text) = fields.all(&name).last().filter(|_| self.kind() == FieldType::AssigneesForm) else {
            return Ok(None);
        };
        let lines = text.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty());
        lines.map(EmailAddress::parse).collect::<Result<Vec<_>, _>>().map(Some).map_err(drop)
    }

    /// Addresses, one a line. Members, groups and guests who are picked and whom
    /// the reader does not know of stay.
    fn read_people(&self, fields: &Fields) -> Posted {
        let guests = match self.addresses(fields) {
            Ok(Some(guests)) => self.picked.with_those_who_stay(guests),
            Ok(None) => return Posted::Absent,
            Err(()) => return Posted::Unreadable,
        };
        let (users, groups) = match &self.answer {
            Some(Answer::People(people)) => (people.users().to_vec(), people.groups().to_vec()),
            _ => (Vec::new(), Vec::new()),
        };
        filled(Answer::People(People::from(Buckets { users, guests, groups })))
    }

    /// The answer as one text, for inputs that hold one.
    pub(in crate::workplace) fn text(&self) -> String {
        match &self.answer {
            Some(Answer::Value(FieldValue::Text(text))) => text.clone(),
            Some(Answer::People(_)) => {
                self.picked.typed.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        }
    }

    /// What is wrong with an answer, in the reader's words; the model says
    /// whether anything is. `completing` asks for more than saving does.
    pub(in crate::workplace) fn fault(
        &self,
        answer: Option<&Answer>,
        completing: bool,
        text: &Text,
    ) -> Option<String> {
        let answer = answer.filter(|answer| !answer.is_empty());
        let kept = answer.map_or(Ok(()), |answer| self.field.check(answer));
        if kept.is_ok() && !(completing && self.field.missing(answer).is_some()) {
            return None;
        }
        Some(if answer.is_none() { text.say("fault-empty") } else { self.expected(kept.is_err(), text) })
    }

    /// The same of something that is no answer to it at all.
    pub(in crate::workplace) fn fault_of_unreadable(&self, text: &Text) -> String {
        self.expected(true, text)
    }

    /// What the field takes, as a sentence.
    fn expected(&self, unkept: bool, text: &Text) -> String {
        match self.kind() {
            FieldType::Text | FieldType::Textarea if unkept => {
                let limit: i64 = if self.kind() == FieldType::Text { 200 } else { 30_000 };
                text.say_of("fault-text", "limit", limit)
            }
            FieldType::Text | FieldType::Textarea => self.asked(text),
            FieldType::Radio | FieldType::Dropdown => text.say("fault-choice"),
            FieldType::Multiselect if unkept => text.say("fault-choice"),
            FieldType::Multiselect => text.say("fault-all-checked"),
            FieldType::Date => text.say("fault-date"),
            FieldType::Email => text.say("fault-email"),
            FieldType::Table => text.say_of("fault-text", "limit", 30_000_i64),
            FieldType::AssigneesForm => text.say("fault-people"),
            FieldType::File => text.say("fault-file"),
        }
    }

    /// What is asked of the text beyond its length limit; empty: nothing.
    pub(in crate::workplace) fn asked(&self, text: &Text) -> String {
        let Validation { format, min, max, .. } = self.field.validation;
        let shape = match format {
            Some(TextFormat::Numeric) => text.say("asked-number"),
            Some(TextFormat::Email) => text.say("asked-email"),
            Some(TextFormat::Url) => text.say("asked-url"),
            Some(TextFormat::Alpha) => text.say("asked-letters"),
            Some(TextFormat::AlphaNum) => text.say("asked-letters-digits"),
            Some(TextFormat::AlphaDash) => text.say("asked-letters-digits-dashes"),
            None => String::new(),
        };
        let number = format == Some(TextFormat::Numeric);
        let range = match (min, max, number) {
            (Some(min), Some(max), true) => {
                text.say_with("asked-between", &[("min", min.into()), ("max", max.into())])
            }
            (Some(min), None, true) => text.say_of("asked-at-least", "min", min),
            (None, Some(max), true) => text.say_of("asked-at-most", "max", max),
            (Some(min), Some(max), false) => {
                text.say_with("asked-length-between", &[("min", min.into()), ("max", max.into())])
            }
            (Some(min), None, false) => text.say_of("asked-length-at-least", "min", min),
            (None, Some(max), false) => text.say_of("asked-length-at-most", "max", max),
            (None, None, _) => String::new(),
        };
        [shape, range].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// An answer; an empty one is none.
fn filled(answer: Answer) -> Posted {
    Posted::Answer(Some(answer).filter(|answer| !answer.is_empty()))
}

/// Line ends as they are stored: forms post `\r\n`.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
