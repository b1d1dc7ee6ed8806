//! `GET /metrics`.

use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::openapi::PublicErrors;
use crate::telemetry;

/// Counters and times in the text format of Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    operation_id = "read_metrics",
    responses((status = 200, description = "All metrics", body = String, content_type = "text/plain"), PublicErrors)
)]
pub async fn metrics() -> Result<Response, Error> {
    let handle = telemetry::start_metrics().ok_or_else(|| Error::internal("there is no metrics recorder"))?;
    handle.run_upkeep();
    let mut response = handle.render().into_response();
    let text = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(CONTENT_TYPE, text);
    Ok(response)
}
