//! `…/guests/{guest}/sessions`, `…/reset-link` and `…/copy-link`.

use hospes_model::member::Role;
use hospes_testing::{both, json};
use jiff::SignedDuration;

use super::{create, outsiders};
use crate::workplace::{has_session, set_policy, sign_in, visitor};

both! {
    async fn sessions_are_listed_and_ended(app) {
        let ann = visitor(app, "ann@client.example").await;
        let admin = app.admin();
        assert_eq!(admin.get("/guests/ann@client.example/sessions").await.expect(200).json, json!({"data": []}));
        let one = sign_in(app, &ann).await;
        app.advance(SignedDuration::from_secs(30));
        let two = sign_in(app, &ann).await;
        let listed = admin.get("/guests/ann@client.example/sessions").await.expect(200);
        let sessions = listed.data().as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions[0], json!({
            "id": sessions[0]["id"], "device": "Firefox on Linux", "proof": "link", "ip": "127.0.0.1", "country": null,
            "city": null, "created_at": "2025-05-15T10:00:30Z", "last_seen_at": "2025-05-15T10:00:30Z",
        }));
        let id = sessions[0]["id"].as_str().unwrap();
        let left = admin.delete(&format!("/guests/ann@client.example/sessions/{id}")).await.expect(200);
        assert_eq!(left.data(), &json!([sessions[1]]));
        assert!(has_session(&one, &ann).await && !has_session(&two, &ann).await);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!(event.text, "A session of guest ann@client.example was ended.");
        assert_eq!(event.field.as_deref(), Some("sessions"));
        // Ended is ended, and nobody else's is found here.
        let bob = visitor(app, "bob@client.example").await;
        sign_in(app, &bob).await;
        let bobs = admin.get("/guests/bob@client.example/sessions").await.expect(200);
        let before = app.contents().await;
        for wrong in [id, bobs.data()[0]["id"].as_str().unwrap(), "nonsense", "0"] {
            admin.delete(&format!("/guests/ann@client.example/sessions/{wrong}")).await.expect(404);
        }
        admin.get("/guests/nobody@client.example/sessions").await.expect(404);
        admin.delete("/guests/nobody@client.example/sessions").await.expect(404);
        assert_eq!(app.contents().await, before);
        sign_in(app, &ann).await;
        assert_eq!(admin.delete("/guests/ann@client.example/sessions").await.expect(200).json, json!({"data": []}));
        assert!(!has_session(&one, &ann).await);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!(event.text, "2 sessions of guest ann@client.example were ended.");
        let before = app.written().await;
        admin.delete("/guests/ann@client.example/sessions").await.expect(200);
        assert_eq!(app.written().await, before, "none are left to end");
    }

    async fn a_reset_changes_the_link_alone(app) {
        let admin = app.admin();
        let mut guest = create(&admin, "ann@client.example").await;
        let stale = admin.with_header("if-match", "\"0\"");
        stale.put("/guests/ann@client.example/reset-link", &json!({})).await.expect(412);
        let reset = admin.put("/guests/ann@client.example/reset-link", &json!({})).await.expect(200);
        for key in ["id", "link"] {
            assert_ne!(reset.data()[key], guest[key]);
            guest[key] = reset.data()[key].clone();
        }
        assert_eq!(reset.data(), &guest);
        assert_eq!(admin.get("/guests/ann@client.example").await.expect(200).bytes, reset.bytes);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.verb.as_str(), event.field.as_deref()), ("updated", Some("link")));
        assert_eq!(event.actor, Some(app.acme.member(Role::Admin).get()));
        assert_eq!((event.text.as_str(), event.old_value), ("The link of guest ann@client.example was reset.", None));
        admin.put("/guests/nobody@client.example/reset-link", &json!({})).await.expect(404);
        // A repeated request is one reset.
        let once = admin.with_header("idempotency-key", "reset-1");
        let first = once.put("/guests/ann@client.example/reset-link", &json!({})).await.expect(200);
        let second = once.put("/guests/ann@client.example/reset-link", &json!({})).await.expect(200);
        assert_eq!(first.bytes, second.bytes);
    }

    async fn whoever_copies_a_link_is_named(app) {
        let guest = create(&app.admin(), "ann@client.example").await;
        let standard = app.client(Role::Standard);
        for (policy, opens) in [("open", true), ("verify", false), ("strict", false)] {
            set_policy(app, policy).await;
            let copied = standard.post("/guests/ann@client.example/copy-link", &json!({})).await.expect(200);
            assert_eq!(copied.data(), &json!({"link": guest["link"], "policy": policy, "opens_alone": opens}));
            let event = app.events(&app.acme).await.pop().unwrap();
            assert_eq!(event.text, "The link of guest ann@client.example was copied.");
            assert_eq!((event.verb.as_str(), event.actor), ("emitted", Some(app.acme.member(Role::Standard).get())));
        }
        standard.post("/guests/nobody@client.example/copy-link", &json!({})).await.expect(404);
    }

    async fn only_whom_it_concerns(app) {
        create(&app.admin(), "ann@client.example").await;
        for (outsider, status) in outsiders(app) {
            outsider.get("/guests/ann@client.example/sessions").await.expect(status);
            outsider.put("/guests/ann@client.example/reset-link", &json!({})).await.expect(status);
        }
        let standard = app.client(Role::Standard);
        standard.get("/guests/ann@client.example/sessions").await.expect(403);
        standard.put("/guests/ann@client.example/reset-link", &json!({})).await.expect(403);
        app.client(Role::Light).post("/guests/ann@client.example/copy-link", &json!({})).await.expect(403);
        app.client_of(&app.other, Role::Admin).get("/guests/ann@client.example/sessions").await.expect(404);
    }

    async fn the_policy_is_a_setting(app) {
        let changed = app.admin().put("", &json!({"guest_link_policy": "strict", "guest_link_strict_days": 7})).await.expect(200);
        assert_eq!((&changed.data()["guest_link_policy"], &changed.data()["guest_link_strict_days"]), (&json!("strict"), &json!(7)));
        let fields: Vec<_> = app.events(&app.acme).await.into_iter().filter_map(|event| event.field).collect();
        assert_eq!(fields, ["guest_link_policy", "guest_link_strict_days"]);
        for body in [json!({"guest_link_policy": "loose"}), json!({"guest_link_policy": null}), json!({"guest_link_policy": 1})] {
            assert_eq!(app.admin().put("", &body).await.expect(422).faults(), ["guest_link_policy"]);
        }
        for days in [json!(0), json!(366), json!("x")] {
            let refused = app.admin().put("", &json!({"guest_link_strict_days": days})).await.expect(422);
            assert_eq!(refused.faults(), ["guest_link_strict_days"]);
        }
    }
}
