//! The pages on which guests work: their list, one task, its form and buttons.

mod actions;
mod colleague;
mod conflicts;
mod form;
mod frame;
mod histories;
mod kept;
mod list;
mod picker;
mod safety;

use std::collections::BTreeMap;

use hospes_model::member::Role;
use hospes_testing::{Browser, Client, Form, Page, TestApp, Value, json};

use super::{Visitor, sign_in, visitor};

pub(crate) const CARL: &str = "carl@client.example";
pub(crate) const DORA: &str = "dora@client.example";

/// A process with two guests: a form of every field type for both, an approval
/// for Carl, something internal, a notice for Carl.
pub(crate) struct Stage {
    pub(crate) admin: Client,
    pub(crate) carl: Visitor,
    /// Carl's browser.
    pub(crate) browser: Browser,
    pub(crate) run: String,
    /// The tasks, in the order of the steps.
    pub(crate) tasks: Vec<String>,
    /// The fields of the first step, by label.
    pub(crate) fields: BTreeMap<String, String>,
}

fn template(rules: &Value) -> Value {
    let options = json!([{"id": 1, "text": "red"}, {"id": 2, "text": "green"}]);
    let field = |label: &str, kind: &str, more: &Value| {
        let mut field = json!({"id": label, "label": label, "field_type": kind});
        for (key, value) in more.as_object().unwrap() {
            field[key] = value.clone();
        }
        field
    };
    json!({
        "title": "Onboarding", "type": "procedure",
        "prerun": [{"id": "firm", "alias": "firm", "label": "Firm", "field_type": "text"}],
        "steps": [
            {"id": "form", "title": "Tell us about {{firm}}", "summary": "<p>Please <b>all</b> of it.</p>",
             "captures": [
                field("Name", "text", &json!({"required": true, "guidance": "As in the <i>register</i>"})),
                field("Story", "textarea", &json!({})),
                field("Colour", "radio", &json!({"options": options})),
                field("Size", "dropdown", &json!({"options": options})),
                field("Extras", "multiselect", &json!({"options": options})),
                field("Day", "date", &json!({})),
                field("Mail", "email", &json!({})),
                field("Table", "table", &json!({"columns": [{"id": 1, "label": "First"}, {"id": 2, "label": "Second"}]})),
                field("People", "assignees_form", &json!({})),
                field("Paper", "file", &json!({})),
                field("Number", "text", &json!({"field_validation": ["numeric", "min:3", "max:9"]})),
             ]},
            {"id": "approve", "title": "Approve the offer", "step_type": "approval"},
            {"id": "check", "title": "Check the books"},
            {"id": "notice", "title": "We close on Friday", "step_type": "expiring",
             "deadline": {"value": 2, "unit": "days", "option": "from", "step": "start_run"}},
        ],
        "automated_actions": rules,
    })
}

impl Stage {
    pub(crate) async fn new(app: &TestApp) -> Self {
        Self::with_rules(app, &json!([])).await
    }

    pub(crate) async fn with_rules(app: &TestApp, rules: &Value) -> Self {
        let admin = app.admin();
        let carl = visitor(app, CARL).await;
        assert_eq!(carl.email, CARL);
        let made = admin.post("/checklists?with=steps", &template(rules)).await.expect(201);
        let steps = made.data()["steps"]["data"].as_array().unwrap();
        let captures = steps[0]["captures"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fields = captures.iter().map(|field| (text(&field["label"]), text(&field["id"]))).collect();
        let ids: Vec<String> = steps.iter().map(|step| text(&step["id"])).collect();
        let guests = |list: &[&str]| json!({"owners": {"users": [], "guests": list, "groups": []}});
        let launch = json!({
            "checklist_id": made.data()["id"], "name": "Carl's firm",
            "prerun": {made.data()["prerun"][0]["id"].as_str().unwrap(): "Client & Sons"},
            "tasks": {&ids[0]: guests(&[CARL, DORA]), &ids[1]: guests(&[CARL]), &ids[3]: guests(&[CARL])},
        });
        let run = admin.post("/runs", &launch).await.expect(201);
        let run = format!("/runs/{}", run.data()["id"].as_str().unwrap());
        let listed = admin.get(&format!("{run}/tasks?sort=position")).await.expect(200);
        let tasks = listed.data().as_array().unwrap().iter().map(|task| text(&task["id"])).collect();
        let browser = sign_in(app, &carl).await;
        Self { admin, carl, browser, run, tasks, fields }
    }

    /// The address of a task's page, the first being 1.
    pub(crate) fn path(&self, step: usize) -> String {
        self.carl.path(&format!("/tasks/{}", self.tasks[step - 1]))
    }

    pub(crate) async fn open(&self, step: usize) -> Page {
        self.browser.open(&self.path(step)).await.expect(200)
    }

    /// The form of a task as it is shown now.
    pub(crate) async fn form(&self, step: usize) -> Form {
        self.open(step).await.form("/save")
    }

    /// The name of a field's input.
    pub(crate) fn input(&self, label: &str) -> String {
        format!("f.{}", self.fields[label])
    }

    /// What is filled in, by the API.
    pub(crate) async fn stored(&self, label: &str) -> Value {
        let all = self
            .admin
            .get(&format!("{}/tasks/{}?with=form_fields", self.run, self.tasks[0]))
            .await
            .expect(200);
        all.data()["taskdata"][&self.fields[label]].clone()
    }

    /// A member fills something in.
    pub(crate) async fn fill(&self, label: &str, value: &Value) {
        let path = format!("{}/tasks/{}", self.run, self.tasks[0]);
        self.admin.put(&path, &json!({"taskdata": {&self.fields[label]: value}})).await.expect(200);
    }

    pub(crate) async fn task(&self, step: usize) -> Value {
        let path = format!("{}/tasks/{}", self.run, self.tasks[step - 1]);
        self.admin.get(&path).await.expect(200).data().clone()
    }

    /// Posts a form with another button than the first.
    pub(crate) async fn press(&self, form: &Form, word: &str) -> Page {
        press(&self.browser, form, word).await
    }
}

/// Posts a task's form to one of its buttons' addresses.
pub(crate) async fn press(browser: &Browser, form: &Form, word: &str) -> Page {
    let mut form = form.clone();
    form.action = format!("{}{word}", form.action.strip_suffix("save").unwrap_or(&form.action));
    browser.submit(&form, usize::MAX).await
}

/// A one-off task for guests; its id.
pub(crate) async fn one_off(app: &TestApp, guests: &[&str], more: &Value) -> String {
    let body = crate::tasks::body_with(&[app.acme.member(Role::Admin).get()], guests, more);
    let made = app.admin().post("/tasks", &body).await.expect(201);
    made.data()["id"].as_str().unwrap().to_owned()
}
