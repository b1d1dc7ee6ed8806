//! `DELETE /organizations/{org}/file/{asset}` and `/assets/{asset}`.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{PDF, Work, nothing_is_left, records};

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
}
