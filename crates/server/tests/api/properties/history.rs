//! Random histories of an organization, played through the API.

use std::collections::HashMap;

use hospes_model::member::Role;
use hospes_testing::{Answer, Client, Org, TestApp, Value, json};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use reqwest::Method;

use crate::guests::escaped;

/// The addresses that histories are about: few, so that steps meet. The last
/// is a member's.
const ADDRESSES: [&str; 7] = [
    "ann@client.example",
    "Bob@Client.example",
    "\u{e4}nne@client.example",
    "carl+one@client.example",
    "d_%@client.example",
    "zo\u{eb}@client.example",
    "light@{org}",
];

/// Texts for profile fields, some alike, one to clear.
const TEXTS: [&str; 8] =
    ["", "Ann", "ann", "\u{c4}nne \"A\"", "Lee\\", "100 %_", "\u{1f4a9}", "O'Brien </script>"];

/// The fields that histories write.
const FIELDS: [&str; 5] = ["first_name", "last_name", "company_name", "opportunity_name", "phone_1"];

/// Something that somebody does. Guests are named by address, tasks by the
/// order in which they were made; what is not there is refused.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Create(usize, Vec<(usize, usize)>),
    Update(usize, Vec<(usize, usize)>),
    Associate(usize, Vec<usize>),
    Cadence(usize, Option<Vec<usize>>),
    Move(usize, usize),
    Disable(usize),
    Enable(usize),
    Remove(usize),
    Task(Vec<usize>),
    Assign(usize, Vec<usize>),
    Complete(usize, Option<usize>),
    Reopen(usize),
    Archive(usize),
    Restore(usize),
    Delete(usize),
}

/// Any step; what makes things is commoner than what ends them.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let address = || 0..ADDRESSES.len();
    let guest = || 0..ADDRESSES.len() - 1;
    let fields = || vec((0..FIELDS.len(), 0..TEXTS.len()), 0..4);
    let task = || 0_usize..4;
    prop_oneof![
        6 => (address(), fields()).prop_map(|(email, fields)| Step::Create(email, fields)),
        4 => (guest(), fields()).prop_map(|(guest, fields)| Step::Update(guest, fields)),
        1 => (guest(), vec(0_usize..4, 0..4)).prop_map(|(guest, members)| Step::Associate(guest, members)),
        1 => (guest(), proptest::option::of(vec(0_usize..7, 0..4))).prop_map(|(guest, days)| Step::Cadence(guest, days)),
        2 => (guest(), address()).prop_map(|(guest, email)| Step::Move(guest, email)),
        2 => guest().prop_map(Step::Disable),
        1 => guest().prop_map(Step::Enable),
        1 => guest().prop_map(Step::Remove),
        3 => vec(guest(), 0..3).prop_map(Step::Task),
        1 => (task(), vec(guest(), 0..3)).prop_map(|(task, guests)| Step::Assign(task, guests)),
        2 => (task(), proptest::option::of(guest())).prop_map(|(task, guest)| Step::Complete(task, guest)),
        1 => task().prop_map(Step::Reopen),
        1 => task().prop_map(Step::Archive),
        1 => task().prop_map(Step::Restore),
        1 => task().prop_map(Step::Delete),
    ]
}

/// Plays steps in an organization.
pub(super) struct Player<'a> {
    org: &'a Org,
    client: Client,
    /// The ids of the tasks made so far.
    tasks: Vec<String>,
}

fn fields(list: &[(usize, usize)]) -> Value {
    let field = |(field, text): &(usize, usize)| (FIELDS[*field].to_owned(), json!(TEXTS[*text]));
    Value::Object(list.iter().map(field).collect())
}

impl<'a> Player<'a> {
    pub(super) fn new(app: &TestApp, org: &'a Org) -> Self {
        Self { org, client: app.client_of(org, Role::Admin), tasks: Vec::new() }
    }

    fn email(&self, number: usize) -> String {
        // Members' addresses end in the organization's name, and only some
        // organizations in a case share one; a member's is enough.
        if number + 1 == ADDRESSES.len() { self.member_email() } else { ADDRESSES[number].to_owned() }
    }

    fn member_email(&self) -> String {
        ADDRESSES[ADDRESSES.len() - 1].replace("{org}", &self.org.domain)
    }

    fn member(&self, number: usize) -> i64 {
        // The last is nobody.
        Role::ALL.get(number).map_or(999_999, |role| self.org.member(*role).get())
    }

    fn owners(&self, guests: &[usize]) -> Value {
        let guests: Vec<String> = guests.iter().map(|guest| self.email(*guest)).collect();
        json!({"users": [self.member(0)], "guests": guests, "groups": []})
    }

    fn task(&self, number: usize) -> String {
        let nobody = "0".repeat(32);
        self.tasks.iter().rev().nth(number).cloned().unwrap_or(nobody)
    }

    /// Does a step and returns what was answered.
    pub(super) async fn play(&mut self, step: &Step) -> Answer {
        let guest = |number: &usize| format!("/guests/{}", escaped(&self.email(*number)));
        let (method, path, body) = match step {
            Step::Create(email, list) => {
                let mut body = fields(list);
                body["email"] = json!(self.email(*email));
                (Method::POST, "/guests?with=stats".to_owned(), Some(body))
            }
            Step::Update(number, list) => (Method::PUT, guest(number), Some(fields(list))),
            Step::Associate(number, members) => {
                let members: Vec<i64> = members.iter().map(|member| self.member(*member)).collect();
                (Method::PUT, guest(number), Some(json!({"associated_members": members})))
            }
            Step::Cadence(number, days) => {
                const DAYS: [&str; 7] =
                    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
                let days = days.as_ref().map(|days| days.iter().map(|day| DAYS[*day]).collect::<Vec<_>>());
                (Method::PUT, guest(number), Some(json!({"cadence_days": days})))
            }
            Step::Move(number, email) => {
                (Method::PUT, guest(number) + "/email", Some(json!({"email": self.email(*email)})))
            }
            Step::Disable(number) => (Method::DELETE, guest(number) + "/disable", None),
            Step::Enable(number) => (Method::PUT, guest(number) + "/enable", None),
            Step::Remove(number) => (Method::DELETE, guest(number), None),
            Step::Task(guests) => {
                let body = json!({
                    "title": "Task", "task_type": "task", "deadline": "2035-06-01 12:00:00",
                    "owners": self.owners(guests),
                });
                (Method::POST, "/tasks".to_owned(), Some(body))
            }
            Step::Assign(task, guests) => (
                Method::PUT,
                format!("/tasks/{}", self.task(*task)),
                Some(json!({"owners": self.owners(guests)})),
            ),
            Step::Complete(task, by) => {
                let mut body = json!({"task_id": self.task(*task)});
                if let Some(by) = by {
                    body["override_guest"] = json!(self.email(*by));
                }
                (Method::POST, "/completed-tasks".to_owned(), Some(body))
            }
            Step::Reopen(task) => (Method::DELETE, format!("/completed-tasks/{}", self.task(*task)), None),
            Step::Archive(task) => (Method::DELETE, format!("/tasks/{}", self.task(*task)), None),
            Step::Restore(task) => (Method::PUT, format!("/tasks/{}/restore", self.task(*task)), None),
            Step::Delete(task) => (Method::DELETE, format!("/tasks/{}/delete", self.task(*task)), None),
        };
        let answer = self.client.send(method, &path, body.as_ref()).await;
        if matches!(step, Step::Task(_)) && answer.status == 201 {
            self.tasks.push(answer.data()["id"].as_str().unwrap().to_owned());
        }
        assert!(answer.status < 500, "{step:?} answered {}", answer.status);
        answer
    }

    /// Everything that the organization is answered: lists, each guest alone,
    /// tasks, and what was done. `nonce` keeps lists from being given as kept.
    pub(super) async fn view(&self, nonce: &str) -> Vec<Answer> {
        let mut all = Vec::new();
        for path in [
            "/guests?with=stats",
            "/guests?sort=-first_name&status=active",
            "/guests?sort=email&q=client",
            "/guests?sort=-active_tasks&with=stats",
            "/guests-list?status=disabled",
            "/tasks?status=all&per_page=100",
            "/activity-feeds?per_page=100",
        ] {
            all.push(self.client.get(&format!("{path}&n={nonce}")).await.expect(200));
        }
        for number in 0..ADDRESSES.len() {
            let path = format!("/guests/{}", escaped(&self.email(number)));
            all.push(self.client.get(&format!("{path}?with=stats")).await);
            all.push(self.client.get(&format!("{path}/tasks")).await);
        }
        all
    }

    /// Moves the clock a little.
    pub(super) fn pass(app: &TestApp) {
        app.advance(SignedDuration::from_secs(1));
    }
}

/// Gives what is random in answers (codes, ids, addresses of the server) names
/// in the order of their appearance, so that answers can be compared.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, usize>);

impl Names {
    /// The value with its random parts named.
    pub(super) fn plain(&mut self, base: &str, value: &Value) -> Value {
        match value {
            Value::Array(list) => Value::Array(list.iter().map(|value| self.plain(base, value)).collect()),
            Value::Object(map) => {
                // In the order of the keys, which is the same everywhere.
                Value::Object(map.iter().map(|(key, value)| (key.clone(), self.plain(base, value))).collect())
            }
            Value::String(text) => {
                let text = text.strip_prefix(base).unwrap_or(text);
                Value::String(text.split('/').map(|part| self.name(part)).collect::<Vec<_>>().join("/"))
            }
            other => other.clone(),
        }
    }

    fn name(&mut self, text: &str) -> String {
        let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_code = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_id && !is_code {
            return text.to_owned();
        }
        let next = self.0.len();
        format!("name {}", self.0.entry(text.to_owned()).or_insert(next))
    }
}
