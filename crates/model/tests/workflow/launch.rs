//! How a process begins: names, forms, people, overrides.

use std::sync::Arc;

use hospes_model::task::TaskType;
use hospes_model::task::form::FieldType;
use hospes_model::workflow::*;

use crate::support::*;

#[test]
fn every_step_becomes_a_task_with_an_id_in_their_order() {
    let play = play(blueprint((1..=300).map(task).collect()));
    let ids: Vec<_> = play.run.state().tasks.iter().map(|task| task.id).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
    let origins = play.run.state().tasks.iter().map(|task| task.origin.clone());
    assert!(origins.eq((1..=300).map(|n| Origin::Step(step_id(n)))));
    assert_eq!(play.run.progress(), RunProgress { complete: 0, total: 300 });
    assert_eq!(play.run.status(), RunStatus::Active);
}

#[test]
fn a_stored_task_does_not_say_what_has_not_happened_to_it() {
    let play = play(blueprint(vec![task(1)]));
    let state = &play.run.state().tasks[0];
    let json = serde_json::to_value(state).unwrap();
    let names: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(names, ["assignees", "id", "origin", "started_at"]);
    assert_eq!(json["assignees"], serde_json::json!({}));
    assert_eq!(serde_json::from_value::<RunTask>(json).unwrap(), *state);
}

#[test]
fn every_missing_and_wrong_answer_is_named_at_once() {
    let mut template = blueprint(vec![with(task(1), &[text_field(9)])]);
    template.prerun = vec![
        required(text_field(1)),
        required(field(2, FieldType::Radio)),
        field(3, FieldType::Table),
        text_field(4),
        Field {
            validation: Validation { format: Some(TextFormat::Numeric), ..Validation::default() },
            ..text_field(5)
        },
    ];
    let refusal = launched(template, |launch| {
        launch.prerun = vec![
            (field_id(2), text("blue")),
            (field_id(3), row(&["only one"])),
            (field_id(4), text("fine")),
            (field_id(5), text("many")),
            (field_id(9), text("of a step, not of the form")),
            (field_id(77), text("of another template")),
        ];
    })
    .unwrap_err();
    let hospes_model::Refusal::Invalid(errors) = &refusal else { panic!("{refusal:?}") };
    let label = errors.iter().find(|(field, _)| field.ends_with(&field_id(1).to_string())).unwrap().1;
    assert!(label[0].contains("“Field 1”"), "the label is named: {label:?}");
    let named = [1, 2, 3, 5, 9, 77].map(|n| format!("prerun.{}", field_id(n)));
    assert_eq!(faults(refusal), named);
}

#[test]
fn documents_and_strangers_are_refused() {
    let mut template = blueprint(vec![task(1)]);
    template.kind = TemplateKind::Document;
    let refusal = launched(template, |launch| {
        launch.owner = Some(member(66));
        launch.launcher = member(67);
        let people = Some(users(&[ANN, 68]));
        launch.tasks.insert(step_id(1), StepOverride { deadline: None, people });
        launch.tasks.insert(step_id(2), StepOverride::default());
        launch.roles.insert(role_id(1), users(&[69]));
        launch.name = Some("a\u{202E}b".to_owned());
    })
    .unwrap_err();
    let expected = [
        "checklist_id".to_owned(),
        "name".to_owned(),
        "owner_id".to_owned(),
        format!("roles.{}.users", role_id(1)),
        format!("tasks.{}.owners.users", step_id(1)),
        format!("tasks.{}", step_id(2)),
        "user_id".to_owned(),
    ];
    let mut named = faults(refusal);
    named.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(named, expected);
}

#[test]
fn people_come_from_the_launch_then_the_template_then_the_launcher() {
    let starter = |n: usize, people: People| Step { assign_run_starter: true, people, ..task(n) };
    let titled = |n: usize| Step { roles: vec![role_id(1)], ..starter(n, People::default()) };
    let steps = vec![
        starter(1, users(&[EVE])),
        starter(2, People::default()),
        task(3),
        titled(4),
        titled(5),
        starter(6, users(&[EVE])),
        starter(7, users(&[66])),
        starter(8, guests(&[CARL])),
        starter(9, People::of_groups([group_id(1)])),
    ];
    let (play, outcome) = launched(blueprint(steps), |launch| {
        launch.roles.insert(role_id(1), users(&[BO]).with(&guests(&[DORA])));
        launch.roles.insert(role_id(2), users(&[BO]));
        let people = Some(users(&[ADMIN]));
        launch.tasks.insert(step_id(1), StepOverride { deadline: None, people });
        launch.tasks.insert(step_id(5), StepOverride { deadline: None, people: Some(guests(&[CARL])) });
        launch.tasks.insert(step_id(6), StepOverride { deadline: None, people: Some(People::default()) });
    })
    .unwrap();
    let on: Vec<String> = (1..=9).map(|n| play.on(n)).collect();
    assert_eq!(
        on,
        [
            "1",
            "2",
            "",
            "3 dora@client.example",
            "carl@client.example (2)",
            "2",
            "2",
            "carl@client.example (2)",
            "group"
        ]
    );
    assert!(outcome.warnings.iter().any(|text| text.contains(&role_id(2).to_string())));
}

#[test]
fn rules_come_before_chaperones() {
    let mut template = blueprint(vec![Step { people: guests(&[CARL]), ..task(1) }]);
    template.prerun = vec![text_field(1)];
    let verb = AssignVerb::Assign;
    template.automated_actions =
        vec![rule(1, when_field(prerun(1), FieldOperation::IsEmpty, ""), vec![put(1, verb, users(&[EVE]))])];
    let (play, outcome) = launched(template, |_| {}).unwrap();
    assert_eq!(play.on(1), "4 carl@client.example");
    assert!(outcome.warnings.is_empty());
}

#[test]
fn names_follow_the_template() {
    let named = |auto: bool, may_change: bool, format: Option<&str>, given: Option<&str>| {
        let mut template = blueprint(vec![task(1)]);
        template.prerun = vec![text_field(1)];
        template.naming = Naming {
            auto_naming: auto,
            format: format.map(ToOwned::to_owned),
            allow_launcher_change_name: may_change,
        };
        let (play, _) = launched(template, |launch| {
            launch.name = given.map(ToOwned::to_owned);
            launch.prerun = vec![(field_id(1), text("Acme"))];
        })
        .unwrap();
        play.run.state().name.clone()
    };
    let format = Some("{{f1}} on {{DATE}}");
    assert_eq!(named(false, true, None, None), "On-boarding - 2026-03-02");
    assert_eq!(named(false, true, None, Some(" Ours ")), "Ours");
    assert_eq!(named(false, true, format, None), "Acme on 2026-03-02");
    assert_eq!(named(false, true, format, Some("Ours")), "Ours");
    assert_eq!(named(true, true, format, Some("Ours")), "Acme on 2026-03-02");
    assert_eq!(named(false, false, format, Some("Ours")), "Acme on 2026-03-02");
    assert_eq!(named(true, true, Some("{{f9}}"), None), "{{f9}}");
    let long = "x".repeat(551);
    let refusal = launched(blueprint(vec![task(1)]), |launch| launch.name = Some(long)).unwrap_err();
    assert_eq!(faults(refusal), ["name"]);
}

#[test]
fn defaults_are_filled_in_also_with_variables() {
    let with_default = |n: usize, kind, default| Field { default: Some(default), ..field(n, kind) };
    let plain = |answer| DefaultAnswer::Answer(answer);
    let days = |direction| DefaultAnswer::Today { offset: span(2, Unit::Days), direction };
    let mut template = blueprint(vec![with(
        task(1),
        &[
            with_default(3, FieldType::Text, plain(text("For {{f1}}"))),
            with_default(4, FieldType::Date, days(Direction::From)),
            with_default(5, FieldType::Date, days(Direction::Before)),
            with_default(6, FieldType::Table, plain(row(&["{{f1}}", "b"]))),
            // What the field cannot hold is left out.
            with_default(7, FieldType::Text, plain(text(&"{{f1}}".repeat(60)))),
        ],
    )]);
    template.prerun = vec![
        required(with_default(1, FieldType::Text, plain(text("Acme")))),
        Field { default_to_guest: true, ..field(2, FieldType::AssigneesForm) },
    ];
    let (play, _) = launched(template, |launch| launch.submitter = Some(guest(CARL))).unwrap();
    let answers = &play.task(1).answers;
    assert_eq!(answers.get(&field_id(3)), Some(&text("For Acme")));
    assert_eq!(answers.get(&field_id(4)), Some(&text("2026-03-04")));
    assert_eq!(answers.get(&field_id(5)), Some(&text("2026-02-28")));
    assert_eq!(answers.get(&field_id(6)), Some(&row(&["Acme", "b"])));
    assert_eq!(answers.get(&field_id(7)), None);
    assert_eq!(play.run.state().prerun.get(&field_id(2)), Some(&Answer::People(guests(&[CARL]))));
}

#[test]
fn too_many_assignees_are_refused_by_the_step() {
    let limited = |people| Step { max_assignable: 1, people, ..task(1) };
    let refusal = launched(blueprint(vec![limited(People::of_groups([group_id(1)]))]), |_| {}).unwrap_err();
    assert_eq!(faults(refusal), [format!("tasks.{}.owners", step_id(1))]);
    assert!(
        launched(blueprint(vec![limited(guests(&[CARL]))]), |_| {}).is_ok(),
        "a chaperone takes no place"
    );
}

#[test]
fn start_dates_are_advice() {
    let later = |soft| Step {
        start_date: Some(span(1, Unit::Days)),
        is_soft_start_date: soft,
        ..step(1, TaskType::Task)
    };
    let mut hard = play(blueprint(vec![later(false)]));
    assert_eq!(hard.task(1).status(at(0)), Status::NotStarted);
    assert_eq!(hard.task(1).status(at(DAY)), Status::InProgress);
    hard.complete(&ann(), 1);
    assert_eq!(play(blueprint(vec![later(true)])).task(1).status(at(0)), Status::InProgress);
}

#[test]
fn a_process_is_done_with_its_tasks_and_its_form() {
    assert_eq!(play(blueprint(Vec::new())).run.status(), RunStatus::Active);
    let mut form = blueprint(Vec::new());
    form.kind = TemplateKind::Form;
    form.prerun = vec![text_field(1)];
    assert_eq!(play(form).run.status(), RunStatus::Complete);
    let hidden = Step { hidden_by_default: true, ..task(1) };
    let mut all_hidden = play(blueprint(vec![hidden]));
    assert_eq!((all_hidden.run.status(), all_hidden.run.progress().total), (RunStatus::Active, 0));
    let task = all_hidden.id(1);
    all_hidden.does(&ann(), Command::SetVisible { task, visible: true });
    all_hidden.complete(&ann(), 1);
    assert_eq!(all_hidden.run.status(), RunStatus::Complete);
}

#[test]
fn a_state_of_another_template_is_told_apart() {
    let play = play(blueprint(vec![task(1), task(2)]));
    for steps in [vec![task(1)], vec![task(2), task(1)], vec![task(1), task(2), task(3)]] {
        let snapshot = Arc::new(Snapshot::new(blueprint(steps)).unwrap());
        assert_eq!(Run::assemble(snapshot, play.run.state().clone()), Err(Mismatch));
    }
}
