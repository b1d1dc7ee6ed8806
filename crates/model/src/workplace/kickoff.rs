//! Public kick-off forms (`product.md` 1.4, 2.7): whether a template's is open,
//! what a stranger may give, and what becomes of the answers when the stranger's
//! address is verified.
//!
//! Everything that somebody can bring about without having verified anything is
//! bounded here.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::codes::Cap;
use crate::email::EmailAddress;
use crate::ids::{FieldId, MemberId, StepId};
use crate::task::form::FieldType;
use crate::template::Template;
use crate::workflow::{
    Action, Answer, Blueprint, Field, FieldRef, Launch, People, Snapshot, StepOverride, TemplateKind,
};

/// A submission waits this long for its address to be verified.
pub const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// The most bytes that the answers of one submission may take, as JSON.
pub const ANSWERS_BYTES: usize = 256 << 10;
/// The most files of one submission.
pub const FILES: usize = 10;
/// The most addresses that one submission may name in people pickers.
pub const NAMED: usize = 10;
/// The most characters of a first or a last name.
pub const NAME_CHARS: usize = 200;
/// The most bytes of files that may wait at one template's form.
pub const WAITING_BYTES: u64 = 2 << 30;

/// Submissions of one template's form, whoever sends them.
pub const SUBMISSIONS: Cap = Cap { kind: "kickoff-form", most: 200, per: SignedDuration::from_hours(1) };
/// Forms of one network that bring files.
pub const UPLOADS_FROM_NETWORK: Cap =
    Cap { kind: "kickoff-upload", most: 60, per: SignedDuration::from_hours(1) };

/// Who may launch by the template's public form, the first in question in front:
/// the first who is active does (`kickoff_sharing_user_id`, else the owner).
/// Nobody when the form is not open.
pub fn launchers(template: &Template) -> Vec<MemberId> {
    let settings = &template.settings;
    let is_open = settings.is_public_kickoff
        && !settings.misc
        && !settings.is_draft()
        && template.archived_at.is_none()
        && template.snapshot.blueprint().kind != TemplateKind::Document;
    if !is_open {
        return Vec::new();
    }
    let mut launchers: Vec<MemberId> = settings.kickoff_sharing_user_id.into_iter().collect();
    if !launchers.contains(&template.owner) {
        launchers.push(template.owner);
    }
    launchers
}

/// Whether a picker is one that whoever submits is put into.
pub fn takes_submitter(field: &Field) -> bool {
    field.default_to_guest && field.definition.field_type == FieldType::AssigneesForm
}

/// Whether a field that is left empty is filled in at the launch.
pub fn has_start(field: &Field) -> bool {
    field.default.is_some() || takes_submitter(field)
}

/// What is wrong with the answers for the form as it is now, by field: those
/// that it cannot hold, and those that it misses. What no field asks for any
/// more is nobody's fault.
pub fn faults(fields: &[Field], answers: &[(FieldId, Answer)]) -> Vec<FieldId> {
    let answer = |id| answers.iter().find(|(of, _)| *of == id).map(|(_, answer)| answer);
    let wrong = |field: &&Field| {
        let answer = answer(field.id()).filter(|answer| !answer.is_empty());
        let is_kept = answer.is_none_or(|answer| field.check(answer).is_ok());
        let is_filled = answer.is_some() || !has_start(field);
        !is_kept || (is_filled && field.missing(answer).is_some())
    };
    fields.iter().filter(wrong).map(Field::id).collect()
}

/// How many addresses the answers name.
pub fn named<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> usize {
    let count = |answer: &Answer| match answer {
        Answer::People(people) => people.len(),
        _ => 0,
    };
    answers.into_iter().map(count).sum()
}

/// Fills a launch with the answers of a submission, those of fields that are
/// still there, and puts the submitter where the form wants it: into the
/// pickers that are flagged `default_to_guest`, and where no rule reads such a
/// picker, on the first step that is shown from the start and names nobody.
pub fn fill(
    launch: &mut Launch,
    snapshot: &Snapshot,
    answers: Vec<(FieldId, Answer)>,
    submitter: &EmailAddress,
) {
    let blueprint = snapshot.blueprint();
    let own = People::of_guests([submitter.clone()]);
    for field in &blueprint.prerun {
        let given = answers.iter().find(|(id, _)| *id == field.id()).map(|(_, answer)| answer.clone());
        let answer = match given {
            Some(Answer::People(people)) if takes_submitter(field) => Some(Answer::People(people.with(&own))),
            given => given,
        };
        launch.prerun.extend(answer.map(|answer| (field.id(), answer)));
    }
    launch.submitter = Some(submitter.clone());
    launch.tasks = first_step(snapshot, blueprint).map_or_else(BTreeMap::new, |step| {
        BTreeMap::from([(step, StepOverride { deadline: None, people: Some(own) })])
    });
}

/// The step that the submitter is put on where no rule says so.
fn first_step(snapshot: &Snapshot, blueprint: &Blueprint) -> Option<StepId> {
    let flagged: Vec<FieldId> =
        blueprint.prerun.iter().filter(|field| takes_submitter(field)).map(Field::id).collect();
    let actions = blueprint.automated_actions.iter().flat_map(|rule| &rule.actions);
    let mut sources = actions.filter_map(|action| match action {
        Action::Assignment { from: Some(FieldRef::Prerun(field)), .. } => Some(*field),
        _ => None,
    });
    if flagged.is_empty() || sources.any(|field| flagged.contains(&field)) {
        return None;
    }
    let mut steps = blueprint.steps.iter().enumerate();
    let is_free = |place: usize, step: &crate::workflow::Step| {
        step.people.is_empty() && step.roles.is_empty() && !snapshot.is_hidden_at_launch(place)
    };
    steps.find(|(place, step)| is_free(*place, step)).map(|(_, step)| step.id)
}
