//! A process for tests: a kick-off form with a required text and people, a
//! step with a field of every type, and a second step.

use hospes_model::member::{Actor, Role};
use hospes_model::run::{About, Process, TaskRecord};
use hospes_model::task::TaskType;
use hospes_model::task::form::{Choice, FieldDraft, FieldType};
use hospes_model::workflow::{
    Blueprint, By, Calendar, Context, Directory, Field, Launch, Policy, Run, Snapshot, Step, Validation,
};
use hospes_model::{
    FieldId, MemberId, OrgNo, RunId, RunKey, StepId, TaskKey, TemplateId, TemplateKey, VersionKey,
};
use jiff::Timestamp;
use std::sync::Arc;

pub(crate) fn member(id: i64) -> MemberId {
    MemberId::new(id).unwrap()
}

pub(crate) fn field_id(number: u8) -> FieldId {
    FieldId::new(1, [number; 10])
}

pub(crate) fn step_id(number: u8) -> StepId {
    StepId::new(2, [number; 10])
}

pub(crate) fn field(number: u8, field_type: FieldType, required: bool) -> Field {
    let choices =
        || [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() }).to_vec();
    let draft = FieldDraft {
        label: format!("Field {number}"),
        field_type,
        required,
        options: if field_type.has_options() { choices() } else { Vec::new() },
        columns: if field_type == FieldType::Table { choices() } else { Vec::new() },
        guidance: None,
        position: i64::from(number),
    };
    let mut definition = draft.with_id(field_id(number));
    definition.alias = format!("f{number}");
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

pub(crate) fn snapshot() -> Arc<Snapshot> {
    let mut first = Step::new(step_id(1), "Send the contract", TaskType::Task);
    let types = FieldType::ALL.iter().zip(10..);
    first.captures = types.map(|(kind, number)| field(number, *kind, false)).collect();
    let blueprint = Blueprint {
        prerun: vec![field(1, FieldType::Text, true), field(2, FieldType::AssigneesForm, false)],
        steps: vec![first, Step::new(step_id(2), "File it", TaskType::Approval)],
        ..Blueprint::empty(TemplateId::new(3, [3; 10]), "New client".to_owned())
    };
    Arc::new(Snapshot::new(blueprint).unwrap())
}

pub(crate) fn now() -> Timestamp {
    "2025-05-15T10:00:00Z".parse().unwrap()
}

/// Launched by member 1 with “Acme” in the first field.
pub(crate) fn process() -> Process {
    let org = OrgNo::new(1).unwrap();
    let mut directory = Directory::new(member(1));
    directory.members.insert(member(1), "Ann".to_owned());
    let mut launch = Launch::new(RunId::new(4, [4; 10]), [5; 10], member(1));
    launch.prerun = vec![(field_id(1), hospes_model::workflow::Answer::text("Acme"))];
    let by = By::Member(Actor { id: member(1), role: Role::Admin });
    let calendar = Calendar::plain();
    let cx =
        Context { at: now(), by: &by, calendar: &calendar, directory: &directory, policy: Policy::default() };
    let (run, _) = Run::launch(snapshot(), &launch, cx).unwrap();
    let record = |(place, step): (usize, &Step)| TaskRecord {
        key: TaskKey::new(org, i64::try_from(place).unwrap() + 1),
        title: step.title.clone(),
        summary: None,
        completer_code: None,
        updated_at: now(),
        revision: 1,
    };
    let tasks = run.snapshot().steps().iter().enumerate().map(record).collect();
    Process {
        key: RunKey::new(org, 7),
        template: TemplateKey::new(org, 1),
        version: VersionKey::new(org, 1),
        run,
        about: About::default(),
        tasks,
        updated_at: now(),
        revision: 1,
    }
}
