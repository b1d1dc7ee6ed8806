//! The pages of guests, as browsers see them.

mod closing;
mod entrance;
mod files;
mod forms;
mod pages;
mod policies;
mod preferences;
mod presence;
mod scanners;

use hospes_model::{EmailAddress, GuestCode, GuestKey, TaskId};
use hospes_server::workplace::entrance::{mint_code, mint_link};
use hospes_store::guests;
use hospes_store::workplace::wanted::{self, Kind, Wanted};
use hospes_testing::{Browser, Page, TestApp, Value, json};

use crate::guests::create;

/// A guest of acme with the code that is in the link now.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) email: String,
    pub(crate) code: GuestCode,
    pub(crate) key: GuestKey,
}

impl Visitor {
    pub(crate) fn of(app: &TestApp, guest: &Value) -> Self {
        let code: GuestCode = guest["id"].as_str().unwrap().parse().unwrap();
        let key = GuestKey::new(app.acme.no, code.sequence().unwrap());
        Self { email: guest["email"].as_str().unwrap().to_owned(), code, key }
    }

    /// The locator, or a page below it.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/guest/{}{rest}", self.code)
    }
}

/// An address as it is stored.
pub(crate) fn address(email: &str) -> EmailAddress {
    EmailAddress::parse(email).unwrap()
}

/// Makes a guest of acme.
pub(crate) async fn visitor(app: &TestApp, email: &str) -> Visitor {
    Visitor::of(app, &create(&app.admin(), email).await)
}

/// Changes acme's policy for links.
pub(crate) async fn set_policy(app: &TestApp, policy: &str) {
    app.admin().put("", &json!({"guest_link_policy": policy})).await.expect(200);
}

/// The path of a link as it would be mailed now.
pub(crate) async fn mailed_link(app: &TestApp, guest: &Visitor, task: Option<TaskId>) -> String {
    let link = mint_link(&app.app, (guest.key, &address(&guest.email)), task)
        .await
        .unwrap()
        .expect("a link to mail");
    link.strip_prefix(&app.base).unwrap().to_owned()
}

/// The mails that wait, taken off.
pub(crate) async fn take_mails(app: &TestApp) -> Vec<Wanted> {
    let now = app.app.clock.now();
    app.with_store(move |tx| {
        let all = wanted::waiting(tx, 100)?;
        for mail in &all {
            wanted::done(tx, mail.id, now)?;
        }
        Ok(all)
    })
    .await
}

/// The code that was asked for last, as it would be mailed now.
pub(crate) async fn mailed_code(app: &TestApp) -> String {
    let mails = take_mails(app).await;
    let code = mails.iter().rev().find_map(|mail| match mail.kind {
        Kind::Code { browser } => Some((mail.guest, browser)),
        _ => None,
    });
    let (guest, browser) = code.expect("somebody asked for a code");
    let address = app.with_store(move |tx| Ok(guests::get(tx, guest)?.email)).await;
    mint_code(&app.app, (guest, &address), browser).await.unwrap().expect("a code to mail")
}

/// Signs a guest in with a mailed link, under the policy `verify`.
pub(crate) async fn sign_in(app: &TestApp, guest: &Visitor) -> Browser {
    let browser = app.browser();
    let link = mailed_link(app, guest, None).await;
    let page = browser.open(&link).await.expect(200);
    assert!(is_in(&browser.submit(&page.form("/enter").with("sure", "yes"), 0).await));
    browser
}

/// Whether a page is one that only a session shows.
pub(crate) fn is_in(page: &Page) -> bool {
    page.status == 200 && page.links().iter().any(|link| link.ends_with("/devices"))
}

/// Whether a browser has a session with a guest.
pub(crate) async fn has_session(browser: &Browser, guest: &Visitor) -> bool {
    browser.request("GET", &guest.path("/devices")).await.status == 200
}
