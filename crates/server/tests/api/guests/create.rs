//! `POST /organizations/{org}/guests`.

use hospes_model::member::Role;
use hospes_testing::{Value, both, json};

use super::{create, create_with, outsiders, path};

both! {
    async fn a_new_guest_has_every_key_in_every_published_place(app) {
        let admin = app.admin();
        let (member, other) = (app.acme.member(Role::Standard).get(), app.acme.member(Role::Light).get());
        let made = admin.post("/guests", &json!({
            "email": "Carl+One@Client.example", "first_name": " Carl ", "last_name": "Client",
            "phone_1": "+49 30 1", "phone_2": "+49 30 2", "company_name": "Client GmbH",
            "company_url": "https://client.example/", "contact_url": "https://client.example/contact",
            "image_url": "https://client.example/c.png", "opportunity_url": "http://crm.example/7",
            "opportunity_name": "Renewal", "status": "active", "timezone": "Europe/Berlin",
            "external_sync_source": "salesforce", "external_date_creation": "2025-01-31 10:00:00",
            "cadence_days": ["Monday", "fri", "monday"], "associated_members": [member, other.to_string(), member],
        })).await.expect(201);
        let guest = made.data();
        let code = guest["id"].as_str().unwrap();
        assert_eq!(code.len(), 40);
        assert_eq!(made.json, json!({"data": {
            "id": code, "email": "Carl+One@Client.example", "first_name": "Carl", "last_name": "Client",
            "last_accessed_at": null, "last_known_ip": null, "last_known_country": null,
            "created_at": "2025-05-15T10:00:00Z", "deleted_at": null, "disabled_at": null,
            "link": format!("{}/guest/{code}", app.base),
            "details": {
                "first_name": "Carl", "last_name": "Client", "status": "active", "phone_1": "+49 30 1",
                "phone_2": "+49 30 2", "company_name": "Client GmbH", "company_url": "https://client.example/",
                "contact_url": "https://client.example/contact", "image_url": "https://client.example/c.png",
                "opportunity_url": "http://crm.example/7", "opportunity_name": "Renewal",
                "timezone": "Europe/Berlin", "disabled_on": null, "disabled_at": null, "disabled_by": null,
                "reactivated_at": null, "reactivated_by": null, "external_sync_source": "salesforce",
                "external_date_creation": "2025-01-31 10:00:00", "cadence_days": ["monday", "friday"],
                "associated_members": [member, other], "last_city": null, "last_country": null,
                "last_accessed_at": null, "unreachable_since": null,
            },
        }}));
        let read = admin.get(&path("carl%2Bone@client.example")).await.expect(200);
        assert_eq!(read.bytes, made.bytes);
        assert_eq!(read.header("etag"), made.header("etag"));
    }

    async fn the_address_is_enough(app) {
        let guest = create(&app.admin(), "bare@client.example").await;
        for key in ["first_name", "last_name"] {
            assert_eq!((&guest[key], &guest["details"][key]), (&Value::Null, &Value::Null), "{key}");
        }
        assert_eq!(guest["details"]["status"], "active");
        assert_eq!(guest["details"]["associated_members"], json!([]));
        assert_eq!(guest["details"]["cadence_days"], Value::Null);
        assert_eq!(guest.get("stats"), None);
    }

    async fn statistics_come_when_asked_for(app) {
        let made = app.admin().post("/guests?with=stats", &json!({"email": "a@client.example"})).await.expect(201);
        assert_eq!(made.data()["stats"], json!({
            "active_tasks": 0, "completed_tasks": 0, "assigned_tasks": 0, "tasks_completed": 0,
            "last_task_completed_at": null, "one_off_tasks_completed": 0, "last_one_off_task_completed_at": null,
        }));
    }

    async fn a_name_is_split_and_an_older_phone_is_read(app) {
        let admin = app.admin();
        let guest = create_with(&admin, &json!({
            "email": "a@client.example", "name": "Ann  Marie Lee", "phone": "1",
        })).await;
        assert_eq!((&guest["first_name"], &guest["last_name"]), (&json!("Ann"), &json!("Marie Lee")));
        assert_eq!(guest["details"]["phone_1"], "1");
        let guest = create_with(&admin, &json!({
            "email": "b@client.example", "name": "Ann Lee", "last_name": "Li", "phone": "1", "phone_1": "2",
        })).await;
        assert_eq!((&guest["first_name"], &guest["last_name"]), (&json!("Ann"), &json!("Li")));
        assert_eq!(guest["details"]["phone_1"], "2");
        let guest = create_with(&admin, &json!({"email": "c@client.example", "name": "Cher"})).await;
        assert_eq!((&guest["first_name"], &guest["last_name"]), (&json!("Cher"), &Value::Null));
    }

    async fn what_is_ignored_is_told(app) {
        let made = app.admin().post("/guests", &json!({
            "email": "a@client.example", "shoe_size": 9, "status": "vip", "phone_1": null,
        })).await.expect(201);
        let warnings = made.json["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert_eq!(made.data()["details"]["status"], "active");
    }

    async fn every_fault_is_named_at_once(app) {
        let before = app.written().await;
        let long = "x".repeat(201);
        let refused = app.admin().post("/guests", &json!({
            "email": "nobody", "first_name": long, "last_name": 7, "company_name": long, "opportunity_name": ["a"],
            "status": long, "phone_1": "1".repeat(21), "phone_2": "2".repeat(21), "company_url": "client.example",
            "contact_url": "javascript:alert(1)", "image_url": "ftp://x.example", "opportunity_url": "https://",
            "timezone": "Mars/Olympus", "external_sync_source": "hubspot", "external_date_creation": "31.01.2025",
            "cadence_days": ["someday"], "associated_members": [0, "x", 1.5],
        })).await.expect(422);
        assert_eq!(refused.faults(), [
            "associated_members.0", "associated_members.1", "associated_members.2", "cadence_days.0",
            "company_name", "company_url", "contact_url", "email", "external_date_creation",
            "external_sync_source", "first_name", "image_url", "last_name", "opportunity_name",
            "opportunity_url", "phone_1", "phone_2", "status", "timezone",
        ]);
        assert_eq!(refused.json["error"], true);
        assert!(refused.json["message"].is_string());
        assert_eq!(app.written().await, before);
    }

    async fn faults_of_the_body_and_of_the_database_are_told_together(app) {
        let admin = app.admin();
        create(&admin, "known@client.example").await;
        let (member, elsewhere) = (app.acme.member(Role::Light).get(), app.other.member(Role::Admin).get());
        let address = format!("Light@{}", app.acme.domain);
        let before = app.written().await;
        for (body, faults) in [
            (json!({"email": "Known@client.example", "first_name": 7}), vec!["email", "first_name"]),
            (
                json!({"email": address, "phone": "1".repeat(21), "associated_members": [member, elsewhere]}),
                vec!["associated_members.1", "email", "phone"],
            ),
            (
                json!({"email": "nobody", "associated_members": [member, "x", 999_999, member, "999999", null]}),
                vec!["associated_members.1", "associated_members.2", "associated_members.4", "associated_members.5", "email"],
            ),
            (json!({"associated_members": [999_999]}), vec!["associated_members.0", "email"]),
            (json!({"email": "new@client.example", "first_name": 7}), vec!["first_name"]),
            // The body alone is sound.
            (
                json!({"email": "known@client.example", "associated_members": [member, member, elsewhere]}),
                vec!["associated_members.2", "email"],
            ),
        ] {
            let keyed = admin.with_header("idempotency-key", &body.to_string());
            for client in [&admin, &keyed] {
                let refused = client.post("/guests", &body).await.expect(422);
                assert_eq!(refused.faults(), faults, "{body}");
                assert!(faults.iter().all(|field| refused.json["errors"][*field].as_array().unwrap().len() == 1), "{body}");
            }
        }
        assert_eq!(app.written().await, before);
    }

    async fn a_faulty_body_does_not_use_up_its_key(app) {
        let keyed = app.admin().with_header("idempotency-key", "k");
        keyed.post("/guests", &json!({"email": "a@client.example", "first_name": 7})).await.expect(422);
        keyed.post("/guests", &json!({"email": "a@client.example", "first_name": "7"})).await.expect(201);
        let keyed = app.admin().with_header("idempotency-key", "l");
        keyed.put(&path("a@client.example"), &json!({"phone": 7})).await.expect(422);
        keyed.put(&path("a@client.example"), &json!({"phone": "7"})).await.expect(201);
    }

    async fn limits_are_counted_in_characters(app) {
        let name = "ä".repeat(200);
        let guest = create_with(&app.admin(), &json!({
            "email": "a@client.example", "first_name": name, "company_name": name, "phone_1": "ü".repeat(20),
        })).await;
        assert_eq!(guest["first_name"], json!(name));
    }

    async fn the_address_is_required(app) {
        let admin = app.admin();
        for body in [json!({}), json!({"email": null}), json!({"email": "  "}), json!({"email": 7})] {
            assert_eq!(admin.post("/guests", &body).await.expect(422).faults(), ["email"], "{body}");
        }
        assert_eq!(admin.post("/guests", &json!([])).await.expect(422).faults(), ["body"]);
    }

    async fn an_address_is_a_guest_once(app) {
        let admin = app.admin();
        create_with(&admin, &json!({"email": "Ann@Client.example", "first_name": "Ann"})).await;
        let before = app.written().await;
        for same in ["Ann@Client.example", "ann@client.EXAMPLE", " ann@client.example "] {
            let refused = admin.post("/guests", &json!({"email": same, "first_name": "Bob"})).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{same}");
        }
        assert_eq!(app.written().await, before);
        assert_eq!(admin.get(&path("ann@client.example")).await.expect(200).data()["first_name"], "Ann");
    }

    async fn equal_spellings_of_a_letter_are_one_address(app) {
        let admin = app.admin();
        create(&admin, "ren\u{e9}e@client.example").await;
        let refused = admin.post("/guests", &json!({"email": "rene\u{301}e@client.example"})).await.expect(422);
        assert_eq!(refused.faults(), ["email"]);
        admin.get(&path("RENE%CC%81E@client.example")).await.expect(200);
    }

    async fn a_member_is_no_guest(app) {
        let before = app.written().await;
        for email in ["light@acme.example", "LIGHT@acme.example"] {
            let refused = app.admin().post("/guests", &json!({"email": email})).await.expect(422);
            assert_eq!(refused.faults(), ["email"]);
        }
        assert_eq!(app.written().await, before);
        // A member of another organization may well be a guest of this one.
        create(&app.admin(), "light@other.example").await;
    }

    async fn nor_is_a_member_who_is_not_active(app) {
        let members = [Role::Standard, Role::Light].map(|role| app.acme.member(role).get());
        app.with_store(move |tx| {
            for (member, status) in members.into_iter().zip(["disabled", "invited"]) {
                tx.execute("UPDATE member SET status = ?2 WHERE account_id = ?1", &[member.into(), status.into()])?;
            }
            Ok(())
        }).await;
        let before = app.written().await;
        for email in ["standard@acme.example", "light@acme.example"] {
            let refused = app.admin().post("/guests", &json!({"email": email})).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{email}");
        }
        assert_eq!(app.written().await, before);
    }

    async fn what_only_the_store_sees_is_named_at_once_too(app) {
        let stranger = app.other.member(Role::Admin).get();
        create(&app.admin(), "taken@client.example").await;
        let before = app.written().await;
        for email in ["light@acme.example", "taken@client.example"] {
            let refused = app.admin().post("/guests", &json!({
                "email": email, "associated_members": [app.acme.member(Role::Admin).get(), stranger, 999_999],
            })).await.expect(422);
            assert_eq!(refused.faults(), ["associated_members.1", "associated_members.2", "email"]);
        }
        assert_eq!(app.written().await, before);
    }

    async fn a_guest_of_another_organization_is_attached(app) {
        let body = json!({"email": "shared@client.example", "first_name": "There", "phone_1": "1"});
        let there = create_with(&app.client_of(&app.other, Role::Admin), &body).await;
        let here = create_with(&app.admin(), &json!({"email": "shared@client.example"})).await;
        assert_ne!(here["id"], there["id"]);
        assert_eq!((&here["first_name"], &here["details"]["phone_1"]), (&Value::Null, &Value::Null));
        // A code names a guest in its own organization only.
        app.admin().get(&path(there["id"].as_str().unwrap())).await.expect(404);
    }

    async fn admins_and_standard_members_may(app) {
        create(&app.client(Role::Standard), "a@client.example").await;
        let body = json!({"email": "b@client.example"});
        app.client(Role::Light).post("/guests", &body).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.post("/guests", &body).await.expect(status);
        }
        app.admin().get(&path("b@client.example")).await.expect(404);
    }

    async fn the_activity_feed_knows(app) {
        let guest = create(&app.client(Role::Standard).with_header("x-request-id", "r-1"), "a@client.example").await;
        let events = app.events(&app.acme).await;
        assert_eq!(events.len(), 1);
        let event = &events[0];
        assert_eq!((event.entity.as_str(), event.verb.as_str()), ("guest", "created"));
        assert_eq!(json!(event.entity_id), guest["id"]);
        assert_eq!(event.actor, Some(app.acme.member(Role::Standard).get()));
        assert_eq!((event.ip.as_deref(), event.request_id.as_str()), (Some("127.0.0.1"), "r-1"));
        assert_eq!(event.at, app.app.clock.now().as_microsecond());
        assert_eq!(app.events(&app.other).await, []);
    }
}
