//! The body of a posted form: fields alone, or fields and files, which are kept
//! as they come. The token must come before the first file, so that nothing is
//! kept for a page that is not ours.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use hospes_model::asset::{FileName, Kind};
use hospes_model::task::form::FieldType;
use hospes_model::workplace::kickoff::{FILES, UPLOADS_FROM_NETWORK};
use hospes_model::{FieldId, SubmissionId};
use hospes_store::kickoff::files::{self, Refused};
use hospes_store::workplace::counts;
use jiff::SignedDuration;

use super::Visit;
use super::form::FORM;
use crate::app::App;
use crate::entropy;
use crate::error::Error;
use crate::files::parts::{self, Incoming, Part, Parts};
use crate::files::upload::{Received, Target, receive};
use crate::text::{Text, key};
use crate::workplace::cookies;
use crate::workplace::csrf;
use crate::workplace::entrance::knock::counted_network;
use crate::workplace::entrance::page::text_of;
use crate::workplace::session::Fields;
use crate::workplace::task::beside::words;

/// What a form brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) fields: Fields,
    /// How many files were kept.
    pub(super) count: usize,
    /// Files that were not, and why.
    pub(super) refused: Vec<(FieldId, String)>,
    /// Whether the form was shown here and not too long ago.
    pub(super) is_fresh: bool,
}

/// Reads a form, of either type.
pub(super) async fn read(app: &Arc<App>, visit: &Visit, body: Body) -> Result<Brought, Error> {
    let kind = visit.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let fields = visit.fields(app, body).await?;
        let is_fresh = visit.accepts(app, fields.get(csrf::FIELD));
        return Ok(Brought { fields, is_fresh, ..Brought::default() });
    }
    let mut incoming = parts::incoming(body);
    let reading = Reading { app, visit, text: text_of(&visit.headers) };
    let taken = if csrf::is_foreign(&app.settings.public_url, &visit.headers) {
        Err(Error::foreign_form())
    } else {
        reading.take(&mut incoming).await
    };
    match taken {
        Ok(brought) => Ok(brought),
        Err(error) => {
            parts::drain(&mut incoming).await;
            Err(error)
        }
    }
}

struct Reading<'a> {
    app: &'a Arc<App>,
    visit: &'a Visit,
    text: Text,
}

/// Whether files of this form are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Not asked for yet.
    Unknown,
    Open,
    /// Too many came from there.
    Shut(SignedDuration),
}

impl Reading<'_> {
    async fn take(&self, incoming: &mut Incoming) -> Result<Brought, Error> {
        let (app, visit) = (self.app, self.visit);
        let mut parts = Parts::new(&visit.headers, &mut *incoming, (FILES as u64, app.files.limit))?;
        let (mut brought, mut fields, mut door) = (Brought::default(), Vec::new(), Door::Unknown);
        while let Some(part) = parts.next().await? {
            match part {
                Part::Text(name, value) => {
                    if name == csrf::FIELD {
                        brought.is_fresh = visit.accepts(app, &value);
                    }
                    fields.push((name, value));
                }
                // Inputs in which nothing was chosen.
                Part::File(_, filename, _) if filename.is_empty() => {}
                // What was typed is kept where files cannot be.
                Part::File(..) if !brought.is_fresh => {}
                Part::File(name, filename, bytes) => {
                    let form = fields.iter().rfind(|(name, _)| name == FORM).map(|(_, value)| value.clone());
                    let form = form.filter(|form| cookies::is_secret(form));
                    let field = name.strip_prefix("file.").and_then(|id| id.parse().ok());
                    if door == Door::Unknown {
                        door = self.knock().await?;
                    }
                    if let (Some(form), Some(field)) = (form, field) {
                        self.file(&form, field, &filename, *bytes, door, &mut brought).await?;
                    }
                }
            }
        }
        brought.fields = Fields::of(fields);
        Ok(brought)
    }

    /// Counts a form that brings files.
    async fn knock(&self) -> Result<Door, Error> {
        let (network, now) = (counted_network(self.visit.origin.address), self.visit.now);
        let counted: hospes_store::Result<Result<(), SignedDuration>> =
            self.app.store.write(move |tx| counts::take(tx, UPLOADS_FROM_NETWORK, &network, now)).await;
        Ok(counted?.map_or_else(Door::Shut, |()| Door::Open))
    }

    /// Keeps a file, or says what is wrong with it.
    async fn file(
        &self,
        form: &str,
        id: FieldId,
        filename: &str,
        bytes: multer::Field<'_>,
        door: Door,
        brought: &mut Brought,
    ) -> Result<(), Error> {
        let fields = &self.visit.open.template.snapshot.blueprint().prerun;
        let field = fields.iter().find(|field| field.id() == id);
        let Some(field) = field.filter(|field| field.definition.field_type == FieldType::File) else {
            return Ok(());
        };
        let mut refuse = |fault: &str| brought.refused.push((id, words(&self.text, filename, fault)));
        if let Door::Shut(wait) = door {
            brought.refused.push((id, self.text.wait(wait)));
            return Ok(());
        }
        let Ok(name) = FileName::parse(filename) else {
            let extension = filename.rsplit_once('.').map_or("", |(_, end)| end);
            let known = Kind::of_extension(extension).is_some();
            refuse(if known { key("fault-file-name") } else { key("fault-file-kind") });
            return Ok(());
        };
        if !name.is_among(&field.validation.extensions) {
            refuse(key("fault-file-kind"));
            return Ok(());
        }
        let (org, now) = (&self.visit.open.org, self.visit.now);
        let target = Target { org: org.no, org_id: org.id, now };
        match receive(self.app, target, name, bytes, "file").await {
            Ok(received) => match self.attach(form, id, received).await? {
                Ok(()) => brought.count += 1,
                Err(Refused::Many) => refuse(key("fault-file-many")),
                Err(Refused::Full | Refused::Launched) => {
                    brought.refused.push((id, self.text.say("kickoff-files-full")));
                }
            },
            Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                refuse(key("fault-file-content"));
            }
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => refuse(key("fault-file-size")),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn attach(
        &self,
        form: &str,
        field: FieldId,
        received: Received,
    ) -> Result<Result<(), Refused>, Error> {
        let (open, hash, now) = (self.visit.open.clone(), cookies::hash(form), self.visit.now);
        let (millis, random) = entropy::id_parts(now);
        let (id, upload) = (SubmissionId::new(millis, random), received.upload.clone());
        let language = self.text.language().tag();
        let kept: hospes_store::Result<Result<(), Refused>> = self
            .app
            .store
            .write(move |tx| files::attach(tx, &open, (id, &hash, language), (field, &upload), now))
            .await;
        match kept {
            Ok(Ok(())) => received.keep(),
            _ => received.discard().await,
        }
        Ok(kept?)
    }
}
