//! `GET /organizations/{org}/file/{asset}/dl`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::Readable;
use crate::app::App;
use crate::error::Error;
use crate::files::download::{Manner, answer};
use crate::openapi::FileErrors;

/// Download a file.
///
/// Its bytes, to be saved. Parts of it can be asked for with `Range`.
#[utoipa::path(
    get, path = "/organizations/{org}/file/{asset}/dl", tag = "files",
    operation_id = "download_file",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("asset" = String, Path, description = "The file's id")
    ),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "Some of the bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "Unchanged since the given ETag"),
        FileErrors
    ),
    security(("bearer" = []))
)]
pub async fn download(
    State(app): State<Arc<App>>,
    Readable { org, asset }: Readable,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    answer(&app, org, &asset, Manner::Attachment, &method, &headers).await
}
