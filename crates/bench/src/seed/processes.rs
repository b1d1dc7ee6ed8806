//! Processes to measure on: many open ones of a short template, and a longer
//! template to launch.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use hospes_model::activity::Cause;
use hospes_model::member::{Actor, Role};
use hospes_model::run::About;
use hospes_model::task::TaskType;
use hospes_model::task::form::{FieldDraft, FieldType};
use hospes_model::template::{Settings, Template};
use hospes_model::workflow::{
    Action, Answer, AssignVerb, Blueprint, By, Condition, Direction, Field, FieldOperation, FieldRef, Launch,
    Logic, Naming, Offset, People, Rule, Snapshot, Step, StepBase, StepDeadline, StepOperation, StepOverride,
    TemplateKind, Test, TimeClause, Unit, Validation,
};
use hospes_model::{
    EmailAddress, FieldId, GuestCode, MemberId, OrgNo, RuleId, RunId, StepId, TaskId, TemplateId,
};
use hospes_server::error::Error;
use hospes_store::accounts::NewMember;
use hospes_store::runs::write::{self, Doer, Newcomers};
use hospes_store::templates::write::Wanted;
use hospes_store::{Store, Tx, accounts, templates};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{make_org, mixed, open, text};

/// A database of one organization that is to be filled.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Empty {
    /// A folder for the embedded database; made if missing, and must hold none.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// The administrator's token.
    #[arg(long, default_value = "bench-token")]
    pub(crate) token: String,
}

impl Empty {
    /// Opens it and makes the organization. Returns also the organization's id.
    pub(super) fn begin(&self) -> Result<(Store, Place, String), String> {
        let store = open(Some(&self.data), None)?;
        let now: Timestamp = "2025-05-15T10:00:00Z".parse().map_err(text)?;
        let token = self.token.clone();
        let made = store.write_blocking(move |tx| make_place(tx, &token, now));
        let (place, organization) = made.map_err(|error| debug(&error))?;
        Ok((store, place, organization))
    }
}

/// What to fill a database with.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SeedProcesses {
    #[command(flatten)]
    pub(crate) empty: Empty,
    /// Open processes.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) processes: u64,
}

/// Processes launched in one transaction.
const BATCH: u64 = 500;
/// Steps of the open processes, and of the one that is launched.
pub(crate) const STEPS: (u64, u64) = (10, 50);
/// Processes whose tasks are completed in the measuring, at most, and how many
/// of them take turns: all of these complete a step before one completes the
/// next.
const COMPLETED: u64 = 5000;
const TURN: usize = 100;
/// Guests who share the tasks of guests.
const GUESTS: u64 = 1000;
/// The file with the tasks to complete, beside the database.
pub(crate) const COMPLETIONS: &str = "completions.txt";

/// Between one launch and the next.
const BETWEEN: SignedDuration = SignedDuration::from_secs(60);

/// The organization that is filled, by whom, and when.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) org: OrgNo,
    members: [MemberId; 2],
    now: Timestamp,
}

impl Place {
    pub(super) fn cause(self) -> Cause {
        Cause {
            actor: Some(self.members[0]),
            guest: None,
            at: self.now,
            ip: None,
            request_id: "seed".to_owned(),
        }
    }

    pub(super) fn actor(self) -> Actor {
        Actor { id: self.members[0], role: Role::Admin }
    }
}

impl SeedProcesses {
    /// Fills the database and says what is in it.
    pub(crate) fn run(&self) -> Result<Value, String> {
        let started = std::time::Instant::now();
        let (store, place, organization) = self.empty.begin()?;
        let (short, long) = store
            .write_blocking(move |tx| Ok::<_, Error>((make(tx, place, STEPS.0)?, make(tx, place, STEPS.1)?)))
            .map_err(|error| debug(&error))?;
        let measured = self.launch_all(&store, place, &Arc::new(short))?;
        std::fs::write(self.empty.data.join(COMPLETIONS), completions(measured)).map_err(text)?;
        Ok(json!({
            "organization": organization,
            "token": self.empty.token,
            "launch": {"checklist_id": long.id.to_string(), "prerun": {kind_of(STEPS.1).to_string(): KIND}},
            "processes": self.processes,
            "tasks": self.processes * STEPS.0,
            "seconds": started.elapsed().as_secs(),
        }))
    }

    /// Launches the processes, and returns those to be measured: evenly many
    /// from all over.
    fn launch_all(
        &self,
        store: &Store,
        place: Place,
        template: &Arc<Template>,
    ) -> Result<Vec<(RunId, Vec<TaskId>)>, String> {
        let every = self.processes.div_ceil(COMPLETED).max(1);
        let mut measured = Vec::new();
        let mut first = 0;
        while first < self.processes {
            let last = self.processes.min(first + BATCH);
            let template = Arc::clone(template);
            let launched = store.write_blocking(move |tx| {
                (first..last)
                    .map(|number| launch(tx, place, &template, number, Given::OwnSteps))
                    .collect::<Result<Vec<_>, _>>()
            });
            let wanted = (first..last)
                .zip(launched.map_err(|error| debug(&error))?)
                .filter(|(number, _)| number % every == 0);
            measured.extend(wanted.map(|(_, launched)| launched));
            first = last;
        }
        Ok(measured)
    }
}

pub(super) fn debug(error: &Error) -> String {
    format!("{error:?}")
}

/// One line for each completion: a path below the organization's, a tab, and a
/// body. Steps come in their order.
fn completions(mut measured: Vec<(RunId, Vec<TaskId>)>) -> String {
    measured.sort_by_cached_key(|(run, _)| mixed(u64::from_be_bytes(tail(*run))));
    let mut lines = String::new();
    for turn in measured.chunks(TURN) {
        for step in 0..turn.first().map_or(0, |(_, tasks)| tasks.len()) {
            for (run, tasks) in turn {
                let Some(task) = tasks.get(step) else { continue };
                let _ = writeln!(lines, "/runs/{run}/completed-tasks\t{{\"task_id\":\"{task}\"}}");
            }
        }
    }
    lines
}

fn tail(run: RunId) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&run.as_bytes()[8..]);
    bytes
}

fn make_place(tx: &mut Tx<'_>, token: &str, now: Timestamp) -> Result<(Place, String), Error> {
    let (org, id, first) = make_org(tx, 0, token, now)?;
    let second = NewMember {
        email: address("bert@org0.example")?,
        first_name: "Bert".to_owned(),
        last_name: "Baker".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        role: Role::Standard,
    };
    let second = accounts::create::<Error>(tx, org, &second, now)?.id;
    Ok((Place { org, members: [first, second], now }, id.to_string()))
}

pub(super) fn address(text: &str) -> Result<EmailAddress, Error> {
    EmailAddress::parse(text).map_err(|error| Error::internal(error.to_string()))
}

/// What the kick-off form says of all processes, so that all rules can hold.
const KIND: &str = "premium";

/// Ids that are the same every time; `kind` and `number` tell them apart.
fn bytes(kind: u64, number: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&mixed(kind << 32 | number).to_be_bytes());
    bytes
}

/// The field of the kick-off form of the template with so many steps.
fn kind_of(steps: u64) -> FieldId {
    FieldId::new(2, bytes(20 + steps, 99_999))
}

fn field(id: FieldId, label: &str) -> Field {
    let draft = FieldDraft {
        label: label.to_owned(),
        field_type: FieldType::Text,
        required: false,
        options: Vec::new(),
        columns: Vec::new(),
        guidance: None,
        position: 1,
    };
    let definition = draft.with_id(id);
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

/// Makes a template of so many steps: every fifth is a guest's, the others a
/// member's; every other deadline waits for the step before. For ten steps
/// there are four rules: three run on a completion, two ask the kick-off form.
pub(super) fn make(tx: &mut Tx<'_>, place: Place, steps: u64) -> Result<Template, Error> {
    let id = |n: u64| StepId::new(1, bytes(steps, n));
    // Decades away, so that none passes while something is measured.
    let after = |base| {
        let offset = Offset::new(600, Unit::Months)?;
        Some(StepDeadline { offset, direction: Direction::From, base })
    };
    let mut all = Vec::new();
    for n in 0..steps {
        let people = match n % 5 {
            2 => People::of_guests([address(&format!("guest{n}@company.example"))?]),
            _ => People::members([place.members[0]]),
        };
        let base = if n % 2 == 1 { StepBase::Step(id(n - 1)) } else { StepBase::Launch };
        all.push(Step {
            captures: vec![field(FieldId::new(2, bytes(20 + steps, n)), &format!("Remark {n}"))],
            summary: Some(format!("What is to be done in step {n} is written here, in a sentence or two.")),
            people,
            deadline: after(base),
            ..Step::new(id(n), format!("Step {n}"), TaskType::Task)
        });
    }
    let kind = field(kind_of(steps), "Kind");
    let blueprint = Blueprint {
        template: TemplateId::new(4, bytes(4, steps)),
        title: format!("Onboarding in {steps} steps"),
        kind: TemplateKind::Procedure,
        naming: Naming::default(),
        stages: Vec::new(),
        automated_actions: (0..steps / 10).flat_map(|ten| rules(place, steps, ten, kind.id())).collect(),
        prerun: vec![kind],
        steps: all,
    };
    let snapshot = Snapshot::new(blueprint).map_err(|faults| Error::internal(format!("{faults:?}")))?;
    let wanted = Wanted {
        snapshot: Arc::new(snapshot),
        settings: Settings::default(),
        owner: place.members[0],
        access: People::default(),
        starred: false,
    };
    templates::write::create::<Error>(tx, place.org, wanted, place.actor(), &place.cause())
}

fn rules(place: Place, steps: u64, ten: u64, kind: FieldId) -> Vec<Rule> {
    let step = |n: u64| StepId::new(1, bytes(steps, ten * 10 + n));
    let completed =
        |n| Test::Step { step: step(n), operation: StepOperation::Completed, when: TimeClause::AnyTime };
    let premium = || Test::Field {
        field: FieldRef::Prerun(kind),
        operation: FieldOperation::Contains,
        operands: vec![KIND.to_owned()],
        column: None,
    };
    let show = |n| Action::Visibility { step: step(n), show: true };
    let assign = Action::Assignment {
        step: step(4),
        verb: AssignVerb::Assign,
        people: People::members([place.members[1]]),
        from: None,
    };
    let asked: [(Vec<Test>, Action); 4] = [
        (vec![completed(0)], show(3)),
        (vec![completed(1)], assign),
        (vec![premium()], show(5)),
        (vec![premium(), completed(6)], show(8)),
    ];
    let rule = |((tests, action), n): ((Vec<Test>, Action), u64)| Rule {
        id: RuleId::new(3, bytes(60 + steps, n)),
        alias: format!("Rule {n}"),
        conditions: tests.into_iter().map(|test| Condition { logic: Logic::And, test }).collect(),
        actions: vec![action],
    };
    asked.into_iter().zip(ten * 4..).map(rule).collect()
}

/// The step that nobody sees before the first is completed.
const HIDDEN: usize = 3;

/// What a guest of a process is given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given {
    /// The steps that are a guest's, one of a thousand in turn.
    OwnSteps,
    /// So many steps from the first on, but for the hidden one, and which guest.
    First(usize, u64),
}

/// The address of a guest.
pub(super) fn guest_address(number: u64) -> String {
    format!("guest{}@company.example", 1000 + number)
}

/// Launches one of the open processes, each at a moment of its own: ids and
/// deadlines are as far apart as those of years of work.
pub(super) fn launch(
    tx: &mut Tx<'_>,
    mut place: Place,
    template: &Template,
    number: u64,
    given: Given,
) -> Result<(RunId, Vec<TaskId>), Error> {
    place.now += BETWEEN * i32::try_from(number).unwrap_or(i32::MAX);
    let id = RunId::new(u64::try_from(place.now.as_millisecond()).unwrap_or(0), bytes(5, number));
    let guest = match given {
        Given::OwnSteps => number % GUESTS,
        Given::First(_, guest) => guest,
    };
    let guest = address(&guest_address(guest))?;
    let mut launch = Launch::new(id, bytes(6, number), place.members[0]);
    launch.name = Some(format!("Onboarding of company {number}"));
    launch.prerun = vec![(kind_of(STEPS.0), Answer::text(KIND))];
    let steps = template.snapshot.blueprint().steps.iter();
    let is_given = |place: usize, step: &Step| match given {
        Given::OwnSteps => !step.people.guests().is_empty(),
        Given::First(count, _) => place != HIDDEN && place < count + usize::from(place > HIDDEN),
    };
    for (_, step) in steps.enumerate().filter(|(place, step)| is_given(*place, step)) {
        let people = Some(People::of_guests([guest.clone()]));
        launch.tasks.insert(step.id, StepOverride { people, ..StepOverride::default() });
    }
    let (by, cause) = (By::Member(place.actor()), place.cause());
    let mut drawn = 0;
    let mut code = || {
        drawn += 1;
        let mut random = [0; 24];
        random[..8].copy_from_slice(&mixed(number << 16 | drawn).to_be_bytes());
        GuestCode::new(random)
    };
    let mut newcomers = Newcomers::<Error> { code: &mut code, admit: &mut |_| Ok(()) };
    let doer = Doer { by: &by, cause: &cause };
    let done = write::launch(tx, place.org, template, &launch, About::default(), doer, &mut newcomers)?;
    Ok((id, done.process.run.state().tasks.iter().map(|task| task.id).collect()))
}
