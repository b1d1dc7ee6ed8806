//! Members: reading them, and their administration.

mod change;
mod convert;
mod in_processes;
mod invite;
mod leave;
mod read;

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, json};

fn id(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

/// Invites somebody as a standard member and returns the id.
async fn invite(client: &Client, email: &str) -> i64 {
    let body = json!({"email": email, "first_name": "Dora", "last_name": "Dean", "role": "standard"});
    client.post("/users/invite", &body).await.expect(200).data()["id"].as_i64().unwrap()
}

/// Hands out the secret of an invitation.
async fn secret(client: &Client, user: i64) -> String {
    let link = client.post(&format!("/users/{user}/invitation-link"), &json!({})).await.expect(200);
    link.data()["secret"].as_str().unwrap().to_owned()
}

/// Makes another active member, who came by an invitation, and returns the id
/// and somebody who acts as the member.
async fn join(app: &TestApp, email: &str) -> (i64, Client) {
    let user = invite(&app.admin(), email).await;
    let secret = secret(&app.admin(), user).await;
    let accepted =
        app.client_with(&app.acme, None).post("//invitations/accept", &json!({"secret": secret})).await;
    let token = accepted.expect(200).data()["token"].as_str().unwrap().to_owned();
    (user, app.client_with(&app.acme, Some(&token)))
}

/// Verb and text of the rows about a member, oldest first.
async fn told(app: &TestApp, user: i64) -> Vec<(String, String)> {
    let rows = app.events(&app.acme).await.into_iter();
    let rows = rows.filter(|row| row.entity == "user" && row.entity_id == user.to_string());
    rows.map(|row| (row.verb, row.text)).collect()
}

/// A member as administrators read them.
async fn user(app: &TestApp, user: i64) -> Value {
    app.admin().get(&format!("/users/{user}")).await.expect(200).data().clone()
}
