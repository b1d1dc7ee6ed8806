//! The comments on the page of a task.

use hospes_testing::{both, json};

use super::{comment, member, task, task_with};
use crate::workplace::{sign_in, visitor};
use hospes_model::member::Role;

const ANN: &str = "ann@client.example";

both! {
    async fn a_guest_reads_and_says_something(app) {
        let (admin, ann) = (app.admin(), visitor(app, ANN).await);
        let path = task(app, &[ANN]).await;
        comment(&admin, &path, &json!({"content": "CANARY"})).await.expect(201);
        comment(&admin, &path, &json!({"content": "<b>Read</b> &lt;this&gt;", "state": "open"})).await.expect(201);
        comment(&admin, &path, &json!({"content": "Folded away", "state": "collapsed"})).await.expect(201);
        let (browser, here) = (sign_in(app, &ann).await, ann.path(&path));
        let page = browser.open(&here).await.expect(200);
        assert!(page.shows("Read &lt;this&gt;") || page.shows("Read <this>"));
        assert!(page.shows("Folded away") && !page.shows("CANARY"));
        let form = page.form("/comments").with("content", "Here it is <i>\r\nand @[1]");
        let said = browser.submit(&form, 0).await.expect(200);
        assert!(said.shows("Here it is"));
        // The same form once more says nothing more; other words in it do.
        browser.submit(&form, 0).await.expect(200);
        let all = admin.get(&format!("{path}?with=threads")).await.expect(200);
        let all = all.data()["threads"]["data"].as_array().unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!(all[3]["content"], "Here it is &lt;i&gt;<br>and &#64;[1]");
        assert_eq!((&all[3]["author_guest"], &all[3]["state"]), (&json!(ANN), &json!("hide-for-guests")));
        assert_eq!(all[3]["sent_to"], json!([]));
        // Who may read it is the guest's to say.
        let open = form.with("content", "For all").with("open", "1");
        browser.submit(&open, 0).await.expect(200);
        let all = admin.get(&format!("{path}?with=threads")).await.expect(200);
        assert_eq!(all.data()["threads"]["data"][4]["state"], "open");
    }

    async fn an_issue_is_reported_and_seen_by_members(app) {
        let (admin, ann) = (app.admin(), visitor(app, ANN).await);
        let path = task(app, &[ANN]).await;
        let (browser, here) = (sign_in(app, &ann).await, ann.path(&path));
        let page = browser.open(&here).await.expect(200);
        let reported = browser.submit(&page.form("/issue").with("content", "It is torn"), 0).await.expect(200);
        assert!(reported.shows("It is torn") && reported.shows("A problem was reported"));
        assert_eq!(admin.get(&path).await.expect(200).data()["problem"], true);
        let events = app.events(&app.acme).await;
        let event = events.iter().rfind(|event| event.verb == "issue-reported").unwrap();
        assert_eq!(event.actor, None);
        admin.post(&format!("{path}/resolved-threads"), &json!({"content": "Taped", "state": "open"})).await.expect(201);
        let page = browser.open(&here).await.expect(200);
        assert!(page.shows("Taped") && page.shows("Problem, solved"));
    }

    async fn what_cannot_be_said_is_kept_on_the_page(app) {
        let ann = visitor(app, ANN).await;
        let path = task(app, &[ANN]).await;
        let (browser, here) = (sign_in(app, &ann).await, ann.path(&path));
        let page = browser.open(&here).await.expect(200);
        let before = app.written().await;
        let empty = browser.submit(&page.form("/comments").with("content", "  "), 0).await.expect(422);
        assert!(empty.shows("Please fill this in."));
        let long = "x".repeat(6_001);
        let refused = browser.submit(&page.form("/issue").with("content", &long), 0).await.expect(422);
        assert_eq!(refused.form("/issue").value("content").trim(), long);
        // Forms of other pages, and of nobody.
        let forged = [("content", "x"), ("csrf", "x")];
        assert_eq!(browser.post(&format!("{here}/comments"), &forged).await.status, 403);
        assert_eq!(app.written().await, before);
        let nobody = app.browser();
        let page = nobody.post(&format!("{here}/comments"), &[("content", "x")]).await;
        assert!(!page.shows("contract"));
        assert_eq!(app.written().await, before);
    }

    async fn other_tasks_and_silent_ones_take_nothing(app) {
        let (admin, ann) = (app.admin(), visitor(app, ANN).await);
        let mine = task(app, &[ANN]).await;
        let silent = task_with(app, &[ANN], &json!({"prevent_guest_comment": true})).await;
        let made = admin.post("/tasks", &crate::tasks::body(&[member(app, Role::Admin)], &[])).await.expect(201);
        let other = format!("/tasks/{}", made.data()["id"].as_str().unwrap());
        comment(&admin, &silent, &json!({"content": "CANARY", "state": "open"})).await.expect(201);
        let browser = sign_in(app, &ann).await;
        let page = browser.open(&ann.path(&mine)).await.expect(200);
        let csrf = page.form("/comments").value("csrf").to_owned();
        let fields = [("content", "x"), ("csrf", csrf.as_str())];
        let before = app.written().await;
        for end in ["comments", "issue"] {
            assert_eq!(browser.post(&ann.path(&format!("{other}/{end}")), &fields).await.status, 404);
        }
        assert_eq!(browser.post(&ann.path(&format!("{silent}/comments")), &fields).await.status, 422);
        assert_eq!(app.written().await, before);
        let page = browser.open(&ann.path(&silent)).await.expect(200);
        assert!(!page.shows("CANARY") && page.forms().iter().all(|form| !form.action.ends_with("/comments")));
    }
}
