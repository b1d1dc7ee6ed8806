//! Rate limits (`wire.md` 1.7, `product.md` 1.17).

use hospes_model::member::Role;
use hospes_server::limits::Rates;
use hospes_testing::{Answer, Options, TestApp, both, json};

use crate::guests::create;
use crate::permissions::{TABLE, nowhere};
use crate::tasks::body_with;

/// Four requests a minute.
fn few() -> Options {
    Options { rates: Rates { requests_per_minute: 4, ..Rates::OFF }, ..Options::default() }
}

/// What operators get who say nothing.
fn usual() -> Options {
    Options { rates: Rates::default(), ..Options::default() }
}

fn headers(answer: &Answer) -> (&str, &str) {
    (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining"))
}

async fn check_refused(app: &TestApp, answer: Answer) {
    let answer = answer.expect(429);
    assert_eq!(answer.json["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(
        answer.json["message"],
        "You've reached the limit of 4 requests per minute. Please try again later."
    );
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=15).contains(&wait), "{wait}");
    assert_eq!(headers(&answer), ("4", "0"));
    assert!(answer.header("ratelimit").starts_with("\"requests\";r=0;"), "{}", answer.header("ratelimit"));
    assert_eq!(answer.header("ratelimit-policy"), "\"requests\";q=4;w=60");
    assert_ne!(answer.header("x-request-id"), "");
    assert_eq!(app.written().await.guests, 0);
}

both! {
    with few();

    async fn a_member_has_so_many_requests_a_minute(app) {
        let admin = app.admin();
        for (place, remaining) in ["3", "2", "1", "0"].iter().enumerate() {
            // The second and later ones are kept pages; they count the same.
            let answer = admin.get("/guests").await.expect(200);
            assert_eq!(headers(&answer), ("4", *remaining));
            let reset = (place + 1) * 15;
            assert_eq!(answer.header("ratelimit"), format!("\"requests\";r={remaining};t={reset}"));
            assert_eq!(answer.header("ratelimit-policy"), "\"requests\";q=4;w=60");
        }
        check_refused(app, admin.get("/guests").await).await;
        check_refused(app, admin.post("/guests", &json!({"email": "a@client.example"})).await).await;
        check_refused(app, admin.get("/guests/nobody@client.example").await).await;
        let problem = admin.with_header("accept", "application/problem+json").get("/guests").await.expect(429);
        assert_eq!(problem.header("content-type"), "application/problem+json");
        assert_ne!(problem.header("retry-after"), "");
        // Others are not concerned: another member, the same role elsewhere, nobody.
        app.client(Role::Standard).get("/guests").await.expect(200);
        app.client_of(&app.other, Role::Admin).get("/guests").await.expect(200);
        app.client_with(&app.acme, None).get("/guests").await.expect(401);
    }

    async fn without_a_working_token_the_address_counts(app) {
        let nobody = app.client_with(&app.acme, None);
        let unknown = app.client_with(&app.acme, Some("unknown"));
        assert_eq!(headers(&nobody.get("/guests").await.expect(401)), ("4", "3"));
        assert_eq!(headers(&unknown.get("/guests").await.expect(401)), ("4", "2"));
        assert_eq!(headers(&nobody.get("/nowhere").await.expect(404)), ("4", "1"));
        assert_eq!(headers(&nobody.get("//healthz").await.expect(200)), ("4", "0"));
        check_refused(app, unknown.get("/guests").await).await;
        app.admin().get("/guests").await.expect(200);
    }

    async fn every_operation_is_counted(app) {
        let nobody = app.client_with(&app.acme, None);
        for _ in 0..4 {
            nobody.get("/guests").await.expect(401);
        }
        for (method, template, _) in TABLE {
            let answer = nobody.send(method.parse().unwrap(), &nowhere(app, template), Some(&json!({}))).await;
            check_refused(app, answer).await;
        }
    }

    async fn every_answer_counts(app) {
        let admin = app.admin();
        let tag = admin.get("/guests").await.expect(200).header("etag").to_owned();
        let unchanged = admin.with_header("if-none-match", &tag);
        assert_eq!(headers(&unchanged.get("/guests").await.expect(304)), ("4", "2"));
        assert_eq!(headers(&admin.post("/guests", &json!({})).await.expect(422)), ("4", "1"));
        assert_eq!(headers(&admin.with_header("origin", "https://x.example").get("/guests").await.expect(200)), ("4", "0"));
        check_refused(app, unchanged.get("/guests").await).await;
    }
}

/// Three tries a minute.
fn guarded() -> Options {
    Options { rates: Rates { attempts_per_minute: 3, ..Rates::OFF }, ..Options::default() }
}

mod attempts {
    use super::*;

    both! {
        with guarded();

        async fn secrets_are_tried_a_few_times_a_minute(app) {
            let (admin, nobody) = (app.admin(), app.client_with(&app.acme, None));
            let body = json!({"email": "dora@firm.example", "first_name": "Dora", "last_name": "Dean", "role": "standard"});
            let dora = admin.post("/users/invite", &body).await.expect(200).data()["id"].clone();
            let link = admin.post(&format!("/users/{dora}/invitation-link"), &json!({})).await.expect(200);
            for _ in 0..2 {
                nobody.post("//invitations/accept", &json!({"secret": "wrong"})).await.expect(422);
            }
            // A token lends nothing to whoever guesses.
            admin.post("//invitations/accept", &json!({"secret": "wrong"})).await.expect(422);
            let before = app.written().await;
            // Right, wrong or no JSON at all: nothing is looked at.
            for body in [json!({"secret": link.data()["secret"]}), json!({"secret": "wrong"}), json!([])] {
                let refused = nobody.post("//invitations/accept", &body).await.expect(429);
                assert_eq!(refused.json["code"], "RATE_LIMIT_EXCEEDED");
                assert_eq!(refused.json["message"], "You've reached the limit of 3 attempts per minute. Please try again later.");
                let wait: u64 = refused.header("retry-after").parse().unwrap();
                assert!((1..=20).contains(&wait), "{wait}");
            }
            assert_eq!(app.written().await, before);
            assert_eq!(admin.get(&format!("/users/{dora}")).await.expect(200).data()["status"], "invited");
            // Nothing else is limited by it.
            nobody.get("/guests").await.expect(401);
            create(&admin, "a@client.example").await;
        }
    }
}

mod hourly {
    use super::*;

    both! {
        with usual();

        async fn an_organization_makes_30_guests_an_hour(app) {
            let (admin, standard) = (app.admin(), app.client(Role::Standard));
            for number in 0..30 {
                let client = if number % 2 == 0 { &admin } else { &standard };
                let answer = client.post("/guests", &json!({"email": format!("g{number}@client.example")})).await.expect(201);
                assert_eq!(answer.header("x-ratelimit-limit"), "600");
                // What is refused before does not count.
                client.post("/guests", &json!({"email": "nobody"})).await.expect(422);
            }
            let before = app.written().await;
            for client in [&admin, &standard] {
                let refused = client.post("/guests", &json!({"email": "late@client.example"})).await.expect(429);
                assert_eq!(refused.json["code"], "RATE_LIMIT_EXCEEDED");
                assert_eq!(
                    refused.json["message"],
                    "You've reached the hourly limit for Guest Invite (30 per hour per organization). \
                     Please try again later."
                );
                let wait: u64 = refused.header("retry-after").parse().unwrap();
                assert!((1..=120).contains(&wait), "{wait}");
            }
            assert_eq!(app.written().await, before);
            admin.put("/guests/g1@client.example", &json!({"phone": "1"})).await.expect(201);
            create(&app.client_of(&app.other, Role::Admin), "late@client.example").await;
        }

        async fn a_repeated_request_is_answered_though_the_hour_is_used_up(app) {
            let admin = app.admin();
            let mut last = None;
            for number in 0..30 {
                let keyed = admin.with_header("idempotency-key", &format!("k{number}"));
                let body = json!({"email": format!("g{number}@client.example")});
                let answer = keyed.post("/guests", &body).await.expect(201);
                last = Some((keyed, body, answer));
            }
            let (keyed, body, answer) = last.unwrap();
            let again = keyed.post("/guests", &body).await.expect(201);
            assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &answer.bytes));
            admin.with_header("idempotency-key", "new").post("/guests", &json!({"email": "x@client.example"})).await.expect(429);
        }

        async fn what_is_refused_is_not_counted(app) {
            let admin = app.admin();
            create(&admin, "known@client.example").await;
            let member = format!("admin@{}", app.acme.domain);
            for number in 0..40 {
                // Some under a key, whose refusal is kept.
                let client = if number % 2 == 0 { admin.clone() } else { admin.with_header("idempotency-key", &format!("k{number}")) };
                for body in [
                    json!({"email": "Known@client.example"}),
                    json!({"email": member}),
                    json!({"email": "new@client.example", "associated_members": [999_999]}),
                    json!({"email": "new@client.example", "first_name": 7}),
                ] {
                    // A key that is repeated with another body is refused as well.
                    client.post("/guests", &body).await.expect(422);
                }
                let task = body_with(&[999_999], &["new@client.example"], &json!({}));
                client.post("/tasks", &task).await.expect(422);
                admin.put(&format!("/tasks/{}", "0".repeat(32)), &task).await.expect(404);
            }
            for number in 0..29 {
                create(&admin, &format!("g{number}@client.example")).await;
            }
            // At the limit nobody learns what else would be wrong.
            let before = app.written().await;
            admin.post("/guests", &json!({"email": "known@client.example"})).await.expect(429);
            admin.post("/tasks", &body_with(&[999_999], &["new@client.example"], &json!({}))).await.expect(429);
            assert_eq!(app.written().await, before);
            assert_eq!(before.guests, 30);
        }

        async fn side_by_side_no_more_are_made(app) {
            let admin = app.admin();
            create(&admin, "known@client.example").await;
            let known = json!({"email": "known@client.example"});
            let bodies: Vec<_> = (0..60).map(|n| json!({"email": format!("g{n}@client.example")})).collect();
            let requests = bodies.iter().flat_map(|body| [body, &known]).map(|body| admin.post("/guests", body));
            let answers = futures_util::future::join_all(requests).await;
            assert!(answers.iter().all(|answer| [201, 422, 429].contains(&answer.status)));
            let made = answers.iter().filter(|answer| answer.status == 201).count();
            assert!(made <= 29, "{made}");
            // What the refused ones held is free again.
            for number in made..29 {
                create(&admin, &format!("h{number}@client.example")).await;
            }
            admin.post("/guests", &json!({"email": "late@client.example"})).await.expect(429);
            assert_eq!(app.written().await.guests, 30);
        }
    }
}
