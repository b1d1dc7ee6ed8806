//! Who sees which processes, and works on them.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{member, template};

both! {
    async fn to_whoever_may_not_see_it_a_process_does_not_exist(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        let template = template(app).await;
        let open = template.launch(&admin, &json!({})).await;
        let closed = template.launch(&admin, &json!({"users": [member(app, Role::Admin)]})).await;
        standard.get(&open.path).await.expect(200);
        for (client, run) in [(&standard, &closed), (&light, &open), (&light, &closed)] {
            let before = app.written().await;
            for path in ["", "/tasks", "/form-fields"] {
                client.get(&format!("{}{path}", run.path)).await.expect(404);
            }
            client.get(&run.task(0)).await.expect(404);
            client.get(&format!("/tasks/{}", run.tasks[0])).await.expect(404);
            client.post(&format!("{}/export", run.path), &json!({})).await.expect(404);
            client.put(&run.task(0), &json!({"taskdata": {}})).await.expect(404);
            run.complete(client, 0, &json!({})).await.expect(404);
            client.post(&format!("{}/complete-prerun", run.path), &json!({})).await.expect(404);
            assert_eq!(app.written().await, before);
        }
        assert_eq!(standard.get("/runs").await.expect(200).data().as_array().unwrap().len(), 1);
        assert_eq!(light.get("/runs").await.expect(200).data(), &json!([]));
        assert_eq!(light.get("/tasks").await.expect(200).data(), &json!([]));
        standard.delete(&closed.path).await.expect(404);
        // Named on it, it is there.
        admin.put(&closed.path, &json!({"users": [member(app, Role::Light)]})).await.expect(200);
        light.get(&closed.path).await.expect(200);
        let foreign = app.client_of(&app.other, Role::Admin);
        foreign.get(&open.path).await.expect(404);
    }

    async fn light_members_work_on_their_own_tasks(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        let template = template(app).await;
        let owners = json!({"tasks": {&template.steps[0]: {"owners": {"users": [member(app, Role::Light)]}}}});
        let run = template.launch(&admin, &owners).await;
        let filled = light.put(&run.task(0), &json!({"taskdata": {&template.note: "x"}})).await.expect(200);
        assert_eq!(filled.data()["taskdata"][&template.note], "x");
        for body in [json!({"title": "x"}), json!({"owners": {}}), json!({"hidden": true})] {
            light.put(&run.task(0), &body).await.expect(403);
        }
        light.put(&run.task(1), &json!({"taskdata": {}})).await.expect(200);
        run.complete(&light, 1, &json!({"is_approved": true})).await.expect(403);
        run.complete(&light, 0, &json!({})).await.expect(200);
        run.reopen(&light, 0).await.expect(200);
        light.delete(&run.path).await.expect(403);
        light.post(&format!("/tasks/{}/clone", run.tasks[0]), &json!({})).await.expect(403);
    }

    async fn a_deleted_group_sees_no_process_and_opens_none(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        let template = template(app).await;
        let group = json!({"name": "Sales", "members": [member(app, Role::Light)]});
        let group = admin.post("/groups", &group).await.expect(201).data()["id"].clone();
        let run = template.launch(&admin, &json!({"groups": [group]})).await;
        let beside = json!({"groups": [group], "users": [member(app, Role::Standard)]});
        let other = template.launch(&admin, &beside).await;
        light.get(&run.path).await.expect(200);
        standard.get(&run.path).await.expect(404);
        admin.delete(&format!("/groups/{}", group.as_str().unwrap())).await.expect(204);
        let read = admin.get(&run.path).await.expect(200);
        let owner = json!([member(app, Role::Admin)]);
        assert_eq!((&read.data()["groups"], &read.data()["users"]), (&json!([]), &owner), "and its owner, who sees it anyway");
        let kept = admin.get(&other.path).await.expect(200);
        assert_eq!((&kept.data()["groups"], &kept.data()["users"]), (&json!([]), &beside["users"]));
        for client in [&standard, &light] {
            client.get(&run.path).await.expect(404);
        }
        standard.get(&other.path).await.expect(200);
        // What was read can be sent back.
        let echo = json!({"users": read.data()["users"], "groups": read.data()["groups"], "name": "Other"});
        admin.put(&run.path, &echo).await.expect(200);
    }

    async fn whoever_shall_see_a_process_must_be_there(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let before = app.written().await;
        let strangers = json!({"users": [999_999], "groups": ["0".repeat(32)]});
        let refused = admin.post("/runs", &template.body(&strangers)).await.expect(422);
        assert_eq!(refused.faults(), ["groups", "users"]);
        assert_eq!(admin.put(&run.path, &strangers).await.expect(422).faults(), ["groups", "users"]);
        assert_eq!(app.written().await, before);
    }
}
