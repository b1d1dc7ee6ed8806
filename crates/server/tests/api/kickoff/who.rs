//! Whoever the address belongs to: the pages are the same until it is verified.

use hospes_testing::{Page, TestApp, both, json};

use super::{CARL, PublicForm, link, mailed, mails, runs, without_tokens};
use crate::guests::create;
use crate::workplace::is_in;

const DORA: &str = "dora@client.example";
const EVA: &str = "eva@client.example";

/// What a browser sees of a form that is sent.
async fn seen(app: &TestApp, form: &PublicForm, email: &str) -> (u16, String, Vec<String>) {
    let browser = app.browser();
    let sent: Page = form.submit(&browser, email).await;
    let cookies = sent.cookies.iter().map(|cookie| format!("{} {:?}", cookie.name, cookie.attributes));
    (sent.status, without_tokens(&sent), cookies.collect())
}

both! {
    async fn nothing_tells_who_is_known(app) {
        let form = PublicForm::new(app).await;
        create(&app.admin(), DORA).await;
        create(&app.admin(), EVA).await;
        app.admin().delete(&format!("/guests/{EVA}/disable")).await.expect(200);
        let stranger = seen(app, &form, CARL).await;
        for known in [DORA, EVA, "standard@acme.example", "standard@other.example"] {
            assert_eq!(seen(app, &form, known).await, stranger, "{known}");
        }
        // Only the mailbox is told.
        let mails = mails(app).await;
        let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(to, [CARL, DORA, "standard@acme.example", "standard@other.example"], "nothing to who is disabled");
        let member = &mails[2];
        assert!(member.text.contains("address of a member") && !member.text.contains("/kickoff/"), "{}", member.text);
        assert!(mails[1].text.contains("/kickoff/"));
    }

    async fn a_known_guest_gets_the_process_and_stays_who_they_are(app) {
        let form = PublicForm::new(app).await;
        let admin = app.acme.member(hospes_model::member::Role::Admin).get();
        let body = json!({"email": "Dora@client.example", "first_name": "Dora", "associated_members": [admin]});
        let before = app.admin().post("/guests", &body).await.expect(201).data().clone();
        let browser = app.browser();
        let filled = form.filled(&browser, DORA).await.with("first_name", "Mallory");
        browser.submit(&filled, 0).await.expect(200);
        let page = browser.open(&link(app, &mailed(app, DORA).await)).await;
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        let after = app.admin().get(&format!("/guests/{DORA}")).await.expect(200).data().clone();
        for key in ["id", "email", "link"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        assert_eq!(after["details"]["associated_members"], json!([admin]));
        assert_eq!(after["details"]["first_name"], "Dora");
        assert_eq!(runs(app).await, 1);
    }

    async fn who_becomes_a_member_or_is_disabled_meanwhile_starts_nothing(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        form.submit(&browser, DORA).await;
        let page = browser.open(&link(app, &mailed(app, DORA).await)).await.expect(200);
        create(&app.admin(), DORA).await;
        app.admin().delete(&format!("/guests/{DORA}/disable")).await.expect(200);
        let shown = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await.expect(409);
        assert!(shown.shows("This address cannot be used") && shown.cookies.is_empty());
        assert_eq!(runs(app).await, 0);
        // Enabled again, the same link does it.
        app.admin().put(&format!("/guests/{DORA}/enable"), &json!({})).await.expect(200);
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));

        form.submit(&browser, EVA).await;
        let page = browser.open(&link(app, &mailed(app, EVA).await)).await.expect(200);
        let invited = json!({"email": EVA, "first_name": "Eva", "last_name": "Ek", "role": "light"});
        app.admin().post("/users/invite", &invited).await.expect(200);
        let shown = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await.expect(409);
        assert!(shown.shows("This address belongs to a member"));
        assert_eq!(runs(app).await, 1);
    }

    async fn another_organization_notices_nothing(app) {
        let form = PublicForm::new(app).await;
        let theirs = app.client_of(&app.other, hospes_model::member::Role::Admin);
        create(&theirs, CARL).await;
        let before = theirs.get(&format!("/guests/{CARL}?with=stats")).await.expect(200).bytes;
        let feed = theirs.get("/activity-feeds").await.expect(200).bytes;
        assert!(is_in(&form.confirmed(app, &app.browser(), CARL).await));
        assert_eq!(theirs.get(&format!("/guests/{CARL}?with=stats")).await.expect(200).bytes, before);
        assert_eq!(theirs.get("/activity-feeds").await.expect(200).bytes, feed);
        assert!(theirs.get("/runs").await.expect(200).data().as_array().unwrap().is_empty());
    }
}
