//! One-off tasks.

mod access;
mod change;
mod complete;
mod create;
mod lists;
mod separate;

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, json};

/// The body of a task for these people, due in a week.
pub(crate) fn body(users: &[i64], guests: &[&str]) -> Value {
    json!({
        "title": "Send the contract", "task_type": "task", "deadline": "2025-05-22 12:00:00",
        "owners": {"users": users, "guests": guests, "groups": []},
    })
}

/// The same with other values for some keys.
pub(crate) fn body_with(users: &[i64], guests: &[&str], changes: &Value) -> Value {
    let mut body = body(users, guests);
    for (key, value) in changes.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

/// Creates a task and returns its path.
async fn create(client: &Client, body: &Value) -> String {
    let made = client.post("/tasks", body).await.expect(201);
    format!("/tasks/{}", made.data()["id"].as_str().expect("an id"))
}

/// The id at the end of a path.
fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn id(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

/// Completes a task, with more keys in the body.
pub(crate) async fn complete(client: &Client, path: &str, more: &Value) -> hospes_testing::Answer {
    let mut body = json!({"task_id": id_of(path)});
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    client.post("/completed-tasks", &body).await
}

/// A guest's counters: active, completed one-off tasks, and the newest of them.
pub(crate) async fn stats(app: &TestApp, email: &str) -> (i64, i64, Value) {
    let guest = app.admin().get(&format!("/guests/{email}?with=stats")).await.expect(200);
    let stats = &guest.data()["stats"];
    let number = |name: &str| stats[name].as_i64().expect("a number");
    let last = stats["last_one_off_task_completed_at"].clone();
    (number("active_tasks"), number("one_off_tasks_completed"), last)
}
