//! Organizations and their counters.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use hospes_model::activity::Cause;
use hospes_model::organization::{OrganizationChange, Profile, Settings};
use hospes_model::workflow::Calendar;
use hospes_model::{GuestKey, MemberId, OrgId, OrgNo, Refusal};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::activity;
use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::sql::{Row, Tx};
use crate::{from_micros, to_micros};

/// An organization as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Its number in this database.
    pub no: OrgNo,
    /// Its public id.
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub timezone: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it decides for itself.
    pub settings: Settings,
    /// Grows with every change of name, time zone and settings; the first is 1.
    pub revision: i64,
}

impl Org {
    /// How it counts time.
    pub fn calendar(&self) -> Result<Calendar> {
        let zone = TimeZone::get(&self.timezone).map_err(|_| Error::corrupt("org.timezone"))?;
        Ok(self.settings.calendar(zone))
    }
}

const COLUMNS: &str = "no, id, name, timezone, created_at, settings, revision";

fn read_org(row: &Row<'_>) -> Result<Org> {
    Ok(Org {
        no: org_no(row.int(0)?)?,
        id: OrgId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("org.id"))?,
        name: row.string(2)?,
        timezone: row.string(3)?,
        created_at: from_micros(row.int(4)?)?,
        settings: serde_json::from_str(&row.string(5)?).map_err(|_| Error::corrupt("org.settings"))?,
        revision: row.int(6)?,
    })
}

pub(crate) fn org_no(number: i64) -> Result<OrgNo> {
    OrgNo::new(number).ok_or_else(|| Error::corrupt("org.no"))
}

/// Makes an organization.
pub fn create(tx: &mut Tx<'_>, id: OrgId, name: &str, timezone: &str, at: Timestamp) -> Result<Org> {
    let no = tx.query_one("SELECT COALESCE(MAX(no), 0) + 1 FROM org", &[], |row| org_no(row.int(0)?))?;
    tx.execute(
        "INSERT INTO org (no, id, name, timezone, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[no.get().into(), id.as_bytes().into(), name.into(), timezone.into(), to_micros(at).into()],
    )?;
    tx.effects.access_changed = true;
    get(tx, no)
}

/// Changes an organization's name, time zone and settings. A change that
/// changes nothing writes nothing.
pub fn update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    no: OrgNo,
    expected: &Expected,
    change: &OrganizationChange,
    cause: &Cause,
) -> std::result::Result<Org, E> {
    lock(tx, no)?;
    let org = get(tx, no)?;
    if !expected.is_met_by(org.revision) {
        return Err(Refusal::Stale.into());
    }
    let Org { id, name, timezone, settings, .. } = org.clone();
    let logo = settings.logo.clone();
    let (after, events) = change.applied_to(id, &Profile { name, timezone, settings })?;
    if events.is_empty() {
        return Ok(org);
    }
    let advanced = advance(tx, no, Advance { events: events.len() as i64, ..Advance::default() })?;
    let settings = serde_json::to_string(&after.settings).map_err(|_| Error::corrupt("org.settings"))?;
    tx.execute(
        "UPDATE org SET name = ?2, timezone = ?3, settings = ?4, revision = revision + 1 WHERE no = ?1",
        &[no.get().into(), (&after.name).into(), (&after.timezone).into(), (&settings).into()],
    )?;
    activity::add(tx, no, advanced.activity_sequence, cause, &events)?;
    if let Some(old) = logo.filter(|old| after.settings.logo.as_ref().is_none_or(|new| new.id != old.id)) {
        crate::assets::let_go(tx, no, old.id)?;
    }
    if events.iter().any(|event| matches!(event.field, Some("timezone" | "guest_cadence_days"))) {
        crate::mail::digests::replan_all(tx, no, cause.at)?;
    }
    Ok(get(tx, no)?)
}

/// Finds an organization by its public id.
pub fn find(tx: &mut Tx<'_>, id: OrgId) -> Result<Option<Org>> {
    tx.query_opt(&format!("SELECT {COLUMNS} FROM org WHERE id = ?1"), &[id.as_bytes().into()], read_org)
}

/// Reads an organization by its number.
pub fn get(tx: &mut Tx<'_>, no: OrgNo) -> Result<Org> {
    tx.query_one(&format!("SELECT {COLUMNS} FROM org WHERE no = ?1"), &[no.get().into()], read_org)
}

/// The organization of a guest.
pub fn of_guest(tx: &mut Tx<'_>, guest: GuestKey) -> Result<Org> {
    get(tx, org_no(guest.org_number())?)
}

/// The organizations of which a member of `org` may know to belong to, by name:
/// this one, and the others in which the person is active. Whoever was let in
/// without proof that the address is theirs knows of this one only, and nobody
/// learns of such a membership elsewhere.
pub fn of_account(tx: &mut Tx<'_>, org: OrgNo, account: MemberId) -> Result<Vec<Org>> {
    tx.query_all(
        &format!(
            "SELECT {COLUMNS} FROM org WHERE no IN \
             (SELECT o.org FROM member o WHERE o.account_id = ?2 AND o.status = 'active' \
              AND (o.org = ?1 OR o.email_verified AND EXISTS \
               (SELECT 1 FROM member m WHERE m.org = ?1 AND m.account_id = ?2 AND m.email_verified))) \
             ORDER BY name, no"
        ),
        &[org.get().into(), account.get().into()],
        read_org,
    )
}

/// How many active members an organization has.
pub fn active_members(tx: &mut Tx<'_>, no: OrgNo) -> Result<i64> {
    tx.query_one(
        "SELECT COUNT(*) FROM member WHERE org = ?1 AND status = 'active'",
        &[no.get().into()],
        |row| row.int(0),
    )
}

/// The newest activity row's sequence number: it grows with every change in the
/// organization.
pub(crate) fn activity_sequence(tx: &mut Tx<'_>, no: OrgNo) -> Result<i64> {
    tx.query_one("SELECT activity_sequence FROM org WHERE no = ?1", &[no.get().into()], |row| row.int(0))
}

/// What a write adds to an organization's counters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Advance {
    /// New guests, or -1 for a removed one.
    pub(crate) guests: i64,
    /// Newly disabled guests, or -1.
    pub(crate) disabled: i64,
    /// Whether anything changed that a guest list shows.
    pub(crate) guests_changed: bool,
    /// New tasks.
    pub(crate) tasks: i64,
    /// New templates.
    pub(crate) templates: i64,
    /// New versions of templates.
    pub(crate) versions: i64,
    /// New processes.
    pub(crate) runs: i64,
    /// New groups.
    pub(crate) groups: i64,
    /// New activity rows.
    pub(crate) events: i64,
}

/// The counters after a write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advanced {
    pub(crate) guest_sequence: i64,
    pub(crate) guest_revision: i64,
    pub(crate) task_sequence: i64,
    pub(crate) template_sequence: i64,
    pub(crate) version_sequence: i64,
    pub(crate) run_sequence: i64,
    pub(crate) group_sequence: i64,
    pub(crate) activity_sequence: i64,
}

/// Moves an organization's counters. Every write in an organization begins
/// with this: on PostgreSQL it is also the lock that lets writers of one
/// organization take turns, so that sequence numbers appear in order.
pub(crate) fn advance(tx: &mut Tx<'_>, org: OrgNo, by: Advance) -> Result<Advanced> {
    let advanced = tx.query_one(
        "UPDATE org SET \
         guest_sequence = guest_sequence + ?2, guest_total = guest_total + ?3, \
         guest_disabled = guest_disabled + ?4, guest_removals = guest_removals + ?5, \
         guest_revision = guest_revision + ?6, task_sequence = task_sequence + ?7, \
         activity_sequence = activity_sequence + ?8, template_sequence = template_sequence + ?9, \
         version_sequence = version_sequence + ?10, run_sequence = run_sequence + ?11, \
         group_sequence = group_sequence + ?12 \
         WHERE no = ?1 \
         RETURNING guest_sequence, guest_revision, task_sequence, activity_sequence, \
         template_sequence, version_sequence, run_sequence, group_sequence",
        &[
            org.get().into(),
            by.guests.max(0).into(),
            by.guests.into(),
            by.disabled.into(),
            i64::from(by.guests < 0).into(),
            i64::from(by.guests_changed).into(),
            by.tasks.into(),
            by.events.into(),
            by.templates.into(),
            by.versions.into(),
            by.runs.into(),
            by.groups.into(),
        ],
        |row| {
            Ok(Advanced {
                guest_sequence: row.int(0)?,
                guest_revision: row.int(1)?,
                task_sequence: row.int(2)?,
                activity_sequence: row.int(3)?,
                template_sequence: row.int(4)?,
                version_sequence: row.int(5)?,
                run_sequence: row.int(6)?,
                group_sequence: row.int(7)?,
            })
        },
    )?;
    if by.guests_changed {
        tx.effects.guest_revisions.push((org, advanced.guest_revision));
    }
    Ok(advanced)
}

/// The numbers that a guest list needs, read together with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GuestCounters {
    pub(crate) total: i64,
    pub(crate) disabled: i64,
    pub(crate) removals: i64,
    pub(crate) revision: i64,
}

pub(crate) fn guest_counters(tx: &mut Tx<'_>, no: OrgNo) -> Result<GuestCounters> {
    tx.query_one(
        "SELECT guest_total, guest_disabled, guest_removals, guest_revision FROM org WHERE no = ?1",
        &[no.get().into()],
        |row| {
            Ok(GuestCounters {
                total: row.int(0)?,
                disabled: row.int(1)?,
                removals: row.int(2)?,
                revision: row.int(3)?,
            })
        },
    )
}

/// The counters that were read last, by organization. They hold for a state of
/// the database with the same revision, and for no other.
#[derive(Debug, Default)]
pub(crate) struct KnownCounters(RwLock<HashMap<OrgNo, GuestCounters>>);

impl KnownCounters {
    pub(crate) fn at(&self, no: OrgNo, revision: i64) -> Option<GuestCounters> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&no).copied().filter(|counters| counters.revision == revision)
    }

    pub(crate) fn put(&self, no: OrgNo, counters: GuestCounters) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(no, counters);
    }
}

/// Takes the organization's turn for the rest of the transaction: what is read
/// from here on cannot change until it ends. SQLite's only writer has it anyway.
pub fn lock(tx: &mut Tx<'_>, org: OrgNo) -> Result<()> {
    if !tx.is_sqlite() {
        tx.query_opt("SELECT 1 FROM org WHERE no = ?1 FOR UPDATE", &[org.get().into()], |_| Ok(()))?;
    }
    Ok(())
}
