//! A process with a task for each assignee (`separate_task_for_each_assignee`).

use hospes_model::member::Role;
use hospes_server::limits::Rates;
use hospes_testing::{Answer, Backend, Client, Options, TestApp, Value, both, json};

use super::{body_with, id, stats};

/// The body of a request for separate tasks.
fn separate(users: &[i64], guests: &[&str], changes: &Value) -> Value {
    let mut body = body_with(users, guests, changes);
    body["separate_task_for_each_assignee"] = json!(true);
    body
}

async fn group(client: &Client, members: &[i64], guests: &[&str]) -> Value {
    let body = json!({"name": "Sales", "members": members, "guests": guests});
    client.post("/groups", &body).await.expect(201).data()["id"].clone()
}

/// The tasks of the process that an answered task belongs to.
async fn tasks(client: &Client, made: &Answer) -> Vec<Value> {
    let path = format!("/runs/{}/tasks?with=form_fields,summary", made.data()["run_id"].as_str().unwrap());
    client.get(&path).await.expect(200).data().as_array().unwrap().clone()
}

fn owners(tasks: &[Value]) -> Vec<(Value, Value)> {
    tasks.iter().map(|task| (task["owners"]["users"].clone(), task["owners"]["guests"].clone())).collect()
}

both! {
    async fn everybody_gets_a_task_of_their_own(app) {
        let caller = app.client(Role::Standard);
        let (me, light, admin) = (id(app, Role::Standard), id(app, Role::Light), id(app, Role::Admin));
        let made = caller.post("/tasks?with=form_fields", &separate(&[light], &["new@client.example"], &json!({
            "description": "Two copies", "task_type": "approval", "started_at": "2025-05-16 12:00:00",
            "can_complete_only_assignees": true, "prevent_guest_comment": true,
            "form_fields": [{"label": "Why", "field_type": "text", "required": true}],
        }))).await.expect(201);
        let first = made.data();
        assert_eq!(first["owners"]["users"], json!([light]));
        let run = first["run"].as_object().unwrap();
        assert_eq!((&run["id"], &run["name"]), (&first["run_id"], &json!("Send the contract")));
        assert_eq!((&run["started_at"], &run["started_by"]), (&json!("2025-05-15T10:00:00Z"), &json!(me)));
        // Whoever is not on a task is not put on it, but where a guest would be alone.
        let warnings = made.json["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let all = tasks(&caller, &made).await;
        assert_eq!(owners(&all), [(json!([light]), json!([])), (json!([me]), json!(["new@client.example"]))]);
        for (task, place) in all.iter().zip(1..) {
            assert_eq!((&task["title"], &task["summary"]), (&json!("Send the contract"), &json!("Two copies")));
            assert_eq!((&task["task_type"], &task["position"]), (&json!("approval"), &json!(place)));
            assert_eq!((&task["deadline"], &task["started_at"]), (&json!("2025-05-22T10:00:00Z"), &json!("2025-05-16T10:00:00Z")));
            assert_eq!((&task["status"], &task["step_id"]), (&json!("not-started"), &json!(null)));
            assert_eq!((&task["can_complete_only_assignees"], &task["prevent_guest_comment"]), (&json!(true), &json!(true)));
            assert_eq!(task["form_fields"]["data"][0]["label"], "Why");
        }
        assert_ne!(all[0]["form_fields"]["data"][0]["id"], all[1]["form_fields"]["data"][0]["id"]);
        assert_eq!(stats(app, "new@client.example").await.0, 1);
        let listed = caller.get("/runs").await.expect(200);
        let [run] = &listed.data().as_array().unwrap()[..] else { panic!("{:?}", listed.json) };
        assert_eq!((&run["id"], &run["name"]), (&first["run_id"], &json!("Send the contract")));
        assert_eq!((&run["owner_id"], &run["started_by"]), (&json!(me), &json!(me)));
        assert_eq!((&run["checklist_title"], &run["checklist_id"]), (&json!("MISC"), &first["checklist_id"]));
        assert_eq!((&run["status"], &run["progress"]["total"]), (&json!("active"), &json!(2)));
        // More tasks join with its id, and it is done when all are.
        let joined = caller.post("/tasks", &body_with(&[admin], &[], &json!({"run_id": run["id"]}))).await.expect(201);
        assert_eq!((&joined.data()["run_id"], &joined.data()["position"]), (&run["id"], &json!(3)));
        assert_eq!(joined.data().get("run"), None);
    }

    async fn whoever_asks_for_the_process_gets_it_as_everywhere(app) {
        let made = app.admin().post("/tasks?with=run", &separate(&[id(app, Role::Light)], &[], &json!({}))).await.expect(201);
        assert_eq!(made.data()["run"]["data"]["id"], made.data()["run_id"]);
        let path = format!("/tasks/{}", made.data()["id"].as_str().unwrap());
        let mut read = app.admin().get(&format!("{path}?with=run")).await.expect(200).data().clone();
        assert_eq!(read, *made.data());
        read.as_object_mut().unwrap().remove("run");
        assert_eq!(app.admin().get(&path).await.expect(200).data(), &read);
    }

    async fn groups_become_those_who_are_in_them(app) {
        let admin = app.admin();
        let (standard, light) = (id(app, Role::Standard), id(app, Role::Light));
        let sales = group(&admin, &[standard, light], &["ann@client.example", "off@client.example"]).await;
        admin.delete("/guests/off@client.example/disable").await.expect(200);
        let owners_of = json!({"users": [light], "guests": ["Ann@client.example", "light@acme.example"], "groups": [sales]});
        let made = admin.post("/tasks", &separate(&[], &[], &json!({"owners": owners_of, "max_assignable": 1}))).await.expect(201);
        let all = tasks(&admin, &made).await;
        let mut members = [standard, light];
        members.sort_unstable();
        let who = owners(&all);
        assert_eq!(who[..2], members.map(|id| (json!([id]), json!([]))));
        assert_eq!((who.len(), &who[2].0), (3, &json!([id(app, Role::Admin)])));
        assert_eq!(who[2].1.as_array().unwrap().len(), 1);
        assert!(all.iter().all(|task| task["owners"]["groups"] == json!([])));
        // Whoever leaves the group later keeps the task.
        admin.put(&format!("/groups/{}", sales.as_str().unwrap()), &json!({"name": "Sales", "members": []})).await.expect(201);
        assert_eq!(owners(&tasks(&admin, &made).await), who);
    }

    async fn every_fault_is_named_and_nothing_written(app) {
        let admin = app.admin();
        let empty = group(&admin, &[], &["off@client.example"]).await;
        admin.delete("/guests/off@client.example/disable").await.expect(200);
        let made = admin.post("/tasks", &separate(&[id(app, Role::Light)], &[], &json!({}))).await.expect(201);
        let there = made.data()["run_id"].clone();
        let before = app.written().await;
        let refused = async |body: &Value| -> Vec<String> {
            let answer = admin.post("/tasks", body).await.expect(422);
            answer.faults().into_iter().map(ToString::to_string).collect()
        };
        let light = id(app, Role::Light);
        let someone = json!({"users": [light, 999_999], "guests": ["off@client.example", "x"], "groups": ["0196d2f35a7c7b3e9d1c2f4a5b6c7d8e"]});
        let faulty = json!({"title": "", "deadline": "soon", "owners": someone, "started_at": "2025-05-16"});
        assert_eq!(refused(&separate(&[], &[], &faulty)).await, [
            "deadline", "owners.groups", "owners.guests", "owners.guests.1", "owners.users", "title",
        ]);
        assert_eq!(refused(&separate(&[], &[], &json!({}))).await, ["owners"]);
        assert_eq!(refused(&separate(&[], &[], &json!({"owners": {"groups": [empty]}}))).await, ["owners"]);
        assert_eq!(refused(&separate(&[app.other.member(Role::Admin).get()], &[], &json!({}))).await, ["owners.users"]);
        let many: Vec<String> = (0..200).map(|n| format!("g{n}@client.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(refused(&separate(&[light], &many, &json!({}))).await, ["owners"]);
        let run = json!({"run_id": there});
        assert_eq!(refused(&separate(&[light], &[], &run)).await, ["separate_task_for_each_assignee"]);
        assert_eq!(refused(&separate(&[light], &[], &json!({"top_secret": true}))).await, ["top_secret"]);
        app.client(Role::Light).post("/tasks", &separate(&[light], &[], &json!({}))).await.expect(403);
        assert_eq!(app.written().await, before);
        let made = admin.post("/tasks", &separate(&[], &many, &json!({"title": "t".repeat(600)}))).await.expect(201);
        assert_eq!(made.data()["run"]["name"].as_str().unwrap().len(), 550);
        let run = admin.get(&format!("/runs/{}", made.data()["run_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(run.data()["progress"]["total"], 200);
    }

    async fn the_template_is_one_and_hidden(app) {
        let admin = app.admin();
        let light = id(app, Role::Light);
        let made = admin.post("/tasks", &separate(&[light], &[], &json!({}))).await.expect(201);
        let path = format!("/checklists/{}", made.data()["checklist_id"].as_str().unwrap());
        let before = app.written().await;
        for url in [path.clone(), format!("{path}/form-fields"), format!("{path}/steps")] {
            admin.get(&url).await.expect(404);
        }
        admin.put(&path, &json!({"title": "Mine"})).await.expect(404);
        admin.delete(&path).await.expect(404);
        admin.post(&format!("{path}/clone"), &json!({})).await.expect(404);
        let launch = json!({"checklist_id": made.data()["checklist_id"], "name": "x"});
        admin.post("/runs", &launch).await.expect(404);
        for list in ["/checklists", "/checklists?q=misc", "/checklists?archived=true", "/checklists?status=all"] {
            assert_eq!(admin.get(list).await.expect(200).data(), &json!([]), "{list}");
        }
        let feed = admin.get("/activity-feeds?entity_type=checklist").await.expect(200);
        assert_eq!(feed.data(), &json!([]));
        assert_eq!(app.written().await, before);
        // A template of that name is another one.
        admin.post("/checklists", &json!({"title": "MISC", "type": "procedure", "guidance": "\"misc\":true"})).await.expect(201);
        assert_eq!(admin.get("/checklists").await.expect(200).data().as_array().unwrap().len(), 1);
        let again = app.client(Role::Standard).post("/tasks", &separate(&[light], &[], &json!({}))).await.expect(201);
        assert_eq!(again.data()["checklist_id"], made.data()["checklist_id"]);
        assert_ne!(again.data()["run_id"], made.data()["run_id"]);
    }

    async fn the_same_key_makes_them_once(app) {
        let keyed = app.admin().with_header("idempotency-key", "once");
        let body = separate(&[id(app, Role::Light)], &["a@client.example"], &json!({}));
        let first = keyed.post("/tasks", &body).await.expect(201);
        let again = keyed.post("/tasks", &body).await.expect(201);
        assert_eq!(again.bytes, first.bytes);
        assert_eq!(app.admin().get("/runs").await.expect(200).json["meta"]["pagination"]["total"], 1);
        let events = app.events(&app.acme).await;
        let told: Vec<_> = events.iter().map(|event| (&*event.entity, &*event.verb)).collect();
        assert_eq!(told.iter().filter(|event| **event == ("run", "created")).count(), 1, "{told:?}");
        assert!(!told.contains(&("run", "completed")) && !told.contains(&("run", "re-opened")), "{told:?}");
    }
}

#[test]
fn guests_made_by_separate_tasks_count_against_the_hourly_limit() {
    let rates = Rates { guests_per_hour: 2, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let admin = app.admin();
        let before = app.written().await;
        let three = ["a@client.example", "b@client.example", "c@client.example"];
        admin.post("/tasks", &separate(&[], &three, &json!({}))).await.expect(429);
        assert_eq!(app.written().await, before);
        admin.post("/tasks", &separate(&[], &three[..2], &json!({}))).await.expect(201);
        admin.post("/tasks", &separate(&[], &three[1..], &json!({}))).await.expect(429);
    });
}
