//! `POST /organizations/{org}/runs/{run}/export`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::Collection;
use hospes_api::runs::export::{Row, csv, rows};
use hospes_model::member::Action;
use hospes_store::runs;

use super::run_id;
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;

/// Export a process as a table.
///
/// A row for each field of the kick-off form, each task and each field of a
/// task. As comma-separated values with `Accept: text/csv`, otherwise as JSON
/// with the same columns. Nothing is changed, though the method is `POST`.
#[utoipa::path(
    post, path = "/organizations/{org}/runs/{run}/export", tag = "runs",
    operation_id = "export_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id")
    ),
    responses(
        (status = 200, description = "The rows", content(
            (Collection<Row> = "application/json"),
            (String = "text/csv")
        )),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadRuns)?;
    let id = run_id(&subject)?;
    let (org, actor, now) = (caller.org, caller.actor, app.clock.now());
    let found = app
        .store
        .read(move |tx| {
            let Some(overview) = runs::list::find(tx, org, id, actor, now)? else { return Ok(None) };
            let tasks = runs::tasks(tx, overview.key)?;
            Ok::<_, hospes_store::Error>(Some(rows(&overview, &tasks, now)))
        })
        .await?;
    let rows = found.ok_or_else(Error::not_found)?;
    if !wants_csv(&headers) {
        return Ok(Reply::ok(&Collection { data: rows })?.into_response());
    }
    let mut response = csv(&rows).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = HeaderValue::try_from(format!("attachment; filename=\"process-{id}.csv\""));
    headers.insert(CONTENT_DISPOSITION, name.map_err(|error| Error::internal(error.to_string()))?);
    Ok(response)
}

/// Whether the caller accepts CSV and not JSON.
fn wants_csv(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/csv") && !accept.contains("application/json")
}
