//! Issues: what they stop, and what lets it go on.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{comment, id, problem, process, resolve, task};
use crate::{runs, tasks, templates};

both! {
    async fn an_issue_stops_a_one_off_task_until_it_is_resolved(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let path = task(app, &["ann@client.example"]).await;
        let made = light.post(&format!("{path}/problem"), &json!({"content": "It is stuck"})).await.expect(201);
        assert_eq!((&made.data()["label"], &made.data()["resolve_id"]), (&json!("problem"), &json!(null)));
        let read = admin.get(&format!("{path}?with=issues")).await.expect(200);
        assert_eq!((&read.data()["problem"], &read.data()["is_completable"]), (&json!(true), &json!(false)));
        assert_eq!(read.data()["issues"]["data"], json!([made.data()]));
        let listed = admin.get("/tasks?status=hasproblem").await.expect(200);
        assert_eq!(listed.data()[0]["id"], read.data()["id"]);
        let events = app.events(&app.acme).await;
        assert_eq!(events.last().unwrap().verb, "issue-reported");
        let before = app.written().await;
        assert_eq!(tasks::complete(&admin, &path, &json!({})).await.expect(422).faults(), ["task_id"]);
        assert_eq!(app.written().await, before);
        // A second one has to be resolved too.
        let second = problem(&admin, &path).await;
        let resolved = resolve(&light, &path, &json!({"thread_id": id(&made), "content": "Pushed it"})).await.expect(201);
        assert_eq!((&resolved.data()["label"], &resolved.data()["resolve_id"]), (&json!("resolve"), &json!(id(&made))));
        assert_eq!(app.events(&app.acme).await.last().unwrap().verb, "issue-resolved");
        tasks::complete(&admin, &path, &json!({})).await.expect(422);
        resolve(&admin, &path, &json!({"thread_id": second, "content": "Resolved"})).await.expect(201);
        let read = admin.get(&format!("{path}?with=threads,issues")).await.expect(200);
        assert_eq!((&read.data()["problem"], &read.data()["is_completable"]), (&json!(false), &json!(true)));
        assert_eq!(read.data()["issues"]["data"][0]["resolve_id"], json!(id(&resolved)));
        assert_eq!(read.data()["issues"]["data"][0]["resolved_at"], "2025-05-15T10:00:00Z");
        assert_eq!(read.data()["threads"]["data"].as_array().unwrap().len(), 4);
        tasks::complete(&admin, &path, &json!({})).await.expect(200);
    }

    async fn an_issue_stops_a_task_of_a_process(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let (template, run) = process(app, &[]).await;
        let path = format!("/tasks/{}", run.tasks[0]);
        admin.put(&path, &json!({"taskdata": {&template.note: "Done"}})).await.expect(200);
        // A comment with the label is an issue too.
        let issue = id(&comment(&light, &path, &json!({"content": "Stuck", "label": "problem"})).await.expect(201));
        let read = admin.get(&run.path).await.expect(200);
        assert_eq!((&read.data()["status"], &read.data()["has_open_issue"]), (&json!("problem"), &json!(true)));
        assert_eq!(admin.get(&path).await.expect(200).data()["is_completable"], false);
        let body = json!({"task_id": run.tasks[0]});
        assert_eq!(admin.post("/completed-tasks", &body).await.expect(422).faults(), ["task_id"]);
        // Without a name it is every open one.
        let second = problem(&light, &path).await;
        let resolved = resolve(&light, &path, &json!({"content": "Resolved"})).await.expect(201);
        assert_eq!(resolved.data()["resolve_id"], json!(issue));
        let read = admin.get(&format!("{path}?with=issues")).await.expect(200);
        for (at, thread) in [issue, second].iter().enumerate() {
            let stored = &read.data()["issues"]["data"][at];
            assert_eq!((&stored["id"], &stored["resolve_id"]), (&json!(thread), &json!(id(&resolved))));
        }
        assert_eq!(admin.get(&run.path).await.expect(200).data()["status"], "active");
        admin.post("/completed-tasks", &body).await.expect(200);
    }

    async fn an_issue_about_a_process_freezes_it(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        let (template, run) = process(app, &[]).await;
        let before = app.written().await;
        light.post(&format!("{}/problem", run.path), &json!({"content": "x"})).await.expect(403);
        assert_eq!(app.written().await, before);
        let issue = problem(&standard, &run.path).await;
        let read = admin.get(&format!("{}?with=threads", run.path)).await.expect(200);
        assert_eq!((&read.data()["status"], &read.data()["threads"]["data"][0]["id"]), (&json!("issue"), &json!(issue)));
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.entity.as_str(), event.verb.as_str()), ("run", "issue-reported"));
        let path = format!("/tasks/{}", run.tasks[0]);
        let fill = json!({"taskdata": {&template.note: "Done"}});
        assert_eq!(admin.put(&path, &fill).await.expect(422).faults(), ["run"]);
        // What is said goes on.
        comment(&light, &path, &json!({"content": "Why?"})).await.expect(201);
        light.post(&format!("{}/resolved-threads", run.path), &json!({"content": "x"})).await.expect(403);
        resolve(&standard, &run.path, &json!({"thread_id": issue, "content": "Fine"})).await.expect(201);
        assert_eq!(admin.get(&run.path).await.expect(200).data()["status"], "active");
        admin.put(&path, &fill).await.expect(200);
        // Nothing is said of what is put away.
        admin.delete(&run.path).await.expect(200);
        for (path, end) in [(&run.path, "comment"), (&run.path, "problem"), (&path, "comment"), (&path, "problem")] {
            let refused = admin.post(&format!("{path}/{end}"), &json!({"content": "x"})).await.expect(422);
            assert_eq!(refused.faults(), ["run"], "{path} {end}");
        }
    }

    async fn an_issue_about_a_finished_task_opens_it_again(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let (template, run) = process(app, &["ann@client.example"]).await;
        let of_run = format!("/tasks/{}", run.tasks[0]);
        admin.put(&of_run, &json!({"taskdata": {&template.note: "Done"}})).await.expect(200);
        for path in [task(app, &["ann@client.example"]).await, of_run] {
            let done = json!({"override_guest": "ann@client.example"});
            tasks::complete(&admin, &path, &done).await.expect(200);
            let issue = problem(&light, &path).await;
            let read = admin.get(&path).await.expect(200);
            let data = read.data();
            assert_eq!((&data["status"], &data["completed_at"], &data["problem"]), (&json!("in-progress"), &json!(null), &json!(true)));
            let guest = admin.get("/guests/ann@client.example?with=stats").await.expect(200);
            let stats = &guest.data()["stats"];
            let one_off = data["is_oneoff_task"] == json!(true);
            let completed = if one_off { "one_off_tasks_completed" } else { "tasks_completed" };
            assert_eq!(stats[completed], json!(0), "what the guest had done is to be done again");
            resolve(&light, &path, &json!({"thread_id": issue, "content": "Fine"})).await.expect(201);
            tasks::complete(&admin, &path, &done).await.expect(200);
        }
        // Where the organization does not want that it stays done.
        admin.put("", &json!({"issues_reopen_tasks": false})).await.expect(200);
        for path in [task(app, &[]).await, format!("/tasks/{}", run.tasks[0])] {
            let read = admin.get(&path).await.expect(200);
            if read.data()["status"] != "completed" {
                tasks::complete(&admin, &path, &json!({})).await.expect(200);
            }
            problem(&light, &path).await;
            let read = admin.get(&path).await.expect(200);
            assert_eq!((&read.data()["status"], &read.data()["problem"]), (&json!("completed"), &json!(true)));
        }
    }

    async fn what_is_no_open_issue_cannot_be_resolved(app) {
        let (admin, (_, run)) = (app.admin(), process(app, &[]).await);
        let other = task(app, &[]).await;
        for path in [task(app, &[]).await, format!("/tasks/{}", run.tasks[0]), run.path.clone()] {
            let issue = problem(&admin, &path).await;
            let plain = id(&comment(&admin, &path, &json!({"content": "x"})).await.expect(201));
            let before = app.written().await;
            for thread in [json!(plain), json!("x"), json!(7), json!("0123456789abcdef0123456789abcdef")] {
                let refused = resolve(&admin, &path, &json!({"thread_id": thread, "content": "x"})).await.expect(422);
                assert_eq!(refused.faults(), ["thread_id"], "{thread}");
            }
            assert_eq!(resolve(&admin, &path, &json!({"thread_id": issue})).await.expect(422).faults(), ["content"]);
            assert_eq!(resolve(&admin, &other, &json!({"thread_id": issue, "content": "x"})).await.expect(422).faults(), ["thread_id"]);
            // It would hold up things for ever.
            let refused = admin.delete(&format!("{path}/comment/{issue}")).await.expect(422);
            assert_eq!(refused.faults(), ["comment"]);
            assert_eq!(app.written().await, before);
            resolve(&admin, &path, &json!({"thread_id": issue, "content": "x"})).await.expect(201);
            for thread in [json!(issue), json!(null)] {
                let refused = resolve(&admin, &path, &json!({"thread_id": thread, "content": "x"})).await.expect(422);
                assert_eq!(refused.faults(), ["thread_id"]);
            }
            admin.delete(&format!("{path}/comment/{issue}")).await.expect(204);
        }
    }

    async fn an_issue_about_a_template_holds_up_nothing(app) {
        let (admin, made) = (app.admin(), templates::make(&app.admin(), &templates::sample("Mine")).await);
        let path = format!("/checklists/{}", made.id);
        let issue = problem(&admin, &path).await;
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.entity.as_str(), event.verb.as_str()), ("checklist", "issue-reported"));
        admin.put(&path, &json!({"title": "Other"})).await.expect(200);
        let resolved = resolve(&admin, &path, &json!({"thread_id": issue, "content": "Done"})).await.expect(201);
        let read = admin.get(&format!("{path}?with=threads")).await.expect(200);
        assert_eq!(read.data()["threads"]["data"][0]["resolve_id"], json!(id(&resolved)));
    }

    async fn light_members_report_and_resolve_where_they_work(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        // On the first task of the process, and not on the second.
        let (_, run) = process(app, &[]).await;
        let path = format!("/tasks/{}", run.tasks[1]);
        comment(&light, &path, &json!({"content": "x"})).await.expect(201);
        light.post(&format!("{path}/problem"), &json!({"content": "x"})).await.expect(403);
        let issue = problem(&admin, &path).await;
        resolve(&light, &path, &json!({"thread_id": issue, "content": "x"})).await.expect(403);
        let template = runs::template(app).await;
        let other = template.launch(&admin, &json!({})).await;
        light.post(&format!("/tasks/{}/problem", other.tasks[0]), &json!({"content": "x"})).await.expect(404);
    }
}
