//! What members do and see: reminders, a guest's mails, why there was none, and
//! what a guest wants to be mailed.

use hospes_model::member::Role;
use hospes_testing::{Client, both, json};
use jiff::SignedDuration;

use super::{delivered, told};
use crate::guests;
use crate::runs::template;
use crate::tasks::{body, body_with, complete};

const CARL: &str = "carl@client.example";
const DORA: &str = "dora@client.example";

async fn task(client: &Client, users: &[i64], guests: &[&str]) -> String {
    let made = client.post("/tasks", &body(users, guests)).await.expect(201);
    made.data()["id"].as_str().unwrap().to_owned()
}

/// The codes of the reasons, and whether a mail went out.
async fn status(client: &Client, email: &str, task: Option<&str>) -> (bool, Vec<String>) {
    let query = task.map(|task| format!("?task={task}")).unwrap_or_default();
    let answer = client.get(&format!("{}/mail-status{query}", guests::path(email))).await.expect(200);
    let reasons = answer.data()["reasons"].as_array().unwrap();
    let codes = reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect();
    (answer.data()["mailed"].as_bool().unwrap(), codes)
}

both! {
    async fn a_reminder_goes_to_all_but_the_sender(app) {
        let admin = app.admin();
        let (me, other) = (app.acme.member(Role::Admin).get(), app.acme.member(Role::Standard).get());
        let id = task(&admin, &[me, other], &[CARL, DORA]).await;
        // What they chose does not keep it from them.
        let muted = json!({"muted": ["tasks", "changes", "comments", "issues", "digest"], "digest_days": []});
        admin.put(&format!("{}/preferences", guests::path(CARL)), &muted).await.expect(200);
        delivered(app).await;
        let reminded = admin.post(&format!("/tasks/{id}/reminder"), &json!({})).await.expect(200);
        assert_eq!(reminded.data(), &json!({"task_id": id, "guests": [CARL, DORA], "users": [other]}));
        let mails = delivered(app).await;
        let mut receivers = told(&mails);
        receivers.sort_unstable();
        assert_eq!(receivers, [
            (CARL, "reminder", "Reminder: Send the contract"), (DORA, "reminder", "Reminder: Send the contract"),
            ("standard@acme.example", "reminder", "Reminder: Send the contract"),
        ]);
        let to_carl = mails.iter().find(|mail| mail.to == CARL).unwrap();
        assert!(to_carl.text.contains("admin Acme asks for it"), "who is on the task is known: {}", to_carl.text);
        assert!(to_carl.headers.contains(&("Reply-To".to_owned(), "admin@acme.example".to_owned())));
        assert!(!to_carl.headers.iter().any(|(name, _)| name == "List-Unsubscribe"), "it cannot be switched off");
        let event = app.events(&app.acme).await.pop().unwrap();
        assert_eq!((event.verb.as_str(), event.field.as_deref(), event.actor), ("emitted", Some("reminder"), Some(me)));
    }

    async fn who_is_not_on_the_task_is_not_named(app) {
        let admin = app.admin();
        let id = task(&admin, &[app.acme.member(Role::Standard).get()], &[CARL]).await;
        delivered(app).await;
        admin.post(&format!("/tasks/{id}/reminder"), &json!({})).await.expect(200);
        let mails = delivered(app).await;
        let to_carl = mails.iter().find(|mail| mail.to == CARL).unwrap();
        assert!(!to_carl.text.contains("admin Acme") && !to_carl.headers.iter().any(|(name, _)| name == "Reply-To"));
    }

    async fn nobody_is_reminded_of_what_is_done_hidden_or_away(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let done = task(&admin, &[], &[CARL]).await;
        complete(&admin, &format!("/tasks/{done}"), &json!({})).await.expect(200);
        let away = task(&admin, &[], &[CARL]).await;
        admin.delete(&format!("/tasks/{away}")).await.expect(204);
        let people = json!({"owners": {"guests": [CARL]}});
        let run = template.launch(&admin, &json!({"tasks": {&template.steps[2]: people, &template.steps[1]: people}})).await;
        let mine = task(&admin, &[app.acme.member(Role::Admin).get()], &[]).await;
        delivered(app).await;
        let before = app.written().await;
        for id in [&done, &away, &run.tasks[2], &mine] {
            let refused = admin.post(&format!("/tasks/{id}/reminder"), &json!({})).await.expect(422);
            assert_eq!(refused.faults(), ["task"]);
        }
        admin.post(&format!("/tasks/{}/reminder", "0".repeat(32)), &json!({})).await.expect(404);
        admin.post("/tasks/nothing/reminder", &json!({})).await.expect(404);
        assert_eq!(app.written().await, before);
        assert!(delivered(app).await.is_empty());
        admin.post(&format!("/tasks/{}/reminder", run.tasks[1]), &json!({})).await.expect(200);
        assert_eq!(told(&delivered(app).await), [(CARL, "reminder", "Reminder: Approve")]);
        let standard = app.client(Role::Standard);
        let secret = body_with(&[], &[CARL], &json!({"top_secret": true}));
        let made = admin.post("/tasks", &secret).await.expect(201);
        let path = format!("/tasks/{}/reminder", made.data()["id"].as_str().unwrap());
        standard.post(&path, &json!({})).await.expect(404);
    }

    async fn a_repeated_reminder_with_a_key_is_one(app) {
        let admin = app.admin();
        let id = task(&admin, &[], &[CARL]).await;
        delivered(app).await;
        let same = admin.with_header("Idempotency-Key", "once");
        let first = same.post(&format!("/tasks/{id}/reminder"), &json!({})).await.expect(200);
        let again = same.post(&format!("/tasks/{id}/reminder"), &json!({})).await.expect(200);
        assert_eq!(first.json, again.json);
        assert_eq!(delivered(app).await.len(), 1);
    }

    async fn the_history_shows_what_became_of_each_mail(app) {
        let admin = app.admin();
        let id = task(&admin, &[], &[CARL]).await;
        let waiting = admin.get(&format!("{}/mails", guests::path(CARL))).await.expect(200);
        assert_eq!((&waiting.data()[0]["state"], &waiting.data()[0]["tries"]), (&json!("queued"), &json!(0)));
        delivered(app).await;
        admin.post(&format!("/tasks/{id}/reminder"), &json!({})).await.expect(200);
        admin.delete(&format!("/tasks/{id}")).await.expect(204);
        delivered(app).await;
        let list = admin.get(&format!("{}/mails?per_page=1", guests::path(CARL))).await.expect(200);
        assert_eq!(list.json["meta"]["pagination"]["total"], 2);
        assert_eq!(list.data()[0]["kind"], "reminder");
        assert_eq!((&list.data()[0]["state"], &list.data()[0]["reason"]), (&json!("dropped"), &json!("task_not_shown")));
        let second = admin.get(&format!("{}/mails?per_page=1&page=2", guests::path(CARL))).await.expect(200);
        assert_eq!(second.data()[0], json!({
            "id": 1, "kind": "tasks", "state": "sent", "reason": null, "address": CARL, "tries": 1,
            "next_try_at": null, "created_at": "2025-05-15T10:00:00Z", "settled_at": "2025-05-15T10:00:02Z",
            "tasks": [id],
        }));
        admin.get("/guests/nobody@client.example/mails").await.expect(404);
        assert_eq!(admin.get(&format!("{}/mails?page=x", guests::path(CARL))).await.expect(422).faults(), ["page"]);
        // Another organization knows nothing of it.
        guests::create(&app.client_of(&app.other, Role::Admin), CARL).await;
        let other = app.client_of(&app.other, Role::Admin).get(&format!("{}/mails", guests::path(CARL))).await.expect(200);
        assert_eq!(other.data(), &json!([]));
    }

    async fn why_a_guest_has_not_been_mailed_is_one_answer(app) {
        let admin = app.admin();
        guests::create(&admin, CARL).await;
        assert_eq!(status(&admin, CARL, None).await, (false, vec!["no_occasion".to_owned()]));
        let id = task(&admin, &[], &[CARL]).await;
        assert_eq!(status(&admin, CARL, Some(&id)).await, (false, vec!["waiting".to_owned()]));
        delivered(app).await;
        assert_eq!(status(&admin, CARL, Some(&id)).await, (true, vec![]));
        // A task that is somebody else's.
        let other = task(&admin, &[], &[DORA]).await;
        assert_eq!(status(&admin, CARL, Some(&other)).await, (false, vec!["not_assigned".to_owned()]));
        // What the guest switched off, and a hidden task.
        admin.put(&format!("{}/preferences", guests::path(CARL)), &json!({"muted": ["tasks"]})).await.expect(200);
        let silent = task(&admin, &[], &[CARL]).await;
        delivered(app).await;
        assert_eq!(status(&admin, CARL, Some(&silent)).await, (false, vec!["switched_off".to_owned()]));
        let template = template(app).await;
        let owners = json!({&template.steps[2]: {"owners": {"guests": [DORA]}}});
        let run = template.launch(&admin, &json!({"tasks": owners})).await;
        assert_eq!(status(&admin, DORA, Some(&run.tasks[2])).await, (false, vec!["task_not_shown".to_owned()]));
        admin.delete(&format!("{}/disable", guests::path(DORA))).await.expect(200);
        let (mailed, codes) = status(&admin, DORA, Some(&run.tasks[2])).await;
        assert_eq!((mailed, codes), (false, vec!["guest_disabled".to_owned(), "task_not_shown".to_owned()]));
        let path = format!("{}/mail-status", guests::path(CARL));
        admin.get(&format!("{path}?task={}", "0".repeat(32))).await.expect(404);
        assert_eq!(admin.get(&format!("{path}?task=x")).await.expect(422).faults(), ["task"]);
        admin.get("/guests/nobody@client.example/mail-status").await.expect(404);
    }

    async fn preferences_are_read_and_changed(app) {
        let admin = app.admin();
        guests::create(&admin, CARL).await;
        let path = format!("{}/preferences", guests::path(CARL));
        let nothing = json!({"language": null, "timezone": null, "digest_days": null, "muted": [], "quiet_hours": null});
        assert_eq!(admin.get(&path).await.expect(200).data(), &nothing);
        let all = json!({
            "language": "fr", "timezone": "Asia/Tokyo", "digest_days": ["monday"], "muted": ["comments", "tasks"],
            "quiet_hours": {"from": "21:30", "to": "06:00"},
        });
        let changed = admin.put(&path, &all).await.expect(200);
        let mut expected = all.clone();
        expected["muted"] = json!(["tasks", "comments"]);
        assert_eq!(changed.data(), &expected);
        assert_eq!(admin.get(&path).await.expect(200).data(), &expected);
        let guest = admin.get(&guests::path(CARL)).await.expect(200);
        assert_eq!(guest.data()["details"]["timezone"], "Asia/Tokyo");
        let before = app.written().await;
        admin.put(&path, &json!({"muted": ["tasks", "comments"]})).await.expect(200);
        assert_eq!(app.written().await, before, "what changes nothing writes nothing");
        let wrong = json!({"language": "xx", "muted": ["reminder"], "quiet_hours": {"from": "x", "to": "07:00"}});
        assert_eq!(admin.put(&path, &wrong).await.expect(422).faults(), ["language", "muted.0", "quiet_hours.from"]);
        assert_eq!(app.written().await, before);
        admin.put(&path, &json!({"language": null, "timezone": null, "digest_days": null, "muted": [], "quiet_hours": null})).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200).data(), &nothing);
    }

    async fn quiet_hours_put_mail_off_and_more_joins_it(app) {
        let admin = app.admin();
        guests::create(&admin, CARL).await;
        // It is noon in Berlin.
        let quiet = json!({"quiet_hours": {"from": "11:00", "to": "14:00"}, "digest_days": [], "language": "de"});
        admin.put(&format!("{}/preferences", guests::path(CARL)), &quiet).await.expect(200);
        let id = task(&admin, &[], &[CARL]).await;
        assert!(delivered(app).await.is_empty());
        assert_eq!(status(&admin, CARL, Some(&id)).await, (false, vec!["quiet_hours".to_owned()]));
        app.advance(SignedDuration::from_mins(90));
        task(&admin, &[], &[CARL]).await;
        assert!(delivered(app).await.is_empty());
        app.advance(SignedDuration::from_mins(30));
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "2 Aufgaben für Sie bei Acme")]);
        assert!(mails[0].html.contains("lang=\"de\"") && mails[0].text.contains("Guten Tag"));
    }
}
