//! People pickers: what guests read in them, and what their forms leave alone.

use hospes_model::member::Role;
use hospes_testing::{Page, Value, both, json};

use super::super::{Visitor, sign_in};
use super::{CARL, DORA, Stage, one_off};

const SECRET: &str = "secret@elsewhere.example";

fn people(users: &[i64], guests: &[&str]) -> Value {
    json!({"users": users, "guests": guests, "groups": []})
}

fn shows_no(page: &Page, texts: &[&str]) {
    for text in texts {
        assert!(!page.shows(text), "{text} in {}", page.body);
    }
}

both! {
    async fn guests_read_whom_they_typed_and_whom_they_meet_and_nobody_else(app) {
        let stage = Stage::new(app).await;
        let bo = app.acme.member(Role::Light).get();
        let admin = app.acme.member(Role::Admin).get();
        stage.fill("People", &people(&[admin, bo], &[SECRET, DORA, CARL])).await;
        let name = stage.input("People");
        let page = stage.open(1).await;
        // Carl himself stands in the input, Dora is on the task, the others are nobody's business.
        assert_eq!(page.form("/save").value(&name), CARL);
        assert!(page.shows("dora (guest)") && page.shows("others"), "{}", page.body);
        shows_no(&page, &["secret", DORA, "light@", "Light"]);
        shows_no(&stage.browser.open(&stage.carl.path("/held.json")).await.expect(200), &["secret", DORA]);
        // Nothing of it is lost by a save.
        let form = page.form("/save").with(&name, "eve@client.example");
        let saved = stage.browser.submit(&form, usize::MAX).await.expect(200);
        let mut stored = stage.stored("People").await;
        assert_eq!(stored["users"], json!([admin, bo]));
        let mut guests: Vec<&str> = stored["guests"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        guests.sort_unstable();
        assert_eq!(guests, [DORA, "eve@client.example", SECRET]);
        // What they typed is theirs: on every device, and to be taken out again.
        assert_eq!(saved.form("/save").value(&name), "eve@client.example");
        let elsewhere = sign_in(app, &stage.carl).await;
        let form = elsewhere.open(&stage.path(1)).await.form("/save");
        assert_eq!(form.value(&name), "eve@client.example");
        elsewhere.submit(&form.with(&name, ""), usize::MAX).await.expect(200);
        stored = stage.stored("People").await;
        assert_eq!(stored["guests"].as_array().unwrap().len(), 2, "{stored}");
        // Dora reads the same task, and not what Carl typed.
        stage.fill("People", &people(&[], &[SECRET])).await;
        stage.browser.submit(&stage.form(1).await.with(&name, "eve@client.example"), usize::MAX).await.expect(200);
        let dora = Visitor::of(app, stage.admin.get(&format!("/guests/{DORA}")).await.expect(200).data());
        let page = sign_in(app, &dora).await.open(&dora.path(&format!("/tasks/{}", stage.tasks[0]))).await.expect(200);
        assert_eq!(page.form("/save").value(&name), "");
        shows_no(&page, &["secret", "eve", CARL]);
    }

    async fn typing_an_address_does_not_tell_whether_it_was_picked(app) {
        let stage = Stage::new(app).await;
        let name = stage.input("People");
        stage.fill("People", &people(&[], &[SECRET])).await;
        let form = stage.form(1).await;
        let both = format!("{SECRET}\nnew@client.example");
        let saved = stage.browser.submit(&form.clone().with(&name, &both), usize::MAX).await.expect(200);
        let typed: Vec<String> = saved.form("/save").value(&name).lines().map(str::to_owned).collect();
        assert_eq!(typed.len(), 2, "{typed:?}");
        // Both go, as far as Carl can see; what a member picked stays.
        let cleared = stage.browser.submit(&saved.form("/save").with(&name, ""), usize::MAX).await.expect(200);
        assert_eq!(cleared.form("/save").value(&name), "");
        assert_eq!(stage.stored("People").await["guests"], json!([SECRET]));
        // The mark of what is stored is another one in each session, so that nobody tries it out.
        let id = &stage.fields["People"];
        let mark = |page: &Page| page.form("/save").value(&format!("b.{id}")).to_owned();
        let elsewhere = sign_in(app, &stage.carl).await.open(&stage.path(1)).await;
        assert_ne!(mark(&stage.open(1).await), mark(&elsewhere));
    }

    async fn what_others_pick_meanwhile_is_told_without_naming_anybody(app) {
        let stage = Stage::new(app).await;
        let name = stage.input("People");
        let form = stage.form(1).await.with(&name, "eve@client.example");
        stage.fill("People", &people(&[], &[SECRET])).await;
        let page = stage.browser.submit(&form, usize::MAX).await.expect(409);
        assert!(page.shows("Somebody filled in something else in the meantime: others"), "{}", page.body);
        shows_no(&page, &["secret"]);
        let kept = page.form("/save");
        assert_eq!(kept.value(&name), "eve@client.example");
        stage.browser.submit(&kept, usize::MAX).await.expect(200);
        assert_eq!(stage.stored("People").await["guests"].as_array().unwrap().len(), 2);
    }

    async fn the_pickers_of_one_off_tasks_are_read_alike(app) {
        let carl = super::super::visitor(app, CARL).await;
        let field = json!([{"label": "Who", "field_type": "assignees_form", "required": false}]);
        let id = one_off(app, &[CARL], &json!({"title": "Alone", "form_fields": field})).await;
        let read = app.admin().get(&format!("/tasks/{id}?with=form_fields")).await.expect(200);
        let who = read.data()["form_fields"]["data"][0]["id"].as_str().unwrap().to_owned();
        app.admin().put(&format!("/tasks/{id}"), &json!({"taskdata": {&who: people(&[], &[SECRET])}})).await.expect(200);
        let (browser, path) = (sign_in(app, &carl).await, carl.path(&format!("/tasks/{id}")));
        let page = browser.open(&path).await.expect(200);
        shows_no(&page, &["secret"]);
        let form = page.form("/save").with(&format!("f.{who}"), "eve@client.example");
        shows_no(&browser.submit(&form, usize::MAX).await.expect(200), &["secret"]);
        let read = app.admin().get(&format!("/tasks/{id}?with=form_fields")).await.expect(200);
        let stored = read.data().to_string();
        assert!(stored.contains(SECRET) && stored.contains("eve@client.example"), "{stored}");
        // Read only, after completion, it is the same.
        let done = browser.submit(&{
            let mut form = browser.open(&path).await.form("/save");
            form.action = form.action.replace("/save", "/complete");
            form
        }, usize::MAX).await;
        done.expect(200);
        let page = browser.open(&path).await.expect(200);
        assert!(page.shows("eve@client.example") && page.shows("others"), "{}", page.body);
        shows_no(&page, &["secret"]);
    }
}
