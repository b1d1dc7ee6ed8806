//! The page of preferences, and switching a kind of mail off without a session.

use hospes_testing::{TestApp, both, json};

use super::{Visitor, sign_in, visitor};
use crate::guests;
use crate::tasks::body;

const CARL: &str = "carl@client.example";

async fn preferences(app: &TestApp) -> hospes_testing::Value {
    let answer = app.admin().get(&format!("{}/preferences", guests::path(CARL))).await.expect(200);
    answer.data().clone()
}

/// Has Carl mailed about a task, and returns the path that switches such mails
/// off.
async fn unsubscribe_link(app: &TestApp) -> String {
    app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
    app.deliver().await;
    let mail = app.caught().into_iter().find(|mail| mail.to == CARL).unwrap();
    let header = mail.headers.iter().find(|(name, _)| name == "List-Unsubscribe").unwrap().1.clone();
    let address = header.trim_start_matches('<').trim_end_matches('>').to_owned();
    assert!(mail.text.contains(&address) && mail.html.contains("/unsubscribe/"));
    address.strip_prefix(&app.base).unwrap().to_owned()
}

both! {
    async fn a_guest_says_what_shall_come(app) {
        let carl = visitor(app, CARL).await;
        let browser = sign_in(app, &carl).await;
        let page = browser.open(&carl.path("/preferences")).await.expect(200);
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        let form = page.form("/preferences");
        let filled = form.with("language", "de").with("timezone", "Asia/Tokyo").with("quiet", "yes").with("from", "21:00").with("to", "06:30");
        let saved = browser.submit(&filled, 0).await.expect(200);
        assert!(saved.shows("Gespeichert.") && saved.body.contains("lang=\"de\""), "{}", saved.body);
        let stored = preferences(app).await;
        assert_eq!(stored["language"], "de");
        assert_eq!(stored["timezone"], "Asia/Tokyo");
        assert_eq!(stored["quiet_hours"], json!({"from": "21:00", "to": "06:30"}));
        // Every tick that is missing switches its kind off; days are the guest's own.
        let fields = [
            ("csrf", saved.form("/preferences").value("csrf").to_owned()), ("language", String::new()),
            ("timezone", String::new()), ("kind", "tasks".to_owned()), ("days", "own".to_owned()),
            ("day", "friday".to_owned()), ("day", "monday".to_owned()), ("from", "x".to_owned()), ("to", "y".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&carl.path("/preferences"), &fields).await.expect(200);
        assert_eq!(preferences(app).await, json!({
            "language": null, "timezone": null, "digest_days": ["monday", "friday"],
            "muted": ["changes", "comments", "issues"], "quiet_hours": null,
        }));
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.field.as_deref(), event.actor), (Some("mail_preferences"), None));
    }

    async fn what_is_wrong_is_said_beside_the_field_and_nothing_is_stored(app) {
        let carl = visitor(app, CARL).await;
        let browser = sign_in(app, &carl).await;
        let form = browser.open(&carl.path("/preferences")).await.expect(200).form("/preferences");
        let before = (preferences(app).await, app.written().await);
        let filled = form.with("timezone", "Mars/Olympus \"<b>").with("quiet", "yes").with("from", "22:00").with("to", "22:00");
        let page = browser.submit(&filled, 0).await.expect(422);
        assert!(page.shows("There is no time zone with this name.") && page.shows("Give two different times"));
        assert_eq!(page.form("/preferences").value("timezone"), "Mars/Olympus \"<b>", "what was typed is kept");
        assert!(!page.body.contains("<b>"));
        assert_eq!((preferences(app).await, app.written().await), before);
        // Without the page's token nothing is stored either.
        browser.post(&carl.path("/preferences"), &[("language", "fr")]).await.expect(403);
        assert_eq!(preferences(app).await, before.0);
    }

    async fn nobody_else_reads_or_writes_them(app) {
        let (carl, dora) = (visitor(app, CARL).await, visitor(app, "dora@client.example").await);
        let stranger = app.browser();
        let page = stranger.open(&carl.path("/preferences")).await;
        assert!(!page.shows("Time zone"), "the entrance");
        let browser = sign_in(app, &dora).await;
        assert!(!browser.open(&carl.path("/preferences")).await.shows("Time zone"));
        stranger.post(&carl.path("/preferences"), &[("language", "fr")]).await;
        assert_eq!(preferences(app).await["language"], json!(null));
    }

    async fn one_click_switches_one_kind_off_and_nothing_else(app) {
        visitor(app, CARL).await;
        let link = unsubscribe_link(app).await;
        let page = app.browser().open(&link).await.expect(200);
        assert_eq!(page.forms()[0].buttons.len(), 2, "no only button for programs to press");
        assert_eq!(preferences(app).await["muted"], json!([]), "looking changes nothing");
        // As mail programs do it: no cookie, no token, no origin of ours.
        let answer = reqwest::Client::new().post(format!("{}{link}", app.base))
            .header("Content-Type", "application/x-www-form-urlencoded").header("Origin", "https://mail.example")
            .body("List-Unsubscribe=One-Click").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("set-cookie").is_none());
        assert_eq!(preferences(app).await["muted"], json!(["tasks"]));
        app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
        let before = app.caught().len();
        app.deliver().await;
        assert_eq!(app.caught().len(), before);
        // Twice is once.
        let written = app.written().await;
        app.browser().post(&link, &[("answer", "stop")]).await.expect(200);
        assert_eq!(app.written().await, written);
    }

    async fn an_old_mail_switches_off_and_tells_no_new_link(app) {
        let old = visitor(app, CARL).await;
        let link = unsubscribe_link(app).await;
        let kept = app.browser().post(&link, &[("answer", "keep")]).await.expect(200);
        assert!(kept.links().contains(&old.path("/preferences")), "{}", kept.body);
        app.admin().put(&format!("{}/reset-link", guests::path(CARL)), &json!({})).await.expect(200);
        let new = Visitor::of(app, app.admin().get(&guests::path(CARL)).await.expect(200).data());
        for answer in ["keep", "stop"] {
            let page = app.browser().post(&link, &[("answer", answer)]).await.expect(200);
            assert!(!page.body.contains(new.code.as_str()), "{}", page.body);
            assert!(!page.links().iter().any(|link| link.starts_with("/guest/")), "{}", page.body);
        }
        let page = app.browser().open(&link).await.expect(200);
        assert!(!page.body.contains(new.code.as_str()));
        assert_eq!(preferences(app).await["muted"], json!(["tasks"]));
    }

    async fn other_links_switch_nothing_off(app) {
        visitor(app, CARL).await;
        let dora = visitor(app, "dora@client.example").await;
        let link = unsubscribe_link(app).await;
        let token = link.rsplit('/').next().unwrap();
        let elsewhere = dora.path(&format!("/unsubscribe/{token}"));
        for wrong in [link.replace("tasks.", "digest."), format!("{link}0"), elsewhere, link.replace("/unsubscribe/tasks.", "/unsubscribe/")] {
            app.browser().open(&wrong).await.expect(404);
            app.browser().post(&wrong, &[("List-Unsubscribe", "One-Click")]).await.expect(404);
        }
        app.browser().post(&link, &[("answer", "keep")]).await.expect(200);
        assert_eq!(preferences(app).await["muted"], json!([]));
    }
}
