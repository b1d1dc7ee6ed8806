//! `GET /guest/{code}`: a guest's tasks; the entrance for everybody else.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::entrance;
use super::{session, tasks};
use crate::app::App;
use crate::error::Error;

/// The locator.
pub(crate) async fn home(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let (mut parts, _) = request.into_parts();
    match session::find(&app, &mut parts).await? {
        Some(guest) => tasks::show(&app, guest, &parts.headers, &parts.uri).await,
        None => entrance::show(&app, &mut parts, None).await,
    }
}
