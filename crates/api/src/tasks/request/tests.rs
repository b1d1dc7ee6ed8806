//! One-off tasks as callers send them, and their faults.

use hospes_model::task::form::{FieldType, FieldValue};
use jiff::tz::TimeZone;
use serde_json::json;

use super::*;

fn berlin() -> Calendar {
    Calendar { zone: TimeZone::get("Europe/Berlin").unwrap(), ..Calendar::plain() }
}

fn create(body: &Value) -> CreateTask {
    let mut number = 0;
    let field_id = || {
        number += 1;
        FieldId::new(1, [number; 10])
    };
    read_create(body, &berlin(), field_id).unwrap()
}

fn update(body: &Value) -> UpdateTask {
    read_update(body, &berlin()).unwrap()
}

fn named(faults: &FieldErrors) -> Vec<&str> {
    faults.iter().map(|(field, _)| field).collect()
}

fn minimal() -> Value {
    json!({"title": "Sign", "task_type": "task", "owners": {}, "deadline": "2030-01-31 10:00:00"})
}

#[test]
fn what_is_required_is_enough() {
    let read = create(&minimal());
    assert!(read.draft.faults.is_empty() && read.warnings.is_empty());
    assert_eq!(read.draft.deadline.to_string(), "2030-01-31T09:00:00Z");
    assert_eq!(read.draft.owners, Wanted::default());
}

#[test]
fn the_published_sdk_s_body_is_read_without_a_warning() {
    let read = create(&json!({
        "title": "Sign", "deadline": "2030-01-31 10:00:00", "task_type": "task", "status": "not-started",
        "owners": {"users": ["12", 7], "guests": ["Ann@x.example"], "groups": []},
        "separate_task_for_each_assignee": false, "everyone_must_complete": false, "is_soft_start_date": true,
        "summary": "Two copies", "max_assignable": 3, "prevent_guest_comment": true,
    }));
    assert!(read.draft.faults.is_empty() && read.warnings.is_empty(), "{:?}", read.draft.faults);
    assert_eq!(read.draft.owners.users.iter().map(|(_, id)| id.get()).collect::<Vec<_>>(), [12, 7]);
    assert!(read.draft.settings.is_soft_start_date && read.draft.settings.prevent_guest_comment);
    assert_eq!(read.draft.summary.as_deref(), Some("Two copies"));
}

#[test]
fn every_fault_is_named_at_once() {
    let read = create(&json!({
        "title": "x".repeat(601), "task_type": "chore", "deadline": "soon", "started_at": "later",
        "owners": {"users": [0, 5], "guests": ["nobody", 7], "groups": ["g"]},
        "summary": 7, "webhook": "ftp://x", "max_assignable": -1, "top_secret": "perhaps", "position": 1.5,
        "tags": ["0".repeat(32)], "run_id": "0".repeat(32), "separate_task_for_each_assignee": true,
        "form_fields": [
            {"label": "", "field_type": "number"},
            {"label": "a", "field_type": "radio", "options": ["one"]},
            {"label": "b", "field_type": "dropdown", "options": [{"id": 1, "text": "x"}, {"id": 1, "text": "y"}]},
            {"label": "c", "field_type": "file", "required": true},
            {"label": "d", "field_type": "table"},
            "e",
        ],
        "shoe_size": 44,
    }));
    assert_eq!(
        named(&read.draft.faults),
        [
            "deadline",
            "form_fields.0.field_type",
            "form_fields.0.label",
            "form_fields.1.options",
            "form_fields.2.options.1.id",
            "form_fields.4.columns",
            "form_fields.5",
            "max_assignable",
            "owners.groups.0",
            "owners.guests.0",
            "owners.guests.1",
            "owners.users.0",
            "position",
            "separate_task_for_each_assignee",
            "started_at",
            "summary",
            "tags.0",
            "task_type",
            "title",
            "top_secret",
            "webhook",
        ]
    );
    assert_eq!(read.warnings.len(), 1);
    assert_eq!(named(&create(&json!({})).draft.faults), ["deadline", "owners", "task_type", "title"]);
    assert!(read_create(&json!([]), &berlin(), || FieldId::new(1, [1; 10])).is_err());
}

#[test]
fn a_date_alone_is_the_end_of_the_day_for_deadlines_and_its_start_for_starts() {
    let mut body = minimal();
    body["deadline"] = json!("2030-01-31");
    body["started_at"] = json!("2030-01-31");
    let read = create(&body).draft;
    assert_eq!(read.deadline.to_string(), "2030-01-31T22:59:59Z");
    assert_eq!(read.started_at.unwrap().to_string(), "2030-01-30T23:00:00Z");
}

#[test]
fn forms_are_read_with_fresh_ids_and_the_ids_of_options() {
    let mut body = minimal();
    body["form_fields"] = json!([
        {"label": "Colour", "field_type": "radio", "required": true, "options": ["red", {"id": 9, "text": "blue"}]},
        {"label": "Rows", "field_type": "table", "columns": [{"label": "a"}, "b"], "position": 7, "guidance": "g"},
    ]);
    let read = create(&body).draft;
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    let (id, colour) = &read.form_fields[0];
    assert_eq!((*id, colour.field_type), (FieldId::new(1, [1; 10]), FieldType::Radio));
    assert_eq!(colour.options.iter().map(|option| option.id).collect::<Vec<_>>(), [1, 9]);
    let rows = &read.form_fields[1].1;
    assert_eq!((rows.columns[1].text.as_str(), rows.position), ("b", 7));
}

#[test]
fn an_update_may_be_partial_and_null_clears_what_can_be_empty() {
    let read = update(&json!({"summary": null, "webhook": "", "owners": {"guests": ["a@b.example"]}}));
    let change = &read.change;
    assert!(change.faults.is_empty());
    assert_eq!((&change.title, &change.deadline, &change.summary), (&None, &None, &Some(None)));
    assert_eq!(change.webhook, Some(None));
    assert_eq!(change.owners.as_ref().unwrap().users, []);
    let read = update(&json!({"title": null, "deadline": "", "taskdata": 7, "owners": null}));
    assert_eq!(named(&read.change.faults), ["deadline", "taskdata", "title"]);
    assert_eq!(read.change.owners, None);
}

#[test]
fn values_are_read_by_the_task_s_own_fields_and_unknown_keys_are_told() {
    let mut body = minimal();
    body["form_fields"] = json!([
        {"label": "Colour", "field_type": "radio", "options": ["red", "blue"]},
        {"label": "Name", "field_type": "text"},
    ]);
    let draft = create(&body).draft;
    let org = hospes_model::OrgNo::new(1).unwrap();
    let (task, _) = draft
        .create(
            hospes_model::TaskKey::new(org, 1),
            TaskId::new(1, [1; 10]),
            task::owners::Assigned::default(),
            hospes_model::MemberId::new(1).unwrap(),
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
    let (colour, name) = (task.form_fields[0].id.to_string(), task.form_fields[1].alias.clone());
    let mut data = Map::new();
    data.insert(colour.clone(), json!("red"));
    data.insert(name.clone(), json!("Acme"));
    data.insert("f".repeat(32), json!(1));
    let read = update(&json!({"taskdata": data}));
    let change = read.for_task(&task);
    assert!(change.faults.is_empty());
    assert!(change.values.contains(&(task.form_fields[1].id, Some(FieldValue::Text("Acme".into())))));
    assert_eq!(read.warnings(&task).len(), 1);
    let read = update(&json!({"taskdata": {colour.clone(): "green", name: "x".repeat(201)}}));
    let faults = read.for_task(&task).faults;
    let mut expected = vec![format!("taskdata.{colour}"), format!("taskdata.{}", task.form_fields[1].id)];
    expected.sort();
    assert_eq!(named(&faults), expected);
}

#[test]
fn completions_are_read() {
    let id = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";
    let read = read_complete(&json!({"task_id": id, "is_approved": "true", "override_user": "7"})).unwrap();
    assert_eq!(read.id.to_string(), id);
    assert_eq!(read.wish.is_approved, Some(true));
    assert!(matches!(read.wish.on_behalf_of, Some(OnBehalf::Member(id)) if id.get() == 7));
    let read = read_complete(&json!({"task_id": id, "override_guest": " a@b.example "})).unwrap();
    assert_eq!(read.wish.on_behalf_of, Some(OnBehalf::Guest("a@b.example".to_owned())));
    for bad in [
        json!({}),
        json!({"task_id": "x"}),
        json!({"task_id": id, "is_approved": "maybe"}),
        json!({"task_id": id, "override_user": 0}),
        json!({"task_id": id, "override_user": 1, "override_guest": "a@b.example"}),
    ] {
        assert!(read_complete(&bad).is_err(), "{bad}");
    }
}

#[test]
fn deadlines_are_moved_to_working_days_and_starts_are_not() {
    use hospes_model::workflow::{WorkDay, WorkWeek};
    let mut days = [WorkDay::AllHours; 7];
    (days[5], days[6]) = (WorkDay::Off, WorkDay::Off);
    let office = Calendar { week: WorkWeek::new(days).unwrap(), ..berlin() };
    let body = |deadline: &str| json!({"deadline": deadline, "started_at": "2025-05-24"});
    let read = read_update(&body("2025-05-24"), &office).unwrap();
    assert_eq!(read.change.deadline.unwrap().to_string(), "2025-05-26T21:59:59Z");
    assert_eq!(read.change.started_at.unwrap().to_string(), "2025-05-23T22:00:00Z");
    assert_eq!(
        read.warnings,
        ["The deadline was moved from Saturday, 2025-05-24 to Monday, 2025-05-26, the next working day of \
          the organization."]
    );
    // What is answered stays where it is when it is sent again.
    let again = read_update(&body("2025-05-26T21:59:59Z"), &office).unwrap();
    assert_eq!((again.change.deadline, again.warnings.len()), (read.change.deadline, 0));
    let mut create = minimal();
    create["deadline"] = json!("2025-05-25T10:00:00Z");
    let made = read_create(&create, &office, || FieldId::new(1, [1; 10])).unwrap();
    assert_eq!((made.draft.deadline.to_string().as_str(), made.warnings.len()), ("2025-05-26T10:00:00Z", 1));
}

#[test]
fn a_task_belongs_to_no_process_to_one_or_to_a_new_one() {
    let read = |extra: Value| {
        let mut body = json!({
            "title": "T", "task_type": "task", "deadline": "2025-05-15",
            "owners": {"users": [1], "guests": ["a@b.example"], "groups": ["0196d2f35a7c7b3e9d1c2f4a5b6c7d8e"]},
        });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        read_create(&body, &Calendar::plain(), || FieldId::new(1, [1; 10])).unwrap()
    };
    let run = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8f";
    let mut added = read(json!({"run_id": run}));
    assert_eq!(added.place, Place::Run(run.parse().unwrap()));
    assert_eq!((added.people.len(), added.draft.owners.users.len()), (3, 0));
    let (addresses, faults) = added.addresses_and_faults();
    assert_eq!((addresses[0].0.as_str(), faults.is_empty()), ("owners.guests.0", true));
    assert_eq!(read(json!({"separate_task_for_each_assignee": true})).place, Place::Separate);
    assert_eq!(read(json!({"run_id": null, "separate_task_for_each_assignee": false})).place, Place::OneOff);
    let faults = |extra| {
        let faults = read(extra).draft.faults;
        faults.iter().map(|(path, _)| path.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(faults(json!({"run_id": run, "top_secret": true})), ["top_secret"]);
    assert!(faults(json!({"run_id": "x"})).contains(&"run_id".to_owned()));
}
