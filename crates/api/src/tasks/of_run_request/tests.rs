//! Changes of a process's tasks as callers send them, and what is asked of the
//! process for them.

use super::*;
use crate::runs::testing::{field_id, member, now, process};
use crate::tasks::{Includes, Task};
use hospes_model::workflow::{Answer, Directory};

const HEX: &str = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";

fn first() -> TaskId {
    process().run.state().tasks[0].id
}

fn asked(body: &Value) -> Result<Asked, Refusal> {
    read_update(body, &Calendar::plain())?.for_task(&process(), first())
}

fn paths(refused: Result<impl std::fmt::Debug, Refusal>) -> Vec<String> {
    let Err(Refusal::Invalid(faults)) = refused else { panic!("{refused:?}") };
    faults.iter().map(|(path, _)| path.to_owned()).collect()
}

/// The task as it is shown.
fn shown() -> Value {
    let process = process();
    let of = process.task_at(0, &process.run_head(), &Directory::new(member(1))).unwrap();
    serde_json::to_value(Task::of_run(&of, now(), Includes::parse("form_fields").with_summary())).unwrap()
}

#[test]
fn what_is_absent_or_sent_back_asks_for_nothing() {
    let whole = shown();
    let kept = [
        "title",
        "summary",
        "deadline",
        "started_at",
        "owners",
        "status",
        "position",
        "max_assignable",
        "webhook",
        "top_secret",
        "task_type",
        "prevent_guest_comment",
    ];
    let echo: Map<String, Value> = kept.iter().map(|key| ((*key).to_owned(), whole[*key].clone())).collect();
    // A deadline that is not there cannot be sent.
    let echo = Value::Object(
        echo.into_iter().filter(|(key, value)| key != "deadline" || !value.is_null()).collect(),
    );
    for body in [json!({}), json!({"status": "completed"}), echo] {
        let asked = asked(&body).unwrap();
        assert_eq!((asked.commands, asked.warnings), (Vec::new(), Vec::new()), "{body}");
    }
}

#[test]
fn what_is_sent_is_asked_in_order() {
    let (text, radio) = (field_id(10), field_id(12));
    let body = json!({
        "title": "Other", "description": "Text", "deadline": "2030-01-31 10:00:00", "started_at": "2030-01-01",
        "owners": {"guests": ["a@b.example"], "groups": [HEX]}, "hidden": true,
        "taskdata": {text.to_string(): "x", radio.to_string(): "red", "f11": null, "other": 1},
        "webhook": "https://a.example", "nonsense": 1,
    });
    let asked = asked(&body).unwrap();
    let [
        Command::Edit { change, .. },
        Command::Assign { people, .. },
        visible,
        Command::Answer { values, .. },
    ] = &asked.commands[..]
    else {
        panic!("{:?}", asked.commands)
    };
    assert_eq!((change.title.as_deref(), change.summary.as_deref()), (Some("Other"), Some("Text")));
    assert_eq!(change.deadline.unwrap().to_string(), "2030-01-31T10:00:00Z");
    assert_eq!(change.started_at.unwrap().to_string(), "2030-01-01T00:00:00Z");
    assert_eq!((people.users().len(), people.guests().len(), people.groups().len()), (0, 1, 1));
    assert_eq!(*visible, Command::SetVisible { task: first(), visible: false });
    let mut values = values.clone();
    values.sort_by_key(|(id, _)| *id);
    assert_eq!(
        values,
        [(text, Some(Answer::text("x"))), (field_id(11), None), (radio, Some(Answer::text("red")))]
    );
    assert_eq!(asked.warnings.len(), 3, "{:?}", asked.warnings);
}

#[test]
fn every_fault_is_named_at_once() {
    let table = field_id(18);
    let body = json!({
        "title": "", "summary": 1, "deadline": "soon", "started_at": "soon", "hidden": "maybe",
        "owners": {"users": ["x"]},
        "taskdata": {table.to_string(): ["a"], field_id(13).to_string(): "blue"},
    });
    let refused = asked(&body);
    let Err(Refusal::Invalid(faults)) = &refused else { panic!("{refused:?}") };
    let column = faults.iter().find(|(path, _)| *path == format!("taskdata.{table}")).unwrap();
    assert!(column.1[0].contains("Number of columns does not match required columns"));
    assert_eq!(
        paths(refused),
        [
            "deadline".to_owned(),
            "hidden".to_owned(),
            "owners.users.0".to_owned(),
            "started_at".to_owned(),
            "summary".to_owned(),
            format!("taskdata.{table}"),
            format!("taskdata.{}", field_id(13)),
            "title".to_owned(),
        ]
    );
    assert_eq!(paths(asked(&json!({"owners": 1, "taskdata": 1}))), ["owners", "taskdata"]);
    let other =
        read_update(&json!({}), &Calendar::plain()).unwrap().for_task(&process(), TaskId::new(9, [9; 10]));
    assert_eq!(other.err(), Some(Refusal::NotFound));
}

#[test]
fn a_value_is_named_by_its_own_id_and_not_by_its_field_s() {
    let id = shown()["form_fields"]["data"][0]["value_id"].as_str().unwrap().to_owned();
    let written = read_value(&json!({"id": id, "form_value": "x"})).unwrap();
    assert_eq!(written.id.place, 0);
    assert_eq!(read_value(&json!({"id": id, "form_value": null})).unwrap().value, Value::Null);
    let Err(Refusal::Invalid(faults)) = read_value(&json!({"id": field_id(10).to_string(), "form_value": 1}))
    else {
        panic!("a field's id was taken")
    };
    assert!(faults.iter().next().unwrap().1[0].contains("capture"));
    assert_eq!(paths(read_value(&json!({"id": "x"}))), ["form_value", "id"]);
    assert_eq!(paths(read_value(&json!({}))), ["form_value", "id"]);
    assert_eq!(read_capture(&json!({"id": "f1", "value": 1})), Ok(json!({"taskdata": {"f1": 1}})));
    assert_eq!(paths(read_capture(&json!({"id": 1}))), ["id", "value"]);
}

#[test]
fn an_added_task_brings_its_form_and_its_people() {
    let body = json!({
        "title": "More", "task_type": "task", "deadline": "2030-01-31", "started_at": "2030-01-01",
        "run_id": HEX, "owners": {"users": [3]}, "max_assignable": 2,
        "form_fields": [{"label": "B", "field_type": "text", "position": 2},
            {"label": "A", "field_type": "radio", "options": ["x", "y"], "position": 1}],
    });
    let mut number = 0;
    let create = super::super::request::read_create(&body, &Calendar::plain(), || {
        number += 1;
        FieldId::new(1, [number; 10])
    });
    let create = create.unwrap();
    let (id, step) = (TaskId::new(1, [1; 10]), StepId::new(1, [1; 10]));
    let added = create.added(id, step, &create.people).unwrap();
    let labels: Vec<_> = added.step.captures.iter().map(|field| &*field.definition.label).collect();
    assert_eq!((labels, added.step.max_assignable), (vec!["A", "B"], 2));
    assert_eq!(added.step.people, People::members([member(3)]));
    assert_eq!(added.started_at.unwrap().to_string(), "2030-01-01T00:00:00Z");
    // Each of several tasks has fields of its own.
    let mut number = 100;
    let mut fresh = || {
        number += 1;
        FieldId::new(1, [number; 10])
    };
    let [first, second] =
        [4, 5].map(|id_of| create.separate((id, step), &People::members([member(id_of)]), &mut fresh));
    assert_eq!((&first.step.people, first.deadline), (&People::members([member(4)]), added.deadline));
    let ids = |added: &Added| added.step.captures.iter().map(Field::id).collect::<Vec<_>>();
    assert_eq!([ids(&first).len(), ids(&second).len()], [2, 2]);
    assert!(ids(&first).iter().all(|field| !ids(&second).contains(field) && !ids(&added).contains(field)));
    let aliases = |added: &Added| {
        added.step.captures.iter().map(|field| field.definition.alias.clone()).collect::<Vec<_>>()
    };
    assert!(aliases(&first).iter().all(|alias| !aliases(&second).contains(alias)));
}

#[test]
fn a_clone_has_the_words_and_a_form_of_its_own() {
    let mut number = 100;
    let mut fresh = || {
        number += 1;
        FieldId::new(1, [number; 10])
    };
    let ids = (TaskId::new(1, [1; 10]), StepId::new(1, [1; 10]));
    let command = clone_of(&process(), first(), None, ids, &mut fresh).unwrap();
    let Command::AddTasks { tasks } = command else { panic!("{command:?}") };
    let step = &tasks[0].step;
    assert_eq!((step.title.as_str(), step.captures.len()), ("Send the contract", 10));
    assert!(step.captures.iter().all(|field| field.id() > field_id(99)));
    assert_eq!(step.people, People::members([member(1)]));
    let command = clone_of(&process(), first(), Some("Again"), ids, &mut fresh).unwrap();
    assert!(matches!(command, Command::AddTasks { tasks } if tasks[0].step.title == "Again"));
}
