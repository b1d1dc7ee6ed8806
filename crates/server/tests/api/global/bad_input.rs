//! What no well-meaning client sends (`trust.md` 4): a clear 4xx, and nothing
//! is written.

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, both, json, query_parameters};
use reqwest::Method;

use crate::guests::{create, create_with, escaped, path};
use crate::permissions::{TABLE, with_bodies};

/// Path segments, encoded as they are sent, that name nothing.
fn odd_segments() -> Vec<String> {
    let long = "x".repeat(3000);
    let address_of_320 = format!("{}@{}.example", "l".repeat(64), "d".repeat(247));
    let label = "d".repeat(60);
    let labels_of_320 = format!("{}@{label}.{label}.{label}.{label}.example", "l".repeat(68));
    let mut all: Vec<String> = [
        "%00",
        "a%00b@client.example",
        "a@client.example%00",
        "%FF",
        "%C3%28",
        "a%FF@client.example",
        "%ED%A0%80",
        "a%2Fb@client.example",
        "%2F",
        "..%2F..%2Fetc%2Fpasswd",
        "%2E%2E",
        "%5C",
        "'",
        "%22",
        "';--",
        "%27%20OR%201=1--",
        "$1",
        "?1",
        "%3F",
        "%23",
        "%25",
        "%2525",
        "+",
        "++@client.example",
        "*",
        "-1",
        "0",
        "1",
        "999999999999999999999999",
        "1.5",
        "1e3",
        "null",
        "true",
        "{guest}",
        "%7B%22a%22:1%7D",
        "[]",
        "%20",
        "%09",
        "%0A",
        "%0D%0Aset-cookie:x=y",
        "%7F",
        "%E2%80%AE@client.example",
        "%E2%80%8Ba@client.example",
        "%F0%9F%92%A9",
        "%F0%9F%92%A9@client.example",
        "%C3%A4%C3%B6%C3%BC",
        "a@b",
        "a@@b.example",
        "@",
        "a@",
        "%40",
        "a@client.example,b@client.example",
        "a@client.example/",
        "Ann%20%3Ca@client.example%3E",
        "mailto:a@client.example",
        "a@[127.0.0.1]",
    ]
    .map(str::to_owned)
    .into();
    all.extend([
        long,
        "%C3%A4".repeat(500),
        address_of_320,
        labels_of_320,
        "0".repeat(32),
        "F".repeat(32),
        "a".repeat(40),
        "%C3%A4".repeat(20),
        "0".repeat(40),
        format!("{}%00", "a".repeat(39)),
        "e\u{301}".repeat(20),
        "9".repeat(19),
    ]);
    all
}

/// Bodies that are no acceptable request of any route.
fn odd_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |open: &str, close: &str, depth: usize| {
        format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes()
    };
    vec![
        ("a deep list", repeated("[", "]", 100_000)),
        ("a deep open list", repeated("[", "", 1 << 20)),
        ("a deep object", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)).into_bytes()),
        (
            "a deep field",
            format!("{{\"email\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(),
        ),
        (
            "a field as deep as can be read",
            format!(
                "{{\"email\":{}{},\"language\":[],\"title\":[],\"name\":[],\"team\":[],\"role\":[]}}",
                "[".repeat(120),
                "]".repeat(120)
            )
            .into_bytes(),
        ),
        ("text that is no UTF-8", b"{\"email\": \"\xff\xfe@client.example\"}".to_vec()),
        ("a key that is no UTF-8", b"{\"\xc3\x28\": 1}".to_vec()),
        ("UTF-16", "{\"email\": \"a@client.example\"}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("a raw NUL", b"{\"email\": \"a\0b@client.example\"}".to_vec()),
        ("a NUL behind", b"{\"email\": \"a@client.example\"}\0".to_vec()),
        ("a lone surrogate", br#"{"email": "\ud800@client.example"}"#.to_vec()),
        ("NUL", vec![0]),
        ("bytes", (0..=255).collect()),
        ("a number too large", b"{\"email\": 1e999}".to_vec()),
        ("a large number", format!("{{\"email\": {}}}", "9".repeat(100_000)).into_bytes()),
        ("a raw line break", b"{\"email\": \"a\nb@client.example\"}".to_vec()),
        ("a comment", b"{/**/\"email\": \"a@client.example\"}".to_vec()),
        ("half a body", b"{\"email\": \"a@client.exa".to_vec()),
    ]
}

/// A clear refusal.
#[track_caller]
fn check(answer: &hospes_testing::Answer, what: &str) {
    assert!((400..500).contains(&answer.status), "{what} answered {}", answer.status);
    assert!(answer.json["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}");
    assert_eq!(answer.json["error"], true, "{what}");
}

/// A valid body of a route, whatever it is about.
fn valid_body(app: &TestApp, template: &str) -> Value {
    match template.rsplit('/').next().unwrap_or_default() {
        "tasks" => json!({
            "title": "T", "task_type": "task", "deadline": "2025-06-01 12:00:00",
            "owners": {"users": [app.acme.member(Role::Admin).get()], "guests": [], "groups": []},
        }),
        "completed-tasks" => json!({"task_id": "0".repeat(32)}),
        _ => json!({"email": "new@client.example", "title": "New"}),
    }
}

async fn send_at(
    client: &Client,
    app: &TestApp,
    method: &str,
    template: &str,
    segment: &str,
) -> hospes_testing::Answer {
    let below = template.strip_prefix("/organizations/{org}").unwrap();
    let (before, behind) = below.split_once('{').unwrap();
    let behind = behind.split_once('}').unwrap().1;
    let body = if method == "GET" || method == "DELETE" {
        String::new()
    } else {
        valid_body(app, template).to_string()
    };
    let path = format!("{before}{segment}{behind}");
    client.send_raw(method, path.as_bytes(), "Content-Type: application/json\r\n", body.as_bytes()).await
}

both! {
    async fn ids_of_any_characters_name_nothing(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let before = app.written().await;
        for (method, template, _) in TABLE {
            if !template.starts_with("/organizations") || template.matches('{').count() < 2 {
                continue;
            }
            for segment in odd_segments() {
                // A member's number is one.
                if template.contains("{user}") && segment == "1" {
                    continue;
                }
                let answer = send_at(&admin, app, method, template, &segment).await;
                check(&answer, &format!("{method} {template} with {segment}"));
            }
        }
        assert_eq!(app.written().await, before);
    }

    async fn paths_that_are_no_text_are_refused(app) {
        let admin = app.admin();
        let before = app.written().await;
        for (place, segment) in [&b"\xff\xfe"[..], b"a\x00b", b"\xc3\xa4@client.example", b"a b", b"%", b"%zz", b"%f", b"\"", b"<>", b"a\tb"].iter().enumerate() {
            for method in ["GET", "PUT", "DELETE"] {
                let answer = admin.send_raw(method, &[b"/guests/", *segment].concat(), "", b"").await;
                assert!((400..500).contains(&answer.status), "{method} {place} answered {}", answer.status);
            }
        }
        for org in ["%00", "%FF", "..%2F", "%2F", &"0".repeat(32), &"x".repeat(3000), "-1", "%F0%9F%92%A9"] {
            let answer = admin.in_organization(org).send_raw("GET", b"/guests", "", b"").await;
            check(&answer, org);
            let answer = admin.in_organization(org).send_raw("POST", b"/guests", "", b"{\"email\": \"a@client.example\"}").await;
            check(&answer, org);
        }
        assert_eq!(app.written().await, before);
    }

    async fn bodies_of_any_bytes_are_refused(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let task = crate::guests::task(&admin, &["a@client.example"]).await;
        let group = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201).data()["id"].as_str().unwrap().to_owned();
        let user = app.acme.member(hospes_model::member::Role::Standard).to_string();
        let before = app.written().await;
        for (method, template) in with_bodies() {
            let path = template.replace("/organizations/{org}", "").replace("{guest}", "a@client.example").replace("{task}", &task)
                .replace("{group}", &group).replace("{user}", &user);
            for (what, body) in odd_bodies() {
                let answer = admin.send_bytes(method.parse().unwrap(), &path, Some(body), "application/json").await;
                check(&answer, &format!("{method} {template} with {what}"));
            }
        }
        assert_eq!(app.written().await, before);
    }

    async fn each_field_of_a_wrong_type_is_named(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let before = app.written().await;
        let texts = [
            "email", "first_name", "last_name", "name", "phone", "phone_1", "phone_2", "company_name", "company_url",
            "contact_url", "image_url", "opportunity_url", "opportunity_name", "status", "timezone",
            "external_sync_source", "external_date_creation",
        ];
        let no_texts = [json!(7), json!(1.5), json!(true), json!([]), json!(["a"]), json!({}), json!({"a": {"b": [1]}})];
        let no_lists = [json!(7), json!("1"), json!(true), json!({}), json!([null]), json!([[]]), json!([{}]), json!([-1]),
            json!([1e300]), json!([u64::MAX]), json!(["\u{0}"]), json!([""]), json!(vec![1; 1001])];
        let hidden = ["a\u{0}b", "\u{0}", "a\u{202e}b", "a\u{200b}b", "a\nb", "\u{7f}"];
        for (method, address) in [(Method::POST, "/guests"), (Method::PUT, "/guests/a@client.example")] {
            let mut cases: Vec<(&str, Value)> = Vec::new();
            for field in texts {
                cases.extend(no_texts.iter().map(|value| (field, value.clone())));
                if field != "status" {
                    // A name is split at blanks, and a line break is one.
                    let wrong = hidden.iter().filter(|text| field != "name" || !text.contains('\n'));
                    cases.extend(wrong.map(|text| (field, json!(text))));
                }
            }
            for field in ["associated_members", "cadence_days"] {
                cases.extend(no_lists.iter().map(|value| (field, value.clone())));
            }
            for (field, value) in cases {
                let mut body = json!({"phone_2": "1"});
                if method == Method::POST {
                    body["email"] = json!("b@client.example");
                }
                body[field] = value.clone();
                let answer = admin.send(method.clone(), address, Some(&body)).await;
                assert_eq!(answer.status, 422, "{method} {field} {value}: {}", answer.json);
                let faults = answer.faults();
                assert!(!faults.is_empty() && faults.iter().all(|fault| fault.split('.').next() == Some(field)),
                    "{method} {field} {value}: {faults:?}");
            }
        }
        assert_eq!(app.written().await, before);
    }

    async fn text_is_as_long_as_it_may_be_and_no_longer(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let before = app.written().await;
        let url = |length: usize| format!("https://a.example/{}", "x".repeat(length - 18));
        for (field, too_long) in [
            ("first_name", "n".repeat(201)),
            ("last_name", "\u{1f4a9}".repeat(201)),
            ("company_name", "x".repeat(1_000_000)),
            ("phone_1", "1".repeat(21)),
            ("company_url", url(2001)),
        ] {
            let refused = admin.put(&path("a@client.example"), &json!({field: too_long})).await.expect(422);
            assert_eq!(refused.faults(), [field]);
            assert!(refused.bytes.len() < 1000, "{field} is said back");
        }
        assert_eq!(app.written().await, before);
        for (field, longest) in [
            ("first_name", "n".repeat(200)),
            ("last_name", "\u{1f4a9}".repeat(200)),
            ("phone_1", "1".repeat(20)),
            ("company_url", url(2000)),
        ] {
            let changed = admin.put(&path("a@client.example"), &json!({field: longest})).await.expect(201);
            assert_eq!(changed.data()["details"][field], json!(longest));
            assert_eq!(admin.get("/guests").await.expect(200).data()[0]["details"][field], json!(longest));
        }
        let plain = admin.get(&path("a@client.example")).await.expect(200);
        let told = admin.put(&path("a@client.example"), &json!({"k".repeat(900_000): 1})).await.expect(201);
        assert!(told.bytes.len() < plain.bytes.len() + 200, "what is ignored is not said back whole");
    }

    async fn addresses_are_mail_addresses_of_at_most_254_bytes(app) {
        let admin = app.admin();
        let before = app.written().await;
        let label = "d".repeat(60);
        let of = |local: usize| format!("{}@{label}.{label}.{label}.example", "l".repeat(local));
        for wrong in [
            format!("{}@{}.example", "l".repeat(64), "d".repeat(247)),
            format!("{}@{label}.{label}.{label}.{label}.example", "l".repeat(68)),
            of(64).replace(".example", ".example.example"),
            format!("{}@client.example", "l".repeat(65)),
            format!("{}@client.example", "\u{e4}".repeat(120)),
            format!("a@{}.example", "d".repeat(64)),
        ] {
            let refused = admin.post("/guests", &json!({"email": wrong})).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{}", wrong.len());
        }
        for wrong in [
            "a", "@", "a@b", "a@", "@client.example", "a@@client.example", "a@client..example", ".a@client.example",
            "a.@client.example", "a b@client.example", "a@client.example\n", "a@client.example\u{0}", "a@-client.example",
            "a\u{202e}@client.example", "a@[127.0.0.1]", "Ann <a@client.example>", "a@client.example, b@client.example",
            "\"a b\"@client.example", "a@client_x.example ;", "mailto:a@client.example\r\nbcc:b@client.example",
        ] {
            let refused = admin.post("/guests", &json!({"email": wrong})).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{wrong:?}");
        }
        assert_eq!(app.written().await, before);
        for (number, right) in [
            "o'brien+tag/1@client.example", "ren\u{e9}e@client.example", "用户@例子.example", "\"quoted\"@client.example",
            "a!#$%&'*+-/=?^_`{|}~@client.example", &of(62),
        ].iter().enumerate() {
            let made = create_with(&admin, &json!({"email": right})).await;
            assert_eq!(made["email"], json!(right));
            let encoded = escaped(right);
            assert_eq!(admin.get(&path(&encoded)).await.expect(200).data()["email"], json!(right));
            assert_eq!(admin.get(&format!("/guests?q={encoded}")).await.expect(200).data().as_array().unwrap().len(), 1, "{right}");
            admin.delete(&path(&encoded)).await.expect(200);
            assert_eq!(app.written().await.guests, 0, "{number}");
        }
    }

    async fn queries_of_any_characters_are_read_or_refused(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let before = app.written().await;
        let values = [
            "", "%00", "a%00b", "%FF", "%C3%28", "'", "%22", "%25", "%", "%zz", "_", "%5C", "-1", "0", "1.5", "1e3", "true", "null",
            "99999999999999999999", "9223372036854775807", "-9223372036854775808", "%F0%9F%92%A9", "%E2%80%AE", "%0A", "a,b,,c",
            "2025-13-45", "0000-00-00:9999-99-99", "%3B%20DROP%20TABLE%20guest", "$1", "?", "[]", "{}", "..", "+",
        ];
        let long = "x".repeat(5000);
        for (method, template, _) in TABLE {
            if *method != "GET" || !template.starts_with("/organizations") {
                continue;
            }
            let path = template
                .replace("/organizations/{org}", "")
                .replace("{guest}", "a@client.example")
                .replace("{user}", &app.acme.member(Role::Admin).to_string())
                .replace("{task}", &"0".repeat(32));
            for name in query_parameters(method, template) {
                for value in values.iter().copied().chain([long.as_str()]) {
                    let answer = admin.send_raw("GET", format!("{path}?{name}={value}").as_bytes(), "", b"").await;
                    assert!(answer.status < 500, "{path}?{name}={value} answered {}", answer.status);
                    if answer.status >= 400 {
                        check(&answer, &format!("{path}?{name}={value}"));
                    }
                }
            }
        }
        assert_eq!(app.written().await, before);
    }

    async fn headers_of_any_bytes_are_read_or_refused(app) {
        let admin = app.admin();
        let before = app.written().await;
        for header in [
            "Accept: \u{ff}\u{fe}\r\n", "Content-Type: \u{ff}\r\n", "If-None-Match: \u{ff}\r\n", "If-Match: \u{ff}\r\n",
            "X-Request-Id: \u{ff}\r\n", "Idempotency-Key: \u{ff}\r\n", "Authorization: Bearer \u{ff}\r\n", "Host: evil\r\n",
            "Origin: \u{ff}\r\n", "X-Forwarded-For: nonsense\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: nonsense\r\n",
        ] {
            for (method, path, body) in [("GET", "/guests", ""), ("POST", "/guests", "{}"), ("DELETE", "/guests/x@client.example", "")] {
                let answer = admin.send_raw(method, path.as_bytes(), header, body.as_bytes()).await;
                assert!(answer.status < 500, "{method} with {header:?} answered {}", answer.status);
            }
        }
        assert_eq!(app.written().await, before);
    }
}
