//! A task is changed: its text, its dates, its people, its answers.

use jiff::Timestamp;

use crate::activity::{Event, Verb};
use crate::ids::{FieldId, MemberId};
use crate::refusal::{FieldErrors, Refusal};

use super::form::{FieldValue, describe};
use super::owners::{Assigned, Wanted, chaperone_sentence};
use super::{Outcome, Task};

/// What a caller wants changed: what is absent stays as it is. Everything but
/// the owners has been checked; see [`TaskDraft`](super::draft::TaskDraft) on
/// `faults`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskChange {
    /// See [`Task::title`].
    pub title: Option<String>,
    /// See [`Task::summary`]; `Some(None)` clears.
    pub summary: Option<Option<String>>,
    /// See [`Task::deadline`].
    pub deadline: Option<Timestamp>,
    /// See [`Task::started_at`].
    pub started_at: Option<Timestamp>,
    /// See [`Task::position`].
    pub position: Option<i64>,
    /// See [`Task::webhook`]; `Some(None)` clears.
    pub webhook: Option<Option<String>>,
    /// See [`Task::is_soft_start_date`].
    pub is_soft_start_date: Option<bool>,
    /// See [`Task::everyone_must_complete`].
    pub everyone_must_complete: Option<bool>,
    /// See [`Task::can_complete_only_assignees`].
    pub can_complete_only_assignees: Option<bool>,
    /// See [`Task::max_assignable`].
    pub max_assignable: Option<i64>,
    /// See [`Task::prevent_guest_comment`].
    pub prevent_guest_comment: Option<bool>,
    /// See [`Task::top_secret`].
    pub top_secret: Option<bool>,
    /// Everybody who shall be on the task, in place of those who are.
    pub owners: Option<Wanted>,
    /// New values of form fields, checked; `None` clears.
    pub values: Vec<(FieldId, Option<FieldValue>)>,
    /// What is wrong with the request.
    pub faults: FieldErrors,
}

/// Collects what a change replaces.
struct Replacing<'a> {
    task: &'a str,
    events: Vec<Event>,
    blank: Event,
}

impl Replacing<'_> {
    fn set<T: PartialEq>(
        &mut self,
        field: &'static str,
        place: &mut T,
        wanted: Option<T>,
        show: impl Fn(&T) -> Option<String>,
    ) {
        let Some(wanted) = wanted.filter(|wanted| wanted != place) else { return };
        let old = std::mem::replace(place, wanted);
        self.note(field, show(&old), format!("The {field} was changed. {}", self.task));
    }

    fn note(&mut self, field: &'static str, old_value: Option<String>, text: String) {
        self.events.push(Event { field: Some(field), old_value, text, ..self.blank.clone() });
    }
}

impl Task {
    /// Whether the task can be changed at all now.
    pub fn check_changeable(&self) -> Result<(), Refusal> {
        if self.archived_at.is_some() {
            return Err(Refusal::field("task", "An archived task cannot be changed; restore it first."));
        }
        if self.completion.is_some() {
            return Err(Refusal::field("task", "A completed task cannot be changed; reopen it first."));
        }
        Ok(())
    }

    /// Changes the task. `assigned` is what became of `change.owners`. An
    /// outcome without events changed nothing.
    pub fn update(
        &mut self,
        change: &TaskChange,
        assigned: Option<Assigned>,
        actor: MemberId,
    ) -> Result<Outcome, Refusal> {
        self.check_changeable()?;
        change.faults.clone().into_result()?;
        let mut owners = self.owners.clone();
        let mut outcome = Outcome::default();
        let mut chaperone = None;
        if let Some(mut assigned) = assigned {
            let inactive = std::mem::take(&mut assigned.inactive);
            owners.replace(assigned);
            chaperone = owners.ensure_chaperone(actor, &inactive);
        }
        if change.owners.is_some() || change.max_assignable.is_some() {
            owners.check_number(change.max_assignable.unwrap_or(self.max_assignable))?;
        }

        // A task that becomes secret with this change is not named any more.
        let secret = self.top_secret || change.top_secret == Some(true);
        let called = if secret { "A secret task".to_owned() } else { self.called() };
        let blank = self.event(Verb::Updated, String::new());
        let mut replacing = Replacing { task: &called, events: Vec::new(), blank };
        self.replace_plain(change, &mut replacing);
        for (id, value) in &change.values {
            let Some(field) = self.form_fields.iter_mut().find(|field| field.id == *id) else { continue };
            if field.value == *value {
                continue;
            }
            let old = describe(field);
            field.value.clone_from(value);
            replacing.note("form_fields", old, format!("“{}” was filled in. {called}", field.label));
        }
        outcome.events = replacing.events;
        if !owners.same_people(&self.owners) {
            let old = std::mem::replace(&mut self.owners, owners);
            let mut text = format!("Now assigned: {}. {called}", self.owners.describe());
            if let Some(id) = chaperone {
                text = format!("{text}. {}", chaperone_sentence(id));
            }
            outcome.events.push(Event {
                field: Some("owners"),
                old_value: Some(old.describe()),
                ..self.event(Verb::OwnersUpdated, text)
            });
        }
        // Told whenever the wish was overruled, changed or not.
        outcome.warnings.extend(chaperone.map(chaperone_sentence));
        Ok(outcome)
    }

    fn replace_plain(&mut self, change: &TaskChange, replacing: &mut Replacing<'_>) {
        let moment = |at: &Timestamp| Some(at.to_string());
        let flag = |flag: &bool| Some(flag.to_string());
        let number = |number: &i64| Some(number.to_string());
        let text = |text: &Option<String>| text.clone();
        replacing.set("title", &mut self.title, change.title.clone(), |title| Some(title.clone()));
        replacing.set("summary", &mut self.summary, change.summary.clone(), text);
        let deadline = change.deadline.map(Some);
        replacing.set("deadline", &mut self.deadline, deadline, |at| at.map(|at| at.to_string()));
        replacing.set("started_at", &mut self.started_at, change.started_at, moment);
        replacing.set("position", &mut self.position, change.position, number);
        replacing.set("webhook", &mut self.webhook, change.webhook.clone(), text);
        replacing.set("is_soft_start_date", &mut self.is_soft_start_date, change.is_soft_start_date, flag);
        let (everyone, only) = (change.everyone_must_complete, change.can_complete_only_assignees);
        replacing.set("everyone_must_complete", &mut self.everyone_must_complete, everyone, flag);
        replacing.set("can_complete_only_assignees", &mut self.can_complete_only_assignees, only, flag);
        replacing.set("max_assignable", &mut self.max_assignable, change.max_assignable, number);
        let prevent = change.prevent_guest_comment;
        replacing.set("prevent_guest_comment", &mut self.prevent_guest_comment, prevent, flag);
        replacing.set("top_secret", &mut self.top_secret, change.top_secret, flag);
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::tests::text_field;
    use super::super::testing::*;
    use super::*;
    use crate::task::lifecycle::Completing;

    fn owners_of(task: &Task) -> Assigned {
        Assigned {
            members: task.owners.members.iter().map(|m| m.id).collect(),
            guests: task.owners.guests.iter().cloned().map(|g| (g.key, g.code, g.email)).collect(),
            ..Assigned::default()
        }
    }

    #[test]
    fn only_what_differs_is_changed_and_told() {
        let mut changed = task(&[1], &[]);
        let change = TaskChange {
            title: Some("Send the contract".to_owned()),
            summary: Some(Some("By post".to_owned())),
            deadline: Some(at(2000)),
            max_assignable: Some(0),
            ..TaskChange::default()
        };
        let outcome = changed.update(&change, None, member(1)).unwrap();
        assert_eq!(
            outcome.events.iter().filter_map(|event| event.field).collect::<Vec<_>>(),
            ["summary", "deadline"]
        );
        assert_eq!(changed.update(&change, None, member(1)), Ok(Outcome::default()));
    }

    #[test]
    fn a_guest_left_alone_gets_the_caller_also_when_the_wish_is_repeated() {
        let mut changed = task(&[1], &[]);
        let wish = TaskChange { owners: Some(Wanted::default()), ..TaskChange::default() };
        let guests_only = || Assigned { members: Vec::new(), ..owners_of(&task(&[], &[1])) };
        let outcome = changed.update(&wish, Some(guests_only()), member(7)).unwrap();
        assert!(changed.owners.members[0].added_by_server);
        assert_eq!((outcome.events.len(), outcome.warnings.len()), (1, 1));
        assert!(outcome.events[0].text.contains(&outcome.warnings[0]));
        let again = changed.update(&wish, Some(guests_only()), member(7)).unwrap();
        assert_eq!((again.events.len(), again.warnings.len()), (0, 1));
        let nobody = changed.update(&wish, Some(Assigned::default()), member(7)).unwrap();
        assert!(changed.owners.members.is_empty() && nobody.warnings.is_empty());
    }

    #[test]
    fn answers_are_kept_by_field() {
        let mut changed = task(&[1], &[]);
        changed.form_fields = vec![text_field(1, true), text_field(2, false)];
        let id = changed.form_fields[0].id;
        let value = Some(FieldValue::Text("Acme".to_owned()));
        let change = TaskChange { values: vec![(id, value.clone())], ..TaskChange::default() };
        assert_eq!(changed.update(&change, None, member(1)).unwrap().events.len(), 1);
        assert_eq!(changed.form_fields[0].value, value);
        assert!(changed.complete(standard(1), &Completing::default(), at(1)).is_ok());
    }

    #[test]
    fn finished_and_archived_tasks_are_not_changed() {
        let mut done = task(&[1], &[]);
        done.complete(standard(1), &Completing::default(), at(1)).unwrap();
        assert!(matches!(done.update(&TaskChange::default(), None, member(1)), Err(Refusal::Invalid(_))));
        let mut archived = task(&[1], &[]);
        archived.archive(at(1));
        assert!(matches!(archived.update(&TaskChange::default(), None, member(1)), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn a_lower_limit_than_there_are_assignees_is_refused() {
        let mut full = task(&[1, 2], &[1]);
        let change = TaskChange { max_assignable: Some(2), ..TaskChange::default() };
        assert!(matches!(full.update(&change, None, member(1)), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn a_task_that_becomes_secret_is_not_named() {
        let mut secret = task(&[1], &[]);
        let change = TaskChange { top_secret: Some(true), position: Some(3), ..TaskChange::default() };
        let outcome = secret.update(&change, None, member(1)).unwrap();
        assert!(outcome.events.iter().all(|event| !event.text.contains("contract")));
    }
}
