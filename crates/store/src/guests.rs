//! Guests of an organization: reading one, and every way to change one.
//!
//! Each change keeps three things in step in its transaction: the row in
//! `guest`, its rendering in `guest_rendered`, and the organization's counters.

pub mod faults;
mod leave;
pub mod links;
mod rows;
pub(crate) mod shifts;
pub(crate) mod stats;

pub(crate) use leave::drop_record;
pub use leave::remove;

use hospes_model::activity::{Cause, EntityKind, Event, Verb};
use hospes_model::guest::{Guest, GuestChange, Presence, Profile, Stamp, Stats, Unreachable};
use hospes_model::workflow::Person;
use hospes_model::{EmailAddress, FieldErrors, GuestCode, GuestKey, OrgNo, Refusal};

use crate::accounts;
use crate::activity;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::mail::digests;
use crate::orgs::{self, Advance};
use crate::runs::people::{self, Leaving};
use crate::sql::{Tx, Value};
use crate::workplace;

use leave::touch;
use rows::{SQL, insert_associates, read_guest, run_with_columns, save, with_associates};

/// How a caller names a guest: by address or by code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestRef {
    /// The folded address.
    Email(String),
    /// The code.
    Code(GuestCode),
}

impl GuestRef {
    /// Reads a path segment. `None` when it can name nobody.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(code) = text.parse() {
            return Some(Self::Code(code));
        }
        EmailAddress::parse(text).ok().map(|email| Self::Email(email.folded().to_owned()))
    }

    fn condition(&self, org: OrgNo) -> (&'static str, [Value<'_>; 2]) {
        match self {
            Self::Email(folded) => ("g.org = ?1 AND g.email_folded = ?2", [org.get().into(), folded.into()]),
            Self::Code(code) => {
                // The code says where the guest is stored; the rest must agree.
                let key = GuestKey::new(org, code.sequence().unwrap_or(0));
                ("g.key = ?1 AND g.code = ?2", [key.get().into(), code.as_str().into()])
            }
        }
    }
}

/// A guest as it was rendered when it last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Where it is stored.
    pub key: GuestKey,
    /// See [`Render`](crate::engine::Render).
    pub bytes: Vec<u8>,
    /// See [`Guest::profile_revision`].
    pub profile_revision: i64,
    /// See [`Guest::stats_revision`].
    pub stats_revision: i64,
}

/// Finds a guest's rendering.
pub fn find_rendered(tx: &mut Tx<'_>, org: OrgNo, guest: &GuestRef) -> Result<Option<Rendered>> {
    let (condition, values) = guest.condition(org);
    tx.query_opt(
        &format!(
            "SELECT g.key, r.bytes, g.profile_revision, g.stats_revision \
             FROM guest g JOIN guest_rendered r ON r.key = g.key WHERE {condition}"
        ),
        &values,
        |row| {
            Ok(Rendered {
                key: GuestKey::from_stored(row.int(0)?),
                bytes: row.bytes(1)?.to_vec(),
                profile_revision: row.int(2)?,
                stats_revision: row.int(3)?,
            })
        },
    )
}

/// Finds a whole guest.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, guest: &GuestRef) -> Result<Option<Guest>> {
    let (condition, values) = guest.condition(org);
    let found = tx.query_opt(&format!("{} WHERE {condition}", SQL.select), &values, read_guest)?;
    found.map(|guest| with_associates(tx, guest)).transpose()
}

/// Finds where a guest is stored.
pub fn find_key(tx: &mut Tx<'_>, org: OrgNo, guest: &GuestRef) -> Result<Option<GuestKey>> {
    let (condition, values) = guest.condition(org);
    tx.query_opt(&format!("SELECT g.key FROM guest g WHERE {condition}"), &values, |row| {
        Ok(GuestKey::from_stored(row.int(0)?))
    })
}

/// Reads a guest by key.
pub fn get(tx: &mut Tx<'_>, key: GuestKey) -> Result<Guest> {
    let guest = tx.query_one(&format!("{} WHERE g.key = ?1", SQL.select), &[key.get().into()], read_guest)?;
    with_associates(tx, guest)
}

pub(crate) fn event(guest: &Guest, verb: Verb, text: String) -> Event {
    Event {
        entity: EntityKind::Guest,
        entity_id: guest.code.as_str().to_owned(),
        verb,
        field: None,
        old_value: None,
        text,
    }
}

/// Makes a guest. `code` is a fresh one; the guest's own is it
/// [`numbered`](GuestCode::numbered). Refused when the address is a guest or a member here already.
/// An address that is a guest of another organization is no obstacle, and
/// nothing of what is known there shows here.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    code: &GuestCode,
    email: &EmailAddress,
    change: &GuestChange,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let guest = new(tx, org, code, email, change, cause)?;
    let mut faults = FieldErrors::default();
    faults::of_creation(tx, org, Some(email), &change.associates(), &mut faults)?;
    faults.into_result()?;
    if !insert(tx, org, &guest, cause)? {
        return Err(Refusal::field("email", faults::email_taken("a guest")).into());
    }
    Ok(guest)
}

/// The next guest of the organization, whose counters are advanced; nothing is
/// stored yet.
pub(crate) fn new(
    tx: &mut Tx<'_>,
    org: OrgNo,
    code: &GuestCode,
    email: &EmailAddress,
    change: &GuestChange,
    cause: &Cause,
) -> Result<Guest> {
    let advanced =
        orgs::advance(tx, org, Advance { guests: 1, guests_changed: true, events: 1, ..Advance::default() })?;
    let mut guest = Guest {
        key: GuestKey::new(org, advanced.guest_sequence),
        code: code.clone().numbered(advanced.guest_sequence),
        email: email.clone(),
        profile: Profile::default(),
        cadence_days: None,
        associated_members: Vec::new(),
        created_at: cause.at,
        disabled: None,
        reactivated: None,
        presence: Presence::default(),
        unreachable: None,
        stats: Stats::default(),
        profile_revision: advanced.guest_revision,
        stats_revision: advanced.guest_revision,
    };
    change.apply(&mut guest);
    Ok(guest)
}

/// Stores a new guest; false when the address is a guest already.
pub(crate) fn insert(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, cause: &Cause) -> Result<bool> {
    if run_with_columns(tx, &SQL.insert, guest)? == 0 {
        return Ok(false);
    }
    insert_associates(tx, guest)?;
    let rendered = (tx.context.render.guest)(guest);
    tx.execute(
        "INSERT INTO guest_rendered (key, bytes) VALUES (?1, ?2)",
        &[guest.key.get().into(), rendered.as_slice().into()],
    )?;
    let created = event(guest, Verb::Created, format!("Guest {} was created.", guest.email));
    let newest = orgs::activity_sequence(tx, org)?;
    activity::add(tx, org, newest, cause, &[created])?;
    Ok(true)
}

/// Finds the guest that a change is about and checks the caller's `If-Match`,
/// which speaks of the profile: statistics may have moved on.
fn find_for_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
) -> std::result::Result<Guest, E> {
    orgs::lock(tx, org)?;
    let guest = find(tx, org, guest)?.ok_or(Refusal::NotFound)?;
    if !expected.is_met_by(guest.profile_revision) {
        return Err(Refusal::Stale.into());
    }
    Ok(guest)
}

/// Changes the profile. A change that changes nothing writes nothing. `email`
/// is the address that the caller takes for the guest's: another is refused.
pub fn update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
    email: Option<&EmailAddress>,
    change: &GuestChange,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let mut guest = find_for_change::<E>(tx, org, guest, expected)?;
    let mut faults = FieldErrors::default();
    faults::of_change(tx, org, &guest, email, &change.associates(), &mut faults)?;
    faults.into_result()?;
    let replaced = change.apply(&mut guest);
    if replaced.is_empty() {
        return Ok(guest);
    }
    let advanced = orgs::advance(
        tx,
        org,
        Advance { guests_changed: true, events: replaced.len() as i64, ..Advance::default() },
    )?;
    guest.profile_revision = advanced.guest_revision;
    save(tx, &guest, replaced.iter().any(|part| part.field == "associated_members"))?;
    let events: Vec<Event> = replaced
        .into_iter()
        .map(|part| Event {
            field: Some(part.field),
            text: format!("{} of guest {} was changed.", part.field, guest.email),
            old_value: part.old,
            ..event(&guest, Verb::Updated, String::new())
        })
        .collect();
    activity::add(tx, org, advanced.activity_sequence, cause, &events)?;
    if events.iter().any(|event| matches!(event.field, Some("timezone" | "cadence_days"))) {
        digests::replan(tx, guest.key, cause.at)?;
    }
    Ok(guest)
}

/// Notes that mail to a guest does not arrive, or that it does again. Says
/// whether that is news.
pub(crate) fn set_unreachable(
    tx: &mut Tx<'_>,
    org: OrgNo,
    key: GuestKey,
    unreachable: Option<Unreachable>,
    cause: &Cause,
) -> Result<bool> {
    let mut guest = get(tx, key)?;
    if guest.unreachable.is_some() == unreachable.is_some() {
        return Ok(false);
    }
    let text = match &unreachable {
        Some(since) => format!("Mail to guest {} does not arrive: {}", guest.email, since.why),
        None => format!("Mail to guest {} arrives again.", guest.email),
    };
    let advanced = orgs::advance(tx, org, Advance { guests_changed: true, events: 1, ..Advance::default() })?;
    guest.unreachable = unreachable;
    guest.profile_revision = advanced.guest_revision;
    save(tx, &guest, false)?;
    let told = Event { field: Some("unreachable_since"), ..event(&guest, Verb::Updated, text) };
    activity::add(tx, org, advanced.activity_sequence, cause, &[told])?;
    Ok(true)
}

/// Gives a guest another address. Tasks and history stay; unless only the
/// spelling is another one, the code does not: whoever reads the old mailbox is
/// out. `code` is a fresh one.
pub fn change_email<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
    email: &EmailAddress,
    code: &GuestCode,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let mut guest = find_for_change::<E>(tx, org, guest, expected)?;
    if guest.email == *email {
        return Ok(guest);
    }
    if !guest.email.is_same(email) {
        if accounts::is_member(tx, org, email.folded())? {
            return Err(Refusal::field("email", faults::email_taken("a member")).into());
        }
        if find_key(tx, org, &GuestRef::Email(email.folded().to_owned()))?.is_some() {
            return Err(Refusal::field("email", faults::email_taken("a guest")).into());
        }
    }
    let advanced = orgs::advance(tx, org, Advance { guests_changed: true, events: 1, ..Advance::default() })?;
    if !guest.email.is_same(email) {
        links::replace_code(tx, &mut guest, code, cause)?;
    }
    let old = std::mem::replace(&mut guest.email, email.clone());
    // Nothing is known of the new one.
    guest.unreachable = None;
    guest.profile_revision = advanced.guest_revision;
    save(tx, &guest, false)?;
    touch(tx, guest.key, advanced.activity_sequence, cause)?;
    tx.execute(
        "UPDATE task SET completer_guest_email = ?2 WHERE run_key IS NULL AND completer_guest_code = ?3 \
         AND key IN (SELECT task_key FROM task_guest WHERE guest_key = ?1)",
        &[guest.key.get().into(), email.as_str().into(), guest.code.as_str().into()],
    )?;
    let changed = Event {
        field: Some("email"),
        old_value: Some(old.as_str().to_owned()),
        ..event(&guest, Verb::Updated, format!("The address of guest {old} was changed to {email}."))
    };
    activity::add(tx, org, advanced.activity_sequence, cause, &[changed])?;
    let (old, new) = (Person::Guest(old), Person::Guest(email.clone()));
    let leaving = Leaving { person: &old, with: Some(&new), same_person: true };
    people::told(tx, org, leaving, cause)?;
    get(tx, guest.key).map_err(E::from)
}

/// Disables or enables a guest. Doing so twice changes nothing more. Disabling
/// ends every session; whoever is enabled again has a new link, for which `code`
/// is a fresh one.
pub fn set_disabled<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    guest: &GuestRef,
    expected: &Expected,
    disabled: bool,
    code: &GuestCode,
    cause: &Cause,
) -> std::result::Result<Guest, E> {
    let mut guest = find_for_change::<E>(tx, org, guest, expected)?;
    if guest.disabled.is_some() == disabled {
        return Ok(guest);
    }
    let stamp = Stamp { at: cause.at, by: cause.actor };
    let (verb, done) = if disabled { (Verb::Disabled, "disabled") } else { (Verb::Enabled, "enabled") };
    if disabled {
        guest.disabled = Some(stamp);
    } else {
        guest.disabled = None;
        guest.reactivated = Some(stamp);
    }
    let advanced = orgs::advance(
        tx,
        org,
        Advance {
            disabled: if disabled { 1 } else { -1 },
            guests_changed: true,
            events: 1,
            ..Advance::default()
        },
    )?;
    guest.profile_revision = advanced.guest_revision;
    if disabled {
        workplace::shut(tx, guest.key, cause.at)?;
    } else {
        links::replace_code(tx, &mut guest, code, cause)?;
    }
    save(tx, &guest, false)?;
    if !disabled {
        touch(tx, guest.key, advanced.activity_sequence, cause)?;
    }
    let event = event(&guest, verb, format!("Guest {} was {done}.", guest.email));
    activity::add(tx, org, advanced.activity_sequence, cause, &[event])?;
    Ok(guest)
}
