//! What becomes of processes and templates when members leave, become guests,
//! or come back, and when guests do.

use hospes_model::member::Role;
use hospes_testing::{Client, TestApp, Value, both, json};

use super::{id, invite, join, secret, told, user};

/// What is looked at: processes of one template, made by Dora for all sorts of
/// people.
struct Fixture {
    dora: i64,
    client: Client,
    eve: i64,
    group: String,
    template: String,
    steps: Vec<Value>,
    run: String,
}

/// The tasks by their places.
const DIRECT: usize = 0;
const DONE: usize = 1;
const GROUP: usize = 2;
const CHAPERONE: usize = 3;
/// Everyone must complete; Dora has.
const PART: usize = 4;
/// Everyone must complete; Dora has not, the standard member has.
const REST: usize = 5;

/// Who of the process is looked at: a member or a guest.
#[derive(Clone, Copy, PartialEq)]
enum As {
    Member,
    Guest,
}

const DORA: &str = "dora@firm.example";

/// A process that Dora (a member) launched and looks after, or that Dora (a
/// guest) has tasks in.
async fn fixture(app: &TestApp, who: As) -> Fixture {
    let admin = app.admin();
    let standard = id(app, Role::Standard);
    let (eve, _) = join(app, "eve@firm.example").await;
    let (dora, client, members, guests) = match who {
        As::Member => {
            let (dora, client) = join(app, DORA).await;
            (dora, client, json!([dora]), json!([]))
        }
        As::Guest => {
            crate::guests::create_with(&admin, &json!({"email": DORA, "name": "Dora Dean"})).await;
            (0, admin.clone(), json!([]), json!([DORA]))
        }
    };
    let group = json!({"name": "Sales", "members": members, "guests": guests});
    let group = admin.post("/groups", &group).await.expect(201).data()["id"].as_str().unwrap().to_owned();
    let template = json!({"title": "T", "type": "procedure"});
    let template =
        client.post("/checklists", &template).await.expect(201).data()["id"].as_str().unwrap().to_owned();
    if who == As::Member {
        let sharing = json!({"title": "T", "kickoff_sharing_user_id": dora});
        client.put(&format!("/checklists/{template}"), &sharing).await.expect(200);
    }
    let with = |list: &str, more: &Value| {
        let list = match (list, more) {
            ("assignees", more) => {
                [members.as_array().unwrap().as_slice(), more.as_array().unwrap()].concat()
            }
            (_, more) => [guests.as_array().unwrap().as_slice(), more.as_array().unwrap()].concat(),
        };
        json!(list)
    };
    let a = json!(["a@client.example"]);
    let mut steps = Vec::new();
    for body in [
        json!({"title": "Direct", "assignees": with("assignees", &json!([])), "guests": with("guests", &a)}),
        json!({"title": "Done", "assignees": with("assignees", &json!([])), "guests": with("guests", &json!([]))}),
        json!({"title": "Group", "groups": [group], "guests": a}),
        json!({"title": "Chaperone", "guests": a}),
        json!({"title": "Part", "everyone_must_complete": true, "assignees": with("assignees", &json!([standard])),
            "guests": with("guests", &a)}),
        json!({"title": "Rest", "everyone_must_complete": true, "assignees": with("assignees", &json!([standard])),
            "guests": with("guests", &json!([]))}),
    ] {
        let step = client.post(&format!("/checklists/{template}/steps"), &body).await.expect(201);
        steps.push(step.data()["id"].clone());
    }
    let run = client.post("/runs", &json!({"checklist_id": template, "name": "R"})).await.expect(201);
    let run = format!("/runs/{}", run.data()["id"].as_str().unwrap());
    let made = Fixture { dora, client, eve, group, template, steps, run };
    let dora_did =
        if who == As::Member { json!({"override_user": dora}) } else { json!({"override_guest": DORA}) };
    made.complete(app, DONE, &dora_did).await;
    made.complete(app, PART, &dora_did).await;
    made.complete(app, REST, &json!({"override_user": standard})).await;
    made
}

impl Fixture {
    async fn tasks(&self, app: &TestApp) -> Vec<Value> {
        let tasks = app.admin().get(&format!("{}/tasks", self.run)).await.expect(200);
        tasks.data().as_array().unwrap().clone()
    }

    async fn complete(&self, app: &TestApp, at: usize, more: &Value) {
        let mut body = json!({"task_id": self.tasks(app).await[at]["id"]});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        app.admin().post(&format!("{}/completed-tasks", self.run), &body).await.expect(200);
    }

    /// Members and guests of the tasks, in their order.
    async fn owners(&self, app: &TestApp) -> Vec<(Vec<i64>, Vec<String>)> {
        self.tasks(app).await.iter().map(owners_of).collect()
    }

    async fn owner(&self, app: &TestApp) -> Value {
        app.admin().get(&self.run).await.expect(200).data()["owner_id"].clone()
    }

    async fn read_template(&self, app: &TestApp) -> Value {
        app.admin().get(&format!("/checklists/{}", self.template)).await.expect(200).data().clone()
    }

    async fn assignees_of_step(&self, app: &TestApp, at: usize) -> Value {
        let path = format!("/checklists/{}/steps/{}", self.template, self.steps[at].as_str().unwrap());
        app.admin().get(&path).await.expect(200).data()["assignees"].clone()
    }

    /// Completes what is left, on whoever's behalf, and sees that the process ends.
    async fn finish(&self, app: &TestApp) {
        let admin = app.admin();
        for task in self.tasks(app).await {
            if task["status"] != "completed" {
                let body = json!({"task_id": task["id"]});
                let done = admin.post(&format!("{}/completed-tasks", self.run), &body).await.expect(200);
                assert_eq!(done.data()["status"], "completed", "{}", task["title"]);
            }
        }
        let run = admin.get(&self.run).await.expect(200);
        assert_eq!(run.data()["status"], "complete");
        agrees(app, self).await;
    }
}

fn owners_of(task: &Value) -> (Vec<i64>, Vec<String>) {
    let list = |name: &str| task["owners"][name].as_array().unwrap().iter();
    (
        // The one whom the server added stands last.
        sorted(list("users").map(|id| id.as_i64().unwrap()).collect()),
        list("guests").map(|email| email.as_str().unwrap().to_owned()).collect(),
    )
}

fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}

/// Whoever is in lists of tasks is on these tasks, no guest is alone, and
/// guests' statistics are what their tasks say.
async fn agrees(app: &TestApp, fixture: &Fixture) {
    let admin = app.admin();
    let users = admin.get("/users?with=groups&status=all").await.expect(200);
    let is_active = |id: i64| {
        users.data().as_array().unwrap().iter().any(|user| user["id"] == id && user["status"] == "active")
    };
    let tasks = fixture.tasks(app).await;
    let group = admin.get(&format!("/groups/{}", fixture.group)).await;
    let in_group = |task: &Value, list: &str| -> Vec<Value> {
        let has = task["owners"]["groups"].as_array().unwrap().contains(&json!(fixture.group));
        if has { group.data()[list].as_array().unwrap().clone() } else { Vec::new() }
    };
    for task in &tasks {
        let (mut members, guests) = owners_of(task);
        members.extend(in_group(task, "members").iter().map(|id| id.as_i64().unwrap()));
        if !guests.is_empty() || !in_group(task, "guests").is_empty() {
            assert!(members.iter().any(|id| is_active(*id)), "a guest is alone on {}", task["title"]);
        }
    }
    for member in [fixture.eve, id(app, Role::Admin), id(app, Role::Standard)] {
        let on = |task: &&Value| {
            owners_of(task).0.contains(&member) || in_group(task, "members").contains(&json!(member))
        };
        let listed = admin.get(&format!("/users/{member}/tasks?status=all")).await.expect(200);
        assert_eq!(
            listed.data().as_array().unwrap().len(),
            tasks.iter().filter(on).count(),
            "tasks of member {member}"
        );
    }
    let list = admin.get("/guests?with=stats&per_page=100").await.expect(200);
    for guest in list.data().as_array().unwrap() {
        let email = guest["email"].as_str().unwrap();
        let on = |task: &&Value| {
            let guests = owners_of(task).1;
            guests.iter().any(|guest| guest == email) || in_group(task, "guests").contains(&json!(email))
        };
        let listed = admin.get(&format!("/guests/{email}/tasks?status=all")).await.expect(200);
        let listed = listed.data().as_array().unwrap();
        assert_eq!(listed.len(), tasks.iter().filter(on).count(), "tasks of {email}");
        let active = listed.iter().filter(|task| task["status"] != "completed").count();
        assert_eq!(guest["stats"]["active_tasks"], json!(active), "{email}");
    }
}

async fn completed_by_guest(app: &TestApp, email: &str) -> (Value, Value) {
    let guest = app.admin().get(&format!("/guests/{email}?with=stats")).await.expect(200);
    let stats = &guest.data()["stats"];
    (stats["tasks_completed"].clone(), stats["last_task_completed_at"].clone())
}

/// The same request changes nothing more, whatever it answers.
async fn changes_nothing<T>(app: &TestApp, fixture: &Fixture, again: impl Future<Output = T>) {
    let (before, tasks) = (app.written().await, fixture.tasks(app).await);
    again.await;
    assert_eq!((app.written().await, fixture.tasks(app).await), (before, tasks));
}

async fn progress(app: &TestApp, made: &Fixture) -> [Value; 3] {
    let tasks = made.tasks(app).await;
    let run = app.admin().get(&made.run).await.expect(200);
    [
        tasks[PART]["completion_progress"].clone(),
        tasks[REST]["completion_progress"].clone(),
        run.data()["progress"].clone(),
    ]
}

both! {
    async fn a_member_is_disabled_and_another_takes_over(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Member).await);
        let (dora, eve, standard) = (made.dora, made.eve, id(app, Role::Standard));
        agrees(app, &made).await;
        let before = progress(app, &made).await;
        let path = format!("/users/{dora}/disable?with_reassignment=true&to={eve}");
        let disabled = admin.delete(&path).await.expect(200);
        made.client.get("/me").await.expect(401);
        let warnings = disabled.json["warnings"].to_string();
        assert!(warnings.contains(&format!("3 tasks went to member {eve}.")), "{warnings}");
        agrees(app, &made).await;
        let owners = made.owners(app).await;
        assert_eq!((&owners[DIRECT].0, &owners[DONE].0), (&vec![eve], &vec![dora]));
        assert_eq!(owners[CHAPERONE].0, [eve]);
        assert_eq!((&owners[PART].0, &owners[REST].0), (&sorted(vec![standard, dora]), &sorted(vec![standard, eve])));
        let tasks = made.tasks(app).await;
        assert_eq!((&tasks[DONE]["completer_id"], &tasks[DONE]["status"]), (&json!(dora), &json!("completed")));
        assert_eq!(progress(app, &made).await, before);
        // The process, the template and its steps are Eve's, and so is the public form.
        assert_eq!(made.owner(app).await, eve);
        let template = made.read_template(app).await;
        assert_eq!((&template["owner_id"], &template["kickoff_sharing_user_id"]), (&json!(eve), &json!(eve)));
        assert_eq!(made.assignees_of_step(app, DIRECT).await, json!([eve]));
        let events: Vec<String> = app.events(&app.acme).await.into_iter()
            .filter(|event| event.actor == Some(id(app, Role::Admin)))
            .map(|event| event.text).collect();
        for told in [format!("Template “T” was given to member {eve}."), format!("Process “R” is looked after by member {eve}.")] {
            assert!(events.contains(&told), "{told}: {events:#?}");
        }
        assert!(told(app, dora).await.pop().unwrap().1.contains(&format!("3 tasks went to member {eve}.")));
        changes_nothing(app, &made, admin.delete(&path)).await;
        made.finish(app).await;
        // What is launched from now on is Eve's from the beginning.
        let run = admin.post("/runs", &json!({"checklist_id": made.template, "name": "S"})).await.expect(201);
        let tasks = admin.get(&format!("/runs/{}/tasks", run.data()["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(owners_of(&tasks.data()[DIRECT]).0, [eve]);
    }

    async fn a_member_is_disabled_and_keeps_the_tasks(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Member).await);
        let (me, dora, standard) = (id(app, Role::Admin), made.dora, id(app, Role::Standard));
        let before = progress(app, &made).await;
        admin.delete(&format!("/users/{dora}/disable")).await.expect(200);
        made.client.get("/me").await.expect(401);
        agrees(app, &made).await;
        let owners = made.owners(app).await;
        assert_eq!((&owners[DIRECT].0, &owners[DONE].0), (&sorted(vec![dora, me]), &vec![dora]));
        assert_eq!((&owners[GROUP].0, &owners[CHAPERONE].0), (&vec![me], &vec![me]));
        assert_eq!((&owners[PART].0, &owners[REST].0), (&sorted(vec![standard, dora]), &sorted(vec![standard, dora])));
        let after = progress(app, &made).await;
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        // A part that nobody can do any more is not waited for.
        assert_eq!(after[1], json!({"complete": 1, "total": 1}));
        let template = made.read_template(app).await;
        assert_eq!((made.owner(app).await, &template["owner_id"]), (json!(dora), &json!(dora)));
        assert_eq!(made.assignees_of_step(app, DIRECT).await, json!([dora]));
        changes_nothing(app, &made, admin.delete(&format!("/users/{dora}/disable"))).await;
        // Enabled again: what was kept is there, old tokens are not.
        admin.put(&format!("/users/{dora}/enable"), &json!({})).await.expect(200);
        made.client.get("/me").await.expect(401);
        assert_eq!(progress(app, &made).await, before);
        agrees(app, &made).await;
        // Deleted for good: history stays under the name.
        admin.delete(&format!("/users/{dora}")).await.expect(200);
        let owners = made.owners(app).await;
        admin.delete(&format!("/users/{dora}/delete")).await.expect(200);
        assert_eq!(made.owners(app).await, owners);
        assert_eq!(made.tasks(app).await[DONE]["completer_id"], dora);
        agrees(app, &made).await;
        made.finish(app).await;
        admin.delete(&format!("/users/{dora}/delete")).await.expect(404);
    }

    async fn a_public_form_falls_to_the_owner_of_the_template(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Member).await);
        let path = format!("/checklists/{}", made.template);
        admin.put(&path, &json!({"title": "T", "owner_id": made.eve})).await.expect(200);
        assert_eq!(made.read_template(app).await["kickoff_sharing_user_id"], made.dora);
        admin.delete(&format!("/users/{}/disable", made.dora)).await.expect(200);
        let template = made.read_template(app).await;
        assert_eq!((&template["kickoff_sharing_user_id"], &template["owner_id"]), (&json!(made.eve), &json!(made.eve)));
        assert_eq!(made.assignees_of_step(app, DIRECT).await, json!([made.dora]));
    }

    async fn a_member_becomes_a_guest_in_processes(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Member).await);
        let (me, dora, standard) = (id(app, Role::Admin), made.dora, id(app, Role::Standard));
        let before = progress(app, &made).await;
        let path = format!("/users/{dora}/to/guest");
        admin.put(&path, &json!({})).await.expect(200);
        made.client.get("/me").await.expect(401);
        assert_eq!(user(app, dora).await["status"], "disabled");
        agrees(app, &made).await;
        let owners = made.owners(app).await;
        let guests = |more: &[&str]| -> Vec<String> { more.iter().map(|email| (*email).to_owned()).collect() };
        let both = guests(&["a@client.example", DORA]);
        assert_eq!(owners[DIRECT], (vec![me], both.clone()));
        assert_eq!(owners[DONE], (vec![me], guests(&[DORA])));
        assert_eq!((&owners[GROUP].1, &owners[CHAPERONE]), (&guests(&["a@client.example"]), &(vec![me], guests(&["a@client.example"]))));
        assert_eq!((&owners[PART], &owners[REST]), (&(vec![standard], both), &(vec![standard], guests(&[DORA]))));
        assert_eq!(progress(app, &made).await, before);
        let done = &made.tasks(app).await[DONE];
        let guest = admin.get(&format!("/guests/{DORA}")).await.expect(200);
        assert_eq!((&done["completer_guest"], &done["completer_guest_id"], &done["status"]), (&json!(DORA), &guest.data()["id"], &json!("completed")));
        assert_eq!(completed_by_guest(app, DORA).await, (json!(2), json!("2025-05-15T10:00:00Z")));
        changes_nothing(app, &made, async { admin.put(&path, &json!({})).await.expect(422) }).await;
        // The address means the guest from now on, also in processes.
        let task = format!("{}/tasks/{}", made.run, made.tasks(app).await[CHAPERONE]["id"].as_str().unwrap());
        let assigned = admin.put(&task, &json!({"owners": {"guests": [DORA]}})).await.expect(200);
        assert_eq!(owners_of(assigned.data()), (vec![me], guests(&[DORA])));
        agrees(app, &made).await;
        // And back: a former member is active at once.
        let back = admin.post(&format!("/guests/{DORA}/to/member"), &json!({})).await.expect(200);
        assert_eq!((&back.data()["id"], &back.data()["status"]), (&json!(dora), &json!("active")));
        agrees(app, &made).await;
        let owners = made.owners(app).await;
        assert!([DIRECT, DONE, CHAPERONE, PART, REST].iter().all(|at| owners[*at].0.contains(&dora)), "{owners:?}");
        assert_eq!(made.tasks(app).await[DONE]["completer_id"], dora);
        assert_eq!(progress(app, &made).await, before);
        made.finish(app).await;
    }

    async fn a_guest_becomes_a_member_in_processes(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Guest).await);
        agrees(app, &made).await;
        let (me, standard) = (id(app, Role::Admin), id(app, Role::Standard));
        let before = progress(app, &made).await;
        assert_eq!(completed_by_guest(app, DORA).await.0, 2);
        let path = format!("/guests/{DORA}/to/member");
        let dora = admin.post(&path, &json!({})).await.expect(200).data()["id"].as_i64().unwrap();
        assert_eq!(user(app, dora).await["status"], "invited");
        agrees(app, &made).await;
        let guest = vec!["a@client.example".to_owned()];
        let owners = made.owners(app).await;
        assert_eq!(owners[DIRECT], (sorted(vec![me, dora]), guest.clone()));
        assert_eq!(owners[DONE], (sorted(vec![me, dora]), Vec::new()));
        // What she was on through the group too, as for one-off tasks.
        assert_eq!(owners[GROUP], (sorted(vec![me, dora]), guest.clone()));
        assert_eq!(owners[PART], (sorted(vec![standard, dora]), guest));
        let done = &made.tasks(app).await[DONE];
        assert_eq!((&done["completer_id"], &done["status"]), (&json!(dora), &json!("completed")));
        let after = progress(app, &made).await;
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        changes_nothing(app, &made, async { admin.post(&path, &json!({})).await.expect(404) }).await;
        let secret = secret(&admin, dora).await;
        let accepted = app.client_with(&app.acme, None).post("//invitations/accept", &json!({"secret": secret})).await.expect(200);
        assert_eq!(progress(app, &made).await, before);
        let client = app.client_with(&app.acme, accepted.data()["token"].as_str());
        assert_eq!(client.get("/me/tasks?status=all").await.expect(200).data().as_array().unwrap().len(), 5);
        made.finish(app).await;
    }

    async fn a_guest_is_removed_from_processes(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Guest).await);
        let before = progress(app, &made).await;
        let code = admin.get(&format!("/guests/{DORA}")).await.expect(200).data()["id"].clone();
        admin.delete(&format!("/guests/{DORA}")).await.expect(200);
        agrees(app, &made).await;
        let owners = made.owners(app).await;
        assert!(owners.iter().all(|(_, guests)| !guests.iter().any(|email| email == DORA)), "{owners:?}");
        let done = &made.tasks(app).await[DONE];
        assert_eq!((&done["completer_guest"], &done["completer_guest_id"], &done["status"]), (&json!(DORA), &code, &json!("completed")));
        let after = progress(app, &made).await;
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        changes_nothing(app, &made, async { admin.delete(&format!("/guests/{DORA}")).await }).await;
        // Whoever gets the address next is somebody else.
        crate::guests::create_with(&admin, &json!({"email": DORA})).await;
        assert_eq!(completed_by_guest(app, DORA).await, (json!(0), json!(null)));
        made.finish(app).await;
    }

    async fn a_guest_has_another_address_in_processes(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Guest).await);
        let before = progress(app, &made).await;
        let other = "dean@client.example";
        let body = json!({"email": other});
        let path = format!("/guests/{DORA}/email");
        let renamed = |owners: Vec<(Vec<i64>, Vec<String>)>| -> Vec<(Vec<i64>, Vec<String>)> {
            let name = |email: String| if email == DORA { other.to_owned() } else { email };
            owners.into_iter().map(|(members, guests)| (members, guests.into_iter().map(name).collect())).collect()
        };
        let mut expected = renamed(made.owners(app).await);
        admin.put(&path, &body).await.expect(200);
        agrees(app, &made).await;
        let mut owners = made.owners(app).await;
        for (_, guests) in owners.iter_mut().chain(&mut expected) {
            guests.sort();
        }
        assert_eq!(owners, expected);
        assert_eq!(made.tasks(app).await[DONE]["completer_guest"], other);
        assert_eq!((progress(app, &made).await, completed_by_guest(app, other).await.0), (before, json!(2)));
        changes_nothing(app, &made, async { admin.put(&path, &body).await.expect(404) }).await;
        // Disabled and enabled: the tasks stay.
        for (method, way) in [(reqwest::Method::DELETE, "disable"), (reqwest::Method::PUT, "enable")] {
            let path = format!("/guests/{other}/{way}");
            admin.send(method.clone(), &path, Some(&json!({}))).await.expect(200);
            agrees(app, &made).await;
            assert_eq!(completed_by_guest(app, other).await.0, 2);
            changes_nothing(app, &made, async { admin.send(method, &path, Some(&json!({}))).await.expect(200) }).await;
        }
        made.finish(app).await;
    }

    async fn a_disabled_chaperone_and_an_archived_process(app) {
        let (admin, made) = (app.admin(), fixture(app, As::Member).await);
        admin.delete(&made.run).await.expect(200);
        let dora = invite(&admin, "late@firm.example").await;
        admin.delete(&format!("/users/{dora}")).await.expect(200);
        admin.delete(&format!("/users/{}/disable?to={}", made.dora, made.eve)).await.expect(200);
        admin.put(&format!("{}/activate", made.run), &json!({})).await.expect(200);
        assert_eq!(made.owner(app).await, made.eve);
        agrees(app, &made).await;
        made.finish(app).await;
    }
}
