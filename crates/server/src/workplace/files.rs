//! Files on guests' pages (`product.md` 1.8): brought with the form of a task,
//! handed out, taken away again.
//!
//! A form with files is a form of several parts. Its token must come before the
//! first file, so that nothing is kept for a page that is not ours.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{get, post};
use hospes_model::{FieldId, FileId, TaskId};
use hospes_store::assets::guests;

use super::brought::{fault_of, fault_of_barred, named, words};
use super::csrf;
use super::reader::text_for;
use super::session::{Fields, Form, Guest, check_origin};
use super::task::beside::{Beside, settle};
use super::task::task_id;
use crate::app::App;
use crate::error::Error;
use crate::files::download::{Manner, answer};
use crate::files::parts::{self, Incoming, Part, Parts};
use crate::files::sweep;
use crate::files::upload::{Received, Target, receive};
use crate::text::{Text, key};

/// A form brings at most so many files.
const AT_ONCE: usize = 20;

/// The forms.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/guest/{code}/tasks/{task}/files", post(bring))
        .route("/guest/{code}/files/{asset}/delete", post(remove))
}

/// The files themselves.
pub(super) fn downloads() -> Router<Arc<App>> {
    Router::new().route("/guest/{code}/files/{asset}", get(download))
}

fn file_id(text: &str) -> Result<FileId, Error> {
    text.parse().map_err(|_| Error::not_found())
}

/// `GET /guest/{code}/files/{asset}`: always to be saved.
async fn download(
    State(app): State<Arc<App>>,
    Path((_, asset)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
    guest: Guest,
) -> Result<Response, Error> {
    let id = file_id(&asset)?;
    let (org, who) = (guest.org_no(), guest.guest.clone());
    let found = app.store.read(move |tx| guests::find(tx, org, &who, id)).await?;
    let asset = found.ok_or_else(Error::not_found)?;
    let mut answer = answer(&app, guest.org.id, &asset, Manner::Attachment, &method, &headers).await?;
    // Devices are shared; what is said of pages counts for files too.
    answer.headers_mut().remove(axum::http::header::CACHE_CONTROL);
    Ok(answer)
}

/// `POST /guest/{code}/files/{asset}/delete`, with the form of the task that it
/// is on.
async fn remove(
    State(app): State<Arc<App>>,
    Path((_, asset)): Path<(String, String)>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    let id = file_id(&asset)?;
    let Form { guest, fields } = form;
    let (org, who) = (guest.org_no(), guest.guest.clone());
    let task = app.store.read(move |tx| guests::task_of::<Error>(tx, org, &who, id)).await?;
    let settled = settle(&app, &headers, &guest, task, fields, (Beside::Remove(id), Vec::new())).await?;
    sweep::remove(&app, org, guest.org.id, id).await;
    Ok(settled.response)
}

/// What a form brought.
#[derive(Default)]
struct Brought {
    fields: Vec<(String, String)>,
    files: Vec<(FieldId, Received)>,
    /// Files that did not come, and why.
    refused: Vec<(FieldId, String)>,
    /// Whether the token was there and is ours.
    checked: bool,
}

/// `POST /guest/{code}/tasks/{task}/files`.
async fn bring(
    State(app): State<Arc<App>>,
    Path((_, task)): Path<(String, String)>,
    guest: Guest,
    request: Request,
) -> Result<Response, Error> {
    let id = task_id(&task)?;
    let (head, body) = request.into_parts();
    let (mut incoming, mut brought) = (parts::incoming(body), Brought::default());
    let text = text_for(&guest, &head.headers);
    let reading = Reading { app: &app, guest: &guest, headers: &head.headers, task: id, text };
    let taken = reading.take(&mut incoming, &mut brought).await;
    let Brought { fields, files, refused, .. } = brought;
    let outcome = if let Err(error) = taken {
        parts::drain(&mut incoming).await;
        Err(error)
    } else {
        let uploads = files.iter().map(|(field, file)| (*field, file.upload.clone())).collect();
        settle(&app, &head.headers, &guest, id, Fields::of(fields), (Beside::Bring(uploads), refused)).await
    };
    for (_, file) in files {
        let is_kept = outcome.as_ref().is_ok_and(|settled| settled.came.contains(&file.upload.id));
        if is_kept { file.keep() } else { file.discard().await }
    }
    Ok(outcome?.response)
}

/// A form that is being read.
struct Reading<'a> {
    app: &'a Arc<App>,
    guest: &'a Guest,
    headers: &'a HeaderMap,
    task: TaskId,
    text: Text,
}

impl Reading<'_> {
    async fn take(&self, incoming: &mut Incoming, brought: &mut Brought) -> Result<(), Error> {
        let limit = self.app.files.limit;
        let mut parts = Parts::new(self.headers, &mut *incoming, (AT_ONCE as u64, limit))?;
        while let Some(part) = parts.next().await? {
            match part {
                Part::Text(name, value) => {
                    if name == csrf::FIELD {
                        check_origin(self.app, self.headers, self.guest, &value)?;
                        brought.checked = true;
                    }
                    brought.fields.push((name, value));
                }
                Part::File(..) if !brought.checked => return Err(Error::foreign_form()),
                // Inputs in which nothing was chosen.
                Part::File(_, filename) if filename.is_empty() => {}
                Part::File(name, filename) => {
                    let field = name.strip_prefix("file.").and_then(|id| id.parse().ok());
                    let field = field.ok_or_else(|| Error::invalid("file", "There is no such field."))?;
                    if let Err(fault) = self.file(field, &filename, &mut parts, brought).await? {
                        brought.refused.push((field, words(&self.text, &filename, fault)));
                    }
                }
            }
        }
        if !brought.checked {
            return Err(Error::foreign_form());
        }
        Ok(())
    }

    /// Takes a file, or says what is wrong with it. What is typed may still come
    /// behind one that is refused.
    async fn file(
        &self,
        field: FieldId,
        filename: &str,
        parts: &mut Parts<'_>,
        brought: &mut Brought,
    ) -> Result<Result<(), &'static str>, Error> {
        let name = match named(filename) {
            Ok(name) => name,
            Err(fault) => return Ok(Err(fault)),
        };
        if brought.files.len() >= AT_ONCE {
            return Ok(Err(key("fault-file-many")));
        }
        let (guest, place) = (self.guest.guest.clone(), (self.guest.org_no(), self.task, field));
        let door = self.app.store.read(move |tx| guests::door(tx, &guest, place)).await?;
        let admitted = door.ok_or_else(Error::not_found)?.and_then(|mut door| {
            let before = brought.files.iter().filter(|(of, _)| *of == field);
            let mut names = before.map(|(_, file)| &file.upload.bytes.name).chain([&name]);
            names.try_for_each(|name| door.admit(name))
        });
        if let Err(barred) = admitted {
            return Ok(Err(fault_of_barred(barred)));
        }
        let (org, org_id, now) = (self.guest.org_no(), self.guest.org.id, self.guest.now);
        match receive(self.app, Target { org, org_id, now }, name, parts, "file").await {
            Ok(received) => {
                brought.files.push((field, received));
                Ok(Ok(()))
            }
            Err(error) => fault_of(&error).map(Err).ok_or(error),
        }
    }
}
