//! Another name, another role.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{id, invite, join, told};
use crate::guests::outsiders;

both! {
    async fn what_is_known_of_a_member_is_changed(app) {
        let admin = app.admin();
        let path = format!("/users/{}", id(app, Role::Light));
        let changed = admin.put(&path, &json!({
            "first_name": "Lee", "last_name": "Light", "timezone": "America/New_York", "phone": "+1 555", "job_title": "Clerk",
            "job_description": "Files\nand more", "team": "Office", "country_id": 49, "date_format": "DD/MM/YYYY",
        })).await.expect(200);
        let data = changed.data();
        for (key, value) in [
            ("full_name", json!("Lee Light")), ("timezone", json!("America/New_York")), ("UTC_offset", json!("-04:00")),
            ("phone", json!("+1 555")), ("job_title", json!("Clerk")), ("job_description", json!("Files\nand more")),
            ("team", json!("Office")), ("country_id", json!(49)), ("date_format", json!("dd/mm/yyyy")),
        ] {
            assert_eq!(data[key], value, "{key}");
        }
        assert_eq!(admin.get(&path).await.expect(200).data(), data);
        assert_eq!(told(app, id(app, Role::Light)).await.len(), 9);
        let before = app.written().await;
        admin.put(&path, &json!({"team": "Office"})).await.expect(200);
        assert_eq!(app.written().await, before);
        let cleared = admin.put(&path, &json!({"phone": null, "country_id": null})).await.expect(200);
        assert_eq!((&cleared.data()["phone"], &cleared.data()["country_id"], &cleared.data()["team"]), (&json!(null), &json!(null), &json!("Office")));
        let wrong = json!({"first_name": "", "last_name": "https://x.example", "timezone": "x", "phone": "1".repeat(21), "date_format": "y"});
        assert_eq!(admin.put(&path, &wrong).await.expect(422).faults(), ["date_format", "first_name", "last_name", "phone", "timezone"]);
        for odd in ["0", "x", "999999", "1.5"] {
            admin.put(&format!("/users/{odd}"), &json!({"team": "x"})).await.expect(404);
        }
    }

    async fn a_role_counts_at_once(app) {
        let admin = app.admin();
        let (light, path) = (app.client(Role::Light), format!("/users/{}/role", id(app, Role::Light)));
        light.post("/groups", &json!({"name": "A"})).await.expect(403);
        let changed = admin.put(&path, &json!({"role": "Admin"})).await.expect(200);
        assert_eq!(changed.data()["role"], "admin");
        light.post("/groups", &json!({"name": "A"})).await.expect(201);
        light.put(&path, &json!({"role": "light"})).await.expect(200);
        light.put(&path, &json!({"role": "admin"})).await.expect(403);
        assert_eq!(told(app, id(app, Role::Light)).await.iter().map(|row| row.1.as_str()).collect::<Vec<_>>(), [
            "The role of member light@acme.example was changed from light to admin.",
            "The role of member light@acme.example was changed from admin to light.",
        ]);
        assert_eq!(admin.put(&path, &json!({"role": "boss"})).await.expect(422).faults(), ["role"]);
        assert_eq!(admin.put(&path, &json!({})).await.expect(422).faults(), ["role"]);
    }

    async fn the_default_administrator_is_protected_and_nothing_changes(app) {
        let admin = app.admin();
        let default = format!("/users/{}", id(app, Role::Admin));
        admin.put(&format!("/users/{}/role", id(app, Role::Standard)), &json!({"role": "admin"})).await.expect(200);
        let second = app.client(Role::Standard);
        let before = app.written().await;
        for client in [&admin, &second] {
            for answer in [
                client.put(&format!("{default}/role"), &json!({"role": "light"})).await,
                client.delete(&default).await,
                client.delete(&format!("{default}/disable")).await,
                client.delete(&format!("{default}/delete")).await,
                client.put(&format!("{default}/to/guest"), &json!({})).await,
            ] {
                let answer = answer.expect(400);
                assert_eq!(answer.json["message"],
                    "Cannot modify the default administrator. Please assign another member as default administrator first.");
            }
        }
        admin.put(&format!("{default}/role"), &json!({"role": "admin"})).await.expect(200);
        assert_eq!(app.written().await, before);
        admin.get("/me").await.expect(200);
    }

    async fn others_get_nowhere(app) {
        let (dora, own) = join(app, "dora@firm.example").await;
        let eve = invite(&app.admin(), "eve@firm.example").await;
        let before = app.written().await;
        let elsewhere = app.client_of(&app.other, Role::Admin);
        let mut callers = outsiders(app);
        callers.extend([(own, 403), (app.client(Role::Light), 403), (elsewhere, 404)]);
        for (client, status) in callers {
            for user in [dora, eve] {
                let path = format!("/users/{user}");
                client.put(&path, &json!({"team": "x"})).await.expect(status);
                client.put(&format!("{path}/role"), &json!({"role": "light"})).await.expect(status);
                client.delete(&path).await.expect(status);
                client.delete(&format!("{path}/disable")).await.expect(status);
                client.delete(&format!("{path}/delete")).await.expect(status);
                client.put(&format!("{path}/enable"), &json!({})).await.expect(status);
                client.put(&format!("{path}/approve"), &json!({})).await.expect(status);
                client.put(&format!("{path}/to/guest"), &json!({})).await.expect(status);
                client.post(&format!("{path}/invitation-link"), &json!({})).await.expect(status);
            }
        }
        assert_eq!(app.written().await, before);
    }
}
