//! Completing a task and opening it again (`product.md` 2.12).

use crate::ids::{GroupId, MemberId, TaskId};
use crate::member::Role;
use crate::refusal::{FieldErrors, Refusal};
use crate::task::TaskType;

use super::blueprint::Step;
use super::command::By;
use super::event::{Cause, RunEvent};
use super::fire::Trigger;
use super::people::{People, Person};
use super::run::{Completion, Part, Verdict};
use super::turn::Turn;

impl Turn<'_> {
    /// Completes a task, or one person's part of it.
    pub(super) fn complete(
        &mut self,
        id: TaskId,
        approved: Option<bool>,
        on_behalf_of: Option<&Person>,
    ) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.not_frozen()?;
        self.may_complete(place, on_behalf_of)?;
        self.check_completable(place, approved)?;
        let person = self.author(place, on_behalf_of)?;
        let needs_everyone = self.step(place).is_some_and(Step::needs_everyone);
        match person {
            Some(person) if needs_everyone => self.complete_part(place, person, approved),
            // The clock completes for everybody.
            person => {
                self.finish(place, person, approved);
                Ok(())
            }
        }
    }

    fn may_complete(&self, place: usize, on_behalf_of: Option<&Person>) -> Result<(), Refusal> {
        let own = on_behalf_of
            .is_none_or(|person| self.cx.by.person().is_some_and(|caller| caller.is_same(person)));
        let assigned = self.is_assigned(place);
        let only_assignees = self.step(place).is_some_and(|step| step.can_complete_only_assignees);
        let is_draft = self.step(place).is_some_and(|step| step.task_type == TaskType::Email);
        match self.cx.by {
            By::Guest(_) if !own => Err(Refusal::Forbidden("Guests may only complete tasks for themselves.")),
            // Mails that go out by themselves they may send early (`product.md` 1.8).
            By::Guest(_) if is_draft => Err(Refusal::Forbidden("Guests may not send drafts of mails.")),
            By::Member(actor) if actor.role == Role::Light && !own => {
                Err(Refusal::Forbidden("Light members may not complete tasks on behalf of others."))
            }
            By::Member(actor) if actor.role == Role::Light && !assigned => {
                Err(Refusal::Forbidden("Light members may only complete tasks they are assigned to."))
            }
            By::Member(actor) if only_assignees && !assigned && actor.role != Role::Admin => {
                Err(Refusal::Forbidden("Only the assignees of this task may complete it."))
            }
            // Guests who are not on the task have not found it.
            By::Member(_) | By::Guest(_) | By::Clock => Ok(()),
        }
    }

    /// Whose work is recorded, spelled as on the task.
    fn author(&self, place: usize, on_behalf_of: Option<&Person>) -> Result<Option<Person>, Refusal> {
        match on_behalf_of.cloned().or_else(|| self.cx.by.person()) {
            Some(Person::Guest(email)) => {
                let task = self.task(place).ok_or(Refusal::NotFound)?;
                let everybody = task.assignees.people.expanded(self.cx.directory);
                let known = everybody.guests().iter().find(|guest| guest.is_same(&email));
                known.map(|guest| Some(Person::Guest(guest.clone()))).ok_or_else(|| {
                    Refusal::field("override_guest", "The override_guest must be a guest on this task.")
                })
            }
            Some(Person::Member(id)) if !self.cx.directory.is_active(id) => {
                Err(Refusal::field("override_user", "The override_user must be an active member."))
            }
            person => Ok(person),
        }
    }

    /// What must be so before the task can be completed. What can be mended in
    /// the same request is named all at once.
    fn check_completable(&self, place: usize, approved: Option<bool>) -> Result<(), Refusal> {
        let (Some(task), Some(step)) = (self.task(place), self.step(place)) else {
            return Err(Refusal::NotFound);
        };
        if task.completion.is_some() {
            return Err(Refusal::field("task_id", "The task is already complete."));
        }
        if task.visibility.hidden {
            return Err(Refusal::field("task_id", "The task is hidden; show it first."));
        }
        if !task.issues.is_empty() {
            return Err(Refusal::field("task_id", "The task has an open issue; resolve it first."));
        }
        let mut errors = FieldErrors::default();
        if step.task_type == TaskType::Approval && approved.is_none() {
            errors.add("is_approved", "The is_approved field is required for approvals.");
        }
        for field in &step.captures {
            if let Some(text) = field.missing(task.answers.get(&field.id())) {
                errors.add(format!("taskdata.{}", field.id()), text);
            }
        }
        errors.into_result()
    }

    fn complete_part(&mut self, place: usize, person: Person, approved: Option<bool>) -> Result<(), Refusal> {
        let task = self.task(place).ok_or(Refusal::NotFound)?;
        let required = task.assignees.required(self.cx.directory);
        let done = |wanted: &Person| task.parts.iter().any(|part| part.person.is_same(wanted));
        let all_done = required.iter().all(done);
        let has_part = required.iter().any(|other| other.is_same(&person));
        if !has_part {
            // Somebody without a part can only mean the whole, which is for
            // administrators, or for anyone once no part is missing.
            let is_admin = matches!(self.cx.by, By::Member(actor) if actor.role == Role::Admin);
            if !(is_admin || all_done) {
                return Err(Refusal::field(
                    "task_id",
                    "Everyone who was assigned must complete their part of this task, and you have none.",
                ));
            }
            self.finish(place, Some(person), approved);
            return Ok(());
        }
        if done(&person) {
            if !all_done {
                return Err(Refusal::field("task_id", "This part of the task is already complete."));
            }
            self.finish(place, Some(person), approved);
            return Ok(());
        }
        let last = required.iter().all(|other| other.is_same(&person) || done(other));
        let id = task.id;
        let part = Part { person: person.clone(), at: self.cx.at, approved };
        self.emit_at(place, Cause::Command, RunEvent::PartDone { task: id, part });
        if last {
            self.finish(place, Some(person), approved);
        }
        Ok(())
    }

    /// The end of a task, whoever brought it about.
    fn finish(&mut self, place: usize, by: Option<Person>, approved: Option<bool>) {
        let (Some(task), Some(step)) = (self.task(place), self.step(place)) else { return };
        // One rejection rejects the whole.
        let approved = approved == Some(true) && task.parts.iter().all(|part| part.approved != Some(false));
        let verdict = match step.task_type {
            TaskType::Task => Verdict::Completed,
            TaskType::Approval if approved => Verdict::Approved,
            TaskType::Approval => Verdict::Rejected,
            // Whoever completes it before its time runs out acknowledges it.
            TaskType::Expiring if by.is_some() => Verdict::Acknowledged,
            TaskType::Expiring => Verdict::Expired,
            TaskType::Email | TaskType::ExpiringEmail => Verdict::Sent,
        };
        let completion = Completion { at: self.cx.at, by, verdict };
        let event = RunEvent::Completed { task: task.id, completion };
        self.emit_at(place, Cause::Command, event);
        self.after_step(place);
    }

    /// The time of an expiring task has come.
    pub(super) fn expire(&mut self, place: usize) {
        self.finish(place, None, None);
    }

    /// Deadlines and rules that depend on whether a step is complete.
    fn after_step(&mut self, place: usize) {
        self.replan_reopened(place);
        // Added tasks stand behind the steps; no rule knows them.
        if place < self.run.snapshot.steps().len() {
            self.fire(Trigger::Step(place));
        }
    }

    /// Opens a completed task again.
    pub(super) fn reopen(&mut self, id: TaskId) -> Result<(), Refusal> {
        let place = self.find(id)?;
        self.not_frozen()?;
        match self.cx.by {
            By::Guest(_) => {
                return Err(Refusal::Forbidden("Guests cannot reopen a task; they can report an issue."));
            }
            By::Member(actor) if actor.role == Role::Light && !self.is_assigned(place) => {
                return Err(Refusal::Forbidden("Light members may only reopen tasks they are assigned to."));
            }
            By::Member(_) | By::Clock => {}
        }
        if self.task(place).is_none_or(|task| task.completion.is_none()) {
            return Err(Refusal::field("task_id", "The task is not complete."));
        }
        // Whoever opens it by hand has seen that rules were not let to.
        if self.task(place).is_some_and(|task| task.stopped_rule.is_some()) {
            self.emit_at(place, Cause::Command, RunEvent::LoopResolved { task: id });
        }
        self.open_again(place);
        Ok(())
    }

    pub(super) fn open_again(&mut self, place: usize) {
        let Some(task) = self.task(place) else { return };
        let event = RunEvent::Reopened { task: task.id, at: self.cx.at, rule_reopens: task.rule_reopens };
        self.emit_at(place, Cause::Command, event);
        self.after_step(place);
    }

    /// Puts somebody in another's place on every task that is not complete. The
    /// same person under another name takes along what they did.
    pub(super) fn replace(
        &mut self,
        person: &Person,
        with: Option<&Person>,
        same_person: bool,
    ) -> Result<(), Refusal> {
        if self.cx.by.may_manage().is_err() {
            return Err(Refusal::Forbidden("Only members who manage work may replace people on tasks."));
        }
        // Who is the same may have to accept an invitation first.
        if let Some(Person::Member(id)) = with
            && !same_person
            && !self.cx.directory.is_active(*id)
        {
            return Err(Refusal::field("to", "The to must be an active member."));
        }
        self.names_tasks = false;
        // Another spelling of the same address is told too.
        if let Some(to) = with.filter(|_| same_person)
            && self.run.state.records(person, to)
        {
            let event = RunEvent::PersonChanged { from: person.clone(), to: to.clone() };
            self.emit(Cause::Command, event);
        }
        // Another member who takes over looks after the process too, and after
        // the guests for whom the one who goes was there.
        let successor = match (person, with) {
            (Person::Member(from), Some(Person::Member(to))) if !same_person => Some((*from, *to)),
            _ => None,
        };
        if let Some((from, owner)) = successor
            && self.run.state.owner == from
            && owner != from
        {
            self.emit(Cause::Command, RunEvent::OwnerChanged { owner });
        }
        for place in 0..self.run.state.tasks.len() {
            let Some(task) = self.task(place).filter(|task| same_person || task.completion.is_none()) else {
                continue;
            };
            let mut assignees = task.assignees.clone();
            // Who has done their part has nothing left that another could do.
            let is_done = !same_person && task.parts.iter().any(|part| part.person.is_same(person));
            let in_group = assignees.people.groups().iter().filter_map(|id| self.cx.directory.groups.get(id));
            let in_group = in_group.into_iter().any(|group| group.has(person));
            // A guest who becomes a member leaves the groups, and not the tasks;
            // a member who becomes a guest leaves those without a part of theirs.
            let has_part = with.is_some_and(|with| task.parts.iter().any(|part| part.person.is_same(with)));
            let is_kept = in_group && same_person && (has_part || matches!(person, Person::Guest(_)));
            if is_done && in_group {
                assignees.people = assignees.people.replacing(person, Some(person));
            } else if !is_done && (assignees.people.has(person) || is_kept) {
                assignees.people = assignees.people.replacing(person, with);
            }
            // Whoever takes somebody's place is not only beside the guests.
            let heir = |id: MemberId| match (person, successor) {
                (Person::Member(gone), successor) if *gone == id => successor.map(|(_, to)| to),
                _ => Some(id),
            };
            let chosen = |id: &MemberId| assignees.people.users().contains(id);
            assignees.chaperone = assignees.chaperone.and_then(heir).filter(|id| !chosen(id));
            if task.assignees.is_same(&assignees) && task.assignees != assignees {
                let event = RunEvent::AssigneesChanged { task: task.id, assignees, reason: None };
                self.emit_at(place, Cause::Command, event);
            } else {
                self.put_chaperoned(place, Cause::Command, assignees);
            }
        }
        Ok(())
    }

    /// Takes groups that are no more off all tasks and out of those who may see
    /// the process, and looks whether guests are alone anywhere.
    pub(super) fn check_chaperones(&mut self) {
        self.names_tasks = false;
        let groups = self.run.state.access.groups().iter().copied();
        let gone: Vec<GroupId> = groups.filter(|id| !self.cx.directory.groups.contains_key(id)).collect();
        if !gone.is_empty() {
            let mut access = self.run.state.access.without(&People::of_groups(gone));
            // Nobody named would open it to everybody.
            if access.is_empty() {
                access = People::members([self.run.state.owner]);
            }
            self.emit(Cause::Command, RunEvent::AccessChanged { access });
        }
        for place in 0..self.run.state.tasks.len() {
            let Some(task) = self.task(place) else { continue };
            let known = &self.cx.directory.groups;
            let gone = task.assignees.people.groups().iter().copied().filter(|id| !known.contains_key(id));
            let gone: Vec<GroupId> = gone.collect();
            if !gone.is_empty() {
                let mut assignees = task.assignees.clone();
                assignees.people = assignees.people.without(&People::of_groups(gone));
                let event = RunEvent::AssigneesChanged { task: task.id, assignees, reason: None };
                self.emit_at(place, Cause::Command, event);
            }
            if self.task(place).is_some_and(|task| task.completion.is_none()) {
                self.touch(place);
            }
        }
    }
}
