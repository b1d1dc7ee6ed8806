//! Scripts on other sites.

use hospes_testing::{both, json};
use reqwest::Method;

use crate::guests::create;

const SITE: &str = "https://site.example";

both! {
    async fn a_preflight_is_answered_without_a_token(app) {
        let nobody = app.client_with(&app.acme, None).with_header("origin", SITE);
        for (method, path) in [("POST", "/guests"), ("PUT", "/guests/a@client.example"), ("DELETE", "/tasks/x"), ("GET", "//me")] {
            let answer = nobody
                .with_header("access-control-request-method", method)
                .with_header("access-control-request-headers", "authorization, x-tallyfy-client, idempotency-key")
                .send(Method::OPTIONS, path, None)
                .await
                .expect(200);
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert!(answer.header("access-control-allow-methods").split(',').any(|allowed| allowed == method));
            let headers = answer.header("access-control-allow-headers");
            for name in ["authorization", "x-tallyfy-client", "idempotency-key"] {
                assert!(headers.contains(name), "{headers}");
            }
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
        assert_eq!(app.written().await.events, 0);
    }

    async fn answers_say_that_any_site_may_read_them(app) {
        create(&app.admin(), "a@client.example").await;
        let admin = app.admin().with_header("origin", SITE);
        for answer in [
            admin.get("/guests").await.expect(200),
            admin.get("/guests").await.expect(200),
            admin.get("/guests/nobody@client.example").await.expect(404),
            admin.get("/nowhere").await.expect(404),
            admin.post("/guests", &json!({})).await.expect(422),
            admin.without_token().get("/guests").await.expect(401),
        ] {
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            for name in ["etag", "link", "x-request-id", "retry-after", "ratelimit", "idempotent-replayed"] {
                assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
            }
        }
        let plain = app.admin().get("/guests").await.expect(200);
        let crossing = admin.get("/guests").await.expect(200);
        assert_eq!(plain.header("access-control-allow-origin"), "");
        assert_eq!((plain.bytes, plain.headers.get("etag")), (crossing.bytes, crossing.headers.get("etag")));
    }
}
