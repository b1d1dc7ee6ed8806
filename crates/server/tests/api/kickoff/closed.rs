//! A form that is not open is not there, and nothing tells why.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{CARL, PublicForm, link, mailed, runs};

both! {
    async fn every_reason_looks_alike(app) {
        let browser = app.browser();
        let unknown = browser.open(&format!("/kickoff/{}/{}", app.acme.id, "0".repeat(32))).await.expect(404);
        let public = PublicForm::new(app).await;
        let mut closed = vec![
            format!("/kickoff/{}/{}", app.other.id, public.id),
            format!("/kickoff/{}/{}", "0".repeat(32), public.id),
            format!("/kickoff/{}/nothing-000000", app.acme.id),
            format!("/kickoff/{}/%00", app.acme.id),
            format!("/kickoff/x/{}", public.id),
            format!("/{}/public/kickoff/nothing", app.acme.id),
        ];
        let private = PublicForm::with(app, &json!({"is_public_kickoff": false})).await;
        let document = PublicForm::with(app, &json!({
            "type": "document", "prerun": [], "steps": [], "automated_actions": [],
        })).await;
        let draft = PublicForm::with(app, &json!({"dual_version_enabled": true, "is_published_state": false})).await;
        let archived = PublicForm::new(app).await;
        app.admin().delete(&format!("/checklists/{}", archived.id)).await.expect(200);
        closed.extend([private.path, document.path, draft.path, archived.path]);
        for path in &closed {
            let page = browser.open(path).await;
            assert_eq!((page.status, &page.body), (404, &unknown.body), "{path}");
            let posted = browser.post_once(path, &[("email", CARL)]).await;
            // An address of the old kind only leads to the form.
            let expected = if path.contains("/public/") { 405 } else { 404 };
            assert_eq!(posted.status, expected, "{path}");
            assert!(expected == 405 || posted.body == unknown.body, "{path}");
        }
        browser.open(&public.path).await.expect(200);
    }

    async fn forms_are_found_by_alias_too(app) {
        let form = PublicForm::new(app).await;
        let alias = form.data["alias"].as_str().unwrap();
        for path in [
            format!("/{}/public/kickoff/{alias}", app.acme.id),
            format!("/{}/public/kickoff/{}", app.acme.id, form.id),
            format!("/kickoff/{}/{alias}", app.acme.id),
        ] {
            let page = app.browser().open(&path).await.expect(200);
            assert_eq!(page.path, form.path, "{path}");
        }
        app.browser().open(&format!("/{}/public/kickoff/{alias}", app.other.id)).await.expect(404);
        // Two of one name that were made in one moment: neither is meant.
        PublicForm::new(app).await;
        app.browser().open(&format!("/{}/public/kickoff/{alias}", app.acme.id)).await.expect(404);
    }

    async fn the_owner_stands_in_for_the_member_who_shares(app) {
        let form = PublicForm::new(app).await;
        form.change(app, &json!({"kickoff_sharing_user_id": app.acme.member(Role::Light).get()})).await;
        form.confirmed(app, &app.browser(), CARL).await.expect(200);
        let list = app.admin().get("/runs").await.expect(200);
        assert_eq!(list.data()[0]["started_by"].as_i64(), Some(app.acme.member(Role::Light).get()));
        // The member leaves: what was theirs is the owner's.
        let leave = |member: Role| format!("/users/{}/disable", app.acme.member(member).get());
        app.admin().delete(&leave(Role::Light)).await.expect(200);
        form.confirmed(app, &app.browser(), "dora@client.example").await.expect(200);
        let list = app.admin().get("/runs?sort=-created_at").await.expect(200);
        let starters: Vec<_> = list.data().as_array().unwrap().iter().map(|run| run["started_by"].as_i64().unwrap()).collect();
        assert!(starters.contains(&app.acme.member(Role::Standard).get()), "{starters:?}");
        // So does the owner.
        app.admin().delete(&leave(Role::Standard)).await.expect(200);
        app.browser().open(&form.path).await.expect(404);
    }

    async fn a_form_that_is_switched_off_meanwhile_keeps_what_was_submitted(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        form.submit(&browser, CARL).await;
        let link = link(app, &mailed(app, CARL).await);
        let confirm = browser.open(&link).await.expect(200).form("/verify").with("sure", "yes");
        form.change(app, &json!({"is_public_kickoff": false})).await;
        assert!(browser.open(&link).await.expect(404).shows("This form is not available"));
        browser.submit(&confirm, 0).await.expect(404);
        assert_eq!(runs(app).await, 0);
        form.change(app, &json!({"is_public_kickoff": true})).await;
        browser.submit(&confirm, 0).await.expect(200);
        assert_eq!(runs(app).await, 1);
    }
}
