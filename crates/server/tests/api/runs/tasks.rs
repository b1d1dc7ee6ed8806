//! Tasks of processes.

use hospes_model::member::Role;
use hospes_model::template::Settings;
use hospes_model::workflow::People;
use hospes_testing::{both, json};

use super::{member, template, template_with};

both! {
    async fn a_task_has_the_shape_that_all_tasks_have(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let one_off = admin.post("/tasks", &crate::tasks::body(&[member(app, Role::Admin)], &[])).await.expect(201);
        let keys = |value: &hospes_testing::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let read = admin.get(&run.task(0)).await.expect(200);
        let mut task = read.data().clone();
        // What was filled in is always shown of tasks of processes.
        let taskdata = task.as_object_mut().unwrap().remove("taskdata").unwrap();
        assert_eq!(taskdata, json!({&template.note: null, &template.colour: null, &template.table: null}));
        assert_eq!(keys(&task), keys(one_off.data()));
        assert_eq!((&task["run_id"], &task["checklist_id"]), (&json!(run.id()), &json!(template.id)));
        assert_eq!((&task["step_id"], &task["position"]), (&json!(template.steps[0]), &json!(1)));
        assert_eq!((&task["status"], &task["status_label"]), (&json!("in-progress"), &json!("Active")));
        assert_eq!((&task["is_oneoff_task"], &task["is_completable"]), (&json!(false), &json!(true)));
        assert_eq!((&task["run_status"], &task["blueprint_position"]), (&json!("active"), &json!(1)));
        assert_eq!(task["owners"], json!({"users": [member(app, Role::Admin)], "guests": [], "groups": [], "taskUrls": []}));
        let short = admin.get(&format!("/tasks/{}", run.tasks[0])).await.expect(200);
        assert_eq!(short.data(), read.data());
        let hidden = admin.get(&run.task(2)).await.expect(200);
        assert_eq!((&hidden.data()["status"], &hidden.data()["is_completable"]), (&json!("auto-skipped"), &json!(false)));
        let other = template.launch(&admin, &json!({})).await;
        admin.get(&format!("{}/tasks/{}", other.path, run.tasks[0])).await.expect(404);
        admin.get(&format!("{}/tasks/x", run.path)).await.expect(404);
    }

    async fn includes_come_wrapped(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let with = "run,run.checklist,step,form_fields,ko-form-fields,threads,threads_count";
        let read = admin.get(&format!("{}?with={with}", run.task(0))).await.expect(200);
        let task = read.data();
        assert_eq!((&task["run"]["data"]["id"], &task["run"]["data"]["name"]), (&json!(run.id()), &json!("Acme")));
        assert_eq!(task["run"]["data"]["checklist"]["data"]["title"], "New client");
        assert_eq!(task["step"]["data"]["title"], "Call {{firm}}");
        assert_eq!(task["step"]["data"]["captures"].as_array().unwrap().len(), 3);
        assert_eq!(task["form_fields"]["data"][0]["id"], template.note);
        assert_eq!(task["ko-form-fields"]["data"][0]["value"], "Acme");
        assert_eq!((&task["threads"], &task["threads_count"]), (&json!({"data": []}), &json!(0)));
        let with = "checklist,tasks,next_task,form_fields,ko_form_fields,permissions,stages,tags,tasks.form_fields";
        let read = admin.get(&format!("{}?with={with}&form_fields_values=true", run.path)).await.expect(200);
        let data = read.data();
        assert_eq!(data["checklist"]["data"]["id"], template.id);
        // The hidden task is not among them.
        assert_eq!(data["tasks"]["data"].as_array().unwrap().len(), 2);
        assert_eq!(data["tasks"]["data"][0]["form_fields"]["data"].as_array().unwrap().len(), 3);
        assert_eq!(data["next_task"]["data"].as_array().unwrap().len(), 1);
        assert_eq!(data["form_fields"]["data"][0]["task_id"], run.tasks[0]);
        assert_eq!(data["ko_form_fields"]["data"][0]["capture_id"], template.firm);
        assert_eq!(data["form_fields_values"][&template.firm], "Acme");
        assert_eq!(data["permissions"]["data"]["can_archive"], true);
        assert_eq!((&data["stages"], &data["tags"]), (&json!({"data": []}), &json!({"data": []})));
    }

    async fn what_is_absent_stays_and_owners_replace_everybody(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let (me, standard) = (member(app, Role::Admin), member(app, Role::Standard));
        let changed = admin.put(&run.task(0), &json!({
            "title": "Ring up", "summary": "Soon", "deadline": "2025-06-02 12:00:00",
            "owners": {"guests": ["ann@client.example"]}, "webhook": "https://a.example", "status": "completed",
        })).await.expect(200);
        let task = changed.data();
        assert_eq!((&task["title"], &task["summary"]), (&json!("Ring up"), &json!("Soon")));
        assert_eq!((&task["deadline"], &task["status"]), (&json!("2025-06-02T10:00:00Z"), &json!("in-progress")));
        assert_eq!((&task["owners"]["users"], &task["owners"]["guests"]), (&json!([me]), &json!(["ann@client.example"])));
        let warnings = changed.json["warnings"].to_string();
        assert!(warnings.contains("webhook") && warnings.contains("was added"), "{warnings}");
        // What was read is sent back: nothing changes.
        let before = app.written().await;
        let echo = admin.put(&run.task(0), task).await.expect(200);
        assert_eq!((echo.data(), app.written().await), (task, before));
        let short = format!("/tasks/{}", run.tasks[0]);
        let moved = admin.put(&short, &json!({"owners": {"users": [standard]}})).await.expect(200);
        assert_eq!((&moved.data()["owners"]["users"], &moved.data()["owners"]["guests"]), (&json!([standard]), &json!([])));
        assert_eq!(moved.data()["title"], "Ring up");
        let before = app.written().await;
        let wrong = admin.put(&run.task(0), &json!({
            "title": "", "deadline": "soon", "owners": {"users": ["x"], "guests": ["nobody"]},
        })).await.expect(422);
        assert_eq!(wrong.faults(), ["deadline", "owners.guests.0", "owners.users.0", "title"]);
        admin.put(&run.task(0), &json!({"owners": {"users": [999_999]}})).await.expect(422);
        assert_eq!(app.written().await, before);
    }

    async fn completing_and_reopening_tell_what_rules_changed(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let missing = run.complete(&admin, 0, &json!({})).await.expect(422);
        assert_eq!(missing.faults(), [format!("taskdata.{}", template.note)]);
        run.fill(&admin, &template).await;
        let done = run.complete(&admin, 0, &json!({})).await.expect(200);
        assert_eq!((&done.data()["status"], &done.data()["completer_id"]), (&json!("completed"), &json!(member(app, Role::Admin))));
        let changed = done.data()["tasks_changed_by_rules"].as_object().unwrap();
        assert_eq!(changed.keys().collect::<Vec<_>>(), [&run.tasks[2]]);
        assert_eq!((&changed[&run.tasks[2]]["title"], &changed[&run.tasks[2]]["status"]), (&json!("Celebrate"), &json!("in-progress")));
        assert_eq!(run.complete(&admin, 0, &json!({})).await.expect(422).faults(), ["task_id"]);
        admin.put(&run.task(0), &json!({"title": "x"})).await.expect(422);
        let open = run.reopen(&admin, 0).await.expect(200);
        assert_eq!((&open.data()["status"], &open.data()["is_approved"]), (&json!("in-progress"), &json!(null)));
        for key in ["completed_at", "completer_id", "completer_guest_id"] {
            assert_eq!(open.data()[key], json!(null), "{key}");
        }
        // A task that a rule showed stays shown.
        assert_eq!(open.data()["tasks_changed_by_rules"], json!({}));
        run.reopen(&admin, 0).await.expect(422);
        assert_eq!(open.data()["taskdata"][&template.note], "Done");
        assert_eq!(run.complete(&admin, 1, &json!({})).await.expect(422).faults(), ["is_approved"]);
        let body = json!({"task_id": run.tasks[1], "is_approved": false});
        let rejected = admin.post("/completed-tasks", &body).await.expect(200);
        assert_eq!((&rejected.data()["status_label"], &rejected.data()["is_approved"]), (&json!("Rejected"), &json!(false)));
        assert_eq!(rejected.data()["tasks_changed_by_rules"], json!({}));
        admin.delete(&format!("/completed-tasks/{}", run.tasks[1])).await.expect(200);
    }

    async fn a_guest_s_work_is_recorded(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let owners = json!({"tasks": {&template.steps[1]: {"owners": {"guests": ["ann@client.example"]}}}});
        let run = template.launch(&admin, &owners).await;
        let guest = admin.get("/guests/ann@client.example").await.expect(200);
        let code = guest.data()["id"].clone();
        let by = json!({"override_guest": code, "is_approved": true});
        let done = run.complete(&admin, 1, &by).await.expect(200);
        assert_eq!((&done.data()["completer_id"], &done.data()["completer_guest_id"]), (&json!(null), &code));
        assert_eq!(done.data()["completer_guest"], "ann@client.example");
        run.reopen(&admin, 1).await.expect(200);
        let stranger = json!({"override_guest": "nobody@client.example", "is_approved": true});
        assert_eq!(run.complete(&admin, 1, &stranger).await.expect(422).faults(), ["override_guest"]);
        let member = json!({"override_user": member(app, Role::Standard), "is_approved": true});
        let done = run.complete(&admin, 1, &member).await.expect(200);
        assert_eq!(done.data()["completer_id"], self::member(app, Role::Standard));
    }

    async fn a_task_is_hidden_and_shown_by_hand(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let hidden = admin.put(&run.task(1), &json!({"hidden": true})).await.expect(200);
        assert_eq!((&hidden.data()["status"], &hidden.data()["status_label"]), (&json!("auto-skipped"), &json!("Skipped")));
        assert_eq!(run.complete(&admin, 1, &json!({"is_approved": true})).await.expect(422).faults(), ["task_id"]);
        let shown = admin.put(&run.task(2), &json!({"hidden": false})).await.expect(200);
        assert_eq!(shown.data()["status"], "in-progress");
        assert_eq!(admin.get(&run.path).await.expect(200).data()["progress"]["total"], 2);
    }

    async fn a_loop_of_rules_becomes_a_problem_that_people_resolve(app) {
        let admin = app.admin();
        let title = json!({"title": "Endless", "type": "procedure"});
        let template = admin.post("/checklists", &title).await.expect(201).data()["id"].as_str().unwrap().to_owned();
        let mut steps = Vec::new();
        for title in ["Ping", "Pong"] {
            let step = admin.post(&format!("/checklists/{template}/steps"), &json!({"title": title})).await.expect(201);
            steps.push(step.data()["id"].clone());
        }
        for (from, to) in [(0, 1), (1, 0)] {
            let rule = json!({
                "automated_alias": "Again",
                "conditions": [{
                    "conditionable_id": steps[from], "conditionable_type": "Step", "operation": "completed",
                    "statement": null, "logic": "and",
                }],
                "then_actions": [{"action_type": "status", "action_verb": "reopen", "target_step_id": steps[to]}],
            });
            admin.post(&format!("/checklists/{template}/automated-actions"), &rule).await.expect(201);
        }
        let run = admin.post("/runs", &json!({"checklist_id": template})).await.expect(201);
        let run = format!("/runs/{}", run.data()["id"].as_str().unwrap());
        let (mut open, mut rounds) = (None, 0);
        loop {
            let tasks = admin.get(&format!("{run}/tasks")).await.expect(200);
            let tasks = tasks.data().as_array().unwrap().clone();
            let next = tasks.iter().find(|task| task["status"] == "in-progress");
            let Some(next) = next else { break };
            open = Some(next["id"].clone());
            admin.post(&format!("{run}/completed-tasks"), &json!({"task_id": next["id"]})).await.expect(200);
            rounds += 1;
            assert!(rounds < 1000, "the loop goes on");
        }
        assert!(open.is_some() && rounds > 2);
        let shown = admin.get(&run).await.expect(200);
        assert_eq!((&shown.data()["status"], &shown.data()["has_open_issue"]), (&json!("problem"), &json!(true)));
        let stuck = admin.get(&format!("{run}/tasks?status=hasproblem")).await.expect(200);
        assert_eq!(stuck.data().as_array().unwrap().len(), 1);
        let stuck = stuck.data()[0]["id"].as_str().unwrap().to_owned();
        let told = admin.get(&format!("/activity-feeds?verb=issue-reported&entity_id={stuck}")).await.expect(200);
        assert_eq!(told.data().as_array().unwrap().len(), 1);
        let task = format!("{run}/tasks/{stuck}");
        let resolved = admin.put(&task, &json!({"problem": false})).await.expect(200);
        assert_eq!(resolved.data()["problem"], false);
        let before = app.written().await;
        admin.put(&task, &json!({"problem": false})).await.expect(200);
        assert_eq!(app.written().await, before);
        assert_eq!(admin.get(&run).await.expect(200).data()["has_open_issue"], false);
    }

    async fn tasks_are_added_where_the_template_allows_it(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let body = |run: &str| crate::tasks::body_with(&[member(app, Role::Standard)], &[], &json!({
            "run_id": run, "form_fields": [{"label": "Why", "field_type": "text", "required": true}],
        }));
        let added = admin.post("/tasks?with=form_fields", &body(run.id())).await.expect(201);
        let task = added.data();
        assert_eq!((&task["run_id"], &task["step_id"]), (&json!(run.id()), &json!(null)));
        assert_eq!((&task["position"], &task["is_oneoff_task"]), (&json!(4), &json!(false)));
        assert_eq!(task["form_fields"]["data"][0]["label"], "Why");
        assert_eq!(admin.get(&format!("{}/tasks", run.path)).await.expect(200).data().as_array().unwrap().len(), 4);
        let closed = template_with(app, Settings::default(), People::default()).await.launch(&admin, &json!({})).await;
        let before = app.written().await;
        assert_eq!(admin.post("/tasks", &body("0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")).await.expect(422).faults(), ["run_id"]);
        let mut wrong = body(run.id());
        wrong["owners"] = json!({"users": [999_999]});
        assert_eq!(admin.post("/tasks", &wrong).await.expect(422).faults(), ["owners.users"]);
        assert_eq!(admin.get(&closed.path).await.expect(200).data()["can_add_oot"], false);
        assert_eq!(admin.post("/tasks", &body(closed.id())).await.expect(422).faults(), ["run_id"]);
        // That the start is another one hides no fault.
        wrong["started_at"] = json!("2025-05-16");
        assert_eq!(admin.post("/tasks", &wrong).await.expect(422).faults(), ["owners.users"]);
        assert_eq!(app.written().await, before);
    }

    async fn what_happened_to_a_task_of_a_process_is_shown_beside_it(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        run.fill(&admin, &template).await;
        run.complete(&admin, 0, &json!({})).await.expect(200);
        let read = admin.get(&format!("{}?with=activities,step", run.task(0))).await.expect(200);
        let rows = &read.data()["activities"]["data"];
        assert_eq!(rows[0]["verb"], json!(["completed"]));
        let feed = admin.get(&format!("/activity-feeds?entity_type=task&entity_id={}", run.tasks[0])).await.expect(200);
        assert_eq!(feed.data(), rows);
        assert!(rows.as_array().unwrap().iter().all(|row| row["auditable_id"] == json!(run.tasks[0])));
        let same = admin.get(&format!("/tasks/{}?with=activities,step", run.tasks[0])).await.expect(200);
        assert_eq!(same.data(), read.data());
        // Nothing about other tasks.
        let other = admin.get(&format!("{}?with=activities", run.task(1))).await.expect(200);
        assert!(other.data()["activities"]["data"].as_array().unwrap().iter().all(|row| row["auditable_id"] == json!(run.tasks[1])));
    }

    async fn what_happened_is_shown_beside_the_tasks_of_a_process(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        run.fill(&admin, &template).await;
        run.complete(&admin, 0, &json!({})).await.expect(200);
        let url = format!("{}/tasks?with=activities", run.path);
        for url in [url.clone(), format!("{url}&without_pagination=true")] {
            let listed = admin.get(&url).await.expect(200);
            let listed = listed.data().as_array().unwrap();
            assert_eq!(listed.len(), 3);
            for (at, row) in listed.iter().enumerate() {
                let alone = admin.get(&format!("{}?with=activities", run.task(at))).await.expect(200);
                assert_eq!(row["activities"], alone.data()["activities"], "{url}: task {at}");
            }
            assert_eq!(listed[0]["activities"]["data"][0]["verb"], json!(["completed"]));
        }
        let known = admin.get(&url).await.expect(200).header("etag").to_owned();
        for at in 0..21 {
            admin.put(&run.task(1), &json!({"title": format!("Title {at}")})).await.expect(200);
        }
        let listed = admin.with_header("if-none-match", &known).get(&url).await.expect(200);
        let rows = listed.data()[1]["activities"]["data"].as_array().unwrap().clone();
        assert_eq!((rows.len(), &rows[0]["old_value"]), (20, &json!("Title 19")));
        // Nobody asked for it, or not of the tasks of a process.
        for url in [format!("{}/tasks", run.path), "/tasks?with=activities".to_owned()] {
            let listed = admin.get(&url).await.expect(200);
            assert!(listed.data().as_array().unwrap().iter().all(|row| row.get("activities").is_none()), "{url}");
        }
    }

    async fn tasks_of_processes_are_not_archived_alone(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let path = format!("/tasks/{}", run.tasks[0]);
        let before = app.written().await;
        admin.delete(&path).await.expect(404);
        admin.put(&format!("{path}/restore"), &json!({})).await.expect(404);
        admin.delete(&format!("{path}/delete")).await.expect(404);
        assert_eq!(app.written().await, before);
    }

    async fn a_task_is_copied(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        run.fill(&admin, &template).await;
        let copy = admin.post(&format!("/tasks/{}/clone?with=form_fields", run.tasks[0]), &json!({})).await.expect(201);
        let task = copy.data();
        assert_eq!((&task["title"], &task["run_id"], &task["position"]), (&json!("Call Acme"), &json!(run.id()), &json!(4)));
        assert_eq!((&task["form_fields"]["data"][0]["label"], &task["form_fields"]["data"][0]["value"]), (&json!("Note"), &json!(null)));
        assert_ne!(task["form_fields"]["data"][0]["id"], template.note);
        let body = crate::tasks::body(&[member(app, Role::Standard)], &["ann@client.example"]);
        let one_off = admin.post("/tasks", &body).await.expect(201);
        let path = format!("/tasks/{}/clone", one_off.data()["id"].as_str().unwrap());
        let copy = admin.post(&path, &json!({"title": "Again"})).await.expect(201);
        assert_eq!((&copy.data()["title"], &copy.data()["owners"]), (&json!("Again"), &one_off.data()["owners"]));
        assert_eq!(copy.data()["deadline"], one_off.data()["deadline"]);
        assert_eq!(admin.post(&path, &json!({"title": ""})).await.expect(422).faults(), ["title"]);
        admin.post("/tasks/0196d2f35a7c7b3e9d1c2f4a5b6c7d8e/clone", &json!({})).await.expect(404);
    }
}
