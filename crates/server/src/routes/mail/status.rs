//! `GET /organizations/{org}/guests/{guest}/mail-status`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use hospes_api::envelope::Item;
use hospes_api::mail::{MailStatus, Reason};
use hospes_model::OrgNo;
use hospes_model::TaskId;
use hospes_model::mail::State as MailState;
use hospes_model::mail::decide::Why;
use hospes_model::member::{Action, Actor};
use hospes_store::mail::history::{self, Mail, Status};
use hospes_store::{Tx, runs, tasks};

use super::{key, mail};
use crate::app::App;
use crate::caller::{Caller, Subject};
use crate::error::Error;
use crate::mail::settings::Way;
use crate::openapi::ReadErrors;
use crate::query::Query;
use crate::reply::Reply;
use crate::routes::guests::guest_ref;

/// Why a guest has not been mailed.
///
/// The mail that went out, or everything that stood or stands in the way of one,
/// each with a code and a sentence; in general, or about one task.
#[utoipa::path(
    get, path = "/organizations/{org}/guests/{guest}/mail-status", tag = "mail",
    operation_id = "read_guest_mail_status",
    params(
        ("org" = String, Path, description = "The organization's id"),
        ("guest" = String, Path, description = "The guest's e-mail address or code"),
        ("task" = Option<String>, Query, description = "The id of a task that the mail should be about")
    ),
    responses((status = 200, description = "The answer", body = Item<MailStatus>), ReadErrors),
    security(("bearer" = []))
)]
pub async fn status(
    State(app): State<Arc<App>>,
    caller: Caller,
    Subject(subject): Subject,
    uri: Uri,
) -> Result<Response, Error> {
    caller.may(Action::ReadGuests)?;
    let guest = guest_ref(&subject)?;
    let mut query = Query::new(uri.query().unwrap_or_default());
    let task: Option<TaskId> = match query.text("task") {
        Some(text) => {
            let id = text.parse().ok();
            if id.is_none() {
                query.fault("task", "The task must be the id of a task.");
            }
            id
        }
        None => None,
    };
    query.finish()?;
    let (now, is_off) = (app.clock.now(), app.mail.settings.way == Way::Off);
    let found = app
        .store
        .read(move |tx| {
            let guest = key(tx, &caller, &guest)?;
            if let Some(task) = task
                && !may_see(tx, caller.org, task, caller.actor)?
            {
                return Err(Error::not_found());
            }
            Ok(history::status(tx, caller.org, guest, task, now)?)
        })
        .await?;
    let found = found.ok_or_else(Error::not_found)?;
    Ok(Reply::ok(&Item::new(answer(&found, is_off)))?.into_response())
}

fn may_see(tx: &mut Tx<'_>, org: OrgNo, task: TaskId, actor: Actor) -> Result<bool, Error> {
    if let Some(task) = tasks::find(tx, org, task)? {
        return Ok(task.is_visible_to(actor));
    }
    let found = runs::find_by_task(tx, org, task)?;
    Ok(found.is_some_and(|found| found.process.is_visible_to(actor, &found.directory)))
}

fn answer(status: &Status, is_off: bool) -> MailStatus {
    let mailed = status
        .newest
        .as_ref()
        .is_some_and(|newest| matches!(newest.state, MailState::Sent | MailState::Delivered));
    let mut reasons = Vec::new();
    if !mailed {
        if is_off {
            reasons.push(of(Why::MailIsOff));
        }
        reasons.extend(status.newest.as_ref().and_then(of_mail));
        for why in &status.reasons {
            let reason = of(*why);
            if !reasons.iter().any(|known: &Reason| known.code == reason.code) {
                reasons.push(reason);
            }
        }
        if reasons.is_empty() {
            let message = "Nothing has happened that the guest would be mailed about.".to_owned();
            reasons.push(Reason { code: "no_occasion".to_owned(), message });
        }
    }
    MailStatus { mailed, reasons, mail: status.newest.as_ref().map(mail) }
}

fn of(why: Why) -> Reason {
    Reason { code: why.as_str().to_owned(), message: why.sentence().to_owned() }
}

/// Why the newest mail did not arrive.
fn of_mail(mail: &Mail) -> Option<Reason> {
    let said = mail.why.as_deref().unwrap_or("nothing was said");
    let (code, message) = match mail.state {
        MailState::Sent | MailState::Delivered => return None,
        MailState::Dropped => return mail.why.as_deref().and_then(Why::parse).map(of),
        MailState::Queued => match mail.why.as_deref().and_then(Why::parse) {
            Some(why) => return Some(of(why)),
            None => ("waiting", "The mail waits for its turn.".to_owned()),
        },
        MailState::Sending => ("waiting", "The mail is being sent at this moment.".to_owned()),
        MailState::Retrying => {
            ("retrying", format!("The mail server did not take it and is asked again: {said}"))
        }
        MailState::Failed => ("failed", format!("The mail could not be sent: {said}")),
        MailState::Bounced => ("bounced", format!("The mail came back: {said}")),
        MailState::Complained => ("complained", "The guest called the mail unwanted.".to_owned()),
    };
    Some(Reason { code: code.to_owned(), message })
}
