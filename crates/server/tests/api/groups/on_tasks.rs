//! Groups on tasks: whoever is in them today is on the task.

use hospes_model::member::Role;
use hospes_testing::{Answer, both, json};

use super::{group, id, task};
use crate::tasks::{complete, stats};

fn owners(answer: &Answer) -> (Vec<i64>, Vec<&str>, usize) {
    let owners = &answer.data()["owners"];
    (
        owners["users"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect(),
        owners["guests"].as_array().unwrap().iter().map(|email| email.as_str().unwrap()).collect(),
        owners["groups"].as_array().unwrap().len(),
    )
}

both! {
    async fn a_group_with_too_many_people_is_not_assigned(app) {
        let admin = app.admin();
        let large = group(&admin, "Large", &[id(app, Role::Light), id(app, Role::Standard)], &["a@client.example"]).await;
        let small = group(&admin, "Small", &[id(app, Role::Light)], &["a@client.example"]).await;
        let path = task(&admin, &[&large], &json!({})).await;
        admin.put("", &json!({"maximum_group_assignment_limit": 2})).await.expect(200);
        let before = app.written().await;
        let owners = json!({"users": [], "guests": ["new@client.example"], "groups": [small, large]});
        let body = crate::tasks::body_with(&[], &[], &json!({"owners": owners}));
        let refused = admin.post("/tasks", &body).await.expect(422);
        assert_eq!(refused.faults(), ["owners.groups.1"]);
        let fault = format!("The group {large} has too many people to be assigned.");
        assert!(refused.json.to_string().contains(&fault), "{}", refused.json);
        assert_eq!(app.written().await, before);
        let other = task(&admin, &[&small], &json!({})).await;
        assert_eq!(admin.put(&other, &json!({"owners": owners})).await.expect(422).faults(), ["owners.groups.1"]);
        // One that is on the task already may stay, whoever came into it since.
        let read = admin.get(&path).await.expect(200);
        admin.put(&path, &json!({"title": "Other", "owners": read.data()["owners"]})).await.expect(200);
        admin.put(&path, &json!({"owners": {"groups": [large, small]}})).await.expect(200);
        admin.put(&path, &json!({"owners": {"groups": [small]}})).await.expect(200);
        admin.put(&path, &json!({"owners": {"groups": [large]}})).await.expect(422);
        admin.put("", &json!({"maximum_group_assignment_limit": 0})).await.expect(200);
        admin.put(&path, &json!({"owners": {"groups": [large]}})).await.expect(200);
    }

    async fn everybody_of_a_group_is_on_its_tasks(app) {
        let admin = app.admin();
        let (light, standard) = (id(app, Role::Light), id(app, Role::Standard));
        let sales = group(&admin, "Sales", &[light], &["a@client.example"]).await;
        let path = task(&admin, &[&sales], &json!({})).await;
        let read = admin.get(&path).await.expect(200);
        // Those who are there through the group alone are told by the group.
        assert_eq!(owners(&read), (vec![], vec![], 1));
        assert_eq!(read.data()["owners"]["groups"], json!([sales]));
        assert_eq!(stats(app, "a@client.example").await.0, 1);
        let mine = app.client(Role::Light).get("/me/tasks").await.expect(200);
        assert_eq!(mine.json["meta"]["pagination"]["total"], 1);
        let hers = admin.get("/guests/a@client.example/tasks").await.expect(200);
        assert_eq!(hers.json["meta"]["pagination"]["total"], 1);
        for (query, total) in [
            (format!("groups={sales}"), 1), ("groups=0123456789abcdef0123456789abcdef".to_owned(), 0),
            (format!("owners={light}"), 1), ("guests=a@client.example".to_owned(), 1), ("unassigned=true".to_owned(), 0),
        ] {
            let listed = admin.get(&format!("/tasks?{query}")).await.expect(200);
            assert_eq!(listed.json["meta"]["pagination"]["total"], total, "{query}");
        }
        admin.get("/tasks?groups=x").await.expect(422);
        // Who is sent back as read stays what they were.
        let echoed = admin.put(&path, &json!({"owners": read.data()["owners"]})).await.expect(200);
        assert_eq!(echoed.header("etag"), read.header("etag"));
        // Named beside the group as well, without losing it.
        let both = admin.put(&path, &json!({"owners": {"users": [light, standard], "groups": [sales]}})).await.expect(200);
        assert_eq!(owners(&both), (vec![standard.min(light), standard.max(light)], vec![], 1));
        assert_eq!(stats(app, "a@client.example").await.0, 1);
        let without = admin.put(&path, &json!({"owners": {"users": [standard]}})).await.expect(200);
        assert_eq!(owners(&without), (vec![standard], vec![], 0));
        assert_eq!(stats(app, "a@client.example").await.0, 0);
    }

    async fn a_group_s_change_moves_every_task_that_has_it(app) {
        let admin = app.admin();
        let (light, standard) = (id(app, Role::Light), id(app, Role::Standard));
        let sales = group(&admin, "Sales", &[light], &["a@client.example"]).await;
        let other = group(&admin, "Other", &[], &["a@client.example"]).await;
        let open = task(&admin, &[&sales], &json!({})).await;
        let done = task(&admin, &[&sales], &json!({})).await;
        let twice = task(&admin, &[&sales, &other], &json!({})).await;
        complete(&admin, &done, &json!({})).await.expect(200);
        app.client(Role::Light).get(&done).await.expect(200);
        let before = admin.get(&open).await.expect(200);
        let pages = admin.get("/guests?with=stats").await.expect(200);
        let change = json!({"members": [standard], "guests": ["b@client.example"]});
        admin.put(&format!("/groups/{sales}"), &change).await.expect(201);
        // Sight goes with today's membership, for complete tasks too.
        for path in [&open, &done, &twice] {
            app.client(Role::Light).get(path).await.expect(404);
        }
        let listed = admin.get(&format!("/users/{standard}/tasks")).await.expect(200);
        assert_eq!(listed.json["meta"]["pagination"]["total"], 3);
        assert_eq!((stats(app, "a@client.example").await.0, stats(app, "b@client.example").await.0), (1, 2));
        assert_ne!(admin.get(&open).await.expect(200).header("etag"), before.header("etag"));
        admin.with_header("if-none-match", pages.header("etag")).get("/guests?with=stats").await.expect(200);
        // Deleted, a group takes its people along.
        admin.delete(&format!("/groups/{sales}")).await.expect(204);
        let left = admin.get(&twice).await.expect(200);
        assert_eq!(left.data()["owners"]["groups"], json!([other]));
        assert_eq!(owners(&admin.get(&open).await.expect(200)), (vec![], vec![], 0));
        assert_eq!((stats(app, "a@client.example").await.0, stats(app, "b@client.example").await.0), (1, 0));
    }

    async fn a_guest_is_never_left_alone(app) {
        let (admin, standard) = (app.admin(), app.client(Role::Standard));
        let light = id(app, Role::Light);
        let guests = group(&admin, "Guests", &[], &["a@client.example"]).await;
        let lonely = admin.post("/tasks", &crate::tasks::body_with(&[], &[], &json!({"owners": {"groups": [guests]}}))).await.expect(201);
        assert_eq!(owners(&lonely).0, [id(app, Role::Admin)]);
        assert_eq!(lonely.json["warnings"].as_array().unwrap().len(), 1);
        let sales = group(&admin, "Sales", &[light], &["a@client.example"]).await;
        let (one, two) = (task(&admin, &[&sales], &json!({})).await, task(&admin, &[&sales], &json!({})).await);
        let emptied = standard.put(&format!("/groups/{sales}"), &json!({"members": []})).await.expect(201);
        let sentence = format!("Member {} was added to 2 tasks: a task with a guest always has a member too.", id(app, Role::Standard));
        assert_eq!(emptied.json["warnings"], json!([sentence]));
        for path in [&one, &two] {
            assert_eq!(owners(&admin.get(path).await.expect(200)).0, [id(app, Role::Standard)]);
        }
        let event = app.events(&app.acme).await.pop().unwrap();
        assert!(event.text.ends_with(&sentence), "{}", event.text);
        // A guest who comes with a group gets a member as well.
        let empty = group(&admin, "Empty", &[], &[]).await;
        let nobody = task(&admin, &[&empty], &json!({})).await;
        assert_eq!(owners(&admin.get(&nobody).await.expect(200)).0, Vec::<i64>::new());
        admin.put(&format!("/groups/{empty}"), &json!({"guests": ["a@client.example"]})).await.expect(201);
        assert_eq!(owners(&admin.get(&nobody).await.expect(200)).0, [id(app, Role::Admin)]);
    }

    async fn a_completed_part_outlives_the_group(app) {
        let admin = app.admin();
        let light = id(app, Role::Light);
        let sales = group(&admin, "Sales", &[light, id(app, Role::Standard)], &["a@client.example"]).await;
        let path = task(&admin, &[&sales], &json!({"everyone_must_complete": true})).await;
        complete(&app.client(Role::Light), &path, &json!({})).await.expect(200);
        complete(&admin, &path, &json!({"override_guest": "a@client.example"})).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200).data()["completion_progress"], json!({"complete": 2, "total": 3}));
        let before = stats(app, "a@client.example").await;
        assert_eq!(before.1, 1);
        admin.put(&format!("/groups/{sales}"), &json!({"members": [], "guests": []})).await.expect(201);
        let left = admin.get(&path).await.expect(200);
        assert_eq!(owners(&left), (vec![light], vec!["a@client.example"], 1));
        assert_eq!(left.data()["completion_progress"], json!({"complete": 2, "total": 2}));
        assert_eq!(stats(app, "a@client.example").await, before);
        app.client(Role::Light).get(&path).await.expect(200);
    }

    async fn people_count_and_not_groups(app) {
        let admin = app.admin();
        let sales = group(&admin, "Sales", &[id(app, Role::Light), id(app, Role::Standard)], &["a@client.example"]).await;
        let body = |most| crate::tasks::body_with(&[], &[], &json!({"owners": {"groups": [sales]}, "max_assignable": most}));
        assert_eq!(admin.post("/tasks", &body(2)).await.expect(422).faults(), ["owners"]);
        admin.post("/tasks", &body(3)).await.expect(201);
        let unknown = json!({"owners": {"groups": ["x", "0123456789abcdef0123456789abcdef", 7]}});
        let refused = admin.post("/tasks", &crate::tasks::body_with(&[], &[], &unknown)).await.expect(422);
        assert_eq!(refused.faults(), ["owners.groups.0", "owners.groups.1", "owners.groups.2"]);
    }
}
