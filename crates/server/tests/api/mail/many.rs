//! Ten thousand mails at once: every one is handed over, by a worker that holds a
//! handful. Left out of ordinary runs; `cargo test -- --ignored ten_thousand
//! --nocapture` prints what it took.

use hospes_testing::{Backend, Options, TestApp};

use crate::tasks::body;

/// Kilobytes of memory that this process holds.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}

#[test]
#[ignore = "takes a minute; prints figures"]
fn ten_thousand_mails_are_handed_over() {
    const MAILS: usize = 10_000;
    const AT_ONCE: usize = 200;
    let options = Options { smtp: true, ..Options::default() };
    TestApp::block_on_with(Backend::Sqlite, &options, async |app: &TestApp| {
        app.smtp().forget_texts();
        for batch in 0..MAILS / AT_ONCE {
            let guests: Vec<String> =
                (0..AT_ONCE).map(|number| format!("guest{batch}x{number}@client.example")).collect();
            let guests: Vec<&str> = guests.iter().map(String::as_str).collect();
            app.admin().post("/tasks", &body(&[], &guests)).await.expect(201);
        }
        let before = resident();
        let began = std::time::Instant::now();
        app.deliver().await;
        let took = began.elapsed();
        let counts = app.smtp().counts();
        assert_eq!(counts.len(), MAILS);
        assert!(counts.values().all(|count| *count == 1));
        println!(
            "{MAILS} mails in {:.1} s, {:.0} a second; memory before {before} kB, afterwards {} kB, of which the \
             receiving server's list is a part; {} connections",
            took.as_secs_f64(),
            f64::from(u32::try_from(MAILS).unwrap()) / took.as_secs_f64(),
            resident(),
            app.smtp().connections()
        );
    });
}
