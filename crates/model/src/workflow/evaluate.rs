//! Whether the conditions of a rule hold (`product.md` 2.10).
//!
//! Conditions are read from the first to the last, each joined with what came
//! out so far; there is no precedence. A question that cannot be answered (no
//! deadline to compare with, no number where one is meant) is answered no.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::task::dates::{self, Edge};
use crate::task::form::FieldType;
use crate::text::fold;

use super::calendar::Calendar;
use super::field::{Answer, Field};
use super::number::Decimal;
use super::people::Directory;
use super::rule::{FieldOperation, Logic, StepOperation, TimeClause};
use super::run::{Run, RunTask, Verdict};
use super::snapshot::{CompiledTest, Place};

/// What conditions are read against beside the process.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) at: Timestamp,
    pub(super) calendar: &'a Calendar,
    pub(super) directory: &'a Directory,
    pub(super) reader: &'a Reader,
}

/// What fields hold, as it is compared. Answers are long and many rules ask
/// about the same one, so each is made ready once; rules change no answers.
#[derive(Default)]
pub(super) struct Reader(RefCell<HashMap<Place, Rc<[Text]>>>);

/// One text of an answer.
struct Text {
    raw: String,
    folded: String,
}

impl Reader {
    fn read(&self, place: Place, field: &Field, answer: Option<&Answer>) -> Rc<[Text]> {
        let mut read = self.0.borrow_mut();
        let texts = read.entry(place).or_insert_with(|| {
            let texts = answer.map(|answer| answer.texts(&field.definition)).unwrap_or_default();
            texts
                .into_iter()
                .map(|text| Text { raw: text.trim().to_owned(), folded: fold(text.trim()) })
                .collect()
        });
        Rc::clone(texts)
    }
}

impl Run {
    /// Whether the conditions of the rule with this index hold.
    pub(super) fn holds(&self, rule: usize, now: Circumstances<'_>) -> bool {
        let Some(rule) = self.snapshot.rules.get(rule) else { return false };
        let mut conditions = rule.conditions.iter();
        let Some((_, first)) = conditions.next() else { return false };
        conditions.fold(self.test(first, now), |so_far, (logic, test)| match logic {
            Logic::And => so_far && self.test(test, now),
            Logic::Or => so_far || self.test(test, now),
        })
    }

    fn test(&self, test: &CompiledTest, now: Circumstances<'_>) -> bool {
        match test {
            CompiledTest::Step { step, operation, when } => {
                self.state.tasks.get(*step).is_some_and(|task| happened(task, *operation, *when, now))
            }
            CompiledTest::Field { place, operation, operands, column } => {
                let Some(field) = self.snapshot.field_at(*place) else { return false };
                let texts = now.reader.read(*place, field, self.answer_at(*place));
                let question = Question { operation: *operation, operands, column: *column };
                let kind = field.definition.field_type;
                question.answered_by(&texts, kind, self.is_asked(*place), now.calendar)
            }
        }
    }

    /// What is filled in at a place; blank is nothing.
    pub(super) fn answer_at(&self, place: Place) -> Option<&Answer> {
        let id = self.snapshot.field_at(place)?.id();
        let answers = match place {
            Place::Prerun(_) => &self.state.prerun,
            Place::Capture { step, .. } => &self.state.tasks.get(step)?.answers,
        };
        answers.get(&id).filter(|answer| !answer.is_empty())
    }

    /// Whether the task or form that a field belongs to is complete: only then
    /// a field without an answer says something (D21).
    fn is_asked(&self, place: Place) -> bool {
        match place {
            Place::Prerun(_) => self.state.prerun_completed.is_some(),
            Place::Capture { step, .. } => {
                self.state.tasks.get(step).is_some_and(|task| task.completion.is_some())
            }
        }
    }
}

fn happened(task: &RunTask, operation: StepOperation, when: TimeClause, now: Circumstances<'_>) -> bool {
    let verdict = task.completion.as_ref().map(|completion| (completion.at, completion.verdict));
    let is = |wanted: Verdict| verdict.filter(|(_, verdict)| *verdict == wanted).map(|(at, _)| at);
    let moment = match operation {
        StepOperation::Completed => {
            verdict.filter(|(_, verdict)| *verdict != Verdict::Expired).map(|(at, _)| at)
        }
        StepOperation::Reopened => task.reopened_at.filter(|_| task.completion.is_none()),
        StepOperation::Approved => is(Verdict::Approved),
        StepOperation::Rejected => is(Verdict::Rejected),
        StepOperation::Acknowledged => is(Verdict::Acknowledged),
        StepOperation::Expired => is(Verdict::Expired),
        StepOperation::NotAssigned => task.assignees.is_empty(now.directory).then_some(now.at),
    };
    moment.is_some_and(|moment| in_time(moment, task.due.at(), when))
}

/// Whether a moment lies where the clause says, seen from the deadline.
fn in_time(moment: Timestamp, deadline: Option<Timestamp>, when: TimeClause) -> bool {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let ahead = deadline.map(|deadline| deadline.duration_since(moment));
    match when {
        TimeClause::AnyTime => true,
        TimeClause::OnTime => ahead.is_some_and(|ahead| ahead >= SignedDuration::ZERO),
        TimeClause::Early24 => ahead.is_some_and(|ahead| ahead >= DAY),
        TimeClause::Late24 => ahead.is_some_and(|ahead| ahead <= -DAY),
    }
}

/// A comparison with a field's answer. Operands are folded.
#[derive(Clone, Copy)]
struct Question<'a> {
    operation: FieldOperation,
    operands: &'a [String],
    column: Option<usize>,
}

impl Question<'_> {
    /// What the answer says. `is_asked` tells whether nothing filled in is an
    /// answer already.
    fn answered_by(self, texts: &[Text], kind: FieldType, is_asked: bool, calendar: &Calendar) -> bool {
        use FieldOperation as O;
        let texts = match self.column {
            Some(column) => texts.get(column..=column).unwrap_or_default(),
            None => texts,
        };
        if texts.iter().all(|text| text.raw.is_empty()) {
            return is_asked && self.answered_by_nothing(kind);
        }
        // Without anything to compare with there is no question.
        if self.operation.needs_operand() && self.operands.iter().all(String::is_empty) {
            return false;
        }
        let any = |fits: &dyn Fn(&Text) -> bool| texts.iter().any(|text| !text.raw.is_empty() && fits(text));
        match self.operation {
            O::IsEmpty => false,
            O::IsNotEmpty => true,
            O::Equals | O::EqualsAny => any(&|text| self.is_equal(text, calendar)),
            O::NotEquals => !any(&|text| self.is_equal(text, calendar)),
            O::Contains => any(&|text| self.is_within(text)),
            O::NotContains => !any(&|text| self.is_within(text)),
            O::GreaterThan => any(&|text| self.compared(text, calendar) == Some(Ordering::Greater)),
            O::LessThan => any(&|text| self.compared(text, calendar) == Some(Ordering::Less)),
        }
    }

    /// Empty texts and choices differ from anything; empty lists match nothing
    /// (`product.md` 2.10).
    fn answered_by_nothing(self, kind: FieldType) -> bool {
        let is_list = matches!(
            kind,
            FieldType::Multiselect | FieldType::File | FieldType::Table | FieldType::AssigneesForm
        );
        match self.operation {
            FieldOperation::IsEmpty => true,
            FieldOperation::NotEquals | FieldOperation::NotContains => {
                !is_list && !self.operands.iter().all(String::is_empty)
            }
            FieldOperation::Contains
            | FieldOperation::Equals
            | FieldOperation::EqualsAny
            | FieldOperation::GreaterThan
            | FieldOperation::LessThan
            | FieldOperation::IsNotEmpty => false,
        }
    }

    fn is_within(self, text: &Text) -> bool {
        self.operands.iter().any(|operand| !operand.is_empty() && text.folded.contains(operand.as_str()))
    }

    fn is_equal(self, text: &Text, calendar: &Calendar) -> bool {
        self.operands.iter().any(|operand| {
            !operand.is_empty()
                && (*operand == text.folded
                    || compare_moments(&text.raw, operand, calendar) == Some(Ordering::Equal))
        })
    }

    /// How a number or a date compares with the operand; `None` when one of
    /// them is neither.
    fn compared(self, text: &Text, calendar: &Calendar) -> Option<Ordering> {
        let operand = self.operands.first()?;
        let numbers = Decimal::parse(&text.raw).zip(Decimal::parse(operand));
        numbers.map(|(a, b)| a.cmp(&b)).or_else(|| compare_moments(&text.raw, operand, calendar))
    }
}

/// Compares two dates: by the day when the second names no time, else by the
/// moment.
fn compare_moments(text: &str, operand: &str, calendar: &Calendar) -> Option<Ordering> {
    // Folding made the letters small that stand between date and time.
    let operand: Cow<'_, str> = match operand.as_bytes().first() {
        Some(digit) if digit.is_ascii_digit() => Cow::Owned(operand.to_ascii_uppercase()),
        _ => return None,
    };
    if let Some(day) = dates::read_date(&operand) {
        return Some(day_of(text, calendar)?.cmp(&day));
    }
    let moment = |text: &str| dates::read(text, &calendar.zone, Edge::Start).ok();
    Some(moment(text)?.cmp(&moment(&operand)?))
}

fn day_of(text: &str, calendar: &Calendar) -> Option<Date> {
    dates::read_date(text).or_else(|| {
        let moment = dates::read(text, &calendar.zone, Edge::Start).ok()?;
        Some(moment.to_zoned(calendar.zone.clone()).date())
    })
}
