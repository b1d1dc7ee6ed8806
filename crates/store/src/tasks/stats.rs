//! What a change of a one-off task means for the guests on it.

use hospes_model::task::Task;

use crate::guests::shifts::{Part, Shifts};

/// What the step from one state of a task to another means for guests; `None`
/// is a task that does not exist.
pub(super) fn between(before: Option<&Task>, after: Option<&Task>) -> Shifts {
    Shifts::between(before.into_iter().flat_map(parts), after.into_iter().flat_map(parts))
}

fn parts(task: &Task) -> impl Iterator<Item = Part> {
    task.owners.guests.iter().map(|guest| Part {
        guest: guest.key,
        open: task.is_open(),
        completed_at: guest.completed_at,
    })
}
