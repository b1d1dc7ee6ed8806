//! Comments and issues.

mod access;
mod change;
mod create;
mod guests;
mod issues;
mod pages;

use hospes_model::member::Role;
use hospes_model::template::Settings;
use hospes_model::workflow::People;
use hospes_testing::{Answer, Client, TestApp, Value, json};

use crate::permissions::Ready;
use crate::{runs, tasks, templates};

/// Makes a one-off task that everybody is on, and returns its path.
async fn task(app: &TestApp, guests: &[&str]) -> String {
    task_with(app, guests, &json!({})).await
}

async fn task_with(app: &TestApp, guests: &[&str], changes: &Value) -> String {
    let everyone: Vec<i64> = Role::ALL.iter().map(|role| member(app, *role)).collect();
    let made = app.admin().post("/tasks", &tasks::body_with(&everyone, guests, changes)).await.expect(201);
    format!("/tasks/{}", made.data()["id"].as_str().unwrap())
}

/// Launches a process that everybody is on, with these guests on the first task.
async fn process(app: &TestApp, guests: &[&str]) -> (runs::Template, runs::Run) {
    let named = People::members(Role::ALL.iter().map(|role| app.acme.member(*role)));
    let template = runs::template_with(app, Settings::default(), named).await;
    let everyone: Vec<i64> = Role::ALL.iter().map(|role| member(app, *role)).collect();
    let owners = json!({&template.steps[0]: {"owners": {"users": everyone, "guests": guests}}});
    let run = template.launch(&app.admin(), &json!({"tasks": owners})).await;
    (template, run)
}

fn member(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

/// Writes a comment.
async fn comment(client: &Client, path: &str, body: &Value) -> Answer {
    client.post(&format!("{path}/comment"), body).await
}

/// Reports an issue and returns its id.
async fn problem(client: &Client, path: &str) -> String {
    let made = client.post(&format!("{path}/problem"), &json!({"content": "It is stuck"})).await.expect(201);
    id(&made)
}

/// Resolves issues.
async fn resolve(client: &Client, path: &str, body: &Value) -> Answer {
    client.post(&format!("{path}/resolved-threads"), body).await
}

fn id(answer: &Answer) -> String {
    answer.data()["id"].as_str().unwrap().to_owned()
}

/// Makes what an operation about comments needs, for everybody who may.
pub(crate) async fn prepare(app: &TestApp, method: &str, template: &str) -> Ready {
    let admin = app.admin();
    let path = if template.contains("{task}") {
        task(app, &[]).await
    } else if template.contains("{run}") {
        process(app, &[]).await.1.path
    } else {
        let everyone: Vec<i64> = Role::ALL.iter().map(|role| member(app, *role)).collect();
        templates::make(&admin, &templates::sample_with("Cell", &json!({"users": everyone}))).await.path
    };
    let end = template.rsplit('}').next().unwrap();
    let (path, body) = match (method, end) {
        (_, "") => {
            let made = comment(&admin, &path, &json!({"content": "Cell"})).await.expect(201);
            let body = (method == "PUT").then(|| json!({"content": "Other cell"}));
            (format!("{path}/comment/{}", id(&made)), body)
        }
        (_, "/resolved-threads") => {
            let issue = problem(&admin, &path).await;
            (path + end, Some(json!({"content": "Cell", "thread_id": issue})))
        }
        _ => (path + end, Some(json!({"content": "Cell"}))),
    };
    Ready { method: method.parse().unwrap(), path, body }
}
