//! Tokens (`wire.md` 1.2, 1.3).

use hospes_model::member::Role;
use hospes_store::tokens;
use hospes_testing::{both, json};
use jiff::SignedDuration;

use crate::guests::create;

both! {
    async fn without_a_working_token_everything_is_401(app) {
        app.admin().get("/guests").await.expect(200);
        for value in [
            "", "Bearer", "Bearer ", "Bearer  Acme-admin-token", "Bearer Acme-admin-token x", "Token Acme-admin-token",
            "Acme-admin-token", "Basic QWNtZS1hZG1pbi10b2tlbg==", "Bearer acme-admin-token", "Bearer unknown",
            "Bearer\tAcme-admin-token", "Bearer Acme-admin-token,", "Bearer \u{e9}",
        ] {
            let client = app.client_with(&app.acme, None).with_header("authorization", value);
            for path in ["/guests", "//me", "/guests/nobody@client.example", "/users-list"] {
                let answer = client.get(path).await.expect(401);
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{value:?}");
                assert_eq!(answer.json["message"], "Unauthenticated.", "{value:?}");
                assert_eq!(answer.json["code"], "UNAUTHENTICATED", "{value:?}");
            }
        }
        let nobody = app.client_with(&app.acme, None);
        assert_eq!(nobody.get("/guests").await.expect(401).header("www-authenticate"), "Bearer");
    }

    async fn the_scheme_is_read_in_any_case(app) {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let value = format!("{scheme} {}", app.acme.token(Role::Admin));
            app.client_with(&app.acme, None).with_header("authorization", &value).get("/guests").await.expect(200);
        }
    }

    async fn a_token_stops_working_when_it_expires(app) {
        app.add_token(&app.acme, Role::Admin, "short", SignedDuration::from_secs(60)).await;
        let client = app.client_with(&app.acme, Some("short"));
        create(&client, "a@client.example").await;
        // The second time from the kept page, which must not outlive the token.
        client.get("/guests").await.expect(200);
        client.get("/guests").await.expect(200);
        app.advance(SignedDuration::from_secs(59));
        client.get("/guests").await.expect(200);
        app.advance(SignedDuration::from_secs(1));
        client.get("/guests").await.expect(401);
        client.post("/guests", &json!({"email": "b@client.example"})).await.expect(401);
        app.admin().get("/guests").await.expect(200);
    }

    async fn a_revoked_token_stops_working_at_once(app) {
        let id = app.add_token(&app.acme, Role::Admin, "revocable", SignedDuration::from_hours(1)).await;
        let client = app.client_with(&app.acme, Some("revocable"));
        client.get("/guests").await.expect(200);
        client.get("/guests").await.expect(200);
        let (org, now) = (app.acme.no, app.app.clock.now());
        assert!(app.with_store(move |tx| tokens::revoke(tx, org, id, now)).await.is_some());
        client.get("/guests").await.expect(401);
        client.put("/guests/a@client.example", &json!({})).await.expect(401);
        app.admin().get("/guests").await.expect(200);
    }

    async fn a_disabled_member_s_token_does_not_work(app) {
        let gone = app.acme.member(Role::Standard).get();
        app.with_store(move |tx| {
            tx.execute("UPDATE member SET status = 'disabled' WHERE account_id = ?1", &[gone.into()])
        }).await;
        app.client(Role::Standard).get("/guests").await.expect(401);
        app.client(Role::Light).get("/guests").await.expect(200);
    }

    async fn long_tokens_are_tokens(app) {
        // One client passes on the JWT it was called with.
        let jwt = format!("eyJ.{}.{}", "p".repeat(400), "s".repeat(316));
        app.add_token(&app.acme, Role::Light, &jwt, SignedDuration::from_hours(1)).await;
        app.client_with(&app.acme, Some(&jwt)).get("/guests").await.expect(200);
        app.client_with(&app.acme, Some(&"x".repeat(8000))).get("/guests").await.expect(401);
    }

    async fn the_client_header_is_not_needed(app) {
        let admin = app.admin();
        admin.get("/guests").await.expect(200);
        for name in ["APIClient", "TallyfySDK", "n8n", "", "anything else"] {
            admin.with_header("x-tallyfy-client", name).get("/guests").await.expect(200);
        }
        for accept in ["application/json", "*/*", "text/html", "nonsense"] {
            let answer = admin.with_header("accept", accept).get("/guests").await.expect(200);
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }

    async fn uses_are_noted(app) {
        app.advance(SignedDuration::from_hours(1));
        app.admin().get("/guests").await.expect(200);
        let org = app.acme.no;
        for _ in 0..100 {
            let list = app.with_store(move |tx| tokens::list(tx, org)).await;
            if list.iter().any(|token| token.last_used_at == Some(app.app.clock.now())) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the use was not noted");
    }
}
