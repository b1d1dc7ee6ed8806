//! `GET /organizations/{org}/guests`.

use hospes_model::guest::{GuestChange, ProfileField};
use hospes_model::member::Role;
use hospes_testing::{Answer, Value, both, json};

use super::{create, create_with, outsiders, path, task};

/// The addresses of a page, without their domain.
fn names(answer: &Answer) -> Vec<String> {
    let list = answer.data().as_array().unwrap();
    list.iter().map(|guest| guest["email"].as_str().unwrap().split('@').next().unwrap().to_owned()).collect()
}

fn pagination(answer: &Answer) -> &Value {
    &answer.json["meta"]["pagination"]
}

both! {
    async fn an_empty_list_is_one_empty_page(app) {
        for role in Role::ALL {
            let listed = app.client(*role).get("/guests").await.expect(200);
            assert_eq!(listed.json, json!({"data": [], "meta": {"pagination": {
                "total": 0, "count": 0, "per_page": 999, "current_page": 1, "total_pages": 1,
                "has_more_pages": false, "links": {},
            }}}));
            assert_eq!(listed.header("link"), "");
        }
    }

    async fn a_guest_in_a_list_is_the_guest_read_alone(app) {
        let admin = app.admin();
        create_with(&admin, &json!({"email": "a@client.example", "name": "Ann \"A\" Lee", "cadence_days": ["monday"]})).await;
        create(&admin, "b@client.example").await;
        admin.delete(&path("b@client.example/disable")).await.expect(200);
        task(&admin, &["a@client.example"]).await;
        for with in ["", "?with=stats", "?with=nonsense,stats", "?with=groups,%20stats%20"] {
            let listed = admin.get(&format!("/guests{with}")).await.expect(200);
            for (place, name) in ["a", "b"].iter().enumerate() {
                let read = admin.get(&format!("/guests/{name}@client.example{with}")).await.expect(200);
                assert_eq!(&listed.data()[place], read.data(), "{with}");
                assert_eq!(read.data().get("stats").is_some(), with.contains("stats"));
            }
        }
    }

    async fn a_search_finds_parts_of_address_names_and_company(app) {
        let admin = app.admin();
        for body in [
            json!({"email": "ann@one.example", "name": "Änne O'Brien", "company_name": "Café Zürich"}),
            json!({"email": "bob_100%@two.example", "first_name": "Bob", "company_name": "100 % _Under_\\score"}),
            json!({"email": "ÇA@three.example", "first_name": "İnci", "last_name": "ΣΊΣΥΦΟΣ"}),
            json!({"email": "dan+tag@four.example", "first_name": "Dan", "last_name": "Lee", "phone_1": "ann"}),
        ] {
            create_with(&admin, &body).await;
        }
        for (query, found) in [
            ("ann@", vec!["ann"]),
            ("ANN@ONE", vec!["ann"]),
            ("änne", vec!["ann"]),
            ("A%CC%88NNE", vec!["ann"]),
            ("%C3%84NNE o'br", vec!["ann"]),
            ("z%C3%BCrich", vec!["ann"]),
            ("CAF%C3%89", vec!["ann"]),
            ("%25", vec!["bob_100%"]),
            ("_", vec!["bob_100%"]),
            ("100%25", vec!["bob_100%"]),
            ("100 %25 _", vec!["bob_100%"]),
            ("%5C", vec!["bob_100%"]),
            ("b_b", vec![]),
            ("b%25b", vec![]),
            ("%C3%A7a@", vec!["ÇA"]),
            ("σίσυφο", vec!["ÇA"]),
            ("dan%2Btag", vec!["dan+tag"]),
            ("dan+lee", vec!["dan+tag"]),
            ("dan tag", vec![]),
            ("lee dan", vec![]),
            ("bobca", vec![]),
            ("example", vec!["ann", "bob_100%", "ÇA", "dan+tag"]),
            ("'", vec!["ann"]),
            ("\"", vec![]),
            ("   ", vec!["ann", "bob_100%", "ÇA", "dan+tag"]),
            ("", vec!["ann", "bob_100%", "ÇA", "dan+tag"]),
        ] {
            let answer = admin.get(&format!("/guests?q={query}")).await.expect(200);
            assert_eq!(names(&answer), found, "{query}");
            assert_eq!(pagination(&answer)["total"], found.len(), "{query}");
        }
        // The profile's other fields are not searched.
        admin.put(&path("ann@one.example"), &json!({"last_name": "Other", "company_name": null})).await.expect(201);
        assert_eq!(names(&admin.get("/guests?q=brien").await.expect(200)), Vec::<String>::new());
        assert_eq!(names(&admin.get("/guests?q=other").await.expect(200)), ["ann"]);
    }

    async fn a_search_does_not_run_across_fields(app) {
        let admin = app.admin();
        let body = json!({"email": "a@client.example", "first_name": "Ann", "last_name": "Lee", "company_name": "Client"});
        create_with(&admin, &body).await;
        for across in ["example%0Aann", "example%0D%0Aann", "example%0Dann", "%0Alee%0Aclient", "lee%0Aclient", "client%0Aann"] {
            for list in ["guests", "guests-list"] {
                let answer = admin.get(&format!("/{list}?q={across}")).await.expect(200);
                assert_eq!(names(&answer), Vec::<String>::new(), "{across}");
            }
        }
        // A line break within a text is a blank.
        for within in ["ann%0Alee", "ann%0D%0ALEE", "ann+lee", "n%0Al", "%0Alee%0A", "%0A"] {
            let answer = admin.get(&format!("/guests?q={within}")).await.expect(200);
            assert_eq!((names(&answer), &pagination(&answer)["total"]), (vec!["a".to_owned()], &json!(1)), "{within}");
        }
    }

    async fn a_search_is_text_of_at_most_500_characters(app) {
        let admin = app.admin();
        assert_eq!(admin.get(&format!("/guests?q={}", "x".repeat(501))).await.expect(422).faults(), ["q"]);
        admin.get(&format!("/guests?q={}", "x".repeat(500))).await.expect(200);
    }

    async fn each_sort_goes_both_ways_and_creation_breaks_ties(app) {
        let admin = app.admin();
        for (email, first, last) in [
            ("d", "ann", "Z"), ("b", "Ann", ""), ("C", "Éva", "ä"), ("a", "", "Z"), ("é", "zoe", "z"), ("_x", "Bob", "A"),
        ] {
            let body = json!({"email": format!("{email}@client.example"), "first_name": first, "last_name": last});
            create_with(&admin, &body).await;
        }
        task(&admin, &["b@client.example", "a@client.example"]).await;
        task(&admin, &["b@client.example"]).await;
        task(&admin, &["d@client.example"]).await;
        // Nobody visits in these tests, so the database is told of visits.
        app.with_store(|tx| {
            for (email, at) in [("c@client.example", 7_i64), ("a@client.example", 3), ("_x@client.example", 7)] {
                tx.execute("UPDATE guest SET last_accessed_at = ?2 WHERE email_folded = ?1", &[email.into(), at.into()])?;
            }
            Ok(())
        }).await;
        for (sort, order) in [
            ("created_at", ["d", "b", "C", "a", "é", "_x"]),
            ("email", ["_x", "a", "b", "C", "d", "é"]),
            ("first_name", ["a", "d", "b", "_x", "é", "C"]),
            ("last_name", ["b", "_x", "d", "a", "é", "C"]),
            ("last_accessed_at", ["d", "b", "é", "a", "C", "_x"]),
            ("active_tasks", ["C", "é", "_x", "d", "a", "b"]),
        ] {
            let up = admin.get(&format!("/guests?sort={sort}")).await.expect(200);
            assert_eq!(names(&up), order, "{sort}");
            let alias = admin.get(&format!("/guests?sort_by={sort}")).await.expect(200);
            assert_eq!(names(&alias), order, "sort_by {sort}");
            let down = admin.get(&format!("/guests?sort=-{sort}")).await.expect(200);
            let mut reversed = order;
            reversed.reverse();
            assert_eq!(names(&down), reversed, "-{sort}");
        }
        assert_eq!(names(&admin.get("/guests").await.expect(200))[0], "d");
    }

    async fn the_status_filters_and_counts(app) {
        let admin = app.admin();
        for name in ["a", "b", "c", "d", "e"] {
            create(&admin, &format!("{name}@client.example")).await;
        }
        for name in ["b", "d"] {
            admin.delete(&format!("/guests/{name}@client.example/disable")).await.expect(200);
        }
        for (query, found, total) in [
            ("status=active", vec!["a", "c", "e"], 3),
            ("status=disabled", vec!["b", "d"], 2),
            ("status=disabled&sort=-email", vec!["d", "b"], 2),
            ("status=active&q=c@", vec!["c"], 1),
            ("status=disabled&q=c@", vec![], 0),
            ("status=active&per_page=2&page=2", vec!["e"], 3),
            ("status=disabled&per_page=1&page=2", vec!["d"], 2),
            ("status=", vec!["a", "b", "c", "d", "e"], 5),
        ] {
            let answer = admin.get(&format!("/guests?{query}")).await.expect(200);
            assert_eq!(names(&answer), found, "{query}");
            assert_eq!(pagination(&answer)["total"], total, "{query}");
        }
    }

    async fn wrong_parameters_are_all_named(app) {
        let refused = app.admin()
            .get("/guests?page=0&per_page=x&limit=-1&sort=shoe_size&status=gone&without_pagination=maybe&cursor=!&q=%00")
            .await
            .expect(422);
        assert_eq!(refused.faults(), ["cursor", "limit", "page", "per_page", "q", "sort", "status", "without_pagination"]);
        for wrong in ["page=99999999999999999999", "page=1.5", "page=-1", "per_page=0", "cursor=1.2", "cursor=-1", "sort=--email"] {
            app.admin().get(&format!("/guests?{wrong}")).await.expect(422);
        }
    }

    async fn pages_have_999_guests_and_never_more_than_1000(app) {
        app.add_guests(&app.acme, 1005, |n| (format!("g{n}@bulk.example"), GuestChange::default())).await;
        let admin = app.admin();
        for (query, per_page, count) in [
            ("", 999, 999),
            ("per_page=1000", 1000, 1000),
            ("per_page=5000", 1000, 1000),
            ("limit=5000", 1000, 1000),
            ("limit=7", 7, 7),
            ("limit=7&per_page=8", 8, 8),
            ("per_page=", 999, 999),
        ] {
            let answer = admin.get(&format!("/guests?{query}")).await.expect(200);
            let numbers = pagination(&answer);
            assert_eq!((&numbers["per_page"], &numbers["count"]), (&json!(per_page), &json!(count)), "{query}");
            assert_eq!(answer.data().as_array().unwrap().len(), count, "{query}");
            assert_eq!(numbers["total"], 1005, "{query}");
        }
    }

    async fn page_numbers_add_up_and_lead_on(app) {
        app.add_guests(&app.acme, 25, |n| (format!("g{n:02}@bulk.example"), GuestChange::default())).await;
        let admin = app.admin();
        let mut seen = Vec::new();
        let mut address = "/guests?per_page=10&q=g&with=stats&odd=%2B%20x".to_owned();
        for page in 1..=3 {
            let answer = admin.get(&address).await.expect(200);
            let numbers = pagination(&answer);
            assert_eq!(numbers["current_page"], page);
            assert_eq!((&numbers["total"], &numbers["total_pages"]), (&json!(25), &json!(3)));
            assert_eq!(numbers["has_more_pages"], page < 3);
            assert_eq!(answer.data()[0]["stats"]["active_tasks"], 0);
            seen.extend(names(&answer));
            let Some(next) = numbers["links"]["next"].as_str() else {
                assert_eq!(page, 3);
                break;
            };
            let prefix = format!("{}/organizations/{}", app.base, app.acme.id);
            next.strip_prefix(&prefix).unwrap().clone_into(&mut address);
            assert!(address.contains("odd=%2B+x"), "{address}");
        }
        let expected: Vec<String> = (0..25).map(|n| format!("g{n:02}")).collect();
        assert_eq!(seen, expected);
    }

    async fn a_page_beyond_the_end_is_empty(app) {
        app.add_guests(&app.acme, 5, |n| (format!("g{n}@bulk.example"), GuestChange::default())).await;
        for page in ["2", "3", "1000000", "9223372036854775807"] {
            for more in ["", "&q=g", "&sort=-email", "&status=active"] {
                let answer = app.admin().get(&format!("/guests?per_page=5&page={page}{more}")).await.expect(200);
                assert_eq!(answer.data(), &json!([]));
                let numbers = pagination(&answer);
                assert_eq!((&numbers["total"], &numbers["count"]), (&json!(5), &json!(0)));
                assert_eq!((&numbers["has_more_pages"], &numbers["links"]), (&json!(false), &json!({})));
            }
        }
    }

    async fn without_pages_everything_comes_in_pieces(app) {
        app.add_guests(&app.acme, 1203, |n| {
            let name = ProfileField::FirstName;
            let change = GuestChange { profile: vec![(name, Some(format!("n{}", n % 7)))], ..GuestChange::default() };
            (format!("g{n:04}@bulk.example"), change)
        }).await;
        let admin = app.admin();
        let all: Vec<String> = (0..1203).map(|n| format!("g{n:04}")).collect();
        for (query, expected) in [
            ("", all.clone()),
            ("&page=3&per_page=10", all.clone()),
            ("&sort=-created_at", all.iter().rev().cloned().collect()),
            ("&sort=-first_name", {
                let mut sorted: Vec<usize> = (0..1203).collect();
                sorted.sort_by_key(|n| (n % 7, *n));
                sorted.iter().rev().map(|n| format!("g{n:04}")).collect()
            }),
            ("&q=g05", (500..600).map(|n| format!("g{n:04}")).collect()),
            ("&status=disabled", Vec::new()),
        ] {
            let answer = admin.get(&format!("/guests?without_pagination=true{query}")).await.expect(200);
            assert_eq!(names(&answer), expected, "{query}");
            assert_eq!(pagination(&answer), &json!({
                "total": expected.len(), "count": expected.len(), "per_page": expected.len().max(1),
                "current_page": 1, "total_pages": 1, "has_more_pages": false, "links": {},
            }), "{query}");
        }
        let stats = admin.get("/guests?without_pagination=1&with=stats").await.expect(200);
        assert!(stats.data().as_array().unwrap().iter().all(|guest| guest["stats"]["active_tasks"] == 0));
    }

    async fn everything_behind_a_cursor_counts_the_whole_list(app) {
        app.add_guests(&app.acme, 1203, |n| (format!("g{n:04}@bulk.example"), GuestChange::default())).await;
        let admin = app.admin();
        for (query, total, seen) in [("", 1203, 3), ("&sort=-email", 1203, 700), ("&q=g05", 100, 99)] {
            let begun = admin.get(&format!("/guests?per_page={seen}{query}")).await.expect(200);
            let cursor = begun.json["meta"]["next_cursor"].as_str().unwrap();
            let rest = admin.get(&format!("/guests?without_pagination=true&cursor={cursor}{query}")).await.expect(200);
            let mut together = names(&begun);
            together.extend(names(&rest));
            let whole = admin.get(&format!("/guests?without_pagination=true{query}")).await.expect(200);
            assert_eq!(together, names(&whole), "{query}");
            assert_eq!(pagination(&rest), &json!({
                "total": total, "count": total - seen, "per_page": total, "current_page": 1,
                "total_pages": 1, "has_more_pages": false, "links": {},
            }), "{query}");
        }
    }

    async fn while_it_is_sent_others_may_come_and_go(app) {
        app.add_guests(&app.acme, 1203, |n| (format!("g{n:04}@bulk.example"), GuestChange::default())).await;
        let admin = app.admin();
        let reads = futures_util::future::join_all(
            ["", "&sort=-email", "&sort=first_name&with=stats"].map(async |query| {
                admin.get(&format!("/guests?without_pagination=true{query}")).await.expect(200)
            }),
        );
        let writes = async {
            for n in 0..30 {
                create(&admin, &format!("new{n}@client.example")).await;
                admin.delete(&path(&format!("g{:04}@bulk.example", n * 40))).await.expect(200);
                admin.put(&path(&format!("g{:04}@bulk.example", n * 40 + 1)), &json!({"phone": "1"})).await.expect(201);
            }
        };
        let (reads, ()) = futures_util::future::join(reads, writes).await;
        for read in reads {
            let listed = names(&read);
            let once: std::collections::HashSet<_> = listed.iter().collect();
            assert_eq!(once.len(), listed.len(), "somebody is in it twice");
            let stayed = (0..1203).filter(|n| n % 40 != 0);
            assert!(stayed.map(|n| format!("g{n:04}")).all(|name| once.contains(&name)), "somebody is missing");
            assert_eq!(pagination(&read)["total"], listed.len());
        }
    }

    async fn totals_are_exact_after_every_change(app) {
        let admin = app.admin();
        let check = async |total: i64, disabled: i64| {
            for (query, expected) in [
                ("", total),
                ("?q=client", total),
                ("?per_page=2", total),
                ("?without_pagination=true", total),
                ("?status=disabled", disabled),
                ("?status=active", total - disabled),
                ("?status=active&q=client", total - disabled),
            ] {
                let answer = admin.get(&format!("/guests{query}")).await.expect(200);
                assert_eq!(pagination(&answer)["total"], expected, "{query}");
            }
        };
        check(0, 0).await;
        for name in ["a", "b", "c"] {
            create(&admin, &format!("{name}@client.example")).await;
        }
        check(3, 0).await;
        admin.post("/guests", &json!({"email": "a@client.example"})).await.expect(422);
        check(3, 0).await;
        admin.delete("/guests/a@client.example/disable").await.expect(200);
        admin.delete("/guests/b@client.example/disable").await.expect(200);
        check(3, 2).await;
        admin.delete("/guests/b@client.example/disable").await.expect(200);
        check(3, 2).await;
        admin.delete("/guests/a@client.example").await.expect(200);
        check(2, 1).await;
        admin.delete("/guests/a@client.example").await.expect(422);
        check(2, 1).await;
        admin.put("/guests/b@client.example/enable", &json!({})).await.expect(200);
        check(2, 0).await;
        task(&admin, &["new@client.example"]).await;
        check(3, 0).await;
    }

    async fn a_read_after_a_write_sees_it(app) {
        let admin = app.admin();
        let lists = ["/guests", "/guests?with=stats", "/guests?q=client&per_page=3", "/guests?sort=-last_name"];
        let mut last: Vec<Vec<u8>> = vec![Vec::new(); lists.len()];
        let mut changed = async |what: &str, shown: &[usize]| {
            for (place, list) in lists.iter().enumerate() {
                // Twice: the second time from the kept page.
                let first = admin.get(list).await.expect(200);
                let second = admin.get(list).await.expect(200);
                assert_eq!(first.bytes, second.bytes, "{list} after {what}");
                assert_eq!(first.header("etag"), second.header("etag"), "{list} after {what}");
                assert_eq!(first.bytes != last[place], shown.contains(&place), "{list} after {what}");
                last[place] = first.bytes;
            }
        };
        changed("nothing", &[0, 1, 2, 3]).await;
        create(&admin, "a@client.example").await;
        changed("create", &[0, 1, 2, 3]).await;
        admin.put("/guests/a@client.example", &json!({"company_name": "X"})).await.expect(201);
        changed("update", &[0, 1, 2, 3]).await;
        admin.put("/guests/a@client.example/email", &json!({"email": "b@client.example"})).await.expect(200);
        changed("email", &[0, 1, 2, 3]).await;
        let task = task(&admin, &["b@client.example"]).await;
        changed("task", &[1]).await;
        admin.post("/completed-tasks", &json!({"task_id": task, "override_guest": "b@client.example"})).await.expect(200);
        changed("completed", &[1]).await;
        admin.delete(&format!("/completed-tasks/{task}")).await.expect(200);
        changed("reopened", &[1]).await;
        admin.delete("/guests/b@client.example/disable").await.expect(200);
        changed("disable", &[0, 1, 2, 3]).await;
        admin.put("/guests/b@client.example/enable", &json!({})).await.expect(200);
        changed("enable", &[0, 1, 2, 3]).await;
        admin.put("/guests/b@client.example", &json!({})).await.expect(201);
        changed("an empty update", &[]).await;
        admin.delete("/guests/b@client.example").await.expect(200);
        changed("remove", &[0, 1, 2, 3]).await;
        // Another organization's writes are none of ours.
        create(&app.client_of(&app.other, Role::Admin), "a@client.example").await;
        changed("a write elsewhere", &[]).await;
    }

    async fn a_cursor_walks_on_beside_page_numbers(app) {
        app.add_guests(&app.acme, 7, |n| (format!("g{n}@bulk.example"), GuestChange::default())).await;
        let admin = app.admin();
        let first = admin.get("/guests?per_page=3&sort=-email&page=1").await.expect(200);
        assert_eq!(names(&first), ["g6", "g5", "g4"]);
        let cursor = first.json["meta"]["next_cursor"].as_str().unwrap();
        let link = format!(
            "<{}/organizations/{}/guests?per_page=3&sort=-email&cursor={cursor}>; rel=\"next\"", app.base, app.acme.id
        );
        assert_eq!(first.header("link"), link);
        let second = admin.get(&format!("/guests?per_page=3&sort=-email&cursor={cursor}")).await.expect(200);
        assert_eq!(names(&second), ["g3", "g2", "g1"]);
        assert_eq!(pagination(&second)["links"]["next"].as_str().map(|next| format!("<{next}>; rel=\"next\"")).unwrap(), second.header("link"));
        let cursor = second.json["meta"]["next_cursor"].as_str().unwrap();
        let last = admin.get(&format!("/guests?per_page=3&sort=-email&cursor={cursor}")).await.expect(200);
        assert_eq!(names(&last), ["g0"]);
        assert_eq!((last.header("link"), last.json["meta"].get("next_cursor")), ("", None));
        assert_eq!(pagination(&last)["has_more_pages"], false);
        // A cursor of one sort is none of another.
        admin.get(&format!("/guests?sort=created_at&cursor={cursor}")).await.expect(422);
        let elsewhere = app.client_of(&app.other, Role::Admin);
        assert_eq!(elsewhere.get(&format!("/guests?sort=-email&cursor={cursor}")).await.expect(200).data(), &json!([]));
    }

    async fn outsiders_get_nowhere(app) {
        create(&app.admin(), "a@client.example").await;
        app.admin().get("/guests").await.expect(200);
        for (outsider, status) in outsiders(app) {
            outsider.get("/guests").await.expect(status);
        }
    }
}
