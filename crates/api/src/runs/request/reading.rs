//! The parts of requests about processes, read key by key.

use std::collections::BTreeMap;

use hospes_model::task::dates::{self, Edge};
use hospes_model::task::form::check_lines;
use hospes_model::workflow::{People, StepOverride};
use hospes_model::{EmailAddress, FieldId, GroupId, RoleId, StepId};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::fields::{Fields, LIST_LIMIT, member_id, shortened};
use crate::keys::read_object;
use crate::people::{self, read_list};

const SUMMARY_LIMIT: usize = 2000;

/// Notes; null and blank clear.
#[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
pub(super) fn read_summary(fields: &mut Fields<'_>) -> Option<Option<String>> {
    fields.take("summary")?;
    let text = fields.text("summary").map(str::trim).filter(|text| !text.is_empty());
    let Some(text) = text else { return Some(None) };
    let fits = text.chars().count() <= SUMMARY_LIMIT;
    let length =
        if fits { Ok(()) } else { Err(format!("may not be greater than {SUMMARY_LIMIT} characters")) };
    match check_lines(text).and(length) {
        Ok(()) => Some(Some(text.to_owned())),
        Err(fault) => {
            fields.fault("summary", format!("The summary {fault}."));
            None
        }
    }
}

/// Ids of fields. Other words (`comments`) name what guests never see.
pub(super) fn read_hidden_fields(
    fields: &mut Fields<'_>,
    warnings: &mut Vec<String>,
) -> Option<Vec<FieldId>> {
    const KEY: &str = "publicly_hidden_fields";
    let list = match fields.take(KEY)? {
        Value::Null => return Some(Vec::new()),
        Value::Array(list) if list.len() <= LIST_LIMIT => list,
        Value::Array(_) => {
            fields.fault(KEY, format!("The {KEY} may not have more than {LIST_LIMIT} entries."));
            return None;
        }
        _ => {
            fields.fault(KEY, format!("The {KEY} must be a list."));
            return None;
        }
    };
    let mut ids = Vec::new();
    for (place, entry) in list.iter().enumerate() {
        let Some(text) = entry.as_str() else {
            fields.fault(format!("{KEY}.{place}"), "Must be the id of a form field.");
            continue;
        };
        match text.trim().parse() {
            Ok(id) if ids.contains(&id) => {}
            Ok(id) => ids.push(id),
            Err(_) => {
                warnings.push(format!("The {KEY} hold ids of form fields; {} was ignored.", shortened(text)));
            }
        }
    }
    Some(ids)
}

/// Who may see a process; `None` when neither list is there. One that is left
/// out beside the other is empty.
pub(super) fn read_access(fields: &mut Fields<'_>) -> Option<People> {
    let (users, groups) = (fields.take("users"), fields.take("groups"));
    if users.is_none() && groups.is_none() {
        return None;
    }
    let faults = fields.faults();
    let users =
        read_list(users, "users", "Must be the id of a member, a positive integer.", member_id, faults);
    let group = |entry: &Value| entry.as_str()?.trim().parse::<GroupId>().ok();
    let groups = read_list(groups, "groups", "There is no such group.", group, faults);
    Some(People::members(users).with(&People::of_groups(groups)))
}

/// Values of the kick-off form, by field: an object, or a list of objects that
/// name a field each (`{"id", "value"}`, or the field's id as the only key).
pub(super) fn read_prerun(fields: &mut Fields<'_>) -> Map<String, Value> {
    let Some(Value::Array(list)) = fields.value("prerun") else {
        let object = read_object(fields, "prerun", "values by field id");
        return object.map(std::borrow::Cow::into_owned).unwrap_or_default();
    };
    let mut values = Map::new();
    if list.len() > LIST_LIMIT {
        fields.fault("prerun", format!("The prerun may not have more than {LIST_LIMIT} entries."));
        return values;
    }
    for (place, entry) in list.iter().enumerate() {
        let pair = entry.as_object().and_then(|entry| {
            let named = ["id", "timeline_id", "field_id", "capture_id", "alias"]
                .iter()
                .find_map(|key| entry.get(*key)?.as_str());
            let value = ["value", "form_value"].iter().find_map(|key| entry.get(*key));
            match (named, value) {
                (Some(id), value) => Some((id.to_owned(), value.cloned().unwrap_or(Value::Null))),
                (None, _) if entry.len() == 1 => {
                    entry.iter().next().map(|(id, value)| (id.clone(), value.clone()))
                }
                (None, _) => None,
            }
        });
        match pair {
            Some((id, value)) => drop(values.insert(id, value)),
            None => fields.fault(
                format!("prerun.{place}"),
                "Must be an object with the id of a field and its value; or send one object by field id.",
            ),
        }
    }
    values
}

pub(super) fn read_tasks(
    fields: &mut Fields<'_>,
    zone: &TimeZone,
    addresses: &mut Vec<(String, EmailAddress)>,
    warnings: &mut Vec<String>,
) -> BTreeMap<StepId, StepOverride> {
    let wanted = read_object(fields, "tasks", "what is different, by step id");
    let mut tasks = BTreeMap::new();
    for (key, entry) in wanted.as_deref().into_iter().flatten() {
        let path = format!("tasks.{}", shortened(key));
        let Ok(step) = key.parse::<StepId>() else {
            fields.fault(path, "This step does not exist.");
            continue;
        };
        let Value::Object(entry) = entry else {
            fields.fault(path, "Must be an object with deadline and owners.");
            continue;
        };
        let mut wanted = StepOverride::default();
        match entry.get("deadline") {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.trim().is_empty() => {}
            Some(Value::String(text)) => match dates::read(text, zone, Edge::End) {
                Ok(at) => wanted.deadline = Some(at),
                Err(fault) => fields.fault(format!("{path}.deadline"), format!("The deadline {fault}.")),
            },
            Some(_) => fields.fault(format!("{path}.deadline"), "The deadline must be a string."),
        }
        if let Some(owners) = entry.get("owners").filter(|owners| !owners.is_null()) {
            let path = format!("{path}.owners");
            wanted.people = Some(people::read(owners, &path, fields.faults()));
            addresses.extend(people::addresses(owners, &path));
        }
        let ignored = entry.keys().filter(|key| !matches!(key.as_str(), "deadline" | "owners"));
        warnings.extend(ignored.map(|key| {
            format!("The {} of a step cannot be set at the launch; it was ignored.", shortened(key))
        }));
        tasks.insert(step, wanted);
    }
    tasks
}

pub(super) fn read_roles(
    fields: &mut Fields<'_>,
    addresses: &mut Vec<(String, EmailAddress)>,
) -> BTreeMap<RoleId, People> {
    let wanted = read_object(fields, "roles", "people by the ids of job titles");
    let mut roles = BTreeMap::new();
    for (key, entry) in wanted.as_deref().into_iter().flatten() {
        let path = format!("roles.{}", shortened(key));
        let Ok(role) = key.parse::<RoleId>() else {
            fields.fault(path, "This job title does not exist.");
            continue;
        };
        roles.insert(role, people::read(entry, &path, fields.faults()));
        addresses.extend(people::addresses(entry, &path));
    }
    roles
}
