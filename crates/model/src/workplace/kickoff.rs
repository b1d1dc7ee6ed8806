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
use crate::task::form::{FieldType, FileRef};
use crate::template::Template;
use crate::workflow::{
    Action, Answer, Blueprint, Field, FieldRef, Launch, People, Snapshot, StepOverride, TemplateKind,
};

/// A submission waits this long for its address to be verified.
pub const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Files that came for a form wait this long for the form itself, from the last
/// of them on: whoever brings files and sends nothing shuts no form for long.
pub const FILLING_IN: SignedDuration = SignedDuration::from_hours(1);
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

/// Answers file fields with the files that are there, and with no others.
pub fn with_files(
    fields: &[Field],
    answers: &mut Vec<(FieldId, Answer)>,
    files: impl IntoIterator<Item = (FieldId, FileRef)>,
) {
    answers.retain(|(_, answer)| !matches!(answer, Answer::Files(_)));
    let mut by_field: BTreeMap<FieldId, Vec<FileRef>> = BTreeMap::new();
    for (field, file) in files {
        by_field.entry(field).or_default().push(file);
    }
    for field in fields.iter().filter(|field| field.definition.field_type == FieldType::File) {
        let files = by_field.remove(&field.id()).map(Answer::Files);
        answers.extend(files.map(|files| (field.id(), files)));
    }
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
    answers: &[(FieldId, Answer)],
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ids::{FileId, RuleId, RunId};
    use crate::task::TaskType;
    use crate::task::form::FieldValue;
    use crate::task::testing::{at, member};
    use crate::template::testing::template;
    use crate::workflow::testing::{field, guest};
    use crate::workflow::{
        AssignVerb, Condition, DefaultAnswer, FieldOperation, Logic, Rule, Step, Test, TextFormat,
    };

    fn public() -> Template {
        let mut template = template(1, &[]);
        template.settings.is_public_kickoff = true;
        template
    }

    fn with(template: &Template, change: impl FnOnce(&mut Blueprint)) -> Template {
        let mut blueprint = template.snapshot.blueprint().clone();
        change(&mut blueprint);
        Template { snapshot: Arc::new(Snapshot::new(blueprint).unwrap()), ..template.clone() }
    }

    #[test]
    fn a_form_is_open_while_its_template_can_be_launched() {
        let open = public();
        assert_eq!(launchers(&open), [member(1)]);
        let mut shared = open.clone();
        shared.settings.kickoff_sharing_user_id = Some(member(2));
        assert_eq!(launchers(&shared), [member(2), member(1)]);
        shared.settings.kickoff_sharing_user_id = Some(member(1));
        assert_eq!(launchers(&shared), [member(1)]);
        let mut closed: Vec<Template> = vec![template(1, &[]), open.clone(), open.clone(), open.clone()];
        closed[1].archived_at = Some(at(1));
        closed[2].settings.dual_version_enabled = true;
        closed[2].settings.is_published_state = false;
        closed[3].settings.misc = true;
        closed.push(with(&open, |blueprint| {
            blueprint.kind = TemplateKind::Document;
            blueprint.steps.clear();
        }));
        for (place, template) in closed.iter().enumerate() {
            assert!(launchers(template).is_empty(), "{place}");
        }
    }

    /// Required: a text of digits, a date that starts by itself, a picker for
    /// whoever submits.
    fn form() -> Vec<Field> {
        let mut fields =
            vec![field(1, FieldType::Text), field(2, FieldType::Date), field(3, FieldType::AssigneesForm)];
        for field in &mut fields {
            field.definition.required = true;
        }
        fields[0].validation.format = Some(TextFormat::Numeric);
        fields[1].default = Some(DefaultAnswer::Answer(Answer::text("2025-01-01")));
        fields[2].default_to_guest = true;
        fields
    }

    #[test]
    fn what_starts_by_itself_need_not_be_given_and_the_rest_must_fit() {
        let fields = form();
        let id = |at: usize| fields[at].id();
        assert_eq!(faults(&fields, &[]), [id(0)]);
        let text = |text: &str| Answer::text(text);
        assert!(faults(&fields, &[(id(0), text("7"))]).is_empty());
        assert_eq!(faults(&fields, &[(id(0), text("x")), (id(1), text("soon"))]), [id(0), id(1)]);
        let wrong = Answer::Value(FieldValue::Option(1));
        assert_eq!(faults(&fields, &[(id(0), text("7")), (id(2), wrong)]), [id(2)]);
        // Nobody asks for it any more.
        let gone = (field(9, FieldType::Text).id(), text("x"));
        assert!(faults(&fields, &[(id(0), text("7")), gone]).is_empty());
        let people = Answer::People(People::of_guests([guest("a@x.example"), guest("b@x.example")]));
        assert_eq!(named([&people, &text("a@x.example"), &people]), 4);
    }

    #[test]
    fn file_fields_hold_the_files_that_are_there() {
        let fields = [field(1, FieldType::File), field(2, FieldType::File), field(3, FieldType::Text)];
        let [first, second, text] = [0, 1, 2].map(|at: usize| fields[at].id());
        let file =
            |number: u8| FileRef { id: FileId::new(1, [number; 10]), filename: format!("{number}.pdf") };
        let said = (text, Answer::text("x"));
        let mut answers = vec![(first, Answer::Files(vec![file(1), file(2)])), said.clone()];
        let gone = field(9, FieldType::File).id();
        with_files(
            &fields,
            &mut answers,
            [(second, file(3)), (gone, file(4)), (second, file(5)), (text, file(6))],
        );
        assert_eq!(answers, [said, (second, Answer::Files(vec![file(3), file(5)]))]);
    }

    fn filled(template: &Template, answers: &[(FieldId, Answer)]) -> Launch {
        let mut launch = Launch::new(RunId::new(1, [1; 10]), [0; 10], member(1));
        fill(&mut launch, &template.snapshot, answers, &guest("carl@x.example"));
        launch
    }

    #[test]
    fn whoever_submits_is_put_where_the_form_wants_it() {
        let template = with(&public(), |blueprint| {
            blueprint.prerun = form();
            let step = |number: u8| Step::new(StepId::new(1, [number; 10]), "S", TaskType::Task);
            blueprint.steps = [1, 2, 3].map(step).to_vec();
            blueprint.steps[0].people = People::members([member(1)]);
        });
        let [number, _, picker] = [0, 1, 2].map(|at| template.snapshot.blueprint().prerun[at].id());
        let (first, second) = (template.snapshot.steps()[0].id, template.snapshot.steps()[1].id);
        let dora = Answer::People(People::of_guests([guest("dora@x.example")]));
        let gone = (field(9, FieldType::Text).id(), Answer::text("x"));
        let launch = filled(&template, &[(picker, dora), gone, (number, Answer::text("7"))]);
        let both = People::of_guests([guest("carl@x.example"), guest("dora@x.example")]);
        assert_eq!(launch.prerun, [(number, Answer::text("7")), (picker, Answer::People(both))]);
        assert_eq!(launch.submitter, Some(guest("carl@x.example")));
        // No rule reads the picker: the first step that names nobody.
        assert_eq!(launch.tasks.keys().collect::<Vec<_>>(), [&second]);
        let ruled = with(&template, |blueprint| {
            blueprint.automated_actions = vec![Rule {
                id: RuleId::new(1, [1; 10]),
                alias: "R".to_owned(),
                conditions: vec![Condition {
                    logic: Logic::And,
                    test: Test::Field {
                        field: FieldRef::Prerun(picker),
                        operation: FieldOperation::IsNotEmpty,
                        operands: Vec::new(),
                        column: None,
                    },
                }],
                actions: vec![Action::Assignment {
                    step: first,
                    verb: AssignVerb::Assign,
                    people: People::default(),
                    from: Some(FieldRef::Prerun(picker)),
                }],
            }];
        });
        assert!(filled(&ruled, &[]).tasks.is_empty());
        let unflagged = with(&template, |blueprint| blueprint.prerun[2].default_to_guest = false);
        assert!(filled(&unflagged, &[]).tasks.is_empty());
    }
}
