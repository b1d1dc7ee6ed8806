//! Organizations, members and tokens, made beside a server and under it.

use std::os::unix::fs::PermissionsExt;

use hospes_store::{Options, Render, Store, accounts, orgs, tokens};
use hospes_testing::Backend;
use jiff::Timestamp;

use crate::support::{Acme, Place, Server, run};

fn on_both(test: impl Fn(&Place)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if let Some(place) = Place::new(backend) {
            test(&place);
        }
    }
}

#[test]
fn what_the_commands_make_works_on_a_server() {
    on_both(|place| {
        let acme = Acme::create(place);
        let server = place.serve(&[]);
        let made = server.ask("POST", &acme.guests(), &acme.token, r#"{"email":"guest@x.example"}"#);
        assert_eq!(made.status, 201, "{made:?}");
        let me = server.get("/me", &acme.token).json();
        assert_eq!(me["data"]["email"], "ann@acme.example");
        assert_eq!(me["data"]["timezone"], "UTC");
        let log = server.stop();
        assert!(!log.contains(&acme.token) && !log.contains("guest@x.example"), "{log}");
    });
}

#[test]
fn a_running_server_knows_at_once_what_a_command_changed() {
    on_both(|place| {
        let server = place.serve(&[]);
        // Remembered as unknown, were unknown tokens remembered.
        assert_eq!(server.get("/me", "hospes_none").status, 401);
        let acme = Acme::create(place);
        let org = acme.org.as_str();
        assert_eq!(server.get(&acme.guests(), &acme.token).status, 200);
        for round in 2..12 {
            let number = round.to_string();
            let token = place.ask(["token", "create", "--org", org, "--member", "1", "--name", &number]);
            assert_eq!(server.get(&acme.guests(), &token).status, 200);
            place.ask(["token", "revoke", "--org", org, &number]);
            let answer = server.get(&acme.guests(), &token);
            assert_eq!(answer.status, 401, "{answer:?}");
        }
        assert_eq!(server.get(&acme.guests(), &acme.token).status, 200);
        server.stop();
    });
}

#[test]
fn tokens_are_listed_without_their_secret() {
    on_both(|place| {
        let acme = Acme::create(place);
        let org = acme.org.as_str();
        let short = ["token", "create", "--org", org, "--member", "1", "--name", "a week"];
        let said = run(place.hospes(short.iter().chain(&["--expires", "7"])));
        assert!(said.err.contains("shown this once"), "{said:?}");
        place.ask(["token", "revoke", "--org", org, "2"]);
        let server = place.serve(&[]);
        assert_eq!(server.get("/me", &acme.token).status, 200);
        server.stop();

        let table = place.ask(["token", "list", "--org", org]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        let header: Vec<&str> = lines[0].split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        assert_eq!(
            header,
            ["ID", "NAME", "MEMBER", "FINGERPRINT", "CREATED", "EXPIRES", "LAST USED", "REVOKED"]
        );
        let cells = |line: &str| -> Vec<String> {
            line.split("  ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
        };
        let (first, second) = (cells(lines[1]), cells(lines[2]));
        assert_eq!(first[..3], ["1", "tests", "ann@acme.example"]);
        assert_eq!(second[1], "a week");
        let hash = tokens::hash(&acme.token);
        assert_eq!(first[3], hash[..4].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")));
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        // Six months, whatever their lengths; and a week.
        let months = (moment(&first[5]) - moment(&first[4])).total(jiff::Unit::Hour).unwrap() / 24.0;
        assert!((180.0..185.0).contains(&months), "{months}");
        let week = (moment(&second[5]) - moment(&second[4])).total(jiff::Unit::Hour).unwrap() / 24.0;
        assert!((week - 7.0).abs() < 0.01, "{week}");
        assert_eq!(first[7], "-");
        assert_eq!(second[6], "-");
        assert!(moment(&second[7]) >= moment(&second[4]));
        assert!(!table.contains(&acme.token[7..39]), "{table}");
    });
}

#[test]
fn secrets_of_invitations_are_in_no_file_and_no_log() {
    on_both(|place| {
        let acme = Acme::create(place);
        let org = acme.org.as_str();
        let server = place.serve(&[]);
        let users = format!("/organizations/{org}/users");
        let body = r#"{"email": "dora@firm.example", "name": "Dora Dean", "role": "light"}"#;
        let invited = server.ask("POST", &format!("{users}/invite"), &acme.token, body);
        assert_eq!(invited.status, 200, "{invited:?}");
        let link = format!("{users}/{}/invitation-link", invited.json()["data"]["id"]);
        let link = server.ask("POST", &link, &acme.token, "").json();
        let secret = link["data"]["secret"].as_str().unwrap().to_owned();
        let body = format!(r#"{{"secret": "{secret}"}}"#);
        let accepted = server.ask("POST", "/invitations/accept", "none", &body).json();
        let token = accepted["data"]["token"].as_str().unwrap().to_owned();
        assert_eq!(server.get("/me", &token).status, 200);
        let mut kept = server.stop().into_bytes();
        // On PostgreSQL there is no directory; its tables are looked at elsewhere.
        for file in std::fs::read_dir(place.data()).into_iter().flatten() {
            let file = file.unwrap().path();
            kept.extend(std::fs::read(&file).unwrap_or_default());
        }
        for secret in [&secret, &token] {
            // Its random part, in whatever it may be wrapped.
            let random = &secret.as_bytes()[secret.len() - 32..];
            assert!(!kept.windows(32).any(|part| part == random), "a secret was kept");
        }
    });
}

#[test]
fn what_opens_the_pages_of_guests_is_in_no_log_and_no_metric() {
    on_both(|place| {
        let acme = Acme::create(place);
        let server = place.serve(&["--log-level", "trace"]);
        let guests = format!("/organizations/{}/guests", acme.org);
        let made = server.ask("POST", &guests, &acme.token, r#"{"email": "carl@client.example"}"#).json();
        let code = made["data"]["id"].as_str().unwrap().to_owned();
        let secret = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2".to_owned();
        let link = format!("/guest/{code}/in/{secret}");
        assert_eq!(server.get(&link, "none").status, 200);
        assert_eq!(server.get(&format!("{link}/0123456789abcdef0123456789abcdef"), "none").status, 200);
        assert_eq!(server.get(&format!("{link}/and/more"), "none").status, 404);
        let form = format!("secret={secret}&digits=31415926&sure=yes");
        assert_eq!(server.ask("POST", &format!("/guest/{code}/enter"), "none", &form).status, 415);
        let metrics = server.get("/metrics", "none").body;
        assert!(metrics.contains("/guest/{code}/in/{secret}"), "{metrics}");
        let log = server.stop();
        assert!(log.contains("/guest/{code}/in/{secret}"), "{log}");
        for told in [&metrics, &log] {
            for kept_back in [secret.as_str(), code.as_str(), "31415926"] {
                assert!(!told.contains(kept_back), "{kept_back} in {told}");
            }
        }
    });
}

#[test]
fn expired_tokens_do_not_work() {
    on_both(|place| {
        let acme = Acme::create(place);
        let id = acme.org.parse().unwrap();
        let render = Render { guest: |_| Vec::new(), stats: |_, _| Vec::new() };
        let store =
            Store::open(&Options { database: place.database(), render, postgres_connections: 1 }).unwrap();
        store
            .write_blocking::<_, hospes_store::Error>(move |tx| {
                let org = orgs::find(tx, id)?.expect("Acme").no;
                let member = accounts::find_by_email(tx, org, "ann@acme.example")?.expect("Ann").id;
                let token = tokens::NewToken {
                    name: "old".to_owned(),
                    hash: tokens::hash("hospes_old"),
                    fingerprint: "0".to_owned(),
                    created_at: "2024-01-01T00:00:00Z".parse().unwrap(),
                    expires_at: "2024-07-01T00:00:00Z".parse().unwrap(),
                };
                tokens::create(tx, org, member, &token).map(drop)
            })
            .unwrap();
        drop(store);
        let server = place.serve(&[]);
        assert_eq!(server.get("/me", "hospes_old").status, 401);
        assert_eq!(server.get("/me", &acme.token).status, 200);
        server.stop();
    });
}

#[test]
fn each_role_and_organization_stands_for_itself() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let other = place.ask(["org", "create", "--name", "Other", "--timezone", "Europe/Berlin"]);
    let member = |org: &str, email: &str, role: &str| {
        let args = ["member", "create", "--org", org, "--email", email, "--role", role];
        place.ask(args.iter().chain(&["--first-name", "Lea", "--last-name", "Light"]))
    };
    assert_eq!(member(&acme.org, "lea@acme.example", "light"), "2");
    // The same person elsewhere, and in the other organization's time zone.
    assert_eq!(member(&other, "lea@acme.example", "admin"), "2");
    assert!(member(&other, "new@acme.example", "standard").parse::<i64>().unwrap() > 2);
    let token =
        place.ask(["token", "create", "--org", &acme.org, "--member", "LEA@acme.example", "--name", "light"]);
    let server = place.serve(&[]);
    let refused = server.ask("POST", &acme.guests(), &token, r#"{"email":"guest@x.example"}"#);
    assert_eq!(refused.status, 403, "{refused:?}");
    let foreign = server.get(&format!("/organizations/{other}/guests"), &token);
    assert!([401, 403].contains(&foreign.status), "{foreign:?}");
}

#[test]
fn commands_say_what_is_wrong() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let org = acme.org.as_str();
    let nobody = "0123456789abcdef0123456789abcdef";
    let long = "x".repeat(51);
    let member = ["--first-name", "A", "--last-name", "B", "--role", "admin", "--email"];
    let with = |rest: &[&'static str]| -> Vec<String> {
        rest.iter().chain(&member).map(|arg| (*arg).to_owned()).collect()
    };
    let run_args = |args: &[&str]| run(place.hospes(args));
    for (args, code, told) in [
        (&["org", "create", "--name", &long][..], 2, "longer than 50"),
        (&["org", "create", "--name", "  "], 2, "must not be empty"),
        (&["org", "create", "--name", "a\u{202e}b"], 2, "invisible"),
        (&["org", "create", "--name", "A", "--timezone", "Mars/Olympus"], 2, "IANA time zone"),
        (&["token", "create", "--org", "x", "--member", "1", "--name", "t"], 2, "--org"),
        (&["token", "create", "--org", nobody, "--member", "1", "--name", "t"], 1, "no organization"),
        (&["token", "create", "--org", org, "--member", "9", "--name", "t"], 1, "no member 9"),
        (&["token", "create", "--org", org, "--member", "x", "--name", "t"], 2, "address or id"),
        (
            &["token", "create", "--org", org, "--member", "1", "--name", "t", "--expires", "0"],
            2,
            "--expires",
        ),
        (
            &["token", "create", "--org", org, "--member", "1", "--name", "t", "--expires", "2020-01-01"],
            2,
            "--expires",
        ),
        (&["token", "revoke", "--org", org, "9"], 1, "no token 9"),
        (&["token", "list", "--org", nobody], 1, "no organization"),
    ] {
        let said = run_args(args);
        assert_eq!(said.code, Some(code), "{args:?} {said:?}");
        assert!(said.err.contains(told) && said.out.is_empty(), "{args:?} {said:?}");
    }
    for (email, code, told) in
        [("ann@acme.example", 1, "member of this organization already"), ("ann", 2, "valid email address")]
    {
        let mut args = with(&["member", "create", "--org"]);
        args.insert(3, org.to_owned());
        args.push(email.to_owned());
        let said = run(place.hospes(&args));
        assert_eq!(said.code, Some(code), "{said:?}");
        assert!(said.err.contains(told), "{said:?}");
    }
    // Revoking twice is told too.
    place.ask(["token", "revoke", "--org", org, "1"]);
    assert_eq!(run_args(&["token", "revoke", "--org", org, "1"]).code, Some(1));
}

#[test]
fn commands_do_not_make_a_database_by_mistake() {
    let place = Place::sqlite();
    let said = run(place.hospes(["token", "list", "--org", "0123456789abcdef0123456789abcdef"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("there is no database in") && said.err.contains("--data"), "{said:?}");
    assert!(!place.data().exists());
}

#[test]
fn data_is_for_one_server_and_its_owner_alone() {
    let place = Place::sqlite();
    let server = place.serve(&[]);
    let said = run(place.hospes(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("another server (process") && said.err.contains("--data"), "{said:?}");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.data()), 0o700);
    for entry in std::fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(path.clone()), 0o600, "{}", path.display());
    }
    server.stop();
    // All of the data is in one file again, and the next server may have it.
    let names: Vec<_> =
        std::fs::read_dir(place.data()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "hospes.db-wal" || name == "control.sock"), "{names:?}");
    place.serve(&[]).stop();
}

#[test]
fn what_a_killed_server_leaves_behind_is_no_obstacle() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let mut server = place.serve(&[]);
    let made = server.ask("POST", &acme.guests(), &acme.token, r#"{"email":"guest@x.example"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    server.signal("KILL");
    server.wait();
    assert!(place.data().join("control.sock").exists());
    // A command finds nobody behind the socket, a server takes it over.
    let token =
        place.ask(["token", "create", "--org", &acme.org, "--member", "1", "--name", "after the crash"]);
    let server = place.serve(&[]);
    let found = server.get(&format!("{}/guest@x.example", acme.guests()), &token);
    assert_eq!(found.status, 200, "{found:?}");
    place.ask(["token", "revoke", "--org", &acme.org, "2"]);
    assert_eq!(server.get("/me", &token).status, 401);
}

#[test]
fn a_long_path_is_no_obstacle() {
    let place = Place::sqlite();
    let data = place.folder.path().join("d".repeat(120));
    let start = |args: &[&str]| {
        let mut command = crate::support::hospes(args);
        command.arg("--data").arg(&data);
        command
    };
    assert_eq!(run(start(&["org", "create", "--name", "Before"])).code, Some(0));
    let server = Server::start(start(&["serve", "--listen", "127.0.0.1:0"]), place.folder.path());
    let said = run(start(&["org", "create", "--name", "Beside"]));
    assert_eq!(said.code, Some(0), "{said:?}");
    server.stop();
    assert!(!data.join("control.sock").exists());
}
