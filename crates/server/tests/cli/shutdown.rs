//! Stopping: no acknowledged write is lost, no request is cut.

use std::collections::HashSet;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use hospes_testing::Backend;

use crate::support::{Acme, Answer, Place, Server};

/// Begins to create a guest and returns when the server waits for the body.
fn begin(server: &Server, acme: &Acme, length: usize) -> TcpStream {
    let mut stream = server.connect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n",
        acme.guests(),
        server.address,
        acme.token
    );
    stream.write_all(head.as_bytes()).expect("the head is sent");
    let mut go_on = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut go_on).expect("the server wants the body");
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
    stream
}

#[test]
fn a_request_that_is_under_way_is_answered() {
    for signal in ["TERM", "INT"] {
        let place = Place::sqlite();
        let acme = Acme::create(&place);
        let mut server = place.serve(&[]);
        let body = r#"{"email":"slow@x.example"}"#;
        let mut slow = begin(&server, &acme, body.len());
        // Neither of these has anything to wait for.
        let _silent = server.connect();
        let mut idle = BufReader::new(server.connect());
        let head = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
        idle.get_mut().write_all(head.as_bytes()).unwrap();
        assert_eq!(Answer::read(&mut idle).unwrap().status, 200);

        server.signal(signal);
        server.await_closed();
        slow.write_all(body.as_bytes()).unwrap();
        let answer = Answer::read(&mut BufReader::new(slow)).expect("the request is not cut");
        assert_eq!(answer.status, 201, "{answer:?}");
        let answered = Instant::now();
        assert_eq!(server.wait().code(), Some(0), "{}", server.log());
        assert!(answered.elapsed() < Duration::from_secs(10), "it waited for those who do nothing");
        assert!(server.log().contains("the server has stopped"), "{}", server.log());

        let server = place.serve(&[]);
        let found = server.get(&format!("{}/slow@x.example", acme.guests()), &acme.token);
        assert_eq!(found.status, 200, "{found:?}");
    }
}

#[test]
fn patience_has_an_end() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let mut server = place.serve(&["--shutdown-grace-seconds", "0"]);
    let _slow = begin(&server, &acme, 100);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(server.log().contains("some requests did not end in time"), "{}", server.log());
}

#[test]
fn a_second_signal_ends_at_once() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let mut server = place.serve(&["--shutdown-grace-seconds", "3600"]);
    let _slow = begin(&server, &acme, 100);
    server.signal("TERM");
    server.await_closed();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(1), "{}", server.log());
    assert!(server.log().contains("told to stop twice"), "{}", server.log());
}

/// Creates guests on one connection until the server closes it; the addresses
/// whose creation was acknowledged.
fn write_until_closed(server: &Server, acme: &Acme, writer: usize, written: &AtomicUsize) -> Vec<String> {
    let mut stream = BufReader::new(server.connect());
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let email = format!("guest-{writer}-{number}@x.example");
        let body = format!("{{\"email\":\"{email}\"}}");
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            acme.guests(),
            server.address,
            acme.token,
            body.len()
        );
        if stream.get_mut().write_all(request.as_bytes()).is_err() {
            break;
        }
        match Answer::read(&mut stream) {
            Ok(answer) => {
                assert_eq!(answer.status, 201, "{answer:?}");
                acknowledged.push(email);
                written.fetch_add(1, Ordering::Relaxed);
            }
            // The connection was closed between two requests.
            Err(error) => {
                let kind = error.kind();
                assert!(
                    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset),
                    "an answer was cut: {error}"
                );
                break;
            }
        }
    }
    acknowledged
}

#[test]
fn acknowledged_writes_survive_a_stop_under_load() {
    for (backend, signal) in [
        (Backend::Sqlite, "TERM"),
        (Backend::Sqlite, "KILL"),
        (Backend::Postgres, "TERM"),
        (Backend::Postgres, "KILL"),
    ] {
        let Some(place) = Place::new(backend) else { continue };
        let acme = Acme::create(&place);
        let mut server = place.serve(&["--requests-per-minute", "0", "--guests-per-hour", "0"]);
        let written = AtomicUsize::new(0);
        let acknowledged: Vec<String> = std::thread::scope(|scope| {
            let (server, acme, written) = (&server, &acme, &written);
            let writers: Vec<_> = (0..8)
                .map(|writer| scope.spawn(move || write_until_closed(server, acme, writer, written)))
                .collect();
            // Stop in the middle of it.
            while written.load(Ordering::Relaxed) < 100 && !writers.iter().any(ScopedJoinHandle::is_finished)
            {
                std::thread::yield_now();
            }
            server.signal(signal);
            writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
        });
        let status = server.wait();
        if signal == "TERM" {
            assert_eq!(status.code(), Some(0), "{}", server.log());
        }
        assert!(acknowledged.len() >= 100, "{}", acknowledged.len());

        let server = place.serve(&["--requests-per-minute", "0"]);
        let mut found = HashSet::new();
        for page in 1.. {
            let list =
                server.get(&format!("{}?per_page=1000&page={page}", acme.guests()), &acme.token).json();
            for guest in list["data"].as_array().expect("a list") {
                found.insert(guest["email"].as_str().expect("an address").to_owned());
            }
            if list["meta"]["pagination"]["has_more_pages"] != true {
                break;
            }
        }
        let lost: Vec<&String> = acknowledged.iter().filter(|email| !found.contains(*email)).collect();
        assert!(lost.is_empty(), "{signal}: {lost:?}");
    }
}
