//! Launching processes.

use hospes_model::member::Role;
use hospes_model::template::Settings;
use hospes_model::workflow::People;
use hospes_server::limits::Rates;
use hospes_testing::{Backend, Options, TestApp, both, json};

use super::{member, template, template_with};

both! {
    async fn a_process_has_every_key_that_clients_read(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let answer = admin.post("/runs", &template.body(&json!({}))).await.expect(201);
        let mut run = answer.data().clone();
        let id = run["id"].as_str().unwrap().to_owned();
        assert_eq!(id.len(), 32);
        run["id"] = json!("ID");
        let me = member(app, Role::Admin);
        let now = "2025-05-15T10:00:00Z";
        assert_eq!(
            run,
            json!({
                "id": "ID", "increment_id": 1, "checklist_id": template.id, "checklist_title": "New client",
                "name": "Acme", "summary": null, "status": "active", "type": "procedure",
                "progress": {"complete": 0, "total": 2, "percent": 0},
                "whole_progress": {"complete": 0, "total": 2, "percent": 0},
                "started_by": me, "owner_id": me,
                "prerun": {&template.firm: "Acme", &template.kind: null, &template.people: null},
                "prerun_length": 3, "prerun_status": "complete", "prerun_completed_at": now,
                "prerun_completed_by": me, "prerun_submitted_by": me, "prerun_completed_by_guest": null,
                "starred": false, "is_public": false, "publicly_hidden_fields": [], "assign_someone_else": false,
                "can_add_oot": true, "has_open_issue": false, "created_at": now, "started_at": now,
                "last_updated": now, "completed_at": null, "archived_at": null, "due_date": run["due_date"],
                "max_task_deadline": run["due_date"], "due_date_passed": false, "due_soon": run["due_soon"],
                "late_tasks": 0, "collaborators": [me], "users": [], "groups": [], "parent_id": null,
                "custom_fields": [],
            })
        );
        assert_eq!(admin.get(&format!("/runs/{id}")).await.expect(200).data(), answer.data());
    }

    async fn values_people_and_deadlines_of_the_launch_count(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let [admin_id, standard] = [member(app, Role::Admin), member(app, Role::Standard)];
        let [first, second, _] = &template.steps;
        let answer = admin.post("/runs", &template.body(&json!({
            "name": "Acme again", "summary": "Notes", "owner_id": standard, "starred": true, "users": [standard],
            "prerun": {
                &template.firm: "Acme", &template.kind: {"id": 2, "text": "green"},
                &template.people: {"users": [standard], "guests": ["ann@client.example"], "groups": []},
                "unknown": "x",
            },
            "tasks": {
                first: {"deadline": "2025-06-01 12:00:00", "owners": {"guests": ["Carl@client.example"]}},
                second: {"owners": {"users": [standard.to_string()]}},
            },
        }))).await.expect(201);
        let run = answer.data();
        assert_eq!((&run["summary"], &run["starred"], &run["owner_id"]), (&json!("Notes"), &json!(true), &json!(standard)));
        assert_eq!(run["prerun"][&template.kind], json!({"id": 2, "text": "green", "value": null}));
        assert_eq!(run["prerun"][&template.people]["guests"], json!(["ann@client.example"]));
        assert_eq!(run["users"], json!([standard]));
        let warnings = answer.json["warnings"].to_string();
        assert!(warnings.contains("unknown") && warnings.contains("was added"), "{warnings}");
        let path = format!("/runs/{}", run["id"].as_str().unwrap());
        let tasks = admin.get(&format!("{path}/tasks")).await.expect(200);
        let task = &tasks.data()[0];
        assert_eq!((&task["title"], &task["original_title"]), (&json!("Call Acme"), &json!("Call {{firm}}")));
        assert_eq!(task["deadline"], "2025-06-01T10:00:00Z");
        assert_eq!(task["owners"]["guests"], json!(["Carl@client.example"]));
        // A guest is never alone.
        assert_eq!(task["owners"]["users"], json!([admin_id]));
        assert_eq!(tasks.data()[1]["owners"]["users"], json!([standard]));
        let guest = admin.get("/guests/carl@client.example?with=stats").await.expect(200);
        assert_eq!(guest.data()["stats"]["active_tasks"], 1);
    }

    async fn what_is_missing_or_wrong_is_named_and_nothing_is_written(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let before = app.written().await;
        let missing = admin.post("/runs", &template.body(&json!({"prerun": {}}))).await.expect(422);
        let path = format!("prerun.{}", template.firm);
        assert_eq!(missing.faults(), [path.as_str()]);
        assert!(missing.json["errors"][&path][0].as_str().unwrap().contains("Firm"));
        let wrong = admin.post("/runs", &template.body(&json!({
            "prerun": {&template.kind: "blue"}, "owner_id": "x", "tags": ["0".repeat(32)],
        }))).await.expect(422);
        let mut expected = vec![path, format!("prerun.{}", template.kind), "owner_id".to_owned(), "tags.0".to_owned()];
        expected.sort();
        assert_eq!(wrong.faults(), expected);
        let stranger = admin.post("/runs", &template.body(&json!({"owner_id": 999_999}))).await.expect(422);
        assert_eq!(stranger.faults(), ["owner_id"]);
        let step = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e";
        let unknown = admin.post("/runs", &template.body(&json!({"tasks": {step: {}}}))).await.expect(422);
        assert_eq!(unknown.faults(), [format!("tasks.{step}")]);
        let parent = admin.post("/runs", &template.body(&json!({"parent_id": step}))).await.expect(422);
        assert_eq!(parent.faults(), ["parent_id"]);
        admin.post("/runs", &template.body(&json!({"checklist_id": step}))).await.expect(404);
        assert_eq!(admin.post("/runs", &json!({"checklist_id": "x"})).await.expect(422).faults(), ["checklist_id"]);
        assert_eq!(app.written().await, before);
    }

    async fn drafts_are_not_launched_and_light_members_only_what_names_them(app) {
        let draft = Settings { dual_version_enabled: true, is_published_state: false, ..Settings::default() };
        let draft = template_with(app, draft, People::default()).await;
        let admin = app.admin();
        assert_eq!(admin.post("/runs", &draft.body(&json!({}))).await.expect(422).faults(), ["checklist_id"]);
        let (standard, light) = (app.client(Role::Standard), app.client(Role::Light));
        let open = template(app).await;
        standard.post("/runs", &open.body(&json!({}))).await.expect(201);
        light.post("/runs", &open.body(&json!({}))).await.expect(404);
        let named = People::members([app.acme.member(Role::Light)]);
        let named = template_with(app, Settings::default(), named).await;
        light.post("/runs", &named.body(&json!({}))).await.expect(201);
        standard.post("/runs", &named.body(&json!({}))).await.expect(404);
        let other = named.body(&json!({"user_id": member(app, Role::Standard)}));
        light.post("/runs", &other).await.expect(403);
        admin.post("/runs", &other).await.expect(201);
    }

    async fn a_disabled_guest_of_the_template_is_left_out(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let step = format!("/checklists/{}/steps/{}", template.id, template.steps[1]);
        admin.put(&step, &json!({"title": "Approve", "guests": ["off@client.example"]})).await.expect(200);
        let owners = |run: crate::runs::Run, client: hospes_testing::Client| async move {
            client.get(&run.task(1)).await.expect(200).data()["owners"]["guests"].clone()
        };
        let run = template.launch(&admin, &json!({})).await;
        assert_eq!(owners(run, app.admin()).await, json!(["off@client.example"]));
        admin.delete("/guests/off@client.example/disable").await.expect(200);
        let run = template.launch(&admin, &json!({})).await;
        assert_eq!(owners(run, app.admin()).await, json!([]));
        let by_hand = json!({"tasks": {&template.steps[1]: {"owners": {"guests": ["Off@client.example"]}}}});
        let refused = admin.post("/runs", &template.body(&by_hand)).await.expect(422);
        assert_eq!(refused.faults(), [format!("tasks.{}.owners.guests", template.steps[1])]);
    }

    async fn the_same_key_launches_once(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let keyed = admin.with_header("Idempotency-Key", "once");
        let first = keyed.post("/runs", &template.body(&json!({}))).await.expect(201);
        let again = keyed.post("/runs", &template.body(&json!({}))).await.expect(201);
        assert_eq!(first.data(), again.data());
        assert_eq!(admin.get("/runs").await.expect(200).json["meta"]["pagination"]["total"], 1);
        let events = app.events(&app.acme).await;
        let launched: Vec<_> = events.iter().filter(|event| event.entity == "run").collect();
        assert_eq!((launched.len(), launched[0].verb.as_str()), (1, "created"));
    }
}

#[test]
fn guests_made_by_launches_and_changes_count_against_the_hourly_limit() {
    let rates = Rates { guests_per_hour: 2, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let (admin, template) = (app.admin(), template(app).await);
        let owners = |guests: &[&str]| json!({"tasks": {&template.steps[0]: {"owners": {"guests": guests}}}});
        let before = app.written().await;
        let three = ["a@client.example", "b@client.example", "c@client.example"];
        admin.post("/runs", &template.body(&owners(&three))).await.expect(429);
        assert_eq!(app.written().await, before);
        // What was refused took no room, and whoever is known needs none.
        let run = template.launch(&admin, &owners(&three[..2])).await;
        admin.post("/runs", &template.body(&owners(&three[..2]))).await.expect(201);
        let task = run.task(0);
        admin.put(&task, &json!({"owners": {"guests": ["c@client.example"]}})).await.expect(429);
        admin.get("/guests/c@client.example").await.expect(404);
        admin.put(&task, &json!({"owners": {"guests": ["a@client.example"]}})).await.expect(200);
    });
}
