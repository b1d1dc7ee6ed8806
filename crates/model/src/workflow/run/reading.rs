//! What a process as a whole says: where it stands, how far it has come, who is
//! on what (`product.md` 2.11).

use std::sync::Arc;

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::TaskId;

use super::super::blueprint::{Step, TemplateKind};
use super::super::field::Field;
use super::super::people::{Directory, Person};
use super::super::snapshot::Snapshot;
use super::{Mismatch, Origin, Run, RunProgress, RunState, RunStatus, RunTask};

impl Run {
    /// Puts a stored state and the snapshot that it was launched from together.
    pub fn assemble(snapshot: Arc<Snapshot>, state: RunState) -> Result<Self, Mismatch> {
        let steps = snapshot.steps();
        let fits = state.tasks.iter().enumerate().all(|(at, task)| match &task.origin {
            Origin::Step(id) => steps.get(at).is_some_and(|step| step.id == *id),
            Origin::Added(_) => at >= steps.len(),
        });
        if fits && state.tasks.len() >= steps.len() { Ok(Self { snapshot, state }) } else { Err(Mismatch) }
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// What is known of the process.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// The state without its tasks.
    pub fn head(&self) -> RunState {
        let RunState { id, ref name, launcher, owner, parent, ref access, launched_at, .. } = self.state;
        RunState {
            id,
            name: name.clone(),
            launcher,
            owner,
            parent,
            access: access.clone(),
            launched_at,
            prerun: self.state.prerun.clone(),
            prerun_completed: self.state.prerun_completed.clone(),
            tasks: Vec::new(),
            issues: self.state.issues.clone(),
            completed_at: self.state.completed_at,
            archived_at: self.state.archived_at,
        }
    }

    /// The state, for the storage.
    pub fn into_state(self) -> RunState {
        self.state
    }

    /// The index of a task.
    pub fn place(&self, id: TaskId) -> Option<usize> {
        self.state.tasks.iter().position(|task| task.id == id)
    }

    /// A task.
    pub fn task(&self, id: TaskId) -> Option<&RunTask> {
        self.state.tasks.iter().find(|task| task.id == id)
    }

    /// What the step of a task says, or what an added task brought.
    pub fn step_of(&self, place: usize) -> Option<&Step> {
        self.snapshot.step_at(place, &self.state.tasks.get(place)?.origin)
    }

    /// The fields of the kick-off form.
    pub fn prerun_fields(&self) -> &[Field] {
        &self.snapshot.blueprint().prerun
    }

    /// Where the process stands.
    pub fn status(&self) -> RunStatus {
        let state = &self.state;
        if state.archived_at.is_some() {
            RunStatus::Archived
        } else if !state.issues.is_empty() {
            RunStatus::Issue
        } else if state.tasks.iter().any(RunTask::is_in_trouble) {
            RunStatus::Problem
        } else if state.completed_at.is_some() {
            RunStatus::Complete
        } else {
            RunStatus::Active
        }
    }

    /// Whether an issue is open anywhere in it, or a loop of rules was stopped
    /// (`has_open_issue`).
    pub fn has_open_issue(&self) -> bool {
        !self.state.issues.is_empty() || self.state.tasks.iter().any(RunTask::is_in_trouble)
    }

    /// How far it has come.
    pub fn progress(&self) -> RunProgress {
        let seen = self.state.tasks.iter().filter(|task| !task.visibility.hidden);
        seen.fold(RunProgress { complete: 0, total: 0 }, |progress, task| RunProgress {
            complete: progress.complete + usize::from(task.completion.is_some()),
            total: progress.total + 1,
        })
    }

    /// Whether nothing is to be done: every task that can be seen is complete,
    /// and so is the kick-off form. A process without tasks is done with its
    /// form; where all tasks are hidden, something is still to come.
    pub(in super::super) fn is_done(&self) -> bool {
        let progress = self.progress();
        let form = self.prerun_fields().is_empty() || self.state.prerun_completed.is_some();
        let only_form = self.state.tasks.is_empty()
            && (self.snapshot.blueprint().kind == TemplateKind::Form || !self.prerun_fields().is_empty());
        form && progress.complete == progress.total && (progress.total > 0 || only_form)
    }

    /// The tasks whose deadlines have passed (`late_tasks`).
    pub fn late_tasks(&self, now: Timestamp) -> usize {
        self.state.tasks.iter().filter(|task| task.is_late(now)).count()
    }

    /// The latest deadline of the tasks that can be seen (`due_date`).
    pub fn due_date(&self) -> Option<Timestamp> {
        let seen = self.state.tasks.iter().filter(|task| !task.visibility.hidden);
        seen.filter_map(|task| task.due.at()).max()
    }

    /// The open task whose deadline comes first (`with=next_task`); those
    /// without come last.
    pub fn next_by_deadline(&self) -> Option<&RunTask> {
        let open = self.state.tasks.iter().filter(|task| task.is_open());
        open.min_by_key(|task| (task.due.at().is_none(), task.due.at()))
    }

    /// Who has a task to do that they did not have before: whom to tell, and
    /// of what, after one command or several. `before` is `None` for a process
    /// that has just been launched. Somebody whose task was opened again or
    /// shown is among them; nobody is for hidden tasks or archived processes.
    pub fn newly_assigned(&self, before: Option<&Self>, directory: &Directory) -> Vec<(TaskId, Person)> {
        let mut news = Vec::new();
        if self.state.archived_at.is_some() {
            return news;
        }
        for (place, task) in self.state.tasks.iter().enumerate().filter(|(_, task)| task.is_open()) {
            let old = before.and_then(|before| before.state.tasks.get(place)).filter(|old| old.is_open());
            if old.is_some_and(|old| old.assignees == task.assignees) {
                continue;
            }
            let chaperone = task.assignees.chaperone.map(Person::Member);
            let everybody = task.assignees.required(directory).into_iter().chain(chaperone);
            let told = |person: &Person| old.is_some_and(|old| old.assignees.has(person, directory));
            news.extend(everybody.filter(|person| !told(person)).map(|person| (task.id, person)));
        }
        news
    }

    /// Whether a person is on a task, by themselves or in a group. A hidden
    /// task is no guest's.
    pub fn is_on(&self, place: usize, person: &Person, directory: &Directory) -> bool {
        self.state.tasks.get(place).is_some_and(|task| {
            let hidden = matches!(person, Person::Guest(_)) && task.visibility.hidden;
            !hidden && task.assignees.has(person, directory)
        })
    }

    /// The tasks that a guest may see: their own, unless hidden or archived.
    pub fn tasks_of_guest<'a>(
        &'a self,
        guest: &EmailAddress,
        directory: &'a Directory,
    ) -> impl Iterator<Item = &'a RunTask> {
        let person = Person::Guest(guest.clone());
        let archived = self.state.archived_at.is_some();
        self.state.tasks.iter().filter(move |task| {
            !archived && !task.visibility.hidden && task.assignees.has(&person, directory)
        })
    }
}
