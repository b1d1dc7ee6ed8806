//! Task lists that are kept for the next look: they are given again only as what
//! they would be if they were made anew.

use hospes_testing::{Browser, both, json};
use jiff::SignedDuration;

use super::super::{has_session, set_policy, sign_in, visitor};
use super::{CARL, DORA, Stage, one_off};
use crate::guests;

/// Looks at a list again and again, and compares it with one that is not kept:
/// it is not compressed, or asked for in another way.
async fn look(browser: &Browser, path: &str, what: &str) -> String {
    let anew = browser.with_header("accept-encoding", "identity").open(path).await.expect(200);
    assert_eq!(anew.header("content-encoding"), "", "{what}");
    let mut tokens = Vec::new();
    for round in 0..3 {
        let page = browser.open(path).await.expect(200);
        assert_eq!(page.header("content-encoding"), "gzip", "{what}");
        assert_eq!(page.without_tokens(), anew.without_tokens(), "{what}, round {round}");
        tokens.push(page.form("/leave").value("csrf").to_owned());
    }
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "a token is another one each time");
    anew.without_tokens()
}

/// Another guest gets another name.
async fn rename(stage: &Stage, name: &str) {
    let said = stage.admin.put(&guests::path(DORA), &json!({"last_name": name})).await;
    assert!(said.status < 300, "{}", said.json);
}

both! {
    async fn whatever_changes_is_seen_at_once(app) {
        let stage = Stage::new(app).await;
        let (browser, path) = (&stage.browser, stage.carl.path(""));
        let other = one_off(app, &[CARL, DORA], &json!({"title": "Send the plan"})).await;
        let mut before = look(browser, &path, "at first").await;
        let admin = &stage.admin;
        let (run, guest) = (stage.run.clone(), guests::path(CARL));
        let task = |id: &str| format!("/tasks/{id}");
        for (what, method, at, body) in [
            ("a title", "PUT", task(&other), json!({"title": "Send the plans"})),
            ("a deadline", "PUT", task(&other), json!({"deadline": "2025-05-16 09:00:00"})),
            ("a name of a process", "PUT", run.clone(), json!({"name": "Another name"})),
            ("a name of an organization", "PUT", String::new(), json!({"name": "Acme & Sons"})),
            ("a colour", "PUT", String::new(), json!({"guest_color": "#aa0000"})),
            ("a first name", "PUT", guest.clone(), json!({"first_name": "Carla"})),
            ("a time zone", "PUT", guest.clone(), json!({"timezone": "Pacific/Auckland"})),
            ("a language", "PUT", format!("{guest}/preferences"), json!({"language": "fr"})),
            ("an archived task", "DELETE", task(&other), json!({})),
            ("an archived process", "DELETE", run, json!({})),
        ] {
            let said = match method {
                "PUT" => admin.put(&at, &body).await,
                _ => admin.delete(&at).await,
            };
            assert!(said.status < 300, "{what}: {} {}", said.status, said.json);
            let after = look(browser, &path, what).await;
            assert_ne!(after, before, "{what}");
            before = after;
        }
        // What happens elsewhere makes no difference.
        guests::create(&app.client_of(&app.other, hospes_model::member::Role::Admin), DORA).await;
        assert_eq!(look(browser, &path, "elsewhere").await, before);
    }

    /// Whatever happens in the organization has the tasks behind a kept list read
    /// again: it stays where they are the same, and is made anew where not.
    async fn what_others_do_is_seen_where_it_is_shown(app) {
        let stage = Stage::new(app).await;
        let (browser, path, admin) = (&stage.browser, stage.carl.path(""), &stage.admin);
        let own = look(browser, &path, "at first").await;
        rename(&stage, "Miller").await;
        assert_eq!(look(browser, &path, "another guest").await, own);
        let complete = json!({"task_id": stage.tasks[2]});
        let completed = format!("{}/completed-tasks", stage.run);
        assert!(admin.post(&completed, &complete).await.status < 300);
        assert_eq!(look(browser, &path, "a step that Carl may not know of").await, own);
        assert!(admin.put(&stage.run, &json!({"is_public": true})).await.status < 300);
        let public = look(browser, &path, "a public process").await;
        assert_ne!(public, own);
        assert!(admin.delete(&format!("{completed}/{}", stage.tasks[2])).await.status < 300);
        let opened = look(browser, &path, "the step is opened").await;
        assert_ne!(opened, public);
        rename(&stage, "Smith").await;
        assert_eq!(look(browser, &path, "another guest again").await, opened);
        // What was found to be so once more is no longer so than what was made.
        app.advance(SignedDuration::from_hours(12));
        assert_ne!(look(browser, &path, "the next day").await, opened);
    }

    async fn own_work_is_seen_at_once(app) {
        let stage = Stage::new(app).await;
        let path = stage.carl.path("");
        let before = look(&stage.browser, &path, "at first").await;
        stage.press(&stage.form(2).await, "approve").await;
        assert_ne!(look(&stage.browser, &path, "approved").await, before);
        for show in ["?show=todo", "?show=done", "?show=all"] {
            look(&stage.browser, &stage.carl.path(show), show).await;
        }
    }

    async fn words_that_depend_on_the_time_are_right(app) {
        let guest = visitor(app, CARL).await;
        let browser = sign_in(app, &guest).await;
        // The clock stands at noon in Berlin, on 15 May 2025.
        for deadline in ["2025-05-15 14:30:00", "2025-05-16 09:00:00", "2025-05-18 09:00:00"] {
            one_off(app, &[CARL], &json!({"title": deadline, "deadline": deadline})).await;
        }
        let mut seen = vec![look(&browser, &guest.path(""), "at first").await];
        for (what, minutes) in [("a deadline", 151), ("a night", 9 * 60 + 30), ("the next", 9 * 60), ("days", 48 * 60)] {
            app.advance(SignedDuration::from_mins(minutes) - SignedDuration::from_mins(2));
            look(&browser, &guest.path(""), "before").await;
            app.advance(SignedDuration::from_mins(2));
            seen.push(look(&browser, &guest.path(""), what).await);
        }
        seen.dedup();
        assert_eq!(seen.len(), 5, "{seen:#?}");
    }

    async fn languages_of_browsers_are_kept_apart(app) {
        let guest = visitor(app, CARL).await;
        let browser = sign_in(app, &guest).await;
        let mut seen = Vec::new();
        for language in ["en", "de", "fr", "es", "en"] {
            let browser = browser.with_header("accept-language", language);
            seen.push(look(&browser, &guest.path(""), language).await);
        }
        assert_eq!(seen[0], seen[4]);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }

    async fn whoever_is_out_is_out_at_once(app) {
        let path = |guest: &super::super::Visitor| guests::path(&guest.email);
        for what in ["disabled", "removed", "reset", "ended", "strict", "idle", "left"] {
            set_policy(app, "verify").await;
            let guest = visitor(app, &format!("{what}@client.example")).await;
            let browser = sign_in(app, &guest).await;
            look(&browser, &guest.path(""), what).await;
            let admin = app.admin();
            match what {
                "disabled" => admin.delete(&format!("{}/disable", path(&guest))).await.expect(200).status,
                "removed" => admin.delete(&path(&guest)).await.expect(200).status,
                "reset" => admin.put(&format!("{}/reset-link", path(&guest)), &json!({})).await.expect(200).status,
                "ended" => admin.delete(&format!("{}/sessions", path(&guest))).await.expect(200).status,
                "strict" => {
                    set_policy(app, "strict").await;
                    200
                }
                "idle" => {
                    app.advance(hospes_model::workplace::links::SESSION_IDLE + SignedDuration::from_secs(1));
                    200
                }
                _ => {
                    let page = browser.open(&guest.path("")).await;
                    browser.submit(&page.form("/leave"), 0).await.status
                }
            };
            assert!(!has_session(&browser, &guest).await, "{what}");
            let page = browser.request("GET", &guest.path("")).await;
            assert!(!page.body.contains("/leave"), "{what}: {}", page.body);
        }
    }

    /// The form on a kept page works, and another browser's does not.
    async fn tokens_of_kept_pages_work(app) {
        let guest = visitor(app, CARL).await;
        let (first, second) = (sign_in(app, &guest).await, sign_in(app, &guest).await);
        look(&first, &guest.path(""), "first").await;
        look(&second, &guest.path(""), "second").await;
        let (of_first, of_second) = (first.open(&guest.path("")).await, second.open(&guest.path("")).await);
        let astray = second.submit(&of_first.form("/leave"), 0).await;
        assert_eq!(astray.status, 403);
        second.submit(&of_second.form("/leave"), 0).await.expect(200);
        assert!(has_session(&first, &guest).await && !has_session(&second, &guest).await);
    }
}
