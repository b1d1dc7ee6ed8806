//! Completing and reopening tasks.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{body, body_with, complete, create, id, id_of, stats};

both! {
    async fn a_task_is_completed_once_and_reopened_once(app) {
        let admin = app.admin();
        let path = create(&admin, &body(&[id(app, Role::Admin)], &["ann@client.example"])).await;
        let done = complete(&admin, &path, &json!({})).await.expect(200);
        assert_eq!((&done.data()["status"], &done.data()["status_label"]), (&json!("completed"), &json!("Completed")));
        assert_eq!(done.data()["completer_id"], id(app, Role::Admin));
        assert_eq!(done.data()["completed_at"], "2025-05-15T10:00:00Z");
        assert_eq!(stats(app, "ann@client.example").await, (0, 0, json!(null)));
        assert_eq!(complete(&admin, &path, &json!({})).await.expect(422).faults(), ["task_id"]);
        let reopen = format!("/completed-tasks/{}", id_of(&path));
        let open = admin.delete(&reopen).await.expect(200);
        assert_eq!(open.data()["status"], "in-progress");
        for key in ["completed_at", "completer_id", "completer_guest_id", "is_approved"] {
            assert_eq!(open.data()[key], json!(null), "{key}");
        }
        admin.delete(&reopen).await.expect(422);
        assert_eq!(stats(app, "ann@client.example").await.0, 1);
    }

    async fn a_guest_s_work_is_recorded(app) {
        let admin = app.admin();
        let path = create(&admin, &body(&[], &["ann@client.example"])).await;
        let guest = admin.get("/guests/ann@client.example").await.expect(200);
        let done = complete(&admin, &path, &json!({"override_guest": guest.data()["id"]})).await.expect(200);
        assert_eq!(done.data()["completer_id"], json!(null));
        assert_eq!(done.data()["completer_guest_id"], guest.data()["id"]);
        assert_eq!(done.data()["completer_guest"], "ann@client.example");
        assert_eq!(stats(app, "ann@client.example").await, (0, 1, json!("2025-05-15T10:00:00Z")));
        admin.delete("/guests/ann@client.example").await.expect(200);
        let read = admin.get(&path).await.expect(200);
        assert_eq!(read.data()["completer_guest"], "ann@client.example");
        assert_eq!(read.data()["owners"]["guests"], json!([]));
    }

    async fn an_approval_needs_its_verdict(app) {
        let admin = app.admin();
        for (verdict, label) in [(true, "Approved"), (false, "Rejected")] {
            let path = create(&admin, &body_with(&[], &[], &json!({"task_type": "approval"}))).await;
            assert_eq!(complete(&admin, &path, &json!({})).await.expect(422).faults(), ["is_approved"]);
            let done = complete(&admin, &path, &json!({"is_approved": verdict})).await.expect(200);
            assert_eq!((&done.data()["is_approved"], &done.data()["status_label"]), (&json!(verdict), &json!(label)));
        }
    }

    async fn everyone_completes_their_part(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let path = create(&admin, &body_with(&[id(app, Role::Standard)], &["ann@client.example"],
            &json!({"everyone_must_complete": true}))).await;
        let part = complete(&standard, &path, &json!({})).await.expect(200);
        assert_eq!(part.data()["status"], "in-progress");
        assert_eq!(part.data()["completion_progress"], json!({"complete": 1, "total": 2}));
        complete(&standard, &path, &json!({})).await.expect(422);
        let whole = complete(&standard, &path, &json!({"override_guest": "ann@client.example"})).await.expect(200);
        assert_eq!(whole.data()["status"], "completed");
        assert_eq!(stats(app, "ann@client.example").await.1, 1);
    }

    async fn who_may_complete(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        let limited = json!({"can_complete_only_assignees": true});
        let path = create(&admin, &body_with(&[id(app, Role::Light)], &["ann@client.example"], &limited)).await;
        complete(&standard, &path, &json!({})).await.expect(403);
        complete(&light, &path, &json!({"override_guest": "ann@client.example"})).await.expect(403);
        complete(&light, &path, &json!({"override_user": id(app, Role::Admin)})).await.expect(403);
        complete(&light, &path, &json!({})).await.expect(200);
        light.delete(&format!("/completed-tasks/{}", id_of(&path))).await.expect(200);
        let done = complete(&admin, &path, &json!({"override_user": id(app, Role::Standard)})).await.expect(200);
        assert_eq!(done.data()["completer_id"], id(app, Role::Standard));
        let stranger = app.other.member(Role::Admin).get();
        let open = create(&admin, &body(&[], &[])).await;
        assert_eq!(complete(&admin, &open, &json!({"override_user": stranger})).await.expect(422).faults(), ["override_user"]);
    }

    async fn odd_ids_are_told_apart_from_unknown_ones(app) {
        let admin = app.admin();
        admin.post("/completed-tasks", &json!({})).await.expect(422);
        admin.post("/completed-tasks", &json!({"task_id": "no id"})).await.expect(422);
        admin.post("/completed-tasks", &json!({"task_id": "f".repeat(32)})).await.expect(404);
        for odd in ["no-id", "%00", "%FF", "a+b", "%2F", "0196d2f3-5a7c-7b3e-9d1c-2f4a5b6c7d8e", "ä"] {
            admin.get(&format!("/tasks/{odd}")).await.expect(404);
            admin.delete(&format!("/completed-tasks/{odd}")).await.expect(404);
        }
    }
}
