//! Changing and deleting comments.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{comment, id, member, process, task};

both! {
    async fn what_is_sent_changes_and_the_rest_stays(app) {
        let (standard, path) = (app.client(Role::Standard), task(app, &["ann@client.example"]).await);
        let text = format!("@[{}] @ann@client.example", member(app, Role::Light));
        let made = comment(&standard, &path, &json!({"content": text, "state": "open"})).await.expect(201);
        let one = format!("{path}/comment/{}", id(&made));
        let hidden = standard.put(&one, &json!({"state": "hide-for-guests"})).await.expect(200);
        let mut expected = made.data().clone();
        expected["state"] = json!("hide-for-guests");
        expected["hidden_from_guests"] = json!(true);
        assert_eq!(*hidden.data(), expected);
        assert_ne!(hidden.header("etag"), made.header("etag"));
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.verb.as_str(), event.field.as_deref()), ("updated", Some("comment")));
        // What was read is sent back: nothing changes.
        let before = app.written().await;
        let echo = standard.put(&one, hidden.data()).await.expect(200);
        assert_eq!((echo.data(), app.written().await), (hidden.data(), before));
        assert!(echo.json.get("warnings").is_none());
        let words = standard.put(&one, &json!({"content": "Nobody", "label": "advice", "sent_to": []})).await.expect(200);
        assert_eq!((&words.data()["content"], &words.data()["label"]), (&json!("Nobody"), &json!("advice")));
        assert_eq!((&words.data()["sent_to"], &words.data()["sent_to_guests"]), (&json!([]), &json!([])));
        let read = standard.get(&format!("{path}?with=threads")).await.expect(200);
        assert_eq!(read.data()["threads"]["data"], json!([words.data()]));
    }

    async fn an_older_state_is_refused(app) {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        let made = comment(&admin, &path, &json!({"content": "One"})).await.expect(201);
        let one = format!("{path}/comment/{}", id(&made));
        let stale = admin.with_header("if-match", made.header("etag"));
        stale.put(&one, &json!({"content": "Two"})).await.expect(200);
        stale.put(&one, &json!({"content": "Three"})).await.expect(412);
        stale.delete(&one).await.expect(412);
    }

    async fn faults_are_named_and_nothing_is_written(app) {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        let made = comment(&admin, &path, &json!({"content": "One"})).await.expect(201);
        let one = format!("{path}/comment/{}", id(&made));
        let before = app.written().await;
        for (body, faults) in [
            (json!({"content": " ", "state": "x", "label": "x", "sent_to": 1}), vec!["content", "label", "sent_to", "state"]),
            (json!({"label": "problem"}), vec!["label"]),
            (json!({"content": "@[999999]"}), vec!["content"]),
        ] {
            assert_eq!(admin.put(&one, &body).await.expect(422).faults(), faults, "{body}");
        }
        assert_eq!(app.written().await, before);
    }

    async fn authors_and_administrators_change_and_delete(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        let (_, run) = process(app, &[]).await;
        for path in [task(app, &[]).await, format!("/tasks/{}", run.tasks[0]), run.path.clone()] {
            let made = comment(&light, &path, &json!({"content": "Mine"})).await.expect(201);
            let one = format!("{path}/comment/{}", id(&made));
            let before = app.written().await;
            standard.put(&one, &json!({"content": "Other"})).await.expect(403);
            standard.delete(&one).await.expect(403);
            assert_eq!(app.written().await, before);
            light.put(&one, &json!({"content": "Other"})).await.expect(200);
            admin.put(&one, &json!({"state": "open"})).await.expect(200);
            light.delete(&one).await.expect(204);
            let event = app.events(&app.acme).await.pop().unwrap();
            assert_eq!((event.verb.as_str(), event.actor), ("comment-deleted", Some(member(app, Role::Light))));
            light.delete(&one).await.expect(404);
            light.put(&one, &json!({})).await.expect(404);
        }
        // A comment is found below what it is about, and nowhere else.
        let (first, second) = (task(app, &[]).await, task(app, &[]).await);
        let made = comment(&admin, &first, &json!({"content": "Mine"})).await.expect(201);
        admin.delete(&format!("{second}/comment/{}", id(&made))).await.expect(404);
        admin.put(&format!("{first}/comment/x"), &json!({})).await.expect(404);
        admin.delete(&format!("{first}/comment/{}", id(&made))).await.expect(204);
    }

    async fn a_change_puts_nobody_on_the_task(app) {
        let (admin, path) = (app.admin(), task(app, &[]).await);
        let made = comment(&admin, &path, &json!({"content": "One"})).await.expect(201);
        let one = format!("{path}/comment/{}", id(&made));
        let changed = admin.put(&one, &json!({"content": "+new@client.example"})).await.expect(200);
        assert_eq!(changed.data()["sent_to_guests"], json!(["new@client.example"]));
        assert_eq!(admin.get(&path).await.expect(200).data()["owners"]["guests"], json!([]));
    }
}
