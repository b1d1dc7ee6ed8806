//! Forms of a task that bring files or take one away: what is typed in them is
//! saved too, as the button for that does. What cannot be saved is shown with
//! what is wrong, and does not keep the files from coming; files that cannot come
//! are named, and do not keep what is typed from being saved or shown.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hospes_model::workplace::sight::Doing;
use hospes_model::{FieldId, FileId, TaskId};
use hospes_store::Tx;
use hospes_store::assets::guests::{self, Upload};
use hospes_store::runs::write::Newcomers;

use super::found::{self, Found};
use super::press::{self, Outcome, Press, Pressed, Trouble};
use super::view::{self, Said, Shown};
use crate::app::App;
use crate::change::Rooms;
use crate::error::Error;
use crate::workplace::brought::{fault_of_barred, of_fields, words};
use crate::workplace::reader::text_for;
use crate::workplace::session::{Fields, Guest, see_other};

/// What is done beside saving.
#[derive(Debug, Clone)]
pub(in crate::workplace) enum Beside {
    /// Files come, each for its field.
    Bring(Vec<(FieldId, Upload)>),
    /// A file goes.
    Remove(FileId),
}

/// What became of it.
#[derive(Debug)]
pub(in crate::workplace) struct Settled {
    pub(in crate::workplace) response: Response,
    /// The files that came and are the task's now.
    pub(in crate::workplace) came: Vec<FileId>,
}

/// Does it, saves what is typed, and answers. `refused` are the files that did
/// not come, and why.
pub(in crate::workplace) async fn settle(
    app: &Arc<App>,
    headers: &HeaderMap,
    guest: &Guest,
    id: TaskId,
    fields: Fields,
    (beside, mut refused): (Beside, Vec<(FieldId, String)>),
) -> Result<Settled, Error> {
    let text = text_for(guest, headers);
    let pressed = Pressed { press: Press::Save, id, guest: guest.clone(), fields: fields.clone(), text };
    let (rooms, org) = (Rooms::default(), guest.org_no());
    let (held, inner, wanted) = (rooms.clone(), Arc::clone(app), beside.clone());
    let outcome = app
        .store
        .write(move |tx| {
            held.during(&inner, org, tx, &mut |tx, newcomers| act(tx, &pressed, &wanted, newcomers))
        })
        .await;
    rooms.settle(outcome.is_ok());
    let Done { found, mut trouble, came, barred } = outcome?;
    refused.extend(barred);
    let is_saved = trouble.is_none();
    trouble.conflict |= !refused.is_empty() && found.look.allows(Doing::Upload).is_err();
    if is_saved && refused.is_empty() && !press::in_background(headers) {
        let said = match beside {
            Beside::Bring(_) if came.is_empty() => "saved",
            Beside::Bring(_) => "uploaded",
            Beside::Remove(_) => "removed",
        };
        let response = see_other(&guest.path(&format!("/tasks/{id}?said={said}")));
        return Ok(Settled { response, came });
    }
    let status = if is_saved && refused.is_empty() { StatusCode::OK } else { trouble.status() };
    // What no field of the page can say is said on top.
    let asked = found.asked(guest);
    for (field, fault) in of_fields(refused) {
        if asked.iter().any(|question| question.id() == field) {
            trouble.faults.push((field, fault));
        } else {
            trouble.problems.push(fault);
        }
    }
    if press::in_background(headers) {
        let mut body = press::refused(&trouble);
        if is_saved {
            body["saved"] = true.into();
            body["marks"] = press::marks(guest, &found);
        }
        if !came.is_empty() {
            body["came"] = text_for(guest, headers).say("files-added").into();
        }
        return Ok(Settled { response: press::as_json(status, &body), came });
    }
    let Trouble { faults, meanwhile, problems, .. } = trouble;
    let said = (!came.is_empty()).then_some(Said::Uploaded);
    let shown = Shown { said, posted: Some(&fields), faults, meanwhile, problems, ..Shown::default() };
    let response = view::answer(app, guest, text_for(guest, headers), &found, status, shown)?;
    Ok(Settled { response, came })
}

/// What was done.
struct Done {
    found: Box<Found>,
    trouble: Trouble,
    came: Vec<FileId>,
    /// The files that the task did not take, and why.
    barred: Vec<(FieldId, String)>,
}

fn act(
    tx: &mut Tx<'_>,
    pressed: &Pressed,
    beside: &Beside,
    newcomers: &mut Newcomers<'_, Error>,
) -> Result<Done, Error> {
    let (org, guest, id) = (pressed.guest.org_no(), &pressed.guest.guest, pressed.id);
    let (found, trouble) = match pressed.decide(tx, newcomers)? {
        Outcome::Done(found) => (found, Trouble::default()),
        Outcome::Refused(found, trouble) => (found, trouble),
    };
    let mut done = Done { found, trouble, came: Vec::new(), barred: Vec::new() };
    match beside {
        Beside::Remove(file) => {
            guests::remove::<Error>(tx, org, guest, *file, &pressed.guest.cause(), newcomers)?;
        }
        Beside::Bring(files) => bring(tx, pressed, files, newcomers, &mut done)?,
    }
    if let Some(after) = found::read(tx, org, guest, id)? {
        done.found = Box::new(after);
    }
    Ok(done)
}

/// Puts files into their fields, as far as the task takes them now: it may have
/// changed while they came.
fn bring(
    tx: &mut Tx<'_>,
    pressed: &Pressed,
    files: &[(FieldId, Upload)],
    newcomers: &mut Newcomers<'_, Error>,
    done: &mut Done,
) -> Result<(), Error> {
    let (org, guest, cause) = (pressed.guest.org_no(), &pressed.guest.guest, pressed.guest.cause());
    let mut fields: Vec<FieldId> = files.iter().map(|(field, _)| *field).collect();
    fields.sort_unstable();
    fields.dedup();
    for field in fields {
        let place = (org, pressed.id, field);
        let mut door = guests::door(tx, guest, place)?.ok_or_else(Error::not_found)?;
        let mut uploads = Vec::new();
        for (_, upload) in files.iter().filter(|(of, _)| *of == field) {
            let name = &upload.bytes.name;
            let admitted = door.as_mut().map_err(|barred| *barred).and_then(|door| door.admit(name));
            match admitted {
                Ok(()) => uploads.push(upload.clone()),
                Err(barred) => {
                    let fault = words(&pressed.text, name.as_str(), fault_of_barred(barred));
                    done.barred.push((field, fault));
                }
            }
        }
        if !uploads.is_empty() {
            guests::attach::<Error>(tx, guest, place, &uploads, &cause, newcomers)?;
            done.came.extend(uploads.iter().map(|upload| upload.id));
        }
    }
    Ok(())
}
