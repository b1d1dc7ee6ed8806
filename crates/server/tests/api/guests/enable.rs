//! `PUT /organizations/{org}/guests/{guest}/enable`.

use hospes_model::member::Role;
use hospes_testing::{both, json};
use jiff::SignedDuration;
use reqwest::Method;

use super::{create, outsiders};

const DISABLE: &str = "/guests/a@client.example/disable";
const ENABLE: &str = "/guests/a@client.example/enable";

both! {
    async fn the_guest_is_active_again_with_another_link(app) {
        let admin = app.admin();
        let mut guest = create(&admin, "a@client.example").await;
        admin.delete(DISABLE).await.expect(200);
        app.advance(SignedDuration::from_mins(1));
        // Clients send this without a body, and some with a content type.
        let enabled = admin.send_bytes(Method::PUT, ENABLE, Some(Vec::new()), "application/json").await.expect(200);
        guest["details"]["reactivated_at"] = json!("2025-05-15T10:01:00Z");
        guest["details"]["reactivated_by"] = json!(app.acme.member(Role::Admin).get());
        let old = guest["id"].clone();
        for key in ["id", "link"] {
            assert_ne!(enabled.data()[key], guest[key], "the old link stays dead");
            guest[key] = enabled.data()[key].clone();
        }
        assert_eq!(enabled.data(), &guest);
        admin.get(&format!("/guests/{}", old.as_str().unwrap())).await.expect(404);
        assert_eq!(admin.get("/guests/a@client.example").await.expect(200).bytes, enabled.bytes);
        assert_eq!(app.events(&app.acme).await.pop().unwrap().verb, "enabled");
    }

    async fn an_active_guest_stays_as_it_is(app) {
        let admin = app.admin();
        let guest = create(&admin, "a@client.example").await;
        let before = app.written().await;
        let answer = admin.send(Method::PUT, ENABLE, None).await.expect(200);
        assert_eq!(answer.data(), &guest);
        assert_eq!(app.written().await, before);
    }

    async fn only_admins_may(app) {
        create(&app.admin(), "a@client.example").await;
        let disabled = app.admin().delete(DISABLE).await.expect(200);
        app.client(Role::Standard).put(ENABLE, &json!({})).await.expect(403);
        app.client(Role::Light).put(ENABLE, &json!({})).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.put(ENABLE, &json!({})).await.expect(status);
        }
        app.client_of(&app.other, Role::Admin).put(ENABLE, &json!({})).await.expect(404);
        assert_eq!(app.admin().get("/guests/a@client.example").await.expect(200).bytes, disabled.bytes);
    }

    async fn nobody_is_404(app) {
        app.admin().put("/guests/b@client.example/enable", &json!({})).await.expect(404);
        app.admin().put("/guests/nonsense/enable", &json!({})).await.expect(404);
    }
}
