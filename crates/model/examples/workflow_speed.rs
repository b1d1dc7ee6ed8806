//! How long the workflow engine takes: a template of 500 steps and 200 rules
//! is checked, launched, and evaluated as a whole, and a task of it is
//! completed.
//!
//! `cargo run --release -p hospes-model --example workflow_speed`

#![expect(clippy::unwrap_used, reason = "an example that fails here fails as it should")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hospes_model::member::{Actor, Role};
use hospes_model::task::TaskType;
use hospes_model::task::form::{Choice, FieldDraft, FieldType};
use hospes_model::workflow::{
    Action, Answer, AssignVerb, Blueprint, By, Calendar, Command, Condition, Context, Direction, Directory,
    Field, FieldOperation, FieldRef, Launch, Logic, Offset, People, Policy, Rule, Run, Snapshot, Step,
    StepBase, StepDeadline, StepOperation, Test, TimeClause, Unit, Validation, WorkDay, WorkWeek,
};
use hospes_model::{FieldId, MemberId, RuleId, RunId, StepId, TemplateId};
use jiff::Timestamp;

const STEPS: usize = 500;
const RULES: usize = 200;
const ROUNDS: usize = 400;

fn bytes(number: usize) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

fn step_id(n: usize) -> StepId {
    StepId::new(1, bytes(n))
}

fn field(n: usize, field_type: FieldType) -> Field {
    let options = [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() });
    let draft = FieldDraft {
        label: format!("Field {n}"),
        field_type,
        required: false,
        options: if field_type.has_options() { options.to_vec() } else { Vec::new() },
        columns: Vec::new(),
        guidance: None,
        position: 1,
    };
    let definition = draft.with_id(FieldId::new(2, bytes(n)));
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

/// Steps with a field each, half of them with deadlines that wait; rules that
/// each ask about the form and two steps and change two others.
fn template() -> Blueprint {
    let steps = (0..STEPS).map(|n| Step {
        captures: vec![field(n, FieldType::Radio)],
        people: People::members(MemberId::new(2)),
        deadline: (n % 2 == 1).then(|| StepDeadline {
            offset: Offset::new(2, Unit::Days).unwrap(),
            direction: Direction::From,
            base: StepBase::Step(step_id(n - 1)),
        }),
        ..Step::new(step_id(n), format!("Step {n}"), TaskType::Task)
    });
    let form = field(90_000, FieldType::Text);
    let rules = (0..RULES).map(|n| {
        let asked = Test::Field {
            field: FieldRef::Prerun(form.id()),
            operation: FieldOperation::Contains,
            operands: vec!["premium".to_owned()],
            column: None,
        };
        let chosen = Test::Field {
            field: FieldRef::Capture(FieldId::new(2, bytes(n))),
            operation: FieldOperation::EqualsAny,
            operands: vec!["red".to_owned(), "blue".to_owned()],
            column: None,
        };
        let (step, operation) = (step_id(n * 2 % STEPS), StepOperation::Completed);
        let done = Test::Step { step, operation, when: TimeClause::AnyTime };
        let conditions = [asked, chosen, done].map(|test| Condition { logic: Logic::Or, test });
        let target = step_id((n * 2 + 101) % STEPS);
        let people = People::members(MemberId::new(3));
        let actions = vec![
            Action::Visibility { step: target, show: n % 3 != 0 },
            Action::Assignment { step: target, verb: AssignVerb::Assign, people, from: None },
        ];
        Rule {
            id: RuleId::new(3, bytes(n)),
            alias: format!("Rule {n}"),
            conditions: conditions.to_vec(),
            actions,
        }
    });
    Blueprint {
        prerun: vec![form.clone()],
        steps: steps.collect(),
        automated_actions: rules.collect(),
        ..Blueprint::empty(TemplateId::new(4, bytes(1)), "Large".to_owned())
    }
}

/// What was found, as the JSON of the last line says it.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    /// The median of many rounds; what each needs is made outside the clock.
    fn measure<T, R>(&mut self, what: &str, mut prepare: impl FnMut() -> T, mut run: impl FnMut(T) -> R) {
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let input = prepare();
                let begun = Instant::now();
                let output = run(input);
                let time = begun.elapsed();
                drop(black_box(output));
                time
            })
            .collect();
        times.sort_unstable();
        let (median, late) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
        println!("{what:<58} {median:>9.1?}  (99 of 100 within {late:.1?})");
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let (median, late) = (micros(median), micros(late));
        self.0.push(format!(r#"{{"what":"{what}","median_us":{median:.1},"p99_us":{late:.1}}}"#));
    }
}

fn main() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let day = |open| if open { WorkDay::AllHours } else { WorkDay::Off };
    let week = WorkWeek::new([true, true, true, true, true, false, false].map(day)).unwrap();
    let calendar = Calendar { zone, week, default_deadline: Offset::new(5, Unit::Days) };
    let mut directory = Directory::new(MemberId::new(1).unwrap());
    directory.members = (1..=100).map(|id| (MemberId::new(id).unwrap(), format!("Member {id}"))).collect();
    let by = By::Member(Actor { id: MemberId::new(2).unwrap(), role: Role::Standard });
    let context = Context {
        at: Timestamp::from_second(1_770_000_000).unwrap(),
        by: &by,
        calendar: &calendar,
        directory: &directory,
        policy: Policy::default(),
    };
    let snapshot = Arc::new(Snapshot::new(template()).unwrap());
    let mut launch = Launch::new(RunId::new(5, bytes(1)), [7; 10], MemberId::new(2).unwrap());
    println!("{STEPS} steps, {RULES} rules, medians of {ROUNDS} rounds");
    let mut found = Found::default();
    found.measure("checking the template", template, Snapshot::new);
    found.measure(
        "launch, no rule holds",
        || snapshot.clone(),
        |snapshot| Run::launch(snapshot, &launch, context),
    );
    let (idle, _) = Run::launch(snapshot.clone(), &launch, context).unwrap();
    let answer = |text: &str| Command::AnswerPrerun {
        values: vec![(FieldId::new(2, bytes(90_000)), Some(Answer::text(text)))],
    };
    let (none, all) = (answer("basic"), answer("premium"));
    found.measure("all rules evaluated, none holds", || idle.clone(), |mut run| run.handle(&none, context));
    found.measure(
        "all rules evaluated, all hold and act",
        || idle.clone(),
        |mut run| run.handle(&all, context),
    );
    launch.prerun = vec![(FieldId::new(2, bytes(90_000)), Answer::text("premium"))];
    found.measure(
        "launch, all rules hold and act",
        || snapshot.clone(),
        |snapshot| Run::launch(snapshot, &launch, context),
    );
    let task = idle.state().tasks[0].id;
    let complete = Command::Complete { task, approved: None, on_behalf_of: None };
    found.measure(
        "a task completed, with its rules",
        || idle.clone(),
        |mut run| run.handle(&complete, context),
    );
    found.measure("copying the process", || (), |()| idle.clone());
    found.measure("the timers that it waits for", || (), |()| idle.wanted_timers());
    println!(r#"{{"steps":{STEPS},"rules":{RULES},"measured":[{}]}}"#, found.0.join(","));
}
