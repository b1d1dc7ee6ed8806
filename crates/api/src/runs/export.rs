//! A process as a table: a row for each field of the kick-off form, each task
//! and each field of a task (`product.md` 2.19).

use hospes_model::run::{Overview, TaskOfRun};
use hospes_model::workflow::{Answer, Field, Person};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::moments;

macro_rules! row {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A row. What a kind of row does not have is empty.
        #[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, ToSchema)]
        #[schema(as = RunExportRow)]
        pub struct Row {
            $($(#[$doc])* pub $name: String),+
        }

        /// The names of the columns.
        const COLUMNS: &[&str] = &[$(stringify!($name)),+];

        impl Row {
            fn cells(&self) -> impl Iterator<Item = &str> {
                [$(&*self.$name),+].into_iter()
            }
        }
    };
}

row! {
    /// `kick_off_task`, `process_task` or `process_task_data`.
    record_type,
    /// The process's id.
    process_id,
    /// The process's number in the organization.
    process_number,
    /// The process's name.
    process_name,
    /// Where the process stands.
    process_status,
    /// The template's id.
    template_id,
    /// The template's title at the launch.
    template_title,
    /// The member who launched the process.
    process_started_by,
    /// The member who looks after the process.
    process_owner,
    /// When the process was launched.
    process_started_at,
    /// When everything was done.
    process_completed_at,
    /// When the process was archived.
    process_archived_at,
    /// The task's id.
    task_id,
    /// The task's number in the organization.
    task_number,
    /// The task's place in the process, from 1.
    task_position,
    /// The task's title.
    task_title,
    /// What completing the task means.
    task_type,
    /// Where the task stands.
    task_status,
    /// Ids of the members on the task, separated by commas.
    task_users,
    /// Addresses of the guests on the task, separated by commas.
    task_guests,
    /// Ids of the groups on the task, separated by commas.
    task_groups,
    /// From when on the task was meant to be worked on.
    task_started_at,
    /// Until when the task should be done.
    task_deadline,
    /// When the task, or the kick-off form, was completed.
    task_completed_at,
    /// Who completed it: a member's id or a guest's address.
    task_completed_by,
    /// The field's id.
    field_id,
    /// Another name of the field.
    field_alias,
    /// What people read.
    field_label,
    /// What the field takes.
    field_type,
    /// What was filled in; several texts are separated by commas.
    field_value,
}

fn moment(at: Option<Timestamp>) -> String {
    at.map(moments::to_text).unwrap_or_default()
}

fn person(person: Option<&Person>) -> String {
    match person {
        None => String::new(),
        Some(Person::Member(id)) => id.to_string(),
        Some(Person::Guest(email)) => email.to_string(),
    }
}

fn list<T: ToString>(entries: &[T]) -> String {
    entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The rows of a process, in the order in which people read it.
pub fn rows(overview: &Overview, tasks: &[TaskOfRun], now: Timestamp) -> Vec<Row> {
    let (head, blueprint) = (&overview.head, overview.snapshot.blueprint());
    let process = Row {
        process_id: head.id.to_string(),
        process_number: overview.key.sequence().to_string(),
        process_name: head.name.clone(),
        process_status: overview.status.as_str().to_owned(),
        template_id: blueprint.template.to_string(),
        template_title: blueprint.title.clone(),
        process_started_by: head.launcher.to_string(),
        process_owner: head.owner.to_string(),
        process_started_at: moment(Some(head.launched_at)),
        process_completed_at: moment(head.completed_at),
        process_archived_at: moment(head.archived_at),
        ..Row::default()
    };
    let submitted = head.prerun_completed.as_ref();
    let form = Row {
        record_type: "kick_off_task".to_owned(),
        task_completed_at: moment(submitted.map(|stamp| stamp.at)),
        task_completed_by: person(submitted.and_then(|stamp| stamp.by.as_ref())),
        ..process.clone()
    };
    let mut rows: Vec<Row> =
        blueprint.prerun.iter().map(|field| with_field(&form, field, head.prerun.get(&field.id()))).collect();
    for of in tasks {
        let task = task_row(&process, of, now);
        let fields = of.step().map_or(&[][..], |step| &step.captures);
        let data = Row { record_type: "process_task_data".to_owned(), ..task.clone() };
        rows.push(task);
        rows.extend(fields.iter().map(|field| with_field(&data, field, of.task.answers.get(&field.id()))));
    }
    rows
}

fn task_row(process: &Row, of: &TaskOfRun, now: Timestamp) -> Row {
    let (task, completion) = (&of.task, of.task.completion.as_ref());
    let people = &task.assignees.people;
    let users: Vec<_> = people.users().iter().chain(&task.assignees.chaperone).collect();
    Row {
        record_type: "process_task".to_owned(),
        task_id: task.id.to_string(),
        task_number: of.record.key.sequence().to_string(),
        task_position: (of.place + 1).to_string(),
        task_title: of.record.title.clone(),
        task_type: of.step().map_or("task", |step| step.task_type.as_str()).to_owned(),
        task_status: task.status_label(now).to_owned(),
        task_users: list(&users),
        task_guests: list(people.guests()),
        task_groups: list(people.groups()),
        task_started_at: moment(Some(task.started_at)),
        task_deadline: moment(task.due.at()),
        task_completed_at: moment(completion.map(|completion| completion.at)),
        task_completed_by: person(completion.and_then(|completion| completion.by.as_ref())),
        ..process.clone()
    }
}

fn with_field(row: &Row, field: &Field, answer: Option<&Answer>) -> Row {
    Row {
        field_id: field.id().to_string(),
        field_alias: field.definition.alias.clone(),
        field_label: field.definition.label.clone(),
        field_type: field.definition.field_type.as_str().to_owned(),
        field_value: answer.map(|answer| answer.texts(&field.definition).join(", ")).unwrap_or_default(),
        ..row.clone()
    }
}

/// The rows as comma-separated values (RFC 4180), with a first row of names.
pub fn csv(rows: &[Row]) -> String {
    let mut csv = COLUMNS.join(",");
    csv.push_str("\r\n");
    for row in rows {
        csv.push_str(&row.cells().map(quoted).collect::<Vec<_>>().join(","));
        csv.push_str("\r\n");
    }
    csv
}

/// A cell. What spreadsheets would take for a formula gets an apostrophe in
/// front: the texts come from people who need not be trusted.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        let row = Row {
            record_type: "process_task".to_owned(),
            process_name: "=1+1".to_owned(),
            task_title: "a \"b\", c".to_owned(),
            ..Row::default()
        };
        let csv = csv(&[row]);
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("record_type,process_id,") && lines[0].ends_with(",field_value"));
        assert!(lines[1].starts_with("process_task,,,'=1+1,"), "{}", lines[1]);
        assert!(lines[1].contains(",\"a \"\"b\"\", c\","));
    }
}
