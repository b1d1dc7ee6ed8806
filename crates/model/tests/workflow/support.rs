//! Short ways to build templates and to play with processes. Every command
//! that is played is checked: the events rebuild the state, and a refusal
//! leaves it as it was.

use std::sync::Arc;

use hospes_model::email::EmailAddress;
use hospes_model::member::{Actor, Role};
use hospes_model::task::TaskType;
use hospes_model::task::form::{Choice, FieldDraft, FieldType, FieldValue};
use hospes_model::workflow::*;
use hospes_model::{
    FieldId, GroupId, MemberId, Refusal, RoleId, RuleId, RunId, StepId, TaskId, TemplateId, ThreadId,
};
use jiff::Timestamp;

pub(crate) const ADMIN: i64 = 1;
pub(crate) const ANN: i64 = 2;
pub(crate) const BO: i64 = 3;
pub(crate) const EVE: i64 = 4;
pub(crate) const CARL: &str = "carl@client.example";
pub(crate) const DORA: &str = "dora@client.example";

pub(crate) fn number(number: usize) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

pub(crate) fn step_id(n: usize) -> StepId {
    StepId::new(1, number(n))
}

pub(crate) fn field_id(n: usize) -> FieldId {
    FieldId::new(2, number(n))
}

pub(crate) fn rule_id(n: usize) -> RuleId {
    RuleId::new(3, number(n))
}

pub(crate) fn group_id(n: usize) -> GroupId {
    GroupId::new(4, number(n))
}

pub(crate) fn role_id(n: usize) -> RoleId {
    RoleId::new(5, number(n))
}

pub(crate) fn thread(n: usize) -> ThreadId {
    ThreadId::new(6, number(n))
}

pub(crate) fn member(id: i64) -> MemberId {
    MemberId::new(id).unwrap()
}

pub(crate) fn guest(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(crate) fn users(ids: &[i64]) -> People {
    People::members(ids.iter().map(|id| member(*id)))
}

pub(crate) fn guests(addresses: &[&str]) -> People {
    People::of_guests(addresses.iter().map(|text| guest(text)))
}

pub(crate) fn admin() -> By {
    By::Member(Actor { id: member(ADMIN), role: Role::Admin })
}

pub(crate) fn ann() -> By {
    By::Member(Actor { id: member(ANN), role: Role::Standard })
}

pub(crate) fn bo() -> By {
    By::Member(Actor { id: member(BO), role: Role::Light })
}

pub(crate) fn eve() -> By {
    By::Member(Actor { id: member(EVE), role: Role::Standard })
}

pub(crate) fn carl() -> By {
    By::Guest(guest(CARL))
}

pub(crate) fn dora() -> By {
    By::Guest(guest(DORA))
}

/// Seconds after the launch, which is on a Monday at nine, UTC.
pub(crate) fn at(second: i64) -> Timestamp {
    let launch: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    Timestamp::from_second(launch.as_second() + second).unwrap()
}

pub(crate) const HOUR: i64 = 3600;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn span(value: u32, unit: Unit) -> Offset {
    Offset::new(value, unit).unwrap()
}

/// A step titled `Step n`, for nobody.
pub(crate) fn step(n: usize, task_type: TaskType) -> Step {
    Step {
        alias: format!("step-{n}"),
        assign_run_starter: false,
        ..Step::new(step_id(n), format!("Step {n}"), task_type)
    }
}

pub(crate) fn task(n: usize) -> Step {
    step(n, TaskType::Task)
}

pub(crate) fn with(mut step: Step, fields: &[Field]) -> Step {
    step.captures.extend_from_slice(fields);
    step
}

pub(crate) fn due(mut step: Step, value: u32, unit: Unit) -> Step {
    let base = StepBase::Launch;
    step.deadline = Some(StepDeadline { offset: span(value, unit), direction: Direction::From, base });
    step
}

/// A field labelled `Field n` with the alias `fn`; choices are red and green,
/// columns too.
pub(crate) fn field(n: usize, field_type: FieldType) -> Field {
    let choices =
        || [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() }).to_vec();
    let draft = FieldDraft {
        label: format!("Field {n}"),
        field_type,
        required: false,
        options: if field_type.has_options() { choices() } else { Vec::new() },
        columns: if field_type == FieldType::Table { choices() } else { Vec::new() },
        guidance: None,
        position: 1,
    };
    let mut definition = draft.with_id(field_id(n));
    definition.alias = format!("f{n}");
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

pub(crate) fn text_field(n: usize) -> Field {
    field(n, FieldType::Text)
}

pub(crate) fn required(mut field: Field) -> Field {
    field.definition.required = true;
    field
}

pub(crate) fn text(text: &str) -> Answer {
    Answer::text(text)
}

pub(crate) fn options(ids: &[i64]) -> Answer {
    Answer::Value(FieldValue::Options(ids.to_vec()))
}

pub(crate) fn row(cells: &[&str]) -> Answer {
    Answer::Value(FieldValue::Row(cells.iter().map(|cell| (*cell).to_owned()).collect()))
}

pub(crate) fn blueprint(steps: Vec<Step>) -> Blueprint {
    Blueprint { steps, ..Blueprint::empty(TemplateId::new(7, [7; 10]), "On-boarding".to_owned()) }
}

pub(crate) fn when_step(n: usize, operation: StepOperation) -> Test {
    Test::Step { step: step_id(n), operation, when: TimeClause::AnyTime }
}

pub(crate) fn when_field(field: FieldRef, operation: FieldOperation, operand: &str) -> Test {
    let operands = if operand.is_empty() { Vec::new() } else { vec![operand.to_owned()] };
    Test::Field { field, operation, operands, column: None }
}

pub(crate) fn capture(n: usize) -> FieldRef {
    FieldRef::Capture(field_id(n))
}

pub(crate) fn prerun(n: usize) -> FieldRef {
    FieldRef::Prerun(field_id(n))
}

pub(crate) fn show(n: usize) -> Action {
    Action::Visibility { step: step_id(n), show: true }
}

pub(crate) fn hide(n: usize) -> Action {
    Action::Visibility { step: step_id(n), show: false }
}

pub(crate) fn reopen(n: usize) -> Action {
    Action::Reopen { step: step_id(n) }
}

pub(crate) fn put(n: usize, verb: AssignVerb, people: People) -> Action {
    Action::Assignment { step: step_id(n), verb, people, from: None }
}

/// A rule with one condition.
pub(crate) fn rule(n: usize, test: Test, actions: Vec<Action>) -> Rule {
    rule_of(n, vec![(Logic::And, test)], actions)
}

pub(crate) fn rule_of(n: usize, conditions: Vec<(Logic, Test)>, actions: Vec<Action>) -> Rule {
    let conditions = conditions.into_iter().map(|(logic, test)| Condition { logic, test });
    Rule { id: rule_id(n), alias: format!("Rule {n}"), conditions: conditions.collect(), actions }
}

/// The four members, Sales with Eve and Dora, and Friends with somebody who
/// left and a guest.
pub(crate) fn directory() -> Directory {
    let mut directory = Directory::new(member(ADMIN));
    directory.members = [(ADMIN, "Ada"), (ANN, "Ann"), (BO, "Bo"), (EVE, "Eve")]
        .into_iter()
        .map(|(id, name)| (member(id), name.to_owned()))
        .collect();
    let sales = Group { name: "Sales".to_owned(), members: vec![member(EVE)], guests: vec![guest(DORA)] };
    directory.groups.insert(group_id(1), sales);
    let third = guest("third@client.example");
    let friends = Group { name: "Friends".to_owned(), members: vec![member(66)], guests: vec![third] };
    directory.groups.insert(group_id(2), friends);
    directory
}

/// A process being played, and everything that happened to it.
#[derive(Debug, Clone)]
pub(crate) struct Play {
    pub(crate) run: Run,
    pub(crate) log: Vec<RunEvent>,
    pub(crate) calendar: Calendar,
    pub(crate) directory: Directory,
    pub(crate) policy: Policy,
    pub(crate) now: i64,
}

/// Launches by Ann.
pub(crate) fn play(blueprint: Blueprint) -> Play {
    launched(blueprint, |_| {}).unwrap().0
}

pub(crate) fn launched(
    blueprint: Blueprint,
    change: impl FnOnce(&mut Launch),
) -> Result<(Play, Outcome), Refusal> {
    launched_in(blueprint, Calendar::plain(), directory(), change)
}

pub(crate) fn launched_in(
    blueprint: Blueprint,
    calendar: Calendar,
    directory: Directory,
    change: impl FnOnce(&mut Launch),
) -> Result<(Play, Outcome), Refusal> {
    let snapshot = Arc::new(Snapshot::new(blueprint).unwrap());
    let mut launch = Launch::new(RunId::new(8, [8; 10]), [9; 10], member(ANN));
    change(&mut launch);
    let by = ann();
    let context =
        Context { at: at(0), by: &by, calendar: &calendar, directory: &directory, policy: Policy::default() };
    let (run, outcome) = Run::launch(snapshot, &launch, context)?;
    let log = outcome.events.iter().map(|recorded| recorded.event.clone()).collect();
    let play = Play { run, log, calendar, directory, policy: Policy::default(), now: 0 };
    play.check();
    Ok((play, outcome))
}

impl Play {
    /// Whether the log leads to the state.
    pub(crate) fn check(&self) {
        assert_eq!(
            RunState::replay(&self.log).as_ref(),
            Some(self.run.state()),
            "the log rebuilds the state"
        );
        let again = Run::assemble(self.run.snapshot().clone(), self.run.state().clone());
        assert!(again.is_ok_and(|again| again == self.run));
    }

    /// One command, a second after the one before.
    #[expect(clippy::needless_pass_by_value, reason = "commands are mostly written where they are played")]
    pub(crate) fn try_do(&mut self, by: &By, command: Command) -> Result<Outcome, Refusal> {
        self.now += 1;
        let context = Context {
            at: at(self.now),
            by,
            calendar: &self.calendar,
            directory: &self.directory,
            policy: self.policy,
        };
        let before = self.run.clone();
        let outcome = self.run.handle(&command, context);
        match &outcome {
            Ok(outcome) => {
                self.log.extend(outcome.events.iter().map(|recorded| recorded.event.clone()));
                self.check();
                let changed = outcome.events.iter().any(|recorded| recorded.event.changes_state());
                assert_eq!(changed, self.run != before, "what changes is told, and what is told changes");
            }
            Err(_) => assert_eq!(self.run, before, "a refusal leaves the process as it was"),
        }
        outcome
    }

    pub(crate) fn does(&mut self, by: &By, command: Command) -> Outcome {
        self.try_do(by, command).unwrap()
    }

    pub(crate) fn id(&self, step: usize) -> TaskId {
        self.task(step).id
    }

    /// The task of the step with this number.
    pub(crate) fn task(&self, step: usize) -> &RunTask {
        let place = self.run.snapshot().step_place(step_id(step)).unwrap();
        &self.run.state().tasks[place]
    }

    pub(crate) fn complete(&mut self, by: &By, step: usize) -> Outcome {
        let task = self.id(step);
        self.does(by, Command::Complete { task, approved: None, on_behalf_of: None })
    }

    pub(crate) fn decide(&mut self, by: &By, step: usize, approved: bool) -> Outcome {
        let task = self.id(step);
        self.does(by, Command::Complete { task, approved: Some(approved), on_behalf_of: None })
    }

    pub(crate) fn reopen(&mut self, by: &By, step: usize) -> Outcome {
        let task = self.id(step);
        self.does(by, Command::Reopen { task })
    }

    pub(crate) fn fill(&mut self, by: &By, step: usize, field: usize, answer: Answer) -> Outcome {
        let task = self.id(step);
        self.does(by, Command::Answer { task, values: vec![(field_id(field), Some(answer))] })
    }

    pub(crate) fn is_hidden(&self, step: usize) -> bool {
        self.task(step).visibility.hidden
    }

    pub(crate) fn deadline(&self, step: usize) -> Option<Timestamp> {
        self.task(step).due.at()
    }

    /// Members and guests on a step, the chaperone in brackets.
    pub(crate) fn on(&self, step: usize) -> String {
        let assignees = &self.task(step).assignees;
        let users = assignees.people.users().iter().map(ToString::to_string);
        let guests = assignees.people.guests().iter().map(ToString::to_string);
        let groups = assignees.people.groups().iter().map(|_| "group".to_owned());
        let chaperone = assignees.chaperone.iter().map(|id| format!("({id})"));
        users.chain(guests).chain(groups).chain(chaperone).collect::<Vec<_>>().join(" ")
    }

    /// The steps that rules changed, by number.
    pub(crate) fn changed(&self, outcome: &Outcome) -> Vec<usize> {
        let tasks = outcome.tasks_changed_by_rules();
        tasks.iter().filter_map(|id| self.run.place(*id)).map(|place| place + 1).collect()
    }
}

/// The fields that a refusal names.
pub(crate) fn faults(refusal: Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid(errors) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
        other => panic!("{other:?}"),
    }
}
