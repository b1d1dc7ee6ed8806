//! Whom to mail about what happened to a one-off task.

use hospes_model::OrgNo;
use hospes_model::activity::Cause;
use hospes_model::mail::About;
use hospes_model::task::Task;
use hospes_model::task::owners::GuestOwner;

use crate::error::Result;
use crate::mail::notices::{Notice, tell};
use crate::sql::Tx;

/// Notes what guests are to be told after a task was made (`before` is `None`)
/// or changed. Archived and completed tasks are silent.
pub(super) fn of_change(
    tx: &mut Tx<'_>,
    org: OrgNo,
    before: Option<&Task>,
    after: &Task,
    cause: &Cause,
) -> Result<()> {
    if !after.is_open() || after.owners.guests.is_empty() {
        return Ok(());
    }
    let notices = after.owners.guests.iter().filter_map(|guest| {
        let about = about(before, after, guest)?;
        Some(Notice::of_task(guest.key, after.key, about))
    });
    let notices: Vec<Notice> = notices.collect();
    tell(tx, org, &notices, cause.at)
}

fn about(before: Option<&Task>, after: &Task, guest: &GuestOwner) -> Option<About> {
    let was_on = before.is_some_and(|before| before.owners.guests.iter().any(|old| old.key == guest.key));
    let Some(before) = before.filter(|_| was_on) else { return Some(About::Assigned) };
    if before.completion.is_some() {
        return Some(About::Reopened);
    }
    // Whoever has done their part is done with it.
    if guest.completed_at.is_some() || before.archived_at.is_some() {
        return None;
    }
    if before.deadline != after.deadline {
        Some(About::Deadline { old: before.deadline })
    } else if (&before.title, &before.summary) != (&after.title, &after.summary) {
        Some(About::Edited)
    } else {
        None
    }
}
