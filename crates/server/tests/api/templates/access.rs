//! Who may know of templates, and who may change them.

use hospes_model::member::Role;
use hospes_testing::{Client, both, json};

use super::{id_of, make, sample, sample_with};

/// The titles in a list.
async fn listed(client: &Client) -> Vec<String> {
    let list = client.get("/checklists?sort_by=title").await.expect(200);
    let rows = list.data().as_array().unwrap();
    assert_eq!(list.json["meta"]["pagination"]["total"], rows.len());
    rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn access_decides_who_sees_a_template(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        let group = admin.post("/groups", &json!({"name": "Sales", "members": [id_of(app, Role::Light)]})).await.expect(201);
        make(&admin, &sample("A open")).await;
        let for_admins = make(&admin, &sample_with("B admins", &json!({"users": [id_of(app, Role::Admin)]}))).await;
        make(&admin, &sample_with("C light", &json!({"users": [id_of(app, Role::Light)]}))).await;
        let for_group = make(&admin, &sample_with("D group", &json!({"groups": [group.data()["id"]]}))).await;
        let own = make(&standard, &sample_with("E standard", &json!({"users": [id_of(app, Role::Admin)]}))).await;
        assert_eq!(listed(&admin).await, ["A open", "B admins", "C light", "D group", "E standard"]);
        assert_eq!(listed(&standard).await, ["A open", "E standard"]);
        assert_eq!(listed(&light).await, ["C light", "D group"]);
        light.get(&for_group.path).await.expect(200);
        light.get(&for_group.step_path(0)).await.expect(200);
        let before = app.written().await;
        light.put(&for_group.path, &json!({"title": "x"})).await.expect(403);
        for path in [&for_admins.path, &for_group.path] {
            standard.get(path).await.expect(404);
            standard.get(&format!("{path}/steps")).await.expect(404);
            standard.get(&format!("{path}/form-fields")).await.expect(404);
            standard.get(&format!("{path}/automated-actions")).await.expect(404);
            standard.put(path, &json!({"title": "x"})).await.expect(404);
            standard.delete(path).await.expect(404);
            standard.put(&format!("{path}/restore"), &json!({})).await.expect(404);
            standard.put(&format!("{path}/publish"), &json!({})).await.expect(404);
            standard.post(&format!("{path}/clone"), &json!({})).await.expect(404);
            standard.post(&format!("{path}/steps"), &json!({"title": "x"})).await.expect(404);
        }
        standard.delete(&for_group.step_path(1)).await.expect(404);
        standard.delete(&for_group.rule_path()).await.expect(404);
        assert_eq!(app.written().await, before);
        standard.put(&own.path, &json!({"title": "E mine"})).await.expect(200);
        admin.put(&own.path, &json!({"title": "E mine", "owner_id": id_of(app, Role::Admin)})).await.expect(200);
        standard.get(&own.path).await.expect(404);
    }

    async fn light_members_change_nothing_though_they_own_it(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let made = make(&admin, &sample("One")).await;
        admin.put(&made.path, &json!({"title": "One", "owner_id": id_of(app, Role::Light)})).await.expect(200);
        light.get(&made.path).await.expect(200);
        light.put(&made.path, &json!({"title": "Two"})).await.expect(403);
        light.post("/checklists", &sample("Three")).await.expect(403);
    }

    async fn another_organization_gets_nowhere(app) {
        let (admin, elsewhere) = (app.admin(), app.client_of(&app.other, Role::Admin));
        let made = make(&admin, &sample("One")).await;
        let foreign = make(&elsewhere, &sample("Foreign")).await;
        let before = app.written().await;
        for path in [made.path.clone(), made.step_path(0), format!("{}/steps", made.path)] {
            elsewhere.get(&path).await.expect(404);
        }
        elsewhere.put(&made.path, &json!({"title": "x"})).await.expect(404);
        elsewhere.delete(&made.path).await.expect(404);
        elsewhere.delete(&made.step_path(1)).await.expect(404);
        elsewhere.post(&format!("{}/clone", made.path), &json!({"tenant": app.other.id.to_string()})).await.expect(404);
        // Nor do parts of one template lie in another.
        admin.get(&format!("{}/steps/{}", made.path, foreign.step(0))).await.expect(404);
        let stranger = json!({"title": "One", "users": [app.other.member(Role::Standard).get()]});
        assert_eq!(admin.put(&made.path, &stranger).await.expect(422).faults(), ["users"]);
        assert_eq!(app.written().await, before);
        assert_eq!(listed(&elsewhere).await, ["Foreign"]);
        for odd in ["x", "%2F", "%00", "+", "%FF", "ü"] {
            admin.get(&format!("/checklists/{odd}")).await.expect(404);
            admin.get(&format!("{}/steps/{odd}", made.path)).await.expect(404);
            admin.delete(&format!("{}/automated-actions/{odd}", made.path)).await.expect(404);
        }
    }
}
