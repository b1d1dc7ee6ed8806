//! The programs that are measured, and those that measure.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Map, Value, json};

/// The core of whatever is measured.
pub(super) const SERVER_CORE: &str = "0";
/// The core of whatever puts the load on.
pub(super) const LOAD_CORE: &str = "1";

/// A program that will run on one core only.
pub(super) fn pinned(core: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program).stdin(Stdio::null());
    command
}

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// `http://…`, without a path.
    pub(super) url: String,
    /// Kept open, in case it has more to say.
    _said: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server and waits for the line that says where it listens.
    pub(super) fn start(mut command: Command, log: &Path) -> Result<Self, String> {
        let log = File::options().append(true).create(true).open(log).map_err(|error| error.to_string())?;
        command.stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(|error| format!("{command:?} did not start: {error}"))?;
        let mut said = child.stdout.take().map(BufReader::new);
        let url = said
            .iter_mut()
            .flat_map(BufRead::lines)
            .map_while(Result::ok)
            .find_map(|line| line.find("http://").map(|at| line[at..].trim().to_owned()));
        let server = Self { child, url: url.unwrap_or_default(), _said: said };
        if server.url.is_empty() {
            return Err(format!("{command:?} ended before it listened"));
        }
        Ok(server)
    }

    /// What the kernel says of its memory, in KiB.
    pub(super) fn memory(&self) -> Value {
        let status = self.proc_file("status");
        let fields = ["VmRSS", "RssAnon", "RssFile", "VmHWM"];
        let found =
            fields.iter().filter_map(|name| Some(((*name).to_owned(), number(&status, name)?.into())));
        Value::Object(found.collect::<Map<_, _>>())
    }

    /// Bytes that it has had written to the disk.
    pub(super) fn written(&self) -> u64 {
        number(&self.proc_file("io"), "write_bytes").unwrap_or(0)
    }

    /// Waits until it has nothing to do any more: a slow server works on for
    /// clients that have gone, at the cost of whoever is measured next.
    pub(super) fn settle(&self) {
        for _ in 0..600 {
            let before = self.worked();
            std::thread::sleep(Duration::from_millis(100));
            if before == self.worked() {
                return;
            }
        }
    }

    /// Hundredths of a second for which it has been at work, in itself and in the
    /// kernel.
    pub(super) fn worked(&self) -> u64 {
        let stat = self.proc_file("stat");
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.split(' ').skip(11).take(2));
        fields.into_iter().flatten().filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    fn proc_file(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The number behind `name:` in a file of `/proc`.
fn number(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Runs a program to its end and returns the last line of JSON that it printed.
pub(super) fn json_of(command: &mut Command) -> Result<Value, String> {
    let output = command.output().map_err(|error| format!("{command:?} did not start: {error}"))?;
    json_line(&output, command)
}

fn json_line(output: &std::process::Output, command: &Command) -> Result<Value, String> {
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().rev().find(|line| line.starts_with('{'));
    match line.and_then(|line| serde_json::from_str(line).ok()) {
        Some(value) if output.status.success() => Ok(value),
        _ => {
            Err(format!("{command:?}: {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)))
        }
    }
}

/// A program at work beside a measurement.
#[derive(Debug)]
pub(super) struct Companion {
    command: Command,
    child: Child,
}

impl Companion {
    pub(super) fn start(mut command: Command) -> Result<Self, String> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| format!("{command:?} did not start: {error}"))?;
        Ok(Self { command, child })
    }

    /// Waits for its end and returns what it reports.
    pub(super) fn finish(self) -> Result<Value, String> {
        let output = self.child.wait_with_output().map_err(|error| error.to_string())?;
        json_line(&output, &self.command)
    }
}

/// What a program says of its version.
fn says(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// What the measurement ran on and with.
pub(super) fn machine(repository: &Path) -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|it| it.1));
    let root = repository.to_string_lossy().into_owned();
    json!({
        "processor": model,
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_kib": number(&read("/proc/meminfo"), "MemTotal"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load_average_at_start": read("/proc/loadavg").trim(),
        "commit": says("git", &["-C", &root, "rev-parse", "HEAD"]),
        "uncommitted_changes": !says("git", &["-C", &root, "status", "--porcelain"]).is_empty(),
        "rustc": says("rustc", &["--version"]),
        "node": says("node", &["--version"]),
        "wrk": says("wrk", &["--version"]),
        "postgres": says("psql", &["--version"]),
        "date": says("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_proc_files_are_found_by_their_whole_name() {
        let text = "VmHWM:\t   12 kB\nVmRSS:\t    9 kB\nwrite_bytes: 4096\ncancelled_write_bytes: 1\n";
        assert_eq!(number(text, "VmRSS"), Some(9));
        assert_eq!(number(text, "write_bytes"), Some(4096));
        assert_eq!(number(text, "bytes"), None);
    }
}
