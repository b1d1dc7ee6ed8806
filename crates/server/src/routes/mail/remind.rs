//! `POST /organizations/{org}/tasks/{task}/reminder`.

use axum::response::Response;
use hospes_api::envelope::Item;
use hospes_api::mail::Reminded;
use hospes_model::TaskId;
use hospes_model::member::Action;
use hospes_store::mail::reminders;

use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::reply::Reply;

/// Remind those on a task.
///
/// A mail goes to everybody on it who still has something to do there, but the
/// sender. It comes whatever they chose about digests and kinds of mail. Tasks
/// that are complete, hidden or archived are refused.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/reminder", tag = "mail",
    operation_id = "remind_guests_of_task",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id"),
        ChangeHeaders
    ),
    responses((status = 200, description = "Who is reminded", body = Item<Reminded>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn remind(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    change.caller().may(Action::WriteTasks)?;
    let task: TaskId = subject.parse().map_err(|_| Error::not_found())?;
    let (caller, cause) = (change.caller().clone(), change.cause());
    change
        .run(move |tx| {
            let reminded = reminders::remind::<Error>(tx, caller.org, task, caller.actor, &cause)?;
            let data = Reminded {
                task_id: task.to_string(),
                guests: reminded.guests.iter().map(ToString::to_string).collect(),
                users: reminded.members.iter().map(|id| id.get()).collect(),
            };
            Reply::ok(&Item::new(data))
        })
        .await
}
