//! What opens under which policy, in which situation, at which time.

use hospes_testing::{Browser, Page, TestApp, both, json};
use jiff::SignedDuration;

use super::{Visitor, has_session, is_in, mailed_code, mailed_link, set_policy, visitor};

/// What somebody meets at the entrance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// Two buttons of the same weight.
    Buttons,
    /// A tick beside the button.
    Tick,
    /// The button that mails a code, and nothing about the link.
    Code,
    /// The same, and that the link was used or is too old.
    Spent,
    /// The tasks.
    In,
}

use Met::{Buttons, Code, In, Spent, Tick};

fn met(page: &Page) -> Met {
    if is_in(page) {
        return In;
    }
    assert_eq!(page.status, 200, "{}", page.body);
    let forms = page.forms();
    let form = &forms[0];
    assert_eq!(forms.len(), 1, "one thing to do: {}", page.body);
    if form.action.ends_with("/code") {
        assert_eq!(form.buttons.len(), 1);
        return if page.shows("used already") { Spent } else { Code };
    }
    assert!(form.action.ends_with("/enter"));
    if form.names.iter().any(|name| name == "sure") {
        assert_eq!((form.buttons.len(), form.value("sure")), (1, ""), "unticked");
        return Tick;
    }
    assert_eq!(form.buttons.len(), 2);
    Buttons
}

/// Does what the page asks of a person.
async fn pass(app: &TestApp, browser: &Browser, page: &Page) -> Page {
    match met(page) {
        Buttons => browser.submit(&page.form("/enter"), 0).await,
        Tick => browser.submit(&page.form("/enter").with("sure", "yes"), 0).await,
        Code | Spent => {
            let typing = browser.submit(&page.form("/code"), 0).await.expect(200);
            let form = typing.form("/code/check").with("digits", &mailed_code(app).await);
            browser.submit(&form, 0).await
        }
        In => page.clone(),
    }
}

/// A browser that got in while the policy was another one.
async fn came_in(app: &TestApp, guest: &Visitor, policy: &str) -> Browser {
    set_policy(app, policy).await;
    let browser = app.browser();
    let page = browser.open(&mailed_link(app, guest, None).await).await;
    assert!(is_in(&pass(app, &browser, &page).await), "under {policy}");
    browser
}

both! {
    async fn each_situation_is_met_as_the_policy_says(app) {
        let table = [
            ("open", [Buttons, Buttons, Buttons, Buttons]),
            ("verify", [Code, Tick, Spent, Spent]),
            ("strict", [Code, Code, Code, Code]),
        ];
        for (policy, [by_locator, by_fresh, by_used, by_old]) in table {
            let ann = visitor(app, &format!("{policy}@client.example")).await;
            // Secrets are only mailed under `verify`; those that are there stay.
            set_policy(app, "verify").await;
            let links = [mailed_link(app, &ann, None).await, mailed_link(app, &ann, None).await];
            let used = app.browser();
            pass(app, &used, &used.open(&links[1]).await).await;
            set_policy(app, policy).await;
            let open = async |path: &str| met(&app.browser().open(path).await);
            assert_eq!(open(&ann.path("")).await, by_locator, "{policy}, the locator");
            assert_eq!(open(&links[0]).await, by_fresh, "{policy}, a fresh link");
            assert_eq!(open(&links[1]).await, by_used, "{policy}, a used link");
            assert_eq!(open(&ann.path(&format!("/in/{}", "0".repeat(64)))).await, by_used, "{policy}, no link of ours");
            assert_eq!(open(&ann.path("/in/nonsense")).await, by_used, "{policy}, nonsense");
            for path in [ann.path(""), links[0].clone()] {
                let browser = app.browser();
                let page = browser.open(&path).await;
                assert!(is_in(&pass(app, &browser, &page).await), "{policy}, {path}");
                assert_eq!(open(&ann.path("")).await, by_locator, "{policy}, another browser afterwards");
            }
            set_policy(app, "verify").await;
            let link = mailed_link(app, &ann, None).await;
            set_policy(app, policy).await;
            app.advance(SignedDuration::from_hours(30 * 24));
            assert_eq!(open(&link).await, by_old, "{policy}, a link after thirty days");
        }
    }

    async fn what_is_mailed_fits_the_policy(app) {
        let ann = visitor(app, "ann@client.example").await;
        for (policy, has_secret) in [("open", false), ("verify", true), ("strict", false)] {
            set_policy(app, policy).await;
            let link = mailed_link(app, &ann, None).await;
            assert_eq!(link.contains("/in/"), has_secret, "{policy}");
            assert!(link.starts_with(&ann.path("")), "{link}");
        }
    }

    async fn a_stricter_policy_ends_sessions_that_show_less(app) {
        let ann = visitor(app, "ann@client.example").await;
        let by_button = came_in(app, &ann, "open").await;
        let by_link = came_in(app, &ann, "verify").await;
        let by_code = came_in(app, &ann, "strict").await;
        for (policy, expected) in
            [("open", [true, true, true]), ("verify", [false, true, true]), ("strict", [false, false, true])]
        {
            set_policy(app, policy).await;
            let mut found = Vec::new();
            for browser in [&by_button, &by_link, &by_code] {
                found.push(has_session(browser, &ann).await);
            }
            assert_eq!(found, expected, "{policy}");
            let listed = app.admin().get("/guests/ann@client.example/sessions").await.expect(200);
            let live = expected.iter().filter(|holds| **holds).count();
            assert_eq!(listed.data().as_array().unwrap().len(), live, "{policy}");
        }
    }

    async fn a_code_is_asked_for_again_after_some_days(app) {
        let ann = visitor(app, "ann@client.example").await;
        let browser = came_in(app, &ann, "strict").await;
        app.admin().put("", &json!({"guest_link_strict_days": 7})).await.expect(200);
        app.advance(SignedDuration::from_hours(7 * 24 - 1));
        assert!(has_session(&browser, &ann).await);
        app.advance(SignedDuration::from_hours(1));
        assert!(!has_session(&browser, &ann).await);
        assert_eq!(met(&browser.open(&ann.path("")).await), Code);
        set_policy(app, "verify").await;
        assert!(has_session(&browser, &ann).await, "the other policies know no such days");
    }

    async fn sessions_end_when_they_are_old_or_unused(app) {
        let ann = visitor(app, "ann@client.example").await;
        let (used, unused) = (came_in(app, &ann, "verify").await, came_in(app, &ann, "verify").await);
        for day in (0..360).step_by(60) {
            assert!(has_session(&used, &ann).await, "day {day}");
            settle(app, &ann).await;
            app.advance(SignedDuration::from_hours(60 * 24));
        }
        assert!(!has_session(&unused, &ann).await);
        assert!(has_session(&used, &ann).await, "day 360");
        app.advance(SignedDuration::from_hours(5 * 24));
        assert!(!has_session(&used, &ann).await, "day 365");
    }
}

/// Waits until the last visit is noted.
async fn settle(app: &TestApp, guest: &Visitor) {
    let now = app.app.clock.now().as_microsecond();
    let key = guest.key.get();
    for _ in 0..200 {
        let seen = app
            .with_store(move |tx| {
                tx.query_one(
                    "SELECT MAX(last_seen_at) FROM guest_session WHERE guest_key = ?1",
                    &[key.into()],
                    |row| row.int(0),
                )
            })
            .await;
        if seen == now {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the visit is not noted");
}
