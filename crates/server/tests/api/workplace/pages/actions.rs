//! What the buttons do, and who is said to have done it.

use hospes_testing::{both, json};

use super::super::{Visitor, sign_in};
use super::{CARL, DORA, Stage, one_off, press};

both! {
    async fn the_guest_is_the_completer_and_the_actor(app) {
        let stage = Stage::new(app).await;
        let form = stage.form(1).await.with(&stage.input("Name"), "Sons");
        stage.press(&form, "complete").await.expect(200);
        let stats = stage.admin.get(&format!("/guests/{CARL}?with=stats")).await.expect(200);
        assert_eq!(stats.data()["stats"]["tasks_completed"], 1);
        assert_eq!(stage.task(1).await["completer_guest"]["email"].as_str().or(stage.task(1).await["completer_guest"].as_str()), Some(CARL));
        for filter in ["actor_type=guest", "source=Guest", "actor_email=CARL@client.example"] {
            let rows = stage.admin.get(&format!("/activity-feeds?{filter}&entity_type=task")).await.expect(200);
            let rows = rows.data().as_array().unwrap();
            let verbs: Vec<&str> = rows.iter().map(|row| row["verb"][0].as_str().unwrap()).collect();
            assert_eq!(verbs, ["completed", "updated"], "{filter}");
            assert_eq!((&rows[0]["actor_type"], &rows[0]["source"]), (&json!(["guest"]), &json!(["Guest"])));
            assert_eq!((&rows[0]["actor"][0]["email"], &rows[0]["actor_id"]), (&json!(CARL), &json!([])));
            assert!(rows[0]["text"].as_str().unwrap().ends_with("was completed by guest carl@client.example."));
        }
        let members = stage.admin.get("/activity-feeds?actor_type=user&verb=completed").await.expect(200);
        assert_eq!(members.data(), &json!([]));
        // It stays when the guest is gone.
        stage.admin.delete(&format!("/guests/{CARL}")).await.expect(200);
        let rows = stage.admin.get("/activity-feeds?actor_type=guest&verb=completed").await.expect(200);
        assert_eq!(rows.data()[0]["actor"][0]["email"], CARL);
    }

    async fn approvals_notices_and_wrong_buttons(app) {
        let stage = Stage::new(app).await;
        let page = stage.open(2).await;
        assert!(page.body.contains("/approve\"") && page.body.contains("/reject\"") && !page.body.contains("/complete\""));
        let form = page.form("/save");
        for wrong in ["complete", "acknowledge", "send"] {
            stage.press(&form, wrong).await.expect(409);
        }
        stage.press(&form, "reopen").await.expect(404);
        assert_eq!(stage.task(2).await["status"], "in-progress");
        stage.press(&form, "reject").await.expect(200);
        assert_eq!(stage.task(2).await["status_label"], "Rejected");
        assert!(stage.open(2).await.shows("It was rejected."));
        let notice = stage.open(4).await;
        assert!(notice.shows("this task ends by itself"));
        stage.press(&notice.form("/save"), "acknowledge").await.expect(200);
        assert_eq!(stage.task(4).await["status_label"], "Acknowledged");
    }

    async fn everyone_does_their_part(app) {
        let carl = super::super::visitor(app, CARL).await;
        let id = one_off(app, &[CARL, DORA], &json!({"title": "Both", "everyone_must_complete": true})).await;
        let path = |guest: &Visitor| guest.path(&format!("/tasks/{id}"));
        let browser = sign_in(app, &carl).await;
        let form = browser.open(&path(&carl)).await.expect(200).form("/save");
        let page = press(&browser, &form, "complete").await.expect(200);
        assert!(page.shows("Done: “Both”"), "{}", page.body);
        press(&browser, &form, "complete").await.expect(200);
        let page = browser.open(&path(&carl)).await.expect(200);
        assert!(page.shows("Your part is done. Others are still at theirs.") && page.shows("You did your part"), "{}", page.body);
        assert!(browser.open(&carl.path("?show=done")).await.expect(200).shows("your part is done"));
        let dora = Visitor::of(app, app.admin().get(&format!("/guests/{DORA}")).await.expect(200).data());
        let doras = sign_in(app, &dora).await;
        let form = doras.open(&path(&dora)).await.expect(200).form("/save");
        press(&doras, &form, "complete").await.expect(200);
        let admin = app.admin();
        let task = admin.get(&format!("/tasks/{id}")).await.expect(200);
        assert_eq!(task.data()["status"], "in-progress", "the administrator's part is missing");
    }

    async fn after_completion_everything_is_there_to_be_read_and_nothing_after_archive(app) {
        let stage = Stage::new(app).await;
        let old = stage.form(2).await;
        stage.press(&stage.form(1).await.with(&stage.input("Name"), "Sons"), "complete").await.expect(200);
        stage.press(&old, "approve").await.expect(200);
        stage.press(&stage.form(4).await, "acknowledge").await.expect(200);
        stage.admin.post(&format!("{}/completed-tasks", stage.run), &json!({"task_id": stage.tasks[2]})).await.expect(200);
        let page = stage.open(1).await;
        assert!(page.shows("The whole process is complete.") && page.shows("Sons") && page.shows("You finished this task"), "{}", page.body);
        let pressed = |form: &hospes_testing::Form| form.action.ends_with("/leave") || form.action.ends_with("/issue");
        assert!(page.forms().iter().all(pressed), "nothing else to press: {}", page.body);
        let page = stage.press(&old, "reject").await.expect(409);
        assert!(page.shows("The whole process is complete."));
        stage.browser.post(&format!("{}/colleague", stage.path(1)), &[("csrf", old.value("csrf")), ("email", DORA)]).await.expect(422);
        stage.admin.delete(&stage.run).await.expect(200);
        stage.browser.open(&stage.path(1)).await.expect(404);
        stage.press(&old, "approve").await.expect(404);
    }

    async fn an_issue_is_the_way_back_into_a_complete_process(app) {
        let stage = Stage::new(app).await;
        stage.press(&stage.form(1).await.with(&stage.input("Name"), "Sons"), "complete").await.expect(200);
        stage.press(&stage.form(2).await, "approve").await.expect(200);
        stage.press(&stage.form(4).await, "acknowledge").await.expect(200);
        stage.admin.post(&format!("{}/completed-tasks", stage.run), &json!({"task_id": stage.tasks[2]})).await.expect(200);
        assert_eq!(stage.admin.get(&stage.run).await.expect(200).data()["status"], "complete");
        let form = stage.open(1).await.form("/issue").with("content", "The name is wrong.");
        let page = stage.browser.submit(&form, usize::MAX).await.expect(200);
        assert!(page.shows("Somebody will look at it."), "{}", page.body);
        assert_eq!(stage.task(1).await["status"], "in-progress");
        // Where issues open nothing they are heard all the same.
        stage.admin.put("", &json!({"issues_reopen_tasks": false})).await.expect(200);
        let form = stage.open(4).await.form("/issue").with("content", "On Friday I cannot.");
        stage.browser.submit(&form, usize::MAX).await.expect(200);
        assert_eq!(stage.task(4).await["status"], "completed");
        // Nothing after archive.
        stage.admin.delete(&stage.run).await.expect(200);
        stage.browser.submit(&form, usize::MAX).await.expect(404);
    }

    async fn an_issue_keeps_a_process_still(app) {
        let stage = Stage::new(app).await;
        assert!(!stage.open(1).await.shows("There is a problem"));
        // A task that is handed to somebody else is gone at once, and comes back with its link.
        let path = format!("{}/tasks/{}", stage.run, stage.tasks[1]);
        let owners = |guests: &[&str]| json!({"owners": {"users": [app.acme.member(hospes_model::member::Role::Admin).get()], "guests": guests, "groups": []}});
        stage.admin.put(&path, &owners(&[DORA])).await.expect(200);
        stage.browser.open(&stage.path(2)).await.expect(404);
        stage.admin.put(&path, &owners(&[CARL])).await.expect(200);
        stage.open(2).await;
    }
}
