//! `Idempotency-Key` (`trust.md` 3).

use std::time::Duration;

use hospes_model::member::Role;
use hospes_store::{idempotency, orgs};
use hospes_testing::{Answer, both, json};
use jiff::SignedDuration;
use reqwest::Method;

use crate::guests::{create, path};
use crate::permissions::{changes, prepare, tells_a_secret};

fn is_replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == "true"
}

both! {
    async fn every_change_is_made_once_and_answered_twice(app) {
        for (number, (method, template)) in changes().enumerate() {
            if tells_a_secret(template) {
                continue;
            }
            let request = prepare(app, number, method, template).await;
            let client = app.admin().with_header("idempotency-key", &format!("key {number}"));
            let before = app.written().await;
            let first = request.send(&client).await;
            assert!((200..300).contains(&first.status), "{method} {template}: {}", first.status);
            assert!(!is_replayed(&first), "{method} {template}");
            let after = app.written().await;
            assert_ne!(after, before, "{method} {template}");
            app.advance(SignedDuration::from_secs(1));
            let second = request.send(&client).await.expect(first.status);
            assert!(is_replayed(&second), "{method} {template}");
            assert_eq!(second.bytes, first.bytes, "{method} {template}");
            for header in ["etag", "content-type", "cache-control"] {
                assert_eq!(second.header(header), first.header(header), "{method} {template} {header}");
            }
            assert_eq!(app.written().await, after, "{method} {template}");
            // The same key for anything else is refused.
            let other = client.post("/guests", &json!({"email": "other@client.example"})).await.expect(422);
            assert_eq!(other.faults(), ["Idempotency-Key"], "{method} {template}");
            assert_eq!(app.written().await, after, "{method} {template}");
        }
    }

    async fn a_key_belongs_to_method_path_query_and_body(app) {
        let admin = app.admin().with_header("idempotency-key", "k");
        create(&app.admin(), "a@client.example").await;
        let body = json!({"first_name": "Ann"});
        admin.put(&path("a@client.example"), &body).await.expect(201);
        for answer in [
            admin.put(&path("a@client.example"), &json!({"first_name": "Bob"})).await,
            admin.put(&path("b@client.example"), &body).await,
            admin.put(&path("a@client.example?with=stats"), &body).await,
            admin.send(Method::PUT, &path("a@client.example"), None).await,
        ] {
            assert!(!is_replayed(&answer));
            assert_eq!(answer.expect(422).faults(), ["Idempotency-Key"]);
        }
        // Another method, with the same path and no body either.
        let keyed = app.admin().with_header("idempotency-key", "m");
        keyed.send(Method::PUT, &path("a@client.example"), None).await.expect(201);
        let other = keyed.delete(&path("a@client.example")).await.expect(422);
        assert_eq!(other.faults(), ["Idempotency-Key"]);
        // Below /api it is the same request.
        let mounted = format!("//api/organizations/{}/guests/a@client.example", app.acme.id);
        assert!(is_replayed(&admin.put(&mounted, &body).await.expect(201)));
        assert_eq!(app.admin().get(&path("a@client.example")).await.expect(200).data()["first_name"], "Ann");
    }

    async fn refusals_are_given_again_too(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let keyed = admin.with_header("idempotency-key", "k1");
        let body = json!({"email": "a@client.example"});
        let first = keyed.post("/guests", &body).await.expect(422);
        admin.delete(&path("a@client.example")).await.expect(200);
        let second = keyed.post("/guests", &body).await.expect(422);
        assert!(is_replayed(&second) && !is_replayed(&first));
        assert_eq!(second.bytes, first.bytes);
        let problem = keyed.with_header("accept", "application/problem+json").post("/guests", &body).await.expect(422);
        assert_eq!(problem.header("content-type"), "application/problem+json");
        assert_eq!(problem.json["errors"], first.json["errors"]);
        let keyed = admin.with_header("idempotency-key", "k2");
        keyed.put(&path("a@client.example"), &json!({})).await.expect(404);
        create(&admin, "a@client.example").await;
        assert!(is_replayed(&keyed.put(&path("a@client.example"), &json!({})).await.expect(404)));
        admin.put(&path("a@client.example"), &json!({})).await.expect(201);
    }

    async fn a_day_later_the_key_is_new(app) {
        let admin = app.admin();
        let keyed = admin.with_header("idempotency-key", "k");
        let body = json!({"email": "a@client.example"});
        let first = keyed.post("/guests", &body).await.expect(201);
        app.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
        assert_eq!(keyed.post("/guests", &body).await.expect(201).bytes, first.bytes);
        app.advance(SignedDuration::from_secs(1));
        let later = keyed.post("/guests", &body).await.expect(422);
        assert_eq!(later.faults(), ["email"]);
        assert!(!is_replayed(&later));
        // From now on the newer answer is given.
        assert!(is_replayed(&keyed.post("/guests", &body).await.expect(422)));
        app.advance(SignedDuration::from_hours(24));
        keyed.post("/guests", &json!({"email": "b@client.example"})).await.expect(201);
    }

    async fn what_is_kept_is_swept_away_after_a_day(app) {
        let body = |name: &str| json!({"email": format!("{name}@client.example")});
        let (early, late) = (app.admin().with_header("idempotency-key", "a"), app.admin().with_header("idempotency-key", "b"));
        early.post("/guests", &body("a")).await.expect(201);
        app.advance(SignedDuration::from_secs(1));
        let kept = late.post("/guests", &body("b")).await.expect(201);
        let sweep = async || {
            let now = app.app.clock.now();
            let swept = app.with_store(move |tx| idempotency::sweep(tx, now)).await;
            let left = |row: &hospes_store::Row<'_>| row.int(0);
            (swept, app.with_store(move |tx| tx.query_one("SELECT COUNT(*) FROM idempotency", &[], left)).await)
        };
        app.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(2));
        assert_eq!(sweep().await, (0, 2));
        app.advance(SignedDuration::from_secs(1));
        assert_eq!(sweep().await, (1, 1));
        assert_eq!(late.post("/guests", &body("b")).await.expect(201).bytes, kept.bytes);
    }

    async fn keys_of_others_are_theirs(app) {
        let body = json!({"email": "a@client.example"});
        let keyed = |client: hospes_testing::Client| client.with_header("idempotency-key", "k");
        keyed(app.admin()).post("/guests", &body).await.expect(201);
        let other = keyed(app.client(Role::Standard)).post("/guests", &body).await.expect(422);
        assert_eq!((other.faults(), is_replayed(&other)), (vec!["email"], false));
        let different = json!({"email": "b@client.example"});
        assert!(!is_replayed(&keyed(app.client_of(&app.other, Role::Admin)).post("/guests", &different).await.expect(201)));
        // Another token of the same member is the same member.
        app.add_token(&app.acme, Role::Admin, "second", SignedDuration::from_hours(1)).await;
        assert!(is_replayed(&keyed(app.client_with(&app.acme, Some("second"))).post("/guests", &body).await.expect(201)));
    }

    async fn at_the_same_time_there_is_one_effect(app) {
        for round in 0..5 {
            let keyed = app.admin().with_header("idempotency-key", &format!("k{round}"));
            let body = json!({"email": format!("a{round}@client.example")});
            let before = app.written().await;
            let answers = futures_util::future::join_all((0..8).map(|_| keyed.post("/guests", &body))).await;
            let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
            assert!(!made.is_empty());
            assert_eq!(made.iter().filter(|answer| !is_replayed(answer)).count(), 1);
            assert!(made.iter().all(|answer| answer.bytes == made[0].bytes));
            for refused in answers.iter().filter(|answer| answer.status != 201) {
                assert_eq!((refused.status, refused.header("retry-after")), (409, "1"));
                assert_eq!(refused.json["code"], "IDEMPOTENCY_IN_PROGRESS");
            }
            let after = app.written().await;
            assert_eq!((after.guests, after.events), (before.guests + 1, before.events + 1));
            assert_eq!(keyed.post("/guests", &body).await.expect(201).bytes, made[0].bytes);
        }
    }

    async fn while_the_first_is_being_answered_the_second_is_409(app) {
        // Nobody can write until the test says so.
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (store, org) = (app.app.store.clone(), app.acme.no);
        let holding = tokio::spawn(async move {
            let held = store.write(move |tx| {
                orgs::lock(tx, org)?;
                let _ = released.recv_timeout(Duration::from_secs(10));
                Ok::<_, hospes_store::Error>(())
            });
            held.await.unwrap();
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let keyed = app.admin().with_header("idempotency-key", "k");
        let body = json!({"email": "a@client.example"});
        let (one, two) = (Box::pin(keyed.post("/guests", &body)), Box::pin(keyed.post("/guests", &body)));
        let (early, late) = futures_util::future::select(one, two).await.factor_first();
        let early = early.expect(409);
        assert_eq!((early.header("retry-after"), &early.json["code"]), ("1", &json!("IDEMPOTENCY_IN_PROGRESS")));
        release.send(()).unwrap();
        let made = late.await.expect(201);
        holding.await.unwrap();
        let again = keyed.post("/guests", &body).await.expect(201);
        assert!(is_replayed(&again));
        assert_eq!(again.bytes, made.bytes);
    }

    async fn without_keys_an_address_is_still_made_once(app) {
        let admin = app.admin();
        let body = json!({"email": "a@client.example"});
        let answers = futures_util::future::join_all((0..8).map(|_| admin.post("/guests", &body))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 7);
        let bodies: Vec<_> = (0..24).map(|n| json!({"email": format!("b{n}@client.example")})).collect();
        let answers = futures_util::future::join_all(bodies.iter().map(|body| admin.post("/guests", body))).await;
        assert!(answers.iter().all(|answer| answer.status == 201));
        let written = app.written().await;
        assert_eq!((written.guests, written.counted, written.events), (25, 25, 25));
        assert_eq!(admin.get("/guests").await.expect(200).data().as_array().unwrap().len(), 25);
    }

    async fn a_key_has_1_to_255_visible_characters(app) {
        let admin = app.admin();
        let before = app.written().await;
        for wrong in ["", "  ", &"k".repeat(256), "\u{e9}"] {
            let keyed = admin.with_header("idempotency-key", wrong);
            let refused = keyed.post("/guests", &json!({"email": "a@client.example"})).await.expect(422);
            assert_eq!(refused.faults(), ["Idempotency-Key"], "{wrong:?}");
        }
        assert_eq!(app.written().await, before);
        let keyed = admin.with_header("idempotency-key", &"k".repeat(255));
        keyed.post("/guests", &json!({"email": "a@client.example"})).await.expect(201);
        assert!(is_replayed(&keyed.post("/guests", &json!({"email": "a@client.example"})).await.expect(201)));
    }

    async fn a_key_is_useless_without_a_right(app) {
        let body = json!({"email": "a@client.example"});
        let keyed = app.admin().with_header("idempotency-key", "k");
        keyed.post("/guests", &body).await.expect(201);
        keyed.without_token().post("/guests", &body).await.expect(401);
        keyed.in_organization(&app.other.id.to_string()).post("/guests", &body).await.expect(403);
    }
}
