//! Issues about a one-off task: what they do to it. The issues themselves are
//! comments ([`crate::comment`]).

use crate::activity::{EntityKind, Verb};
use crate::comment::{Author, Label, Subject};
use crate::refusal::Refusal;

use super::{Outcome, Task};

impl Task {
    /// The task as rows about comments name it.
    pub fn subject(&self) -> Subject {
        Subject { kind: EntityKind::Task, id: self.id.to_string(), called: self.called() }
    }

    /// Refuses comments while the task is archived.
    pub fn check_commentable(&self) -> Result<(), Refusal> {
        if self.archived_at.is_some() {
            return Err(Refusal::field("task", "The task is archived; restore it first."));
        }
        Ok(())
    }

    /// Somebody has reported an issue. A finished task is opened again by it
    /// where `reopens` says so (D3).
    pub fn report_issue(&mut self, author: &Author, reopens: bool) -> Result<Outcome, Refusal> {
        self.check_commentable()?;
        self.problem = true;
        let mut events = vec![self.subject().commented(Label::Problem, author)];
        if reopens && self.completion.take().is_some() {
            self.is_approved = None;
            self.owners.clear_completions();
            let text = format!("{} was reopened by the issue.", self.called());
            events.push(self.event(Verb::Reopened, text));
        }
        Ok(Outcome { events, warnings: Vec::new() })
    }

    /// Somebody has resolved an issue; `open` tells whether others are left.
    pub fn resolve_issue(&mut self, author: &Author, open: bool) -> Result<Outcome, Refusal> {
        self.check_commentable()?;
        self.problem = open;
        Ok(Outcome { events: vec![self.subject().commented(Label::Resolve, author)], warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::Completing;
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_issue_stops_completion_until_it_is_resolved() {
        let mut task = task(&[1], &[1]);
        let author = Author::Member(member(1));
        let outcome = task.report_issue(&author, true).unwrap();
        assert_eq!(outcome.events.iter().map(|event| event.verb).collect::<Vec<_>>(), [Verb::IssueReported]);
        assert!(task.problem && !task.is_completable() && task.is_open());
        assert!(task.complete(admin(1), &Completing::default(), at(1)).is_err());
        task.resolve_issue(&author, true).unwrap();
        assert!(task.problem);
        assert_eq!(task.resolve_issue(&author, false).unwrap().events[0].verb, Verb::IssueResolved);
        assert!(!task.problem && task.complete(admin(1), &Completing::default(), at(1)).is_ok());
    }

    #[test]
    fn an_issue_about_a_finished_task_opens_it_again_where_that_is_wanted() {
        let mut done = task(&[1], &[1]);
        done.complete(admin(1), &Completing::default(), at(1)).unwrap();
        let author = Author::Member(member(1));
        let mut kept = done.clone();
        assert_eq!(kept.report_issue(&author, false).unwrap().events.len(), 1);
        assert!(kept.problem && kept.completion.is_some());
        let outcome = done.report_issue(&author, true).unwrap();
        assert_eq!(outcome.events[1].verb, Verb::Reopened);
        assert_eq!((done.completion, done.is_approved), (None, None));
        assert_eq!(done.owners.members[0].completed_at, None);
    }

    #[test]
    fn archived_tasks_take_no_comments_and_secret_ones_are_not_named() {
        let mut task = task(&[1], &[]);
        task.archived_at = Some(at(1));
        let author = Author::Member(member(1));
        assert!(task.check_commentable().is_err() && task.report_issue(&author, true).is_err());
        assert!(task.resolve_issue(&author, false).is_err() && !task.problem);
        task.top_secret = true;
        assert!(!task.subject().called.contains("contract"));
    }
}
