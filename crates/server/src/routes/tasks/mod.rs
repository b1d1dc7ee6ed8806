//! One-off tasks.

pub mod archive;
pub mod complete;
pub mod create;
pub mod delete;
pub mod list;
mod listing;
pub mod mine;
pub mod of_guest;
pub mod of_user;
pub mod read;
pub mod reopen;
pub mod restore;
mod stream;
pub mod update;

use axum::http::StatusCode;
use hospes_api::envelope::Item;
use hospes_api::tasks::{Includes, Task as WireTask};
use hospes_model::task::owners::Wanted;
use hospes_model::task::{Task, TaskStatus};
use hospes_model::{FieldErrors, GuestCode, TaskId};
use hospes_store::tasks::unknown_addresses;
use hospes_store::tasks::write::Changed;
use jiff::Timestamp;

use crate::change::Change;
use crate::entropy;
use crate::error::Error;
use crate::limits::Reservation;
use crate::query::Query;
use crate::reply::Reply;

/// Reads the task that a path names. What is no id names no task.
fn task_id(subject: &str) -> Result<TaskId, Error> {
    subject.parse().map_err(|_| Error::not_found())
}

/// What was asked for with `with=`.
fn includes(query: &str) -> Includes {
    Query::new(query).get("with").map(Includes::parse).unwrap_or_default()
}

/// The `ETag` of a task. The status is part of it, because a start that comes
/// changes it without a write; `If-Match` looks at the revision only.
fn etag(task: &Task, now: Timestamp) -> String {
    let status = match task.status(now) {
        TaskStatus::NotStarted => 'n',
        TaskStatus::InProgress => 'i',
        TaskStatus::Completed => 'c',
    };
    format!("{}-{status}", task.revision)
}

/// The answer that shows one task, always with its summary.
fn reply(status: StatusCode, changed: &Changed, now: Timestamp, includes: Includes) -> Result<Reply, Error> {
    let data = WireTask::new(&changed.task, now, includes.with_summary());
    let item = Item { data, warnings: changed.warnings.clone() };
    Ok(Reply::json(status, &item)?.with_etag(&etag(&changed.task, now)))
}

/// What it takes to make guests of the addresses of a task.
struct Admitted {
    /// A code for each: a guest may be removed between this read and the write.
    codes: Vec<GuestCode>,
    /// Room for those whom nobody knows here.
    reservation: Reservation,
}

/// Before addresses become guests: the domain check and the hourly limit, as
/// where guests are created by themselves. With faults there will be no guests
/// and no room is needed, nor where an earlier answer is given again.
async fn admit_guests(
    change: &Change,
    wanted: Option<&Wanted>,
    faults: &mut FieldErrors,
) -> Result<Admitted, Error> {
    let mut admitted = Admitted { codes: Vec::new(), reservation: Reservation::NONE };
    let Some(wanted) = wanted.filter(|wanted| !wanted.guests.is_empty()) else { return Ok(admitted) };
    let (app, org) = (change.app(), change.caller().org);
    admitted.codes = wanted.guests.iter().map(|_| entropy::guest_code()).collect();
    if change.is_repeated().await? {
        return Ok(admitted);
    }
    let wanted = wanted.clone();
    let unknown = app.store.read(move |tx| unknown_addresses(tx, org, &wanted)).await?;
    for (place, email) in &unknown {
        app.check_domain(email, &format!("owners.guests.{place}"), faults).await;
    }
    if faults.is_empty() {
        admitted.reservation = app.limits.reserve_guests(org, unknown.len())?;
    }
    Ok(admitted)
}
