//! Uploading, archiving and deleting files.

use hospes_model::activity::{Cause, Event};
use hospes_model::asset::image::{Image, Logo};
use hospes_model::asset::{Asset, FileName, For, Origin, Subject, Uploader, Wish};
use hospes_model::member::{Actor, Role};
use hospes_model::organization::OrganizationChange;
use hospes_model::task::form::FieldType;
use hospes_model::workflow::{Field, Run};
use hospes_model::{AssetKey, FileId, OrgNo, Refusal, RunKey, StepId, TaskId, TemplateId};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{self, Advance};
use crate::sql::{Tx, Value};
use crate::{activity, runs, tasks, templates, to_micros};

/// The bytes that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// What they are called.
    pub name: FileName,
    /// How many there are.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Whether they are in S3-compatible storage.
    pub in_s3: bool,
}

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) subject: Subject,
    pub(super) origin: Origin,
    pub(super) step: Option<StepId>,
    /// Which extensions the field takes; empty for every one.
    pub(super) extensions: Vec<String>,
}

/// Notes that bytes are coming, to S3 or not.
pub fn begin(tx: &mut Tx<'_>, org: OrgNo, id: FileId, in_s3: bool, now: Timestamp) -> Result<()> {
    let values: [Value<'_>; 6] = [
        next_key(tx, org)?.get().into(),
        org.get().into(),
        id.as_bytes().into(),
        Value::from(&[][..]),
        to_micros(now).into(),
        in_s3.into(),
    ];
    tx.execute(
        "INSERT INTO asset (key, org, id, state, filename, size, sha256, uploaded_from, source, created_at, in_s3) \
         VALUES (?1, ?2, ?3, 'pending', '', 0, ?4, '', '', ?5, ?6)",
        &values,
    )?;
    Ok(())
}

/// The key of a new record.
pub(super) fn next_key(tx: &mut Tx<'_>, org: OrgNo) -> Result<AssetKey> {
    let sequence = tx.query_one(
        "UPDATE org SET asset_sequence = asset_sequence + 1 WHERE no = ?1 RETURNING asset_sequence",
        &[org.get().into()],
        |row| row.int(0),
    )?;
    Ok(AssetKey::new(org, sequence))
}

/// Finds what a member uploads something for, and the field.
///
/// # Errors
///
/// On `subject_id` for what the member may not know of and what is put away, on
/// `uploaded_from` for what is no file field of it.
pub fn check<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
    name: Option<&FileName>,
    actor: Actor,
) -> std::result::Result<(), E> {
    home::<E>(tx, org, wish, name, actor).map(drop)
}

fn home<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    wish: &Wish,
    name: Option<&FileName>,
    actor: Actor,
) -> std::result::Result<Home, E> {
    let called = wish.uploaded_from.as_str();
    let found = match wish.subject {
        For::Run(id) => {
            let found = runs::find(tx, org, id)?;
            let found = found.filter(|found| found.process.is_visible_to(actor, &found.directory));
            found.map(|found| in_run(&found.process.run, found.process.key, None, called))
        }
        For::Template(id) => templates::find_visible(tx, org, id, actor)?.map(|template| {
            let subject = Subject::Template(template.key, template.id);
            let blueprint = template.snapshot.blueprint();
            let steps = blueprint.steps.iter().map(|step| (Some(step.id), step.captures.as_slice()));
            among(&blueprint.prerun, steps, called).map(|(origin, step, extensions)| Home {
                subject,
                origin,
                step,
                extensions,
            })
        }),
        For::Organization(id) => {
            let own = orgs::get(tx, org)?.id == id;
            if own && actor.role != Role::Admin {
                return Err(Refusal::Forbidden("Only administrators may change the logo.").into());
            }
            let home = Home {
                subject: Subject::Organization(org, id),
                origin: Origin::Logo,
                step: None,
                extensions: ["png", "jpg", "jpeg", "webp"].map(str::to_owned).to_vec(),
            };
            own.then(|| if called == Origin::LOGO { Ok(home) } else { Err(Lost::NoField) })
        }
        For::Task(id) => match tasks::find(tx, org, id)?.filter(|task| task.is_visible_to(actor)) {
            Some(task) if task.archived_at.is_some() => {
                return Err(Refusal::field("subject_id", "The task is archived; restore it first.").into());
            }
            Some(task) => {
                let mut fields = task.form_fields.iter();
                let field =
                    fields.find(|field| field.field_type == FieldType::File && field.is_called(called));
                let home = field.map(|field| Home {
                    subject: Subject::Task(task.key, task.id),
                    origin: Origin::Field(field.id),
                    step: None,
                    extensions: Vec::new(),
                });
                Some(home.ok_or(Lost::NoField))
            }
            None => {
                let found = runs::find_by_task(tx, org, id)?;
                let found = found.filter(|found| found.process.is_visible_to(actor, &found.directory));
                found.map(|found| in_run(&found.process.run, found.process.key, Some(id), called))
            }
        },
    };
    let found = found.unwrap_or(Err(Lost::Unknown));
    let home = found.map_err(|lost| match lost {
        Lost::Unknown => Refusal::field("subject_id", "There is no such object, or you may not see it."),
        Lost::Archived => Refusal::field("subject_id", "The process is archived; activate it first."),
        Lost::NoField => {
            let message = "The uploaded_from must be the id of a file field of the subject, ko_field, or logo for the organization.";
            Refusal::field("uploaded_from", message)
        }
    })?;
    if let Some(name) = name {
        check_extension(name, &home.extensions, "name")?;
    }
    Ok(home)
}

/// Refuses a file of a kind that a field does not take.
pub(super) fn check_extension(
    name: &FileName,
    extensions: &[String],
    path: &str,
) -> std::result::Result<(), Refusal> {
    if name.is_among(extensions) {
        return Ok(());
    }
    let message = format!("This field may only hold files of these kinds: {}.", extensions.join(", "));
    Err(Refusal::field(path, message))
}

/// Why there is no place for a file.
enum Lost {
    Unknown,
    Archived,
    NoField,
}

type Place = (Origin, Option<StepId>, Vec<String>);

/// The file field with this name, among those of a kick-off form and of steps.
fn among<'a>(
    prerun: &'a [Field],
    steps: impl Iterator<Item = (Option<StepId>, &'a [Field])>,
    called: &str,
) -> std::result::Result<Place, Lost> {
    if called == Origin::KICK_OFF {
        return Ok((Origin::KickOff, None, Vec::new()));
    }
    let all = std::iter::once((None, prerun)).chain(steps);
    let mut fields = all.flat_map(|(step, fields)| fields.iter().map(move |field| (step, field)));
    let found = fields.find(|(_, field)| {
        field.definition.field_type == FieldType::File && field.definition.is_called(called)
    });
    let (step, field) = found.ok_or(Lost::NoField)?;
    Ok((Origin::Field(field.id()), step, field.validation.extensions.clone()))
}

/// The same in a process: of all its tasks, or of one.
fn in_run(run: &Run, key: RunKey, task: Option<TaskId>, called: &str) -> std::result::Result<Home, Lost> {
    let state = run.state();
    if state.archived_at.is_some() {
        return Err(Lost::Archived);
    }
    let places = 0..state.tasks.len();
    let wanted = places.filter(|place| task.is_none_or(|id| run.place(id) == Some(*place)));
    let steps = wanted.filter_map(|place| run.step_of(place));
    let steps = steps.map(|step| (Some(step.id), step.captures.as_slice()));
    let (origin, step, extensions) = among(run.prerun_fields(), steps, called)?;
    Ok(Home { subject: Subject::Run(key, state.id), origin, step, extensions })
}

/// Keeps a file of a member whose bytes have come.
///
/// # Errors
///
/// Those of [`check`], and on `name` for what the field does not take.
pub fn finish<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: FileId,
    bytes: &Bytes,
    wish: &Wish,
    (actor, cause): (Actor, &Cause),
) -> std::result::Result<Asset, E> {
    orgs::lock(tx, org)?;
    let home = home::<E>(tx, org, wish, Some(&bytes.name), actor)?;
    let words = (wish.source.as_str(), wish.system.as_deref());
    Ok(keep(tx, org, id, bytes, &home, words, &Uploader::Member(actor.id), cause)?)
}

/// Shows an uploaded file as the organization's logo. The one before goes.
///
/// # Errors
///
/// When it was not uploaded for that.
pub fn show_as_logo<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    asset: &Asset,
    image: Image,
    cause: &Cause,
) -> std::result::Result<(), E> {
    if asset.origin != Origin::Logo {
        return Err(Refusal::field("uploaded_from", "The file was uploaded for something else.").into());
    }
    let logo = Logo {
        id: asset.id,
        filename: asset.filename.clone(),
        extension: image.format.extension().to_owned(),
        width: image.width,
        height: image.height,
    };
    let change = OrganizationChange { logo: Some(Some(logo)), ..OrganizationChange::default() };
    orgs::update::<E>(tx, org, &Expected::Any, &change, cause).map(drop)
}

/// Writes the record of a file, and tells of it.
#[expect(clippy::too_many_arguments, reason = "each is one thing that is known of a file")]
pub(super) fn keep(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: FileId,
    bytes: &Bytes,
    home: &Home,
    (source, system): (&str, Option<&str>),
    uploader: &Uploader,
    cause: &Cause,
) -> Result<Asset> {
    let (member, guest) = match uploader {
        Uploader::Member(id) => (Some(id.get()), None),
        Uploader::Guest(key, email) => (None, Some((key.get(), email.as_str()))),
    };
    let (column, key) = super::column(home.subject);
    let origin = home.origin.to_string();
    let template = match home.subject {
        Subject::Template(_, id) => Some(id),
        Subject::Run(..) | Subject::Task(..) | Subject::Organization(..) => None,
    };
    let values: [Value<'_>; 16] = [
        org.get().into(),
        id.as_bytes().into(),
        key.into(),
        bytes.name.as_str().into(),
        i64::try_from(bytes.size).unwrap_or(i64::MAX).into(),
        (&bytes.sha256[..]).into(),
        (&origin).into(),
        home.step.as_ref().map(StepId::as_bytes).into(),
        source.into(),
        system.into(),
        member.into(),
        guest.map(|(key, _)| key).into(),
        guest.map(|(_, email)| email).into(),
        to_micros(cause.at).into(),
        bytes.in_s3.into(),
        template.as_ref().map(TemplateId::as_bytes).into(),
    ];
    let sql = format!(
        "UPDATE asset SET state = 'stored', {column} = ?3, filename = ?4, size = ?5, sha256 = ?6, \
         uploaded_from = ?7, step_id = ?8, source = ?9, system = ?10, uploader_id = ?11, \
         uploader_guest_key = ?12, uploader_guest_email = ?13, created_at = ?14, in_s3 = ?15, \
         template_id = ?16 \
         WHERE org = ?1 AND id = ?2 AND state = 'pending'"
    );
    if tx.execute(&sql, &values)? != 1 {
        return Err(Error::corrupt("an upload whose record is gone"));
    }
    let asset = super::find(tx, org, id)?.ok_or_else(|| Error::corrupt("asset"))?;
    tell(tx, org, &asset, cause, asset.uploaded())?;
    Ok(asset)
}

/// Tells of files that came before there was anything to tell of.
pub(crate) fn tell_of_uploads(tx: &mut Tx<'_>, org: OrgNo, files: &[FileId], cause: &Cause) -> Result<()> {
    for asset in super::find_all(tx, org, files)? {
        tell(tx, org, &asset, cause, asset.uploaded())?;
    }
    Ok(())
}

fn tell(tx: &mut Tx<'_>, org: OrgNo, asset: &Asset, cause: &Cause, event: Event) -> Result<()> {
    let advanced = orgs::advance(tx, org, Advance { events: 1, ..Advance::default() })?;
    let template = match asset.subject {
        Subject::Template(key, _) => Some(key),
        Subject::Run(..) | Subject::Task(..) | Subject::Organization(..) => None,
    };
    activity::add_about(tx, org, advanced.activity_sequence, cause, &[event], template)
}

/// Deletes a file of a member or, for administrators, of anybody. Its bytes
/// are nobody's from then on: [`super::unkept`] names them.
///
/// # Errors
///
/// [`Refusal::NotFound`] for what the member may not know of,
/// [`Refusal::Forbidden`], and on `file` while an answer names it.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: FileId,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<(), E> {
    orgs::lock(tx, org)?;
    let asset = super::find_visible(tx, org, id, actor)?.ok_or(Refusal::NotFound)?;
    asset.may_remove(actor)?;
    refuse_logo::<E>(tx, org, &asset)?;
    if super::answers::is_named(tx, org, &asset)? {
        let message = "An answer holds the file; take it out of the answer first.";
        return Err(Refusal::field("file", message).into());
    }
    Ok(doom(tx, org, &asset, cause)?)
}

/// The organization's logo goes when there is another one, or none.
fn refuse_logo<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    asset: &Asset,
) -> std::result::Result<(), E> {
    let logo = orgs::get(tx, org)?.settings.logo;
    if logo.is_some_and(|logo| logo.id == asset.id) {
        let message = "This is the organization's logo; set the logo to null or upload another one.";
        return Err(Refusal::field("file", message).into());
    }
    Ok(())
}

/// Lets a file go, and tells of it.
pub(super) fn doom(tx: &mut Tx<'_>, org: OrgNo, asset: &Asset, cause: &Cause) -> Result<()> {
    tx.execute("UPDATE asset SET state = 'doomed' WHERE key = ?1", &[asset.key.get().into()])?;
    tell(tx, org, asset, cause, asset.deleted())
}

/// Puts the record of a file away: lists leave it out, answers keep it. Doing so
/// twice changes nothing more.
///
/// # Errors
///
/// [`Refusal::NotFound`] for what the member may not know of, and
/// [`Refusal::Forbidden`].
pub fn archive<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: FileId,
    actor: Actor,
    cause: &Cause,
) -> std::result::Result<Asset, E> {
    orgs::lock(tx, org)?;
    let asset = super::find_visible(tx, org, id, actor)?.ok_or(Refusal::NotFound)?;
    asset.may_remove(actor)?;
    refuse_logo::<E>(tx, org, &asset)?;
    if asset.archived_at.is_some() {
        return Ok(asset);
    }
    let at = to_micros(cause.at);
    tx.execute("UPDATE asset SET archived_at = ?2 WHERE key = ?1", &[asset.key.get().into(), at.into()])?;
    tell(tx, org, &asset, cause, asset.archived())?;
    Ok(Asset { archived_at: Some(cause.at), ..asset })
}
