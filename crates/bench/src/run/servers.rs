//! The servers that are asked, the load on them, and a look at what they answer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::http::Answer;
use super::process::{LOAD_CORE, SERVER_CORE, Server, json_of, pinned};
use super::seeded::{Seeded, TOKEN};
use super::{Options, exists, number, text};

/// Keep-alive connections of the load.
pub(super) const CONNECTIONS: u64 = 32;

/// The list of guests on one of the servers.
pub(super) struct Target<'a> {
    pub(super) url: &'a str,
    pub(super) organization: &'a str,
}

/// Puts `wrk` on one server; what it counted, with the rate.
pub(super) fn wrk(
    options: &Options,
    script: &str,
    target: &Target<'_>,
    settings: &[(&str, String)],
    seconds: u64,
) -> Result<Value, String> {
    let mut wrk = pinned(LOAD_CORE, "wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "--timeout", "30s", "-s"]);
    wrk.arg(options.repository.join("bench/load").join(script)).arg(target.url);
    wrk.env("BENCH_ORG", target.organization).env("BENCH_TOKEN", TOKEN);
    for (name, value) in settings {
        wrk.env(name, value);
    }
    let mut said = json_of(&mut wrk)?;
    if script == "conditional.lua" && number(&said, "bytes") > 1000.0 * number(&said, "requests") {
        return Err("If-None-Match was answered with pages".to_owned());
    }
    said["rate"] = said["requests_per_second"].clone();
    Ok(said)
}

/// The data directory of a seeded server.
pub(super) fn data_of(seeded: &Seeded) -> PathBuf {
    seeded.file.parent().map(Path::to_owned).unwrap_or_default()
}

/// A server on one core, but for where it listens and what it serves.
pub(super) fn hospes_command(options: &Options) -> Command {
    let mut command = pinned(SERVER_CORE, &options.server);
    command.args(["serve", "--listen", "127.0.0.1:0", "--worker-threads", "1"]);
    // The limits stay on and count, but never refuse.
    command.args(["--requests-per-minute", "1000000000", "--guests-per-hour", "1000000000"]);
    command
}

/// Hospes on a data directory.
pub(super) fn start_hospes(options: &Options, work: &Path, data: &Path) -> Result<Server, String> {
    let mut command = hospes_command(options);
    exists(&options.server)?;
    command.arg("--data").arg(data);
    Server::start(command, &work.join("hospes.log"))
}

/// A static server of exactly this answer.
pub(super) fn start_ceiling(
    options: &Options,
    work: &Path,
    name: &str,
    answer: &Answer,
) -> Result<Server, String> {
    let body = work.join(name);
    fs::write(&body, &answer.body).map_err(text)?;
    let mut command = pinned(SERVER_CORE, exists(&options.ceiling)?);
    command.arg("serve").arg("--body").arg(&body);
    for (name, value) in &answer.headers {
        if !["content-length", "date", "connection", "transfer-encoding"].contains(&name.as_str()) {
            command.arg("--header").arg(format!("{name}: {value}"));
        }
    }
    Server::start(command, &work.join("peers.log"))
}

/// Whether a writer got any answer but success.
pub(super) fn refused(writer: &Value) -> bool {
    let statuses = writer["statuses"].as_object();
    statuses.is_none_or(|statuses| statuses.keys().any(|status| !status.starts_with('2')))
        || number(writer, "errors") > 0.0
}

/// Whether the first page is what it should be.
pub(super) fn check(answer: &Answer, guests: u64, per_page: u64) -> Result<(), String> {
    if answer.status != 200 {
        return Err(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    let page = answer.json()?;
    let total = &page["meta"]["pagination"]["total"];
    if *total != guests {
        return Err(format!("the list has {total} guests, not {guests}"));
    }
    let data = page["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    if data.len() as u64 != per_page.min(guests) {
        return Err(format!("the page has {} guests", data.len()));
    }
    let wrong = data
        .iter()
        .find(|guest| guest["stats"]["active_tasks"] != 3 || guest["stats"]["one_off_tasks_completed"] != 2);
    wrong.map_or(Ok(()), |guest| Err(format!("statistics are not 3 and 2: {guest}")))
}
