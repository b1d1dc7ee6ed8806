//! A process comes into being (`wire.md` 2.3, `product.md` 2.8).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::{FieldId, MemberId, RoleId, RunId, StepId, TaskId};
use crate::refusal::{FieldErrors, Refusal};
use crate::task::form::FieldType;

use super::assignees::Assignees;
use super::blueprint::{Step, StepBase, TemplateKind};
use super::calendar::{Calendar, Direction};
use super::command::{Context, Outcome};
use super::due::Due;
use super::event::{Cause, RunEvent};
use super::field::{Answer, DefaultAnswer, Field};
use super::fire::Trigger;
use super::forms::{check_complete, check_picked, check_value};
use super::people::People;
use super::run::{Decider, Origin, Run, RunState, RunTask, Stamp, Told, Visibility};
use super::snapshot::Snapshot;
use super::tasks::check_name;
use super::turn::Turn;
use super::variables::{Style, one_line};

/// A wish to launch a process.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The id of the new process.
    pub run: RunId,
    /// Ten random bytes, of which the ids of the tasks are made.
    pub seed: [u8; 10],
    /// In whose name it is launched: an active member.
    pub launcher: MemberId,
    /// Who looks after it; `None`: the launcher.
    pub owner: Option<MemberId>,
    /// Its name, where the template leaves that to the launcher.
    pub name: Option<String>,
    /// The process that it belongs to.
    pub parent: Option<RunId>,
    /// Who may see it besides.
    pub access: People,
    /// The answers of the kick-off form, each field at most once.
    pub prerun: Vec<(FieldId, Answer)>,
    /// Who fills the job titles.
    pub roles: BTreeMap<RoleId, People>,
    /// What is different for some steps.
    pub tasks: BTreeMap<StepId, StepOverride>,
    /// The guest who submitted a public form.
    pub submitter: Option<EmailAddress>,
}

/// What a launch says of one step in the template's place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepOverride {
    /// Until when it should be done: taken as it is, working day or not.
    pub deadline: Option<Timestamp>,
    /// Who is put on it.
    pub people: Option<People>,
}

impl Launch {
    /// A launch with nothing but what it needs.
    pub fn new(run: RunId, seed: [u8; 10], launcher: MemberId) -> Self {
        Self {
            run,
            seed,
            launcher,
            owner: None,
            name: None,
            parent: None,
            access: People::default(),
            prerun: Vec::new(),
            roles: BTreeMap::new(),
            tasks: BTreeMap::new(),
            submitter: None,
        }
    }

    /// The id of the task of a step.
    pub(super) fn task_id(&self, place: usize, at: Timestamp) -> TaskId {
        let mut random = self.seed;
        let (_, low) = random.split_at_mut(6);
        let count = low.iter().fold(0_u32, |count, byte| (count << 8) | u32::from(*byte));
        let count = count.wrapping_add(u32::try_from(place).unwrap_or(u32::MAX));
        low.copy_from_slice(&count.to_be_bytes());
        TaskId::new(u64::try_from(at.as_millisecond()).unwrap_or(0), random)
    }
}

impl Run {
    /// Launches a process: tasks with their people and deadlines, then all
    /// rules, then chaperones.
    ///
    /// # Errors
    ///
    /// Names every required field of the kick-off form that is missing
    /// (`prerun.{id}`), every answer that its field cannot hold, everybody who
    /// cannot be assigned (`tasks.{step}.owners.users`), and everybody who may
    /// see it and is not there (`users`, `groups`).
    pub fn launch(
        snapshot: Arc<Snapshot>,
        launch: &Launch,
        cx: Context<'_>,
    ) -> Result<(Self, Outcome), Refusal> {
        let mut run = Self::unlaunched(snapshot, launch, cx.at);
        let warnings = run.prepare(launch, cx)?;
        let dues = run.plan_all(launch, cx.calendar);
        let head = RunEvent::Launched(Box::new(run.state.clone()));
        let mut turn = Turn::new(&mut run, cx);
        turn.emit(Cause::Command, head);
        for (place, due) in dues.into_iter().enumerate() {
            turn.add_step(place, due, launch);
        }
        turn.fire(Trigger::Launched);
        let mut outcome = turn.settle();
        outcome.warnings.splice(0..0, warnings);
        Ok((run, outcome))
    }

    /// A process without name, answers and tasks.
    pub(super) fn unlaunched(snapshot: Arc<Snapshot>, launch: &Launch, at: Timestamp) -> Self {
        let state = RunState {
            id: launch.run,
            name: String::new(),
            launcher: launch.launcher,
            owner: launch.owner.unwrap_or(launch.launcher),
            parent: launch.parent,
            access: launch.access.clone(),
            launched_at: at,
            prerun: BTreeMap::new(),
            prerun_completed: None,
            tasks: Vec::new(),
            issues: Vec::new(),
            completed_at: None,
            archived_at: None,
        };
        Self { snapshot, state }
    }

    /// Checks everything, fills in the kick-off form, and finds the name.
    fn prepare(&mut self, launch: &Launch, cx: Context<'_>) -> Result<Vec<String>, Refusal> {
        let mut errors = FieldErrors::default();
        let snapshot = self.snapshot.clone();
        if snapshot.blueprint().kind == TemplateKind::Document {
            errors.add("checklist_id", "A document cannot be launched.");
        }
        for (field, id) in [("user_id", launch.launcher), ("owner_id", self.state.owner)] {
            if !cx.directory.is_active(id) {
                errors.add(field, format!("The {field} must be an active member."));
            }
        }
        for (list, fault) in cx.directory.faults_of(&launch.access) {
            errors.add(list, fault);
        }
        self.fill_prerun(launch, cx, &mut errors);
        for (id, answer) in &launch.prerun {
            check_picked(
                &snapshot.blueprint().prerun,
                (*id, answer),
                None,
                "prerun",
                cx.directory,
                &mut errors,
            );
        }
        let warnings = self.check_overrides(launch, cx, &mut errors);
        match self.find_name(launch, cx) {
            Ok(name) => self.state.name = name,
            Err(text) => errors.add("name", format!("The name {text}.")),
        }
        errors.into_result().map(|()| warnings)
    }

    pub(super) fn fill_prerun(&mut self, launch: &Launch, cx: Context<'_>, errors: &mut FieldErrors) {
        let snapshot = self.snapshot.clone();
        let fields = &snapshot.blueprint().prerun;
        for (id, answer) in &launch.prerun {
            if check_value(fields, *id, Some(answer), "prerun", errors) && !answer.is_empty() {
                self.state.prerun.insert(*id, answer.clone());
            }
        }
        for field in fields {
            if self.state.prerun.contains_key(&field.id()) {
                continue;
            }
            let submitter = launch.submitter.as_ref().filter(|_| {
                field.default_to_guest && field.definition.field_type == FieldType::AssigneesForm
            });
            let start = submitter
                .map(|guest| Answer::People(cx.directory.resolved(&People::of_guests([guest.clone()]))))
                .or_else(|| self.start_of(field, None, cx));
            if let Some(answer) = start {
                self.state.prerun.insert(field.id(), answer);
            }
        }
        check_complete(fields, |id| self.state.prerun.get(&id), errors);
        if !fields.is_empty() {
            self.state.prerun_completed = Some(Stamp { at: cx.at, by: cx.by.person() });
        }
    }

    /// What a field starts with, where that is something it can hold.
    pub(super) fn start_of(&self, field: &Field, task: Option<TaskId>, cx: Context<'_>) -> Option<Answer> {
        use crate::task::form::FieldValue;
        let render = |text: &str| self.render(text, task, Style::Plain, cx);
        let answer = match field.default.as_ref()? {
            DefaultAnswer::Today { offset, direction } => {
                let at = cx.calendar.moved(cx.at, *offset, *direction);
                Answer::text(at.to_zoned(cx.calendar.zone.clone()).date().to_string())
            }
            DefaultAnswer::Answer(Answer::Value(FieldValue::Text(text))) => Answer::text(render(text)),
            DefaultAnswer::Answer(Answer::Value(FieldValue::Row(cells))) => {
                Answer::Value(FieldValue::Row(cells.iter().map(|cell| render(cell)).collect()))
            }
            DefaultAnswer::Answer(answer) => answer.clone(),
        };
        (!answer.is_empty() && field.check(&answer).is_ok()).then_some(answer)
    }

    fn check_overrides(&self, launch: &Launch, cx: Context<'_>, errors: &mut FieldErrors) -> Vec<String> {
        for (id, wanted) in &launch.tasks {
            if self.snapshot.step_place(*id).is_none() {
                errors.add(format!("tasks.{id}"), "This step does not exist.");
            }
            if let Some(people) = &wanted.people {
                cx.directory.check(people, &format!("tasks.{id}.owners"), errors);
            }
        }
        let known = |role: &RoleId| self.snapshot.steps().iter().any(|step| step.roles.contains(role));
        let mut warnings = Vec::new();
        for (role, people) in &launch.roles {
            cx.directory.check(people, &format!("roles.{role}"), errors);
            if !known(role) {
                warnings.push(format!("No step has the job title {role}."));
            }
        }
        for (place, step) in self.snapshot.steps().iter().enumerate() {
            let people = self.people_of(place, launch, cx);
            let path = format_args!("tasks.{}.owners", step.id);
            let oversized = people.groups().iter().any(|group| cx.directory.is_too_large(*group));
            let overridden = launch.tasks.get(&step.id).is_some_and(|wanted| wanted.people.is_some());
            if oversized && !overridden {
                let text = format!("The step “{}” names a group with too many people.", step.title);
                errors.add(path.to_string(), text);
            }
            if Assignees::of(people).exceeds(step.max_assignable, cx.directory) {
                let (title, max) = (&step.title, step.max_assignable);
                let text = format!("The step “{title}” may have at most {max} assignees (max_assignable).");
                errors.add(path.to_string(), text);
            }
        }
        warnings
    }

    /// Who is put on a step: those named in the launch, else those of the
    /// template and of its job titles, else the launcher where the step wants
    /// that (D14: never beside others).
    fn people_of(&self, place: usize, launch: &Launch, cx: Context<'_>) -> People {
        let Some(step) = self.snapshot.steps().get(place) else { return People::default() };
        let wanted = launch.tasks.get(&step.id).and_then(|wanted| wanted.people.as_ref());
        let people = wanted.cloned().unwrap_or_else(|| {
            let roles = step.roles.iter().filter_map(|role| launch.roles.get(role));
            roles.fold(step.people.clone(), |people, role| people.with(role))
        });
        let people = cx.directory.employable(&people);
        if people.is_empty() && step.assign_run_starter {
            return People::members([launch.launcher]);
        }
        people
    }

    /// The deadlines of all steps, each counted behind those that it is
    /// counted from.
    fn plan_all(&self, launch: &Launch, calendar: &Calendar) -> Vec<Due> {
        let mut dues = vec![Due::default(); self.snapshot.steps().len()];
        for place in &self.snapshot.deadline_order {
            let Some(step) = self.snapshot.steps().get(*place) else { continue };
            let due = match (launch.tasks.get(&step.id).and_then(|wanted| wanted.deadline), step.deadline) {
                (Some(at), _) => Due::by_hand(Some(at)),
                (None, Some(deadline)) if deadline.base != StepBase::Launch => {
                    let StepBase::Step(base) = deadline.base else { continue };
                    let base = self.snapshot.step_place(base).and_then(|base| dues.get(base));
                    // Counted from a completion there is none before it.
                    let before = base.and_then(Due::at).filter(|_| deadline.direction == Direction::Before);
                    Due::planned(before.map(|at| calendar.deadline(at, deadline.offset, deadline.direction)))
                }
                (None, _) => planned_alone(step, self.state.launched_at, calendar),
            };
            if let Some(place) = dues.get_mut(*place) {
                *place = due;
            }
        }
        dues
    }

    fn find_name(&self, launch: &Launch, cx: Context<'_>) -> Result<String, String> {
        let blueprint = self.snapshot.blueprint();
        let format = blueprint.naming.format.as_deref();
        let given = launch.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let forced = blueprint.naming.auto_naming || !blueprint.naming.allow_launcher_change_name;
        let pattern = match (given, format) {
            (_, Some(format)) if forced => format,
            (Some(given), _) => return check_name(given),
            (None, Some(format)) => format,
            (None, None) => "{{TEMPLATE_NAME}} - {{DATE}}",
        };
        // Names are one line, and what variables hold may be long.
        let name = self.render(pattern, None, Style::Plain, cx);
        let name = one_line(&name, super::check::NAME_LIMIT);
        check_name(if name.is_empty() { &blueprint.title } else { &name })
    }
}

impl Turn<'_> {
    fn add_step(&mut self, place: usize, due: Due, launch: &Launch) {
        let snapshot = self.run.snapshot.clone();
        let Some(step) = snapshot.steps().get(place) else { return };
        let id = launch.task_id(place, self.cx.at);
        let mut task = new_task(id, step, self.cx.at, self.cx.calendar);
        task.assignees = Assignees::of(self.run.people_of(place, launch, self.cx));
        task.due = due;
        task.visibility.hidden = snapshot.is_hidden_at_launch(place);
        let starts = step
            .captures
            .iter()
            .filter_map(|field| Some((field.id(), self.run.start_of(field, Some(id), self.cx)?)));
        task.answers = starts.collect();
        self.emit(Cause::Command, RunEvent::TaskAdded(Box::new(task)));
        self.touch(place);
    }
}

/// An open task with nobody on it and no deadline.
pub(super) fn new_task(id: TaskId, step: &Step, at: Timestamp, calendar: &Calendar) -> RunTask {
    let started_at = match step.start_date {
        Some(offset) if !step.is_soft_start_date => calendar.deadline(at, offset, Direction::From),
        _ => at,
    };
    RunTask {
        id,
        origin: Origin::Step(step.id),
        title: None,
        summary: None,
        visibility: Visibility { hidden: false, by: Decider::Template },
        assignees: Assignees::default(),
        started_at,
        due: Due::default(),
        answers: BTreeMap::new(),
        parts: Vec::new(),
        completion: None,
        reopened_at: None,
        rule_reopens: 0,
        stopped_rule: None,
        issues: Vec::new(),
        told: Told::default(),
    }
}

/// The deadline of a step that waits for no other.
pub(super) fn planned_alone(step: &Step, from: Timestamp, calendar: &Calendar) -> Due {
    let counted = match step.deadline {
        Some(deadline) => Some((deadline.offset, deadline.direction)),
        None => calendar.default_deadline.map(|offset| (offset, Direction::From)),
    };
    Due::planned(counted.map(|(offset, direction)| calendar.deadline(from, offset, direction)))
}
