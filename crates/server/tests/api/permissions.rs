//! Who may do what: every operation of the OpenAPI document, tried by every
//! role, from another organization and without a token.

use hospes_model::SessionId;
use hospes_model::activity::Cause;
use hospes_model::guest::Presence;
use hospes_model::member::Role;
use hospes_model::workplace::links::Proof;
use hospes_store::guests::{self, GuestRef};
use hospes_store::tokens;
use hospes_store::workplace::sessions;
use hospes_testing::{Answer, Client, TestApp, Value, both, json, operations};
use jiff::SignedDuration;
use reqwest::Method;

use crate::assets::{PDF, multipart};
use crate::templates;

/// Whom an operation lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Everybody, even without a token.
    Anyone,
    /// Whoever has a token; there is no organization in the path.
    AnyMember,
    /// Members of the organization in the path, whatever their role.
    Members,
    /// Its administrators and standard members.
    Writers,
    /// Its administrators.
    Admins,
}

use Allowed::{Admins, AnyMember, Anyone, Members, Writers};

/// Every operation. One without a row fails the test, and so does a row
/// without an operation.
pub(crate) const TABLE: &[(&str, &str, Allowed)] = &[
    ("GET", "/healthz", Anyone),
    ("GET", "/readyz", Anyone),
    ("GET", "/metrics", Anyone),
    ("GET", "/me", AnyMember),
    ("GET", "/me/organizations", AnyMember),
    ("GET", "/organizations/{org}", Members),
    ("PUT", "/organizations/{org}", Admins),
    ("GET", "/organizations/{org}/me", Members),
    ("GET", "/organizations/{org}/users", Members),
    ("GET", "/organizations/{org}/users-list", Members),
    ("POST", "/organizations/{org}/users/invite", Writers),
    ("GET", "/organizations/{org}/users/{user}", Members),
    ("PUT", "/organizations/{org}/users/{user}", Admins),
    ("DELETE", "/organizations/{org}/users/{user}", Admins),
    ("PUT", "/organizations/{org}/users/{user}/role", Admins),
    ("DELETE", "/organizations/{org}/users/{user}/disable", Admins),
    ("PUT", "/organizations/{org}/users/{user}/enable", Admins),
    ("PUT", "/organizations/{org}/users/{user}/approve", Admins),
    ("DELETE", "/organizations/{org}/users/{user}/delete", Admins),
    ("POST", "/organizations/{org}/users/{user}/invitation-link", Admins),
    ("PUT", "/organizations/{org}/users/{user}/to/guest", Admins),
    ("POST", "/invitations/accept", Anyone),
    ("GET", "/organizations/{org}/guests", Members),
    ("GET", "/organizations/{org}/guests-list", Members),
    ("POST", "/organizations/{org}/guests", Writers),
    ("GET", "/organizations/{org}/guests/{guest}", Members),
    ("PUT", "/organizations/{org}/guests/{guest}", Writers),
    ("PUT", "/organizations/{org}/guests/{guest}/email", Writers),
    ("DELETE", "/organizations/{org}/guests/{guest}", Admins),
    ("DELETE", "/organizations/{org}/guests/{guest}/disable", Admins),
    ("PUT", "/organizations/{org}/guests/{guest}/enable", Admins),
    ("POST", "/organizations/{org}/guests/{guest}/to/member", Admins),
    ("GET", "/organizations/{org}/guests/{guest}/sessions", Admins),
    ("DELETE", "/organizations/{org}/guests/{guest}/sessions", Admins),
    ("DELETE", "/organizations/{org}/guests/{guest}/sessions/{session}", Admins),
    ("PUT", "/organizations/{org}/guests/{guest}/reset-link", Admins),
    ("POST", "/organizations/{org}/guests/{guest}/copy-link", Writers),
    ("GET", "/organizations/{org}/guests/{guest}/tasks", Members),
    ("GET", "/organizations/{org}/tasks", Members),
    ("POST", "/organizations/{org}/tasks", Writers),
    ("GET", "/organizations/{org}/tasks/{task}", Members),
    ("PUT", "/organizations/{org}/tasks/{task}", Writers),
    ("DELETE", "/organizations/{org}/tasks/{task}", Writers),
    ("PUT", "/organizations/{org}/tasks/{task}/restore", Writers),
    ("DELETE", "/organizations/{org}/tasks/{task}/delete", Writers),
    ("POST", "/organizations/{org}/completed-tasks", Members),
    ("DELETE", "/organizations/{org}/completed-tasks/{task}", Members),
    ("GET", "/organizations/{org}/me/tasks", Members),
    ("GET", "/organizations/{org}/users/{user}/tasks", Members),
    ("GET", "/organizations/{org}/groups", Members),
    ("POST", "/organizations/{org}/groups", Writers),
    ("GET", "/organizations/{org}/groups/{group}", Members),
    ("PUT", "/organizations/{org}/groups/{group}", Writers),
    ("DELETE", "/organizations/{org}/groups/{group}", Writers),
    ("POST", "/organizations/{org}/assets", Members),
    ("POST", "/organizations/{org}/file", Members),
    ("POST", "/organizations/{org}/upload", Members),
    ("GET", "/organizations/{org}/assets/{asset}", Members),
    ("DELETE", "/organizations/{org}/assets/{asset}", Admins),
    ("GET", "/organizations/{org}/file/{asset}", Members),
    ("GET", "/organizations/{org}/file/{asset}/dl", Members),
    ("DELETE", "/organizations/{org}/file/{asset}", Admins),
    ("GET", "/organizations/{org}/activity-feeds", Members),
    ("POST", "/organizations/{org}/tasks/{task}/reminder", Writers),
    ("GET", "/organizations/{org}/guests/{guest}/mails", Members),
    ("GET", "/organizations/{org}/guests/{guest}/mail-status", Members),
    ("GET", "/organizations/{org}/guests/{guest}/preferences", Members),
    ("PUT", "/organizations/{org}/guests/{guest}/preferences", Writers),
    ("GET", "/organizations/{org}/checklists", Members),
    ("POST", "/organizations/{org}/checklists", Writers),
    ("GET", "/organizations/{org}/checklists/{checklist}", Members),
    ("PUT", "/organizations/{org}/checklists/{checklist}", Writers),
    ("DELETE", "/organizations/{org}/checklists/{checklist}", Writers),
    ("DELETE", "/organizations/{org}/checklists/{checklist}/delete", Admins),
    ("PUT", "/organizations/{org}/checklists/{checklist}/restore", Writers),
    ("PUT", "/organizations/{org}/checklists/{checklist}/publish", Writers),
    ("POST", "/organizations/{org}/checklists/{checklist}/clone", Writers),
    ("GET", "/organizations/{org}/checklists/{checklist}/form-fields", Members),
    ("DELETE", "/organizations/{org}/checklists/{checklist}/preruns/{field}", Writers),
    ("GET", "/organizations/{org}/checklists/{checklist}/steps", Members),
    ("POST", "/organizations/{org}/checklists/{checklist}/steps", Writers),
    ("GET", "/organizations/{org}/checklists/{checklist}/steps/{step}", Members),
    ("PUT", "/organizations/{org}/checklists/{checklist}/steps/{step}", Writers),
    ("DELETE", "/organizations/{org}/checklists/{checklist}/steps/{step}", Writers),
    ("POST", "/organizations/{org}/checklists/{checklist}/steps/{step}/clone", Writers),
    ("PUT", "/organizations/{org}/checklists/{checklist}/steps/{step}/reorder", Writers),
    ("POST", "/organizations/{org}/checklists/{checklist}/steps/{step}/captures", Writers),
    ("PUT", "/organizations/{org}/checklists/{checklist}/steps/{step}/captures", Writers),
    ("PUT", "/organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}", Writers),
    ("DELETE", "/organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}", Writers),
    ("PUT", "/organizations/{org}/checklists/{checklist}/steps/{step}/captures/{field}/move-out", Writers),
    ("GET", "/organizations/{org}/checklists/{checklist}/automated-actions", Members),
    ("POST", "/organizations/{org}/checklists/{checklist}/automated-actions", Writers),
    ("PUT", "/organizations/{org}/checklists/{checklist}/automated-actions/{rule}", Writers),
    ("DELETE", "/organizations/{org}/checklists/{checklist}/automated-actions/{rule}", Writers),
    ("POST", "/organizations/{org}/tasks/{task}/clone", Writers),
    ("POST", "/organizations/{org}/tasks/{task}/captures", Writers),
    ("PUT", "/organizations/{org}/form-field/value", Members),
    ("POST", "/organizations/{org}/guests/{guest}/form-field/value", Writers),
    ("GET", "/organizations/{org}/runs", Members),
    ("POST", "/organizations/{org}/runs", Members),
    ("GET", "/organizations/{org}/runs/{run}", Members),
    ("PUT", "/organizations/{org}/runs/{run}", Writers),
    ("DELETE", "/organizations/{org}/runs/{run}", Writers),
    ("PUT", "/organizations/{org}/runs/{run}/activate", Writers),
    ("DELETE", "/organizations/{org}/runs/{run}/delete", Admins),
    ("POST", "/organizations/{org}/runs/{run}/complete-prerun", Members),
    ("DELETE", "/organizations/{org}/runs/{run}/complete-prerun", Writers),
    ("POST", "/organizations/{org}/runs/{run}/export", Members),
    ("GET", "/organizations/{org}/runs/{run}/form-fields", Members),
    ("GET", "/organizations/{org}/runs/{run}/tasks", Members),
    ("GET", "/organizations/{org}/runs/{run}/tasks/{task}", Members),
    ("PUT", "/organizations/{org}/runs/{run}/tasks/{task}", Members),
    ("POST", "/organizations/{org}/runs/{run}/completed-tasks", Members),
    ("DELETE", "/organizations/{org}/runs/{run}/completed-tasks/{task}", Members),
    // The comments are an administrator's: their authors may change them too.
    ("POST", "/organizations/{org}/tasks/{task}/comment", Members),
    ("PUT", "/organizations/{org}/tasks/{task}/comment/{comment}", Admins),
    ("DELETE", "/organizations/{org}/tasks/{task}/comment/{comment}", Admins),
    ("POST", "/organizations/{org}/tasks/{task}/bot-comment", Members),
    ("POST", "/organizations/{org}/tasks/{task}/problem", Members),
    ("POST", "/organizations/{org}/tasks/{task}/resolved-threads", Members),
    ("POST", "/organizations/{org}/runs/{run}/comment", Members),
    ("PUT", "/organizations/{org}/runs/{run}/comment/{comment}", Admins),
    ("DELETE", "/organizations/{org}/runs/{run}/comment/{comment}", Admins),
    ("POST", "/organizations/{org}/runs/{run}/problem", Writers),
    ("POST", "/organizations/{org}/runs/{run}/resolved-threads", Writers),
    ("POST", "/organizations/{org}/checklists/{checklist}/comment", Members),
    ("PUT", "/organizations/{org}/checklists/{checklist}/comment/{comment}", Admins),
    ("DELETE", "/organizations/{org}/checklists/{checklist}/comment/{comment}", Admins),
    ("POST", "/organizations/{org}/checklists/{checklist}/problem", Members),
    ("POST", "/organizations/{org}/checklists/{checklist}/resolved-threads", Members),
];

/// The words after which one client signs its user out (`clients.md` 2).
const SIGN_OUT: [&str; 3] = ["token", "expired", "login"];

/// A request that would succeed for somebody who may send it.
pub(crate) struct Ready {
    pub(crate) method: Method,
    /// Below the organization, or below the root with `//` in front.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// Whether a route is part of the API, which is mounted twice, and not for
/// those who run the server.
pub(crate) fn is_api(template: &str) -> bool {
    template.starts_with("/invitations/")
        || template == "/me"
        || template.starts_with("/me/")
        || template.starts_with("/organizations/")
}

/// A path of an operation, about nothing that there is.
pub(crate) fn nowhere(app: &TestApp, template: &str) -> String {
    let path = template
        .replace("{org}", &app.acme.id.to_string())
        .replace("{guest}", "nobody@cell.example")
        .replace("{task}", &"0".repeat(32))
        .replace("{group}", &"0".repeat(32))
        .replace("{checklist}", &"0".repeat(32))
        .replace("{step}", &"0".repeat(32))
        .replace("{field}", &"0".repeat(32))
        .replace("{asset}", &"0".repeat(32))
        .replace("{rule}", &"0".repeat(32))
        .replace("{comment}", &"0".repeat(32))
        .replace("{run}", &"0".repeat(32))
        .replace("{user}", "999999");
    format!("/{path}")
}

/// Whether an operation takes a form of several parts, which is read as it
/// comes: it knows of no `Idempotency-Key`.
pub(crate) fn is_upload(method: &str, template: &str) -> bool {
    method == "POST" && ["/assets", "/file", "/upload"].iter().any(|end| template.ends_with(end))
}

/// The operations with which members change something.
pub(crate) fn changes() -> impl Iterator<Item = (&'static str, &'static str)> {
    // An export is asked for with POST and changes nothing.
    let changes = TABLE.iter().filter(|(method, path, allowed)| {
        *method != "GET" && *allowed != Anyone && !path.ends_with("/export") && !is_upload(method, path)
    });
    changes.map(|(method, template, _)| (*method, *template))
}

/// Whether an operation's answer holds a secret: it is not given again.
pub(crate) fn tells_a_secret(template: &str) -> bool {
    template.ends_with("/invitation-link")
}

/// The operations that read a body.
pub(crate) fn with_bodies() -> impl Iterator<Item = (&'static str, &'static str)> {
    changes()
        // Copies of steps read none, and those of templates read forms too.
        .filter(|(_, template)| !template.ends_with("/clone"))
        .filter(|(method, template)| {
            (*method == "POST"
                && !template.ends_with("/complete-prerun")
                && !template.ends_with("/reminder")
                && !template.ends_with("/copy-link")
                && !tells_a_secret(template))
                || template.ends_with("/users/{user}")
                || template.ends_with("/role")
                || template.contains("/steps/{step}")
                || template.ends_with("{checklist}")
                || template.ends_with("{rule}")
                || template.ends_with("{comment}")
                || template.ends_with("{run}")
                || template.ends_with("/value")
                || template.ends_with("{guest}")
                || template.ends_with("{task}")
                || template.ends_with("{group}")
                || template.ends_with("{org}")
                || template.ends_with("/email")
                || template.ends_with("/preferences")
        })
        .filter(|(method, _)| *method != "DELETE")
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

both! {
    async fn every_operation_lets_in_whom_it_should(app) {
        let mut number = 0;
        app.add_token(&app.acme, Role::Admin, "expired", SignedDuration::ZERO).await;
        let revoked = app.add_token(&app.acme, Role::Admin, "revoked", SignedDuration::from_hours(1)).await;
        let (org, now) = (app.acme.no, app.app.clock.now());
        app.with_store(move |tx| tokens::revoke(tx, org, revoked, now)).await.expect("a token");
        for (method, template, allowed) in TABLE {
            let cell = format!("{method} {template}");
            let mut ready = async || {
                number += 1;
                prepare(app, number, method, template).await
            };
            for role in Role::ALL {
                let request = ready().await;
                let before = app.written().await;
                let answer = request.send(&app.client(*role)).await;
                let may = match allowed {
                    Anyone | AnyMember | Members => true,
                    Writers => *role != Role::Light,
                    Admins => *role == Role::Admin,
                };
                if may {
                    assert!((200..300).contains(&answer.status), "{cell} as {role:?}: {}", answer.status);
                } else {
                    assert_eq!(answer.status, 403, "{cell} as {role:?}");
                    let message = answer.json["message"].as_str().unwrap().to_lowercase();
                    assert!(SIGN_OUT.iter().all(|word| !message.contains(word)), "{cell}: {message}");
                    assert_eq!(app.written().await, before, "{cell} as {role:?}");
                }
            }
            if *allowed == Anyone && *method != "GET" {
                // What is in the body says who may, and says it once.
                for token in [None, Some("unknown"), Some("expired"), Some("revoked")] {
                    ready().await.send(&app.client_with(&app.acme, token)).await.expect(200);
                }
                continue;
            }
            let request = ready().await;
            let before = app.written().await;
            let nobody = request.send(&app.client_with(&app.acme, None)).await;
            assert_eq!(nobody.status, if *allowed == Anyone { 200 } else { 401 }, "{cell} without a token");
            for token in ["unknown", "expired", "revoked"] {
                let answer = request.send(&app.client_with(&app.acme, Some(token))).await;
                assert_eq!(answer.status, nobody.status, "{cell} with an {token} token");
            }
            if matches!(allowed, Members | Writers | Admins) {
                for role in Role::ALL {
                    let foreign = app.client_with(&app.acme, Some(app.other.token(*role)));
                    let answer = request.send(&foreign).await.expect(403);
                    let nowhere = foreign.in_organization("0123456789abcdef0123456789abcdef");
                    assert_eq!(request.send(&nowhere).await.expect(403).bytes, answer.bytes, "{cell}");
                    let nonsense = foreign.in_organization("no-id");
                    assert_eq!(request.send(&nonsense).await.expect(403).bytes, answer.bytes, "{cell}");
                }
            }
            assert_eq!(app.written().await, before, "{cell} by outsiders");
        }
    }
}

#[test]
fn every_operation_has_a_row() {
    let mut documented = operations();
    let mut rows: Vec<(String, String)> =
        TABLE.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    documented.sort();
    rows.sort();
    let missing: Vec<_> = documented.iter().filter(|operation| !rows.contains(operation)).collect();
    assert!(missing.is_empty(), "operations without a row: {missing:?}");
    let stale: Vec<_> = rows.iter().filter(|row| !documented.contains(row)).collect();
    assert!(stale.is_empty(), "rows without an operation: {stale:?}");
    let count = rows.len();
    rows.dedup();
    assert_eq!(rows.len(), count, "an operation has two rows");
}
