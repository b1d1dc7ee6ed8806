//! Faults of templates, each named by its path, in bounded time.

use std::time::{Duration, Instant};

use hospes_model::Refusal;
use hospes_model::task::TaskType;
use hospes_model::task::form::{Choice, FieldType, FieldValue};
use hospes_model::workflow::*;

use crate::support::*;

/// A sound template with a bit of everything.
fn sound() -> Blueprint {
    let mut template = blueprint(vec![
        with(task(1), &[text_field(1), field(2, FieldType::Date), field(3, FieldType::AssigneesForm)]),
        due(step(2, TaskType::Approval), 1, Unit::Days),
        with(task(3), &[field(4, FieldType::Date), field(5, FieldType::AssigneesForm)]),
    ]);
    template.prerun = vec![field(6, FieldType::Radio), field(7, FieldType::Table)];
    template.automated_actions = vec![rule(
        1,
        when_step(1, StepOperation::Completed),
        vec![show(2), put(3, AssignVerb::Assign, users(&[ANN]))],
    )];
    template
}

fn faulty(change: impl FnOnce(&mut Blueprint)) -> Vec<String> {
    let mut template = sound();
    change(&mut template);
    match Snapshot::new(template) {
        Ok(_) => Vec::new(),
        Err(refusal) => faults(refusal),
    }
}

fn choice(id: i64, text: &str) -> Choice {
    Choice { id, text: text.to_owned() }
}

fn counted_from(n: usize, direction: Direction) -> StepDeadline {
    StepDeadline { offset: span(1, Unit::Days), direction, base: StepBase::Step(step_id(n)) }
}

#[test]
fn a_sound_template_has_no_faults() {
    assert_eq!(faulty(|_| {}), [""; 0]);
    assert_eq!(Snapshot::new(sound()).unwrap().warnings(), []);
}

type Change = fn(&mut Blueprint);

#[test]
fn every_fault_of_steps_and_fields_has_its_path() {
    let cases: &[(&str, Change)] = &[
        ("title", |t| t.title = "x".repeat(251)),
        ("title", |t| t.title = " ".to_owned()),
        ("default_process_name_format", |t| t.naming.format = Some("x".repeat(551))),
        ("steps.2.id", |t| {
            t.steps[2].id = step_id(1);
            t.automated_actions.clear();
        }),
        ("steps.1.title", |t| t.steps[1].title = "x".repeat(601)),
        ("steps.1.title", |t| t.steps[1].title = "a\u{202E}b".to_owned()),
        ("steps.1.alias", |t| t.steps[1].alias = String::new()),
        ("steps.1.summary", |t| t.steps[1].summary = Some("x".repeat(30_001))),
        ("steps.1.webhook", |t| t.steps[1].webhook = Some("ftp://x.example".to_owned())),
        ("steps.1.stage", |t| t.steps[1].stage = Some(hospes_model::StageId::new(1, [1; 10]))),
        ("steps.1.assignees", |t| t.steps[1].people = People::members((1..=201).map(member))),
        ("steps.1.max_assignable", |t| {
            t.steps[1].people = users(&[ANN, EVE]);
            t.steps[1].max_assignable = 1;
        }),
        ("steps.0.deadline.step", |t| t.steps[0].deadline = Some(counted_from(9, Direction::From))),
        ("steps.0.deadline.step", |t| t.steps[0].deadline = Some(counted_from(1, Direction::From))),
        ("steps.0.deadline.step", |t| t.steps[0].deadline = Some(counted_from(2, Direction::From))),
        ("steps.0.captures.1.id", |t| t.steps[0].captures[1].definition.id = field_id(1)),
        ("steps.2.captures.0.id", |t| t.steps[2].captures[0].definition.id = field_id(1)),
        ("steps.0.captures.0.id", |t| t.steps[0].captures[0].definition.id = field_id(6)),
        ("steps.0.captures.1.alias", |t| t.steps[0].captures[1].definition.alias = "f1".to_owned()),
        ("steps.0.captures.0.alias", |t| t.steps[0].captures[0].definition.alias = "a}}".to_owned()),
        ("steps.0.captures.0.label", |t| t.steps[0].captures[0].definition.label = String::new()),
        ("steps.0.captures.0.guidance", |t| {
            t.steps[0].captures[0].definition.guidance = Some("\0".to_owned());
        }),
        ("prerun.0.options", |t| t.prerun[0].definition.options.truncate(1)),
        ("prerun.0.options.1.id", |t| t.prerun[0].definition.options[1] = choice(1, "blue")),
        ("prerun.0.options.1.id", |t| t.prerun[0].definition.options[1] = choice(0, "blue")),
        ("prerun.0.options.1.text", |t| t.prerun[0].definition.options[1] = choice(2, "red")),
        ("prerun.0.options.1.text", |t| t.prerun[0].definition.options[1] = choice(2, " ")),
        ("prerun.1.columns", |t| t.prerun[1].definition.columns.clear()),
        ("prerun.1.columns.0.id", |t| t.prerun[1].definition.columns[0].id = -1),
        ("prerun.1.default_value", |t| t.prerun[1].default = Some(DefaultAnswer::Answer(row(&["one"])))),
        ("prerun.0.default_value", |t| t.prerun[0].default = Some(DefaultAnswer::Answer(text("blue")))),
        ("prerun.0.default_value", |t| {
            let (offset, direction) = (span(1, Unit::Days), Direction::From);
            t.prerun[0].default = Some(DefaultAnswer::Today { offset, direction });
        }),
        ("prerun.0.field_validation", |t| {
            t.prerun[0].validation = Validation { min: Some(2), max: Some(1), ..Validation::default() };
        }),
    ];
    for (path, change) in cases {
        assert_eq!(faulty(change), [*path]);
    }
    let dropdown = |options| {
        faulty(|t| {
            t.prerun[0].definition.field_type = FieldType::Dropdown;
            t.prerun[0].definition.options = options;
        })
    };
    assert_eq!(dropdown(vec![choice(1, "one")]), [""; 0]);
    assert_eq!(dropdown(Vec::new()), ["prerun.0.options"]);
}

#[test]
fn every_fault_of_rules_has_its_path() {
    const RULE: &str = "automated_actions.0";
    let from = |from| Action::Assignment {
        step: step_id(2),
        verb: AssignVerb::Assign,
        people: People::default(),
        from,
    };
    let moved =
        |base, direction| Action::Deadline { step: step_id(2), base, offset: span(1, Unit::Days), direction };
    let webhook = |url: &str| Action::Webhook { url: url.to_owned(), alias: String::new() };
    let nobody = || put(2, AssignVerb::Assign, People::default());
    let crowd = || put(2, AssignVerb::Assign, People::members((1..=201).map(member)));
    let cases: Vec<(&str, Vec<Action>)> = vec![
        ("then_actions", Vec::new()),
        ("then_actions", (0..=MAX_ACTIONS).map(|_| reopen(1)).collect()),
        ("then_actions.0.target_step_id", vec![show(9)]),
        ("then_actions.1.target_step_id", vec![show(2), hide(2)]),
        ("then_actions.0.assignees", vec![nobody()]),
        ("then_actions.0.assignees", vec![crowd()]),
        ("then_actions.0.actionable_id", vec![from(Some(capture(99)))]),
        ("then_actions.0.actionable_id", vec![from(Some(prerun(3)))]),
        ("then_actions.0.actionable_id", vec![from(Some(capture(1)))]),
        ("then_actions.0.actionable_id", vec![from(Some(capture(5)))]),
        ("then_actions.0.actionable_id", vec![moved(DeadlineBase::Step(step_id(9)), Direction::From)]),
        ("then_actions.0.actionable_id", vec![moved(DeadlineBase::Step(step_id(3)), Direction::From)]),
        ("then_actions.0.actionable_id", vec![moved(DeadlineBase::Field(capture(1)), Direction::From)]),
        ("then_actions.0.actionable_id", vec![moved(DeadlineBase::Field(capture(4)), Direction::From)]),
        ("then_actions.0.url", vec![webhook("")]),
        ("then_actions.0.url", vec![webhook("javascript:alert(1)")]),
    ];
    for (path, actions) in cases {
        assert_eq!(faulty(|t| t.automated_actions[0].actions = actions), [format!("{RULE}.{path}")]);
    }
    for fine in [
        from(Some(capture(3))),
        moved(DeadlineBase::Field(capture(2)), Direction::From),
        moved(DeadlineBase::Step(step_id(3)), Direction::Before),
        moved(DeadlineBase::Step(step_id(1)), Direction::From),
        moved(DeadlineBase::Current, Direction::Before),
        put(2, AssignVerb::ClearAssignees, People::default()),
        webhook("https://x.example/hook"),
    ] {
        assert_eq!(faulty(|t| t.automated_actions[0].actions = vec![fine]), [""; 0]);
    }
    let about = |test| faulty(|t| t.automated_actions[0].conditions[0].test = test);
    let id = format!("{RULE}.conditions.0.conditionable_id");
    assert_eq!(about(when_step(9, StepOperation::Completed)), [id.as_str()]);
    assert_eq!(about(when_field(capture(99), FieldOperation::IsEmpty, "")), [id.as_str()]);
    assert_eq!(about(when_field(prerun(1), FieldOperation::IsEmpty, "")), [id.as_str()], "it is on a step");
    let column = Test::Field {
        field: prerun(7),
        operation: FieldOperation::Contains,
        operands: vec!["x".to_owned()],
        column: Some("no such column".to_owned()),
    };
    assert_eq!(about(column), [format!("{RULE}.conditions.0.column_contains_name")]);
    assert_eq!(faulty(|t| t.automated_actions[0].conditions.clear()), [format!("{RULE}.conditions")]);
    assert_eq!(
        faulty(|t| t.automated_actions[0].alias = "x".repeat(301)),
        [format!("{RULE}.automated_alias")]
    );
    assert_eq!(
        faulty(|t| t.automated_actions.push(t.automated_actions[0].clone())),
        ["automated_actions.1.id"]
    );
}

#[test]
fn deadlines_that_wait_for_each_other_are_named() {
    // 1 before 2, 2 before 3, 3 after 1; and 4 before 1, which waits for them.
    let mut steps: Vec<Step> = (1..=4).map(task).collect();
    steps[0].deadline = Some(counted_from(2, Direction::Before));
    steps[1].deadline = Some(counted_from(3, Direction::Before));
    steps[2].deadline = Some(counted_from(1, Direction::From));
    steps[3].deadline = Some(counted_from(1, Direction::Before));
    let named = faults(Snapshot::new(blueprint(steps)).unwrap_err());
    assert_eq!(named, [0, 1, 2, 3].map(|at| format!("steps.{at}.deadline.step")));
}

#[test]
fn all_faults_are_named_at_once() {
    let named = faulty(|t| {
        t.title.clear();
        t.steps[0].title.clear();
        t.prerun[0].definition.options.clear();
        t.automated_actions[0].actions = vec![show(9)];
    });
    assert_eq!(
        named,
        ["automated_actions.0.then_actions.0.target_step_id", "prerun.0.options", "steps.0.title", "title"]
    );
}

#[test]
fn what_can_hardly_be_meant_is_warned_of() {
    let warned = |change: Change| {
        let mut template = sound();
        change(&mut template);
        let snapshot = Snapshot::new(template).unwrap();
        snapshot.warnings().iter().map(|warning| warning.path.clone()).collect::<Vec<_>>()
    };
    // Steps that wait for each other to be shown, and one that nothing shows.
    let hidden = warned(|t| {
        t.automated_actions = vec![
            rule(1, when_step(2, StepOperation::Completed), vec![show(1)]),
            rule(2, when_step(1, StepOperation::Completed), vec![show(2)]),
        ];
        t.steps[2].hidden_by_default = true;
    });
    assert_eq!(hidden, ["steps.0", "steps.1", "steps.2"]);
    let chain = warned(|t| {
        t.automated_actions = vec![
            rule(1, when_step(2, StepOperation::Completed), vec![show(3)]),
            rule(2, when_step(1, StepOperation::Completed), vec![show(2)]),
        ];
    });
    assert_eq!(chain, [""; 0]);
    let never = warned(|t| t.automated_actions[0].conditions[0].test = when_step(1, StepOperation::Approved));
    assert_eq!(never, ["automated_actions.0.conditions.0.operation"]);
    let nothing = warned(|t| {
        t.automated_actions[0].conditions[0].test = when_field(capture(1), FieldOperation::Equals, "");
    });
    assert_eq!(nothing, ["automated_actions.0.conditions.0.statement"]);
    let open_end = warned(|t| t.steps[0].task_type = TaskType::Expiring);
    assert_eq!(open_end, ["steps.0.deadline"]);
}

#[test]
fn imports_of_any_size_are_refused_in_bounded_time() {
    // Five thousand steps, each counting on the one before, each shown by a
    // rule on the one behind, and each with something wrong.
    let steps = (1..=5_000).map(|n| {
        let mut step = with(task(n), &[field(n, FieldType::Radio)]);
        step.captures[0].definition.options.clear();
        step.deadline = (n > 1).then(|| counted_from(n - 1, Direction::From));
        step
    });
    let mut huge = blueprint(steps.collect());
    huge.automated_actions = (1..=5_000)
        .map(|n| rule(n, when_step(n + 1, StepOperation::Completed), vec![show(n), show(n)]))
        .collect();
    let begun = Instant::now();
    let Err(Refusal::Invalid(errors)) = Snapshot::new(huge) else { panic!() };
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let named: Vec<&str> = errors.iter().map(|(path, _)| path).collect();
    assert_eq!(named.len(), 2 + 5_000 + 5_000 + 1);
    for path in ["steps", "automated_actions", "steps.4999.captures.0.options"] {
        assert!(named.contains(&path), "{path}");
    }
}

#[test]
fn the_largest_templates_are_checked_quickly() {
    // Every step is shown by the one behind it: found from the end, one by one.
    let mut large = blueprint((1..=MAX_STEPS).map(task).collect());
    large.automated_actions = (1..MAX_STEPS)
        .map(|n| {
            let many = (0..10).map(|_| (Logic::And, when_step(n + 1, StepOperation::Completed)));
            rule_of(n, many.collect(), vec![show(n)])
        })
        .collect();
    let begun = Instant::now();
    let snapshot = Snapshot::new(large).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(snapshot.warnings(), []);
}

#[test]
fn wrong_shapes_of_answers_are_told() {
    let table = field(1, FieldType::Table);
    for cells in [&["one"][..], &["one", "two", "three"]] {
        let fault = table.check(&row(cells)).unwrap_err();
        assert_eq!(fault, "Number of columns does not match required columns");
    }
    assert!(field(1, FieldType::Dropdown).check(&Answer::Value(FieldValue::Option(7))).is_err());
}

#[test]
fn all_rules_together_are_bounded() {
    let crowded = |count: usize, conditions: &dyn Fn() -> Vec<(Logic, Test)>, actions: usize| {
        faulty(|t| {
            let actions: Vec<Action> = (0..actions).map(|_| reopen(2)).collect();
            t.automated_actions = (0..count).map(|n| rule_of(n, conditions(), actions.clone())).collect();
        })
    };
    let full = MAX_PARTS / MAX_CONDITIONS;
    let done = || (Logic::And, when_step(1, StepOperation::Completed));
    let many = || (0..MAX_CONDITIONS).map(|_| done()).collect();
    assert_eq!(crowded(full, &many, 1), [""; 0]);
    assert_eq!(crowded(full + 1, &many, 1), ["automated_actions"]);
    // One condition with many values is as much work.
    let values = || {
        let operands = (0..MAX_CONDITIONS).map(|n| n.to_string()).collect();
        let (field, operation) = (capture(1), FieldOperation::EqualsAny);
        vec![(Logic::And, Test::Field { field, operation, operands, column: None })]
    };
    assert_eq!(crowded(full, &values, 1), [""; 0]);
    assert_eq!(crowded(full + 1, &values, 1), ["automated_actions"]);
    let one = || vec![done()];
    assert_eq!(crowded(MAX_PARTS / MAX_ACTIONS, &one, MAX_ACTIONS), [""; 0]);
    assert_eq!(crowded(MAX_PARTS / MAX_ACTIONS + 1, &one, MAX_ACTIONS), ["automated_actions"]);
}
