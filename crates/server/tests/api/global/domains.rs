//! The optional check that the domain of a new address takes mail, against a
//! name server of the test's own.

use std::net::{SocketAddr, UdpSocket};

use hospes_testing::{Options, both, json};

use crate::guests::{create, path};
use crate::kickoff::{self, PublicForm};
use crate::tasks::{body, body_with};

const A: u16 = 1;
const MX: u16 = 15;
const AAAA: u16 = 28;

/// What the name server knows, by the first part of a name.
fn records(name: &str, kind: u16) -> Result<Option<Vec<u8>>, u8> {
    const SERVER_FAILURE: u8 = 2;
    const NO_SUCH_NAME: u8 = 3;
    match name {
        "mail" if kind == MX => Ok(Some([&10_u16.to_be_bytes()[..], b"\x02mx\x07example\x00"].concat())),
        // "We take no mail" (RFC 7505), although there is an address.
        "none" if kind == MX => Ok(Some(vec![0, 0, 0])),
        "none" | "four" if kind == A => Ok(Some(vec![192, 0, 2, 1])),
        "six" if kind == AAAA => Ok(Some([&[0x20, 0x01, 0x0d, 0xb8][..], &[0; 12]].concat())),
        "mail" | "none" | "four" | "six" | "empty" => Ok(None),
        "trouble" => Err(SERVER_FAILURE),
        _ => Err(NO_SUCH_NAME),
    }
}

/// The answer to a question (RFC 1035, 4.1).
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let length = usize::from(*question.get(12)?);
    let name = String::from_utf8_lossy(question.get(13..13 + length)?).to_lowercase();
    let end = 12 + question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let kind = u16::from_be_bytes(question.get(end + 1..end + 3)?.try_into().ok()?);
    let (code, record) = match records(&name, kind) {
        Ok(record) => (0, record),
        Err(code) => (code, None),
    };
    let mut answer = question.get(..2)?.to_vec();
    // A response with recursion; one question, one answer at most.
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0]);
    answer.extend_from_slice(question.get(12..end + 5)?);
    if let Some(data) = record {
        // The question's name, its kind, the internet, a minute.
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}

/// Starts a name server that lives as long as the tests.
fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut buffer) {
            if let Some(answer) = answer(&buffer[..length]) {
                let _ = socket.send_to(&answer, asker);
            }
        }
    });
    address
}

fn checking() -> Options {
    Options { name_server: Some(name_server()), ..Options::default() }
}

/// Nobody listens at this address any more.
fn nobody() -> Options {
    let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    Options { name_server: Some(address), ..Options::default() }
}

both! {
    with checking();

    async fn a_domain_needs_a_mail_exchanger_or_an_address(app) {
        let admin = app.admin();
        for domain in ["mail.example", "four.example", "six.example", "MAIL.example"] {
            create(&admin, &format!("{}@{domain}", domain.len() + usize::from(domain.starts_with('M')))).await;
        }
        let before = app.written().await;
        for domain in ["empty.example", "none.example", "unknown.example"] {
            let refused = admin.post("/guests", &json!({"email": format!("a@{domain}")})).await.expect(422);
            assert_eq!(refused.faults(), ["email"], "{domain}");
        }
        assert_eq!(app.written().await, before);
    }

    async fn trouble_of_the_name_servers_is_not_the_caller_s(app) {
        create(&app.admin(), "a@trouble.example").await;
    }

    async fn an_address_is_looked_up_wherever_it_is_new(app) {
        let admin = app.admin();
        create(&admin, "a@mail.example").await;
        let before = app.written().await;
        let refused = admin.put(&path("a@mail.example/email"), &json!({"email": "a@empty.example"})).await.expect(422);
        assert_eq!(refused.faults(), ["email"]);
        let guests = ["a@mail.example", "b@empty.example", "b@mail.example", "c@unknown.example"];
        let refused = admin.post("/tasks", &body(&[], &guests)).await.expect(422);
        assert_eq!(refused.faults(), ["owners.guests.1", "owners.guests.3"]);
        assert_eq!(app.written().await, before);
        let made = admin.post("/tasks", &body(&[], &["a@mail.example", "b@four.example"])).await.expect(201);
        let task = format!("/tasks/{}", made.data()["id"].as_str().unwrap());
        let refused = admin.put(&task, &json!({"owners": {"guests": guests}})).await.expect(422);
        assert_eq!(refused.faults(), ["owners.guests.1", "owners.guests.3"]);
        admin.put(&path("a@mail.example/email"), &json!({"email": "a@six.example"})).await.expect(200);
    }

    async fn its_faults_are_told_with_the_others(app) {
        let admin = app.admin();
        let body = json!({"email": "a@empty.example", "first_name": 7, "associated_members": [999_999]});
        assert_eq!(admin.post("/guests", &body).await.expect(422).faults(), ["associated_members.0", "email", "first_name"]);
        let body = json!({"email": "a@empty.example", "associated_members": [999_999]});
        assert_eq!(admin.post("/guests", &body).await.expect(422).faults(), ["associated_members.0", "email"]);
        let task = body_with(&[999_999], &["a@empty.example"], &json!({"title": ""}));
        assert_eq!(admin.post("/tasks", &task).await.expect(422).faults(), ["owners.guests.0", "owners.users.0", "title"]);
    }

    async fn strangers_at_a_public_form_are_asked_alike_whether_they_are_known_or_not(app) {
        let change = hospes_model::guest::GuestChange::default();
        app.add_guests(&app.acme, 1, move |_| ("known@empty.example".to_owned(), change.clone())).await;
        let form = PublicForm::new(app).await;
        let browser = app.browser();
        for email in ["known@empty.example", "new@empty.example", "new@none.example"] {
            let typed = form.filled(&browser, email).await.with(&form.input("Notes"), "Kept");
            let page = browser.submit(&typed, 0).await.expect(422);
            assert!(page.shows("No mail can be sent to this address"), "{}", page.body);
            let again = page.form(&form.path);
            assert_eq!((again.value("email"), again.value(&form.input("Notes"))), (email, "Kept"));
        }
        // With the other faults, at once.
        let typed = form.open(&browser).await.with("email", "new@empty.example");
        let page = browser.submit(&typed, 0).await.expect(422);
        assert!(page.shows("No mail can be sent to this address") && page.shows("Please fill this in."), "{}", page.body);
        assert!(kickoff::mails(app).await.is_empty());
        for email in ["new@mail.example", "new@trouble.example"] {
            browser.submit(&form.filled(&browser, email).await, 0).await.expect(200);
            kickoff::mailed(app, email).await;
        }
    }

    async fn who_is_here_already_is_not_looked_up(app) {
        let change = hospes_model::guest::GuestChange::default();
        app.add_guests(&app.acme, 1, move |_| ("a@empty.example".to_owned(), change.clone())).await;
        let admin = app.admin();
        admin.put(&path("a@empty.example"), &json!({"email": "a@empty.example", "phone": "1"})).await.expect(201);
        admin.post("/tasks", &body(&[], &["a@empty.example"])).await.expect(201);
    }
}

mod without_an_answer {
    use super::*;

    both! {
        with nobody();

        async fn the_address_is_let_through(app) {
            create(&app.admin(), "a@mail.example").await;
        }
    }
}
