//! Files in the values of fields.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{PDF, Work, upload};

both! {
    async fn answers_name_files_of_their_own_process_only(app) {
        let (work, other) = (Work::new(app).await, Work::new(app).await);
        let admin = app.admin();
        let own = work.upload(&admin, work.scan(), "a.pdf", PDF).await.expect(200).data().clone();
        let foreign = other.upload(&admin, other.scan(), "b.pdf", PDF).await.expect(200).data().clone();
        let unknown = json!({"id": "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "filename": "c.pdf"});
        let field = work.scan();
        for wrong in [&foreign, &unknown] {
            let refused = work.fill_in(&admin, 0, field, &json!([own, wrong])).await.expect(422);
            assert_eq!(refused.faults(), [format!("taskdata.{field}")]);
        }
        // Whatever callers call it.
        let renamed = json!([{"id": own["id"], "filename": "other.png"}]);
        let filled = work.fill_in(&admin, 0, field, &renamed).await.expect(200);
        let kept = json!([{"id": own["id"], "filename": "a.pdf"}]);
        assert_eq!(filled.data()["taskdata"][field], kept);
        // What is there may be sent back, whole or in short.
        work.fill_in(&admin, 0, field, &kept).await.expect(200);
        work.fill_in(&admin, 0, field, &json!([own])).await.expect(200);
        // The field says what it takes, also when the file was uploaded for another.
        let text = work.upload(&admin, work.template.field(0, 2), "a.txt", b"Hello").await.expect(200);
        work.fill_in(&admin, 0, field, &json!([text.data()])).await.expect(422);
        let lying = json!([{"id": text.data()["id"], "filename": "a.pdf"}]);
        work.fill_in(&admin, 0, field, &lying).await.expect(422);
        work.fill_in(&admin, 0, work.template.field(0, 2), &json!([text.data()])).await.expect(200);
        let values = admin.get(&format!("{}/tasks/{}", work.path, work.tasks[0])).await.expect(200);
        assert_eq!(values.data()["taskdata"][field], kept);
    }

    async fn files_of_the_kick_off_form_become_the_process_s(app) {
        let admin = app.admin();
        let made = Work::template(&admin).await;
        let field = made.data["prerun"][0]["id"].as_str().unwrap();
        let fields = [("subject_type", "Checklist"), ("subject_id", &*made.id), ("uploaded_from", "ko_field")];
        let asset = upload(&admin, &fields, &[("name", "a.pdf", PDF)]).await.expect(200).data().clone();
        let launch = json!({"checklist_id": made.id, "name": "One", "prerun": {field: [asset]}});
        let run = admin.post("/runs", &launch).await.expect(201);
        assert_eq!(run.data()["prerun"][field], json!([{"id": asset["id"], "filename": "a.pdf"}]));
        let now = admin.get(&format!("/assets/{}", asset["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(now.data()["subject"], json!({"id": run.data()["id"], "type": "Run"}));
        // It is that process's from now on.
        let again = admin.post("/runs", &launch).await.expect(422);
        assert_eq!(again.faults(), [format!("prerun.{field}")]);
        // Another template's is not this one's.
        let other = Work::template(&admin).await;
        let fields = [("subject_type", "Checklist"), ("subject_id", &*other.id), ("uploaded_from", "ko_field")];
        let foreign = upload(&admin, &fields, &[("name", "a.pdf", PDF)]).await.expect(200).data().clone();
        let launch = json!({"checklist_id": made.id, "name": "Two", "prerun": {field: [foreign]}});
        admin.post("/runs", &launch).await.expect(422);
        let path = format!("/runs/{}", run.data()["id"].as_str().unwrap());
        admin.put(&path, &json!({"prerun": {field: [foreign]}})).await.expect(422);
        let own = upload(&admin, &[("subject_type", "Run"), ("subject_id", run.data()["id"].as_str().unwrap()), ("uploaded_from", field)], &[("name", "b.pdf", PDF)]).await.expect(200);
        let changed = admin.put(&path, &json!({"prerun": {field: [asset, own.data()]}})).await.expect(200);
        assert_eq!(changed.data()["prerun"][field].as_array().unwrap().len(), 2);
    }

    async fn one_off_tasks_hold_files_too(app) {
        let admin = app.admin();
        let me = app.acme.member(Role::Admin);
        let task = admin
            .post("/tasks?with=form_fields", &json!({
                "title": "Alone", "task_type": "task", "deadline": "2025-06-01 12:00:00",
                "owners": {"users": [me], "guests": [], "groups": []},
                "form_fields": [{"label": "Scan", "field_type": "file", "required": true}],
            }))
            .await
            .expect(201);
        let (id, field) = (task.data()["id"].as_str().unwrap(), task.data()["form_fields"]["data"][0]["id"].as_str().unwrap());
        admin.post("/completed-tasks", &json!({"task_id": id})).await.expect(422);
        let fields = [("subject_type", "Task"), ("subject_id", id), ("uploaded_from", field)];
        let asset = upload(&admin, &fields, &[("name", "a.pdf", PDF)]).await.expect(200).data().clone();
        let path = format!("/tasks/{id}");
        let unknown = json!({"id": "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e", "filename": "c.pdf"});
        let refused = admin.put(&path, &json!({"taskdata": {field: [unknown]}})).await.expect(422);
        assert_eq!(refused.faults(), [format!("taskdata.{field}")]);
        let filled = admin.put(&path, &json!({"taskdata": {field: [asset]}})).await.expect(200);
        assert_eq!(filled.data()["taskdata"][field], json!([{"id": asset["id"], "filename": "a.pdf"}]));
        let shown = admin.get(&format!("{path}?with=assets")).await.expect(200);
        assert_eq!(shown.data()["assets"]["data"], json!([asset]));
        assert_eq!(admin.delete(&format!("/file/{}", asset["id"].as_str().unwrap())).await.expect(422).faults(), ["file"]);
        admin.post("/completed-tasks", &json!({"task_id": id})).await.expect(200);
    }
}
