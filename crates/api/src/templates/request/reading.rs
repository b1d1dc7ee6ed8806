//! What the readers of a template's parts share: new ids for what is read,
//! and what the caller's ids stand for.

use std::collections::HashMap;

use hospes_model::template::Settings;
use hospes_model::workflow::{MAX_FIELDS, MAX_STEPS, Offset, Unit};
use hospes_model::{FieldId, GroupId, StageId, StepId};
use serde_json::Value;

use super::super::draft::Paths;
use super::Ids;
use crate::fields::{Fields, integer};

/// A body that is being read.
pub(super) struct Reading<'i, 'r> {
    /// Where new ids come from.
    pub(super) ids: &'i mut Ids<'r>,
    /// What ids of the body stand for.
    pub(super) refs: Refs,
    /// Where the parts stand in the body.
    pub(super) paths: Paths,
    /// What is kept beside the blueprint.
    pub(super) settings: Settings,
}

/// What ids of the body stand for. Those that are not here stand for
/// themselves.
#[derive(Default)]
pub(super) struct Refs {
    steps: HashMap<String, StepId>,
    fields: HashMap<String, FieldId>,
    stages: HashMap<String, StageId>,
}

impl Refs {
    /// New ids for everything in a template that comes in.
    pub(super) fn fresh(body: &Value, ids: &mut Ids<'_>) -> Self {
        let mut refs = Self::default();
        refs.take_fields(body.get("prerun"), ids);
        for step in entries(body.get("steps")).iter().take(MAX_STEPS) {
            if let Some(id) = own_id(step) {
                refs.steps.entry(id.to_owned()).or_insert_with(|| ids.step());
            }
            refs.take_fields(step.get("captures"), ids);
        }
        for stage in entries(body.get("stages")).iter().take(MAX_STEPS) {
            if let Some(id) = own_id(stage) {
                refs.stages.entry(id.to_owned()).or_insert_with(|| ids.stage());
            }
        }
        refs
    }

    fn take_fields(&mut self, form: Option<&Value>, ids: &mut Ids<'_>) {
        for field in entries(form).iter().take(MAX_FIELDS) {
            if let Some(id) = own_id(field) {
                self.fields.entry(id.to_owned()).or_insert_with(|| ids.field());
            }
        }
    }

    /// The step that a text names.
    pub(super) fn step(&self, text: &str) -> Option<StepId> {
        self.steps.get(text).copied().or_else(|| text.parse().ok())
    }

    /// The field that a text names.
    pub(super) fn field(&self, text: &str) -> Option<FieldId> {
        self.fields.get(text).copied().or_else(|| text.parse().ok())
    }

    /// The milestone that a text names.
    pub(super) fn stage(&self, text: &str) -> Option<StageId> {
        self.stages.get(text).copied().or_else(|| text.parse().ok())
    }

    /// The new id of a step that comes in.
    pub(super) fn new_step(&self, text: &str) -> Option<StepId> {
        self.steps.get(text).copied()
    }

    /// The new id of a field that comes in.
    pub(super) fn new_field(&self, text: &str) -> Option<FieldId> {
        self.fields.get(text).copied()
    }

    /// The new id of a milestone that comes in.
    pub(super) fn new_stage(&self, text: &str) -> Option<StageId> {
        self.stages.get(text).copied()
    }
}

/// The entries of a list, also inside `{data: […]}`.
fn entries(list: Option<&Value>) -> &[Value] {
    let list = list.map(|list| list.get("data").unwrap_or(list));
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn own_id(entry: &Value) -> Option<&str> {
    entry.get("id").and_then(Value::as_str)
}

/// The places of a list's entries in the order of their positions, when all
/// have one; else as they stand.
pub(super) fn in_order(list: &[Value]) -> Vec<usize> {
    let positions: Option<Vec<i64>> =
        list.iter().map(|entry| entry.get("position").and_then(integer)).collect();
    let mut places: Vec<usize> = (0..list.len()).collect();
    if let Some(positions) = positions {
        places.sort_by_key(|place| positions.get(*place).copied());
    }
    places
}

impl Paths {
    /// Notes which entries of a list were kept, in their order.
    pub(super) fn note(&mut self, list: String, kept: Vec<usize>) {
        if kept.iter().enumerate().any(|(at, place)| at != *place) {
            self.places.insert(list, kept);
        }
    }
}

/// `{value, unit}`; without a unit, days.
pub(super) fn read_span(fields: &mut Fields<'_>) -> Option<Offset> {
    let words: Vec<&str> = Unit::ALL.iter().map(|unit| unit.as_str()).collect();
    let unit = match fields.value("unit") {
        None => Some(Unit::Days),
        Some(_) => fields.word("unit", &words, Unit::parse),
    };
    let value = fields.value("value").and_then(integer).and_then(|value| u32::try_from(value).ok());
    let span = value.and_then(|value| Offset::new(value, unit.unwrap_or(Unit::Days)));
    if span.is_none() {
        fields.fault("value", format!("The value must be an integer from 0 to {}.", Offset::MAX));
    }
    unit.and(span)
}

/// A list of groups' ids. Absent and null: none.
pub(super) fn read_groups<'a>(fields: &mut Fields<'a>, key: &'a str, limit: usize) -> Vec<GroupId> {
    read_ids(fields, key, limit, "a group").unwrap_or_default()
}

/// A list of ids, also as objects that have one. `None` when it is absent.
pub(super) fn read_ids<'a, T: std::str::FromStr>(
    fields: &mut Fields<'a>,
    key: &'a str,
    limit: usize,
    what: &str,
) -> Option<Vec<T>> {
    let list = fields.list(key, limit)?;
    let mut ids = Vec::with_capacity(list.len());
    for (place, entry) in list.iter().enumerate() {
        match entry.get("id").unwrap_or(entry).as_str().and_then(|text| text.parse().ok()) {
            Some(id) => ids.push(id),
            None => fields
                .fault(format!("{key}.{place}"), format!("Must be the id of {what}, 32 hexadecimal digits.")),
        }
    }
    Some(ids)
}
