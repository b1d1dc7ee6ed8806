//! The digest: at six in the morning in the guest's zone, on chosen days, once.

use hospes_testing::{TestApp, both, json};
use jiff::{SignedDuration, Timestamp};

use super::{delivered, told};
use crate::guests;
use crate::runs::template;
use crate::tasks::{body, body_with, complete};

const CARL: &str = "carl@client.example";

fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

/// Moves the clock to a moment.
fn go_to(app: &TestApp, moment: &str) {
    let by = at(moment).duration_since(app.app.clock.now());
    assert!(by >= SignedDuration::ZERO, "the clock only goes forwards");
    app.advance(by);
}

/// Goes on hour by hour, delivering, and returns when digests came.
async fn digests_until(app: &TestApp, moment: &str) -> Vec<Timestamp> {
    let mut came = Vec::new();
    while app.app.clock.now() < at(moment) {
        // To the full hour; delivering takes two seconds.
        let now = app.app.clock.now();
        let next = Timestamp::from_second((now.as_second() / 3600 + 1) * 3600).unwrap();
        app.advance(next.duration_since(now));
        let hour = app.app.clock.now();
        let mails = delivered(app).await;
        came.extend(mails.iter().filter(|mail| mail.kind == "digest").map(|_| hour));
    }
    came
}

both! {
    async fn it_comes_at_six_on_chosen_days_across_a_change_of_the_clock(app) {
        let admin = app.admin();
        guests::create_with(&admin, &json!({"email": CARL, "timezone": "America/New_York", "cadence_days": ["friday", "monday"]})).await;
        go_to(app, "2025-10-29T12:00:00Z");
        admin.post("/tasks", &body_with(&[], &[CARL], &json!({"deadline": "2025-12-24 12:00:00"}))).await.expect(201);
        delivered(app).await;
        // New York puts the clock back on Sunday, 2 November 2025.
        let came = digests_until(app, "2025-11-08T00:00:00Z").await;
        assert_eq!(came, [at("2025-10-31T10:00:00Z"), at("2025-11-03T11:00:00Z"), at("2025-11-07T11:00:00Z")]);
    }

    async fn the_organization_s_days_count_until_the_guest_chooses(app) {
        let admin = app.admin();
        guests::create(&admin, CARL).await;
        // Thursday, 15 May 2025, noon in Berlin.
        admin.post("/tasks", &body_with(&[], &[CARL], &json!({"deadline": "2025-12-24 12:00:00"}))).await.expect(201);
        assert_eq!(digests_until(app, "2025-05-19T12:00:00Z").await, [at("2025-05-16T04:00:00Z"), at("2025-05-19T04:00:00Z")]);
        admin.put("", &json!({"guest_cadence_days": ["tuesday"]})).await.expect(200);
        assert_eq!(digests_until(app, "2025-05-24T12:00:00Z").await, [at("2025-05-20T04:00:00Z")]);
        admin.put(&guests::path(CARL), &json!({"cadence_days": ["sunday"]})).await.expect(201);
        assert_eq!(digests_until(app, "2025-05-28T12:00:00Z").await, [at("2025-05-25T04:00:00Z")]);
        // No days, no digest; and days again.
        admin.put(&guests::path(CARL), &json!({"cadence_days": []})).await.expect(201);
        assert!(digests_until(app, "2025-06-03T12:00:00Z").await.is_empty());
        admin.put(&guests::path(CARL), &json!({"cadence_days": ["thursday"]})).await.expect(201);
        assert_eq!(digests_until(app, "2025-06-06T12:00:00Z").await, [at("2025-06-05T04:00:00Z")]);
    }

    async fn it_groups_by_process_and_marks_what_is_late(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let people = json!({"guests": [CARL]});
        let tasks = json!({&template.steps[0]: {"owners": people}, &template.steps[1]: {"owners": people}, &template.steps[2]: {"owners": people}});
        template.launch(&admin, &json!({"tasks": tasks})).await;
        admin.post("/tasks", &body_with(&[], &[CARL], &json!({"deadline": "2025-05-15 18:00:00"}))).await.expect(201);
        delivered(app).await;
        go_to(app, "2025-05-16T04:00:00Z");
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "digest", "3 tasks to do at Acme")]);
        let text = &mails[0].text;
        assert!(text.contains("== Acme ==") && text.contains("0 of 2 steps done"), "{text}");
        assert!(text.contains("! Overdue since 15 May 2025, 18:00"), "{text}");
        assert!(!text.contains("Celebrate"), "it is hidden");
        assert!(mails[0].html.contains("class=\"late\""));
    }

    async fn it_tells_no_progress_where_one_step_is_all_that_is_seen(app) {
        let (admin, template) = (app.admin(), template(app).await);
        // Two processes of one name stay two.
        for _ in 0..2 {
            let tasks = json!({&template.steps[0]: {"owners": {"guests": [CARL]}}});
            template.launch(&admin, &json!({"name": "Alike", "tasks": tasks})).await;
        }
        delivered(app).await;
        go_to(app, "2025-05-16T04:00:00Z");
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "digest", "2 tasks to do at Acme")]);
        let (text, html) = (&mails[0].text, &mails[0].html);
        assert_eq!(text.matches("== Alike ==").count(), 2, "{text}");
        assert!(!text.contains("steps done"), "{text}");
        assert!(!html.contains("steps done") && !html.contains("class=\"bar\""), "{html}");
    }

    async fn nothing_to_do_is_no_mail_and_a_night_of_silence_is_no_flood(app) {
        let admin = app.admin();
        let made = admin.post("/tasks", &body_with(&[], &[CARL], &json!({"deadline": "2025-12-24 12:00:00"}))).await.expect(201);
        delivered(app).await;
        // The server was off for two weeks: one digest at most, and none that is old.
        go_to(app, "2025-05-30T09:00:00Z");
        assert!(delivered(app).await.len() <= 1);
        assert!(delivered(app).await.is_empty());
        let path = format!("/tasks/{}", made.data()["id"].as_str().unwrap());
        complete(&admin, &path, &json!({})).await.expect(200);
        assert!(digests_until(app, "2025-06-07T00:00:00Z").await.is_empty());
        // New work, new digests.
        admin.post("/tasks", &body(&[], &[CARL])).await.expect(201);
        assert_eq!(digests_until(app, "2025-06-09T12:00:00Z").await, [at("2025-06-09T04:00:00Z")]);
    }
}
