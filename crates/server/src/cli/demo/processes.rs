//! The demo's template, and processes that were launched from it at one time
//! and another, through the functions that the API calls.

use std::collections::BTreeMap;

use hospes_api::templates::request::Ids;
use hospes_api::templates::request::read_create;
use hospes_model::activity::Cause;
use hospes_model::member::{Actor, Member};
use hospes_model::run::{About, Process};
use hospes_model::task::form::FieldValue;
use hospes_model::template::Template;
use hospes_model::template::copy::FreshIds;
use hospes_model::workflow::{Answer, By, Command, Launch, People, Person, StepOverride};
use hospes_model::{EmailAddress, OrgNo, Refusal, RunId, TemplateId};
use hospes_store::runs::write::{self, Doer, Newcomers, Target, Wish};
use hospes_store::templates::write::{self as templates, Wanted};
use hospes_store::{Expected, Tx};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::Failure;
use crate::entropy;

/// A process for one of the organization's guests.
pub(super) struct Onboarding {
    /// What the company is called.
    pub(super) company: &'static str,
    /// Who does its part.
    pub(super) guest: EmailAddress,
    /// Days since it was launched.
    pub(super) days: i64,
    /// How far it has come: 0 to 4.
    pub(super) done: usize,
}

const HOURS: i64 = 24;

/// The template's id, the same everywhere: a second start can name its form.
pub(super) fn template_id() -> TemplateId {
    TemplateId::new(1_735_689_600_000, *b"onboarding")
}

/// Makes the template and the processes.
pub(super) fn seed(
    tx: &mut Tx<'_>,
    org: OrgNo,
    members: &[Member],
    processes: &[Onboarding],
    beginning: Timestamp,
    now: Timestamp,
) -> Result<(), Failure> {
    let [admin, sam, ..] = members else { return Ok(()) };
    let template = make_template(tx, org, admin, sam, beginning)?;
    for (place, onboarding) in processes.iter().enumerate() {
        let launcher = if place % 3 == 0 { admin } else { sam };
        Story { org, template: &template, launcher, onboarding, now }.play(tx)?;
    }
    Ok(())
}

fn cause(member: &Member, at: Timestamp) -> Cause {
    Cause { actor: Some(member.id), guest: None, at, ip: None, request_id: "hospes-demo".to_owned() }
}

fn actor(member: &Member) -> Actor {
    Actor { id: member.id, role: member.role }
}

/// The template as somebody would import it.
fn content(checker: &Member) -> Value {
    let id = |number: u8| format!("{number:032x}");
    let days =
        |value: u8, step: &str| json!({"value": value, "unit": "days", "option": "from", "step": step});
    let rule = |alias: &str, step: u8, operation: &str, action: Value| {
        json!({
            "automated_alias": alias,
            "conditions": [{
                "conditionable_id": id(step), "conditionable_type": "Step", "operation": operation,
                "statement": "any_time", "logic": "and",
            }],
            "then_actions": [action],
        })
    };
    json!({
        "title": "Client onboarding",
        "type": "procedure",
        "is_public_kickoff": true,
        "kickoff_title": "Become a client",
        "kickoff_description": "<p>Tell us who you are, and we begin.</p>",
        "summary": "From the first call to the first delivery.",
        "auto_naming": true,
        "default_process_name_format": "Onboarding of {{company}}",
        "prerun": [
            {"id": id(11), "alias": "company", "label": "Company", "field_type": "text", "required": true},
            {"id": id(12), "alias": "source", "label": "How they found us", "field_type": "radio",
             "options": [{"id": 1, "text": "Recommended"}, {"id": 2, "text": "Web site"}, {"id": 3, "text": "Fair"}]},
            {"id": id(13), "alias": "client", "label": "Who works on it", "field_type": "assignees_form",
             "default_to_guest": true},
        ],
        "steps": [
            {"id": id(1), "title": "Tell us about {{company}}", "step_type": "task", "position": 1,
             "summary": "We need this to write the contract.", "deadline": days(5, "start_run"),
             "captures": [
                {"id": id(21), "alias": "legal-form", "label": "Legal form", "field_type": "dropdown", "required": true,
                 "options": [{"id": 1, "text": "Limited company"}, {"id": 2, "text": "Partnership"},
                             {"id": 3, "text": "Sole trader"}]},
                {"id": id(22), "alias": "registration", "label": "Registration number", "field_type": "text"},
             ]},
            {"id": id(2), "title": "Check the answers of {{company}}", "step_type": "task", "position": 2,
             "assignees": [checker.id], "deadline": days(2, &id(1))},
            {"id": id(3), "title": "Agree to the terms", "step_type": "approval", "position": 3,
             "summary": "The terms are those that we talked about.", "deadline": days(7, &id(2))},
            {"id": id(4), "title": "Read the welcome pack", "step_type": "expiring", "position": 4,
             "deadline": days(30, "start_run")},
        ],
        "automated_actions": [
            rule("The terms come after the check", 2, "completed",
                 json!({"action_type": "visibility", "action_verb": "show", "target_step_id": id(3)})),
            rule("Rejected terms are checked again", 3, "rejected",
                 json!({"action_type": "status", "action_verb": "reopen", "target_step_id": id(2)})),
        ],
    })
}

fn make_template(
    tx: &mut Tx<'_>,
    org: OrgNo,
    admin: &Member,
    checker: &Member,
    at: Timestamp,
) -> Result<Template, Failure> {
    let (millis, random) = entropy::id_parts(at);
    let mut fresh = FreshIds::new(millis, random);
    let mut random = || fresh.draw().1;
    let draft = read_create(&content(checker), template_id(), &mut Ids { millis, random: &mut random })?;
    let checked = draft.check()?;
    let wanted = Wanted {
        snapshot: checked.snapshot,
        settings: checked.settings,
        owner: admin.id,
        access: checked.access,
        starred: true,
    };
    templates::create::<Failure>(tx, org, wanted, actor(admin), &cause(admin, at))
}

/// One process from its launch to where it stands.
struct Story<'a> {
    org: OrgNo,
    template: &'a Template,
    launcher: &'a Member,
    onboarding: &'a Onboarding,
    now: Timestamp,
}

impl Story<'_> {
    fn play(&self, tx: &mut Tx<'_>) -> Result<(), Failure> {
        let guest = Person::Guest(self.onboarding.guest.clone());
        let process = self.launch(tx)?;
        let done = self.onboarding.done;
        if done > 0 {
            self.ask(tx, &process, 20, |tasks, fields| {
                let legal_form = Answer::Value(FieldValue::Option(1));
                vec![
                    Command::Answer { task: tasks[0], values: vec![(fields[0], Some(legal_form))] },
                    complete(tasks[0], None, Some(guest.clone())),
                ]
            })?;
        }
        if done > 1 {
            self.ask(tx, &process, 30, |tasks, _| vec![complete(tasks[1], None, None)])?;
        }
        if done > 2 {
            // One of them said no at first.
            self.ask(tx, &process, 40, |tasks, _| {
                vec![complete(tasks[2], Some(done > 3), Some(guest.clone()))]
            })?;
        }
        Ok(())
    }

    fn at(&self, hours: i64) -> Timestamp {
        self.now - SignedDuration::from_hours((self.onboarding.days * HOURS - hours).max(1))
    }

    fn launch(&self, tx: &mut Tx<'_>) -> Result<Process, Failure> {
        let at = self.at(0);
        let (millis, random) = entropy::id_parts(at);
        let mut launch = Launch::new(RunId::new(millis, random), entropy::bytes(), self.launcher.id);
        let blueprint = self.template.blueprint();
        let company = blueprint.prerun.first().map(hospes_model::workflow::Field::id);
        launch.prerun =
            company.map(|field| (field, Answer::text(self.onboarding.company))).into_iter().collect();
        let people = People::of_guests([self.onboarding.guest.clone()]);
        let guests_parts = blueprint.steps.iter().enumerate().filter(|(place, _)| [0, 2, 3].contains(place));
        let of_guest = StepOverride { deadline: None, people: Some(people) };
        launch.tasks = guests_parts.map(|(_, step)| (step.id, of_guest.clone())).collect::<BTreeMap<_, _>>();
        let (by, cause) = (By::Member(actor(self.launcher)), cause(self.launcher, at));
        let doer = Doer { by: &by, cause: &cause };
        let mut newcomers =
            Newcomers { code: &mut entropy::guest_code, admit: &mut |_| Ok::<_, Failure>(()) };
        let template = hospes_store::templates::find(tx, self.org, self.template.id)?;
        let template = template.ok_or_else(|| Failure::new("the demo's template is missing"))?;
        let done = write::launch::<Failure>(
            tx,
            self.org,
            &template,
            &launch,
            About::default(),
            doer,
            &mut newcomers,
        )?;
        Ok(done.process)
    }

    /// Asks the process for something so many hours after its launch. `what`
    /// is given the ids of its tasks, and of the first one's fields.
    fn ask(
        &self,
        tx: &mut Tx<'_>,
        process: &Process,
        hours: i64,
        what: impl Fn(&[hospes_model::TaskId], &[hospes_model::FieldId]) -> Vec<Command>,
    ) -> Result<(), Failure> {
        let state = process.run.state();
        let tasks: Vec<_> = state.tasks.iter().map(|task| task.id).collect();
        let fields = self.template.blueprint().steps.first().map(|step| &step.captures);
        let fields: Vec<_> = fields.into_iter().flatten().map(hospes_model::workflow::Field::id).collect();
        let mut wish = |_: &Process| Ok::<_, Refusal>(Wish { commands: what(&tasks, &fields), about: None });
        let (by, cause) = (By::Member(actor(self.launcher)), cause(self.launcher, self.at(hours)));
        let doer = Doer { by: &by, cause: &cause };
        let mut newcomers =
            Newcomers { code: &mut entropy::guest_code, admit: &mut |_| Ok::<_, Failure>(()) };
        let target = Target::Run(state.id);
        write::handle::<Failure>(tx, self.org, target, &Expected::Any, &mut wish, doer, &mut newcomers)?;
        Ok(())
    }
}

fn complete(task: hospes_model::TaskId, approved: Option<bool>, by: Option<Person>) -> Command {
    Command::Complete { task, approved, on_behalf_of: by }
}
