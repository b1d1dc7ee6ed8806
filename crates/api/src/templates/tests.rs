//! Templates that hold together, drawn from small numbers, and what becomes of
//! them when they go out and come back.

use std::sync::Arc;

use hospes_model::task::TaskType;
use hospes_model::task::form::{Choice, FieldDraft, FieldType, FieldValue};
use hospes_model::template::{
    self, BlueprintToLaunch, FieldSettings, Milestone, Settings, StepSettings, Topic,
};
use hospes_model::workflow::*;
use hospes_model::*;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::draft::Checked;
use super::request::{self, Ids};
use super::{FormFields, Includes, Template};

/// Numbers that one step or rule is made of.
type Draw = [u8; 8];

pub(super) fn step_id(number: usize) -> StepId {
    StepId::new(1, [u8::try_from(number).unwrap(); 10])
}

pub(super) fn field_id(number: usize) -> FieldId {
    FieldId::new(2, [u8::try_from(number).unwrap(); 10])
}

pub(super) fn rule_id(number: usize) -> RuleId {
    RuleId::new(3, [u8::try_from(number).unwrap(); 10])
}

fn group_id(number: u8) -> GroupId {
    GroupId::new(4, [number; 10])
}

fn stage_id(number: u8) -> StageId {
    StageId::new(5, [number; 10])
}

fn guest(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(super) fn member(id: i64) -> MemberId {
    MemberId::new(id).unwrap()
}

fn span(number: u8) -> Offset {
    Offset::new(u32::from(number), Unit::ALL[usize::from(number) % Unit::ALL.len()]).unwrap()
}

pub(super) fn field(number: usize, field_type: FieldType) -> Field {
    let choices = |texts: [&str; 2]| {
        texts.iter().zip([3, 7]).map(|(text, id)| Choice { id, text: (*text).to_owned() }).collect()
    };
    let draft = FieldDraft {
        label: format!("Field {number}"),
        field_type,
        required: number.is_multiple_of(2),
        options: if field_type.has_options() { choices(["red", "green"]) } else { Vec::new() },
        columns: if field_type == FieldType::Table { choices(["Article", "Price"]) } else { Vec::new() },
        guidance: number.is_multiple_of(3).then(|| "<script>alert(1)</script> is kept".to_owned()),
        position: i64::try_from(number / 3).unwrap(),
    };
    let definition = draft.with_id(field_id(number));
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

/// A field with a default and checks that fit its type.
fn rich_field(number: usize, draw: u8) -> (Field, FieldSettings) {
    let kind = FieldType::ALL[usize::from(draw) % FieldType::ALL.len()];
    let mut field = field(number, kind);
    let value = match kind {
        FieldType::Text | FieldType::Textarea => Answer::text("for {{name-1}}"),
        FieldType::Radio => Answer::text("green"),
        FieldType::Dropdown => Answer::Value(FieldValue::Option(7)),
        FieldType::Multiselect => Answer::Value(FieldValue::Options(vec![3, 7])),
        FieldType::Date => Answer::text("2030-05-15"),
        FieldType::Email => Answer::text("carl@client.example"),
        FieldType::File => {
            Answer::Files(vec![FileRef { id: FileId::new(6, [1; 10]), filename: "terms.pdf".to_owned() }])
        }
        FieldType::Table => Answer::Value(FieldValue::Row(vec!["{{name-1}}".to_owned(), "2".to_owned()])),
        FieldType::AssigneesForm => Answer::People(some_people(draw)),
    };
    let mut default = Some(DefaultAnswer::Answer(value)).filter(|default| match default {
        DefaultAnswer::Answer(answer) => !answer.is_empty(),
        DefaultAnswer::Today { .. } => true,
    });
    if kind == FieldType::Date && draw.is_multiple_of(3) {
        default = Some(DefaultAnswer::Today { offset: span(draw % 30), direction: Direction::Before });
    }
    if matches!(kind, FieldType::Text | FieldType::Textarea) {
        let format = TextFormat::ALL.get(usize::from(draw) % 8).copied();
        field.validation = Validation { format, min: Some(-1), max: Some(99), ..Validation::default() };
    }
    field.validation.must_all_checked = kind == FieldType::Multiselect;
    if kind == FieldType::File {
        field.validation.extensions = vec!["pdf".to_owned(), "docx".to_owned()];
    }
    let mut settings = FieldSettings {
        use_wysiwyg_editor: draw.is_multiple_of(2),
        prefix: draw.is_multiple_of(5).then(|| "EUR".to_owned()),
        ..FieldSettings::default()
    };
    match draw % 4 {
        0 => {}
        1 => settings.unused_default = default,
        _ => field.default = default,
    }
    (field, settings)
}

fn some_people(number: u8) -> People {
    match number % 5 {
        0 => People::default(),
        1 => People::members([member(2), member(3)]),
        2 => People::of_guests([guest("carl@client.example")]),
        3 => People::of_groups([group_id(1)]).with(&People::members([member(2)])),
        _ => People::of_guests([guest("Dora@client.example")]).with(&People::of_groups([group_id(2)])),
    }
}

fn some_step(number: usize, draw: Draw, settings: &mut Settings) -> Step {
    let id = step_id(number);
    let mut step = Step::new(id, format!("Step {number} for {{{{name-1}}}}"), TaskType::Task);
    step.alias = format!("step-{number}");
    step.task_type = TaskType::ALL[usize::from(draw[0]) % TaskType::ALL.len()];
    step.summary = draw[1].is_multiple_of(2).then(|| "<img src=x onerror=y>\nline two".to_owned());
    step.people = some_people(draw[1]);
    step.is_soft_start_date = draw[2].is_multiple_of(2);
    step.start_date = draw[2].is_multiple_of(3).then(|| span(draw[2]));
    step.assign_run_starter = draw[3].is_multiple_of(2);
    step.max_assignable = if draw[3].is_multiple_of(3) { 5 } else { 0 };
    step.hidden_by_default = draw[3].is_multiple_of(5);
    step.everyone_must_complete = draw[4].is_multiple_of(2);
    step.stage = (!draw[4].is_multiple_of(3)).then(|| stage_id(draw[4] % 3));
    step.roles = if draw[4].is_multiple_of(4) { vec![RoleId::new(7, [1; 10])] } else { Vec::new() };
    step.webhook = draw[5].is_multiple_of(2).then(|| "https://hooks.example/step".to_owned());
    let earlier = usize::from(draw[6]) % number.max(1);
    step.deadline = (!draw[5].is_multiple_of(3)).then(|| StepDeadline {
        offset: span(draw[5]),
        direction: Direction::From,
        base: if earlier == 0 { StepBase::Launch } else { StepBase::Step(step_id(earlier)) },
    });
    for at in 0..usize::from(draw[7] % 4) {
        let (field, more) = rich_field(10 * number + at, draw[7] / 4 + u8::try_from(at).unwrap());
        settings.fields.insert(field.id(), more);
        step.captures.push(field);
    }
    settings.steps.insert(
        id,
        StepSettings {
            allow_guest_owners: draw[6].is_multiple_of(2),
            send_chromeless: draw[6].is_multiple_of(3),
            bp_to_launch: draw[6].is_multiple_of(4).then(|| BlueprintToLaunch {
                id: TemplateId::new(8, [1; 10]),
                default_name_format: Some("{{TEMPLATE_NAME}}".to_owned()),
                tasks_within_process: false,
            }),
            tags: if draw[6].is_multiple_of(5) { vec!["0".repeat(32)] } else { Vec::new() },
            ..StepSettings::default()
        },
    );
    step
}

fn some_rule(number: usize, draw: Draw, steps: &[Step], prerun: &[Field]) -> Rule {
    let of = |number: u8| steps[usize::from(number) % steps.len()].id;
    let some_field = || {
        let capture = steps.iter().flat_map(|step| &step.captures).nth(usize::from(draw[1]) % 3);
        match (draw[0].is_multiple_of(2), capture, prerun.first()) {
            (true, Some(field), _) => Some(FieldRef::Capture(field.id())),
            (_, _, Some(field)) => Some(FieldRef::Prerun(field.id())),
            _ => None,
        }
    };
    let operands = ["red", " red", "a,b", "", "green"].map(ToOwned::to_owned);
    let test = match some_field().filter(|_| !draw[2].is_multiple_of(3)) {
        Some(field) => Test::Field {
            field,
            operation: FieldOperation::ALL[usize::from(draw[2]) % FieldOperation::ALL.len()],
            operands: operands.iter().skip(usize::from(draw[3]) % 5).step_by(2).cloned().collect(),
            column: None,
        },
        None => Test::Step {
            step: of(draw[3]),
            operation: StepOperation::ALL[usize::from(draw[2]) % StepOperation::ALL.len()],
            when: TimeClause::ALL[usize::from(draw[2]) % 4],
        },
    };
    let logic = Logic::ALL[usize::from(draw[4]) % 2];
    let step = of(draw[5]);
    let action = match draw[6] % 5 {
        0 => Action::Visibility { step, show: draw[6].is_multiple_of(2) },
        1 => Action::Assignment {
            step,
            verb: AssignVerb::ALL[usize::from(draw[6]) % 4],
            people: some_people(draw[6]).with(&People::members([member(2)])),
            from: None,
        },
        2 => Action::Deadline {
            step,
            base: if draw[7].is_multiple_of(2) { DeadlineBase::Current } else { DeadlineBase::Step(of(0)) },
            offset: span(draw[7]),
            direction: if draw[7].is_multiple_of(2) { Direction::Before } else { Direction::From },
        },
        3 => Action::Reopen { step },
        _ => Action::Webhook { url: "https://hooks.example/rule".to_owned(), alias: "crm".to_owned() },
    };
    let conditions = vec![Condition { logic, test: test.clone() }, Condition { logic: Logic::Or, test }];
    Rule { id: rule_id(number), alias: format!("Rule {number}"), conditions, actions: vec![action] }
}

/// A template with one step and one kick-off field at least.
pub(super) fn template(steps: &[Draw], rules: &[Draw], prerun: &[u8]) -> template::Template {
    try_template(steps, rules, prerun).unwrap()
}

fn try_template(steps: &[Draw], rules: &[Draw], prerun: &[u8]) -> Result<template::Template, Refusal> {
    let mut settings = Settings {
        summary: Some("About <b>it</b>\nand more".to_owned()),
        is_pinned: rules.len().is_multiple_of(2),
        dual_version_enabled: true,
        is_published_state: steps.len().is_multiple_of(2),
        kickoff_sharing_user_id: Some(member(2)),
        topic_tags: vec![Topic { id: "1".to_owned(), title: "Sales".to_owned() }],
        milestones: [1, 2].map(|n| Milestone { id: stage_id(n), name: format!("Part {n}") }).to_vec(),
        ..Settings::default()
    };
    let steps: Vec<Step> =
        steps.iter().zip(1..).map(|(draw, n)| some_step(n, *draw, &mut settings)).collect();
    let prerun: Vec<Field> = prerun
        .iter()
        .zip(200..)
        .map(|(draw, n)| {
            let (field, more) = rich_field(n, *draw);
            settings.fields.insert(field.id(), more);
            field
        })
        .collect();
    let rules = rules.iter().zip(1..).map(|(draw, n)| some_rule(n, *draw, &steps, &prerun)).collect();
    let id = TemplateId::new(1_700_000_000_000, [9; 10]);
    let blueprint = Blueprint {
        template: id,
        title: "New client".to_owned(),
        kind: TemplateKind::Procedure,
        naming: Naming { format: Some("{{name-1}}".to_owned()), ..Naming::default() },
        stages: vec![stage_id(1), stage_id(2)],
        prerun,
        steps,
        automated_actions: rules,
    };
    settings.keep_only(&blueprint);
    Ok(stored(id, Arc::new(Snapshot::new(blueprint)?), settings))
}

fn stored(id: TemplateId, snapshot: Arc<Snapshot>, settings: Settings) -> template::Template {
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    template::Template {
        key: TemplateKey::from_stored(7),
        id,
        version: VersionKey::from_stored(1),
        snapshot,
        settings,
        owner: member(1),
        created_by: member(1),
        updated_by: member(1),
        access: People::members([member(2)]).with(&People::of_groups([group_id(1)])),
        starred: true,
        started_processes: 3,
        archived_at: None,
        created_at: at,
        updated_at: at,
        revision: 1,
    }
}

/// Draws ids that nothing else has.
pub(super) fn with_ids<T>(read: impl FnOnce(&mut Ids<'_>) -> T) -> T {
    let mut next = 0_u64;
    let mut random = || {
        next += 1;
        let mut bytes = [0xFE; 10];
        bytes[2..].copy_from_slice(&next.to_be_bytes());
        bytes
    };
    read(&mut Ids { millis: 1_800_000_000_000, random: &mut random })
}

pub(super) fn export(template: &template::Template) -> Value {
    serde_json::to_value(Template::new(template, Includes::parse("steps"))).unwrap()
}

fn import(body: &Value) -> Result<Checked, Refusal> {
    let id = TemplateId::new(1_800_000_000_000, [8; 10]);
    with_ids(|ids| request::read_create(body, id, ids))?.check()
}

/// Ids become numbers by the order in which they appear; dates go.
fn without_ids(value: &Value) -> Value {
    fn walk(value: &Value, seen: &mut Vec<String>) -> Value {
        match value {
            Value::String(text) if text.parse::<StepId>().is_ok() => {
                let place = seen.iter().position(|id| id == text).unwrap_or_else(|| {
                    seen.push(text.clone());
                    seen.len() - 1
                });
                json!(place)
            }
            Value::Array(list) => list.iter().map(|value| walk(value, seen)).collect(),
            Value::Object(map) => {
                let dates = ["created_at", "last_updated"];
                let entries = map.iter().filter(|(key, _)| !dates.contains(&key.as_str()));
                Value::Object(entries.map(|(key, value)| (key.clone(), walk(value, seen))).collect())
            }
            other => other.clone(),
        }
    }
    let mut value = value.clone();
    value.as_object_mut().unwrap().remove("alias");
    walk(&value, &mut Vec::new())
}

fn again(template: &template::Template, checked: Checked) -> template::Template {
    let id = checked.snapshot.blueprint().template;
    let again = stored(id, checked.snapshot, checked.settings);
    template::Template {
        owner: checked.owner.unwrap_or(template.owner),
        access: checked.access,
        starred: checked.starred,
        ..again
    }
}

fn templates() -> impl Strategy<Value = template::Template> {
    let draw = any::<Draw>();
    (vec(draw, 1..6), vec(draw, 0..6), vec(any::<u8>(), 0..4))
        .prop_filter_map("holds together", |(steps, rules, prerun)| {
            try_template(&steps, &rules, &prerun).ok()
        })
}

proptest! {
    #[test]
    fn what_goes_out_can_come_back(template in templates()) {
        let sent = export(&template);
        let checked = import(&sent).unwrap();
        let unknown: Vec<_> = checked.warnings.iter().filter(|text| text.contains("ignored")).collect();
        prop_assert!(unknown.is_empty(), "{unknown:?}");
        let back = again(&template, checked);
        let second = export(&back);
        prop_assert_eq!(without_ids(&sent), without_ids(&second));
        let text = second.to_string();
        for step in &template.blueprint().steps {
            prop_assert!(!text.contains(&step.id.to_string()), "an old id is left");
        }
    }

    #[test]
    fn parts_that_are_sent_back_change_nothing(template in templates()) {
        let sent = export(&template);
        let same = |draft: super::draft::Draft| {
            let checked = draft.check().unwrap();
            assert_eq!(checked.snapshot.blueprint(), template.blueprint());
            assert_eq!(checked.settings, template.settings);
            assert_eq!(checked.access, template.access);
            let ignored = checked.warnings.iter().filter(|text| text.contains("ignored"));
            assert_eq!(ignored.collect::<Vec<_>>(), Vec::<&String>::new());
        };
        with_ids(|ids| {
            same(request::read_update(&sent, &template, ids).unwrap());
            for (at, rule) in template.blueprint().automated_actions.iter().enumerate() {
                let body = &sent["automated_actions"][at];
                same(request::read_rule(body, &template, rule.id, ids).unwrap());
            }
            for (at, step) in template.blueprint().steps.iter().enumerate() {
                let body = &sent["steps"]["data"][at];
                same(request::read_step(body, &template, step.id, ids).unwrap());
                for (at, field) in step.captures.iter().enumerate() {
                    let body = &body["captures"][at];
                    same(request::read_capture(body, &template, step.id, field.id(), ids).unwrap());
                }
            }
        });
    }
}

#[test]
fn every_documented_key_is_there() {
    let template = template(&[[1; 8]], &[], &[0]);
    let sent = serde_json::to_value(Template::new(&template, Includes::default())).unwrap();
    let documented = "id increment_id title summary starred webhook guidance alias folder_id prerun created_by \
        owner_id kickoff_title kickoff_description started_processes created_at last_updated archived_at \
        is_public automated_actions topic_tags industry_tags public_cover icon type steps_count \
        is_public_kickoff default_process_name_format dual_version_enabled is_published_state is_featured \
        auto_naming last_updated_by status explanation_video users groups is_pinned folderize_process \
        tag_process allow_launcher_change_name ko_form_blueprint_id default_folder \
        folder_changeable_by_launcher can_add_oot kickoff_sharing_user_id custom_fields";
    for key in documented.split_whitespace() {
        assert!(sent.get(key).is_some(), "{key}");
    }
    assert_eq!(sent["alias"], format!("new-client-{}", &template.id.to_string()[..6]));
    assert_eq!(sent["created_at"], "2023-11-14T22:13:20Z");
    for key in ["steps", "stages", "tags", "folder"] {
        assert!(sent.get(key).is_none(), "{key}");
    }
    let all = "steps,tags,folder,permissions,stages,linked_tasks,assets,member_watchers,guest_watchers";
    let sent = serde_json::to_value(Template::new(&template, Includes::parse(all))).unwrap();
    for key in all.split(',') {
        assert!(sent[key]["data"].is_array(), "{key}");
    }
    assert!(sent["prerun"].is_array() && sent["steps"]["data"][0]["captures"].is_array());
    let step = &sent["steps"]["data"][0];
    assert_eq!(
        (&step["created_at"], &step["last_updated"]),
        (&json!("1970-01-01T00:00:00Z"), &sent["last_updated"])
    );
    let fields = serde_json::to_value(FormFields::new(&template)).unwrap();
    assert_eq!(fields["ko_form_fields"].as_array().unwrap().len(), 1);
    assert_eq!(fields["form_fields"].as_array().unwrap().len(), 1);
    assert_eq!(fields["form_fields"][0]["step_id"], step_id(1).to_string());
}
