//! Random templates that hold together, and random wishes to play with them.
//!
//! What is drawn is a handful of small numbers; they are made into a template
//! or a command with whatever is there. So everything drawn is meaningful, and
//! what shrinks stays so.

use hospes_model::email::EmailAddress;
use hospes_model::task::TaskType;
use hospes_model::task::form::{FieldType, FieldValue};
use hospes_model::workflow::*;
use hospes_model::{Refusal, TaskId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::*;

/// Numbers that one step, rule or command is made of.
pub(crate) type Draw = [u8; 10];

/// A template and what happens to its process.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) template: Blueprint,
    pub(crate) wishes: Vec<Draw>,
}

pub(crate) fn stories() -> impl Strategy<Value = Story> {
    let draw = any::<Draw>();
    (vec(draw, 2..8), vec(draw, 0..12), 0..3_usize, vec(draw, 1..60)).prop_map(
        |(steps, rules, prerun, wishes)| {
            let template = sound(template(&steps, &rules, prerun));
            Story { template, wishes }
        },
    )
}

/// Takes back the deadlines that wait for each other.
fn sound(mut template: Blueprint) -> Blueprint {
    for _ in 0..=template.steps.len() {
        let Err(Refusal::Invalid(errors)) = Snapshot::new(template.clone()) else { break };
        for (path, _) in errors.iter() {
            let step = path.strip_prefix("steps.").and_then(|rest| rest.strip_suffix(".deadline.step"));
            let place: usize = step.unwrap_or_else(|| panic!("{path}")).parse().unwrap();
            template.steps[place].deadline = None;
        }
    }
    template
}

fn of<T: Copy>(list: &[T], number: u8) -> T {
    list[usize::from(number) % list.len()]
}

fn some_people(number: u8) -> People {
    match number % 11 {
        0 | 1 => People::default(),
        2 => users(&[ANN]),
        3 => users(&[BO, EVE]),
        4 | 5 => guests(&[CARL]),
        6 => guests(&[CARL, DORA]),
        7 => users(&[EVE]).with(&guests(&[DORA])),
        8 => People::of_groups([group_id(1)]),
        9 => users(&[ANN, EVE]).with(&guests(&[CARL, DORA])),
        _ => People::of_groups([group_id(2)]).with(&guests(&[CARL])),
    }
}

fn some_span(number: u8) -> Offset {
    match number % 4 {
        0 => span(30, Unit::Minutes),
        1 => span(5, Unit::Hours),
        2 => span(1, Unit::Days),
        _ => span(1, Unit::Weeks),
    }
}

/// The fields of step `n` have the numbers `10 n` and `10 n + 1`.
fn some_fields(n: usize, number: u8) -> Vec<Field> {
    let kinds = [FieldType::Text, FieldType::Radio, FieldType::AssigneesForm, FieldType::Date];
    let count = usize::from(number % 3);
    let fields = (0..count).map(|at| {
        let field = field(10 * n + at, of(&kinds, number / 3 + u8::try_from(at).unwrap()));
        if number > 200 { required(field) } else { field }
    });
    fields.collect()
}

fn some_deadline(n: usize, count: usize, draw: &Draw) -> Option<StepDeadline> {
    let offset = some_span(draw[3]);
    let other = 1 + usize::from(draw[4]) % count;
    let (direction, base) = match draw[2] % 4 {
        0 => return None,
        1 => (Direction::From, StepBase::Launch),
        _ if other < n => (Direction::From, StepBase::Step(step_id(other))),
        _ if other > n => (Direction::Before, StepBase::Step(step_id(other))),
        _ => return None,
    };
    Some(StepDeadline { offset, direction, base })
}

fn template(steps: &[Draw], rules: &[Draw], prerun_fields: usize) -> Blueprint {
    let kinds =
        [TaskType::Task, TaskType::Task, TaskType::Approval, TaskType::Expiring, TaskType::ExpiringEmail];
    let count = steps.len();
    let steps = steps.iter().zip(1..).map(|(draw, n)| Step {
        deadline: some_deadline(n, count, draw),
        people: some_people(draw[1]),
        assign_run_starter: draw[5].is_multiple_of(2),
        everyone_must_complete: draw[6].is_multiple_of(3),
        can_complete_only_assignees: draw[7].is_multiple_of(4),
        max_assignable: if draw[8].is_multiple_of(3) && some_people(draw[1]).len() < 3 { 2 } else { 0 },
        hidden_by_default: draw[8].is_multiple_of(7),
        captures: some_fields(n, draw[9]),
        ..step(n, of(&kinds, draw[0]))
    });
    let mut template = blueprint(steps.collect());
    let choice = [FieldType::Radio, FieldType::AssigneesForm];
    template.prerun = (0..prerun_fields).map(|at| field(900 + at, choice[at])).collect();
    template.automated_actions =
        rules.iter().enumerate().map(|(at, draw)| some_rule(&template, at, draw)).collect();
    template
}

fn some_rule(template: &Blueprint, at: usize, draw: &Draw) -> Rule {
    let count = template.steps.len();
    let target = |number: u8| 1 + usize::from(number) % count;
    let mut conditions = vec![(Logic::And, some_test(template, draw[0], draw[1]))];
    if draw[2].is_multiple_of(3) {
        conditions.push((of(Logic::ALL, draw[3]), some_test(template, draw[3], draw[2])));
    }
    let mut actions = vec![some_action(template, target(draw[4]), draw[5], draw[6])];
    if draw[7].is_multiple_of(2) && target(draw[7] / 2) != target(draw[4]) {
        actions.push(some_action(template, target(draw[7] / 2), draw[8], draw[9]));
    }
    rule_of(at, conditions, actions)
}

fn some_test(template: &Blueprint, number: u8, other: u8) -> Test {
    let n = 1 + usize::from(other) % template.steps.len();
    let fields = &template.steps[n - 1].captures;
    let operands = || ["red", "yes", CARL, "2026-03-02"][usize::from(number / 3) % 4].to_owned();
    let ask = |field| Test::Field {
        field,
        operation: of(FieldOperation::ALL, number / 3),
        operands: vec![operands()],
        column: None,
    };
    match number % 3 {
        0 if !template.prerun.is_empty() => ask(FieldRef::Prerun(template.prerun[0].id())),
        1 if !fields.is_empty() => ask(FieldRef::Capture(fields[0].id())),
        _ => {
            let when = if other > 220 { of(TimeClause::ALL, other) } else { TimeClause::AnyTime };
            let likely = match template.steps[n - 1].task_type {
                TaskType::Approval => StepOperation::Rejected,
                TaskType::Expiring => StepOperation::Expired,
                _ => StepOperation::Completed,
            };
            let operation =
                if number.is_multiple_of(2) { likely } else { of(StepOperation::ALL, number / 2) };
            Test::Step { step: step_id(n), operation, when }
        }
    }
}

fn some_action(template: &Blueprint, n: usize, number: u8, other: u8) -> Action {
    let step = step_id(n);
    let (offset, direction) =
        (some_span(other), if other.is_multiple_of(2) { Direction::From } else { Direction::Before });
    match number % 8 {
        0 => show(n),
        1 | 2 => hide(n),
        3 | 4 => reopen(n),
        5 => {
            let base = match usize::from(other) % template.steps.len() {
                0 => DeadlineBase::Current,
                place if place + 1 < n => DeadlineBase::Step(step_id(place + 1)),
                _ => DeadlineBase::Current,
            };
            Action::Deadline { step, base, offset, direction }
        }
        6 if template.prerun.len() > 1 => {
            let (verb, people) = (AssignVerb::AssignOnly, some_people(other));
            Action::Assignment { step, verb, people, from: Some(FieldRef::Prerun(template.prerun[1].id())) }
        }
        _ => {
            let verb = of(AssignVerb::ALL, number / 8);
            let people = some_people(other);
            let people = if people.is_empty() { users(&[EVE]) } else { people };
            Action::Assignment { step, verb, people, from: None }
        }
    }
}

/// Who asks; mostly somebody who may.
pub(crate) fn somebody(number: u8) -> By {
    match number % 10 {
        0 => admin(),
        1..=3 => ann(),
        4 => bo(),
        5 | 6 => eve(),
        7 | 8 => carl(),
        _ => dora(),
    }
}

fn some_answer(field: &Field, number: u8) -> Option<Answer> {
    let answer = match field.definition.field_type {
        FieldType::Text => text(["yes", "no", "red", ""][usize::from(number) % 4]),
        FieldType::Radio => text(if number.is_multiple_of(2) { "red" } else { "green" }),
        FieldType::AssigneesForm => Answer::People(some_people(number)),
        FieldType::Date => text(["2026-03-02", "2026-03-04 12:00:00", "not a date"][usize::from(number) % 3]),
        FieldType::Dropdown => Answer::Value(FieldValue::Option(1)),
        _ => return None,
    };
    (number < 230).then_some(answer)
}

/// A command, made of the numbers and of what is there.
pub(crate) fn some_command(run: &Run, draw: &Draw) -> Command {
    let tasks = &run.state().tasks;
    // What stops everything is mostly undone, so that stories go on.
    if draw[8].is_multiple_of(2) && run.state().archived_at.is_some() {
        return Command::Activate;
    }
    if let Some(thread) = run.state().issues.first().filter(|_| draw[8].is_multiple_of(2)) {
        return Command::ResolveIssue { task: None, thread: *thread };
    }
    // Work is mostly done where there is some.
    let open: Vec<usize> = (0..tasks.len()).filter(|place| tasks[*place].is_completable()).collect();
    let place = match open.get(usize::from(draw[2]) % open.len().max(1)) {
        Some(place) if !draw[9].is_multiple_of(4) && draw[1] % 32 < 10 => *place,
        _ => usize::from(draw[2]) % tasks.len(),
    };
    let task = tasks[place].id;
    let step = run.step_of(place).unwrap();
    let on_behalf_of = draw[3]
        .is_multiple_of(8)
        .then(|| Person::Guest(guest(if draw[4].is_multiple_of(2) { CARL } else { DORA })));
    let values = |fields: &[Field]| -> Vec<_> {
        fields.iter().map(|field| (field.id(), some_answer(field, draw[4]))).collect()
    };
    let thread = thread(usize::from(draw[4] % 3));
    let of_task = (!draw[3].is_multiple_of(5)).then_some(task);
    match draw[1] % 32 {
        0..=9 => Command::Complete { task, approved: Some(!draw[4].is_multiple_of(3)), on_behalf_of },
        10 => Command::Complete { task, approved: None, on_behalf_of: None },
        11 | 12 => Command::Reopen { task },
        13..=15 => Command::Answer { task, values: values(&step.captures) },
        16 => Command::AnswerPrerun { values: values(run.prerun_fields()) },
        17 => Command::CompletePrerun,
        18 => Command::ReopenPrerun,
        19 | 20 => Command::Assign { task, people: some_people(draw[4]) },
        21 => Command::AddGuests { task, guests: some_guests(draw[4]) },
        22 | 23 => Command::SetVisible { task, visible: draw[4].is_multiple_of(2) },
        24 => {
            let deadline = Some(at(i64::from(draw[4]) * HOUR));
            Command::Edit { task, change: Edit { deadline, ..Edit::default() } }
        }
        25 => Command::ReportIssue { task: of_task, thread },
        26 | 27 => Command::ResolveIssue { task: of_task, thread },
        28 => Command::Replace { person: some_person(draw[4]), with: None, same_person: false },
        29 => {
            let (person, with) = (some_person(draw[4]), Some(some_person(draw[5])));
            Command::Replace { person, with, same_person: draw[3].is_multiple_of(2) }
        }
        30 => {
            let added = Step { people: some_people(draw[4]), ..step.clone() };
            let id = TaskId::new(50, number(usize::from(draw[5])));
            Command::AddTasks { tasks: vec![Added { id, step: added, deadline: None, started_at: None }] }
        }
        _ if draw[4].is_multiple_of(3) => Command::Archive,
        _ => Command::Activate,
    }
}

fn some_person(number: u8) -> Person {
    match number % 4 {
        0 => Person::Member(member(ANN)),
        1 => Person::Member(member(EVE)),
        2 => Person::Guest(guest(CARL)),
        _ => Person::Guest(guest(DORA)),
    }
}

fn some_guests(number: u8) -> Vec<EmailAddress> {
    let all = [guest(CARL), guest(DORA), guest("third@client.example")];
    all.into_iter().skip(usize::from(number % 3)).collect()
}
