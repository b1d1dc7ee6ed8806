//! The ceiling: axum and nothing else. A request is parsed and routed, a body
//! that is already in memory goes out. No server on the same stack can answer
//! the same bytes faster.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::Failure;

#[derive(clap::Args)]
pub struct Options {
    /// The file whose bytes are the answer of /static
    #[arg(long)]
    body: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 takes a free one, named in the `ready` line
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Threads that answer; 1 runs everything on one thread, without stealing
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// A further header, as `name: value`, on both answers; may be repeated
    #[arg(long = "header", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

pub fn run(options: Options) -> Result<(), Failure> {
    let body = match &options.body {
        Some(file) => Bytes::from(std::fs::read(file)?),
        None => Bytes::new(),
    };
    runtime(options.workers)?.block_on(serve(options.port, body, options.headers))
}

fn runtime(workers: usize) -> Result<Runtime, Failure> {
    let mut builder = if workers <= 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.worker_threads(workers.max(1)).enable_all().build()?)
}

async fn serve(port: u16, body: Bytes, extra: Vec<(HeaderName, HeaderValue)>) -> Result<(), Failure> {
    let bare: HeaderMap = extra.into_iter().collect();
    let mut with_type = bare.clone();
    with_type.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));

    let app = Router::new()
        .route("/static", get(async move || (with_type.clone(), body.clone())))
        .route("/empty", get(async move || (StatusCode::NOT_MODIFIED, bare.clone())));

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("ready http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("nodelay: {error}");
        }
    });
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without a signal handler there is nothing to wait for: stop.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("a header is `name: value`")?;
    let name = name.trim().parse().map_err(|error| format!("name: {error}"))?;
    let value = value.trim().parse().map_err(|error| format!("value: {error}"))?;
    Ok((name, value))
}
