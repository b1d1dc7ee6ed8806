//! The columns of processes and of their tasks, and the statements that write
//! them.

use hospes_model::run::{Process, TaskRecord};
use hospes_model::workflow::{Person, RunTask, Step};
use hospes_model::{GuestCode, MemberId, OrgNo};
use jiff::Timestamp;

use crate::error::Result;
use crate::sql::{Tx, Value};
use crate::to_micros;

/// The columns of a process that change, the key first and one that an index
/// is over last; then those that do not. The last is written only when it
/// changes: a database takes what is written out of the index and puts it back
/// in, whether it is another value or not.
const RUN_COLUMNS: (&[&str], &[&str]) = (
    &[
        "key",
        "name",
        "name_folded",
        "summary",
        "owner_id",
        "restricted",
        "starred",
        "is_public",
        "publicly_hidden_fields",
        "state",
        "tasks_complete",
        "tasks_seen",
        "first_deadline",
        "due_date",
        "completed_at",
        "archived_at",
        "updated_at",
        "revision",
        "status",
    ],
    &["org", "id", "template_key", "version_key", "launcher_id", "parent_id", "created_at"],
);

/// The same of a task.
const TASK_COLUMNS: (&[&str], &[&str]) = (
    &[
        "key",
        "title",
        "title_folded",
        "summary",
        "status",
        "started_at",
        "is_approved",
        "completed_at",
        "completer_id",
        "completer_guest_code",
        "completer_guest_email",
        "hidden",
        "problem",
        "state",
        "archived_at",
        "updated_at",
        "revision",
        "deadline",
    ],
    &[
        "org",
        "id",
        "run_key",
        "task_type",
        "position",
        "starter_id",
        "is_soft_start_date",
        "everyone_must_complete",
        "can_complete_only_assignees",
        "max_assignable",
        "prevent_guest_comment",
        "top_secret",
        "webhook",
        "form_fields",
        "tags",
        "created_at",
    ],
);

/// Writes the columns that change.
pub(super) struct Update {
    all: String,
    but_last: String,
}

impl Update {
    fn new(table: &str, (changing, _): (&[&str], &[&str])) -> Self {
        let settings =
            changing.iter().enumerate().skip(1).map(|(at, column)| format!("{column} = ?{}", at + 1));
        let settings: Vec<String> = settings.collect();
        let update =
            |settings: &[String]| format!("UPDATE {table} SET {} WHERE key = ?1", settings.join(", "));
        let but_last = settings.split_last().map_or(settings.as_slice(), |(_, others)| others);
        Self { but_last: update(but_last), all: update(&settings) }
    }

    /// Updates the row of the first value. `last_stays`: the last value is what
    /// the row has.
    pub(super) fn execute(&self, tx: &mut Tx<'_>, values: &[Value<'_>], last_stays: bool) -> Result<()> {
        match values.split_last() {
            Some((_, others)) if last_stays => tx.execute(&self.but_last, others)?,
            _ => tx.execute(&self.all, values)?,
        };
        Ok(())
    }
}

pub(super) struct Sql {
    pub(super) update_run: Update,
    pub(super) insert_run: String,
    pub(super) update_task: Update,
    pub(super) insert_task: String,
}

pub(super) static SQL: std::sync::LazyLock<Sql> = std::sync::LazyLock::new(|| {
    let insert = |table: &str, (changing, fixed): (&[&str], &[&str])| {
        let columns: Vec<&str> = changing.iter().chain(fixed).copied().collect();
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "))
    };
    Sql {
        update_run: Update::new("run", RUN_COLUMNS),
        insert_run: insert("run", RUN_COLUMNS),
        update_task: Update::new("task", TASK_COLUMNS),
        insert_task: insert("task", TASK_COLUMNS),
    }
});

/// The values of a task's columns that change.
pub(super) fn changing_values<'a>(
    task: &'a RunTask,
    record: &'a TaskRecord,
    json: &'a str,
    title_folded: &'a str,
    archived_at: Option<Timestamp>,
) -> Vec<Value<'a>> {
    let moment = |at: Option<Timestamp>| Value::from(at.map(to_micros));
    let completion = task.completion.as_ref();
    let (member, guest) = match completion.and_then(|completion| completion.by.as_ref()) {
        Some(Person::Member(id)) => (Some(*id), None),
        Some(Person::Guest(email)) => (None, Some(email.as_str())),
        None => (None, None),
    };
    vec![
        record.key.get().into(),
        (&record.title).into(),
        title_folded.into(),
        record.summary.as_deref().into(),
        // For people who look into the database.
        if completion.is_some() { "completed" } else { "open" }.into(),
        moment(Some(task.started_at)),
        task.is_approved().into(),
        moment(completion.map(|completion| completion.at)),
        member.map(MemberId::get).into(),
        record.completer_code.as_ref().map(GuestCode::as_str).into(),
        guest.into(),
        task.visibility.hidden.into(),
        (!task.issues.is_empty() || task.stopped_rule.is_some()).into(),
        json.into(),
        moment(archived_at),
        to_micros(record.updated_at).into(),
        record.revision.into(),
        moment(task.due.at()),
    ]
}

/// The values of a task's columns that stay.
pub(super) fn fixed_values<'a>(
    org: OrgNo,
    process: &'a Process,
    place: usize,
    task: &'a RunTask,
    step: &'a Step,
) -> [Value<'a>; 16] {
    [
        org.get().into(),
        task.id.as_bytes().into(),
        process.key.get().into(),
        step.task_type.as_str().into(),
        (place as i64 + 1).into(),
        process.run.state().launcher.get().into(),
        step.is_soft_start_date.into(),
        step.everyone_must_complete.into(),
        step.can_complete_only_assignees.into(),
        i64::from(step.max_assignable).into(),
        step.prevent_guest_comment.into(),
        false.into(),
        step.webhook.as_deref().into(),
        // Fields are the snapshot's, answers the state's.
        "[]".into(),
        "[]".into(),
        to_micros(process.updated_at).into(),
    ]
}
