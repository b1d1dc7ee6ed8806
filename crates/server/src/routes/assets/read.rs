//! `GET /organizations/{org}/assets/{asset}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hospes_api::assets::Asset;
use hospes_api::envelope::Item;
use hospes_model::member::Action;

use super::{file_id, find};
use crate::app::App;
use crate::caller::{Caller, Subject};
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
pub async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadFiles)?;
    let asset = find(&app, &caller, file_id(&subject)?).await?;
    Ok(Reply::ok(&Item::new(Asset::new(&asset, caller.org_id)))?.unless_known(&headers))
}
