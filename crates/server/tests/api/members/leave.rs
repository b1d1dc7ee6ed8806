//! Disabling, enabling and deleting members.

use hospes_model::member::Role;
use hospes_testing::{TestApp, both, json};

use super::{id, invite, join, secret, told, user};
use crate::tasks::{body, body_with, complete, stats};

async fn owners(app: &TestApp, path: &str) -> Vec<i64> {
    let read = app.admin().get(path).await.expect(200);
    read.data()["owners"]["users"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect()
}

async fn task(app: &TestApp, body: &hospes_testing::Value) -> String {
    let made = app.admin().post("/tasks", body).await.expect(201);
    format!("/tasks/{}", made.data()["id"].as_str().unwrap())
}

both! {
    async fn a_disabled_member_is_out_at_once(app) {
        let admin = app.admin();
        let (dora, client) = join(app, "dora@firm.example").await;
        let group = admin.post("/groups", &json!({"name": "Sales", "members": [dora]})).await.expect(201);
        let group = format!("/groups/{}", group.data()["id"].as_str().unwrap());
        client.get("/me").await.expect(200);
        let path = format!("/users/{dora}");
        let disabled = admin.delete(&format!("{path}/disable")).await.expect(200);
        client.get("/me").await.expect(401);
        let data = disabled.data();
        assert_eq!((&data["status"], &data["is_active"], &data["disabled_by"]), (&json!("disabled"), &json!(false), &json!(id(app, Role::Admin))));
        assert_eq!(data["disabled_at"], "2025-05-15T10:00:00Z");
        assert_eq!(admin.get(&group).await.expect(200).data()["members"], json!([]));
        let before = app.written().await;
        assert_eq!(admin.delete(&path).await.expect(200).data(), data);
        assert_eq!(app.written().await, before);
        // Enabled again, with other tokens and without the groups.
        let enabled = admin.put(&format!("{path}/enable"), &json!({})).await.expect(200);
        assert_eq!((&enabled.data()["status"], &enabled.data()["disabled_at"]), (&json!("active"), &json!(null)));
        assert_eq!(enabled.data()["reactivated_by"], id(app, Role::Admin));
        client.get("/me").await.expect(401);
        assert_eq!(admin.get(&group).await.expect(200).data()["members"], json!([]));
        admin.post("/tasks", &body(&[dora], &[])).await.expect(201);
        let before = app.written().await;
        admin.put(&format!("{path}/enable"), &json!({})).await.expect(200);
        assert_eq!(app.written().await, before);
        let verbs: Vec<String> = told(app, dora).await.into_iter().map(|row| row.0).collect();
        assert_eq!(verbs[4..], ["disabled", "enabled"]);
    }

    async fn tasks_stay_or_go_to_somebody_else(app) {
        let admin = app.admin();
        let (dora, client) = join(app, "dora@firm.example").await;
        let (eve, standard) = (join(app, "eve@firm.example").await.0, id(app, Role::Standard));
        let alone = task(app, &body(&[dora], &["a@client.example"])).await;
        let both = task(app, &body(&[dora, standard], &[])).await;
        let done = task(app, &body(&[dora], &[])).await;
        complete(&client, &done, &json!({})).await.expect(200);
        let part = task(app, &body_with(&[dora, eve], &[], &json!({"everyone_must_complete": true}))).await;
        complete(&client, &part, &json!({})).await.expect(200);
        let path = format!("/users/{dora}/disable");
        for (query, field) in [
            ("with_reassignment=true", "to"), ("with_reassignment=true&to=x", "to"), (&*format!("with_reassignment=true&to={dora}"), "to"),
            ("to=999999", "to"), ("with_reassignment=maybe", "with_reassignment"),
        ] {
            assert_eq!(admin.delete(&format!("{path}?{query}")).await.expect(422).faults(), [field], "{query}");
        }
        client.get("/me").await.expect(200);
        let disabled = admin.delete(&format!("{path}?with_reassignment=true&to={standard}")).await.expect(200);
        assert_eq!(disabled.json["warnings"], json!([format!("2 tasks went to member {standard}.")]));
        assert_eq!((owners(app, &alone).await, owners(app, &both).await), (vec![standard], vec![standard]));
        // What was done stays with whoever did it.
        assert_eq!((owners(app, &done).await, owners(app, &part).await), (vec![dora], vec![dora, eve]));
        assert_eq!(stats(app, "a@client.example").await.0, 1);
        assert!(told(app, dora).await.pop().unwrap().1.ends_with(&format!("2 tasks went to member {standard}.")));
        // With nobody named they stay, here with the body's word for it.
        let stays = task(app, &body(&[eve], &[])).await;
        admin.send(reqwest::Method::DELETE, &format!("/users/{eve}"), Some(&json!({"with_reassignment": false}))).await.expect(200);
        assert_eq!(owners(app, &stays).await, [eve]);
    }

    async fn guests_are_not_left_with_a_disabled_member(app) {
        let admin = app.admin();
        let (dora, client) = join(app, "dora@firm.example").await;
        client.put("/guests/a@client.example", &json!({})).await;
        let lonely = task(app, &body(&[dora], &["a@client.example"])).await;
        let (eve, second) = join(app, "eve@firm.example").await;
        app.admin().put(&format!("/users/{eve}/role"), &json!({"role": "admin"})).await.expect(200);
        let disabled = second.delete(&format!("/users/{dora}/disable")).await.expect(200);
        assert_eq!(disabled.json["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(owners(app, &lonely).await, [dora, eve]);
        // Who leaves by themselves is followed by whoever began the task.
        let own = task(app, &body(&[eve], &["b@client.example"])).await;
        second.delete(&format!("/users/{eve}/disable")).await.expect(200);
        second.get("/me").await.expect(401);
        let mut expected = vec![id(app, Role::Admin), eve];
        expected.sort_unstable();
        assert_eq!(owners(app, &own).await, expected);
        // Sent back as read, the members who are left are not enough.
        let echoed = admin.put(&own, &json!({"owners": {"users": [eve], "guests": ["b@client.example"]}})).await.expect(200);
        assert_eq!(echoed.data()["owners"]["users"], json!(expected));
    }

    async fn the_chaperone_is_chosen_in_order(app) {
        let admin = app.admin();
        let (dora, client) = join(app, "dora@firm.example").await;
        let (eve, _) = join(app, "eve@firm.example").await;
        admin.put(&format!("/users/{dora}/role"), &json!({"role": "admin"})).await.expect(200);
        let task_of_dora = |guest: &str| body(&[dora], &[guest]);
        // An associated member, when the acting and the starting one is the one who leaves.
        let first = client.post("/tasks", &task_of_dora("a@client.example")).await.expect(201);
        let second = client.post("/tasks", &task_of_dora("b@client.example")).await.expect(201);
        admin.put("/guests/a@client.example", &json!({"associated_members": [eve]})).await.expect(201);
        client.delete(&format!("/users/{dora}")).await.expect(200);
        let path = |made: &hospes_testing::Answer| format!("/tasks/{}", made.data()["id"].as_str().unwrap());
        assert_eq!(owners(app, &path(&first)).await, [dora, eve]);
        assert_eq!(owners(app, &path(&second)).await, [id(app, Role::Admin), dora]);
    }

    async fn a_member_is_deleted_after_being_disabled(app) {
        let admin = app.admin();
        let (dora, client) = join(app, "dora@firm.example").await;
        let made = task(app, &body(&[dora], &[])).await;
        complete(&client, &made, &json!({})).await.expect(200);
        let path = format!("/users/{dora}");
        assert_eq!(admin.delete(&format!("{path}/delete")).await.expect(422).faults(), ["user"]);
        admin.delete(&path).await.expect(200);
        let deleted = admin.delete(&format!("{path}/delete")).await.expect(200);
        assert_eq!((&deleted.data()["last_name"], &deleted.data()["email"]),
            (&json!("Dean (Deleted)"), &json!(format!("dora@firm.example.deleted.{dora}"))));
        admin.get(&path).await.expect(404);
        admin.delete(&format!("{path}/delete")).await.expect(404);
        admin.put(&format!("{path}/enable"), &json!({})).await.expect(404);
        assert_eq!(admin.get("/users").await.expect(200).json["meta"]["pagination"]["total"], 3);
        // History stays, under the name that says so.
        assert_eq!(admin.get(&made).await.expect(200).data()["completer_id"], dora);
        let feed = admin.get(&format!("/activity-feeds?actor_id={dora}&verb=completed")).await.expect(200);
        assert_eq!(feed.data()[0]["actor"][0]["full_name"], "Dora Dean (Deleted)");
        assert_eq!(feed.data()[0]["actor"][0]["email"], format!("dora@firm.example.deleted.{dora}"));
        // The address is free: for a guest, and for a member again, who is the same person.
        crate::guests::create_with(&admin, &json!({"email": "dora@firm.example"})).await;
        admin.delete("/guests/dora@firm.example").await.expect(200);
        assert_eq!(invite(&admin, "dora@firm.example").await, dora);
        let back = user(app, dora).await;
        assert_eq!((&back["status"], &back["last_name"], &back["activated_at"]), (&json!("invited"), &json!("Dean"), &json!(null)));
    }

    async fn an_invitation_is_withdrawn_and_made_again(app) {
        let admin = app.admin();
        let dora = invite(&admin, "dora@firm.example").await;
        admin.delete(&format!("/users/{dora}")).await.expect(200);
        let enabled = admin.put(&format!("/users/{dora}/enable"), &json!({})).await.expect(200);
        assert_eq!(enabled.data()["status"], "invited");
        secret(&admin, dora).await;
        admin.delete(&format!("/users/{dora}")).await.expect(200);
        assert_eq!(admin.put(&format!("/users/{dora}/approve"), &json!({})).await.expect(422).faults(), ["user"]);
    }
}
