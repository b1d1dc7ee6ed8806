//! Faults of form fields.

use std::collections::HashSet;
use std::fmt;

use crate::task::form::{Choice, FieldType, check_line, check_lines, check_long_text};

use super::super::field::{Answer, DefaultAnswer, Field, TextFormat};
use super::super::snapshot::Place;
use super::{Findings, MAX_CHOICES, MAX_FIELDS, alias};

/// Checks the kick-off form and the forms of all steps, and notes where each
/// field stands.
pub(super) fn check_forms(findings: &mut Findings<'_>) {
    let blueprint = findings.blueprint;
    // Variables are names without a place, so aliases are unique in all forms.
    let mut aliases = HashSet::new();
    findings.limit("prerun", blueprint.prerun.len(), MAX_FIELDS);
    for (at, field) in blueprint.prerun.iter().enumerate() {
        check_field(findings, &format!("prerun.{at}"), Place::Prerun(at), field, &mut aliases);
    }
    for (step_at, step) in blueprint.steps.iter().enumerate() {
        findings.limit(format_args!("steps.{step_at}.captures"), step.captures.len(), MAX_FIELDS);
        for (at, field) in step.captures.iter().enumerate() {
            let path = format!("steps.{step_at}.captures.{at}");
            check_field(findings, &path, Place::Capture { step: step_at, field: at }, field, &mut aliases);
            if field.default_to_guest {
                findings.warn(format!("{path}.default_to_guest"), "This only counts on the kick-off form.");
            }
        }
    }
}

fn check_field<'a>(
    findings: &mut Findings<'_>,
    path: &str,
    place: Place,
    field: &'a Field,
    aliases: &mut HashSet<&'a str>,
) {
    let definition = &field.definition;
    if findings.fields.insert(field.id(), place).is_some() {
        findings.fault(format!("{path}.id"), "Another field has this id.");
    }
    if !aliases.insert(&definition.alias) {
        findings.fault(format!("{path}.alias"), "Another field has this alias.");
    }
    findings.check(format_args!("{path}.alias"), alias(&definition.alias));
    findings.check(format_args!("{path}.label"), label(&definition.label));
    if let Some(guidance) = &definition.guidance {
        findings.check(format_args!("{path}.guidance"), check_long_text(guidance));
    }
    if definition.field_type.has_options() {
        let least = if definition.field_type == FieldType::Radio { 2 } else { 1 };
        check_choices(findings, format_args!("{path}.options"), &definition.options, least);
    }
    if definition.field_type == FieldType::Table {
        check_choices(findings, format_args!("{path}.columns"), &definition.columns, 1);
    }
    check_validation(findings, path, field);
    check_default(findings, path, field);
}

fn label(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("is required".to_owned());
    }
    check_lines(text)?;
    if text.chars().count() > 600 {
        return Err("may not be greater than 600 characters".to_owned());
    }
    Ok(())
}

fn check_choices(findings: &mut Findings<'_>, path: fmt::Arguments<'_>, choices: &[Choice], least: usize) {
    if choices.len() < least {
        findings.fault(path.to_string(), format!("There must be at least {least} of these."));
    }
    findings.limit(path, choices.len(), MAX_CHOICES);
    let (mut ids, mut texts) = (HashSet::new(), HashSet::new());
    for (at, choice) in choices.iter().enumerate() {
        if choice.id < 1 {
            findings.fault(format!("{path}.{at}.id"), "The id must be a positive integer.");
        } else if !ids.insert(choice.id) {
            findings.fault(format!("{path}.{at}.id"), "Another one has this id.");
        }
        let text = check_line(&choice.text).and_then(|()| match choice.text.trim() {
            "" => Err("is required".to_owned()),
            text if text.chars().count() > 600 => Err("may not be greater than 600 characters".to_owned()),
            text if !texts.insert(text) => Err("is the text of another one".to_owned()),
            _ => Ok(()),
        });
        findings.check(format_args!("{path}.{at}.text"), text);
    }
}

fn check_validation(findings: &mut Findings<'_>, path: &str, field: &Field) {
    let validation = &field.validation;
    if let (Some(min), Some(max)) = (validation.min, validation.max)
        && min > max
    {
        findings.fault(format!("{path}.field_validation"), "The smallest value is above the largest.");
    }
    let is_text = matches!(field.definition.field_type, FieldType::Text | FieldType::Textarea);
    if validation.format.is_some() && !is_text {
        findings.warn(format!("{path}.field_validation"), "The form of texts only counts for texts.");
    }
    if validation.format != Some(TextFormat::Numeric) && validation.max.is_some_and(|max| max < 1) {
        findings.warn(format!("{path}.field_validation"), "No text is short enough for this field.");
    }
}

fn check_default(findings: &mut Findings<'_>, path: &str, field: &Field) {
    if field.default.is_none() {
        return;
    }
    let path = format!("{path}.default_value");
    match &field.default {
        Some(DefaultAnswer::Today { .. }) if field.definition.field_type != FieldType::Date => {
            findings.fault(path, "Only dates can be counted from today.");
        }
        // With variables in it, only the launch shows what becomes of it.
        Some(DefaultAnswer::Answer(answer)) if !answer.is_empty() && !has_variables(answer) => {
            findings.check(path, field.check(answer));
        }
        Some(DefaultAnswer::Today { .. } | DefaultAnswer::Answer(_)) | None => {}
    }
}

/// Whether an answer's text names variables.
pub(in super::super) fn has_variables(answer: &Answer) -> bool {
    use crate::task::form::FieldValue;
    match answer {
        Answer::Value(FieldValue::Text(text)) => text.contains("{{"),
        Answer::Value(FieldValue::Row(cells)) => cells.iter().any(|cell| cell.contains("{{")),
        Answer::Value(_) | Answer::People(_) | Answer::Files(_) => false,
    }
}
