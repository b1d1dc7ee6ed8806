//! What can be asked for beside a process with `with=` (`wire.md` 1.10).

use hospes_model::StageId;
use hospes_model::member::{Actor, Role};
use hospes_model::run::{Overview, TaskOfRun};
use hospes_model::value_id::Form;
use hospes_model::workflow::{RunTask, Status};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Beside, forms};
use crate::assets::Asset;
use crate::comments::{Place, Thread};
use crate::envelope::{Collection, Item};
use crate::members::EmptyInclude;
use crate::tasks::form_fields::{self, FormFieldEntry, FormFields};
use crate::tasks::of_run::ChecklistOfRun;
use crate::tasks::{self, Task};

/// The tasks of a process, as far as they can be seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunTasks<'a> {
    /// In their order.
    pub data: Vec<Task<'a>>,
}

/// How many tasks of a process stand where.
#[derive(Debug, Serialize, ToSchema)]
pub struct TasksMeta {
    /// Tasks that can be seen.
    pub total: usize,
    /// Of these: done.
    pub completed: usize,
    /// Of these: open, and their start has come.
    pub in_progress: usize,
    /// Of these: open, and their start lies ahead.
    pub not_started: usize,
    /// Of these: open, and their deadline has passed.
    pub overdue: usize,
    /// Of these: with an open issue or a stopped loop of rules.
    pub with_problems: usize,
    /// Hidden tasks, which are not in `total`.
    pub auto_skipped: usize,
}

/// What the caller may do to a process beside reading it.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that one may do or not")]
#[derive(Debug, Serialize, ToSchema)]
pub struct RunPermissions {
    /// Change it and its tasks.
    pub can_update: bool,
    /// Say who may see it, and change its notes.
    pub can_share: bool,
    /// Archive it and bring it back.
    pub can_archive: bool,
    /// Delete it once it is archived.
    pub can_delete: bool,
}

/// A milestone.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageOfRun {
    /// The milestone's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: StageId,
    /// Its place, from 1.
    pub position: usize,
}

/// What was asked for beside a process.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RunIncludes<'a> {
    /// Only with `with=checklist`: the template as it was at the launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub checklist: Option<Item<ChecklistOfRun<'a>>>,
    /// Only with `with=tasks`: those that are not hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tasks: Option<RunTasks<'a>>,
    /// Only with `with=next_task`: the open task with the earliest deadline, or
    /// nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub next_task: Option<RunTasks<'a>>,
    /// Only with `with=tasks_meta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tasks_meta: Option<Item<TasksMeta>>,
    /// Only with `with=permissions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub permissions: Option<Item<RunPermissions>>,
    /// Only with `with=ko_form_fields`: the fields of the kick-off form with
    /// their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub ko_form_fields: Option<FormFields<'a>>,
    /// Only with `with=form_fields`: the fields of all tasks with their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub form_fields: Option<FormFields<'a>>,
    /// Only with `form_fields_values=true`: all values of all forms, by the
    /// fields' ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub form_fields_values: Option<Map<String, Value>>,
    /// Only with `with=stages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub stages: Option<Collection<StageOfRun>>,
    /// Only with `with=threads`, when one process is read: comments and issues
    /// about the process as a whole, the oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub threads: Option<Collection<Thread<'a>>>,
    /// Only with `with=tags`; there are no tags yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tags: Option<EmptyInclude>,
    /// Only with `with=assets`: the files that belong to them
    /// and are not archived, at most the newest 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub assets: Option<Collection<Asset<'a>>>,
    /// Only with `with=folders`; there are no folders yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub folders: Option<EmptyInclude>,
    /// Only with `with=member_watchers`; nobody can watch yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub member_watchers: Option<EmptyInclude>,
    /// Only with `with=guest_watchers`; nobody can watch yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub guest_watchers: Option<EmptyInclude>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Includes {
    bits: u32,
    /// The includes of the tasks inside.
    tasks: tasks::Includes,
}

/// The includes, in the order of their bits.
const INCLUDES: [&str; 15] = [
    "checklist",
    "tasks",
    "next_task",
    "tasks_meta",
    "permissions",
    "ko_form_fields",
    "form_fields",
    "form_fields_values",
    "stages",
    "tags",
    "assets",
    "folders",
    "member_watchers",
    "guest_watchers",
    "threads",
];

impl Includes {
    /// Reads the text of `with`. Unknown names are harmless.
    pub fn parse(with: &str) -> Self {
        let mut includes = Self { bits: 0, tasks: tasks::Includes::inside(with, "tasks") };
        for name in with.split(',') {
            let name = name.trim().split('.').next().unwrap_or_default();
            // That one is a switch of its own.
            if name != "form_fields_values" {
                includes = includes.and(name);
            }
        }
        includes
    }

    /// With the values of all forms (`form_fields_values=true`).
    #[must_use]
    pub fn with_values(self, wanted: bool) -> Self {
        if wanted { self.and("form_fields_values") } else { self }
    }

    fn and(self, name: &str) -> Self {
        let bit = INCLUDES.iter().position(|include| *include == name).map_or(0, |place| 1 << place);
        Self { bits: self.bits | bit, ..self }
    }

    fn has(self, name: &str) -> bool {
        INCLUDES.iter().position(|include| *include == name).is_some_and(|at| self.bits & (1 << at) != 0)
    }

    /// What was asked for of the tasks inside.
    pub fn of_tasks(self) -> tasks::Includes {
        self.tasks
    }

    /// Whether comments about the process were asked for.
    pub fn has_comments(self) -> bool {
        self.has("threads")
    }

    /// Whether files were asked for.
    pub fn has_assets(self) -> bool {
        self.has("assets")
    }

    /// Whether the tasks of the process must be read for it.
    pub fn need_tasks(self) -> bool {
        ["tasks", "next_task", "tasks_meta", "form_fields", "form_fields_values"]
            .into_iter()
            .any(|name| self.has(name))
    }
}

impl<'a> RunIncludes<'a> {
    pub(super) fn new(
        overview: &'a Overview,
        beside: Beside<'a>,
        now: Timestamp,
        includes: Includes,
    ) -> Self {
        let Beside { tasks, viewer, discussions, comments, .. } = beside;
        let seen = || tasks.iter().filter(|of| !of.task.visibility.hidden);
        let entry = |of: &'a TaskOfRun| {
            let task = Task::of_run(of, now, includes.tasks);
            task.with_comments(of.record.key, discussions, includes.tasks)
        };
        let place = Place { run: Some(overview.head.id), ..Place::default() };
        let blueprint = overview.snapshot.blueprint();
        let empty = |name| includes.has(name).then(EmptyInclude::default);
        let stages = || {
            let stage = |(place, id): (usize, &StageId)| StageOfRun { id: *id, position: place + 1 };
            Collection { data: blueprint.stages.iter().enumerate().map(stage).collect() }
        };
        Self {
            checklist: includes.has("checklist").then(|| Item::new(ChecklistOfRun::new(&overview.snapshot))),
            tasks: includes.has("tasks").then(|| RunTasks { data: seen().map(entry).collect() }),
            next_task: includes
                .has("next_task")
                .then(|| RunTasks { data: next_by_deadline(tasks).into_iter().map(entry).collect() }),
            tasks_meta: includes.has("tasks_meta").then(|| Item::new(TasksMeta::new(tasks, now))),
            permissions: includes
                .has("permissions")
                .then(|| Item::new(RunPermissions::new(overview, viewer))),
            ko_form_fields: includes
                .has("ko_form_fields")
                .then(|| FormFields { data: prerun_values(overview).collect() }),
            form_fields: includes
                .has("form_fields")
                .then(|| FormFields { data: tasks.iter().flat_map(task_values).collect() }),
            form_fields_values: includes.has("form_fields_values").then(|| all_values(overview, tasks)),
            stages: includes.has("stages").then(stages),
            threads: comments.filter(|_| includes.has("threads")).map(|list| Thread::list(list, place)),
            tags: empty("tags"),
            assets: beside.assets.filter(|_| includes.has("assets")).map(|(assets, org)| Collection {
                data: assets.iter().map(|asset| Asset::new(asset, org)).collect(),
            }),
            folders: empty("folders"),
            member_watchers: empty("member_watchers"),
            guest_watchers: empty("guest_watchers"),
        }
    }
}

/// The open task whose deadline comes first; those without come last.
fn next_by_deadline(tasks: &[TaskOfRun]) -> Option<&TaskOfRun> {
    let key = |task: &RunTask| (task.due.at().is_none(), task.due.at());
    tasks.iter().filter(|of| of.task.is_open()).min_by_key(|of| key(&of.task))
}

/// The values of the kick-off form, named by their ids.
fn prerun_values(overview: &Overview) -> impl Iterator<Item = FormFieldEntry<'_>> {
    let fields = &overview.snapshot.blueprint().prerun;
    let entries = form_fields::of_form(fields, Form::Prerun(overview.key), &overview.head.prerun);
    entries.zip(fields).map(|(entry, field)| entry.as_value(field.id(), None))
}

/// The values of a task, named by their ids.
fn task_values(of: &TaskOfRun) -> impl Iterator<Item = FormFieldEntry<'_>> {
    let fields = of.step().map_or(&[][..], |step| &step.captures);
    let entries = form_fields::of_form(fields, Form::Task(of.record.key), &of.task.answers);
    entries.zip(fields).map(|(entry, field)| entry.as_value(field.id(), Some(of.task.id)))
}

fn all_values(overview: &Overview, tasks: &[TaskOfRun]) -> Map<String, Value> {
    let mut all = forms::write_form(&overview.snapshot.blueprint().prerun, &overview.head.prerun);
    for of in tasks {
        let fields = of.step().map_or(&[][..], |step| &step.captures);
        all.extend(forms::write_form(fields, &of.task.answers));
    }
    all
}

impl TasksMeta {
    fn new(tasks: &[TaskOfRun], now: Timestamp) -> Self {
        let count = |fits: fn(&RunTask, Timestamp) -> bool| {
            let seen = tasks.iter().filter(|of| !of.task.visibility.hidden);
            seen.filter(|of| fits(&of.task, now)).count()
        };
        Self {
            total: count(|_, _| true),
            completed: count(|task, _| task.completion.is_some()),
            in_progress: count(|task, now| task.status(now) == Status::InProgress),
            not_started: count(|task, now| task.status(now) == Status::NotStarted),
            overdue: count(RunTask::is_late),
            with_problems: count(|task, _| !task.issues.is_empty() || task.stopped_rule.is_some()),
            auto_skipped: tasks.iter().filter(|of| of.task.visibility.hidden).count(),
        }
    }
}

impl RunPermissions {
    fn new(overview: &Overview, viewer: Actor) -> Self {
        let manages = viewer.role != Role::Light;
        let is_archived = overview.head.archived_at.is_some();
        Self {
            can_update: manages && !is_archived,
            can_share: manages && !is_archived && may_share(&overview.head, viewer),
            can_archive: manages,
            can_delete: viewer.role == Role::Admin && is_archived,
        }
    }
}

/// Whether a member may say who sees a process, and change its notes:
/// administrators, its owner, whoever launched it.
pub(super) fn may_share(head: &hospes_model::workflow::RunState, viewer: Actor) -> bool {
    viewer.role == Role::Admin || [head.owner, head.launcher].contains(&viewer.id)
}

/// All that was filled in in a process, and what was not.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunFormFields<'a> {
    /// The fields of all tasks, in the order of the tasks.
    pub form_fields: Vec<FormFieldEntry<'a>>,
    /// The fields of the kick-off form.
    pub ko_form_fields: Vec<FormFieldEntry<'a>>,
}

impl<'a> RunFormFields<'a> {
    /// The values of a process.
    pub fn new(overview: &'a Overview, tasks: &'a [TaskOfRun]) -> Self {
        Self {
            form_fields: tasks.iter().flat_map(task_values).collect(),
            ko_form_fields: prerun_values(overview).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_read_and_unknown_ones_are_harmless() {
        let includes = Includes::parse("checklist, tags,tasks.threads,prerun,form_fields_values");
        assert!(includes.has("checklist") && includes.has("tags") && includes.has("tasks"));
        assert!(!includes.has("form_fields_values") && includes.with_values(true).has("form_fields_values"));
        assert!(includes.need_tasks() && !Includes::parse("checklist").need_tasks());
        assert_eq!(includes.tasks, tasks::Includes::parse("threads"));
        assert!(Includes::default().with_values(true).need_tasks());
    }
}
