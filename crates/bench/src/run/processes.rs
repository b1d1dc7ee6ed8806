//! What is measured of processes: launching one, and completing tasks, among
//! more and more open ones.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::http::{self, Answer};
use super::process::{LOAD_CORE, SERVER_CORE, Server, json_of, pinned};
use super::report::{Fact, Row, Slot};
use super::seeded::{self, Seeded, TOKEN};
use super::servers::{CONNECTIONS, Target, start_ceiling, start_hospes, wrk};
use super::{Options, exists, number, text};
use crate::seed::processes::{COMPLETIONS, STEPS};

/// Up to so many processes each round begins with a fresh copy of them: a few
/// seconds would complete all of a hundred. Above, what a round changes is
/// small beside what there is.
const FRESH: u64 = 10_000;
/// Completions a second that one node has to sustain, and among how many open
/// processes.
const COMPLETIONS_GOAL: (f64, u64) = (1000.0, 10_000);

/// A server with so many open processes.
pub(super) struct Processes<'a> {
    options: &'a Options,
    count: u64,
    work: PathBuf,
    filled: Seeded,
    server: RefCell<Option<Server>>,
    /// Completions that were used up, of this copy.
    used: Cell<u64>,
}

impl<'a> Processes<'a> {
    /// Starts a server on a copy of this size and looks at its list.
    pub(super) fn start(options: &'a Options, count: u64) -> Result<Self, String> {
        let work = options.cache.join("work");
        fs::create_dir_all(&work).map_err(text)?;
        let filled = seeded::processes(&options.cache, count)?;
        let server = RefCell::default();
        let processes = Self { options, count, work, filled, server, used: Cell::new(0) };
        processes.start_anew()?;
        Ok(processes)
    }

    /// What was measured, for the report.
    pub(super) fn description(&self) -> Value {
        let bytes = fs::metadata(&self.filled.file).map_or(0, |data| data.len());
        json!({"seed": self.filled.said, "database_bytes": bytes})
    }

    fn start_anew(&self) -> Result<(), String> {
        self.server.replace(None);
        let folder = self.work.join("processes");
        let copy = seeded::copy(&self.filled, &folder)?;
        seeded::warm(&copy.file)?;
        let server = start_hospes(self.options, &self.work, &folder)?;
        let list = format!("/organizations/{}/runs?per_page=100", copy.organization);
        let total = &http::get(&server.url, &list, TOKEN)?.json()?["meta"]["pagination"]["total"];
        if *total != self.count {
            return Err(format!("the list has {total} processes, not {}", self.count));
        }
        self.server.replace(Some(server));
        self.used.set(0);
        Ok(())
    }

    fn with_server<T>(&self, ask: impl FnOnce(&Server) -> T) -> Result<T, String> {
        self.server.borrow().as_ref().map(ask).ok_or_else(|| "no server is running".to_owned())
    }

    /// The rounds of an operation, beside a server that sends an answer like
    /// its answers from memory.
    pub(super) fn row(&self, key: &str) -> Result<Row, String> {
        let completions = self.filled.file.with_file_name(COMPLETIONS);
        let launch = self.work.join("launch.txt");
        fs::write(&launch, format!("/runs\t{}\n", self.filled.said["launch"])).map_err(text)?;
        let (list, repeat) = if key == "launch" { (&launch, true) } else { (&completions, false) };
        let answer = self.answer(list)?;
        let ceiling = start_ceiling(self.options, &self.work, &format!("{key}.json"), &answer)?;
        let title = match key {
            "launch" => format!("launch of a process of {} steps", STEPS.1),
            _ => "completion of a task with its rules".to_owned(),
        };
        let mut row = Row::new(key, &title, [Slot::Hospes, Slot::Ceiling].into_iter(), Vec::new());
        for round in 0..=self.options.rounds {
            if self.count <= FRESH {
                self.start_anew()?;
            }
            let seconds = if round == 0 { 1 } else { self.options.seconds };
            let target = Target { url: &ceiling.url, organization: "bench" };
            let path = [("BENCH_PATH", "/static".to_owned())];
            let ours = self.load(list, repeat, seconds)?;
            let ceilings = wrk(self.options, "first.lua", &target, &path, seconds)?;
            // The first warms up.
            if round > 0 {
                row.runs.iter_mut().zip([ours, ceilings]).for_each(|((_, runs), said)| runs.push(said));
            }
        }
        Ok(row)
    }

    fn url(&self, server: &Server) -> String {
        format!("{}/organizations/{}", server.url, self.filled.organization)
    }

    /// The answer to the last line of a list: of completions it is one that no
    /// load comes to.
    fn answer(&self, list: &Path) -> Result<Answer, String> {
        let lines = fs::read_to_string(list).map_err(text)?;
        let line = lines.lines().last().and_then(|line| line.split_once('\t'));
        let (path, body) = line.ok_or("there is nothing to send")?;
        let answer = self.with_server(|server| {
            let path = format!("/organizations/{}{path}", self.filled.organization);
            http::post(&server.url, &path, TOKEN, body)
        })??;
        match answer.status {
            200 | 201 => Ok(answer),
            status => Err(format!("{status} {}", String::from_utf8_lossy(&answer.body))),
        }
    }

    fn load(&self, list: &Path, repeat: bool, seconds: u64) -> Result<Value, String> {
        let mut drive = pinned(LOAD_CORE, exists(&self.options.ceiling)?);
        drive.arg("drive").args(["--token", TOKEN, "--seconds", &seconds.to_string()]);
        drive.args(["--connections", &CONNECTIONS.to_string()]).arg("--list").arg(list);
        if repeat {
            drive.arg("--repeat");
        } else {
            drive.args(["--skip", &self.used.get().to_string()]);
        }
        let mut said = self.with_server(|server| {
            drive.args(["--url", &self.url(server)]);
            let before = (server.written(), server.worked());
            let mut said = json_of(&mut drive)?;
            // What is copied back from the log belongs to it.
            server.settle();
            said["written_bytes"] = (server.written() - before.0).into();
            said["worked_us"] = ((server.worked() - before.1) * 10_000).into();
            Ok::<_, String>(said)
        })??;
        if number(&said["errors"], "status") > 0.0 {
            return Err(format!("requests were refused: {said}"));
        }
        let requests = said["requests"].as_u64().unwrap_or(0);
        if requests == 0 {
            return Err("the list of tasks to complete is used up".to_owned());
        }
        if !repeat {
            self.used.set(self.used.get() + requests);
        }
        said["rate"] = said["requests_per_second"].clone();
        for (sum, each) in [("written_bytes", "written_per_request"), ("worked_us", "worked_per_request")] {
            said[each] = (number(&said, sum) / number(&said, "requests")).into();
        }
        Ok(said)
    }
}

/// Whether one node sustains what it has to.
pub(super) fn sustained(count: u64, row: &Row) -> Option<Fact> {
    let (goal, among) = COMPLETIONS_GOAL;
    let rate = row.middle(Slot::Hospes, "rate").filter(|_| count == among)?;
    Some(Fact {
        title: "completions a second of one node on one core, each on the disk".to_owned(),
        figure: format!("{rate:.0}"),
        goal: format!("{goal:.0}"),
        met: Some(rate >= goal),
        raw: json!({"rate": rate}),
    })
}

/// How long the workflow engine takes by itself, as its example found.
pub(super) fn engine(options: &Options) -> Result<Vec<Fact>, String> {
    let said = json_of(&mut pinned(SERVER_CORE, exists(&options.engine)?))?;
    let (steps, rules) = (number(&said, "steps"), number(&said, "rules"));
    let measured = said["measured"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fact = |found: &Value| {
        let what = found["what"].as_str().unwrap_or_default();
        let (median, late) = (number(found, "median_us"), number(found, "p99_us"));
        let has_goal = what.contains("all rules evaluated");
        Fact {
            title: format!("engine alone, {steps} steps and {rules} rules: {what}"),
            figure: format!("{median:.0} µs (99 of 100 within {late:.0} µs)"),
            goal: if has_goal { "1 ms" } else { "—" }.to_owned(),
            met: has_goal.then_some(median < 1000.0),
            raw: found.clone(),
        }
    };
    Ok(measured.iter().map(fact).collect())
}
