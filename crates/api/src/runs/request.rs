//! What callers send about processes, read with every fault named at once.

mod reading;

use std::collections::BTreeMap;

use hospes_model::member::Actor;
use hospes_model::run::{About, Process};
use hospes_model::workflow::{Command, Field, Launch, People, Snapshot, StepOverride};
use hospes_model::{
    EmailAddress, FieldErrors, FieldId, MemberId, Refusal, RoleId, RunId, StepId, TemplateId,
};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::forms;
use super::includes::may_share;
use crate::fields::{Fields, WARNING_LIMIT, unknown_field};
use crate::keys::{read_flag, read_id, read_member, read_required, read_unless_absent, refuse_entries};
use crate::tasks::of_run_request::Asked;
use crate::tasks::request::WantedOwners;

use reading::{read_access, read_hidden_fields, read_prerun, read_roles, read_summary, read_tasks};

/// A request to launch a process, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = LaunchRun)]
pub struct LaunchBody {
    /// The template.
    #[schema(required, pattern = "^[0-9a-f]{32}$")]
    pub checklist_id: String,
    /// The name; made as the template says when absent, or when the template
    /// leaves no choice.
    #[schema(max_length = 550)]
    pub name: Option<String>,
    /// Notes.
    #[schema(max_length = 2000)]
    pub summary: Option<String>,
    /// The active member who looks after it; the starter when absent.
    pub owner_id: Option<i64>,
    /// The active member in whose name it is launched; the caller when absent.
    pub user_id: Option<i64>,
    /// Whether it stands out in lists.
    pub starred: Option<bool>,
    /// Whether guests on it may see all of it.
    pub is_public: Option<bool>,
    /// Ids of fields that they may not see.
    pub publicly_hidden_fields: Option<Vec<String>>,
    /// The process that it belongs to.
    #[schema(pattern = "^([0-9a-f]{32})?$")]
    pub parent_id: Option<String>,
    /// Values of the kick-off form, by the fields' ids. A list of
    /// `{"id", "value"}` is read too.
    #[schema(value_type = Option<Object>, example = json!({}))]
    pub prerun: Option<Value>,
    /// What is different for some steps, by the steps' ids.
    #[schema(value_type = Option<HashMap<String, LaunchStepBody>>, example = json!({}))]
    pub tasks: Option<Value>,
    /// Who fills the job titles, by their ids.
    #[schema(value_type = Option<HashMap<String, WantedOwners>>, example = json!({}))]
    pub roles: Option<Value>,
    /// Ids of the members who may see it besides; nobody named here or in
    /// `groups`: every member but light ones.
    #[schema(max_items = 200)]
    pub users: Option<Vec<i64>>,
    /// Ids of the groups who may see it besides.
    #[schema(max_items = 200)]
    pub groups: Option<Vec<String>>,
    /// Must be empty: there are no tags yet.
    #[schema(max_items = 0)]
    pub tags: Option<Vec<String>>,
    /// Must be empty: there are no folders yet.
    #[schema(max_items = 0)]
    pub folders: Option<Vec<String>>,
}

/// What is different for a step, for the OpenAPI document.
#[derive(Debug, ToSchema)]
#[schema(as = LaunchStep)]
pub struct LaunchStepBody {
    /// Until when it should be done, written as deadlines of tasks are.
    #[schema(example = "2030-05-15 14:30:00")]
    pub deadline: Option<String>,
    /// Who shall be on it, in place of whom the template names.
    #[schema(value_type = Option<WantedOwners>)]
    pub owners: Option<WantedOwners>,
}

/// A request to change a process, for the OpenAPI document. What is absent
/// stays.
#[derive(Debug, ToSchema)]
#[schema(as = UpdateRun)]
pub struct UpdateRunBody {
    /// The name.
    #[schema(min_length = 1, max_length = 550, nullable = false)]
    pub name: Option<String>,
    /// Notes; for administrators, the owner and the starter.
    #[schema(max_length = 2000)]
    pub summary: Option<String>,
    /// The active member who looks after it.
    pub owner_id: Option<i64>,
    /// Whether it stands out in lists.
    pub starred: Option<bool>,
    /// Whether guests on it may see all of it; for administrators, the owner
    /// and the starter.
    pub is_public: Option<bool>,
    /// Ids of fields that they may not see; for the same.
    pub publicly_hidden_fields: Option<Vec<String>>,
    /// Who may see it besides: replaces the members, and the groups too when
    /// those are left out; for the same.
    #[schema(max_items = 200)]
    pub users: Option<Vec<i64>>,
    /// Replaces the groups, and the members too when those are left out.
    #[schema(max_items = 200)]
    pub groups: Option<Vec<String>>,
    /// Values of the kick-off form, by the fields' ids; those left out stay.
    #[schema(value_type = Option<Object>, example = json!({}))]
    pub prerun: Option<Value>,
    /// Must be empty: there are no tags yet.
    #[schema(max_items = 0)]
    pub tags: Option<Vec<String>>,
    /// Must be empty: there are no folders yet.
    #[schema(max_items = 0)]
    pub folders: Option<Vec<String>>,
}

/// A launch request that was read, but for what depends on the template.
#[derive(Debug)]
pub struct LaunchRun {
    /// The template.
    pub template: TemplateId,
    /// In whose name, if that was said.
    pub user: Option<MemberId>,
    owner: Option<MemberId>,
    name: Option<String>,
    parent: Option<RunId>,
    access: People,
    prerun: Map<String, Value>,
    roles: BTreeMap<RoleId, People>,
    tasks: BTreeMap<StepId, StepOverride>,
    about: About,
    addresses: Vec<(String, EmailAddress)>,
    faults: FieldErrors,
    warnings: Vec<String>,
}

/// A launch as the engine wants it.
#[derive(Debug)]
pub struct Launching {
    /// The launch.
    pub launch: Launch,
    /// What is said of the process.
    pub about: About,
    /// What was ignored, in sentences.
    pub warnings: Vec<String>,
}

/// An update request that was read, but for what depends on the process.
#[derive(Debug)]
pub struct UpdateRun {
    name: Option<String>,
    #[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
    summary: Option<Option<String>>,
    owner: Option<MemberId>,
    starred: Option<bool>,
    is_public: Option<bool>,
    hidden_fields: Option<Vec<FieldId>>,
    access: Option<People>,
    prerun: Map<String, Value>,
    faults: FieldErrors,
    warnings: Vec<String>,
}

/// Reads a launch request. `zone` is the organization's.
pub fn read_launch(body: &Value, zone: &TimeZone) -> Result<LaunchRun, Refusal> {
    let mut fields = Fields::new(body)?;
    let template = read_required(&mut fields, "checklist_id", |text| {
        let id = text.trim().parse::<TemplateId>();
        id.map_err(|_| "must be the id of a template, 32 hexadecimal digits".to_owned())
    });
    let mut warnings = Vec::new();
    let about = About {
        summary: read_summary(&mut fields).flatten(),
        starred: read_flag(&mut fields, "starred").unwrap_or(false),
        is_public: read_flag(&mut fields, "is_public").unwrap_or(false),
        publicly_hidden_fields: read_hidden_fields(&mut fields, &mut warnings).unwrap_or_default(),
    };
    let name = fields.text("name").map(str::to_owned);
    let (owner, user) = (read_member(&mut fields, "owner_id"), read_member(&mut fields, "user_id"));
    let parent = read_id(&mut fields, "parent_id", "a process");
    let access = read_access(&mut fields).unwrap_or_default();
    let prerun = read_prerun(&mut fields);
    let mut addresses = Vec::new();
    let tasks = read_tasks(&mut fields, zone, &mut addresses, &mut warnings);
    let roles = read_roles(&mut fields, &mut addresses);
    refuse_entries(&mut fields, "tags", "tag");
    refuse_entries(&mut fields, "folders", "folder");
    warnings.extend(fields.unknown());
    warnings.truncate(WARNING_LIMIT);
    let faults = fields.into_faults();
    let Some(template) = template else {
        return Err(faults.into_result().err().unwrap_or(Refusal::NotFound));
    };
    Ok(LaunchRun {
        template,
        user,
        owner,
        name,
        parent,
        access,
        prerun,
        roles,
        tasks,
        about,
        addresses,
        faults,
        warnings,
    })
}

impl LaunchRun {
    /// The addresses that it puts on tasks, with their places, and what is
    /// wrong so far.
    pub fn addresses_and_faults(&mut self) -> (Vec<(String, EmailAddress)>, &mut FieldErrors) {
        (self.addresses.clone(), &mut self.faults)
    }

    /// The launch of this version of the template: values are read as the
    /// kick-off form wants them. `caller` launches unless somebody else is
    /// named.
    ///
    /// # Errors
    ///
    /// Every fault of the request; where there are any, also the required
    /// fields that are missing.
    pub fn of(
        &self,
        snapshot: &Snapshot,
        (run, seed): (RunId, [u8; 10]),
        caller: MemberId,
    ) -> Result<Launching, Refusal> {
        let form = &snapshot.blueprint().prerun;
        let mut faults = self.faults.clone();
        let answers = forms::read_form(form, &self.prerun, "prerun", &mut faults);
        if !faults.is_empty() {
            name_missing(form, &answers, &mut faults);
        }
        faults.into_result()?;
        let mut warnings = self.warnings.clone();
        warnings.extend(answers.unknown.iter().map(|key| unknown_field("kick-off form", key)));
        let given = answers.values.into_iter().filter_map(|(field, answer)| Some((field, answer?)));
        let launch = Launch {
            owner: self.owner,
            name: self.name.clone(),
            parent: self.parent,
            access: self.access.clone(),
            prerun: given.collect(),
            roles: self.roles.clone(),
            tasks: self.tasks.clone(),
            ..Launch::new(run, seed, self.user.unwrap_or(caller))
        };
        Ok(Launching { launch, about: self.about.clone(), warnings })
    }
}

/// Adds the required fields that nothing was sent for, so that all faults are
/// told at once. Without other faults the engine names them.
fn name_missing(form: &[Field], answers: &forms::Answers, faults: &mut FieldErrors) {
    for field in form.iter().filter(|field| field.default.is_none()) {
        let path = format!("prerun.{}", field.id());
        let given = answers.values.iter().find(|(id, _)| *id == field.id());
        let named = faults.iter().any(|(fault, _)| fault == path);
        let missing = field.missing(given.and_then(|(_, answer)| answer.as_ref()));
        if let Some(text) = missing.filter(|_| !named) {
            faults.add(path, text);
        }
    }
}

/// Reads an update request.
pub fn read_update(body: &Value) -> Result<UpdateRun, Refusal> {
    let mut fields = Fields::new(body)?;
    let mut warnings = Vec::new();
    let update = UpdateRun {
        name: read_unless_absent(&mut fields, "name", |name| Ok(name.to_owned())),
        summary: read_summary(&mut fields),
        owner: read_member(&mut fields, "owner_id"),
        starred: read_flag(&mut fields, "starred"),
        is_public: read_flag(&mut fields, "is_public"),
        hidden_fields: read_hidden_fields(&mut fields, &mut warnings),
        access: read_access(&mut fields),
        prerun: read_prerun(&mut fields),
        faults: FieldErrors::default(),
        warnings: Vec::new(),
    };
    refuse_entries(&mut fields, "tags", "tag");
    refuse_entries(&mut fields, "folders", "folder");
    warnings.extend(fields.unknown());
    Ok(UpdateRun { faults: fields.into_faults(), warnings, ..update })
}

impl UpdateRun {
    /// What it asks of a process, and what is said of the process from now on
    /// if that changes.
    ///
    /// # Errors
    ///
    /// Every fault of the request; [`Refusal::Forbidden`] for those who may
    /// not say who sees the process.
    pub fn for_process(&self, process: &Process, actor: Actor) -> Result<(Asked, Option<About>), Refusal> {
        let mut faults = self.faults.clone();
        let answers = forms::read_form(process.run.prerun_fields(), &self.prerun, "prerun", &mut faults);
        faults.into_result()?;
        let state = process.run.state();
        let mut asked = Asked { commands: Vec::new(), warnings: self.warnings.clone() };
        asked.warnings.extend(answers.unknown.iter().map(|key| unknown_field("kick-off form", key)));
        let name = self.name.clone().filter(|name| name.trim() != state.name);
        asked.commands.extend(name.map(|name| Command::Rename { name }));
        let owner = self.owner.filter(|owner| *owner != state.owner);
        asked.commands.extend(owner.map(|owner| Command::HandOver { owner }));
        if !answers.values.is_empty() {
            asked.commands.push(Command::AnswerPrerun { values: answers.values });
        }
        let access = self.access.clone().filter(|access| !access.same(&state.access));
        let about = About {
            summary: self.summary.clone().unwrap_or_else(|| process.about.summary.clone()),
            starred: self.starred.unwrap_or(process.about.starred),
            is_public: self.is_public.unwrap_or(process.about.is_public),
            publicly_hidden_fields: self
                .hidden_fields
                .clone()
                .unwrap_or_else(|| process.about.publicly_hidden_fields.clone()),
        };
        let starred_only = About { starred: about.starred, ..process.about.clone() };
        if (access.is_some() || about != starred_only) && !may_share(state, actor) {
            return Err(Refusal::Forbidden(
                "Only administrators, the owner and the starter of a process may change its notes and who \
                 sees it.",
            ));
        }
        asked.commands.extend(access.map(|access| Command::Share { access }));
        Ok((asked, Some(about).filter(|about| *about != process.about)))
    }
}

#[cfg(test)]
mod tests;
