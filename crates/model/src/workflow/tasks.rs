//! Changes of tasks that are not their completion: people, visibility, words,
//! dates, issues, added tasks; and of the process itself.

use crate::email::EmailAddress;
use crate::ids::{MemberId, TaskId, ThreadId};
use crate::member::Role;
use crate::refusal::{FieldErrors, Refusal};
use crate::task::draft::check_title;
use crate::task::form::{check_line, check_long_text};

use super::assignees::Assignees;
use super::check::{self, NAME_LIMIT};
use super::command::{Added, By, Edit};
use super::due::Due;
use super::event::{Cause, RunEvent};
use super::launch::new_task;
use super::people::People;
use super::run::{Decider, Origin, Visibility};
use super::turn::Turn;

impl Turn<'_> {
    /// The place of a task that is not complete.
    fn find_changeable(&self, id: TaskId) -> Result<usize, Refusal> {
        let place = self.find(id)?;
        self.not_frozen()?;
        if self.task(place).is_some_and(|task| task.completion.is_some()) {
            return Err(Refusal::field("task", "A completed task cannot be changed; reopen it first."));
        }
        Ok(place)
    }

    fn check_number(&self, place: usize, assignees: &Assignees) -> Result<(), Refusal> {
        let max = self.step(place).map_or(0, |step| step.max_assignable);
        if assignees.exceeds(max, self.cx.directory) {
            let text = format!("The task may have at most {max} assignees (max_assignable).");
            return Err(Refusal::field("owners", text));
        }
        Ok(())
    }

    /// Puts people on a task in place of those who are on it.
    pub(super) fn assign(&mut self, id: TaskId, people: &People) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.cx.by.may_manage()?;
        self.find_changeable(id)?;
        let task = self.task(place).ok_or(Refusal::NotFound)?;
        // Who became inactive or was disabled may stay where they are.
        let mut errors = FieldErrors::default();
        self.cx.directory.check(&people.without(&task.assignees.people), "owners", &mut errors);
        errors.into_result()?;
        let assignees = task.assignees.replaced_by(self.resolved(people));
        self.check_number(place, &assignees)?;
        self.put_chaperoned(place, Cause::Command, assignees);
        Ok(())
    }

    /// Puts guests on a task beside those who are on it: guests may do that
    /// too, for tasks of their own (D5).
    pub(super) fn add_guests(&mut self, id: TaskId, guests: &[EmailAddress]) -> Result<(), Refusal> {
        let place = self.find(id)?;
        if !matches!(self.cx.by, By::Guest(_)) {
            self.cx.by.may_manage()?;
        }
        self.find_changeable(id)?;
        let task = self.task(place).ok_or(Refusal::NotFound)?;
        let wanted = People::of_guests(guests.iter().cloned());
        let (added, newly) = (self.resolved(&wanted), wanted.without(&task.assignees.people));
        let mut errors = FieldErrors::default();
        self.cx.directory.check(&newly, "owners", &mut errors);
        let by_guest = matches!(self.cx.by, By::Guest(_));
        if by_guest && !(added.users().is_empty() && errors.is_empty()) {
            // Not said: whose it is, though whoever tries can guess so.
            return Err(Refusal::field("guests", "One of these addresses cannot be added."));
        }
        errors.into_result()?;
        let people = task.assignees.people.with(&added);
        let chaperone = task.assignees.chaperone.filter(|id| !people.users().contains(id));
        let assignees = Assignees { people, chaperone };
        self.check_number(place, &assignees)?;
        self.put_chaperoned(place, Cause::Command, assignees);
        Ok(())
    }

    /// Shows or hides a task by hand.
    pub(super) fn set_visible(&mut self, id: TaskId, visible: bool) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.cx.by.may_manage()?;
        self.find_changeable(id)?;
        let task = self.task(place).ok_or(Refusal::NotFound)?;
        let visibility = Visibility { hidden: !visible, by: Decider::Person };
        if task.visibility != visibility {
            let event = RunEvent::VisibilityChanged { task: id, visibility };
            self.emit_at(place, Cause::Command, event);
        }
        Ok(())
    }

    /// Changes a task's words and dates.
    pub(super) fn edit(&mut self, id: TaskId, change: &Edit) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.cx.by.may_manage()?;
        self.find_changeable(id)?;
        let task = self.task(place).ok_or(Refusal::NotFound)?;
        let mut errors = FieldErrors::default();
        let mut checked = |field: &str, result: Result<(), String>| {
            if let Err(text) = result {
                errors.add(field, format!("The {field} {text}."));
            }
        };
        if let Some(title) = &change.title {
            checked("title", check_title(title).map(drop));
        }
        if let Some(summary) = &change.summary {
            checked("summary", check_long_text(summary).map(drop));
        }
        errors.into_result()?;
        let title = change.title.as_ref().map(|title| title.trim().to_owned()).or_else(|| task.title.clone());
        let summary = change.summary.clone().or_else(|| task.summary.clone());
        let mut events = Vec::new();
        if title != task.title || summary != task.summary {
            events.push(RunEvent::Reworded { task: id, title, summary });
        }
        if let Some(started_at) = change.started_at.filter(|start| *start != task.started_at) {
            events.push(RunEvent::StartChanged { task: id, started_at });
        }
        let due = change.deadline.map(|at| Due::by_hand(Some(at))).filter(|due| *due != task.due);
        events.extend(due.map(|due| RunEvent::DeadlineChanged { task: id, due }));
        for event in events {
            self.emit_at(place, Cause::Command, event);
        }
        if due.is_some() {
            self.replan(place);
        }
        Ok(())
    }

    /// Adds tasks that no step is behind.
    pub(super) fn add_tasks(&mut self, tasks: &[Added]) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        self.not_frozen()?;
        let mut errors = FieldErrors::default();
        let room = check::MAX_STEPS.saturating_mul(2).saturating_sub(self.run.state.tasks.len());
        if tasks.len() > room {
            errors.add("tasks", "The process cannot hold that many tasks.");
        }
        let mut ids: Vec<TaskId> = tasks.iter().map(|added| added.id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() < tasks.len()
            || self.run.state.tasks.iter().any(|task| ids.binary_search(&task.id).is_ok())
        {
            errors.add("tasks", "Each task must have an id of its own.");
        }
        for (at, added) in tasks.iter().enumerate() {
            check::check_added(&added.step, &format!("tasks.{at}"), &mut errors);
            self.cx.directory.check(&added.step.people, &format!("tasks.{at}.owners"), &mut errors);
            let people = self.resolved(&added.step.people);
            if Assignees::of(people).exceeds(added.step.max_assignable, self.cx.directory) {
                errors.add(format!("tasks.{at}.owners"), "There are more assignees than max_assignable.");
            }
        }
        errors.into_result()?;
        for added in tasks {
            let step = &added.step;
            let people = self.resolved(&step.people);
            let due = added.deadline.map_or_else(
                || super::launch::planned_alone(step, self.cx.at, self.cx.calendar),
                |at| Due::by_hand(Some(at)),
            );
            let mut task = new_task(added.id, step, self.cx.at, self.cx.calendar);
            task.origin = Origin::Added(Box::new(step.clone()));
            (task.assignees, task.due) = (Assignees::of(people), due);
            task.started_at = added.started_at.unwrap_or(task.started_at);
            task.visibility.hidden = step.hidden_by_default;
            let place = self.run.state.tasks.len();
            self.emit(Cause::Command, RunEvent::TaskAdded(Box::new(task)));
            self.touch(place);
        }
        Ok(())
    }

    /// Opens an issue. About a finished task it opens the task again, where
    /// the organization wants that (D3).
    pub(super) fn report_issue(&mut self, id: Option<TaskId>, thread: ThreadId) -> Result<(), Refusal> {
        let Some(id) = id else {
            self.cx.by.may_manage()?;
            if !self.run.state.issues.contains(&thread) {
                self.emit(Cause::Command, RunEvent::IssueReported { task: None, thread });
            }
            return Ok(());
        };
        let place = self.find(id)?;
        self.may_work_on(place)?;
        let task = self.task(place).ok_or(Refusal::NotFound)?;
        if task.issues.contains(&thread) {
            return Ok(());
        }
        let reopens = task.completion.is_some()
            && self.cx.policy.issues_reopen_tasks
            && self.run.state.issues.is_empty();
        self.emit_at(place, Cause::Command, RunEvent::IssueReported { task: Some(id), thread });
        if reopens {
            self.open_again(place);
        }
        Ok(())
    }

    /// Resolves an issue: members only (D4).
    pub(super) fn resolve_issue(&mut self, id: Option<TaskId>, thread: ThreadId) -> Result<(), Refusal> {
        if matches!(self.cx.by, By::Guest(_)) {
            return Err(Refusal::Forbidden("Only members may resolve an issue."));
        }
        let open = match id {
            None => {
                self.cx.by.may_manage()?;
                self.run.state.issues.contains(&thread)
            }
            Some(id) => {
                let place = self.find(id)?;
                self.may_work_on(place)?;
                self.task(place).is_some_and(|task| task.issues.contains(&thread))
            }
        };
        if open {
            self.emit(Cause::Command, RunEvent::IssueResolved { task: id, thread });
        }
        Ok(())
    }

    /// Lets rules open a task again.
    pub(super) fn resolve_loop(&mut self, id: TaskId) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.cx.by.may_manage()?;
        if self.task(place).is_some_and(|task| task.stopped_rule.is_some()) {
            self.emit_at(place, Cause::Command, RunEvent::LoopResolved { task: id });
        }
        Ok(())
    }

    /// Refuses light members who are not on the task. Guests who are not have
    /// not found it.
    pub(super) fn may_work_on(&self, place: usize) -> Result<(), Refusal> {
        match self.cx.by {
            By::Member(actor) if actor.role == Role::Light && !self.is_assigned(place) => {
                Err(Refusal::Forbidden("Light members may only work on tasks they are assigned to."))
            }
            By::Member(_) | By::Guest(_) | By::Clock => Ok(()),
        }
    }

    /// Calls the process something else.
    pub(super) fn rename(&mut self, name: &str) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        let name = check_name(name).map_err(|text| Refusal::field("name", format!("The name {text}.")))?;
        if name != self.run.state.name {
            self.emit(Cause::Command, RunEvent::Renamed { name });
        }
        Ok(())
    }

    /// Lets somebody else look after the process.
    pub(super) fn hand_over(&mut self, owner: MemberId) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        if !self.cx.directory.is_active(owner) {
            return Err(Refusal::field("owner_id", "The owner_id must be an active member."));
        }
        if owner != self.run.state.owner {
            self.emit(Cause::Command, RunEvent::OwnerChanged { owner });
        }
        Ok(())
    }

    /// Lets others see the process.
    pub(super) fn share(&mut self, access: &People) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        let mut faults = FieldErrors::default();
        if !access.guests().is_empty() {
            faults.add("guests", "Guests see the processes that they have a task in.");
        }
        for (list, fault) in self.cx.directory.faults_of(access) {
            faults.add(list, fault);
        }
        faults.into_result()?;
        if !access.same(&self.run.state.access) {
            self.emit(Cause::Command, RunEvent::AccessChanged { access: access.clone() });
        }
        Ok(())
    }

    /// Puts the process away. Doing so twice changes nothing more.
    pub(super) fn archive(&mut self) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        if self.run.state.archived_at.is_none() {
            self.emit(Cause::Command, RunEvent::Archived { at: self.cx.at });
        }
        Ok(())
    }

    /// Brings the process back, as it was.
    pub(super) fn activate(&mut self) -> Result<(), Refusal> {
        self.cx.by.may_manage()?;
        if self.run.state.archived_at.is_some() {
            self.emit(Cause::Command, RunEvent::Activated);
        }
        Ok(())
    }
}

/// Checks the name of a process and returns it as it will be stored.
pub(super) fn check_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    check_line(text)?;
    match text.chars().count() {
        0 => Err("is required".to_owned()),
        count if count > NAME_LIMIT => Err(format!("may not be greater than {NAME_LIMIT} characters")),
        _ => Ok(text.to_owned()),
    }
}
