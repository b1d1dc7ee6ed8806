//! `POST /guest/{code}/tasks/{task}/colleague`: puts another guest beside
//! oneself (D5). Who asked whom stands in the activity feed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hospes_model::workflow::{By, Command};
use hospes_model::workplace::sight::{Barrier, Doing};
use hospes_model::{EmailAddress, FieldErrors, TaskId};
use hospes_store::runs::write::{self, Doer, Newcomers, Target, Wish};
use hospes_store::tasks::by_guest::{self, Deed};
use hospes_store::workplace::sight::Seen;
use hospes_store::{Expected, Tx, orgs, tasks};

use super::found;
use super::task_id;
use super::view::{self, Shown};
use crate::app::App;
use crate::change::Rooms;
use crate::entropy;
use crate::error::Error;
use crate::workplace::reader::text_for;
use crate::workplace::session::{Form, Guest, see_other};

/// The handler.
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Path((_, task)): Path<(String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    let id = task_id(&task)?;
    let Form { guest, fields } = form;
    let text = text_for(&guest, &headers);
    let typed = fields.get("email").trim().to_owned();
    let refused = async |fault: String| {
        let found = found::find(&app, &guest, id).await?.ok_or_else(Error::not_found)?;
        let shown = Shown { colleague: Some((fault, typed.clone())), ..Shown::default() };
        view::answer(&app, &guest, text.clone(), &found, StatusCode::UNPROCESSABLE_ENTITY, shown)
    };
    let Ok(email) = EmailAddress::parse(&typed) else { return refused(text.say("fault-email")).await };
    if email.is_same(&guest.guest.email) {
        return refused(text.say("colleague-self")).await;
    }
    let mut faults = FieldErrors::default();
    app.check_domain(&email, "email", &mut faults).await;
    if !faults.is_empty() {
        return refused(text.say("fault-email")).await;
    }
    let (rooms, org) = (Rooms::default(), guest.org_no());
    let (held, inner, who) = (rooms.clone(), Arc::clone(&app), guest.clone());
    let outcome = app
        .store
        .write(move |tx| {
            held.during(&inner, org, tx, &mut |tx, newcomers| put(tx, &who, id, &email, newcomers))
        })
        .await;
    rooms.settle(outcome.is_ok());
    match outcome {
        Ok(()) => Ok(see_other(&guest.path(&format!("/tasks/{id}?said=added")))),
        // Whose address it is, and why it cannot be, is not for guests.
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            refused(text.say("colleague-refused")).await
        }
        Err(error) => Err(error),
    }
}

fn put(
    tx: &mut Tx<'_>,
    guest: &Guest,
    id: TaskId,
    email: &EmailAddress,
    newcomers: &mut Newcomers<'_, Error>,
) -> Result<(), Error> {
    let org = guest.org_no();
    orgs::lock(tx, org)?;
    let found = found::read(tx, org, &guest.guest, id)?.ok_or_else(Error::not_found)?;
    match found.look.allows(Doing::Delegate) {
        Ok(()) => {}
        Err(Barrier::Unknown) => return Err(Error::not_found()),
        Err(_) => return Err(Error::invalid("email", "Nobody can be added to this task.")),
    }
    let cause = guest.cause();
    match &found.seen {
        Seen::OneOff(_) => {
            let unknown = tasks::unknown_addresses(tx, org, &[(0, email.clone())])?;
            let unknown: Vec<EmailAddress> = unknown.into_iter().map(|(_, email)| email).collect();
            if !unknown.is_empty() {
                (newcomers.admit)(&unknown)?;
            }
            let deeds = vec![Deed::Add(vec![email.clone()])];
            by_guest::act::<Error>(tx, org, id, &guest.guest, deeds, &[entropy::guest_code()], &cause)?;
        }
        Seen::OfRun(_) => {
            let by = By::Guest(guest.guest.email.clone());
            let command = Command::AddGuests { task: id, guests: vec![email.clone()] };
            let mut wish = |_: &_| Ok(Wish { commands: vec![command.clone()], about: None });
            let doer = Doer { by: &by, cause: &cause };
            let target = Target::Task { run: None, task: id };
            write::handle(tx, org, target, &Expected::Any, &mut wish, doer, newcomers)?;
        }
    }
    Ok(())
}
