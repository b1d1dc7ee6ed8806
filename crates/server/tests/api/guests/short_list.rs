//! `GET /organizations/{org}/guests-list`.

use hospes_model::guest::GuestChange;
use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{create, outsiders};

both! {
    async fn everybody_is_in_it_once(app) {
        assert_eq!(app.admin().get("/guests-list").await.expect(200).json, json!({"data": []}));
        app.add_guests(&app.acme, 1203, |n| (format!("g{n:04}@bulk.example"), GuestChange::default())).await;
        for role in Role::ALL {
            let listed = app.client(*role).get("/guests-list?sort=-email").await.expect(200);
            let emails: Vec<&str> =
                listed.data().as_array().unwrap().iter().map(|guest| guest["email"].as_str().unwrap()).collect();
            let expected: Vec<String> = (0..1203).rev().map(|n| format!("g{n:04}@bulk.example")).collect();
            assert_eq!(emails, expected);
            assert_eq!(listed.json.get("meta"), None);
        }
    }

    async fn filters_work(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        create(&admin, "b@client.example").await;
        admin.delete("/guests/b@client.example/disable").await.expect(200);
        let active = admin.get("/guests-list?status=active&with=stats").await.expect(200);
        assert_eq!(active.data().as_array().unwrap().len(), 1);
        assert_eq!(active.data()[0]["stats"]["active_tasks"], 0);
        let found = admin.get("/guests-list?q=B%40").await.expect(200);
        assert_eq!(found.data()[0]["email"], "b@client.example");
        assert_eq!(admin.get("/guests-list?sort=shoe_size&status=x").await.expect(422).faults(), ["sort", "status"]);
    }

    async fn outsiders_get_nowhere(app) {
        for (outsider, status) in outsiders(app) {
            outsider.get("/guests-list").await.expect(status);
        }
    }
}
