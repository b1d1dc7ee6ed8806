//! What guests are told of, in how many mails, and what stays silent.

use hospes_model::member::Role;
use hospes_testing::{both, json};

use super::{delivered, told};
use crate::guests;
use crate::runs::template;
use crate::tasks::{body, body_with, complete};

const CARL: &str = "carl@client.example";
const DORA: &str = "dora@client.example";

both! {
    async fn a_new_task_is_told_once_under_its_title(app) {
        let admin = app.admin();
        admin.post("/tasks", &body(&[], &[CARL, DORA])).await.expect(201);
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "Send the contract"), (DORA, "tasks", "Send the contract")]);
        assert!(mails[0].text.contains("Acme has a task for you.") && mails[0].html.contains("Send the contract"));
        assert!(mails[0].text.contains("22 May 2025, 12:00"), "in the organization's zone: {}", mails[0].text);
        assert!(!mails[0].text.contains(DORA), "others are not named");
        assert!(delivered(app).await.is_empty());
    }

    async fn several_tasks_of_one_launch_come_in_one_mail(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let people = json!({"guests": [CARL]});
        let tasks = json!({&template.steps[0]: {"owners": people}, &template.steps[1]: {"owners": people}, &template.steps[2]: {"owners": people}});
        let run = template.launch(&admin, &json!({"tasks": tasks})).await;
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "2 tasks for you at Acme")]);
        assert!(mails[0].text.contains("Call Acme") && mails[0].text.contains("Approve"));
        assert!(!mails[0].text.contains("Celebrate") && !mails[0].html.contains("Celebrate"), "it is hidden");
        // The hidden one is told of when it shows.
        run.fill(&admin, &template).await;
        run.complete(&admin, 0, &json!({})).await.expect(200);
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "Celebrate")]);
        // Opened again, with what was filled in.
        run.reopen(&admin, 0).await.expect(200);
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "Open again: Call Acme")]);
        assert!(mails[0].text.contains("still there"));
    }

    async fn what_a_guest_s_own_work_brings_is_told(app) {
        let (admin, template) = (app.admin(), template(app).await);
        let people = json!({"guests": [CARL]});
        let tasks = json!({&template.steps[0]: {"owners": people}, &template.steps[2]: {"owners": people}});
        let run = template.launch(&admin, &json!({"tasks": tasks})).await;
        run.fill(&admin, &template).await;
        assert_eq!(told(&delivered(app).await), [(CARL, "tasks", "Call Acme")]);
        let done = run.complete(&admin, 0, &json!({"override_guest": CARL})).await.expect(200);
        assert_eq!(done.data()["completer_guest"], CARL);
        assert_eq!(told(&delivered(app).await), [(CARL, "tasks", "Celebrate")]);
    }

    async fn tasks_given_one_after_another_share_a_mail(app) {
        let admin = app.admin();
        for title in ["First", "Second", "Third"] {
            admin.post("/tasks", &body_with(&[], &[CARL], &json!({"title": title}))).await.expect(201);
        }
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "3 tasks for you at Acme")]);
        let place = |title: &str| mails[0].text.find(title).unwrap();
        assert!(place("First") < place("Second") && place("Second") < place("Third"));
    }

    async fn changes_are_told_with_the_old_deadline(app) {
        let admin = app.admin();
        let task = guests_task(&admin).await;
        delivered(app).await;
        admin.put(&task, &json!({"deadline": "2025-05-30 12:00:00"})).await.expect(200);
        admin.put(&task, &json!({"deadline": "2025-06-02 12:00:00"})).await.expect(200);
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "changes", "New deadline: Send the contract")]);
        assert!(mails[0].text.contains("New deadline: 2 June 2025, 12:00, before: 22 May 2025, 12:00"), "{}", mails[0].text);
        admin.put(&task, &json!({"title": "Send both contracts"})).await.expect(200);
        assert_eq!(told(&delivered(app).await), [(CARL, "changes", "Changed: Send both contracts")]);
        // What guests do not notice is not told.
        admin.put(&task, &json!({"max_assignable": 5})).await.expect(200);
        assert!(delivered(app).await.is_empty());
    }

    async fn what_is_not_so_any_more_is_not_told(app) {
        let admin = app.admin();
        let task = guests_task(&admin).await;
        complete(&admin, &task, &json!({})).await.expect(200);
        assert!(delivered(app).await.is_empty(), "it is done");
        let other = guests_task(&admin).await;
        admin.put(&other, &json!({"owners": {"users": [app.acme.member(Role::Admin).get()], "guests": [], "groups": []}})).await.expect(200);
        assert!(delivered(app).await.is_empty(), "it is somebody else's");
        let third = guests_task(&admin).await;
        admin.delete(&third).await.expect(204);
        assert!(delivered(app).await.is_empty(), "it is archived");
    }

    async fn disabled_guests_get_nothing(app) {
        let admin = app.admin();
        let task = guests_task(&admin).await;
        admin.delete(&format!("{}/disable", guests::path(CARL))).await.expect(200);
        admin.put(&task, &json!({"title": "Other"})).await.expect(200);
        assert!(delivered(app).await.is_empty());
        admin.put(&format!("{}/enable", guests::path(CARL)), &json!({})).await.expect(200);
        assert!(delivered(app).await.is_empty(), "what was dropped stays dropped");
    }

    async fn whoever_joins_a_group_is_told_of_its_tasks(app) {
        let admin = app.admin();
        guests::create(&admin, CARL).await;
        guests::create(&admin, DORA).await;
        let group = admin.post("/groups", &json!({"name": "Clients", "description": "x", "guests": [CARL]})).await.expect(201);
        let id = group.data()["id"].as_str().unwrap().to_owned();
        let owners = json!({"owners": {"users": [], "guests": [], "groups": [id]}});
        admin.post("/tasks", &body_with(&[], &[], &owners)).await.expect(201);
        let template = template(app).await;
        template.launch(&admin, &json!({"tasks": {&template.steps[1]: {"owners": {"groups": [id]}}}})).await;
        assert_eq!(told(&delivered(app).await), [(CARL, "tasks", "2 tasks for you at Acme")]);
        admin.put(&format!("/groups/{id}"), &json!({"name": "Clients", "description": "x", "guests": [CARL, DORA]})).await.expect(201);
        assert_eq!(told(&delivered(app).await), [(DORA, "tasks", "2 tasks for you at Acme")]);
    }

    async fn a_new_address_is_not_new_work(app) {
        let admin = app.admin();
        let template = template(app).await;
        template.launch(&admin, &json!({"tasks": {&template.steps[0]: {"owners": {"guests": [CARL]}}}})).await;
        guests_task(&admin).await;
        delivered(app).await;
        admin.put(&format!("{}/email", guests::path(CARL)), &json!({"email": DORA})).await.expect(200);
        assert!(delivered(app).await.is_empty());
    }

    async fn organizations_do_not_share_mails(app) {
        app.admin().post("/tasks", &body(&[], &[CARL])).await.expect(201);
        let other = app.client_of(&app.other, Role::Admin);
        other.post("/tasks", &body(&[], &[CARL])).await.expect(201);
        let mails = delivered(app).await;
        assert_eq!(told(&mails), [(CARL, "tasks", "Send the contract"); 2]);
        for mail in &mails {
            assert!(mail.text.contains("Acme") != mail.text.contains("Other"), "{}", mail.text);
        }
    }

    async fn titles_and_names_stay_what_they_are(app) {
        let admin = app.admin();
        let title = "<b>Sign</b> \u{202E}gpj.exe\u{200B} & {{x}} %0d%0aBcc: eve@evil.example";
        let made = admin.post("/tasks", &body_with(&[], &[CARL], &json!({"title": title}))).await;
        // What hides something is refused where it comes in.
        assert_eq!(made.expect(422).faults(), ["title"]);
        let title = "<b>Sign</b> שלום & {{x}} %0d%0aBcc: eve@evil.example";
        admin.post("/tasks", &body_with(&[], &[CARL], &json!({"title": title}))).await.expect(201);
        guests::create_with(&admin, &json!({"email": DORA, "first_name": "<i>Dora</i>"})).await;
        admin.post("/tasks", &body(&[], &[DORA])).await.expect(201);
        let mails = delivered(app).await;
        assert_eq!(mails[0].subject, title);
        assert!(!mails[0].html.contains("<b>Sign") && mails[0].html.contains("&#60;b&#62;Sign"));
        assert!(!mails[0].headers.iter().any(|(name, _)| name == "Bcc"));
        assert!(!mails[1].html.contains("<i>Dora") && mails[1].text.contains("Hello <i>Dora</i>,"));
    }
}

async fn guests_task(client: &hospes_testing::Client) -> String {
    let made = client.post("/tasks", &body(&[], &[CARL])).await.expect(201);
    format!("/tasks/{}", made.data()["id"].as_str().unwrap())
}
