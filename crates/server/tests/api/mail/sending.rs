//! Mails on their way to a mail server that does as it likes: none is lost, and
//! none arrives twice.

use hospes_testing::{Options, TestApp, Value, Whim, both, json};
use jiff::SignedDuration;

use crate::tasks::body;

const CARL: &str = "carl@client.example";

fn with_server() -> Options {
    Options { smtp: true, ..Options::default() }
}

async fn give_task(app: &TestApp, email: &str) {
    app.admin().post("/tasks", &body(&[], &[email])).await.expect(201);
}

/// State, tries and reason of each mail, the oldest first.
async fn states(app: &TestApp) -> Vec<(String, i64, Option<String>)> {
    app.with_store(|tx| {
        tx.query_all("SELECT state, tries, why FROM mail ORDER BY key", &[], |row| {
            Ok((row.string(0)?, row.int(1)?, row.opt_string(2)?))
        })
    })
    .await
}

fn sent_once(app: &TestApp, mails: usize) {
    let counts = app.smtp().counts();
    assert_eq!(counts.len(), mails, "{counts:?}");
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}

both! {
    with with_server();

    async fn a_mail_is_handed_over_in_both_forms(app) {
        give_task(app, CARL).await;
        app.deliver().await;
        let taken = app.smtp().taken();
        assert_eq!((taken.len(), taken[0].to.as_str()), (1, CARL));
        assert_eq!(taken[0].header("Subject"), "Send the contract");
        assert_eq!(taken[0].header("From"), "Acme <tasks@hospes.example>");
        assert_eq!(taken[0].header("Auto-Submitted"), "auto-generated");
        assert_eq!(taken[0].header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        assert!(taken[0].header("List-Unsubscribe").contains("/unsubscribe/tasks."));
        assert!(taken[0].raw.contains("text/plain") && taken[0].raw.contains("text/html"));
        assert_eq!(states(app).await, [("sent".to_owned(), 1, None)]);
    }

    async fn connections_are_used_again(app) {
        for number in 0..20 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.deliver().await;
        sent_once(app, 20);
        assert!(app.smtp().connections() <= 4, "{}", app.smtp().connections());
    }

    async fn what_is_refused_for_now_is_tried_again_later_and_later(app) {
        for answer in ["451 4.3.0 Try later", "421 4.3.2 Closing", "450 4.2.1 Busy"] {
            app.smtp().will(Whim::Refuse("RCPT", answer));
        }
        app.smtp().will(Whim::Refuse("MAIL", "452 4.3.1 Full"));
        app.smtp().will(Whim::RefuseText("451 4.3.0 Not this minute"));
        give_task(app, CARL).await;
        app.deliver().await;
        for (tries, minutes) in [(1, 1), (2, 5), (3, 30), (4, 120), (5, 480)] {
            let now = states(app).await;
            assert_eq!((now[0].0.as_str(), now[0].1), ("retrying", tries));
            // Not before its time, but for the two seconds that deliveries take.
            app.advance(SignedDuration::from_mins(minutes) - SignedDuration::from_secs(5));
            app.deliver().await;
            assert_eq!(states(app).await[0].1, tries, "too early");
            app.advance(SignedDuration::from_secs(5));
            app.deliver().await;
            assert_eq!(states(app).await[0].1, tries + 1);
        }
        assert_eq!(states(app).await, [("sent".to_owned(), 6, None)]);
        sent_once(app, 1);
    }

    async fn what_is_never_taken_fails_in_the_end(app) {
        for _ in 0..6 {
            app.smtp().will(Whim::Refuse("RCPT", "450 4.2.1 Mailbox busy"));
        }
        // Without digests, which would come between.
        app.admin().put("", &json!({"guest_cadence_days": []})).await.expect(200);
        give_task(app, CARL).await;
        for _ in 0..8 {
            app.deliver().await;
            app.advance(SignedDuration::from_hours(9));
        }
        let now = states(app).await;
        assert_eq!((now.len(), now[0].0.as_str(), now[0].1), (1, "failed", 6));
        assert!(now[0].2.as_deref().unwrap().contains("Mailbox busy"), "{now:?}");
    }

    async fn servers_that_break_off_lose_and_double_nothing(app) {
        let whims = [
            Whim::Close("MAIL"), Whim::Close("RCPT"), Whim::Close("DATA"), Whim::CloseWithin,
            Whim::Refuse("DATA", "451 4.3.0 No"), Whim::Refuse("MAIL", "530 5.7.0 Sign in first"),
        ];
        for whim in &whims {
            app.smtp().will(whim.clone());
        }
        for number in 0..10 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.deliver().await;
        assert!(app.smtp().counts().len() < 10, "some did not go at first");
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        sent_once(app, 10);
        assert!(states(app).await.iter().all(|(state, ..)| state == "sent"));
    }

    async fn a_server_that_dies_after_the_text_gets_it_again_under_the_same_name(app) {
        app.smtp().will(Whim::DieAfterData);
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "retrying", "nobody knows whether it was taken");
        app.advance(SignedDuration::from_mins(2));
        app.deliver().await;
        // Receivers know by the Message-ID that both are one.
        let counts = app.smtp().counts();
        assert_eq!(counts.len(), 1, "{counts:?}");
        assert_eq!(states(app).await, [("sent".to_owned(), 2, None)]);
    }

    async fn an_address_that_is_refused_for_good_makes_the_guest_unreachable(app) {
        let admin = app.admin();
        let standard = app.acme.member(hospes_model::member::Role::Standard).get();
        crate::guests::create_with(&admin, &json!({"email": CARL, "associated_members": [standard]})).await;
        app.smtp().will(Whim::Refuse("RCPT", "550 5.1.1 No such user"));
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "bounced");
        let guest = admin.get(&crate::guests::path(CARL)).await.expect(200);
        assert_eq!(guest.data()["details"]["unreachable_since"], "2025-05-15T10:00:02Z");
        let events = app.events(&app.acme).await;
        let told = events.last().unwrap();
        assert_eq!((told.field.as_deref(), told.verb.as_str()), (Some("unreachable_since"), "updated"));
        assert!(told.text.contains("No such user"), "{}", told.text);
        // Who looks after the guest is told, once.
        app.deliver().await;
        give_task(app, CARL).await;
        app.smtp().will(Whim::Refuse("RCPT", "550 5.1.1 No such user"));
        app.deliver().await;
        app.deliver().await;
        let taken = app.smtp().taken();
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].to.as_str(), taken[0].header("Subject").as_str()), ("standard@acme.example", "Mail to carl@client.example does not arrive"));
        // Another address is another matter.
        admin.put(&format!("{}/email", crate::guests::path(CARL)), &json!({"email": "carla@client.example"})).await.expect(200);
        let guest = admin.get(&crate::guests::path("carla@client.example")).await.expect(200);
        assert_eq!(guest.data()["details"]["unreachable_since"], Value::Null);
    }

    async fn a_refusal_of_ourselves_says_nothing_about_the_guest(app) {
        app.smtp().will(Whim::Refuse("RCPT", "554 5.7.1 Relay access denied"));
        give_task(app, CARL).await;
        app.deliver().await;
        assert_eq!(states(app).await[0].0, "retrying");
        let guest = app.admin().get(&crate::guests::path(CARL)).await.expect(200);
        assert_eq!(guest.data()["details"]["unreachable_since"], Value::Null);
        // It goes when the server is set up rightly.
        app.advance(SignedDuration::from_hours(1));
        app.deliver().await;
        sent_once(app, 1);
    }

    async fn two_nodes_send_each_mail_once(app) {
        use hospes_server::mail::worker::Sender;
        for number in 0..30 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.advance(SignedDuration::from_secs(3));
        let (mut one, mut two) = (Sender::new(&app.app), Sender::new(&app.app));
        let go = || false;
        tokio::join!(one.turn(&app.app, &go), two.turn(&app.app, &go));
        sent_once(app, 30);
    }

    async fn who_stops_gives_back_what_it_has_and_who_dies_loses_nothing(app) {
        use hospes_server::mail::worker::Sender;
        for number in 0..5 {
            give_task(app, &format!("guest{number}@client.example")).await;
        }
        app.advance(SignedDuration::from_secs(3));
        Sender::new(&app.app).turn(&app.app, &|| true).await;
        assert!(app.smtp().taken().is_empty());
        // A worker that claims and dies: its mails wait for the end of the lease.
        let now = app.app.clock.now();
        let lost = app.with_store(move |tx| hospes_store::mail::outbox::claim(tx, now, 2)).await;
        assert_eq!(lost.len(), 2);
        app.deliver().await;
        sent_once(app, 3);
        app.advance(SignedDuration::from_mins(10));
        app.deliver().await;
        sent_once(app, 5);
    }
}
