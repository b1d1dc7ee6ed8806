//! The shapes of errors (`wire.md` 1.5, RFC 9457).

use std::collections::BTreeMap;

use hospes_model::member::Role;
use hospes_testing::{Answer, both, json, operations};
use reqwest::Method;

use crate::guests::create;
use crate::permissions::{Allowed, TABLE, changes, is_api, nowhere, prepare, with_bodies};

/// Checks the compatible shape.
#[track_caller]
fn check(answer: Answer, status: u16, code: &str) {
    let answer = answer.expect(status);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json["error"], true);
    assert_eq!(answer.json["code"], code);
    assert!(answer.json["message"].as_str().is_some_and(|message| !message.is_empty()));
}

both! {
    async fn an_unknown_route_is_not_a_missing_object(app) {
        for client in [app.admin(), app.client_with(&app.acme, None)] {
            for nowhere in [
                "/nowhere", "/guests/", "/guests/a@client.example/nothing", "//", "//nowhere", "//api", "//api/",
                "//api/nowhere", "//organizations", "/guests/a@client.example/tasks/1", "//api/api/me", "//me/", "//metrics/x",
            ] {
                let answer = client.get(nowhere).await;
                assert_eq!(answer.json["message"], "API endpoint not found", "{nowhere}");
                check(answer, 404, "ENDPOINT_NOT_FOUND");
                check(client.post(nowhere, &json!({})).await, 404, "ENDPOINT_NOT_FOUND");
            }
        }
        let absent = app.admin().get("/guests/nobody@client.example").await;
        assert_eq!(absent.json["message"], "Resource not found");
        check(absent, 404, "RESOURCE_NOT_FOUND");
        check(app.admin().get("/users/999999").await, 404, "RESOURCE_NOT_FOUND");
    }

    async fn another_method_is_405_and_told_which_there_are(app) {
        let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (method, template) in operations() {
            routes.entry(template).or_default().push(method);
        }
        for (template, methods) in routes {
            let path = nowhere(app, &template);
            for mount in ["/", "/api"] {
                if mount == "/api" && !is_api(&template) {
                    continue;
                }
                for wrong in ["PATCH", "POST", "PUT", "DELETE", "OPTIONS"] {
                    if methods.iter().any(|method| method == wrong) {
                        continue;
                    }
                    let address = if mount == "/" { path.clone() } else { format!("//api{}", &path[1..]) };
                    let answer = app.admin().send(wrong.parse().unwrap(), &address, None).await;
                    let mut allowed: Vec<String> =
                        answer.header("allow").split(',').map(str::trim).map(str::to_owned).collect();
                    allowed.sort();
                    let mut expected = methods.clone();
                    if methods.iter().any(|method| method == "GET") {
                        expected.push("HEAD".to_owned());
                    }
                    expected.sort();
                    assert_eq!(allowed, expected, "{wrong} {address}");
                    check(answer, 405, "METHOD_NOT_ALLOWED");
                }
            }
        }
    }

    async fn a_body_of_more_than_a_mebibyte_is_413(app) {
        for (number, (method, template)) in changes().enumerate() {
            let request = prepare(app, number, method, template).await;
            let before = app.written().await;
            for size in [(1 << 20) + 1, 3 << 20] {
                let mut body = serde_json::to_vec(&request.body).unwrap();
                body.resize(size, b' ');
                let answer = app.admin()
                    .send_bytes(request.method.clone(), &request.path, Some(body), "application/json")
                    .await;
                check(answer, 413, "PAYLOAD_TOO_LARGE");
            }
            assert_eq!(app.written().await, before, "{method} {template}");
        }
    }

    async fn a_body_of_a_mebibyte_is_read(app) {
        let mut body = json!({"email": "a@client.example"}).to_string().into_bytes();
        body.resize(1 << 20, b' ');
        app.admin().send_bytes(Method::POST, "/guests", Some(body), "application/json").await.expect(201);
    }

    async fn a_body_that_is_not_json_is_415_or_400(app) {
        for (number, (method, template)) in with_bodies().enumerate() {
            let request = prepare(app, number, method, template).await;
            let before = app.written().await;
            let body = request.body.as_ref().map(|body| body.to_string().into_bytes());
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"] {
                let answer = app.admin().send_bytes(request.method.clone(), &request.path, body.clone(), kind).await;
                check(answer, 415, "UNSUPPORTED_MEDIA_TYPE");
            }
            for broken in ["{", "{\"email\": }", "email=a", "{} {}", "{'a': 1}", "\u{feff}{}", "NaN", "{\"a\":1,}"] {
                let answer = app.admin()
                    .send_bytes(request.method.clone(), &request.path, Some(broken.into()), "application/json")
                    .await;
                check(answer, 400, "INVALID_JSON");
            }
            for wrong in ["[]", "null", "7", "\"text\"", "true"] {
                let answer = app.admin()
                    .send_bytes(request.method.clone(), &request.path, Some(wrong.into()), "application/json")
                    .await;
                assert_eq!(answer.faults(), ["body"], "{method} {template} {wrong}");
                check(answer, 422, "VALIDATION_FAILED");
            }
            assert_eq!(app.written().await, before, "{method} {template}");
            for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"] {
                let request = prepare(app, 100 * (number + 1) + kind.len(), method, template).await;
                let body = request.body.map(|body| body.to_string().into_bytes());
                let answer = app.admin().send_bytes(request.method, &request.path, body, kind).await;
                assert!((200..300).contains(&answer.status), "{method} {template} {kind}");
            }
        }
    }

    async fn a_body_without_a_content_type_is_json(app) {
        for (number, (method, template)) in with_bodies().enumerate() {
            let request = prepare(app, number, method, template).await;
            let body = request.body.unwrap().to_string();
            let before = app.written().await;
            let broken = app.admin().send_raw(method, request.path.as_bytes(), "", &body.as_bytes()[1..]).await;
            check(broken, 400, "INVALID_JSON");
            assert_eq!(app.written().await, before, "{method} {template}");
            let answer = app.admin().send_raw(method, request.path.as_bytes(), "", body.as_bytes()).await;
            assert!((200..300).contains(&answer.status), "{method} {template}: {}", answer.json);
            assert_ne!(app.written().await, before, "{method} {template}");
        }
    }

    async fn what_fails_with_5xx_has_written_nothing(app) {
        for (number, (method, template)) in changes().enumerate() {
            let request = prepare(app, number, method, template).await;
            let body = request.body.as_ref().map(ToString::to_string).unwrap_or_default();
            let before = app.written().await;
            // Each change tells the activity feed, which is not there.
            app.with_store(|tx| tx.execute("ALTER TABLE activity RENAME TO elsewhere", &[])).await;
            let headers = format!("Content-Type: application/json\r\nIdempotency-Key: k{number}\r\n");
            let failed = app.admin().send_raw(method, request.path.as_bytes(), &headers, body.as_bytes()).await;
            app.with_store(|tx| tx.execute("ALTER TABLE elsewhere RENAME TO activity", &[])).await;
            check(failed, 500, "INTERNAL_ERROR");
            assert_eq!(app.written().await, before, "{method} {template}");
            // Nor was the failure kept for the key.
            let again = app.admin().send_raw(method, request.path.as_bytes(), &headers, body.as_bytes()).await;
            assert!((200..300).contains(&again.status), "{method} {template}: {}", again.json);
            assert_eq!(again.header("idempotent-replayed"), "", "{method} {template}");
        }
    }

    async fn problem_details_of_every_operation(app) {
        let nobody = app.client_with(&app.acme, None).with_header("accept", "application/problem+json");
        for (method, template, allowed) in TABLE {
            if *allowed != Allowed::Anyone {
                let answer = nobody.send(method.parse().unwrap(), &nowhere(app, template), None).await.expect(401);
                assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {template}");
                assert_eq!(answer.json["status"], 401, "{method} {template}");
            }
        }
    }

    async fn problem_details_on_request(app) {
        create(&app.admin(), "a@client.example").await;
        let accept = "application/json;q=0.5, application/problem+json";
        let client = |client: hospes_testing::Client| client.with_header("accept", accept).with_header("x-request-id", "r-7");
        let (admin, light) = (client(app.admin()), client(app.client(Role::Light)));
        let nobody = client(app.client_with(&app.acme, None));
        let big = Some(vec![b' '; (1 << 20) + 1]);
        let body = json!({"email": "b@client.example"});
        let answers = [
            (admin.send_bytes(Method::POST, "/guests", Some("{".into()), "application/json").await, 400, "Bad Request"),
            (nobody.get("/guests").await, 401, "Unauthorized"),
            (light.post("/guests", &body).await, 403, "Forbidden"),
            (admin.get("/guests/b@client.example").await, 404, "Not Found"),
            (admin.get("/nowhere").await, 404, "Not Found"),
            (admin.send(Method::PATCH, "/guests", None).await, 405, "Method Not Allowed"),
            (admin.with_header("if-match", "\"0\"").put("/guests/a@client.example", &json!({})).await, 412, "Precondition Failed"),
            (admin.send_bytes(Method::POST, "/guests", big, "application/json").await, 413, "Payload Too Large"),
            (admin.send_bytes(Method::POST, "/guests", Some("x".into()), "text/plain").await, 415, "Unsupported Media Type"),
            (admin.post("/guests", &json!({"email": "x", "timezone": "y"})).await, 422, "Unprocessable Entity"),
        ];
        for (answer, status, title) in answers {
            assert_eq!(answer.header("content-type"), "application/problem+json", "{status}");
            let problem = answer.expect(status).json;
            assert_eq!(problem["type"], "about:blank");
            assert_eq!((&problem["status"], &problem["title"]), (&json!(status), &json!(title)));
            assert_eq!(problem["instance"], "r-7");
            assert!(problem["detail"].is_string() && problem["code"].is_string());
            assert_eq!(problem.get("error"), None);
            if status == 422 {
                assert_eq!(problem["errors"].as_object().unwrap().len(), 2);
            }
        }
        // Successes are what they always are.
        let read = admin.get("/guests/a@client.example").await.expect(200);
        assert_eq!(read.header("content-type"), "application/json");
    }
}
