//! Processes on the wire (`runs`, `wire.md` 2.3). What callers send is read in
//! [`request`]; what belongs to a process only when it is asked for is in
//! [`includes`]; the rows of an export are in [`export`].

pub mod export;
pub mod forms;
pub mod includes;
pub mod request;
#[cfg(test)]
pub(crate) mod testing;

use hospes_model::comment::Comment;
use hospes_model::run::{Overview, TaskOfRun};
use hospes_model::workflow::{Person, RunProgress, RunStatus};
use hospes_model::{FieldId, GroupId, MemberId, RunId, TemplateId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::moments;
use crate::tasks::Discussions;

pub use includes::{Includes, RunIncludes, RunPermissions, RunTasks, TasksMeta};
pub use request::{LaunchBody, UpdateRunBody};

/// A process: all that the documentation shows, and what the published clients
/// read beside it.
#[expect(clippy::struct_excessive_bools, reason = "the published clients read these switches")]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Run)]
pub struct Run<'a> {
    /// The process's id, 32 hexadecimal digits.
    #[schema(value_type = String, example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub id: RunId,
    /// The process's number in the organization, in the order of launches.
    pub increment_id: i64,
    /// The template that it was launched from, which may be gone.
    #[schema(value_type = String)]
    pub checklist_id: TemplateId,
    /// The template's title at the launch.
    pub checklist_title: &'a str,
    /// The name.
    pub name: &'a str,
    /// Notes.
    pub summary: Option<&'a str>,
    /// `active`, `complete`, `problem`, `issue` or `archived`.
    pub status: &'static str,
    /// `procedure` or `form`: the template's.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How far it has come; hidden tasks do not count.
    pub progress: Percentage,
    /// The same.
    pub whole_progress: Percentage,
    /// The member in whose name it was launched.
    #[schema(value_type = i64)]
    pub started_by: MemberId,
    /// The member who looks after it.
    #[schema(value_type = i64)]
    pub owner_id: MemberId,
    /// What was filled in on the kick-off form, by the fields' ids; null where
    /// nothing was.
    #[schema(value_type = Object)]
    pub prerun: Map<String, Value>,
    /// How many fields the kick-off form has.
    pub prerun_length: usize,
    /// `complete` or `incomplete`; null without a kick-off form.
    pub prerun_status: Option<&'static str>,
    /// When the kick-off form was submitted.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub prerun_completed_at: Option<Timestamp>,
    /// The member who submitted it.
    #[schema(value_type = Option<i64>)]
    pub prerun_completed_by: Option<MemberId>,
    /// The same.
    #[schema(value_type = Option<i64>)]
    pub prerun_submitted_by: Option<MemberId>,
    /// The address of the guest who submitted it.
    pub prerun_completed_by_guest: Option<&'a str>,
    /// Whether it stands out in lists.
    pub starred: bool,
    /// Whether guests on it may see all of it.
    pub is_public: bool,
    /// Fields that they may not see.
    #[schema(value_type = Vec<String>)]
    pub publicly_hidden_fields: &'a [FieldId],
    /// Always false: assignees cannot be allowed more than their role says.
    pub assign_someone_else: bool,
    /// Whether its template lets tasks be added to it.
    pub can_add_oot: bool,
    /// Whether an issue is open anywhere in it.
    pub has_open_issue: bool,
    /// When it was launched.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The same.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it, or one of its tasks, was last changed.
    #[serde(serialize_with = "moments::serialize")]
    #[schema(value_type = String, format = DateTime)]
    pub last_updated: Timestamp,
    /// Set while everything is done.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Set while it is archived.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// The latest deadline of its tasks.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_date: Option<Timestamp>,
    /// The same.
    #[serde(serialize_with = "moments::serialize_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub max_task_deadline: Option<Timestamp>,
    /// Whether it is not complete and that has passed.
    pub due_date_passed: bool,
    /// Whether a deadline of an open task comes within 24 hours.
    pub due_soon: bool,
    /// The open tasks whose deadlines have passed.
    pub late_tasks: usize,
    /// Ids of the members on its tasks.
    #[schema(value_type = Vec<i64>)]
    pub collaborators: &'a [MemberId],
    /// Ids of the members who may see it besides. Nobody named here or in
    /// `groups`: every member but light ones.
    #[schema(value_type = Vec<i64>)]
    pub users: &'a [MemberId],
    /// Ids of the groups who may see it besides.
    #[schema(value_type = Vec<String>)]
    pub groups: &'a [GroupId],
    /// The process that it belongs to.
    #[schema(value_type = Option<String>)]
    pub parent_id: Option<RunId>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: [(); 0],
    /// What was asked for.
    #[serde(flatten)]
    pub includes: RunIncludes<'a>,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = RunProgress)]
pub struct Percentage {
    /// Tasks that are done.
    pub complete: usize,
    /// All tasks.
    pub total: usize,
    /// From 0 to 100; 100 only when all is done.
    pub percent: usize,
}

impl From<RunProgress> for Percentage {
    fn from(progress: RunProgress) -> Self {
        Self { complete: progress.complete, total: progress.total, percent: progress.percent() }
    }
}

/// What a process shows beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// All its tasks, hidden ones too, in their order. Needed only where the
    /// [includes need them](Includes::need_tasks).
    pub tasks: &'a [TaskOfRun],
    /// Whether its template lets tasks be added to it.
    pub takes_tasks: bool,
    /// Its files, where they were asked for, and the organization.
    pub assets: Option<(&'a [hospes_model::asset::Asset], hospes_model::OrgId)>,
    /// Who asks.
    pub viewer: hospes_model::member::Actor,
    /// What was written about its tasks, as far as that was asked for.
    pub discussions: &'a Discussions,
    /// What was written about the process itself, when one is read.
    pub comments: Option<&'a [Comment]>,
}

impl<'a> Run<'a> {
    /// A process as it stands at `now`, with what was asked for.
    pub fn new(overview: &'a Overview, beside: Beside<'a>, now: Timestamp, includes: Includes) -> Self {
        const DAY: SignedDuration = SignedDuration::from_hours(24);
        let (head, about, blueprint) = (&overview.head, &overview.about, overview.snapshot.blueprint());
        let submitted = head.prerun_completed.as_ref();
        let submitter = submitted.and_then(|stamp| stamp.by.as_ref());
        let member = match submitter {
            Some(Person::Member(id)) => Some(*id),
            _ => None,
        };
        let is_open = matches!(overview.status, RunStatus::Active | RunStatus::Problem | RunStatus::Issue);
        let soon = |at: Timestamp| at >= now && at.duration_since(now) <= DAY;
        Self {
            id: head.id,
            increment_id: overview.key.sequence(),
            checklist_id: blueprint.template,
            checklist_title: &blueprint.title,
            name: &head.name,
            summary: about.summary.as_deref(),
            status: overview.status.as_str(),
            kind: blueprint.kind.as_str(),
            progress: overview.progress.into(),
            whole_progress: overview.progress.into(),
            started_by: head.launcher,
            owner_id: head.owner,
            prerun: forms::write_form(&blueprint.prerun, &head.prerun),
            prerun_length: blueprint.prerun.len(),
            prerun_status: (!blueprint.prerun.is_empty()).then_some(if submitted.is_some() {
                "complete"
            } else {
                "incomplete"
            }),
            prerun_completed_at: submitted.map(|stamp| stamp.at),
            prerun_completed_by: member,
            prerun_submitted_by: member,
            prerun_completed_by_guest: match submitter {
                Some(Person::Guest(email)) => Some(email.as_str()),
                _ => None,
            },
            starred: about.starred,
            is_public: about.is_public,
            publicly_hidden_fields: &about.publicly_hidden_fields,
            assign_someone_else: false,
            can_add_oot: beside.takes_tasks,
            has_open_issue: overview.has_open_issue,
            created_at: head.launched_at,
            started_at: head.launched_at,
            last_updated: overview.updated_at,
            completed_at: head.completed_at,
            archived_at: head.archived_at,
            due_date: overview.due_date,
            max_task_deadline: overview.due_date,
            due_date_passed: is_open && overview.due_date.is_some_and(|at| at < now),
            due_soon: is_open && overview.first_deadline.is_some_and(soon),
            late_tasks: overview.late_tasks,
            collaborators: &overview.collaborators,
            users: head.access.users(),
            groups: head.access.groups(),
            parent_id: head.parent,
            custom_fields: [],
            includes: RunIncludes::new(overview, beside, now, includes),
        }
    }
}
