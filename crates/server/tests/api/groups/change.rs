//! Making, changing and deleting groups.

use hospes_model::member::Role;
use hospes_server::limits::Rates;
use hospes_testing::{Backend, Options, TestApp, both, json};

use super::{group, id};
use crate::guests::outsiders;

both! {
    async fn a_group_has_every_key_that_clients_read(app) {
        let standard = app.client(Role::Standard);
        app.admin().post("/guests", &json!({"email": "Carl@client.example"})).await.expect(201);
        let made = standard.post("/groups", &json!({
            "name": " Sales ", "description": "Sells", "members": [id(app, Role::Light), id(app, Role::Admin).to_string()],
            "guests": ["carl@client.example", "new@client.example", "new@client.example"],
        })).await.expect(201);
        let data = made.data();
        assert_eq!(data["id"].as_str().unwrap().len(), 32);
        assert_eq!(*data, json!({
            "id": data["id"], "name": "Sales", "description": "Sells", "logo": null,
            "members": [id(app, Role::Admin), id(app, Role::Light)],
            "guests": ["Carl@client.example", "new@client.example"],
            "created_at": "2025-05-15T10:00:00Z", "updated_at": "2025-05-15T10:00:00Z",
            "last_updated": "2025-05-15T10:00:00Z",
        }));
        let path = format!("/groups/{}", data["id"].as_str().unwrap());
        let read = app.client(Role::Light).get(&path).await.expect(200);
        assert_eq!((read.data(), read.header("etag")), (data, made.header("etag")));
        let again = app.admin().with_header("if-none-match", read.header("etag"));
        again.get(&path).await.expect(304);
        // The unknown address became a guest.
        app.admin().get("/guests/new@client.example").await.expect(200);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.entity.as_str(), event.verb.as_str(), &event.entity_id), ("group", "created", &data["id"].as_str().unwrap().to_owned()));
        assert_eq!(event.text, "Group Sales was created with 2 members and 2 guests.");
        let feed = app.client(Role::Light).get("/activity-feeds?type=Group").await.expect(200);
        assert_eq!(feed.data()[0]["audit"]["data"]["name"], "Sales");
        assert_eq!(feed.data()[0]["type"], json!(["Group"]));
    }

    async fn standard_members_manage_groups_where_they_may(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let path = format!("/groups/{}", group(&standard, "Sales", &[], &[]).await);
        admin.put("", &json!({"allow_manage_groups": false})).await.expect(200);
        let before = app.written().await;
        let refused = standard.post("/groups", &json!({"name": "Other", "guests": ["new@client.example"]})).await.expect(403);
        assert_eq!(refused.json["message"], "In this organization only administrators may manage groups.");
        standard.put(&path, &json!({"name": "Other"})).await.expect(403);
        standard.delete(&path).await.expect(403);
        assert_eq!(app.written().await, before);
        // Administrators may, and everybody reads.
        admin.put(&path, &json!({"name": "Other"})).await.expect(201);
        assert_eq!(standard.get(&path).await.expect(200).data()["name"], "Other");
        admin.put("", &json!({"allow_manage_groups": true})).await.expect(200);
        standard.delete(&path).await.expect(204);
    }

    async fn a_name_is_enough_and_unique(app) {
        let admin = app.admin();
        let made = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201);
        assert_eq!((&made.data()["description"], &made.data()["members"], &made.data()["guests"]), (&json!(null), &json!([]), &json!([])));
        assert_eq!(admin.post("/groups", &json!({"name": "SALES"})).await.expect(422).faults(), ["name"]);
        let other = group(&admin, "Other", &[], &[]).await;
        let taken = admin.put(&format!("/groups/{other}"), &json!({"name": "sales"})).await.expect(422);
        assert_eq!(taken.faults(), ["name"]);
        // One's own name in another spelling is no obstacle, nor another organization's.
        let path = format!("/groups/{}", made.data()["id"].as_str().unwrap());
        admin.put(&path, &json!({"name": "sales"})).await.expect(201);
        group(&app.client_of(&app.other, Role::Admin), "Sales", &[], &[]).await;
    }

    async fn every_fault_is_named_at_once_and_nothing_is_written(app) {
        let admin = app.admin();
        group(&admin, "Taken", &[], &[]).await;
        admin.post("/guests", &json!({"email": "off@client.example"})).await.expect(201);
        admin.delete("/guests/off@client.example/disable").await.expect(200);
        let before = app.written().await;
        let stranger = app.other.member(Role::Admin).get();
        let faulty = admin.post("/groups", &json!({
            "name": "taken", "description": 3, "members": [stranger, "x"], "guests": ["off@client.example", "x", "fresh@client.example"],
        })).await.expect(422);
        assert_eq!(faulty.faults(), ["description", "guests.0", "guests.1", "members.0", "members.1", "name"]);
        for (body, fault) in [
            (json!({}), "name"),
            (json!({"name": "x".repeat(201)}), "name"),
            (json!({"name": "a\u{202e}b"}), "name"),
            (json!({"name": "a", "guests": "b"}), "guests"),
            (json!({"name": "a", "members": vec![1; 1001]}), "members"),
            (json!({"name": "a", "description": "x".repeat(30_001)}), "description"),
        ] {
            assert_eq!(admin.post("/groups", &body).await.expect(422).faults(), [fault]);
        }
        assert_eq!(app.written().await, before);
        let told = admin.post("/groups", &json!({"name": "Told", "colour": 1})).await.expect(201);
        assert_eq!(told.json["warnings"].as_array().unwrap().len(), 1);
    }

    async fn a_change_may_be_partial_and_lists_are_replaced(app) {
        let admin = app.admin();
        let (me, light) = (id(app, Role::Admin), id(app, Role::Light));
        let sales = group(&admin, "Sales", &[me], &["a@client.example"]).await;
        let path = format!("/groups/{sales}");
        let renamed = admin.put(&path, &json!({"name": "Sellers"})).await.expect(201);
        assert_eq!(renamed.data()["members"], json!([me]));
        assert_eq!(renamed.data()["guests"], json!(["a@client.example"]));
        app.advance(jiff::SignedDuration::from_secs(5));
        let changed = admin.put(&path, &json!({
            "description": null, "members": [light], "guests": ["b@client.example", "standard@acme.example"],
        })).await.expect(201);
        // A member's address means the member.
        let mut members = [id(app, Role::Standard), light];
        members.sort_unstable();
        assert_eq!(changed.data()["members"], json!(members));
        assert_eq!(changed.data()["guests"], json!(["b@client.example"]));
        assert_eq!((&changed.data()["description"], &changed.data()["updated_at"]), (&json!(null), &json!("2025-05-15T10:00:05Z")));
        assert_eq!(changed.json["warnings"].as_array().unwrap().len(), 1);
        // What changes nothing writes nothing; clients send back all they read.
        let before = app.written().await;
        let same = admin.put(&path, changed.data()).await.expect(201);
        assert_eq!((same.header("etag"), same.json.get("warnings")), (changed.header("etag"), None));
        assert_eq!(app.written().await, before);
        let stale = admin.with_header("if-match", renamed.header("etag"));
        stale.put(&path, &json!({"name": "x"})).await.expect(412);
        stale.delete(&path).await.expect(412);
        assert_eq!(admin.put(&path, &json!({"name": null})).await.expect(422).faults(), ["name"]);
        let fields: Vec<_> = app.events(&app.acme).await.into_iter().filter(|event| event.entity == "group")
            .map(|event| event.field.unwrap_or_default()).collect();
        assert_eq!(fields, ["", "name", "description", "members", "guests"]);
        admin.with_header("if-match", changed.header("etag")).delete(&path).await.expect(204);
        admin.get(&path).await.expect(404);
        admin.delete(&path).await.expect(404);
        assert_eq!(app.events(&app.acme).await.pop().unwrap().verb, "deleted");
        // The guests stay.
        admin.get("/guests/b@client.example").await.expect(200);
    }

    async fn a_repeated_request_with_a_key_makes_one_group(app) {
        let keyed = app.admin().with_header("idempotency-key", "k");
        let body = json!({"name": "Sales", "guests": ["a@client.example"]});
        let first = keyed.post("/groups", &body).await.expect(201);
        assert_eq!(keyed.post("/groups", &body).await.expect(201).bytes, first.bytes);
        assert_eq!(app.written().await.guests, 1);
    }

    async fn others_get_nowhere(app) {
        let sales = group(&app.admin(), "Sales", &[], &[]).await;
        let path = format!("/groups/{sales}");
        let before = app.written().await;
        for (client, status) in outsiders(app) {
            client.get(&path).await.expect(status);
            client.get("/groups").await.expect(status);
            client.post("/groups", &json!({"name": "x"})).await.expect(status);
            client.put(&path, &json!({"name": "x"})).await.expect(status);
            client.delete(&path).await.expect(status);
        }
        let light = app.client(Role::Light);
        light.post("/groups", &json!({"name": "x"})).await.expect(403);
        light.put(&path, &json!({"name": "x"})).await.expect(403);
        light.delete(&path).await.expect(403);
        // Another organization's group does not exist here.
        let elsewhere = app.client_of(&app.other, Role::Admin);
        for client in [elsewhere] {
            client.get(&path).await.expect(404);
            client.put(&path, &json!({"name": "x"})).await.expect(404);
            client.delete(&path).await.expect(404);
            let owners = json!({"users": [], "guests": [], "groups": [sales]});
            let body = crate::tasks::body_with(&[], &[], &json!({"owners": owners}));
            assert_eq!(client.post("/tasks", &body).await.expect(422).faults(), ["owners.groups.0"]);
        }
        for odd in ["x", "%00", "0123456789abcdef0123456789abcdef", "g%2Fh"] {
            app.admin().get(&format!("/groups/{odd}")).await.expect(404);
            app.admin().put(&format!("/groups/{odd}"), &json!({"name": "y"})).await.expect(404);
        }
        assert_eq!(app.written().await, before);
    }
}

#[test]
fn guests_made_by_groups_count_against_the_hourly_limit() {
    let rates = Rates { guests_per_hour: 2, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        let admin = app.admin();
        let sales = group(&admin, "Sales", &[], &["a@client.example", "b@client.example"]).await;
        let third = json!({"guests": ["a@client.example", "c@client.example"]});
        admin.put(&format!("/groups/{sales}"), &third).await.expect(429);
        admin.post("/groups", &json!({"name": "x", "guests": ["c@client.example"]})).await.expect(429);
        admin.get("/guests/c@client.example").await.expect(404);
    });
}
