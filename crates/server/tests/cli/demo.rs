//! The demo, as somebody meets it who has just arrived.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use hospes_testing::Backend;
use serde_json::Value;

use crate::support::{Place, Server, hospes, run};

fn read_env(path: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(path).expect("the file");
    let lines = text.lines().map(|line| line.split_once('=').expect("KEY=value"));
    lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn guests(server: &Server, env: &HashMap<String, String>) -> Vec<Value> {
    let path = format!("/organizations/{}/guests?with=stats", env["TALLYFY_ORG_ID"]);
    let answer = server.get(&path, &env["TALLYFY_ACCESS_TOKEN"]);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].as_array().expect("a list").clone()
}

/// The arguments of the printed command, read as a shell would.
fn curl_of(greeting: &str) -> Vec<String> {
    let line = greeting.lines().find(|line| line.trim_start().starts_with("curl ")).expect("a curl line");
    let output = Command::new("sh")
        .args(["-c", &format!("printf '%s\\n' {line}")])
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn a_demo_shows_a_lively_organization() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(place) = Place::new(backend) else { continue };
        let env_file = place.folder.path().join("hospes.env");
        std::fs::write(&env_file, "TALLYFY_BASE_URL=http://stale.example\n").unwrap();
        let mut command = place.hospes(["demo", "--listen", "127.0.0.1:0", "--env-file"]);
        command.arg(&env_file);
        let started = Instant::now();
        let server = Server::start(command, place.folder.path());
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());

        let env = read_env(&env_file);
        assert_eq!(std::fs::metadata(&env_file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(env.len(), 3);
        assert_eq!(env["TALLYFY_BASE_URL"], format!("http://{}", server.address));
        let names: Vec<_> =
            std::fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().starts_with("hospes.env.")), "{names:?}");

        let all = guests(&server, &env);
        assert_eq!(all.len(), 60);
        let total = |name: &str| all.iter().map(|guest| guest["stats"][name].as_i64().unwrap()).sum::<i64>();
        assert!(total("active_tasks") > 20, "{}", total("active_tasks"));
        assert!(total("one_off_tasks_completed") > 20, "{}", total("one_off_tasks_completed"));
        assert!(total("tasks_completed") > 8, "{}", total("tasks_completed"));
        let runs = server
            .get(
                &format!("/organizations/{}/runs?per_page=100", env["TALLYFY_ORG_ID"]),
                &env["TALLYFY_ACCESS_TOKEN"],
            )
            .json();
        let runs = runs["data"].as_array().expect("a list").clone();
        assert!(runs.len() > 8, "{}", runs.len());
        let mut stages: Vec<i64> =
            runs.iter().map(|run| run["progress"]["complete"].as_i64().unwrap()).collect();
        stages.sort_unstable();
        stages.dedup();
        assert!(stages.len() > 3, "{stages:?}");
        assert!(runs.iter().all(|run| run["name"].as_str().unwrap().starts_with("Onboarding of ")));
        let status = |word: &str| all.iter().filter(|guest| guest["details"]["status"] == word).count();
        assert!(status("disabled") >= 3 && status("active") >= 40);
        let zones: std::collections::HashSet<&str> =
            all.iter().filter_map(|guest| guest["details"]["timezone"].as_str()).collect();
        assert!(zones.len() >= 5, "{zones:?}");
        assert!(all.iter().all(|guest| guest["email"].as_str().unwrap().ends_with(".example")));

        let members = server
            .get(&format!("/organizations/{}/users", env["TALLYFY_ORG_ID"]), &env["TALLYFY_ACCESS_TOKEN"]);
        for role in ["admin", "standard", "light"] {
            assert!(members.body.contains(&format!("\"{role}\"")), "{role}: {}", members.body);
        }
        for path in ["/docs/", "/openapi.json", "/healthz", "/readyz"] {
            assert_eq!(server.get(path, &env["TALLYFY_ACCESS_TOKEN"]).status, 200, "{path}");
        }
        server.stop();
    }
}

#[test]
fn the_printed_command_works_when_pasted() {
    let place = Place::sqlite();
    let server = Server::start(place.hospes(["demo", "--listen", "127.0.0.1:0"]), place.folder.path());
    let args = curl_of(&server.greeting);
    assert_eq!(args.len(), 4, "{args:?}");
    assert_eq!(args[..2], ["curl", "-H"]);
    let token = args[2].strip_prefix("Authorization: Bearer ").expect("a token");
    let path = args[3].strip_prefix(&format!("http://{}", server.address)).expect("this server");
    let answer = server.get(path, token);
    assert_eq!(answer.status, 200, "{answer:?}");
    let list = answer.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 5);
    assert_eq!(list["meta"]["pagination"]["total"], 60);
    assert!(list["data"][0]["stats"].is_object());
}

#[test]
fn the_public_form_of_the_demo_is_open() {
    let place = Place::sqlite();
    let server = Server::start(place.hospes(["demo", "--listen", "127.0.0.1:0"]), place.folder.path());
    let line = server.greeting.lines().find(|line| line.contains("public form")).expect("an address");
    let path = line.split(&server.address.to_string()).nth(1).expect("this server");
    let page = server.get(path, "");
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("Become a client") && page.body.contains("How they found us"), "{page:?}");
    server.stop();
}

#[test]
fn a_demo_with_data_goes_on_where_it_ended() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(place) = Place::new(backend) else { continue };
        let env_file = place.folder.path().join("hospes.env");
        let start = || {
            let mut command = place.hospes(["demo", "--listen", "127.0.0.1:0", "--env-file"]);
            command.arg(&env_file);
            let server = Server::start(command, place.folder.path());
            let env = read_env(&env_file);
            (server, env)
        };
        let (server, first) = start();
        let path = format!("/organizations/{}/guests", first["TALLYFY_ORG_ID"]);
        let made =
            server.ask("POST", &path, &first["TALLYFY_ACCESS_TOKEN"], r#"{"email":"one.more@x.example"}"#);
        assert_eq!(made.status, 201, "{made:?}");
        server.stop();
        let (server, second) = start();
        assert_eq!(first["TALLYFY_ORG_ID"], second["TALLYFY_ORG_ID"]);
        assert_ne!(first["TALLYFY_ACCESS_TOKEN"], second["TALLYFY_ACCESS_TOKEN"]);
        assert_eq!(guests(&server, &second).len(), 61);
        server.stop();
    }
}

#[test]
fn a_demo_leaves_nothing_behind_and_touches_nothing() {
    let place = Place::sqlite();
    // What the environment points at is not the demo's to use.
    let real = place.folder.path().join("real");
    let temporary = place.folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    for signal in ["INT", "TERM"] {
        let mut command = hospes(["demo", "--listen", "127.0.0.1:0"]);
        command.env("HOSPES_DATA", &real).env("TMPDIR", &temporary).env("HOSPES_LISTEN", "nonsense");
        let mut server = Server::start(command, place.folder.path());
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 1);
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{}", server.log());
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    }
    assert!(!real.exists());
}

#[test]
fn a_demo_stays_away_from_real_organizations() {
    let place = Place::sqlite();
    place.ask(["org", "create", "--name", "Real"]);
    let said = run(place.hospes(["demo", "--listen", "127.0.0.1:0"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("holds other organizations"), "{said:?}");
}

#[test]
fn an_environment_file_that_cannot_be_written_is_told() {
    let said = run(hospes(["demo", "--listen", "127.0.0.1:0", "--env-file", "/nowhere/hospes.env"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("--env-file /nowhere/hospes.env"), "{said:?}");
}
