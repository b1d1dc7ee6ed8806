//! Forms of a task that bring files or take one away: what is typed in them is
//! saved too, as the button for that does. What cannot be saved is shown with
//! what is wrong, and does not keep the files from coming.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
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
use crate::text::Text;
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

/// Does it, saves what is typed, and answers. `refused` are the files that did
/// not come, and why.
pub(in crate::workplace) async fn settle(
    app: &Arc<App>,
    headers: &HeaderMap,
    guest: &Guest,
    id: TaskId,
    fields: Fields,
    (beside, refused): (Beside, Vec<(FieldId, String)>),
) -> Result<Response, Error> {
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
    let (found, trouble) = outcome?;
    if press::in_background(headers) {
        return Ok(told(guest, &text_for(guest, headers), &found, trouble, (&beside, refused)));
    }
    if trouble.is_none() && refused.is_empty() {
        let said = match beside {
            Beside::Bring(files) if files.is_empty() => "saved",
            Beside::Bring(_) => "uploaded",
            Beside::Remove(_) => "removed",
        };
        return Ok(see_other(&guest.path(&format!("/tasks/{id}?said={said}"))));
    }
    let status = if trouble.is_none() { StatusCode::UNPROCESSABLE_ENTITY } else { trouble.status() };
    let Trouble { mut faults, meanwhile, problems, .. } = trouble;
    faults.extend(refused);
    let said = matches!(&beside, Beside::Bring(files) if !files.is_empty()).then_some(Said::Uploaded);
    let shown = Shown { said, posted: Some(&fields), faults, meanwhile, problems, ..Shown::default() };
    view::answer(app, guest, text_for(guest, headers), &found, status, shown)
}

/// What the script is told.
fn told(
    guest: &Guest,
    text: &Text,
    found: &Found,
    mut trouble: Trouble,
    (beside, refused): (&Beside, Vec<(FieldId, String)>),
) -> Response {
    let is_saved = trouble.is_none();
    let status = match (is_saved, refused.is_empty()) {
        (true, true) => StatusCode::OK,
        (true, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, _) => trouble.status(),
    };
    trouble.faults.extend(refused);
    let mut body = press::refused(&trouble);
    if is_saved {
        body["saved"] = true.into();
        body["marks"] = press::marks(guest, found);
    }
    if matches!(beside, Beside::Bring(files) if !files.is_empty()) {
        body["came"] = text.say("files-added").into();
    }
    press::as_json(status, &body)
}

fn act(
    tx: &mut Tx<'_>,
    pressed: &Pressed,
    beside: &Beside,
    newcomers: &mut Newcomers<'_, Error>,
) -> Result<(Box<Found>, Trouble), Error> {
    let (org, guest, id) = (pressed.guest.org_no(), &pressed.guest.guest, pressed.id);
    let (found, trouble) = match pressed.decide(tx, newcomers)? {
        Outcome::Done(found) => (found, Trouble::default()),
        Outcome::Refused(found, trouble) => (found, trouble),
    };
    let cause = pressed.guest.cause();
    match beside {
        Beside::Remove(file) => {
            guests::remove::<Error>(tx, org, guest, *file, &cause, newcomers)?;
        }
        Beside::Bring(files) => {
            let mut fields: Vec<FieldId> = files.iter().map(|(field, _)| *field).collect();
            fields.sort_unstable();
            fields.dedup();
            for field in fields {
                let uploads = files.iter().filter(|(of, _)| *of == field);
                let uploads: Vec<Upload> = uploads.map(|(_, upload)| upload.clone()).collect();
                guests::attach::<Error>(tx, guest, (org, id, field), &uploads, &cause, newcomers)?;
            }
        }
    }
    let after = found::read(tx, org, guest, id)?;
    Ok((after.map_or(found, Box::new), trouble))
}

/// What is wrong with a file that a guest brings, in their words.
pub(in crate::workplace) fn words(text: &Text, name: &str, fault: &str) -> String {
    let name = crate::text::visible(name);
    text.say_with(fault, &[("name", name.as_str().into())])
}
