//! One-off tasks on the wire (`wire.md` 2.4). What callers send is read in
//! [`request`]; the shapes of form values are in [`values`].

pub mod request;
pub mod values;

use hospes_model::task::form::{Choice, FormField};
use hospes_model::task::{self, Completer};
use hospes_model::{GroupId, MemberId, TaskId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::members::EmptyInclude;
use crate::moments;

pub use request::{CompleteTaskBody, CreateTaskBody, UpdateTaskBody};

/// A one-off task: the union of what the published clients read. What belongs
/// to processes is null or false.
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
    /// The same.
    pub original_title: &'a str,
    /// What is to be done. In lists only with `with=summary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub summary: Option<Option<&'a str>>,
    /// Always null: one-off tasks belong to no process.
    pub run_id: Option<&'a str>,
    /// Always null.
    pub checklist_id: Option<&'a str>,
    /// Always null.
    pub step_id: Option<&'a str>,
    /// Always null.
    pub linked_step_id: Option<&'a str>,
    /// Always null.
    pub stage_id: Option<&'a str>,
    /// Always null.
    pub run_status: Option<&'a str>,
    /// Always null.
    pub blueprint_position: Option<i64>,
    /// A name for programs that never changes.
    #[schema(example = "task-12")]
    pub alias: String,
    /// `not-started`, `in-progress` or `completed`.
    pub status: &'static str,
    /// The status for people; it also tells the verdict of an approval.
    #[schema(example = "Active")]
    pub status_label: &'static str,
    /// `task`, `approval`, `expiring`, `email` or `expiring_email`.
    pub task_type: &'static str,
    /// Always true.
    pub is_oneoff_task: bool,
    /// Whether it can be completed now: neither complete nor archived.
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
    /// Always false: problems cannot be reported yet.
    pub problem: bool,
    /// Always false.
    pub has_deadline_dependent_child_tasks: bool,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: [(); 0],
    /// What was filled in, by the fields' ids. In the answer to an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub taskdata: Option<Map<String, Value>>,
    /// Only with `with=form_fields`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub form_fields: Option<FormFields<'a>>,
    /// Only with `with=threads_count`; comments cannot be made yet.
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
    /// Only with `with=threads`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub threads: Option<EmptyInclude>,
    /// Only with `with=comments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub comments: Option<EmptyInclude>,
    /// Only with `with=issues`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub issues: Option<EmptyInclude>,
    /// Only with `with=assets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub assets: Option<EmptyInclude>,
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

/// The fields of a task's form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFormFields)]
pub struct FormFields<'a> {
    /// In the order in which they are shown.
    pub data: Vec<FormFieldEntry<'a>>,
}

/// A form field with its value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskFormField)]
pub struct FormFieldEntry<'a> {
    /// The field's id, 32 hexadecimal digits.
    pub id: String,
    /// Another name of it.
    pub alias: &'a str,
    /// What people read.
    pub label: &'a str,
    /// What it takes.
    pub field_type: &'static str,
    /// Whether the task cannot be completed without it.
    pub required: bool,
    /// What was filled in, in the shape of the type; null when nothing was.
    pub value: Value,
    /// What can be chosen.
    pub options: Vec<OptionEntry<'a>>,
    /// The columns of a table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub columns: Vec<ColumnEntry<'a>>,
    /// Advice.
    pub guidance: Option<&'a str>,
    /// Where it stands.
    pub position: i64,
}

/// An option.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormFieldOption)]
pub struct OptionEntry<'a> {
    /// Unique within the field.
    pub id: i64,
    /// What people read.
    pub text: &'a str,
}

/// A column.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormFieldColumn)]
pub struct ColumnEntry<'a> {
    /// Unique within the field.
    pub id: i64,
    /// What people read.
    pub label: &'a str,
}

/// What was asked for with `with=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Includes(u16);

/// The includes, in the order of their bits.
const INCLUDES: [&str; 12] = [
    "summary",
    "form_fields",
    "threads_count",
    "tags",
    "threads",
    "comments",
    "issues",
    "assets",
    "folders",
    "roles",
    "member_watchers",
    "guest_watchers",
];

impl Includes {
    /// Reads the text of `with`. Unknown names, and those of objects that do
    /// not exist yet (`run`, `step`), are harmless.
    pub fn parse(with: &str) -> Self {
        let mut bits = 0;
        for name in with.split(',') {
            // `member_watchers.watcher` asks for something inside.
            let name = name.trim().split('.').next().unwrap_or_default();
            if let Some(place) = INCLUDES.iter().position(|include| *include == name) {
                bits |= 1 << place;
            }
        }
        Self(bits)
    }

    /// What a single task shows without being asked.
    #[must_use]
    pub fn with_summary(self) -> Self {
        Self(self.0 | 1)
    }

    fn has(self, name: &str) -> bool {
        INCLUDES.iter().position(|include| *include == name).is_some_and(|place| self.0 & (1 << place) != 0)
    }

    fn empty(self, name: &str) -> Option<EmptyInclude> {
        self.has(name).then(EmptyInclude::default)
    }
}

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
            is_completable: task.is_open(),
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
            problem: false,
            has_deadline_dependent_child_tasks: false,
            custom_fields: [],
            taskdata: None,
            form_fields: includes
                .has("form_fields")
                .then(|| FormFields { data: task.form_fields.iter().map(FormFieldEntry::new).collect() }),
            threads_count: includes.has("threads_count").then_some(0),
            empty: EmptyIncludes {
                tags: includes.empty("tags"),
                threads: includes.empty("threads"),
                comments: includes.empty("comments"),
                issues: includes.empty("issues"),
                assets: includes.empty("assets"),
                folders: includes.empty("folders"),
                roles: includes.empty("roles"),
                member_watchers: includes.empty("member_watchers"),
                guest_watchers: includes.empty("guest_watchers"),
            },
        }
    }

    /// With what was filled in, as the answer to an update has it.
    #[must_use]
    pub fn with_taskdata(mut self, task: &task::Task) -> Self {
        let data = task.form_fields.iter().map(|field| (field.id.to_string(), values::write(field)));
        self.taskdata = Some(data.collect());
        self
    }
}

impl<'a> FormFieldEntry<'a> {
    fn new(field: &'a FormField) -> Self {
        let option = |choice: &'a Choice| OptionEntry { id: choice.id, text: &choice.text };
        let column = |choice: &'a Choice| ColumnEntry { id: choice.id, label: &choice.text };
        Self {
            id: field.id.to_string(),
            alias: &field.alias,
            label: &field.label,
            field_type: field.field_type.as_str(),
            required: field.required,
            value: values::write(field),
            options: field.options.iter().map(option).collect(),
            columns: field.columns.iter().map(column).collect(),
            guidance: field.guidance.as_deref(),
            position: field.position,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_read_and_unknown_ones_are_harmless() {
        let includes = Includes::parse("run, threads_count,step,tags,member_watchers.watcher,nonsense");
        assert!(includes.has("threads_count") && includes.has("tags") && includes.has("member_watchers"));
        assert!(!includes.has("summary") && includes.with_summary().has("summary"));
        assert!(!includes.has("run"));
        assert_eq!(Includes::parse(""), Includes::default());
    }
}
