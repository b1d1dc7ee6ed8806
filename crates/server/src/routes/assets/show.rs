//! `GET /organizations/{org}/file/{asset}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use hospes_model::member::Action;

use super::{file_id, find};
use crate::app::App;
use crate::caller::{Caller, Subject};
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
    caller: Caller,
    Subject(subject): Subject,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Error> {
    caller.may(Action::ReadFiles)?;
    let asset = find(&app, &caller, file_id(&subject)?).await?;
    answer(&app, caller.org_id, &asset, Manner::Inline, &method, &headers).await
}
