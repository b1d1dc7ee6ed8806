//! Programs that fetch and press, and where secrets are not.

use hospes_store::kickoff::submit::{self, Addressed};
use hospes_store::mail::{letters, outbox};
use hospes_testing::{Browser, TestApp, both, json};
use jiff::SignedDuration;

use super::{CARL, PublicForm, digits, link, mailed, runs};
use crate::workplace::is_in;

/// What scanners of mails call themselves.
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "BarracudaCentral",
    "python-requests/2.31",
    "",
];

async fn scan(browser: &Browser, address: &str) {
    for method in ["HEAD", "GET", "OPTIONS"] {
        let page = browser.request(method, address).await;
        assert!(page.cookies.is_empty(), "{method} {address}");
        let links = page.links().into_iter().filter(|link| link.starts_with('/'));
        for next in links.chain(page.forms().into_iter().map(|form| form.action)) {
            browser.request("GET", &next).await;
        }
    }
}

/// What the worker knows of the mail that waits, a moment before it makes the
/// mail's secrets.
async fn about_to_be_written(app: &TestApp) -> Addressed {
    app.advance(hospes_model::mail::GATHER);
    let now = app.app.clock.now();
    app.with_store(move |tx| {
        let claimed = outbox::claim(tx, now, 1)?.pop().expect("a mail that waits");
        let letter = letters::read(tx, &claimed, now)?.expect("a letter");
        let stranger = letter.stranger.expect("a stranger");
        Ok(Addressed { key: stranger.key, address: letter.address, submitted_at: stranger.submitted_at })
    })
    .await
}

/// Makes them, and tells whether that was done.
async fn made(app: &TestApp, mail: &Addressed) -> bool {
    let (mail, now) = (mail.clone(), app.app.clock.now());
    app.with_store(move |tx| submit::mint(tx, &mail, &[7; 32], "salt:hash", now)).await
}

both! {
    async fn a_mail_proves_the_mailbox_that_it_was_written_to_and_no_other(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, "mallory@client.example").await;
        browser.submit(&filled, 0).await.expect(200);
        let mail = about_to_be_written(app).await;
        app.advance(SignedDuration::from_millis(1));
        browser.submit(&filled.clone().with("email", CARL), 0).await.expect(200);
        assert!(!made(app, &mail).await);
        // Nor what was sent since from the same mailbox.
        browser.submit(&filled.with(&form.input("Firm"), "Acme Rolls"), 0).await.expect(200);
        assert!(!made(app, &mail).await);
        assert!(app.contents().await["kickoff_secret"].is_empty());
        let row = app.contents().await["kickoff_submission"].concat();
        assert!(!row.contains("salt:hash"), "{row}");
        let mail = about_to_be_written(app).await;
        assert!(made(app, &mail).await);
        assert_eq!(app.contents().await["kickoff_secret"].len(), 1);
    }

    async fn nothing_that_started_a_process_leads_to_a_link_that_was_reset(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let sent = form.submit(&browser, CARL).await;
        let mail = mailed(app, CARL).await;
        let (link, typed) = (link(app, &mail), sent.form(&sent.path).with("digits", &digits(&mail)));
        let holder = app.browser();
        let confirm = holder.open(&link).await.form("/verify").with("sure", "yes");
        assert!(is_in(&browser.submit(&confirm, 0).await));
        let old = app.admin().get(&format!("/guests/{CARL}")).await.expect(200).data()["id"].clone();
        assert!(holder.open(&link).await.body.contains(old.as_str().unwrap()));
        app.admin().put(&format!("/guests/{CARL}/reset-link"), &json!({})).await.expect(200);
        let new = app.admin().get(&format!("/guests/{CARL}")).await.expect(200).data()["id"].clone();
        let new = new.as_str().unwrap();
        let pages = [
            holder.open(&link).await.expect(404),
            holder.submit(&confirm, 0).await.expect(404),
            browser.submit(&typed, 0).await.expect(422),
        ];
        for page in pages {
            assert!(!page.path.contains(new) && !page.body.contains(new), "{}: {}", page.path, page.body);
        }
        assert_eq!(runs(app).await, 1);
    }

    async fn what_has_started_gets_no_more_secrets(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let sent = form.submit(&browser, CARL).await;
        let link = link(app, &mailed(app, CARL).await);
        browser.submit(&sent.form(&sent.path.replace("/sent/", "/again/")), 0).await.expect(200);
        let mail = about_to_be_written(app).await;
        let page = browser.open(&link).await.expect(200);
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        assert!(!made(app, &mail).await);
        assert_eq!(app.contents().await["kickoff_secret"].len(), 1);
    }

    async fn programs_that_fetch_and_press_launch_nothing(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let sent = form.submit(&browser, CARL).await;
        let link = link(app, &mailed(app, CARL).await);
        let before = app.contents().await;
        for agent in AGENTS {
            let scanner = app.browser().with_header("user-agent", agent);
            for address in [&link, &form.path, &sent.path, &format!("/{}/public/kickoff/{}", app.acme.id, form.id)] {
                scan(&scanner, address).await;
            }
            // The only button of the page, with fields as they are.
            let page = scanner.open(&link).await.expect(200);
            let forms = page.forms();
            let [only] = forms.as_slice() else { panic!("{forms:?}") };
            for _ in 0..2 {
                let pressed = scanner.submit(only, 0).await.expect(422);
                assert!(pressed.cookies.is_empty() && pressed.shows("Please tick the box"));
            }
        }
        assert_eq!(app.contents().await, before);
        assert_eq!(runs(app).await, 0);
        // The person comes afterwards.
        let page = browser.open(&link).await.expect(200);
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
    }

    async fn secrets_are_nowhere_in_the_clear(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, CARL).await;
        let sent = browser.submit(&filled, 0).await.expect(200);
        let mail = mailed(app, CARL).await;
        let code = digits(&mail);
        let wrong = browser.submit(&sent.form(&sent.path).with("digits", "3141 5926"), 0).await.expect(422);
        assert!(!wrong.shows("3141 5926"));
        let mut secrets = vec![
            link(app, &mail).rsplit('/').next().unwrap().to_owned(),
            filled.value("form").to_owned(),
            browser.cookie("hospes_kickoff").unwrap(),
        ];
        let waiting = format!("{:?}", app.contents().await);
        assert!(secrets.iter().all(|secret| secret.len() == 64 && !waiting.contains(secret.as_str())));
        assert!(!waiting.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == code));
        assert!(is_in(&browser.submit(&sent.form(&sent.path).with("digits", &code), 0).await));
        secrets.push(browser.cookie("hospes_guest").unwrap());
        app.stores_none_of(&secrets).await;
        // What was submitted lives on in the process alone.
        let kept = app.contents().await["kickoff_submission"].concat();
        assert!(!kept.contains("Acme Bread") && !kept.contains(CARL), "{kept}");
        let feed = app.admin().get("/activity-feeds").await.expect(200);
        let text = String::from_utf8_lossy(&feed.bytes).into_owned();
        assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())));
        // The cookie is for these pages alone.
        let cookie = sent.cookies.iter().find(|cookie| cookie.name == "hospes_kickoff").unwrap();
        assert!(cookie.attributes.contains(&format!("path={}", form.path)), "{cookie:?}");
        for attribute in ["httponly", "samesite=lax"] {
            assert!(cookie.attributes.iter().any(|known| known == attribute), "{cookie:?}");
        }
    }
}
