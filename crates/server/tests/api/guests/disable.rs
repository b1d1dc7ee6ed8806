//! `DELETE /organizations/{org}/guests/{guest}/disable`.

use hospes_model::member::Role;
use hospes_testing::{both, json};
use jiff::SignedDuration;

use super::{create, outsiders, task};

const DISABLE: &str = "/guests/a@client.example/disable";

both! {
    async fn the_guest_says_when_and_by_whom(app) {
        let admin = app.admin();
        let mut guest = create(&admin, "a@client.example").await;
        app.advance(SignedDuration::from_mins(1));
        let disabled = admin.delete(DISABLE).await.expect(200);
        let at = json!("2025-05-15T10:01:00Z");
        guest["disabled_at"] = at.clone();
        guest["details"]["status"] = json!("disabled");
        guest["details"]["disabled_at"] = at.clone();
        guest["details"]["disabled_on"] = at;
        guest["details"]["disabled_by"] = json!(app.acme.member(Role::Admin).get());
        assert_eq!(disabled.data(), &guest);
        assert_eq!(admin.get("/guests/a@client.example").await.expect(200).bytes, disabled.bytes);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.verb.as_str(), event.actor), ("disabled", Some(app.acme.member(Role::Admin).get())));
    }

    async fn twice_changes_nothing_more(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let first = admin.delete(DISABLE).await.expect(200);
        let before = app.written().await;
        app.advance(SignedDuration::from_mins(1));
        let second = admin.delete(DISABLE).await.expect(200);
        assert_eq!(second.bytes, first.bytes);
        assert_eq!(app.written().await, before);
    }

    async fn tasks_stay_assigned(app) {
        let admin = app.admin();
        let id = task(&admin, &["a@client.example"]).await;
        admin.delete(DISABLE).await.expect(200);
        let read = admin.get(&format!("/tasks/{id}")).await.expect(200);
        assert_eq!(read.data()["owners"]["guests"], json!(["a@client.example"]));
        let guest = admin.get("/guests/a@client.example?with=stats").await.expect(200);
        assert_eq!(guest.data()["stats"]["active_tasks"], 1);
    }

    async fn only_admins_may(app) {
        let guest = create(&app.admin(), "a@client.example").await;
        app.client(Role::Standard).delete(DISABLE).await.expect(403);
        app.client(Role::Light).delete(DISABLE).await.expect(403);
        for (outsider, status) in outsiders(app) {
            outsider.delete(DISABLE).await.expect(status);
        }
        app.client_of(&app.other, Role::Admin).delete(DISABLE).await.expect(404);
        assert_eq!(app.admin().get("/guests/a@client.example").await.expect(200).data(), &guest);
        let by_code = format!("/guests/{}/disable", guest["id"].as_str().unwrap());
        app.admin().delete(&by_code).await.expect(200);
    }

    async fn nobody_is_404(app) {
        app.admin().delete("/guests/b@client.example/disable").await.expect(404);
        app.admin().delete("/guests/nonsense/disable").await.expect(404);
        app.admin().delete("/guests/%FF/disable").await.expect(404);
    }
}
