//! Processes as they are stored: launches and their guests, versions that stay,
//! large ones, clocks that fire once; people who leave in `leaving`.

mod leaving;

use std::sync::Arc;

use hospes_model::activity::Cause;
use hospes_model::member::Actor;
use hospes_model::run::{About, Process};
use hospes_model::task::TaskType;
use hospes_model::template::{Settings, Template};
use hospes_model::workflow::{
    Action, AssignVerb, Blueprint, By, Command, Condition, Direction, Edit, Launch, Logic, Naming, Offset,
    People, Person, Rule, Snapshot, Step, StepBase, StepDeadline, StepOperation, TemplateKind, Test,
    TimeClause, Unit, Verdict,
};
use hospes_model::{EmailAddress, GuestCode, MemberId, RuleId, RunId, StepId, TaskId};
use hospes_store::runs::write::{self, Doer, Done, Newcomers, Target, Wish};
use hospes_store::runs::{self, Found, timers};
use hospes_store::templates::write::Wanted;
use hospes_store::{Expected, Store, Tx, templates};
use jiff::Timestamp;

use crate::databases::{Failed, World, on_every_database};
use crate::templates::{change, create, id};

pub(crate) const HOUR: u64 = 3600;

pub(crate) fn number(number: usize) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

pub(crate) fn step_id(n: usize) -> StepId {
    StepId::new(1, number(n))
}

pub(crate) fn address(email: &str) -> EmailAddress {
    EmailAddress::parse(email).unwrap()
}

pub(crate) fn guests(emails: &[&str]) -> People {
    People::of_guests(emails.iter().map(|email| address(email)))
}

pub(crate) fn guest(email: &str) -> Person {
    Person::Guest(address(email))
}

/// A step titled `Step n`, for nobody.
pub(crate) fn step(n: usize, task_type: TaskType) -> Step {
    Step { assign_run_starter: false, ..Step::new(step_id(n), format!("Step {n}"), task_type) }
}

pub(crate) fn for_people(n: usize, task_type: TaskType, people: People) -> Step {
    Step { people, ..step(n, task_type) }
}

pub(crate) fn due(step: Step, hours: u32) -> Step {
    let offset = Offset::new(hours, Unit::Hours).unwrap();
    Step {
        deadline: Some(StepDeadline { offset, direction: Direction::From, base: StepBase::Launch }),
        ..step
    }
}

/// When a step is completed.
pub(crate) fn rule(n: usize, step: usize, actions: Vec<Action>) -> Rule {
    let test =
        Test::Step { step: step_id(step), operation: StepOperation::Completed, when: TimeClause::AnyTime };
    let conditions = vec![Condition { logic: Logic::And, test }];
    Rule { id: RuleId::new(3, number(n)), alias: format!("Rule {n}"), conditions, actions }
}

pub(crate) fn blueprint(template: u8, steps: Vec<Step>, rules: Vec<Rule>) -> Blueprint {
    Blueprint {
        template: id(template),
        title: "Welcome".to_owned(),
        kind: TemplateKind::Procedure,
        naming: Naming::default(),
        stages: Vec::new(),
        prerun: Vec::new(),
        steps,
        automated_actions: rules,
    }
}

/// Stores a template that member 1 owns.
pub(crate) fn store_template(world: &World, blueprint: Blueprint) -> Template {
    let wanted = Wanted {
        snapshot: Arc::new(Snapshot::new(blueprint).unwrap()),
        settings: Settings::default(),
        owner: world.members[0],
        access: People::default(),
        starred: false,
    };
    create(world, world.actor(1), &wanted).unwrap()
}

impl World {
    pub(crate) fn run_id(&self) -> RunId {
        RunId::new(2, self.draw())
    }

    /// Runs work that may name new guests.
    fn with_newcomers<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>, &mut Newcomers<'_, Failed>) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, Failed> {
        let codes: Vec<GuestCode> = (0..6).flat_map(|_| self.codes()).collect();
        self.write(move |tx| {
            let mut codes = codes.iter().cloned();
            let mut code = || codes.next().unwrap();
            work(tx, &mut Newcomers { code: &mut code, admit: &mut |_| Ok(()) })
        })
    }

    /// Launches a process of the template as it is now.
    pub(crate) fn launch(
        &self,
        actor: Actor,
        template: u8,
        edit: impl FnOnce(&mut Launch),
    ) -> Result<Done, Failed> {
        let mut launch = Launch::new(self.run_id(), self.draw(), actor.id);
        edit(&mut launch);
        let (org, by, cause) = (self.org, By::Member(actor), self.cause(actor));
        self.with_newcomers(move |tx, newcomers| {
            let template = templates::find(tx, org, id(template))?.unwrap();
            let doer = Doer { by: &by, cause: &cause };
            write::launch(tx, org, &template, &launch, About::default(), doer, newcomers)
        })
    }

    /// Asks a process for something.
    pub(crate) fn ask(
        &self,
        by: &By,
        run: RunId,
        expected: &Expected,
        commands: Vec<Command>,
    ) -> Result<Done, Failed> {
        let actor = by.member().unwrap_or(self.members[0]);
        let cause = Cause { actor: by.member(), ..self.cause(Actor { id: actor, ..self.actor(1) }) };
        let (org, by, expected) = (self.org, by.clone(), expected.clone());
        let wish = Wish { commands, about: None };
        self.with_newcomers(move |tx, newcomers| {
            let doer = Doer { by: &by, cause: &cause };
            let mut asked = |_: &Process| Ok(wish.clone());
            write::handle(tx, org, Target::Run(run), &expected, &mut asked, doer, newcomers)
        })
    }

    /// The same of whoever may, which must work.
    pub(crate) fn does(&self, number: usize, run: RunId, command: Command) -> Process {
        let by = By::Member(self.actor(number));
        self.ask(&by, run, &Expected::Any, vec![command]).unwrap().process
    }

    pub(crate) fn delete_run(&self, run: RunId) -> Result<(), Failed> {
        let (org, actor) = (self.org, self.actor(1));
        let (by, cause) = (By::Member(actor), self.cause(actor));
        self.write(move |tx| write::delete(tx, org, run, &Expected::Any, Doer { by: &by, cause: &cause }))
    }

    pub(crate) fn found(&self, run: RunId) -> Option<Found> {
        let org = self.org;
        self.read(move |tx| runs::find(tx, org, run))
    }

    pub(crate) fn process(&self, run: RunId) -> Process {
        self.found(run).unwrap().process
    }

    /// Lets the clock do what it should at this moment, and returns how many
    /// moments had come.
    pub(crate) fn fire(&self) -> usize {
        self.fire_in(&self.store, self.now())
    }

    /// The same through another handle.
    pub(crate) fn fire_in(&self, store: &Store, now: Timestamp) -> usize {
        let due = self.read(move |tx| timers::due(tx, now, 1000));
        let mut fired = 0;
        for due in due {
            let codes: Vec<GuestCode> = (0..4).flat_map(|_| self.codes()).collect();
            let done: Result<usize, Failed> = store.write_blocking(move |tx| {
                let mut codes = codes.iter().cloned();
                let cause =
                    Cause { actor: None, guest: None, at: now, ip: None, request_id: "timer".to_owned() };
                timers::fire(tx, due, &mut || codes.next().unwrap(), &cause)
            });
            fired += done.unwrap();
        }
        fired
    }
}

pub(crate) fn task(process: &Process, step: usize) -> TaskId {
    let place = process.run.snapshot().step_place(step_id(step)).unwrap();
    process.run.state().tasks[place].id
}

pub(crate) fn completing(task: TaskId) -> Command {
    Command::Complete { task, approved: Some(true), on_behalf_of: None }
}

pub(crate) fn completing_for(task: TaskId, email: &str) -> Command {
    Command::Complete { task, approved: Some(true), on_behalf_of: Some(guest(email)) }
}

/// The members and guests on a step of a process as its answers show them.
fn on(world: &World, run: RunId, step: usize) -> (Vec<MemberId>, Vec<String>, usize) {
    let process = world.process(run);
    let place = process.run.snapshot().step_place(step_id(step)).unwrap();
    let assignees = &process.run.state().tasks[place].assignees;
    let guests = assignees.people.guests().iter().map(ToString::to_string).collect();
    (assignees.people.users().to_vec(), guests, assignees.people.groups().len())
}

/// A guest's open tasks, completed tasks and completed one-off tasks.
fn counters(world: &World, email: &str) -> (i64, i64, i64) {
    let stats = world.guest(email).unwrap().stats;
    (stats.active_tasks, stats.tasks_completed, stats.one_off_tasks_completed)
}

fn told(world: &World, verb: &str, part: &str) -> usize {
    world.feed().iter().filter(|(said, text)| said == verb && text.contains(part)).count()
}

#[test]
fn a_guest_whom_rules_and_steps_name_is_made_once() {
    on_every_database(|world| {
        let put = |n: usize| Action::Assignment {
            step: step_id(n),
            verb: AssignVerb::Assign,
            people: guests(&["NEW@client.example", "other@client.example"]),
            from: None,
        };
        let steps = vec![
            for_people(1, TaskType::Task, guests(&["new@client.example"])),
            step(2, TaskType::Task),
            for_people(3, TaskType::Task, guests(&["new@Client.example"])),
        ];
        store_template(world, blueprint(1, steps, vec![rule(1, 1, vec![put(2), put(3)])]));
        let done = world.launch(world.actor(2), 1, |_| {}).unwrap();
        let run = done.process.run.state().id;
        assert_eq!(
            done.outcome.warnings.len(),
            1,
            "a member was put beside the guest: {:?}",
            done.outcome.warnings
        );
        let count = "SELECT COUNT(*), CAST(SUM(active_tasks) AS BIGINT) FROM guest";
        assert_eq!(world.table(2, count), [[1, 2]]);
        world.does(2, run, completing_for(task(&done.process, 1), "new@client.example"));
        assert_eq!(world.table(2, count), [[2, 4]], "one more, on both tasks");
        world.launch(world.actor(3), 1, |_| {}).unwrap();
        assert_eq!(world.table(2, count), [[2, 6]]);
        assert_eq!(counters(world, "new@client.example"), (4, 1, 0));
        assert_eq!(told(world, "created", "Guest"), 2);
        assert_eq!(world.table(1, "SELECT guest_total FROM org"), [[2]]);
    });
}

#[test]
fn a_process_keeps_the_template_that_it_was_launched_from() {
    on_every_database(|world| {
        let first = store_template(world, blueprint(1, vec![step(1, TaskType::Task)], Vec::new()));
        let run = world.launch(world.actor(2), 1, |_| {}).unwrap().process;
        let id_of = |process: &Process| process.run.state().id;
        let versions = "SELECT key FROM template_version ORDER BY key";
        let edit = |title: &'static str| {
            change(world, world.actor(1), id(1), move |_, blueprint| {
                blueprint.title = title.to_owned();
                let n = blueprint.steps.len() + 1;
                blueprint.steps.insert(0, step(n, TaskType::Approval));
                Ok(())
            })
            .unwrap()
        };
        let second = edit("Second");
        let third = edit("Third");
        let kept = |template: &Template| vec![template.version.get()];
        assert_eq!(
            world.numbers(versions),
            [kept(&first), kept(&third)],
            "the second was never launched, the first was"
        );
        assert_ne!(second.version, third.version);
        let again = world.process(id_of(&run));
        assert_eq!(again, run);
        assert_eq!(again.run.snapshot().steps().len(), 1);
        // So another handle reads it, which remembers nothing.
        let (org, wanted) = (world.org, id_of(&run));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let fresh = runtime.block_on(world.open_again().read(move |tx| runs::find(tx, org, wanted))).unwrap();
        assert_eq!(fresh.unwrap().process, run);
        let newer = world.launch(world.actor(2), 1, |_| {}).unwrap().process;
        assert_eq!((newer.run.snapshot().steps().len(), newer.version), (3, third.version));
        world.does(2, wanted, completing(task(&run, 1)));
        assert_eq!(world.process(wanted).run.status().as_str(), "complete");
        assert_eq!(world.table(1, "SELECT started_processes FROM template"), [[2]]);
    });
}

#[test]
fn a_process_with_a_thousand_steps() {
    on_every_database(|world| {
        let steps = (1..=1000).map(|n| match n % 3 {
            0 => for_people(n, TaskType::Task, guests(&["carl@client.example"])),
            1 => due(step(n, TaskType::Approval), u32::try_from(n).unwrap()),
            _ => Step { title: "{{no-such-field}}".to_owned(), ..step(n, TaskType::Task) },
        });
        let rules =
            (1..=100).map(|n| rule(n, n, vec![Action::Visibility { step: step_id(n + 500), show: true }]));
        store_template(world, blueprint(1, steps.collect(), rules.collect()));
        let launched = world.launch(world.actor(2), 1, |_| {}).unwrap().process;
        let run = launched.run.state().id;
        assert_eq!(world.process(run), launched);
        let hidden = launched.run.state().tasks.iter().filter(|task| task.visibility.hidden).count();
        assert_eq!((launched.tasks.len(), hidden), (1000, 100));
        let open = launched
            .run
            .state()
            .tasks
            .iter()
            .filter(|task| !task.assignees.people.is_empty() && task.is_open());
        assert_eq!(counters(world, "carl@client.example").0, i64::try_from(open.count()).unwrap());
        let (before, task) = (world.table(1, "SELECT COUNT(*) FROM activity")[0][0], task(&launched, 1));
        let after = world.does(2, run, completing(task));
        assert!(!after.run.state().tasks[500].visibility.hidden, "a rule shows it");
        assert_eq!(world.process(run), after);
        assert_eq!(world.table(1, "SELECT COUNT(*) FROM activity")[0][0] - before, 2);
        let row = "SELECT tasks_complete, tasks_seen FROM run";
        assert_eq!(world.table(2, row), [[1, 901]]);
    });
}

#[test]
fn moments_survive_a_restart_and_come_once() {
    on_every_database(|world| {
        let carl = guests(&["carl@client.example"]);
        let steps = vec![
            due(for_people(1, TaskType::Expiring, carl.clone()), 30),
            due(for_people(2, TaskType::Task, carl), 60),
            due(step(3, TaskType::Task), 2000),
        ];
        let shown = vec![Action::Visibility { step: step_id(3), show: true }];
        let expired = Rule {
            conditions: vec![Condition {
                logic: Logic::And,
                test: Test::Step {
                    step: step_id(1),
                    operation: StepOperation::Expired,
                    when: TimeClause::AnyTime,
                },
            }],
            ..rule(1, 1, shown)
        };
        store_template(world, blueprint(1, steps, vec![expired]));
        let run = world.launch(world.actor(2), 1, |_| {}).unwrap().process.run.state().id;
        let launched = world.now();
        let later = move |hours: i64| launched + jiff::SignedDuration::from_hours(hours);
        assert_eq!(world.fire_in(&world.store, later(5)), 0);
        // The process was launched by a server that is no more.
        let reopened = world.open_again();
        assert_eq!(world.fire_in(&reopened, later(7)), 1, "the first is due soon");
        assert_eq!(world.fire_in(&world.store, later(7)), 0, "told by the other already");
        let before = world.feed();
        // Two servers look at the same time, and both see that it is due.
        let due = world.read(move |tx| timers::due(tx, later(31), 10));
        assert_eq!(due.len(), 1);
        let fired: Vec<usize> = [&world.store, &reopened]
            .map(|store| {
                let due = due[0];
                let done: Result<usize, Failed> = store.write_blocking(move |tx| {
                    let at = later(31);
                    let cause =
                        Cause { actor: None, guest: None, at, ip: None, request_id: "timer".to_owned() };
                    timers::fire(tx, due, &mut || unreachable!("no new guests"), &cause)
                });
                done.unwrap()
            })
            .to_vec();
        assert_eq!(fired, [1, 0]);
        let feed = world.feed();
        assert_eq!(feed.len() - before.len(), 2, "ran out, and the rule's: {:?}", &feed[before.len()..]);
        let process = world.process(run);
        let first = process.run.state().tasks[0].completion.clone().unwrap();
        assert_eq!((first.verdict, first.by, first.at), (Verdict::Expired, None, later(31)));
        assert!(!process.run.state().tasks[2].visibility.hidden);
        assert_eq!(counters(world, "carl@client.example"), (1, 0, 0), "nobody did it");
        // Near and late are told once each.
        let said = || {
            (told(world, "emitted", "“Step 2” is due soon"), told(world, "emitted", "“Step 2” is overdue"))
        };
        for (hour, fired, expected) in
            [(35, 0, (0, 0)), (37, 1, (1, 0)), (59, 0, (1, 0)), (61, 1, (1, 1)), (99, 0, (1, 1))]
        {
            assert_eq!(world.fire_in(&reopened, later(hour)), fired, "hour {hour}");
            assert_eq!(world.fire_in(&world.store, later(hour)), 0, "hour {hour}");
            assert_eq!(said(), expected, "hour {hour}");
        }
        // Another deadline is waited for anew.
        let edit = Edit { deadline: Some(later(200)), ..Edit::default() };
        let change = Command::Edit { task: task(&process, 2), change: edit };
        world.does(2, run, change);
        assert_eq!(world.fire_in(&reopened, later(177)), 1);
        assert_eq!(world.fire_in(&reopened, later(201)), 1);
        assert_eq!(world.fire_in(&reopened, later(400)), 0);
        assert_eq!(said(), (2, 2));
    });
}
