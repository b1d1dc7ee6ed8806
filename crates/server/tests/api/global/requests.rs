//! Requests of every kind: ids, mounts, methods, addresses in answers.

use hospes_testing::{both, json};
use reqwest::Method;

use crate::guests::create;
use crate::permissions::{Ready, TABLE, is_api, prepare};

both! {
    async fn every_answer_names_its_request(app) {
        let admin = app.admin();
        for path in ["/guests", "/guests", "/nowhere", "/guests/nobody@client.example", "//healthz"] {
            let given = admin.with_header("x-request-id", "abc-123.x").get(path).await;
            assert_eq!(given.header("x-request-id"), "abc-123.x", "{path}");
        }
        let mut seen = std::collections::HashSet::new();
        for _ in 0..20 {
            for path in ["/guests", "/guests/nobody@client.example"] {
                let id = admin.get(path).await.header("x-request-id").to_owned();
                assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
                assert!(seen.insert(id));
            }
        }
        for unusable in ["", "two words", &"x".repeat(129), "\u{e9}"] {
            let id = admin.with_header("x-request-id", unusable).get("/guests").await.header("x-request-id").to_owned();
            assert_eq!(id.len(), 32, "{unusable}");
        }
        let longest = "x".repeat(128);
        assert_eq!(admin.with_header("x-request-id", &longest).get("/guests").await.header("x-request-id"), longest);
    }

    async fn everything_is_below_api_as_well(app) {
        for (number, (method, template, _)) in TABLE.iter().enumerate() {
            if !is_api(template) {
                continue;
            }
            let request = prepare(app, number, method, template).await;
            let path = match request.path.strip_prefix("//") {
                Some(path) => format!("//api/{path}"),
                None => format!("//api/organizations/{}{}", app.acme.id, request.path),
            };
            let answer = Ready { path: path.clone(), ..request }.send(&app.admin()).await;
            assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.status);
        }
        create(&app.admin(), "a@client.example").await;
        let (plain, mounted) = (
            app.admin().get("/guests/a@client.example?with=stats").await.expect(200),
            app.admin().get(&format!("//api/organizations/{}/guests/a@client.example?with=stats", app.acme.id)).await.expect(200),
        );
        assert_eq!((plain.bytes, plain.headers.get("etag")), (mounted.bytes, mounted.headers.get("etag")));
    }

    async fn head_is_get_without_the_body(app) {
        create(&app.admin(), "a@client.example").await;
        for (number, (method, template, _)) in TABLE.iter().enumerate() {
            if *method != "GET" || *template == "/metrics" {
                continue;
            }
            let request = prepare(app, number, method, template).await;
            let get = app.admin().get(&request.path).await.expect(200);
            let head = app.admin().send(Method::HEAD, &request.path, None).await.expect(200);
            assert!(head.bytes.is_empty(), "{template}");
            for name in ["content-type", "etag", "cache-control", "link"] {
                assert_eq!(head.header(name), get.header(name), "{template} {name}");
            }
        }
        app.admin().send(Method::HEAD, "/guests/nobody@client.example", None).await.expect(404);
        app.admin().without_token().send(Method::HEAD, "/guests", None).await.expect(401);
    }

    async fn links_lead_back_the_way_the_caller_came(app) {
        for name in ["a", "b", "c"] {
            create(&app.admin(), &format!("{name}@client.example")).await;
        }
        let own = app.base.strip_prefix("http://").unwrap().to_owned();
        for (host, expected) in [
            (own.as_str(), own.as_str()),
            ("api.hospes.example", "api.hospes.example"),
            ("api.hospes.example:8443", "api.hospes.example:8443"),
            ("[::1]:8080", "[::1]:8080"),
            ("evil.example/<script>", own.as_str()),
            (own.as_str(), own.as_str()),
        ] {
            let client = app.admin().with_header("host", host).with_header("x-forwarded-host", "evil.example");
            for mount in ["", "/api"] {
                let path = format!("/{mount}/organizations/{}/guests?per_page=1&page=2&q=cli%2Bent%26&q=client", app.acme.id);
                let answer = client.get(&path.replacen("///", "//", 1)).await.expect(200);
                let next = answer.json["meta"]["pagination"]["links"]["next"].as_str().unwrap();
                let expected = format!("http://{expected}{mount}/organizations/{}/guests?", app.acme.id);
                let query = next.strip_prefix(&expected).unwrap_or_else(|| panic!("{next} under {expected}"));
                assert_eq!(query, "per_page=1&q=cli%2Bent%26&q=client&page=3");
                assert!(answer.header("link").starts_with(&format!("<{expected}per_page=1")), "{}", answer.header("link"));
            }
        }
    }

    async fn a_change_without_a_body_reads_as_one_without_fields(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        for body in [None, Some(Vec::new())] {
            let refused = admin.send_bytes(Method::POST, "/guests", body.clone(), "application/json").await.expect(422);
            assert_eq!(refused.faults(), ["email"]);
            let path = "/guests/a@client.example";
            admin.send_bytes(Method::PUT, path, body.clone(), "application/json").await.expect(201);
            admin.send_bytes(Method::DELETE, &format!("{path}/disable"), body.clone(), "application/json").await.expect(200);
            admin.send_bytes(Method::PUT, &format!("{path}/enable"), body, "application/json").await.expect(200);
        }
        // Some clients send text with a request that needs none.
        admin.send_bytes(Method::DELETE, "/guests/a@client.example", Some("null".into()), "text/plain").await.expect(200);
    }

    async fn unknown_includes_and_parameters_are_harmless(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        for path in ["/guests", "/guests/a@client.example", "/guests-list"] {
            let plain = admin.get(path).await.expect(200);
            for query in ["with=", "with=nonsense", "with=,,", "with=%00", "with=statistics", "odd=1&odd=2", "&&=&"] {
                let answer = admin.get(&format!("{path}?{query}")).await.expect(200);
                assert_eq!(answer.json["data"], plain.json["data"], "{path}?{query}");
            }
        }
        admin.post("/guests?with=nonsense", &json!({"email": "b@client.example"})).await.expect(201);
        admin.put("/guests/b@client.example?with=nonsense", &json!({"phone": "1"})).await.expect(201);
    }
}
