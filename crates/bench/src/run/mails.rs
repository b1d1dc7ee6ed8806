//! What is measured of mail: how fast what waits is handed to a mail server, and
//! in how much memory.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use hospes_server::time::Clock;
use serde_json::{Value, json};

use super::process::{LOAD_CORE, Server, pinned};
use super::report::Fact;
use super::servers::hospes_command;
use super::{Found, Options, exists, number, text};
use crate::seed::workplace;

/// The highest memory may be so much more for the most mails than for the fewest.
const BOUND: f64 = 1.25;

/// One number of mails after the other.
pub(super) fn measure(options: &Options) -> Result<Vec<Found>, String> {
    let mut all: Vec<Found> = Vec::new();
    let mut fewest: Option<(u64, f64)> = None;
    for &mails in &options.mails {
        println!("=== {mails} mails");
        let said = hand_over(options, mails)?;
        println!("{said}");
        let highest = number(&said["after"], "VmHWM") / 1024.0;
        let mut facts = facts(mails, &said);
        if let Some((few, least)) = fewest {
            let factor = highest / least.max(f64::MIN_POSITIVE);
            facts.push(Fact {
                title: format!("highest resident memory: {few} mails → {mails}"),
                figure: format!("{least:.1} → {highest:.1} MiB: a factor of {factor:.2}"),
                goal: format!("bounded: within {BOUND} ×"),
                met: Some(factor <= BOUND),
                raw: json!({"factor": factor}),
            });
        } else {
            fewest = Some((mails, highest));
        }
        all.push(Found { count: mails, facts });
    }
    Ok(all)
}

fn facts(mails: u64, said: &Value) -> Vec<Fact> {
    let seconds = number(said, "seconds").max(f64::MIN_POSITIVE);
    let rate = number(said, "mails") / seconds;
    let mib = |when: &str, name: &str| number(&said[when], name) / 1024.0;
    vec![
        Fact {
            title: format!("{mails} mails that wait, handed to a mail server on the other core"),
            figure: format!(
                "{rate:.0} a second ({seconds:.1} s, {:.0} µs of the core each, at most {} connections)",
                number(said, "worked_us") / number(said, "mails").max(1.0),
                said["most_connections"],
            ),
            goal: "each once".to_owned(),
            met: Some(said["distinct"] == mails && said["mails"] == mails),
            raw: said.clone(),
        },
        Fact {
            title: "resident memory before, behind, and the highest".to_owned(),
            figure: format!(
                "{:.1}, {:.1}, {:.1} MiB",
                mib("before", "VmRSS"),
                mib("after", "VmRSS"),
                mib("after", "VmHWM")
            ),
            goal: "—".to_owned(),
            met: None,
            raw: json!({"before": said["before"], "after": said["after"]}),
        },
    ]
}

/// Queues the mails while no server runs, starts one, and waits until a mail
/// server has them all.
fn hand_over(options: &Options, mails: u64) -> Result<Value, String> {
    let work = options.cache.join("work");
    let folder = work.join("mail");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(text)?;
    workplace::queue_mails(&folder, mails, Clock::system().now())?;

    let own = std::env::current_exe().map_err(text)?;
    let mut sink = pinned(LOAD_CORE, own);
    sink.args(["sink", "--mails", &mails.to_string()]).stdout(Stdio::piped());
    let mut sink = sink.spawn().map_err(|error| format!("the sink did not start: {error}"))?;
    let mut said = BufReader::new(sink.stdout.take().ok_or("the sink says nothing")?).lines();
    let ready = said.next().and_then(Result::ok).unwrap_or_default();
    let address = ready.strip_prefix("ready ").ok_or_else(|| format!("the sink says {ready:?}"))?;

    exists(&options.server)?;
    let mut command = hospes_command(options);
    command.arg("--data").arg(&folder);
    command.args(["--smtp-url", address, "--mail-from", "tasks@bench.example"]);
    let server = Server::start(command, &work.join("hospes.log"))?;
    let (before, worked) = (server.memory(), server.worked());
    let last = said.next().and_then(Result::ok);
    let (after, worked) = (server.memory(), (server.worked() - worked) * 10_000);
    sink.wait().map_err(text)?;
    let mut counted: Value =
        last.and_then(|line| serde_json::from_str(&line).ok()).ok_or("the sink counted nothing")?;
    counted["before"] = before;
    counted["after"] = after;
    counted["worked_us"] = worked.into();
    Ok(counted)
}
