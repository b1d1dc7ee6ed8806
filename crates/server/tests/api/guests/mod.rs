//! Guests.

mod create;
mod disable;
mod email;
mod enable;
mod links;
mod list;
mod read;
mod remove;
mod short_list;
mod update;

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, json};

/// Creates a guest and returns the answer's `data`.
pub(crate) async fn create(client: &Client, email: &str) -> Value {
    create_with(client, &json!({"email": email})).await
}

/// The same with a whole body.
pub(crate) async fn create_with(client: &Client, body: &Value) -> Value {
    client.post("/guests", body).await.expect(201).data().clone()
}

/// The path of a guest.
pub(crate) fn path(email: &str) -> String {
    format!("/guests/{email}")
}

/// A text with everything escaped that is not a letter or digit, for paths and
/// queries.
pub(crate) fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Creates an open task with these guests and returns its id.
pub(crate) async fn task(client: &Client, guests: &[&str]) -> String {
    let body = json!({
        "title": "Sign", "task_type": "task", "deadline": "2025-06-01 12:00:00",
        "owners": {"users": [], "guests": guests, "groups": []},
    });
    client.post("/tasks", &body).await.expect(201).data()["id"].as_str().unwrap().to_owned()
}

/// Callers who get nowhere in acme, with the status each is answered.
pub(crate) fn outsiders(app: &TestApp) -> Vec<(Client, u16)> {
    vec![
        (app.client_with(&app.acme, None), 401),
        (app.client_with(&app.acme, Some("unknown")), 401),
        (app.client_with(&app.acme, Some(app.other.token(Role::Admin))), 403),
    ]
}
