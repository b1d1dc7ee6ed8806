//! Which files answers may name: those of the same process, task or template,
//! and those that were named there before. What they are called is known here,
//! whatever the caller says.

use std::collections::BTreeMap;

use hospes_model::asset::{Asset, Subject};
use hospes_model::run::Process;
use hospes_model::task::Task;
use hospes_model::task::change::TaskChange;
use hospes_model::task::form::{FieldValue, FileRef};
use hospes_model::template::Template;
use hospes_model::workflow::{Answer, Blueprint, Command, DefaultAnswer, Field, Launch};
use hospes_model::{AssetKey, FieldErrors, FieldId, FileId, OrgNo, RunKey, TemplateKey};

use crate::error::Result;
use crate::sql::Tx;
use crate::{runs, tasks};

use super::of_template;

/// Files that are named already, and what they are called.
type Known = BTreeMap<FileId, String>;

fn note<'a>(known: &mut Known, answers: impl IntoIterator<Item = &'a Answer>) {
    for answer in answers {
        if let Answer::Files(files) = answer {
            known.extend(files.iter().map(|file| (file.id, file.filename.clone())));
        }
    }
}

fn defaults(blueprint: &Blueprint) -> impl Iterator<Item = &Answer> {
    let fields = blueprint.prerun.iter().chain(blueprint.steps.iter().flat_map(|step| &step.captures));
    fields.filter_map(|field| match &field.default {
        Some(DefaultAnswer::Answer(answer)) => Some(answer),
        Some(DefaultAnswer::Today { .. }) | None => None,
    })
}

/// What a process names.
fn of_process(process: &Process) -> Known {
    let (mut known, state) = (Known::new(), process.run.state());
    note(&mut known, state.prerun.values());
    note(&mut known, state.tasks.iter().flat_map(|task| task.answers.values()));
    note(&mut known, defaults(process.run.snapshot().blueprint()));
    known
}

/// Whether an answer of a process, or what one of its fields starts with, names a
/// file.
pub(super) fn names(process: &Process, file: FileId) -> bool {
    of_process(process).contains_key(&file)
}

/// Whether an answer in a process, on a task or a template's field names a file.
pub(super) fn is_named(tx: &mut Tx<'_>, org: OrgNo, asset: &Asset) -> Result<bool> {
    let known = match asset.subject {
        Subject::Run(_, id) => runs::find(tx, org, id)?.map(|found| of_process(&found.process)),
        Subject::Task(_, id) => tasks::find(tx, org, id)?.map(|task| of_task(&task)),
        Subject::Template(key, _) => return of_template::is_named(tx, key, asset.id),
        Subject::Organization(..) => None,
    };
    Ok(known.is_some_and(|known| known.contains_key(&asset.id)))
}

/// What the answers of a one-off task name.
fn of_task(task: &Task) -> Known {
    let values = task.form_fields.iter().filter_map(|field| match &field.value {
        Some(FieldValue::Files(files)) => Some(files),
        _ => None,
    });
    values.flatten().map(|file| (file.id, file.filename.clone())).collect()
}

/// What a wish names, and where.
struct Wanted<'a> {
    field: String,
    label: Option<String>,
    files: &'a mut Vec<FileRef>,
}

/// Where files may come from.
struct Source {
    /// The process, once it is there, or the task.
    own: Option<Subject>,
    /// The template, whose files a process takes over.
    template: Option<TemplateKey>,
    known: Known,
}

impl Source {
    /// Calls the files that are wanted by their names and says which of them are
    /// to be taken over. What may not be named is a fault.
    fn check(
        &self,
        tx: &mut Tx<'_>,
        org: OrgNo,
        wanted: Vec<Wanted<'_>>,
        faults: &mut FieldErrors,
    ) -> Result<Vec<AssetKey>> {
        let ids = wanted.iter().flat_map(|wanted| wanted.files.iter()).map(|file| file.id);
        let new: Vec<FileId> = ids.filter(|id| !self.known.contains_key(id)).collect();
        let found = super::find_all(tx, org, &new)?;
        // What is put away is there for those who have it already.
        let found = found.into_iter().filter(|asset| asset.archived_at.is_none());
        let found: BTreeMap<FileId, Asset> = found.map(|asset| (asset.id, asset)).collect();
        let mut taken = Vec::new();
        for Wanted { field, label, files } in wanted {
            for file in files {
                if let Some(name) = self.known.get(&file.id) {
                    file.filename.clone_from(name);
                    continue;
                }
                match found.get(&file.id) {
                    Some(asset) if self.own == Some(asset.subject) => {
                        file.filename.clone_from(&asset.filename);
                    }
                    Some(asset) if self.may_take_over(tx, asset)? => {
                        file.filename.clone_from(&asset.filename);
                        taken.push(asset.key);
                    }
                    _ => {
                        let what = label.as_ref().map_or(String::new(), |label| format!(" “{label}”"));
                        let text = format!(
                            "The field{what} may only hold files that were uploaded for it: {} was not.",
                            file.id
                        );
                        faults.add(field.clone(), text);
                    }
                }
            }
        }
        Ok(taken)
    }

    /// Whether it waits with the template to be sent with a launch. What fields of
    /// the template start with, now or in one of its processes, stays with it:
    /// all of them have it from there.
    fn may_take_over(&self, tx: &mut Tx<'_>, asset: &Asset) -> Result<bool> {
        let Subject::Template(key, _) = asset.subject else { return Ok(false) };
        Ok(self.template == Some(key) && !of_template::is_named(tx, key, asset.id)?)
    }
}

fn label_of(fields: &[Field], id: FieldId) -> Option<String> {
    fields.iter().find(|field| field.id() == id).map(|field| field.definition.label.clone())
}

/// Checks the files of the kick-off form with which a process is launched.
/// Those of the template that no field starts with become the process's:
/// [`take_over`].
pub(crate) fn of_launch(
    tx: &mut Tx<'_>,
    org: OrgNo,
    template: &Template,
    launch: &mut Launch,
    commands: &mut [Command],
    faults: &mut FieldErrors,
) -> Result<Vec<AssetKey>> {
    let blueprint = template.snapshot.blueprint();
    let mut known = Known::new();
    note(&mut known, defaults(blueprint));
    let source = Source { own: None, template: Some(template.key), known };
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    for (id, answer) in &mut launch.prerun {
        if let Answer::Files(files) = answer {
            let label = label_of(&blueprint.prerun, *id);
            wanted.push(Wanted { field: format!("prerun.{id}"), label, files });
        }
    }
    wanted.extend(of_commands(commands, &|_| None));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    source.check(tx, org, wanted, faults)
}

fn of_commands<'a>(
    commands: &'a mut [Command],
    label: &dyn Fn(FieldId) -> Option<String>,
) -> Vec<Wanted<'a>> {
    let mut wanted = Vec::new();
    for command in commands {
        let (values, path) = match command {
            Command::Answer { values, .. } => (values, "taskdata"),
            Command::AnswerPrerun { values } => (values, "prerun"),
            _ => continue,
        };
        for (id, answer) in values {
            if let Some(Answer::Files(files)) = answer {
                wanted.push(Wanted { field: format!("{path}.{id}"), label: label(*id), files });
            }
        }
    }
    wanted
}

/// Checks the files that are to be filled in in a process.
pub(crate) fn of_change(
    tx: &mut Tx<'_>,
    org: OrgNo,
    process: &Process,
    commands: &mut [Command],
    faults: &mut FieldErrors,
) -> Result<Vec<AssetKey>> {
    let run = &process.run;
    let label = |id: FieldId| {
        let steps = (0..run.state().tasks.len()).filter_map(|place| run.step_of(place));
        let mut forms =
            std::iter::once(run.prerun_fields()).chain(steps.map(|step| step.captures.as_slice()));
        forms.find_map(|fields| label_of(fields, id))
    };
    let wanted = of_commands(commands, &label);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let own = Some(Subject::Run(process.key, run.state().id));
    let source = Source { own, template: Some(process.template), known: of_process(process) };
    source.check(tx, org, wanted, faults)
}

/// Lets files belong to a process from now on.
pub(crate) fn take_over(tx: &mut Tx<'_>, run: RunKey, taken: &[AssetKey]) -> Result<()> {
    for key in taken {
        tx.execute(
            "UPDATE asset SET run_key = ?2, template_key = NULL, template_id = NULL WHERE key = ?1",
            &[key.get().into(), run.get().into()],
        )?;
    }
    Ok(())
}

/// Checks the files that are to be filled in on a one-off task.
pub(crate) fn of_task_change(
    tx: &mut Tx<'_>,
    org: OrgNo,
    task: &Task,
    change: &mut TaskChange,
) -> Result<()> {
    let mut wanted = Vec::new();
    for (id, value) in &mut change.values {
        if let Some(FieldValue::Files(files)) = value {
            let field = task.form_fields.iter().find(|field| field.id == *id);
            let label = field.map(|field| field.label.clone());
            wanted.push(Wanted { field: format!("taskdata.{id}"), label, files });
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let own = Some(Subject::Task(task.key, task.id));
    let source = Source { own, template: None, known: of_task(task) };
    source.check(tx, org, wanted, &mut change.faults)?;
    Ok(())
}
