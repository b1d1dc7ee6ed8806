//! `GET /organizations/{org}/assets/{asset}`.

use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::assets::Asset;
use hospes_api::envelope::Item;

use super::Readable;
use crate::error::Error;
use crate::openapi::ReadErrors;
use crate::reply::Reply;

/// Read what is known of a file.
///
/// Whoever may see the process, task or template that it belongs to may.
#[utoipa::path(
    get, path = "/organizations/{org}/assets/{asset}", tag = "files",
    operation_id = "read_file",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("asset" = String, Path, description = "The file's id")
    ),
    responses(
        (status = 200, description = "The file", body = Item<Asset>),
        (status = 304, description = "Unchanged since the given ETag"),
        ReadErrors
    ),
    security(("bearer" = []))
)]
pub async fn read(Readable { org, asset }: Readable, headers: HeaderMap) -> Result<Response, Error> {
    Ok(Reply::ok(&Item::new(Asset::new(&asset, org)))?.unless_known(&headers))
}
