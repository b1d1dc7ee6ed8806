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

use super::calendar::{Calendar, DAY};
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

/// What fields hold, as it is compared, and what long comparisons came to.
/// Answers are long, many rules ask about the same one, and a rule may be read
/// many times. Rules change no answers, so each is made ready once, and each
/// long comparison is made once.
#[derive(Default)]
pub(super) struct Reader {
    texts: RefCell<HashMap<Place, Rc<[Text]>>>,
    /// By the index of the rule and of its condition.
    compared: RefCell<HashMap<(usize, usize), bool>>,
}

/// How many bytes are compared without keeping what came of it: for fewer, it
/// takes longer to look that up.
const SHORT: usize = 4_096;

/// One text of an answer.
struct Text {
    raw: String,
    folded: String,
}

impl Reader {
    fn read(&self, place: Place, field: &Field, answer: Option<&Answer>) -> Rc<[Text]> {
        let mut read = self.texts.borrow_mut();
        let texts = read.entry(place).or_insert_with(|| {
            let texts = answer.map(|answer| answer.texts(&field.definition)).unwrap_or_default();
            texts
                .into_iter()
                .map(|text| Text { raw: text.trim().to_owned(), folded: fold(text.trim()) })
                .collect()
        });
        Rc::clone(texts)
    }

    /// What a question about these texts is answered with. `condition` tells
    /// which one it is.
    fn compare(&self, condition: (usize, usize), size: usize, ask: impl FnOnce() -> bool) -> bool {
        if size > SHORT
            && let Some(known) = self.compared.borrow().get(&condition)
        {
            return *known;
        }
        #[cfg(test)]
        tests::COMPARED.with(|compared| compared.set(compared.get() + size));
        let answer = ask();
        if size > SHORT {
            self.compared.borrow_mut().insert(condition, answer);
        }
        answer
    }
}

impl Run {
    /// Whether the conditions of the rule with this index hold.
    pub(super) fn holds(&self, rule: usize, now: Circumstances<'_>) -> bool {
        let Some(compiled) = self.snapshot.rules.get(rule) else { return false };
        let mut conditions = compiled.conditions.iter().enumerate();
        let Some((_, (_, first))) = conditions.next() else { return false };
        conditions.fold(self.test((rule, 0), first, now), |so_far, (at, (logic, test))| match logic {
            Logic::And => so_far && self.test((rule, at), test, now),
            Logic::Or => so_far || self.test((rule, at), test, now),
        })
    }

    fn test(&self, condition: (usize, usize), test: &CompiledTest, now: Circumstances<'_>) -> bool {
        match test {
            CompiledTest::Step { step, operation, when } => {
                self.state.tasks.get(*step).is_some_and(|task| happened(task, *operation, *when, now))
            }
            CompiledTest::Field { place, operation, operands, column } => {
                let Some(field) = self.snapshot.field_at(*place) else { return false };
                let texts = now.reader.read(*place, field, self.answer_at(*place));
                let question = Question { operation: *operation, operands, column: *column };
                let texts = question.within(&texts);
                if texts.iter().all(|text| text.raw.is_empty()) {
                    return self.is_asked(*place)
                        && question.answered_by_nothing(field.definition.field_type);
                }
                let length: usize = texts.iter().map(|text| text.folded.len()).sum();
                let size = length.saturating_mul(operands.len());
                now.reader.compare(condition, size, || question.answered_by(texts, now.calendar))
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
    /// The texts that are meant: those of one column, else all.
    fn within(self, texts: &[Text]) -> &[Text] {
        match self.column {
            Some(column) => texts.get(column..=column).unwrap_or_default(),
            None => texts,
        }
    }

    /// What texts say, of which at least one is not empty.
    fn answered_by(self, texts: &[Text], calendar: &Calendar) -> bool {
        use FieldOperation as O;
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use crate::ids::{RuleId, RunId, StepId, TemplateId};
    use crate::member::{Actor, Role};
    use crate::task::TaskType;

    use super::super::blueprint::{Blueprint, Step};
    use super::super::check::{MAX_CONDITIONS, MAX_PARTS};
    use super::super::command::{By, Command, Context, Policy};
    use super::super::launch::Launch;
    use super::super::rule::{Action, Condition, FieldRef, Rule, Test};
    use super::super::snapshot::Snapshot;
    use super::super::testing::*;
    use super::*;

    thread_local! {
        /// How many bytes were compared in this thread.
        pub(super) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    const LONG: usize = 30_000;

    fn step(n: usize) -> Step {
        let id = StepId::new(u64::try_from(n).unwrap(), [1; 10]);
        Step { assign_run_starter: false, ..Step::new(id, format!("Step {n}"), TaskType::Task) }
    }

    /// As many values to compare a long text with as there may be, in rules
    /// that are read again for each of the steps that are opened together.
    fn hostile(opened: usize) -> Blueprint {
        let mut first = step(0);
        first.captures = vec![field(1, FieldType::Textarea)];
        let steps: Vec<Step> = std::iter::once(first).chain((1..=opened).map(step)).collect();
        let about = |n: usize, operation| Condition {
            logic: Logic::Or,
            test: Test::Step { step: step(n).id, operation, when: TimeClause::AnyTime },
        };
        let rule = |n: usize, conditions, actions| Rule {
            id: RuleId::new(u64::try_from(n).unwrap(), [2; 10]),
            alias: String::new(),
            conditions,
            actions,
        };
        let reopens = steps.iter().skip(1).map(|step| Action::Reopen { step: step.id }).collect();
        let mut rules = vec![rule(0, vec![about(0, StepOperation::Completed)], reopens)];
        // One place is taken by the rule above, the rest by these.
        let per_rule = opened + MAX_CONDITIONS;
        for n in 1..=(MAX_PARTS - 1) / per_rule {
            let mut conditions: Vec<_> = (1..=opened).map(|n| about(n, StepOperation::Approved)).collect();
            let values = (0..MAX_CONDITIONS).map(|value| format!("{}{value}", "a".repeat(15)));
            conditions.push(Condition {
                logic: Logic::Or,
                test: Test::Field {
                    field: FieldRef::Capture(steps[0].captures[0].id()),
                    operation: FieldOperation::Contains,
                    operands: values.collect(),
                    column: None,
                },
            });
            let hide = Action::Visibility { step: steps[0].id, show: false };
            rules.push(rule(n, conditions, vec![hide]));
        }
        Blueprint {
            steps,
            automated_actions: rules,
            ..Blueprint::empty(TemplateId::new(1, [3; 10]), "Hostile".to_owned())
        }
    }

    #[test]
    fn hostile_templates_take_bounded_work() {
        let opened = MAX_CONDITIONS - 1;
        let snapshot = Arc::new(Snapshot::new(hostile(opened)).unwrap());
        let (by, calendar) = (By::Member(Actor { id: member(1), role: Role::Admin }), Calendar::plain());
        let directory = directory(&[1]);
        let (rules, policy) = (snapshot.rules.len() - 1, Policy::default());
        let cx = Context { at: at(1), by: &by, calendar: &calendar, directory: &directory, policy };
        let launch = Launch::new(RunId::new(1, [4; 10]), [5; 10], member(1));
        let (mut run, _) = Run::launch(snapshot, &launch, cx).unwrap();
        let ids: Vec<_> = run.state().tasks.iter().map(|task| task.id).collect();
        let field = run.snapshot().steps()[0].captures[0].id();
        let complete = |run: &mut Run, place: usize| {
            let command = Command::Complete { task: ids[place], approved: None, on_behalf_of: None };
            run.handle(&command, cx).unwrap().tasks_changed_by_rules().len()
        };
        for place in 1..=opened {
            complete(&mut run, place);
        }
        let values = vec![(field, Some(Answer::text("a".repeat(LONG))))];
        run.handle(&Command::Answer { task: ids[0], values }, cx).unwrap();
        COMPARED.set(0);
        assert_eq!(complete(&mut run, 0), opened, "each opened step has all rules read again");
        assert_eq!(COMPARED.get(), rules * MAX_CONDITIONS * LONG, "each comparison is made once");
        assert!(COMPARED.get() <= MAX_PARTS * LONG);
        // What was compared is forgotten with the command.
        let values = vec![(field, Some(Answer::text(format!("{}7", "a".repeat(LONG - 1)))))];
        run.handle(&Command::Reopen { task: ids[0] }, cx).unwrap();
        run.handle(&Command::Answer { task: ids[0], values }, cx).unwrap();
        complete(&mut run, 0);
        run.handle(&Command::Reopen { task: ids[0] }, cx).unwrap();
        assert!(run.state().tasks[0].visibility.hidden);
    }
}
