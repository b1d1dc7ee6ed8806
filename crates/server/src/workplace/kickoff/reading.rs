//! The body of a posted form: fields alone, or fields and files, which are kept
//! as they come. The token must come before the first file, so that nothing is
//! kept for a page that is not ours.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use hospes_model::asset::FileName;
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
use crate::workplace::brought::{fault_of, named, words};
use crate::workplace::cookies;
use crate::workplace::csrf;
use crate::workplace::entrance::knock::counted_network;
use crate::workplace::entrance::page::text_of;
use crate::workplace::session::Fields;

/// What a form brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) fields: Fields,
    /// How many files were kept.
    pub(super) count: usize,
    /// How many were received, kept or not.
    tried: usize,
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
                Part::File(_, filename) if filename.is_empty() => {}
                // What was typed is kept where files cannot be.
                Part::File(..) if !brought.is_fresh => {}
                Part::File(name, filename) => {
                    let form = fields.iter().rfind(|(name, _)| name == FORM).map(|(_, value)| value.clone());
                    let form = form.filter(|form| cookies::is_secret(form));
                    let field = name.strip_prefix("file.").and_then(|id| id.parse().ok());
                    if door == Door::Unknown {
                        door = self.knock().await?;
                    }
                    if let (Some(form), Some(field)) = (form, field) {
                        self.file(&form, field, &filename, &mut parts, door, &mut brought).await?;
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
        parts: &mut Parts<'_>,
        door: Door,
        brought: &mut Brought,
    ) -> Result<(), Error> {
        let fields = &self.visit.open.template.snapshot.blueprint().prerun;
        let field = fields.iter().find(|field| field.id() == id);
        let Some(field) = field.filter(|field| field.definition.field_type == FieldType::File) else {
            return Ok(());
        };
        let fault = |fault| Err(words(&self.text, filename, fault));
        let taken = match (door, named(filename)) {
            (Door::Shut(wait), _) => Err(self.text.wait(wait)),
            (_, Err(name)) => fault(name),
            (_, Ok(name)) if !name.is_among(&field.validation.extensions) => fault(key("fault-file-kind")),
            // Nobody sends so many whose form says how many it takes.
            _ if brought.tried >= FILES => fault(key("fault-file-many")),
            (_, Ok(name)) => self.receive(form, id, (name, filename), parts, &mut brought.tried).await?,
        };
        match taken {
            Ok(()) => brought.count += 1,
            Err(fault) => brought.refused.push((id, fault)),
        }
        Ok(())
    }

    /// Takes the bytes of a file, unless it is known that there is no room.
    async fn receive(
        &self,
        form: &str,
        field: FieldId,
        (name, filename): (FileName, &str),
        parts: &mut Parts<'_>,
        tried: &mut usize,
    ) -> Result<Result<(), String>, Error> {
        let refused = |refused| match refused {
            Refused::Many => words(&self.text, filename, key("fault-file-many")),
            Refused::Full | Refused::Launched => self.text.say("kickoff-files-full"),
        };
        let (template, hash, now) = (self.visit.open.template.key, cookies::hash(form), self.visit.now);
        let room: hospes_store::Result<Result<(), Refused>> =
            self.app.store.read(move |tx| files::room(tx, template, &hash, now)).await;
        if let Err(full) = room? {
            return Ok(Err(refused(full)));
        }
        *tried += 1;
        let org = &self.visit.open.org;
        let target = Target { org: org.no, org_id: org.id, now };
        match receive(self.app, target, name, parts, "file").await {
            Ok(received) => Ok(self.attach(form, field, received).await?.map_err(refused)),
            Err(error) => {
                let fault = fault_of(&error).ok_or(error)?;
                Ok(Err(words(&self.text, filename, fault)))
            }
        }
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
