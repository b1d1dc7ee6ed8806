//! Files as guests have them, on their own pages. What they may is for
//! [`Look`] and [`files`] to say.

use hospes_model::activity::Cause;
use hospes_model::asset::{Asset, FileName, Origin, Subject, Uploader};
use hospes_model::guest::Guest;
use hospes_model::run::Process;
use hospes_model::task::Task;
use hospes_model::task::form::{FieldType, FieldValue, FileRef};
use hospes_model::workflow::{Answer, By, Command};
use hospes_model::workplace::files;
use hospes_model::workplace::sight::{Barrier, Doing, Look};
use hospes_model::{FieldErrors, FieldId, FileId, OrgNo, Refusal, RunKey, TaskId, TemplateKey};

use crate::error::{Error, Result};
use crate::runs::write::{Doer, Newcomers, Target, Wish, handle};
use crate::sql::Tx;
use crate::tasks::by_guest::{self, Deed};
use crate::workplace::sight::{self, OfRun, Seen};
use crate::{Expected, orgs, runs};

use super::answers::is_named;
use super::of_template::{PROCESSES, STARTED_WITH};
use super::write::{Bytes, Home, check_extension, doom, keep};

/// Finds a file that a guest may have.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, id: FileId) -> Result<Option<Asset>> {
    let Some(asset) = super::find(tx, org, id)? else { return Ok(None) };
    let may = match asset.subject {
        Subject::Task(_, task) => held_by_one_off(tx, org, guest, task, id)?.is_some(),
        Subject::Run(_, run) => {
            let found = runs::find(tx, org, run)?;
            found.is_some_and(|found| may_have(&found, guest, id))
        }
        Subject::Template(template, _) => of_template(tx, org, guest, template, id)?,
        Subject::Organization(..) => false,
    };
    Ok(Some(asset).filter(|_| may))
}

fn may_have(found: &runs::Found, guest: &Guest, id: FileId) -> bool {
    let disabled = guest.disabled.is_some();
    files::may_have(&found.process, &guest.email, disabled, &found.directory, id)
}

/// A file that fields of a template start with is in its processes too.
fn of_template(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    template: TemplateKey,
    id: FileId,
) -> Result<bool> {
    let sql = format!(
        "SELECT DISTINCT t.run_key FROM task_guest o JOIN task t ON t.key = o.task_key \
         JOIN run r ON r.key = t.run_key WHERE o.guest_key = ?1 AND r.template_key = ?2 AND {STARTED_WITH} \
         ORDER BY t.run_key DESC LIMIT ?4"
    );
    let file = id.to_string();
    let values = [guest.key.get().into(), template.get().into(), (&file).into(), PROCESSES.into()];
    let keys = tx.query_all(&sql, &values, |row| Ok(RunKey::from_stored(row.int(0)?)))?;
    for key in keys {
        if runs::find_by_key(tx, org, key)?.is_some_and(|found| may_have(&found, guest, id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The one-off task whose field names a file, as far as the guest may see it.
fn held_by_one_off(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    task: TaskId,
    id: FileId,
) -> Result<Option<(Box<Task>, FieldId, Look)>> {
    let Some((Seen::OneOff(task), look)) = sight::task(tx, org, guest, task)? else { return Ok(None) };
    let field = task.form_fields.iter().find(|field| {
        matches!(&field.value, Some(FieldValue::Files(files)) if files.iter().any(|file| file.id == id))
    });
    Ok(field.map(|field| field.id).map(|field| (task, field, look)))
}

/// A file whose bytes have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The file.
    pub id: FileId,
    /// What came.
    pub bytes: Bytes,
}

/// Why a field of a task does not take a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The guest may not add files to the task, or not now.
    Closed,
    /// The task has no such file field.
    NoField,
    /// Files of this kind are not for the field.
    Kind,
    /// The field has as many files as it may have.
    Full,
}

/// Which files a field of a task takes from a guest.
#[derive(Debug, Clone)]
pub struct Door {
    home: Home,
    room: usize,
}

impl Door {
    /// Lets one more file in, as far as its name says whether it may.
    ///
    /// # Errors
    ///
    /// [`Barred::Kind`] and [`Barred::Full`].
    pub fn admit(&mut self, name: &FileName) -> std::result::Result<(), Barred> {
        if !name.is_among(&self.home.extensions) {
            return Err(Barred::Kind);
        }
        self.room = self.room.checked_sub(1).ok_or(Barred::Full)?;
        Ok(())
    }
}

/// Which files a field of a task takes now; [`attach`] puts those in that are
/// admitted. `None` for tasks that the guest may not know of.
pub fn door(
    tx: &mut Tx<'_>,
    guest: &Guest,
    (org, task, field): (OrgNo, TaskId, FieldId),
) -> Result<Option<std::result::Result<Door, Barred>>> {
    let Some((seen, look)) = sight::task(tx, org, guest, task)? else { return Ok(None) };
    if look.allows(Doing::Upload).is_err() {
        return Ok(Some(Err(Barred::Closed)));
    }
    let door = field_of(&seen, field).map(|(home, files)| {
        let room = FieldValue::MAX_FILES.saturating_sub(files.len());
        Door { home, room }
    });
    Ok(Some(door.ok_or(Barred::NoField)))
}

/// Puts files into a field of a task, beside those that are in it.
///
/// # Errors
///
/// [`Refusal::NotFound`] for tasks that the guest may not know of and for what
/// is no file field, [`Refusal::Forbidden`] where they may not upload, and the
/// faults of the files by their places in `uploads`.
pub fn attach<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    guest: &Guest,
    (org, task, field): (OrgNo, TaskId, FieldId),
    uploads: &[Upload],
    cause: &Cause,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<Vec<Asset>, E> {
    orgs::lock(tx, org)?;
    let (seen, look) = sight::task(tx, org, guest, task)?.ok_or(Refusal::NotFound)?;
    look.allows(Doing::Upload).map_err(refusal)?;
    let (home, mut files) = field_of(&seen, field).ok_or(Refusal::NotFound)?;
    let mut faults = FieldErrors::default();
    for (place, upload) in uploads.iter().enumerate() {
        if let Err(Refusal::Invalid(more)) =
            check_extension(&upload.bytes.name, &home.extensions, &place.to_string())
        {
            faults.extend(more);
        }
    }
    if files.len() + uploads.len() > FieldValue::MAX_FILES {
        faults.add("files", format!("A field may not hold more than {} files.", FieldValue::MAX_FILES));
    }
    faults.into_result()?;
    let mut assets = Vec::new();
    for upload in uploads {
        let uploader = Uploader::Guest(guest.key, guest.email.clone());
        let asset = keep(tx, org, upload.id, &upload.bytes, &home, ("local", None), &uploader, cause)?;
        files.push(FileRef { id: asset.id, filename: asset.filename.clone() });
        assets.push(asset);
    }
    fill_in(tx, guest, (org, task, field), files, &seen, cause, newcomers)?;
    Ok(assets)
}

/// Takes a file that the guest uploaded out of the answer that holds it, and
/// lets it go unless another answer holds it too. Returns the task that it was
/// on.
///
/// # Errors
///
/// [`Refusal::NotFound`] for files that the guest may not have, and
/// [`Refusal::Forbidden`] for those that they may not take away.
pub fn remove<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    id: FileId,
    cause: &Cause,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<TaskId, E> {
    orgs::lock(tx, org)?;
    let (asset, seen, field) = removable::<E>(tx, org, guest, id)?;
    let (_, mut files) = field_of(&seen, field).ok_or(Refusal::NotFound)?;
    files.retain(|file| file.id != id);
    let task = id_of(&seen)?;
    fill_in(tx, guest, (org, task, field), files, &seen, cause, newcomers)?;
    if !is_named(tx, org, &asset)? {
        doom(tx, org, &asset, cause)?;
    }
    Ok(task)
}

/// The task that a file is on which the guest may take away.
///
/// # Errors
///
/// As [`remove`].
pub fn task_of<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    id: FileId,
) -> std::result::Result<TaskId, E> {
    let (_, seen, _) = removable::<E>(tx, org, guest, id)?;
    Ok(id_of(&seen)?)
}

fn removable<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    id: FileId,
) -> std::result::Result<(Asset, Seen, FieldId), E> {
    let asset = find(tx, org, guest, id)?.ok_or(Refusal::NotFound)?;
    let (seen, field, look) = holder(tx, org, guest, &asset)?.ok_or_else(|| refusal(Barrier::ForeignFile))?;
    look.allows(Doing::DeleteFile { own: asset.uploader.is_guest(guest.key) }).map_err(refusal)?;
    Ok((asset, seen, field))
}

fn id_of(seen: &Seen) -> Result<TaskId> {
    match seen {
        Seen::OneOff(task) => Ok(task.id),
        Seen::OfRun(of) => {
            let task = of.process.run.state().tasks.get(of.place);
            Ok(task.ok_or_else(|| Error::corrupt("a task of a process"))?.id)
        }
    }
}

/// The task whose answer names a file.
fn holder(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &Guest,
    asset: &Asset,
) -> Result<Option<(Seen, FieldId, Look)>> {
    match asset.subject {
        Subject::Task(_, task) => {
            let held = held_by_one_off(tx, org, guest, task, asset.id)?;
            Ok(held.map(|(task, field, look)| (Seen::OneOff(task), field, look)))
        }
        Subject::Run(_, run) => {
            let Some(runs::Found { process, directory }) = runs::find(tx, org, run)? else { return Ok(None) };
            let disabled = guest.disabled.is_some();
            let held = files::held_by_task(&process, &guest.email, disabled, &directory, asset.id);
            Ok(held.map(|(place, field, look)| {
                (Seen::OfRun(Box::new(OfRun { process, directory, place })), field, look)
            }))
        }
        Subject::Template(..) | Subject::Organization(..) => Ok(None),
    }
}

fn refusal(barrier: Barrier) -> Refusal {
    match barrier {
        Barrier::Unknown => Refusal::NotFound,
        Barrier::ForeignFile => Refusal::Forbidden("Guests may delete only files that they uploaded."),
        _ => Refusal::Forbidden("The files of this task cannot be changed now."),
    }
}

/// The file field of a task, where its files belong, and which are in it.
fn field_of(seen: &Seen, id: FieldId) -> Option<(Home, Vec<FileRef>)> {
    match seen {
        Seen::OneOff(task) => {
            let field = task.form_fields.iter().find(|field| field.id == id)?;
            let files = match &field.value {
                Some(FieldValue::Files(files)) => files.clone(),
                _ => Vec::new(),
            };
            let home = Home {
                subject: Subject::Task(task.key, task.id),
                origin: Origin::Field(id),
                step: None,
                extensions: Vec::new(),
            };
            (field.field_type == FieldType::File).then_some((home, files))
        }
        Seen::OfRun(of) => {
            let step = of.process.run.step_of(of.place)?;
            let field = step.captures.iter().find(|field| field.id() == id)?;
            let files = match of.process.run.state().tasks.get(of.place)?.answers.get(&id) {
                Some(Answer::Files(files)) => files.clone(),
                _ => Vec::new(),
            };
            let home = Home {
                subject: subject_of(&of.process),
                origin: Origin::Field(id),
                step: Some(step.id),
                extensions: field.validation.extensions.clone(),
            };
            (field.definition.field_type == FieldType::File).then_some((home, files))
        }
    }
}

fn subject_of(process: &Process) -> Subject {
    Subject::Run(process.key, process.run.state().id)
}

/// Fills in a field with files, as the guest.
fn fill_in<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    guest: &Guest,
    (org, task, field): (OrgNo, TaskId, FieldId),
    files: Vec<FileRef>,
    seen: &Seen,
    cause: &Cause,
    newcomers: &mut Newcomers<'_, E>,
) -> std::result::Result<(), E> {
    match seen {
        Seen::OneOff(_) => {
            let value = Some(files).filter(|files| !files.is_empty()).map(FieldValue::Files);
            let deeds = vec![Deed::Save(vec![(field, value)])];
            by_guest::act::<E>(tx, org, task, guest, deeds, &[], cause)?;
        }
        Seen::OfRun(_) => {
            let answer = Some(files).filter(|files| !files.is_empty()).map(Answer::Files);
            let commands = vec![Command::Answer { task, values: vec![(field, answer)] }];
            let by = By::Guest(guest.email.clone());
            let doer = Doer { by: &by, cause };
            let target = Target::Task { run: None, task };
            let mut wish = |_: &Process| Ok(Wish { commands: commands.clone(), about: None });
            handle(tx, org, target, &Expected::Any, &mut wish, doer, newcomers)?;
        }
    }
    Ok(())
}
