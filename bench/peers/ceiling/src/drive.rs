//! Goes through a list of requests as fast as they are answered: each is sent
//! once, in the order of the list, by whichever connection is free.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;

use crate::steady::connect;
use crate::{Failure, percentile};

#[derive(clap::Args)]
pub struct Options {
    /// What the paths in the list are below
    #[arg(long)]
    url: Uri,
    #[arg(long, default_value = "POST")]
    method: Method,
    #[arg(long, default_value = "bench-token")]
    token: String,
    /// The list: on each line a path, a tab, and JSON to send
    #[arg(long)]
    list: PathBuf,
    /// Pass over so many lines
    #[arg(long, default_value_t = 0)]
    skip: usize,
    /// Begin anew at the end of the list
    #[arg(long)]
    repeat: bool,
    /// Stop after so many seconds, or at the end of the list
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Keep-alive connections
    #[arg(long, default_value_t = 32)]
    connections: usize,
}

/// What the connections share.
struct Plan {
    options: Options,
    list: String,
    /// Where each line begins and ends in `list`.
    lines: Vec<(usize, usize)>,
    authority: String,
    next: AtomicUsize,
    end: Instant,
}

#[derive(Default)]
struct Tally {
    statuses: BTreeMap<u16, u64>,
    latencies: Vec<u64>,
}

pub fn run(options: Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(drive(options))
}

async fn drive(options: Options) -> Result<(), Failure> {
    let authority = options.url.authority().ok_or("the URL has no host")?.to_string();
    let list = std::fs::read_to_string(&options.list)?;
    let lines: Vec<_> = list
        .lines()
        .map(|line| {
            let start = line.as_ptr() as usize - list.as_ptr() as usize;
            (start, start + line.len())
        })
        .collect();
    let (connections, skip) = (options.connections.max(1), options.skip);
    let started = Instant::now();
    let end = started + Duration::from_secs(options.seconds);
    let plan = Arc::new(Plan { options, list, lines, authority, next: AtomicUsize::new(skip), end });
    let workers: Vec<_> = (0..connections).map(|_| tokio::spawn(send_all(Arc::clone(&plan)))).collect();
    let mut all = Tally::default();
    for worker in workers {
        let tally = worker.await??;
        all.latencies.extend(tally.latencies);
        for (status, count) in tally.statuses {
            *all.statuses.entry(status).or_default() += count;
        }
    }
    report(started.elapsed(), all);
    Ok(())
}

/// Takes the next line again and again, until none is left or time is up.
async fn send_all(plan: Arc<Plan>) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut connection = connect(&plan.authority).await?;
    while Instant::now() < plan.end {
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        let number = if plan.options.repeat { number % plan.lines.len().max(1) } else { number };
        let Some((start, end)) = plan.lines.get(number) else { break };
        let begun = Instant::now();
        let status = send(&plan, &plan.list[*start..*end], &mut connection).await?;
        let waited = begun.elapsed().as_micros();
        tally.latencies.push(u64::try_from(waited).unwrap_or(u64::MAX));
        *tally.statuses.entry(status).or_default() += 1;
    }
    Ok(tally)
}

async fn send(plan: &Plan, line: &str, connection: &mut SendRequest<Full<Bytes>>) -> Result<u16, Failure> {
    let Options { url, method, token, .. } = &plan.options;
    let (path, body) = line.split_once('\t').ok_or("a line of the list has no tab")?;
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", url.path()))
        .header(header::HOST, &plan.authority)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header("X-Tallyfy-Client", "APIClient")
        .body(Full::from(body.to_owned()))?;
    connection.ready().await?;
    let answer = connection.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?;
    if !status.is_success() {
        eprintln!("{line}: {status} {}", String::from_utf8_lossy(&body.to_bytes()));
    }
    Ok(status.as_u16())
}

fn report(took: Duration, mut tally: Tally) {
    tally.latencies.sort_unstable();
    let requests = tally.latencies.len();
    let statuses: Vec<String> =
        tally.statuses.iter().map(|(status, count)| format!(r#""{status}":{count}"#)).collect();
    let refused: u64 =
        tally.statuses.iter().filter(|(status, _)| **status >= 400).map(|(_, count)| count).sum();
    println!(
        r#"{{"requests":{requests},"requests_per_second":{:.1},"statuses":{{{}}},"errors":{{"status":{refused}}},"p50_us":{},"p99_us":{},"max_us":{},"duration_us":{}}}"#,
        f64::from(u32::try_from(requests).unwrap_or(u32::MAX)) / took.as_secs_f64(),
        statuses.join(","),
        percentile(&tally.latencies, 0.5),
        percentile(&tally.latencies, 0.99),
        percentile(&tally.latencies, 1.0),
        took.as_micros(),
    );
}
