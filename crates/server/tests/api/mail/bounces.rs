//! Reports about mails that were sent.

use hospes_model::member::Role;
use hospes_testing::{Options, TestApp, Value, both, json};

use super::{delivered, told};
use crate::guests;
use crate::tasks::body;

const CARL: &str = "carl@client.example";
const TOKEN: &str = "a-token-for-mail-services";

fn with_token() -> Options {
    Options { bounce_token: Some(TOKEN.to_owned()), ..Options::default() }
}

/// Has Carl, who is looked after by the standard member, get a mail, and returns
/// its Message-ID.
async fn mailed(app: &TestApp) -> String {
    let standard = app.acme.member(Role::Standard).get();
    let known = app.admin().get(&guests::path(CARL)).await;
    if known.status == 404 {
        guests::create_with(&app.admin(), &json!({"email": CARL, "associated_members": [standard]})).await;
    }
    app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
    let mails = delivered(app).await;
    let mail = mails.iter().find(|mail| mail.to == CARL).unwrap();
    mail.headers.iter().find(|(name, _)| name == "Message-ID").unwrap().1.clone()
}

async fn unreachable_since(app: &TestApp) -> Value {
    let guest = app.admin().get(&guests::path(CARL)).await.expect(200);
    guest.data()["details"]["unreachable_since"].clone()
}

/// An answer's status and body.
struct Answered(u16, Value);

impl Answered {
    fn expect(self, status: u16) -> Self {
        assert_eq!(self.0, status, "{}", self.1);
        self
    }

    fn data(&self) -> &Value {
        &self.1["data"]
    }

    fn faults(&self) -> Vec<&str> {
        self.1["errors"].as_object().unwrap().keys().map(String::as_str).collect()
    }
}

async fn send(app: &TestApp, token: Option<&str>, kind: &str, body: Vec<u8>) -> Answered {
    let request =
        reqwest::Client::new().post(format!("{}/mail/bounces", app.base)).header("Content-Type", kind);
    let request = token.map_or(request.try_clone().unwrap(), |token| request.header("X-Bounce-Token", token));
    let answer = request.body(body).send().await.unwrap();
    Answered(answer.status().as_u16(), answer.json().await.unwrap())
}

async fn report(app: &TestApp, token: Option<&str>, body: &Value) -> Answered {
    send(app, token, "application/json", body.to_string().into_bytes()).await
}

both! {
    with with_token();

    async fn a_mail_that_came_back_marks_the_guest_and_tells_who_looks_after_them(app) {
        let id = mailed(app).await;
        let known = report(app, Some(TOKEN), &json!({"message_id": id, "kind": "hard", "reason": "No such\r\nuser"})).await.expect(200);
        assert_eq!(known.data(), &json!({"known": true}));
        assert_eq!(unreachable_since(app).await, "2025-05-15T10:00:02Z");
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [("standard@acme.example", "unreachable", "Mail to carl@client.example does not arrive")]);
        assert!(mails[0].text.contains("No such user"));
        let list = app.admin().get(&format!("{}/mails", guests::path(CARL))).await.expect(200);
        assert_eq!((&list.data()[0]["state"], &list.data()[0]["reason"]), (&json!("bounced"), &json!("No such user")));
        // Said twice, it is told once.
        report(app, Some(TOKEN), &json!({"message_id": id, "kind": "hard"})).await.expect(200);
        assert!(delivered(app).await.is_empty());
        let status = app.admin().get(&format!("{}/mail-status", guests::path(CARL))).await.expect(200);
        let codes: Vec<&str> = status.data()["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["bounced", "guest_unreachable"]);
        // A mail that arrives takes the mark away.
        let next = mailed(app).await;
        assert_ne!(unreachable_since(app).await, Value::Null, "to be taken is not to arrive");
        report(app, Some(TOKEN), &json!({"message_id": next, "kind": "delivered"})).await.expect(200);
        assert_eq!(unreachable_since(app).await, Value::Null);
        let texts: Vec<String> = app.events(&app.acme).await.into_iter().filter(|event| event.field.as_deref() == Some("unreachable_since")).map(|event| event.text).collect();
        assert_eq!(texts, ["Mail to guest carl@client.example does not arrive: No such user", "Mail to guest carl@client.example arrives again."]);
    }

    async fn what_came_back_for_the_time_being_counts_when_it_does_so_again_and_again(app) {
        guests::create(&app.admin(), CARL).await;
        for number in 1..=3 {
            assert_eq!(unreachable_since(app).await, Value::Null, "before number {number}");
            let id = mailed(app).await;
            report(app, Some(TOKEN), &json!({"message_id": id, "kind": "soft", "reason": "Mailbox full"})).await.expect(200);
        }
        assert_ne!(unreachable_since(app).await, Value::Null);
    }

    async fn whoever_calls_mails_unwanted_gets_none_but_reminders(app) {
        let id = mailed(app).await;
        report(app, Some(TOKEN), &json!({"message_id": id, "kind": "complaint"})).await.expect(200);
        let wishes = app.admin().get(&format!("{}/preferences", guests::path(CARL))).await.expect(200);
        assert_eq!(wishes.data()["muted"], json!(["tasks", "changes", "comments", "issues", "digest"]));
    }

    async fn reports_of_mail_servers_are_read_as_they_are(app) {
        let id = mailed(app).await;
        let dsn = format!(
            "From: MAILER-DAEMON@mx.example\r\nMIME-Version: 1.0\r\nMessage-ID: <own@mx.example>\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"bOuNd\"\r\n\r\n\
             --bOuNd\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; {CARL}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 Gone\r\n\r\n\
             --bOuNd\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {id}\r\nSubject: x\r\n\r\nHello\r\n--bOuNd--\r\n"
        );
        let of = |kind: &'static str, body: &str| send(app, Some(TOKEN), kind, body.as_bytes().to_vec());
        assert_eq!(of("message/rfc822", &dsn).await.expect(200).data(), &json!({"known": true}));
        assert_ne!(unreachable_since(app).await, Value::Null);
        // Without the headers, which say where parts end.
        let (_, parts) = dsn.split_once("\r\n\r\n").unwrap();
        of("multipart/report; boundary=\"bOuNd\"", parts).await.expect(200);
        let unknown = json!({"known": false});
        assert_eq!(of("message/rfc822", "Subject: Hi\r\n\r\nHello").await.expect(200).data(), &unknown);
        assert_eq!(of("multipart/report; boundary=\"other\"", parts).await.expect(200).data(), &unknown);
    }

    async fn nobody_reports_without_the_token(app) {
        let id = mailed(app).await;
        let body = json!({"message_id": id, "kind": "hard"});
        for wrong in [None, Some(""), Some("another-token-for-mail")] {
            report(app, wrong, &body).await.expect(403);
        }
        assert_eq!(unreachable_since(app).await, Value::Null);
        let unknown = report(app, Some(TOKEN), &json!({"message_id": "<nothing@x.example>", "kind": "hard"})).await.expect(200);
        assert_eq!(unknown.data(), &json!({"known": false}));
        for (wrong, faults) in [
            (json!({}), vec!["kind", "message_id"]), (json!({"message_id": id, "kind": "odd"}), vec!["kind"]),
            (json!({"message_id": 7, "kind": "hard"}), vec!["message_id"]),
        ] {
            assert_eq!(report(app, Some(TOKEN), &wrong).await.expect(422).faults(), faults);
        }
    }

    async fn a_report_about_an_address_that_was_left_says_nothing_of_the_new_one(app) {
        let id = mailed(app).await;
        let carla = "carla@client.example";
        app.admin().put(&format!("{}/email", guests::path(CARL)), &json!({"email": carla})).await.expect(200);
        report(app, Some(TOKEN), &json!({"message_id": id, "kind": "hard"})).await.expect(200);
        let guest = app.admin().get(&guests::path(carla)).await.expect(200);
        assert_eq!(guest.data()["details"]["unreachable_since"], Value::Null);
    }
}
