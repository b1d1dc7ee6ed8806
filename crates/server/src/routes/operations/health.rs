//! `GET /healthz` and `GET /readyz`.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::Error;
use crate::openapi::PublicErrors;
use crate::reply::Reply;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(
    get, path = "/healthz", tag = "operations",
    operation_id = "check_health",
    responses((status = 200, description = "It does", body = Health), PublicErrors)
)]
pub async fn healthz() -> Result<Reply, Error> {
    Reply::ok(&Health { status: "ok" })
}

/// Whether the server can do its work: the database answers.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    operation_id = "check_readiness",
    responses((status = 200, description = "It can", body = Health), PublicErrors)
)]
pub async fn readyz(State(app): State<Arc<App>>) -> Result<Reply, Error> {
    app.store.read_single(|tx| tx.query_one("SELECT 1", &[], |_| Ok(()))).await?;
    Reply::ok(&Health { status: "ok" })
}
