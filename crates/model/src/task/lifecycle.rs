//! Completing, reopening, archiving, restoring and deleting a task.
//!
//! Each function changes the task it is given and returns what happened, or
//! refuses and leaves it as it was. An outcome without events changed nothing.

use jiff::Timestamp;

use crate::activity::{Event, Verb};
use crate::ids::{GuestKey, MemberId};
use crate::member::{Actor, Role};
use crate::refusal::{FieldErrors, Refusal};

use super::{Completer, Completion, Outcome, Task, TaskType};

/// A wish to complete a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completing {
    /// The verdict; approvals need one, other types ignore it.
    pub is_approved: Option<bool>,
    /// Who really did it, when it was not the caller.
    pub on_behalf_of: Option<OnBehalf>,
}

/// Somebody for whom a completion is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnBehalf {
    /// A member; that they are active was checked.
    Member(MemberId),
    /// A guest on the task, by code or address.
    Guest(String),
}

/// The person whose work is recorded: a place among the task's owners, or a
/// member who is not on the task.
enum Person {
    Member { id: MemberId, place: Option<usize> },
    Guest { place: usize },
}

impl Task {
    /// Completes the task, or one person's part of it when everyone must.
    pub fn complete(&mut self, actor: Actor, wish: &Completing, now: Timestamp) -> Result<Outcome, Refusal> {
        if self.archived_at.is_some() {
            return Err(Refusal::field("task_id", "The task is archived; restore it first."));
        }
        if self.completion.is_some() {
            return Err(Refusal::field("task_id", "The task is already complete."));
        }
        self.may_complete(actor, wish)?;
        if self.problem {
            return Err(Refusal::field("task_id", "The task has an open issue; resolve it first."));
        }
        let person = self.person(actor, wish)?;
        self.check_completable(wish)?;
        self.complete_as(Some(actor), &person, wish.is_approved, now)
    }

    /// A guest who is on the task completes it, or their part of it. Whether
    /// they may is for [`Look`](crate::workplace::sight::Look) to say; to a guest
    /// who is not on it, it does not exist.
    pub fn complete_by_guest(
        &mut self,
        guest: GuestKey,
        is_approved: Option<bool>,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let place = self.owners.guests.iter().position(|owner| owner.key == guest);
        let person = Person::Guest { place: place.ok_or(Refusal::NotFound)? };
        self.check_changeable()?;
        self.check_completable(&Completing { is_approved, on_behalf_of: None })?;
        self.complete_as(None, &person, is_approved, now)
    }

    /// Completes the task, or a part of it, for a person. `actor` is the member
    /// who asks, if it is not a guest.
    fn complete_as(
        &mut self,
        actor: Option<Actor>,
        person: &Person,
        is_approved: Option<bool>,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        if self.needs_everyone() {
            return self.complete_part(actor, person, is_approved, now);
        }
        self.is_approved = match self.task_type {
            TaskType::Approval => is_approved,
            // Whoever completes it before the deadline acknowledges it.
            TaskType::Expiring => Some(true),
            _ => Some(false),
        };
        Ok(self.finish(actor, person, now))
    }

    fn may_complete(&self, actor: Actor, wish: &Completing) -> Result<(), Refusal> {
        let own = match &wish.on_behalf_of {
            None => true,
            Some(OnBehalf::Member(id)) => *id == actor.id,
            Some(OnBehalf::Guest(_)) => false,
        };
        let assigned = self.owners.has_member(actor.id);
        if actor.role == Role::Light && !own {
            return Err(Refusal::Forbidden("Light members may not complete tasks on behalf of others."));
        }
        if actor.role == Role::Light && !assigned {
            return Err(Refusal::Forbidden("Light members may only complete tasks they are assigned to."));
        }
        if self.can_complete_only_assignees && !assigned && actor.role != Role::Admin {
            return Err(Refusal::Forbidden("Only the assignees of this task may complete it."));
        }
        Ok(())
    }

    fn person(&self, actor: Actor, wish: &Completing) -> Result<Person, Refusal> {
        let member = |id| Person::Member { id, place: self.owners.members.iter().position(|m| m.id == id) };
        match &wish.on_behalf_of {
            None => Ok(member(actor.id)),
            Some(OnBehalf::Member(id)) => Ok(member(*id)),
            Some(OnBehalf::Guest(name)) => {
                let found = self.owners.guest(name).map(|guest| guest.key);
                let place = self.owners.guests.iter().position(|guest| Some(guest.key) == found);
                place.map(|place| Person::Guest { place }).ok_or_else(|| {
                    Refusal::field("override_guest", "The override_guest must be a guest on this task.")
                })
            }
        }
    }

    /// What must be there before the task can be completed, all at once.
    fn check_completable(&self, wish: &Completing) -> Result<(), Refusal> {
        let mut errors = FieldErrors::default();
        if self.task_type == TaskType::Approval && wish.is_approved.is_none() {
            errors.add("is_approved", "The is_approved field is required for approvals.");
        }
        for field in self.form_fields.iter().filter(|field| field.required && field.value.is_none()) {
            errors.add(
                format!("taskdata.{}", field.id),
                format!("The field “{}” must be filled in before the task is completed.", field.label),
            );
        }
        errors.into_result()
    }

    fn complete_part(
        &mut self,
        actor: Option<Actor>,
        person: &Person,
        is_approved: Option<bool>,
        now: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let before = self.owners.progress();
        let part = match person {
            Person::Member { place: Some(place), .. } => &mut self.owners.members[*place].completed_at,
            Person::Guest { place } => &mut self.owners.guests[*place].completed_at,
            // Somebody without a part can only mean the whole, which is for
            // administrators, or for anyone once no part is missing.
            Person::Member { place: None, .. }
                if actor.is_some_and(|actor| actor.role == Role::Admin)
                    || before.complete == before.total =>
            {
                self.merge_verdict(is_approved, before.complete);
                return Ok(self.finish(actor, person, now));
            }
            Person::Member { place: None, .. } => {
                return Err(Refusal::field(
                    "task_id",
                    "Everyone on this task must complete it, and you are not on it.",
                ));
            }
        };
        if part.is_some() && before.complete < before.total {
            return Err(Refusal::field("task_id", "This part of the task is already complete."));
        }
        part.get_or_insert(now);
        self.merge_verdict(is_approved, before.complete);
        let progress = self.owners.progress();
        if progress.complete == progress.total {
            return Ok(self.finish(actor, person, now));
        }
        let text = format!(
            "{} did their part of it: {} of {} are done. {}",
            self.name(person),
            progress.complete,
            progress.total,
            self.called()
        );
        let event = Event { field: Some("completion_progress"), ..self.event(Verb::Updated, text) };
        Ok(Outcome { events: vec![event], warnings: Vec::new() })
    }

    /// One rejection rejects the whole.
    fn merge_verdict(&mut self, is_approved: Option<bool>, earlier: usize) {
        self.is_approved = match (self.task_type, is_approved) {
            (TaskType::Approval, Some(verdict)) => {
                Some(verdict && (earlier == 0 || self.is_approved == Some(true)))
            }
            _ => Some(false),
        };
    }

    fn finish(&mut self, actor: Option<Actor>, person: &Person, now: Timestamp) -> Outcome {
        let by = match person {
            Person::Member { id, place } => {
                if let Some(place) = place {
                    self.owners.members[*place].completed_at.get_or_insert(now);
                }
                Completer::Member(*id)
            }
            Person::Guest { place } => {
                let guest = &mut self.owners.guests[*place];
                guest.completed_at.get_or_insert(now);
                Completer::Guest { code: guest.code.clone(), email: guest.email.to_string() }
            }
        };
        self.completion = Some(Completion { at: now, by });
        let verdict = match self.task_type {
            TaskType::Approval if self.is_approved == Some(true) => "approved",
            TaskType::Approval => "rejected",
            TaskType::Expiring => "acknowledged",
            _ => "completed",
        };
        let recorded = match (person, actor) {
            (_, None) => String::new(),
            (Person::Member { id, .. }, Some(actor)) if *id == actor.id => String::new(),
            (_, Some(actor)) => format!(", as recorded by member {}", actor.id),
        };
        let text = format!("{} was {verdict} by {}{recorded}.", self.called(), self.name(person));
        Outcome { events: vec![self.event(Verb::Completed, text)], warnings: Vec::new() }
    }

    fn name(&self, person: &Person) -> String {
        match person {
            Person::Member { id, .. } => format!("member {id}"),
            Person::Guest { place } => format!("guest {}", self.owners.guests[*place].email),
        }
    }

    /// Opens a completed task again. Who did which part is forgotten, what was
    /// filled in is kept.
    pub fn reopen(&mut self, actor: Actor) -> Result<Outcome, Refusal> {
        if actor.role == Role::Light && !self.owners.has_member(actor.id) {
            return Err(Refusal::Forbidden("Light members may only reopen tasks they are assigned to."));
        }
        if self.archived_at.is_some() {
            return Err(Refusal::field("task_id", "The task is archived; restore it first."));
        }
        if self.completion.take().is_none() {
            return Err(Refusal::field("task_id", "The task is not complete."));
        }
        self.is_approved = None;
        self.owners.clear_completions();
        let text = format!("{} was reopened.", self.called());
        Ok(Outcome { events: vec![self.event(Verb::Reopened, text)], warnings: Vec::new() })
    }

    /// Puts the task away. Doing so twice changes nothing more.
    pub fn archive(&mut self, now: Timestamp) -> Outcome {
        if self.archived_at.is_some() {
            return Outcome::default();
        }
        self.archived_at = Some(now);
        let text = format!("{} was archived.", self.called());
        Outcome { events: vec![self.event(Verb::Archived, text)], warnings: Vec::new() }
    }

    /// Brings an archived task back. Doing so twice changes nothing more.
    pub fn restore(&mut self) -> Outcome {
        if self.archived_at.take().is_none() {
            return Outcome::default();
        }
        let text = format!("{} was restored.", self.called());
        Outcome { events: vec![self.event(Verb::Unarchived, text)], warnings: Vec::new() }
    }

    /// The row that remains of a task that is deleted for good.
    pub fn deleted(&self) -> Event {
        self.event(Verb::Deleted, format!("{} was deleted for good.", self.called()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn by(on_behalf_of: OnBehalf) -> Completing {
        Completing { is_approved: None, on_behalf_of: Some(on_behalf_of) }
    }

    fn plain() -> Completing {
        Completing::default()
    }

    fn verdict(is_approved: bool) -> Completing {
        Completing { is_approved: Some(is_approved), on_behalf_of: None }
    }

    fn fields(refusal: Refusal) -> Vec<String> {
        match refusal {
            Refusal::Invalid(errors) => errors.iter().map(|(field, _)| field.to_owned()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_member_completes_and_only_their_own_row_is_marked() {
        let mut task = task(&[1, 2], &[1]);
        let outcome = task.complete(standard(2), &plain(), at(9)).unwrap();
        assert_eq!(outcome.events[0].verb, Verb::Completed);
        assert_eq!(task.completion, Some(Completion { at: at(9), by: Completer::Member(member(2)) }));
        assert_eq!(task.owners.members[0].completed_at, None);
        assert_eq!(task.owners.members[1].completed_at, Some(at(9)));
        assert_eq!(task.owners.guests[0].completed_at, None);
        assert_eq!(fields(task.complete(admin(1), &plain(), at(10)).unwrap_err()), ["task_id"]);
    }

    #[test]
    fn a_completion_can_be_recorded_for_a_guest_or_another_member() {
        let mut first = task(&[1], &[1]);
        first.complete(standard(9), &by(OnBehalf::Guest("guest1@X.example".into())), at(9)).unwrap();
        assert_eq!(first.owners.guests[0].completed_at, Some(at(9)));
        let code = first.owners.guests[0].code.clone();
        let email = "guest1@x.example".to_owned();
        assert_eq!(first.completion.unwrap().by, Completer::Guest { code, email });

        let mut second = task(&[1], &[]);
        let outcome = second.complete(standard(1), &by(OnBehalf::Member(member(4))), at(9)).unwrap();
        assert!(outcome.events[0].text.contains("member 4, as recorded by member 1"));

        let mut third = task(&[1], &[1]);
        let stranger = by(OnBehalf::Guest("else@x.example".into()));
        assert_eq!(fields(third.complete(admin(1), &stranger, at(9)).unwrap_err()), ["override_guest"]);
        for wish in [by(OnBehalf::Guest("guest1@x.example".into())), by(OnBehalf::Member(member(2)))] {
            assert!(matches!(third.complete(light(1), &wish, at(9)), Err(Refusal::Forbidden(_))));
        }
        assert!(third.complete(light(1), &by(OnBehalf::Member(member(1))), at(9)).is_ok());
    }

    #[test]
    fn a_guest_completes_and_is_the_completer() {
        let mut first = task(&[1], &[1, 2]);
        let (key, code) = (first.owners.guests[1].key, first.owners.guests[1].code.clone());
        let outcome = first.complete_by_guest(key, None, at(9)).unwrap();
        assert!(outcome.events[0].text.ends_with("was completed by guest guest2@x.example."));
        let email = "guest2@x.example".to_owned();
        assert_eq!(first.completion.as_ref().unwrap().by, Completer::Guest { code, email });
        assert_eq!(
            (first.owners.guests[0].completed_at, first.owners.guests[1].completed_at),
            (None, Some(at(9)))
        );
        assert_eq!(fields(first.complete_by_guest(key, None, at(9)).unwrap_err()), ["task"]);

        let mut second = task(&[1], &[1]);
        assert!(matches!(second.complete_by_guest(key, None, at(1)), Err(Refusal::NotFound)));
        (second.task_type, second.everyone_must_complete) = (TaskType::Approval, true);
        let key = second.owners.guests[0].key;
        assert_eq!(fields(second.complete_by_guest(key, None, at(1)).unwrap_err()), ["is_approved"]);
        second.complete_by_guest(key, Some(false), at(1)).unwrap();
        assert_eq!((second.completion.clone(), second.is_approved), (None, Some(false)));
        second.complete(standard(1), &verdict(true), at(2)).unwrap();
        assert_eq!(second.status_label(at(3)), "Rejected");
    }

    #[test]
    fn who_may_complete() {
        let mut restricted = task(&[1], &[]);
        restricted.can_complete_only_assignees = true;
        assert!(matches!(restricted.complete(standard(2), &plain(), at(1)), Err(Refusal::Forbidden(_))));
        assert!(restricted.clone().complete(standard(1), &plain(), at(1)).is_ok());
        assert!(restricted.clone().complete(admin(2), &plain(), at(1)).is_ok());
        assert!(task(&[1], &[]).complete(standard(2), &plain(), at(1)).is_ok());
        assert!(matches!(task(&[2], &[]).complete(light(1), &plain(), at(1)), Err(Refusal::Forbidden(_))));
    }

    #[test]
    fn forbidden_texts_do_not_sign_a_client_out() {
        let mut restricted = task(&[2], &[1]);
        restricted.can_complete_only_assignees = true;
        for refusal in [
            restricted.complete(standard(9), &plain(), at(1)).unwrap_err(),
            restricted.complete(light(1), &plain(), at(1)).unwrap_err(),
            restricted.complete(light(2), &by(OnBehalf::Member(member(3))), at(1)).unwrap_err(),
            restricted.reopen(light(1)).unwrap_err(),
        ] {
            let text = refusal.to_string().to_lowercase();
            assert!(!["token", "expired", "login"].iter().any(|word| text.contains(word)), "{text}");
        }
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        let mut approval = task(&[1], &[]);
        approval.task_type = TaskType::Approval;
        approval.form_fields = vec![super::super::form::tests::text_field(1, true)];
        let refusal = approval.complete(standard(1), &plain(), at(1)).unwrap_err();
        let id = approval.form_fields[0].id;
        assert_eq!(fields(refusal), ["is_approved".to_owned(), format!("taskdata.{id}")]);
    }

    #[test]
    fn everyone_must_complete_and_the_chaperone_need_not() {
        let mut task = task(&[1], &[1, 2]);
        task.everyone_must_complete = true;
        task.owners.members[0].added_by_server = true;
        task.owners.members.push(super::super::owners::MemberOwner {
            id: member(2),
            added_by_server: false,
            via_group: false,
            completed_at: None,
        });
        let guest = |number| by(OnBehalf::Guest(format!("guest{number}@x.example")));
        let outcome = task.complete(standard(1), &guest(1), at(1)).unwrap();
        assert_eq!(outcome.events[0].field, Some("completion_progress"));
        assert_eq!(task.progress().map(|p| (p.complete, p.total)), Some((1, 3)));
        assert!(task.completion.is_none());
        assert_eq!(fields(task.complete(standard(1), &guest(1), at(2)).unwrap_err()), ["task_id"]);
        assert_eq!(fields(task.complete(standard(9), &plain(), at(2)).unwrap_err()), ["task_id"]);
        task.complete(standard(2), &plain(), at(3)).unwrap();
        task.complete(standard(1), &guest(2), at(4)).unwrap();
        assert_eq!(task.completion.as_ref().unwrap().at, at(4));
        assert_eq!(task.owners.guests[0].completed_at, Some(at(1)));
        task.reopen(standard(1)).unwrap();
        assert_eq!(task.progress().map(|p| (p.complete, p.total)), Some((0, 3)));
    }

    #[test]
    fn an_administrator_finishes_for_everyone_and_so_does_anyone_when_no_part_is_missing() {
        let mut forced = task(&[1, 2], &[]);
        forced.everyone_must_complete = true;
        forced.complete(admin(9), &plain(), at(1)).unwrap();
        assert!(forced.completion.is_some());

        let mut rest = task(&[1, 2], &[]);
        rest.everyone_must_complete = true;
        rest.complete(standard(1), &plain(), at(1)).unwrap();
        rest.owners.members.truncate(1);
        rest.complete(standard(1), &plain(), at(2)).unwrap();
        assert!(rest.completion.is_some());
        assert_eq!(rest.owners.members[0].completed_at, Some(at(1)));
    }

    #[test]
    fn one_rejection_rejects_and_other_types_ignore_the_verdict() {
        for (verdicts, expected) in [([true, true], true), ([true, false], false), ([false, true], false)] {
            let mut approval = task(&[1, 2], &[]);
            (approval.task_type, approval.everyone_must_complete) = (TaskType::Approval, true);
            approval.complete(standard(1), &verdict(verdicts[0]), at(1)).unwrap();
            approval.complete(standard(2), &verdict(verdicts[1]), at(2)).unwrap();
            assert_eq!(approval.is_approved, Some(expected));
        }
        let mut plain_task = task(&[1], &[]);
        plain_task.complete(standard(1), &verdict(true), at(1)).unwrap();
        assert_eq!(plain_task.is_approved, Some(false));
        let mut expiring = task(&[1, 2], &[]);
        (expiring.task_type, expiring.everyone_must_complete) = (TaskType::Expiring, true);
        expiring.complete(standard(1), &verdict(false), at(1)).unwrap();
        assert_eq!((expiring.is_approved, expiring.status_label(at(2))), (Some(true), "Acknowledged"));
    }

    #[test]
    fn reopening_forgets_the_completion_only() {
        let mut task = task(&[1], &[1]);
        assert_eq!(fields(task.reopen(standard(1)).unwrap_err()), ["task_id"]);
        task.complete(standard(1), &by(OnBehalf::Guest("guest1@x.example".into())), at(1)).unwrap();
        assert!(matches!(task.clone().reopen(light(9)), Err(Refusal::Forbidden(_))));
        assert!(task.clone().reopen(light(1)).is_ok());
        task.reopen(standard(1)).unwrap();
        assert_eq!((task.completion, task.is_approved), (None, None));
        assert_eq!(task.owners.guests[0].completed_at, None);
    }

    #[test]
    fn archiving_is_idempotent_and_freezes() {
        let mut task = task(&[1], &[]);
        assert_eq!(task.archive(at(3)).events.len(), 1);
        assert_eq!(task.archive(at(4)), Outcome::default());
        assert_eq!(task.archived_at, Some(at(3)));
        assert_eq!(fields(task.complete(admin(1), &plain(), at(5)).unwrap_err()), ["task_id"]);
        assert_eq!(task.restore().events.len(), 1);
        assert_eq!(task.restore(), Outcome::default());
    }
}
