//! What an organization decides for itself, and what follows of it.

use hospes_model::member::Role;
use hospes_testing::{TestApp, Value, both, json};

/// A week in the form of answers: these days around the clock.
fn around_the_clock(days: &[&str]) -> Value {
    let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let day = |name: &&str| {
        let works = days.contains(name);
        let day = json!({"is_working_day": works, "all_hours": works, "from": null, "to": null});
        ((*name).to_owned(), day)
    };
    Value::Object(names.iter().map(day).collect())
}

const WEEKDAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const ALL: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn acme(app: &TestApp, changes: &Value) -> Value {
    let mut acme = json!({
        "id": app.acme.id.to_string(), "name": "Acme", "timezone": "Europe/Berlin", "users_count": 3,
        "working_days": around_the_clock(&ALL), "default_deadline": {"type": "days", "value": 5},
        "maximum_group_assignment_limit": 0, "allow_user_invite": true, "allow_manage_groups": true,
        "guest_cadence_days": ["monday", "wednesday", "friday"], "issues_reopen_tasks": true,
        "guest_link_policy": "verify", "guest_link_strict_days": 30, "guest_color": null, "logo": null,
        "created_at": "2025-05-15T10:00:00Z",
    });
    for (key, value) in changes.as_object().unwrap() {
        acme[key] = value.clone();
    }
    acme
}

both! {
    async fn what_is_sent_changes_and_the_rest_stays(app) {
        let admin = app.admin();
        assert_eq!(*admin.get("").await.expect(200).data(), acme(app, &json!({})));
        let changed = admin.put("", &json!({"working_days": {"saturday": null, "Sunday": false}})).await.expect(200);
        let mut expected = json!({"working_days": around_the_clock(&WEEKDAYS)});
        assert_eq!(*changed.data(), acme(app, &expected));
        // Days that are left out stay.
        let changed = admin.put("", &json!({
            "name": " Acme & Co ", "timezone": "America/New_York",
            "working_days": {"Monday": {"from": "09:00", "to": "17:00:30"}},
            "default_deadline": {"unit": "weeks", "value": "2"},
            "maximum_group_assignment_limit": 12, "allow_user_invite": 0, "allow_manage_groups": "false", "issues_reopen_tasks": false,
        })).await.expect(200);
        expected["working_days"]["Monday"] =
            json!({"is_working_day": true, "all_hours": false, "from": "09:00", "to": "17:00:30"});
        expected["name"] = json!("Acme & Co");
        expected["timezone"] = json!("America/New_York");
        expected["default_deadline"] = json!({"type": "weeks", "value": 2});
        expected["maximum_group_assignment_limit"] = json!(12);
        expected["allow_user_invite"] = json!(false);
        expected["allow_manage_groups"] = json!(false);
        expected["issues_reopen_tasks"] = json!(false);
        assert_eq!(*changed.data(), acme(app, &expected));
        let none = admin.put("", &json!({"default_deadline": null})).await.expect(200);
        expected["default_deadline"] = json!(null);
        assert_eq!(*none.data(), acme(app, &expected));
        // Everybody sees it at once, here and among their own.
        for role in Role::ALL {
            let client = app.client(*role);
            assert_eq!(client.get("").await.expect(200).data(), none.data());
            assert_eq!(client.get("//me/organizations").await.expect(200).data()[0], *none.data());
        }
        let other = app.client_of(&app.other, Role::Admin).get("").await.expect(200);
        assert_eq!((&other.data()["name"], &other.data()["allow_user_invite"]), (&json!("Other"), &json!(true)));
    }

    async fn what_was_read_can_be_sent_back_and_changes_nothing(app) {
        let admin = app.admin();
        admin.put("", &json!({"working_days": {"Sunday": null, "Friday": {"from": "08:00", "to": "12:00"}}})).await.expect(200);
        let read = admin.get("").await.expect(200);
        let before = app.written().await;
        let answer = admin.put("", read.data()).await.expect(200);
        assert_eq!(answer.data(), read.data());
        assert!(answer.json.get("warnings").is_none_or(|warnings| *warnings == json!([])));
        admin.put("", &json!({})).await.expect(200);
        assert_eq!(app.written().await, before);
        let unknown = admin.put("", &json!({"colour": "red"})).await.expect(200);
        assert_eq!(unknown.json["warnings"].as_array().unwrap().len(), 1);
    }

    async fn all_faults_are_named_and_nothing_is_written(app) {
        let admin = app.admin();
        let before = app.written().await;
        let refused = admin.put("", &json!({
            "name": "x".repeat(51), "timezone": "Mars/Olympus", "maximum_group_assignment_limit": -1,
            "allow_user_invite": "perhaps", "allow_manage_groups": [],
            "default_deadline": {"type": "years", "value": 10_001},
            "working_days": {
                "Monday": {"from": "17:00", "to": "09:00"}, "Tuesday": {"from": "9"}, "Wednesday": 7, "Funday": true,
            },
        })).await.expect(422);
        assert_eq!(refused.faults(), [
            "allow_manage_groups", "allow_user_invite", "default_deadline.type", "default_deadline.value",
            "maximum_group_assignment_limit", "name", "timezone", "working_days.Funday", "working_days.Monday.to",
            "working_days.Tuesday.from", "working_days.Wednesday",
        ]);
        // Whether a day is left shows only together with those that stay.
        admin.put("", &json!({"working_days": {
            "Tuesday": null, "Wednesday": null, "Thursday": null, "Friday": null, "Saturday": null, "Sunday": null,
        }})).await.expect(200);
        let after = app.written().await;
        assert_ne!(before, after);
        let refused = admin.put("", &json!({"name": "", "working_days": {"Monday": null}})).await.expect(422);
        assert_eq!(refused.faults(), ["name", "working_days"]);
        for wrong in [json!([]), json!("x"), json!({"name": "a\u{0}b"}), json!({"working_days": "all"}), json!({"name": null})] {
            admin.put("", &wrong).await.expect(422);
        }
        assert_eq!(app.written().await, after);
    }

    async fn only_administrators_of_the_organization_change_it(app) {
        let before = app.written().await;
        for role in [Role::Standard, Role::Light] {
            app.client(role).put("", &json!({"name": "Ours"})).await.expect(403);
        }
        let elsewhere = app.client_of(&app.other, Role::Admin).in_organization(&app.acme.id.to_string());
        elsewhere.put("", &json!({"name": "Ours"})).await.expect(403);
        app.admin().without_token().put("", &json!({"name": "Ours"})).await.expect(401);
        assert_eq!(app.admin().get("").await.expect(200).data()["name"], "Acme");
        assert_eq!(app.written().await, before);
    }

    async fn if_match_and_repeated_requests(app) {
        let admin = app.admin();
        let tag = admin.get("").await.expect(200).header("etag").to_owned();
        let with = |tag: &str| admin.with_header("if-match", tag);
        let changed = with(&tag).put("", &json!({"name": "First"})).await.expect(200);
        assert_ne!(changed.header("etag"), tag);
        assert_eq!(admin.get("").await.expect(200).header("etag"), changed.header("etag"));
        with(&tag).put("", &json!({"name": "Second"})).await.expect(412);
        let keyed = admin.with_header("idempotency-key", "once");
        let first = keyed.put("", &json!({"name": "Third"})).await.expect(200);
        admin.put("", &json!({"name": "Fourth"})).await.expect(200);
        let again = keyed.put("", &json!({"name": "Third"})).await.expect(200);
        assert_eq!((again.data(), again.header("idempotent-replayed")), (first.data(), "true"));
        assert_eq!(admin.get("").await.expect(200).data()["name"], "Fourth");
    }

    async fn each_thing_that_changed_has_a_row_in_the_feed(app) {
        let admin = app.admin();
        admin.put("", &json!({"name": "Beta", "allow_user_invite": false, "timezone": "Europe/Berlin"})).await.expect(200);
        let feed = admin.get("/activity-feeds?entity_type=organization").await.expect(200);
        assert_eq!(feed.data().as_array().map(Vec::len), Some(2));
        let rows: Vec<_> = app.events(&app.acme).await.into_iter()
            .filter(|row| row.entity == "organization")
            .map(|row| (row.verb, row.field.unwrap(), row.old_value.unwrap(), row.text, row.actor))
            .collect();
        let admin = Some(app.acme.member(Role::Admin).get());
        let row = |field: &str, old: &str, text: &str| {
            ("updated".to_owned(), field.to_owned(), old.to_owned(), text.to_owned(), admin)
        };
        assert_eq!(rows, [
            row("name", "Acme", "The organization's name changed from Acme to Beta."),
            row("allow_user_invite", "yes", "The organization's permission to invite members changed from yes to no."),
        ]);
    }

    async fn deadlines_are_moved_to_working_days(app) {
        let admin = app.admin();
        let task = |deadline: &str| json!({
            "title": "Move", "task_type": "task", "deadline": deadline,
            "owners": {"users": [app.acme.member(Role::Admin).get()], "guests": [], "groups": []},
        });
        let old = admin.post("/tasks", &task("2025-05-24")).await.expect(201);
        let path = format!("/tasks/{}", old.data()["id"].as_str().unwrap());
        admin.put("", &json!({"working_days": {"Saturday": null, "Sunday": null, "Monday": {"from": "09:00", "to": "17:00"}}}))
            .await.expect(200);
        // What is there stays until somebody writes it again.
        assert_eq!(admin.get(&path).await.expect(200).data()["deadline"], "2025-05-24T21:59:59Z");
        admin.put(&path, &json!({"title": "Moved"})).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200).data()["deadline"], "2025-05-24T21:59:59Z");
        for (sent, expected, warned) in [
            // The last second of Saturday, of Monday (the day counts, not its
            // hours), and Sunday at noon, in Berlin.
            ("2025-05-24", "2025-05-26T21:59:59Z", 1),
            ("2025-05-26", "2025-05-26T21:59:59Z", 0),
            ("2025-05-25 12:00:00", "2025-05-26T10:00:00Z", 1),
        ] {
            for answer in [
                admin.put(&path, &json!({"deadline": sent})).await.expect(200),
                admin.post("/tasks", &task(sent)).await.expect(201),
            ] {
                assert_eq!(answer.data()["deadline"], expected, "{sent}");
                let warnings = answer.json.get("warnings").and_then(Value::as_array).map_or(0, Vec::len);
                assert_eq!(warnings, warned, "{sent}");
            }
        }
    }
}
