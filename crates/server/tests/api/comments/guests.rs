//! What guests read and write, through the functions that their pages ask.

use hospes_model::activity::{Cause, GuestActor};
use hospes_model::comment::{Draft, Label, State};
use hospes_model::guest::Guest;
use hospes_model::member::Role;
use hospes_model::{EmailAddress, TaskId, ThreadId};
use hospes_server::entropy;
use hospes_server::error::Error;
use hospes_store::comments::guests::{Read, Voice};
use hospes_store::comments::write::{self, Wish};
use hospes_store::comments::{self, Place, Writer, issues};
use hospes_store::guests::{self, GuestRef};
use hospes_store::runs::write::Newcomers;
use hospes_store::workplace::sight::Companion;
use hospes_testing::{TestApp, both, json};

use super::{comment, id, member, problem, process, resolve, task, task_with};
use crate::tasks;

async fn guest(app: &TestApp, email: &str) -> Guest {
    let (org, email) = (app.acme.no, GuestRef::Email(email.to_owned()));
    app.with_store(move |tx| guests::find(tx, org, &email)).await.expect("a guest")
}

/// What a guest reads about the task at a path; `None` for one that is not for
/// them.
async fn read(app: &TestApp, email: &str, path: &str) -> Option<Vec<Read>> {
    let (org, guest, task) = (app.acme.no, guest(app, email).await, task_id(path));
    app.with_store(move |tx| comments::guests::read(tx, org, &guest, task)).await
}

async fn texts(app: &TestApp, email: &str, path: &str) -> Vec<String> {
    read(app, email, path).await.expect("a task").into_iter().map(|one| one.text).collect()
}

fn task_id(path: &str) -> TaskId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// Writes as a guest; the status is that of a request.
async fn say(app: &TestApp, email: &str, path: &str, draft: Draft) -> Result<String, u16> {
    let (org, guest, place) = (app.acme.no, guest(app, email).await, Place::Task(task_id(path)));
    let now = app.app.clock.now();
    let (millis, random) = entropy::id_parts(now);
    let actor = GuestActor { key: guest.key, email: guest.email.clone() };
    let cause = Cause { actor: None, guest: Some(actor), at: now, ip: None, request_id: "test".to_owned() };
    let work = move |tx: &mut hospes_store::Tx<'_>| {
        let mut admit = |_: &[EmailAddress]| Ok(());
        let mut newcomers = Newcomers { code: &mut entropy::guest_code, admit: &mut admit };
        let (id, writer) = (ThreadId::new(millis, random), Writer::Guest(&guest));
        let wish = Wish { id, place, draft: &draft, writer, cause: &cause };
        let written = match wish.draft.label {
            Label::Problem => issues::report::<Error>(tx, org, wish, &mut newcomers),
            Label::Resolve => issues::resolve::<Error>(tx, org, None, wish, &mut newcomers),
            _ => write::create::<Error>(tx, org, wish, &mut newcomers),
        };
        written.map(|written| written.comment.id.to_string())
    };
    app.app.store.write(work).await.map_err(|error: Error| error.status().as_u16())
}

fn draft(content: &str, label: Label, state: State) -> Draft {
    Draft { label, state, ..Draft::new(content) }
}

const ANN: &str = "ann@client.example";
const BOB: &str = "bob@client.example";

both! {
    async fn guests_read_their_own_what_is_open_and_what_mentions_them(app) {
        let (admin, (_, run)) = (app.admin(), process(app, &[ANN, BOB]).await);
        for path in [task(app, &[ANN, BOB]).await, format!("/tasks/{}", run.tasks[0])] {
            comment(&admin, &path, &json!({"content": "CANARY hidden"})).await.expect(201);
            let open = comment(&admin, &path, &json!({"content": "<p>Open</p>", "state": "open"})).await.expect(201);
            comment(&admin, &path, &json!({"content": "Folded", "state": "collapsed"})).await.expect(201);
            comment(&admin, &path, &json!({"content": format!("For @[{ANN}]")})).await.expect(201);
            say(app, ANN, &path, Draft::new("Mine")).await.unwrap();
            say(app, BOB, &path, draft("Bob's", Label::Comment, State::Open)).await.unwrap();
            assert_eq!(texts(app, ANN, &path).await, ["Open", "Folded", "For @ann", "Mine", "Bob's"]);
            assert_eq!(texts(app, BOB, &path).await, ["Open", "Folded", "Bob's"]);
            // Hidden again, it is gone at once.
            admin.put(&format!("{path}/comment/{}", id(&open)), &json!({"state": "hide-for-guests"})).await.expect(200);
            assert_eq!(texts(app, BOB, &path).await, ["Folded", "Bob's"]);
            let found = read(app, ANN, &path).await.unwrap();
            assert_eq!(found.iter().map(|one| one.collapsed).collect::<Vec<_>>(), [true, false, false, false]);
            assert_eq!(found[2].by, Voice::Own);
            let Voice::Companion(Companion::Guest { email, .. }) = &found[3].by else { panic!("{:?}", found[3].by) };
            assert_eq!(email.as_str(), BOB);
            // Members read all of it, and who wrote it.
            let all = admin.get(&format!("{path}?with=threads")).await.expect(200);
            let all = all.data()["threads"]["data"].as_array().unwrap();
            assert_eq!(all.len(), 6);
            let own = &all[4];
            assert_eq!((&own["author_type"], &own["author_guest"], &own["author_id"]), (&json!("guest"), &json!(ANN), &json!(null)));
        }
    }

    async fn guests_learn_of_nobody_who_is_not_on_the_task(app) {
        let admin = app.admin();
        let made = admin.post("/tasks", &tasks::body(&[member(app, Role::Admin)], &[ANN])).await.expect(201);
        let path = format!("/tasks/{}", id(&made));
        admin.post("/guests", &json!({"email": "other@client.example"})).await.expect(201);
        let text = format!("@[{}] @[{}] @[other@client.example]", member(app, Role::Admin), member(app, Role::Standard));
        comment(&admin, &path, &json!({"content": text, "state": "open"})).await.expect(201);
        comment(&app.client(Role::Standard), &path, &json!({"content": "I", "state": "open"})).await.expect(201);
        let found = read(app, ANN, &path).await.unwrap();
        let Voice::Companion(Companion::Member(name)) = &found[0].by else { panic!("{:?}", found[0].by) };
        assert_eq!(found[0].text, format!("@{name} @… @…"));
        assert_eq!(found[1].by, Voice::Organization);
    }

    async fn where_guests_may_not_comment_they_neither_write_nor_read(app) {
        let path = task_with(app, &[ANN], &json!({"prevent_guest_comment": true})).await;
        comment(&app.admin(), &path, &json!({"content": "Open", "state": "open"})).await.expect(201);
        assert_eq!(say(app, ANN, &path, Draft::new("Mine")).await, Err(403));
        assert_eq!(texts(app, ANN, &path).await, Vec::<String>::new());
        // An issue may be reported all the same.
        say(app, ANN, &path, draft("Stuck", Label::Problem, State::HideForGuests)).await.unwrap();
        assert_eq!(app.admin().get(&path).await.expect(200).data()["problem"], true);
    }

    async fn other_tasks_do_not_exist(app) {
        let (admin, (_, run)) = (app.admin(), process(app, &[ANN]).await);
        task(app, &[BOB]).await;
        let mine = task(app, &[ANN]).await;
        let of_run = format!("/tasks/{}", run.tasks[0]);
        for path in [&mine, &of_run, &format!("/tasks/{}", run.tasks[1])] {
            comment(&admin, path, &json!({"content": "Open", "state": "open"})).await.expect(201);
            assert_eq!(read(app, BOB, path).await, None, "{path}");
            let before = app.written().await;
            for label in [Label::Comment, Label::Problem] {
                assert_eq!(say(app, BOB, path, draft("x", label, State::Open)).await, Err(404), "{path}");
            }
            assert_eq!(app.written().await, before);
        }
        // Nor what is archived.
        admin.delete(&mine).await.expect(204);
        admin.delete(&run.path).await.expect(200);
        for path in [&mine, &of_run] {
            assert_eq!(read(app, ANN, path).await, None);
            assert_eq!(say(app, ANN, path, Draft::new("x")).await, Err(404));
        }
    }

    async fn an_issue_of_a_guest_opens_a_finished_task_again(app) {
        let (admin, (template, run)) = (app.admin(), process(app, &[ANN]).await);
        let of_run = format!("/tasks/{}", run.tasks[0]);
        admin.put(&of_run, &json!({"taskdata": {&template.note: "Done"}})).await.expect(200);
        for path in [task(app, &[ANN]).await, of_run] {
            tasks::complete(&admin, &path, &json!({"override_guest": ANN})).await.expect(200);
            let issue = say(app, ANN, &path, draft("Wrong", Label::Problem, State::HideForGuests)).await.unwrap();
            let data = admin.get(&format!("{path}?with=issues")).await.expect(200).data().clone();
            assert_eq!((&data["status"], &data["problem"]), (&json!("in-progress"), &json!(true)));
            assert_eq!(data["issues"]["data"][0]["author_guest"], ANN);
            tasks::complete(&admin, &path, &json!({})).await.expect(422);
            // Guests resolve nothing (D4).
            let before = app.written().await;
            assert_eq!(say(app, ANN, &path, draft("Done", Label::Resolve, State::Open)).await, Err(403));
            assert_eq!(app.written().await, before);
            assert!(!read(app, ANN, &path).await.unwrap()[0].resolved);
            resolve(&admin, &path, &json!({"thread_id": issue, "content": "Fine", "state": "open"})).await.expect(201);
            let found = read(app, ANN, &path).await.unwrap();
            assert!(found[0].resolved && found[1].label == Label::Resolve);
            tasks::complete(&admin, &path, &json!({})).await.expect(200);
        }
    }

    async fn what_a_guest_wrote_outlives_the_guest(app) {
        let (admin, path) = (app.admin(), task(app, &[ANN, BOB]).await);
        say(app, ANN, &path, draft("Mine", Label::Comment, State::Open)).await.unwrap();
        admin.delete(&format!("/guests/{ANN}")).await.expect(200);
        let data = admin.get(&format!("{path}?with=threads")).await.expect(200).data().clone();
        assert_eq!(data["threads"]["data"][0]["author_guest"], ANN);
        assert_eq!(read(app, BOB, &path).await.unwrap()[0].by, Voice::Organization);
        // Whoever gets the address next begins anew.
        admin.put(&path, &json!({"owners": {"guests": [ANN, BOB]}})).await.expect(200);
        let found = read(app, ANN, &path).await.unwrap();
        assert_eq!((found.len(), &found[0].by), (1, &Voice::Organization));
    }

    async fn people_are_told_of_what_they_may_read(app) {
        let (admin, path) = (app.admin(), task(app, &[ANN, BOB]).await);
        let told = async || {
            app.with_store(|tx| {
                let sql = "SELECT CASE WHEN m.guest_key IS NULL THEN 'member' ELSE g.email END FROM notice n \
                           JOIN mail m ON m.key = n.mail_key LEFT JOIN guest g ON g.key = m.guest_key \
                           WHERE m.kind IN ('comments', 'issues') ORDER BY 1";
                tx.query_all(sql, &[], |row| row.string(0))
            })
            .await
        };
        comment(&admin, &path, &json!({"content": "Hidden"})).await.expect(201);
        assert_eq!(told().await, ["member", "member"], "the other two members");
        comment(&admin, &path, &json!({"content": format!("@{ANN}")})).await.expect(201);
        assert_eq!(told().await, [ANN, "member", "member", "member", "member"]);
        say(app, BOB, &path, draft("Open", Label::Comment, State::Open)).await.unwrap();
        assert_eq!(told().await.iter().filter(|who| *who == ANN).count(), 2);
        assert_eq!(told().await.iter().filter(|who| *who == BOB).count(), 0);
        assert_eq!(told().await.len(), 9);
        problem(&admin, &path).await;
        assert_eq!(told().await.len(), 11);
    }
}
