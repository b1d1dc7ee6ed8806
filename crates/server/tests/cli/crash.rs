//! Killed without warning: what was acknowledged is there afterwards, and what
//! was not can be tried again without doing it twice (`trust.md` 3).

#![expect(clippy::unwrap_used, reason = "a test that fails here fails as it should")]

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hospes_testing::Backend;

use crate::support::{Acme, Answer, Place, Server};

const WRITERS: usize = 8;

/// The server is killed so often.
const ROUNDS: u64 = 12;

/// Numbers that look random and are the same every time (SplitMix64).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A request that creates a guest: its number is in the address and in the key.
fn post(stream: &mut BufReader<TcpStream>, acme: &Acme, name: &str) -> std::io::Result<Answer> {
    let body = format!("{{\"email\":\"{name}@x.example\",\"first_name\":\"{name}\"}}");
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: key-{name}\r\nContent-Length: {}\r\n\r\n{body}",
        acme.guests(),
        acme.token,
        body.len()
    );
    stream.get_mut().write_all(request.as_bytes())?;
    Answer::read(stream)
}

/// What a writer knows at the end: the answers it got, and the request that
/// none came for.
#[derive(Default)]
struct Known {
    answers: Vec<(String, String)>,
    open: Option<String>,
}

/// Creates guests until the server is gone.
fn write_until_killed(server: &Server, acme: &Acme, writer: &str, written: &AtomicUsize) -> Known {
    let mut stream = BufReader::new(server.connect());
    let mut known = Known::default();
    for number in 0.. {
        let name = format!("{writer}-{number}");
        let Ok(answer) = post(&mut stream, acme, &name) else {
            known.open = Some(name);
            break;
        };
        assert_eq!(answer.status, 201, "{answer:?}");
        known.answers.push((name, answer.body));
        written.fetch_add(1, Ordering::Relaxed);
    }
    known
}

/// Names of all guests, each as often as it is there.
fn listed(server: &Server, acme: &Acme) -> Vec<String> {
    let mut names = Vec::new();
    for page in 1.. {
        let list = server.get(&format!("{}?per_page=1000&page={page}", acme.guests()), &acme.token).json();
        names.extend(
            list["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|guest| guest["first_name"].as_str().unwrap().to_owned()),
        );
        if list["meta"]["pagination"]["has_more_pages"] != true {
            assert_eq!(list["meta"]["pagination"]["total"], names.len());
            return names;
        }
    }
    unreachable!("pages end")
}

/// How many rows of the activity feed tell of a new guest.
fn told(server: &Server, acme: &Acme) -> u64 {
    let path = format!("/organizations/{}/activity-feeds?type=Guest&verb=created&per_page=1", acme.org);
    let feed = server.get(&path, &acme.token).json();
    feed["meta"]["pagination"]["total"].as_u64().unwrap()
}

fn nothing_is_lost_or_doubled(backend: Backend, rounds: u64) {
    let Some(place) = Place::new(backend) else { return };
    let acme = Acme::create(&place);
    let arguments = ["--requests-per-minute", "0", "--guests-per-hour", "0"];
    let mut all: HashMap<String, String> = HashMap::new();
    let mut unanswered = 0;
    for round in 0..rounds {
        let mut server = place.serve(&arguments);
        let written = AtomicUsize::new(0);
        let target = usize::try_from(mixed(round) % 120).unwrap() + 1;
        let pause = Duration::from_micros(mixed(round + 1000) % 3000);
        let known: Vec<Known> = std::thread::scope(|scope| {
            let (server, acme, written) = (&server, &acme, &written);
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let name = format!("r{round}w{writer}");
                    scope.spawn(move || write_until_killed(server, acme, &name, written))
                })
                .collect();
            let deadline = Instant::now() + Duration::from_secs(30);
            while written.load(Ordering::Relaxed) < target {
                assert!(Instant::now() < deadline, "{}", server.log());
                std::thread::yield_now();
            }
            std::thread::sleep(pause);
            server.signal("KILL");
            writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
        });
        assert_eq!(server.wait().code(), None, "it was killed");

        let server = place.serve(&arguments);
        let names = listed(&server, &acme);
        let present: HashSet<&String> = names.iter().collect();
        assert_eq!(present.len(), names.len(), "a guest is there twice");
        let lost: Vec<&String> = known
            .iter()
            .flat_map(|known| &known.answers)
            .map(|(name, _)| name)
            .filter(|name| !present.contains(name))
            .collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        assert!(all.keys().all(|name| present.contains(name)), "round {round}: an older guest is lost");

        // Every writer tries again what it has no answer for, and for good
        // measure its last request that it has one for, twice.
        let mut stream = BufReader::new(server.connect());
        for known in known {
            if let Some(name) = &known.open {
                unanswered += 1;
                let answer = post(&mut stream, &acme, name).unwrap();
                assert_eq!(answer.status, 201, "{answer:?}");
                all.insert(name.clone(), answer.body);
            }
            let last = known.answers.last().cloned();
            all.extend(known.answers);
            for name in last.into_iter().map(|(name, _)| name).chain(known.open) {
                for _ in 0..2 {
                    let again = post(&mut stream, &acme, &name).unwrap();
                    assert_eq!((again.status, &again.body), (201, &all[&name]), "the first answer again");
                }
            }
        }
        let names = listed(&server, &acme);
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| all.contains_key(name)));
        assert_eq!(told(&server, &acme), names.len() as u64, "each creation is told once");
        // This one ends without warning too, with nothing under way.
        drop(server);
    }
    assert!(unanswered >= rounds, "the server was never killed in the middle of a request");
}

#[test]
fn killed_under_load_nothing_is_lost_or_doubled() {
    nothing_is_lost_or_doubled(Backend::Sqlite, ROUNDS);
    nothing_is_lost_or_doubled(Backend::Postgres, 2);
}
