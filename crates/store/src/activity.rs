//! The activity feed's rows: added with every change, never altered.

use hospes_model::activity::{Cause, Event};
use hospes_model::{OrgNo, TaskKey};

use crate::error::Result;
use crate::sql::Tx;
use crate::to_micros;

/// Adds rows for `events`. `newest` is the organization's activity sequence
/// after it was advanced by their number.
pub(crate) fn add(tx: &mut Tx<'_>, org: OrgNo, newest: i64, cause: &Cause, events: &[Event]) -> Result<()> {
    for (sequence, event) in (newest - events.len() as i64 + 1..).zip(events) {
        tx.execute(
            "INSERT INTO activity (key, entity_type, entity_id, verb, actor_id, field, old_value, text, ip, \
             request_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            &[
                // Rows are keyed like everything else in an organization.
                TaskKey::new(org, sequence).get().into(),
                event.entity.as_str().into(),
                (&event.entity_id).into(),
                event.verb.as_str().into(),
                cause.actor.map(hospes_model::MemberId::get).into(),
                event.field.into(),
                event.old_value.as_deref().into(),
                (&event.text).into(),
                cause.ip.as_deref().into(),
                (&cause.request_id).into(),
                to_micros(cause.at).into(),
            ],
        )?;
    }
    Ok(())
}
