//! Groups of members and guests.

mod change;
mod lists;
mod on_tasks;

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, json};

fn id(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

/// Makes a group and returns its id.
async fn group(client: &Client, name: &str, members: &[i64], guests: &[&str]) -> String {
    let body = json!({"name": name, "description": "d", "members": members, "guests": guests});
    client.post("/groups", &body).await.expect(201).data()["id"].as_str().unwrap().to_owned()
}

/// Makes a task for these groups alone, with more keys in the body, and returns
/// its path.
async fn task(client: &Client, groups: &[&str], more: &Value) -> String {
    let owners = json!({"users": [], "guests": [], "groups": groups});
    let mut changes = json!({"owners": owners});
    for (key, value) in more.as_object().unwrap() {
        changes[key] = value.clone();
    }
    let body = crate::tasks::body_with(&[], &[], &changes);
    let made = client.post("/tasks", &body).await.expect(201);
    format!("/tasks/{}", made.data()["id"].as_str().unwrap())
}
