//! Guests who become members, and members who become guests.

use hospes_model::member::Role;
use hospes_testing::{TestApp, Value, both, json};

use super::{id, invite, join, secret, told, user};
use crate::guests::{create_with, outsiders};
use crate::tasks::{body, body_with, complete, stats};

async fn owners(app: &TestApp, path: &str) -> Value {
    let read = app.admin().get(path).await.expect(200);
    let owners = &read.data()["owners"];
    json!([owners["users"], owners["guests"]])
}

async fn task(app: &TestApp, body: &Value) -> String {
    let made = app.admin().post("/tasks", body).await.expect(201);
    format!("/tasks/{}", made.data()["id"].as_str().unwrap())
}

both! {
    async fn a_member_becomes_a_guest_with_tasks_and_history(app) {
        let admin = app.admin();
        let (me, (dora, client)) = (id(app, Role::Admin), join(app, "dora@firm.example").await);
        admin.put(&format!("/users/{dora}"), &json!({"phone": "123"})).await.expect(200);
        let open = task(app, &body(&[dora], &[])).await;
        let done = task(app, &body(&[dora, me], &[])).await;
        complete(&client, &done, &json!({})).await.expect(200);
        let part = task(app, &body_with(&[dora, me], &[], &json!({"everyone_must_complete": true}))).await;
        complete(&client, &part, &json!({})).await.expect(200);
        let group = admin.post("/groups", &json!({"name": "Sales", "members": [dora]})).await.expect(201);
        let group = group.data()["id"].as_str().unwrap().to_owned();
        let through = task(app, &body_with(&[], &[], &json!({"owners": {"groups": [group]}}))).await;
        // Somebody who stands by for the server has no task to take along.
        let chaperoned = client.post("/tasks", &body(&[], &["a@client.example"])).await.expect(201);
        let chaperoned = format!("/tasks/{}", chaperoned.data()["id"].as_str().unwrap());
        assert_eq!(owners(app, &chaperoned).await, json!([[dora], ["a@client.example"]]));

        let turned = admin.put(&format!("/users/{dora}/to/guest"), &json!({})).await.expect(200);
        client.get("/me").await.expect(401);
        let guest = turned.data();
        assert_eq!((&guest["email"], &guest["first_name"], &guest["details"]["phone_1"]), (&json!("dora@firm.example"), &json!("Dora"), &json!("123")));
        assert_eq!(user(app, dora).await["status"], "disabled");
        assert_eq!(admin.get(&format!("/groups/{group}")).await.expect(200).data()["members"], json!([]));
        let email = json!(["dora@firm.example"]);
        assert_eq!(owners(app, &open).await, json!([[me], email]));
        assert_eq!((owners(app, &done).await, owners(app, &part).await), (json!([[me], email]), json!([[me], email])));
        assert_eq!(owners(app, &through).await, json!([[], []]));
        assert_eq!(owners(app, &chaperoned).await, json!([[me], ["a@client.example"]]));
        let completed = admin.get(&done).await.expect(200);
        assert_eq!((&completed.data()["completer_id"], &completed.data()["completer_guest_id"]), (&json!(null), &guest["id"]));
        assert_eq!(completed.data()["completer_guest"], "dora@firm.example");
        let (active, completed, last) = stats(app, "dora@firm.example").await;
        assert_eq!((active, completed, last), (2, 2, json!("2025-05-15T10:00:00Z")));
        assert_eq!(admin.get(&part).await.expect(200).data()["completion_progress"], json!({"complete": 1, "total": 2}));
        let tasks = admin.get("/guests/dora@firm.example/tasks").await.expect(200);
        assert_eq!(tasks.json["meta"]["pagination"]["total"], 3);
        let row = told(app, dora).await.pop().unwrap();
        assert!(row.0 == "disabled" && row.1.starts_with("Member dora@firm.example became a guest."), "{row:?}");
        // Twice is once too often; nothing changes.
        let before = app.written().await;
        assert_eq!(admin.put(&format!("/users/{dora}/to/guest"), &json!({})).await.expect(422).faults(), ["user"]);
        assert_eq!(app.written().await, before);
    }

    async fn a_guest_becomes_a_member_with_tasks_and_history(app) {
        let admin = app.admin();
        let me = id(app, Role::Admin);
        let guest = create_with(&admin, &json!({"email": "Gus@client.example", "name": "Gus Guest", "phone": "7", "timezone": "Asia/Tokyo"})).await;
        let open = task(app, &body(&[me], &["gus@client.example", "b@client.example"])).await;
        let done = task(app, &body(&[me], &["gus@client.example"])).await;
        complete(&admin, &done, &json!({"override_guest": "gus@client.example"})).await.expect(200);
        let group = admin.post("/groups", &json!({"name": "Sales", "guests": ["gus@client.example"]})).await.expect(201);
        let group = group.data()["id"].as_str().unwrap().to_owned();
        let through = task(app, &body_with(&[me], &[], &json!({"owners": {"users": [me], "groups": [group]}}))).await;
        let list = admin.get("/guests").await.expect(200);

        let turned = admin.post("/guests/gus@client.example/to/member", &json!({})).await.expect(200);
        let data = turned.data();
        let gus = data["id"].as_i64().unwrap();
        assert_eq!((&data["email"], &data["full_name"], &data["role"]), (&json!("Gus@client.example"), &json!("Gus Guest"), &json!("standard")));
        assert_eq!((&data["phone"], &data["timezone"], &data["status"]), (&json!("7"), &json!("Asia/Tokyo"), &json!("invited")));
        admin.get("/guests/gus@client.example").await.expect(404);
        admin.get(&format!("/guests/{}", guest["id"].as_str().unwrap())).await.expect(404);
        assert_eq!(admin.with_header("if-none-match", list.header("etag")).get("/guests").await.expect(200).data().as_array().unwrap().len(), 1);
        assert_eq!(admin.get(&format!("/groups/{group}")).await.expect(200).data()["guests"], json!([]));
        let members = json!([[me, gus], []]);
        assert_eq!(owners(app, &open).await, json!([[me, gus], ["b@client.example"]]));
        assert_eq!((owners(app, &done).await, owners(app, &through).await), (members.clone(), members));
        let completed = admin.get(&done).await.expect(200);
        assert_eq!((&completed.data()["completer_id"], &completed.data()["completer_guest"]), (&json!(gus), &json!(null)));
        assert_eq!(stats(app, "b@client.example").await.0, 1);
        // They come in like everybody who is invited.
        let secret = secret(&admin, gus).await;
        let accepted = app.client_with(&app.acme, None).post("//invitations/accept", &json!({"secret": secret})).await.expect(200);
        let client = app.client_with(&app.acme, accepted.data()["token"].as_str());
        assert_eq!(client.get("/me/tasks?status=all").await.expect(200).json["meta"]["pagination"]["total"], 3);
        let row = &told(app, gus).await[0];
        assert_eq!((row.0.as_str(), row.1.as_str()), ("created", "Guest Gus@client.example became a member, as standard."));
    }

    async fn there_and_back_again(app) {
        let admin = app.admin();
        let (me, (dora, _)) = (id(app, Role::Admin), join(app, "dora@firm.example").await);
        let open = task(app, &body(&[dora], &[])).await;
        for way in ["enable", "to/member"] {
            admin.put(&format!("/users/{dora}/to/guest"), &json!({})).await.expect(200);
            assert_eq!(owners(app, &open).await, json!([[me], ["dora@firm.example"]]));
            if way == "enable" {
                let back = admin.put(&format!("/users/{dora}/enable"), &json!({})).await.expect(200);
                assert_eq!((&back.data()["status"], &back.data()["role"]), (&json!("active"), &json!("standard")));
            } else {
                let back = admin.post("/guests/dora@firm.example/to/member", &json!({"role": "light"})).await.expect(200);
                assert_eq!((&back.data()["id"], &back.data()["status"], &back.data()["role"]), (&json!(dora), &json!("active"), &json!("light")));
            }
            admin.get("/guests/dora@firm.example").await.expect(404);
            let mut both = [me, dora];
            both.sort_unstable();
            assert_eq!(owners(app, &open).await, json!([both, []]));
        }
        assert_eq!(app.written().await.guests, 0);
    }

    async fn who_may_and_what_is_refused(app) {
        let admin = app.admin();
        create_with(&admin, &json!({"email": "a@client.example"})).await;
        let dora = invite(&admin, "dora@firm.example").await;
        let before = app.written().await;
        let path = "/guests/a@client.example/to/member";
        for (client, status) in outsiders(app).into_iter().chain([(app.client(Role::Light), 403), (app.client(Role::Standard), 403)]) {
            client.post(path, &json!({})).await.expect(status);
            client.put(&format!("/users/{dora}/to/guest"), &json!({})).await.expect(status);
        }
        for odd in ["x", "nobody@client.example", "%00"] {
            admin.post(&format!("/guests/{odd}/to/member"), &json!({})).await.expect(404);
            admin.put(&format!("/users/{odd}/to/guest"), &json!({})).await.expect(404);
        }
        assert_eq!(admin.post(path, &json!({"role": "boss"})).await.expect(422).faults(), ["role"]);
        admin.with_header("if-match", "\"99\"").post(path, &json!({})).await.expect(412);
        assert_eq!(app.written().await, before);
        // An invitation ends with the member.
        let secret = secret(&admin, dora).await;
        admin.put(&format!("/users/{dora}/to/guest"), &json!({})).await.expect(200);
        app.client_with(&app.acme, None).post("//invitations/accept", &json!({"secret": secret})).await.expect(422);
        // A guest without a name is called by the address.
        let named = admin.post(path, &json!({})).await.expect(200);
        assert_eq!((&named.data()["first_name"], &named.data()["last_name"]), (&json!("a"), &json!("")));
    }
}
