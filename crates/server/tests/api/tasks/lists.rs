//! Lists of tasks.

use hospes_model::member::Role;
use hospes_testing::{Answer, both, json};

use super::{body, body_with, complete, create, id};

fn titles(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect()
}

both! {
    async fn pages_are_exact_and_linked(app) {
        let admin = app.admin();
        for number in 0..12 {
            create(&admin, &body_with(&[], &[], &json!({"title": format!("Task {number}")}))).await;
        }
        let first = admin.get("/tasks").await.expect(200);
        let page = &first.json["meta"]["pagination"];
        assert_eq!((&page["total"], &page["count"], &page["per_page"]), (&json!(12), &json!(10), &json!(10)));
        assert_eq!((&page["total_pages"], &page["has_more_pages"]), (&json!(2), &json!(true)));
        let next = page["links"]["next"].as_str().unwrap();
        assert!(next.starts_with(&app.base) && next.ends_with("/tasks?page=2"), "{next}");
        let second = admin.get("/tasks?page=2").await.expect(200);
        assert_eq!(titles(&second), ["Task 1", "Task 0"]);
        assert_eq!(second.json["meta"]["pagination"]["links"], json!({}));
        let all = admin.get("/tasks?without_pagination=true").await.expect(200);
        assert_eq!(titles(&all).len(), 12);
        assert_eq!(all.json["meta"]["pagination"]["total"], 12);
        let again = admin.with_header("if-none-match", first.header("etag"));
        again.get("/tasks").await.expect(304);
        create(&admin, &body(&[], &[])).await;
        again.get("/tasks").await.expect(200);
        assert_eq!(titles(&admin.get("/tasks?page=9").await.expect(200)), Vec::<&str>::new());
        let empty = app.client_of(&app.other, Role::Admin).get("/tasks?without_pagination=1").await.expect(200);
        assert_eq!(empty.json["meta"]["pagination"]["total"], 0);
    }

    async fn filters_sorts_and_includes(app) {
        let admin = app.admin();
        let (me, other) = (id(app, Role::Admin), id(app, Role::Standard));
        create(&admin, &body_with(&[me], &["ann@client.example"], &json!({"title": "Alpha", "summary": "S"}))).await;
        create(&admin, &body_with(&[other], &[], &json!({"title": "Beta", "deadline": "2025-05-15 13:00:00"}))).await;
        let gamma = create(&admin, &body_with(&[], &[], &json!({"title": "Gamma", "deadline": "2025-05-01"}))).await;
        let delta = create(&admin, &body_with(&[me], &[], &json!({"title": "Delta"}))).await;
        complete(&admin, &delta, &json!({})).await.expect(200);
        for (query, expected) in [
            ("sort=-newest", vec!["Alpha", "Beta", "Gamma", "Delta"]),
            ("sort_by=deadline", vec!["Gamma", "Beta", "Alpha", "Delta"]),
            ("status=active", vec!["Gamma", "Beta", "Alpha"]),
            ("status=completed", vec!["Delta"]),
            ("status=overdue", vec!["Gamma"]),
            ("status=due_soon", vec!["Beta"]),
            ("q=ALPHA", vec!["Alpha"]),
            (&format!("owners={other}"), vec!["Beta"]),
            ("guests=ann@client.example", vec!["Alpha"]),
            ("assignee=me&status=all", vec!["Delta", "Alpha"]),
            ("unassigned=true", vec!["Gamma"]),
            ("deadline_on=2025-05-15", vec!["Beta"]),
            ("deadline_before=2025-05-15", vec!["Gamma"]),
            ("created=2025-05-15:2025-05-15&status=completed", vec!["Delta"]),
            ("created=:2025-05-14", vec![]),
            ("tag=x", vec![]),
            ("is_oneoff=false", vec![]),
        ] {
            let answer = admin.get(&format!("/tasks?{query}")).await.expect(200);
            assert_eq!(titles(&answer), expected, "{query}");
            assert_eq!(answer.json["meta"]["pagination"]["total"], expected.len(), "{query}");
        }
        for (query, field) in [
            ("status=odd", "status"), ("owners=x", "owners"), ("sort=title", "sort"), ("per_page=0", "per_page"),
            ("deadline_on=x", "deadline_on"), ("created=x", "created"), ("archived=x", "archived"),
        ] {
            assert_eq!(admin.get(&format!("/tasks?{query}")).await.expect(422).faults(), [field], "{query}");
        }
        let plain = admin.get("/tasks?q=alpha").await.expect(200);
        assert_eq!(plain.data()[0].get("summary"), None);
        let with = admin.get("/tasks?q=alpha&with=summary,form_fields,nonsense").await.expect(200);
        assert_eq!(with.data()[0]["summary"], "S");
        assert_eq!(with.data()[0]["form_fields"], json!({"data": []}));
        admin.delete(&gamma).await.expect(204);
        assert_eq!(titles(&admin.get("/tasks?archived=only").await.expect(200)), ["Gamma"]);
        assert_eq!(titles(&admin.get("/tasks?archived=true&status=active").await.expect(200)).len(), 3);
    }

    async fn each_person_has_a_list(app) {
        let admin = app.admin();
        let (me, other) = (id(app, Role::Admin), id(app, Role::Standard));
        let mine = create(&admin, &body_with(&[me], &["ann@client.example"], &json!({"title": "Mine"}))).await;
        create(&admin, &body_with(&[other], &["ann@client.example"], &json!({"title": "Theirs", "top_secret": true}))).await;
        assert_eq!(titles(&admin.get("/me/tasks").await.expect(200)), ["Mine"]);
        assert_eq!(titles(&admin.get(&format!("/users/{other}/tasks")).await.expect(200)), ["Theirs"]);
        let guest = admin.get("/guests/ann@client.example").await.expect(200);
        let code = guest.data()["id"].as_str().unwrap();
        assert_eq!(titles(&admin.get(&format!("/guests/{code}/tasks")).await.expect(200)), ["Theirs", "Mine"]);
        assert_eq!(titles(&admin.get("/guests/ANN%40client.example/tasks").await.expect(200)).len(), 2);
        complete(&admin, &mine, &json!({})).await.expect(200);
        assert_eq!(titles(&admin.get("/me/tasks").await.expect(200)), Vec::<&str>::new());
        assert_eq!(titles(&admin.get("/me/tasks?status=all").await.expect(200)), ["Mine"]);
        assert_eq!(titles(&admin.get(&format!("/users/{me}/tasks")).await.expect(200)), ["Mine"]);
        for nobody in ["/users/999999/tasks", "/users/x/tasks", "/guests/nobody@client.example/tasks", "/guests/x/tasks"] {
            admin.get(nobody).await.expect(404);
        }
        let stranger = app.other.member(Role::Admin).get();
        admin.get(&format!("/users/{stranger}/tasks")).await.expect(404);
    }
}
