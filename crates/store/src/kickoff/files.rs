//! Files that come with a form: they belong to its submission until a process
//! is launched with them, and nobody can have them before.

use hospes_model::task::form::FileRef;
use hospes_model::workplace::kickoff::{FILES, FILLING_IN, WAITING_BYTES};
use hospes_model::{EmailAddress, FieldId, FileId, GuestKey, SubmissionId, SubmissionKey, TemplateKey};
use jiff::Timestamp;

use crate::assets::guests::Upload;
use crate::error::{Error, Result};
use crate::orgs;
use crate::sql::Tx;
use crate::to_micros;
use crate::workplace::Hash;

use super::{OpenForm, Submission, by_form, submit};

/// A file that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// For which field it came.
    pub field: FieldId,
    /// The file.
    pub file: FileRef,
    /// How many bytes it has.
    pub size: u64,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The form has as many as it may have.
    Many,
    /// So much waits at this form that there is no room now.
    Full,
    /// The form launched a process already.
    Launched,
}

/// The files of a form.
pub fn of(tx: &mut Tx<'_>, key: SubmissionKey) -> Result<Vec<Waiting>> {
    tx.query_all(
        "SELECT uploaded_from, id, filename, size FROM asset WHERE submission_key = ?1 AND state = 'stored' \
         ORDER BY key",
        &[key.get().into()],
        |row| {
            let id = FileId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("asset.id"))?;
            Ok(Waiting {
                field: row.text(0)?.parse().map_err(|_| Error::corrupt("asset.uploaded_from"))?,
                file: FileRef { id, filename: row.string(2)? },
                size: u64::try_from(row.int(3)?).map_err(|_| Error::corrupt("asset.size"))?,
            })
        },
    )
}

/// The files of a form that was shown, whatever became of it.
pub fn of_form(tx: &mut Tx<'_>, template: TemplateKey, form: &Hash, now: Timestamp) -> Result<Vec<Waiting>> {
    match by_form(tx, template, form, now)? {
        Some(known) if known.launched_at.is_none() => of(tx, known.key),
        _ => Ok(Vec::new()),
    }
}

/// How many bytes of files wait at a template's form.
fn waiting_bytes(tx: &mut Tx<'_>, template: TemplateKey) -> Result<u64> {
    let sum = tx.query_one(
        "SELECT CAST(COALESCE(SUM(a.size), 0) AS BIGINT) FROM kickoff_submission s \
         JOIN asset a ON a.submission_key = s.key WHERE s.template_key = ?1",
        &[template.get().into()],
        |row| row.int(0),
    )?;
    Ok(u64::try_from(sum).unwrap_or(0))
}

/// Whether a form has room for one more file, as far as is known before its
/// bytes come.
pub fn room(
    tx: &mut Tx<'_>,
    template: TemplateKey,
    form: &Hash,
    now: Timestamp,
) -> Result<std::result::Result<(), Refused>> {
    let known = by_form(tx, template, form, now)?;
    has_room(tx, template, known.as_ref(), 1)
}

fn has_room(
    tx: &mut Tx<'_>,
    template: TemplateKey,
    known: Option<&Submission>,
    size: u64,
) -> Result<std::result::Result<(), Refused>> {
    if let Some(known) = known {
        if known.launched_at.is_some() {
            return Ok(Err(Refused::Launched));
        }
        if of(tx, known.key)?.len() >= FILES {
            return Ok(Err(Refused::Many));
        }
    }
    let is_full = waiting_bytes(tx, template)?.saturating_add(size) > WAITING_BYTES;
    Ok(if is_full { Err(Refused::Full) } else { Ok(()) })
}

/// Puts a file whose bytes have come into a field of a form.
pub fn attach(
    tx: &mut Tx<'_>,
    open: &OpenForm,
    (id, form, language): (SubmissionId, &Hash, &str),
    (field, upload): (FieldId, &Upload),
    now: Timestamp,
) -> Result<std::result::Result<(), Refused>> {
    orgs::lock(tx, open.org.no)?;
    let known = by_form(tx, open.template.key, form, now)?;
    if let Err(refused) = has_room(tx, open.template.key, known.as_ref(), upload.bytes.size)? {
        return Ok(Err(refused));
    }
    let key = match known {
        Some(known) => known.key,
        None => submit::insert(tx, open, (id, form), language, now)?,
    };
    let kept = tx.execute(
        "UPDATE asset SET state = 'stored', submission_key = ?3, filename = ?4, size = ?5, sha256 = ?6, \
         uploaded_from = ?7, source = 'local', in_s3 = ?8, created_at = ?9 \
         WHERE org = ?1 AND id = ?2 AND state = 'pending'",
        &[
            open.org.no.get().into(),
            upload.id.as_bytes().into(),
            key.get().into(),
            upload.bytes.name.as_str().into(),
            i64::try_from(upload.bytes.size).unwrap_or(i64::MAX).into(),
            (&upload.bytes.sha256[..]).into(),
            (&field.to_string()).into(),
            upload.bytes.in_s3.into(),
            to_micros(now).into(),
        ],
    )?;
    if kept != 1 {
        return Err(Error::corrupt("an upload whose record is gone"));
    }
    tx.execute(
        "UPDATE kickoff_submission SET expires_at = ?2 WHERE key = ?1 AND submitted_at IS NULL",
        &[key.get().into(), to_micros(now + FILLING_IN).into()],
    )?;
    Ok(Ok(()))
}

/// Takes a file out of a form; whether it was in it. Its bytes are nobody's
/// then.
pub fn remove(
    tx: &mut Tx<'_>,
    template: TemplateKey,
    form: &Hash,
    file: FileId,
    now: Timestamp,
) -> Result<bool> {
    let Some(known) = by_form(tx, template, form, now)? else { return Ok(false) };
    let removed = tx.execute(
        "UPDATE asset SET state = 'doomed', submission_key = NULL WHERE submission_key = ?1 AND id = ?2",
        &[known.key.get().into(), file.as_bytes().into()],
    )?;
    Ok(removed == 1)
}

/// Lets the files of a submission be uploads of its guest for the template's
/// form, as those are that members bring before a launch.
pub(super) fn hand_over(
    tx: &mut Tx<'_>,
    key: SubmissionKey,
    template: TemplateKey,
    files: &[FileId],
    (guest, email): (GuestKey, &EmailAddress),
) -> Result<()> {
    for file in files {
        tx.execute(
            "UPDATE asset SET submission_key = NULL, template_key = ?3, \
             template_id = (SELECT id FROM template WHERE key = ?3), uploader_guest_key = ?4, \
             uploader_guest_email = ?5 WHERE submission_key = ?1 AND id = ?2",
            &[
                key.get().into(),
                file.as_bytes().into(),
                template.get().into(),
                guest.get().into(),
                email.as_str().into(),
            ],
        )?;
    }
    Ok(())
}
