//! Random templates that hold together, and random wishes to play with them. A
//! handful of small numbers is drawn and made into a template or a command with
//! whatever is there, so that what shrinks stays meaningful.

use hospes_model::run::Process;
use hospes_model::task::TaskType;
use hospes_model::task::form::{FieldDraft, FieldType};
use hospes_model::workflow::{
    Action, Added, Answer, AssignVerb, Blueprint, By, Command, Condition, Direction, Edit, Field,
    FieldOperation, FieldRef, Launch, Logic, Offset, People, Rule, Snapshot, Step, StepBase, StepDeadline,
    StepOperation, StepOverride, Test, TimeClause, Unit, Validation,
};
use hospes_model::{FieldId, GroupId, Refusal, RuleId, TaskId, ThreadId};
use jiff::SignedDuration;

use super::ADDRESSES;
use crate::databases::World;
use crate::runs::{address, blueprint, guest, guests, number, step, step_id};

/// Numbers that one step, rule or command is made of.
pub(super) type Draw = [u8; 10];

pub(super) fn of<T: Copy>(list: &[T], number: u8) -> T {
    list[usize::from(number) % list.len()]
}

fn some_people(world: &World, groups: &[GroupId], number: u8) -> People {
    let members = |places: &[usize]| People::members(places.iter().map(|place| world.members[*place]));
    let group =
        || groups.first().map_or_else(People::default, |_| People::of_groups([of(groups, number / 11)]));
    match number % 11 {
        0 => People::default(),
        1 => members(&[1]),
        2 => members(&[2, 3]),
        3 | 4 => guests(&[ADDRESSES[0]]),
        5 => guests(&ADDRESSES[1..3]),
        6 => members(&[3]).with(&guests(&[ADDRESSES[2]])),
        7 | 8 => group(),
        9 => group().with(&guests(&[ADDRESSES[0]])),
        _ => guests(&[of(&ADDRESSES, number / 11)]),
    }
}

fn some_span(number: u8) -> Offset {
    let (value, unit) = match number % 4 {
        0 => (30, Unit::Minutes),
        1 => (5, Unit::Hours),
        2 => (2, Unit::Days),
        _ => (1, Unit::Weeks),
    };
    Offset::new(value, unit).unwrap()
}

/// The field of step `n` has the number `n`; it asks for text or for people.
fn some_field(n: usize, kind: u8) -> Field {
    let field_type = if kind.is_multiple_of(2) { FieldType::Text } else { FieldType::AssigneesForm };
    let draft = FieldDraft {
        label: format!("Field {n}"),
        field_type,
        required: kind > 200,
        options: Vec::new(),
        columns: Vec::new(),
        guidance: None,
        position: 1,
    };
    let mut definition = draft.with_id(FieldId::new(2, number(n)));
    definition.alias = format!("f{n}");
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

pub(super) fn template(
    world: &World,
    groups: &[GroupId],
    template: u8,
    steps: &[Draw],
    rules: &[Draw],
) -> Blueprint {
    let kinds = [TaskType::Task, TaskType::Task, TaskType::Approval, TaskType::Expiring];
    let made = steps.iter().zip(1..).map(|(draw, n)| {
        let base = match usize::from(draw[3]) % n {
            0 => StepBase::Launch,
            earlier => StepBase::Step(step_id(earlier)),
        };
        let deadline = StepDeadline { offset: some_span(draw[4]), direction: Direction::From, base };
        Step {
            people: some_people(world, groups, draw[1]),
            deadline: (!draw[2].is_multiple_of(3)).then_some(deadline),
            assign_run_starter: draw[5].is_multiple_of(2),
            everyone_must_complete: draw[5].is_multiple_of(3),
            can_complete_only_assignees: draw[5].is_multiple_of(5),
            hidden_by_default: draw[6].is_multiple_of(7),
            captures: if draw[7].is_multiple_of(3) { Vec::new() } else { vec![some_field(n, draw[7])] },
            title: if draw[6].is_multiple_of(2) { format!("Step {n}") } else { format!("For {{{{f{n}}}}}") },
            ..step(n, of(&kinds, draw[0]))
        }
    });
    let mut made = blueprint(template, made.collect(), Vec::new());
    for (at, draw) in rules.iter().enumerate() {
        made.automated_actions.push(some_rule(world, groups, &made, at, draw));
        // A rule that does not fit is left out.
        match Snapshot::new(made.clone()) {
            Ok(_) => {}
            Err(Refusal::Invalid(_)) => drop(made.automated_actions.pop()),
            Err(other) => panic!("{other:?}"),
        }
    }
    made
}

fn some_rule(world: &World, groups: &[GroupId], template: &Blueprint, at: usize, draw: &Draw) -> Rule {
    let n = 1 + usize::from(draw[0]) % template.steps.len();
    let asked = &template.steps[n - 1];
    let test = match asked.captures.first() {
        Some(field) if draw[1].is_multiple_of(4) => Test::Field {
            field: FieldRef::Capture(field.id()),
            operation: FieldOperation::IsNotEmpty,
            operands: Vec::new(),
            column: None,
        },
        _ => {
            let operation = match asked.task_type {
                TaskType::Approval => StepOperation::Rejected,
                TaskType::Expiring => StepOperation::Expired,
                _ => StepOperation::Completed,
            };
            Test::Step { step: step_id(n), operation, when: TimeClause::AnyTime }
        }
    };
    let target = 1 + usize::from(draw[2]) % template.steps.len();
    let step = step_id(target);
    let picker =
        asked.captures.first().filter(|field| field.definition.field_type == FieldType::AssigneesForm);
    let action = match draw[3] % 6 {
        0 => Action::Visibility { step, show: true },
        1 => Action::Visibility { step, show: false },
        2 => Action::Reopen { step },
        3 if picker.is_some() => Action::Assignment {
            step,
            verb: AssignVerb::Assign,
            people: People::default(),
            from: picker.map(|field| FieldRef::Capture(field.id())),
        },
        _ => Action::Assignment {
            step,
            verb: of(AssignVerb::ALL, draw[5]),
            people: some_people(world, groups, draw[4]).with(&People::members([world.members[1]])),
            from: None,
        },
    };
    Rule {
        id: RuleId::new(3, number(at)),
        alias: format!("Rule {at}"),
        conditions: vec![Condition { logic: Logic::And, test }],
        actions: vec![action],
    }
}

/// What a launch says besides.
pub(super) fn some_launch(world: &World, groups: &[GroupId], draw: &Draw, launch: &mut Launch) {
    if draw[3].is_multiple_of(3) {
        let people = Some(some_people(world, groups, draw[4]));
        launch.tasks.insert(step_id(1), StepOverride { deadline: None, people });
    }
    if draw[5].is_multiple_of(4) {
        launch.access = some_access(world, groups, draw[6]);
    }
}

fn some_access(world: &World, groups: &[GroupId], number: u8) -> People {
    let group = groups.first().map(|_| of(groups, number / 3));
    match number % 3 {
        0 => People::default(),
        1 => People::members([world.members[3]]),
        _ => People::of_groups(group),
    }
}

/// Who asks; mostly somebody who may.
fn somebody(world: &World, number: u8) -> By {
    match number % 10 {
        0..=3 => By::Member(world.acting(1)),
        4..=6 => By::Member(world.acting(2)),
        7 => By::Member(world.acting(3)),
        8 => By::Member(world.acting(4)),
        _ => By::Guest(address(of(&ADDRESSES, number / 10))),
    }
}

/// A command, made of the numbers and of what is there.
pub(super) fn some_command(
    world: &World,
    process: &Process,
    groups: &[GroupId],
    draw: &Draw,
) -> (By, Command) {
    let (run, by) = (&process.run, somebody(world, draw[2]));
    let tasks = &run.state().tasks;
    // What stops everything is mostly undone, so that histories go on.
    if run.state().archived_at.is_some() && !draw[3].is_multiple_of(4) {
        return (By::Member(world.acting(1)), Command::Activate);
    }
    if let Some(thread) = run.state().issues.first().filter(|_| !draw[3].is_multiple_of(4)) {
        return (by, Command::ResolveIssue { task: None, thread: *thread });
    }
    // Work is mostly done where there is some.
    let open: Vec<usize> = (0..tasks.len()).filter(|place| tasks[*place].is_completable()).collect();
    let place = match open.get(usize::from(draw[3]) % open.len().max(1)) {
        Some(place) if !draw[4].is_multiple_of(4) => *place,
        _ => usize::from(draw[3]) % tasks.len(),
    };
    let task = tasks[place].id;
    let thread = ThreadId::new(6, number(usize::from(draw[5] % 2)));
    let of_task = (!draw[6].is_multiple_of(4)).then_some(task);
    let people = || some_people(world, groups, draw[5]);
    let command = match draw[4] % 32 {
        0..=9 => {
            let guests = tasks[place].assignees.people.guests();
            let for_guest = guests.get(usize::from(draw[5]) % guests.len().max(1));
            let on_behalf_of = match (draw[6] % 3, for_guest) {
                (0, _) => None,
                (_, Some(email)) => Some(guest(email.as_str())),
                (_, None) => draw[6].is_multiple_of(2).then(|| guest(of(&ADDRESSES, draw[5]))),
            };
            Command::Complete { task, approved: Some(!draw[7].is_multiple_of(3)), on_behalf_of }
        }
        10 | 11 => {
            let done = tasks.iter().find(|task| task.completion.is_some()).map_or(task, |task| task.id);
            Command::Reopen { task: done }
        }
        12..=14 => {
            let Some(field) = run.step_of(place).and_then(|step| step.captures.first()) else {
                return (by, Command::Reopen { task });
            };
            let answer = match field.definition.field_type {
                FieldType::Text => Answer::text(["yes", "no", ""][usize::from(draw[5]) % 3]),
                _ => Answer::People(people()),
            };
            Command::Answer { task, values: vec![(field.id(), Some(answer))] }
        }
        15..=18 => Command::Assign { task, people: people() },
        19 => Command::AddGuests { task, guests: people().guests().to_vec() },
        20 | 21 => Command::SetVisible { task, visible: draw[5].is_multiple_of(2) },
        22 => {
            let deadline = Some(world.now() + SignedDuration::from_hours(i64::from(draw[5])));
            // The same the second time.
            Command::Edit { task, change: Edit { deadline, ..Edit::default() } }
        }
        23 => Command::ReportIssue { task: of_task, thread },
        24 => Command::ResolveIssue { task: of_task, thread },
        25 => Command::Share { access: some_access(world, groups, draw[5]) },
        26 => Command::HandOver { owner: world.members[usize::from(draw[5]) % 4] },
        27 => Command::Rename { name: format!("Process {}", draw[5] % 4) },
        28 => {
            let step = Step { people: people(), ..step(99, TaskType::Task) };
            let id = TaskId::new(50, number(usize::from(draw[5]) + 256 * usize::from(draw[6])));
            Command::AddTasks { tasks: vec![Added { id, step, started_at: None, deadline: None }] }
        }
        29 => Command::ResolveLoop { task },
        30 => Command::Activate,
        _ => Command::Archive,
    };
    (by, command)
}
