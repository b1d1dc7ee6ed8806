//! Forms that come from elsewhere, too late, too large; and what every answer
//! carries.

use hospes_testing::{Page, both, json};
use jiff::SignedDuration;

use super::{has_session, is_in, mailed_link, set_policy, sign_in, take_mails, visitor};

fn assert_is_error_page(page: &Page) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{}", page.body);
    assert!(page.body.contains("<h1>") && page.cookies.is_empty(), "{}", page.body);
}

both! {
    async fn forms_of_a_session_carry_its_token(app) {
        let ann = visitor(app, "ann@client.example").await;
        let (browser, other) = (sign_in(app, &ann).await, sign_in(app, &ann).await);
        let page = browser.open(&ann.path("/devices")).await;
        let token = page.forms()[0].value("csrf").to_owned();
        assert_ne!(token, page.forms()[1].value("csrf"), "each is masked anew");
        let foreign = other.open(&ann.path("/devices")).await.forms()[0].value("csrf").to_owned();
        let mut tampered = token.clone().into_bytes();
        tampered[0] = if tampered[0] == b'0' { b'1' } else { b'0' };
        let tampered = String::from_utf8(tampered).unwrap();
        for wrong in ["", "x", &foreign, &tampered, &token[2..]] {
            let refused = browser.post(&ann.path("/devices"), &[("csrf", wrong), ("end", "all")]).await.expect(403);
            assert_is_error_page(&refused);
        }
        let refused = browser.post(&ann.path("/devices"), &[("end", "all")]).await.expect(403);
        assert_is_error_page(&refused);
        for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")] {
            let refused = browser.with_header(name, value).post(&ann.path("/devices"), &[("csrf", &token), ("end", "all")]).await;
            assert_is_error_page(&refused.expect(403));
        }
        assert!(has_session(&browser, &ann).await && has_session(&other, &ann).await);
        // Browsers that say less, or say where they are, are believed.
        let own = browser.with_header("sec-fetch-site", "").with_header("origin", &app.base);
        own.post(&ann.path("/devices"), &[("csrf", &token), ("end", "others")]).await.expect(200);
        assert!(!has_session(&other, &ann).await);
    }

    async fn forms_of_the_entrance_are_shown_again_when_they_are_stale(app) {
        set_policy(app, "open").await;
        let (ann, bob) = (visitor(app, "ann@client.example").await, visitor(app, "bob@client.example").await);
        let browser = app.browser();
        let form = browser.open(&ann.path("")).await.form("/enter");
        let bobs = browser.open(&bob.path("")).await.form("/enter");
        for token in ["", bobs.value("csrf"), &"0".repeat(80)] {
            let refused = browser.submit(&form.clone().with("csrf", token), 0).await.expect(403);
            assert!(refused.cookies.is_empty());
            let again = refused.form("/enter");
            assert!(refused.shows("once more") && again.buttons.len() == 2, "{}", refused.body);
        }
        app.advance(SignedDuration::from_hours(12));
        let refused = browser.submit(&form, 0).await.expect(403);
        assert!(is_in(&browser.submit(&refused.form("/enter"), 0).await), "the fresh form works");
        // What was typed is kept.
        let front = browser.open("/guest").await.form("/guest").with("csrf", "").with("email", "ann@client.example");
        let refused = browser.submit(&front, 0).await.expect(403);
        assert_eq!(refused.form("/guest").value("email"), "ann@client.example");
        for path in ["/code", "/link", "/code/check"] {
            browser.post(&bob.path(path), &[("digits", "12345678")]).await.expect(403);
        }
        assert!(take_mails(app).await.is_empty());
        for (path, fields) in [(bob.path("/enter"), ("answer", "open")), ("/guest".to_owned(), ("email", "a@b.example"))] {
            let foreign = browser.with_header("sec-fetch-site", "cross-site");
            let token = browser.open(&bob.path("")).await.form("/enter").value("csrf").to_owned();
            assert_is_error_page(&foreign.post(&path, &[("csrf", &token), fields]).await.expect(403));
        }
    }

    async fn a_press_without_the_tick_changes_nothing(app) {
        let ann = visitor(app, "ann@client.example").await;
        let browser = app.browser();
        let link = mailed_link(app, &ann, None).await;
        let form = browser.open(&link).await.form("/enter");
        let before = app.contents().await;
        let refused = browser.submit(&form, 0).await.expect(422);
        assert_eq!(app.contents().await, before);
        assert!(refused.shows("tick the box") && refused.cookies.is_empty());
        let again = refused.form("/enter").with("sure", "yes");
        assert!(is_in(&browser.submit(&again, 0).await), "the secret is still good");
    }

    async fn whoever_says_not_me_is_out(app) {
        set_policy(app, "open").await;
        let ann = visitor(app, "ann@client.example").await;
        let browser = app.browser();
        let form = browser.open(&ann.path("")).await.form("/enter");
        let before = app.contents().await;
        let left = browser.submit(&form, 1).await.expect(200);
        assert_eq!((left.path.as_str(), left.cookies.len()), (ann.path("/leave").as_str(), 0));
        assert_eq!(app.contents().await, before);
    }

    async fn odd_requests_are_pages_too(app) {
        let ann = visitor(app, "ann@client.example").await;
        let browser = sign_in(app, &ann).await;
        let nowhere = ["/guest/short", "/guest/%FF", "/guest/", "/guest/assets/x", &ann.path("/nothing"), &ann.path("/in/a/b/c"),
            &format!("/guest/{}/devices", "ä".repeat(40))];
        for path in nowhere {
            let page = browser.open(path).await;
            assert!(page.status == 404 || page.status == 400, "{path}: {}", page.status);
            assert_is_error_page(&page);
        }
        // Checked by the browser: errors carry the headers that pages carry.
        let wrong = browser.request("DELETE", &ann.path("")).await.expect(405);
        assert_is_error_page(&wrong);
        assert!(wrong.header("allow").contains("GET"));
        let page = browser.open(&ann.path("/devices")).await;
        let token = page.forms()[0].value("csrf").to_owned();
        let large = "x".repeat(1 << 20);
        let refused = browser.post(&ann.path("/devices"), &[("csrf", &token), ("end", &large)]).await.expect(413);
        assert_is_error_page(&refused);
        let uploaded = browser.upload(&ann.path("/leave"), &[("csrf", &token)], &[]).await.expect(415);
        assert_is_error_page(&uploaded);
        let foreign = browser.with_header("accept-language", "de-AT, en;q=0.5").open("/guest/short").await.expect(404);
        assert!(foreign.shows("Diese Seite gibt es nicht") && foreign.body.contains("lang=\"de\""));
        assert!(has_session(&browser, &ann).await);
    }

    async fn names_are_escaped_and_pages_are_not_shared_with_other_sites(app) {
        app.admin().put("", &json!({"name": "<b>\"A&Co\""})).await.expect(200);
        let ann = visitor(app, "ann@client.example").await;
        let page = app.browser().with_header("origin", "https://evil.example").open(&ann.path("")).await.expect(200);
        assert!(!page.body.contains("<b>") && page.shows("<b>\"A&Co\""), "{}", page.body);
        assert_eq!(page.header("access-control-allow-origin"), "");
        let csp = page.header("content-security-policy");
        for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(csp.contains(part) && !csp.contains("unsafe"), "{csp}");
        }
        assert_eq!(page.header("x-ratelimit-limit"), "", "what clients of the API are told is not for browsers");
    }
}
