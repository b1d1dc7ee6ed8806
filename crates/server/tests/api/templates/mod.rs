//! Templates, their steps, form fields and rules.

mod access;
mod captures;
mod faults;
mod feed;
mod imports;
mod lists;
mod rules;
mod steps;
mod whole;

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, json};

use crate::permissions::Ready;

/// A template as an import: a kick-off form, three steps, a deadline that is
/// counted from the first step, and a rule about fields of both forms.
pub(crate) fn sample(title: &str) -> Value {
    json!({
        "title": title, "type": "procedure", "summary": "How we do it",
        "prerun": [{"id": "k1", "label": "Client", "field_type": "text", "required": true}],
        "steps": [
            {"id": "s1", "title": "Collect", "captures": [
                {"id": "f1", "label": "Colour", "field_type": "radio", "required": false,
                 "options": [{"id": 1, "text": "red"}, {"id": 2, "text": "green"}]},
                {"id": "f2", "label": "Notes", "field_type": "textarea", "required": false},
            ]},
            {"id": "s2", "title": "Check", "step_type": "approval",
             "deadline": {"value": 2, "unit": "days", "option": "from", "step": "s1"}},
            {"id": "s3", "title": "Send to {{client}}", "guests": ["carl@client.example"]},
        ],
        "automated_actions": [{
            "automated_alias": "Red goes on",
            "conditions": [
                {"conditionable_id": "f1", "conditionable_type": "Capture", "operation": "equals",
                 "statement": "red", "logic": "and"},
                {"conditionable_id": "k1", "conditionable_type": "Prerun", "operation": "is_not_empty", "logic": "and"},
            ],
            "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": "s3"}],
        }],
    })
}

/// The same with other values for some keys.
pub(crate) fn sample_with(title: &str, changes: &Value) -> Value {
    let mut body = sample(title);
    for (key, value) in changes.as_object().expect("an object") {
        body[key] = value.clone();
    }
    body
}

/// A template that was made, with its parts.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) path: String,
    /// As it was answered, with its steps.
    pub(crate) data: Value,
}

impl Made {
    /// The id of a step, by its place.
    pub(crate) fn step(&self, at: usize) -> &str {
        self.data["steps"]["data"][at]["id"].as_str().expect("a step")
    }

    /// The id of a field of a step, by both places.
    pub(crate) fn field(&self, step: usize, at: usize) -> &str {
        self.data["steps"]["data"][step]["captures"][at]["id"].as_str().expect("a field")
    }

    /// The path of a step.
    pub(crate) fn step_path(&self, at: usize) -> String {
        format!("{}/steps/{}", self.path, self.step(at))
    }

    /// The path of a field of a step.
    pub(crate) fn field_path(&self, step: usize, at: usize) -> String {
        format!("{}/captures/{}", self.step_path(step), self.field(step, at))
    }

    /// The path of the first rule.
    pub(crate) fn rule_path(&self) -> String {
        format!(
            "{}/automated-actions/{}",
            self.path,
            self.data["automated_actions"][0]["id"].as_str().unwrap()
        )
    }

    /// The path of the first field of the kick-off form.
    pub(crate) fn prerun_path(&self) -> String {
        format!("{}/preruns/{}", self.path, self.data["prerun"][0]["id"].as_str().unwrap())
    }
}

/// Makes a template.
pub(crate) async fn make(client: &Client, body: &Value) -> Made {
    let made = client.post("/checklists?with=steps", body).await.expect(201);
    let id = made.data()["id"].as_str().expect("an id").to_owned();
    Made { path: format!("/checklists/{id}"), id, data: made.data().clone() }
}

/// The template as it is now, with its steps.
pub(crate) async fn now(client: &Client, made: &Made) -> Value {
    client.get(&format!("{}?with=steps", made.path)).await.expect(200).data().clone()
}

/// The titles of its steps.
pub(crate) fn titles(template: &Value) -> Vec<&str> {
    let steps = template["steps"]["data"].as_array().expect("steps");
    steps.iter().map(|step| step["title"].as_str().expect("a title")).collect()
}

pub(crate) fn id_of(app: &TestApp, role: Role) -> i64 {
    app.acme.member(role).get()
}

/// Makes what an operation on a template is about.
pub(crate) async fn prepare(app: &TestApp, method: &str, template: &str) -> Ready {
    let admin = app.admin();
    let everyone: Vec<i64> = Role::ALL.iter().map(|role| id_of(app, *role)).collect();
    let mut sample = sample_with("Cell", &json!({"users": everyone, "dual_version_enabled": true}));
    if method == "DELETE" {
        sample["automated_actions"][0]["conditions"] =
            json!([{"conditionable_id": "s2", "conditionable_type": "Step", "operation": "completed"}]);
        if !template.ends_with("{rule}") {
            sample["automated_actions"] = json!([]);
            sample["steps"][1]["deadline"] = Value::Null;
        }
    }
    let below = template.strip_prefix("/organizations/{org}").expect("below an organization");
    let ends = |end: &str| below.ends_with(end);
    if ends("/reorder") {
        sample["steps"][1]["deadline"] = Value::Null;
    }
    let rule = sample["automated_actions"][0].clone();
    if below == "/checklists" {
        return Ready {
            method: method.parse().unwrap(),
            path: below.to_owned(),
            body: (method == "POST").then_some(sample),
        };
    }
    let made = make(&admin, &sample).await;
    if ends("/delete") || ends("/restore") {
        admin.delete(&made.path).await.expect(200);
    }
    let field = if below.contains("/preruns/") {
        made.data["prerun"][0]["id"].as_str().unwrap()
    } else {
        made.field(0, 0)
    };
    let stored = &made.data["automated_actions"][0];
    let path = below
        .replace("{checklist}", &made.id)
        .replace("{step}", made.step(0))
        .replace("{field}", field)
        .replace("{rule}", stored["id"].as_str().unwrap_or_default());
    let body = match method {
        "GET" | "DELETE" => None,
        _ if ends("/restore") || ends("/publish") || ends("{step}/clone") => None,
        _ if ends("{checklist}/clone") => Some(json!({"title": "Copy"})),
        _ if ends("/steps") => Some(json!({"title": "New step"})),
        _ if ends("{step}") => Some(json!({"title": "Other title"})),
        _ if ends("/reorder") => Some(json!({"position": 2})),
        "POST" if ends("/captures") => Some(json!({"label": "New", "field_type": "text", "required": false})),
        _ if ends("/captures") => Some(json!({"capture_id": made.field(0, 0), "position": 2})),
        _ if ends("/move-out") => Some(json!({"target_step_id": made.step(1), "position": 1})),
        _ if ends("{field}") => Some(json!({"label": "Other label"})),
        "POST" if ends("/automated-actions") => {
            let mut rule = rule;
            rule["conditions"] = stored["conditions"].clone();
            rule["then_actions"] = stored["then_actions"].clone();
            Some(rule)
        }
        _ if ends("{rule}") => Some(json!({"automated_alias": "Another name"})),
        _ => Some(json!({"title": "Another title"})),
    };
    Ready { method: method.parse().unwrap(), path, body }
}
