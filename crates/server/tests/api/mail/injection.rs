//! Names and titles that would like to be headers, or something else than they
//! look like: a mail has the headers that it has, each once, and goes to one
//! receiver.

use hospes_model::text::is_hidden;
use hospes_testing::{Options, Taken, TestApp, both, json};
use mail_parser::MessageParser;

use crate::guests;
use crate::tasks::body;

const CARL: &str = "carl@client.example";

/// What people may call themselves and their things, checked or not: rows that
/// are older than a check hold anything.
const NAMES: [&str; 14] = [
    "Acme\r\nBcc: eve@evil.example",
    "Acme\nBcc: eve@evil.example\n\n<h1>Hello</h1>",
    "Acme\rTo: eve@evil.example",
    "Acme\u{85}Bcc: eve@evil.example\u{2028}Cc: eve@evil.example",
    "Acme\" <eve@evil.example>",
    "eve@evil.example, Acme",
    "Acme; eve@evil.example (\\",
    "\u{202E}elpmaxe.live@eve\u{202C}",
    "Ac\u{200B}me \u{2066}\u{FEFF}GmbH\u{2069}",
    // What readers of mail would decode: a Bcc, and a sign that turns text around.
    "=?utf-8?q?=0D=0ABcc=3A_eve=40evil=2Eexample?=",
    "=?utf-8?b?4oCuZ3BqLmV4ZQ==?= =?utf-8?q?=E2=80=8B?=",
    "%0d%0aBcc: eve@evil.example",
    "Æçmé 株式会社 🏢 שלום",
    ".\r\n.\r\nMAIL FROM:<eve@evil.example>",
];

/// The headers that every mail to a guest has, in the order of the alphabet.
const HEADERS: [&str; 11] = [
    "Auto-Submitted",
    "Content-Language",
    "Content-Type",
    "Date",
    "From",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
];

fn with_server() -> Options {
    Options { smtp: true, ..Options::default() }
}

/// Calls everything by this name, past every check.
async fn call_everything(app: &TestApp, name: &'static str) {
    app.with_store(move |tx| {
        for sql in [
            "UPDATE org SET name = ?1",
            "UPDATE guest SET first_name = ?1, last_name = ?1",
            "UPDATE member SET first_name = ?1, last_name = ?1",
            "UPDATE task SET title = ?1",
        ] {
            tx.execute(sql, &[name.into()])?;
        }
        Ok(())
    })
    .await;
}

/// Names of the headers of a mail as it came, sorted.
fn names(mail: &Taken) -> Vec<String> {
    let head = mail.raw.split("\r\n\r\n").next().unwrap();
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head:?}");
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    let mut names: Vec<String> = lines.map(|line| line.split_once(':').unwrap().0.to_owned()).collect();
    names.sort_unstable();
    names
}

fn is_sound(mail: &Taken, name: &str) {
    assert_eq!(mail.to, CARL, "{name:?}");
    assert_eq!(names(mail), HEADERS, "{name:?}: {}", mail.raw);
    assert!(mail.raw.is_ascii() && mail.raw.lines().all(|line| line.len() <= 998), "{name:?}");
    let parsed = MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
    let from: Vec<_> = parsed.from().unwrap().iter().collect();
    let to: Vec<_> = parsed.to().unwrap().iter().collect();
    assert_eq!((from.len(), to.len()), (1, 1), "{name:?}");
    assert_eq!(from[0].address(), Some("tasks@hospes.example"), "{name:?}");
    assert_eq!((to[0].address(), to[0].name()), (Some(CARL), None), "{name:?}");
    let shown = [from[0].name().unwrap_or_default(), parsed.subject().unwrap()].map(str::to_owned);
    let bodies =
        [parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap()].map(std::borrow::Cow::into_owned);
    for text in &shown {
        assert!(!text.chars().any(|c| c.is_control() || is_hidden(c)), "{name:?}: {text:?}");
    }
    for text in &bodies {
        // Texts that run the other way are set apart by two signs of ours.
        let strange = |c: char| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t' | '\u{2068}' | '\u{2069}');
        assert!(!text.chars().any(strange), "{name:?}: {text:?}");
    }
    assert!(!bodies[1].contains("<h1>Hello"), "{name:?}: {}", bodies[1]);
    let unsubscribe = mail.header("List-Unsubscribe");
    assert!(unsubscribe.starts_with("<http://") && unsubscribe.ends_with('>'), "{unsubscribe}");
    assert_eq!(unsubscribe.matches("http").count(), 1, "{unsubscribe}");
}

both! {
    with with_server();

    async fn names_and_titles_stay_in_their_headers(app) {
        guests::create_with(&app.admin(), &json!({"email": CARL, "first_name": "Carl"})).await;
        for (number, name) in NAMES.into_iter().enumerate() {
            app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
            call_everything(app, name).await;
            app.deliver().await;
            let taken = app.smtp().taken();
            assert_eq!(taken.len(), number + 1, "{name:?}");
            is_sound(&taken[number], name);
        }
    }

    async fn mails_to_members_name_guests_in_their_headers_too(app) {
        let standard = app.acme.member(hospes_model::member::Role::Standard).get();
        guests::create_with(&app.admin(), &json!({"email": CARL, "associated_members": [standard]})).await;
        for (number, name) in NAMES.into_iter().enumerate() {
            app.with_store(|tx| {
                tx.execute("UPDATE guest SET unreachable_at = NULL, unreachable_why = NULL", &[])?;
                Ok(())
            }).await;
            app.smtp().will(hospes_testing::Whim::Refuse("RCPT", "550 5.1.1 No such \u{202E}user\u{7}"));
            app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
            call_everything(app, name).await;
            app.deliver().await;
            app.deliver().await;
            let taken = app.smtp().taken();
            assert_eq!(taken.len(), number + 1, "{name:?}");
            let mail = &taken[number];
            assert_eq!(mail.to, "standard@acme.example");
            let expected: Vec<&str> = HEADERS.into_iter().filter(|name| !name.starts_with("List")).collect();
            assert_eq!(names(mail), expected, "{name:?}: {}", mail.raw);
            let parsed = MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
            assert!(!parsed.subject().unwrap().chars().any(|c| c.is_control() || is_hidden(c)), "{name:?}");
        }
    }

    /// An address is one address, without anything that nobody sees.
    async fn addresses_that_hide_something_are_refused(app) {
        for address in [
            "carl\u{200B}@client.example", "carl@cli\u{200D}ent.example", "\u{202E}lrac@client.example",
            "carl@client.example\u{2069}", "carl@client.example\r\nBcc: eve@evil.example",
            "carl@client.example,eve@evil.example", "carl@client.example\u{0}", "\"carl\r\n\"@client.example",
            "<carl@client.example>", "ca\u{AD}rl@client.example",
        ] {
            let made = app.admin().post("/guests", &json!({"email": address})).await;
            assert_eq!(made.status, 422, "{address:?}");
            let text = made.json.to_string();
            assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)), "{address:?}: {text}");
        }
        // Spaces around it are no part of an address.
        let made = app.admin().post("/guests", &json!({"email": " carl@client.example "})).await.expect(201);
        assert_eq!(made.data()["email"], CARL);
    }
}
