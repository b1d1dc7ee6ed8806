//! Getting in, getting out, and asking for mails.

use hospes_model::TaskId;
use hospes_store::workplace::wanted::Kind;
use hospes_testing::both;
use jiff::SignedDuration;

use super::{has_session, is_in, mailed_code, mailed_link, set_policy, sign_in, take_mails, visitor};
use crate::guests::{create, task};

both! {
    async fn a_mailed_link_opens_once(app) {
        let ann = visitor(app, "ann@client.example").await;
        let link = mailed_link(app, &ann, None).await;
        let browser = app.browser();
        let page = browser.open(&link).await.expect(200);
        assert!(page.shows("Acme") && !page.shows("ann@client.example"), "{}", page.body);
        assert!(page.cookies.is_empty());
        let opened = browser.submit(&page.form("/enter").with("sure", "yes"), 0).await;
        assert!(is_in(&opened), "{}", opened.body);
        assert_eq!(opened.path, ann.path(""));
        let cookie = &opened.cookies[0];
        assert_eq!((cookie.name.as_str(), cookie.value.len()), ("hospes_guest", 64));
        let path = format!("path={}", ann.path("").to_lowercase());
        for attribute in ["httponly", "samesite=lax", "secure", "max-age=31536000", path.as_str()] {
            assert!(cookie.attributes.iter().any(|known| known == attribute), "{attribute}: {cookie:?}");
        }
        assert_eq!(cookie.attributes.len(), 5, "no domain: {cookie:?}");
        // Whoever is in is not asked again; whoever else opens the link is.
        assert!(is_in(&browser.open(&link).await));
        let other = app.browser();
        let spent = other.open(&link).await.expect(200);
        assert!(spent.shows("was used already") && spent.forms().len() == 1, "{}", spent.body);
        // The form of the page that was open before does not open a second time either.
        let replayed = other.submit(&page.form("/enter").with("sure", "yes"), 0).await;
        assert!(!is_in(&replayed) && replayed.cookies.is_empty() && !has_session(&other, &ann).await);
    }

    async fn a_mailed_link_leads_to_its_task(app) {
        let ann = visitor(app, "ann@client.example").await;
        let id: TaskId = task(&app.admin(), &["ann@client.example"]).await.parse().unwrap();
        let link = mailed_link(app, &ann, Some(id)).await;
        assert!(link.ends_with(&format!("/{id}")));
        let browser = app.browser();
        let page = browser.open(&link).await;
        let form = page.form("/enter").with("sure", "yes");
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let entered = browser.post_once(&form.action, &fields).await.expect(303);
        assert_eq!(entered.header("location"), ann.path(&format!("/tasks/{id}")));
        assert_eq!(entered.body, "");
        // So does a code, for whoever comes to the task without a session.
        let browser = app.browser();
        let page = browser.open(&format!("{}?task={id}", ann.path(""))).await.expect(200);
        let typed = browser.submit(&page.form("/code"), 0).await.expect(200);
        let form = typed.form("/code/check").with("digits", &mailed_code(app).await);
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let entered = browser.post_once(&form.action, &fields).await.expect(303);
        assert_eq!(entered.header("location"), ann.path(&format!("/tasks/{id}")));
    }

    async fn a_code_opens_in_the_browser_that_asked(app) {
        let ann = visitor(app, "ann@client.example").await;
        let browser = app.browser();
        let page = browser.open(&ann.path("")).await.expect(200);
        let typing = browser.submit(&page.form("/code"), 0).await.expect(200);
        let cookie = &typing.cookies[0];
        assert_eq!((cookie.name.as_str(), cookie.value.len()), ("hospes_browser", 64));
        assert!(cookie.attributes.iter().any(|known| known == "httponly"), "{cookie:?}");
        let digits = mailed_code(app).await;
        let form = typing.form("/code/check").with("digits", &format!("{} {}", &digits[..4], &digits[4..]));
        // Another browser has the digits and not the cookie.
        let refused = app.browser().submit(&form, 0).await.expect(422);
        assert!(refused.cookies.is_empty());
        let wrong = if digits == "00000000" { "00000001" } else { "00000000" };
        let refused = browser.submit(&form.clone().with("digits", wrong), 0).await.expect(422);
        assert!(refused.shows("not the code") && refused.cookies.is_empty());
        assert!(is_in(&browser.submit(&form, 0).await));
        // It was used: a second browser that stole both gets nothing.
        let again = browser.stolen();
        again.set_cookie(&ann.path(""), "hospes_guest", "");
        assert!(!is_in(&again.submit(&form, 0).await.expect(422)));
    }

    async fn a_code_stops_after_ten_minutes_and_after_five_tries(app) {
        let ann = visitor(app, "ann@client.example").await;
        let browser = app.browser();
        let ask = async || {
            let page = browser.open(&ann.path("")).await;
            let typing = browser.submit(&page.form("/code"), 0).await.expect(200);
            typing.form("/code/check").with("digits", &mailed_code(app).await)
        };
        let form = ask().await;
        app.advance(SignedDuration::from_mins(10));
        browser.submit(&form, 0).await.expect(422);
        let form = ask().await;
        for _ in 0..5 {
            let wrong = if form.value("digits") == "12345678" { "12345679" } else { "12345678" };
            browser.submit(&form.clone().with("digits", wrong), 0).await.expect(422);
        }
        browser.submit(&form, 0).await.expect(422);
        let form = ask().await;
        assert!(is_in(&browser.submit(&form, 0).await));
    }

    async fn asking_again_does_not_reset_what_is_counted(app) {
        let ann = visitor(app, "ann@client.example").await;
        let page = app.browser().open(&ann.path("")).await;
        // Every browser is another one; the mailbox is the same.
        for _ in 0..5 {
            app.browser().submit(&page.form("/code"), 0).await.expect(200);
        }
        let refused = app.browser().submit(&page.form("/code"), 0).await.expect(429);
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
        assert_eq!(take_mails(app).await.len(), 5);
        app.advance(SignedDuration::from_hours(1));
        app.browser().submit(&page.form("/code"), 0).await.expect(200);
        // Twenty tries a day at one mailbox, however many codes were mailed.
        let browser = app.browser();
        let typing = app.browser().open(&ann.path("/code")).await.form("/code/check").with("digits", "12345678");
        for _ in 0..20 {
            browser.submit(&typing, 0).await.expect(422);
        }
        browser.submit(&typing, 0).await.expect(429);
        app.advance(SignedDuration::from_hours(11));
        browser.submit(&typing, 0).await.expect(429);
        // Another mailbox is not concerned.
        let bob = visitor(app, "bob@client.example").await;
        let page = browser.open(&bob.path("")).await;
        let typing = browser.submit(&page.form("/code"), 0).await.form("/code/check");
        assert!(is_in(&browser.submit(&typing.with("digits", &mailed_code(app).await), 0).await));
    }

    async fn dead_links_answer_alike_and_mail_to_whom_it_may_concern(app) {
        let ann = visitor(app, "ann@client.example").await;
        let bob = visitor(app, "bob@client.example").await;
        let gone = visitor(app, "gone@client.example").await;
        let moved = visitor(app, "moved@client.example").await;
        let admin = app.admin();
        admin.put("/guests/ann@client.example/reset-link", &hospes_testing::json!({})).await.expect(200);
        admin.delete("/guests/bob@client.example/disable").await.expect(200);
        admin.delete("/guests/gone@client.example").await.expect(200);
        admin.put("/guests/moved@client.example/email", &hospes_testing::json!({"email": "new@client.example"})).await.expect(200);
        let nobody = "x".repeat(40);
        let links = [ann.path(""), bob.path(""), gone.path(""), moved.path(""), format!("/guest/{nobody}")];
        let mut pages = Vec::new();
        for link in &links {
            let browser = app.browser();
            let code = link.strip_prefix("/guest/").unwrap();
            let plain = |body: &str| {
                let body = body.replace(code, "CODE");
                let mut parts: Vec<&str> = body.split("name=\"csrf\" value=\"").collect();
                for part in parts.iter_mut().skip(1) {
                    *part = &part[80..];
                }
                parts.join("")
            };
            let page = browser.open(link).await.expect(404);
            assert_eq!(page.forms().len(), 1);
            assert_eq!(page.form("/link").buttons.len(), 1);
            let sent = browser.submit(&page.form("/link"), 0).await.expect(200);
            let mut headers: Vec<_> = sent.headers.iter().map(|(name, _)| name.to_string()).collect();
            headers.sort();
            // What asks for a code, and what is typed in, is answered alike too.
            let form = page.form("/link");
            let token = ("csrf", form.value("csrf").to_owned());
            let asked = browser.post(&format!("{link}/code"), &[(token.0, &token.1)]).await.expect(200);
            let typed = asked.form("/code/check").with("digits", "12345678");
            let typed = browser.submit(&typed, 0).await.expect(422);
            pages.push((plain(&page.body), sent.body, headers, plain(&asked.body), plain(&typed.body)));
        }
        assert!(pages.iter().all(|page| page == &pages[0]), "{pages:#?}");
        let mailed: Vec<_> = take_mails(app).await.into_iter().map(|mail| (mail.guest, mail.kind)).collect();
        assert_eq!(mailed, [(ann.key, Kind::Link), (moved.key, Kind::Link)]);
    }

    async fn the_front_page_mails_every_workplace_and_tells_nobody(app) {
        let ann = visitor(app, "ann@client.example").await;
        create(&app.client_of(&app.other, hospes_model::member::Role::Admin), "ann@client.example").await;
        visitor(app, "off@client.example").await;
        app.admin().delete("/guests/off@client.example/disable").await.expect(200);
        let mut bodies = Vec::new();
        for address in ["Ann@Client.example", "off@client.example", "admin@acme.example", "nobody@client.example"] {
            let browser = app.browser();
            let page = browser.open("/guest").await.expect(200);
            let sent = browser.submit(&page.form("/guest").with("email", address), 0).await.expect(200);
            assert_eq!(sent.path, "/guest/sent");
            bodies.push(sent.body);
        }
        assert!(bodies.iter().all(|body| body == &bodies[0]));
        let mails = take_mails(app).await;
        assert_eq!(mails.len(), 2, "one for each organization: {mails:?}");
        assert_eq!((mails[0].guest, mails[0].kind), (ann.key, Kind::Recovery));
        let page = app.browser().open("/guest").await;
        for wrong in ["", "ann", "ann@", "<b>\"@"] {
            let form = page.form("/guest").with("email", wrong);
            let refused = app.browser().submit(&form, 0).await.expect(422);
            assert_eq!(refused.form("/guest").value("email"), wrong, "what was typed is kept");
        }
        // Five an hour for one address, whether or not anybody has it.
        for address in ["ann@client.example", "nobody@client.example"] {
            for _ in 0..4 {
                app.browser().submit(&page.form("/guest").with("email", address), 0).await.expect(200);
            }
            app.browser().submit(&page.form("/guest").with("email", address), 0).await.expect(429);
        }
        assert_eq!(take_mails(app).await.len(), 2, "a mail that waits is not asked for again");
    }

    async fn one_network_asks_so_often(app) {
        let page = app.browser().open("/guest").await;
        for number in 0..30 {
            let form = page.form("/guest").with("email", &format!("n{number}@client.example"));
            app.browser().submit(&form, 0).await.expect(200);
        }
        app.browser().submit(&page.form("/guest").with("email", "other@client.example"), 0).await.expect(429);
        app.advance(SignedDuration::from_hours(1));
        let page = app.browser().open("/guest").await;
        app.browser().submit(&page.form("/guest").with("email", "other@client.example"), 0).await.expect(200);
    }

    async fn whoever_leaves_is_out(app) {
        let ann = visitor(app, "ann@client.example").await;
        let browser = sign_in(app, &ann).await;
        let stolen = browser.stolen();
        let left = browser.submit(&browser.open(&ann.path("")).await.form("/leave"), 0).await.expect(200);
        assert_eq!(left.path, ann.path("/leave"));
        assert_eq!(browser.cookie("hospes_guest"), None);
        assert!(!has_session(&stolen, &ann).await);
    }

    async fn own_devices_are_listed_and_ended(app) {
        let ann = visitor(app, "ann@client.example").await;
        let (one, two, three) = (sign_in(app, &ann).await, sign_in(app, &ann).await, sign_in(app, &ann).await);
        let page = one.open(&ann.path("/devices")).await.expect(200);
        assert_eq!(page.forms().len(), 5, "three sessions, all of them, signing out: {}", page.body);
        assert!(page.shows("Firefox on Linux") && page.shows("127.0.0.1"));
        let own = page.forms().iter().position(|form| form.buttons[0].2 == "Sign out").unwrap();
        let other = page.forms().into_iter().find(|form| form.buttons[0].2.starts_with("End<")).unwrap();
        one.submit(&other, 0).await.expect(200);
        assert!(has_session(&two, &ann).await != has_session(&three, &ann).await, "one of them is out");
        one.submit(&page.forms()[3], 0).await.expect(200);
        assert!(!has_session(&two, &ann).await && !has_session(&three, &ann).await && has_session(&one, &ann).await);
        let out = one.submit(&page.forms()[own], 0).await.expect(200);
        assert_eq!((out.path, one.cookie("hospes_guest")), (ann.path("/leave"), None));
        // Nobody ends sessions of somebody else.
        let bob = visitor(app, "bob@client.example").await;
        let (bobs, anns) = (sign_in(app, &bob).await, sign_in(app, &ann).await);
        let token = bobs.open(&bob.path("/devices")).await.forms()[0].value("csrf").to_owned();
        let anns_page = anns.open(&ann.path("/devices")).await;
        let id = anns_page.forms()[0].buttons[0].1.clone();
        bobs.post(&bob.path("/devices"), &[("csrf", &token), ("end", &id)]).await.expect(200);
        bobs.post(&bob.path("/devices"), &[("csrf", &token), ("end", "nonsense")]).await.expect(404);
        assert!(has_session(&anns, &ann).await);
        // A session opens the pages of its own guest only.
        let secret = bobs.cookie("hospes_guest").unwrap();
        anns.set_cookie(&ann.path(""), "hospes_guest", &secret);
        assert!(!has_session(&anns, &ann).await);
    }

    async fn a_second_device_is_told(app) {
        let ann = visitor(app, "ann@client.example").await;
        sign_in(app, &ann).await;
        assert!(take_mails(app).await.is_empty());
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!(event.text, "Guest ann@client.example came in with a mailed link: Firefox on Linux.");
        assert_eq!((event.verb.as_str(), event.field.as_deref(), event.actor), ("emitted", Some("sessions"), None));
        assert_eq!(event.ip.as_deref(), Some("127.0.0.1"));
        sign_in(app, &ann).await;
        let mails = take_mails(app).await;
        assert!(matches!(mails.as_slice(), [mail] if matches!(mail.kind, Kind::SecondDevice { .. })), "{mails:?}");
        let event = app.events(&app.acme).await.pop().unwrap();
        assert!(event.text.ends_with("Firefox on Linux, a second device."), "{}", event.text);
    }

    async fn the_same_browser_again_is_no_second_device(app) {
        set_policy(app, "open").await;
        let ann = visitor(app, "ann@client.example").await;
        let browser = app.browser();
        let form = browser.open(&ann.path("")).await.form("/enter");
        browser.submit(&form, 0).await.expect(200);
        let old = browser.stolen();
        browser.submit(&form, 0).await.expect(200);
        assert!(take_mails(app).await.is_empty());
        assert!(!has_session(&old, &ann).await, "the session before is replaced");
    }
}
