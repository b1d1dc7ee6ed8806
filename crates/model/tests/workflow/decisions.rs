//! The decisions of the product notes that concern the engine, each by its
//! number. D21 and D24 are in `conditions.rs`, D23 is in `variables.rs`; D1, D6
//! to D11, D13, D17, D18, D20, D22 and D26 concern others.

use hospes_model::Refusal;
use hospes_model::task::form::FieldType;
use hospes_model::workflow::*;

use crate::support::*;

#[test]
fn d2_guests_only_read_a_completed_process_and_nothing_of_an_archived_one() {
    let mut template = blueprint(vec![Step { people: guests(&[CARL]), ..with(task(1), &[text_field(2)]) }]);
    template.prerun = vec![text_field(1)];
    let mut play = play(template);
    let form = |value: &str| Command::AnswerPrerun { values: vec![(field_id(1), Some(text(value)))] };
    play.does(&carl(), form("before"));
    play.complete(&carl(), 1);
    assert_eq!(play.run.status(), RunStatus::Complete);
    let task = play.id(1);
    let seen = |play: &Play| play.run.tasks_of_guest(&guest(CARL), &play.directory).count();
    assert_eq!(seen(&play), 1);
    assert!(matches!(play.try_do(&carl(), form("after")), Err(Refusal::Forbidden(_))));
    for command in [
        Command::Answer { task, values: vec![(field_id(2), Some(text("after")))] },
        Command::AddGuests { task, guests: vec![guest(DORA)] },
    ] {
        assert_eq!(faults(play.try_do(&carl(), command).unwrap_err()), ["task"]);
    }
    play.does(&ann(), form("by a member"));
    // What is opened again is theirs to work on again.
    play.reopen(&ann(), 1);
    play.does(&carl(), form("again"));
    play.complete(&carl(), 1);
    play.does(&ann(), Command::Archive);
    assert_eq!(seen(&play), 0);
    assert_eq!(play.try_do(&carl(), form("put away")), Err(Refusal::NotFound));
}

#[test]
fn d3_guests_reopen_nothing_but_their_issue_does_where_that_is_wanted() {
    for wanted in [true, false] {
        let mut play = play(blueprint(vec![Step { people: guests(&[CARL]), ..task(1) }]));
        play.policy.issues_reopen_tasks = wanted;
        play.complete(&carl(), 1);
        let task = play.id(1);
        assert!(matches!(play.try_do(&carl(), Command::Reopen { task }), Err(Refusal::Forbidden(_))));
        play.does(&carl(), Command::ReportIssue { task: Some(task), thread: thread(1) });
        assert_eq!(play.task(1).completion.is_none(), wanted);
    }
}

#[test]
fn d4_members_resolve_issues() {
    let people = users(&[BO]).with(&guests(&[CARL]));
    let mut play = play(blueprint(vec![Step { people, ..task(1) }]));
    let task = Some(play.id(1));
    play.does(&carl(), Command::ReportIssue { task, thread: thread(1) });
    let resolve = Command::ResolveIssue { task, thread: thread(1) };
    assert!(matches!(play.try_do(&carl(), resolve.clone()), Err(Refusal::Forbidden(_))));
    play.does(&bo(), resolve);
    assert_eq!(play.run.status(), RunStatus::Active);
}

#[test]
fn d5_guests_add_guests_up_to_the_limit_and_remove_nobody() {
    let mut play = play(blueprint(vec![Step { people: guests(&[CARL]), max_assignable: 2, ..task(1) }]));
    play.directory.addresses.insert("ann@firm.example".to_owned(), member(ANN));
    let task = play.id(1);
    let add = |text: &str| Command::AddGuests { task, guests: vec![guest(text)] };
    play.does(&carl(), add(DORA));
    assert_eq!(play.on(1), "carl@client.example dora@client.example (2)");
    assert!(play.does(&dora(), add("DORA@client.example")).events.is_empty());
    assert_eq!(faults(play.try_do(&dora(), add("third@client.example")).unwrap_err()), ["owners"]);
    // A member's address is refused, and it is not said why.
    assert_eq!(faults(play.try_do(&dora(), add("ann@firm.example")).unwrap_err()), ["guests"]);
    let remove = Command::Assign { task, people: guests(&[DORA]) };
    assert!(matches!(play.try_do(&dora(), remove), Err(Refusal::Forbidden(_))));
}

#[test]
fn d12_light_members_complete_their_tasks() {
    let mut play = play(blueprint(vec![Step { people: users(&[BO]), ..task(1) }]));
    play.complete(&bo(), 1);
    assert_eq!(play.run.status(), RunStatus::Complete);
}

#[test]
fn d14_the_launcher_is_added_only_when_nobody_is_there() {
    let of = |people| Step { assign_run_starter: true, people, ..task(1) };
    let on = |people| play(blueprint(vec![of(people)])).on(1);
    assert_eq!(on(People::of_groups([group_id(1)])), "group");
    assert_eq!(on(users(&[EVE])), "4");
    assert_eq!(on(People::default()), "2");
}

#[test]
fn d15_a_renamed_field_keeps_its_alias() {
    let mut template = blueprint(vec![Step { title: "For {{f1}}".to_owned(), ..task(1) }]);
    template.prerun = vec![text_field(1)];
    template.prerun[0].definition.label = "Quite another label".to_owned();
    let (play, _) = launched(template, |launch| launch.prerun = vec![(field_id(1), text("Acme"))]).unwrap();
    let by = ann();
    let (calendar, directory) = (&play.calendar, &play.directory);
    let context = Context { at: at(0), by: &by, calendar, directory, policy: play.policy };
    assert_eq!(play.run.title_of(0, context).as_deref(), Some("For Acme"));
}

#[test]
fn d16_texts_have_200_and_long_ones_30_000_characters() {
    for (kind, limit) in [(FieldType::Text, 200), (FieldType::Textarea, 30_000)] {
        let mut play = play(blueprint(vec![with(task(1), &[field(1, kind)])]));
        play.fill(&ann(), 1, 1, text(&"ä".repeat(limit)));
        let values = vec![(field_id(1), Some(text(&"ä".repeat(limit + 1))))];
        let task = play.id(1);
        let refusal = play.try_do(&ann(), Command::Answer { task, values }).unwrap_err();
        assert_eq!(faults(refusal), [format!("taskdata.{}", field_id(1))]);
    }
}

#[test]
fn d19_what_is_over_is_archived_and_can_be_brought_back() {
    let mut play = play(blueprint(vec![task(1)]));
    play.does(&ann(), Command::Archive);
    play.does(&ann(), Command::Activate);
    assert_eq!(play.run.status(), RunStatus::Active);
}

#[test]
fn d25_the_words_for_where_a_task_stands() {
    let words = [Status::NotStarted, Status::InProgress, Status::Completed, Status::AutoSkipped];
    assert_eq!(words.map(Status::as_str), ["not-started", "in-progress", "completed", "auto-skipped"]);
}

#[test]
fn d27_who_is_in_a_group_now_may_work_and_who_did_it_stays() {
    let people = People::of_groups([group_id(1)]);
    let mut play = play(blueprint(vec![Step { people: people.clone(), ..task(1) }]));
    assert_eq!(play.try_do(&carl(), Command::Reopen { task: play.id(1) }), Err(Refusal::NotFound));
    play.directory.groups.get_mut(&group_id(1)).unwrap().guests.push(guest(CARL));
    play.complete(&carl(), 1);
    play.directory.groups.get_mut(&group_id(1)).unwrap().guests.clear();
    let by = play.task(1).completion.as_ref().unwrap().by.clone();
    assert_eq!(by, Some(Person::Guest(guest(CARL))));
    assert_eq!(play.on(1), "group");
}

#[test]
fn d28_a_chaperone_is_not_required() {
    let people = guests(&[CARL, DORA]);
    let mut play = play(blueprint(vec![Step { everyone_must_complete: true, people, ..task(1) }]));
    assert_eq!(play.task(1).assignees.chaperone, Some(member(ANN)));
    play.complete(&carl(), 1);
    play.complete(&dora(), 1);
    assert!(play.task(1).completion.is_some());
}
