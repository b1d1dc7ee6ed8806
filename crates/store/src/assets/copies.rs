//! Files of a template that is copied, or comes from elsewhere. What its fields
//! start with must be its own: guests of its processes have a file through the
//! template that it belongs to, and files go with theirs (`product.md` 2.4).
//! A copy is a record like any other, which shares the bytes.

use std::collections::BTreeSet;

use hospes_model::asset::{Asset, Origin};
use hospes_model::member::Actor;
use hospes_model::task::form::FileRef;
use hospes_model::template::copy::FreshIds;
use hospes_model::template::files::{self, Instead, Place};
use hospes_model::template::{Settings, Template};
use hospes_model::workflow::Blueprint;
use hospes_model::{AssetKey, FileId, OrgNo, StepId};
use jiff::Timestamp;

use super::write::next_key;
use crate::error::Result;
use crate::orgs::{self, org_no};
use crate::sql::{Tx, Value};
use crate::to_micros;

/// Files that are to be copied for a template, and what it cannot have.
#[derive(Debug, Default)]
pub struct Copies {
    files: Vec<Copy>,
    /// What was left out, in words for the caller.
    pub left_out: Vec<String>,
}

#[derive(Debug)]
struct Copy {
    id: FileId,
    of: Asset,
}

/// Lets a template that is to be stored name copies of its own of the files
/// that belong to something else. Those that the member may not have are left
/// out. What `before` names already stays: the template before the change.
pub fn prepare(
    tx: &mut Tx<'_>,
    org: OrgNo,
    actor: Actor,
    (blueprint, settings): (&mut Blueprint, &mut Settings),
    before: Option<&Template>,
    ids: &mut FreshIds,
) -> Result<Copies> {
    let known: BTreeSet<FileId> = before
        .map(|before| files::named(before.blueprint(), &before.settings).into_keys().collect())
        .unwrap_or_default();
    let named: Vec<FileId> =
        files::named(blueprint, settings).into_keys().filter(|id| !known.contains(id)).collect();
    let mut copies = Copies::default();
    if named.is_empty() {
        return Ok(copies);
    }
    // Until the copies are written, nothing may become of the files.
    orgs::lock(tx, org)?;
    let mut instead = Instead::new();
    for id in named {
        let Some(of) = super::find_visible(tx, org, id, actor)? else {
            copies.left_out.push(format!("The file {id} does not exist. This was left out."));
            instead.insert(id, None);
            continue;
        };
        if of.subject.id() == blueprint.template.to_string() {
            continue;
        }
        let (millis, random) = ids.draw();
        let fresh = FileId::new(millis, random);
        instead.insert(id, Some(FileRef { id: fresh, filename: of.filename.clone() }));
        copies.files.push(Copy { id: fresh, of });
    }
    files::replace(blueprint, settings, &instead);
    Ok(copies)
}

impl Copies {
    /// Writes the records of the copies, once the template is stored. They are
    /// uploads of the member.
    pub fn write(self, tx: &mut Tx<'_>, template: &Template, actor: Actor, now: Timestamp) -> Result<()> {
        let org = org_no(template.key.org_number())?;
        let places = files::named(template.blueprint(), &template.settings);
        for Copy { id, of } in self.files {
            // What the template does not say after all needs no file.
            let Some(place) = places.get(&id) else { continue };
            let key = next_key(tx, org)?;
            insert(tx, key, (id, &of), *place, template, (actor, now))?;
        }
        Ok(())
    }
}

fn insert(
    tx: &mut Tx<'_>,
    key: AssetKey,
    (id, of): (FileId, &Asset),
    place: Place,
    template: &Template,
    (actor, now): (Actor, Timestamp),
) -> Result<()> {
    let from = Origin::Field(place.field).to_string();
    let values: [Value<'_>; 16] = [
        key.get().into(),
        template.key.org_number().into(),
        id.as_bytes().into(),
        template.key.get().into(),
        template.id.as_bytes().into(),
        (&of.filename).into(),
        i64::try_from(of.size).unwrap_or(i64::MAX).into(),
        (&of.sha256[..]).into(),
        (&from).into(),
        place.step.as_ref().map(StepId::as_bytes).into(),
        (&of.source).into(),
        of.system.as_deref().into(),
        actor.id.get().into(),
        to_micros(now).into(),
        of.bytes.as_bytes().into(),
        of.in_s3.into(),
    ];
    let sql = "INSERT INTO asset (key, org, id, state, template_key, template_id, filename, size, sha256, \
               uploaded_from, step_id, source, system, uploader_id, created_at, bytes_id, in_s3) \
               VALUES (?1, ?2, ?3, 'stored', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    tx.execute(sql, &values)?;
    Ok(())
}
