//! `PUT /organizations/{org}/guests/{guest}`.

use hospes_model::member::Role;
use hospes_testing::{Value, both, json};

use super::{create, create_with, outsiders, path};

both! {
    async fn every_field_can_be_written_and_cleared(app) {
        let admin = app.admin();
        let created = create(&admin, "a@client.example").await;
        let member = app.acme.member(Role::Light).get();
        let fields = json!({
            "first_name": "Ann", "last_name": "Lee", "phone_1": "1", "phone_2": "2", "company_name": "Client",
            "company_url": "https://a.example", "contact_url": "https://b.example", "image_url": "https://c.example",
            "opportunity_url": "https://d.example", "opportunity_name": "Deal", "timezone": "UTC",
            "external_sync_source": "salesforce", "external_date_creation": "2025-01-31 10:00:00",
            "cadence_days": ["sunday"], "associated_members": [member],
        });
        let fields = fields.as_object().unwrap();
        let mut expected = created.clone();
        for (key, value) in fields {
            let changed = admin.put(&path("a@client.example"), &json!({key: value})).await.expect(201);
            expected["details"][key] = value.clone();
            if let Some(top) = expected.get_mut(key) {
                *top = value.clone();
            }
            assert_eq!(changed.data(), &expected, "{key}");
            let read = admin.get(&path("a@client.example")).await.expect(200);
            assert_eq!(read.bytes, changed.bytes, "{key}");
        }
        let nulls: serde_json::Map<_, _> = fields.keys().map(|key| (key.clone(), Value::Null)).collect();
        let cleared = admin.put(&path("a@client.example"), &Value::Object(nulls)).await.expect(201);
        assert_eq!(cleared.data(), &created);
    }

    async fn what_is_absent_stays(app) {
        let admin = app.admin();
        create_with(&admin, &json!({"email": "a@client.example", "name": "Ann Lee", "company_name": "Client"})).await;
        let changed = admin.put(&path("a@client.example"), &json!({"phone": "7"})).await.expect(201);
        assert_eq!(changed.data()["details"]["phone_1"], "7");
        assert_eq!(changed.data()["details"]["company_name"], "Client");
        let changed = admin.put(&path("a@client.example"), &json!({"name": "Bob"})).await.expect(201);
        assert_eq!((&changed.data()["first_name"], &changed.data()["last_name"]), (&json!("Bob"), &json!("Lee")));
    }

    async fn a_change_that_changes_nothing_writes_nothing(app) {
        let admin = app.admin();
        create_with(&admin, &json!({"email": "a@client.example", "first_name": "Ann"})).await;
        let tag = admin.get(&path("a@client.example")).await.expect(200).header("etag").to_owned();
        let before = app.written().await;
        for body in [json!({}), json!({"first_name": "Ann"}), json!({"email": "A@client.example", "last_name": null})] {
            let answer = admin.put(&path("a@client.example"), &body).await.expect(201);
            assert_eq!(answer.header("etag"), tag, "{body}");
        }
        assert_eq!(app.written().await, before);
    }

    async fn associated_members_are_replaced_and_must_be_active(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let (one, two) = (app.acme.member(Role::Admin).get(), app.acme.member(Role::Light).get());
        for list in [json!([one, two]), json!([two]), json!([two, one]), json!([])] {
            let body = json!({"email": "a@client.example", "associated_members": list});
            let changed = admin.put(&path("a@client.example"), &body).await.expect(201);
            assert_eq!(changed.data()["details"]["associated_members"], list);
        }
        let gone = app.acme.member(Role::Standard).get();
        app.with_store(move |tx| {
            tx.execute("UPDATE member SET status = 'disabled' WHERE account_id = ?1", &[gone.into()])
        }).await;
        let before = app.written().await;
        let body = json!({"associated_members": [one, gone, app.other.member(Role::Admin).get(), i64::MAX]});
        let refused = admin.put(&path("a@client.example"), &body).await.expect(422);
        assert_eq!(refused.faults(), ["associated_members.1", "associated_members.2", "associated_members.3"]);
        assert_eq!(app.written().await, before);
    }

    async fn another_address_is_refused_whole(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let before = admin.get("/guests").await.expect(200);
        let written = app.written().await;
        let body = json!({"email": "b@client.example", "first_name": "New"});
        assert_eq!(admin.put(&path("a@client.example"), &body).await.expect(422).faults(), ["email"]);
        let keyed = admin.with_header("idempotency-key", "k");
        assert_eq!(keyed.put(&path("a@client.example"), &body).await.expect(422).faults(), ["email"]);
        assert_eq!(app.written().await, written);
        assert_eq!(admin.get("/guests").await.expect(200).bytes, before.bytes);
    }

    async fn every_fault_is_named_at_once(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let before = app.written().await;
        let refused = admin.put(&path("a@client.example"), &json!({
            "email": "nobody", "first_name": 7, "phone": "1".repeat(21), "timezone": "x", "cadence_days": 7,
            "associated_members": "all",
        })).await.expect(422);
        assert_eq!(refused.faults(), ["associated_members", "cadence_days", "email", "first_name", "phone", "timezone"]);
        assert_eq!(app.written().await, before);
    }

    async fn faults_of_the_body_and_of_the_database_are_told_together(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let (member, elsewhere) = (app.acme.member(Role::Light).get(), app.other.member(Role::Admin).get());
        let before = app.written().await;
        for (body, faults) in [
            (json!({"email": "b@client.example", "first_name": 7}), vec!["email", "first_name"]),
            (json!({"email": "A@client.example", "first_name": 7, "associated_members": [elsewhere]}), vec!["associated_members.0", "first_name"]),
            (json!({"email": 7, "associated_members": [0, member, elsewhere]}), vec!["associated_members.0", "associated_members.2", "email"]),
            // The body alone is sound.
            (json!({"email": "b@client.example", "associated_members": [member, member, elsewhere]}), vec!["associated_members.2", "email"]),
        ] {
            assert_eq!(admin.put(&path("a@client.example"), &body).await.expect(422).faults(), faults, "{body}");
            admin.put(&path("b@client.example"), &body).await.expect(404);
        }
        assert_eq!(app.written().await, before);
    }

    async fn nobody_is_404(app) {
        for nobody in ["b@client.example", "nonsense", &"a".repeat(40), "%FF", "b%FF@client.example"] {
            app.admin().put(&path(nobody), &json!({"first_name": "X"})).await.expect(404);
        }
    }

    async fn admins_and_standard_members_may(app) {
        let guest = create(&app.admin(), "a@client.example").await;
        let body = json!({"first_name": "Ann"});
        app.client(Role::Light).put(&path("a@client.example"), &body).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.put(&path("a@client.example"), &body).await.expect(status);
        }
        app.client_of(&app.other, Role::Admin).put(&path("a@client.example"), &body).await.expect(404);
        assert_eq!(app.admin().get(&path("a@client.example")).await.expect(200).data(), &guest);
        let code = guest["id"].as_str().unwrap();
        let changed = app.client(Role::Standard).put(&path(code), &body).await.expect(201);
        assert_eq!(changed.data()["first_name"], "Ann");
    }

    async fn each_replaced_field_has_its_activity(app) {
        let admin = app.admin();
        create_with(&admin, &json!({"email": "a@client.example", "first_name": "Ann", "last_name": "Lee"})).await;
        admin.put(&path("a@client.example"), &json!({
            "first_name": "Anna", "last_name": "Lee", "phone": "1", "cadence_days": ["monday", "friday"],
        })).await.expect(201);
        let events = app.events(&app.acme).await;
        let told: Vec<_> = events[1..].iter().map(|event| (event.field.as_deref(), event.old_value.as_deref())).collect();
        assert_eq!(told, [(Some("phone_1"), None), (Some("first_name"), Some("Ann")), (Some("cadence_days"), None)]);
        assert!(events[1..].iter().all(|event| event.verb == "updated"));
    }
}
