//! How much strangers can bring about.

use hospes_model::workplace::codes::{MAILS_FOR_NETWORK, MAILS_TO_MAILBOX, TRIES, TRIES_AT_MAILBOX};
use hospes_model::workplace::kickoff::{LIFE, SUBMISSIONS};
use hospes_store::kickoff;
use hospes_testing::{Options, TestApp, both};
use jiff::SignedDuration;

use super::{CARL, PublicForm, digits, link, mailed, mails, runs, without_tokens};
use crate::workplace::{is_in, visitor};

/// Digits that are not these.
fn wrong(code: &str) -> &'static str {
    if code == "00000000" { "00000001" } else { "00000000" }
}

/// The last part of a path.
fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// Tries codes mailed to Carl until his mailbox is tried no more, from form to
/// form and from network to network.
async fn try_all(app: &TestApp, form: &PublicForm) {
    for network in 0..TRIES_AT_MAILBOX.most / TRIES {
        let browser = app.browser().with_header("x-forwarded-for", &format!("10.0.{network}.1"));
        let sent = form.submit(&browser, CARL).await;
        let wrong = wrong(&digits(&mailed(app, CARL).await));
        for _ in 0..TRIES {
            browser.submit(&sent.form(&sent.path).with("digits", wrong), 0).await.expect(422);
        }
    }
}

both! {
    with Options { trust_proxy: true, ..Options::default() };

    async fn a_mailbox_gets_few_mails_whoever_asks(app) {
        let form = PublicForm::new(app).await;
        for count in 0..MAILS_TO_MAILBOX.most {
            let browser = app.browser().with_header("x-forwarded-for", &format!("10.0.{count}.1"));
            form.submit(&browser, ["Carl@client.example", CARL][usize::from(count % 2 == 0)]).await;
        }
        let browser = app.browser().with_header("x-forwarded-for", "10.0.99.1");
        let filled = form.filled(&browser, CARL).await;
        let shown = browser.submit(&filled, 0).await.expect(429);
        assert!(shown.shows("Please try again in 60 minutes") && shown.shows("Acme Bread"), "{}", shown.body);
        assert!(shown.header("retry-after").parse::<i64>().unwrap() > 0);
        // The entrance counts the same mailbox.
        let front = browser.open("/guest").await.form("/guest").with("email", CARL);
        browser.submit(&front, 0).await.expect(429);
        assert_eq!(mails(app).await.len() as i64, MAILS_TO_MAILBOX.most);
        app.advance(SignedDuration::from_hours(1));
        assert!(browser.submit(&shown.form(&form.path), 0).await.expect(200).path.contains("/sent/"));
    }

    async fn a_network_asks_for_few_mails_whomever_they_are_for(app) {
        let form = PublicForm::new(app).await;
        for count in 0..MAILS_FOR_NETWORK.most {
            let browser = app.browser().with_header("x-forwarded-for", &format!("10.0.0.{count}"));
            form.submit(&browser, &format!("p{count}@client.example")).await;
        }
        let browser = app.browser().with_header("x-forwarded-for", "10.0.0.77");
        browser.submit(&form.filled(&browser, CARL).await, 0).await.expect(429);
    }

    async fn what_one_limit_refuses_counts_under_no_other(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        for _ in 0..MAILS_TO_MAILBOX.most {
            form.submit(&browser, CARL).await;
        }
        let filled = form.filled(&browser, CARL).await;
        for _ in 0..MAILS_FOR_NETWORK.most {
            browser.submit(&filled, 0).await.expect(429);
        }
        form.submit(&browser, "dora@client.example").await;
    }

    async fn a_form_takes_only_so_many(app) {
        let form = PublicForm::new(app).await;
        let submit = async |count: i64| {
            let browser = app.browser().with_header("x-forwarded-for", &format!("10.{}.{}.1", count / 100, count % 100));
            browser.submit(&form.filled(&browser, &format!("p{count}@client.example")).await, 0).await
        };
        for count in 0..SUBMISSIONS.most {
            submit(count).await.expect(200);
        }
        submit(SUBMISSIONS.most).await.expect(429);
        // Another form is another matter.
        let other = PublicForm::new(app).await;
        let browser = app.browser().with_header("x-forwarded-for", "10.99.0.1");
        other.submit(&browser, CARL).await;
    }

    async fn a_code_is_tried_a_few_times_and_not_for_long(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let sent = form.submit(&browser, CARL).await;
        let code = digits(&mailed(app, CARL).await);
        for _ in 0..TRIES {
            browser.submit(&sent.form(&sent.path).with("digits", wrong(&code)), 0).await.expect(422);
        }
        let right = sent.form(&sent.path).with("digits", &code);
        browser.submit(&right, 0).await.expect(422);
        // Another one is mailed on request, and runs out too.
        browser.submit(&sent.form(&sent.path.replace("/sent/", "/again/")), 0).await.expect(200);
        let code = digits(&mailed(app, CARL).await);
        app.advance(SignedDuration::from_mins(10));
        browser.submit(&sent.form(&sent.path).with("digits", &code), 0).await.expect(422);
        assert_eq!(runs(app).await, 0);
    }

    async fn a_mailbox_is_tried_so_often_however_many_forms_were_sent(app) {
        let form = PublicForm::new(app).await;
        try_all(app, &form).await;
        app.advance(MAILS_TO_MAILBOX.per);
        let browser = app.browser().with_header("x-forwarded-for", "10.0.99.1");
        let sent = form.submit(&browser, "Carl@Client.example").await;
        let code = digits(&mailed(app, "Carl@Client.example").await);
        browser.submit(&sent.form(&sent.path).with("digits", &code), 0).await.expect(429);
        assert_eq!(runs(app).await, 0);
        // Another mailbox is not concerned, and the link of this one works.
        let other = app.browser();
        let sent = form.submit(&other, "dora@client.example").await;
        let code = digits(&mailed(app, "dora@client.example").await);
        assert!(is_in(&other.submit(&sent.form(&sent.path).with("digits", &code), 0).await));
    }

    async fn the_entrance_and_the_form_share_a_mailbox_s_mails_and_tell_nobody(app) {
        let form = PublicForm::new(app).await;
        let carl = visitor(app, CARL).await;
        let page = app.browser().open(&carl.path("")).await.expect(200);
        for _ in 0..MAILS_TO_MAILBOX.most {
            app.browser().submit(&page.form("/code"), 0).await.expect(200);
        }
        assert_eq!(mails(app).await.len() as i64, MAILS_TO_MAILBOX.most);
        // The pages are those that a stranger would get.
        let browser = app.browser();
        let known = form.submit(&browser, CARL).await.expect(200);
        let nobody = form.submit(&browser, "dora@client.example").await.expect(200);
        assert_eq!(without_tokens(&known).replace(&last(&known.path), ""), without_tokens(&nobody).replace(&last(&nobody.path), ""));
        let front = browser.open("/guest").await.form("/guest").with("email", CARL);
        assert_eq!(browser.submit(&front, 0).await.expect(200).path, "/guest/sent");
        let told = mails(app).await;
        assert!(told.iter().all(|mail| mail.to != CARL) && told.len() == 1, "{told:?}");
        // And the other way round: nobody is told at the link whose it is.
        app.advance(MAILS_TO_MAILBOX.per);
        for _ in 0..MAILS_TO_MAILBOX.most {
            form.submit(&browser, CARL).await;
        }
        let page = app.browser().open(&carl.path("")).await.expect(200);
        app.browser().submit(&page.form("/code"), 0).await.expect(200);
        assert_eq!(mails(app).await.len() as i64, MAILS_TO_MAILBOX.most);
        app.advance(MAILS_TO_MAILBOX.per);
        app.browser().submit(&page.form("/code"), 0).await.expect(200);
        assert_eq!(mails(app).await.len(), 1);
    }

    async fn tries_at_forms_count_at_the_entrance(app) {
        let form = PublicForm::new(app).await;
        let carl = visitor(app, CARL).await;
        try_all(app, &form).await;
        let browser = app.browser();
        let page = browser.open(&carl.path("")).await.expect(200);
        let typing = browser.submit(&page.form("/code"), 0).await.expect(200).form("/code/check");
        let typed = typing.with("digits", &digits(&mailed(app, CARL).await));
        browser.submit(&typed, 0).await.expect(422);
        app.advance(TRIES_AT_MAILBOX.per);
        let page = browser.open(&carl.path("")).await.expect(200);
        let typing = browser.submit(&page.form("/code"), 0).await.expect(200).form("/code/check");
        let typed = typing.with("digits", &digits(&mailed(app, CARL).await));
        assert!(is_in(&browser.submit(&typed, 0).await));
    }

    async fn whoever_submitted_nothing_has_nothing_mailed_again(app) {
        let form = PublicForm::new(app).await;
        let sent = form.submit(&app.browser(), CARL).await;
        mailed(app, CARL).await;
        let (other, path) = (app.browser(), sent.path.replace("/sent/", "/again/"));
        let page = other.open(&sent.path).await.expect(200);
        other.submit(&page.form(&path), 0).await.expect(200);
        assert!(mails(app).await.is_empty());
    }

    async fn what_is_not_verified_in_time_is_gone(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        form.submit(&browser, CARL).await;
        let link = link(app, &mailed(app, CARL).await);
        let late = app.browser();
        let confirm = late.open(&link).await.expect(200).form("/verify").with("sure", "yes");
        app.advance(LIFE);
        let now = app.app.clock.now();
        assert!(late.open(&link).await.expect(404).shows("It was not used in time"));
        let token = late.open(&form.path).await.form(&form.path).value("csrf").to_owned();
        late.submit(&confirm.with("csrf", &token), 0).await.expect(404);
        assert_eq!(app.with_store(move |tx| kickoff::sweep(tx, now, 10)).await, 1);
        let contents = app.contents().await;
        assert!(contents["kickoff_submission"].is_empty() && contents["kickoff_secret"].is_empty());
        assert_eq!(runs(app).await, 0);
    }
}
