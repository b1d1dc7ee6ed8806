//! One-off tasks: every change, and what follows from it.

use hospes_model::Refusal;
use hospes_model::task::change::TaskChange;
use hospes_model::task::form::{Choice, FieldDraft, FieldType, FieldValue};
use hospes_model::task::lifecycle::{Completing, OnBehalf};
use hospes_model::task::{Completer, Task, TaskType};
use hospes_model::{EmailAddress, FieldId};
use hospes_store::Expected;
use hospes_store::guests::{self, GuestRef};
use hospes_store::tasks::write;

use crate::databases::{Failed, World, at, draft, on_every_database, wanted};

fn for_guest(email: &str) -> Completing {
    Completing { is_approved: None, on_behalf_of: Some(OnBehalf::Guest(email.to_owned())) }
}

fn people(task: &Task) -> (Vec<i64>, Vec<String>) {
    (
        task.owners.members.iter().map(|member| member.id.get()).collect(),
        task.owners.guests.iter().map(|guest| guest.email.to_string()).collect(),
    )
}

fn field(number: u8, required: bool) -> (FieldId, FieldDraft) {
    let draft = FieldDraft {
        label: "Colour".to_owned(),
        field_type: FieldType::Dropdown,
        required,
        options: vec![Choice { id: 1, text: "red".to_owned() }],
        columns: Vec::new(),
        guidance: Some("Choose".to_owned()),
        position: 1,
    };
    (FieldId::new(1, [number; 10]), draft)
}

#[test]
fn what_was_stored_is_read_back() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let mut full = draft(&[admin.id], &["ann@x.example"]);
        full.summary = Some("Two copies.\nSigned – ä".to_owned());
        full.task_type = TaskType::Approval;
        full.started_at = Some(at(-500));
        full.position = Some(9);
        full.webhook = Some("https://x.example/hook".to_owned());
        full.settings.everyone_must_complete = true;
        full.settings.max_assignable = 4;
        full.form_fields = vec![field(1, true)];
        let made = world.create(admin, &full).unwrap().task;
        assert_eq!(world.task(made.id), Some(made.clone()));
        assert_eq!((made.key.sequence(), made.position), (1, 9));

        let change = TaskChange {
            values: vec![(made.form_fields[0].id, Some(FieldValue::Option(1)))],
            ..TaskChange::default()
        };
        let changed = world.update(admin, made.id, &change).unwrap().task;
        assert_eq!(world.task(made.id), Some(changed.clone()));
        assert!(changed.revision > made.revision);

        let yes = |on_behalf_of| Completing { is_approved: Some(true), on_behalf_of };
        world.complete(admin, made.id, &yes(None)).unwrap();
        let guest = Some(OnBehalf::Guest("ANN@x.example".to_owned()));
        let done = world.complete(admin, made.id, &yes(guest)).unwrap().task;
        assert!(
            matches!(&done.completion.as_ref().unwrap().by, Completer::Guest { email, .. } if email == "ann@x.example")
        );
        assert_eq!(world.task(made.id), Some(done));
        let open = world.reopen(admin, made.id).unwrap().task;
        assert_eq!(world.task(made.id), Some(open.clone()));
        assert_eq!(
            (open.is_approved, open.form_fields[0].value.clone()),
            (None, Some(FieldValue::Option(1)))
        );
    });
}

#[test]
fn a_new_address_becomes_a_guest_and_a_lonely_guest_gets_the_caller() {
    on_every_database(|world| {
        let standard = world.actor(2);
        let made = world.create(standard, &draft(&[], &["New@x.example", "new@X.example"])).unwrap();
        assert_eq!(people(&made.task), (vec![standard.id.get()], vec!["New@x.example".to_owned()]));
        assert!(made.task.owners.members[0].added_by_server);
        assert_eq!(made.warnings.len(), 1);
        assert_eq!(world.guest("new@x.example").unwrap().stats.active_tasks, 1);
        let feed = world.feed();
        let verbs: Vec<&str> = feed.iter().map(|(verb, _)| verb.as_str()).collect();
        assert_eq!(verbs, ["created", "created"]);
        assert!(feed[1].1.contains(&made.warnings[0]));

        let alone = TaskChange { owners: Some(wanted(&[], &["new@x.example"])), ..TaskChange::default() };
        let admin = world.actor(1);
        let changed = world.update(admin, made.task.id, &alone).unwrap();
        assert_eq!(people(&changed.task).0, [admin.id.get()]);
        assert_eq!(changed.warnings.len(), 1);
    });
}

#[test]
fn a_member_s_address_assigns_the_member() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let made = world.create(admin, &draft(&[], &["Member2@org1.example"])).unwrap();
        assert_eq!(people(&made.task), (vec![world.members[1].get()], vec![]));
        assert!(made.warnings[0].contains("assigned as a member"));
        assert!(world.guest("member2@org1.example").is_none());
    });
}

#[test]
fn everybody_who_cannot_be_assigned_is_named_and_nothing_is_written() {
    on_every_database(|world| {
        let (_, strangers) = world.neighbour();
        world.make_guest("off@x.example").unwrap();
        world.disable_guest("off@x.example").unwrap();
        let before = world.feed().len();
        let mut bad = draft(
            &[world.members[0], strangers[0], world.members[4]],
            &["fresh@x.example", "off@x.example", "member5@org1.example"],
        );
        bad.faults.add("title", "The title field is required.");
        assert_eq!(
            world.create(world.actor(1), &bad).unwrap_err().fields(),
            ["owners.guests.1", "owners.guests.2", "owners.users.1", "owners.users.2", "title"]
        );
        let mut crowded = draft(&[world.members[0]], &["fresh@x.example"]);
        crowded.settings.max_assignable = 1;
        assert_eq!(world.create(world.actor(1), &crowded).unwrap_err().fields(), ["owners"]);
        assert!(world.guest("fresh@x.example").is_none());
        assert_eq!(world.feed().len(), before);
        assert_eq!(world.numbers("SELECT COUNT(*) FROM task"), [[0]]);
    });
}

#[test]
fn who_is_on_the_task_may_stay_whatever_became_of_them() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let made = world.create(admin, &draft(&[world.members[1]], &["ann@x.example"])).unwrap().task;
        world.disable_guest("ann@x.example").unwrap();
        let echo = TaskChange {
            title: Some("Again".to_owned()),
            owners: Some(wanted(&[world.members[1]], &["ann@x.example"])),
            ..TaskChange::default()
        };
        assert_eq!(people(&world.update(admin, made.id, &echo).unwrap().task), people(&made));
        assert!(world.create(admin, &draft(&[], &["ann@x.example"])).is_err());
    });
}

#[test]
fn a_change_that_changes_nothing_writes_nothing() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let made = world.create(admin, &draft(&[admin.id], &["ann@x.example"])).unwrap().task;
        let (feed, revision) = (world.feed().len(), world.guest_revision());
        let same = TaskChange {
            title: Some(made.title.clone()),
            owners: Some(wanted(&[admin.id], &["ann@x.example"])),
            ..TaskChange::default()
        };
        assert_eq!(world.update(admin, made.id, &same).unwrap().task, made);
        assert_eq!(world.set_archived(admin, made.id, false).unwrap().task, made);
        assert_eq!((world.feed().len(), world.guest_revision()), (feed, revision));
        world.set_archived(admin, made.id, true).unwrap();
        let (feed, archived) = (world.feed().len(), world.task(made.id));
        world.set_archived(admin, made.id, true).unwrap();
        assert_eq!((world.feed().len(), world.task(made.id)), (feed, archived));
    });
}

#[test]
fn the_life_of_a_task_is_told_and_counted() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let id = world.create(admin, &draft(&[admin.id], &["ann@x.example"])).unwrap().task.id;
        let stats = || world.guest("ann@x.example").unwrap().stats;
        let count = || (stats().active_tasks, stats().one_off_tasks_completed);
        assert_eq!(count(), (1, 0));
        let done = world.complete(admin, id, &for_guest("ann@x.example")).unwrap().task;
        assert_eq!(count(), (0, 1));
        assert_eq!(stats().last_one_off_task_completed_at, Some(done.completion.unwrap().at));
        world.reopen(admin, id).unwrap();
        assert_eq!((count(), stats().last_one_off_task_completed_at), ((1, 0), None));
        world.complete(admin, id, &Completing::default()).unwrap();
        assert_eq!(count(), (0, 0), "a member's work is not the guest's");
        world.reopen(admin, id).unwrap();
        world.set_archived(admin, id, true).unwrap();
        assert_eq!(count(), (0, 0));
        world.set_archived(admin, id, false).unwrap();
        assert_eq!(count(), (1, 0));
        world.delete(admin, id).unwrap();
        assert_eq!(count(), (0, 0));
        assert_eq!(world.task(id), None);
        assert_eq!(world.numbers("SELECT COUNT(*) FROM task_guest"), [[0]]);
        let verbs: Vec<String> = world.feed().into_iter().skip(1).map(|(verb, _)| verb).collect();
        assert_eq!(
            verbs,
            [
                "created",
                "completed",
                "re-opened",
                "completed",
                "re-opened",
                "archived",
                "unarchived",
                "deleted"
            ]
        );
    });
}

#[test]
fn a_removed_guest_stays_the_author_of_finished_work() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let id = world.create(admin, &draft(&[admin.id], &["ann@x.example"])).unwrap().task.id;
        world.complete(admin, id, &for_guest("ann@x.example")).unwrap();
        let revision = world.task(id).unwrap().revision;
        world.remove_guest("ann@x.example").unwrap();
        let task = world.task(id).unwrap();
        assert!(
            matches!(task.completion.unwrap().by, Completer::Guest { email, .. } if email == "ann@x.example")
        );
        assert!(task.owners.guests.is_empty() && task.revision > revision);
    });
}

#[test]
fn a_guest_s_new_address_shows_in_their_tasks() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let made = world.create(admin, &draft(&[admin.id], &["ann@x.example"])).unwrap().task;
        let (org, cause) = (world.org, world.cause(admin));
        world
            .write(move |tx| {
                let ann = GuestRef::parse("ann@x.example").unwrap();
                let email = EmailAddress::parse("bea@x.example").unwrap();
                guests::change_email::<Failed>(
                    tx,
                    org,
                    &ann,
                    &Expected::Any,
                    &email,
                    &hospes_model::GuestCode::new([9; 24]),
                    &cause,
                )
            })
            .unwrap();
        let task = world.task(made.id).unwrap();
        assert_eq!(people(&task).1, ["bea@x.example"]);
        assert!(task.revision > made.revision, "what the task shows has changed");
    });
}

#[test]
fn tasks_that_one_may_not_see_do_not_exist() {
    on_every_database(|world| {
        let mut secret = draft(&[world.members[1]], &[]);
        secret.settings.top_secret = true;
        let id = world.create(world.actor(1), &secret).unwrap().task.id;
        let (other, light) = (world.actor(3), world.actor(4));
        for actor in [other, light] {
            assert!(world.update(actor, id, &TaskChange::default()).unwrap_err().is_not_found());
            assert!(world.complete(actor, id, &Completing::default()).unwrap_err().is_not_found());
            assert!(world.reopen(actor, id).unwrap_err().is_not_found());
            assert!(world.set_archived(actor, id, true).unwrap_err().is_not_found());
            assert!(world.delete(actor, id).unwrap_err().is_not_found());
        }
        assert!(world.complete(world.actor(2), id, &Completing::default()).is_ok());
        assert!(world.delete(world.actor(1), world.task_id()).unwrap_err().is_not_found());
    });
}

#[test]
fn another_organization_s_task_does_not_exist() {
    on_every_database(|world| {
        let id = world.create(world.actor(1), &draft(&[], &["ann@x.example"])).unwrap().task.id;
        let (org, members) = world.neighbour();
        let actor = hospes_model::member::Actor { id: members[0], role: hospes_model::member::Role::Admin };
        let cause = world.cause(actor);
        let refused =
            world.write(move |tx| write::delete::<Failed>(tx, org, id, &Expected::Any, actor, &cause));
        assert!(refused.unwrap_err().is_not_found());
        assert!(world.task(id).is_some());
    });
}

#[test]
fn an_older_state_than_the_stored_one_is_refused() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let made = world.create(admin, &draft(&[], &[])).unwrap().task;
        let (org, id) = (world.org, made.id);
        let reopen_at = |revisions: Vec<i64>| {
            let cause = world.cause(admin);
            world.write(move |tx| {
                let expected = Expected::Revisions(revisions.clone());
                write::set_archived::<Failed>(tx, org, id, &expected, true, admin, &cause)
            })
        };
        let stale = reopen_at(vec![made.revision + 1]);
        assert!(matches!(stale, Err(Failed::Refused(Refusal::Stale))));
        assert!(reopen_at(vec![7000, made.revision]).is_ok());
    });
}

#[test]
fn completions_are_recorded_for_active_members_only() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let id = world.create(admin, &draft(&[admin.id], &[])).unwrap().task.id;
        let by = |number: usize| Completing {
            is_approved: None,
            on_behalf_of: Some(OnBehalf::Member(world.members[number - 1])),
        };
        assert_eq!(world.complete(admin, id, &by(5)).unwrap_err().fields(), ["override_user"]);
        assert!(world.complete(world.actor(2), id, &by(3)).is_ok());
    });
}

#[test]
fn unfilled_fields_hold_a_task_open() {
    on_every_database(|world| {
        let admin = world.actor(1);
        let mut form = draft(&[admin.id], &[]);
        form.form_fields = vec![field(1, true), field(2, false)];
        let made = world.create(admin, &form).unwrap().task;
        let name = format!("taskdata.{}", made.form_fields[0].id);
        assert_eq!(world.complete(admin, made.id, &Completing::default()).unwrap_err().fields(), [name]);
    });
}

/// Keeps the fixture's own pieces in use and in order.
#[test]
fn the_world_has_members_of_each_kind() {
    on_every_database(|world: &World| {
        assert_eq!(world.numbers("SELECT COUNT(*) FROM member WHERE status = 'active'"), [[4]]);
    });
}
