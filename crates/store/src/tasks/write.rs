//! Every way to change a task. Each begins by taking the organization's turn,
//! decides in the model, and saves all that follows from it.

use hospes_model::activity::{Cause, Event};
use hospes_model::member::Actor;
use hospes_model::task::change::TaskChange;
use hospes_model::task::draft::TaskDraft;
use hospes_model::task::form::FieldValue;
use hospes_model::task::lifecycle::{Completing, OnBehalf};
use hospes_model::task::{Completer, Outcome, Task};
use hospes_model::text::fold;
use hospes_model::{GuestCode, MemberId, OrgNo, Refusal, TaskId, TaskKey};
use jiff::Timestamp;

use crate::assets::answers;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::guests::shifts::{Kind, Shifts};
use crate::orgs::{self, Advance, Advanced};
use crate::sql::{Tx, Value};
use crate::{accounts, activity, groups, to_micros};

use super::assign::{self, Lists, Present};
use super::{COLUMNS, find, notices, stats};

/// A task after a change, and what the caller should be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The task.
    pub task: Task,
    /// Sentences.
    pub warnings: Vec<String>,
}

/// Makes a task. Addresses that nobody has become guests; `codes` must hold a
/// fresh code for each address in the draft.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    draft: &TaskDraft,
    codes: &[GuestCode],
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    orgs::lock(tx, org)?;
    let mut faults = draft.faults.clone();
    let found = assign::look_up(tx, org, &draft.owners, &Present::default(), Lists::OF_TASK, &mut faults)?;
    faults.into_result()?;
    let (assigned, mut warnings) = found.complete::<E>(tx, org, codes, cause)?;
    let advanced = orgs::advance(
        tx,
        org,
        Advance {
            tasks: 1,
            // A creation is told in one row.
            events: 1,
            guests_changed: assigned.has_guests(),
            ..Advance::default()
        },
    )?;
    let key = TaskKey::new(org, advanced.task_sequence);
    let (mut task, outcome) = draft.create(key, id, assigned, actor.id, cause.at)?;
    task.revision = advanced.activity_sequence;
    run_with_columns(tx, &SQL.insert, &task)?;
    insert_members(tx, &task)?;
    insert_guests(tx, &task)?;
    insert_groups(tx, &task)?;
    stats::between(None, Some(&task)).apply(tx, Kind::OneOff, advanced.guest_revision)?;
    activity::add(tx, org, advanced.activity_sequence, cause, &outcome.events)?;
    notices::of_change(tx, org, None, &task, cause)?;
    warnings.extend(outcome.warnings);
    Ok(Changed { task, warnings })
}

/// Changes a task. What is wanted may depend on the task (its form fields), so
/// `change_for` is asked once it has been read. `codes` must hold a fresh code
/// for each address among the owners. A change that changes nothing writes
/// nothing.
#[expect(clippy::too_many_arguments, reason = "each is one thing that the caller knows")]
pub fn update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    expected: &Expected,
    change_for: &dyn Fn(&Task) -> TaskChange,
    codes: &[GuestCode],
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let before = find_for_change::<E>(tx, org, id, expected, actor)?;
    before.check_changeable()?;
    let mut change = change_for(&before);
    check_picked(tx, org, &before, &mut change)?;
    answers::of_task_change(tx, org, &before, &mut change)?;
    let mut warnings = Vec::new();
    let mut assigned = None;
    if let Some(wanted) = change.owners.clone() {
        let present = Present::from(&before.owners);
        let found = assign::look_up(tx, org, &wanted, &present, Lists::OF_TASK, &mut change.faults)?;
        change.faults.clone().into_result()?;
        let (people, told) = found.complete::<E>(tx, org, codes, cause)?;
        assigned = Some(people);
        warnings = told;
    }
    let mut task = before.clone();
    let outcome = task.update(&change, assigned, actor.id)?;
    warnings.extend_from_slice(&outcome.warnings);
    let changed = save(tx, org, &before, task, outcome, cause)?;
    Ok(Changed { warnings, ..changed })
}

/// Names the members and groups that answers pick and that are not there. Those
/// who were picked before may stay; addresses may be anybody's.
fn check_picked(tx: &mut Tx<'_>, org: OrgNo, task: &Task, change: &mut TaskChange) -> Result<()> {
    for (id, value) in &change.values {
        let Some(FieldValue::People { users, groups, .. }) = value else { continue };
        let Some(field) = task.form_fields.iter().find(|field| field.id == *id) else { continue };
        let (old_users, old_groups) = match &field.value {
            Some(FieldValue::People { users, groups, .. }) => (users.as_slice(), groups.as_slice()),
            _ => (&[][..], &[][..]),
        };
        let mut fault = |text: String| {
            change.faults.add(format!("taskdata.{id}"), format!("The field “{}”: {text}", field.label));
        };
        for user in users.iter().filter(|user| !old_users.contains(user)) {
            if !accounts::is_active(tx, org, *user)? {
                fault(format!("Member {user} is not active."));
            }
        }
        for group in groups.iter().filter(|group| !old_groups.contains(group)) {
            if groups::keys_of(tx, org, &[*group])?.is_empty() {
                fault(format!("The group {group} does not exist."));
            }
        }
    }
    Ok(())
}

/// Completes a task, or somebody's part of it.
pub fn complete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    expected: &Expected,
    wish: &Completing,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let before = find_for_change::<E>(tx, org, id, expected, actor)?;
    let mut task = before.clone();
    // The model's answer first: whoever may not record completions for others
    // does not learn who is a member.
    let outcome = task.complete(actor, wish, cause.at)?;
    if let Some(OnBehalf::Member(member)) = wish.on_behalf_of
        && !accounts::is_active(tx, org, member)?
    {
        let message = "The override_user must be an active member of this organization.";
        return Err(Refusal::field("override_user", message).into());
    }
    Ok(save(tx, org, &before, task, outcome, cause)?)
}

/// Opens a completed task again.
pub fn reopen<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    expected: &Expected,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let before = find_for_change::<E>(tx, org, id, expected, actor)?;
    let mut task = before.clone();
    let outcome = task.reopen(actor)?;
    Ok(save(tx, org, &before, task, outcome, cause)?)
}

/// Archives a task, or brings it back. Doing so twice changes nothing more.
pub fn set_archived<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    expected: &Expected,
    archived: bool,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let before = find_for_change::<E>(tx, org, id, expected, actor)?;
    let mut task = before.clone();
    let outcome = if archived { task.archive(cause.at) } else { task.restore() };
    Ok(save(tx, org, &before, task, outcome, cause)?)
}

/// Lets an issue change a task, and returns its revision afterwards. That the
/// writer may know of the task is asked before. `change` learns whether an issue
/// opens a finished task again here.
pub(crate) fn change_by_issue<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    cause: &Cause,
    change: impl FnOnce(&mut Task, bool) -> std::result::Result<Outcome, Refusal>,
) -> std::result::Result<i64, E> {
    let reopens = orgs::get(tx, org)?.settings.issues_reopen_tasks;
    let before = find(tx, org, id)?.ok_or(Refusal::NotFound)?;
    let mut task = before.clone();
    let outcome = change(&mut task, reopens)?;
    Ok(save(tx, org, &before, task, outcome, cause)?.task.revision)
}

/// Deletes a task for good, with its fields and values. The activity feed
/// keeps what was said of it.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    expected: &Expected,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Task, E> {
    let task = find_for_change::<E>(tx, org, id, expected, actor)?;
    let shifts = stats::between(Some(&task), None);
    let events = [task.deleted()];
    let advanced = advance(tx, org, &events, &shifts)?;
    for sql in [
        "DELETE FROM task_member WHERE task_key = ?1",
        "DELETE FROM task_guest WHERE task_key = ?1",
        "DELETE FROM task_group WHERE task_key = ?1",
        "DELETE FROM task WHERE key = ?1",
    ] {
        tx.execute(sql, &[task.key.get().into()])?;
    }
    shifts.apply(tx, Kind::OneOff, advanced.guest_revision)?;
    activity::add(tx, org, advanced.activity_sequence, cause, &events)?;
    Ok(task)
}

/// Finds the task that a change is about. One that the caller may not see does
/// not exist for them.
fn find_for_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: TaskId,
    expected: &Expected,
    actor: Actor,
) -> std::result::Result<Task, E> {
    orgs::lock(tx, org)?;
    let task = find(tx, org, id)?.filter(|task| task.is_visible_to(actor)).ok_or(Refusal::NotFound)?;
    if !expected.is_met_by(task.revision) {
        return Err(Refusal::Stale.into());
    }
    Ok(task)
}

fn advance(tx: &mut Tx<'_>, org: OrgNo, events: &[Event], shifts: &Shifts) -> Result<Advanced> {
    let events = events.len() as i64;
    orgs::advance(tx, org, Advance { events, guests_changed: !shifts.is_empty(), ..Advance::default() })
}

/// Stores a changed task and all that follows from the change.
pub(super) fn save(
    tx: &mut Tx<'_>,
    org: OrgNo,
    before: &Task,
    mut task: Task,
    outcome: Outcome,
    cause: &Cause,
) -> Result<Changed> {
    let Outcome { events, warnings } = outcome;
    if events.is_empty() {
        return Ok(Changed { task, warnings });
    }
    let shifts = stats::between(Some(before), Some(&task));
    let advanced = advance(tx, org, &events, &shifts)?;
    task.revision = advanced.activity_sequence;
    task.updated_at = cause.at;
    run_with_columns(tx, &SQL.update, &task)?;
    if task.owners.members != before.owners.members {
        tx.execute("DELETE FROM task_member WHERE task_key = ?1", &[task.key.get().into()])?;
        insert_members(tx, &task)?;
    }
    if task.owners.guests != before.owners.guests {
        tx.execute("DELETE FROM task_guest WHERE task_key = ?1", &[task.key.get().into()])?;
        insert_guests(tx, &task)?;
    }
    if task.owners.groups != before.owners.groups {
        tx.execute("DELETE FROM task_group WHERE task_key = ?1", &[task.key.get().into()])?;
        insert_groups(tx, &task)?;
    }
    shifts.apply(tx, Kind::OneOff, advanced.guest_revision)?;
    activity::add(tx, org, advanced.activity_sequence, cause, &events)?;
    notices::of_change(tx, org, Some(before), &task, cause)?;
    Ok(Changed { task, warnings })
}

fn insert_members(tx: &mut Tx<'_>, task: &Task) -> Result<()> {
    for member in &task.owners.members {
        tx.execute(
            "INSERT INTO task_member (task_key, account_id, org, added_by_server, via_group, completed_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                task.key.get().into(),
                member.id.get().into(),
                task.key.org_number().into(),
                member.added_by_server.into(),
                member.via_group.into(),
                member.completed_at.map(to_micros).into(),
            ],
        )?;
    }
    Ok(())
}

fn insert_guests(tx: &mut Tx<'_>, task: &Task) -> Result<()> {
    for guest in &task.owners.guests {
        tx.execute(
            "INSERT INTO task_guest (task_key, guest_key, via_group, completed_at) VALUES (?1, ?2, ?3, ?4)",
            &[
                task.key.get().into(),
                guest.key.get().into(),
                guest.via_group.into(),
                guest.completed_at.map(to_micros).into(),
            ],
        )?;
    }
    Ok(())
}

fn insert_groups(tx: &mut Tx<'_>, task: &Task) -> Result<()> {
    for group in &task.owners.groups {
        tx.execute(
            "INSERT INTO task_group (task_key, group_key) VALUES (?1, ?2)",
            &[task.key.get().into(), group.key.get().into()],
        )?;
    }
    Ok(())
}

/// The statements whose column lists come from [`COLUMNS`].
struct Sql {
    insert: String,
    update: String,
}

static SQL: std::sync::LazyLock<Sql> = std::sync::LazyLock::new(|| {
    let places: Vec<String> = (1..=COLUMNS.len()).map(|place| format!("?{place}")).collect();
    let settings: Vec<String> =
        COLUMNS.iter().zip(&places).skip(1).map(|(column, place)| format!("{column} = {place}")).collect();
    Sql {
        insert: format!("INSERT INTO task ({}) VALUES ({})", COLUMNS.join(", "), places.join(", ")),
        update: format!("UPDATE task SET {} WHERE key = ?1", settings.join(", ")),
    }
});

/// Runs the insert or update statement with every column of `task`.
fn run_with_columns(tx: &mut Tx<'_>, sql: &str, task: &Task) -> Result<()> {
    let to_json = |error: serde_json::Error| Error::Database(error.to_string());
    let form_fields = serde_json::to_string(&task.form_fields).map_err(to_json)?;
    let tags = serde_json::to_string(&task.tags).map_err(to_json)?;
    let title_folded = fold(&task.title);
    let moment = |at: Option<Timestamp>| Value::from(at.map(to_micros));
    let completion = task.completion.as_ref();
    let (completer, guest) = match completion.map(|completion| &completion.by) {
        Some(Completer::Member(id)) => (Some(*id), None),
        Some(Completer::Guest { code, email }) => (None, Some((code, email))),
        None => (None, None),
    };
    let values: Vec<Value<'_>> = vec![
        task.key.get().into(),
        task.key.org_number().into(),
        task.id.as_bytes().into(),
        (&task.title).into(),
        (&title_folded).into(),
        task.summary.as_deref().into(),
        task.task_type.as_str().into(),
        // For people who look into the database; whether an open task has been
        // started is a matter of the clock.
        if completion.is_some() { "completed" } else { "open" }.into(),
        task.position.into(),
        task.starter.get().into(),
        moment(Some(task.started_at)),
        task.is_soft_start_date.into(),
        moment(task.deadline),
        task.everyone_must_complete.into(),
        task.can_complete_only_assignees.into(),
        task.max_assignable.into(),
        task.prevent_guest_comment.into(),
        task.top_secret.into(),
        task.webhook.as_deref().into(),
        (&form_fields).into(),
        (&tags).into(),
        task.is_approved.into(),
        moment(completion.map(|completion| completion.at)),
        completer.map(MemberId::get).into(),
        guest.map(|(code, _)| code.as_str()).into(),
        guest.map(|(_, email)| email.as_str()).into(),
        false.into(),
        task.problem.into(),
        moment(task.archived_at),
        to_micros(task.created_at).into(),
        to_micros(task.updated_at).into(),
        task.revision.into(),
    ];
    tx.execute(sql, &values)?;
    Ok(())
}
