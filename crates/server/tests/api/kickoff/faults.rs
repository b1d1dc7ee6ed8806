//! What is wrong with a form is said beside its fields, and nothing that was
//! typed is lost.

use hospes_testing::{TestApp, both, json};

use super::{CARL, PublicForm, mails, runs};

/// Whether nothing came of anything.
async fn nothing_is_left(app: &TestApp) {
    assert!(mails(app).await.is_empty());
    assert_eq!(runs(app).await, 0);
    let kept = app.contents().await["kickoff_submission"].clone();
    assert!(kept.is_empty(), "{kept:?}");
}

both! {
    async fn each_fault_is_told_beside_its_field_with_everything_typed(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.open(&browser).await
            .with(&form.input("Notes"), "kept & <safe>")
            .with(&form.input("Size"), "2")
            .with(&form.input("Kind"), "2")
            .with(&form.input("Wants"), "1")
            .with(&form.input("Since"), "the other day")
            .with(&form.input("Contact"), "nobody")
            .with(&form.input("Others"), "eva@client.example\nnobody")
            .with("email", "carl")
            .with("first_name", &"x".repeat(201))
            .with("last_name", "Cook");
        let shown = browser.submit(&filled, 0).await.expect(422);
        for label in ["Firm", "Since", "Contact", "Others"] {
            assert!(shown.body.contains(&format!("id=\"fault-{}\"", form.input(label))), "{label}: {}", shown.body);
        }
        for input in ["email", "first_name"] {
            assert!(shown.body.contains(&format!("id=\"fault-{input}\"")), "{input}: {}", shown.body);
        }
        assert!(!shown.body.contains("id=\"fault-last_name\"") && shown.body.contains("id=\"faults\""));
        let again = shown.form(&form.path);
        for (name, value) in &filled.fields {
            let is_drawn = name == "csrf" || name.starts_with("b.");
            assert!(is_drawn || again.fields.contains(&(name.clone(), value.clone())), "{name}={value}: {again:?}");
        }
        nothing_is_left(app).await;
        // Mended, it goes.
        let mended = again
            .with(&form.input("Firm"), "Acme")
            .with(&form.input("Since"), "")
            .with(&form.input("Contact"), "")
            .with(&form.input("Others"), "")
            .with("email", CARL)
            .with("first_name", "Carl");
        assert!(browser.submit(&mended, 0).await.expect(200).path.contains("/sent/"));
    }

    async fn addresses_that_deceive_are_none(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        for address in [
            "", "carl", "carl@", "@client.example", "carl@client", "carl@client.example, dora@client.example",
            "Carl <carl@client.example>", "carl\u{200b}@client.example", "carl@cli\u{202e}ent.example",
            "carl@client.example\r\nBcc: dora@client.example", "carl@client.example%0d%0aBcc:x", "carl @client.example",
            "carl@[192.0.2.1]", &format!("{}@client.example", "x".repeat(250)),
        ] {
            let shown = browser.submit(&form.filled(&browser, address).await, 0).await.expect(422);
            assert!(shown.body.contains("id=\"fault-email\""), "{address:?}");
        }
        nothing_is_left(app).await;
    }

    async fn names_and_titles_cannot_add_to_a_mail(app) {
        let title = "Bad {title} offer";
        let form = PublicForm::with(app, &json!({"title": title})).await;
        let browser = app.browser();
        let filled = form.filled(&browser, CARL).await
            .with("first_name", "Eve\r\nBcc: dora@client.example")
            .with("last_name", "Buy at https://spam.example \u{202e}now")
            .with(&form.input("Firm"), "https://spam.example");
        browser.submit(&filled, 0).await.expect(200);
        let mails = mails(app).await;
        let [mail] = mails.as_slice() else { panic!("{mails:?}") };
        let whole = format!("{:?}{}{}{}", mail.headers, mail.subject, mail.text, mail.html);
        for word in ["spam", "Bcc", "dora", "Eve", "\u{202e}"] {
            assert!(!whole.contains(word), "{word}: {whole}");
        }
        assert_eq!(mail.headers.iter().filter(|(name, _)| name == "To").count(), 1);
    }

    async fn a_form_that_is_not_ours_or_too_old_is_not_taken(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let filled = form.filled(&browser, CARL).await;
        browser.with_header("sec-fetch-site", "cross-site").submit(&filled, 0).await.expect(403);
        browser.with_header("origin", "https://evil.example").with_header("sec-fetch-site", "").submit(&filled, 0).await.expect(403);
        for (name, value) in [("csrf", ""), ("csrf", "00"), ("form", ""), ("form", "x")] {
            let shown = browser.submit(&filled.clone().with(name, value), 0).await.expect(422);
            assert!(shown.shows("This page was open for a long time") && shown.shows("Acme Bread"), "{name}");
        }
        // A token of another form is no good here.
        let other = PublicForm::with(app, &json!({"title": "Another"})).await;
        let token = other.open(&browser).await.value("csrf").to_owned();
        browser.submit(&filled.clone().with("csrf", &token), 0).await.expect(422);
        app.advance(jiff::SignedDuration::from_hours(13));
        let shown = browser.submit(&filled, 0).await.expect(422);
        nothing_is_left(app).await;
        assert!(browser.submit(&shown.form(&form.path), 0).await.expect(200).path.contains("/sent/"));
    }

    async fn a_form_with_other_fields_is_shown_once_more(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let mut filled = form.filled(&browser, CARL).await;
        filled.fields.push((format!("f.{}", "0".repeat(32)), "x".to_owned()));
        browser.submit(&filled, 0).await.expect(422);
        let mut unreadable = form.filled(&browser, CARL).await;
        unreadable = unreadable.with(&form.input("Size"), "9").with(&form.input("Wants"), "x");
        let shown = browser.submit(&unreadable, 0).await.expect(422);
        assert!(shown.body.contains(&format!("id=\"fault-{}\"", form.input("Wants"))));
        nothing_is_left(app).await;
    }

    async fn what_is_too_much_is_refused(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        let many: Vec<String> = (0..11).map(|one| format!("p{one}@client.example")).collect();
        let shown = browser.submit(&form.filled(&browser, CARL).await.with(&form.input("Others"), &many.join("\n")), 0).await;
        assert!(shown.expect(422).shows("at most 10 people"));
        let long = form.filled(&browser, CARL).await.with(&form.input("Notes"), &"é".repeat(30_001));
        browser.submit(&long, 0).await.expect(422);
        let huge = form.filled(&browser, CARL).await.with(&form.input("Notes"), &"x".repeat(2 << 20));
        browser.submit(&huge, 0).await.expect(413);
        let fields: Vec<_> = (0..20).map(|at| json!({"id": format!("n{at}"), "label": format!("Note {at}"), "field_type": "textarea"})).collect();
        let wide = PublicForm::with(app, &json!({"prerun": fields, "automated_actions": []})).await;
        let mut filled = wide.open(&browser).await.with("email", CARL);
        for at in 0..20 {
            filled = filled.with(&wide.input(&format!("Note {at}")), &"x".repeat(20_000));
        }
        assert!(browser.submit(&filled, 0).await.expect(422).shows("more text than can be taken"));
        nothing_is_left(app).await;
    }

    async fn odd_requests_get_pages(app) {
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        for rest in ["/sent/x", "/again/x", "/files/x/remove"] {
            let path = format!("{}{rest}", form.path);
            assert!([403, 404, 405].contains(&browser.request("GET", &path).await.status), "{path}");
            let status = browser.post_once(&path, &[("csrf", "x")]).await.status;
            assert!([404, 422].contains(&status), "{path}: {status}");
        }
        for rest in ["/in/x", "/in/%00", &format!("/in/{}", "0".repeat(64))] {
            browser.request("GET", &format!("{}{rest}", form.path)).await.expect(404);
        }
        browser.post_once(&format!("{}/verify", form.path), &[("secret", "x")]).await.expect(404);
        nothing_is_left(app).await;
    }
}
