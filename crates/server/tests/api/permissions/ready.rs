//! Requests that would succeed, each with something of its own to act on.

use hospes_model::SessionId;
use hospes_model::activity::Cause;
use hospes_model::guest::Presence;
use hospes_model::member::Role;
use hospes_model::workplace::links::Proof;
use hospes_store::guests::{self, GuestRef};
use hospes_store::tokens;
use hospes_store::workplace::sessions;
use hospes_testing::{Answer, Client, TestApp, Value, json};
use reqwest::Method;

use super::is_upload;
use crate::assets::{PDF, multipart};
use crate::templates;

/// A request that would succeed for somebody who may send it.
pub(crate) struct Ready {
    pub(crate) method: Method,
    /// Below the organization, or below the root with `//` in front.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// Makes a process that everybody has work in, and what an operation about it
/// needs.
async fn prepare_run(app: &TestApp, email: &str, method: &str, template: &str) -> Ready {
    let admin = app.admin();
    let named = hospes_model::workflow::People::members(Role::ALL.iter().map(|role| app.acme.member(*role)));
    let made = crate::runs::template_with(app, hospes_model::template::Settings::default(), named).await;
    let everyone: Vec<i64> = Role::ALL.iter().map(|role| app.acme.member(*role).get()).collect();
    let owners = json!({"owners": {"users": everyone, "guests": [email]}});
    let launch = json!({"tasks": {&made.steps[0]: owners, &made.steps[1]: owners}});
    let run = made.launch(&admin, &launch).await;
    let completing = json!({"task_id": run.tasks[1], "is_approved": true});
    let completed = format!("{}/completed-tasks", run.path);
    match (method, template.rsplit('/').next().unwrap()) {
        ("PUT", "activate") | ("DELETE", "delete") => drop(admin.delete(&run.path).await.expect(200)),
        ("POST", "complete-prerun") => {
            admin.delete(&format!("{}/complete-prerun", run.path)).await.expect(200);
        }
        ("DELETE", "{task}") => drop(admin.post(&completed, &completing).await.expect(200)),
        _ => {}
    }
    let values = async || {
        let fields = app.admin().get(&format!("{}/form-fields", run.path)).await;
        json!({"id": fields.json["data"]["form_fields"][0]["id"], "form_value": "Cell"})
    };
    let (body, task) = match (method, template.rsplit('/').next().unwrap()) {
        ("POST", "runs") => (Some(made.body(&json!({}))), 0),
        ("PUT", "{run}") => (Some(json!({"name": "Other cell"})), 0),
        ("PUT", "{task}") => (Some(json!({"taskdata": {&made.note: "Cell"}})), 0),
        ("POST", "completed-tasks") => (Some(completing), 1),
        (_, "value") => (Some(values().await), 0),
        _ => (None, 1),
    };
    let path = template.replace("/runs/{run}", &run.path).replace("{task}", &run.tasks[task]);
    let path = path.replace("{guest}", email).replace("/organizations/{org}", "");
    Ready { method: method.parse().unwrap(), path, body }
}

/// Makes a task that everybody is on, and a file of it.
async fn prepare_file(app: &TestApp, method: &str, template: &str) -> Ready {
    let admin = app.admin();
    let everyone: Vec<i64> = Role::ALL.iter().map(|role| app.acme.member(*role).get()).collect();
    let task = json!({
        "title": "Cell", "task_type": "task", "deadline": "2025-06-01 12:00:00",
        "owners": {"users": everyone, "guests": [], "groups": []},
        "form_fields": [{"label": "Cell", "field_type": "file"}],
    });
    let made = admin.post("/tasks?with=form_fields", &task).await.expect(201);
    let field = &made.data()["form_fields"]["data"][0]["id"];
    let body = json!({"subject_type": "Task", "subject_id": made.data()["id"], "uploaded_from": field});
    let upload = Ready { method: Method::POST, path: "/assets".to_owned(), body: Some(body) };
    let path = template.strip_prefix("/organizations/{org}").unwrap();
    if is_upload(method, template) {
        return Ready { path: path.to_owned(), ..upload };
    }
    let asset = upload.send(&admin).await.expect(200);
    let path = path.replace("{asset}", asset.data()["id"].as_str().unwrap());
    Ready { method: method.parse().unwrap(), path, body: None }
}

/// Signs a guest in, past the entrance, and returns the session's id.
async fn begin_session(app: &TestApp, email: &str, number: usize) -> String {
    let (org, guest, now) = (app.acme.no, GuestRef::parse(email).unwrap(), app.app.clock.now());
    let id = SessionId::new(number as u64, [7; 10]);
    let new = sessions::New {
        id,
        hash: tokens::hash(email),
        proof: Proof::Link,
        device: "a browser".to_owned(),
        presence: Presence::default(),
        replaces: None,
    };
    let cause = Cause { actor: None, guest: None, at: now, ip: None, request_id: "test".to_owned() };
    app.with_store(move |tx| {
        let guest = guests::find(tx, org, &guest)?.expect("a guest");
        sessions::begin(tx, &guest, &new, &cause)
    })
    .await;
    id.to_string()
}

/// Makes what an operation is about, afresh for every `number`.
pub(crate) async fn prepare(app: &TestApp, number: usize, method: &str, template: &str) -> Ready {
    if ["comment", "/problem", "/resolved-threads"].iter().any(|part| template.contains(part)) {
        return crate::comments::prepare(app, method, template).await;
    }
    if template.contains("/runs") || template.contains("/form-field/") {
        return prepare_run(app, &format!("guest{number}@cell.example"), method, template).await;
    }
    if template.contains("/assets") || template.contains("/file") || template.ends_with("/upload") {
        return prepare_file(app, method, template).await;
    }
    let admin = app.admin();
    if template.contains("/checklists") {
        return templates::prepare(app, method, template).await;
    }
    let email = format!("guest{number}@cell.example");
    let mut path = template.replace("{guest}", &email);
    if template.contains("{guest}") {
        admin.post("/guests", &json!({"email": email})).await.expect(201);
    }
    if template.contains("/sessions") {
        path = path.replace("{session}", &begin_session(app, &email, number).await);
    }
    if template.contains("{guest}") && template.ends_with("/enable") {
        admin.delete(&format!("/guests/{email}/disable")).await.expect(200);
    }
    let everyone: Vec<i64> = Role::ALL.iter().map(|role| app.acme.member(*role).get()).collect();
    let task = json!({
        "title": "Cell", "task_type": "task", "deadline": "2025-06-01 12:00:00",
        "owners": {"users": everyone, "guests": [], "groups": []},
        "form_fields": [{"label": "Cell", "field_type": "text"}],
    });
    let mut body = None;
    if template.contains("{task}") || (method == "POST" && template.ends_with("/completed-tasks")) {
        let made = admin.post("/tasks?with=form_fields", &task).await.expect(201);
        let id = made.data()["id"].as_str().unwrap();
        path = path.replace("{task}", id);
        let completing = json!({"task_id": id});
        if method == "DELETE" && template.contains("/completed-tasks/") {
            admin.post("/completed-tasks", &completing).await.expect(200);
        }
        if template.ends_with("/restore") {
            admin.delete(&format!("/tasks/{id}")).await.expect(204);
        }
        body = (method == "POST").then_some(completing);
        if template.ends_with("/captures") {
            body = Some(json!({"id": made.data()["form_fields"]["data"][0]["id"], "value": "Cell"}));
        }
        if template.ends_with("/clone") {
            body = Some(json!({"title": "Other cell"}));
        }
    }
    if template.contains("{group}") {
        let made = admin.post("/groups", &json!({"name": format!("Cell {number}")})).await.expect(201);
        path = path.replace("{group}", made.data()["id"].as_str().unwrap());
    }
    if template.contains("/{user}/")
        || template.ends_with("/users/{user}")
        || template == "/invitations/accept"
    {
        let invitation = json!({"email": email, "name": format!("Cell {number}"), "role": "light"});
        if method != "GET" {
            // Whom a standard member has invited nobody has approved of yet.
            let by = if template.ends_with("/approve") { app.client(Role::Standard) } else { admin.clone() };
            let made = by.post("/users/invite", &invitation).await.expect(200);
            let user = made.data()["id"].as_i64().unwrap();
            path = path.replace("{user}", &user.to_string());
            if template.ends_with("/enable") || template.ends_with("/delete") {
                admin.delete(&format!("/users/{user}/disable")).await.expect(200);
            }
            if template == "/invitations/accept" {
                let link =
                    admin.post(&format!("/users/{user}/invitation-link"), &json!({})).await.expect(200);
                body = Some(json!({"secret": link.data()["secret"]}));
            }
        }
    }
    match (method, template.rsplit('/').next().unwrap()) {
        ("POST", "invite") => body = Some(json!({"email": email, "name": "Cell", "role": "light"})),
        ("POST", "member") => body = Some(json!({"role": "light"})),
        ("PUT", "role") => body = Some(json!({"role": "standard"})),
        ("PUT", "{user}") => body = Some(json!({"first_name": "Other"})),
        ("POST", "guests") => body = Some(json!({"email": email})),
        ("POST", "tasks") => body = Some(task),
        ("PUT", "email") => body = Some(json!({"email": format!("moved{number}@cell.example")})),
        ("PUT", "preferences") => body = Some(json!({"muted": ["comments"]})),
        ("PUT", "{guest}") => body = Some(json!({"first_name": "Cell"})),
        ("PUT", "{org}") | ("POST", "groups") => body = Some(json!({"name": format!("Cell {number}")})),
        ("PUT", "{group}") => body = Some(json!({"description": "Cell"})),
        ("PUT", "{task}") => body = Some(json!({"title": "Other cell"})),
        _ => {}
    }
    let path = path.replace("{user}", &app.acme.member(Role::Standard).to_string());
    let path = match path.strip_prefix("/organizations/{org}") {
        Some(below) => below.to_owned(),
        None => format!("/{path}"),
    };
    Ready { method: method.parse().unwrap(), path, body }
}

impl Ready {
    pub(crate) async fn send(&self, client: &Client) -> Answer {
        if let Some(Value::Object(fields)) =
            self.body.as_ref().filter(|_| is_upload(self.method.as_str(), &self.path))
        {
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            let (kind, body) = multipart(&fields, &[("name", "cell.pdf", PDF)]);
            return client.send_bytes(self.method.clone(), &self.path, Some(body), &kind).await;
        }
        client.send(self.method.clone(), &self.path, self.body.as_ref()).await
    }
}
