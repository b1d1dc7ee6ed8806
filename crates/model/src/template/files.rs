//! The files that a template's fields start with. They are uploaded for one
//! template; another that names them needs its own (`product.md` 2.4).

use std::collections::BTreeMap;

use super::Settings;
use crate::ids::{FieldId, FileId, StepId};
use crate::task::form::FileRef;
use crate::workflow::{Answer, Blueprint, DefaultAnswer};

/// The field that starts with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its step; none: the kick-off form.
    pub step: Option<StepId>,
    /// The field.
    pub field: FieldId,
}

/// What becomes of a file that is named: another stands in its place, or none.
pub type Instead = BTreeMap<FileId, Option<FileRef>>;

/// The files that fields start with, or would if their defaults were used, and
/// the first field that names each.
pub fn named(blueprint: &Blueprint, settings: &Settings) -> BTreeMap<FileId, Place> {
    let mut named = BTreeMap::new();
    let start = blueprint.prerun.iter().map(|field| (None, field));
    let steps = blueprint.steps.iter();
    let captures = steps.flat_map(|step| step.captures.iter().map(|field| (Some(step.id), field)));
    for (step, field) in start.chain(captures) {
        let place = Place { step, field: field.id() };
        let unused = settings.fields.get(&field.id()).and_then(|of_field| of_field.unused_default.as_ref());
        for default in field.default.iter().chain(unused) {
            if let DefaultAnswer::Answer(Answer::Files(files)) = default {
                for file in files {
                    named.entry(file.id).or_insert(place);
                }
            }
        }
    }
    named
}

/// Puts other files in the place of those that are named. What `instead` does
/// not speak of stays.
pub fn replace(blueprint: &mut Blueprint, settings: &mut Settings, instead: &Instead) {
    let captures = blueprint.steps.iter_mut().flat_map(|step| &mut step.captures);
    for field in blueprint.prerun.iter_mut().chain(captures) {
        if let Some(of_field) = settings.fields.get_mut(&field.id()) {
            follow(&mut of_field.unused_default, instead);
        }
        follow(&mut field.default, instead);
    }
}

fn follow(default: &mut Option<DefaultAnswer>, instead: &Instead) {
    let Some(DefaultAnswer::Answer(Answer::Files(files))) = default else { return };
    let was_empty = files.is_empty();
    *files = std::mem::take(files)
        .into_iter()
        .filter_map(|file| instead.get(&file.id).cloned().unwrap_or(Some(file)))
        .collect();
    if files.is_empty() && !was_empty {
        *default = None;
    }
}
