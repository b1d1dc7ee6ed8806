//! `DELETE /organizations/{org}/guests/{guest}`.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{create, create_with, outsiders, path, task};

both! {
    async fn the_answer_shows_the_guest_as_removed(app) {
        let admin = app.admin();
        let mut guest = create_with(&admin, &json!({"email": "a@client.example", "name": "Ann Lee"})).await;
        app.advance(jiff::SignedDuration::from_mins(5));
        let removed = admin.delete(&path("a@client.example")).await.expect(200);
        guest["deleted_at"] = json!("2025-05-15T10:05:00Z");
        assert_eq!(removed.data(), &guest);
        admin.get(&path("a@client.example")).await.expect(404);
        admin.get(&path(guest["id"].as_str().unwrap())).await.expect(404);
        assert_eq!(admin.get("/guests").await.expect(200).json["meta"]["pagination"]["total"], 0);
    }

    async fn tasks_let_go_and_history_stays(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let (done, open) = (task(&admin, &["a@client.example"]).await, task(&admin, &["a@client.example"]).await);
        admin.post("/completed-tasks", &json!({"task_id": done, "override_guest": "a@client.example"})).await.expect(200);
        admin.delete(&path("a@client.example")).await.expect(200);
        let read = admin.get(&format!("/tasks/{open}")).await.expect(200);
        assert_eq!(read.data()["owners"]["guests"], json!([]));
        let read = admin.get(&format!("/tasks/{done}")).await.expect(200);
        assert_eq!(read.data()["completer_guest"], "a@client.example");
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.entity.as_str(), event.verb.as_str()), ("guest", "deleted"));
    }

    async fn who_comes_back_is_new(app) {
        let admin = app.admin();
        let before = create_with(&admin, &json!({"email": "a@client.example", "first_name": "Ann"})).await;
        task(&admin, &["a@client.example"]).await;
        admin.delete(&path("a@client.example/disable")).await.expect(200);
        admin.delete(&path("a@client.example")).await.expect(200);
        let made = admin.post("/guests?with=stats", &json!({"email": "a@client.example"})).await.expect(201);
        let after = made.data();
        assert_ne!(after["id"], before["id"]);
        assert_eq!((&after["first_name"], &after["disabled_at"]), (&json!(null), &json!(null)));
        assert_eq!(after["stats"]["active_tasks"], 0);
    }

    async fn nobody_is_422(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        admin.delete(&path("a@client.example")).await.expect(200);
        let before = app.written().await;
        for nobody in ["a@client.example", "nonsense", &"a".repeat(40), "a%00b@client.example", "%FF", "a%FF@client.example", "%C3%28"] {
            let refused = admin.delete(&path(nobody)).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{nobody}");
            let mounted = format!("//api/organizations/{}/guests/{nobody}", app.acme.id);
            assert_eq!(admin.delete(&mounted).await.expect(422).json, refused.json, "{nobody}");
        }
        assert_eq!(app.written().await, before);
    }

    async fn only_admins_may(app) {
        let guest = create(&app.admin(), "a@client.example").await;
        app.client(Role::Standard).delete(&path("a@client.example")).await.expect(403);
        app.client(Role::Light).delete(&path("a@client.example")).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.delete(&path("a@client.example")).await.expect(status);
        }
        // Nor does a path that is no text show more to anybody.
        app.client(Role::Standard).delete(&path("%FF")).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.delete(&path("%FF")).await.expect(status);
        }
        let elsewhere = app.client_of(&app.other, Role::Admin);
        elsewhere.delete(&path("a@client.example")).await.expect(422);
        app.admin().delete(&path(guest["id"].as_str().unwrap())).await.expect(200);
    }

    async fn other_organizations_keep_theirs(app) {
        let elsewhere = app.client_of(&app.other, Role::Admin);
        create(&app.admin(), "a@client.example").await;
        let there = create(&elsewhere, "a@client.example").await;
        app.admin().delete(&path("a@client.example")).await.expect(200);
        assert_eq!(elsewhere.get(&path("a@client.example")).await.expect(200).data(), &there);
    }
}
