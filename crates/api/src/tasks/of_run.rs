//! Tasks of processes in the shape that all tasks have.

use std::collections::BTreeMap;

use hospes_model::run::{Process, RunHead, TaskOfRun};
use hospes_model::task::TaskType;
use hospes_model::value_id::Form;
use hospes_model::workflow::{Direction, Origin, Person, RunTask, Step, StepBase};
use hospes_model::{GroupId, MemberId, RunId, StepId, TaskId, TemplateId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;

use super::form_fields::{self, FormFieldEntry, FormFields};
use super::{EmptyIncludes, Includes, Owners, Progress, Task};
use crate::envelope::Item;
use crate::moments;
use crate::runs::forms;

/// A process in short, as its tasks show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunOfTask<'a> {
    /// The process's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: RunId,
    /// The process's number in the organization.
    pub increment_id: i64,
    /// Its name.
    pub name: &'a str,
    /// Where it stands: `active`, `complete`, `problem`, `issue` or `archived`.
    pub status: &'static str,
    /// The template that it was launched from.
    #[schema(value_type = String)]
    pub checklist_id: TemplateId,
    /// The template's title at the launch.
    pub checklist_title: &'a str,
    /// The member who launched it.
    #[schema(value_type = i64)]
    pub started_by: MemberId,
    /// When it was launched.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The same.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Set while it is archived.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// Only with `with=run.checklist`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub checklist: Option<Item<ChecklistOfRun<'a>>>,
}

/// The process of a task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum RunInclude<'a> {
    /// With `with=run`.
    Asked(Box<Item<RunOfTask<'a>>>),
    /// In the answer to `separate_task_for_each_assignee`, unless it was asked
    /// for.
    Bare(Box<RunOfTask<'a>>),
}

impl<'a> RunInclude<'a> {
    fn new(head: &'a RunHead, includes: Includes) -> Option<Self> {
        let run = || RunOfTask::new(head, includes);
        if includes.has("run") {
            return Some(Self::Asked(Box::new(Item::new(run()))));
        }
        includes.has("run.bare").then(|| Self::Bare(Box::new(run())))
    }
}

/// A template in short, as it was when the process was launched.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChecklistOfRun<'a> {
    /// The template's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: TemplateId,
    /// Its title.
    pub title: &'a str,
    /// `procedure`, `form` or `document`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How many steps it had.
    pub steps_count: usize,
}

/// A step as it was when the process was launched.
#[expect(clippy::struct_excessive_bools, reason = "the published clients read these switches")]
#[derive(Debug, Serialize, ToSchema)]
pub struct StepOfTask<'a> {
    /// The step's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: StepId,
    /// The template.
    #[schema(value_type = String)]
    pub checklist_id: TemplateId,
    /// Another name, never changed.
    pub alias: &'a str,
    /// The title with its variables.
    pub title: &'a str,
    /// The text with its variables.
    pub summary: Option<&'a str>,
    /// `task`, `approval`, `expiring`, `email` or `expiring_email`.
    pub step_type: &'static str,
    /// Its place, from 1.
    pub position: usize,
    /// At most so many assignees; 0 for any number.
    pub max_assignable: u32,
    /// Whether each assignee has a part of their own to complete.
    pub everyone_must_complete: bool,
    /// Whether only assignees and administrators may complete it.
    pub can_complete_only_assignees: bool,
    /// Whether guests may not comment.
    pub prevent_guest_comment: bool,
    /// Whether the launcher is put on it when nobody else is.
    pub assign_run_starter: bool,
    /// Ids of the members whom the template puts on it.
    #[schema(value_type = Vec<i64>)]
    pub assignees: &'a [MemberId],
    /// Addresses of the guests whom the template puts on it.
    pub guests: Vec<&'a str>,
    /// Ids of the groups that the template puts on it.
    #[schema(value_type = Vec<String>)]
    pub groups: &'a [GroupId],
    /// What it asks for.
    pub captures: Vec<FormFieldEntry<'a>>,
}

/// What became of a task that rules changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedTask {
    /// The task's id, 32 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// The title.
    pub title: String,
    /// The place of the task in its process, from 1.
    pub position: usize,
    /// `not-started`, `in-progress`, `completed` or `auto-skipped`.
    pub status: &'static str,
    /// The status for people.
    pub status_label: &'static str,
    /// Until when it should be done.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
}

impl<'a> ChecklistOfRun<'a> {
    /// What a process was launched from.
    pub fn new(snapshot: &'a hospes_model::workflow::Snapshot) -> Self {
        let blueprint = snapshot.blueprint();
        Self {
            id: blueprint.template,
            title: &blueprint.title,
            kind: blueprint.kind.as_str(),
            steps_count: blueprint.steps.len(),
        }
    }
}

impl<'a> StepOfTask<'a> {
    fn new(of: &'a TaskOfRun, step: &'a Step) -> Self {
        let form = Form::Task(of.record.key);
        Self {
            id: step.id,
            checklist_id: of.run.template(),
            alias: &step.alias,
            title: &step.title,
            summary: step.summary.as_deref(),
            step_type: step.task_type.as_str(),
            position: of.place + 1,
            max_assignable: step.max_assignable,
            everyone_must_complete: step.everyone_must_complete,
            can_complete_only_assignees: step.can_complete_only_assignees,
            prevent_guest_comment: step.prevent_guest_comment,
            assign_run_starter: step.assign_run_starter,
            assignees: step.people.users(),
            guests: step.people.guests().iter().map(hospes_model::EmailAddress::as_str).collect(),
            groups: step.people.groups(),
            captures: form_fields::of_form(&step.captures, form, &of.task.answers).collect(),
        }
    }
}

impl<'a> RunOfTask<'a> {
    fn new(head: &'a RunHead, includes: Includes) -> Self {
        Self {
            id: head.id,
            increment_id: head.key.sequence(),
            name: &head.name,
            status: head.status.as_str(),
            checklist_id: head.template(),
            checklist_title: &head.snapshot.blueprint().title,
            started_by: head.launcher,
            created_at: head.launched_at,
            started_at: head.launched_at,
            archived_at: head.archived_at,
            checklist: includes.has("run.checklist").then(|| Item::new(ChecklistOfRun::new(&head.snapshot))),
        }
    }
}

/// When a task came into being: with the process, or when it was added.
fn created_at(of: &TaskOfRun) -> Timestamp {
    match of.task.origin {
        Origin::Step(_) => of.run.launched_at,
        Origin::Added(_) => i64::try_from(of.task.id.millis())
            .ok()
            .and_then(|millis| Timestamp::from_millisecond(millis).ok())
            .unwrap_or(of.run.launched_at),
    }
}

/// Who is on a task of a process, the member whom the server added too.
fn owners(task: &RunTask) -> Owners<'_> {
    let people = &task.assignees.people;
    let mut users = people.users().to_vec();
    if let Some(chaperone) = task.assignees.chaperone.filter(|id| !users.contains(id)) {
        users.push(chaperone);
    }
    Owners {
        users,
        guests: people.guests().iter().map(hospes_model::EmailAddress::as_str).collect(),
        groups: people.groups().to_vec(),
        task_urls: [],
    }
}

/// Whether other steps have no deadline before this one is done.
fn is_waited_for(of: &TaskOfRun) -> bool {
    let Origin::Step(id) = &of.task.origin else { return false };
    of.run.snapshot.steps().iter().any(|step| {
        let deadline = step.deadline.filter(|deadline| deadline.direction == Direction::From);
        deadline.is_some_and(|deadline| deadline.base == StepBase::Step(*id))
    })
}

impl<'a> Task<'a> {
    /// A task of a process as it stands at `now`, with what was asked for.
    pub fn of_run(of: &'a TaskOfRun, now: Timestamp, includes: Includes) -> Self {
        let (task, step, run) = (&of.task, of.step(), &*of.run);
        let is_step = matches!(task.origin, Origin::Step(_));
        let completer = task.completion.as_ref().and_then(|completion| completion.by.as_ref());
        let captures = step.map_or(&[][..], |step| &step.captures);
        let flag = |read: fn(&Step) -> bool| step.is_some_and(read);
        Self {
            id: task.id,
            increment_id: of.record.key.sequence(),
            title: &of.record.title,
            original_title: task.title.as_deref().or(step.map(|step| &*step.title)).unwrap_or_default(),
            summary: includes.has("summary").then(|| of.summary()),
            run_id: Some(run.id),
            checklist_id: Some(run.template()),
            step_id: step.filter(|_| is_step).map(|step| step.id),
            linked_step_id: None,
            stage_id: step.and_then(|step| step.stage),
            run_status: Some(run.status.as_str()),
            blueprint_position: is_step.then_some(of.place + 1),
            alias: match step.filter(|_| is_step) {
                Some(step) => step.alias.clone(),
                None => format!("task-{}", of.record.key.sequence()),
            },
            status: task.status(now).as_str(),
            status_label: task.status_label(now),
            task_type: step.map_or(TaskType::Task, |step| step.task_type).as_str(),
            is_oneoff_task: false,
            is_completable: of.is_completable(),
            is_approved: task.is_approved(),
            allow_guest_owners: true,
            owners: owners(task),
            position: i64::try_from(of.place).unwrap_or(i64::MAX).saturating_add(1),
            started_at: task.started_at,
            is_soft_start_date: flag(|step| step.is_soft_start_date),
            deadline: task.due.at(),
            created_at: created_at(of),
            last_updated: of.record.updated_at,
            completed_at: task.completion.as_ref().map(|completion| completion.at),
            archived_at: run.archived_at,
            deleted_at: run.archived_at,
            starter_id: run.launcher,
            completer_id: match completer {
                Some(Person::Member(id)) => Some(*id),
                _ => None,
            },
            completer_guest_id: of.record.completer_code.as_ref().map(hospes_model::GuestCode::as_str),
            completer_guest: match completer {
                Some(Person::Guest(email)) => Some(email.as_str()),
                _ => None,
            },
            everyone_must_complete: flag(|step| step.everyone_must_complete),
            completion_progress: flag(Step::needs_everyone)
                .then_some(Progress { complete: task.parts.len(), total: of.required }),
            can_complete_only_assignees: flag(|step| step.can_complete_only_assignees),
            max_assignable: step.map_or(0, |step| i64::from(step.max_assignable)),
            webhook: step.and_then(|step| step.webhook.as_deref()),
            top_secret: false,
            prevent_guest_comment: flag(|step| step.prevent_guest_comment),
            problem: !task.issues.is_empty() || task.stopped_rule.is_some(),
            has_deadline_dependent_child_tasks: is_waited_for(of),
            custom_fields: [],
            taskdata: Some(if task.answers.is_empty() && captures.is_empty() {
                Map::new()
            } else {
                forms::write_form(captures, &task.answers)
            }),
            form_fields: includes.has("form_fields").then(|| FormFields {
                data: form_fields::of_form(captures, Form::Task(of.record.key), &task.answers).collect(),
            }),
            run: RunInclude::new(run, includes),
            step: step.filter(|_| includes.has("step")).map(|step| Item::new(StepOfTask::new(of, step))),
            ko_form_fields: None,
            tasks_changed_by_rules: None,
            activities: None,
            assets: None,
            threads: None,
            comments: None,
            issues: None,
            threads_count: None,
            empty: EmptyIncludes::new(includes),
        }
    }

    /// With what only the whole process knows: its kick-off form, where that
    /// was asked for.
    #[must_use]
    pub fn within(mut self, process: &'a Process, includes: Includes) -> Self {
        self.ko_form_fields = includes.has("ko-form-fields").then(|| FormFields {
            data: form_fields::of_form(
                process.run.prerun_fields(),
                Form::Prerun(process.key),
                &process.run.state().prerun,
            )
            .collect(),
        });
        self
    }

    /// With the tasks that rules changed, as the answers to completing and
    /// reopening have them. The task itself is left out: it is the answer.
    #[must_use]
    pub fn with_changed(mut self, process: &Process, changed: &[TaskId], now: Timestamp) -> Self {
        let others = changed.iter().copied().filter(|id| *id != self.id);
        let changed: BTreeMap<TaskId, ChangedTask> =
            others.filter_map(|id| Some((id, ChangedTask::new(process, id, now)?))).collect();
        self.tasks_changed_by_rules = Some(changed);
        self
    }
}

impl ChangedTask {
    fn new(process: &Process, id: TaskId, now: Timestamp) -> Option<Self> {
        let place = process.run.place(id)?;
        let task = process.run.task(id)?;
        Some(Self {
            id,
            title: process.tasks.get(place)?.title.clone(),
            position: place + 1,
            status: task.status(now).as_str(),
            status_label: task.status_label(now),
            deadline: task.due.at(),
        })
    }
}
