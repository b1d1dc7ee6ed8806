//! Steps.

use hospes_model::task::TaskType;
use hospes_model::task::draft::check_webhook;
use hospes_model::task::form::check_long_text;
use hospes_model::template::{BlueprintToLaunch, StepSettings};
use hospes_model::workflow::{Buckets, Direction, People, Step, StepBase, StepDeadline};
use hospes_model::{EmailAddress, StepId};
use serde_json::Value;

use super::form::{Identity, read_form};
use super::reading::{Reading, Refs, read_groups, read_ids, read_span};
use crate::fields::Fields;

/// Reads what is said about a step onto it. Lists of people that are left out
/// are cleared (`clients.md` 2), whatever else is left out stays. `full` is the
/// step's path in the template, with a dot at the end.
pub(super) fn read_step(
    fields: &mut Fields<'_>,
    step: &mut Step,
    full: &str,
    identity: Identity<'_>,
    reading: &mut Reading<'_, '_>,
) {
    fields.ignore(&["id", "checklist_id", "alias", "position", "created_at", "last_updated", "archived_at"]);
    fields.ignore(&["custom_fields", "steps_count", "timeline_id"]);
    if let Some(title) = fields.required_text("title") {
        title.trim().clone_into(&mut step.title);
    }
    fields.put_text("summary", &mut step.summary, check_long_text);
    fields.put_text("webhook", &mut step.webhook, check_webhook);
    let types: Vec<&str> = TaskType::ALL.iter().map(|kind| kind.as_str()).collect();
    if let Some(kind) = fields.word("step_type", &types, TaskType::parse) {
        step.task_type = kind;
    }
    let users = if fields.take("assignees").is_some() { "assignees" } else { "users" };
    step.people = read_people(fields, users);
    if let Some(roles) = read_ids(fields, "roles", People::LIMIT, "a job title") {
        step.roles = roles;
    }
    for (key, flag) in [
        ("is_soft_start_date", &mut step.is_soft_start_date),
        ("assign_run_starter", &mut step.assign_run_starter),
        ("everyone_must_complete", &mut step.everyone_must_complete),
        ("can_complete_only_assignees", &mut step.can_complete_only_assignees),
        ("prevent_guest_comment", &mut step.prevent_guest_comment),
        ("hidden_by_default", &mut step.hidden_by_default),
    ] {
        fields.put_flag(key, flag);
    }
    if let Some(most) = fields.integer("max_assignable", 0).and_then(|most| u32::try_from(most).ok()) {
        step.max_assignable = most;
    }
    read_start(fields, step);
    read_deadline(fields, step, &reading.refs);
    read_stage(fields, step, &reading.refs);
    read_settings(fields, reading.settings.steps.entry(step.id).or_default());
    if let Some(captures) = read_form(fields, "captures", full, identity, reading) {
        step.captures = captures;
    }
}

/// The three lists. One that is left out is empty.
pub(super) fn read_people<'a>(fields: &mut Fields<'a>, users: &'a str) -> People {
    fields.ignore(&["users"]);
    let members = fields.member_ids(users).unwrap_or_default();
    let mut guests = Vec::new();
    for (place, entry) in fields.list("guests", People::LIMIT).unwrap_or_default().iter().enumerate() {
        match entry.as_str().map(EmailAddress::parse) {
            Some(Ok(email)) => guests.push(email),
            _ => fields.fault(format!("guests.{place}"), "Must be a valid email address."),
        }
    }
    let groups = read_groups(fields, "groups", People::LIMIT);
    Buckets { users: members.into_iter().map(|(_, id)| id).collect(), guests, groups }.into()
}

fn read_start(fields: &mut Fields<'_>, step: &mut Step) {
    match fields.take("start_date") {
        None => {}
        Some(Value::Null) => step.start_date = None,
        Some(value) => {
            let Some(mut inside) = fields.inside("start_date", value) else { return };
            step.start_date = read_span(&mut inside);
            fields.absorb(&inside);
        }
    }
}

/// `{value, unit, option, step}`; null clears.
fn read_deadline(fields: &mut Fields<'_>, step: &mut Step, refs: &Refs) {
    let value = match fields.take("deadline") {
        None => return,
        Some(Value::Null) => {
            step.deadline = None;
            return;
        }
        Some(value) => value,
    };
    let Some(mut inside) = fields.inside("deadline", value) else { return };
    let offset = read_span(&mut inside);
    let direction = match inside.value("option") {
        None => Some(Direction::From),
        Some(_) => inside.word("option", &["from", "before"], Direction::parse),
    };
    let base = match inside.text("step").map(str::trim) {
        None | Some("" | "start_run") => Some(StepBase::Launch),
        Some(text) => {
            let base = refs.step(text);
            if base.is_none() {
                inside.fault("step", "This step does not exist.");
            }
            base.map(StepBase::Step)
        }
    };
    fields.absorb(&inside);
    if let (Some(offset), Some(direction), Some(base)) = (offset, direction, base) {
        step.deadline = Some(StepDeadline { offset, direction, base });
    }
}

/// Under either name; null and blank take the step out of its milestone.
fn read_stage(fields: &mut Fields<'_>, step: &mut Step, refs: &Refs) {
    for key in ["stage", "stage_id"] {
        if fields.take(key).is_none() {
            continue;
        }
        step.stage = match fields.text(key).map(str::trim).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                let stage = refs.stage(text);
                if stage.is_none() {
                    fields.fault("stage_id", "This milestone does not exist.");
                }
                stage
            }
        };
    }
}

fn read_settings(fields: &mut Fields<'_>, settings: &mut StepSettings) {
    for (key, flag) in [
        ("allow_guest_owners", &mut settings.allow_guest_owners),
        ("send_chromeless", &mut settings.send_chromeless),
        ("skip_start_process", &mut settings.skip_start_process),
        ("top_secret", &mut settings.top_secret),
        ("role_changes_every_time", &mut settings.role_changes_every_time),
    ] {
        fields.put_flag(key, flag);
    }
    if let Some(list) = fields.list("tags", People::LIMIT) {
        settings.tags.clear();
        for (place, entry) in list.iter().enumerate() {
            let id = entry.get("id").unwrap_or(entry).as_str();
            match id.filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())) {
                Some(id) => settings.tags.push(id.to_owned()),
                None => {
                    fields.fault(format!("tags.{place}"), "Must be the id of a tag, 32 hexadecimal digits.");
                }
            }
        }
    }
    let Some(launch) = fields.take("bp_to_launch") else { return };
    settings.bp_to_launch = None;
    // Exports have an object without an id where nothing is launched.
    if launch.get("id").is_none_or(Value::is_null) && (launch.is_null() || launch.is_object()) {
        return;
    }
    let Some(mut inside) = fields.inside("bp_to_launch", launch) else { return };
    let id = inside.text("id").and_then(|id| id.parse().ok());
    if id.is_none() {
        inside.fault("id", "Must be the id of a template, 32 hexadecimal digits.");
    }
    let mut read = BlueprintToLaunch {
        id: id.unwrap_or_else(|| hospes_model::TemplateId::new(0, [0; 10])),
        default_name_format: None,
        tasks_within_process: true,
    };
    inside.put_text("default_name_format", &mut read.default_name_format, |text| {
        super::form::limited_line(text, hospes_model::workflow::NAME_LIMIT)
    });
    inside.put_flag("tasks_within_process", &mut read.tasks_within_process);
    fields.absorb(&inside);
    settings.bp_to_launch = Some(read);
}

/// A step that says nothing yet.
pub(super) fn blank(id: StepId) -> Step {
    Step::new(id, "", TaskType::Task)
}

/// `Sign the contract` becomes `sign-the-contract-0a1b2c`.
pub(super) fn alias(title: &str, id: StepId) -> String {
    let id = id.to_string();
    format!("{}-{}", hospes_model::text::slug(title), id.get(26..).unwrap_or(&id))
}
