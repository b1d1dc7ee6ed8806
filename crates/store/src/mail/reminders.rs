//! A member asks those on a task to do it.

use hospes_model::activity::{Cause, EntityKind, Event, Verb};
use hospes_model::mail::About;
use hospes_model::member::Actor;
use hospes_model::workflow::Person;
use hospes_model::{EmailAddress, MemberId, OrgNo, Refusal, TaskId, TaskKey};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::orgs::{self, Advance};
use crate::sql::Tx;
use crate::{activity, runs, tasks};

use super::To;
use super::notices::{Notice, guests_with_parts, tell};

/// Who was reminded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reminded {
    /// Guests, by address.
    pub guests: Vec<EmailAddress>,
    /// Members.
    pub members: Vec<MemberId>,
}

/// What is asked of a task before people are reminded of it.
struct Asked {
    key: TaskKey,
    called: String,
    /// Why nobody is reminded of it.
    fault: Option<&'static str>,
}

/// Reminds everybody on a task who still has something to do there, but the
/// sender (`product.md` 1.11).
///
/// # Errors
///
/// [`Refusal::NotFound`] for what the actor may not see; the field `task` when
/// it is complete, hidden or put away, or when there is nobody to remind.
pub fn remind<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    task: TaskId,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Reminded, E> {
    orgs::lock(tx, org)?;
    let asked = find(tx, org, task, actor)?.ok_or(Refusal::NotFound)?;
    if let Some(fault) = asked.fault {
        return Err(Refusal::field("task", fault).into());
    }
    let mut reminded = Reminded::default();
    let about = About::Reminder { by: Some(Person::Member(actor.id)) };
    let mut notices = Vec::new();
    for (guest, email) in guests_with_parts(tx, asked.key)? {
        notices.push(Notice::of_task(guest, asked.key, about.clone()));
        reminded.guests.push(email);
    }
    for member in members_with_parts(tx, org, asked.key)?.into_iter().filter(|member| *member != actor.id) {
        notices.push(Notice {
            to: To::Member(member),
            task: Some(asked.key),
            guest: None,
            about: about.clone(),
        });
        reminded.members.push(member);
    }
    if notices.is_empty() {
        return Err(Refusal::field("task", "There is nobody on the task to remind.").into());
    }
    tell(tx, org, &notices, cause.at)?;
    let text = format!("{} people were reminded of {}.", notices.len(), asked.called);
    let event = Event {
        entity: EntityKind::Task,
        entity_id: task.to_string(),
        verb: Verb::Emitted,
        field: Some("reminder"),
        old_value: None,
        text,
    };
    let advanced = orgs::advance(tx, org, Advance { events: 1, ..Advance::default() })?;
    activity::add(tx, org, advanced.activity_sequence, cause, &[event])?;
    Ok(reminded)
}

fn find(tx: &mut Tx<'_>, org: OrgNo, id: TaskId, actor: Actor) -> Result<Option<Asked>> {
    const DONE: &str = "The task is complete; nobody has to be reminded of it.";
    const HIDDEN: &str = "The task is hidden; nobody can do it yet.";
    const AWAY: &str = "The task is archived; nobody has to do it.";
    if let Some(task) = tasks::find(tx, org, id)? {
        let fault = match (&task.completion, task.archived_at) {
            (Some(_), _) => Some(DONE),
            (None, Some(_)) => Some(AWAY),
            (None, None) => None,
        };
        let called =
            if task.top_secret { "a secret task".to_owned() } else { format!("“{}”", task.title) };
        return Ok(task.is_visible_to(actor).then_some(Asked { key: task.key, called, fault }));
    }
    let Some(found) = runs::find_by_task(tx, org, id)? else { return Ok(None) };
    let process = &found.process;
    let place = process.run.place(id);
    let state = process.run.state();
    let parts = place.and_then(|place| Some((state.tasks.get(place)?, process.tasks.get(place)?)));
    let Some((task, record)) = parts.filter(|_| process.is_visible_to(actor, &found.directory)) else {
        return Ok(None);
    };
    let fault = if task.completion.is_some() {
        Some(DONE)
    } else if task.visibility.hidden {
        Some(HIDDEN)
    } else {
        state.archived_at.map(|_| AWAY)
    };
    Ok(Some(Asked { key: record.key, called: format!("“{}”", record.title), fault }))
}

/// The active members on a task who have not done their part.
fn members_with_parts(tx: &mut Tx<'_>, org: OrgNo, task: TaskKey) -> Result<Vec<MemberId>> {
    tx.query_all(
        "SELECT o.account_id FROM task_member o JOIN member m ON m.org = o.org AND m.account_id = o.account_id \
         WHERE o.task_key = ?1 AND o.org = ?2 AND m.status = 'active' AND o.completed_at IS NULL \
         AND NOT o.added_by_server ORDER BY o.account_id",
        &[task.get().into(), org.get().into()],
        |row| member_id(row.int(0)?),
    )
}
