//! Random histories: whatever a guest can fetch, by whatever address, is what
//! the permission function allows, and what happens in another organization
//! changes nothing of it.

use std::collections::BTreeSet;

use hospes_model::TaskId;
use hospes_model::member::Role;
use hospes_store::guests::{self, GuestRef};
use hospes_store::workplace::sight;
use hospes_testing::{Backend, Browser, TestApp, json};
use proptest::prelude::*;

use super::super::{Visitor, sign_in};
use super::{CARL, DORA, Stage, one_off};

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
        2 => (0..4u8).prop_map(Move::Elsewhere),
    ];
    prop::collection::vec(one, 3..8)
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
        all.push_str(&browser.open(&guest.path(rest)).await.expect(200).body);
    }
    for id in ids {
        let page = browser.open(&guest.path(&format!("/tasks/{id}"))).await;
        assert!(page.status == 200 || page.status == 404, "{}", page.status);
        if page.status == 200 {
            tasks.insert(id.clone());
            all.push_str(&page.body);
        }
    }
    let without_tokens =
        all.split("name=\"csrf\" value=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    (tasks, without_tokens.collect())
}

async fn allowed(app: &TestApp, email: &str, ids: &[String]) -> BTreeSet<String> {
    let (org, email, ids) = (app.acme.no, email.to_owned(), ids.to_vec());
    app.with_store(move |tx| {
        let guest = guests::find(tx, org, &GuestRef::Email(email.clone()))?.unwrap();
        let mut allowed = BTreeSet::new();
        for id in &ids {
            let task: TaskId = id.parse().unwrap();
            if sight::task(tx, org, &guest, task)?.is_some_and(|(_, look)| look.is_seen()) {
                allowed.insert(id.clone());
            }
        }
        Ok(allowed)
    })
    .await
}

async fn make(app: &TestApp, stage: &Stage, one_offs: &mut Vec<String>, step: Move) {
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
            let title = format!("One-off {}", one_offs.len());
            one_offs.push(one_off(app, &who(guests), &json!({"title": title})).await);
        }
        Move::ArchiveOneOff(at) => {
            if let Some(id) = one_offs.get(at) {
                admin.delete(&format!("/tasks/{id}")).await;
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
    let mut one_offs = Vec::new();
    for step in moves {
        let all: Vec<String> = stage.tasks.iter().chain(&one_offs).cloned().collect();
        let before = match step {
            Move::Elsewhere(_) => Some(seen(&stage.browser, &stage.carl, &all).await.1),
            _ => None,
        };
        make(app, &stage, &mut one_offs, step).await;
        let all: Vec<String> = stage.tasks.iter().chain(&one_offs).cloned().collect();
        for (browser, guest, email) in [(&stage.browser, &stage.carl, CARL), (&doras, &dora, DORA)] {
            let (tasks, pages) = seen(browser, guest, &all).await;
            assert_eq!(tasks, allowed(app, email, &all).await, "{email} after {step:?}");
            for id in all.iter().filter(|id| !tasks.contains(*id)) {
                assert!(!pages.contains(id.as_str()), "{id} is named to {email} after {step:?}");
            }
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
