//! Rules. Clients send whole stored rules back: what is only read is ignored
//! without a word.

use hospes_model::StepId;
use hospes_model::task::form::{LONG_TEXT_LIMIT, check_line, check_lines};
use hospes_model::workflow::{
    Action, AssignVerb, Condition, DeadlineBase, Direction, FieldOperation, FieldRef, Logic, MAX_ACTIONS,
    MAX_CONDITIONS, Offset, People, Rule, StepOperation, Test, TimeClause,
};
use serde_json::Value;

use super::super::draft::Paths;
use super::reading::{Refs, in_order, read_span};
use super::step::read_people;
use crate::fields::Fields;

/// Reads what is said about a rule onto it. `full` is the rule's path in the
/// template, with a dot at the end.
pub(super) fn read_rule(
    fields: &mut Fields<'_>,
    rule: &mut Rule,
    full: &str,
    refs: &Refs,
    paths: &mut Paths,
) {
    fields.ignore(&["id", "checklist_id", "position", "created_at", "last_updated", "archived_at"]);
    fields.ignore(&["updated_at", "deleted_at"]);
    if let Some(alias) = fields.text("automated_alias") {
        alias.trim().clone_into(&mut rule.alias);
    }
    let logic = fields.word("condition_logic", &["and", "or"], read_logic).unwrap_or(Logic::And);
    let conditions = read_parts(fields, "conditions", MAX_CONDITIONS, full, paths, |part| {
        read_condition(part, refs, logic)
    });
    if let Some(conditions) = conditions {
        rule.conditions = conditions;
    }
    let actions =
        read_parts(fields, "then_actions", MAX_ACTIONS, full, paths, |part| read_action(part, refs));
    if let Some(actions) = actions {
        rule.actions = actions;
    }
}

fn read_logic(text: &str) -> Option<Logic> {
    Logic::parse(&text.to_ascii_lowercase())
}

/// A list of parts. Those that cannot be read are left out, which a fault has
/// told.
fn read_parts<'a, T>(
    fields: &mut Fields<'a>,
    key: &'a str,
    limit: usize,
    full: &str,
    paths: &mut Paths,
    mut read: impl FnMut(&mut Fields<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let list = fields.list(key, limit)?;
    let (mut parts, mut kept) = (Vec::with_capacity(list.len()), Vec::with_capacity(list.len()));
    for place in in_order(list) {
        let (Some(entry), false) = (list.get(place), fields.is_full()) else { break };
        let Some(mut inside) = fields.inside(&format!("{key}.{place}"), entry) else { continue };
        inside.ignore(&["id", "position", "created_at", "last_updated", "updated_at", "archived_at"]);
        inside.ignore(&["deleted_at", "automated_action_id", "checklist_id"]);
        if let Some(part) = read(&mut inside) {
            parts.push(part);
            kept.push(place);
        }
        fields.absorb(&inside);
    }
    paths.note(format!("{full}{key}"), kept);
    Some(parts)
}

fn required_word<'a, T>(
    fields: &mut Fields<'a>,
    key: &'a str,
    words: &[&str],
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    if fields.value(key).is_none() {
        fields.fault(key, format!("The {key} field is required."));
        return None;
    }
    fields.word(key, words, parse)
}

/// What an id leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Step,
    Capture,
    Prerun,
}

const KINDS: [&str; 3] = ["Step", "Capture", "Prerun"];

fn read_kind(text: &str) -> Option<Kind> {
    match text.to_ascii_lowercase().as_str() {
        "step" => Some(Kind::Step),
        "capture" => Some(Kind::Capture),
        "prerun" => Some(Kind::Prerun),
        _ => None,
    }
}

fn read_condition(fields: &mut Fields<'_>, refs: &Refs, logic: Logic) -> Option<Condition> {
    let kind = required_word(fields, "conditionable_type", &KINDS, read_kind);
    let id = fields.required_text("conditionable_id").map(str::trim);
    let logic = match fields.value("logic").filter(|word| **word != "") {
        None => Some(logic),
        Some(_) => fields.word("logic", &["and", "or"], read_logic),
    };
    let column = fields.text("column_contains_name").filter(|name| !name.trim().is_empty());
    let statement = fields.value("statement");
    let missing = |fields: &mut Fields<'_>, what: &str| {
        fields.fault("conditionable_id", format!("This {what} does not exist."));
    };
    let test = match kind {
        Some(Kind::Step) => {
            let words: Vec<&str> = StepOperation::ALL.iter().map(|word| word.as_str()).collect();
            let operation = required_word(fields, "operation", &words, StepOperation::parse);
            let when = read_when(fields, statement);
            let step = id.and_then(|id| refs.step(id));
            if id.is_some() && step.is_none() {
                missing(fields, "step");
            }
            Test::Step { step: step?, operation: operation?, when: when? }
        }
        Some(kind) => {
            let words: Vec<&str> = FieldOperation::ALL.iter().map(|word| word.as_str()).collect();
            let operation = required_word(fields, "operation", &words, FieldOperation::parse);
            let operands = read_operands(fields, operation, statement);
            let field = id.and_then(|id| refs.field(id)).map(|id| match kind {
                Kind::Prerun => FieldRef::Prerun(id),
                _ => FieldRef::Capture(id),
            });
            if id.is_some() && field.is_none() {
                missing(fields, "field");
            }
            let column = column.map(ToOwned::to_owned);
            Test::Field { field: field?, operation: operation?, operands: operands?, column }
        }
        None => {
            // Which words fit depends on the type; that there is one does not.
            fields.required_text("operation");
            return None;
        }
    };
    Some(Condition { logic: logic?, test })
}

fn read_when(fields: &mut Fields<'_>, statement: Option<&Value>) -> Option<TimeClause> {
    let words: Vec<&str> = TimeClause::ALL.iter().map(|clause| clause.as_str()).collect();
    let when = match statement {
        None => TimeClause::parse(None),
        Some(statement) => statement.as_str().and_then(|text| TimeClause::parse(Some(text))),
    };
    if when.is_none() {
        fields.fault("statement", format!("The statement must be one of: {}.", words.join(", ")));
    }
    when
}

/// Texts to compare with: one, or several for `equals_any`, as a list or with
/// commas between them. Options may be sent as objects.
fn read_operands(
    fields: &mut Fields<'_>,
    operation: Option<FieldOperation>,
    statement: Option<&Value>,
) -> Option<Vec<String>> {
    let one = |value: &Value| match value.get("text").unwrap_or(value) {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let operands = match statement {
        None => Some(Vec::new()),
        Some(Value::String(texts)) if operation == Some(FieldOperation::EqualsAny) => {
            Some(texts.split(',').map(|text| text.trim().to_owned()).collect())
        }
        Some(Value::Array(list)) => list.iter().take(MAX_CONDITIONS + 1).map(one).collect(),
        Some(value) => one(value).map(|text| vec![text]),
    };
    let operands: Option<Vec<String>> = operands;
    let Some(operands) = operands else {
        fields.fault("statement", "The statement must be a text, or a list of texts.");
        return None;
    };
    for text in &operands {
        let checked = check_operand(text);
        if let Err(fault) = checked {
            fields.fault("statement", format!("The statement {fault}."));
            return None;
        }
    }
    Some(operands)
}

fn check_operand(text: &str) -> Result<(), String> {
    check_lines(text)?;
    if text.chars().count() > LONG_TEXT_LIMIT {
        return Err(format!("may not be greater than {LONG_TEXT_LIMIT} characters"));
    }
    Ok(())
}

fn read_action(fields: &mut Fields<'_>, refs: &Refs) -> Option<Action> {
    let types = ["visibility", "assignment", "deadline", "status", "webhook"];
    let kind =
        required_word(fields, "action_type", &types, |text| types.iter().copied().find(|word| *word == text));
    let assign: Vec<&str> = AssignVerb::ALL.iter().map(|verb| verb.as_str()).collect();
    let verbs: &[&str] = match kind {
        Some("visibility") => &["show", "hide"],
        Some("assignment") => &assign,
        Some("deadline") => &["deadline"],
        Some("status") => &["reopen"],
        Some(_) => &["emit_webhook"],
        None => &[],
    };
    // Known in every rule that is sent back, whatever it does.
    fields.ignore(&["target_step_id", "actionable_id", "actionable_type", "deadline", "assignees", "url"]);
    fields.ignore(&["alias", "action_verb"]);
    let kind = kind?;
    let verb =
        required_word(fields, "action_verb", verbs, |text| verbs.iter().copied().find(|word| *word == text));
    if kind == "webhook" {
        let url = fields.required_text("url");
        let alias = fields.text("alias").unwrap_or_default();
        if let Err(fault) = check_line(alias) {
            fields.fault("alias", format!("The alias {fault}."));
        }
        verb?;
        return Some(Action::Webhook { url: url?.trim().to_owned(), alias: alias.to_owned() });
    }
    let step = read_target(fields, refs);
    match kind {
        "visibility" => Some(Action::Visibility { show: verb? == "show", step: step? }),
        "status" => {
            verb?;
            Some(Action::Reopen { step: step? })
        }
        "assignment" => {
            let people = match fields.value("assignees") {
                None => Some(People::default()),
                Some(value) => fields.inside("assignees", value).map(|mut inside| {
                    let people = read_people(&mut inside, "users");
                    fields.absorb(&inside);
                    people
                }),
            };
            let from = read_source(fields, refs, step)?;
            let verb = verb.and_then(AssignVerb::parse);
            Some(Action::Assignment { step: step?, verb: verb?, people: people?, from })
        }
        _ => {
            let moved = read_moved(fields);
            let base = read_base(fields, refs);
            verb?;
            let (offset, direction) = moved?;
            Some(Action::Deadline { step: step?, base: base?, offset, direction })
        }
    }
}

fn read_target(fields: &mut Fields<'_>, refs: &Refs) -> Option<StepId> {
    let text = fields.required_text("target_step_id")?;
    let step = refs.step(text.trim());
    if step.is_none() {
        fields.fault("target_step_id", "This step does not exist.");
    }
    step
}

/// What `actionable_type` and `actionable_id` name together; `Some(None)`:
/// nothing.
#[expect(clippy::option_option, reason = "a fault, nothing or something are three things")]
fn read_actionable<'a>(fields: &mut Fields<'a>) -> Option<Option<(Kind, &'a str)>> {
    let id = fields.text("actionable_id").map(str::trim).filter(|id| !id.is_empty());
    let Some(id) = id else { return Some(None) };
    let kind = required_word(fields, "actionable_type", &KINDS, read_kind)?;
    Some(Some((kind, id)))
}

#[expect(clippy::option_option, reason = "a fault, nothing or something are three things")]
fn read_source(fields: &mut Fields<'_>, refs: &Refs, target: Option<StepId>) -> Option<Option<FieldRef>> {
    let Some((kind, id)) = read_actionable(fields)? else { return Some(None) };
    if kind == Kind::Step {
        // The target once more says nothing.
        if refs.step(id).is_some_and(|step| Some(step) == target) {
            return Some(None);
        }
        fields.fault("actionable_type", "People are taken from a field: Capture or Prerun.");
        return None;
    }
    let Some(id) = refs.field(id) else {
        fields.fault("actionable_id", "This field does not exist.");
        return None;
    };
    Some(Some(if kind == Kind::Prerun { FieldRef::Prerun(id) } else { FieldRef::Capture(id) }))
}

fn read_base(fields: &mut Fields<'_>, refs: &Refs) -> Option<DeadlineBase> {
    let Some((kind, id)) = read_actionable(fields)? else { return Some(DeadlineBase::Current) };
    let base = match kind {
        Kind::Step => refs.step(id).map(DeadlineBase::Step),
        Kind::Capture => refs.field(id).map(|id| DeadlineBase::Field(FieldRef::Capture(id))),
        Kind::Prerun => refs.field(id).map(|id| DeadlineBase::Field(FieldRef::Prerun(id))),
    };
    if base.is_none() {
        let what = if kind == Kind::Step { "step" } else { "field" };
        fields.fault("actionable_id", format!("This {what} does not exist."));
    }
    base
}

fn read_moved(fields: &mut Fields<'_>) -> Option<(Offset, Direction)> {
    let Some(value) = fields.value("deadline") else {
        fields.fault("deadline", "The deadline field is required.");
        return None;
    };
    let mut inside = fields.inside("deadline", value)?;
    inside.ignore(&["step"]);
    let offset = read_span(&mut inside);
    let direction = match inside.value("option") {
        None => Some(Direction::From),
        Some(_) => inside.word("option", &["from", "before"], Direction::parse),
    };
    fields.absorb(&inside);
    Some((offset?, direction?))
}
