//! Who may comment, and on what.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{comment, id, member, process, task};
use crate::guests::outsiders;
use crate::{runs, tasks};

both! {
    async fn outsiders_get_nowhere(app) {
        let (_, run) = process(app, &[]).await;
        let path = task(app, &[]).await;
        let made = comment(&app.admin(), &path, &json!({"content": "x"})).await.expect(201);
        let before = app.written().await;
        for (client, status) in outsiders(app) {
            for path in [&path, &run.path] {
                comment(&client, path, &json!({"content": "x"})).await.expect(status);
                client.post(&format!("{path}/problem"), &json!({"content": "x"})).await.expect(status);
                client.post(&format!("{path}/resolved-threads"), &json!({"content": "x"})).await.expect(status);
            }
            client.put(&format!("{path}/comment/{}", id(&made)), &json!({"content": "x"})).await.expect(status);
            client.delete(&format!("{path}/comment/{}", id(&made))).await.expect(status);
        }
        // The same ids in another organization name nothing.
        let other = app.client_of(&app.other, Role::Admin);
        for path in [&path, &run.path] {
            comment(&other, path, &json!({"content": "x"})).await.expect(404);
        }
        other.put(&format!("{path}/comment/{}", id(&made)), &json!({"content": "x"})).await.expect(404);
        assert_eq!(app.written().await, before);
    }

    async fn what_one_may_not_see_one_cannot_comment_on(app) {
        let (admin, light, standard) = (app.admin(), app.client(Role::Light), app.client(Role::Standard));
        let made = admin.post("/tasks", &tasks::body_with(&[member(app, Role::Admin)], &[], &json!({"top_secret": true}))).await.expect(201);
        let secret = format!("/tasks/{}", id(&made));
        let template = runs::template(app).await;
        let run = template.launch(&admin, &json!({})).await;
        comment(&admin, &secret, &json!({"content": "x"})).await.expect(201);
        let event = app.events(&app.acme).await.pop().unwrap();
        assert!(!event.text.contains("contract"), "{}", event.text);
        for (client, paths) in [(&light, vec![&secret, &run.path]), (&standard, vec![&secret])] {
            for path in paths {
                comment(client, path, &json!({"content": "x"})).await.expect(404);
                client.post(&format!("{path}/problem"), &json!({"content": "x"})).await.expect(404);
                client.post(&format!("{path}/resolved-threads"), &json!({"content": "x"})).await.expect(404);
            }
        }
        comment(&standard, &run.path, &json!({"content": "x"})).await.expect(201);
    }
}
