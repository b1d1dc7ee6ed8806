//! Programs that follow links, run scripts and press buttons before a person
//! does: nothing is written, nobody is let in. And where secrets are not.

use hospes_model::TaskId;
use hospes_testing::{Backend, Browser, TestApp, both};

use super::{Visitor, has_session, is_in, mailed_code, mailed_link, set_policy, sign_in, visitor};
use crate::guests::task;

/// What scanners of mails have been seen to send, by the name they give
/// themselves. Each comes with every method that fetches.
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
    "BarracudaCentral",
    "python-requests/2.31",
    "",
];

/// Every address that a guest can be led to, with and without a secret.
async fn addresses(app: &TestApp, guest: &Visitor, task: TaskId) -> Vec<String> {
    let mut all = vec![
        "/guest".to_owned(),
        "/guest/sent".to_owned(),
        mailed_link(app, guest, None).await,
        mailed_link(app, guest, Some(task)).await,
        format!("/guest/{}", "x".repeat(40)),
        format!("/guest/{}/in/{}", "x".repeat(40), "0".repeat(64)),
    ];
    let task = format!("/tasks/{task}");
    for rest in [
        "",
        "?show=done",
        "?show=all",
        "/code",
        "/link",
        "/devices",
        "/leave",
        "/enter",
        "/code/check",
        "/preferences",
        "/held",
        "/held.json",
        &task,
    ] {
        all.push(guest.path(rest));
    }
    all
}

/// Fetches as scanners do: the head, the page, what is linked from it, and the
/// forms' addresses by GET.
async fn scan(browser: &Browser, address: &str) {
    for method in ["HEAD", "GET", "OPTIONS"] {
        let page = browser.request(method, address).await;
        assert!(
            page.cookies.iter().all(|cookie| cookie.value.is_empty()),
            "{method} {address}: {:?}",
            page.cookies
        );
        if method == "GET" {
            for link in page.links().iter().filter(|link| link.starts_with('/')) {
                browser.request("GET", link).await;
            }
            for form in page.forms() {
                browser.request("GET", &form.action).await;
            }
        }
    }
}

both! {
    async fn fetching_changes_nothing(app) {
        for policy in ["open", "verify", "strict"] {
            let ann = visitor(app, &format!("{policy}@client.example")).await;
            let id: TaskId = task(&app.admin(), &[&ann.email]).await.parse().unwrap();
            set_policy(app, "verify").await;
            let signed_in = sign_in(app, &ann).await;
            let all = addresses(app, &ann, id).await;
            set_policy(app, policy).await;
            let before = app.contents().await;
            for address in &all {
                for agent in AGENTS {
                    scan(&app.browser().with_header("user-agent", agent), address).await;
                }
                // The same with a session, which is not due to be noted yet.
                scan(&signed_in, address).await;
            }
            assert_eq!(app.contents().await, before, "{policy}");
        }
    }

    async fn a_script_that_presses_the_only_button_is_not_let_in(app) {
        for policy in ["open", "verify"] {
            let ann = visitor(app, &format!("{policy}@client.example")).await;
            set_policy(app, policy).await;
            let link = mailed_link(app, &ann, None).await;
            let before = app.contents().await;
            for agent in AGENTS {
                let browser = app.browser().with_header("user-agent", agent);
                let page = browser.open(&link).await.expect(200);
                // It presses what is the only button of the page, fields as they are.
                let forms = page.forms();
                if let [form] = forms.as_slice()
                    && form.buttons.len() == 1
                {
                    for _ in 0..2 {
                        let pressed = browser.submit(form, 0).await;
                        assert!(!is_in(&pressed) && pressed.cookies.is_empty(), "{policy}");
                    }
                }
                assert!(!has_session(&browser, &ann).await, "{policy}");
            }
            assert_eq!(app.contents().await, before, "{policy}");
            // The person comes afterwards and gets in with the same link.
            let browser = app.browser();
            let form = browser.open(&link).await.form("/enter");
            let form = if policy == "verify" { form.with("sure", "yes") } else { form };
            assert!(is_in(&browser.submit(&form, 0).await), "{policy}");
        }
    }

    async fn secrets_are_nowhere_in_the_clear(app) {
        let ann = visitor(app, "ann@client.example").await;
        let link = mailed_link(app, &ann, None).await;
        let in_link = link.rsplit('/').next().unwrap().to_owned();
        let unused = mailed_link(app, &ann, None).await.rsplit('/').next().unwrap().to_owned();
        let signed_in = app.browser();
        let form = signed_in.open(&link).await.form("/enter").with("sure", "yes");
        assert!(is_in(&signed_in.submit(&form, 0).await));
        let typing = app.browser();
        let asked = typing.open(&ann.path("")).await.form("/code");
        let form = typing.submit(&asked, 0).await.form("/code/check");
        let digits = mailed_code(app).await;
        let browsers = typing.cookie("hospes_browser").unwrap();
        let wrong = typing.submit(&form.clone().with("digits", "3141 5926"), 0).await;
        assert!(!wrong.shows("3141 5926") && !wrong.shows(&ann.email));
        assert!(is_in(&typing.submit(&form.with("digits", &digits), 0).await));
        let secrets = [
            in_link,
            unused,
            signed_in.cookie("hospes_guest").unwrap(),
            typing.cookie("hospes_guest").unwrap(),
            browsers,
        ];
        assert!(secrets.iter().all(|secret| secret.len() == 64));
        app.stores_none_of(&secrets).await;
        let contents = app.contents().await;
        assert!(!contents.values().flatten().any(|row| row.split(['|', ',', '(', ')', '\'']).any(|cell| cell == digits)));
        // And in no answer of the API.
        for path in ["/guests/ann@client.example", "/guests/ann@client.example/sessions", "/activity-feeds", "/guests"] {
            let answer = app.admin().get(path).await.expect(200);
            let text = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "{path}");
        }
    }
}

#[test]
fn the_digest_of_a_database_sees_every_change() {
    TestApp::block_on(Backend::Sqlite, async |app| {
        let before = app.contents().await;
        assert!(before.contains_key("guest_session") && before.contains_key("entry_mail"));
        visitor(app, "ann@client.example").await;
        assert_ne!(app.contents().await, before);
    });
}
