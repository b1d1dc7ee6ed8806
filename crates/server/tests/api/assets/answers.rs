//! Files in the values of fields.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{CARL, PDF, Work, upload};
use crate::workplace::{Visitor, sign_in};

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

    async fn what_a_template_starts_with_is_taken_by_no_answer(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let template = &work.template;
        let fields = [("subject_type", "Checklist"), ("subject_id", &*template.id), ("uploaded_from", work.scan())];
        let uploaded = async |name: &str| {
            upload(&admin, &fields, &[("name", name, PDF)]).await.expect(200).data().clone()
        };
        let (first, second, unused) = (uploaded("first.pdf").await, uploaded("second.pdf").await, uploaded("unused.pdf").await);
        let start_with = async |body: &hospes_testing::Value| {
            admin.put(&template.field_path(0, 0), body).await.expect(200)
        };
        // The process at hand starts with nothing, one with the first file; those
        // to come with the second.
        start_with(&json!({"default_value": [first]})).await;
        let launch = json!({"checklist_id": template.id, "name": "One"});
        let one = admin.post("/runs", &launch).await.expect(201).data()["id"].as_str().unwrap().to_owned();
        start_with(&json!({"default_value": [second]})).await;
        let other = json!({"default_value": [unused], "default_value_enabled": false});
        admin.put(&template.field_path(0, 2), &other).await.expect(200);
        let start = template.data["prerun"][0]["id"].as_str().unwrap();
        for file in [&first, &second, &unused] {
            let refused = work.fill_in(&admin, 0, work.scan(), &json!([file])).await.expect(422);
            assert_eq!(refused.faults(), [format!("taskdata.{}", work.scan())]);
            let path = format!("/assets/{}", file["id"].as_str().unwrap());
            assert_eq!(admin.get(&path).await.expect(200).data()["subject"]["type"], "Checklist", "{file}");
        }
        // A launch may name what the template starts with, and takes nothing that
        // another process starts with.
        let with = |file: &hospes_testing::Value| json!({"checklist_id": template.id, "name": "Two", "prerun": {start: [file]}});
        assert_eq!(admin.post("/runs", &with(&first)).await.expect(422).faults(), [format!("prerun.{start}")]);
        assert_eq!(admin.post("/runs", &with(&unused)).await.expect(422).faults(), [format!("prerun.{start}")]);
        let two = admin.post("/runs", &with(&second)).await.expect(201).data()["id"].as_str().unwrap().to_owned();
        // What waits for a launch is still taken by whoever sends it.
        let loose = uploaded("loose.pdf").await;
        work.fill_in(&admin, 0, work.scan(), &json!([loose])).await.expect(200);
        let guest = admin.get(&format!("/guests/{CARL}")).await.expect(200);
        let carl = Visitor::of(app, guest.data());
        let browser = sign_in(app, &carl).await;
        for (run, file) in [(one, &first), (two, &second), (work.run.clone(), &loose)] {
            let shown = admin.get(&format!("/runs/{run}?with=tasks")).await.expect(200);
            assert!(shown.data().to_string().contains(file["id"].as_str().unwrap()));
            let page = browser.request("GET", &carl.path(&format!("/files/{}", file["id"].as_str().unwrap()))).await;
            assert_eq!(page.bytes, PDF, "{file}");
        }
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
