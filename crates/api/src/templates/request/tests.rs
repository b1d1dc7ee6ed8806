//! Every class of fault by its path, and what the readings of `clients.md`
//! come to.

mod fields;

use hospes_model::task::form::FieldType;
use hospes_model::template;
use hospes_model::workflow::{Answer, DefaultAnswer, Directory, Field, People, Snapshot};
use hospes_model::{EmailAddress, Refusal, TemplateId};
use serde_json::{Value, json};
use std::sync::Arc;

use super::super::draft::{Checked, Draft};
use super::super::tests::{export, field, field_id, member, rule_id, step_id, template, with_ids};
use super::*;

fn paths(result: Result<Checked, Refusal>) -> Vec<String> {
    match result {
        Err(Refusal::Invalid(errors)) => errors.iter().map(|(path, _)| path.to_owned()).collect(),
        Err(refusal) => panic!("{refusal:?}"),
        Ok(_) => Vec::new(),
    }
}

fn create(body: &Value) -> Result<Checked, Refusal> {
    with_ids(|ids| read_create(body, TemplateId::new(1, [1; 10]), ids))?.check()
}

/// Two steps, the first with the given fields; a rule about the first.
fn stored(captures: Vec<Field>) -> template::Template {
    let mut stored = template(&[[1, 1, 1, 1, 1, 3, 1, 0], [1, 3, 1, 1, 1, 3, 1, 0]], &[], &[0, 2]);
    let mut blueprint = stored.blueprint().clone();
    blueprint.steps[0].captures = captures;
    blueprint.automated_actions = vec![hospes_model::workflow::Rule {
        id: rule_id(1),
        alias: "One".to_owned(),
        conditions: vec![hospes_model::workflow::Condition {
            logic: hospes_model::workflow::Logic::And,
            test: hospes_model::workflow::Test::Step {
                step: step_id(1),
                operation: hospes_model::workflow::StepOperation::Completed,
                when: hospes_model::workflow::TimeClause::AnyTime,
            },
        }],
        actions: vec![hospes_model::workflow::Action::Visibility { step: step_id(2), show: true }],
    }];
    stored.snapshot = Arc::new(Snapshot::new(blueprint).unwrap());
    stored
}

fn checked(draft: Result<Draft, Refusal>) -> Checked {
    draft.unwrap().check().unwrap()
}

#[test]
fn all_faults_of_a_template_are_named_at_once() {
    let body = json!({
        "title": " ", "type": "recipe", "summary": "x".repeat(2001), "guidance": "a\u{0}b", "starred": "maybe",
        "webhook": "nowhere", "owner_id": "me", "users": [0], "groups": ["g"], "icon": 3,
        "default_process_name_format": "x".repeat(551), "ko_form_blueprint_id": "x",
        "stages": [{"name": "x".repeat(251)}],
        "prerun": [
            {"field_type": "number", "label": "A"},
            {"field_type": "text"},
            {"field_type": "radio", "label": "B", "options": ["one"]},
            {"field_type": "table", "label": "C", "columns": [{"id": 1, "label": "x"}, {"label": "y"}]},
            {"field_type": "dropdown", "label": "D", "options": [{"id": 1, "text": "x"}, {"id": 1, "text": "x"}]},
            {"field_type": "date", "label": "E", "default_value": "tomorrow"},
            {"field_type": "text", "label": "F", "field_validation": ["min:x"]},
            "text",
        ],
        "steps": {"data": [
            {"title": "x".repeat(601), "step_type": "chore", "summary": "x".repeat(30_001)},
            {"title": "B", "deadline": {"value": "soon", "unit": "years", "option": "after", "step": "nine"}},
            {"title": "C", "assignees": ["x"], "guests": ["x"], "groups": [1], "roles": ["x"], "tags": ["x"]},
            {"title": "D", "captures": [{"field_type": "multiselect", "label": "G", "options": []}]},
            {"title": "E", "max_assignable": -1, "stage_id": "x", "start_date": 3, "captures": {}},
            {"title": "F", "deadline": {"value": 1, "step": "0".repeat(32)}, "bp_to_launch": {"id": "x"}},
        ]},
        "automated_actions": [
            {"automated_alias": "x".repeat(301)},
            {"conditions": [{}, {"conditionable_type": "Step", "conditionable_id": "x", "operation": "done"}],
             "then_actions": [{}, {"action_type": "visibility", "action_verb": "paint", "target_step_id": "x"}]},
            {"conditions": [{"conditionable_type": "Prerun", "conditionable_id": "0".repeat(32),
                             "operation": "equals", "statement": {}, "logic": "xor"}],
             "then_actions": [
                 {"action_type": "deadline", "action_verb": "deadline", "target_step_id": "0".repeat(32)},
                 {"action_type": "webhook", "action_verb": "emit_webhook", "url": "x"},
                 {"action_type": "assignment", "action_verb": "assign", "target_step_id": "x",
                  "assignees": {"users": ["x"]}}]},
        ],
    });
    let expected = [
        "automated_actions.0.automated_alias",
        "automated_actions.0.conditions",
        "automated_actions.0.then_actions",
        "automated_actions.1.conditions.0.conditionable_id",
        "automated_actions.1.conditions.0.conditionable_type",
        "automated_actions.1.conditions.0.operation",
        "automated_actions.1.conditions.1.conditionable_id",
        "automated_actions.1.conditions.1.operation",
        "automated_actions.1.then_actions.0.action_type",
        "automated_actions.1.then_actions.1.action_verb",
        "automated_actions.1.then_actions.1.target_step_id",
        "automated_actions.2.conditions.0.logic",
        "automated_actions.2.conditions.0.statement",
        "automated_actions.2.then_actions.0.deadline",
        "automated_actions.2.then_actions.1.url",
        "automated_actions.2.then_actions.2.assignees.users.0",
        "automated_actions.2.then_actions.2.target_step_id",
        "default_process_name_format",
        "groups.0",
        "guidance",
        "icon",
        "ko_form_blueprint_id",
        "owner_id",
        "prerun.0.field_type",
        "prerun.1.label",
        "prerun.2.options",
        "prerun.3.columns.1.id",
        "prerun.4.options.1.id",
        "prerun.4.options.1.text",
        "prerun.5.default_value",
        "prerun.6.field_validation.0",
        "prerun.7",
        "stages.0.name",
        "starred",
        "steps.0.step_type",
        "steps.0.summary",
        "steps.0.title",
        "steps.1.deadline.option",
        "steps.1.deadline.step",
        "steps.1.deadline.unit",
        "steps.1.deadline.value",
        "steps.2.assignees.0",
        "steps.2.groups.0",
        "steps.2.guests.0",
        "steps.2.roles.0",
        "steps.2.tags.0",
        "steps.3.captures.0.options",
        "steps.4.max_assignable",
        "steps.4.stage_id",
        "steps.4.start_date",
        "steps.4.captures",
        "steps.5.bp_to_launch.id",
        "steps.5.deadline.step",
        "summary",
        "title",
        "type",
        "users.0",
        "webhook",
    ];
    let mut expected = expected.map(ToOwned::to_owned);
    expected.sort();
    assert_eq!(paths(create(&body)), expected);
}

#[test]
fn paths_are_those_of_the_body_when_positions_change_the_order() {
    let step = |title: &str, position: i64| json!({"title": title, "position": position});
    let mut bad = step("Bad", 1);
    bad["captures"] = json!([
        {"label": "B", "field_type": "text", "position": 2},
        {"label": "A", "field_type": "radio", "position": 1},
    ]);
    let body = json!({"title": "T", "type": "procedure", "steps": [step("Last", 9), bad]});
    assert_eq!(paths(create(&body)), ["steps.1.captures.1.options"]);
    let body = json!({"title": "T", "type": "procedure", "steps": [step("Last", 9), step("First", 1)]});
    let created = create(&body).unwrap();
    assert_eq!(created.snapshot.steps()[0].title, "First");
}

#[test]
fn hostile_sizes_are_refused_quickly() {
    let steps: Vec<Value> = (0..5_000).map(|_| json!({"title": "x".repeat(100)})).collect();
    let started = std::time::Instant::now();
    assert_eq!(paths(create(&json!({"title": "T", "type": "form", "steps": steps}))), ["steps"]);
    let wrong: Vec<Value> = (0..900).map(|_| json!({"captures": vec![json!({}); 300]})).collect();
    let count = paths(create(&json!({"title": "T", "type": "form", "steps": wrong}))).len();
    assert!((900..=1000).contains(&count), "{count}");
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let body = json!({"title": deep, "type": deep, "steps": deep, "prerun": [deep]});
    assert_eq!(paths(create(&body)), ["prerun.0", "steps.0", "title", "type"]);
    assert!(started.elapsed().as_secs() < 5);
    let text = "ä".repeat(30_000);
    let body =
        json!({"title": "T", "type": "form", "guidance": text, "steps": [{"title": "S", "summary": text}]});
    assert_eq!(create(&body).unwrap().settings.guidance.unwrap(), text);
}

#[test]
fn what_is_no_object_is_refused_and_envelopes_are_read() {
    for body in [json!([]), json!("x"), Value::Null] {
        assert_eq!(paths(create(&body)), ["body"]);
    }
    let inside = json!({"data": {"title": "T", "type": "document"}});
    assert_eq!(create(&inside).unwrap().snapshot.blueprint().title, "T");
    let warned =
        create(&json!({"title": "T", "type": "form", "colour": 1, "steps": [{"title": "S", "x": 1}]}));
    let warnings = warned.unwrap().warnings.join(" ");
    assert!(warnings.contains("colour") && warnings.contains("steps.0.x"), "{warnings}");
}

#[test]
fn numbers_may_be_sent_as_strings() {
    let body = json!({"title": "T", "type": "form", "owner_id": "5", "starred": "1", "steps": [{
        "title": "S", "max_assignable": "3", "assignees": ["2"], "deadline": {"value": "4", "unit": "hours"},
        "captures": [{"label": "A", "field_type": "dropdown", "options": [{"id": "8", "text": 12}]}],
    }]});
    let created = create(&body).unwrap();
    let step = &created.snapshot.steps()[0];
    assert_eq!((step.max_assignable, step.people.users()), (3, &[member(2)][..]));
    assert_eq!(step.deadline.unwrap().offset.value(), 4);
    assert_eq!(step.captures[0].definition.options[0].id, 8);
    assert_eq!((created.owner, created.starred), (Some(member(5)), true));
}

#[test]
fn a_changed_template_keeps_what_is_left_out() {
    let stored = stored(Vec::new());
    let update = |body: Value| with_ids(|ids| read_update(&body, &stored, ids));
    assert_eq!(paths(update(json!({"summary": "x"})).unwrap().check()), ["title"]);
    let changed = checked(update(json!({"title": "New", "summary": null})));
    assert_eq!(changed.snapshot.blueprint().title, "New");
    assert_eq!(changed.snapshot.blueprint().prerun, stored.blueprint().prerun);
    assert_eq!((&changed.access, changed.settings.summary), (&stored.access, None));
    // One list of two clears the other.
    let changed = checked(update(json!({"title": "New", "users": [4]})));
    assert_eq!(changed.access, People::members([member(4)]));
    let changed = checked(update(json!({"title": "New", "groups": []})));
    assert!(changed.access.is_empty());
    // Parts with requests of their own, sent back as they are or changed.
    let mut echo = export(&stored);
    assert_eq!(checked(update(echo.clone())).warnings.iter().filter(|w| w.contains("ignored")).count(), 0);
    echo["steps"]["data"][0]["title"] = json!("Else");
    echo["is_published_state"] = json!(!stored.settings.is_published_state);
    let changed = checked(update(echo));
    assert_eq!(changed.warnings.iter().filter(|w| w.contains("ignored")).count(), 2);
    assert_eq!(changed.settings.is_published_state, stored.settings.is_published_state);
}

#[test]
fn the_kick_off_form_is_replaced_as_a_whole() {
    let stored = stored(Vec::new());
    let update =
        |prerun: Value| with_ids(|ids| read_update(&json!({"title": "T", "prerun": prerun}), &stored, ids));
    let old = &stored.blueprint().prerun[0];
    let new = json!({"label": "New", "field_type": "text", "alias": "mine"});
    let changed = checked(update(json!([new, {"id": old.id(), "label": "Renamed", "alias": "other"}])));
    let form = &changed.snapshot.blueprint().prerun;
    assert_eq!((form.len(), form[1].id(), form[1].definition.label.as_str()), (2, old.id(), "Renamed"));
    assert_eq!(form[1].definition.alias, old.definition.alias, "aliases never change");
    assert!(form[0].definition.alias.starts_with("new-"));
    assert_eq!(
        paths(update(json!([{"id": field_id(99), "label": "X", "field_type": "text"}])).unwrap().check()),
        ["prerun.0.id"]
    );
    assert!(checked(update(json!([]))).snapshot.blueprint().prerun.is_empty());
}

#[test]
fn lists_of_people_that_a_step_leaves_out_are_cleared() {
    let stored = stored(vec![field(11, FieldType::Text)]);
    let step = &stored.snapshot.steps()[0];
    let update = |body: Value| with_ids(|ids| read_step(&body, &stored, step.id, ids));
    let changed = checked(update(json!({"title": "S", "guests": ["carl@client.example"]})));
    let now = &changed.snapshot.steps()[0];
    assert_eq!(now.people, People::of_guests([EmailAddress::parse("carl@client.example").unwrap()]));
    assert_eq!((now.summary.as_ref(), &now.captures), (step.summary.as_ref(), &step.captures));
    let changed = checked(update(json!({"title": "S", "users": [3], "deadline": null, "position": 2})));
    let now = &changed.snapshot.steps()[1];
    assert_eq!((now.id, &now.people, now.deadline), (step.id, &People::members([member(3)]), None));
    let faulty = json!({"deadline": {"value": 1, "step": step.id}, "captures": [{"id": field_id(9)}]});
    let expected = ["captures.0.field_type", "captures.0.id", "captures.0.label", "deadline.step", "title"];
    assert_eq!(paths(update(faulty).unwrap().check()), expected);
    let missing = with_ids(|ids| read_step(&json!({"title": "S"}), &stored, step_id(9), ids));
    assert_eq!(missing.unwrap_err(), Refusal::NotFound);
}

#[test]
fn new_steps_come_last_or_where_they_are_wanted() {
    let stored = stored(vec![field(11, FieldType::Text)]);
    let new = |body: Value| with_ids(|ids| read_new_step(&body, &stored, ids)).unwrap();
    let change = new(json!({"title": "Sign it"}));
    let id = change.id;
    let steps = change.draft.check().unwrap().snapshot.steps().to_vec();
    assert_eq!((steps[2].id, steps[2].alias.starts_with("sign-it-")), (id, true));
    let first = new(json!({"title": "A", "position": 1}));
    let id = first.id;
    assert_eq!(first.draft.check().unwrap().snapshot.steps()[0].id, id);
    // A step that is sent as a new one does not take ids and aliases along.
    let copy = export(&stored)["steps"]["data"][0].clone();
    let steps = new(copy).draft.check().unwrap();
    assert_eq!(steps.snapshot.steps()[0].captures.len(), 1);
    assert_eq!(
        paths(new(json!({"position": 0, "step_type": "x"})).draft.check()),
        ["position", "step_type", "title"]
    );
}

#[test]
fn a_field_that_a_rule_needs_cannot_be_lost() {
    let stored = stored(Vec::new());
    let rule = json!({"automated_alias": "Two", "conditions": [{
        "conditionable_type": "Prerun", "conditionable_id": stored.blueprint().prerun[0].id(),
        "operation": "is_empty", "statement": null,
    }], "then_actions": [{"action_type": "visibility", "action_verb": "hide", "target_step_id": step_id(2)}]});
    let change = with_ids(|ids| read_new_rule(&rule, &stored, ids)).unwrap();
    let now = template::Template { snapshot: change.draft.check().unwrap().snapshot, ..stored.clone() };
    let lost = with_ids(|ids| read_update(&json!({"title": "T", "prerun": []}), &now, ids)).unwrap();
    assert_eq!(paths(lost.check()), ["automated_actions.1.conditions.0.conditionable_id"]);
}

#[test]
fn faults_of_a_rule_are_named_in_its_own_body() {
    let stored = stored(Vec::new());
    let update = |body: Value| with_ids(|ids| read_rule(&body, &stored, rule_id(1), ids)).unwrap().check();
    let gone = json!({"action_type": "visibility", "action_verb": "show", "target_step_id": step_id(9)});
    assert_eq!(paths(update(json!({"then_actions": [gone]}))), ["then_actions.0.target_step_id"]);
    assert_eq!(paths(update(json!({"conditions": []}))), ["conditions"]);
    let renamed = update(json!({"automated_alias": "Else"})).unwrap();
    let rule = &renamed.snapshot.blueprint().automated_actions[0];
    assert_eq!((rule.alias.as_str(), rule.conditions.len()), ("Else", 1));
    let missing = with_ids(|ids| read_rule(&json!({}), &stored, rule_id(9), ids));
    assert_eq!(missing.unwrap_err(), Refusal::NotFound);
}

#[test]
fn several_texts_are_read_from_lists_and_commas() {
    let stored = stored(Vec::new());
    let operands = |operation: &str, statement: Value| {
        let body = json!({"conditions": [{"conditionable_type": "Prerun", "operation": operation,
            "conditionable_id": stored.blueprint().prerun[0].id(), "statement": statement}]});
        let change = with_ids(|ids| read_rule(&body, &stored, rule_id(1), ids)).unwrap().check().unwrap();
        match &change.snapshot.blueprint().automated_actions[0].conditions[0].test {
            hospes_model::workflow::Test::Field { operands, .. } => operands.clone(),
            test @ hospes_model::workflow::Test::Step { .. } => panic!("{test:?}"),
        }
    };
    assert_eq!(operands("equals_any", json!("red, green")), ["red", "green"]);
    assert_eq!(
        operands("equals_any", json!(["red, green", {"id": 1, "text": "blue"}])),
        ["red, green", "blue"]
    );
    assert_eq!(operands("equals", json!("red, green")), ["red, green"]);
    assert_eq!(operands("greater_than", json!(5)), ["5"]);
}

#[test]
fn people_are_checked_when_they_are_new() {
    let mut directory = Directory::new(member(99));
    directory.members.insert(member(2), "Bo".to_owned());
    let body = json!({"title": "T", "type": "form", "owner_id": 1, "users": [2, 3], "groups": ["0".repeat(32)],
        "prerun": []});
    let mut draft = with_ids(|ids| read_create(&body, TemplateId::new(1, [1; 10]), ids)).unwrap();
    draft.check_people(&directory, None);
    assert_eq!(paths(draft.check()), ["groups", "owner_id", "users"]);
    // Whoever was named before does not keep others from changing the rest.
    let stored = stored(Vec::new());
    let mut draft = with_ids(|ids| read_update(&json!({"title": "T"}), &stored, ids)).unwrap();
    draft.check_people(&directory, Some(&stored));
    assert_eq!(paths(draft.check()), Vec::<String>::new());
    let step = json!({"title": "S", "assignees": [44]});
    let mut draft = with_ids(|ids| read_step(&step, &stored, step_id(1), ids)).unwrap();
    draft.check_people(&directory, Some(&stored));
    assert_eq!(paths(draft.check()), ["assignees"]);
    let picker =
        |people: Value| json!({"label": "Who", "field_type": "assignees_form", "default_value": people});
    let mut draft =
        with_ids(|ids| read_new_capture(&picker(json!({"users": [44]})), &stored, step_id(1), ids)).unwrap();
    draft.draft.check_people(&directory, Some(&stored));
    assert_eq!(paths(draft.draft.check()), ["default_value"]);
    // What comes in leaves behind whom the organization does not have.
    let body = json!({"title": "T", "type": "form", "owner_id": 1, "users": [2, 3],
        "prerun": [picker(json!({"users": [2, 3]}))],
        "steps": [{"title": "S", "assignees": [3], "captures": [picker(json!({"users": [3]}))]}]});
    let mut draft = with_ids(|ids| read_create(&body, TemplateId::new(1, [1; 10]), ids)).unwrap();
    draft.check_people(&directory, None);
    let created = draft.check().unwrap();
    assert_eq!((created.owner, created.access), (None, People::members([member(2)])));
    assert!(created.snapshot.steps()[0].people.is_empty());
    let starts = |field: &Field| match &field.default {
        Some(DefaultAnswer::Answer(Answer::People(people))) => people.users().to_vec(),
        other => panic!("{other:?}"),
    };
    assert_eq!(starts(&created.snapshot.blueprint().prerun[0]), [member(2)]);
    assert!(starts(&created.snapshot.steps()[0].captures[0]).is_empty());
    assert_eq!(created.warnings.iter().filter(|text| text.contains("Member")).count(), 5);
}

#[test]
fn templates_of_two_versions_begin_as_drafts() {
    let body = |two: bool| json!({"title": "T", "type": "form", "dual_version_enabled": two});
    assert!(create(&body(true)).unwrap().settings.is_draft());
    assert!(!create(&body(false)).unwrap().settings.is_draft());
}
