//! Guests.

use hospes_testing::{both, json};

both! {
    async fn a_guest_lives(app) {
        let admin = app.admin();
        let made = admin.post("/guests", &json!({
            "email": "carl+one@client.example", "name": "Carl Client", "phone": "+49 30 1", "company_name": "Client GmbH",
            "associated_members": [app.acme.member(hospes_model::member::Role::Standard).get()],
        })).await.expect(201);
        let guest = made.data();
        assert_eq!(guest["first_name"], "Carl");
        assert_eq!(guest["details"]["phone_1"], "+49 30 1");
        assert_eq!(guest["details"]["status"], "active");
        assert!(guest["link"].as_str().unwrap().ends_with(&format!("/guest/{}", guest["id"].as_str().unwrap())));
        let read = admin.get("/guests/carl%2Bone%40client.example?with=stats").await.expect(200);
        assert_eq!(read.data()["stats"]["active_tasks"], 0);
        let listed = admin.get("/guests?with=stats").await.expect(200);
        assert_eq!(listed.data().as_array().unwrap().len(), 1);
        assert_eq!(listed.json["meta"]["pagination"]["total"], 1);
        admin.put("/guests/carl+one@client.example", &json!({"company_name": null})).await.expect(201);
        admin.delete("/guests/carl+one@client.example/disable").await.expect(200);
        admin.delete("/guests/carl+one@client.example").await.expect(200);
        admin.get("/guests/carl+one@client.example").await.expect(404);
        admin.delete("/guests/carl+one@client.example").await.expect(422);
    }
}
