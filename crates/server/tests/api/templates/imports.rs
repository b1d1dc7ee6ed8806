//! Exports that come back.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{id_of, make, now, sample, titles};

both! {
    async fn what_was_read_can_be_sent(app) {
        let (admin, elsewhere) = (app.admin(), app.client_of(&app.other, Role::Admin));
        let made = make(&admin, &sample("Export")).await;
        admin.put(&made.step_path(2), &json!({
            "title": "Send", "assignees": [id_of(app, Role::Light)], "guests": ["carl@client.example"],
            "bp_to_launch": {"id": made.id},
        })).await.expect(200);
        let export = now(&admin, &made).await;
        let imported = elsewhere.post("/checklists?with=steps", &export).await.expect(201);
        let copy = imported.data();
        assert_eq!((titles(copy), &copy["title"]), (vec!["Collect", "Check", "Send"], &json!("Export")));
        let step = |at: usize| copy["steps"]["data"][at].clone();
        assert_ne!(step(0)["id"], made.step(0));
        assert_eq!(step(1)["deadline"]["step"], step(0)["id"]);
        assert_eq!(copy["automated_actions"][0]["conditions"][0]["conditionable_id"], step(0)["captures"][0]["id"]);
        assert_eq!(copy["owner_id"], app.other.member(Role::Admin).get(), "whoever imports owns it");
        // Nobody of the other organization is on it, and no template of it.
        assert_eq!((&step(2)["assignees"], &step(2)["guests"]), (&json!([]), &json!(["carl@client.example"])));
        assert_eq!(step(2)["bp_to_launch"], json!(null));
        let warnings = imported.json["warnings"].to_string();
        assert!(warnings.contains("steps.2.assignees") && warnings.contains("The template"), "{warnings}");
    }
}
