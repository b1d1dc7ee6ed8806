//! Two tabs, two devices, two people: nothing is lost and nothing is done twice.

use hospes_testing::{both, json};

use super::super::{Visitor, sign_in};
use super::{CARL, DORA, Stage, press};

both! {
    async fn what_somebody_else_filled_in_is_told_and_what_was_typed_stays(app) {
        let stage = Stage::new(app).await;
        let (name, story) = (stage.input("Name"), stage.input("Story"));
        let old = stage.form(1).await.with(&name, "Mine");
        stage.fill("Name", &json!("Theirs")).await;
        let page = stage.browser.submit(&old, 0).await.expect(409);
        assert!(page.shows("Somebody filled in something else in the meantime: Theirs."), "{}", page.body);
        assert_eq!(page.form("/save").value(&name), "Mine");
        assert_eq!(stage.stored("Name").await, "Theirs");
        // Saved again, knowingly.
        stage.browser.submit(&page.form("/save"), 0).await.expect(200);
        assert_eq!(stage.stored("Name").await, "Mine");
        // Other fields are no conflict: both stay.
        let old = stage.form(1).await.with(&story, "A story");
        stage.fill("Name", &json!("Again theirs")).await;
        stage.browser.submit(&old, 0).await.expect(200);
        assert_eq!((stage.stored("Name").await, stage.stored("Story").await), (json!("Again theirs"), json!("A story")));
    }

    async fn nobody_completes_what_they_have_not_seen(app) {
        let stage = Stage::new(app).await;
        let name = stage.input("Name");
        stage.fill("Name", &json!("One")).await;
        let old = stage.form(1).await;
        stage.fill("Name", &json!("Two")).await;
        let page = stage.press(&old, "complete").await.expect(409);
        assert!(page.shows("in the meantime: Two"));
        stage.fill("Name", &json!("One")).await;
        let path = format!("{}/tasks/{}", stage.run, stage.tasks[0]);
        stage.admin.put(&path, &json!({"title": "Tell us everything"})).await.expect(200);
        let page = stage.press(&old, "complete").await.expect(409);
        assert!(page.shows("This task was changed after you opened it.") && page.shows("Tell us everything"), "{}", page.body);
        assert_eq!(stage.task(1).await["status"], "in-progress");
        stage.press(&page.form("/save").with(&name, "One"), "complete").await.expect(200);
        assert_eq!(stage.task(1).await["status"], "completed");
    }

    async fn a_form_that_is_posted_twice_is_answered_as_the_first_time(app) {
        let stage = Stage::new(app).await;
        let form = stage.form(1).await.with(&stage.input("Name"), "Sons");
        for _ in 0..3 {
            let page = stage.press(&form, "complete").await.expect(200);
            assert!(page.path.contains("?finished=") && page.shows("Done: “Tell us"), "{}", page.body);
        }
        let done = stage.admin.get("/activity-feeds?verb=completed&entity_type=task").await.expect(200);
        assert_eq!(done.data().as_array().unwrap().len(), 1, "completed once");
        let approval = stage.form(2).await;
        stage.press(&approval, "approve").await.expect(200);
        stage.press(&approval, "approve").await.expect(200);
        // Another answer is another wish, and comes too late.
        let page = stage.press(&approval, "reject").await.expect(409);
        assert!(page.shows("Somebody finished this task in the meantime."));
        assert_eq!(stage.task(2).await["status_label"], "Approved");
    }

    async fn an_old_form_does_not_complete_a_task_that_was_opened_again(app) {
        let stage = Stage::new(app).await;
        let form = stage.form(1).await.with(&stage.input("Name"), "Sons");
        stage.press(&form, "complete").await.expect(200);
        stage.admin.delete(&format!("{}/completed-tasks/{}", stage.run, stage.tasks[0])).await.expect(200);
        let page = stage.press(&form, "complete").await.expect(409);
        assert!(page.shows("This task was changed"), "{}", page.body);
        assert_eq!(stage.task(1).await["status"], "in-progress");
        stage.press(&page.form("/save"), "complete").await.expect(200);
    }

    async fn when_another_guest_was_faster_nothing_typed_is_lost(app) {
        let stage = Stage::new(app).await;
        let dora = Visitor::of(app, stage.admin.get(&format!("/guests/{DORA}")).await.expect(200).data());
        let doras = sign_in(app, &dora).await;
        let mine = stage.form(1).await.with(&stage.input("Name"), "Sons").with(&stage.input("Story"), "long and typed by hand");
        let theirs = doras.open(&dora.path(&format!("/tasks/{}", stage.tasks[0]))).await.expect(200).form("/save");
        press(&doras, &theirs.with(&stage.input("Name"), "Daughters"), "complete").await.expect(200);
        for word in ["complete", "save"] {
            let page = stage.press(&mine, word).await.expect(409);
            assert!(page.shows("Somebody finished this task in the meantime."), "{}", page.body);
            assert!(page.shows("This was not saved") && page.shows("long and typed by hand"), "{}", page.body);
        }
        assert_eq!(stage.stored("Name").await, "Daughters");
        let carl = stage.admin.get(&format!("/guests/{CARL}?with=stats")).await.expect(200);
        let dora = stage.admin.get(&format!("/guests/{DORA}?with=stats")).await.expect(200);
        assert_eq!((&carl.data()["stats"]["tasks_completed"], &dora.data()["stats"]["tasks_completed"]), (&json!(0), &json!(1)));
    }

    async fn two_posts_at_once_complete_once(app) {
        let stage = Stage::new(app).await;
        let form = stage.form(2).await;
        let (one, two, three) = tokio::join!(stage.press(&form, "approve"), stage.press(&form, "approve"), stage.press(&form, "approve"));
        for page in [one, two, three] {
            page.expect(200);
        }
        let done = stage.admin.get("/activity-feeds?verb=completed&entity_type=task").await.expect(200);
        assert_eq!(done.data().as_array().unwrap().len(), 1);
    }
}
