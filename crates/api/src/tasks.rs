//! Tasks on the wire (`wire.md` 2.4): one-off tasks here, those of processes in
//! [`of_run`], both in the same shape. What callers send is read in
//! [`request`] and [`of_run_request`]; the shapes of form values are in
//! [`values`].

pub mod form_fields;
mod includes;
pub mod of_run;
pub mod of_run_request;
pub mod request;
pub mod values;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hospes_model::activity::Entry;
use hospes_model::asset;
use hospes_model::comment::Comment;
use hospes_model::task::{self, Completer};
use hospes_model::{GroupId, MemberId, OrgId, RunId, StageId, StepId, TaskId, TaskKey, TemplateId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::activity::{Activity, Place};
use crate::assets::Asset;
use crate::comments::{self, Thread};
use crate::envelope::{Collection, Item};
use crate::members::EmptyInclude;
use crate::moments;

pub use form_fields::{ColumnEntry, FormFieldEntry, FormFields, OptionEntry};
pub use includes::Includes;
pub use of_run::{ChangedTask, RunInclude, RunOfTask, StepOfTask};
pub use request::{CompleteTaskBody, CreateTaskBody, UpdateTaskBody};

/// A task, one-off or of a process: the union of what the published clients
/// read. On one-off tasks what belongs to processes is null or false.
#[expect(clippy::struct_excessive_bools, reason = "the published clients read these switches")]
#[derive(Debug, Serialize, ToSchema)]
pub struct Task<'a> {
    /// The task's id, 32 hexadecimal digits.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: TaskId,
    /// The task's number in the organization, in the order of creation.
    pub increment_id: i64,
    /// The title.
    pub title: &'a str,
    /// The title as the step has it, with its variables; of one-off tasks the
    /// same.
    pub original_title: &'a str,
    /// What is to be done. In lists only with `with=summary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub summary: Option<Option<&'a str>>,
    /// The process that it belongs to.
    #[schema(value_type = Option<String>)]
    pub run_id: Option<RunId>,
    /// The template of the process.
    #[schema(value_type = Option<String>)]
    pub checklist_id: Option<TemplateId>,
    /// The step that it was made from; null for one-off tasks and tasks added
    /// to a process.
    #[schema(value_type = Option<String>)]
    pub step_id: Option<StepId>,
    /// Always null.
    pub linked_step_id: Option<&'a str>,
    /// The milestone that its step belongs to.
    #[schema(value_type = Option<String>)]
    pub stage_id: Option<StageId>,
    /// Where its process stands.
    pub run_status: Option<&'static str>,
    /// The place of its step in the template, from 1.
    pub blueprint_position: Option<usize>,
    /// A name for programs that never changes.
    #[schema(example = "task-12")]
    pub alias: String,
    /// `not-started`, `in-progress`, `completed` or, for hidden tasks of
    /// processes, `auto-skipped`.
    pub status: &'static str,
    /// The status for people; it also tells the verdict of an approval.
    #[schema(example = "Active")]
    pub status_label: &'static str,
    /// `task`, `approval`, `expiring`, `email` or `expiring_email`.
    pub task_type: &'static str,
    /// Whether it belongs to no process.
    pub is_oneoff_task: bool,
    /// Whether it can be completed now: neither complete, hidden nor archived,
    /// and no issue is in the way.
    pub is_completable: bool,
    /// The verdict; null after a reopening.
    pub is_approved: Option<bool>,
    /// Always true.
    pub allow_guest_owners: bool,
    /// Who is on it.
    pub owners: Owners<'a>,
    /// A number that lists can be sorted by.
    pub position: i64,
    /// From when on it is meant to be worked on.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Whether the start is only advice.
    pub is_soft_start_date: bool,
    /// Until when it should be done.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// When it was created.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
    /// Set while the task is complete.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Set while the task is archived.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// The same as `archived_at`, under its other name.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    /// The member who created it.
    #[schema(value_type = i64)]
    pub starter_id: MemberId,
    /// The member who completed it.
    #[schema(value_type = Option<i64>)]
    pub completer_id: Option<MemberId>,
    /// The code of the guest who completed it.
    pub completer_guest_id: Option<&'a str>,
    /// The address of the guest who completed it.
    pub completer_guest: Option<&'a str>,
    /// Whether each assignee has a part of their own to complete.
    pub everyone_must_complete: bool,
    /// How many parts are done; null unless everyone must complete.
    pub completion_progress: Option<Progress>,
    /// Whether only assignees and administrators may complete it.
    pub can_complete_only_assignees: bool,
    /// At most so many assignees; 0 for any number.
    pub max_assignable: i64,
    /// Where its completion is to be announced.
    pub webhook: Option<&'a str>,
    /// Whether only assignees, the starter and administrators may know of it.
    pub top_secret: bool,
    /// Whether guests may not comment.
    pub prevent_guest_comment: bool,
    /// Whether an issue is open, or a loop of rules was stopped here.
    pub problem: bool,
    /// Whether deadlines of other steps are counted from this one.
    pub has_deadline_dependent_child_tasks: bool,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: [(); 0],
    /// What was filled in, by the fields' ids. Of one-off tasks in the answer
    /// to an update only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub taskdata: Option<Map<String, Value>>,
    /// Only with `with=form_fields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub form_fields: Option<FormFields<'a>>,
    /// Of tasks of processes, with `with=run`: the process in short. The answer
    /// to `separate_task_for_each_assignee` has it unasked, and then bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub run: Option<RunInclude<'a>>,
    /// Of tasks of processes, with `with=step`: the step, or what an added task
    /// brought along.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub step: Option<Item<StepOfTask<'a>>>,
    /// Of single tasks of processes, with `with=ko-form-fields`: the fields of
    /// the kick-off form.
    #[serde(rename = "ko-form-fields", skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub ko_form_fields: Option<FormFields<'a>>,
    /// In the answers to completing and reopening a task of a process: the
    /// tasks that rules changed, by their ids. The task itself is not among
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = HashMap<String, ChangedTask>, required = false, nullable = false)]
    pub tasks_changed_by_rules: Option<BTreeMap<TaskId, ChangedTask>>,
    /// Of tasks that are read by themselves and in the list of a process, with
    /// `with=activities`: the newest rows of the activity feed about the task,
    /// the newest first, at most 100, in the list 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub activities: Option<Collection<Activity<'a>>>,
    /// Only with `with=assets`: the files that were uploaded for their fields and are not archived, at most
    /// the newest 1000 of a process.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub assets: Option<Collection<Asset<'a>>>,
    /// Only with `with=threads`: comments, issues and what resolved them, the
    /// oldest first; of more than 1,000 the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub threads: Option<Collection<Thread<'a>>>,
    /// The same, with `with=comments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub comments: Option<Collection<Thread<'a>>>,
    /// Only with `with=issues`: those of them that are issues, open or resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub issues: Option<Collection<Thread<'a>>>,
    /// Only with `with=threads_count`: how many `threads` there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub threads_count: Option<i64>,
    /// Includes of what does not exist yet, each with an empty list.
    #[serde(flatten)]
    pub empty: EmptyIncludes,
}

/// Includes whose lists are empty until there is something to be in them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct EmptyIncludes {
    /// Only with `with=tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tags: Option<EmptyInclude>,
    /// Only with `with=folders`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub folders: Option<EmptyInclude>,
    /// Only with `with=roles`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub roles: Option<EmptyInclude>,
    /// Only with `with=member_watchers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub member_watchers: Option<EmptyInclude>,
    /// Only with `with=guest_watchers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub guest_watchers: Option<EmptyInclude>,
}

impl EmptyIncludes {
    fn new(includes: Includes) -> Self {
        Self {
            tags: includes.empty("tags"),
            folders: includes.empty("folders"),
            roles: includes.empty("roles"),
            member_watchers: includes.empty("member_watchers"),
            guest_watchers: includes.empty("guest_watchers"),
        }
    }
}

/// Who is on a task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskOwners)]
pub struct Owners<'a> {
    /// Ids of members, apart from those who are only in the groups.
    #[schema(value_type = Vec<i64>)]
    pub users: Vec<MemberId>,
    /// Addresses of guests, apart from those who are only in the groups.
    pub guests: Vec<&'a str>,
    /// Ids of groups: everybody who is in one of them today is on the task.
    #[schema(value_type = Vec<String>)]
    pub groups: Vec<GroupId>,
    /// Always empty.
    #[serde(rename = "taskUrls")]
    #[schema(value_type = Vec<String>)]
    pub task_urls: [(); 0],
}

/// How many of the required parts are done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompletionProgress)]
pub struct Progress {
    /// Parts that are done.
    pub complete: usize,
    /// Parts that are required.
    pub total: usize,
}

/// What was written about some tasks, and their files, as far as that was asked for.
#[derive(Debug, Clone, Default)]
pub struct Discussions {
    /// By task, the oldest first.
    pub comments: HashMap<TaskKey, Vec<Comment>>,
    /// How many there are.
    pub counts: HashMap<TaskKey, i64>,
    /// The files of one-off tasks, and of the processes of others, with the
    /// organization.
    pub assets: Option<(OrgId, AssetsByTask)>,
}

/// Files by task: those of one process are shared by its tasks.
pub type AssetsByTask = HashMap<TaskKey, Arc<Vec<asset::Asset>>>;

impl<'a> Task<'a> {
    /// A task as it stands at `now`, with what was asked for.
    pub fn new(task: &'a task::Task, now: Timestamp, includes: Includes) -> Self {
        let completer = task.completion.as_ref().map(|completion| &completion.by);
        let guest = match completer {
            Some(Completer::Guest { code, email }) => Some((code.as_str(), email.as_str())),
            _ => None,
        };
        Self {
            id: task.id,
            increment_id: task.key.sequence(),
            title: &task.title,
            original_title: &task.title,
            summary: includes.has("summary").then_some(task.summary.as_deref()),
            run_id: None,
            checklist_id: None,
            step_id: None,
            linked_step_id: None,
            stage_id: None,
            run_status: None,
            blueprint_position: None,
            alias: format!("task-{}", task.key.sequence()),
            status: task.status(now).as_str(),
            status_label: task.status_label(now),
            task_type: task.task_type.as_str(),
            is_oneoff_task: true,
            is_completable: task.is_completable(),
            is_approved: task.is_approved,
            allow_guest_owners: true,
            owners: Owners {
                users: task.owners.members.iter().filter(|o| o.is_named()).map(|o| o.id).collect(),
                guests: task
                    .owners
                    .guests
                    .iter()
                    .filter(|o| !o.via_group)
                    .map(|o| o.email.as_str())
                    .collect(),
                groups: task.owners.groups.iter().map(|group| group.id).collect(),
                task_urls: [],
            },
            position: task.position,
            started_at: task.started_at,
            is_soft_start_date: task.is_soft_start_date,
            deadline: task.deadline,
            created_at: task.created_at,
            last_updated: task.updated_at,
            completed_at: task.completion.as_ref().map(|completion| completion.at),
            archived_at: task.archived_at,
            deleted_at: task.archived_at,
            starter_id: task.starter,
            completer_id: match completer {
                Some(Completer::Member(id)) => Some(*id),
                _ => None,
            },
            completer_guest_id: guest.map(|(code, _)| code),
            completer_guest: guest.map(|(_, email)| email),
            everyone_must_complete: task.everyone_must_complete,
            completion_progress: task
                .progress()
                .map(|progress| Progress { complete: progress.complete, total: progress.total }),
            can_complete_only_assignees: task.can_complete_only_assignees,
            max_assignable: task.max_assignable,
            webhook: task.webhook.as_deref(),
            top_secret: task.top_secret,
            prevent_guest_comment: task.prevent_guest_comment,
            problem: task.problem,
            has_deadline_dependent_child_tasks: false,
            custom_fields: [],
            taskdata: None,
            form_fields: includes.has("form_fields").then(|| form_fields::of_task(task)),
            run: None,
            step: None,
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

    /// With what happened to it, the newest first.
    #[must_use]
    pub fn with_activities(mut self, entries: &'a [Entry], place: Place<'a>) -> Self {
        let data = entries.iter().map(|entry| Activity::new(entry, place)).collect();
        self.activities = Some(Collection { data });
        self
    }

    /// With what was written about it, as far as that was asked for.
    #[must_use]
    pub fn with_comments(mut self, key: TaskKey, all: &'a Discussions, includes: Includes) -> Self {
        let comments = all.comments.get(&key).map_or(&[][..], Vec::as_slice);
        let count = all.counts.get(&key).copied().unwrap_or_default();
        let place = comments::Place { task: Some(self.id), run: self.run_id, template: None };
        self.threads = includes.has("threads").then(|| Thread::list(comments, place));
        self.comments = includes.has("comments").then(|| Thread::list(comments, place));
        self.issues = includes.has("issues").then(|| Thread::issues(comments, place));
        self.threads_count = includes.has("threads_count").then_some(count);
        self.assets = all.assets.as_ref().map(|(org, assets)| {
            let (is_one_off, step) = (self.run_id.is_none(), self.step_id);
            let assets = assets.get(&key).map_or(&[][..], |assets| assets.as_slice());
            let own = assets.iter().filter(|asset| is_one_off || asset.step.is_some() && asset.step == step);
            Collection { data: own.map(|asset| Asset::new(asset, *org)).collect() }
        });
        self
    }

    /// With what was filled in, as the answer to an update has it.
    #[must_use]
    pub fn with_taskdata(mut self, task: &task::Task) -> Self {
        let data = task.form_fields.iter().map(|field| (field.id.to_string(), values::write(field)));
        self.taskdata = Some(data.collect());
        self
    }
}
