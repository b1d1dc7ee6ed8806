//! What a guest did, as the activity feed has it. Only their own rows: what
//! others did is not for guests (`product.md` 1.7).

use hospes_model::activity::Verb;
use hospes_model::{ActivityKey, GuestKey, OrgNo, TaskId};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::from_micros;
use crate::sql::{Row, Tx};

/// Something that a guest did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The kind of object: `task`, `run`, `guest`.
    pub entity: String,
    /// Which one.
    pub entity_id: String,
    /// What was done.
    pub verb: Verb,
    /// Which field, when one was changed.
    pub field: Option<String>,
    /// The row's sentence, in English.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Deed> {
    Ok(Deed {
        entity: row.string(0)?,
        entity_id: row.string(1)?,
        verb: Verb::parse(row.text(2)?).ok_or_else(|| Error::corrupt("activity.verb"))?,
        field: row.opt_string(3)?,
        text: row.string(4)?,
        at: from_micros(row.int(5)?)?,
    })
}

/// What a guest did with a task, the newest first, at most `limit` rows. Whether
/// they may see the task is asked before.
pub fn of_task(tx: &mut Tx<'_>, org: OrgNo, guest: GuestKey, task: TaskId, limit: i64) -> Result<Vec<Deed>> {
    let id = task.to_string();
    tx.query_all(
        "SELECT entity_type, entity_id, verb, field, text, created_at FROM activity \
         WHERE guest_key IS NULL AND entity_id = ?1 AND key >= ?2 AND key <= ?3 AND actor_guest_key = ?4 \
         ORDER BY key DESC LIMIT ?5",
        &[
            (&id).into(),
            ActivityKey::before_all(org).get().into(),
            ActivityKey::after_all(org).get().into(),
            guest.get().into(),
            limit.into(),
        ],
        read,
    )
}

/// Everything that a guest did here, the newest first, at most `limit` rows.
pub fn of_guest(tx: &mut Tx<'_>, guest: GuestKey, limit: i64) -> Result<Vec<Deed>> {
    tx.query_all(
        "SELECT entity_type, entity_id, verb, field, text, created_at FROM activity \
         WHERE actor_guest_key = ?1 ORDER BY key DESC LIMIT ?2",
        &[guest.get().into(), limit.into()],
        read,
    )
}
