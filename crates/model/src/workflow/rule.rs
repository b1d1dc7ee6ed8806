//! Rules (`automated_actions`, `product.md` 2.10): when conditions hold, do
//! something to steps.

use serde::{Deserialize, Serialize};

use crate::ids::{FieldId, RuleId, StepId};

use super::calendar::{Direction, Offset};
use super::people::People;

macro_rules! words {
    ($name:ident, $($variant:ident => $word:literal),+ $(,)?) => {
        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Reads the word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }
    };
}

/// A rule of a template. Its place in the list is its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The public id.
    pub id: RuleId,
    /// What people call it (`automated_alias`), at most 300 characters.
    pub alias: String,
    /// Read from the first to the last, without precedence.
    pub conditions: Vec<Condition>,
    /// Done in this order.
    pub actions: Vec<Action>,
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// How it joins what came out of the conditions before it. That of the
    /// first condition says nothing.
    pub logic: Logic,
    /// What is asked.
    pub test: Test,
}

/// How a condition joins those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Logic {
    /// Both must hold.
    And,
    /// One of both must hold.
    Or,
}

words!(Logic, And => "and", Or => "or");

/// What a condition asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// What became of a step.
    Step {
        /// The step.
        step: StepId,
        /// What is asked of it.
        operation: StepOperation,
        /// When it must have happened (`statement`).
        when: TimeClause,
    },
    /// What was filled into a field.
    Field {
        /// The field.
        field: FieldRef,
        /// How it is compared.
        operation: FieldOperation,
        /// With what (`statement`): one text, several for `equals_any`, none
        /// for the questions whether the field is empty.
        operands: Vec<String>,
        /// Tables: the label of the only column that counts.
        column: Option<String>,
    },
}

/// A field, by where it stands (`conditionable_type`, `actionable_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRef {
    /// On a step.
    Capture(FieldId),
    /// On the kick-off form.
    Prerun(FieldId),
}

impl FieldRef {
    /// The field.
    pub fn id(self) -> FieldId {
        match self {
            Self::Capture(id) | Self::Prerun(id) => id,
        }
    }
}

/// What a condition asks of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOperation {
    /// It is complete, whatever the verdict, but did not expire.
    Completed,
    /// It was completed, was opened again, and is open now.
    Reopened,
    /// It is complete and was approved.
    Approved,
    /// It is complete and was rejected.
    Rejected,
    /// It is complete since somebody acknowledged it.
    Acknowledged,
    /// It is complete since its time ran out.
    Expired,
    /// Nobody is on it.
    NotAssigned,
}

words!(
    StepOperation,
    Completed => "completed",
    Reopened => "reopened",
    Approved => "approved",
    Rejected => "rejected",
    Acknowledged => "acknowledged",
    Expired => "expired",
    NotAssigned => "not_assigned",
);

/// When something must have happened to a step, seen from its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeClause {
    /// At any time, also without a deadline.
    AnyTime,
    /// At the deadline or before.
    OnTime,
    /// 24 hours before the deadline or earlier.
    Early24,
    /// 24 hours behind the deadline or later.
    Late24,
}

impl TimeClause {
    /// All of them.
    pub const ALL: &[Self] = &[Self::AnyTime, Self::OnTime, Self::Early24, Self::Late24];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AnyTime => "any_time",
            Self::OnTime => "on-time",
            Self::Early24 => "early_24",
            Self::Late24 => "late_24",
        }
    }

    /// Reads the word. None at all, or a blank one, counts as any time: rules
    /// without a clause are meant to work (`product.md` 4.2, 45).
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text.map(str::trim) {
            None | Some("") => Some(Self::AnyTime),
            Some(word) => Self::ALL.iter().copied().find(|clause| clause.as_str() == word),
        }
    }
}

/// How a field's answer is compared. Each has a meaning for every type (D24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOperation {
    /// One of the answer's texts has the operand in it.
    Contains,
    /// None has.
    NotContains,
    /// One of the answer's texts is the operand.
    Equals,
    /// None is.
    NotEquals,
    /// One of the answer's texts is one of the operands.
    EqualsAny,
    /// One of the answer's numbers, or dates, is above the operand.
    GreaterThan,
    /// One of the answer's numbers, or dates, is below the operand.
    LessThan,
    /// Nothing is filled in.
    IsEmpty,
    /// Something is filled in.
    IsNotEmpty,
}

words!(
    FieldOperation,
    Contains => "contains",
    NotContains => "not_contains",
    Equals => "equals",
    NotEquals => "not_equals",
    EqualsAny => "equals_any",
    GreaterThan => "greater_than",
    LessThan => "less_than",
    IsEmpty => "is_empty",
    IsNotEmpty => "is_not_empty",
);

impl FieldOperation {
    /// Whether it compares with something.
    pub fn needs_operand(self) -> bool {
        !matches!(self, Self::IsEmpty | Self::IsNotEmpty)
    }
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Shows or hides a step that is not complete.
    Visibility {
        /// The step.
        step: StepId,
        /// `show`, else `hide`.
        show: bool,
    },
    /// Changes who is on a step that is not complete.
    Assignment {
        /// The step.
        step: StepId,
        /// How.
        verb: AssignVerb,
        /// Whom; the fallback where `from` is named and names nobody.
        people: People,
        /// A people picker, or a text that holds an address.
        from: Option<FieldRef>,
    },
    /// Moves the deadline of a step that is not complete.
    Deadline {
        /// The step.
        step: StepId,
        /// From where.
        base: DeadlineBase,
        /// How far.
        offset: Offset,
        /// Which way.
        direction: Direction,
    },
    /// Opens a completed step again, unless the rule runs because of it.
    Reopen {
        /// The step.
        step: StepId,
    },
    /// Announces that the rule ran.
    Webhook {
        /// To whom.
        url: String,
        /// What the receiver knows it by.
        alias: String,
    },
}

impl Action {
    /// The word for `action_type`.
    pub fn type_word(&self) -> &'static str {
        match self {
            Self::Visibility { .. } => "visibility",
            Self::Assignment { .. } => "assignment",
            Self::Deadline { .. } => "deadline",
            Self::Reopen { .. } => "status",
            Self::Webhook { .. } => "webhook",
        }
    }

    /// The word for `action_verb`.
    pub fn verb_word(&self) -> &'static str {
        match self {
            Self::Visibility { show: true, .. } => "show",
            Self::Visibility { show: false, .. } => "hide",
            Self::Assignment { verb, .. } => verb.as_str(),
            Self::Deadline { .. } => "deadline",
            Self::Reopen { .. } => "reopen",
            Self::Webhook { .. } => "emit_webhook",
        }
    }

    /// The step that it changes; a webhook changes none.
    pub fn target(&self) -> Option<StepId> {
        match self {
            Self::Visibility { step, .. }
            | Self::Assignment { step, .. }
            | Self::Deadline { step, .. }
            | Self::Reopen { step } => Some(*step),
            Self::Webhook { .. } => None,
        }
    }
}

/// How a rule changes who is on a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignVerb {
    /// Adds people.
    Assign,
    /// Puts people in place of those who are on it.
    AssignOnly,
    /// Removes people.
    Unassign,
    /// Removes everybody.
    ClearAssignees,
}

words!(
    AssignVerb,
    Assign => "assign",
    AssignOnly => "assign_only",
    Unassign => "unassign",
    ClearAssignees => "clear_assignees",
);

/// From where a rule counts a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineBase {
    /// The step's deadline as it was before rules moved it.
    Current,
    /// Another step's deadline.
    Step(StepId),
    /// A date that was filled in.
    Field(FieldRef),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for word in StepOperation::ALL {
            assert_eq!(StepOperation::parse(word.as_str()), Some(*word));
        }
        for word in FieldOperation::ALL {
            assert_eq!(FieldOperation::parse(word.as_str()), Some(*word));
        }
        for word in AssignVerb::ALL {
            assert_eq!(AssignVerb::parse(word.as_str()), Some(*word));
        }
        for word in Logic::ALL {
            assert_eq!(Logic::parse(word.as_str()), Some(*word));
        }
        for word in TimeClause::ALL {
            assert_eq!(TimeClause::parse(Some(word.as_str())), Some(*word));
        }
        assert_eq!(FieldOperation::parse("is"), None);
    }

    #[test]
    fn no_time_clause_is_any_time() {
        for none in [None, Some(""), Some(" ")] {
            assert_eq!(TimeClause::parse(none), Some(TimeClause::AnyTime));
        }
        assert_eq!(TimeClause::parse(Some("late")), None);
    }
}
