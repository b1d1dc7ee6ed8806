//! What guests decided about mail.

use hospes_model::activity::{Cause, Event, Verb};
use hospes_model::guest::{Guest, GuestChange};
use hospes_model::mail::preferences::{Preferences, QuietHours};
use hospes_model::{GuestKey, OrgNo, Refusal};

use crate::activity;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::guests::{self, GuestRef};
use crate::orgs::{self, Advance};
use crate::sql::{Row, Tx};

/// Reads what a guest decided; nothing yet, if there is no row.
pub fn get(tx: &mut Tx<'_>, guest: GuestKey) -> Result<Preferences> {
    let found = tx.query_opt(
        "SELECT language, muted, quiet_from, quiet_to FROM guest_preference WHERE guest_key = ?1",
        &[guest.get().into()],
        read,
    )?;
    Ok(found.unwrap_or_default())
}

fn read(row: &Row<'_>) -> Result<Preferences> {
    let minutes = |at: usize| -> Result<Option<u16>> {
        let number = row.opt_int(at)?;
        number
            .map(|number| u16::try_from(number).map_err(|_| Error::corrupt("guest_preference.quiet")))
            .transpose()
    };
    let quiet = minutes(2)?.zip(minutes(3)?).and_then(|(from, to)| QuietHours::new(from, to));
    Ok(Preferences { language: row.opt_string(0)?, muted: Preferences::parse_muted(row.text(1)?), quiet })
}

/// Stores what a guest decided.
pub fn put(tx: &mut Tx<'_>, guest: GuestKey, preferences: &Preferences) -> Result<()> {
    tx.execute(
        "INSERT INTO guest_preference (guest_key, language, muted, quiet_from, quiet_to) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (guest_key) DO UPDATE SET language = excluded.language, \
         muted = excluded.muted, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to",
        &[
            guest.get().into(),
            preferences.language.as_deref().into(),
            (&preferences.muted_list()).into(),
            preferences.quiet.map(|quiet| i64::from(quiet.from())).into(),
            preferences.quiet.map(|quiet| i64::from(quiet.to())).into(),
        ],
    )?;
    Ok(())
}

/// Changes what a guest decided: `record` is the part of it that is kept with
/// the guest (time zone, digest days), `wanted` makes the rest of what is so
/// now. What does not change is not written.
pub fn change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    record: &GuestChange,
    wanted: &dyn Fn(&Preferences) -> Preferences,
    cause: &Cause,
) -> std::result::Result<(Guest, Preferences), E> {
    let guest = guests::update::<E>(tx, org, guest, &Expected::Any, None, record, cause)?;
    let before = get(tx, guest.key)?;
    let after = wanted(&before);
    if after != before {
        put(tx, guest.key, &after)?;
        let text = format!("What guest {} wants to be mailed was changed.", guest.email);
        let event = Event { field: Some("mail_preferences"), ..guests::event(&guest, Verb::Updated, text) };
        let advanced = orgs::advance(tx, org, Advance { events: 1, ..Advance::default() })?;
        activity::add(tx, org, advanced.activity_sequence, cause, &[event])?;
    }
    Ok((guest, after))
}
