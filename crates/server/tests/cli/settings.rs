//! Settings: where they come from, which comes first, and what is said of bad
//! ones.

use std::path::Path;

use crate::support::{Acme, Place, Said, hospes, run};

/// Every setting of `serve` with a value that it cannot have.
const BAD: &[(&str, &str)] = &[
    ("listen", "localhost"),
    ("listen", "127.0.0.1:99999"),
    ("public_url", "guests.example.com"),
    ("public_url", "ftp://guests.example.com"),
    ("public_url", "https://ann:secret@guests.example.com"),
    ("trust_proxy", "perhaps"),
    ("check_email_domains", "2"),
    ("requests_per_minute", "-1"),
    ("requests_per_minute", "many"),
    ("guests_per_hour", "1.5"),
    ("comments_per_hour", "many"),
    ("attempts_per_minute", "few"),
    ("log_format", "xml"),
    ("log_level", "verbose"),
    ("log_level", "info,hospes=loud"),
    ("store_guest_places", "sometimes"),
    ("mail", "perhaps"),
    ("smtp_url", "mail.example.com"),
    ("smtp_url", "smtp://ann:secret@"),
    ("smtp_ca_file", "/nowhere/authority.pem"),
    ("smtp_ca_file", "Cargo.toml"),
    ("mail_from", "nobody"),
    ("mail_reply_to", "nobody"),
    ("mail_bounce_token", "short"),
    ("shutdown_grace_seconds", "86400"),
    ("postgres_connections", "0"),
    ("worker_threads", "0"),
    ("database", "mysql://localhost/x"),
];

fn refused(said: &Said, setting: &str, source: &str) {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    let told = format!("error: the setting {setting} (from {source}) must be ");
    assert!(said.err.starts_with(&told), "{told} ... {said:?}");
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file in the test's folder");
}

#[test]
fn bad_flags_are_told_by_name() {
    for (setting, value) in BAD {
        let flag = format!("--{}", setting.replace('_', "-"));
        refused(&run(hospes(["serve", &format!("{flag}={value}")])), setting, &flag);
    }
}

#[test]
fn bad_environment_variables_are_told_by_name() {
    for (setting, value) in BAD {
        let variable = format!("HOSPES_{}", setting.to_uppercase());
        let mut command = hospes(["serve"]);
        command.env(&variable, value);
        refused(&run(command), setting, &format!("the environment variable {variable}"));
    }
}

#[test]
fn bad_values_in_the_file_are_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hospes.toml");
    for (setting, value) in BAD {
        write(&path, &format!("{setting} = \"{value}\"\n"));
        let said = run(hospes(["serve", "--config", path.to_str().unwrap()]));
        refused(&said, setting, path.to_str().unwrap());
    }
}

#[test]
fn a_password_in_a_bad_address_is_not_repeated() {
    let said = run(hospes(["serve", "--database", "mysql://hospes:hunter2@db/hospes"]));
    refused(&said, "database", "--database");
    assert!(!said.err.contains("hunter2"), "{said:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hospes.toml");
    write(&path, "\ndatabase = postgres://hospes:hunter2@db/hospes\n");
    let said = run(hospes(["serve", "--config", path.to_str().unwrap()]));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("in line 2") && !said.err.contains("hunter2"), "{said:?}");
}

#[test]
fn unknown_keys_and_unreadable_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hospes.toml");
    let config = path.to_str().unwrap();
    for (text, told) in [
        ("lisen = \"127.0.0.1:0\"", "unknown field `lisen`"),
        ("[server]\nlisten = \"127.0.0.1:0\"", "unknown field `server`"),
        ("listen = [1]", "a setting is a text, a whole number, true or false"),
        ("listen = ", "is not valid"),
    ] {
        write(&path, text);
        let said = run(hospes(["serve", "--config", config]));
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(told) && said.err.contains(config), "{told}: {said:?}");
    }
    let said = run(hospes(["serve", "--config", "/nowhere/hospes.toml"]));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("/nowhere/hospes.toml cannot be read"), "{said:?}");
}

#[test]
fn unknown_flags_are_usage_errors() {
    for args in [&["serve", "--port", "80"][..], &["srve"], &["org", "create"], &[]] {
        let said = run(hospes(args));
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("Usage"), "{said:?}");
    }
}

#[test]
fn flags_come_before_the_environment_before_the_file() {
    let place = Place::sqlite();
    let path = place.folder.path().join("hospes.toml");
    // Each source says another loopback address.
    write(&path, "listen = \"127.0.0.4:0\"\n");
    let start = |flag: bool, environment: Option<&str>| {
        let mut command = place.hospes(["serve", "--config"]);
        command.arg(&path);
        if flag {
            command.args(["--listen", "127.0.0.2:0"]);
        }
        if let Some(value) = environment {
            command.env("HOSPES_LISTEN", value);
        }
        let server = crate::support::Server::start(command, place.folder.path());
        let ip = server.address.ip().to_string();
        server.stop();
        ip
    };
    assert_eq!(start(true, Some("127.0.0.3:0")), "127.0.0.2");
    assert_eq!(start(false, Some("127.0.0.3:0")), "127.0.0.3");
    assert_eq!(start(false, None), "127.0.0.4");
    // An empty variable is none.
    assert_eq!(start(false, Some("")), "127.0.0.4");
}

#[test]
fn settings_can_stand_before_and_after_the_command() {
    let place = Place::sqlite();
    let data = place.data();
    let data = data.to_str().unwrap();
    for args in
        [["--data", data, "org", "create", "--name", "A"], ["org", "create", "--name", "A", "--data", data]]
    {
        let said = run(hospes(args));
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let mut command = hospes(["org", "create", "--name", "A"]);
    command.env("HOSPES_DATA", data);
    assert_eq!(run(command).code, Some(0));
}

#[test]
fn settings_reach_the_server() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let path = place.folder.path().join("hospes.toml");
    write(&path, "public_url = \"https://guests.acme.example/\"\nguests_per_hour = 1\nworker_threads = 1\n");
    let server =
        place.serve(&["--config", path.to_str().unwrap(), "--requests-per-minute", "3", "--log-format=json"]);
    let made = server.ask("POST", &acme.guests(), &acme.token, r#"{"email":"g@x.example"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    let link = made.json()["data"]["link"].as_str().unwrap_or_default().to_owned();
    assert!(link.starts_with("https://guests.acme.example/guest/"), "{link}");
    let second = server.ask("POST", &acme.guests(), &acme.token, r#"{"email":"h@x.example"}"#);
    assert_eq!(second.status, 429, "{second:?}");
    assert_eq!(server.get(&acme.guests(), &acme.token).status, 200);
    assert_eq!(server.get(&acme.guests(), &acme.token).status, 429);
    for line in server.stop().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string(), "{line}");
    }
}

#[test]
fn a_busy_address_is_told() {
    let place = Place::sqlite();
    let server = place.serve(&[]);
    let address = server.address.to_string();
    for command in ["serve", "demo"] {
        let other = Place::sqlite();
        let said = run(other.hospes([command, "--listen", &address]));
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.err.contains(&format!("cannot listen on {address}")), "{said:?}");
        assert!(said.err.contains("--listen"), "{said:?}");
    }
}

#[test]
fn the_document_is_printed() {
    let said = run(hospes(["openapi"]));
    assert_eq!(said.code, Some(0), "{}", said.err);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/organizations/{org}/guests"].is_object());
}
