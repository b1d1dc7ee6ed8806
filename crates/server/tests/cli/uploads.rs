//! Large uploads to the real executable: memory does not grow with them, and a
//! server that is killed in the middle leaves nothing that its successor keeps.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hospes_testing::Value;

use crate::support::{Acme, Answer, Place, Server};

const BOUNDARY: &str = "hospes-cli-boundary";

/// A one-off task with a file field: the ids of both.
fn task(server: &Server, acme: &Acme) -> (String, String) {
    let me = server.get(&format!("/organizations/{}/me", acme.org), &acme.token).json();
    let body = serde_json::json!({
        "title": "Scans", "task_type": "task", "deadline": "2031-01-01 10:00:00",
        "owners": {"users": [me["data"]["id"]], "guests": [], "groups": []},
        "form_fields": [{"label": "Scan", "field_type": "file"}],
    });
    let path = format!("/organizations/{}/tasks?with=form_fields", acme.org);
    let made: Value = server.ask("POST", &path, &acme.token, &body.to_string()).json();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    (text(&made["data"]["id"]), text(&made["data"]["form_fields"]["data"][0]["id"]))
}

/// Begins an upload and sends `sent` of the `size` bytes that it declares.
fn begin(
    server: &Server,
    acme: &Acme,
    (task, field): &(String, String),
    size: usize,
    sent: usize,
) -> TcpStream {
    let part = |says: &str, value: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {says}\r\n\r\n{value}")
    };
    let texts = [("subject_type", "Task"), ("subject_id", task), ("uploaded_from", field)];
    let mut parts: Vec<String> = texts
        .iter()
        .map(|(name, value)| part(&format!("name=\"{name}\""), &format!("{value}\r\n")))
        .collect();
    parts.push(part("name=\"name\"; filename=\"a.pdf\"", ""));
    let head = parts.concat();
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let mut stream = server.connect();
    let length = head.len() + size + tail.len();
    let request = format!(
        "POST /organizations/{}/assets HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n{head}",
        acme.org, server.address, acme.token
    );
    stream.write_all(request.as_bytes()).expect("the head is sent");
    let mut piece = b"%PDF-1.7\n".to_vec();
    piece.resize(1 << 16, b'x');
    let mut left = sent;
    while left > 0 {
        let now = left.min(piece.len());
        stream.write_all(&piece[..now]).expect("the bytes are sent");
        piece[0] = b'x';
        left -= now;
    }
    if sent == size {
        stream.write_all(tail.as_bytes()).expect("the end is sent");
    }
    stream
}

fn upload(server: &Server, acme: &Acme, task: &(String, String), size: usize) -> Answer {
    let stream = begin(server, acme, task, size, size);
    Answer::read(&mut BufReader::new(stream)).expect("an answer")
}

fn download(server: &Server, acme: &Acme, id: &str) -> usize {
    let answer = server.get(&format!("/organizations/{}/file/{id}/dl", acme.org), &acme.token);
    assert_eq!(answer.status, 200);
    answer.body.len()
}

/// A line of `/proc/{pid}/status`, in KiB.
fn memory(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("a process");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn memory_does_not_grow_with_a_large_upload() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let server = place.serve(&["--requests-per-minute", "0"]);
    let task = task(&server, &acme);
    // What the first upload sets up is not what one costs.
    assert_eq!(upload(&server, &acme, &task, 3 << 20).status, 200);
    let before = memory(&server, "VmHWM");
    let begun = Instant::now();
    let size = 100 << 20;
    let answer = upload(&server, &acme, &task, size);
    let took = begun.elapsed();
    assert_eq!(answer.status, 200, "{}", answer.json());
    let grown = memory(&server, "VmHWM") - before;
    println!("100 MiB uploaded in {took:?}; the peak of memory rose from {before} KiB by {grown} KiB");
    assert!(grown < 48 << 10, "the peak rose by {grown} KiB");
    assert_eq!(answer.json()["data"]["size"], size);
}

#[test]
fn what_a_killed_server_was_taking_is_not_kept() {
    let place = Place::sqlite();
    let acme = Acme::create(&place);
    let server = place.serve(&[]);
    let task = task(&server, &acme);
    let stream = begin(&server, &acme, &task, 8 << 20, 4 << 20);
    let folder = place.data().join("files").join(&acme.org);
    let begun = Instant::now();
    while std::fs::read_dir(&folder).map_or(0, Iterator::count) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing comes");
        std::thread::sleep(Duration::from_millis(20));
    }
    server.signal("KILL");
    drop(stream);
    drop(server);
    // What is there names its record, which was never completed.
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    let id = "lower(hex(id))";
    let pending = place.ask_database(&format!("SELECT {id} FROM asset WHERE state = 'pending'"));
    assert_eq!(pending.len(), 1);
    let left = names();
    assert!(left.len() == 1 && left[0].starts_with(&format!("{}#", pending[0])), "{left:?} of {pending:?}");
    let server = place.serve(&[]);
    let shown =
        server.get(&format!("/organizations/{}/tasks/{}?with=assets", acme.org, task.0), &acme.token).json();
    assert_eq!(shown["data"]["assets"], serde_json::json!({"data": []}));
    assert_eq!(names(), left, "another process may still be taking it");
    drop(server);
    // No upload lasts so long.
    let old = format!("UPDATE asset SET created_at = created_at - 5 * 3600 * 1000000 RETURNING {id}");
    assert_eq!(place.ask_database(&old), pending);
    let _server = place.serve(&[]);
    waits_for("nothing is swept", || names().is_empty());
    waits_for("its record stays", || place.ask_database(&format!("SELECT {id} FROM asset")).is_empty());
}

#[track_caller]
fn waits_for(what: &str, happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        // The first sweep comes a minute after the start.
        assert!(begun.elapsed() < Duration::from_mins(3), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn files_stay_known_that_are_where_none_are_kept_now() {
    let (place, s3) = (Place::sqlite(), FakeS3::start());
    let acme = Acme::create(&place);
    let server = place.serve(&[]);
    let task = task(&server, &acme);
    let asset = upload(&server, &acme, &task, 1000).json();
    let id = asset["data"]["id"].as_str().expect("an id");
    let kept = place.data().join("files").join(&acme.org).join(id);
    assert!(kept.exists());
    drop(server);
    // The setting changes, and the file is deleted.
    let server = serve(&place, &s3);
    let path = format!("/organizations/{}/file/{id}", acme.org);
    assert_eq!(server.ask("DELETE", &path, &acme.token, "").status, 200);
    assert_eq!(server.get(&path, &acme.token).status, 404);
    assert_eq!(s3.count("DELETE") + s3.count("POST"), 0, "it was never there");
    assert!(kept.exists());
    assert_eq!(place.ask_database("SELECT state FROM asset"), ["doomed"]);
    assert_eq!(server.log().matches("where files are not kept any more").count(), 1, "{}", server.log());
    drop(server);
    // Back where it is, it goes.
    let _server = place.serve(&[]);
    waits_for("it stays", || !kept.exists());
    waits_for("its record stays", || place.ask_database("SELECT state FROM asset").is_empty());
}

/// A storage that speaks enough of S3's language for one upload and download,
/// and remembers what was asked of it. It believes every signature.
struct FakeS3 {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl FakeS3 {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (address, seen) =
            (listener.local_addr().expect("an address"), Arc::<Mutex<Vec<String>>>::default());
        let objects = Arc::<Mutex<std::collections::BTreeMap<String, Vec<u8>>>>::default();
        let told = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), told, objects) = (stream, Arc::clone(&told), Arc::clone(&objects)) else {
                    return;
                };
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some((line, headers, body)) = read_request(&mut reader) {
                        told.lock().expect("no panic").push(line.clone());
                        assert!(headers.contains("authorization: AWS4-HMAC-SHA256"), "{headers}");
                        let answer = answer(&line, &headers, body, &mut objects.lock().expect("no panic"));
                        if reader.get_mut().write_all(&answer).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, seen }
    }

    fn count(&self, method: &str) -> usize {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().filter(|line| line.starts_with(method)).count()
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, String, Vec<u8>)> {
    use std::io::BufRead;
    let (mut line, mut headers) = (String::new(), String::new());
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.extend([&name.to_lowercase(), ":", value]);
    }
    let length = header(&headers, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((line.trim().to_owned(), headers, body))
}

fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn answer(
    line: &str,
    headers: &str,
    body: Vec<u8>,
    objects: &mut std::collections::BTreeMap<String, Vec<u8>>,
) -> Vec<u8> {
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let reply = |status: &str, more: &str, body: &[u8]| {
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"e\"\r\n{more}\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let modified = "Last-Modified: Thu, 15 May 2025 10:00:00 GMT\r\n";
    match method {
        "POST" if query.starts_with("uploads") => {
            let body =
                "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
            reply("200 OK", "", body.as_bytes())
        }
        "POST" if query.starts_with("delete") => {
            let text = String::from_utf8_lossy(&body).into_owned();
            objects.retain(|key, _| !text.contains(key.trim_start_matches("/bucket/")));
            let key = text.split("<Key>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            let body = format!("<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>");
            reply("200 OK", "", body.as_bytes())
        }
        "POST" => {
            let parts: Vec<Vec<u8>> =
                objects.range(format!("{path}#")..format!("{path}$")).map(|(_, part)| part.clone()).collect();
            objects.retain(|key, _| !key.starts_with(&format!("{path}#")));
            objects.insert(path.to_owned(), parts.concat());
            let body = "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
            reply("200 OK", "", body.as_bytes())
        }
        "PUT" => {
            let number =
                query.split('&').find_map(|pair| pair.strip_prefix("partNumber=")?.parse::<u32>().ok());
            let key = number.map_or_else(|| path.to_owned(), |number| format!("{path}#{number:05}"));
            objects.insert(key, body);
            reply("200 OK", "", b"")
        }
        "DELETE" => {
            objects.remove(path);
            reply("204 No Content", "", b"")
        }
        _ => match objects.get(path) {
            None => reply("404 Not Found", "", b"<Error><Code>NoSuchKey</Code></Error>"),
            Some(bytes) => match header(headers, "range")
                .and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
            {
                Some((from, to)) => {
                    let (from, to) = (from.parse().unwrap_or(0), to.parse().unwrap_or(bytes.len() - 1));
                    let range = format!("Content-Range: bytes {from}-{to}/{}\r\n{modified}", bytes.len());
                    reply("206 Partial Content", &range, &bytes[from..=to])
                }
                None => reply("200 OK", modified, bytes),
            },
        },
    }
}

/// A server that keeps files in this storage.
fn serve(place: &Place, s3: &FakeS3) -> Server {
    let mut command = place.hospes(["serve", "--listen", "127.0.0.1:0", "--files", "s3://bucket/prefix"]);
    command
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "eu-central-1");
    command.env("AWS_ENDPOINT", format!("http://{}", s3.address)).env("AWS_ALLOW_HTTP", "true");
    Server::start(command, place.folder.path())
}

#[test]
fn what_a_caller_who_hangs_up_has_sent_is_taken_back_from_s3() {
    let (place, s3) = (Place::sqlite(), FakeS3::start());
    let acme = Acme::create(&place);
    let server = serve(&place, &s3);
    let task = task(&server, &acme);
    let stream = begin(&server, &acme, &task, 20 << 20, 12 << 20);
    let waits_for = |what: &str, method: &str, count: usize| {
        let begun = Instant::now();
        while s3.count(method) < count {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    waits_for("no part comes", "PUT", 1);
    drop(stream);
    // The upload in parts is ended; nothing is left that costs.
    waits_for("nothing is taken back", "DELETE /bucket/prefix", 1);
    let seen = s3.seen.lock().expect("no panic").clone();
    assert!(seen.iter().any(|line| line.starts_with("DELETE") && line.contains("uploadId=u")), "{seen:?}");
}

#[test]
fn files_are_kept_in_s3_compatible_storage() {
    let (place, s3) = (Place::sqlite(), FakeS3::start());
    let acme = Acme::create(&place);
    let server = serve(&place, &s3);
    let task = task(&server, &acme);
    let small = upload(&server, &acme, &task, 1000).json();
    assert_eq!((s3.count("PUT"), s3.count("POST")), (1, 0), "{small}");
    let large = upload(&server, &acme, &task, 12 << 20).json();
    assert_eq!((s3.count("PUT"), s3.count("POST")), (1 + 3, 2), "parts of 5 MiB: {large}");
    for (asset, size) in [(&small, 1000), (&large, 12 << 20)] {
        let id = asset["data"]["id"].as_str().expect("an id");
        assert_eq!(asset["data"]["uploaded_to_s3"], true);
        assert_eq!(download(&server, &acme, id), size);
        let path = format!("/organizations/{}/file/{id}", acme.org);
        assert_eq!(server.ask("DELETE", &path, &acme.token, "").status, 200);
        assert_eq!(server.get(&path, &acme.token).status, 404);
    }
    assert!(!place.data().join("files").exists());
    assert!(!server.log().contains("could not be"), "{}", server.log());
}
