//! `POST /organizations/{org}/tasks/{task}/bot-comment`.

use axum::response::Response;
use hospes_api::comments::{CommentBody, Thread, read_comment};
use hospes_api::envelope::Item;
use hospes_store::comments::Place;

use super::write;
use crate::caller::Subject;
use crate::change::Change;
use crate::error::Error;
use crate::openapi::{ChangeHeaders, WriteErrors};
use crate::routes::tasks::task_id;

/// Comment on a task as a program.
///
/// The same as a comment, but its `author_type` is `bot`. The member whose token
/// it is answers for it.
#[utoipa::path(
    post, path = "/organizations/{org}/tasks/{task}/bot-comment", tag = "comments",
    operation_id = "comment_on_task_as_bot",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("task" = String, Path, description = "The task's id, one-off or of a process"),
        ChangeHeaders
    ),
    request_body = CommentBody,
    responses((status = 201, description = "The comment", body = Item<Thread>), WriteErrors),
    security(("bearer" = []))
)]
pub async fn bot_comment(Subject(subject): Subject, change: Change) -> Result<Response, Error> {
    let place = Place::Task(task_id(&subject)?);
    let mut read = read_comment(&change.json()?)?;
    read.draft.by_bot = true;
    write(change, place, read).await
}
