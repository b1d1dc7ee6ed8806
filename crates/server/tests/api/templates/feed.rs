//! What the activity feed says of templates.

use hospes_model::member::Role;
use hospes_testing::{Client, both, json};

use super::{id_of, make, sample};

/// The sentences that a member may read, oldest first.
async fn told(client: &Client, filter: &str) -> Vec<String> {
    let feed = client.get(&format!("/activity-feeds?sort=created_at&per_page=100{filter}")).await.expect(200);
    let rows = feed.data().as_array().unwrap();
    rows.iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn every_change_is_told(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let made = make(&admin, &sample("One")).await;
        admin.put(&made.path, &json!({"title": "Two", "starred": true})).await.expect(200);
        admin.post(&format!("{}/steps", made.path), &json!({"title": "New"})).await.expect(201);
        admin.put(&format!("{}/reorder", made.step_path(2)), &json!({"position": 4})).await.expect(200);
        admin.delete(&made.field_path(0, 1)).await.expect(204);
        admin.delete(&made.rule_path()).await.expect(204);
        admin.delete(&made.step_path(1)).await.expect(204);
        admin.delete(&made.path).await.expect(200);
        admin.put(&format!("{}/restore", made.path), &json!({})).await.expect(200);
        let expected = [
            "Template “One” was created.",
            "Template “One” was renamed to “Two”.",
            "Template “Two” was starred.",
            "Step “New” was added to Template “Two”.",
            "The steps of Template “Two” were put in another order.",
            "Step “Collect” of Template “Two” was changed.",
            "The rules of Template “Two” were changed.",
            "Step “Check” of Template “Two” was deleted.",
            "Template “Two” was archived.",
            "Template “Two” was restored.",
        ];
        assert_eq!(told(&standard, "&type=Blueprint,Step").await, expected);
        assert_eq!(told(&standard, "&entity_type=step").await, [expected[3], expected[5], expected[7]]);
        assert_eq!(told(&standard, &format!("&entity_id={}", made.step(1))).await, [expected[7]]);
        assert_eq!(told(&app.client(Role::Light), "").await, [""; 0]);
        assert_eq!(told(&app.client_of(&app.other, Role::Admin), "").await, [""; 0]);
        let row = standard.get("/activity-feeds?entity_type=step&verb=created").await.expect(200);
        let row = &row.data()[0];
        assert_eq!((&row["type"], &row["parentable_type"]), (&json!(["Step"]), &json!("App\\Models\\Blueprint")));
        assert_eq!(row["parent"]["data"], json!({"id": made.id, "title": "Two"}));
        let row = standard.get("/activity-feeds?entity_type=checklist&verb=archived").await.expect(200);
        assert_eq!(row.data()[0]["audit"]["data"], json!({"id": made.id, "title": "Two"}));
        // Who may not know of it any more does not read of it either.
        admin.put(&made.path, &json!({"title": "Two", "users": [id_of(app, Role::Light)]})).await.expect(200);
        assert_eq!(told(&standard, "").await, [""; 0]);
        assert_eq!(told(&app.client(Role::Light), "&type=Blueprint,Step").await.len(), expected.len() + 1);
        admin.delete(&made.path).await.expect(200);
        admin.delete(&format!("{}/delete", made.path)).await.expect(200);
        assert_eq!(told(&app.client(Role::Light), "").await, [""; 0], "nothing says any more whose it was");
        assert_eq!(told(&admin, "&verb=deleted&type=Blueprint").await, ["Template “Two” was deleted."]);
    }
}
