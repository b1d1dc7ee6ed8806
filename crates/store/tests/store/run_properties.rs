//! Random histories of processes, over random templates. After each step what
//! is derived equals what the states say, asked in the plainest way; and both
//! databases say the same.

mod checks;
mod generate;

use std::cell::RefCell;

use hospes_model::run::Process;
use hospes_model::workflow::{By, Command};
use hospes_model::{GroupId, Refusal, RunId};
use hospes_store::Expected;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::databases::{Failed, World, on_every_database, wanted};
use crate::runs::{HOUR, store_template};
use checks::{check, view};
use generate::{Draw, of, some_command, some_launch, template};

/// The addresses that guests have; whoever is renamed takes one that is free.
const ADDRESSES: [&str; 6] = [
    "carl@client.example",
    "dora@client.example",
    "Emil@client.example",
    "fay@other.example",
    "gus@other.example",
    "hal@other.example",
];

/// The same, and those of members who may have become guests.
const ALL_ADDRESSES: [&str; 6] = [
    ADDRESSES[0],
    ADDRESSES[1],
    ADDRESSES[2],
    "member2@org1.example",
    "member3@org1.example",
    "member4@org1.example",
];

/// What there is to play with.
#[derive(Debug, Default)]
struct Made {
    runs: Vec<RunId>,
    groups: Vec<GroupId>,
    /// What was ever a group: templates name them still.
    names: usize,
}

/// Templates, and what happens.
#[derive(Debug, Clone)]
struct History {
    templates: Vec<(Vec<Draw>, Vec<Draw>)>,
    steps: Vec<Draw>,
}

fn histories() -> impl Strategy<Value = History> {
    let draw = any::<Draw>();
    (vec((vec(draw, 2..6), vec(draw, 0..7)), 2), vec(draw, 5..60))
        .prop_map(|(templates, steps)| History { templates, steps })
}

/// What became of a step, for comparing databases.
type Answer = Result<String, String>;

fn said<T: std::fmt::Debug>(result: Result<T, Failed>) -> Answer {
    match result {
        Ok(done) => Ok(format!("{done:?}")),
        Err(Failed::Refused(refusal)) => Err(format!("{refusal:?}")),
        Err(Failed::Broken(error)) => panic!("{error:?}"),
    }
}

fn group_change(world: &World, made: &mut Made, draw: &Draw) -> hospes_model::group::GroupChange {
    made.names += 1;
    let members: Vec<_> =
        (0..4).filter(|place| draw[4] >> place & 1 == 1).map(|place| world.members[place]).collect();
    let guests: Vec<&str> =
        (0..5).filter(|place| draw[5] >> place & 1 == 1).map(|place| ADDRESSES[place]).collect();
    hospes_model::group::GroupChange {
        name: Some(format!("Group {}", made.names)),
        people: wanted(&members, &guests),
        replaces_members: true,
        replaces_guests: draw[6].is_multiple_of(2),
        ..Default::default()
    }
}

/// Takes one step; what it was refused for, or what came of it.
fn take(world: &World, made: &mut Made, draw: &Draw) -> Answer {
    let email = of(&ADDRESSES[..if draw[7].is_multiple_of(2) { 2 } else { 6 }], draw[2]);
    let group = (!made.groups.is_empty()).then(|| of(&made.groups, draw[3]));
    match draw[0] % 40 {
        0..=2 => {
            let actor = world.acting(1 + usize::from(draw[1] % 4));
            let launch = |launch: &mut _| some_launch(world, &made.groups, draw, launch);
            let done = world.launch(actor, 1 + draw[2] % 2, launch);
            made.runs.extend(done.as_ref().map(|done| done.process.run.state().id));
            said(done.map(|done| (done.process.run.into_state(), done.process.about, done.outcome)))
        }
        3 => {
            let change = group_change(world, made, draw);
            let done = world.make_group(&change);
            made.groups.extend(done.as_ref().map(|done| done.group.id));
            said(done)
        }
        4 | 5 => {
            let change = group_change(world, made, draw);
            group.map_or(Ok(String::new()), |id| {
                said(world.change_group(world.acting(1 + usize::from(draw[1] % 2)), id, &change))
            })
        }
        6 if draw[1].is_multiple_of(3) => {
            group.map_or(Ok(String::new()), |id| said(world.delete_group(world.actor(1), id)))
        }
        7 => said(world.remove_guest(email)),
        8 => said(world.rename_guest(email, of(&ADDRESSES, draw[3]))),
        9 | 19 => said(world.make_guest(email)),
        10 if draw[1].is_multiple_of(4) => said(world.disable_guest(email)),
        11..=13 => {
            world.pass(HOUR * (1 + u64::from(draw[1])));
            let fired = world.fire();
            assert_eq!(world.fire(), 0, "each moment comes once");
            Ok(fired.to_string())
        }
        14 if !made.runs.is_empty() => said(world.delete_run(of(&made.runs, draw[1]))),
        15 => said(world.enable_member(of(&world.members[1..4], draw[1]))),
        16 if draw[1].is_multiple_of(2) => {
            let to = (draw[3].is_multiple_of(2)).then(|| of(&world.members[..4], draw[3] / 2));
            said(world.disable_member(world.acting(1), of(&world.members[1..4], draw[2]), to))
        }
        17 if draw[1].is_multiple_of(2) => {
            said(world.member_to_guest(world.acting(1), of(&world.members[1..4], draw[2])))
        }
        18 => said(world.guest_to_member(world.acting(1), of(&ALL_ADDRESSES, draw[2]))),
        _ if made.runs.is_empty() => Ok(String::new()),
        _ => {
            let run = of(&made.runs, draw[1]);
            let Some(found) = world.found(run) else { return Err("gone".to_owned()) };
            let (by, command) = some_command(world, &found.process, &made.groups, draw);
            ask(world, &found.process, &by, &command)
        }
    }
}

/// Asks a process for something: first as one who has seen another state of it,
/// then so that it counts, then once more.
fn ask(world: &World, before: &Process, by: &By, command: &Command) -> Answer {
    let run = before.run.state().id;
    let stale = Expected::Revisions(vec![before.revision + 1]);
    let all = view(world);
    match world.ask(by, run, &stale, vec![command.clone()]) {
        Err(Failed::Refused(Refusal::Stale | Refusal::NotFound)) => {}
        other => panic!("a stale command: {other:?}"),
    }
    assert_eq!(view(world), all, "a stale command changed something");
    let expected = Expected::Revisions(vec![before.revision]);
    let done = world.ask(by, run, &expected, vec![command.clone()]);
    if let Ok(done) = &done {
        assert_eq!(world.process(run), done.process, "what is answered is what is stored");
        let all = view(world);
        let again = world.ask(by, run, &Expected::Any, vec![command.clone()]);
        if let Ok(again) = &again {
            assert_eq!(
                again.process.revision, done.process.revision,
                "{command:?} twice: {:?}",
                again.outcome
            );
        }
        assert_eq!(view(world), all, "{command:?} twice");
    }
    said(done.map(|done| (done.process.run.into_state(), done.process.about, done.outcome)))
}

/// Plays a history on one database and tells what happened.
fn play(world: &World, history: &History) -> Result<Vec<(Answer, String)>, TestCaseError> {
    for email in &ADDRESSES[..2] {
        world.make_guest(email).unwrap();
    }
    let mut made = Made::default();
    for members in [vec![world.members[2], world.members[3]], vec![world.members[3]]] {
        made.names += 1;
        let change = hospes_model::group::GroupChange {
            name: Some(format!("Group {}", made.names)),
            people: wanted(&members, &[ADDRESSES[1]]),
            replaces_members: true,
            replaces_guests: true,
            ..Default::default()
        };
        made.groups.push(world.make_group(&change).unwrap().group.id);
    }
    for (number, (steps, rules)) in (1..).zip(&history.templates) {
        store_template(world, template(world, &made.groups, number, steps, rules));
    }
    let mut told = Vec::new();
    for draw in &history.steps {
        let before = view(world);
        let answer = take(world, &mut made, draw);
        let after = view(world);
        if answer.is_err() {
            prop_assert_eq!(&after, &before, "what was refused changed something: {:?} {:?}", answer, draw);
        }
        check(world, &made.runs, &made.groups)
            .map_err(|error| TestCaseError::fail(format!("{error} after {draw:?}: {answer:?}")))?;
        made.runs.retain(|run| world.found(*run).is_some());
        told.push((answer, after));
    }
    Ok(told)
}

#[test]
fn what_is_stored_equals_what_the_states_say_after_every_step_of_any_history() {
    // The same histories each time: a failure can be looked at again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let cases = Config::default().cases / 16;
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 50, ..Config::default() };
    let played = RefCell::new((0, 0));
    let result = TestRunner::new_with_rng(config, rng).run(&histories(), |history| {
        let told = RefCell::new(Vec::new());
        on_every_database(|world| told.borrow_mut().push(play(world, &history)));
        let mut told = told.into_inner().into_iter().collect::<Result<Vec<_>, _>>()?;
        let first = told.swap_remove(0);
        for other in &told {
            for ((one, two), draw) in first.iter().zip(other).zip(&history.steps) {
                prop_assert_eq!(one, two, "the databases differ after {:?}", draw);
            }
        }
        let done = first.iter().filter(|(answer, _)| answer.is_ok()).count();
        let mut played = played.borrow_mut();
        *played = (played.0 + done, played.1 + first.len());
        Ok(())
    });
    result.unwrap();
    let (done, all) = played.into_inner();
    assert!(done * 3 > all, "most steps were refused: {done} of {all}");
}
