//! Addresses that guests typed into people pickers, of tasks and of public forms.
//! What others picked is not for them to read (`product.md` 1.20, 8).

use hospes_model::{EmailAddress, FieldId, GuestKey, RunKey, TaskKey};

use crate::error::{Error, Result};
use crate::sql::Tx;
use crate::workplace::sight::Seen;

/// An address that a guest typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Into this field.
    pub field: FieldId,
    /// The address, folded.
    pub folded: String,
    /// Whether somebody else had picked it before: then it stays when the guest
    /// takes it out.
    pub was_there: bool,
}

/// What a guest typed into the fields of a task.
pub fn of_task(tx: &mut Tx<'_>, guest: GuestKey, task: TaskKey) -> Result<Vec<Typed>> {
    tx.query_all(
        "SELECT field_id, email_folded, was_there FROM guest_typed_address \
         WHERE guest_key = ?1 AND task_key = ?2",
        &[guest.get().into(), task.get().into()],
        |row| {
            let field = FieldId::from_bytes(row.bytes(0)?);
            Ok(Typed {
                field: field.map_err(|_| Error::corrupt("guest_typed_address.field_id"))?,
                folded: row.string(1)?,
                was_there: row.bool(2)?,
            })
        },
    )
}

/// Notes what stands in a field now, and what stands there no more.
pub fn note(
    tx: &mut Tx<'_>,
    (guest, task): (GuestKey, TaskKey),
    come: &[Typed],
    gone: &[(FieldId, EmailAddress)],
) -> Result<()> {
    for typed in come {
        tx.execute(
            "INSERT INTO guest_typed_address (guest_key, task_key, field_id, email_folded, was_there) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            &[
                guest.get().into(),
                task.get().into(),
                typed.field.as_bytes().into(),
                (&typed.folded).into(),
                typed.was_there.into(),
            ],
        )?;
    }
    for (field, email) in gone {
        tx.execute(
            "DELETE FROM guest_typed_address \
             WHERE guest_key = ?1 AND task_key = ?2 AND field_id = ?3 AND email_folded = ?4",
            &[guest.get().into(), task.get().into(), field.as_bytes().into(), email.folded().into()],
        )?;
    }
    Ok(())
}

/// What a guest typed into the public form that started a process.
pub fn at_start(tx: &mut Tx<'_>, guest: GuestKey, run: RunKey) -> Result<Vec<Typed>> {
    tx.query_all(
        "SELECT field_id, email_folded FROM guest_typed_at_start WHERE guest_key = ?1 AND run_key = ?2",
        &[guest.get().into(), run.get().into()],
        |row| {
            let field = FieldId::from_bytes(row.bytes(0)?);
            Ok(Typed {
                field: field.map_err(|_| Error::corrupt("guest_typed_at_start.field_id"))?,
                folded: row.string(1)?,
                was_there: false,
            })
        },
    )
}

/// Notes what a guest typed into the public form that starts a process.
pub fn note_at_start<'a>(
    tx: &mut Tx<'_>,
    (guest, run): (GuestKey, RunKey),
    typed: impl IntoIterator<Item = (FieldId, &'a EmailAddress)>,
) -> Result<()> {
    for (field, email) in typed {
        tx.execute(
            "INSERT INTO guest_typed_at_start (guest_key, run_key, field_id, email_folded) \
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            &[guest.get().into(), run.get().into(), field.as_bytes().into(), email.folded().into()],
        )?;
    }
    Ok(())
}

/// What a guest typed that stands on the page of a task: into its fields, and
/// into the form that started its process.
pub fn around_task(tx: &mut Tx<'_>, guest: GuestKey, seen: &Seen) -> Result<Vec<Typed>> {
    let mut typed = seen.key().map(|key| of_task(tx, guest, key)).transpose()?.unwrap_or_default();
    if let Seen::OfRun(of) = seen {
        typed.extend(at_start(tx, guest, of.process.key)?);
    }
    Ok(typed)
}
