//! `GET /organizations/{org}/file/{asset}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::Readable;
use crate::app::App;
use crate::error::Error;
use crate::files::download::{Manner, answer};
use crate::openapi::{FileBytes, FileErrors};

/// Show a file.
///
/// Its bytes under their own type. What browsers should not show, they are told
/// to save. Parts of it can be asked for with `Range`.
#[utoipa::path(
    get, path = "/organizations/{org}/file/{asset}", tag = "files",
    operation_id = "show_file",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("asset" = String, Path, description = "The file's id")
    ),
    responses(
        FileBytes,
        (status = 304, description = "Unchanged since the given ETag"),
        FileErrors
    ),
    security(("bearer" = []))
)]
pub async fn show(
    State(app): State<Arc<App>>,
    Readable { org, asset }: Readable,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    answer(&app, org, &asset, Manner::Inline, &method, &headers).await
}
