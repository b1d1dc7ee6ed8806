//! Fields of forms: their order, options, defaults and checks.

use super::*;

#[test]
fn fields_come_in_the_order_of_their_positions() {
    let stored = stored(vec![]);
    let add = |stored: &template::Template, body: Value| {
        let change = with_ids(|ids| {
            // Each draw begins anew: the time tells the ids apart.
            ids.millis += u64::try_from(stored.snapshot.steps()[0].captures.len()).unwrap();
            read_new_capture(&body, stored, step_id(1), ids)
        });
        let checked = change.unwrap().draft.check().unwrap();
        template::Template { snapshot: checked.snapshot, settings: checked.settings, ..stored.clone() }
    };
    // One client sends position 1 with every field.
    let mut now = stored;
    for label in ["A", "B", "C"] {
        now = add(&now, json!({"label": label, "field_type": "text", "position": 1, "required": true}));
    }
    now = add(&now, json!({"label": "D", "field_type": "text"}));
    let labels = |template: &template::Template| {
        let captures = template.snapshot.steps()[0].captures.iter();
        captures.map(|field| field.definition.label.clone()).collect::<String>()
    };
    assert_eq!(labels(&now), "ABCD");
    let first = now.snapshot.steps()[0].captures[0].id();
    let moved = read_capture_position(&json!({"capture_id": first, "position": 3}), &now, step_id(1));
    let snapshot = checked(moved).snapshot;
    let moved = template::Template { snapshot, ..now.clone() };
    assert_eq!(labels(&moved), "BCAD");
    let out = read_move_out(&json!({"target_step_id": step_id(2), "position": 1}), &now, step_id(1), first);
    let steps = checked(out).snapshot.steps().to_vec();
    assert_eq!((steps[0].captures.len(), steps[1].captures[0].id()), (3, first));
    let faults = read_move_out(&json!({"target_step_id": "x", "position": 0}), &now, step_id(1), first);
    assert_eq!(paths(faults.unwrap().check()), ["position", "target_step_id"]);
    let faults = read_capture_position(&json!({"capture_id": "x"}), &now, step_id(1));
    assert_eq!(paths(faults.unwrap().check()), ["capture_id", "position"]);
    let moved = checked(read_step_position(&json!({"position": 2}), &now, step_id(1)));
    assert_eq!(moved.snapshot.steps()[1].id, step_id(1));
    assert_eq!(paths(read_step_position(&json!({}), &now, step_id(1)).unwrap().check()), ["position"]);
}

#[test]
fn options_keep_their_ids_or_all_bring_them() {
    let stored = stored(vec![field(11, FieldType::Dropdown)]);
    let update = |body: Value| {
        with_ids(|ids| read_capture(&body, &stored, step_id(1), field_id(11), ids)).unwrap().check()
    };
    let ids = |checked: Checked| {
        let options = checked.snapshot.steps()[0].captures[0].definition.options.clone();
        options.into_iter().map(|option| (option.id, option.text)).collect::<Vec<_>>()
    };
    let green = || (7, "green".to_owned());
    assert_eq!(
        ids(update(json!({"options": ["green", "blue"]})).unwrap()),
        [green(), (8, "blue".to_owned())]
    );
    assert_eq!(ids(update(json!({"options": [{"text": "green"}]})).unwrap()), [green()]);
    assert_eq!(ids(update(json!({"options": [{"id": 1, "text": "x"}]})).unwrap()), [(1, "x".to_owned())]);
    for mixed in
        [json!([{"id": 7, "text": "green"}, {"text": "blue"}]), json!([{"id": 7, "text": "green"}, "blue"])]
    {
        assert_eq!(paths(update(json!({"options": mixed}))), ["options.1.id"]);
    }
    assert_eq!(
        paths(update(json!({"options": [{"id": 0, "text": "x"}, {"id": 2}]}))),
        ["options.0.id", "options.1.text"]
    );
    assert_eq!(ids(update(json!({"label": "Else"})).unwrap()).len(), 2, "what is left out stays");
}

#[test]
fn defaults_and_checks_are_read_by_type() {
    let stored = stored(vec![field(11, FieldType::Dropdown), field(12, FieldType::Date)]);
    let update = |number: usize, body: Value| {
        with_ids(|ids| read_capture(&body, &stored, step_id(1), field_id(number), ids)).unwrap().check()
    };
    let default = |checked: Checked| {
        let template =
            template::Template { snapshot: checked.snapshot, settings: checked.settings, ..stored.clone() };
        let sent = export(&template)["steps"]["data"][0]["captures"].clone();
        (
            sent[0]["default_value"].clone(),
            sent[0]["default_value_enabled"].clone(),
            sent[1]["default_value"].clone(),
        )
    };
    let chosen = json!({"id": 7, "text": "green", "value": null});
    let on = default(update(11, json!({"default_value": "green"})).unwrap());
    assert_eq!((&on.0, &on.1), (&chosen, &json!(true)));
    let off = default(update(11, json!({"default_value": 7, "default_value_enabled": false})).unwrap());
    assert_eq!((&off.0, &off.1), (&chosen, &json!(false)));
    assert_eq!(paths(update(11, json!({"default_value": "pink"}))), ["default_value"]);
    let today = json!({"value": 3, "unit": "days", "option": "before"});
    assert_eq!(default(update(12, json!({"default_value": today})).unwrap()).2, today);
    assert_eq!(paths(update(12, json!({"default_value": {"value": -1}}))), ["default_value.value"]);
    let warned = update(12, json!({"field_validation": ["numerik"], "list": {"id": 1}})).unwrap().warnings;
    assert!(warned.iter().filter(|text| text.contains("ignored")).count() == 2, "{warned:?}");
    let words = json!({"required": false,
        "field_validation": ["string", "nullable", "required", "alpha", "alpha", "numeric"]});
    let warned = update(12, words.clone()).unwrap().warnings;
    let about = |word: usize| format!("field_validation.{word} ");
    assert!(
        warned.iter().any(|text| text.contains(&about(2)) && text.contains("says nothing")),
        "{warned:?}"
    );
    assert!(warned.iter().any(|text| text.contains(&about(5)) && text.contains("ignored")), "{warned:?}");
    assert!(!warned.iter().any(|text| text.contains(&about(4))), "{warned:?}");
    let mut required = words;
    required["required"] = json!(true);
    let warned = update(12, required).unwrap().warnings;
    assert!(!warned.iter().any(|text| text.contains("says nothing")), "{warned:?}");
}
