//! Public kick-off forms: strangers fill one in, verify their address, and a
//! process starts with them as guests.

mod caps;
mod changes;
mod closed;
mod faults;
mod files;
mod mail;
mod once;
mod prefill;
mod secrets;
mod start;
mod who;

use std::collections::BTreeMap;

use hospes_model::member::Role;
use hospes_server::mail::caught::CaughtMail;
use hospes_testing::{Browser, Form, Page, TestApp, Value, json};

/// The stranger.
pub(crate) const CARL: &str = "carl@client.example";

/// A template whose kick-off form is public.
#[derive(Debug, Clone)]
pub(crate) struct PublicForm {
    /// The template's id.
    pub(crate) id: String,
    /// Where strangers find the form.
    pub(crate) path: String,
    /// The template as it was answered.
    pub(crate) data: Value,
    fields: BTreeMap<String, String>,
}

/// What the template says: a form with fields of every type, a step that a rule
/// gives to whoever submitted it, and one for a member.
pub(crate) fn body(checker: i64) -> Value {
    let field = |id: &str, label: &str, kind: &str| json!({"id": id, "label": label, "field_type": kind, "required": false});
    let with = |mut field: Value, key: &str, value: Value| {
        field[key] = value;
        field
    };
    let options = json!([{"id": 1, "text": "small"}, {"id": 2, "text": "large"}]);
    json!({
        "title": "New client", "type": "procedure", "is_public_kickoff": true,
        "kickoff_title": "Become a client", "kickoff_description": "<p>It takes <b>two</b> minutes.</p>",
        "summary": "Only members read this.",
        "prerun": [
            with(field("firm", "Firm", "text"), "required", json!(true)),
            field("notes", "Notes", "textarea"),
            with(field("size", "Size", "radio"), "options", options.clone()),
            with(field("kind", "Kind", "dropdown"), "options", options.clone()),
            with(field("wants", "Wants", "multiselect"), "options", options),
            field("since", "Since", "date"),
            field("contact", "Contact", "email"),
            with(field("people", "People", "table"), "columns", json!([{"id": 1, "label": "Name"}])),
            with(field("client", "Client", "assignees_form"), "default_to_guest", json!(true)),
            field("others", "Others", "assignees_form"),
        ],
        "steps": [
            {"id": "more", "title": "Tell us more"},
            {"id": "check", "title": "Check the firm", "assignees": [checker]},
        ],
        "automated_actions": [{
            "automated_alias": "The client's task",
            "conditions": [{"conditionable_id": "client", "conditionable_type": "Prerun", "operation": "is_not_empty"}],
            "then_actions": [{"action_type": "assignment", "action_verb": "assign_only", "target_step_id": "more",
                              "actionable_id": "client", "actionable_type": "Prerun"}],
        }],
    })
}

impl PublicForm {
    /// Made by the standard member, who shares it.
    pub(crate) async fn new(app: &TestApp) -> Self {
        Self::with(app, &json!({})).await
    }

    /// The same with other values for some keys.
    pub(crate) async fn with(app: &TestApp, changes: &Value) -> Self {
        let mut body = body(app.acme.member(Role::Standard).get());
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        let made = app.client(Role::Standard).post("/checklists", &body).await.expect(201);
        let data = made.data().clone();
        let id = data["id"].as_str().unwrap().to_owned();
        let fields = data["prerun"].as_array().unwrap().iter().map(|field| {
            let text = |key: &str| field[key].as_str().unwrap().to_owned();
            (text("label"), text("id"))
        });
        let path = format!("/kickoff/{}/{id}", app.acme.id);
        Self { path, fields: fields.collect(), data, id }
    }

    /// The id of a field.
    pub(crate) fn field(&self, label: &str) -> &str {
        &self.fields[label]
    }

    /// The name of its input.
    pub(crate) fn input(&self, label: &str) -> String {
        format!("f.{}", self.fields[label])
    }

    /// The form as a browser is shown it.
    pub(crate) async fn open(&self, browser: &Browser) -> Form {
        browser.open(&self.path).await.expect(200).form(&self.path)
    }

    /// The form with what it must have.
    pub(crate) async fn filled(&self, browser: &Browser, email: &str) -> Form {
        self.open(browser).await.with(&self.input("Firm"), "Acme Bread").with("email", email)
    }

    /// Submits it.
    pub(crate) async fn submit(&self, browser: &Browser, email: &str) -> Page {
        let page = browser.submit(&self.filled(browser, email).await, 0).await;
        assert!(page.path.starts_with(&format!("{}/sent/", self.path)), "{}: {}", page.path, page.body);
        page
    }

    /// Submits it and opens the mailed link.
    pub(crate) async fn confirmed(&self, app: &TestApp, browser: &Browser, email: &str) -> Page {
        self.submit(browser, email).await;
        let page = browser.open(&link(app, &mailed(app, email).await)).await.expect(200);
        browser.submit(&page.form("/verify").with("sure", "yes"), 0).await
    }

    /// Changes the template.
    pub(crate) async fn change(&self, app: &TestApp, changes: &Value) {
        let mut body = json!({"title": "New client"});
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        app.admin().put(&format!("/checklists/{}", self.id), &body).await.expect(200);
    }
}

/// The newest mail with which an address is verified, which must be new.
pub(crate) async fn mailed(app: &TestApp, email: &str) -> CaughtMail {
    let mut mails = mails(app).await;
    mails.retain(|mail| mail.to == email && mail.kind == "access");
    mails.pop().unwrap_or_else(|| panic!("no mail to {email}"))
}

/// What is mailed now, the oldest first.
pub(crate) async fn mails(app: &TestApp) -> Vec<CaughtMail> {
    let before = app.caught().first().map_or(0, |mail| mail.number);
    app.deliver().await;
    let mut new: Vec<CaughtMail> = app.caught().into_iter().filter(|mail| mail.number > before).collect();
    new.reverse();
    new
}

/// The path of the link in a mail.
pub(crate) fn link(app: &TestApp, mail: &CaughtMail) -> String {
    let line =
        mail.text.lines().find(|line| line.contains("/kickoff/")).unwrap_or_else(|| panic!("{}", mail.text));
    line.trim().strip_prefix(&app.base).unwrap().to_owned()
}

/// The digits in a mail.
pub(crate) fn digits(mail: &CaughtMail) -> String {
    let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.text.lines().map(str::trim).find(is_code).expect("digits").to_owned()
}

/// How many processes there are.
pub(crate) async fn runs(app: &TestApp) -> i64 {
    app.admin().get("/runs").await.expect(200).json["meta"]["pagination"]["total"].as_i64().unwrap()
}

/// A page's body without what is drawn anew each time: tokens and ids.
pub(crate) fn without_tokens(page: &Page) -> String {
    let is_drawn = |word: &&str| word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = page.body.split(|c: char| !c.is_ascii_alphanumeric());
    let drawn: Vec<&str> = words.filter(is_drawn).collect();
    drawn.iter().fold(page.body.clone(), |body, word| body.replace(word, "*"))
}
