//! A directory that holds only those who are named decides as the whole one.

use std::collections::BTreeSet;
use std::sync::Arc;

use hospes_model::task::form::FieldType;
use hospes_model::workflow::*;
use hospes_model::{MemberId, Refusal, RunId};
use proptest::prelude::*;

use crate::generate::{some_command, somebody, stories};
use crate::support::*;

const THIRD: &str = "third@client.example";
const NOBODY: &str = "nobody@client.example";

/// More people than any process names, members who have guests' addresses, and
/// members who look after guests.
fn everybody() -> Directory {
    let mut all = directory();
    for id in 20..40 {
        all.members.insert(member(id), format!("Member {id}"));
        all.addresses.insert(format!("{id}@firm.example"), member(id));
        all.groups.insert(
            group_id(usize::try_from(id).unwrap()),
            Group { name: "Others".to_owned(), members: vec![member(id)], guests: vec![guest(NOBODY)] },
        );
    }
    // One is active and one has left.
    all.addresses.insert(THIRD.to_owned(), member(BO));
    all.addresses.insert("left@firm.example".to_owned(), member(66));
    all.disabled.extend([DORA, "35@guests.example"].map(str::to_owned));
    all.associates.insert(CARL.to_owned(), vec![member(67), member(21)]);
    all.associates.insert(DORA.to_owned(), vec![member(22)]);
    all.associates.insert(NOBODY.to_owned(), vec![member(23)]);
    all
}

/// What a storage loads for those who are named.
fn loaded(all: &Directory, named: &Named) -> Directory {
    let mut some = Directory { max_group_size: all.max_group_size, ..Directory::new(all.default_admin) };
    let groups = named.groups.iter().filter_map(|id| Some((*id, all.groups.get(id)?.clone())));
    some.groups = groups.collect();
    let of_groups = some.groups.values().flat_map(|group| &group.guests);
    let guests: BTreeSet<&str> =
        named.guests.values().chain(of_groups).map(hospes_model::email::EmailAddress::folded).collect();
    for folded in guests {
        let associates = all.associates.get(folded).map(|list| (folded.to_owned(), list.clone()));
        some.associates.extend(associates);
        some.disabled.extend(all.disabled.get(folded).cloned());
        some.addresses.extend(all.addresses.get(folded).map(|id| (folded.to_owned(), *id)));
    }
    let mut members: BTreeSet<MemberId> = named.users.clone();
    members.extend(some.groups.values().flat_map(|group| &group.members));
    members.extend(some.associates.values().flatten());
    members.extend(some.addresses.values());
    some.members = members.iter().filter_map(|id| Some((*id, all.members.get(id)?.clone()))).collect();
    some
}

fn named_by(run: &Run, by: &By, command: &Command) -> Named {
    let mut named = run.snapshot().named().clone();
    run.state().named(&mut named);
    by.named(&mut named);
    command.named(&mut named);
    named
}

fn launch(
    template: &Blueprint,
    change: impl FnOnce(&mut Launch),
    all: &Directory,
    some: bool,
) -> Result<(Run, Outcome), Refusal> {
    let snapshot = Arc::new(Snapshot::new(template.clone()).unwrap());
    let mut launch = Launch::new(RunId::new(8, [8; 10]), [9; 10], member(ANN));
    change(&mut launch);
    let (by, calendar) = (ann(), Calendar::plain());
    let with =
        |directory| Context { at: at(0), by: &by, calendar: &calendar, directory, policy: Policy::default() };
    if !some {
        return Run::launch(snapshot, &launch, with(all));
    }
    let mut named = Named::default();
    let none = Directory::new(all.default_admin);
    launch.named(&snapshot, with(&none), &mut named);
    let some = loaded(all, &named);
    assert!(some.members.len() < all.members.len() && some.groups.len() < all.groups.len());
    Run::launch(snapshot, &launch, with(&some))
}

/// Tasks that are given to whoever is written into two fields: one of the
/// kick-off form and one of the first step.
fn with_sources(mut template: Blueprint, at: usize) -> Blueprint {
    let last = template.steps.len();
    template.prerun.push(field(950, FieldType::Email));
    template.steps[0].captures.push(field(951, FieldType::Email));
    let give =
        |verb, from| Action::Assignment { step: step_id(last), verb, people: users(&[24]), from: Some(from) };
    let done = || when_step(1 + at % last, StepOperation::Completed);
    template.automated_actions.push(rule(800, done(), vec![give(AssignVerb::Assign, prerun(950))]));
    template.automated_actions.push(rule(801, done(), vec![give(AssignVerb::AssignOnly, capture(951))]));
    template
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn those_who_are_named_are_enough(story in stories(), place in any::<usize>(), gone in any::<u8>()) {
        let template = with_sources(story.template, place);
        let mut all = everybody();
        let written = [CARL, THIRD, "20@firm.example", "left@firm.example"];
        let write = |number: u8| text(written[usize::from(number) % written.len()]);
        let change = |launch: &mut Launch| {
            launch.prerun = vec![(field_id(950), write(gone))];
            launch.owner = Some(member(25));
            launch.access = users(&[26]);
            launch.tasks.insert(step_id(1), StepOverride { people: Some(guests(&[CARL, THIRD])), deadline: None });
        };
        let whole = launch(&template, change, &all, false);
        prop_assert_eq!(&whole, &launch(&template, change, &all, true));
        let Ok((mut run, _)) = whole else { return Ok(()) };
        // Some who looked after the process may have left.
        for (bit, id) in [(1, ANN), (2, 25), (4, 21), (8, EVE)] {
            if gone & bit != 0 {
                all.members.remove(&member(id));
            }
        }
        let (calendar, mut now) = (Calendar::plain(), 0);
        for draw in &story.wishes {
            now += i64::from(draw[0]) * 300;
            let by = if draw[7].is_multiple_of(5) { By::Clock } else { somebody(draw[6]) };
            let command = match draw[5] % 12 {
                0 => Command::CheckChaperones,
                1 => Command::Answer { task: run.state().tasks[0].id, values: vec![(field_id(951), Some(write(draw[4])))] },
                2 => Command::HandOver { owner: member(20 + i64::from(draw[4] % 30)) },
                3 => Command::AnswerPrerun { values: vec![(field_id(950), Some(write(draw[4])))] },
                _ => some_command(&run, draw),
            };
            let some = loaded(&all, &named_by(&run, &by, &command));
            prop_assert!(some.members.len() < all.members.len());
            let with = |directory| Context { at: at(now), by: &by, calendar: &calendar, directory, policy: Policy::default() };
            let mut other = run.clone();
            prop_assert_eq!(run.handle(&command, with(&all)), other.handle(&command, with(&some)), "{:?}", command);
            prop_assert_eq!(&run, &other);
            prop_assert_eq!(run.newly_assigned(None, &all), other.newly_assigned(None, &some));
        }
    }
}

#[test]
fn addresses_that_a_launch_makes_of_variables_are_named() {
    let mut template = with_sources(blueprint(vec![task(1), task(2)]), 0);
    template.prerun.push(text_field(952));
    let start = |text_of| Some(DefaultAnswer::Answer(text(text_of)));
    template.prerun[0].default = start("left@firm.example");
    template.steps[0].captures[0].default = start("{{f952}}@firm.example");
    let change = |launch: &mut Launch| launch.prerun = vec![(field_id(952), text("20"))];
    let all = everybody();
    let whole = launch(&template, change, &all, false).unwrap();
    assert_eq!(launch(&template, change, &all, true).unwrap(), whole);
    let (mut run, _) = whole;
    let (by, calendar) = (ann(), Calendar::plain());
    let command = Command::Complete { task: run.state().tasks[0].id, approved: None, on_behalf_of: None };
    let some = loaded(&all, &named_by(&run, &by, &command));
    let context =
        Context { at: at(1), by: &by, calendar: &calendar, directory: &some, policy: Policy::default() };
    run.handle(&command, context).unwrap();
    assert_eq!(run.state().tasks[1].assignees.people.users(), [member(20)]);
}

#[test]
fn every_part_of_a_process_and_of_a_wish_names_people() {
    let of = |command: Command| {
        let mut named = Named::default();
        command.named(&mut named);
        let users = named.users.iter().map(ToString::to_string);
        let guests = named.guests.values().map(ToString::to_string);
        users
            .chain(guests)
            .chain(named.groups.iter().map(|_| "group".to_owned()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let play = play(blueprint(vec![task(1)]));
    let task = play.id(1);
    let ann = Person::Member(member(ANN));
    let carl = Person::Guest(guest("Carl@client.example"));
    let both = users(&[EVE]).with(&guests(&[DORA])).with(&People::of_groups([group_id(1)]));
    let added = Added {
        id: task,
        step: Step { people: both.clone(), ..crate::support::task(2) },
        deadline: None,
        started_at: None,
    };
    let answers = |answer| vec![(field_id(1), Some(answer)), (field_id(2), None)];
    for (command, expected) in [
        (Command::Complete { task, approved: None, on_behalf_of: Some(ann.clone()) }, "2"),
        (
            Command::Answer { task, values: answers(Answer::People(both.clone())) },
            "4 dora@client.example group",
        ),
        (Command::Answer { task, values: answers(text("x")) }, ""),
        (Command::AnswerPrerun { values: answers(text(" Dora@client.example ")) }, "Dora@client.example"),
        (Command::Assign { task, people: both }, "4 dora@client.example group"),
        (Command::AddGuests { task, guests: vec![guest(CARL), guest("CARL@client.example")] }, CARL),
        (
            Command::Replace { person: ann.clone(), with: Some(carl.clone()), same_person: true },
            "2 Carl@client.example",
        ),
        (Command::AddTasks { tasks: vec![added] }, "4 dora@client.example group"),
        (Command::HandOver { owner: member(BO) }, "3"),
        (Command::Archive, ""),
    ] {
        assert_eq!(of(command.clone()), expected, "{command:?}");
    }

    let mut state = play.run.state().clone();
    state.access = users(&[30]);
    state.owner = member(31);
    state.prerun_completed = Some(Stamp { at: at(0), by: Some(Person::Member(member(32))) });
    state.tasks[0].assignees.chaperone = Some(member(33));
    state.tasks[0].parts = vec![Part { person: carl, at: at(0), approved: None }];
    let by = Some(Person::Member(member(34)));
    state.tasks[0].completion = Some(Completion { at: at(0), by, verdict: Verdict::Completed });
    state.tasks[0].answers.insert(field_id(1), Answer::People(users(&[35])));
    state.prerun.insert(field_id(2), text(DORA));
    let mut named = Named::default();
    state.named(&mut named);
    let expected = [ANN, 30, 31, 32, 33, 34, 35].map(member);
    assert_eq!(named.users, expected.into());
    assert_eq!(named.guests.keys().collect::<Vec<_>>(), [CARL, DORA]);
}
