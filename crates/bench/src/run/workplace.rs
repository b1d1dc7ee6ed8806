//! What is measured of guests' pages: the first view of the task list.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use hospes_server::time::Clock;
use serde_json::{Value, json};

use super::http::{self, Answer};
use super::process::{Companion, LOAD_CORE, Server, pinned};
use super::report::{Goal, Row, Slot};
use super::seeded::{self, Seeded, TOKEN};
use super::servers::{Target, refused, start_ceiling, start_hospes, wrk};
use super::{Options, number, text};
use crate::seed::workplace;

/// Changes a second in the organization: of guests in the row `workplace-busy`,
/// of its own name, which every list shows, in `workplace-anew`.
const WRITES: u64 = 200;
/// What a browser says that it takes, over TLS, which a proxy ends.
const ENCODINGS: &str = "gzip, deflate, br, zstd";

/// A server with guests who are signed in.
pub(super) struct Workplaces<'a> {
    options: &'a Options,
    work: PathBuf,
    filled: Seeded,
    hospes: Server,
    ceiling: Server,
    list: PathBuf,
    answer: Answer,
    plain_bytes: usize,
}

impl<'a> Workplaces<'a> {
    /// Signs all guests in, starts a server, and looks at the page of one.
    pub(super) fn start(options: &'a Options) -> Result<Self, String> {
        let work = options.cache.join("work");
        fs::create_dir_all(&work).map_err(text)?;
        let filled = seeded::workplace(&options.cache, options.workplaces)?;
        let folder = work.join("workplace");
        let copy = seeded::copy(&filled, &folder)?;
        let signed_in =
            workplace::sign_in(&folder, &copy.organization, options.workplaces, Clock::system().now())?;
        seeded::warm(&copy.file)?;
        let hospes = start_hospes(options, &work, &folder)?;
        let lines: Vec<String> =
            signed_in.iter().map(|(code, secret)| format!("/guest/{code}\t{secret}\n")).collect();
        let list = work.join("workplaces.txt");
        fs::write(&list, lines.concat()).map_err(text)?;

        let (code, secret) = signed_in.first().ok_or("there are no guests")?;
        let ask = |encodings: &str| {
            let headers = format!(
                "Cookie: hospes_guest={secret}\r\nAccept-Encoding: {encodings}\r\nAccept: text/html\r\nAccept-Language: en\r\n"
            );
            http::send(&hospes.url, &format!("GET /guest/{code}"), &headers, |_| Ok(()))
        };
        let plain = ask("identity")?;
        let page = String::from_utf8_lossy(&plain.body).into_owned();
        let wanted = filled.said["tasks_of_a_guest"].as_u64().unwrap_or(0);
        let tasks = page.matches(&format!("href=\"/guest/{code}/tasks/")).count() as u64;
        if plain.status != 200 || tasks != wanted {
            return Err(format!("{} with {tasks} tasks, not {wanted}: {page}", plain.status));
        }
        let answer = ask(ENCODINGS)?;
        let ceiling = start_ceiling(options, &work, "workplace.bin", &answer)?;
        let plain_bytes = plain.body.len();
        Ok(Self { options, work, filled, hospes, ceiling, list, answer, plain_bytes })
    }

    /// What was measured, for the report.
    pub(super) fn description(&self) -> Value {
        json!({
            "seed": self.filled.said,
            "content_encoding": self.answer.header("content-encoding"),
            "bytes_of_page": {"sent": self.answer.body.len(), "before_compression": self.plain_bytes},
        })
    }

    /// The server's memory.
    pub(super) fn memory(&self) -> Value {
        self.hospes.memory()
    }

    /// The rounds of the page, beside a server that sends one from memory.
    pub(super) fn row(&self, key: &str) -> Result<Row, String> {
        let encoding = self.answer.header("content-encoding").unwrap_or("as it is");
        let changed = match key {
            "workplace-busy" => Some(("guests", "/guests", r#"{"last_name":"Steady {run} {n}"}"#)),
            "workplace-anew" => Some(("the organization's name", "", r#"{"name":"Steady {run} {n}"}"#)),
            _ => None,
        };
        let under = changed.map(|(what, _, _)| format!(", under {WRITES} changes/s of {what}"));
        let title = format!("task list, {encoding}{}", under.unwrap_or_default());
        let goals = vec![Goal { slot: Slot::Ceiling, at_least: 0.25 }];
        let mut row = Row::new(key, &title, [Slot::Hospes, Slot::Ceiling].into_iter(), goals);
        for round in 0..=self.options.rounds {
            let seconds = if round == 0 { 1 } else { self.options.seconds };
            let target = Target { url: &self.ceiling.url, organization: "bench" };
            let path = [("BENCH_PATH", "/static".to_owned())];
            let ours = match changed {
                Some((_, path, body)) => self.under_writes(path, body, seconds)?,
                None => self.load(seconds)?,
            };
            let ceilings = wrk(self.options, "first.lua", &target, &path, seconds)?;
            // The first warms up.
            if round > 0 {
                row.runs.iter_mut().zip([ours, ceilings]).for_each(|((_, runs), said)| runs.push(said));
            }
        }
        Ok(row)
    }

    fn load(&self, seconds: u64) -> Result<Value, String> {
        let target = Target { url: &self.hospes.url, organization: &self.filled.organization };
        let settings =
            [("BENCH_LIST", self.list.display().to_string()), ("BENCH_ENCODINGS", ENCODINGS.to_owned())];
        let before = self.hospes.worked();
        let mut said = wrk(self.options, "workplace.lua", &target, &settings, seconds)?;
        self.hospes.settle();
        if number(&said["errors"], "status") > 0.0 {
            return Err(format!("pages were refused: {said}"));
        }
        let requests = number(&said, "requests").max(1.0);
        let worked = (self.hospes.worked() - before) * 10_000;
        said["worked_us"] = worked.into();
        said["worked_per_request"] = (number(&said, "worked_us") / requests).into();
        said["bytes_per_request"] = (number(&said, "bytes") / requests).into();
        Ok(said)
    }

    /// The same while something of the organization is changed at a steady rate:
    /// one guest after the other, or itself where `path` is empty.
    fn under_writes(&self, path: &str, body: &str, seconds: u64) -> Result<Value, String> {
        let paths = self.work.join("workplace-paths.txt");
        let lines = fs::read_to_string(&self.list).map_err(text)?;
        let codes = lines.lines().filter_map(|line| line.split('\t').next()?.strip_prefix("/guest"));
        let lines: Vec<String> = codes.map(|code| format!("{code}\n")).collect();
        fs::write(&paths, lines.concat()).map_err(text)?;
        let mut steady = pinned(LOAD_CORE, &self.options.ceiling);
        steady.args(["steady", "--token", TOKEN, "--rate", &WRITES.to_string(), "--connections", "4"]);
        steady.args(["--seconds", &(seconds + 1).to_string(), "--method", "PUT"]);
        let url = format!("{}/organizations/{}{path}", self.hospes.url, self.filled.organization);
        steady.args(["--url", &url, "--body", body]);
        if !path.is_empty() {
            steady.arg("--paths").arg(paths);
        }
        let writer = Companion::start(steady)?;
        std::thread::sleep(Duration::from_millis(300));
        let mut said = self.load(seconds)?;
        let writer = writer.finish()?;
        if refused(&writer) {
            return Err(format!("changes were refused: {writer}"));
        }
        said["writer"] = writer;
        Ok(said)
    }
}
