//! Filling in forms.

use hospes_testing::{both, json};

use super::{CARL, Stage, one_off, press};

both! {
    async fn every_field_type_is_filled_and_saved(app) {
        let stage = Stage::new(app).await;
        let name = |label: &str| stage.input(label);
        let form = stage.form(1).await
            .with(&name("Name"), " Client & Sons ")
            .with(&name("Story"), "one\r\ntwo")
            .with(&name("Colour"), "2")
            .with(&name("Size"), "1")
            .with(&name("Extras"), "2")
            .with(&name("Day"), "2025-06-01")
            .with(&name("Mail"), "a@b.example")
            .with(&format!("{}.0", name("Table")), "x")
            .with(&format!("{}.1", name("Table")), "y")
            .with(&name("People"), "eve@client.example\r\n");
        let saved = stage.browser.submit(&form, 0).await.expect(200);
        assert!(saved.path.ends_with("?said=saved") && saved.shows("Saved. You can go on later"), "{}", saved.body);
        assert_eq!(stage.stored("Name").await, "Client & Sons");
        assert_eq!(stage.stored("Story").await, "one\ntwo");
        assert_eq!(stage.stored("Colour").await, "green");
        assert_eq!(stage.stored("Size").await["text"], "red");
        assert_eq!(stage.stored("Extras").await.as_array().unwrap().iter().filter(|one| one["selected"] == true).count(), 1);
        assert_eq!(stage.stored("Day").await, "2025-06-01");
        assert_eq!(stage.stored("Mail").await, "a@b.example");
        assert_eq!(stage.stored("People").await["guests"], json!(["eve@client.example"]));
        // Another device goes on where this one was.
        let again = stage.form(1).await;
        for (label, value) in [("Name", "Client & Sons"), ("Story", "one\ntwo"), ("Colour", ""), ("Size", "1"), ("Day", "2025-06-01")] {
            assert_eq!(again.value(&name(label)), value, "{label}");
        }
        assert!(again.fields.contains(&(name("Colour"), "2".to_owned())) && again.fields.contains(&(name("Extras"), "2".to_owned())));
        assert_eq!(again.value(&format!("{}.1", name("Table"))), "y");
        // What is emptied is cleared.
        let cleared = again.with(&name("Story"), "").with(&name("Colour"), "").with(&name("Extras"), "");
        stage.browser.submit(&cleared, 0).await.expect(200);
        for label in ["Story", "Colour"] {
            assert!(stage.stored(label).await.is_null(), "{label}: {}", stage.stored(label).await);
        }
        assert_eq!(stage.stored("Name").await, "Client & Sons");
    }

    async fn faults_stand_beside_the_fields_and_what_was_typed_stays(app) {
        let stage = Stage::new(app).await;
        let name = |label: &str| stage.input(label);
        let form = stage.form(1).await
            .with(&name("Name"), &"ä".repeat(201))
            .with(&name("Mail"), "nobody")
            .with(&name("Day"), "soon")
            .with(&name("Story"), "kept as it is")
            .with(&name("People"), "eve@client.example, nonsense");
        let page = stage.browser.submit(&form, 0).await.expect(422);
        for label in ["Name", "Mail", "Day", "People"] {
            let id = name(label);
            assert!(page.links().contains(&format!("#{id}")), "the summary leads to {label}");
            assert!(page.body.contains(&format!("id=\"fault-{id}\"")), "{label}: {}", page.body);
            let input = page.body.split('<').find(|tag| tag.contains(&format!(" id=\"{id}\""))).unwrap();
            assert!(input.contains("aria-invalid=\"true\"") && input.contains(&format!("fault-{id}")), "{input}");
        }
        assert!(page.body.contains("id=\"faults\" tabindex=\"-1\" role=\"alert\""));
        let kept = page.form("/save");
        assert_eq!(kept.value(&name("Story")), "kept as it is");
        assert_eq!(kept.value(&name("Mail")), "nobody");
        assert_eq!(kept.value(&name("People")), "eve@client.example, nonsense");
        assert!(stage.stored("Story").await.is_null(), "all or nothing");
        // Mended, it goes through.
        let mended = kept.with(&name("Name"), "Sons").with(&name("Mail"), "").with(&name("Day"), "").with(&name("People"), "");
        stage.browser.submit(&mended, 0).await.expect(200);
        assert_eq!(stage.stored("Story").await, "kept as it is");
    }

    async fn required_fields_are_asked_for_when_completing_only(app) {
        let stage = Stage::new(app).await;
        let (name, number) = (stage.input("Name"), stage.input("Number"));
        let form = stage.form(1).await.with(&stage.input("Story"), "half").with(&number, "12");
        assert!(stage.browser.submit(&form, 0).await.expect(200).shows("Saved."));
        let page = stage.press(&stage.form(1).await.with(&stage.input("Story"), "more"), "complete").await.expect(422);
        assert!(page.shows("Please fill this in.") && page.shows("A number. From 3 to 9."), "{}", page.body);
        assert_eq!(stage.task(1).await["status"], "in-progress");
        assert_eq!(page.form("/save").value(&stage.input("Story")), "more");
        assert_eq!(stage.stored("Story").await, "half");
        let done = stage.press(&page.form("/save").with(&name, "Sons").with(&number, "9"), "complete").await.expect(200);
        assert!(done.shows("Done: “Tell us about Client & Sons”"));
        assert_eq!(stage.task(1).await["status"], "completed");
        assert_eq!(stage.stored("Story").await, "more");
    }

    async fn answers_that_no_field_offers_are_refused(app) {
        let stage = Stage::new(app).await;
        let name = |label: &str| stage.input(label);
        for (label, value) in [("Colour", "3"), ("Size", "x"), ("Extras", "7"), ("Extras", "x"), ("Name", "a\u{202E}b"), ("Story", "a\u{0}b")] {
            let page = stage.browser.submit(&stage.form(1).await.with(&name(label), value), 0).await.expect(422);
            assert!(page.links().contains(&format!("#{}", name(label))), "{label}={value:?}");
            assert!(stage.stored(label).await.is_null(), "{label}");
        }
    }

    async fn one_off_tasks_have_forms_too(app) {
        let guest = super::super::visitor(app, CARL).await;
        let fields = json!([
            {"label": "Name", "field_type": "text", "required": true},
            {"label": "Kind", "field_type": "dropdown", "options": [{"id": 1, "text": "red"}, {"id": 2, "text": "green"}]},
        ]);
        let id = one_off(app, &[CARL], &json!({"title": "Papers", "form_fields": fields, "summary": "Line <script>x</script>\none"})).await;
        let browser = super::super::sign_in(app, &guest).await;
        let path = guest.path(&format!("/tasks/{id}"));
        let page = browser.open(&path).await.expect(200);
        assert!(!page.body.contains("<script>x"));
        let form = page.form("/save");
        let input = |at: usize| form.names.iter().filter(|name| name.starts_with("f.")).nth(at).unwrap().clone();
        let (name, kind) = (input(0), input(1));
        press(&browser, &form, "complete").await.expect(422);
        browser.submit(&form.clone().with(&kind, "2"), 0).await.expect(200);
        let form = browser.open(&path).await.expect(200).form("/save");
        assert_eq!(form.value(&kind), "2");
        press(&browser, &form.with(&name, "Sons"), "complete").await.expect(200);
        let task = app.admin().get(&format!("/tasks/{id}")).await.expect(200);
        assert_eq!(task.data()["status"], "completed");
        assert_eq!(crate::tasks::stats(app, CARL).await.1, 1, "the guest is the completer");
        let read_only = browser.open(&path).await.expect(200);
        assert!(read_only.shows("Sons") && read_only.forms().iter().all(|form| !form.action.ends_with("/save")));
    }

    async fn the_script_saves_in_the_background(app) {
        let stage = Stage::new(app).await;
        let script = stage.browser.with_header("accept", "application/json");
        let form = stage.form(1).await;
        let mark = format!("b.{}", stage.fields["Name"]);
        let name = stage.input("Name");
        let fields = [("csrf", form.value("csrf")), (mark.as_str(), form.value(&mark)), (name.as_str(), "So")];
        let answer = script.post(&form.action, &fields).await.expect(200);
        let json: hospes_testing::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(json["saved"], true);
        let new = json["marks"][&mark].as_str().unwrap();
        assert_ne!(new, form.value(&mark));
        assert_eq!(stage.stored("Name").await, "So");
        let fields = [("csrf", form.value("csrf")), (mark.as_str(), new), (name.as_str(), "Sons")];
        script.post(&form.action, &fields).await.expect(200);
        // With the old mark it is somebody else's.
        let fields = [("csrf", form.value("csrf")), (mark.as_str(), form.value(&mark)), (name.as_str(), "Daughters")];
        let refused = script.post(&form.action, &fields).await.expect(409);
        assert!(refused.body.contains("Sons"), "{}", refused.body);
        assert_eq!(stage.stored("Name").await, "Sons");
    }
}
