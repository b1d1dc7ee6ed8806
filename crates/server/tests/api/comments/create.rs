//! Writing comments: on tasks of both kinds, processes and templates.

use hospes_model::member::Role;
use hospes_server::limits::Rates;
use hospes_testing::{Backend, Options, TestApp, both, json};

use super::{comment, id, member, process, task};
use crate::templates;

both! {
    async fn a_comment_has_every_key_and_shows_beside_the_task(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let path = task(app, &["ann@client.example"]).await;
        let me = member(app, Role::Light);
        let body = json!({"content": " <p>Hi @[1]</p> ".replace('1', &member(app, Role::Admin).to_string())});
        let made = comment(&light, &path, &body).await.expect(201);
        let data = made.data();
        assert_eq!(data["id"].as_str().unwrap().len(), 32);
        assert_eq!(*data, json!({
            "id": data["id"], "content": body["content"].as_str().unwrap().trim(), "label": "comment",
            "state": "hide-for-guests", "hidden_from_guests": true,
            "author_type": "user", "author_id": me, "author_guest_id": null, "author_guest": null,
            "task_id": path.rsplit('/').next().unwrap(), "run_id": null, "checklist_id": null,
            "sent_to": [member(app, Role::Admin)], "sent_to_guests": [],
            "resolve_id": null, "resolved_at": null, "reactions": [],
            "created_at": "2025-05-15T10:00:00Z", "updated_at": "2025-05-15T10:00:00Z", "archived_at": null,
        }));
        let read = admin.get(&format!("{path}?with=threads,comments,issues,threads_count")).await.expect(200);
        assert_eq!(read.data()["threads"], json!({"data": [data]}));
        assert_eq!(read.data()["comments"], json!({"data": [data]}));
        assert_eq!((&read.data()["issues"], &read.data()["threads_count"]), (&json!({"data": []}), &json!(1)));
        for list in ["/tasks", "/tasks?without_pagination=true", "/me/tasks"] {
            let with = if list.contains('?') { "&" } else { "?" };
            let listed = admin.get(&format!("{list}{with}with=threads,threads_count")).await.expect(200);
            assert_eq!((&listed.data()[0]["threads"]["data"][0], &listed.data()[0]["threads_count"]), (data, &json!(1)), "{list}");
        }
        let plain = admin.get(&path).await.expect(200);
        assert!(plain.data().get("threads").is_none() && plain.data().get("threads_count").is_none());
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.entity.as_str(), event.verb.as_str(), event.actor), ("task", "commented", Some(me)));
        let feed = admin.get("/activity-feeds?verb=commented").await.expect(200);
        assert_eq!(feed.data().as_array().unwrap().len(), 1);
    }

    async fn an_etag_with_comments_moves_with_them(app) {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        let with = format!("{path}?with=threads");
        let first = admin.get(&with).await.expect(200);
        let known = admin.with_header("if-none-match", first.header("etag"));
        known.get(&with).await.expect(304);
        comment(&admin, &path, &json!({"content": "Hi"})).await.expect(201);
        known.get(&with).await.expect(200);
        // The task itself is as it was.
        let plain = admin.get(&path).await.expect(200);
        admin.with_header("if-match", plain.header("etag")).put(&path, &json!({"title": "Other"})).await.expect(200);
    }

    async fn comments_on_tasks_of_processes_processes_and_templates(app) {
        let (admin, (template, run)) = (app.admin(), process(app, &[]).await);
        let path = format!("/tasks/{}", run.tasks[0]);
        let made = admin.post(&format!("{path}/bot-comment"), &json!({"content": "Beep", "state": "open"})).await.expect(201);
        let data = made.data();
        assert_eq!((&data["author_type"], &data["author_id"]), (&json!("bot"), &json!(member(app, Role::Admin))));
        assert_eq!((&data["state"], &data["hidden_from_guests"]), (&json!("open"), &json!(false)));
        assert_eq!((&data["task_id"], &data["run_id"]), (&json!(run.tasks[0]), &json!(run.path.rsplit('/').next().unwrap())));
        for read in [path.clone(), format!("{}/tasks/{}", run.path, run.tasks[0])] {
            let read = admin.get(&format!("{read}?with=threads")).await.expect(200);
            assert_eq!(read.data()["threads"]["data"], json!([data]));
        }
        let read = admin.get(&format!("{}?with=tasks,tasks.threads,threads", run.path)).await.expect(200);
        assert_eq!(read.data()["tasks"]["data"][0]["threads"]["data"], json!([data]));
        assert_eq!(read.data()["tasks"]["data"][1]["threads"]["data"], json!([]));
        assert_eq!(read.data()["threads"]["data"], json!([]));
        let listed = admin.get(&format!("{}/tasks?with=threads", run.path)).await.expect(200);
        assert_eq!(listed.data()[0]["threads"]["data"], json!([data]));
        let runs = admin.get("/runs?with=tasks.threads_count,tasks").await.expect(200);
        assert_eq!(runs.data()[0]["tasks"]["data"][0]["threads_count"], json!(1));
        // About the process as a whole.
        let made = comment(&admin, &run.path, &json!({"content": "Whole", "state": "open"})).await.expect(201);
        assert_eq!((&made.data()["task_id"], &made.data()["hidden_from_guests"]), (&json!(null), &json!(true)));
        let read = admin.get(&format!("{}?with=threads", run.path)).await.expect(200);
        assert_eq!(read.data()["threads"]["data"], json!([made.data()]));
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.entity.as_str(), event.verb.as_str()), ("run", "commented"));
        // About a template.
        let path = format!("/checklists/{}", template.id);
        let made = comment(&admin, &path, &json!({"content": "Notes", "label": "advice"})).await.expect(201);
        assert_eq!((&made.data()["checklist_id"], &made.data()["label"]), (&json!(template.id), &json!("advice")));
        let read = admin.get(&format!("{path}?with=threads")).await.expect(200);
        assert_eq!(read.data()["threads"]["data"], json!([made.data()]));
        let seen = app.client(Role::Light).get("/activity-feeds?type=Blueprint&verb=commented").await.expect(200);
        assert_eq!(seen.data()[0]["auditable_id"], json!(template.id));
    }

    async fn every_fault_is_named_and_nothing_is_written(app) {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        admin.post("/guests", &json!({"email": "off@client.example"})).await.expect(201);
        admin.delete("/guests/off@client.example/disable").await.expect(200);
        let before = app.written().await;
        for (body, faults) in [
            (json!({}), vec!["content"]),
            (json!({"content": " <p></p> "}), vec!["content"]),
            (json!({"content": "x".repeat(30_001)}), vec!["content"]),
            (json!({"content": "x", "state": "shut", "label": "resolve", "sent_to": ["x"]}), vec!["label", "sent_to.0", "state"]),
            (json!({"content": "@[999999] and @off@client.example", "sent_to": [999_998]}), vec!["content", "sent_to.0"]),
            (json!({"content": "a\u{0}b"}), vec!["content"]),
        ] {
            assert_eq!(comment(&admin, &path, &body).await.expect(422).faults(), faults, "{body}");
        }
        for path in ["/tasks/x", "/runs/x", "/checklists/x", "/tasks/0123456789abcdef0123456789abcdef"] {
            comment(&admin, path, &json!({"content": "x"})).await.expect(404);
        }
        admin.delete(&path).await.expect(204);
        let refused = comment(&admin, &path, &json!({"content": "x"})).await.expect(422);
        assert_eq!(refused.faults(), ["task"]);
        assert_eq!(app.written().await.guests, before.guests);
        let odd = comment(&admin, &task(app, &[]).await, &json!({"content": "Zażółć 🎉 <b>&amp;</b> +1", "tone": 1})).await.expect(201);
        assert_eq!(odd.data()["content"], "Zażółć 🎉 <b>&amp;</b> +1");
        assert!(odd.json["warnings"][0].as_str().unwrap().contains("tone"));
    }

    async fn mentions_make_guests_and_a_plus_puts_them_on_the_task(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let (_, run) = process(app, &[]).await;
        for path in [task(app, &["ann@client.example"]).await, format!("/tasks/{}", run.tasks[0])] {
            let who = path.rsplit('/').next().unwrap();
            let (new, plus) = (format!("new{who}@client.example"), format!("plus{who}@client.example"));
            let text = format!("@[ann@client.example] @{new} +{plus} @[{}]", member(app, Role::Standard));
            let before = app.written().await;
            comment(&light, &path, &json!({"content": text})).await.expect(403);
            assert_eq!(app.written().await, before);
            let made = comment(&admin, &path, &json!({"content": text, "sent_to": [member(app, Role::Light)]})).await.expect(201);
            assert_eq!(made.data()["sent_to"], json!([member(app, Role::Standard), member(app, Role::Light)]));
            let mut guests: Vec<&str> = made.data()["sent_to_guests"].as_array().unwrap().iter().map(|email| email.as_str().unwrap()).collect();
            guests.sort_unstable();
            assert_eq!(guests, ["ann@client.example", new.as_str(), plus.as_str()]);
            admin.get(&format!("/guests/{new}")).await.expect(200);
            let owners = &admin.get(&path).await.expect(200).data()["owners"]["guests"].to_string();
            assert!(owners.contains(&plus) && !owners.contains(&new), "{owners}");
            // Whoever is there already stays.
            comment(&admin, &path, &json!({"content": format!("again +{plus}")})).await.expect(201);
        }
        // A member's address means the member.
        let me = admin.get("/me").await.expect(200).data()["email"].as_str().unwrap().to_owned();
        let path = task(app, &[]).await;
        let made = comment(&admin, &path, &json!({"content": format!("@{me}")})).await.expect(201);
        assert_eq!((&made.data()["sent_to"], &made.data()["sent_to_guests"]), (&json!([member(app, Role::Admin)]), &json!([])));
        assert!(made.json["warnings"][0].as_str().unwrap().contains("belongs to member"));
        // Whom a task cannot take is a fault of the text.
        admin.put(&path, &json!({"max_assignable": 3})).await.expect(200);
        let refused = comment(&admin, &path, &json!({"content": "+one@more.example"})).await.expect(422);
        assert_eq!(refused.faults(), ["content"]);
        admin.get("/guests/one@more.example").await.expect(404);
    }

    async fn a_repeated_comment_is_one_comment(app) {
        let path = task(app, &[]).await;
        let keyed = app.admin().with_header("idempotency-key", "k");
        let first = comment(&keyed, &path, &json!({"content": "Hi"})).await.expect(201);
        let again = comment(&keyed, &path, &json!({"content": "Hi"})).await.expect(201);
        assert_eq!((&again.bytes, again.header("idempotent-replayed")), (&first.bytes, "true"));
        let read = app.admin().get(&format!("{path}?with=threads")).await.expect(200);
        assert_eq!(read.data()["threads"]["data"].as_array().unwrap().len(), 1);
    }

    async fn what_goes_takes_its_comments_along(app) {
        let (admin, (template, run)) = (app.admin(), process(app, &[]).await);
        let path = task(app, &[]).await;
        for path in [&path, &run.path, &format!("/tasks/{}", run.tasks[0]), &format!("/checklists/{}", template.id)] {
            comment(&admin, path, &json!({"content": "@new@client.example"})).await.expect(201);
        }
        admin.delete("/guests/new@client.example").await.expect(200);
        let read = admin.get(&format!("{path}?with=threads")).await.expect(200);
        assert_eq!(read.data()["threads"]["data"][0]["sent_to_guests"], json!([]));
        for path in [path, run.path, format!("/checklists/{}", template.id)] {
            admin.delete(&path).await;
            let gone = admin.delete(&format!("{path}/delete")).await;
            assert!([200, 204].contains(&gone.status), "{path}: {}", gone.status);
        }
        let left = app.with_store(|tx| {
            let count = |tx: &mut hospes_store::Tx<'_>, table: &str| {
                tx.query_one(&format!("SELECT COUNT(*) FROM {table}"), &[], |row| row.int(0))
            };
            Ok((count(tx, "comment")?, count(tx, "comment_member")?, count(tx, "comment_guest")?))
        });
        assert_eq!(left.await, (0, 0, 0));
    }

    async fn templates_say_nothing_of_comments_to_whom_they_do_not_exist(app) {
        let made = templates::make(&app.admin(), &templates::sample("Mine")).await;
        let path = format!("/checklists/{}", made.id);
        comment(&app.client(Role::Light), &path, &json!({"content": "x"})).await.expect(404);
        app.admin().delete(&path).await.expect(200);
        comment(&app.admin(), &path, &json!({"content": "x"})).await.expect(404);
    }
}

#[test]
fn an_organization_writes_so_many_comments_an_hour() {
    let rates = Rates { comments_per_hour: 2, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        let keyed = admin.with_header("idempotency-key", "k");
        comment(&keyed, &path, &json!({"content": "One"})).await.expect(201);
        // What is refused takes no room.
        comment(&admin, &path, &json!({"content": "@[999999]"})).await.expect(422);
        let issue = admin.post(&format!("{path}/problem"), &json!({"content": "Two"})).await.expect(201);
        let refused = comment(&admin, &path, &json!({"content": "Three"})).await.expect(429);
        assert_eq!(refused.json["code"], "RATE_LIMIT_EXCEEDED");
        let message = refused.json["message"].as_str().unwrap();
        assert!(message.contains("hourly limit for Comment (2 per hour per organization)"), "{message}");
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
        comment(&keyed, &path, &json!({"content": "One"})).await.expect(201);
        // Changes are no comments, nor is another organization's.
        admin.put(&format!("{path}/comment/{}", id(&issue)), &json!({"content": "Other"})).await.expect(200);
    });
}

#[test]
fn guests_made_by_mentions_count_against_the_hourly_limit() {
    let rates = Rates { guests_per_hour: 1, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        comment(&admin, &path, &json!({"content": "@a@client.example"})).await.expect(201);
        comment(&admin, &path, &json!({"content": "+b@client.example"})).await.expect(429);
        comment(&admin, &path, &json!({"content": "@a@client.example"})).await.expect(201);
        admin.get("/guests/b@client.example").await.expect(404);
    });
}
