//! Whole templates: new ones, exports that come back, and changes.

use hospes_model::task::draft::check_webhook;
use hospes_model::task::form::{check_lines, check_long_text};
use hospes_model::template::{Milestone, Settings, Template, Topic};
use hospes_model::workflow::{
    Blueprint, MAX_RULES, MAX_STEPS, NAME_LIMIT, Naming, People, Rule, TemplateKind,
};
use hospes_model::{FieldErrors, Refusal, TemplateId};
use serde_json::Value;

use super::super::draft::{Draft, Paths};
use super::super::{Includes, Template as Rendered};
use super::Ids;
use super::form::{Identity, limited_line, read_form, short};
use super::reading::{Reading, Refs, in_order, read_groups};
use super::rule::read_rule;
use super::step::{alias, blank, read_step};
use crate::fields::{Fields, member_id};

/// What answers have and nobody can set.
const READ_ONLY: [&str; 18] = [
    "id",
    "increment_id",
    "alias",
    "created_by",
    "last_updated_by",
    "started_processes",
    "steps_count",
    "created_at",
    "last_updated",
    "archived_at",
    "status",
    "custom_fields",
    "folder",
    "permissions",
    "linked_tasks",
    "assets",
    "member_watchers",
    "guest_watchers",
];

pub(super) fn read_create(body: &Value, id: TemplateId, ids: &mut Ids<'_>) -> Result<Draft, Refusal> {
    // A whole answer may come back with its envelope.
    let body =
        body.get("data").filter(|data| data.is_object() && body.get("title").is_none()).unwrap_or(body);
    let mut fields = Fields::new(body)?;
    let refs = Refs::fresh(body, ids);
    let mut reading = Reading { ids, refs, paths: Paths::default(), settings: Settings::default() };
    let mut draft = Draft {
        blueprint: Blueprint::empty(id, String::new()),
        settings: Settings::default(),
        owner: None,
        access: People::default(),
        starred: false,
        is_import: fields.value("steps").is_some(),
        faults: FieldErrors::default(),
        warnings: Vec::new(),
        paths: Paths::default(),
    };
    if fields.value("type").is_none() {
        fields.fault("type", "The type field is required.");
    }
    read_common(&mut fields, &mut draft, &mut reading, Identity::Import);
    let settings = &mut reading.settings;
    settings.is_published_state = !settings.dual_version_enabled;
    fields.put_flag("is_published_state", &mut settings.is_published_state);
    read_steps(&mut fields, &mut draft, &mut reading);
    read_rules(&mut fields, &mut draft, &mut reading);
    finish(fields, draft, reading)
}

pub(super) fn read_update(body: &Value, template: &Template, ids: &mut Ids<'_>) -> Result<Draft, Refusal> {
    let mut fields = Fields::new(body)?;
    let settings = template.settings.clone();
    let mut reading = Reading { ids, refs: Refs::default(), paths: Paths::default(), settings };
    let mut draft = Draft::of(template);
    let form = template.blueprint().prerun.as_slice();
    read_common(&mut fields, &mut draft, &mut reading, Identity::Among(form));
    warn_of_parts(&mut fields, template);
    finish(fields, draft, reading)
}

/// The end of every reading: what was found out becomes part of the draft.
pub(super) fn finish(
    fields: Fields<'_>,
    mut draft: Draft,
    reading: Reading<'_, '_>,
) -> Result<Draft, Refusal> {
    draft.settings = reading.settings;
    draft.paths = reading.paths;
    draft.warnings = fields.unknown();
    // What is too much to be told is too much to be checked as well.
    let is_full = fields.is_full();
    draft.faults = fields.into_faults();
    if is_full { Err(Refusal::Invalid(draft.faults)) } else { Ok(draft) }
}

/// Parts that have requests of their own. Who sends them back as they are
/// means nothing by it.
fn warn_of_parts(fields: &mut Fields<'_>, template: &Template) {
    fields.ignore(&["is_published_state"]);
    let state = fields.value("is_published_state");
    if state.is_some_and(|state| *state != template.settings.is_published_state) {
        fields.warn("is_published_state", "is changed by publishing and was ignored.");
    }
    let parts = [fields.value("steps"), fields.value("automated_actions")];
    if parts.iter().all(Option::is_none) {
        return;
    }
    let stored = serde_json::to_value(Rendered::new(template, Includes::parse("steps"))).unwrap_or_default();
    for (key, sent) in ["steps", "automated_actions"].into_iter().zip(parts) {
        let bare = |list: &Value| list.get("data").unwrap_or(list).clone();
        if sent.is_some_and(|sent| Some(bare(sent)) != stored.get(key).map(bare)) {
            fields.warn(key, "is changed by requests of its own and was ignored.");
        }
    }
}

/// What new and changed templates have alike. What is left out stays.
fn read_common(
    fields: &mut Fields<'_>,
    draft: &mut Draft,
    reading: &mut Reading<'_, '_>,
    identity: Identity<'_>,
) {
    fields.ignore(&READ_ONLY);
    fields.ignore(&["tags"]);
    if let Some(title) = fields.required_text("title") {
        title.trim().clone_into(&mut draft.blueprint.title);
    }
    let kinds: Vec<&str> = TemplateKind::ALL.iter().map(|kind| kind.as_str()).collect();
    if let Some(kind) = fields.word("type", &kinds, TemplateKind::parse) {
        draft.blueprint.kind = kind;
    }
    if let Some(owner) = read_member(fields, "owner_id") {
        draft.owner = owner.or(draft.owner);
    }
    fields.put_flag("starred", &mut draft.starred);
    read_access(fields, &mut draft.access);
    read_naming(fields, &mut draft.blueprint.naming);
    read_settings(fields, &mut reading.settings);
    read_stages(fields, reading, matches!(identity, Identity::Import));
    if let Some(form) = read_form(fields, "prerun", "", identity, reading) {
        draft.blueprint.prerun = form;
    }
    if !matches!(identity, Identity::Import) {
        // Deleting a milestone leaves its steps without one.
        let stages: Vec<_> = reading.settings.milestones.iter().map(|milestone| milestone.id).collect();
        for step in &mut draft.blueprint.steps {
            step.stage = step.stage.filter(|stage| stages.contains(stage));
        }
    }
}

/// `Some(None)` when null was sent.
#[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
fn read_member<'a>(fields: &mut Fields<'a>, key: &'a str) -> Option<Option<hospes_model::MemberId>> {
    match fields.take(key)? {
        Value::Null => Some(None),
        value => {
            let id = member_id(value);
            if id.is_none() {
                fields.fault(key, format!("The {key} must be the id of a member."));
            }
            Some(id)
        }
    }
}

/// Members and groups replace those before; where one list is sent without
/// the other, the other one is cleared. Where none is sent, all stay.
fn read_access(fields: &mut Fields<'_>, access: &mut People) {
    if fields.take("users").is_none() && fields.take("groups").is_none() {
        return;
    }
    let users = fields.member_ids("users").unwrap_or_default().into_iter().map(|(_, id)| id);
    let groups = read_groups(fields, "groups", People::LIMIT);
    if users.len() > People::LIMIT {
        fields.fault("users", format!("The users may not have more than {} entries.", People::LIMIT));
    }
    *access = People::members(users).with(&People::of_groups(groups));
}

fn read_naming(fields: &mut Fields<'_>, naming: &mut Naming) {
    fields.put_flag("auto_naming", &mut naming.auto_naming);
    fields.put_flag("allow_launcher_change_name", &mut naming.allow_launcher_change_name);
    fields.put_text("default_process_name_format", &mut naming.format, |text| limited_line(text, NAME_LIMIT));
}

fn read_settings(fields: &mut Fields<'_>, settings: &mut Settings) {
    fields.put_text("summary", &mut settings.summary, |text| {
        check_lines(text)?;
        match text.chars().count() {
            0..=2000 => Ok(Some(text.to_owned()).filter(|text| !text.trim().is_empty())),
            _ => Err("may not be greater than 2000 characters".to_owned()),
        }
    });
    fields.put_text("guidance", &mut settings.guidance, check_long_text);
    fields.put_text("kickoff_description", &mut settings.kickoff_description, check_long_text);
    fields.put_text("webhook", &mut settings.webhook, check_webhook);
    fields.put_text("explanation_video", &mut settings.explanation_video, check_webhook);
    fields.put_text("icon", &mut settings.icon, short);
    fields.put_text("status_label", &mut settings.status_label, short);
    fields.put_text("kickoff_title", &mut settings.kickoff_title, |text| limited_line(text, 600));
    fields.put_text("public_cover", &mut settings.public_cover, |text| limited_line(text, 2000));
    fields.put_text("default_folder", &mut settings.default_folder, |text| limited_line(text, 64));
    fields.put_text("folder_id", &mut settings.folder_id, |text| limited_line(text, 64));
    for (key, flag) in [
        ("is_public", &mut settings.is_public),
        ("is_featured", &mut settings.is_featured),
        ("is_public_kickoff", &mut settings.is_public_kickoff),
        ("is_pinned", &mut settings.is_pinned),
        ("dual_version_enabled", &mut settings.dual_version_enabled),
        ("folderize_process", &mut settings.folderize_process),
        ("tag_process", &mut settings.tag_process),
        ("can_add_oot", &mut settings.can_add_oot),
        ("folder_changeable_by_launcher", &mut settings.folder_changeable_by_launcher),
    ] {
        fields.put_flag(key, flag);
    }
    if let Some(member) = read_member(fields, "kickoff_sharing_user_id") {
        settings.kickoff_sharing_user_id = member;
    }
    if fields.take("ko_form_blueprint_id").is_some() {
        let text = fields.text("ko_form_blueprint_id").filter(|text| !text.is_empty());
        settings.ko_form_blueprint_id = text.and_then(|text| text.parse().ok());
        if text.is_some() && settings.ko_form_blueprint_id.is_none() {
            fields.fault("ko_form_blueprint_id", "Must be the id of a template, 32 hexadecimal digits.");
        }
    }
    read_topics(fields, "industry_tags", &mut settings.industry_tags);
    read_topics(fields, "topic_tags", &mut settings.topic_tags);
}

/// Texts, or objects with `id` and `title`.
fn read_topics<'a>(fields: &mut Fields<'a>, key: &'a str, topics: &mut Vec<Topic>) {
    let Some(list) = fields.list(key, 100) else { return };
    topics.clear();
    for (place, entry) in list.iter().enumerate() {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| short(text).ok()?);
        let title = text(entry.get("title").or(Some(entry)));
        match (title, text(entry.get("id"))) {
            (Some(title), id) => topics.push(Topic { id: id.unwrap_or_else(|| title.clone()), title }),
            (None, _) => fields.fault(format!("{key}.{place}"), "Must be a short text, or have a title."),
        }
    }
}

/// Milestones are replaced as a whole.
fn read_stages(fields: &mut Fields<'_>, reading: &mut Reading<'_, '_>, is_import: bool) {
    let Some(list) = fields.list("stages", MAX_STEPS) else { return };
    let mut milestones: Vec<Milestone> = Vec::with_capacity(list.len());
    for place in in_order(list) {
        let Some(entry) = list.get(place) else { break };
        let Some(mut inside) = fields.inside(&format!("stages.{place}"), entry) else { continue };
        inside.ignore(&["position", "checklist_id", "created_at", "last_updated", "archived_at"]);
        let name = inside.required_text("name").and_then(|name| match limited_line(name, 250) {
            Ok(name) => name,
            Err(fault) => {
                inside.fault("name", format!("The name {fault}."));
                None
            }
        });
        let given = inside.text("id");
        let id = if is_import {
            given.and_then(|id| reading.refs.new_stage(id))
        } else {
            let known = given.and_then(|id| id.parse().ok());
            let known = known.filter(|id| reading.settings.milestones.iter().any(|known| known.id == *id));
            if given.is_some() && known.is_none() {
                inside.fault("id", "This milestone does not exist.");
            }
            known
        };
        let id = id.unwrap_or_else(|| reading.ids.stage());
        if milestones.iter().any(|milestone| milestone.id == id) {
            inside.fault("id", "Another milestone has this id.");
        }
        milestones.push(Milestone { id, name: name.unwrap_or_default() });
        fields.absorb(&inside);
    }
    reading.settings.milestones = milestones;
}

fn read_steps(fields: &mut Fields<'_>, draft: &mut Draft, reading: &mut Reading<'_, '_>) {
    let has_stages = fields.value("stages").is_some();
    let list = fields.list("steps", MAX_STEPS).unwrap_or_default();
    let mut kept = Vec::with_capacity(list.len());
    for place in in_order(list) {
        let (Some(entry), false) = (list.get(place), fields.is_full()) else { break };
        let path = format!("steps.{place}");
        let Some(mut inside) = fields.inside(&path, entry) else { continue };
        let given = inside.text("id");
        let id = given.and_then(|id| reading.refs.new_step(id)).unwrap_or_else(|| reading.ids.step());
        let mut step = blank(id);
        read_step(&mut inside, &mut step, &format!("{path}."), Identity::Import, reading);
        step.alias = inside.text("alias").map_or_else(|| alias(&step.title, id), ToOwned::to_owned);
        if step.stage.is_some() && !has_stages {
            inside.warn("stage_id", "was ignored, since no stages were sent.");
            step.stage = None;
        }
        fields.absorb(&inside);
        draft.blueprint.steps.push(step);
        kept.push(place);
    }
    reading.paths.note("steps".to_owned(), kept);
}

fn read_rules(fields: &mut Fields<'_>, draft: &mut Draft, reading: &mut Reading<'_, '_>) {
    let list = fields.list("automated_actions", MAX_RULES).unwrap_or_default();
    let mut kept = Vec::with_capacity(list.len());
    for place in in_order(list) {
        let (Some(entry), false) = (list.get(place), fields.is_full()) else { break };
        let path = format!("automated_actions.{place}");
        let Some(mut inside) = fields.inside(&path, entry) else { continue };
        let mut rule = Rule {
            id: reading.ids.rule(),
            alias: String::new(),
            conditions: Vec::new(),
            actions: Vec::new(),
        };
        read_rule(&mut inside, &mut rule, &format!("{path}."), &reading.refs, &mut reading.paths);
        fields.absorb(&inside);
        draft.blueprint.automated_actions.push(rule);
        kept.push(place);
    }
    reading.paths.note("automated_actions".to_owned(), kept);
}
