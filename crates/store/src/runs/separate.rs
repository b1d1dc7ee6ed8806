//! Processes of added tasks alone, one for each of some people
//! (`separate_task_for_each_assignee`, `wire.md` 2.4).

use hospes_model::workflow::{Added, Command, Directory, Launch, Named, People};
use hospes_model::{FieldErrors, OrgNo, Refusal, TemplateId};

use crate::error::Error;
use crate::orgs;
use crate::sql::Tx;
use crate::templates::hidden;

use super::directory::{self, Setting};
use super::write::{Doer, Done, Newcomers, Wish, launch_and_change};

/// A wish for such a process.
#[derive(Debug, Clone, Copy)]
pub struct Separate<'a> {
    /// The process.
    pub launch: &'a Launch,
    /// Who gets a task each. Groups are replaced by their active members and
    /// enabled guests; nobody gets two tasks.
    pub people: &'a People,
    /// What is wrong with the request so far.
    pub faults: &'a FieldErrors,
    /// The id of the hidden template, if it has to be made.
    pub template: TemplateId,
}

/// Launches the process. `task` makes the task of one person; members come first, by id, then guests, by address.
///
/// # Errors
///
/// Every fault: those of the request, whoever cannot be assigned
/// (`owners.users`, `owners.guests`, `owners.groups`), nobody or more than
/// [`People::LIMIT`] people to assign (`owners`); else what the engine refuses.
pub fn launch<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wanted: Separate<'_>,
    task: &mut dyn FnMut(People) -> Added,
    doer: Doer<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> Result<Done, E> {
    orgs::lock(tx, org)?;
    let mut named = Named::default();
    named.people(wanted.people);
    let setting = Setting::of(tx, org)?;
    let directory = directory::load(tx, org, &setting, &named)?;
    let everybody = everybody(wanted, &directory)?;
    let members = everybody.users().iter().map(|id| People::members([*id]));
    let guests = everybody.guests().iter().map(|guest| People::of_guests([guest.clone()]));
    let commands = vec![Command::AddTasks { tasks: members.chain(guests).map(task).collect() }];
    let template =
        hidden::find_or_create::<E>(tx, org, wanted.template, directory.default_admin, doer.cause)?;
    launch_and_change(tx, org, &template, wanted.launch, Wish { commands, about: None }, doer, newcomers)
}

/// Everybody who gets a task, or all that is wrong.
fn everybody(wanted: Separate<'_>, directory: &Directory) -> Result<People, Refusal> {
    let mut faults = wanted.faults.clone();
    for (list, fault) in directory.unassignable(wanted.people) {
        faults.add(format!("owners.{list}"), fault);
    }
    let people = directory.resolved(wanted.people);
    let everybody = directory.employable(&people.expanded(directory));
    if everybody.len() > People::LIMIT {
        let limit = People::LIMIT;
        faults.add("owners", format!("Separate tasks can be made for at most {limit} people."));
    }
    // Whoever cannot be assigned is named already.
    if everybody.is_empty() && faults.iter().all(|(path, _)| !path.starts_with("owners")) {
        faults.add("owners", "There is nobody to make a separate task for.");
    }
    faults.into_result().map(|()| everybody)
}
