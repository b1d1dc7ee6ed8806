//! A guest puts another guest beside themselves.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::super::{Visitor, sign_in};
use super::{CARL, DORA, Stage, one_off};

const EVE: &str = "eve@client.example";

both! {
    async fn a_colleague_is_added_and_nobody_is_removed(app) {
        let stage = Stage::new(app).await;
        let form = stage.open(2).await.form("/colleague").with("email", EVE);
        let page = stage.browser.submit(&form, 0).await.expect(200);
        assert!(page.shows("Your colleague was added") && page.shows("eve (guest)"), "{}", page.body);
        assert!(page.shows("You added a colleague"));
        assert_eq!(stage.task(2).await["owners"]["guests"], json!([CARL, EVE]));
        assert_eq!(stage.task(2).await["owners"]["users"].as_array().unwrap().len(), 1, "the member stays");
        // Twice is once.
        stage.browser.submit(&form, 0).await.expect(200);
        assert_eq!(stage.task(2).await["owners"]["guests"], json!([CARL, EVE]));
        let rows = stage.admin.get("/activity-feeds?verb=owners-updated&actor_type=guest").await.expect(200);
        assert_eq!(rows.data().as_array().unwrap().len(), 1, "who asked whom is recorded once");
        let eve = Visitor::of(app, stage.admin.get(&format!("/guests/{EVE}")).await.expect(200).data());
        let eves = sign_in(app, &eve).await;
        let list = eves.open(&eve.path("")).await.expect(200);
        assert!(list.shows("Approve the offer") && !list.shows("Tell us about"));
    }

    async fn one_off_tasks_too(app) {
        let carl = super::super::visitor(app, CARL).await;
        let id = one_off(app, &[CARL], &json!({"title": "Papers"})).await;
        let browser = sign_in(app, &carl).await;
        let page = browser.open(&carl.path(&format!("/tasks/{id}"))).await.expect(200);
        browser.submit(&page.form("/colleague").with("email", EVE), 0).await.expect(200);
        let task = app.admin().get(&format!("/tasks/{id}")).await.expect(200);
        assert_eq!(task.data()["owners"]["guests"], json!([CARL, EVE]));
        assert_eq!(task.data()["owners"]["users"], json!([app.acme.member(Role::Admin).get()]));
        let stats = app.admin().get(&format!("/guests/{EVE}?with=stats")).await.expect(200);
        assert_eq!(stats.data()["stats"]["active_tasks"], 1);
    }

    async fn whose_an_address_is_is_not_said(app) {
        let stage = Stage::new(app).await;
        stage.admin.post("/guests", &json!({"email": "out@client.example"})).await.expect(201);
        stage.admin.delete("/guests/out@client.example/disable").await.expect(200);
        let id = one_off(app, &[CARL], &json!({"title": "Papers"})).await;
        let mut pages = Vec::new();
        for path in [stage.path(2), stage.carl.path(&format!("/tasks/{id}"))] {
            for address in ["standard@acme.example", "out@client.example"] {
                let form = stage.browser.open(&path).await.expect(200).form("/colleague").with("email", address);
                let page = stage.browser.submit(&form, 0).await.expect(422);
                assert!(page.shows("This address cannot be added."), "{address}: {}", page.body);
                assert_eq!(page.form("/colleague").value("email"), address);
                pages.push(page);
            }
        }
        for page in pages {
            assert!(!page.shows("member ") && !page.shows("disabled"));
        }
        for (address, said) in [("nonsense", "Please type an e-mail address"), ("", "Please type an e-mail address"), (CARL, "your own address")] {
            let form = stage.open(2).await.form("/colleague").with("email", address);
            assert!(stage.browser.submit(&form, 0).await.expect(422).shows(said), "{address}");
        }
        assert_eq!(stage.task(2).await["owners"]["guests"], json!([CARL]));
    }

    async fn others_are_named_and_groups_are_not(app) {
        let stage = Stage::new(app).await;
        stage.admin.put(&format!("/guests/{DORA}"), &json!({"first_name": "Dora", "last_name": "D\u{f6}rr"})).await.expect(201);
        let group = stage.admin.post("/groups", &json!({"name": "Secret circle", "guests": ["gus@client.example"], "members": [app.acme.member(Role::Light).get()]})).await.expect(201);
        let path = format!("{}/tasks/{}", stage.run, stage.tasks[0]);
        let owners = json!({"owners": {"users": [], "guests": [CARL, DORA], "groups": [group.data()["id"]]}});
        stage.admin.put(&path, &owners).await.expect(200);
        let page = stage.open(1).await;
        assert!(page.shows("Dora Dörr") && page.shows("gus (guest)") && !page.shows("Secret circle"), "{}", page.body);
        assert!(!page.shows("gus@client.example") && !page.shows("@acme.example"), "no directory");
    }
}
