//! A writer that keeps its pace whatever the server does: write n is due at
//! n / rate. One that finds every connection still busy then counts its latency
//! from when it was due, so that a server that stalls is charged for the wait.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::{Failure, percentile};

#[derive(clap::Args)]
pub struct Options {
    /// Where to write, such as `http://127.0.0.1:8000/organizations/bench/guests`
    #[arg(long)]
    url: Uri,
    #[arg(long, default_value = "POST")]
    method: Method,
    #[arg(long, default_value = "bench-token")]
    token: String,
    /// JSON to send; `{run}` differs from run to run, `{n}` from write to write
    #[arg(
        long,
        default_value = r#"{"email":"steady-{run}-{n}@bench.example","first_name":"Steady","last_name":"Writer {n}"}"#
    )]
    body: String,
    /// Paths to append to the URL, one a line, used in turn (for PUT)
    #[arg(long)]
    paths: Option<PathBuf>,
    /// Writes a second
    #[arg(long, default_value_t = 200)]
    rate: u32,
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Keep-alive connections that share the writes
    #[arg(long, default_value_t = 8)]
    connections: usize,
}

/// What the connections share.
struct Plan {
    options: Options,
    paths: Vec<String>,
    run: String,
    authority: String,
    next: AtomicU64,
    started: Instant,
}

#[derive(Default)]
struct Tally {
    statuses: BTreeMap<u16, u64>,
    errors: u64,
    latencies: Vec<u64>,
}

pub fn run(options: Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(write_steadily(options))
}

async fn write_steadily(options: Options) -> Result<(), Failure> {
    let authority = options.url.authority().ok_or("the URL has no host")?.to_string();
    let paths = match &options.paths {
        Some(file) => std::fs::read_to_string(file)?.lines().map(str::to_owned).collect(),
        None => vec![String::new()],
    };
    if paths.is_empty() || options.rate == 0 {
        return Err("nothing to write: no paths, or a rate of 0".into());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the server's clock is not at hand here, and a name for the run is all that is needed"
    )]
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let connections = options.connections.max(1);
    let rate = options.rate;
    let plan = Arc::new(Plan {
        options,
        paths,
        run: format!("{run:x}"),
        authority,
        next: AtomicU64::new(0),
        started: Instant::now(),
    });

    let workers: Vec<_> =
        (0..connections).map(|_| tokio::spawn(write_on_one_connection(Arc::clone(&plan)))).collect();
    let mut all = Tally::default();
    for worker in workers {
        let tally = worker.await?;
        all.errors += tally.errors;
        all.latencies.extend(tally.latencies);
        for (status, count) in tally.statuses {
            *all.statuses.entry(status).or_default() += count;
        }
    }
    report(rate, plan.started.elapsed(), all);
    Ok(())
}

/// Takes the next due write again and again, until none is left.
async fn write_on_one_connection(plan: Arc<Plan>) -> Tally {
    let writes = u64::from(plan.options.rate) * u64::from(plan.options.seconds);
    let mut tally = Tally::default();
    let mut connection = None;
    loop {
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        if number >= writes {
            return tally;
        }
        let due = plan.started + Duration::from_nanos(number * 1_000_000_000 / u64::from(plan.options.rate));
        let asked = if Instant::now() < due {
            tokio::time::sleep_until(due).await;
            // The timer wakes up to two milliseconds late: not the server's doing.
            Instant::now()
        } else {
            due
        };
        match write(&plan, number, &mut connection).await {
            Ok(status) => {
                *tally.statuses.entry(status).or_default() += 1;
                let waited = asked.elapsed().as_micros();
                tally.latencies.push(u64::try_from(waited).unwrap_or(u64::MAX));
            }
            Err(error) => {
                if tally.errors == 0 {
                    eprintln!("write {number}: {error}");
                }
                tally.errors += 1;
                connection = None;
            }
        }
    }
}

/// One write, on the open connection or a new one; its status.
async fn write(
    plan: &Plan,
    number: u64,
    connection: &mut Option<SendRequest<Full<Bytes>>>,
) -> Result<u16, Failure> {
    if connection.as_ref().is_none_or(SendRequest::is_closed) {
        *connection = Some(connect(&plan.authority).await?);
    }
    let sender = connection.as_mut().ok_or("no connection")?;
    sender.ready().await?;
    let answer = sender.send_request(request(plan, number)?).await?;
    let status = answer.status().as_u16();
    // The connection is free for the next write only once the answer is read.
    answer.into_body().collect().await?;
    Ok(status)
}

fn request(plan: &Plan, number: u64) -> Result<Request<Full<Bytes>>, Failure> {
    let Options { url, method, token, body, .. } = &plan.options;
    let turn = usize::try_from(number)? % plan.paths.len();
    let body = body.replace("{run}", &plan.run).replace("{n}", &number.to_string());
    Ok(Request::builder()
        .method(method)
        .uri(format!("{}{}", url.path(), plan.paths[turn]))
        .header(header::HOST, &plan.authority)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header("X-Tallyfy-Client", "APIClient")
        .body(Full::from(body))?)
}

pub async fn connect(authority: &str) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its errors reach the sender; the task itself has nothing to add.
    tokio::spawn(connection);
    Ok(sender)
}

fn report(rate: u32, took: Duration, mut tally: Tally) {
    tally.latencies.sort_unstable();
    let answered = tally.latencies.len();
    let statuses: Vec<String> =
        tally.statuses.iter().map(|(status, count)| format!(r#""{status}":{count}"#)).collect();
    println!(
        r#"{{"requested_per_second":{rate},"achieved_per_second":{:.1},"answered":{answered},"statuses":{{{}}},"errors":{},"p50_us":{},"p99_us":{},"max_us":{},"duration_us":{}}}"#,
        f64::from(u32::try_from(answered).unwrap_or(u32::MAX)) / took.as_secs_f64(),
        statuses.join(","),
        tally.errors,
        percentile(&tally.latencies, 0.5),
        percentile(&tally.latencies, 0.99),
        percentile(&tally.latencies, 1.0),
        took.as_micros(),
    );
}
