//! Lists of processes, and of tasks of both kinds.

use hospes_model::member::Role;
use hospes_testing::{Answer, both, json};

use super::{member, template};

fn ids(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

both! {
    async fn filters_sorts_and_pages(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let other = super::template(app).await;
        let acme = template.launch(&admin, &json!({"name": "Acme", "starred": true})).await;
        let zoo = other.launch(&admin, &json!({"name": "Zoo", "owner_id": member(app, Role::Standard)})).await;
        let put_away = template.launch(&admin, &json!({"name": "Mill"})).await;
        admin.delete(&put_away.path).await.expect(200);
        let list = async |query: &str| {
            let answer = admin.get(&format!("/runs?{query}")).await.expect(200);
            ids(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let only = |id: &String| vec![id.to_owned()];
        let (a, z, m) = (acme.id().to_owned(), zoo.id().to_owned(), put_away.id().to_owned());
        assert_eq!(list("").await, [z.as_str(), a.as_str()]);
        assert_eq!(list("sort=created_at").await, [a.as_str(), z.as_str()]);
        assert_eq!(list("sort=-name").await, [z.as_str(), a.as_str()]);
        assert_eq!(list("q=acm").await, only(&a));
        assert_eq!(list("starred=true").await, only(&a));
        assert_eq!(list("status=starred").await, only(&a));
        assert_eq!(list(&format!("checklist_id={}", other.id)).await, only(&z));
        assert_eq!(list(&format!("owners={}", member(app, Role::Standard))).await, only(&z));
        assert_eq!(list("archived=only").await, only(&m));
        assert_eq!(list("status=archived").await, only(&m));
        assert_eq!(list("archived=true").await.len(), 3);
        assert_eq!(list("without_pagination=true&sort=name").await, [a.as_str(), z.as_str()]);
        for nothing in ["tag=x", "folder=1", "checklist_id=x", "status=complete", "type=form"] {
            assert_eq!(list(nothing).await, Vec::<String>::new(), "{nothing}");
        }
        let page = admin.get("/runs?per_page=1&with=tasks,checklist").await.expect(200);
        let pagination = &page.json["meta"]["pagination"];
        assert_eq!((&pagination["total"], &pagination["has_more_pages"]), (&json!(2), &json!(true)));
        assert_eq!(page.data()[0]["tasks"]["data"].as_array().unwrap().len(), 2);
        assert_eq!(page.data()[0]["checklist"]["data"]["id"], other.id);
        let wrong = admin.get("/runs?status=x&sort=x&owners=x").await.expect(422);
        assert_eq!(wrong.faults(), ["owners", "sort", "status"]);
    }

    async fn lists_of_tasks_show_both_kinds(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let run = template.launch(&admin, &json!({})).await;
        let body = crate::tasks::body(&[member(app, Role::Admin)], &[]);
        let one_off = admin.post("/tasks", &body).await.expect(201);
        let one_off = one_off.data()["id"].as_str().unwrap();
        let list = async |path: &str| {
            let answer = admin.get(path).await.expect(200);
            let mut found: Vec<String> = ids(&answer).into_iter().map(str::to_owned).collect();
            found.sort();
            found
        };
        let sorted = |mut tasks: Vec<&str>| {
            tasks.sort_unstable();
            tasks.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let (first, second, hidden) = (run.tasks[0].as_str(), run.tasks[1].as_str(), run.tasks[2].as_str());
        assert_eq!(list("/tasks").await, sorted(vec![first, second, one_off]));
        assert_eq!(list("/me/tasks").await, sorted(vec![first, second, one_off]));
        assert_eq!(list("/tasks?is_oneoff=true").await, sorted(vec![one_off]));
        assert_eq!(list("/tasks?is_oneoff=false").await, sorted(vec![first, second]));
        assert_eq!(list("/tasks?q=acme").await, sorted(vec![first, second]));
        assert_eq!(list("/tasks?without_pagination=true").await.len(), 3);
        let tasks = format!("{}/tasks", run.path);
        let all = admin.get(&tasks).await.expect(200);
        assert_eq!(ids(&all), [first, second, hidden]);
        assert_eq!(all.data()[2]["status"], "auto-skipped");
        assert_eq!(ids(&admin.get(&format!("{tasks}?sort=-position")).await.expect(200)), [hidden, second, first]);
        assert_eq!(list(&format!("{tasks}?status=active_visible")).await, sorted(vec![first, second]));
        assert_eq!(list(&format!("{tasks}?status=auto-skipped")).await, sorted(vec![hidden]));
        let with = admin.get(&format!("{tasks}?with=run,step,threads,form_fields,summary")).await.expect(200);
        assert_eq!(with.data()[0]["run"]["data"]["id"], run.id());
        assert_eq!(with.data()[1]["step"]["data"]["step_type"], "approval");
        admin.get("/runs/0196d2f35a7c7b3e9d1c2f4a5b6c7d8e/tasks").await.expect(404);
    }
}
