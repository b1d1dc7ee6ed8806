//! The real executable and its mail server.

use hospes_testing::{Manner, Secured, SmtpServer, Whim, json};

use crate::support::{Acme, Place, Server};

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// Gives a task to somebody.
pub(crate) fn give_task(server: &Server, acme: &Acme, email: &str, title: &str) -> String {
    let body = json!({
        "title": title, "task_type": "task", "deadline": "2099-01-01 10:00:00",
        "owners": {"users": [], "guests": [email], "groups": []},
    });
    let path = format!("/organizations/{}/tasks", acme.org);
    let made = server.ask("POST", &path, &acme.token, &body.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()["data"]["id"].as_str().expect("an id").to_owned()
}

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, server: &Server, mut is_so: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed().as_secs() < 30, "{what}: {}", server.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_mail_server_with_a_certificate_of_ones_own_is_trusted_by_a_setting() {
    let runtime = runtime();
    let manner =
        Manner { tls: Some(Secured::StartTls), login: Some(("hospes", "p4ssword")), mechanism: None };
    let smtp = runtime.block_on(SmtpServer::start_with(manner));
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let authority = place.folder.path().join("authority.pem");
    std::fs::write(&authority, smtp.certificate()).expect("a file");
    let (url, authority) = (smtp.url(), authority.to_str().expect("a path").to_owned());
    let server =
        place.serve(&["--smtp-url", &url, "--smtp-ca-file", &authority, "--mail-from", "tasks@acme.example"]);
    give_task(&server, &acme, "carl@client.example", "Sign");
    wait_until("the mail comes", &server, || !smtp.taken().is_empty());
    assert_eq!(smtp.taken()[0].to, "carl@client.example");
    server.stop();
}

#[test]
fn a_mail_server_that_says_nothing_does_not_keep_the_server_from_stopping() {
    let runtime = runtime();
    let smtp = runtime.block_on(SmtpServer::start());
    smtp.will(Whim::Stall("DATA"));
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let server = place.serve(&["--smtp-url", &smtp.url(), "--mail-from", "tasks@acme.example"]);
    give_task(&server, &acme, "carl@client.example", "Sign");
    wait_until("the mail server is called", &server, || smtp.connections() > 0);
    let log = server.stop();
    assert!(log.contains("the mail server was not waited for any longer"), "{log}");
    // The mail is not lost: it waits for the end of its lease.
    let states = place.ask_database("SELECT state FROM mail");
    assert_eq!(states, ["sending"]);
}

/// The script of `docs/operations.md`, as a mail server runs it.
#[test]
fn the_documented_pipe_hands_reports_over() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md"));
    let docs = docs.expect("the page for operators");
    let mut scripts = docs.split("```sh\n").skip(1).filter_map(|text| text.split("```").next());
    let script = scripts.find(|text| text.contains("/mail/bounces")).expect("a script");
    let runtime = runtime();
    let smtp = runtime.block_on(SmtpServer::start());
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let token = "a-token-for-mail-servers";
    let arguments =
        ["--smtp-url", &smtp.url(), "--mail-from", "tasks@acme.example", "--mail-bounce-token", token];
    let server = place.serve(&arguments);
    give_task(&server, &acme, "carl@client.example", "Sign");
    wait_until("the mail comes", &server, || !smtp.taken().is_empty());
    let id = smtp.taken()[0].header("Message-ID");
    let header = place.folder.path().join("bounce-token");
    std::fs::write(&header, format!("X-Bounce-Token: {token}\n")).expect("a file");
    let written = script
        .replace("/etc/hospes/bounce-token", header.to_str().expect("a path"))
        .replace("127.0.0.1:8080", &server.address.to_string());
    assert!(written.contains("|| exit 75"), "{written}");
    let file = place.folder.path().join("hospes-reports");
    std::fs::write(&file, written).expect("a file");
    let pipe = |report: &str| {
        let mut child = std::process::Command::new("sh")
            .arg(&file)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut input = child.stdin.take().expect("its input");
        std::io::Write::write_all(&mut input, report.as_bytes()).expect("the report is read");
        drop(input);
        child.wait().expect("its end").code()
    };
    let report = format!(
        "From: MAILER-DAEMON@mx.example\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; carl@client.example\nAction: failed\nStatus: 5.1.1\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {id}\n\n--b--\n"
    );
    assert_eq!(pipe(&report), Some(0));
    let guest = server.get(&format!("{}/carl@client.example", acme.guests()), &acme.token).json();
    assert!(guest["data"]["details"]["unreachable_since"].is_string(), "{guest}");
    assert_eq!(pipe("Subject: Out of office\n\nBack on Monday.\n"), Some(0));
    server.stop();
    assert_eq!(pipe(&report), Some(75), "kept, while nobody takes it");
}
