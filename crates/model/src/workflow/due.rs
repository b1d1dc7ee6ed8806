//! Until when a task should be done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Direction, Offset};
use super::run::is_default;

/// The deadline of a task, and what it was made of.
///
/// What a rule did is kept apart from what was planned: a rule that runs again
/// says the same thing again instead of moving the deadline once more, and a
/// plan that comes later (when the step that it waits for is done) is still
/// moved by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Due {
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_default")]
    by_hand: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<Moved>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

/// What a rule made of a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// It moved the planned one.
    By(Offset, Direction),
    /// It set this one.
    To(Timestamp),
}

impl Due {
    /// Planned by the template.
    pub fn planned(at: Option<Timestamp>) -> Self {
        Self { planned: at, by_hand: false, moved: None, at }
    }

    /// Decided by a person, in place of whatever there was.
    pub fn by_hand(at: Option<Timestamp>) -> Self {
        Self { planned: at, by_hand: true, moved: None, at }
    }

    /// The deadline, if there is one yet.
    pub fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// The deadline before rules moved it.
    pub fn plan(&self) -> Option<Timestamp> {
        self.planned
    }

    /// Whether a person decided it: the template's plan does not count then.
    pub fn is_by_hand(&self) -> bool {
        self.by_hand
    }

    /// The same with another plan.
    #[must_use]
    pub fn replanned(&self, planned: Option<Timestamp>, calendar: &Calendar) -> Self {
        Self { planned, ..*self }.settled(calendar)
    }

    /// The same, moved by a rule.
    #[must_use]
    pub fn moved(&self, moved: Moved, calendar: &Calendar) -> Self {
        Self { moved: Some(moved), ..*self }.settled(calendar)
    }

    fn settled(self, calendar: &Calendar) -> Self {
        let at = match self.moved {
            None => self.planned,
            Some(Moved::By(offset, direction)) => {
                self.planned.map(|planned| calendar.deadline(planned, offset, direction))
            }
            Some(Moved::To(at)) => Some(at),
        };
        Self { at, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::Unit;
    use super::super::testing::*;
    use super::*;

    #[test]
    fn rules_that_run_again_move_nothing_more_and_later_plans_are_moved_too() {
        let calendar = Calendar::plain();
        let hour = Moved::By(Offset::new(1, Unit::Hours).unwrap(), Direction::From);
        let due = Due::planned(Some(at(0))).moved(hour, &calendar);
        assert_eq!(due.at(), Some(at(3600)));
        assert_eq!(due.moved(hour, &calendar), due);
        let waiting = Due::planned(None).moved(hour, &calendar);
        assert_eq!(waiting.at(), None);
        assert_eq!(waiting.replanned(Some(at(7)), &calendar).at(), Some(at(3607)));
        let fixed = due.moved(Moved::To(at(5)), &calendar);
        assert_eq!(fixed.replanned(Some(at(9)), &calendar).at(), Some(at(5)));
        assert!(Due::by_hand(Some(at(1))).is_by_hand());
    }
}
