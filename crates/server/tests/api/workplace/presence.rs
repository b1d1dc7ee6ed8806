//! Where guests were last seen (`product.md` 1.14).

use std::path::PathBuf;

use hospes_testing::{Browser, Options, TestApp, Value, both};
use jiff::SignedDuration;

use super::{Visitor, has_session, sign_in, visitor};

fn options() -> Options {
    // Made by `places/make.py`, which says what is in it.
    let places = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/api/workplace/places/places.mmdb");
    Options { trust_proxy: true, geo_database: Some(places), ..Options::default() }
}

/// What is known of a guest's last visit.
async fn seen(app: &TestApp, guest: &Visitor) -> Value {
    let read = app.admin().get(&format!("/guests/{}", guest.email)).await.expect(200);
    let data = read.data();
    hospes_testing::json!([
        data["last_accessed_at"],
        data["last_known_ip"],
        data["last_known_country"],
        data["details"]["last_city"]
    ])
}

/// Waits until a visit at this moment is noted.
async fn noted(app: &TestApp, guest: &Visitor, at: &str) -> Value {
    for _ in 0..200 {
        let seen = seen(app, guest).await;
        if seen[0] == at {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no visit at {at}: {}", seen(app, guest).await);
}

/// Long enough for a note that should not be made.
async fn nothing_happens() {
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
}

async fn visit(browser: &Browser, guest: &Visitor, from: &str) {
    assert!(has_session(&browser.with_header("x-forwarded-for", from), guest).await);
}

mod kept {
    use super::*;

    both! { with options();
        async fn real_sessions_are_noted_once_a_minute(app) {
            let ann = visitor(app, "ann@client.example").await;
            assert_eq!(seen(app, &ann).await, hospes_testing::json!([null, null, null, null]));
            let browser = sign_in(app, &ann).await;
            let entered = seen(app, &ann).await;
            assert_eq!(entered, hospes_testing::json!(["2025-05-15T10:00:00Z", "127.0.0.1", null, null]));
            // Whoever has no session leaves no trace.
            app.advance(SignedDuration::from_mins(5));
            app.browser().with_header("x-forwarded-for", "192.0.2.7").open(&ann.path("")).await.expect(200);
            nothing_happens().await;
            assert_eq!(seen(app, &ann).await, entered);
            let list = app.admin().get("/guests").await.expect(200);
            visit(&browser, &ann, "203.0.113.1, 192.0.2.7").await;
            let first = noted(app, &ann, "2025-05-15T10:05:00Z").await;
            assert_eq!(first, hospes_testing::json!(["2025-05-15T10:05:00Z", "192.0.2.7", "Germany", "Cologne"]));
            let after = app.admin().get("/guests").await.expect(200);
            assert_ne!(list.header("etag"), after.header("etag"));
            assert_eq!(after.data()[0]["last_known_country"], "Germany");
            app.advance(SignedDuration::from_secs(59));
            visit(&browser, &ann, "198.51.100.9").await;
            nothing_happens().await;
            assert_eq!(seen(app, &ann).await, first);
            app.advance(SignedDuration::from_secs(1));
            visit(&browser, &ann, "198.51.100.9").await;
            let second = noted(app, &ann, "2025-05-15T10:06:00Z").await;
            assert_eq!(second, hospes_testing::json!(["2025-05-15T10:06:00Z", "198.51.100.9", "Kenya", null]));
            app.advance(SignedDuration::from_mins(1));
            visit(&browser, &ann, "2001:db8:1::5").await;
            assert_eq!(noted(app, &ann, "2025-05-15T10:07:00Z").await[3], "Lyon");
            app.advance(SignedDuration::from_mins(1));
            visit(&browser, &ann, "203.0.113.9").await;
            let unknown = noted(app, &ann, "2025-05-15T10:08:00Z").await;
            assert_eq!(unknown, hospes_testing::json!(["2025-05-15T10:08:00Z", "203.0.113.9", null, null]));
            let sessions = app.admin().get("/guests/ann@client.example/sessions").await.expect(200);
            let session = &sessions.data()[0];
            assert_eq!((&session["ip"], &session["last_seen_at"]), (&hospes_testing::json!("203.0.113.9"), &hospes_testing::json!("2025-05-15T10:08:00Z")));
            let told = app.events(&app.acme).await;
            assert!(told.iter().all(|event| event.field.as_deref() != Some("last_accessed_at")), "visits are not told one by one");
        }

        async fn a_change_of_the_profile_is_not_disturbed_by_visits(app) {
            let ann = visitor(app, "ann@client.example").await;
            let tag = app.admin().get("/guests/ann@client.example").await.expect(200).header("etag").to_owned();
            let browser = sign_in(app, &ann).await;
            app.advance(SignedDuration::from_mins(2));
            visit(&browser, &ann, "192.0.2.7").await;
            noted(app, &ann, "2025-05-15T10:02:00Z").await;
            let admin = app.admin().with_header("if-match", &tag);
            admin.put("/guests/ann@client.example", &hospes_testing::json!({"first_name": "Ann"})).await.expect(201);
        }
    }
}

mod not_kept {
    use super::*;

    both! { with Options { store_guest_places: false, ..options() };
        async fn only_the_time_is_noted(app) {
            let ann = visitor(app, "ann@client.example").await;
            let browser = sign_in(app, &ann).await;
            app.advance(SignedDuration::from_mins(2));
            visit(&browser, &ann, "192.0.2.7").await;
            let seen = noted(app, &ann, "2025-05-15T10:02:00Z").await;
            assert_eq!(seen, hospes_testing::json!(["2025-05-15T10:02:00Z", null, null, null]));
            let sessions = app.admin().get("/guests/ann@client.example/sessions").await.expect(200);
            assert_eq!(sessions.data()[0]["ip"], Value::Null);
        }
    }
}
