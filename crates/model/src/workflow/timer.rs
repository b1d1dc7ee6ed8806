//! What a process waits for (`product.md` 2.9, 2.12).
//!
//! The engine keeps no time. It says which moments a state waits for; the
//! storage keeps them as rows, compares after each command, and brings
//! [`Command::TimerFired`](super::command::Command::TimerFired) when one has
//! come. A timer that nobody waits for any more does nothing, so rows may be
//! late, early or doubled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::TaskId;
use crate::task::TaskType;

use super::calendar::DAY;
use super::event::{Cause, RunEvent};
use super::run::Run;
use super::turn::Turn;

/// A moment that a task waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    /// The task.
    pub task: TaskId,
    /// For what.
    pub kind: TimerKind,
    /// When.
    pub at: Timestamp,
}

/// What a moment brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// 24 hours are left until the deadline: people are told.
    DueSoon,
    /// The deadline has passed: people are told.
    Overdue,
    /// The deadline has passed: the task expires, or its mail is sent.
    Expire,
}

impl Run {
    /// Everything that the process waits for, by task. An archived process
    /// waits for nothing; nor do hidden and finished tasks and tasks
    /// whose deadline is not known yet. Nothing expires while an issue keeps
    /// it, or after it was opened again behind its deadline.
    pub fn wanted_timers(&self) -> Vec<Timer> {
        let mut wanted = Vec::new();
        if self.state.archived_at.is_some() {
            return wanted;
        }
        let frozen = !self.state.issues.is_empty();
        for (place, task) in self.state.tasks.iter().enumerate().filter(|(_, task)| task.is_open()) {
            let (Some(deadline), Some(step)) = (task.due.at(), self.step_of(place)) else { continue };
            let mut want = |kind, at| wanted.push(Timer { task: task.id, kind, at });
            if task.told.due_soon != Some(deadline) {
                want(TimerKind::DueSoon, deadline.checked_sub(DAY).unwrap_or(deadline));
            }
            if matches!(step.task_type, TaskType::Expiring | TaskType::ExpiringEmail) {
                // Whoever opens it again when its time is over means it to be done.
                let meant = task.reopened_at.is_some_and(|reopened| reopened >= deadline);
                if !frozen && !meant && task.issues.is_empty() {
                    want(TimerKind::Expire, deadline);
                }
            } else if task.told.overdue != Some(deadline) {
                want(TimerKind::Overdue, deadline);
            }
        }
        wanted
    }
}

impl Turn<'_> {
    /// A moment has come, if it is one that is waited for.
    pub(super) fn timer_fired(&mut self, timer: Timer) {
        if timer.at > self.cx.at || !self.run.wanted_timers().contains(&timer) {
            return;
        }
        let Some(place) = self.run.place(timer.task) else { return };
        let Some(deadline) = self.task(place).and_then(|task| task.due.at()) else { return };
        let task = timer.task;
        match timer.kind {
            TimerKind::DueSoon => {
                self.emit_at(place, Cause::Command, RunEvent::DueSoon { task, deadline });
            }
            TimerKind::Overdue => {
                self.emit_at(place, Cause::Command, RunEvent::Overdue { task, deadline });
            }
            TimerKind::Expire => self.expire(place),
        }
    }
}
