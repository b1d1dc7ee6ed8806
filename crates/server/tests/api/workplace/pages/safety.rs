//! Tampered posts, foreign organizations, public processes, and texts that want
//! to be something else.

use hospes_testing::{both, json};

use super::super::{sign_in, visitor};
use super::{CARL, DORA, Stage, one_off, press};

both! {
    async fn ids_of_other_forms_tasks_guests_and_organizations_lead_nowhere(app) {
        let stage = Stage::new(app).await;
        let other = one_off(app, &[DORA], &json!({"title": "Not yours", "form_fields": [{"label": "Name", "field_type": "text"}]})).await;
        let before = app.written().await;
        // A field of another task in the form of an own one.
        let mut form = stage.form(2).await;
        form.fields.push((stage.input("Name"), "smuggled".to_owned()));
        let page = stage.browser.submit(&form, 0).await.expect(409);
        assert!(page.shows("The form of this task was changed"), "{}", page.body);
        // Another's task with an own form, at every address.
        for task in [other.as_str(), &stage.tasks[2], &"f".repeat(32), "x"] {
            for word in ["save", "complete", "approve", "reject", "acknowledge", "send", "colleague"] {
                let path = stage.carl.path(&format!("/tasks/{task}/{word}"));
                let fields = [("csrf", form.value("csrf")), ("email", "eve@client.example")];
                stage.browser.post(&path, &fields).await.expect(404);
            }
        }
        // Without the token, or with another session's.
        let path = format!("{}/save", stage.path(1));
        for token in ["", "x"] {
            let page = stage.browser.post_once(&path, &[("csrf", token), (&stage.input("Name"), "x")]).await;
            assert_eq!(page.status, 403);
        }
        // Without a session.
        let stranger = app.browser();
        let page = stranger.post_once(&path, &[("csrf", form.value("csrf"))]).await;
        assert_eq!(page.status, 303);
        assert!(!stranger.open(&stage.path(1)).await.shows("Tell us about"));
        assert_eq!(app.written().await, before, "nothing was written");
    }

    async fn the_same_address_in_another_organization_is_somebody_else(app) {
        let stage = Stage::new(app).await;
        let theirs = app.client_of(&app.other, hospes_model::member::Role::Admin);
        let guest = theirs.post("/guests", &json!({"email": CARL})).await.expect(201);
        let body = json!({"title": "Their task", "task_type": "task", "deadline": "2025-05-22 12:00:00",
            "owners": {"users": [], "guests": [CARL], "groups": []}});
        let task = theirs.post("/tasks", &body).await.expect(201);
        let id = task.data()["id"].as_str().unwrap();
        let page = stage.browser.open(&stage.carl.path("?show=all")).await.expect(200);
        assert!(!page.shows("Their task") && page.shows("To do (3)"));
        stage.browser.open(&stage.carl.path(&format!("/tasks/{id}"))).await.expect(404);
        // Their locator with our session is a stranger's.
        let code = guest.data()["id"].as_str().unwrap();
        let page = stage.browser.open(&format!("/guest/{code}/tasks/{id}")).await;
        assert!(!page.shows("Their task"));
    }

    async fn public_processes_are_there_to_be_read(app) {
        let stage = Stage::new(app).await;
        let before = stage.open(1).await;
        assert!(!before.shows("Check the books"));
        stage.admin.put(&stage.run, &json!({"is_public": true})).await.expect(200);
        let page = stage.open(1).await;
        assert!(page.shows("All steps of this process") && page.shows("Check the books"));
        let other = stage.open(3).await;
        assert!(other.shows("You can read this task. It is for others to do."));
        assert!(other.forms().iter().all(|form| form.action.ends_with("/leave")));
        assert!(!stage.browser.open(&stage.carl.path("?show=all")).await.expect(200).shows("Check the books"));
        let form = stage.form(1).await;
        for word in ["save", "complete"] {
            let path = stage.carl.path(&format!("/tasks/{}/{word}", stage.tasks[2]));
            let page = stage.browser.post(&path, &[("csrf", form.value("csrf"))]).await;
            assert!(page.status == 409 || word == "save" && page.status == 200, "{word}: {}", page.status);
        }
        assert_eq!(stage.task(3).await["status"], "in-progress");
        // Hidden tasks stay hidden, and private again is private at once.
        stage.admin.put(&stage.run, &json!({"is_public": false})).await.expect(200);
        stage.browser.open(&stage.path(3)).await.expect(404);
    }

    async fn hidden_tasks_are_silent_and_shown_ones_are_there(app) {
        let rules = json!([{"automated_alias": "Then",
            "conditions": [{"conditionable_id": "approve", "conditionable_type": "Step", "operation": "approved"}],
            "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": "form"}]}]);
        let stage = Stage::with_rules(app, &rules).await;
        let list = stage.browser.open(&stage.carl.path("?show=all")).await.expect(200);
        assert!(!list.shows("Tell us about") && list.shows("0 of 2 steps done"));
        stage.browser.open(&stage.path(1)).await.expect(404);
        stage.admin.put(&stage.run, &json!({"is_public": true})).await.expect(200);
        stage.browser.open(&stage.path(1)).await.expect(404);
        assert!(!stage.open(2).await.shows("Tell us about"), "not even by name");
        stage.press(&stage.form(2).await, "approve").await.expect(200);
        assert!(stage.open(1).await.shows("Please"));
        assert!(stage.browser.open(&stage.carl.path("")).await.expect(200).shows("Tell us about"));
    }

    async fn texts_are_shown_and_do_nothing(app) {
        let stage = Stage::new(app).await;
        let page = stage.open(1).await;
        assert!(page.body.contains("<p>Please <b>all</b> of it.</p>"), "rich text keeps its form");
        assert!(page.body.contains("As in the <i>register</i>"));
        assert!(page.shows("Client & Sons"), "the kick-off form is there to be read");
        let nasty = "<script>alert(1)</script><img src=x onerror=alert(1)><a href=\"javascript:alert(1)\">x</a><form action=\"/guest\"><input name=\"a\"></form>";
        let path = format!("{}/tasks/{}", stage.run, stage.tasks[0]);
        stage.admin.put(&path, &json!({"title": "שלום <i>you</i>", "summary": nasty})).await.expect(200);
        stage.fill("Story", &json!("</textarea><script>alert(2)</script>")).await;
        let page = stage.open(1).await;
        for trick in ["<script>alert", "onerror=", "javascript:", "<i>you", "action=\"/guest\""] {
            assert!(!page.body.contains(trick), "{trick} in {}", page.body);
        }
        assert!(page.body.contains("<bdi>שלום &#60;i&#62;you&#60;/i&#62;</bdi>"));
        assert_eq!(page.form("/save").value(&stage.input("Story")), "</textarea><script>alert(2)</script>");
        // Whoever is called so is called so and nothing else happens.
        stage.admin.put(&format!("/guests/{DORA}"), &json!({"first_name": "<u>Dora</u>", "last_name": "מזל"})).await.expect(201);
        let page = stage.open(1).await;
        assert!(page.body.contains("<bdi>&#60;u&#62;Dora&#60;/u&#62; מזל</bdi>"), "{}", page.body);
    }

    async fn reading_changes_nothing(app) {
        let stage = Stage::new(app).await;
        stage.open(1).await;
        let before = app.written().await;
        for path in ["", "?show=done", "?show=all", "/held", "/held.json"] {
            stage.browser.open(&stage.carl.path(path)).await.expect(200);
        }
        for step in [1, 2, 4] {
            let page = stage.open(step).await;
            assert_eq!(page.header("cache-control"), "no-store");
            stage.browser.open(&format!("{}?said=saved", stage.path(step))).await.expect(200);
        }
        for word in ["save", "complete", "colleague"] {
            assert_eq!(stage.browser.request("GET", &format!("{}/{word}", stage.path(1))).await.status, 405);
        }
        assert_eq!(app.written().await, before);
    }

    async fn disabled_and_signed_out_guests_are_out_at_once(app) {
        let stage = Stage::new(app).await;
        let form = stage.form(2).await;
        stage.admin.delete(&format!("/guests/{CARL}/disable")).await.expect(200);
        assert!(!stage.browser.open(&stage.path(1)).await.shows("Tell us about"));
        assert!(!press(&stage.browser, &form, "approve").await.shows("Done:"));
        assert_eq!(stage.task(2).await["status"], "in-progress");
        let eve = visitor(app, "eve@client.example").await;
        let browser = sign_in(app, &eve).await;
        let page = browser.open(&eve.path("")).await.expect(200);
        browser.submit(&page.form("/leave"), 0).await;
        assert!(!browser.open(&eve.path("")).await.shows("no task for you"));
    }
}
