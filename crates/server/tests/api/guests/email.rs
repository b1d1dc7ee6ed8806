//! `PUT /organizations/{org}/guests/{guest}/email`.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{create, outsiders, path, task};

fn move_path(guest: &str) -> String {
    format!("/guests/{guest}/email")
}

both! {
    async fn tasks_and_history_stay_and_the_link_does_not(app) {
        let admin = app.admin();
        let guest = create(&admin, "old@client.example").await;
        let (done, open) = (task(&admin, &["old@client.example"]).await, task(&admin, &["old@client.example"]).await);
        admin.post("/completed-tasks", &json!({"task_id": done, "override_guest": "old@client.example"})).await.expect(200);
        let before = admin.get("/guests/old@client.example?with=stats").await.expect(200);
        let moved = admin.put(&move_path("old@client.example"), &json!({"email": "New@client.example"})).await.expect(200);
        assert_eq!(moved.data()["email"], "New@client.example");
        assert_ne!(moved.data()["id"], guest["id"], "whoever reads the old mailbox is out");
        admin.get(&path("old@client.example")).await.expect(404);
        let after = admin.get("/guests/new@client.example?with=stats").await.expect(200);
        assert_eq!(after.data()["stats"], before.data()["stats"]);
        assert_eq!(after.data()["link"], format!("{}/guest/{}", app.base, moved.data()["id"].as_str().unwrap()));
        assert_ne!(after.data()["link"], before.data()["link"]);
        // What happened under the old code is found under the new one, and named so.
        let id = moved.data()["id"].as_str().unwrap();
        let feed = admin.get(&format!("/activity-feeds?entity_id={id}&sort=created_at")).await.expect(200);
        let texts: Vec<_> = feed.data().as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect();
        assert!(texts.contains(&"Guest old@client.example was created."), "{texts:?}");
        assert!(feed.data().as_array().unwrap().iter().all(|row| row["auditable_id"] == id), "{}", feed.json);
        let old = guest["id"].as_str().unwrap();
        admin.get(&format!("/guests/{old}")).await.expect(404);
        let read = admin.get(&format!("/tasks/{open}")).await.expect(200);
        assert_eq!(read.data()["owners"]["guests"], json!(["New@client.example"]));
        let read = admin.get(&format!("/tasks/{done}")).await.expect(200);
        assert_eq!((&read.data()["completer_guest"], &read.data()["completer_guest_id"]), (&json!("New@client.example"), &moved.data()["id"]));
        assert_eq!(admin.get("/guests?q=old@").await.expect(200).json["meta"]["pagination"]["total"], 0);
        assert_eq!(admin.get("/guests?q=new@").await.expect(200).json["meta"]["pagination"]["total"], 1);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.verb.as_str(), event.field.as_deref()), ("updated", Some("email")));
        assert_eq!(event.old_value.as_deref(), Some("old@client.example"));
        // The old address is free again.
        create(&admin, "old@client.example").await;
    }

    async fn only_the_spelling_may_change(app) {
        let admin = app.admin();
        let guest = create(&admin, "ann@client.example").await;
        let template = crate::runs::template(app).await;
        let owners = json!({"tasks": {&template.steps[0]: {"owners": {"guests": ["ann@client.example"]}}}});
        let run = template.launch(&admin, &owners).await;
        let before = app.written().await;
        admin.put(&move_path("ann@client.example"), &json!({"email": "ann@client.example"})).await.expect(200);
        assert_eq!(app.written().await, before, "the same address changes nothing");
        let moved = admin.put(&move_path("ann@client.example"), &json!({"email": "Ann@Client.example"})).await.expect(200);
        assert_eq!(moved.data()["email"], "Ann@Client.example");
        assert_eq!(moved.data()["id"], guest["id"], "the mailbox is the same");
        assert_eq!(admin.get("/guests").await.expect(200).data()[0]["email"], "Ann@Client.example");
        let read = admin.get(&format!("/tasks/{}", run.tasks[0])).await.expect(200);
        assert_eq!(read.data()["owners"]["guests"], json!(["Ann@Client.example"]));
    }

    async fn taken_and_impossible_addresses_are_refused(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        create(&admin, "b@client.example").await;
        let before = app.written().await;
        for taken in [json!("B@client.example"), json!("light@acme.example"), json!("nobody"), json!(7), json!(null)] {
            let refused = admin.put(&move_path("a@client.example"), &json!({"email": taken})).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{taken}");
        }
        assert_eq!(admin.put(&move_path("a@client.example"), &json!({})).await.expect(422).faults(), ["email"]);
        admin.put(&move_path("c@client.example"), &json!({"email": "d@client.example"})).await.expect(404);
        assert_eq!(app.written().await, before);
        // What another organization calls its guests does not matter.
        create(&app.client_of(&app.other, Role::Admin), "there@client.example").await;
        admin.put(&move_path("a@client.example"), &json!({"email": "there@client.example"})).await.expect(200);
    }

    async fn admins_and_standard_members_may(app) {
        let guest = create(&app.admin(), "a@client.example").await;
        let body = json!({"email": "b@client.example"});
        app.client(Role::Light).put(&move_path("a@client.example"), &body).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.put(&move_path("a@client.example"), &body).await.expect(status);
        }
        app.client_of(&app.other, Role::Admin).put(&move_path("a@client.example"), &body).await.expect(404);
        let code = guest["id"].as_str().unwrap();
        app.client(Role::Standard).put(&move_path(code), &body).await.expect(200);
    }
}
