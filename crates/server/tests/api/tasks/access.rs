//! Who may do what with tasks.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{body, body_with, complete, create, id, id_of};

both! {
    async fn light_members_read_and_complete_their_own(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let own = create(&admin, &body(&[id(app, Role::Light)], &[])).await;
        let foreign = create(&admin, &body(&[id(app, Role::Admin)], &["ann@client.example"])).await;
        light.post("/tasks", &body(&[], &[])).await.expect(403);
        light.put(&own, &json!({"title": "New"})).await.expect(403);
        light.delete(&own).await.expect(403);
        light.put(&format!("{own}/restore"), &json!({})).await.expect(403);
        light.delete(&format!("{own}/delete")).await.expect(403);
        light.get(&own).await.expect(200);
        light.get(&foreign).await.expect(404);
        complete(&light, &foreign, &json!({})).await.expect(404);
        light.delete(&format!("/completed-tasks/{}", id_of(&foreign))).await.expect(404);
        for list in ["/tasks", "/me/tasks"] {
            assert_eq!(light.get(list).await.expect(200).json["meta"]["pagination"]["total"], 1, "{list}");
        }
        assert_eq!(light.get("/guests/ann@client.example/tasks").await.expect(200).data(), &json!([]));
        complete(&light, &own, &json!({})).await.expect(200);
    }

    async fn secret_tasks_do_not_exist_for_others(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let secret = create(&admin, &body_with(&[id(app, Role::Light)], &[], &json!({"top_secret": true}))).await;
        standard.get(&secret).await.expect(404);
        standard.put(&secret, &json!({"title": "New"})).await.expect(404);
        standard.delete(&secret).await.expect(404);
        standard.put(&format!("{secret}/restore"), &json!({})).await.expect(404);
        standard.delete(&format!("{secret}/delete")).await.expect(404);
        complete(&standard, &secret, &json!({})).await.expect(404);
        assert_eq!(standard.get("/tasks?without_pagination=true").await.expect(200).data(), &json!([]));
        app.client(Role::Light).get(&secret).await.expect(200);
        admin.get(&secret).await.expect(200);
    }

    async fn another_organization_and_no_token_get_nowhere(app) {
        let admin = app.admin();
        let path = create(&admin, &body(&[], &["ann@client.example"])).await;
        let elsewhere = app.client_of(&app.other, Role::Admin);
        elsewhere.get(&path).await.expect(404);
        elsewhere.put(&path, &json!({"title": "New"})).await.expect(404);
        elsewhere.delete(&format!("{path}/delete")).await.expect(404);
        complete(&elsewhere, &path, &json!({})).await.expect(404);
        let crossing = app.client_with(&app.acme, Some(app.other.token(Role::Admin)));
        let nobody = app.client_with(&app.acme, None);
        for (client, status) in [(crossing, 403), (nobody, 401)] {
            client.get("/tasks").await.expect(status);
            client.post("/tasks", &body(&[], &[])).await.expect(status);
            client.get(&path).await.expect(status);
            client.put(&path, &json!({})).await.expect(status);
            client.delete(&path).await.expect(status);
            client.delete(&format!("{path}/delete")).await.expect(status);
            client.put(&format!("{path}/restore"), &json!({})).await.expect(status);
            complete(&client, &path, &json!({})).await.expect(status);
            client.delete(&format!("/completed-tasks/{}", id_of(&path))).await.expect(status);
            client.get("/me/tasks").await.expect(status);
            client.get("/users/1/tasks").await.expect(status);
            client.get("/guests/ann@client.example/tasks").await.expect(status);
        }
        assert_eq!(admin.get(&path).await.expect(200).data()["title"], "Send the contract");
    }

    async fn what_happened_to_a_task_is_shown_beside_it(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let path = create(&admin, &body(&[id(app, Role::Light)], &[])).await;
        create(&admin, &body(&[], &[])).await;
        let url = format!("{path}?with=activities");
        let before = light.get(&url).await.expect(200);
        light.with_header("if-none-match", before.header("etag")).get(&url).await.expect(304);
        complete(&light, &path, &json!({})).await.expect(200);
        let read = light.with_header("if-none-match", before.header("etag")).get(&url).await.expect(200);
        let rows = read.data()["activities"]["data"].as_array().unwrap().clone();
        let verbs: Vec<_> = rows.iter().map(|row| row["verb"][0].as_str().unwrap()).collect();
        assert_eq!(verbs, ["completed", "created"]);
        let feed = light.get(&format!("/activity-feeds?entity_type=task&entity_id={}", id_of(&path))).await.expect(200);
        assert_eq!(feed.data(), &json!(rows));
        assert_eq!(light.get(&path).await.expect(200).data().get("activities"), None);
        // The validator can be sent back.
        admin.with_header("if-match", read.header("etag")).delete(&path).await.expect(204);
        let path = create(&admin, &body(&[], &[])).await;
        for at in 0..101 {
            admin.put(&path, &json!({"title": format!("Title {at}")})).await.expect(200);
        }
        let read = admin.get(&format!("{path}?with=activities")).await.expect(200);
        let rows = read.data()["activities"]["data"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["old_value"]), (100, &json!("Title 99")));
    }
}
