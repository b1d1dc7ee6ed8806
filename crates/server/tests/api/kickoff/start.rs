//! A stranger becomes a guest and the process starts.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{CARL, PublicForm, digits, link, mailed, mails, runs};
use crate::workplace::{Visitor, is_in, sign_in};

both! {
    async fn the_form_asks_for_everything_and_tells_nothing(app) {
        let form = PublicForm::new(app).await;
        app.admin().put("", &json!({"guest_color": "#aa0000"})).await.expect(200);
        let page = app.browser().open(&form.path).await.expect(200);
        for text in ["Become a client", "<b>two</b>", "Firm", "Notes", "small", "Since", "Acme", "color-aa0000", "Your e-mail address"] {
            assert!(page.shows(text), "{text}: {}", page.body);
        }
        for secret in ["Only members", "Tell us more", "Check the firm", "standard@acme.example", "standard Acme"] {
            assert!(!page.shows(secret), "{secret}: {}", page.body);
        }
        assert!(page.cookies.is_empty());
        assert_eq!(page.header("cache-control"), "no-store");
        // In the reader's language.
        let german = app.browser().with_header("accept-language", "de").open(&form.path).await;
        assert!(german.shows("Ihre E-Mail-Adresse") && german.shows("<html lang=\"de\""));
    }

    async fn whoever_verifies_the_address_is_a_guest_with_a_process(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, CARL).await.with("first_name", " Carl ").with("last_name", "Cook");
        let sent = browser.submit(&filled, 0).await.expect(200);
        assert!(sent.shows("Look into your mailbox") && !sent.shows(CARL));
        assert_eq!(runs(app).await, 0);
        app.admin().get(&format!("/guests/{CARL}")).await.expect(404);

        let mail = mailed(app, CARL).await;
        assert_eq!(mail.subject, "Please confirm: New client");
        assert!(mail.text.contains("Acme") && !mail.text.contains("Carl") && !mail.text.contains("Bread"), "{}", mail.text);
        let page = browser.open(&link(app, &mail)).await.expect(200);
        let landed = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await;
        assert!(is_in(&landed) && landed.shows("Tell us more"), "{}: {}", landed.path, landed.body);

        let guest = app.admin().get(&format!("/guests/{CARL}")).await.expect(200);
        let ann = app.acme.member(Role::Standard).get();
        assert_eq!(guest.data()["details"]["first_name"], "Carl");
        assert_eq!(guest.data()["details"]["associated_members"], json!([ann]));
        let list = app.admin().get("/runs").await.expect(200);
        let run = &list.data()[0];
        assert_eq!((run["started_by"].as_i64(), run["owner_id"].as_i64()), (Some(ann), Some(ann)));
        assert_eq!(run["prerun_completed_by_guest"], CARL);
        assert!(run["prerun_completed_at"].is_string() && run["prerun_completed_by"].is_null());
        assert_eq!(run["prerun"][form.field("Firm")], "Acme Bread");
        let tasks = app.admin().get(&format!("/runs/{}/tasks", run["id"].as_str().unwrap())).await.expect(200);
        let more = tasks.data().as_array().unwrap().iter().find(|task| task["title"] == "Tell us more").unwrap();
        assert_eq!(more["owners"]["guests"], json!([CARL]));
        assert_eq!(more["owners"]["users"].as_array().unwrap().len(), 1, "a member is beside him: {more}");
        // One mail, about the task; the feed says who did it.
        let told = mails(app).await;
        let told: Vec<_> = told.iter().map(|mail| (mail.to.as_str(), mail.kind, mail.subject.as_str())).collect();
        assert_eq!(told, [(CARL, "tasks", "Tell us more")]);
        let feed = app.admin().get("/activity-feeds?actor_email=carl@client.example").await.expect(200);
        assert!(feed.data().to_string().contains("was launched"), "{}", feed.data());
    }

    async fn the_digits_work_in_the_browser_that_sent_the_form_and_in_no_other(app) {
        let form = PublicForm::new(app).await;
        let (browser, thief) = (app.browser(), app.browser());
        let sent = form.submit(&browser, CARL).await;
        let code = digits(&mailed(app, CARL).await);
        let stolen = thief.open(&sent.path).await.expect(200).form(&sent.path).with("digits", &code);
        thief.submit(&stolen, 0).await.expect(422);
        let wrong = browser.submit(&sent.form(&sent.path).with("digits", "0000 0000"), 0).await.expect(422);
        assert!(wrong.shows("This is not the code"));
        assert_eq!(runs(app).await, 0);
        let typed = wrong.form(&sent.path).with("digits", &format!("{} {}", &code[..4], &code[4..]));
        assert!(is_in(&browser.submit(&typed, 0).await));
        assert_eq!(runs(app).await, 1);
    }

    async fn under_strict_the_link_launches_and_a_code_lets_in(app) {
        crate::workplace::set_policy(app, "strict").await;
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let landed = form.confirmed(app, &browser, CARL).await.expect(200);
        assert!(!is_in(&landed) && landed.path.starts_with("/guest/"), "{}", landed.path);
        assert_eq!(runs(app).await, 1);
        // The digits are a code already.
        let sent = form.submit(&browser, CARL).await;
        let typed = sent.form(&sent.path).with("digits", &digits(&mailed(app, CARL).await));
        assert!(is_in(&browser.submit(&typed, 0).await));
    }

    async fn every_field_arrives_as_it_was_filled_in(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, CARL).await
            .with(&form.input("Notes"), "one\r\n<two>")
            .with(&form.input("Size"), "2")
            .with(&form.input("Kind"), "1")
            .with(&form.input("Wants"), "2")
            .with(&form.input("Since"), "1999-12-31")
            .with(&form.input("Contact"), "office@firm.example")
            .with(&format!("{}.0", form.input("People")), "Eva")
            .with(&form.input("Client"), "dora@client.example")
            .with(&form.input("Others"), "light@acme.example");
        browser.submit(&filled, 0).await.expect(200);
        let page = browser.open(&link(app, &mailed(app, CARL).await)).await;
        let landed = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await;
        assert!(is_in(&landed), "{}", landed.body);
        let list = app.admin().get("/runs").await.expect(200);
        let prerun = &list.data()[0]["prerun"];
        let value = |label: &str| prerun[form.field(label)].to_string();
        for (label, expected) in [
            ("Notes", "one\\n<two>"), ("Size", "large"), ("Kind", "small"), ("Wants", "large"),
            ("Since", "1999-12-31"), ("Contact", "office@firm.example"), ("People", "Eva"),
            // Whoever submits is in the flagged picker, beside those who were named.
            ("Client", CARL), ("Client", "dora@client.example"),
            ("Others", "light@acme.example"),
        ] {
            assert!(value(label).contains(expected), "{label}: {}", value(label));
        }
        // Whom Carl typed he reads again, as he typed them: that an address is a
        // member's is nobody's business.
        let path = landed.links().into_iter().find(|link| link.contains("/tasks/")).unwrap();
        let task = browser.open(&path).await.expect(200);
        assert!(task.shows("dora@client.example") && task.shows("light@acme.example"), "{}", task.body);
        assert!(!task.shows("others") && !task.shows("light Acme"), "{}", task.body);
        let held = browser.open(&format!("{}/held.json", path.split("/tasks/").next().unwrap())).await.expect(200);
        let held: hospes_testing::Value = serde_json::from_str(&held.body).unwrap();
        let kick_off = &held["tasks"][0]["kick_off"];
        assert_eq!((&kick_off["Firm"], &kick_off["Others"]), (&json!("Acme Bread"), &json!("light@acme.example")));
        assert!(kick_off["Client"].as_str().unwrap().contains("dora@client.example"), "{kick_off}");
    }

    async fn whom_a_guest_typed_into_the_form_only_that_guest_reads(app) {
        const DORA: &str = "dora@client.example";
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, CARL).await.with(&form.input("Others"), "eve@client.example");
        browser.submit(&filled, 0).await.expect(200);
        let page = browser.open(&link(app, &mailed(app, CARL).await)).await;
        let landed = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await;
        let path = landed.links().into_iter().find(|link| link.contains("/tasks/")).unwrap();
        assert!(browser.open(&path).await.expect(200).shows("eve@client.example"));
        // Dora is put on the same task.
        let run = app.admin().get("/runs").await.expect(200).data()[0]["id"].as_str().unwrap().to_owned();
        let id = path.rsplit('/').next().unwrap();
        let both = json!({"owners": {"users": [], "guests": [CARL, DORA], "groups": []}});
        app.admin().put(&format!("/runs/{run}/tasks/{id}"), &both).await.expect(200);
        let dora = Visitor::of(app, app.admin().get(&format!("/guests/{DORA}")).await.expect(200).data());
        let other = sign_in(app, &dora).await;
        for rest in [format!("/tasks/{id}"), "/held.json".to_owned()] {
            let page = other.open(&dora.path(&rest)).await.expect(200);
            assert!(page.shows("Acme Bread") && !page.shows("eve@"), "{}", page.body);
        }
        assert!(other.open(&dora.path(&format!("/tasks/{id}"))).await.shows("others"));
        // What a member takes out of the answer is not shown any more, and whom a
        // member adds is nobody's business.
        let people = json!({"users": [], "guests": ["fred@client.example"], "groups": []});
        let changed = json!({"prerun": {form.field("Others"): people}});
        app.admin().put(&format!("/runs/{run}"), &changed).await.expect(200);
        let page = browser.open(&path).await.expect(200);
        assert!(page.shows("others") && !page.shows("eve@") && !page.shows("fred@"), "{}", page.body);
    }

    async fn without_a_rule_the_first_step_that_names_nobody_is_theirs(app) {
        let form = PublicForm::with(app, &json!({
            "automated_actions": [],
            "steps": [
                {"id": "check", "title": "Check the firm", "assignees": [app.acme.member(Role::Standard).get()]},
                {"id": "more", "title": "Tell us more"},
                {"id": "inside", "title": "Something internal"},
            ],
        })).await;
        let landed = form.confirmed(app, &app.browser(), CARL).await;
        assert!(is_in(&landed) && landed.shows("Tell us more"), "{}", landed.body);
        assert!(!landed.shows("Check the firm") && !landed.shows("Something internal"));
    }

    async fn what_is_filled_in_from_the_start_need_not_be_typed(app) {
        let form = PublicForm::with(app, &json!({
            "prerun": [
                {"id": "place", "label": "Place", "field_type": "text", "required": true, "default_value_enabled": true, "default_value": "Bakery"},
                {"id": "who", "label": "Who", "field_type": "assignees_form", "required": true, "default_to_guest": true},
            ],
            "automated_actions": [],
        })).await;
        let browser = app.browser();
        let shown = form.open(&browser).await;
        assert_eq!(shown.value(&form.input("Place")), "Bakery");
        browser.submit(&shown.with("email", CARL).with(&form.input("Place"), ""), 0).await.expect(200);
        let page = browser.open(&link(app, &mailed(app, CARL).await)).await;
        browser.submit(&page.form("/verify").with("sure", "yes"), 0).await.expect(200);
        let list = app.admin().get("/runs").await.expect(200);
        assert_eq!(list.data()[0]["prerun"][form.field("Place")], "Bakery");
    }
}
