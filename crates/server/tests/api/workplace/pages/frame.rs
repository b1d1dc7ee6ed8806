//! What stands around the pages: the menu, the way back, what browsers keep.

use hospes_testing::both;

use super::super::{sign_in, visitor};
use super::{CARL, Stage};

/// What a page calls its session.
fn label(body: &str) -> Option<String> {
    body.split("data-session=\"").nth(1)?.split('"').next().map(str::to_owned)
}

both! {
    async fn whoever_is_signed_in_finds_back_from_a_page_that_is_not_there(app) {
        let stage = Stage::new(app).await;
        let german = stage.browser.with_header("accept-language", "de");
        for path in ["/nothing", "/tasks/x", &format!("/tasks/{}", stage.tasks[2]), "/files/x", "/tasks/a/b/c"] {
            let page = german.open(&stage.carl.path(path)).await.expect(404);
            assert!(page.shows("Diese Seite gibt es nicht") && page.shows("Acme"), "{path}: {}", page.body);
            for place in ["", "/preferences", "/devices", "/held"] {
                assert!(page.links().contains(&stage.carl.path(place)), "{path}: {}", page.body);
            }
            assert!(page.shows("Zurück zu meinen Aufgaben") && page.form("/leave").value("csrf").len() == 128);
        }
        let refused = stage.browser.post(&stage.carl.path("/devices"), &[("csrf", "x"), ("end", "all")]).await.expect(403);
        assert!(refused.links().contains(&stage.carl.path("")), "{}", refused.body);
        // Nobody else learns whose workplace there is, or whether there is one.
        let stranger = app.browser().open(&stage.carl.path("/nothing")).await.expect(404);
        assert!(!stranger.shows("Acme") && stranger.links().iter().all(|link| !link.contains("/guest/")), "{}", stranger.body);
        let out = stage.browser.stolen();
        stage.browser.submit(&stage.open(1).await.form("/leave"), 0).await.expect(200);
        assert!(!out.open(&stage.carl.path("/nothing")).await.expect(404).shows("Acme"));
    }

    async fn other_sessions_are_ended_where_there_are_any(app) {
        let carl = visitor(app, CARL).await;
        let browser = sign_in(app, &carl).await;
        let alone = browser.open(&carl.path("/devices")).await.expect(200);
        assert!(!alone.shows("End all others") && alone.shows("End all"), "{}", alone.body);
        sign_in(app, &carl).await;
        assert!(browser.open(&carl.path("/devices")).await.expect(200).shows("End all others"));
    }

    async fn browsers_are_told_which_session_a_page_is_of_and_when_there_is_none(app) {
        let stage = Stage::new(app).await;
        let here = label(&stage.open(1).await.body).unwrap();
        assert_eq!(label(&stage.browser.open(&stage.carl.path("/held")).await.body).as_ref(), Some(&here));
        let elsewhere = sign_in(app, &stage.carl).await;
        let there = label(&elsewhere.open(&stage.path(1)).await.body).unwrap();
        assert_ne!(here, there);
        assert!(!stage.browser.cookie("hospes_guest").unwrap().contains(&here));
        let left = elsewhere.submit(&elsewhere.open(&stage.path(1)).await.form("/leave"), 0).await.expect(200);
        for page in [left, elsewhere.open(&stage.path(1)).await, elsewhere.open("/guest").await] {
            assert!(page.body.contains("data-out") && label(&page.body).is_none(), "{}", page.body);
        }
        // A page that only lacks the menu is no end of a session.
        assert!(!stage.open(1).await.body.contains(" data-out>"));
    }
}
