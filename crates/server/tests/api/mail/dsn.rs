//! Reports of mail servers (RFC 3464) in the shapes that servers give them, taken
//! as a pipe hands them over.

use hospes_testing::{Options, TestApp, Value, both};

use super::delivered;
use crate::guests;
use crate::tasks::body;

const CARL: &str = "carl@client.example";
const TOKEN: &str = "a-token-for-mail-services";

fn with_token() -> Options {
    Options { bounce_token: Some(TOKEN.to_owned()), ..Options::default() }
}

/// A report as this server writes it, about the mail with this Message-ID.
struct Shape {
    server: &'static str,
    report: fn(&str) -> String,
    reason: &'static str,
}

/// Puts the parts of a report together.
fn multipart(head: &str, parts: &[(&str, &str)]) -> String {
    let parts: Vec<String> =
        parts.iter().map(|(kind, part)| format!("--=_b/1\n{kind}\n\n{part}\n")).collect();
    format!(
        "{head}\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"=_b/1\"\n\n\
         This is a MIME-encapsulated message.\n\n{}--=_b/1--\n",
        parts.concat()
    )
}

/// One that bounces on the same machine writes what its queue knows.
fn postfix(id: &str) -> String {
    multipart(
        "Return-Path: <>\nReceived: by mx.acme.example (Postfix)\n\tid 4ABCD12345; Thu, 15 May 2025 10:00:05 +0000 (UTC)\n\
         Date: Thu, 15 May 2025 10:00:05 +0000 (UTC)\nFrom: MAILER-DAEMON@mx.acme.example (Mail Delivery System)\n\
         Subject: Undelivered Mail Returned to Sender\nTo: tasks@hospes.example\nAuto-Submitted: auto-replied\n\
         Message-Id: <20250515100005.4ABCD12345@mx.acme.example>",
        &[
            (
                "Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii",
                "I'm sorry to have to inform you that your message could not be delivered.",
            ),
            (
                "Content-Description: Delivery report\nContent-Type: message/delivery-status",
                "Reporting-MTA: dns; mx.acme.example\nX-Postfix-Queue-ID: 4ABCD12345\n\
                 X-Postfix-Sender: rfc822; tasks@hospes.example\nArrival-Date: Thu, 15 May 2025 10:00:02 +0000 (UTC)\n\n\
                 Final-Recipient: rfc822; carl@client.example\nOriginal-Recipient: rfc822;carl@client.example\n\
                 Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.client.example\n\
                 Diagnostic-Code: smtp; 550 5.1.1 <carl@client.example>: Recipient address\n    rejected: User unknown\n",
            ),
            (
                "Content-Description: Undelivered Message Headers\nContent-Type: text/rfc822-headers",
                &format!(
                    "Return-Path: <tasks@hospes.example>\nReceived: from hospes (localhost [127.0.0.1])\n\
                          \tby mx.acme.example (Postfix)\nFrom: Acme <tasks@hospes.example>\nTo: carl@client.example\n\
                          Message-ID: {id}\nSubject: Send the contract\n"
                ),
            ),
        ],
    )
}

/// One that writes names of fields in its own order, and the copy in a part
/// without an empty line at its end.
fn exim(id: &str) -> String {
    multipart(
        "Return-path: <>\nEnvelope-to: tasks@hospes.example\nX-Failed-Recipients: carl@client.example\n\
         Auto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@mx.acme.example>\n\
         To: tasks@hospes.example\nReferences: <other@hospes.example>\n\
         Subject: Mail delivery failed: returning message to sender\nMessage-Id: <E1uFabc-0001Xy-2z@mx.acme.example>\n\
         Date: Thu, 15 May 2025 10:00:05 +0000",
        &[
            (
                "Content-type: text/plain; charset=us-ascii",
                "A message that you sent could not be delivered to all of its recipients.\n\n  carl@client.example\n    \
                 host mx.client.example [192.0.2.1]\n    550 Unrouteable address\n",
            ),
            (
                "Content-type: message/delivery-status",
                "Reporting-MTA: dns; mx.acme.example\n\nAction: failed\nFinal-Recipient: rfc822;carl@client.example\n\
                 Status: 5.0.0\nRemote-MTA: dns; mx.client.example\nDiagnostic-Code: smtp; 550 Unrouteable address\n",
            ),
            (
                "Content-type: message/rfc822",
                &format!(
                    "Return-path: <tasks@hospes.example>\nReceived: from hospes\n\tby mx.acme.example with esmtp\n\
                          Message-ID: {id}\nFrom: Acme <tasks@hospes.example>\nTo: carl@client.example\n\
                          Subject: Send the contract\nMIME-Version: 1.0\n\
                          Content-Type: multipart/alternative; boundary=\"inner\"\n\n--inner\nContent-Type: text/plain\n\nHello\n\
                          --inner--\n"
                ),
            ),
        ],
    )
}

/// One that says little in words and much in headers of its own.
fn exchange(id: &str) -> String {
    multipart(
        "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@client.example>\n\
         To: tasks@hospes.example\nDate: Thu, 15 May 2025 10:00:05 +0000\nContent-Language: en-US\n\
         Message-ID: <5f1c2d3e-0000-4000-8000-000000000000@EXCH01.client.example>\n\
         In-Reply-To: <elsewhere@hospes.example>\nSubject: Undeliverable: Send the contract\nAuto-Submitted: auto-replied",
        &[
            (
                "Content-Type: multipart/alternative; differences=Content-Type;\n\tboundary=\"inner\"",
                "--inner\nContent-Type: text/plain; charset=\"us-ascii\"\nContent-Transfer-Encoding: quoted-printable\n\n\
                 Delivery has failed to these recipients or groups:=20\n\n--inner\nContent-Type: text/html\n\n<p>Failed</p>\n--inner--\n",
            ),
            (
                "Content-Type: message/delivery-status",
                "Reporting-MTA: dns;EXCH01.client.example\nReceived-From-MTA: dns;mx.acme.example\n\
                 Arrival-Date: Thu, 15 May 2025 10:00:03 +0000\n\nFinal-Recipient: rfc822;carl@client.example\n\
                 Action: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not\n \
                 found by SMTP address lookup\nX-Display-Name: carl@client.example\n",
            ),
            (
                "Content-Type: message/rfc822",
                &format!(
                    "Received: from mx.acme.example (192.0.2.7) by\n EXCH01.client.example (10.0.0.1) with SMTP\n\
                          From: Acme <tasks@hospes.example>\nTo: \"carl@client.example\" <carl@client.example>\n\
                          Subject: Send the contract\nMessage-ID: {id}\nX-MS-Exchange-Organization-SCL: -1\n\nHello\n"
                ),
            ),
        ],
    )
}

/// One that puts pictures beside the words, and folds the Message-ID.
fn gmail(id: &str) -> String {
    multipart(
        "Received: by 2002:a05:0000:0000:b0:0:0:0 with SMTP id x\nReturn-Path: <>\nTo: tasks@hospes.example\n\
         From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nAuto-Submitted: auto-replied\n\
         X-Failed-Recipients: carl@client.example\nSubject: Delivery Status Notification (Failure)\n\
         In-Reply-To: <elsewhere@hospes.example>\nReferences: <elsewhere@hospes.example>\n\
         Message-ID: <6825a000.170a0220.12345@mx.google.com>\nDate: Thu, 15 May 2025 03:00:05 -0700 (PDT)",
        &[
            (
                "Content-Type: multipart/related; boundary=\"inner\"",
                "--inner\nContent-Type: text/plain; charset=\"UTF-8\"\n\n** Address not found **\n--inner\n\
                 Content-Type: image/png; name=\"icon.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--inner--\n",
            ),
            (
                "Content-Type: message/delivery-status",
                "Reporting-MTA: dns; googlemail.com\nReceived-From-MTA: dns; tasks@hospes.example\n\
                 Arrival-Date: Thu, 15 May 2025 03:00:04 -0700 (PDT)\nX-Original-Message-ID: <elsewhere@hospes.example>\n\n\
                 Final-Recipient: rfc822; carl@client.example\nAction: failed\nStatus: 5.1.1\n\
                 Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.9, the server for the domain client.example.)\n\
                 Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.\n \
                 550 5.1.1 NoSuchUser\nLast-Attempt-Date: Thu, 15 May 2025 03:00:05 -0700 (PDT)\n",
            ),
            (
                "Content-Type: message/rfc822",
                &format!(
                    "X-Received: by 2002:a05 with SMTP id y;\n        Thu, 15 May 2025 03:00:04 -0700 (PDT)\n\
                          From: Acme <tasks@hospes.example>\nTo: carl@client.example\nMessage-ID:\n {id}\n\
                          Subject: Send the contract\n\n----- Message truncated -----\n"
                ),
            ),
        ],
    )
}

const SHAPES: [Shape; 4] = [
    Shape { server: "Postfix", report: postfix, reason: "Recipient address rejected: User unknown" },
    Shape { server: "Exim", report: exim, reason: "Unrouteable address" },
    Shape { server: "Exchange", report: exchange, reason: "RESOLVER.ADR.RecipientNotFound" },
    Shape { server: "Gmail", report: gmail, reason: "NoSuchUser" },
];

/// Has Carl get a mail, and returns its Message-ID.
async fn mailed(app: &TestApp) -> String {
    app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
    let mails = delivered(app).await;
    let mail = mails.iter().find(|mail| mail.to == CARL).unwrap();
    mail.headers.iter().find(|(name, _)| name == "Message-ID").unwrap().1.clone()
}

/// Hands a report over as a pipe does: status, and what was answered.
async fn piped(app: &TestApp, report: Vec<u8>) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{}/mail/bounces", app.base));
    let request = request.header("Content-Type", "message/rfc822").header("X-Bounce-Token", TOKEN);
    let answer = request.body(report).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn history(app: &TestApp) -> Value {
    let list = app.admin().get(&format!("{}/mails", guests::path(CARL))).await.expect(200);
    list.data()[0].clone()
}

both! {
    with with_token();

    async fn reports_of_the_servers_that_there_are_are_read(app) {
        guests::create(&app.admin(), CARL).await;
        for Shape { server, report, reason } in SHAPES {
            // Lines end as the pipe's system ends them, or as on the wire.
            for line_end in ["\n", "\r\n"] {
                let id = mailed(app).await;
                let text = report(&id).replace('\n', line_end);
                let (status, said) = piped(app, text.into_bytes()).await;
                assert_eq!((status, &said["data"]["known"]), (200, &Value::Bool(true)), "{server}: {said}");
                let mail = history(app).await;
                assert_eq!(mail["state"], "bounced", "{server}");
                assert!(mail["reason"].as_str().unwrap().contains(reason), "{server}: {mail}");
                let guest = app.admin().get(&guests::path(CARL)).await.expect(200);
                assert_ne!(guest.data()["details"]["unreachable_since"], Value::Null, "{server}");
                let (status, _) = piped(app, delivered_report(&id).into_bytes()).await;
                assert_eq!(status, 200);
                app.with_store(|tx| {
                    tx.execute("UPDATE guest SET unreachable_at = NULL, unreachable_why = NULL", &[]).map(drop)
                }).await;
            }
        }
    }

    /// A pipe that is refused sends a report about the report. What is no news,
    /// or no report at all, is taken and changes nothing.
    async fn what_says_nothing_final_is_taken_and_changes_nothing(app) {
        guests::create(&app.admin(), CARL).await;
        let id = mailed(app).await;
        let before = history(app).await;
        let late = postfix(&id).replace("Action: failed", "Action: delayed").replace("5.1.1", "4.4.1");
        let elsewhere = postfix("<somebody-else@other.example>");
        for (what, report) in [
            ("a delay", late), ("somebody else's mail", elsewhere),
            ("an answer of somebody on holiday", "From: carl@client.example\nSubject: Out of office\n\nBack on Monday.\n".to_owned()),
        ] {
            let (status, said) = piped(app, report.into_bytes()).await;
            assert_eq!((status, &said["data"]["known"]), (200, &Value::Bool(false)), "{what}: {said}");
            assert_eq!(history(app).await, before, "{what}");
        }
    }

    async fn a_report_that_lies_about_its_form_does_no_harm(app) {
        guests::create(&app.admin(), CARL).await;
        let id = mailed(app).await;
        let before = history(app).await;
        let whole = postfix(&id).into_bytes();
        for cut in (0..whole.len()).step_by(97) {
            let (status, _) = piped(app, whole[..cut].to_vec()).await;
            assert!(status == 200 || status == 422 || status == 400, "{cut}: {status}");
            if history(app).await != before {
                // Everything that counts was there.
                assert!(String::from_utf8_lossy(&whole[..cut]).contains(id.trim_end_matches('>')), "{cut}");
                break;
            }
        }
    }
}

fn delivered_report(id: &str) -> String {
    postfix(id).replace("Action: failed", "Action: delivered").replace("Status: 5.1.1", "Status: 2.0.0")
}
