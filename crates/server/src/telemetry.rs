//! Logs and metrics. Neither holds a secret or a guest's address at info level.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::{Method, StatusCode};
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::ParseError;

use crate::error::Error;
use crate::request::RequestId;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people at a terminal.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Starts logging to standard error at `level`, an env-filter expression.
pub fn start_logging(format: LogFormat, level: &str) -> Result<(), String> {
    let mut filter = tracing_subscriber::EnvFilter::try_new(level).map_err(|error| error.to_string())?;
    if filter.max_level_hint().is_none_or(|most| most > LevelFilter::INFO) {
        // Below that the client of PostgreSQL tells the parameters of every
        // statement: addresses, and the codes in guests' links.
        filter = filter
            .add_directive("tokio_postgres=info".parse().map_err(|error: ParseError| error.to_string())?);
    }
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|error| error.to_string())
}

/// Installs the metrics recorder of this process; the handle renders it. May be
/// called again: later calls share the first recorder.
pub fn start_metrics() -> Option<PrometheusHandle> {
    static HANDLE: std::sync::LazyLock<Option<PrometheusHandle>> = std::sync::LazyLock::new(|| {
        let buckets =
            [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
        let handle = PrometheusBuilder::new().set_buckets(&buckets).ok()?.install_recorder().ok();
        metrics::describe_counter!("hospes_http_requests_total", "Requests answered, by route and status.");
        metrics::describe_histogram!("hospes_http_request_seconds", "Time to the answer's head, by route.");
        handle
    });
    HANDLE.clone()
}

/// What a request is counted under.
#[derive(Debug)]
pub struct Measured {
    method: Method,
    route: Route,
}

#[derive(Debug)]
enum Route {
    Unknown,
    Fixed(&'static str),
    Matched(MatchedPath),
}

type Handles = HashMap<Box<str>, Vec<(Method, StatusCode, Counter, Histogram)>>;

thread_local! {
    // Looking a metric up by its labels costs more than counting it.
    static HANDLES: RefCell<Handles> = RefCell::default();
}

impl Measured {
    /// Notes method and route before the request is handed on.
    pub fn of(method: &Method, route: Option<&MatchedPath>) -> Self {
        let method = match *method {
            Method::GET
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::HEAD
            | Method::OPTIONS => method.clone(),
            // Anybody can invent methods; they must not fill the memory.
            _ => Method::TRACE,
        };
        Self { method, route: route.map_or(Route::Unknown, |route| Route::Matched(route.clone())) }
    }

    /// A request of a route that is known beforehand.
    pub fn fixed(method: Method, route: &'static str) -> Self {
        Self { method, route: Route::Fixed(route) }
    }

    fn route(&self) -> &str {
        match &self.route {
            Route::Unknown => "unknown",
            Route::Fixed(route) => route,
            // One route, wherever it is mounted.
            Route::Matched(route) => {
                let path = route.as_str();
                path.strip_prefix("/api").filter(|rest| rest.starts_with('/')).unwrap_or(path)
            }
        }
    }

    /// Counts the answer.
    pub fn record(&self, status: StatusCode, elapsed: Duration) {
        HANDLES.with_borrow_mut(|handles| {
            if let Some(of_route) = handles.get(self.route()) {
                let known = of_route.iter().find(|(method, of, ..)| *method == self.method && *of == status);
                if let Some((_, _, count, time)) = known {
                    count.increment(1);
                    time.record(elapsed.as_secs_f64());
                    return;
                }
            }
            let (route, method) = (self.route().to_owned(), self.method.to_string());
            let count = metrics::counter!("hospes_http_requests_total", "method" => method.clone(),
                "route" => route.clone(), "status" => status.as_str().to_owned());
            let time =
                metrics::histogram!("hospes_http_request_seconds", "method" => method, "route" => route);
            count.increment(1);
            time.record(elapsed.as_secs_f64());
            let of_route = handles.entry(self.route().into()).or_default();
            of_route.push((self.method.clone(), status, count, time));
        });
    }
}

/// One line for every request, at debug level.
pub fn log_request(id: &RequestId, measured: &Measured, status: StatusCode, elapsed: Duration) {
    tracing::debug!(
        request.id = id.as_str(),
        http.method = %measured.method,
        http.route = measured.route(),
        http.status = status.as_u16(),
        elapsed_us = elapsed.as_micros(),
        "request answered"
    );
}

/// One line for an error that the operator should know of.
pub fn log_error(error: &Error, id: &RequestId, measured: &Measured) {
    if error.status().is_server_error() {
        tracing::error!(
            request.id = id.as_str(),
            http.method = %measured.method,
            http.route = measured.route(),
            http.status = error.status().as_u16(),
            context = error.context().unwrap_or("none"),
            "request failed"
        );
    }
}
