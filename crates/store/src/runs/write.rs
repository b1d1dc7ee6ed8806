//! Every way to change a process: each takes the organization's turn, lets the
//! workflow engine decide, and saves all that follows.

use hospes_model::activity::Cause;
use hospes_model::run::{About, Process};
use hospes_model::template::Template;
use hospes_model::workflow::{By, Command, Context, Directory, Launch, Named, Outcome, Run};
use hospes_model::{EmailAddress, FieldErrors, GuestCode, OrgNo, Refusal, RunId, TaskId};

use crate::assets::answers;
use crate::error::Error;
use crate::expected::Expected;
use crate::orgs;
use crate::sql::Tx;
use crate::templates::versions;

use super::directory::{self, Setting};
use super::save::{self, Saving};
use super::{find_key, find_key_by_task, get};

/// Who changes something.
#[derive(Debug, Clone, Copy)]
pub struct Doer<'a> {
    /// As whom the engine sees them.
    pub by: &'a By,
    /// What the activity feed says.
    pub cause: &'a Cause,
}

/// What it takes to make guests of addresses that nobody has.
#[expect(missing_debug_implementations, reason = "it holds two functions")]
pub struct Newcomers<'a, E> {
    /// Draws a guest code.
    pub code: &'a mut dyn FnMut() -> GuestCode,
    /// Whether these may become guests: the hourly limit. May be asked again
    /// when the transaction is run again.
    pub admit: &'a mut dyn FnMut(&[EmailAddress]) -> Result<(), E>,
}

/// Which process is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The one with this id.
    Run(RunId),
    /// The one that this task belongs to, which is the one with this id if it
    /// is named.
    Task {
        /// The process.
        run: Option<RunId>,
        /// The task.
        task: TaskId,
    },
}

/// What is wanted of a process: all of it, or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// What the engine is asked, in this order.
    pub commands: Vec<Command>,
    /// What is said of the process from now on.
    pub about: Option<About>,
}

/// What came of a change.
#[derive(Debug, Clone)]
pub struct Done {
    /// The process as it is now.
    pub process: Process,
    /// What happened.
    pub outcome: Outcome,
    /// The people whom the process names.
    pub directory: Directory,
}

/// Launches a process of the template's current version. Whether the caller
/// may is asked before.
pub fn launch<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    template: &Template,
    launch: &Launch,
    about: About,
    doer: Doer<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> Result<Done, E> {
    let wish = Wish { commands: Vec::new(), about: Some(about) };
    launch_and_change(tx, org, template, launch, wish, doer, newcomers)
}

/// [`launch`], and whatever else is wanted of the process from the start.
pub(super) fn launch_and_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    template: &Template,
    launch: &Launch,
    Wish { mut commands, about }: Wish,
    doer: Doer<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> Result<Done, E> {
    orgs::lock(tx, org)?;
    let (mut launch, mut faults) = (launch.clone(), FieldErrors::default());
    let files = answers::of_launch(tx, org, template, &mut launch, &mut commands, &mut faults)?;
    let setting = Setting::of(tx, org)?;
    let mut named = Named::default();
    let nobody = Directory::new(launch.launcher);
    launch.named(&template.snapshot, setting.context(doer, &nobody), &mut named);
    for command in &commands {
        command.named(&mut named);
    }
    let directory = directory::load(tx, org, &setting, &named)?;
    let cx = setting.context(doer, &directory);
    let launched = Run::launch(template.snapshot.clone(), &launch, cx);
    let (mut run, mut outcome) = launched.map_err(|refusal| with_faults(refusal, &faults))?;
    let more = all(&mut run, &commands, cx, faults)?;
    outcome.events.extend(more.events);
    outcome.warnings.extend(more.warnings);
    versions::mark_launched(tx, template.version)?;
    tx.execute(
        "UPDATE template SET started_processes = started_processes + 1 WHERE key = ?1",
        &[template.key.get().into()],
    )?;
    let launched = save::Launched { template: template.key, version: template.version };
    let saving = Saving { org, cx, cause: doer.cause, renamed: None };
    let about = about.unwrap_or_default();
    let process = saving.launched::<E>(tx, launched, run, about, &outcome, newcomers)?;
    answers::take_over(tx, process.key, &files)?;
    Ok(Done { process, outcome, directory })
}

/// Changes a process. What is wanted may depend on it (the fields of its
/// forms), so `wish` is asked once it has been read. A change that changes
/// nothing writes nothing.
///
/// # Errors
///
/// [`Refusal::NotFound`] for processes and tasks that the doer may not know
/// of, [`Refusal::Stale`], and what the engine refuses: the faults of all
/// commands at once.
pub fn handle<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    target: Target,
    expected: &Expected,
    wish: &mut dyn FnMut(&Process) -> Result<Wish, Refusal>,
    doer: Doer<'_>,
    newcomers: &mut Newcomers<'_, E>,
) -> Result<Done, E> {
    orgs::lock(tx, org)?;
    let key = match target {
        Target::Run(id) => find_key(tx, org, id)?,
        Target::Task { task, .. } => find_key_by_task(tx, org, task)?,
    };
    let before = get(tx, key.ok_or(Refusal::NotFound)?)?;
    if let Target::Task { run: Some(run), .. } = target
        && run != before.run.state().id
    {
        return Err(Refusal::NotFound.into());
    }
    let mut named = before.run.snapshot().named().clone();
    before.run.state().named(&mut named);
    doer.by.named(&mut named);
    let setting = Setting::of(tx, org)?;
    let mut directory = directory::load(tx, org, &setting, &named)?;
    if let By::Member(actor) = doer.by
        && !before.is_visible_to(*actor, &directory)
    {
        return Err(Refusal::NotFound.into());
    }
    check_expected(&before, target, expected)?;
    let Wish { mut commands, about } = wish(&before)?;
    if about.is_some() && before.run.state().archived_at.is_some() {
        return Err(Refusal::field("run", "The process is archived; activate it first.").into());
    }
    let mut faults = FieldErrors::default();
    let files = answers::of_change(tx, org, &before, &mut commands, &mut faults)?;
    let known = named.clone();
    for command in &commands {
        command.named(&mut named);
    }
    if named != known {
        directory = directory::load(tx, org, &setting, &named)?;
    }
    let cx = setting.context(doer, &directory);
    let mut after = before.clone();
    let outcome = all(&mut after.run, &commands, cx, faults)?;
    if let Some(about) = about {
        after.about = about;
    }
    let saving = Saving { org, cx, cause: doer.cause, renamed: None };
    let process = saving.changed::<E>(tx, &before, after, &outcome, newcomers)?;
    answers::take_over(tx, process.key, &files)?;
    Ok(Done { process, outcome, directory })
}

/// Deletes an archived process for good, with its tasks and what was filled
/// in. The activity feed keeps what was said of it.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: RunId,
    expected: &Expected,
    doer: Doer<'_>,
) -> Result<(), E> {
    orgs::lock(tx, org)?;
    let key = find_key(tx, org, id)?.ok_or(Refusal::NotFound)?;
    let process = get(tx, key)?;
    check_expected(&process, Target::Run(id), expected)?;
    if process.run.state().archived_at.is_none() {
        let message = "Only archived processes can be deleted; archive it first.";
        return Err(Refusal::field("run", message).into());
    }
    let setting = Setting::of(tx, org)?;
    let directory = directory::of_process(tx, org, &setting, &process)?;
    let saving = Saving { org, cx: setting.context(doer, &directory), cause: doer.cause, renamed: None };
    Ok(saving.deleted(tx, &process)?)
}

/// The refusal with faults that were found before.
fn with_faults(refusal: Refusal, before: &FieldErrors) -> Refusal {
    match refusal {
        Refusal::Invalid(more) => {
            let mut faults = before.clone();
            faults.extend(more);
            Refusal::Invalid(faults)
        }
        refusal => refusal,
    }
}

/// Asks the engine one thing after another; every command is asked, so that
/// all faults are told at once, with those that were found before.
fn all(
    run: &mut Run,
    commands: &[Command],
    cx: Context<'_>,
    mut faults: FieldErrors,
) -> Result<Outcome, Refusal> {
    let mut whole = Outcome::default();
    for command in commands {
        match run.handle(command, cx) {
            Ok(outcome) => {
                whole.events.extend(outcome.events);
                for warning in outcome.warnings {
                    if !whole.warnings.contains(&warning) {
                        whole.warnings.push(warning);
                    }
                }
            }
            Err(Refusal::Invalid(more)) => faults.extend(more),
            Err(refusal) => return Err(refusal),
        }
    }
    faults.into_result()?;
    Ok(whole)
}

fn check_expected(process: &Process, target: Target, expected: &Expected) -> Result<(), Refusal> {
    let revision = match target {
        Target::Run(_) => process.revision,
        Target::Task { task, .. } => {
            let place = process.run.place(task).ok_or(Refusal::NotFound)?;
            process.tasks.get(place).map_or(process.revision, |record| record.revision)
        }
    };
    if expected.is_met_by(revision) { Ok(()) } else { Err(Refusal::Stale) }
}
