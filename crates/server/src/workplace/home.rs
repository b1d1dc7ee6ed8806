//! `GET /guest/{code}`: a guest's tasks; the entrance for everybody else.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};

use super::entrance::{self, page};
use super::session;
use crate::app::App;
use crate::error::Error;

/// The locator.
pub(crate) async fn home(State(app): State<Arc<App>>, request: Request) -> Result<Response, Error> {
    let (mut parts, _) = request.into_parts();
    match session::find(&app, &mut parts).await? {
        Some(guest) => Ok(page::home(&guest).into_response()),
        None => entrance::show(&app, &mut parts, None).await,
    }
}
