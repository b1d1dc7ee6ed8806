//! The activity feed: what each change writes, and who reads what of it.

use hospes_model::member::Role;
use hospes_testing::{Answer, Client, TestApp, Value, both, json};
use jiff::SignedDuration;

const FEED: &str = "/activity-feeds";

/// The rows that a query finds, the newest first, all of them.
async fn rows(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("{FEED}?per_page=1000&{query}")).await.expect(200);
    let rows = answer.data().as_array().unwrap().clone();
    assert_eq!(answer.json["meta"]["pagination"]["total"], rows.len(), "{query}");
    rows
}

/// Verb and field of rows, the oldest first.
fn told(rows: &[Value]) -> Vec<(&str, Option<&str>)> {
    rows.iter().rev().map(|row| (row["verb"][0].as_str().unwrap(), row["field"].as_str())).collect()
}

async fn total(app: &TestApp) -> i64 {
    page(&app.admin(), "").await.json["meta"]["pagination"]["total"].as_i64().unwrap()
}

async fn page(client: &Client, query: &str) -> Answer {
    client.get(&format!("{FEED}?{query}")).await.expect(200)
}

fn ids(answer: &Answer) -> Vec<i64> {
    answer.data().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

fn id(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

fn task(title: &str, users: &[i64], guests: &[&str], secret: bool) -> Value {
    json!({
        "title": title, "task_type": "task", "deadline": "2025-05-22 12:00:00", "top_secret": secret,
        "owners": {"users": users, "guests": guests, "groups": []},
    })
}

async fn make_task(client: &Client, body: &Value) -> String {
    client.post("/tasks", body).await.expect(201).data()["id"].as_str().unwrap().to_owned()
}

both! {
    async fn a_row_says_who_did_what_when_and_from_where(app) {
        let admin = app.admin().with_header("x-request-id", "request-1");
        let body = json!({"email": "ann@client.example", "first_name": "Ann"});
        let guest = admin.post("/guests", &body).await.expect(201);
        let code = guest.data()["id"].as_str().unwrap();
        let found = rows(&app.admin(), "").await;
        let (id, org) = (id(app, Role::Admin), app.acme.id.to_string());
        let text = "Guest ann@client.example was created.";
        assert_eq!(found, [json!({
            "id": 1, "organization_id": org, "verb": ["created"], "source": ["Member"],
            "actor_type": ["user"], "actor_id": [id], "type": ["Guest"], "description": [text],
            "actor": [{
                "email": "admin@acme.example", "username": null, "first_name": "admin", "last_name": "Acme",
                "full_name": "admin Acme", "profile_pic": null, "resize_profile_pic": null,
            }],
            "auditable_type": "App\\Models\\Guest", "auditable_id": code,
            "parentable_type": "App\\Models\\Organization", "parentable_id": org,
            "field": null, "old_value": null, "text": text, "references": null,
            "created_at": "2025-05-15T10:00:00Z", "undoable": false,
            "audit": {"data": {"id": code, "email": "ann@client.example", "first_name": "Ann"}},
            "parent": {"data": {"id": org, "name": "Acme"}},
            "origin": null,
        })]);
        let kept = app.app.store.read(|tx| tx.query_all("SELECT ip, request_id FROM activity", &[], |row| {
            Ok((row.opt_string(0)?, row.string(1)?))
        }));
        let kept: hospes_store::Result<_> = kept.await;
        assert_eq!(kept.unwrap(), [(Some("127.0.0.1".to_owned()), "request-1".to_owned())]);
    }

    async fn every_change_of_a_guest_is_told(app) {
        let admin = app.admin();
        let guest = admin.post("/guests", &json!({"email": "ann@client.example", "phone": "1"})).await.expect(201);
        let code = guest.data()["id"].as_str().unwrap().to_owned();
        let path = format!("/guests/{code}");
        app.advance(SignedDuration::from_secs(60));
        let standard = app.client(Role::Standard);
        let change = json!({"phone_1": "2", "company_name": "Client", "associated_members": [id(app, Role::Light)]});
        standard.put(&path, &change).await.expect(201);
        standard.put(&path, &change).await.expect(201);
        standard.put(&format!("{path}/email"), &json!({"email": "ann@new.example"})).await.expect(200);
        // The guest has another code from here on, and once more when enabled.
        let path = "/guests/ann@new.example";
        for _ in 0..2 {
            admin.delete(&format!("{path}/disable")).await.expect(200);
        }
        for _ in 0..2 {
            admin.put(&format!("{path}/enable"), &json!({})).await.expect(200);
        }
        let last = admin.delete(path).await.expect(200).data()["id"].clone();
        let found = rows(&admin, &format!("entity_type=guest&entity_id={code}")).await;
        let same = rows(&admin, &format!("entity_type=guest&entity_id={}", last.as_str().unwrap())).await;
        assert_eq!(found, same, "under any code that the guest had");
        let mut fields: Vec<_> = told(&found)[1..4].to_vec();
        fields.sort_unstable();
        let updated = |field| ("updated", Some(field));
        assert_eq!(fields, [updated("associated_members"), updated("company_name"), updated("phone_1")]);
        assert_eq!(told(&found)[0], ("created", None));
        assert_eq!(
            told(&found)[4..],
            [updated("email"), ("disabled", None), ("enabled", None), ("deleted", None)]
        );
        let phone = found.iter().find(|row| row["field"] == "phone_1").unwrap();
        assert_eq!((&phone["old_value"], &phone["actor_id"]), (&json!("1"), &json!([id(app, Role::Standard)])));
        assert_eq!(phone["created_at"], "2025-05-15T10:01:00Z");
        let moved = found.iter().find(|row| row["field"] == "email").unwrap();
        assert_eq!(moved["old_value"], "ann@client.example");
        // The guest is gone; the history is not.
        assert_eq!(found[0]["audit"], json!({"data": {"id": last}}));
        assert_eq!(found[found.len() - 1]["audit"], json!({"data": {"id": code}}));
        assert_eq!(total(app).await, found.len() as i64);
    }

    async fn every_change_of_a_task_is_told(app) {
        let admin = app.admin();
        let task = make_task(&admin, &task("Call", &[id(app, Role::Standard)], &["ann@client.example"], false)).await;
        let path = format!("/tasks/{task}");
        let standard = app.client(Role::Standard);
        for _ in 0..2 {
            standard.put(&path, &json!({"title": "Call back"})).await.expect(200);
        }
        let owners = json!({"owners": {"users": [id(app, Role::Light)], "guests": []}});
        standard.put(&path, &owners).await.expect(200);
        let light = app.client(Role::Light);
        light.post("/completed-tasks", &json!({"task_id": task})).await.expect(200);
        light.delete(&format!("/completed-tasks/{task}")).await.expect(200);
        for _ in 0..2 {
            admin.delete(&path).await.expect(204);
        }
        for _ in 0..2 {
            admin.put(&format!("{path}/restore"), &json!({})).await.expect(200);
        }
        let found = rows(&admin, &format!("entity_id={task}")).await;
        assert_eq!(told(&found), [
            ("created", None), ("updated", Some("title")), ("owners-updated", Some("owners")), ("completed", None),
            ("re-opened", None), ("archived", None), ("unarchived", None),
        ]);
        for row in &found {
            assert_eq!(row["audit"]["data"], json!({"id": task, "title": "Call back"}));
            assert_eq!(row["origin"], row["audit"]);
            assert_eq!((&row["auditable_type"], &row["type"]), (&json!("App\\Models\\Task"), &json!(["Task"])));
        }
        let actors: Vec<i64> = found.iter().rev().map(|row| row["actor_id"][0].as_i64().unwrap()).collect();
        let [a, s, l] = Role::ALL else { panic!("three roles") };
        assert_eq!(actors, [a, s, s, l, l, a, a].map(|role| id(app, *role)));
        admin.delete(&format!("{path}/delete")).await.expect(204);
        assert_eq!(told(&rows(&admin, &format!("entity_id={task}&verb=deleted")).await), [("deleted", None)]);
        // The guest that came with the task has a row of their own.
        assert_eq!(told(&rows(&admin, "type=Guest").await), [("created", None)]);
        assert_eq!(total(app).await, 9);
    }

    async fn what_is_refused_is_not_told(app) {
        let admin = app.admin();
        admin.post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        let own = make_task(&admin, &task("Call", &[id(app, Role::Light)], &["bob@client.example"], false)).await;
        let secret = make_task(&admin, &task("Quiet", &[], &[], true)).await;
        let before = total(app).await;
        assert_eq!(before, 4);

        let ann = "/guests/ann@client.example";
        let (light, standard) = (app.client(Role::Light), app.client(Role::Standard));
        let nobody = app.client_with(&app.acme, None);
        let foreign = app.client_with(&app.acme, Some(app.other.token(Role::Admin)));
        for (client, status) in [(&light, 403), (&nobody, 401), (&foreign, 403)] {
            client.post("/guests", &json!({"email": "new@client.example"})).await.expect(status);
            client.put(ann, &json!({"first_name": "X"})).await.expect(status);
            client.put(&format!("{ann}/email"), &json!({"email": "x@client.example"})).await.expect(status);
            client.post("/tasks", &task("New", &[], &["new@client.example"], false)).await.expect(status);
            client.put(&format!("/tasks/{own}"), &json!({"title": "X"})).await.expect(status);
            client.delete(&format!("/tasks/{own}")).await.expect(status);
        }
        for client in [&light, &standard] {
            client.delete(ann).await.expect(403);
            client.delete(&format!("{ann}/disable")).await.expect(403);
            client.put(&format!("{ann}/enable"), &json!({})).await.expect(403);
            client.post("/completed-tasks", &json!({"task_id": secret})).await.expect(404);
        }
        for body in [
            json!({"email": "ann@client.example"}), json!({"email": "light@acme.example"}), json!({"email": "x"}),
            json!({"email": "c@client.example", "associated_members": [999_999]}),
            json!({"email": "c@client.example", "company_url": "no"}),
        ] {
            admin.post("/guests", &body).await.expect(422);
        }
        admin.put(ann, &json!({"associated_members": [999_999]})).await.expect(422);
        admin.put(&format!("{ann}/email"), &json!({"email": "bob@client.example"})).await.expect(422);
        admin.with_header("if-match", "\"0\"").put(ann, &json!({"first_name": "X"})).await.expect(412);
        admin.put("/guests/nobody@client.example", &json!({"first_name": "X"})).await.expect(404);
        admin.delete("/guests/nobody@client.example").await.expect(422);
        // A task that is refused for its member does not leave the guests who would have come with it.
        admin.post("/tasks", &task("New", &[999_999], &["new@client.example"], false)).await.expect(422);
        admin.put(&format!("/tasks/{own}"), &json!({"title": ""})).await.expect(422);
        admin.with_header("if-match", "\"0-i\"").put(&format!("/tasks/{own}"), &json!({"title": "X"})).await.expect(412);
        admin.delete(&format!("/completed-tasks/{own}")).await.expect(422);
        assert_eq!(total(app).await, before);
        assert_eq!(app.admin().get("/guests").await.expect(200).json["meta"]["pagination"]["total"], 2);
    }

    async fn a_retried_request_is_told_once(app) {
        let admin = app.admin().with_header("idempotency-key", "k1");
        for _ in 0..3 {
            admin.post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        }
        assert_eq!(total(app).await, 1);
        let admin = app.admin().with_header("idempotency-key", "k2");
        for _ in 0..2 {
            admin.post("/guests", &json!({"email": "ann@client.example"})).await.expect(422);
        }
        assert_eq!(total(app).await, 1);
    }

    async fn members_see_what_they_did_guests_and_their_tasks(app) {
        let (admin, standard, light) = (app.admin(), app.client(Role::Standard), app.client(Role::Light));
        admin.post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        let open = make_task(&admin, &task("Open", &[], &[], false)).await;
        let secret = make_task(&admin, &task("Secret", &[], &[], true)).await;
        let lights = make_task(&admin, &task("Light's", &[id(app, Role::Light)], &[], true)).await;
        let standards = make_task(&standard, &task("Standard's", &[], &[], true)).await;
        let about = async |client: &Client| {
            let mut seen: Vec<String> = Vec::new();
            for row in rows(client, "").await {
                seen.push(row["auditable_id"].as_str().unwrap().to_owned());
            }
            [&open, &secret, &lights, &standards].map(|task| seen.contains(task))
        };
        assert_eq!(about(&admin).await, [true; 4]);
        assert_eq!(about(&standard).await, [true, false, false, true]);
        assert_eq!(about(&light).await, [false, false, true, false]);
        for client in [&standard, &light] {
            assert_eq!(rows(client, "type=Guest").await.len(), 1);
        }
        // What is not for them is not found by a filter or a total either.
        assert!(rows(&standard, &format!("entity_id={secret}")).await.is_empty());
        assert!(rows(&standard, "verb=created&origin_type=task&search=secret").await.len() == 1);
        assert_eq!(page(&light, "per_page=1").await.json["meta"]["pagination"]["total"], 2);

        // Losing the task ends the sight of its rows; what one did oneself stays, unnamed.
        light.post("/completed-tasks", &json!({"task_id": lights})).await.expect(200);
        assert_eq!(rows(&light, "type=Task").await.len(), 2);
        light.delete(&format!("/completed-tasks/{lights}")).await.expect(200);
        admin.put(&format!("/tasks/{lights}"), &json!({"owners": {"users": [id(app, Role::Admin)]}})).await.expect(200);
        let left = rows(&light, "type=Task").await;
        assert_eq!(told(&left), [("completed", None), ("re-opened", None)]);
        assert!(left.iter().all(|row| row["audit"] == json!({"data": {"id": lights}})));
        assert_eq!(rows(&admin, &format!("entity_id={lights}")).await[0]["audit"]["data"]["title"], "Light's");
        // Of a deleted task nobody knows whether it was secret.
        admin.delete(&format!("/tasks/{open}")).await.expect(204);
        admin.delete(&format!("/tasks/{open}/delete")).await.expect(204);
        assert!(rows(&standard, &format!("entity_id={open}")).await.is_empty());
        assert_eq!(rows(&admin, &format!("entity_id={open}")).await.len(), 3);
    }

    async fn another_organization_and_no_token_get_nowhere(app) {
        app.admin().post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        app.client_with(&app.acme, None).get(FEED).await.expect(401);
        app.client_with(&app.acme, Some("nonsense")).get(FEED).await.expect(401);
        app.client_with(&app.acme, Some(app.other.token(Role::Admin))).get(FEED).await.expect(403);
        let elsewhere = app.client_of(&app.other, Role::Admin);
        assert!(rows(&elsewhere, "").await.is_empty());
        elsewhere.post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        let (here, there) = (rows(&app.admin(), "").await, rows(&elsewhere, "").await);
        assert_eq!((here.len(), there.len()), (1, 1));
        assert_eq!((&here[0]["id"], &there[0]["id"]), (&json!(1), &json!(1)));
        assert_ne!(here[0]["auditable_id"], there[0]["auditable_id"]);
        let code = there[0]["auditable_id"].as_str().unwrap();
        assert!(rows(&app.admin(), &format!("entity_id={code}")).await.is_empty());
    }

    async fn filters_narrow_the_feed(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let guest = admin.post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        let code = guest.data()["id"].as_str().unwrap().to_owned();
        standard.put(&format!("/guests/{code}"), &json!({"phone_1": "2"})).await.expect(201);
        // 23:30 in Berlin, then the next day there but not yet in UTC.
        app.advance(SignedDuration::from_mins(11 * 60 + 30));
        let id = make_task(&standard, &task("ÄRGER mit Rechnung", &[], &[], false)).await;
        app.advance(SignedDuration::from_mins(60));
        admin.delete(&format!("/tasks/{id}")).await.expect(204);
        let (a, s) = (app.acme.member(Role::Admin), app.acme.member(Role::Standard));
        for (query, expected) in [
            (String::new(), vec![4, 3, 2, 1]),
            ("sort=created_at".into(), vec![1, 2, 3, 4]),
            ("sort=-created_at".into(), vec![4, 3, 2, 1]),
            ("entity_type=guest".into(), vec![2, 1]),
            ("entity_type=guest,task".into(), vec![4, 3, 2, 1]),
            ("entity_type=run".into(), vec![]),
            (format!("entity_id={code}"), vec![2, 1]),
            (format!("entity_type=task&entity_id={code}"), vec![]),
            ("entity_id=%F0%9F%90%98".into(), vec![]),
            ("type=Task".into(), vec![4, 3]),
            ("type=Blueprint".into(), vec![]),
            ("type=Task&entity_type=guest".into(), vec![]),
            ("verb=created".into(), vec![3, 1]),
            ("verb=archived,updated".into(), vec![4, 2]),
            ("verb=commented".into(), vec![]),
            ("actor_type=user".into(), vec![4, 3, 2, 1]),
            ("actor_type=guest".into(), vec![]),
            (format!("actor_id={a}"), vec![4, 1]),
            (format!("actor_id={a}&actor_email=standard@acme.example"), vec![]),
            ("actor_id=999999".into(), vec![]),
            ("actor_email=STANDARD@acme.example".into(), vec![3, 2]),
            ("actor_email=admin@other.example".into(), vec![]),
            ("actor_email=ann@client.example".into(), vec![]),
            ("source=Member".into(), vec![4, 3, 2, 1]),
            ("source=Guest".into(), vec![]),
            ("source=Webhook".into(), vec![]),
            ("created_after=2025-05-15".into(), vec![4, 3, 2, 1]),
            ("created_after=2025-05-16".into(), vec![4]),
            ("created_before=2025-05-15".into(), vec![3, 2, 1]),
            ("created_before=2025-05-16&created_after=2025-05-16".into(), vec![4]),
            ("created_before=2025-05-14".into(), vec![]),
            ("created_after=2025-05-17&created_before=2025-05-14".into(), vec![]),
            ("search=%C3%A4rger".into(), vec![4, 3]),
            ("search=ANN@CLIENT".into(), vec![2, 1]),
            ("search=%25%25".into(), vec![]),
            ("field=phone_1".into(), vec![2]),
            ("field=nothing".into(), vec![]),
            ("origin_type=task".into(), vec![4, 3]),
            ("origin_type=run".into(), vec![]),
            (format!("origin_type=task&origin_id={id}&verb=archived"), vec![4]),
            (format!("origin_type=task&origin_id={code}"), vec![]),
            (format!("entity_id={code}&actor_id={s}&field=phone_1&search=phone&source=Member"), vec![2]),
            ("unknown=x".into(), vec![4, 3, 2, 1]),
        ] {
            let answer = page(&admin, &query).await;
            assert_eq!(ids(&answer), expected, "{query}");
            assert_eq!(answer.json["meta"]["pagination"]["total"], expected.len(), "{query}");
        }
    }

    async fn wrong_values_are_named(app) {
        let admin = app.admin();
        for (query, faults) in [
            ("entity_type=x&type=x&verb=x&actor_type=x&source=x", vec!["actor_type", "entity_type", "source", "type", "verb"]),
            ("entity_id=%00&field=%00", vec!["entity_id", "field"]),
            ("actor_id=0&actor_email=x", vec!["actor_email", "actor_id"]),
            ("actor_id=x", vec!["actor_id"]),
            ("created_after=soon&created_before=2025-02-30", vec!["created_after", "created_before"]),
            ("created_after=2025-05-15T10:00:00Z", vec!["created_after"]),
            ("search=x", vec!["search"]),
            ("origin_type=guest", vec!["origin_type"]),
            ("origin_id=x", vec!["origin_id"]),
            ("sort=verb", vec!["sort"]),
            ("page=0&per_page=-1", vec!["page", "per_page"]),
        ] {
            assert_eq!(admin.get(&format!("{FEED}?{query}")).await.expect(422).faults(), faults, "{query}");
        }
        admin.get(&format!("{FEED}?search={}", "x".repeat(101))).await.expect(422);
        admin.get(&format!("{FEED}?search={}", "x".repeat(100))).await.expect(200);
        admin.post(FEED, &json!({})).await.expect(405);
    }

    async fn pages_are_a_partition_for_every_reader_and_filter(app) {
        let (admin, light) = (app.admin(), app.client(Role::Light));
        for n in 0..30 {
            admin.post("/guests", &json!({"email": format!("g{n}@client.example")})).await.expect(201);
            let users = if n % 3 == 0 { vec![id(app, Role::Light)] } else { vec![] };
            make_task(&admin, &task(&format!("Task {n}"), &users, &[], n % 2 == 0)).await;
        }
        for _ in 0..2 {
            for (client, query, expected) in [
                (&admin, "", 60), (&admin, "type=Guest", 30), (&admin, "search=task", 30), (&light, "", 40),
                (&light, "type=Task", 10), (&admin, "verb=deleted", 0),
            ] {
                for (sort, per_page) in [("created_at", 7), ("-created_at", 7), ("-created_at", 1000)] {
                    let mut walked = Vec::new();
                    let mut next = Some(format!("{FEED}?{query}&sort={sort}&per_page={per_page}"));
                    while let Some(address) = next {
                        let answer = client.get(&address).await.expect(200);
                        let meta = answer.json["meta"]["pagination"].clone();
                        walked.extend(ids(&answer));
                        assert_eq!(
                            (&meta["total"], &meta["count"], &meta["per_page"]),
                            (&json!(expected), &json!(ids(&answer).len()), &json!(per_page)),
                        );
                        assert_eq!(meta["total_pages"], (expected + per_page - 1) / per_page.max(1) + i32::from(expected == 0));
                        assert_eq!(meta["has_more_pages"], json!(meta["links"]["next"].is_string()));
                        next = meta["links"]["next"].as_str().map(|address| {
                            assert!(address.starts_with(&app.base));
                            format!("/{}", address.split_once("/activity-feeds").map(|(_, rest)| format!("activity-feeds{rest}")).unwrap())
                        });
                    }
                    let mut sorted = walked.clone();
                    sorted.sort_unstable();
                    if sort.starts_with('-') {
                        sorted.reverse();
                    }
                    assert_eq!(walked, sorted, "{query} {sort}");
                    assert_eq!(walked.len(), usize::try_from(expected).unwrap());
                }
            }
        }
        let far = page(&admin, "page=4000000000000000000&per_page=1000").await;
        assert_eq!((far.data(), &far.json["meta"]["pagination"]["total"]), (&json!([]), &json!(60)));
        let plain = page(&admin, "").await;
        assert_eq!(plain.json["meta"]["pagination"]["per_page"], 20);
        assert_eq!(ids(&plain), (41..=60).rev().collect::<Vec<i64>>());
        assert_eq!(page(&admin, "per_page=99999").await.json["meta"]["pagination"]["per_page"], 1000);
        assert_eq!(page(&admin, "limit=3").await.json["meta"]["pagination"]["per_page"], 3);
    }

    async fn a_filtered_list_grows_with_the_feed(app) {
        let admin = app.admin();
        for n in 0..205 {
            admin.post("/guests", &json!({"email": format!("g{n}@client.example")})).await.expect(201);
            if matches!(n, 0 | 50 | 98 | 99 | 100 | 101 | 199 | 200) {
                let first = page(&admin, "verb=created&sort=created_at&per_page=1&page=1").await;
                assert_eq!((ids(&first), &first.json["meta"]["pagination"]["total"]), (vec![1], &json!(n + 1)));
                let last = page(&admin, &format!("verb=created&sort=created_at&per_page=1&page={}", n + 1)).await;
                assert_eq!(ids(&last), [n + 1]);
                let back = page(&admin, &format!("verb=created&per_page=1&page={}", n + 1)).await;
                assert_eq!(ids(&back), [1]);
            }
        }
    }

    async fn an_unchanged_page_is_not_sent_again(app) {
        let admin = app.admin();
        admin.post("/guests", &json!({"email": "ann@client.example"})).await.expect(201);
        let tag = page(&admin, "").await.header("etag").to_owned();
        let knowing = admin.with_header("if-none-match", &tag);
        assert!(knowing.get(FEED).await.expect(304).bytes.is_empty());
        admin.put("/guests/ann@client.example", &json!({"first_name": "Ann"})).await.expect(201);
        knowing.get(FEED).await.expect(200);
        admin.get(&format!("//api/organizations/{}{FEED}", app.acme.id)).await.expect(200);
    }
}
