//! Processes change, come to an end, are put away and deleted.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{member, template};

both! {
    async fn what_is_absent_stays_and_what_is_sent_counts(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({"users": [member(app, Role::Standard)]})).await;
        let named = admin.put(&run.path, &json!({"name": "Other", "starred": true})).await.expect(200);
        assert_eq!((&named.data()["name"], &named.data()["starred"]), (&json!("Other"), &json!(true)));
        assert_eq!(named.data()["users"], json!([member(app, Role::Standard)]));
        let whole = admin.get(&run.path).await.expect(200);
        let before = app.written().await;
        // What was read is sent back.
        let echo = admin.put(&run.path, whole.data()).await.expect(200);
        assert_eq!((echo.data(), app.written().await), (whole.data(), before));
        let changed = admin.put(&run.path, &json!({
            "summary": "Notes", "users": [], "owner_id": member(app, Role::Standard),
            "prerun": {&template.firm: "Other firm"},
        })).await.expect(200);
        let data = changed.data();
        assert_eq!((&data["summary"], &data["users"]), (&json!("Notes"), &json!([])));
        assert_eq!(data["owner_id"], member(app, Role::Standard));
        assert_eq!(data["prerun"][&template.firm], "Other firm");
        let wrong = admin.put(&run.path, &json!({
            "name": "x".repeat(551), "prerun": {&template.firm: "", &template.kind: 7},
        })).await.expect(422);
        assert_eq!(wrong.faults(), [format!("prerun.{}", template.kind)]);
        let wrong = admin.put(&run.path, &json!({"name": "x".repeat(551), "prerun": {&template.firm: ""}})).await;
        assert_eq!(wrong.expect(422).faults(), ["name".to_owned(), format!("prerun.{}", template.firm)]);
    }

    async fn notes_and_access_are_for_those_who_look_after_it(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let template = template(app).await;
        let run = template.launch(&admin, &json!({})).await;
        standard.put(&run.path, &json!({"name": "Other"})).await.expect(200);
        for body in [json!({"summary": "x"}), json!({"users": [1]}), json!({"is_public": true})] {
            let before = app.written().await;
            standard.put(&run.path, &body).await.expect(403);
            assert_eq!(app.written().await, before);
        }
        app.client(Role::Light).put(&run.path, &json!({"name": "x"})).await.expect(403);
    }

    async fn a_process_is_complete_when_all_that_can_be_seen_is(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        run.fill(&admin, &template).await;
        run.complete(&admin, 0, &json!({})).await.expect(200);
        run.complete(&admin, 1, &json!({"is_approved": true})).await.expect(200);
        let read = admin.get(&run.path).await.expect(200);
        assert_eq!(read.data()["progress"], json!({"complete": 2, "total": 3, "percent": 66}));
        run.complete(&admin, 2, &json!({})).await.expect(200);
        let done = admin.get(&format!("{}?with=next_task,tasks_meta", run.path)).await.expect(200);
        assert_eq!((&done.data()["status"], &done.data()["completed_at"]), (&json!("complete"), &json!("2025-05-15T10:00:00Z")));
        assert_eq!(done.data()["next_task"], json!({"data": []}));
        assert_eq!(done.data()["tasks_meta"]["data"]["completed"], 3);
        run.reopen(&admin, 1).await.expect(200);
        assert_eq!(admin.get(&run.path).await.expect(200).data()["status"], "active");
    }

    async fn the_kick_off_form_is_opened_and_submitted(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let form = format!("{}/complete-prerun", run.path);
        let open = admin.delete(&form).await.expect(200);
        assert_eq!((&open.data()["prerun_status"], &open.data()["prerun_completed_at"]), (&json!("incomplete"), &json!(null)));
        admin.put(&run.path, &json!({"prerun": {&template.firm: null}})).await.expect(200);
        let missing = admin.post(&form, &json!({})).await.expect(422);
        assert_eq!(missing.faults(), [format!("prerun.{}", template.firm)]);
        admin.put(&run.path, &json!({"prerun": {&template.firm: "Acme"}})).await.expect(200);
        let done = admin.post(&form, &json!({})).await.expect(200);
        assert_eq!(done.data()["prerun_status"], "complete");
        let before = app.written().await;
        admin.post(&form, &json!({})).await.expect(200);
        assert_eq!(app.written().await, before);
    }

    async fn a_process_is_archived_brought_back_and_deleted(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        assert_eq!(admin.delete(&format!("{}/delete", run.path)).await.expect(422).faults(), ["run"]);
        let archived = admin.delete(&run.path).await.expect(200);
        assert_eq!((&archived.data()["status"], &archived.data()["archived_at"]), (&json!("archived"), &json!("2025-05-15T10:00:00Z")));
        let before = app.written().await;
        admin.delete(&run.path).await.expect(200);
        assert_eq!(app.written().await, before);
        assert_eq!(admin.put(&run.path, &json!({"name": "x"})).await.expect(422).faults(), ["run"]);
        assert_eq!(admin.put(&run.path, &json!({"starred": true})).await.expect(422).faults(), ["run"]);
        admin.put(&run.task(0), &json!({"title": "x"})).await.expect(422);
        assert_eq!(admin.get("/tasks").await.expect(200).data(), &json!([]));
        assert!(admin.get(&run.task(0)).await.expect(200).data()["archived_at"].is_string());
        let back = admin.put(&format!("{}/activate", run.path), &json!({})).await.expect(200);
        assert_eq!((&back.data()["status"], &back.data()["archived_at"]), (&json!("active"), &json!(null)));
        admin.delete(&run.path).await.expect(200);
        app.client(Role::Standard).delete(&format!("{}/delete", run.path)).await.expect(403);
        let gone = admin.delete(&format!("{}/delete", run.path)).await.expect(200);
        assert!(gone.bytes.is_empty());
        admin.get(&run.path).await.expect(404);
        admin.get(&run.task(0)).await.expect(404);
        admin.delete(&format!("{}/delete", run.path)).await.expect(404);
        let verbs: Vec<String> =
            app.events(&app.acme).await.into_iter().filter(|event| event.entity == "run").map(|event| event.verb).collect();
        assert_eq!(verbs, ["created", "archived", "unarchived", "archived", "deleted"]);
    }

    async fn a_change_is_meant_for_the_state_that_was_read(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        for path in [run.path.clone(), run.task(1)] {
            let read = admin.get(&path).await.expect(200);
            let etag = read.header("etag").to_owned();
            admin.with_header("If-None-Match", &etag).get(&path).await.expect(304);
            let held = admin.with_header("If-Match", &etag);
            let (name, title) = (json!({"name": "New", "title": "New"}), json!({"name": "Newer", "title": "Newer"}));
            held.put(&path, &name).await.expect(200);
            held.put(&path, &title).await.expect(412);
            admin.with_header("If-None-Match", &etag).get(&path).await.expect(200);
        }
    }

    async fn an_export_has_a_row_for_everything(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        run.fill(&admin, &template).await;
        let path = format!("{}/export", run.path);
        let rows = admin.post(&path, &json!({})).await.expect(200);
        let kinds: Vec<&str> =
            rows.data().as_array().unwrap().iter().map(|row| row["record_type"].as_str().unwrap()).collect();
        let (form, task, data) = ("kick_off_task", "process_task", "process_task_data");
        assert_eq!(kinds, [form, form, form, task, data, data, data, task, task]);
        assert_eq!(rows.data()[4]["field_value"], "Done");
        let csv = admin.with_header("Accept", "text/csv").post(&path, &json!({})).await.expect(200);
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let text = String::from_utf8(csv.bytes).unwrap();
        assert_eq!(text.lines().count(), 10);
        admin.post("/runs/0196d2f35a7c7b3e9d1c2f4a5b6c7d8e/export", &json!({})).await.expect(404);
    }
}
