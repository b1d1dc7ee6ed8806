//! Which files of a process a guest may have, and which they may take away
//! (`product.md` 1.7, 1.8).

use crate::email::EmailAddress;
use crate::ids::{FieldId, FileId};
use crate::run::Process;
use crate::workflow::{Answer, Directory};

use super::sight::Look;

/// Whether an answer names a file.
pub fn names(answer: &Answer, file: FileId) -> bool {
    matches!(answer, Answer::Files(files) if files.iter().any(|named| named.id == file))
}

/// The task and the field whose answer names a file, and what the guest may do
/// there; the best of several.
pub fn held_by_task(
    process: &Process,
    guest: &EmailAddress,
    disabled: bool,
    directory: &Directory,
    file: FileId,
) -> Option<(usize, FieldId, Look)> {
    let tasks = process.run.state().tasks.iter().enumerate();
    let held = tasks.filter_map(|(place, task)| {
        let (field, _) = task.answers.iter().find(|(_, answer)| names(answer, file))?;
        let look = Look::at_task_of_run(process, place, guest, disabled, directory)?;
        look.is_seen().then_some((place, *field, look))
    });
    held.min_by_key(|(place, _, look)| (look.relation != super::sight::Relation::Own, *place))
}

/// Whether a guest may have a file: an answer of a task that they may see names
/// it, or one of the kick-off form that guests are shown beside their tasks.
pub fn may_have(
    process: &Process,
    guest: &EmailAddress,
    disabled: bool,
    directory: &Directory,
    file: FileId,
) -> bool {
    if held_by_task(process, guest, disabled, directory, file).is_some() {
        return true;
    }
    let hidden = &process.about.publicly_hidden_fields;
    let mut start = process.run.state().prerun.iter();
    if !start.any(|(field, answer)| !hidden.contains(field) && names(answer, file)) {
        return false;
    }
    let mut places = 0..process.run.state().tasks.len();
    places.any(|place| {
        let look = Look::at_task_of_run(process, place, guest, disabled, directory);
        look.is_some_and(|look| look.is_seen())
    })
}
