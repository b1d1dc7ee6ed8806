//! What conditions ask: every operation on steps, every one on every type of
//! field (D24), time clauses, and how conditions join.

use hospes_model::FileId;
use hospes_model::task::TaskType;
use hospes_model::task::form::{FieldType, FieldValue};
use hospes_model::workflow::*;

use crate::support::*;

/// Whether a rule about a field of step 1 runs when step 1 is completed with
/// this answer: step 2 is shown then.
fn holds(field: Field, answer: Option<Answer>, operation: FieldOperation, operand: &str) -> bool {
    holds_in(field, answer, operation, &[operand], None)
}

fn holds_in(
    field: Field,
    answer: Option<Answer>,
    operation: FieldOperation,
    operands: &[&str],
    column: Option<&str>,
) -> bool {
    let operands = operands.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()).collect();
    let column = column.map(ToOwned::to_owned);
    let id = field.id();
    let test = Test::Field { field: FieldRef::Capture(id), operation, operands, column };
    let mut template = blueprint(vec![with(task(1), &[field]), task(2)]);
    template.automated_actions = vec![rule(1, test, vec![show(2)])];
    let mut play = play(template);
    assert!(play.is_hidden(2));
    if let Some(answer) = answer {
        let values = vec![(id, Some(answer))];
        let task = play.id(1);
        play.does(&ann(), Command::Answer { task, values });
    }
    play.complete(&ann(), 1);
    !play.is_hidden(2)
}

fn file(name: &str) -> Answer {
    Answer::Files(vec![FileRef { id: FileId::new(1, [1; 10]), filename: name.to_owned() }])
}

/// For each type an answer, a text that it is, one that is in it, and one that
/// is neither.
fn samples() -> Vec<(FieldType, Answer, &'static str, &'static str, &'static str)> {
    FieldType::ALL
        .iter()
        .map(|kind| match kind {
            FieldType::Text => (*kind, text("Premium plan"), "premium PLAN", "mium", "basic"),
            FieldType::Textarea => (*kind, text("one\ntwo"), "one\ntwo", "two", "three"),
            FieldType::Radio => (*kind, text("red"), "Red", "re", "green"),
            FieldType::Dropdown => (*kind, Answer::Value(FieldValue::Option(2)), "green", "gre", "red"),
            FieldType::Multiselect => (*kind, options(&[1]), "red", "ed", "green"),
            FieldType::Date => (*kind, text("2026-03-02 10:00:00"), "2026-03-02", "2026-03", "2026-03-03"),
            FieldType::Email => (*kind, text("a@b.example"), "A@b.example", "@b.", "c@b.example"),
            FieldType::File => (*kind, file("contract.pdf"), "Contract.pdf", ".pdf", "other.pdf"),
            FieldType::Table => (*kind, row(&["Berlin", "12"]), "berlin", "erl", "Paris"),
            FieldType::AssigneesForm => (*kind, Answer::People(guests(&[CARL])), CARL, "client", DORA),
        })
        .collect()
}

#[test]
fn d24_texts_are_compared_in_every_type() {
    use FieldOperation as O;
    for (kind, answer, is, within, other) in samples() {
        let ask = |operation, operand: &str| holds(field(1, kind), Some(answer.clone()), operation, operand);
        assert!(ask(O::Equals, is) && !ask(O::Equals, other) && !ask(O::Equals, within), "{kind:?}");
        assert!(ask(O::NotEquals, other) && !ask(O::NotEquals, is), "{kind:?}");
        assert!(ask(O::Contains, within) && !ask(O::Contains, "nowhere"), "{kind:?}");
        assert!(ask(O::NotContains, "nowhere") && !ask(O::NotContains, within), "{kind:?}");
        assert!(ask(O::IsNotEmpty, "") && !ask(O::IsEmpty, ""), "{kind:?}");
        let any =
            |operands: &[&str]| holds_in(field(1, kind), Some(answer.clone()), O::EqualsAny, operands, None);
        assert!(any(&[other, is]) && !any(&[other]), "{kind:?}");
    }
}

#[test]
fn d24_numbers_and_dates_are_above_or_below_and_nothing_else_is() {
    use FieldOperation as O;
    let compare = |kind, answer: &str, operand: &str| {
        let ask = |operation| holds(field(1, kind), Some(text(answer)), operation, operand);
        (ask(O::GreaterThan), ask(O::LessThan))
    };
    for (kind, answer, operand, expected) in [
        (FieldType::Text, "10", "9", (true, false)),
        (FieldType::Text, "9.5", "10", (false, true)),
        (FieldType::Text, "10.0", "10", (false, false)),
        (FieldType::Text, "-3", "-2", (false, true)),
        (FieldType::Text, "ten", "9", (false, false)),
        (FieldType::Text, "10", "nine", (false, false)),
        (FieldType::Date, "2026-03-02", "2026-03-01", (true, false)),
        (FieldType::Date, "2026-03-02 23:00:00", "2026-03-02", (false, false)),
        (FieldType::Date, "2026-03-02T10:00:00Z", "2026-03-02 11:00:00", (false, true)),
        (FieldType::Date, "2026-03-02", "soon", (false, false)),
    ] {
        assert_eq!(compare(kind, answer, operand), expected, "{answer} {operand}");
    }
    // No other type has an order, whatever is above or below.
    for (kind, answer, is, ..) in samples() {
        let ask = |operation| holds(field(1, kind), Some(answer.clone()), operation, "11");
        let expected = (kind == FieldType::Table, false);
        assert_eq!((ask(O::GreaterThan), ask(O::LessThan)), expected, "{kind:?} {is}");
    }
    let amounts =
        |operation, operand| holds(field(1, FieldType::Table), Some(row(&["x", "12"])), operation, operand);
    assert!(amounts(O::GreaterThan, "11") && !amounts(O::GreaterThan, "12"));
}

#[test]
fn one_column_of_a_table_may_be_meant() {
    use FieldOperation as O;
    let ask = |column, operand| {
        let cells = Some(row(&["Berlin", "Paris"]));
        holds_in(field(1, FieldType::Table), cells, O::Contains, &[operand], column)
    };
    assert!(ask(None, "paris") && ask(Some("green"), "paris") && !ask(Some("red"), "paris"));
}

#[test]
fn d21_what_was_not_asked_yet_says_nothing() {
    use FieldOperation as O;
    // Asked at the launch: step 1 is not complete, so its empty field says nothing.
    for operation in [O::NotEquals, O::NotContains, O::IsEmpty] {
        let mut template = blueprint(vec![with(task(1), &[text_field(1)]), task(2)]);
        template.automated_actions = vec![rule(1, when_field(capture(1), operation, "x"), vec![hide(2)])];
        let mut play = play(template);
        assert!(!play.is_hidden(2), "{operation:?}");
        play.complete(&ann(), 1);
        assert!(play.is_hidden(2), "{operation:?}");
    }
    // The kick-off form is complete from the launch on.
    let mut template = blueprint(vec![task(1)]);
    template.prerun = vec![text_field(1)];
    template.automated_actions = vec![rule(1, when_field(prerun(1), O::NotEquals, "x"), vec![hide(1)])];
    assert!(play(template).is_hidden(1));
}

#[test]
fn empty_texts_differ_from_anything_and_empty_lists_match_nothing() {
    use FieldOperation as O;
    for (kind, _, is, ..) in samples() {
        let ask = |operation| holds(field(1, kind), None, operation, is);
        let list = matches!(
            kind,
            FieldType::Multiselect | FieldType::File | FieldType::Table | FieldType::AssigneesForm
        );
        assert_eq!((ask(O::NotEquals), ask(O::NotContains)), (!list, !list), "{kind:?}");
        assert!(ask(O::IsEmpty) && !ask(O::IsNotEmpty), "{kind:?}");
        for operation in [O::Equals, O::Contains, O::EqualsAny, O::GreaterThan, O::LessThan] {
            assert!(!ask(operation), "{kind:?} {operation:?}");
        }
        // Nothing to compare with is no question at all.
        for operation in [O::Equals, O::NotEquals, O::Contains, O::NotContains, O::EqualsAny] {
            assert!(!holds(field(1, kind), None, operation, ""), "{kind:?} {operation:?}");
            assert!(!holds(text_field(1), Some(text("x")), operation, ""), "{operation:?}");
        }
    }
}

/// The operations that hold of step 1, seen when step 2 is completed.
fn operations(play: &mut Play) -> Vec<&'static str> {
    play.complete(&ann(), 2);
    let found = StepOperation::ALL.iter().enumerate().filter(|(at, _)| !play.is_hidden(3 + at));
    found.map(|(_, operation)| operation.as_str()).collect()
}

/// Step 1, step 2, and for each operation a step that is shown when it holds
/// of step 1 (and step 2 is complete).
fn observed(kind: TaskType) -> Play {
    let mut steps = vec![due(step(1, kind), 1, Unit::Hours), task(2)];
    let mut rules = Vec::new();
    for (at, operation) in StepOperation::ALL.iter().enumerate() {
        steps.push(task(3 + at));
        let conditions = vec![
            (Logic::And, when_step(2, StepOperation::Completed)),
            (Logic::And, when_step(1, *operation)),
        ];
        rules.push(rule_of(at, conditions, vec![show(3 + at)]));
    }
    let mut template = blueprint(steps);
    template.automated_actions = rules;
    play(template)
}

#[test]
fn every_operation_on_steps() {
    let open = || observed(TaskType::Task);
    assert_eq!(operations(&mut open()), ["not_assigned"]);

    let mut play = open();
    let task = play.id(1);
    play.does(&ann(), Command::Assign { task, people: users(&[ANN]) });
    assert_eq!(operations(&mut play.clone()), [""; 0]);
    play.complete(&ann(), 1);
    assert_eq!(operations(&mut play.clone()), ["completed"]);
    play.reopen(&ann(), 1);
    assert_eq!(operations(&mut play.clone()), ["reopened"]);
    play.complete(&ann(), 1);
    assert_eq!(operations(&mut play), ["completed"]);

    for (approved, word) in [(true, "approved"), (false, "rejected")] {
        let mut play = observed(TaskType::Approval);
        play.decide(&ann(), 1, approved);
        assert_eq!(operations(&mut play), ["completed", word, "not_assigned"]);
    }
    let mut play = observed(TaskType::Expiring);
    play.complete(&ann(), 1);
    assert_eq!(operations(&mut play), ["completed", "acknowledged", "not_assigned"]);

    let mut play = observed(TaskType::Expiring);
    let timer = Timer { task: play.id(1), kind: TimerKind::Expire, at: at(HOUR) };
    play.now = HOUR;
    play.does(&By::Clock, Command::TimerFired(timer));
    assert_eq!(operations(&mut play), ["expired", "not_assigned"]);
}

#[test]
fn time_clauses_are_counted_from_the_deadline() {
    let clauses = |moment: i64, deadline: bool| {
        let mut steps = vec![if deadline { due(task(1), 3, Unit::Days) } else { task(1) }];
        let mut rules = Vec::new();
        for (place, when) in TimeClause::ALL.iter().enumerate() {
            steps.push(task(2 + place));
            let operation = StepOperation::Completed;
            rules.push(rule(
                place,
                Test::Step { step: step_id(1), operation, when: *when },
                vec![show(2 + place)],
            ));
        }
        let mut template = blueprint(steps);
        template.automated_actions = rules;
        let mut play = play(template);
        play.now = moment - 1;
        play.complete(&ann(), 1);
        let found = TimeClause::ALL.iter().enumerate().filter(|(place, _)| !play.is_hidden(2 + place));
        found.map(|(_, when)| when.as_str()).collect::<Vec<_>>()
    };
    for (moment, expected) in [
        (1, vec!["any_time", "on-time", "early_24"]),
        (2 * DAY, vec!["any_time", "on-time", "early_24"]),
        (2 * DAY + 1, vec!["any_time", "on-time"]),
        (3 * DAY, vec!["any_time", "on-time"]),
        (3 * DAY + 1, vec!["any_time"]),
        (4 * DAY - 1, vec!["any_time"]),
        (4 * DAY, vec!["any_time", "late_24"]),
    ] {
        assert_eq!(clauses(moment, true), expected, "{moment}");
    }
    assert_eq!(clauses(1, false), ["any_time"]);
}

#[test]
fn conditions_join_from_left_to_right() {
    use Logic::{And, Or};
    // Fields 1 to 3 hold 1 or 0; the rule asks whether they are 1.
    let result = |values: [bool; 3], second: Logic, third: Logic| {
        let mut template = blueprint(vec![task(1)]);
        template.prerun = (1..=3).map(text_field).collect();
        let test = |n| when_field(prerun(n), FieldOperation::Equals, "1");
        // The logic of the first condition says nothing.
        let conditions = vec![(Or, test(1)), (second, test(2)), (third, test(3))];
        template.automated_actions = vec![rule_of(1, conditions, vec![hide(1)])];
        let (play, _) = launched(template, |launch| {
            launch.prerun =
                (1..=3).map(|n| (field_id(n), text(if values[n - 1] { "1" } else { "0" }))).collect();
        })
        .unwrap();
        play.is_hidden(1)
    };
    for bits in 0..8_u8 {
        let [a, b, c] = [bits & 1 > 0, bits & 2 > 0, bits & 4 > 0];
        assert_eq!(result([a, b, c], And, And), a && b && c);
        assert_eq!(result([a, b, c], Or, Or), a || b || c);
        assert_eq!(result([a, b, c], And, Or), (a && b) || c);
        // No precedence: (a or b) and c, not a or (b and c).
        assert_eq!(result([a, b, c], Or, And), (a || b) && c);
    }
}
