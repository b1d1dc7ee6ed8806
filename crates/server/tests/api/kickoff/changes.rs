//! The template changes between submission and verification.

use hospes_testing::{Page, TestApp, both, json};

use super::{CARL, PublicForm, link, mailed, mails, runs};
use crate::workplace::is_in;

/// The page on which the link is confirmed, with a form that is about to be.
async fn waiting(app: &TestApp, form: &PublicForm) -> (hospes_testing::Browser, Page) {
    let browser = app.browser();
    let filled = form
        .filled(&browser, CARL)
        .await
        .with(&form.input("Notes"), "About us")
        .with(&form.input("Size"), "2")
        .with("first_name", "Carl");
    browser.submit(&filled, 0).await.expect(200);
    let page = browser.open(&link(app, &mailed(app, CARL).await)).await.expect(200);
    (browser, page)
}

/// The kick-off form with fewer, or more, fields.
fn prerun(form: &PublicForm, keep: &[&str], more: &[hospes_testing::Value]) -> hospes_testing::Value {
    let fields = form.data["prerun"].as_array().unwrap().iter();
    let mut kept: Vec<_> =
        fields.filter(|field| keep.contains(&field["label"].as_str().unwrap())).cloned().collect();
    kept.extend(more.iter().cloned());
    json!(kept)
}

both! {
    async fn answers_that_still_fit_launch_the_form_as_it_is_now(app) {
        let form = PublicForm::new(app).await;
        let (browser, page) = waiting(app, &form).await;
        let fields = prerun(&form, &["Firm", "Size", "Client"], &[json!({"label": "New", "field_type": "text", "required": false})]);
        form.change(app, &json!({"prerun": fields})).await;
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        let list = app.admin().get("/runs").await.expect(200);
        let prerun = &list.data()[0]["prerun"];
        assert_eq!(prerun[form.field("Firm")], "Acme Bread");
        assert!(!prerun.to_string().contains("About us"), "{prerun}");
    }

    async fn answers_that_do_not_fit_any_more_are_asked_for_again(app) {
        let form = PublicForm::new(app).await;
        let (browser, page) = waiting(app, &form).await;
        let fields = prerun(&form, &["Firm", "Notes", "Size", "Client"], &[json!({"label": "New", "field_type": "text", "required": true})]);
        form.change(app, &json!({"prerun": fields})).await;
        let changed = browser.submit(&page.form("/verify").with("sure", "yes"), 0).await.expect(409);
        assert!(changed.shows("This form was changed") && runs(app).await == 0);
        let again = changed.form(&form.path);
        for (name, value) in [
            (form.input("Firm"), "Acme Bread"), (form.input("Notes"), "About us"), (form.input("Size"), "2"),
            ("email".to_owned(), CARL), ("first_name".to_owned(), "Carl"),
        ] {
            assert!(again.fields.contains(&(name.clone(), value.to_owned())), "{name}: {again:?}");
        }
        let new = app.admin().get(&format!("/checklists/{}", form.id)).await.expect(200);
        let new = new.data()["prerun"].as_array().unwrap().iter().find(|field| field["label"] == "New").unwrap();
        let new = format!("f.{}", new["id"].as_str().unwrap());
        assert!(changed.body.contains(&format!("id=\"fault-{new}\"")));
        browser.submit(&again.with(&new, "More"), 0).await.expect(200);
        let page = browser.open(&link(app, &mailed(app, CARL).await)).await.expect(200);
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        assert_eq!(runs(app).await, 1);
        assert_eq!(app.contents().await["kickoff_submission"].len(), 1);
    }

    async fn a_template_that_cannot_be_launched_is_told_and_loses_nothing(app) {
        let form = PublicForm::new(app).await;
        let (browser, page) = waiting(app, &form).await;
        let confirm = page.form("/verify").with("sure", "yes");
        // More people come into a group than its step may have.
        let group = json!({"name": "Many", "guests": ["g1@client.example"]});
        let group = app.admin().post("/groups", &group).await.expect(201).data()["id"].clone();
        let path = format!("/checklists/{}/steps", form.id);
        let step = app.admin().post(&path, &json!({"title": "All", "groups": [group], "max_assignable": 1})).await.expect(201);
        let people = |guests: &[&str]| json!({"name": "Many", "guests": guests});
        let group = format!("/groups/{}", group.as_str().unwrap());
        app.admin().put(&group, &people(&["g1@client.example", "g2@client.example"])).await.expect(201);
        let told = browser.submit(&confirm, 0).await.expect(409);
        assert!(told.shows("cannot be started at the moment"), "{}", told.body);
        assert!(runs(app).await == 0 && mails(app).await.is_empty());
        app.admin().get(&format!("/guests/{CARL}")).await.expect(404);
        app.admin().delete(&format!("{path}/{}", step.data()["id"].as_str().unwrap())).await.expect(204);
        assert!(browser.submit(&confirm, 0).await.expect(200).path.starts_with("/guest/"));
    }

    async fn a_deleted_template_takes_what_waits_along(app) {
        let form = PublicForm::new(app).await;
        let (browser, page) = waiting(app, &form).await;
        app.admin().delete(&format!("/checklists/{}", form.id)).await.expect(200);
        browser.submit(&page.form("/verify").with("sure", "yes"), 0).await.expect(404);
        app.admin().delete(&format!("/checklists/{}/delete", form.id)).await.expect(200);
        assert!(app.contents().await["kickoff_submission"].is_empty());
    }
}
