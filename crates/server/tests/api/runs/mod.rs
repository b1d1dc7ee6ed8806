//! Processes and their tasks.

mod access;
mod forms;
mod launch;
mod lifecycle;
mod lists;
mod tasks;

use hospes_model::activity::Cause;
use hospes_model::member::{Actor, Role};
use hospes_model::task::TaskType;
use hospes_model::task::form::{Choice, FieldDraft, FieldType};
use hospes_model::template::Settings;
use hospes_model::workflow::{
    Action, Blueprint, Condition, Field, Logic, People, Rule, Snapshot, Step, StepOperation, Test,
    TimeClause, Validation,
};
use hospes_model::{FieldId, RuleId, StepId, TemplateId};
use hospes_server::entropy;
use hospes_server::error::Error;
use hospes_store::templates::write::{self, Wanted};
use hospes_testing::{Answer, Client, TestApp, Value, json};

/// A template for tests. Its kick-off form asks for a firm (required), a kind
/// and people; “Call {{firm}}” has a form; “Approve” waits for a verdict;
/// “Celebrate” is shown when the call was made.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) id: String,
    pub(crate) firm: String,
    pub(crate) kind: String,
    pub(crate) people: String,
    pub(crate) steps: [String; 3],
    pub(crate) note: String,
    pub(crate) colour: String,
    pub(crate) table: String,
}

fn ids(app: &TestApp) -> (u64, [u8; 10]) {
    entropy::id_parts(app.app.clock.now())
}

fn field(app: &TestApp, label: &str, field_type: FieldType, required: bool) -> Field {
    let (millis, random) = ids(app);
    let choices =
        || [(1, "red"), (2, "green")].map(|(id, text)| Choice { id, text: text.to_owned() }).to_vec();
    let draft = FieldDraft {
        label: label.to_owned(),
        field_type,
        required,
        options: if field_type.has_options() { choices() } else { Vec::new() },
        columns: if field_type == FieldType::Table { choices() } else { Vec::new() },
        guidance: None,
        position: 1,
    };
    let mut definition = draft.with_id(FieldId::new(millis, random));
    definition.alias = label.to_lowercase();
    Field { definition, validation: Validation::default(), default: None, default_to_guest: false }
}

fn step(app: &TestApp, title: &str, task_type: TaskType) -> Step {
    let (millis, random) = ids(app);
    Step::new(StepId::new(millis, random), title, task_type)
}

/// Puts a template into the first organization, with these settings.
pub(crate) async fn template_with(app: &TestApp, settings: Settings, access: People) -> Template {
    let prerun = vec![
        field(app, "Firm", FieldType::Text, true),
        field(app, "Kind", FieldType::Dropdown, false),
        field(app, "People", FieldType::AssigneesForm, false),
    ];
    let mut call = step(app, "Call {{firm}}", TaskType::Task);
    call.captures = vec![
        field(app, "Note", FieldType::Text, true),
        field(app, "Colour", FieldType::Radio, false),
        field(app, "Table", FieldType::Table, false),
    ];
    let steps = vec![call, step(app, "Approve", TaskType::Approval), step(app, "Celebrate", TaskType::Task)];
    let (millis, random) = ids(app);
    let shown = Rule {
        id: RuleId::new(millis, random),
        alias: "Show".to_owned(),
        conditions: vec![Condition {
            logic: Logic::And,
            test: Test::Step {
                step: steps[0].id,
                operation: StepOperation::Completed,
                when: TimeClause::AnyTime,
            },
        }],
        actions: vec![Action::Visibility { step: steps[2].id, show: true }],
    };
    let (millis, random) = ids(app);
    let blueprint = Blueprint {
        prerun,
        steps,
        automated_actions: vec![shown],
        ..Blueprint::empty(TemplateId::new(millis, random), "New client".to_owned())
    };
    let id = |field: &Field| field.id().to_string();
    let made = Template {
        id: blueprint.template.to_string(),
        firm: id(&blueprint.prerun[0]),
        kind: id(&blueprint.prerun[1]),
        people: id(&blueprint.prerun[2]),
        steps: [0, 1, 2].map(|at| blueprint.steps[at].id.to_string()),
        note: id(&blueprint.steps[0].captures[0]),
        colour: id(&blueprint.steps[0].captures[1]),
        table: id(&blueprint.steps[0].captures[2]),
    };
    let actor = Actor { id: app.acme.member(Role::Admin), role: Role::Admin };
    let wanted = Wanted {
        snapshot: std::sync::Arc::new(Snapshot::new(blueprint).unwrap()),
        settings,
        owner: actor.id,
        access,
        starred: false,
    };
    let at = app.app.clock.now();
    let cause = Cause { actor: Some(actor.id), guest: None, at, ip: None, request_id: "test".to_owned() };
    let org = app.acme.no;
    let work = move |tx: &mut hospes_store::Tx<'_>| {
        write::create::<Error>(tx, org, wanted.clone(), actor, &cause).map(drop)
    };
    let stored: Result<(), Error> = app.app.store.write(work).await;
    stored.unwrap();
    made
}

/// The same with settings of no interest, for everybody but light members.
pub(crate) async fn template(app: &TestApp) -> Template {
    template_with(app, Settings { can_add_oot: true, ..Settings::default() }, People::default()).await
}

impl Template {
    /// The body of a launch, with other values for some keys.
    pub(crate) fn body(&self, changes: &Value) -> Value {
        let mut body = json!({"checklist_id": self.id, "name": "Acme", "prerun": {&self.firm: "Acme"}});
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    }

    /// Launches a process.
    pub(crate) async fn launch(&self, client: &Client, changes: &Value) -> Run {
        let made = client.post("/runs", &self.body(changes)).await.expect(201);
        let path = format!("/runs/{}", made.data()["id"].as_str().unwrap());
        let list = client.get(&format!("{path}/tasks")).await.expect(200);
        let tasks = list.data().as_array().unwrap();
        let tasks = tasks.iter().map(|task| task["id"].as_str().unwrap().to_owned()).collect();
        Run { path, tasks }
    }
}

/// A process that was launched.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) path: String,
    /// The ids of its tasks, in their order.
    pub(crate) tasks: Vec<String>,
}

impl Run {
    fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// The path of a task.
    pub(crate) fn task(&self, at: usize) -> String {
        format!("{}/tasks/{}", self.path, self.tasks[at])
    }

    pub(crate) async fn complete(&self, client: &Client, at: usize, more: &Value) -> Answer {
        let mut body = json!({"task_id": self.tasks[at]});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        client.post(&format!("{}/completed-tasks", self.path), &body).await
    }

    pub(crate) async fn reopen(&self, client: &Client, at: usize) -> Answer {
        client.delete(&format!("{}/completed-tasks/{}", self.path, self.tasks[at])).await
    }

    /// Fills in the note, so that the first task can be completed.
    pub(crate) async fn fill(&self, client: &Client, template: &Template) -> Answer {
        client.put(&self.task(0), &json!({"taskdata": {&template.note: "Done"}})).await.expect(200)
    }
}

fn member(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}
