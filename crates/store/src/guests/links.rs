//! A guest's link: giving it another one, and what is known of where the guest
//! was seen (`product.md` 1.6, 1.14).

use hospes_model::activity::{Cause, Verb};
use hospes_model::guest::{Guest, Presence};
use hospes_model::{GuestCode, GuestKey, OrgNo, Refusal};

use super::{GuestRef, event, find_for_change, save, touch};
use crate::activity;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{self, Advance};
use crate::sql::Tx;
use crate::workplace::{self, locate};

/// Gives a guest a fresh code, and ends all that the old one opened. The caller
/// saves the guest and raises the revisions of what shows it.
pub(super) fn replace_code(
    tx: &mut Tx<'_>,
    guest: &mut Guest,
    fresh: &GuestCode,
    cause: &Cause,
) -> Result<()> {
    let fresh = fresh.clone().numbered(guest.key.sequence());
    let old = std::mem::replace(&mut guest.code, fresh);
    workplace::shut(tx, guest.key, cause.at)?;
    tx.execute(
        "INSERT INTO guest_former_code (hash, guest_key) VALUES (?1, ?2)",
        &[locate::hash(&old).as_slice().into(), guest.key.get().into()],
    )?;
    // Finished tasks name who did them by code.
    tx.execute(
        "UPDATE task SET completer_guest_code = ?3 WHERE completer_guest_code = ?2 \
         AND key IN (SELECT task_key FROM task_guest WHERE guest_key = ?1)",
        &[guest.key.get().into(), old.as_str().into(), guest.code.as_str().into()],
    )?;
    Ok(())
}

/// Gives a guest a new link; the old one is dead at once, and so is every
/// session. `code` is a fresh one. Nothing else about the guest changes.
pub fn reset<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
    code: &GuestCode,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let mut guest = find_for_change::<E>(tx, org, guest, expected)?;
    let advanced = orgs::advance(tx, org, Advance { guests_changed: true, events: 1, ..Advance::default() })?;
    replace_code(tx, &mut guest, code, cause)?;
    guest.profile_revision = advanced.guest_revision;
    save(tx, &guest, false)?;
    touch(tx, guest.key, advanced.activity_sequence, cause)?;
    let mut event = event(&guest, Verb::Updated, format!("The link of guest {} was reset.", guest.email));
    event.field = Some("link");
    activity::add(tx, org, advanced.activity_sequence, cause, &[event])?;
    Ok(guest)
}

/// Tells in the activity feed that somebody took a copy of a guest's link.
pub fn copied<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let guest = find_for_change::<E>(tx, org, guest, &Expected::Any)?;
    let mut event = event(&guest, Verb::Emitted, format!("The link of guest {} was copied.", guest.email));
    event.field = Some("link");
    activity::record(tx, org, cause, event)?;
    Ok(guest)
}

/// Whether there is such a guest, and not disabled.
pub fn is_open(tx: &mut Tx<'_>, key: GuestKey) -> Result<bool> {
    let sql = "SELECT 1 FROM guest WHERE key = ?1 AND disabled_at IS NULL";
    Ok(tx.query_opt(sql, &[key.get().into()], |_| Ok(()))?.is_some())
}

/// Notes where a guest was seen. Like statistics it is no change of the profile.
pub(crate) fn note_presence(tx: &mut Tx<'_>, key: GuestKey, presence: Presence) -> Result<()> {
    let org = orgs::org_no(key.org_number())?;
    let advanced = orgs::advance(tx, org, Advance { guests_changed: true, ..Advance::default() })?;
    let mut guest = super::get(tx, key)?;
    guest.presence = presence;
    guest.stats_revision = advanced.guest_revision;
    save(tx, &guest, false)
}
