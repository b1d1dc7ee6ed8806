//! Mail servers that want to be spoken to in their way, and such as say nothing
//! any more: encrypted connections, passwords, and patience that ends.

use std::collections::BTreeMap;
use std::time::Duration;

use hospes_server::mail::smtp::Line;
use hospes_server::mail::worker::Sender;
use hospes_testing::{Manner, Options, Secured, TestApp, Whim, both, json};
use jiff::SignedDuration;

use crate::tasks::body;

const CARL: &str = "carl@client.example";
const LOGIN: (&str, &str) = ("hospes", "canary-Pa55 word");

fn with(mail_server: Manner) -> Options {
    Options { smtp: true, mail_server, ..Options::default() }
}

fn wrapped() -> Options {
    with(Manner { tls: Some(Secured::Wrapped), ..Manner::default() })
}

fn start_tls() -> Options {
    with(Manner { tls: Some(Secured::StartTls), ..Manner::default() })
}

fn locked(mechanism: &'static str) -> Options {
    with(Manner { tls: Some(Secured::Wrapped), login: Some(LOGIN), mechanism: Some(mechanism) })
}

/// With a patience that tests can wait for.
fn impatient() -> Options {
    Options { mail_patience: Duration::from_millis(250), ..with(Manner::default()) }
}

async fn give_task(app: &TestApp, email: &str) {
    app.admin().post("/tasks", &body(&[], &[email])).await.expect(201);
}

/// State and reason of each mail to a guest, the oldest first.
async fn states(app: &TestApp) -> Vec<(String, Option<String>)> {
    app.with_store(|tx| {
        tx.query_all("SELECT state, why FROM mail WHERE guest_key IS NOT NULL ORDER BY key", &[], |row| {
            Ok((row.string(0)?, row.opt_string(1)?))
        })
    })
    .await
}

async fn sent(app: &TestApp) -> usize {
    states(app).await.into_iter().filter(|(state, _)| state == "sent").count()
}

/// What the administrator reads about why Carl was not mailed.
async fn told(app: &TestApp) -> String {
    let status = app.admin().get(&format!("{}/mail-status", crate::guests::path(CARL))).await;
    status.expect(200).data().to_string()
}

/// So many mails to guests were taken under so many names, of which one came
/// `times` times.
fn taken(app: &TestApp, mails: usize, times: usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for mail in app.smtp().taken().into_iter().filter(|mail| mail.to.ends_with("@client.example")) {
        *counts.entry(mail.header("Message-ID")).or_default() += 1;
    }
    assert_eq!(counts.len(), mails, "{counts:?}");
    assert_eq!(counts.values().sum::<usize>(), mails + times - 1, "{counts:?}");
}

both! {
    with wrapped();

    async fn a_connection_is_encrypted_from_the_first_byte(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(sent(app).await, 1);
        taken(app, 1, 1);
    }
}

both! {
    with start_tls();

    async fn a_connection_is_encrypted_before_anything_is_said(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(sent(app).await, 1);
        taken(app, 1, 1);
    }

    async fn a_server_that_refuses_encryption_gets_nothing(app) {
        app.smtp().will(Whim::Refuse("STARTTLS", "454 4.7.0 TLS is not available"));
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "retrying");
        taken(app, 0, 1);
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        assert_eq!(sent(app).await, 1);
    }
}

both! {
    with Options { trusts_mail_server: false, ..wrapped() };

    async fn a_certificate_that_nobody_vouches_for_is_refused(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "retrying");
        assert!(told(app).await.to_lowercase().contains("certificate"), "{}", told(app).await);
        taken(app, 0, 1);
    }
}

both! {
    with Options { trusts_mail_server: false, ..start_tls() };

    async fn a_certificate_is_looked_at_however_encryption_begins(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "retrying");
        taken(app, 0, 1);
    }
}

both! {
    with locked("PLAIN");

    async fn a_password_is_shown_in_one_go(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(sent(app).await, 1);
        assert_eq!(app.smtp().shown(), [format!("{} {}", LOGIN.0, LOGIN.1)]);
    }
}

both! {
    with locked("LOGIN");

    async fn a_password_is_shown_when_asked_for(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(sent(app).await, 1);
        assert_eq!(app.smtp().shown(), [format!("{} {}", LOGIN.0, LOGIN.1)]);
    }
}

both! {
    with Options { mail_login: Some(("hospes", "canary-wrong")), ..locked("PLAIN") };

    async fn a_wrong_password_is_told_and_tried_again_and_written_down_nowhere(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "retrying");
        taken(app, 0, 1);
        let told = told(app).await;
        assert!(told.contains("535") && told.contains("Not the right password"), "{told}");
        // The server repeated it.
        assert!(!told.contains("canary-wrong"), "{told}");
        assert!(!format!("{:?}", app.contents().await).contains("canary-wrong"));
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        assert!(app.smtp().shown().len() >= 2, "tried again");
        let guest = app.admin().get(&crate::guests::path(CARL)).await.expect(200);
        assert_eq!(guest.data()["details"]["unreachable_since"], json!(null));
    }
}

both! {
    with Options { mail_login: Some(("", "")), ..locked("PLAIN") };

    async fn a_server_that_wants_a_password_says_nothing_about_guests(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        let state = &states(app).await[0];
        assert!(state.0 == "retrying" && state.1.as_deref().unwrap().contains("530"), "{state:?}");
    }
}

both! {
    with impatient();

    async fn a_server_that_stalls_over_one_mail_gets_the_others(app) {
        for at in ["MAIL", "RCPT", "DATA"] {
            let before = sent(app).await;
            app.smtp().will(Whim::Stall(at));
            for number in 0..6 {
                give_task(app, &format!("{}{number}@client.example", at.to_lowercase())).await;
            }
            app.deliver().await;
            assert_eq!(sent(app).await, before + 5, "{at}: the others have gone");
            app.advance(SignedDuration::from_mins(2));
            app.deliver().await;
            assert_eq!(sent(app).await, before + 6, "{at}");
        }
        taken(app, 18, 1);
    }

    async fn a_server_that_stalls_before_any_mail_gets_them_later(app) {
        for at in ["CONNECT", "EHLO"] {
            let before = sent(app).await;
            // Every connection at once, so that none gets through.
            (0..4).for_each(|_| app.smtp().will(Whim::Stall(at)));
            for number in 0..6 {
                give_task(app, &format!("{}{number}@client.example", at.to_lowercase())).await;
            }
            app.deliver().await;
            assert_eq!(sent(app).await, before, "{at}");
            app.advance(SignedDuration::from_mins(2));
            app.deliver().await;
            assert_eq!(sent(app).await, before + 6, "{at}");
        }
        taken(app, 12, 1);
    }

    async fn who_takes_a_mail_and_says_nothing_gets_it_again_under_the_same_name(app) {
        app.smtp().will(Whim::Stall("."));
        for number in 0..3 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.deliver().await;
        assert_eq!(sent(app).await, 2, "the others have gone");
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        assert_eq!(sent(app).await, 3);
        // SMTP cannot tell whether it was taken: one came twice, and both are one to
        // whoever compares Message-IDs.
        taken(app, 3, 2);
    }

    async fn a_server_that_stalls_over_everything_holds_nobody_up(app) {
        // Whoever is asked stalls; what else was claimed is put off unasked.
        (0..20).for_each(|_| app.smtp().will(Whim::Stall("DATA")));
        for number in 0..20 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.deliver().await;
        assert_eq!(sent(app).await, 0);
        assert!(app.smtp().connections() <= 8, "{}", app.smtp().connections());
        app.smtp().will_behave();
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        assert_eq!(sent(app).await, 20);
        taken(app, 20, 1);
    }

    async fn what_was_claimed_too_long_ago_is_left_to_others(app) {
        app.smtp().will(Whim::Stall("DATA"));
        for number in 0..6 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.advance(SignedDuration::from_secs(3));
        let claimed = {
            let now = app.app.clock.now();
            app.with_store(move |tx| hospes_store::mail::outbox::claim(tx, now, 6)).await
        };
        // A worker that is held up until its lease is nearly over...
        let line = Line::new(server_of(app), "hospes.example");
        let now = app.app.clock.now() + hospes_store::mail::outbox::LEASE;
        assert!(claimed.iter().all(|mail| !mail.has_time(now, line.limit())));
        let soon = app.app.clock.now();
        assert!(claimed.iter().all(|mail| mail.has_time(soon, line.limit())));
        // ... does not send; whoever claims them next does, each once.
        app.advance(SignedDuration::try_from(Duration::from_mins(11)).unwrap());
        Sender::new(&app.app).turn(&app.app, &|| false).await;
        // The second try of each: the next comes after five minutes.
        app.advance(SignedDuration::from_mins(6));
        app.deliver().await;
        taken(app, 6, 1);
    }
}

fn server_of(app: &TestApp) -> hospes_server::mail::settings::Server {
    match &app.app.mail.settings.way {
        hospes_server::mail::settings::Way::Smtp(server) => server.clone(),
        other => panic!("{other:?}"),
    }
}

both! {
    with with(Manner::default());

    /// Receivers are judged one by one, also over one connection.
    async fn each_receiver_is_judged_alone(app) {
        app.smtp().will(Whim::Refuse("RCPT", "450 4.2.1 Greylisted"));
        app.smtp().will(Whim::Refuse("RCPT", "550 5.1.1 No such user"));
        app.smtp().will(Whim::Refuse("RCPT", "552 5.2.2 Mailbox full"));
        app.smtp().will(Whim::RefuseText("554 5.6.0 Not in this form"));
        for number in 0..6 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.deliver().await;
        let mut found: Vec<String> = states(app).await.into_iter().map(|(state, _)| state).collect();
        found.sort_unstable();
        assert_eq!(found, ["bounced", "bounced", "failed", "retrying", "sent", "sent"]);
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        taken(app, 3, 1);
    }

    async fn a_server_that_dies_within_the_text_has_not_taken_it(app) {
        (0..4).for_each(|_| app.smtp().will(Whim::CloseWithin));
        for number in 0..6 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.deliver().await;
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        assert_eq!(sent(app).await, 6);
        taken(app, 6, 1);
    }
}
