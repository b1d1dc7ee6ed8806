//! Links that fill in the form.

use hospes_testing::{Browser, Form, Page, Value, both, json};

use super::{CARL, PublicForm, link, mailed, mails, runs};
use crate::workplace::is_in;

/// A path with `ko_fields`.
fn linked(path: &str, fields: &str) -> String {
    format!(
        "{path}?{}",
        form_urlencoded::Serializer::new(String::new()).append_pair("ko_fields", fields).finish()
    )
}

async fn open(browser: &Browser, form: &PublicForm, fields: &Value) -> (Page, Form) {
    let page = browser.open(&linked(&form.path, &fields.to_string())).await.expect(200);
    let shown = page.form(&form.path);
    (page, shown)
}

/// The alias of a field.
fn alias<'a>(form: &'a PublicForm, label: &str) -> &'a str {
    let fields = form.data["prerun"].as_array().unwrap();
    fields.iter().find(|field| field["label"] == label).unwrap()["alias"].as_str().unwrap()
}

both! {
    async fn a_link_fills_in_as_if_it_had_been_typed(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let object = json!({
            alias(&form, "Firm"): "Acme & \"Sons\"",
            alias(&form, "Notes"): "one\n<i>two</i>",
            alias(&form, "Size"): "large",
            alias(&form, "Kind"): 1,
            form.field("Wants"): ["large", "small"],
            "Since": "1999-12-31",
            "Contact": "office@firm.example",
            "People": ["Eva"],
            "Others": ["dora@client.example", "eve@client.example"],
        });
        let list: Vec<Value> =
            object.as_object().unwrap().iter().map(|(name, value)| json!({name: value})).collect();
        for fields in [object, json!(list)] {
            let (page, shown) = open(&browser, &form, &fields).await;
            // Choices post an empty value first: the form has the field.
            let chosen = |label: &str| {
                let values = shown.fields.iter().filter(|(name, _)| *name == form.input(label));
                values.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()).collect::<Vec<_>>().join(" ")
            };
            assert_eq!([chosen("Size"), chosen("Kind"), chosen("Wants")], ["2", "1", "1 2"]);
            for (label, value) in [
                ("Firm", "Acme & \"Sons\""), ("Since", "1999-12-31"),
                ("Contact", "office@firm.example"), ("Others", "dora@client.example\neve@client.example"),
            ] {
                assert_eq!(shown.value(&form.input(label)), value, "{label}");
            }
            assert_eq!(shown.value(&form.input("Notes")).lines().collect::<Vec<_>>(), ["one", "<i>two</i>"]);
            assert_eq!(shown.value(&format!("{}.0", form.input("People"))), "Eva");
            assert!(!page.body.contains("<i>two</i>"), "{}", page.body);
            assert_eq!((shown.value("email"), runs(app).await), ("", 0));
        }
        // An alias in the address carries it on; of the rest of the link nothing is read.
        let firm = json!({alias(&form, "Firm"): "Acme Bread"}).to_string();
        let named = form.data["alias"].as_str().unwrap();
        for path in [format!("/{}/public/kickoff/{named}", app.acme.id), format!("/kickoff/{}/{named}", app.acme.id)] {
            let more = "&email=carl%40client.example&default_run_name=Mine&first_name=Carl";
            let page = browser.open(&(linked(&path, &firm) + more)).await.expect(200);
            let shown = page.form(&form.path);
            assert_eq!(shown.value(&form.input("Firm")), "Acme Bread");
            assert!(shown.value("email").is_empty() && !page.shows("Mine") && !page.path.contains("Mine"), "{}", page.path);
        }
        // It is the stranger's to change, and is sent like anything typed.
        let (_, shown) = open(&browser, &form, &json!({"Firm": "Acme", "Wants": ["small", "large"]})).await;
        browser.submit(&shown.with("email", CARL).with(&form.input("Notes"), "Mine"), 0).await.expect(200);
        let page = browser.open(&link(app, &mailed(app, CARL).await)).await;
        assert!(is_in(&browser.submit(&page.form("/verify").with("sure", "yes"), 0).await));
        let list = app.admin().get("/runs").await.expect(200);
        let prerun = &list.data()[0]["prerun"];
        assert_eq!((&prerun[form.field("Firm")], &prerun[form.field("Notes")]), (&json!("Acme"), &json!("Mine")));
        let wants = prerun[form.field("Wants")].to_string();
        assert!(wants.contains("small") && wants.contains("large"), "{wants}");
    }

    async fn a_link_goes_before_what_is_there_from_the_start(app) {
        let form = PublicForm::with(app, &json!({
            "prerun": [
                {"id": "place", "label": "Place", "field_type": "text", "default_value_enabled": true, "default_value": "Bakery"},
                {"id": "oven", "label": "Oven", "field_type": "text", "default_value_enabled": true, "default_value": "Hot"},
            ],
            "automated_actions": [],
        })).await;
        let (_, shown) = open(&app.browser(), &form, &json!({"Place": "Forge"})).await;
        assert_eq!((shown.value(&form.input("Place")), shown.value(&form.input("Oven"))), ("Forge", "Hot"));
    }

    async fn what_is_wrong_in_a_link_harms_nobody(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let long = "x".repeat(20 << 10);
        for odd in [
            "", "{", "null", "7", "\"Firm\"", "[]", "[7, null, [\"Firm\"]]", "{\"nothing\": \"x\"}",
            "{\"Firm\": null, \"Size\": \"huge\", \"Kind\": 99, \"Wants\": [\"huge\", {}], \"Client\": {\"users\": [1]}}",
            "{\"Firm\": {\"a\": 1}, \"People\": {}, \"Since\": true}", &json!({"Firm": long}).to_string(),
            &"[".repeat(5000),
        ] {
            let page = browser.open(&linked(&form.path, odd)).await.expect(200);
            let shown = page.form(&form.path);
            for label in ["Firm", "Notes", "Since", "Client", "Others"] {
                assert_eq!(shown.value(&form.input(label)), "", "{label}: {odd:.80}");
            }
            assert!(!page.body.contains("aria-invalid"), "{odd:.80}");
        }
        // What is no answer is told beside its field when it is sent, and stays.
        let wrong = json!({"Firm": "y".repeat(300), "Contact": "nobody", "Others": "no address"});
        let (page, shown) = open(&browser, &form, &wrong).await;
        assert!(!page.body.contains("aria-invalid"));
        let sent = browser.submit(&shown.with("email", CARL), 0).await.expect(422);
        assert_eq!(sent.form(&form.path).value(&form.input("Contact")), "nobody");
        assert_eq!(sent.body.matches("aria-invalid=\"true\"").count(), 3, "{}", sent.body);
        assert!(mails(app).await.is_empty());
        // What is not open stays shut.
        form.change(app, &json!({"is_public_kickoff": false})).await;
        browser.open(&linked(&form.path, "{\"Firm\": \"Acme\"}")).await.expect(404);
    }
}
