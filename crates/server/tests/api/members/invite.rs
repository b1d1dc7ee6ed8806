//! Invitations, and how they are accepted.

use hospes_model::member::Role;
use hospes_server::limits::Rates;
use hospes_testing::{Backend, Options, TestApp, Value, both, json};

use super::{id, invite, join, secret, told, user};

async fn accept(app: &TestApp, body: &Value) -> hospes_testing::Answer {
    app.client_with(&app.acme, None).post("//invitations/accept", body).await
}

both! {
    async fn somebody_is_invited_and_comes_in(app) {
        let admin = app.admin();
        let invited = admin.post("/users/invite", &json!({
            "email": "Dora@firm.example", "first_name": "Dora", "last_name": "Dean", "role": "standard", "message": "Do join us",
        })).await.expect(200);
        let data = invited.data();
        assert_eq!((&data["status"], &data["is_active"], &data["role"]), (&json!("invited"), &json!(false), &json!("standard")));
        assert_eq!((&data["invited_by"], &data["approved_at"]), (&json!(id(app, Role::Admin)), &json!("2025-05-15T10:00:00Z")));
        assert_eq!((&data["activated_at"], &data["timezone"]), (&json!(null), &json!("Europe/Berlin")));
        let dora = data["id"].as_i64().unwrap();
        // Who has not come in cannot be given work.
        let body = crate::tasks::body(&[dora], &[]);
        assert_eq!(admin.post("/tasks", &body).await.expect(422).faults(), ["owners.users.0"]);
        assert_eq!(admin.post("/groups", &json!({"name": "G", "members": [dora]})).await.expect(422).faults(), ["members.0"]);

        let link = admin.post(&format!("/users/{dora}/invitation-link"), &json!({})).await.expect(200);
        assert_eq!(link.header("cache-control"), "no-store");
        assert_eq!((&link.data()["user_id"], &link.data()["email"]), (&json!(dora), &json!("Dora@firm.example")));
        assert_eq!(link.data()["accept_url"], format!("{}/invitations/accept", app.base));
        let accepted = accept(app, &json!({"secret": link.data()["secret"], "first_name": "Dorothea", "timezone": "Asia/Tokyo"})).await.expect(200);
        assert_eq!(accepted.header("cache-control"), "no-store");
        let data = accepted.data();
        assert_eq!((&data["token_type"], &data["expires_at"]), (&json!("Bearer"), &json!("2025-11-15T10:00:00Z")));
        assert_eq!(data["organization_id"], app.acme.id.to_string());
        let member = &data["user"];
        assert_eq!((&member["status"], &member["first_name"], &member["last_name"]), (&json!("active"), &json!("Dorothea"), &json!("Dean")));
        assert_eq!((&member["timezone"], &member["activated_at"]), (&json!("Asia/Tokyo"), &json!("2025-05-15T10:00:00Z")));
        let client = app.client_with(&app.acme, data["token"].as_str());
        assert_eq!(client.get("/me").await.expect(200).data(), member);
        client.post("/tasks", &crate::tasks::body(&[dora], &[])).await.expect(201);
        assert_eq!(told(app, dora).await, [
            ("invited", "Member Dora@firm.example was invited as standard."),
            ("invited", "The invitation of member Dora@firm.example was renewed and handed out."),
            ("invite-accepted", "Member Dora@firm.example accepted the invitation."),
            ("created", told(app, dora).await[3].1.as_str()),
        ].map(|(verb, text)| (verb.to_owned(), text.to_owned())));
        let actors: Vec<_> = app.events(&app.acme).await.iter().filter(|row| row.entity == "user").map(|row| row.actor).collect();
        assert_eq!(actors, [Some(id(app, Role::Admin)), Some(id(app, Role::Admin)), Some(dora), Some(dora)]);
    }

    async fn every_fault_of_an_invitation_is_named(app) {
        let admin = app.admin();
        crate::guests::create_with(&admin, &json!({"email": "guest@client.example"})).await;
        let before = app.written().await;
        assert_eq!(admin.post("/users/invite", &json!({"role": "boss"})).await.expect(422).faults(),
            ["email", "first_name", "last_name", "role"]);
        for email in ["standard@acme.example", "LIGHT@acme.example", "guest@client.example"] {
            let body = json!({"email": email, "name": "A B", "role": "light"});
            assert_eq!(admin.post("/users/invite", &body).await.expect(422).faults(), ["email"], "{email}");
        }
        assert_eq!(app.written().await, before);
        let told = admin.post("/users/invite", &json!({"email": "a@firm.example", "name": "Ann", "role": "light", "colour": 1})).await.expect(200);
        assert_eq!((told.json["warnings"].as_array().unwrap().len(), &told.data()["full_name"]), (1, &json!("Ann")));
    }

    async fn inviting_again_keeps_name_and_role_and_kills_the_secret(app) {
        let admin = app.admin();
        let dora = invite(&admin, "dora@firm.example").await;
        let first = secret(&admin, dora).await;
        let again = admin.post("/users/invite", &json!({"email": "DORA@firm.example", "first_name": "User", "last_name": "Invite", "role": "light"})).await.expect(200);
        assert_eq!((&again.data()["id"], &again.data()["first_name"], &again.data()["role"]), (&json!(dora), &json!("Dora"), &json!("standard")));
        assert_eq!(accept(app, &json!({"secret": first})).await.expect(422).faults(), ["secret"]);
        let second = secret(&admin, dora).await;
        let third = secret(&admin, dora).await;
        accept(app, &json!({"secret": second})).await.expect(422);
        accept(app, &json!({"secret": third})).await.expect(200);
        // Once, and then there is nothing to hand out any more.
        accept(app, &json!({"secret": third})).await.expect(422);
        assert_eq!(admin.post(&format!("/users/{dora}/invitation-link"), &json!({})).await.expect(422).faults(), ["user"]);
        assert_eq!(told(app, dora).await[2].1, "Member dora@firm.example was invited again.");
    }

    async fn wrong_secrets_are_answered_alike_and_write_nothing(app) {
        let admin = app.admin();
        let dora = invite(&admin, "dora@firm.example").await;
        let withdrawn = secret(&admin, dora).await;
        admin.delete(&format!("/users/{dora}/disable")).await.expect(200);
        let eve = invite(&admin, "eve@firm.example").await;
        let good = secret(&admin, eve).await;
        let before = app.written().await;
        let unknown = accept(app, &json!({"secret": "hospes_invitation_0"})).await.expect(422);
        for wrong in [withdrawn.as_str(), &good[..good.len() - 1], "", "\u{0}", &"x".repeat(5000), app.acme.token(Role::Admin)] {
            let answer = accept(app, &json!({"secret": wrong})).await.expect(422);
            assert_eq!(answer.faults(), ["secret"]);
            if !wrong.is_empty() {
                assert_eq!(answer.bytes, unknown.bytes, "{wrong}");
            }
        }
        let faulty = json!({"secret": good, "first_name": " ", "last_name": "x".repeat(33), "timezone": "Nowhere"});
        assert_eq!(accept(app, &faulty).await.expect(422).faults(), ["first_name", "last_name", "timezone"]);
        assert_eq!(accept(app, &json!({})).await.expect(422).faults(), ["secret"]);
        // A secret is no token, and is not read from an address.
        app.client_with(&app.acme, Some(&good)).get("//me").await.expect(401);
        app.client_with(&app.acme, None).post(&format!("//invitations/accept?secret={good}"), &json!({})).await.expect(422);
        assert_eq!(app.written().await, before);
        accept(app, &json!({"secret": good})).await.expect(200);
    }

    async fn secrets_and_tokens_are_kept_nowhere(app) {
        let dora = invite(&app.admin(), "dora@firm.example").await;
        let keyed = app.admin().with_header("idempotency-key", "link");
        let path = format!("/users/{dora}/invitation-link");
        let first = keyed.post(&path, &json!({})).await.expect(200).data()["secret"].as_str().unwrap().to_owned();
        let second = keyed.post(&path, &json!({})).await.expect(200);
        assert_eq!(second.header("idempotent-replayed"), "");
        let second = second.data()["secret"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        let accepting = app.client_with(&app.acme, None).with_header("idempotency-key", "accept");
        let accepted = accepting.post("//invitations/accept", &json!({"secret": second})).await.expect(200);
        accepting.post("//invitations/accept", &json!({"secret": second})).await.expect(422);
        let token = accepted.data()["token"].as_str().unwrap().to_owned();
        let kept = app.with_store(|tx| {
            let mut all = tx.query_all("SELECT body FROM idempotency", &[], |row| Ok(String::from_utf8_lossy(row.bytes(0)?).into_owned()))?;
            all.extend(tx.query_all("SELECT text FROM activity", &[], |row| row.string(0))?);
            all.extend(tx.query_all("SELECT message FROM invitation", &[], |row| row.string(0))?);
            all.extend(tx.query_all("SELECT name || fingerprint FROM token", &[], |row| row.string(0))?);
            Ok(all.join("\n"))
        }).await;
        for secret in [first, second, token] {
            assert!(!kept.contains(&secret[secret.len() - 64..]), "{kept}");
        }
    }

    async fn standard_members_invite_where_they_may_and_never_administrators(app) {
        let standard = app.client(Role::Standard);
        let body = |role: &str| json!({"email": format!("{role}@firm.example"), "name": "A B", "role": role});
        app.admin().put("", &json!({"allow_user_invite": false})).await.expect(200);
        standard.post("/users/invite", &body("light")).await.expect(403);
        app.admin().put("", &json!({"allow_user_invite": true})).await.expect(200);
        let invited = standard.post("/users/invite", &body("light")).await.expect(200);
        assert_eq!((&invited.data()["invited_by"], &invited.data()["approved_at"]), (&json!(id(app, Role::Standard)), &json!(null)));
        assert_eq!(standard.post("/users/invite", &body("admin")).await.expect(422).faults(), ["role"]);
        app.client(Role::Light).post("/users/invite", &body("light")).await.expect(403);
        // Handing out what lets somebody in is for administrators alone.
        let path = format!("/users/{}", invited.data()["id"]);
        standard.post(&format!("{path}/invitation-link"), &json!({})).await.expect(403);
        let approved = app.admin().put(&format!("{path}/approve"), &json!({})).await.expect(200);
        assert_eq!(approved.data()["approved_at"], "2025-05-15T10:00:00Z");
        let before = app.written().await;
        app.admin().put(&format!("{path}/approve"), &json!({})).await.expect(200);
        assert_eq!(app.written().await, before);
    }

    async fn an_address_of_another_organization_says_nothing_of_it(app) {
        // The administrator of the other organization is invited here.
        let other = app.client_of(&app.other, Role::Admin);
        let before = other.get("/me").await.expect(200);
        let (stranger, client) = join(app, "admin@other.example").await;
        assert_eq!(stranger, app.other.member(Role::Admin).get());
        let here = user(app, stranger).await;
        assert_eq!((&here["first_name"], &here["is_default_admin"], &here["role"]), (&json!("Dora"), &json!(false), &json!("standard")));
        app.admin().put(&format!("/users/{stranger}"), &json!({"first_name": "Eve", "timezone": "Asia/Tokyo"})).await.expect(200);
        // Whoever came in without proof of the address learns of this organization only.
        let listed = client.get("//me/organizations").await.expect(200);
        assert_eq!(listed.data().as_array().unwrap().len(), 1);
        assert_eq!(listed.data()[0]["id"], app.acme.id.to_string());
        assert_eq!(other.get("//me/organizations").await.expect(200).data().as_array().unwrap().len(), 1);
        client.in_organization(&app.other.id.to_string()).get("/me").await.expect(403);
        assert_eq!(other.get("/me").await.expect(200).bytes, before.bytes);
        // Leaving one is not leaving the other.
        app.admin().delete(&format!("/users/{stranger}/disable")).await.expect(200);
        app.admin().delete(&format!("/users/{stranger}/delete")).await.expect(200);
        client.get("/me").await.expect(401);
        assert_eq!(other.get("/me").await.expect(200).bytes, before.bytes);
    }
}

#[test]
fn accepting_counts_against_the_limit_of_an_address() {
    let rates = Rates { requests_per_minute: 3, ..Rates::OFF };
    TestApp::block_on_with(Backend::Sqlite, &Options { rates, ..Options::default() }, async |app| {
        for _ in 0..3 {
            accept(app, &json!({"secret": "x"})).await.expect(422);
        }
        accept(app, &json!({"secret": "x"})).await.expect(429);
    });
}
