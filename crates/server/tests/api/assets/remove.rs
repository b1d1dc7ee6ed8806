//! `DELETE /organizations/{org}/file/{asset}` and `/assets/{asset}`.

use hospes_model::member::Role;
use hospes_server::files::sweep;
use hospes_testing::{both, json};

use super::{CARL, PDF, Work, nothing_is_left, records, upload};
use crate::workplace::{Visitor, sign_in};

both! {
    async fn a_file_goes_with_its_bytes_once_no_answer_names_it(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let asset = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let path = format!("/file/{}", asset["id"].as_str().unwrap());
        // Refused, also when it is asked again under the same key: nothing is lost.
        let keyed = admin.with_header("idempotency-key", "once");
        for _ in 0..2 {
            assert_eq!(keyed.delete(&path).await.expect(422).faults(), ["file"]);
            assert_eq!(admin.get(&path).await.expect(200).bytes, PDF);
        }
        work.fill_in(&admin, 0, work.scan(), &json!([])).await.expect(200);
        let gone = admin.delete(&path).await.expect(200);
        assert!(gone.bytes.is_empty());
        nothing_is_left(app).await;
        admin.get(&path).await.expect(404);
        admin.delete(&path).await.expect(404);
        let told = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((told.entity_id, told.field, told.old_value), (work.run, Some("assets".to_owned()), Some("a.pdf".to_owned())));
    }

    async fn who_uploaded_it_and_administrators_may(app) {
        let work = Work::new(app).await;
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let own = work.upload(&standard, work.scan(), "a.pdf", PDF).await.expect(200);
        let other = work.upload(&admin, work.scan(), "b.pdf", PDF).await.expect(200);
        let id = |answer: &hospes_testing::Answer| answer.data()["id"].as_str().unwrap().to_owned();
        let (own, other) = (id(&own), id(&other));
        standard.delete(&format!("/file/{other}")).await.expect(403);
        standard.delete(&format!("/assets/{other}")).await.expect(403);
        app.client(Role::Light).delete(&format!("/file/{own}")).await.expect(404);
        assert_eq!(records(app).await, 2);
        standard.delete(&format!("/file/{own}")).await.expect(200);
        admin.delete(&format!("/file/{other}")).await.expect(200);
        nothing_is_left(app).await;
    }

    async fn an_archived_file_is_kept_and_not_listed(app) {
        let (work, admin) = (Work::new(app).await, app.admin());
        let asset = work.hold(app, 0, work.scan(), "a.pdf", PDF).await;
        let path = format!("/assets/{}", asset["id"].as_str().unwrap());
        let archived = admin.delete(&path).await.expect(200).data().clone();
        assert_eq!(archived["archived_at"], "2025-05-15T10:00:00Z");
        let events = app.written().await.events;
        assert_eq!(admin.delete(&path).await.expect(200).data(), &archived);
        assert_eq!(app.written().await.events, events, "doing so twice changes nothing more");
        assert_eq!(admin.get(&path).await.expect(200).data(), &archived);
        admin.get(&format!("/file/{}/dl", asset["id"].as_str().unwrap())).await.expect(200);
        // Who has it keeps it; nobody else gets it.
        work.fill_in(&admin, 0, work.scan(), &json!([asset])).await.expect(200);
        work.fill_in(&admin, 0, work.scan(), &json!([])).await.expect(200);
        work.fill_in(&admin, 0, work.scan(), &json!([asset])).await.expect(422);
    }

    async fn what_processes_start_with_stays_as_long_as_they_do(app) {
        let admin = app.admin();
        let made = Work::template(&admin).await;
        let fields = [("subject_type", "Checklist"), ("subject_id", &*made.id), ("uploaded_from", made.field(0, 0))];
        let asset = upload(&admin, &fields, &[("name", "form.pdf", PDF)]).await.expect(200).data().clone();
        let loose = upload(&admin, &fields, &[("name", "loose.pdf", PDF)]).await.expect(200).data().clone();
        let (file, loose) = (format!("/file/{}", asset["id"].as_str().unwrap()), format!("/file/{}", loose["id"].as_str().unwrap()));
        let starts_with = async |value: hospes_testing::Value| {
            admin.put(&made.field_path(0, 0), &json!({"default_value": value})).await.expect(200)
        };
        starts_with(json!([asset])).await;
        let launch = json!({"checklist_id": made.id, "name": "One"});
        let run = admin.post("/runs?with=tasks", &launch).await.expect(201).data().clone();
        assert_eq!(run["tasks"]["data"][0]["taskdata"][made.field(0, 0)][0]["filename"], "form.pdf");
        // The template does not name it any more; the process does.
        starts_with(json!([])).await;
        assert_eq!(admin.delete(&file).await.expect(422).faults(), ["file"]);
        // Whoever has the process has it, whatever becomes of the template.
        let guest = app.admin().get(&format!("/guests/{CARL}")).await.expect(200);
        let carl = Visitor::of(app, guest.data());
        let browser = sign_in(app, &carl).await;
        let readable = async || {
            let own = browser.request("GET", &carl.path(&file.replace("/file/", "/files/"))).await;
            (admin.get(&file).await.bytes == PDF, own.bytes == PDF)
        };
        assert_eq!(readable().await, (true, true));
        admin.delete(&made.path).await.expect(200);
        assert_eq!(readable().await, (true, true));
        app.client(Role::Light).get(&file).await.expect(404);
        admin.delete(&format!("{}/delete", made.path)).await.expect(200);
        // What no process names goes with the template.
        assert_eq!((sweep::sweep(&app.app).await, records(app).await), (1, 1));
        admin.get(&loose).await.expect(404);
        assert_eq!(readable().await, (true, true));
        // And the rest with the last process.
        let run = format!("/runs/{}", run["id"].as_str().unwrap());
        admin.delete(&run).await.expect(200);
        admin.delete(&format!("{run}/delete")).await.expect(200);
        assert_eq!(sweep::sweep(&app.app).await, 1);
        nothing_is_left(app).await;
    }

    async fn a_file_is_found_behind_many_younger_processes_without_it(app) {
        let admin = app.admin();
        let made = Work::template(&admin).await;
        let fields = [("subject_type", "Checklist"), ("subject_id", &*made.id), ("uploaded_from", made.field(0, 0))];
        let asset = upload(&admin, &fields, &[("name", "form.pdf", PDF)]).await.expect(200).data().clone();
        let starts_with = async |value: hospes_testing::Value| {
            admin.put(&made.field_path(0, 0), &json!({"default_value": value})).await.expect(200)
        };
        let launch = json!({"checklist_id": made.id, "name": "One"});
        starts_with(json!([asset])).await;
        admin.post("/runs", &launch).await.expect(201);
        starts_with(json!([])).await;
        for _ in 0..101 {
            admin.post("/runs", &launch).await.expect(201);
        }
        admin.delete(&made.path).await.expect(200);
        let file = format!("/file/{}", asset["id"].as_str().unwrap());
        assert_eq!(admin.get(&file).await.expect(200).bytes, PDF);
        let guest = admin.get(&format!("/guests/{CARL}")).await.expect(200);
        let carl = Visitor::of(app, guest.data());
        let own = sign_in(app, &carl).await.request("GET", &carl.path(&file.replace("/file/", "/files/"))).await;
        assert_eq!(own.bytes, PDF);
        app.client(Role::Light).get(&file).await.expect(404);
    }
}
