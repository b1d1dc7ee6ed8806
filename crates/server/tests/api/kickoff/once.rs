//! Whatever is pressed, posted or opened twice: one process.

use hospes_model::workplace::codes;
use hospes_testing::both;

use super::{CARL, PublicForm, digits, link, mailed, mails, runs};
use crate::workplace::is_in;

both! {
    async fn a_link_launches_once(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        form.submit(&browser, CARL).await;
        let link = link(app, &mailed(app, CARL).await);
        let confirm = browser.open(&link).await.form("/verify").with("sure", "yes");
        let phone = app.browser();
        let elsewhere = phone.open(&link).await.form("/verify").with("sure", "yes");
        // Two presses and another device, all at once.
        let (first, second, third) =
            tokio::join!(browser.submit(&confirm, 0), browser.submit(&confirm, 0), phone.submit(&elsewhere, 0));
        assert_eq!(runs(app).await, 1);
        assert!([&first, &second, &third].into_iter().any(is_in));
        // Whoever was not first is led to the workplace, which asks who comes.
        for page in [&first, &second, &third] {
            assert!(page.path.starts_with("/guest/") && page.status == 200, "{}: {}", page.path, page.status);
        }
        // Afterwards the link says so, and a stranger with it gets nothing.
        let used = app.browser().open(&link).await.expect(200);
        assert!(used.shows("This has started already") && used.forms().is_empty() && !used.shows("Acme Bread"));
        let replayed = app.browser().submit(&confirm, 0).await.expect(200);
        assert!(!is_in(&replayed) && replayed.path.starts_with("/guest/"));
        assert_eq!(runs(app).await, 1);
    }

    async fn link_and_digits_of_one_mail_launch_once(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let sent = form.submit(&browser, CARL).await;
        let mail = mailed(app, CARL).await;
        let typed = sent.form(&sent.path).with("digits", &digits(&mail));
        let phone = app.browser();
        let confirm = phone.open(&link(app, &mail)).await.form("/verify").with("sure", "yes");
        let (first, second) = tokio::join!(browser.submit(&typed, 0), phone.submit(&confirm, 0));
        assert!(is_in(&first) || is_in(&second));
        for page in [first, second, browser.submit(&typed, 0).await] {
            assert!(page.path.starts_with("/guest/") && page.status == 200, "{}: {}", page.path, page.body);
        }
        assert_eq!(runs(app).await, 1);
    }

    async fn digits_that_are_sent_twice_launch_once_and_are_right_twice(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let sent = form.submit(&browser, CARL).await;
        let code = digits(&mailed(app, CARL).await);
        let typed = sent.form(&sent.path).with("digits", &code);
        let (first, second) = tokio::join!(browser.submit(&typed, 0), browser.submit(&typed, 0));
        assert!(is_in(&first) || is_in(&second));
        for page in [&first, &second] {
            assert!(page.path.starts_with("/guest/") && page.status == 200, "{}: {}", page.path, page.body);
        }
        assert_eq!(runs(app).await, 1);
        // Whoever has the browser and not the mail learns nothing, nor does anybody later.
        let guest = first.path.split('/').nth(2).unwrap();
        let wrong = typed.clone().with("digits", if code == "00000000" { "00000001" } else { "00000000" });
        let refused = browser.submit(&wrong, 0).await.expect(422);
        assert!(refused.path.starts_with(&form.path) && !refused.body.contains(guest), "{}", refused.body);
        app.advance(codes::LIFE);
        browser.submit(&typed, 0).await.expect(422);
    }

    async fn the_same_form_again_is_the_same_submission(app) {
        let form = PublicForm::new(app).await;
        let (browser, tab) = (app.browser(), app.browser());
        let filled = form.filled(&browser, CARL).await;
        let (first, second) = tokio::join!(browser.submit(&filled, 0), tab.submit(&filled, 0));
        assert_eq!(first.path, second.path);
        assert_eq!(mails(app).await.len(), 1);
        assert_eq!(app.contents().await["kickoff_submission"].len(), 1);
    }

    async fn a_form_that_is_sent_with_other_answers_takes_the_place_of_the_first(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, "calr@client.example").await;
        browser.submit(&filled, 0).await.expect(200);
        let first = link(app, &mailed(app, "calr@client.example").await);
        let mended = filled.with("email", CARL).with(&form.input("Firm"), "Acme Rolls");
        browser.submit(&mended, 0).await.expect(200);
        let second = link(app, &mailed(app, CARL).await);
        assert!(browser.open(&first).await.expect(404).shows("Please fill in the form again"));
        let page = browser.open(&second).await.expect(200);
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        let list = app.admin().get("/runs").await.expect(200);
        assert_eq!(list.data()[0]["prerun"][form.field("Firm")], "Acme Rolls");
        app.admin().get("/guests/calr@client.example").await.expect(404);
        // What has started is not sent again.
        assert!(browser.submit(&mended, 0).await.expect(409).shows("This was sent already"));
        assert!(mails(app).await.iter().all(|mail| mail.kind == "tasks"));
    }

    async fn two_forms_may_carry_the_same_and_are_two(app) {
        let (one, two) = (PublicForm::new(app).await, PublicForm::new(app).await);
        let browser = app.browser();
        let first = one.filled(&browser, CARL).await;
        let carried = first.value("form").to_owned();
        browser.submit(&first, 0).await.expect(200);
        let second = two.filled(&browser, CARL).await.with("form", &carried);
        assert!(browser.submit(&second, 0).await.expect(200).path.starts_with(&format!("{}/sent/", two.path)));
        assert_eq!(mails(app).await.len(), 2);
    }

    async fn two_forms_in_two_tabs_are_two_processes(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let one = form.submit(&browser, CARL).await;
        let first = digits(&mailed(app, CARL).await);
        let two = form.submit(&browser, CARL).await;
        let second = digits(&mailed(app, CARL).await);
        assert!(is_in(&browser.submit(&one.form(&one.path).with("digits", &first), 0).await));
        assert!(is_in(&browser.submit(&two.form(&two.path).with("digits", &second), 0).await));
        assert_eq!(runs(app).await, 2);
        let guests = app.admin().get("/guests").await.expect(200);
        assert_eq!(guests.data().as_array().unwrap().len(), 1);
    }
}
