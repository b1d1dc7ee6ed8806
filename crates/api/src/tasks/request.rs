//! What callers send about tasks, read with every fault named at once.

use hospes_model::organization::weekday_name;
use hospes_model::task::TaskType;
use hospes_model::task::change::TaskChange;
use hospes_model::task::dates::{self, Edge};
use hospes_model::task::draft::{Settings, TaskDraft, check_title};
use hospes_model::task::lifecycle::{Completing, OnBehalf};
use hospes_model::task::owners::{Owners, Wanted};
use hospes_model::workflow::{Calendar, People};
use hospes_model::{EmailAddress, FieldErrors, FieldId, Refusal, RunId, TaskId, task};
use jiff::Timestamp;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::values;
use crate::fields::{Fields, WARNING_LIMIT, member_id, unknown_field};
use crate::keys::{
    read_flag, read_id, read_integer, read_moment, read_required, read_summary, read_unless_absent,
    read_webhook, refuse_entries,
};
use crate::people;

mod form;

/// Who shall be on a task, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = WantedOwners)]
pub struct WantedOwners {
    /// Ids of active members; strings of digits are read too.
    #[schema(max_items = 200, example = json!([]))]
    pub users: Option<Vec<i64>>,
    /// E-mail addresses. An unknown one becomes a guest; a member's assigns the member.
    #[schema(max_items = 200, example = json!(["carl@client.example"]))]
    pub guests: Option<Vec<String>>,
    /// Ids of groups. Everybody who is in one of them is on the task, also those
    /// who join it later.
    #[schema(max_items = 200, example = json!([]))]
    pub groups: Option<Vec<String>>,
}

/// A form field to be made, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = CreateFormField)]
pub struct FormFieldBody {
    /// What people read.
    #[schema(required, min_length = 1, max_length = 600, example = "Company")]
    pub label: String,
    /// `text`, `textarea`, `radio`, `dropdown`, `multiselect`, `date`, `email`,
    /// `file`, `table` or `assignees_form`.
    #[schema(
        required,
        example = "text",
        pattern = "^(text|textarea|radio|dropdown|multiselect|date|email|file|table|assignees_form)$"
    )]
    pub field_type: String,
    /// Whether the task cannot be completed without it.
    pub required: Option<bool>,
    /// For radio (two at least), dropdown and multiselect: texts, or objects
    /// with `text` and, if wanted, an integer `id`.
    pub options: Option<Vec<Value>>,
    /// For table: texts, or objects with `label` and, if wanted, an integer `id`.
    pub columns: Option<Vec<Value>>,
    /// Advice.
    #[schema(max_length = 30000)]
    pub guidance: Option<String>,
    /// Where it stands among the fields.
    #[schema(minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub position: Option<i64>,
}

/// A request to create a task, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = CreateTask)]
pub struct CreateTaskBody {
    /// The title.
    #[schema(required, min_length = 1, max_length = 600, example = "Send the contract")]
    pub title: String,
    /// `task`, `approval`, `expiring`, `email` or `expiring_email`.
    #[schema(required, example = "task", pattern = "^(task|approval|expiring|email|expiring_email)$")]
    pub task_type: String,
    /// Who shall be on it.
    #[schema(required)]
    pub owners: WantedOwners,
    /// `YYYY-MM-DD HH:MM:SS`, ISO 8601 or `YYYY-MM-DD` (the end of that day);
    /// in the organization's time zone unless it says otherwise.
    #[schema(required, example = "2030-05-15 14:30:00")]
    pub deadline: String,
    /// What is to be done.
    #[schema(max_length = 30000)]
    pub summary: Option<String>,
    /// Another name of `summary`.
    #[schema(max_length = 30000)]
    pub description: Option<String>,
    /// Written like the deadline; now when absent.
    #[schema(example = "2030-05-01")]
    pub started_at: Option<String>,
    /// Whether the start is only advice.
    pub is_soft_start_date: Option<bool>,
    /// At most so many assignees; 0 for any number.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub max_assignable: Option<i64>,
    /// Whether guests may not comment.
    pub prevent_guest_comment: Option<bool>,
    /// Whether each assignee has a part of their own to complete.
    pub everyone_must_complete: Option<bool>,
    /// Whether only assignees and administrators may complete it.
    pub can_complete_only_assignees: Option<bool>,
    /// Whether only assignees, the starter and administrators may know of it.
    pub top_secret: Option<bool>,
    /// Where its completion is to be announced.
    #[schema(max_length = 2000, pattern = "^https?://[a-z0-9.-]+", example = "https://hooks.example/tasks")]
    pub webhook: Option<String>,
    /// A number that lists can be sorted by.
    #[schema(minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub position: Option<i64>,
    /// What it asks for.
    #[schema(max_items = 100)]
    pub form_fields: Option<Vec<FormFieldBody>>,
    /// Must be empty: there are no tags yet.
    #[schema(max_items = 0)]
    pub tags: Option<Vec<String>>,
    /// The process that it is added to, if it is.
    #[schema(pattern = "^([0-9a-f]{32})?$")]
    pub run_id: Option<String>,
    /// Whether to make a process, named after the task, with a task for each
    /// assignee; groups become those who are in them. The answer is the first of
    /// them; others join with its `run_id`.
    pub separate_task_for_each_assignee: Option<bool>,
}

/// A request to change a task, for the OpenAPI document. What is absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateTask)]
pub struct UpdateTaskBody {
    /// The title.
    #[schema(min_length = 1, max_length = 600, example = "Send the contract", nullable = false)]
    pub title: Option<String>,
    /// What is to be done.
    #[schema(max_length = 30000)]
    pub summary: Option<String>,
    /// Another name of `summary`.
    #[schema(max_length = 30000)]
    pub description: Option<String>,
    /// Written as when creating.
    #[schema(example = "2030-05-15 14:30:00", nullable = false)]
    pub deadline: Option<String>,
    /// Written as when creating.
    #[schema(example = "2030-05-01")]
    pub started_at: Option<String>,
    /// Replaces everybody: a list that is left out is empty.
    pub owners: Option<WantedOwners>,
    /// Values of form fields, by id or alias, each in the shape of its type.
    #[schema(value_type = Option<Object>, example = json!({}))]
    pub taskdata: Option<Value>,
    /// Where its completion is to be announced; null for nowhere.
    #[schema(max_length = 2000, pattern = "^https?://[a-z0-9.-]+", example = "https://hooks.example/tasks")]
    pub webhook: Option<String>,
    /// A number that lists can be sorted by.
    #[schema(minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub position: Option<i64>,
    /// At most so many assignees; 0 for any number.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub max_assignable: Option<i64>,
    /// Whether guests may not comment.
    pub prevent_guest_comment: Option<bool>,
    /// Whether the start is only advice.
    pub is_soft_start_date: Option<bool>,
    /// Whether each assignee has a part of their own to complete.
    pub everyone_must_complete: Option<bool>,
    /// Whether only assignees and administrators may complete it.
    pub can_complete_only_assignees: Option<bool>,
    /// Whether only assignees, the starter and administrators may know of it.
    pub top_secret: Option<bool>,
    /// Of tasks of processes: hides or shows it by hand. From then on no rule
    /// does.
    pub hidden: Option<bool>,
    /// Of tasks of processes: `false` says that somebody looked at a loop of
    /// rules that was stopped here; rules may open the task again.
    pub problem: Option<bool>,
}

/// A request to complete a task, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = CompleteTask)]
pub struct CompleteTaskBody {
    /// The task.
    #[schema(required, pattern = "^[0-9a-f]{32}$", example = "0196d2f35a7c7b3e9d1c2f4a5b6c7d8e")]
    pub task_id: String,
    /// The verdict; required for approvals.
    pub is_approved: Option<bool>,
    /// The active member who really did it.
    pub override_user: Option<i64>,
    /// The guest on the task who really did it, by address or code.
    pub override_guest: Option<String>,
}

/// A create request that was read. Its faults are still in the draft.
#[derive(Debug)]
pub struct CreateTask {
    /// Where it belongs.
    pub place: Place,
    /// Who shall be on it, if it belongs to a process. Those of a one-off task
    /// are in the draft.
    pub people: People,
    /// Their addresses, with their places.
    pub(super) addresses: Vec<(String, EmailAddress)>,
    /// The task.
    pub draft: TaskDraft,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// An update request that was read, but for what depends on the task.
#[derive(Debug)]
pub struct UpdateTask {
    change: TaskChange,
    taskdata: Map<String, Value>,
    warnings: Vec<String>,
}

/// A request to complete a task that was read.
#[derive(Debug)]
pub struct CompleteTask {
    /// The task.
    pub id: TaskId,
    /// How it is completed.
    pub wish: Completing,
    /// What was ignored.
    pub warnings: Vec<String>,
}

/// Reads a create request. `calendar` is the organization's; `field_id` draws
/// ids.
pub fn read_create(
    body: &Value,
    calendar: &Calendar,
    field_id: impl FnMut() -> FieldId,
) -> Result<CreateTask, Refusal> {
    let mut fields = Fields::new(body)?;
    let title = read_required(&mut fields, "title", check_title);
    let task_type = read_required(&mut fields, "task_type", |text| {
        let names: Vec<&str> = TaskType::ALL.iter().map(|kind| kind.as_str()).collect();
        TaskType::parse(text).ok_or_else(|| format!("must be one of: {}", names.join(", ")))
    });
    let zone = &calendar.zone;
    let deadline = read_required(&mut fields, "deadline", |text| dates::read(text, zone, Edge::End));
    let place = read_place(&mut fields);
    let (mut owners, mut people, mut addresses) = (Wanted::default(), People::default(), Vec::new());
    match fields.value("owners") {
        None => fields.fault("owners", "The owners field is required."),
        Some(wanted) if place == Place::OneOff => owners = read_owners(&mut fields, wanted),
        Some(wanted) => {
            people = people::read(wanted, "owners", fields.faults());
            addresses = people::addresses(wanted, "owners");
        }
    }
    let form_fields = form::read(&mut fields, field_id);
    refuse_entries(&mut fields, "tags", "tag");
    // A state cannot be given; one client sends it all the same.
    fields.take("status");
    let (deadline, moved) = on_working_day(deadline, calendar);
    let draft = TaskDraft {
        title: title.unwrap_or_default(),
        summary: read_summary(&mut fields).flatten(),
        task_type: task_type.unwrap_or(TaskType::Task),
        deadline: deadline.unwrap_or(Timestamp::UNIX_EPOCH),
        started_at: read_moment(&mut fields, "started_at", zone, Edge::Start),
        position: read_integer(&mut fields, "position", i64::from(i32::MIN)),
        settings: Settings {
            is_soft_start_date: read_flag(&mut fields, "is_soft_start_date").unwrap_or(false),
            everyone_must_complete: read_flag(&mut fields, "everyone_must_complete").unwrap_or(false),
            can_complete_only_assignees: read_flag(&mut fields, "can_complete_only_assignees")
                .unwrap_or(false),
            max_assignable: read_integer(&mut fields, "max_assignable", 0).unwrap_or(0),
            prevent_guest_comment: read_flag(&mut fields, "prevent_guest_comment").unwrap_or(false),
            top_secret: read_flag(&mut fields, "top_secret").unwrap_or(false),
        },
        webhook: read_webhook(&mut fields).flatten(),
        form_fields,
        owners,
        faults: FieldErrors::default(),
    };
    let warnings = fields.unknown().into_iter().chain(moved).collect();
    Ok(CreateTask {
        place,
        people,
        addresses,
        draft: TaskDraft { faults: fields.into_faults(), ..draft },
        warnings,
    })
}

/// Reads an update request.
pub fn read_update(body: &Value, calendar: &Calendar) -> Result<UpdateTask, Refusal> {
    let mut fields = Fields::new(body)?;
    let title = read_unless_absent(&mut fields, "title", check_title);
    let zone = &calendar.zone;
    let deadline = read_unless_absent(&mut fields, "deadline", |text| dates::read(text, zone, Edge::End));
    let owners = fields.value("owners").map(|owners| read_owners(&mut fields, owners));
    let taskdata = match fields.value("taskdata") {
        Some(Value::Object(data)) => data.clone(),
        // What an empty object becomes in some languages.
        Some(Value::Array(list)) if list.is_empty() => Map::new(),
        Some(_) => {
            fields.fault("taskdata", "The taskdata must be an object of values by field id.");
            Map::new()
        }
        None => Map::new(),
    };
    fields.take("status");
    let (deadline, moved) = on_working_day(deadline, calendar);
    let change = TaskChange {
        title,
        summary: read_summary(&mut fields),
        deadline,
        started_at: read_moment(&mut fields, "started_at", zone, Edge::Start),
        position: read_integer(&mut fields, "position", i64::from(i32::MIN)),
        webhook: read_webhook(&mut fields),
        is_soft_start_date: read_flag(&mut fields, "is_soft_start_date"),
        everyone_must_complete: read_flag(&mut fields, "everyone_must_complete"),
        can_complete_only_assignees: read_flag(&mut fields, "can_complete_only_assignees"),
        max_assignable: read_integer(&mut fields, "max_assignable", 0),
        prevent_guest_comment: read_flag(&mut fields, "prevent_guest_comment"),
        top_secret: read_flag(&mut fields, "top_secret"),
        owners,
        values: Vec::new(),
        faults: FieldErrors::default(),
    };
    let warnings = fields.unknown().into_iter().chain(moved).collect();
    Ok(UpdateTask { change: TaskChange { faults: fields.into_faults(), ..change }, taskdata, warnings })
}

impl UpdateTask {
    /// Who shall be on the task, if that was said, and what is wrong so far.
    pub fn owners_and_faults(&mut self) -> (Option<&Wanted>, &mut FieldErrors) {
        (self.change.owners.as_ref(), &mut self.change.faults)
    }

    /// The change for this task: values are read as its form fields want them.
    pub fn for_task(&self, task: &task::Task) -> TaskChange {
        let mut change = self.change.clone();
        for (key, value) in &self.taskdata {
            let Some(field) = task.form_fields.iter().find(|field| field.is_called(key)) else { continue };
            match values::read(field, value) {
                Ok(value) => change.values.push((field.id, value)),
                Err(fault) => change
                    .faults
                    .add(format!("taskdata.{}", field.id), format!("The field “{}” {fault}.", field.label)),
            }
        }
        change
    }

    /// What was ignored.
    pub fn warnings(&self, task: &task::Task) -> Vec<String> {
        let known = |key: &str| task.form_fields.iter().any(|field| field.is_called(key));
        let unknown = self.taskdata.keys().filter(|key| !known(key)).take(WARNING_LIMIT);
        let unknown = unknown.map(|key| unknown_field("task", key));
        self.warnings.iter().cloned().chain(unknown).collect()
    }
}

/// Reads a request to complete a task.
pub fn read_complete(body: &Value) -> Result<CompleteTask, Refusal> {
    let mut fields = Fields::new(body)?;
    let id = read_required(&mut fields, "task_id", |text| {
        text.trim()
            .parse::<TaskId>()
            .map_err(|_| "must be the id of a task, 32 hexadecimal digits".to_owned())
    });
    let is_approved = read_flag(&mut fields, "is_approved");
    let user = match fields.value("override_user").map(member_id) {
        Some(None) => {
            fields.fault("override_user", "The override_user must be the id of a member.");
            None
        }
        user => user.flatten(),
    };
    let guest = fields.text("override_guest").map(str::trim).filter(|guest| !guest.is_empty());
    if user.is_some() && guest.is_some() {
        fields.fault("override_guest", "Give override_user or override_guest, not both.");
    }
    let on_behalf_of =
        user.map(OnBehalf::Member).or_else(|| guest.map(|guest| OnBehalf::Guest(guest.to_owned())));
    let warnings = fields.unknown();
    fields.finish()?;
    let id = id.ok_or_else(|| Refusal::field("task_id", "The task_id field is required."))?;
    Ok(CompleteTask { id, wish: Completing { is_approved, on_behalf_of }, warnings })
}

/// Where a new task belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To no process.
    OneOff,
    /// To this one.
    Run(RunId),
    /// To a new process, which gets a task for each assignee.
    Separate,
}

/// Reads where the new task belongs. What then cannot be is a fault.
fn read_place(fields: &mut Fields<'_>) -> Place {
    let separate = read_flag(fields, "separate_task_for_each_assignee") == Some(true);
    let run = read_id(fields, "run_id", "a process");
    let place = match (run, separate) {
        (Some(run), false) => Place::Run(run),
        (None, true) => Place::Separate,
        (None, false) => return Place::OneOff,
        (Some(run), true) => {
            fields.fault(
                "separate_task_for_each_assignee",
                "Separate tasks make a process of their own: leave out the run_id.",
            );
            Place::Run(run)
        }
    };
    if read_flag(fields, "top_secret") == Some(true) {
        fields
            .fault("top_secret", "Tasks of processes cannot be secret: whoever sees the process sees them.");
    }
    place
}

/// A deadline on a day on which the organization does not work is moved to the
/// next one, and that is said.
pub(super) fn on_working_day(
    deadline: Option<Timestamp>,
    calendar: &Calendar,
) -> (Option<Timestamp>, Option<String>) {
    let moved = deadline.map(|at| calendar.on_working_day(at));
    let day = |at: Timestamp| {
        let date = at.to_zoned(calendar.zone.clone()).date();
        format!("{}, {date}", weekday_name(date.weekday()))
    };
    let said = deadline.zip(moved).filter(|(from, to)| from != to).map(|(from, to)| {
        let (from, to) = (day(from), day(to));
        format!("The deadline was moved from {from} to {to}, the next working day of the organization.")
    });
    (moved, said)
}

/// The three buckets; what else clients send back in `owners` is read-only.
fn read_owners(fields: &mut Fields<'_>, owners: &Value) -> Wanted {
    let mut wanted = Wanted::default();
    let Value::Object(buckets) = owners else {
        fields.fault("owners", "The owners must be an object with the lists users, guests and groups.");
        return wanted;
    };
    let mut list = |name: &str| match buckets.get(name) {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(list)) if list.len() <= Owners::LIMIT => list.as_slice(),
        Some(Value::Array(_)) => {
            let message = format!("The owners.{name} may not have more than {} entries.", Owners::LIMIT);
            fields.fault(format!("owners.{name}"), message);
            &[]
        }
        Some(_) => {
            fields.fault(format!("owners.{name}"), format!("The owners.{name} must be a list."));
            &[]
        }
    };
    let (users, guests, groups) = (list("users"), list("guests"), list("groups"));
    for (place, entry) in users.iter().enumerate() {
        match member_id(entry) {
            Some(id) => wanted.users.push((place, id)),
            None => fields
                .fault(format!("owners.users.{place}"), "Must be the id of a member, a positive integer."),
        }
    }
    for (place, entry) in guests.iter().enumerate() {
        match entry.as_str().map(EmailAddress::parse) {
            Some(Ok(email)) => wanted.guests.push((place, email)),
            _ => fields.fault(format!("owners.guests.{place}"), "Must be a valid email address."),
        }
    }
    for (place, entry) in groups.iter().enumerate() {
        match entry.as_str().map(str::parse) {
            Some(Ok(group)) => wanted.groups.push((place, group)),
            _ => fields.fault(format!("owners.groups.{place}"), "There is no such group."),
        }
    }
    wanted
}

#[cfg(test)]
mod tests;
