//! Secrets that travel through a running server, and where they must not be
//! found afterwards: its log at the most talkative level, what lies on the disk,
//! backups, answers that refuse, metrics, and mails to others.

use std::path::Path;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use hospes_testing::{Backend, Browser, Manner, Page, SmtpServer, Taken, json};
use mail_parser::MessageParser;

use crate::mail::{give_task, runtime, wait_until};
use crate::support::{Acme, Place, Server};

const PASSWORD: &str = "canary-smtp-pa55word";
const BOUNCES: &str = "canary-bounce-token-0123456789";
const CARL: &str = "carl@client.example";
const ANN: &str = "ann@acme.example";

/// Something that must not be found, and what it is.
type Canary = (&'static str, String);

/// Every way in which a secret may stand in a file.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let mut found = vec![secret.as_bytes().to_vec()];
    // What is written in sixteens stands for bytes.
    found.extend(HEXLOWER.decode(secret.as_bytes()).ok().filter(|bytes| bytes.len() > 8));
    let bytes = secret.as_bytes();
    found.push(HEXLOWER.encode(bytes).into_bytes());
    found.push(HEXUPPER.encode(bytes).into_bytes());
    // In the middle of a longer text, base64 begins at one of three places; the
    // characters at the ends depend on the neighbours.
    for (skip, cut) in [(0, 0), (1, 2), (2, 3)] {
        let mut shifted = vec![0; skip];
        shifted.extend_from_slice(bytes);
        let whole = shifted.len() / 3 * 3;
        for text in [BASE64.encode(&shifted[..whole]), BASE64URL_NOPAD.encode(&shifted[..whole])] {
            found.push(text.as_bytes()[cut..].to_vec());
        }
    }
    let percent = |set| percent_encoding::percent_encode(bytes, set).to_string().into_bytes();
    found.push(percent(percent_encoding::NON_ALPHANUMERIC));
    found.push(each_as(bytes, |byte| format!("%{byte:02x}")).into_bytes());
    found.push(each_as(bytes, |byte| format!("={byte:02X}")).into_bytes());
    found.retain(|text| text.len() >= 8);
    found
}

fn each_as(bytes: &[u8], write: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(write).collect::<Vec<_>>().concat()
}

/// Whether a text holds a secret in any disguise. Digits count only where they
/// are not part of a longer number.
fn holds(text: &[u8], secret: &str) -> bool {
    let is_number = secret.bytes().all(|byte| byte.is_ascii_digit());
    let soft = without_soft_breaks(text);
    disguises(secret).iter().any(|disguise| {
        [text, &soft].into_iter().any(|text| {
            let mut places = memchr::memmem::find_iter(text, disguise);
            let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
            places.any(|at| {
                let before = at.checked_sub(1).and_then(|at| text.get(at));
                !is_number || !(digit(before) || digit(text.get(at + disguise.len())))
            })
        })
    })
}

/// Lines that quoted-printable broke, put together.
fn without_soft_breaks(text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"=\r\n") {
        whole.extend_from_slice(&rest[..at]);
        rest = &rest[at + 3..];
    }
    whole.extend_from_slice(rest);
    whole
}

fn clean(place: &str, text: &[u8], canaries: &[Canary]) {
    for (what, secret) in canaries {
        assert!(!holds(text, secret), "{what} is in {place}");
    }
}

/// The text of a mail.
fn words(mail: &Taken) -> String {
    let parsed = MessageParser::default().parse(mail.raw.as_bytes()).expect("a mail");
    parsed.body_text(0).expect("a text").into_owned()
}

/// What stands behind a mark in a mail, as far as it is a secret.
fn behind(text: &str, mark: &str) -> Option<String> {
    let rest = text.split(mark).nth(1)?;
    Some(rest.chars().take_while(char::is_ascii_hexdigit).collect())
}

/// A guest's doings, seen from a browser, and every secret that came by.
struct Story<'a> {
    server: &'a Server,
    smtp: &'a SmtpServer,
    code: String,
    canaries: Vec<Canary>,
    /// Bodies of answers that refused something with a secret in it.
    refusals: Vec<(String, Vec<u8>)>,
}

impl Story<'_> {
    fn base(&self) -> String {
        format!("http://{}", self.server.address)
    }

    fn saw(&mut self, what: &'static str, secret: impl Into<String>) -> String {
        let secret = secret.into();
        assert!(secret.len() >= 8, "{what}: {secret:?}");
        self.canaries.push((what, secret.clone()));
        secret
    }

    fn refused(&mut self, what: &str, page: &Page) {
        assert!(page.status >= 400, "{what}: {}", page.status);
        self.refusals.push((what.to_owned(), page.bytes.clone()));
    }

    /// The mails to somebody, once there are so many.
    fn mails(&self, to: &str, count: usize) -> Vec<Taken> {
        let all = || self.smtp.taken().into_iter().filter(|mail| mail.to == to).collect::<Vec<_>>();
        wait_until("mails come", self.server, || all().len() >= count);
        all()
    }

    /// Reads the link of a mail that was sent, and what it switches off.
    fn links(&mut self, mail: &Taken) -> String {
        let text = words(mail);
        let secret = behind(&text, "/in/").expect("a link");
        let token = text.split("/unsubscribe/").nth(1).map(|rest| {
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect::<String>()
        });
        if let Some(token) = token {
            let signature = token.split_once('.').expect("kind and signature").1.to_owned();
            self.saw("what a link to switch mails off is signed with", signature);
            assert!(mail.raw.contains("List-Unsubscribe: <"));
        }
        self.saw("the secret of a mailed link", secret)
    }

    async fn sign_in(&mut self, secret: &str) -> Browser {
        let browser = Browser::new(&self.base());
        let link = format!("/guest/{}/in/{secret}", self.code);
        let form = browser.open(&link).await.expect(200).form("/enter").with("sure", "yes");
        let page = browser.submit(&form, 0).await.expect(200);
        assert!(page.links().iter().any(|link| link.ends_with("/devices")), "{}", page.body);
        let cookie = browser.cookie("hospes_guest").expect("a session");
        self.saw("the cookie of a session", cookie);
        self.saw("the token of a form", page.form("/leave").value("csrf"));
        // Used once, it is refused, also where it does not belong.
        let again = browser.request("POST", &link).await;
        self.refused("a mailed link by POST", &again);
        let astray = browser.request("GET", &format!("/guest/{}/tasks/{secret}", self.code)).await;
        self.refused("a secret in the place of a task", &astray);
        browser
    }

    /// Asks for a code, types a wrong one and the right one.
    async fn sign_in_by_code(&mut self) -> Browser {
        let browser = Browser::new(&self.base());
        let page = browser.open(&format!("/guest/{}", self.code)).await.expect(200);
        let before = self.mails(CARL, 1).len();
        let asked = browser.submit(&page.form("/code"), 0).await.expect(200);
        let cookie = browser.cookie("hospes_browser").expect("a browser that asked");
        self.saw("the cookie of a browser that asked for a code", cookie);
        let mails = self.mails(CARL, before + 1);
        let text = words(mails.last().expect("a mail"));
        let digits = text
            .lines()
            .map(str::trim)
            .find(|line| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit()));
        let digits = self.saw("a mailed code", digits.expect("eight digits"));
        let form = asked.form("/code/check");
        let wrong = if digits == "27182818" { "31415926" } else { "27182818" };
        self.saw("a wrong code", wrong);
        let refused = browser.submit(&form.clone().with("digits", wrong), 0).await;
        self.refused("a wrong code", &refused);
        let page = browser.submit(&form.with("digits", &digits), 0).await.expect(200);
        assert!(page.links().iter().any(|link| link.ends_with("/devices")));
        let cookie = browser.cookie("hospes_guest").expect("a session");
        self.saw("the cookie of a session", cookie);
        browser
    }
}

/// Requests to the API with secrets in them, right ones and wrong ones.
fn ask_the_api(story: &mut Story<'_>, acme: &Acme) {
    let server = story.server;
    story.saw("a token of the API", &acme.token);
    let wrong = story.saw("a token that is none", "canary-token-that-is-none-0123456789");
    let invited = server.ask(
        "POST",
        &format!("/organizations/{}/users/invite", acme.org),
        &acme.token,
        &json!({"email": "eve@acme.example", "first_name": "Eve", "last_name": "Evans", "role": "light"})
            .to_string(),
    );
    assert_eq!(invited.status, 200, "{}", invited.body);
    let path = format!("/organizations/{}/users/{}/invitation-link", acme.org, invited.json()["data"]["id"]);
    let link = server.ask_with("POST", &path, &acme.token, "Idempotency-Key: canary-key\r\n", "");
    assert_eq!(link.status, 200, "{}", link.body);
    let secret = story.saw("an invitation", link.json()["data"]["secret"].as_str().expect("a secret"));
    let accept = json!({"secret": secret, "first_name": 7}).to_string();
    let accepted = json!({"secret": secret, "first_name": "Eve", "last_name": "Evans"}).to_string();
    let guests = acme.guests();
    let elsewhere = format!("/organizations/{}/guests", "0".repeat(32));
    let problem = "Accept: application/problem+json\r\n";
    let in_address = format!("/organizations/{}/guests/{}", acme.org, acme.token);
    let mut refusals = Vec::new();
    for more in ["", problem] {
        refusals.extend([
            ("a wrong token", server.ask_with("GET", &guests, &wrong, more, "")),
            ("another organization", server.ask_with("GET", &elsewhere, &acme.token, more, "")),
            ("a token in an address", server.ask_with("GET", &in_address, &acme.token, more, "")),
            (
                "a body that cannot be read",
                server.ask_with("POST", &guests, &acme.token, more, &format!("{{{secret}")),
            ),
            ("a faulty body", server.ask_with("POST", "/invitations/accept", "", more, &accept)),
            (
                "a method that is not",
                server.ask_with("DELETE", "/invitations/accept", &acme.token, more, &accept),
            ),
            (
                "a route that is not",
                server.ask_with("GET", &format!("/nothing/{secret}"), &acme.token, more, ""),
            ),
            (
                "a wrong bounce token",
                server.ask_with(
                    "POST",
                    "/mail/bounces",
                    "",
                    &format!("{more}X-Bounce-Token: {BOUNCES}x\r\n"),
                    "{}",
                ),
            ),
            (
                "a faulty report",
                server.ask_with(
                    "POST",
                    "/mail/bounces",
                    "",
                    &format!("{more}X-Bounce-Token: {BOUNCES}\r\n"),
                    "{}",
                ),
            ),
        ]);
    }
    for (what, answer) in refusals {
        assert!(answer.status >= 400, "{what}: {}", answer.status);
        story.refusals.push((what.to_owned(), answer.body.into_bytes()));
    }
    let accepted = server.ask("POST", "/invitations/accept", "", &accepted);
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    story.saw(
        "the token of somebody who was invited",
        accepted.json()["data"]["token"].as_str().expect("a token"),
    );
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.file_name().is_some_and(|name| name != "server.log" && name != "hospes.toml")
            // A socket cannot be read.
            && let Ok(bytes) = std::fs::read(&path)
        {
            found.push((path.display().to_string(), bytes));
        }
    }
}

fn secrets_leave_no_trace(backend: Backend) {
    let Some(place) = Place::new(backend) else { return };
    let runtime = runtime();
    let login = Some(("hospes", PASSWORD));
    let smtp = runtime.block_on(SmtpServer::start_with(Manner { login, ..Manner::default() }));
    let acme = Acme::create(&place);
    let config = place.folder.path().join("hospes.toml");
    let settings = format!(
        "smtp_url = \"{}\"\nmail_from = \"tasks@acme.example\"\nmail_bounce_token = \"{BOUNCES}\"\n\
         log_level = \"trace\"\n",
        smtp.url()
    );
    std::fs::write(&config, settings).expect("a file");
    let server = place.serve(&["--config", config.to_str().expect("a path"), "--attempts-per-minute", "0"]);

    // Carl, whom Ann looks after, has something to do and comes in three times.
    let me = server.get(&format!("/organizations/{}/me", acme.org), &acme.token).json();
    let guest = json!({"email": CARL, "associated_members": [me["data"]["id"]]}).to_string();
    let made =
        server.ask_with("POST", &acme.guests(), &acme.token, "Idempotency-Key: canary-guest\r\n", &guest);
    assert_eq!(made.status, 201, "{}", made.body);
    let code = made.json()["data"]["id"].as_str().expect("a code").to_owned();
    let mut story = Story { server: &server, smtp: &smtp, code, canaries: Vec::new(), refusals: Vec::new() };
    story.saw("the password of the mail server", PASSWORD);
    story.saw("the token for reports about mails", BOUNCES);
    ask_the_api(&mut story, &acme);
    runtime.block_on(async {
        give_task(&server, &acme, CARL, "Sign the contract");
        let mails = story.mails(CARL, 1);
        let secret = story.links(&mails[0]);
        let first = story.sign_in(&secret).await;
        give_task(&server, &acme, CARL, "Send the plan");
        let mails = story.mails(CARL, 2);
        let unused = story.links(&mails[1]);
        let typing = story.sign_in_by_code().await;
        // Ann hears of the second device; Carl asks for another link, as from a dead one.
        story.mails(ANN, 1);
        let dead = Browser::new(&story.base()).open(&format!("/guest/{}/in/{secret}", story.code)).await;
        assert!(!dead.body.contains(&secret), "a used secret is not shown again");
        let page = first.open(&format!("/guest/{}", story.code)).await.expect(200);
        first.submit(&page.form("/leave"), 0).await;
        typing.open(&format!("/guest/{}/devices", story.code)).await.expect(200);
        drop(unused);
    });
    let Story { canaries, refusals, .. } = story;
    assert!(canaries.len() >= 14, "{canaries:?}");

    // Answers that refuse, metrics, and what is not served where mail is sent.
    for (what, body) in &refusals {
        clean(&format!("the answer to {what}"), body, &canaries);
    }
    let metrics = server.get("/metrics", "");
    assert!(metrics.status == 200 && metrics.body.contains("hospes_http_requests_total"));
    clean("the metrics", metrics.body.as_bytes(), &canaries);
    for path in ["/dev/mail", "/dev/mail.json"] {
        assert_eq!(server.get(path, "").status, 404, "{path}");
    }

    // Mails to others: neither a secret nor the way to Carl's workplace.
    let others: Vec<Taken> = smtp.taken().into_iter().filter(|mail| mail.to != CARL).collect();
    assert!(!others.is_empty());
    let code = made.json()["data"]["id"].as_str().expect("a code").to_owned();
    for mail in &others {
        for text in [mail.raw.clone(), words(mail)] {
            clean("a mail to a member", text.as_bytes(), &canaries);
            assert!(
                !holds(text.as_bytes(), &code),
                "the way to a guest's workplace is in a mail to a member"
            );
        }
    }

    // The disk, while the server runs and afterwards, and a backup.
    let mut on_disk = Vec::new();
    files(place.folder.path(), &mut on_disk);
    let rows = place.dump();
    if backend == Backend::Sqlite {
        assert!(on_disk.iter().any(|(name, _)| name.ends_with("hospes.db-wal")));
        let backup = place.folder.path().join("backup.db");
        let reader = rusqlite::Connection::open(place.data().join("hospes.db")).expect("the database");
        reader.execute("VACUUM INTO ?1", [backup.to_str().expect("a path")]).expect("a backup");
        drop(reader);
    }
    let log = server.stop();
    files(place.folder.path(), &mut on_disk);
    on_disk.push(("the rows of all tables".to_owned(), rows.into_bytes()));
    assert!(on_disk.iter().any(|(_, bytes)| holds(bytes, CARL)), "what is stored can be found");
    for (name, bytes) in &on_disk {
        clean(name, bytes, &canaries);
    }
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "{log}");
    assert!(log.contains("/organizations/{org}/guests"), "{log}");
    clean("the log", log.as_bytes(), &canaries);
}

#[test]
fn secrets_leave_no_trace_on_sqlite() {
    secrets_leave_no_trace(Backend::Sqlite);
}

#[test]
fn secrets_leave_no_trace_on_postgres() {
    secrets_leave_no_trace(Backend::Postgres);
}

/// What looks for secrets finds them, in every disguise and wherever they stand.
#[test]
fn disguised_secrets_are_found() {
    let secret = HEXLOWER.encode(&[7, 99, 200, 13, 240, 1, 2, 3, 4, 5, 6, 255]);
    let raw = HEXLOWER.decode(secret.as_bytes()).unwrap();
    assert!(holds(&[b"..".as_slice(), &raw, b".."].concat(), &secret));
    for text in [
        secret.clone(),
        HEXLOWER.encode(secret.as_bytes()),
        HEXUPPER.encode(secret.as_bytes()),
        format!("{}=\r\n{}", &secret[..7], &secret[7..]),
        each_as(secret.as_bytes(), |byte| format!("={byte:02X}")),
        each_as(secret.as_bytes(), |byte| format!("%{byte:02x}")),
    ] {
        assert!(holds(format!("a{text}b").as_bytes(), &secret), "{text}");
    }
    for before in ["", "x", "xy", "xyz"] {
        let text = BASE64.encode(format!("{before}{secret} and more").as_bytes());
        assert!(holds(text.as_bytes(), &secret), "{before:?}");
    }
    assert!(
        holds(b"a+b@c.example".as_slice(), "a+b@c.example")
            && holds(b"a%2Bb%40c%2Eexample".as_slice(), "a+b@c.example")
    );
    assert!(holds(b"code 12345678.", "12345678") && !holds(b"1747303200123456780", "12345678"));
    assert!(!holds(b"nothing here at all, whatever one looks for", &secret));
}
