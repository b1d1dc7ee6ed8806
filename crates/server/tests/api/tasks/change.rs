//! Changing, archiving, restoring and deleting tasks.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{body, body_with, complete, create, id, id_of, stats};

both! {
    async fn what_is_absent_stays_and_owners_replace_everybody(app) {
        let admin = app.admin();
        let path = create(&admin, &body_with(&[id(app, Role::Standard)], &["ann@client.example"],
            &json!({"summary": "Old", "webhook": "https://x.example/h"}))).await;
        let changed = admin.put(&path, &json!({"title": "New"})).await.expect(200);
        assert_eq!((&changed.data()["title"], &changed.data()["summary"]), (&json!("New"), &json!("Old")));
        assert_eq!(changed.data()["taskdata"], json!({}));
        let changed = admin.put(&path, &json!({
            "title": "New", "deadline": "2025-06-01", "summary": null, "webhook": null,
            "owners": {"guests": ["bob@client.example"]},
        })).await.expect(200);
        assert_eq!(changed.data()["deadline"], "2025-06-01T21:59:59Z");
        assert_eq!((&changed.data()["summary"], &changed.data()["webhook"]), (&json!(null), &json!(null)));
        assert_eq!(changed.data()["owners"]["users"], json!([id(app, Role::Admin)]));
        assert_eq!(changed.data()["owners"]["guests"], json!(["bob@client.example"]));
        assert_eq!(changed.json["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(stats(app, "ann@client.example").await.0, 0);
        assert_eq!(stats(app, "bob@client.example").await.0, 1);
        let empty = admin.put(&path, &json!({"owners": {"users": [], "guests": [], "groups": []}})).await.expect(200);
        assert_eq!(empty.data()["owners"]["users"], json!([]));
        let faults = json!({"title": "", "deadline": null, "owners": 7, "max_assignable": -1, "top_secret": 5});
        assert_eq!(admin.put(&path, &faults).await.expect(422).faults(), [
            "deadline", "max_assignable", "owners", "title", "top_secret",
        ]);
    }

    async fn an_older_state_is_refused(app) {
        let admin = app.admin();
        let path = create(&admin, &body(&[], &[])).await;
        let read = admin.get(&path).await.expect(200);
        let careful = admin.with_header("if-match", read.header("etag"));
        careful.put(&path, &json!({"title": "One"})).await.expect(200);
        careful.put(&path, &json!({"title": "Two"})).await.expect(412);
        careful.delete(&path).await.expect(412);
        complete(&careful, &path, &json!({})).await.expect(412);
    }

    async fn finished_and_archived_tasks_are_not_changed(app) {
        let admin = app.admin();
        let path = create(&admin, &body(&[id(app, Role::Admin)], &[])).await;
        complete(&admin, &path, &json!({})).await.expect(200);
        admin.put(&path, &json!({"title": "New"})).await.expect(422);
        admin.delete(&format!("/completed-tasks/{}", id_of(&path))).await.expect(200);
        admin.delete(&path).await.expect(204);
        admin.put(&path, &json!({"title": "New"})).await.expect(422);
        complete(&admin, &path, &json!({})).await.expect(422);
    }

    async fn a_task_is_archived_restored_and_deleted(app) {
        let admin = app.admin();
        let path = create(&admin, &body(&[], &["ann@client.example"])).await;
        admin.delete(&path).await.expect(204);
        let archived = admin.get(&path).await.expect(200);
        assert_eq!(archived.data()["archived_at"], "2025-05-15T10:00:00Z");
        assert_eq!(archived.data()["deleted_at"], archived.data()["archived_at"]);
        assert_eq!(archived.data()["is_completable"], false);
        admin.delete(&path).await.expect(204);
        assert_eq!(stats(app, "ann@client.example").await.0, 0);
        assert_eq!(admin.get("/tasks").await.expect(200).data(), &json!([]));
        let back = admin.put(&format!("{path}/restore"), &json!({})).await.expect(200);
        assert_eq!(back.data()["archived_at"], json!(null));
        admin.put(&format!("{path}/restore"), &json!({})).await.expect(200);
        assert_eq!(stats(app, "ann@client.example").await.0, 1);
        admin.delete(&format!("{path}/delete")).await.expect(204);
        admin.get(&path).await.expect(404);
        admin.delete(&format!("{path}/delete")).await.expect(404);
        assert_eq!(stats(app, "ann@client.example").await.0, 0);
    }
}
