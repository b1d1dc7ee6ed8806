//! Who may do what: every operation of the OpenAPI document, tried by every
//! role, from another organization and without a token. What an operation acts on
//! is made in [`ready`].

mod ready;

use hospes_model::member::Role;
use hospes_store::tokens;
use hospes_testing::{TestApp, both, operations};
use jiff::SignedDuration;

pub(crate) use ready::{Ready, prepare};

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
