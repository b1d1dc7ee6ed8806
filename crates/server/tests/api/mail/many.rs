//! Many mails at once: each is handed over once, over few connections, and
//! nothing is left behind.

use hospes_testing::{Options, TestApp, both};

use crate::tasks::body;

/// So many connections are used at the same time, as `docs/operations.md` says.
const CONNECTIONS: usize = 4;
/// Tasks, and guests on each: several times what a worker claims at once.
const TASKS: usize = 4;
const GUESTS: usize = 100;

fn with_server() -> Options {
    Options { smtp: true, ..Options::default() }
}

/// How many mails are in each state.
async fn states(app: &TestApp) -> Vec<(String, i64)> {
    app.with_store(|tx| {
        tx.query_all("SELECT state, COUNT(*) FROM mail GROUP BY state ORDER BY state", &[], |row| {
            Ok((row.string(0)?, row.int(1)?))
        })
    })
    .await
}

both! {
    with with_server();

    async fn many_mails_are_each_handed_over_once(app) {
        app.smtp().forget_texts();
        for task in 0..TASKS {
            let guests: Vec<String> =
                (0..GUESTS).map(|number| format!("guest{task}x{number}@client.example")).collect();
            let guests: Vec<&str> = guests.iter().map(String::as_str).collect();
            app.admin().post("/tasks", &body(&[], &guests)).await.expect(201);
        }
        app.deliver().await;
        let counts = app.smtp().counts();
        assert_eq!(counts.len(), TASKS * GUESTS);
        assert!(counts.values().all(|count| *count == 1), "{counts:?}");
        let mut told: Vec<String> = app.smtp().taken().into_iter().map(|mail| mail.to).collect();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), TASKS * GUESTS, "one mail for each guest");
        assert!(app.smtp().most_connections() <= CONNECTIONS, "{}", app.smtp().most_connections());
        assert_eq!(states(app).await, [("sent".to_owned(), i64::try_from(TASKS * GUESTS).unwrap())]);
        let waiting = app.with_store(|tx| {
            tx.query_one("SELECT COUNT(*) FROM notice WHERE mail_key NOT IN (SELECT key FROM mail WHERE state = 'sent')", &[], |row| row.int(0))
        });
        assert_eq!(waiting.await, 0);
        // The next turn has nothing to do.
        app.deliver().await;
        assert_eq!(app.smtp().taken().len(), TASKS * GUESTS);
    }
}
