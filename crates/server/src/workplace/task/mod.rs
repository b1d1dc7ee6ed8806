//! One task: `GET /guest/{code}/tasks/{task}`, and what is done with it below
//! that address.
//!
//! [`found`] is what a page shows, [`view`] makes it with the sentences of
//! [`words`], [`questions`] reads forms, [`picked`] says whom a guest may know of in
//! them, [`press`] is what its buttons do, [`colleague`] puts another guest beside oneself, [`beside`] goes
//! with forms that bring files or take them away.

pub(super) mod beside;
mod colleague;
pub(super) mod fields;
pub(super) mod file_fields;
mod found;
mod picked;
mod press;
pub(super) mod questions;
mod view;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use hospes_model::TaskId;

use super::comments;
use super::reader::text_for;
use super::session::Guest;
use crate::app::App;
use crate::error::Error;
use crate::query::Query;
use crate::text::Text;
use hospes_store::Tx;
use hospes_store::workplace::sight::Seen;
use hospes_store::workplace::typed;
use picked::Picked;
use questions::Question;
use view::Said;
pub(super) use view::{Shown, Spoken, name_of};

/// The routes of one task.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/guest/{code}/tasks/{task}", get(show))
        .route("/guest/{code}/tasks/{task}/colleague", post(colleague::add))
        .route("/guest/{code}/tasks/{task}/comments", post(comments::comment))
        .route("/guest/{code}/tasks/{task}/issue", post(comments::issue))
        .route("/guest/{code}/tasks/{task}/{press}", post(press::press))
}

/// What is filled in of a task, in words: labels with answers.
#[derive(Debug)]
pub(super) struct InWords {
    /// In the task itself.
    pub(super) answers: Vec<(String, String)>,
    /// In the kick-off form of its process, as the task's page shows it.
    pub(super) at_start: Vec<(String, String)>,
}

/// [`InWords`] of a task. Of the people who are picked: those whom the guest
/// typed.
pub(super) fn answers_in_words(
    tx: &mut Tx<'_>,
    guest: &hospes_model::guest::Guest,
    seen: &Seen,
    text: &Text,
) -> hospes_store::Result<InWords> {
    let around = fields::Around { text, members: &[], posted: None };
    let typed = typed::around_task(tx, guest.key, seen)?;
    let in_words = |asked: Vec<Question>| {
        let words = asked.into_iter().map(|mut question| {
            let label = crate::text::visible(&question.field.definition.label);
            question.picked = Picked::own(question.answer.as_ref(), &guest.email, &typed, question.id());
            (label, fields::in_words(&question, question.answer.as_ref(), around))
        });
        words.filter(|(_, words)| !words.is_empty()).collect()
    };
    Ok(InWords { answers: in_words(questions::of(seen)), at_start: in_words(questions::of_prerun(seen)) })
}

/// The id in a path. What is none names nothing.
pub(super) fn task_id(text: &str) -> Result<TaskId, Error> {
    text.parse().map_err(|_| Error::not_found())
}

/// The page of a task after something was posted.
pub(super) async fn answer_with(
    app: &Arc<App>,
    guest: &Guest,
    headers: &HeaderMap,
    id: TaskId,
    status: StatusCode,
    shown: Shown<'_>,
) -> Result<Response, Error> {
    let found = found::find(app, guest, id).await?.ok_or_else(Error::not_found)?;
    view::answer(app, guest, text_for(guest, headers), &found, status, shown)
}

/// `GET /guest/{code}/tasks/{task}`.
async fn show(
    State(app): State<Arc<App>>,
    Path((_, task)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    guest: Guest,
) -> Result<Response, Error> {
    let found = found::find(&app, &guest, task_id(&task)?).await?.ok_or_else(Error::not_found)?;
    let query = Query::new(uri.query().unwrap_or_default());
    let said = match query.get("said") {
        Some("saved") => Some(Said::Saved),
        Some("added") => Some(Said::Added),
        Some("reported") => Some(Said::Reported),
        Some("commented") => Some(Said::Commented),
        Some("uploaded") => Some(Said::Uploaded),
        Some("removed") => Some(Said::Removed),
        _ => None,
    };
    let text = text_for(&guest, &headers);
    view::answer(&app, &guest, text, &found, StatusCode::OK, Shown { said, ..Shown::default() })
}
