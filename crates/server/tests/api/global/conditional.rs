//! `ETag`, `If-None-Match`, `If-Match` (RFC 9110).

use hospes_testing::{both, json};
use reqwest::Method;

use crate::guests::{create, path, task};

both! {
    async fn an_unchanged_list_or_guest_is_304(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        for address in [
            "/guests", "/guests?with=stats&per_page=1", "/guests?q=client", "/guests/a@client.example",
            "/guests/a@client.example?with=stats",
        ] {
            let read = admin.get(address).await.expect(200);
            let tag = read.header("etag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"'), "{address}: {tag}");
            assert_eq!(read.header("cache-control"), "private, no-cache");
            for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), format!("{tag},\"y\""), "*".to_owned()] {
                let asking = admin.with_header("if-none-match", &known);
                for method in [Method::GET, Method::HEAD] {
                    let answer = asking.send(method, address, None).await.expect(304);
                    assert_eq!((answer.header("etag"), answer.bytes.len()), (tag.as_str(), 0), "{address} {known}");
                    assert_eq!(answer.header("cache-control"), "private, no-cache");
                }
            }
            for unknown in ["\"x\"", "", "x", tag.trim_matches('"')] {
                let answer = admin.with_header("if-none-match", unknown).get(address).await.expect(200);
                assert_eq!(answer.bytes, read.bytes, "{address} {unknown}");
            }
            let name = format!("N{}", address.len());
            admin.put(&path("a@client.example"), &json!({"first_name": name})).await.expect(201);
            let answer = admin.with_header("if-none-match", &tag).get(address).await.expect(200);
            assert_ne!(answer.header("etag"), tag, "{address}");
            assert!(String::from_utf8_lossy(&answer.bytes).contains(&name), "{address}");
        }
    }

    async fn an_answer_without_a_body_tells_no_length(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        // The first is answered before the router is asked, the others by it.
        for address in ["/guests", "/groups", "/users?with=groups", "/me"] {
            let read = admin.get(address).await.expect(200);
            assert_eq!(read.header("content-length"), read.bytes.len().to_string(), "{address}");
            let asking = admin.with_header("if-none-match", read.header("etag"));
            for method in [Method::GET, Method::HEAD] {
                let answer = asking.send(method, address, None).await.expect(304);
                assert!(!answer.headers.contains_key("content-length"), "{address}: {:?}", answer.headers);
            }
        }
        let group = admin.post("/groups", &json!({"name": "Sales"})).await.expect(201);
        let gone = admin.delete(&format!("/groups/{}", group.data()["id"].as_str().unwrap())).await.expect(204);
        assert!(!gone.headers.contains_key("content-length"), "{:?}", gone.headers);
    }

    async fn a_tag_of_one_address_is_none_of_another(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        create(&admin, "b@client.example").await;
        let mut seen = std::collections::HashSet::new();
        for address in ["/guests", "/guests?page=2&per_page=1", "/guests?page=1&per_page=1", "/guests?with=stats", "/guests?q=a"] {
            assert!(seen.insert(admin.get(address).await.expect(200).header("etag").to_owned()), "{address}");
        }
        let elsewhere = admin.with_header("host", "elsewhere.example:81");
        assert!(seen.insert(elsewhere.get("/guests").await.expect(200).header("etag").to_owned()), "another host");
    }

    async fn statistics_have_their_own_part_of_the_tag(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let plain = admin.get("/guests/a@client.example").await.expect(200).header("etag").to_owned();
        let counted = admin.get("/guests/a@client.example?with=stats").await.expect(200).header("etag").to_owned();
        task(&admin, &["a@client.example"]).await;
        admin.with_header("if-none-match", &plain).get("/guests/a@client.example").await.expect(304);
        let after = admin.with_header("if-none-match", &counted).get("/guests/a@client.example?with=stats").await.expect(200);
        assert_eq!(after.data()["stats"]["active_tasks"], 1);
        // A change that was meant for the profile is not in the way of a task.
        admin.with_header("if-match", &counted).put(&path("a@client.example"), &json!({"first_name": "A"})).await.expect(201);
    }

    async fn a_stale_state_is_412_for_every_change_of_a_guest(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let old = admin.get(&path("a@client.example")).await.expect(200).header("etag").to_owned();
        let tag = admin.put(&path("a@client.example"), &json!({"phone": "1"})).await.expect(201).header("etag").to_owned();
        assert_ne!(old, tag);
        let changes = [
            (Method::PUT, path("a@client.example"), Some(json!({"phone": "2"})), 201),
            (Method::PUT, path("a@client.example/email"), Some(json!({"email": "A@client.example"})), 200),
            (Method::DELETE, path("a@client.example/disable"), None, 200),
            (Method::PUT, path("a@client.example/enable"), None, 200),
            (Method::DELETE, path("a@client.example"), None, 200),
        ];
        let mut tag = tag;
        for (method, address, body, success) in changes {
            let before = app.written().await;
            for stale in [
                old.clone(), format!("W/{tag}"), "\"\"".to_owned(), "nonsense".to_owned(), tag.trim_matches('"').to_owned(),
                String::new(), "\"99999999999999999999\"".to_owned(), "\u{e9}".to_owned(),
            ] {
                let answer = admin.with_header("if-match", &stale).send(method.clone(), &address, body.as_ref()).await;
                assert_eq!(answer.expect(412).json["code"], "PRECONDITION_FAILED", "{method} {address} {stale}");
            }
            assert_eq!(app.written().await, before, "{method} {address}");
            let several = format!("{old}, {tag}");
            let answer = admin.with_header("if-match", &several).send(method, &address, body.as_ref()).await.expect(success);
            answer.header("etag").clone_into(&mut tag);
        }
        admin.get(&path("a@client.example")).await.expect(404);
    }

    async fn a_star_means_any_state_of_something_that_is(app) {
        let admin = app.admin().with_header("if-match", "*");
        create(&app.admin(), "a@client.example").await;
        admin.put(&path("a@client.example"), &json!({"phone": "1"})).await.expect(201);
        admin.put(&path("b@client.example"), &json!({"phone": "1"})).await.expect(404);
        admin.delete(&path("b@client.example")).await.expect(422);
        admin.delete(&path("a@client.example")).await.expect(200);
    }

    async fn of_two_writers_who_read_the_same_one_wins(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let tag = admin.get(&path("a@client.example")).await.expect(200).header("etag").to_owned();
        let writer = admin.with_header("if-match", &tag);
        let bodies: Vec<_> = (0..6).map(|n| json!({"first_name": format!("Writer {n}")})).collect();
        let address = path("a@client.example");
        let answers = futures_util::future::join_all(bodies.iter().map(|body| writer.put(&address, body))).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!((won.len(), answers.iter().filter(|answer| answer.status == 412).count()), (1, 5));
        assert_eq!(admin.get(&address).await.expect(200).bytes, won[0].bytes);
    }

    async fn who_comes_back_has_another_tag(app) {
        let admin = app.admin();
        create(&admin, "a@client.example").await;
        let tag = admin.get(&path("a@client.example")).await.expect(200).header("etag").to_owned();
        admin.delete(&path("a@client.example")).await.expect(200);
        create(&admin, "a@client.example").await;
        admin.with_header("if-none-match", &tag).get(&path("a@client.example")).await.expect(200);
        admin.with_header("if-match", &tag).delete(&path("a@client.example")).await.expect(412);
    }
}
