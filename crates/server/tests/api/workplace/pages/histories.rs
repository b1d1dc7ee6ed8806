//! Random histories: whatever a guest can fetch, by whatever address, is what
//! the permission function allows, and what happens in another organization
//! changes nothing of it.

use std::collections::BTreeSet;

use hospes_model::TaskId;
use hospes_model::member::Role;
use hospes_model::workplace::sight::{Look, Relation};
use hospes_store::guests::{self, GuestRef};
use hospes_store::workplace::list::{self, Show};
use hospes_store::workplace::sight::{self, Seen};
use hospes_testing::{Backend, Browser, TestApp, Value, json};
use proptest::prelude::*;

use super::super::{Visitor, sign_in};
use super::{CARL, DORA, Stage, one_off};
use crate::assets::{PDF, upload};

/// Something that a member does.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// Puts these guests on a task of the process: none, Carl, Dora, both.
    Assign(usize, u8),
    Complete(usize),
    Reopen(usize),
    Archive,
    Activate,
    Public(bool),
    /// Makes a one-off task for these.
    OneOff(u8),
    ArchiveOneOff(usize),
    /// Puts a file into the form of the first task.
    File,
    /// Writes something beside a task, or beside the first one-off task; for
    /// guests to see, or not.
    Comment(Option<usize>, bool),
    /// The same kind of thing elsewhere.
    Elsewhere(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0..4usize, 0..4u8).prop_map(|(step, who)| Move::Assign(step, who)),
        2 => (0..4usize).prop_map(Move::Complete),
        1 => (0..4usize).prop_map(Move::Reopen),
        1 => Just(Move::Archive),
        2 => Just(Move::Activate),
        2 => any::<bool>().prop_map(Move::Public),
        2 => (0..4u8).prop_map(Move::OneOff),
        1 => (0..3usize).prop_map(Move::ArchiveOneOff),
        1 => Just(Move::File),
        2 => (prop::option::of(0..4usize), any::<bool>()).prop_map(|(step, open)| Move::Comment(step, open)),
        2 => (0..4u8).prop_map(Move::Elsewhere),
    ];
    prop::collection::vec(one, 3..8)
}

/// What the moves have left behind.
#[derive(Default)]
struct Traces {
    /// One-off tasks.
    one_offs: Vec<String>,
    /// Files of the first task, as the API tells them.
    files: Vec<Value>,
    /// What was written: the words, the task, whether guests may see it.
    said: Vec<(String, String, bool)>,
}

fn who(number: u8) -> Vec<&'static str> {
    [CARL, DORA]
        .into_iter()
        .enumerate()
        .filter(|(at, _)| number & (1 << at) != 0)
        .map(|(_, email)| email)
        .collect()
}

/// What somebody sees: every page that there is for them, without the tokens
/// that are new on each.
async fn seen(browser: &Browser, guest: &Visitor, ids: &[String]) -> (BTreeSet<String>, String) {
    let mut tasks = BTreeSet::new();
    let mut all = String::new();
    for rest in ["", "?show=done", "?show=all", "/held.json"] {
        all.push_str(&browser.open(&guest.path(rest)).await.expect(200).without_tokens());
    }
    for id in ids {
        let page = browser.open(&guest.path(&format!("/tasks/{id}"))).await;
        assert!(page.status == 200 || page.status == 404, "{}", page.status);
        if page.status == 200 {
            tasks.insert(id.clone());
            all.push_str(&page.without_tokens());
        }
    }
    (tasks, all)
}

/// Checks that the guest gets the files of tasks that they see, and no others,
/// and reads what was written for guests beside their own, and nothing else.
async fn check_beside(
    (browser, guest): (&Browser, &Visitor),
    traces: &Traces,
    first: &str,
    (tasks, own): (&BTreeSet<String>, &BTreeSet<String>),
    pages: &str,
) {
    for file in &traces.files {
        let id = file["id"].as_str().unwrap();
        let got = browser.open(&guest.path(&format!("/files/{id}"))).await;
        let expected = if tasks.contains(first) { (200, PDF) } else { (404, &got.bytes[..]) };
        assert_eq!((got.status, &got.bytes[..]), expected, "{}: file {id}", guest.email);
    }
    for (words, task, open) in &traces.said {
        assert_eq!(pages.contains(words.as_str()), *open && own.contains(task), "{}: {words}", guest.email);
    }
}

/// The tasks that the guest may see, and those of them that are the guest's own.
async fn allowed(app: &TestApp, email: &str, ids: &[String]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (org, email, ids) = (app.acme.no, email.to_owned(), ids.to_vec());
    app.with_store(move |tx| {
        let guest = guests::find(tx, org, &GuestRef::Email(email.clone()))?.unwrap();
        let (mut allowed, mut own) = (BTreeSet::new(), BTreeSet::new());
        let listed = list::page(tx, &guest, Show::All, 0, 100)?;
        for id in &ids {
            let task: TaskId = id.parse().unwrap();
            let Some((seen, look)) = sight::task(tx, org, &guest, task)? else { continue };
            // The list counts as the function does.
            let processes = listed.tasks.iter().filter_map(|entry| entry.process.as_ref());
            for process in processes {
                if let Seen::OfRun(of) = &seen
                    && of.process.key == process.key
                {
                    let counted =
                        Look::progress(&of.process, &guest.email, guest.disabled.is_some(), &of.directory);
                    assert_eq!(process.progress, counted, "{email} at {id}");
                }
            }
            if look.is_seen() {
                allowed.insert(id.clone());
                if look.relation == Relation::Own {
                    own.insert(id.clone());
                }
            }
        }
        Ok((allowed, own))
    })
    .await
}

async fn make(app: &TestApp, stage: &Stage, traces: &mut Traces, step: Move) {
    let admin = &stage.admin;
    let me = app.acme.member(Role::Admin).get();
    match step {
        Move::Assign(at, guests) => {
            let path = format!("{}/tasks/{}", stage.run, stage.tasks[at]);
            admin.put(&path, &json!({"owners": {"users": [me], "guests": who(guests), "groups": []}})).await;
        }
        Move::Complete(at) => {
            admin
                .put(
                    &format!("{}/tasks/{}", stage.run, stage.tasks[at]),
                    &json!({"taskdata": {&stage.fields["Name"]: "Sons"}}),
                )
                .await;
            let body = json!({"task_id": stage.tasks[at], "is_approved": true});
            admin.post(&format!("{}/completed-tasks", stage.run), &body).await;
        }
        Move::Reopen(at) => {
            admin.delete(&format!("{}/completed-tasks/{}", stage.run, stage.tasks[at])).await;
        }
        Move::Archive => {
            admin.delete(&stage.run).await;
        }
        Move::Activate => {
            admin.put(&format!("{}/activate", stage.run), &json!({})).await;
        }
        Move::Public(public) => {
            admin.put(&stage.run, &json!({"is_public": public})).await;
        }
        Move::OneOff(guests) => {
            let title = format!("One-off {}", traces.one_offs.len());
            traces.one_offs.push(one_off(app, &who(guests), &json!({"title": title})).await);
        }
        Move::ArchiveOneOff(at) => {
            if let Some(id) = traces.one_offs.get(at) {
                admin.delete(&format!("/tasks/{id}")).await;
            }
        }
        Move::File => {
            let (field, run) = (&stage.fields["Paper"], stage.run.strip_prefix("/runs/").unwrap());
            let fields = [("subject_type", "Run"), ("subject_id", run), ("uploaded_from", field)];
            let sent = upload(admin, &fields, &[("name", "paper.pdf", PDF)]).await;
            if sent.status != 200 {
                return;
            }
            let files: Vec<&Value> = traces.files.iter().chain([sent.data()]).collect();
            let path = format!("{}/tasks/{}", stage.run, stage.tasks[0]);
            if admin.put(&path, &json!({"taskdata": {field: files}})).await.status == 200 {
                traces.files.push(sent.data().clone());
            }
        }
        Move::Comment(at, open) => {
            let Some(task) = at.map_or_else(|| traces.one_offs.first(), |at| stage.tasks.get(at)) else {
                return;
            };
            let words = format!("Word-{}-of-Ann", traces.said.len());
            let state = if open { "open" } else { "hide-for-guests" };
            let body = json!({"content": words, "state": state});
            if admin.post(&format!("/tasks/{task}/comment"), &body).await.status == 201 {
                traces.said.push((words, task.clone(), open));
            }
        }
        Move::Elsewhere(guests) => {
            let body = crate::tasks::body_with(&[], &who(guests), &json!({"title": "Elsewhere"}));
            app.client_of(&app.other, Role::Admin).post("/tasks", &body).await;
        }
    }
}

async fn play(app: &TestApp, moves: Vec<Move>) {
    let stage = Stage::new(app).await;
    let dora = Visitor::of(app, stage.admin.get(&format!("/guests/{DORA}")).await.expect(200).data());
    let doras = sign_in(app, &dora).await;
    let mut traces = Traces::default();
    for step in moves {
        let all: Vec<String> = stage.tasks.iter().chain(&traces.one_offs).cloned().collect();
        let before = match step {
            Move::Elsewhere(_) => Some(seen(&stage.browser, &stage.carl, &all).await.1),
            _ => None,
        };
        make(app, &stage, &mut traces, step).await;
        let all: Vec<String> = stage.tasks.iter().chain(&traces.one_offs).cloned().collect();
        for (browser, guest, email) in [(&stage.browser, &stage.carl, CARL), (&doras, &dora, DORA)] {
            let (tasks, pages) = seen(browser, guest, &all).await;
            let (expected, own) = allowed(app, email, &all).await;
            assert_eq!(tasks, expected, "{email} after {step:?}");
            for id in all.iter().filter(|id| !tasks.contains(*id)) {
                assert!(!pages.contains(id.as_str()), "{id} is named to {email} after {step:?}");
            }
            check_beside((browser, guest), &traces, &stage.tasks[0], (&tasks, &own), &pages).await;
            assert!(!pages.contains("Elsewhere"));
            if let (Some(before), CARL) = (&before, email) {
                assert_eq!(*before, pages, "another organization changed what {email} sees");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_guest_sees_what_the_permission_function_allows_and_nothing_else(moves in moves()) {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let moves = moves.clone();
            TestApp::block_on(backend, async |app| play(app, moves).await);
        }
    }
}
