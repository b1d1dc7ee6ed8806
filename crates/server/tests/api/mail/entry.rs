//! Ways in that were asked for, and where their secrets are: in the mail, and
//! nowhere else.

use hospes_model::workplace::codes;
use hospes_testing::{Backend, TestApp, both};
use jiff::SignedDuration;

use super::{delivered, told};
use crate::tasks::body;
use crate::workplace::{is_in, visitor};

const CARL: &str = "carl@client.example";

/// The secret in a mail's links.
fn secret(text: &str) -> String {
    let behind = text.split("/in/").nth(1).unwrap();
    behind.chars().take_while(char::is_ascii_hexdigit).collect()
}

/// The address behind a mail's button, without the server's.
fn link(app: &TestApp, text: &str) -> String {
    let line = text.lines().rev().find(|line| line.contains("/in/")).unwrap().trim();
    line.strip_prefix(&app.base).unwrap().to_owned()
}

both! {
    async fn a_mailed_link_leads_to_the_task_and_works_once(app) {
        let carl = visitor(app, CARL).await;
        app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
        let mails = delivered(app).await;
        let link = link(app, &mails[0].text);
        let (first, second) = (app.browser(), app.browser());
        let form = first.open(&link).await.expect(200).form("/enter");
        let landed = first.submit(&form.with("sure", "yes"), 0).await;
        assert!(landed.path.starts_with(&carl.path("/tasks/")) || is_in(&landed), "{}", landed.path);
        let page = second.open(&link).await;
        assert!(!page.forms().iter().any(|form| form.names.contains(&"sure".to_owned())), "it was used");
    }

    async fn who_asks_for_a_link_or_a_code_gets_it_at_once_before_all_others(app) {
        let carl = visitor(app, CARL).await;
        app.admin().post("/tasks", &body(&[], &["dora@client.example"])).await.expect(201);
        let browser = app.browser();
        let page = browser.open(&carl.path("")).await.expect(200);
        browser.submit(&page.form("/code"), 0).await.expect(200);
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "access", "Your code for Acme"), ("dora@client.example", "tasks", "Send the contract")]);
        let digits = mails[0].text.lines().map(str::trim).find(|line| line.len() == codes::DIGITS && line.bytes().all(|byte| byte.is_ascii_digit())).unwrap();
        assert!(!mails[0].subject.contains(digits), "locked screens show subjects");
        let typed = browser.open(&carl.path("/code")).await.expect(200).form("/code/check").with("digits", digits);
        assert!(is_in(&browser.submit(&typed, 0).await));
    }

    async fn a_code_that_comes_too_late_does_not_come(app) {
        let carl = visitor(app, CARL).await;
        let browser = app.browser();
        let page = browser.open(&carl.path("")).await.expect(200);
        browser.submit(&page.form("/code"), 0).await.expect(200);
        app.advance(codes::LIFE + SignedDuration::from_secs(1));
        assert!(delivered(app).await.is_empty());
    }

    async fn an_open_organization_mails_no_secrets(app) {
        visitor(app, CARL).await;
        crate::workplace::set_policy(app, "open").await;
        app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
        let mails = delivered(app).await;
        assert!(!mails[0].text.contains("/in/") && mails[0].text.contains("?task="), "{}", mails[0].text);
        assert!(!mails[0].text.contains("work once"));
    }

    async fn a_second_device_is_told_to_who_looks_after_the_guest(app) {
        let standard = app.acme.member(hospes_model::member::Role::Standard).get();
        let carl = visitor(app, CARL).await;
        app.admin().put(&crate::guests::path(CARL), &hospes_testing::json!({"associated_members": [standard]})).await.expect(201);
        crate::workplace::sign_in(app, &carl).await;
        assert!(delivered(app).await.is_empty());
        crate::workplace::sign_in(app, &carl).await;
        assert_eq!(told(&delivered(app).await), [("standard@acme.example", "device", "carl@client.example came in on another device")]);
    }
}

/// Every secret that was mailed is looked for in all that the server stores.
#[test]
fn secrets_of_mails_are_at_rest_nowhere() {
    TestApp::block_on(Backend::Sqlite, async |app: &TestApp| {
        let carl = visitor(app, CARL).await;
        let browser = app.browser();
        let page = browser.open(&carl.path("")).await.expect(200);
        browser.submit(&page.form("/code"), 0).await.expect(200);
        app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
        app.deliver().await;
        let mails = app.caught();
        let digits = mails
            .iter()
            .flat_map(|mail| mail.text.lines())
            .map(str::trim)
            .find(|line| line.len() == codes::DIGITS && line.bytes().all(|byte| byte.is_ascii_digit()))
            .unwrap();
        let task = mails.iter().find(|mail| mail.kind == "tasks").unwrap();
        let token = task.text.split("/unsubscribe/tasks.").nth(1).unwrap();
        let token: String = token.chars().take_while(char::is_ascii_hexdigit).collect();
        let canaries = [digits.to_owned(), secret(&task.text), token];
        assert!(canaries.iter().all(|canary| canary.len() >= codes::DIGITS));
        let mut looked_through = 0;
        for file in std::fs::read_dir(app.database().folder().unwrap()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            looked_through += bytes.len();
            let known = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(canaries.iter().all(|canary| !known(canary)));
        }
        assert!(looked_through > 10_000, "there is a database");
    });
}
