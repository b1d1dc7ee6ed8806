//! Processes (`runs` in the API) as they are stored and shown: what the
//! workflow engine keeps of one, and what it does not care about
//! (`product.md` 2.11, `wire.md` 2.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::ids::{FieldId, GuestCode, MemberId, RunId, RunKey, TaskKey, TemplateId, TemplateKey, VersionKey};
use crate::member::{Actor, Role};
use crate::workflow::{
    Directory, People, Person, Run, RunProgress, RunState, RunStatus, RunTask, Snapshot, Step,
};

/// A whole process.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Where it is stored; its sequence number is `increment_id`.
    pub key: RunKey,
    /// The template that it was launched from, which may be gone.
    pub template: TemplateKey,
    /// The version of the template.
    pub version: VersionKey,
    /// What happens in it.
    pub run: Run,
    /// What is said of it.
    pub about: About,
    /// What is stored beside each task, in their order.
    pub tasks: Vec<TaskRecord>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change of the process or of one of its tasks.
    pub revision: i64,
}

/// What is said of a process, and nothing depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Notes, at most 2,000 characters.
    pub summary: Option<String>,
    /// Whether it stands out in lists.
    pub starred: bool,
    /// Whether guests on it may see all of it.
    pub is_public: bool,
    /// Fields that they may not.
    pub publicly_hidden_fields: Vec<FieldId>,
}

/// What is stored beside the state of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// Where it is stored.
    pub key: TaskKey,
    /// The title as people read it, with its variables replaced.
    pub title: String,
    /// The same of the text; `None` where no variable is in it.
    pub summary: Option<String>,
    /// The guest who completed it.
    pub completer_code: Option<GuestCode>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change.
    pub revision: i64,
}

/// A process as lists show it: everything but its tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// Where it is stored.
    pub key: RunKey,
    /// What it was launched from.
    pub snapshot: Arc<Snapshot>,
    /// Its state without its tasks.
    pub head: RunState,
    /// What is said of it.
    pub about: About,
    /// Where it stands.
    pub status: RunStatus,
    /// How far it has come.
    pub progress: RunProgress,
    /// Whether an issue is open anywhere in it.
    pub has_open_issue: bool,
    /// The tasks whose deadlines have passed.
    pub late_tasks: usize,
    /// The earliest deadline of the open tasks.
    pub first_deadline: Option<Timestamp>,
    /// The latest deadline of the tasks that can be seen.
    pub due_date: Option<Timestamp>,
    /// The members on its tasks, by id.
    pub collaborators: Vec<MemberId>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change.
    pub revision: i64,
}

/// What a task shows of its process.
#[derive(Debug, Clone, PartialEq)]
pub struct RunHead {
    /// Where the process is stored.
    pub key: RunKey,
    /// The public id.
    pub id: RunId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: RunStatus,
    /// Who launched it.
    pub launcher: MemberId,
    /// When.
    pub launched_at: Timestamp,
    /// Set while it is archived.
    pub archived_at: Option<Timestamp>,
    /// What it was launched from.
    pub snapshot: Arc<Snapshot>,
}

impl RunHead {
    /// The template.
    pub fn template(&self) -> TemplateId {
        self.snapshot.blueprint().template
    }
}

/// A task of a process as it is shown by itself and in lists.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskOfRun {
    /// Its process.
    pub run: Arc<RunHead>,
    /// Its place among the process's tasks, from 0.
    pub place: usize,
    /// Its state.
    pub task: RunTask,
    /// What is stored beside.
    pub record: TaskRecord,
    /// Where everyone must complete: how many parts there are
    /// ([`RunTask::all_parts`]).
    pub required: usize,
}

impl TaskOfRun {
    /// What its step says, or what it brought along.
    pub fn step(&self) -> Option<&Step> {
        self.run.snapshot.step_at(self.place, &self.task.origin)
    }

    /// The text as people read it.
    pub fn summary(&self) -> Option<&str> {
        if let Some(rendered) = &self.record.summary {
            return Some(rendered);
        }
        match &self.task.summary {
            Some(summary) => Some(summary.as_str()).filter(|summary| !summary.is_empty()),
            None => self.step()?.summary.as_deref(),
        }
    }

    /// Whether it can be completed now, apart from who asks and what is missing.
    pub fn is_completable(&self) -> bool {
        let free = !matches!(self.run.status, RunStatus::Archived | RunStatus::Issue);
        free && self.task.is_completable()
    }
}

impl Process {
    /// The process without its tasks.
    pub fn overview(&self, now: Timestamp, directory: &Directory) -> Overview {
        let run = &self.run;
        let state = run.state();
        let mut named = BTreeSet::new();
        let mut groups = BTreeSet::new();
        for task in state.tasks.iter().filter(|task| !task.visibility.hidden) {
            named.extend(task.assignees.people.users().iter().copied().chain(task.assignees.chaperone));
            groups.extend(task.assignees.people.groups());
        }
        // Each group once, on however many tasks it is.
        named.extend(People::of_groups(groups).expanded(directory).users());
        let open = state.tasks.iter().filter(|task| task.is_open());
        Overview {
            key: self.key,
            snapshot: Arc::clone(run.snapshot()),
            head: run.head(),
            about: self.about.clone(),
            status: run.status(),
            progress: run.progress(),
            has_open_issue: run.has_open_issue(),
            late_tasks: run.late_tasks(now),
            first_deadline: open.filter_map(|task| task.due.at()).min(),
            due_date: run.due_date(),
            collaborators: named.into_iter().collect(),
            updated_at: self.updated_at,
            revision: self.revision,
        }
    }

    /// What its tasks show of it.
    pub fn run_head(&self) -> Arc<RunHead> {
        let state = self.run.state();
        Arc::new(RunHead {
            key: self.key,
            id: state.id,
            name: state.name.clone(),
            status: self.run.status(),
            launcher: state.launcher,
            launched_at: state.launched_at,
            archived_at: state.archived_at,
            snapshot: Arc::clone(self.run.snapshot()),
        })
    }

    /// The task at a place, with what it shows of the process.
    pub fn task_at(&self, place: usize, head: &Arc<RunHead>, directory: &Directory) -> Option<TaskOfRun> {
        let task = self.run.state().tasks.get(place)?.clone();
        let everyone = self.run.step_of(place).is_some_and(Step::needs_everyone);
        Some(TaskOfRun {
            run: Arc::clone(head),
            place,
            required: if everyone { task.all_parts(directory) } else { 0 },
            task,
            record: self.tasks.get(place)?.clone(),
        })
    }

    /// Whether a member may know of it. To whoever may not it does not exist.
    /// Those who are on one of its tasks always may.
    pub fn is_visible_to(&self, actor: Actor, directory: &Directory) -> bool {
        let state = self.run.state();
        if actor.role == Role::Admin || [state.owner, state.launcher].contains(&actor.id) {
            return true;
        }
        let person = Person::Member(actor.id);
        if state.access.is_empty() {
            if actor.role != Role::Light {
                return true;
            }
        } else if state.access.expanded(directory).has(&person) {
            return true;
        }
        state.tasks.iter().any(|task| task.assignees.has(&person, directory))
    }
}
