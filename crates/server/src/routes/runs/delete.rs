//! `DELETE /organizations/{org}/runs/{run}/delete`.

use axum::http::StatusCode;
use axum::response::Response;
use hospes_model::member::Action;
use hospes_model::workflow::By;
use hospes_store::runs::write::{self, Doer};

use super::run_id;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Delete an archived process for good.
///
/// With its tasks and all that was filled in. The activity feed keeps what was
/// said of it.
#[utoipa::path(
    delete, path = "/organizations/{org}/runs/{run}/delete", tag = "runs",
    operation_id = "delete_run",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("run" = String, Path, description = "The process's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "It is gone"), WriteErrors),
    security(("bearer" = []))
)]
pub async fn delete(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::AdministerRuns)?;
    let id = run_id(&subject)?;
    let (caller, expected, cause) = (change.caller().clone(), change.expected(), change.cause());
    let by = By::Member(caller.actor);
    change
        .run(move |tx| {
            let doer = Doer { by: &by, cause: &cause };
            write::delete::<Error>(tx, caller.org, id, &expected, doer)?;
            Ok(Reply { status: StatusCode::OK, ..Reply::no_content() })
        })
        .await
}
