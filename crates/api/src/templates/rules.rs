//! Rules of templates on the wire (`automated_actions`, `product.md` 2.10).
//! Conditions and actions are bare lists; clients echo the whole rule back.

use hospes_model::template::Template;
use hospes_model::workflow::{
    self, Action, DeadlineBase, Direction, FieldOperation, FieldRef, Offset, People, Test,
};
use hospes_model::{EmailAddress, MemberId, RuleId, TemplateId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::created_at;
use crate::moments;

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateRule)]
pub struct Rule<'a> {
    /// The rule's id, 32 hexadecimal digits.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: RuleId,
    /// The template.
    #[schema(value_type = String)]
    pub checklist_id: TemplateId,
    /// What people call it.
    pub automated_alias: &'a str,
    /// Where it stands, from 1.
    pub position: usize,
    /// Read from the first to the last, without precedence.
    pub conditions: Vec<Condition<'a>>,
    /// Done in this order.
    pub then_actions: Vec<ThenAction<'a>>,
    /// When it was made.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the template was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
    /// Always null: rules are deleted, not archived.
    pub archived_at: Option<&'a str>,
}

/// A condition of a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateRuleCondition)]
pub struct Condition<'a> {
    /// Made of the rule's id and the place.
    pub id: String,
    /// The step or field that is asked about.
    pub conditionable_id: String,
    /// `Step`, `Capture` or `Prerun`.
    pub conditionable_type: &'static str,
    /// What is asked.
    pub operation: &'static str,
    /// Steps: `any_time`, `on-time`, `early_24` or `late_24`. Fields: what they
    /// are compared with, several texts with commas between them (as a list
    /// where a text has a comma itself).
    pub statement: Value,
    /// How it joins those before it: `and` or `or`.
    pub logic: &'static str,
    /// Where it stands, from 1.
    pub position: usize,
    /// Tables: the label of the only column that counts.
    pub column_contains_name: Option<&'a str>,
}

/// What a rule does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateRuleAction)]
pub struct ThenAction<'a> {
    /// Made of the rule's id and the place.
    pub id: String,
    /// `visibility`, `assignment`, `deadline`, `status` or `webhook`.
    pub action_type: &'static str,
    /// `show`, `hide`, `assign`, `assign_only`, `unassign`, `clear_assignees`,
    /// `deadline`, `reopen` or `emit_webhook`.
    pub action_verb: &'static str,
    /// The step that is changed.
    pub target_step_id: Option<String>,
    /// Where it stands, from 1.
    pub position: usize,
    /// The step or field that people or a date are taken from.
    pub actionable_id: Option<String>,
    /// `Step`, `Capture` or `Prerun`.
    pub actionable_type: Option<&'static str>,
    /// How far and which way a deadline is moved.
    pub deadline: Option<RuleDeadline>,
    /// Who is put on the step, or taken from it.
    pub assignees: Option<Assignees<'a>>,
    /// Where it is announced that the rule ran.
    pub url: Option<&'a str>,
    /// What the receiver knows it by.
    pub alias: Option<&'a str>,
}

/// How far a rule moves a deadline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateRuleDeadline)]
pub struct RuleDeadline {
    /// How many units.
    pub value: u32,
    /// `minutes`, `hours`, `days`, `weeks` or `months`.
    pub unit: &'static str,
    /// `from` or `before`.
    pub option: &'static str,
}

impl RuleDeadline {
    fn new(offset: Offset, direction: Direction) -> Self {
        Self { value: offset.value(), unit: offset.unit().as_str(), option: direction.as_str() }
    }
}

/// Members, guests and groups.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateAssignees)]
pub struct Assignees<'a> {
    /// Ids of members.
    #[schema(value_type = Vec<i64>)]
    pub users: &'a [MemberId],
    /// Addresses of guests.
    pub guests: Vec<&'a str>,
    /// Ids of groups.
    pub groups: Vec<String>,
}

impl<'a> From<&'a People> for Assignees<'a> {
    fn from(people: &'a People) -> Self {
        Self {
            users: people.users(),
            guests: people.guests().iter().map(EmailAddress::as_str).collect(),
            groups: people.groups().iter().map(ToString::to_string).collect(),
        }
    }
}

impl<'a> Rule<'a> {
    /// The rule at a place (from 0) of a template.
    pub fn new(template: &'a Template, at: usize, rule: &'a workflow::Rule) -> Self {
        let conditions = rule.conditions.iter().zip(1..);
        let actions = rule.actions.iter().zip(1..);
        Self {
            id: rule.id,
            checklist_id: template.id,
            automated_alias: &rule.alias,
            position: at + 1,
            conditions: conditions.map(|(condition, at)| Condition::new(rule.id, at, condition)).collect(),
            then_actions: actions.map(|(action, at)| ThenAction::new(rule.id, at, action)).collect(),
            created_at: created_at(rule.id.as_bytes()),
            last_updated: template.updated_at,
            archived_at: None,
        }
    }
}

impl<'a> Condition<'a> {
    fn new(rule: RuleId, position: usize, condition: &'a workflow::Condition) -> Self {
        let (conditionable_id, conditionable_type, operation, statement, column) = match &condition.test {
            Test::Step { step, operation, when } => {
                (step.to_string(), "Step", operation.as_str(), json!(when.as_str()), None)
            }
            Test::Field { field, operation, operands, column } => {
                let (id, kind) = field_words(*field);
                (id, kind, operation.as_str(), statement(*operation, operands), column.as_deref())
            }
        };
        Self {
            id: part_id(rule, 1, position),
            conditionable_id,
            conditionable_type,
            operation,
            statement,
            logic: condition.logic.as_str(),
            position,
            column_contains_name: column,
        }
    }
}

fn field_words(field: FieldRef) -> (String, &'static str) {
    match field {
        FieldRef::Capture(id) => (id.to_string(), "Capture"),
        FieldRef::Prerun(id) => (id.to_string(), "Prerun"),
    }
}

/// A text wherever that says the same: typed clients read no list.
fn statement(operation: FieldOperation, operands: &[String]) -> Value {
    match operands {
        [] => Value::Null,
        [one] if operation != FieldOperation::EqualsAny || splits_to(one, operands) => json!(one),
        _ if operation == FieldOperation::EqualsAny => {
            let joined = operands.join(",");
            if splits_to(&joined, operands) { json!(joined) } else { json!(operands) }
        }
        _ => json!(operands),
    }
}

/// Whether a text is read as these.
fn splits_to(text: &str, operands: &[String]) -> bool {
    text.split(',').map(str::trim).eq(operands.iter().map(String::as_str))
}

impl<'a> ThenAction<'a> {
    fn new(rule: RuleId, position: usize, action: &'a Action) -> Self {
        let source = match action {
            Action::Assignment { from: Some(field), .. }
            | Action::Deadline { base: DeadlineBase::Field(field), .. } => Some(field_words(*field)),
            Action::Deadline { base: DeadlineBase::Step(step), .. } => Some((step.to_string(), "Step")),
            _ => None,
        };
        let (url, alias) = match action {
            Action::Webhook { url, alias } => (Some(url.as_str()), Some(alias.as_str())),
            _ => (None, None),
        };
        Self {
            id: part_id(rule, 2, position),
            action_type: action.type_word(),
            action_verb: action.verb_word(),
            target_step_id: action.target().map(|step| step.to_string()),
            position,
            actionable_type: source.as_ref().map(|(_, kind)| *kind),
            actionable_id: source.map(|(id, _)| id),
            deadline: match action {
                Action::Deadline { offset, direction, .. } => Some(RuleDeadline::new(*offset, *direction)),
                _ => None,
            },
            assignees: match action {
                Action::Assignment { people, .. } => Some(people.into()),
                _ => None,
            },
            url,
            alias,
        }
    }
}

/// The id of a part of a rule: as long as the part stands where it stands, the
/// same, and different from those of other parts. What is changed is the time
/// in the rule's id, to one that is far away; what is random stays.
fn part_id(rule: RuleId, kind: u8, position: usize) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(rule.as_bytes());
    let [.., high, low] = position.to_be_bytes();
    let [a, b, c, ..] = &mut bytes;
    (*a, *b, *c) = (*a ^ 0x80 ^ kind, *b ^ high, *c ^ low);
    RuleId::from_bytes(&bytes).unwrap_or(rule).to_string()
}
