//! The workflow engine: templates, processes, tasks, forms and rules as pure
//! decisions.
//!
//! A [`Blueprint`] is what a template says. [`Snapshot::new`] checks it, and
//! [`Run::launch`] makes a process of the snapshot. From then on
//! [`Run::handle`] takes one [`Command`] after another: it changes the process
//! and returns the [events](RunEvent) that did so, or refuses and leaves it as
//! it was. [`Run::wanted_timers`] says what the process waits for.
//!
//! Nothing here knows the time, a database or chance: what a decision depends
//! on is in its [`Context`]. How the parts fit together, in what order rules
//! run and why that ends is told in `docs/workflow.md`.

mod assignees;
mod blueprint;
mod calendar;
mod check;
mod command;
mod complete;
mod due;
mod evaluate;
mod event;
mod field;
mod fire;
mod forms;
mod launch;
mod named;
mod number;
mod people;
mod rule;
mod run;
mod snapshot;
mod tasks;
mod timer;
mod turn;
mod variables;

pub use assignees::{Assignees, ChaperoneReason};
pub use blueprint::{Blueprint, Naming, Step, StepBase, StepDeadline, TemplateKind};
pub use calendar::{Calendar, Direction, Offset, Unit, WorkDay, WorkWeek};
pub use check::{
    MAX_ACTIONS, MAX_CHOICES, MAX_CONDITIONS, MAX_FIELDS, MAX_PARTS, MAX_RULES, MAX_STEPS, NAME_LIMIT,
    TITLE_LIMIT, Warning,
};
pub use command::{Added, By, Command, Context, Edit, Outcome, Policy};
pub use due::{Due, Moved};
pub use event::{Cause, Recorded, RunEvent, Skipped};
pub use field::{Answer, DefaultAnswer, Field, FileRef, TextFormat, Validation};
pub use fire::MAX_RULE_REOPENS;
pub use launch::{Launch, StepOverride};
pub use named::Named;
pub use people::{Buckets, Directory, Group, People, Person};
pub use rule::{
    Action, AssignVerb, Condition, DeadlineBase, FieldOperation, FieldRef, Logic, Rule, StepOperation, Test,
    TimeClause,
};
pub use run::{
    Completion, Decider, Mismatch, Origin, Part, Run, RunProgress, RunState, RunStatus, RunTask, Stamp,
    Status, Told, Verdict, Visibility,
};
pub use snapshot::{Place, Snapshot};
pub use timer::{Timer, TimerKind};
pub(crate) use variables::split_name;
pub use variables::{RENDERED_IN_ALL, RENDERED_LIMIT, Style};

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::email::EmailAddress;
    use crate::ids::{FieldId, GroupId};
    use crate::task::form::{Choice, FieldDraft, FieldType};

    pub(crate) use crate::task::testing::{at, member};

    pub(crate) fn guest(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    pub(crate) fn group_id(number: u8) -> GroupId {
        GroupId::new(1, [number; 10])
    }

    /// The given members, and member 99 as default administrator.
    pub(crate) fn directory(members: &[i64]) -> Directory {
        let mut directory = Directory::new(member(99));
        directory.members = members.iter().map(|id| (member(*id), format!("Member {id}"))).collect();
        directory
    }

    pub(crate) fn choices() -> Vec<Choice> {
        [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() }).to_vec()
    }

    pub(crate) fn field(number: u8, field_type: FieldType) -> Field {
        let draft = FieldDraft {
            label: format!("Field {number}"),
            field_type,
            required: false,
            options: if field_type.has_options() { choices() } else { Vec::new() },
            columns: if field_type == FieldType::Table { choices() } else { Vec::new() },
            guidance: None,
            position: i64::from(number),
        };
        let mut definition = draft.with_id(FieldId::new(1, [number; 10]));
        definition.alias = format!("f{number}");
        Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
    }
}
