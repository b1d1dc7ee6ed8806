//! What ends every session and every secret at once.

use hospes_model::mail::decide::Why;
use hospes_server::workplace::entrance::{mint_code, mint_link};
use hospes_store::mail::outbox::Outcome;
use hospes_testing::{Answer, TestApp, both, json};

use super::{Visitor, address, has_session, is_in, mailed_code, mailed_link, set_policy, sign_in, visitor};
use crate::guests::create;

const EMAIL: &str = "ann@client.example";

/// Everything that would let a guest in, tried before and after `act`: a live
/// session, a mailed link, a mailed code, the locator under an open policy.
async fn ends_everything(app: &TestApp, act: impl AsyncFnOnce(&TestApp) -> Answer) -> Visitor {
    let ann = visitor(app, EMAIL).await;
    let bob = visitor(app, "bob@client.example").await;
    let bystander = sign_in(app, &bob).await;
    let browser = sign_in(app, &ann).await;
    let link = mailed_link(app, &ann, None).await;
    let linked = app.browser();
    let confirm = linked.open(&link).await.form("/enter").with("sure", "yes");
    let typing = app.browser();
    let asked = typing.open(&ann.path("")).await.form("/code");
    let typed = typing.submit(&asked, 0).await.form("/code/check").with("digits", &mailed_code(app).await);
    set_policy(app, "open").await;
    let opened = app.browser();
    let press = opened.open(&ann.path("")).await.form("/enter");
    set_policy(app, "verify").await;
    assert!(has_session(&browser, &ann).await);

    act(app).await.expect(200);
    assert!(!has_session(&browser, &ann).await, "the old cookie");
    let refused = browser.open(&ann.path("")).await.expect(404);
    assert!(!is_in(&refused));
    for page in [linked.submit(&confirm, 0).await, typing.submit(&typed, 0).await, linked.open(&link).await] {
        assert!(!is_in(&page) && page.cookies.is_empty(), "{}: {}", page.path, page.body);
    }
    set_policy(app, "open").await;
    let pressed = opened.submit(&press, 0).await;
    assert!(!is_in(&pressed) && pressed.cookies.is_empty(), "the old link under an open policy");
    set_policy(app, "verify").await;
    assert!(has_session(&bystander, &bob).await, "nobody else");
    // Not even under the guest's new link.
    let now = app.admin().get(&format!("/guests/{EMAIL}")).await;
    if now.status == 200 {
        let ann = Visitor::of(app, now.data());
        browser.set_cookie(&ann.path(""), "hospes_guest", &old_secret(&browser));
        assert!(!has_session(&browser, &ann).await);
    }
    ann
}

fn old_secret(browser: &hospes_testing::Browser) -> String {
    browser.cookie("hospes_guest").unwrap()
}

both! {
    async fn a_reset(app) {
        let before = ends_everything(app, async |app| {
            app.admin().put(&format!("/guests/{EMAIL}/reset-link"), &json!({})).await
        }).await;
        let ann = Visitor::of(app, app.admin().get(&format!("/guests/{EMAIL}")).await.data());
        assert_ne!(ann.code, before.code);
        assert!(has_session(&sign_in(app, &ann).await, &ann).await, "the new link works");
    }

    async fn disabling_and_enabling_brings_nothing_back(app) {
        let before = ends_everything(app, async |app| {
            app.admin().delete(&format!("/guests/{EMAIL}/disable")).await
        }).await;
        let dropped = Outcome::Dropped(Why::GuestDisabled);
        let ann = address(EMAIL);
        let minted = mint_link(&app.app, (before.key, &ann), None).await.unwrap();
        assert_eq!(minted, Err(dropped.clone()), "whoever is disabled gets no mail");
        let minted = mint_code(&app.app, (before.key, &ann), [0; 32]).await.unwrap();
        assert_eq!(minted, Err(dropped));
        let enabled = app.admin().put(&format!("/guests/{EMAIL}/enable"), &json!({})).await.expect(200);
        let ann = Visitor::of(app, enabled.data());
        assert_ne!(ann.code, before.code);
        app.browser().open(&before.path("")).await.expect(404);
        assert!(has_session(&sign_in(app, &ann).await, &ann).await);
    }

    async fn a_removal(app) {
        let before = ends_everything(app, async |app| app.admin().delete(&format!("/guests/{EMAIL}")).await).await;
        // Whoever comes back is somebody else.
        let ann = Visitor::of(app, &create(&app.admin(), EMAIL).await);
        assert_ne!(ann.key, before.key);
        app.browser().open(&before.path("")).await.expect(404);
    }

    async fn another_address(app) {
        let before = ends_everything(app, async |app| {
            app.admin().put(&format!("/guests/{EMAIL}/email"), &json!({"email": "new@client.example"})).await
        }).await;
        let ann = Visitor::of(app, app.admin().get("/guests/new@client.example").await.data());
        assert_eq!(ann.key, before.key);
        assert!(has_session(&sign_in(app, &ann).await, &ann).await);
        // A mail that was read before gets nothing to carry: it is read again.
        let contents = app.contents().await;
        let minted = mint_link(&app.app, (ann.key, &address(EMAIL)), None).await.unwrap();
        assert_eq!(minted, Err(Outcome::Released));
        let minted = mint_code(&app.app, (ann.key, &address(EMAIL)), [0; 32]).await.unwrap();
        assert_eq!(minted, Err(Outcome::Released));
        assert_eq!(app.contents().await, contents);
    }

    async fn becoming_a_member_and_a_guest_again(app) {
        let before = ends_everything(app, async |app| {
            app.admin().post(&format!("/guests/{EMAIL}/to/member"), &json!({"role": "light"})).await
        }).await;
        let members = app.admin().get("/users?per_page=100").await.expect(200);
        let member = members.data().as_array().unwrap().iter().find(|user| user["email"] == EMAIL).unwrap();
        let id = member["id"].as_i64().unwrap();
        app.admin().put(&format!("/users/{id}/to/guest"), &json!({})).await.expect(200);
        let ann = Visitor::of(app, app.admin().get(&format!("/guests/{EMAIL}")).await.data());
        assert_ne!(ann.code, before.code);
        app.browser().open(&before.path("")).await.expect(404);
        assert!(has_session(&sign_in(app, &ann).await, &ann).await);
    }

    async fn ending_sessions_leaves_the_link(app) {
        let ann = visitor(app, EMAIL).await;
        let (one, two) = (sign_in(app, &ann).await, sign_in(app, &ann).await);
        app.admin().delete(&format!("/guests/{EMAIL}/sessions")).await.expect(200);
        assert!(!has_session(&one, &ann).await && !has_session(&two, &ann).await);
        assert!(has_session(&sign_in(app, &ann).await, &ann).await);
    }
}
