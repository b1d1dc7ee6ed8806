//! Creating tasks.

use hospes_model::member::Role;
use hospes_server::limits::Rates;
use hospes_testing::{Backend, Options, TestApp, Value, both, json};

use super::{body, body_with, complete, create, id, stats};

both! {
    async fn a_task_has_every_key_that_clients_read(app) {
        let admin = app.admin();
        let made = admin.post("/tasks", &body_with(&[id(app, Role::Admin)], &["ann@client.example"], &json!({
            "description": "Two copies", "max_assignable": 3, "webhook": "https://x.example/h", "position": 4,
            "prevent_guest_comment": true, "is_soft_start_date": true,
        }))).await.expect(201);
        let task = made.data();
        assert_eq!(made.json.get("warnings"), None);
        assert_eq!(made.header("etag").trim_matches('"').split('-').count(), 2);
        assert_eq!(task["id"].as_str().unwrap().len(), 32);
        assert_eq!(task["increment_id"], 1);
        assert_eq!((&task["summary"], &task["position"]), (&json!("Two copies"), &json!(4)));
        assert_eq!((&task["status"], &task["status_label"]), (&json!("in-progress"), &json!("Active")));
        assert_eq!(task["started_at"], "2025-05-15T10:00:00Z");
        // Berlin's noon in summer.
        assert_eq!(task["deadline"], "2025-05-22T10:00:00Z");
        assert_eq!(task["owners"], json!({
            "users": [id(app, Role::Admin)], "guests": ["ann@client.example"], "groups": [], "taskUrls": [],
        }));
        assert_eq!(task["is_approved"], false);
        for (key, value) in [
            ("run_id", json!(null)), ("checklist_id", json!(null)), ("step_id", json!(null)),
            ("completed_at", json!(null)), ("completer_id", json!(null)), ("completer_guest_id", json!(null)),
            ("archived_at", json!(null)), ("deleted_at", json!(null)), ("completion_progress", json!(null)),
            ("is_oneoff_task", json!(true)), ("is_completable", json!(true)), ("top_secret", json!(false)),
            ("everyone_must_complete", json!(false)), ("can_complete_only_assignees", json!(false)),
            ("max_assignable", json!(3)), ("prevent_guest_comment", json!(true)),
            ("webhook", json!("https://x.example/h")), ("custom_fields", json!([])),
            ("starter_id", json!(id(app, Role::Admin))),
        ] {
            assert_eq!(task.get(key), Some(&value), "{key}");
        }
        for absent in ["form_fields", "taskdata", "threads_count", "tags", "run", "step"] {
            assert_eq!(task.get(absent), None, "{absent}");
        }
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        let read = admin.get(&path).await.expect(200);
        assert_eq!(read.data(), task);
        assert_eq!(read.header("etag"), made.header("etag"));
        let again = admin.with_header("if-none-match", read.header("etag")).get(&path).await.expect(304);
        assert!(again.bytes.is_empty());
        assert_eq!(stats(app, "ann@client.example").await.0, 1);
    }

    async fn a_lonely_guest_gets_the_caller_and_the_answer_says_so(app) {
        let standard = app.client(Role::Standard);
        let made = standard.post("/tasks", &body(&[], &["New@client.example"])).await.expect(201);
        assert_eq!(made.data()["owners"]["users"], json!([id(app, Role::Standard)]));
        assert_eq!(made.json["warnings"].as_array().unwrap().len(), 1);
        let guest = app.admin().get("/guests/new@client.example?with=stats").await.expect(200);
        assert_eq!(guest.data()["stats"]["active_tasks"], 1);
    }

    async fn a_member_s_address_assigns_the_member(app) {
        let made = app.admin().post("/tasks", &body(&[], &["standard@acme.example"])).await.expect(201);
        assert_eq!(made.data()["owners"]["users"], json!([id(app, Role::Standard)]));
        assert_eq!(made.data()["owners"]["guests"], json!([]));
        assert_eq!(made.json["warnings"].as_array().unwrap().len(), 1);
    }

    async fn faults_of_the_request_and_of_the_people_are_told_together(app) {
        let admin = app.admin();
        admin.post("/guests", &json!({"email": "off@client.example"})).await.expect(201);
        admin.delete("/guests/off@client.example/disable").await.expect(200);
        let answer = admin.post("/tasks", &json!({
            "task_type": "chore", "deadline": "2025-02-30",
            "owners": {"users": [id(app, Role::Admin), 999_999], "guests": ["off@client.example", "x"], "groups": ["g"]},
        })).await.expect(422);
        assert_eq!(answer.faults(), [
            "deadline", "owners.groups.0", "owners.guests.0", "owners.guests.1", "owners.users.1", "task_type", "title",
        ]);
        let stranger = app.other.member(Role::Admin).get();
        let answer = admin.post("/tasks", &body(&[stranger], &[])).await.expect(422);
        assert_eq!(answer.faults(), ["owners.users.0"]);
        let crowded = body_with(&[id(app, Role::Admin)], &["a@client.example"], &json!({"max_assignable": 1}));
        assert_eq!(admin.post("/tasks", &crowded).await.expect(422).faults(), ["owners"]);
        admin.get("/guests/a@client.example").await.expect(404);
        assert_eq!(admin.get("/tasks").await.expect(200).json["meta"]["pagination"]["total"], 0);
        admin.post("/tasks", &json!([])).await.expect(422);
    }

    async fn what_needs_processes_is_refused(app) {
        let admin = app.admin();
        let unknown = json!({"run_id": "0123456789abcdef0123456789abcdef"});
        let answer = admin.post("/tasks", &body_with(&[], &[], &unknown)).await.expect(422);
        assert_eq!(answer.faults(), ["run_id"]);
        let harmless = json!({"run_id": null, "separate_task_for_each_assignee": false, "tags": [], "status": "x"});
        let made = admin.post("/tasks", &body_with(&[], &[], &harmless)).await.expect(201);
        assert_eq!(made.json.get("warnings"), None);
    }

    async fn a_task_that_begins_later_has_not_started(app) {
        let later = body_with(&[], &[], &json!({"started_at": "2025-05-15 13:00:00"}));
        let path = create(&app.admin(), &later).await;
        let before = app.admin().get(&path).await.expect(200);
        assert_eq!((&before.data()["status"], &before.data()["status_label"]), (&json!("not-started"), &json!("Not started")));
        app.advance(jiff::SignedDuration::from_hours(1));
        let after = app.admin().get(&path).await.expect(200);
        assert_eq!(after.data()["status"], "in-progress");
        assert_ne!(after.header("etag"), before.header("etag"));
    }

    async fn a_form_is_made_filled_in_and_needed(app) {
        let admin = app.admin();
        let path = create(&admin, &body_with(&[id(app, Role::Admin)], &[], &json!({"form_fields": [
            {"label": "Colour", "field_type": "dropdown", "required": true, "options": [{"id": 1, "text": "red"}]},
            {"label": "Rows", "field_type": "table", "required": false, "columns": ["a", "b"], "guidance": "Fill"},
        ]}))).await;
        let read = admin.get(&format!("{path}?with=form_fields,threads_count,tags,run")).await.expect(200);
        let fields = read.data()["form_fields"]["data"].as_array().unwrap().clone();
        assert_eq!((&read.data()["threads_count"], &read.data()["tags"]), (&json!(0), &json!({"data": []})));
        assert_eq!((&fields[0]["label"], &fields[0]["value"]), (&json!("Colour"), &json!(null)));
        let (colour, rows) = (fields[0]["id"].as_str().unwrap(), fields[1]["id"].as_str().unwrap());
        let refused = complete(&admin, &path, &json!({})).await.expect(422);
        assert_eq!(refused.faults(), [format!("taskdata.{colour}")]);

        let bad = json!({"taskdata": {colour: "blue", rows: ["one"]}});
        assert_eq!(admin.put(&path, &bad).await.expect(422).faults().len(), 2);
        let good = json!({"taskdata": {colour: {"id": 1, "text": "red"}, rows: ["x", "y"], "nonsense": 1}});
        let filled = admin.put(&path, &good).await.expect(200);
        assert_eq!(filled.data()["taskdata"][colour], json!({"id": 1, "text": "red", "value": null}));
        assert_eq!(filled.data()["taskdata"][rows], json!(["x", "y"]));
        assert_eq!(filled.json["warnings"].as_array().unwrap().len(), 1);
        complete(&admin, &path, &json!({})).await.expect(200);
    }

    async fn who_is_picked_must_be_there_or_have_been_picked_before(app) {
        let admin = app.admin();
        let path = create(&admin, &body_with(&[id(app, Role::Admin)], &[], &json!({"form_fields": [
            {"label": "Who", "field_type": "assignees_form", "required": false},
        ]}))).await;
        let read = admin.get(&format!("{path}?with=form_fields")).await.expect(200);
        let who = read.data()["form_fields"]["data"][0]["id"].as_str().unwrap().to_owned();
        let group = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201).data()["id"].clone();
        let fill = |people: &hospes_testing::Value| json!({"taskdata": {&who: people}});
        let before = app.written().await;
        for people in [json!({"users": [999_999]}), json!({"groups": ["0".repeat(32)]})] {
            assert_eq!(admin.put(&path, &fill(&people)).await.expect(422).faults(), [format!("taskdata.{who}")]);
        }
        assert_eq!(app.written().await, before);
        let people = json!({"users": [id(app, Role::Light)], "guests": ["new@client.example"], "groups": [group]});
        assert_eq!(admin.put(&path, &fill(&people)).await.expect(200).data()["taskdata"][&who], people);
        admin.delete(&format!("/groups/{}", group.as_str().unwrap())).await.expect(204);
        let more = json!({"users": [id(app, Role::Light), id(app, Role::Admin)], "guests": [], "groups": [group]});
        admin.put(&path, &fill(&more)).await.expect(200);
    }

    async fn a_repeated_request_with_a_key_makes_one_task(app) {
        let admin = app.admin().with_header("idempotency-key", "k1");
        let first = admin.post("/tasks", &body(&[], &["ann@client.example"])).await.expect(201);
        let second = admin.post("/tasks", &body(&[], &["ann@client.example"])).await.expect(201);
        assert_eq!(first.bytes, second.bytes);
        admin.post("/tasks", &body(&[], &["bob@client.example"])).await.expect(422);
        assert_eq!(app.admin().get("/tasks").await.expect(200).json["meta"]["pagination"]["total"], 1);
        assert_eq!(stats(app, "ann@client.example").await.0, 1);
    }

    async fn a_deadline_stays_on_its_day(app) {
        let admin = app.admin();
        // A Saturday, a Sunday, Christmas; the last second of each in Berlin.
        for (day, deadline) in [
            ("2025-05-24", "2025-05-24T21:59:59Z"), ("2025-05-25", "2025-05-25T21:59:59Z"), ("2025-12-25", "2025-12-25T22:59:59Z"),
        ] {
            let made = admin.post("/tasks", &body_with(&[], &[], &json!({"deadline": day}))).await.expect(201);
            assert_eq!(made.data()["deadline"], deadline);
            let path = create(&admin, &body(&[], &[])).await;
            let changed = admin.put(&path, &json!({"deadline": day})).await.expect(200);
            assert_eq!(changed.data()["deadline"], deadline);
        }
    }

    async fn the_alias_is_the_task_s_number_for_ever(app) {
        let admin = app.admin();
        let first = create(&admin, &body(&[], &[])).await;
        let second = create(&admin, &body(&[], &[])).await;
        let elsewhere = app.client_of(&app.other, Role::Admin);
        let other = create(&elsewhere, &body(&[], &[])).await;
        assert_eq!(elsewhere.get(&other).await.expect(200).data()["alias"], "task-1");
        admin.put(&first, &json!({"title": "Renamed"})).await.expect(200);
        complete(&admin, &first, &json!({})).await.expect(200);
        assert_eq!(admin.get(&first).await.expect(200).data()["alias"], "task-1");
        // A number is given once, also when its task is gone.
        admin.delete(&second).await.expect(204);
        admin.delete(&format!("{second}/delete")).await.expect(204);
        let third = create(&admin, &body(&[], &[])).await;
        let third = admin.get(&third).await.expect(200);
        assert_eq!((&third.data()["alias"], &third.data()["increment_id"]), (&json!("task-3"), &json!(3)));
    }

    async fn lists_in_a_request_have_their_limits(app) {
        let admin = app.admin();
        let me = id(app, Role::Admin);
        let guests: Vec<String> = (0..201).map(|n| format!("g{n}@client.example")).collect();
        let field = |n: usize| json!({"label": format!("F{n}"), "field_type": "text"});
        let choices = |n: usize| (0..n).map(|n| json!(format!("choice {n}"))).collect::<Vec<_>>();
        let fields: Vec<_> = (0..101).map(field).collect();
        let with = |owners: Value, form: Value| body_with(&[], &[], &json!({"owners": owners, "form_fields": form}));
        let dropdown = |n| json!([{"label": "D", "field_type": "dropdown", "options": choices(n)}]);
        let table = |n| json!([{"label": "T", "field_type": "table", "columns": choices(n)}]);
        for (crowded, fault) in [
            (with(json!({"users": vec![me; 201]}), json!([])), "owners.users"),
            (with(json!({"guests": guests}), json!([])), "owners.guests"),
            (with(json!({"groups": vec!["g"; 201]}), json!([])), "owners.groups"),
            (with(json!({}), json!(fields)), "form_fields"),
            (with(json!({}), dropdown(201)), "form_fields.0.options"),
            (with(json!({}), table(201)), "form_fields.0.columns"),
        ] {
            assert_eq!(admin.post("/tasks", &crowded).await.expect(422).faults(), [fault]);
        }
        let path = create(&admin, &body(&[], &[])).await;
        for (list, owners) in [("users", json!({"users": vec![me; 201]})), ("guests", json!({"guests": guests}))] {
            let refused = admin.put(&path, &json!({"owners": owners})).await.expect(422);
            assert_eq!(refused.faults(), [format!("owners.{list}")]);
        }
        assert_eq!(app.written().await.guests, 0);
        let full = with(json!({"users": vec![me; 200], "guests": guests[..200]}), json!(fields[..100]));
        let made = admin.post("/tasks", &full).await.expect(201);
        assert_eq!(made.data()["owners"]["users"], json!([me]));
        assert_eq!(made.data()["owners"]["guests"].as_array().unwrap().len(), 200);
        for form in [dropdown(200), table(200)] {
            admin.post("/tasks", &with(json!({}), form)).await.expect(201);
        }
    }
}

#[test]
fn guests_made_by_tasks_count_against_the_hourly_limit() {
    let rates = Rates { guests_per_hour: 2, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let admin = app.admin();
        admin.post("/tasks", &body(&[], &["a@client.example", "b@client.example"])).await.expect(201);
        admin.post("/tasks", &body(&[], &["a@client.example"])).await.expect(201);
        admin.post("/tasks", &body(&[], &["c@client.example"])).await.expect(429);
        admin.get("/guests/c@client.example").await.expect(404);
    });
}

#[test]
fn what_is_given_again_needs_no_room() {
    let rates = Rates { guests_per_hour: 1, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let admin = app.admin();
        let keyed = admin.with_header("idempotency-key", "k");
        let task = body(&[], &["a@client.example"]);
        let first = keyed.post("/tasks", &task).await.expect(201);
        admin.delete("/guests/a@client.example").await.expect(200);
        admin.post("/tasks", &task).await.expect(429);
        let again = keyed.post("/tasks", &task).await.expect(201);
        assert_eq!(again.bytes, first.bytes);
    });
}
