//! `GET /organizations/{org}/guests/{guest}`.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{create, outsiders, path, task};

both! {
    async fn every_spelling_of_a_guest_works(app) {
        let guest = create(&app.admin(), "guest+One@client.example").await;
        for spelling in [
            "guest+One@client.example",
            "guest%2BOne%40client.example",
            "guest%2bone@CLIENT.example",
            guest["id"].as_str().unwrap(),
        ] {
            for role in Role::ALL {
                let read = app.client(*role).get(&path(spelling)).await.expect(200);
                assert_eq!(read.data(), &guest, "{spelling}");
            }
        }
        // A plus is a plus in a path, never a blank.
        app.admin().get(&path("guest%20One@client.example")).await.expect(404);
    }

    async fn statistics_follow_the_tasks(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let bare = admin.get(&path("a@client.example")).await.expect(200);
        assert_eq!(bare.data().get("stats"), None);
        let (one, _) = (task(&admin, &["a@client.example"]).await, task(&admin, &["a@client.example"]).await);
        admin.post("/completed-tasks", &json!({"task_id": one, "override_guest": "a@client.example"})).await.expect(200);
        let read = admin.get(&format!("{}?with=stats", path("a@client.example"))).await.expect(200);
        assert_eq!(read.data()["stats"], json!({
            "active_tasks": 1, "completed_tasks": 1, "assigned_tasks": 1, "tasks_completed": 0,
            "last_task_completed_at": null, "one_off_tasks_completed": 1,
            "last_one_off_task_completed_at": "2025-05-15T10:00:00Z",
        }));
        let again = admin.get(&path("a@client.example")).await.expect(200);
        assert_eq!(again.bytes, bare.bytes, "tasks do not show without statistics");
    }

    async fn nobody_is_404(app) {
        create(&app.admin(), "a@client.example").await;
        for nobody in ["b@client.example", "nonsense", "1", &"a".repeat(40), "a@client.example%00", "%FF", "a%FF@client.example"] {
            let answer = app.admin().get(&path(nobody)).await.expect(404);
            assert_eq!(answer.json["code"], "RESOURCE_NOT_FOUND", "{nobody}");
        }
    }

    async fn outsiders_get_nowhere(app) {
        create(&app.admin(), "a@client.example").await;
        for (outsider, status) in outsiders(app) {
            outsider.get(&path("a@client.example")).await.expect(status);
        }
        // The other organization's own paths do not know the guest.
        app.client_of(&app.other, Role::Admin).get(&path("a@client.example")).await.expect(404);
    }
}
