//! A guest's row: its columns, the statements over them, the members who look
//! after the guest, the rendering.

use hospes_model::guest::{Guest, Presence, Profile, ProfileField, Stamp, Stats, Unreachable};
use hospes_model::text::fold;
use hospes_model::{EmailAddress, GuestKey, MemberId};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::sql::{Row, Tx, Value};
use crate::{from_micros, to_micros};

/// The columns behind the profile's, in the order in which they are bound and read.
const FIXED: &[&str] = &[
    "key",
    "org",
    "code",
    "email",
    "email_folded",
    "search_folded",
    "first_name_folded",
    "last_name_folded",
    "cadence_days",
    "created_at",
    "disabled_at",
    "disabled_by",
    "reactivated_at",
    "reactivated_by",
    "last_accessed_at",
    "last_known_ip",
    "last_known_country",
    "last_city",
    "active_tasks",
    "tasks_completed",
    "last_task_completed_at",
    "one_off_tasks_completed",
    "last_one_off_task_completed_at",
    "profile_revision",
    "stats_revision",
    "unreachable_at",
    "unreachable_why",
];

/// The statements whose column lists come from [`ProfileField::ALL`].
pub(super) struct Sql {
    pub(super) select: String,
    pub(super) insert: String,
    update: String,
}

pub(super) static SQL: std::sync::LazyLock<Sql> = std::sync::LazyLock::new(|| {
    let columns: Vec<&str> =
        FIXED.iter().copied().chain(ProfileField::ALL.iter().map(|field| field.name())).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    let settings: Vec<String> =
        columns.iter().zip(&places).skip(1).map(|(column, place)| format!("{column} = {place}")).collect();
    Sql {
        select: format!("SELECT g.{} FROM guest g", columns.join(", g.")),
        insert: format!(
            "INSERT INTO guest ({}) VALUES ({}) ON CONFLICT (org, email_folded) DO NOTHING",
            columns.join(", "),
            places.join(", ")
        ),
        update: format!("UPDATE guest SET {} WHERE key = ?1", settings.join(", ")),
    }
});

pub(super) fn with_associates(tx: &mut Tx<'_>, mut guest: Guest) -> Result<Guest> {
    guest.associated_members = tx.query_all(
        "SELECT account_id FROM guest_associate WHERE guest_key = ?1 ORDER BY position",
        &[guest.key.get().into()],
        |row| member_id(row.int(0)?),
    )?;
    Ok(guest)
}

pub(super) fn read_guest(row: &Row<'_>) -> Result<Guest> {
    let stamp = |at: usize| -> Result<Option<Stamp>> {
        let Some(micros) = row.opt_int(at)? else { return Ok(None) };
        Ok(Some(Stamp { at: from_micros(micros)?, by: row.opt_int(at + 1)?.and_then(MemberId::new) }))
    };
    let moment = |at: usize| -> Result<Option<jiff::Timestamp>> {
        row.opt_int(at)?.filter(|micros| *micros != 0).map(from_micros).transpose()
    };
    let mut profile = Profile::default();
    for (offset, field) in ProfileField::ALL.iter().enumerate() {
        profile.set(*field, row.opt_string(FIXED.len() + offset)?);
    }
    Ok(Guest {
        key: GuestKey::from_stored(row.int(0)?),
        code: row.text(2)?.parse().map_err(|_| Error::corrupt("guest.code"))?,
        email: EmailAddress::from_stored(row.string(3)?),
        profile,
        cadence_days: row.opt_text(8)?.map(hospes_model::guest::parse_weekday_list),
        associated_members: Vec::new(),
        created_at: from_micros(row.int(9)?)?,
        disabled: stamp(10)?,
        reactivated: stamp(12)?,
        presence: Presence {
            last_accessed_at: moment(14)?,
            ip: row.opt_string(15)?,
            country: row.opt_string(16)?,
            city: row.opt_string(17)?,
        },
        stats: Stats {
            active_tasks: row.int(18)?,
            tasks_completed: row.int(19)?,
            last_task_completed_at: moment(20)?,
            one_off_tasks_completed: row.int(21)?,
            last_one_off_task_completed_at: moment(22)?,
        },
        profile_revision: row.int(23)?,
        stats_revision: row.int(24)?,
        unreachable: unreachable(row.opt_int(25)?, row.opt_string(26)?)?,
    })
}

fn unreachable(at: Option<i64>, why: Option<String>) -> Result<Option<Unreachable>> {
    let since = |at| Ok(Unreachable { at: from_micros(at)?, why: why.unwrap_or_default() });
    at.map(since).transpose()
}

/// Runs the insert or update statement with every column of `guest`.
pub(super) fn run_with_columns(tx: &mut Tx<'_>, sql: &str, guest: &Guest) -> Result<u64> {
    let folded = |field| guest.profile.get(field).map(fold).unwrap_or_default();
    let (first, last) = (folded(ProfileField::FirstName), folded(ProfileField::LastName));
    let search = guest.profile.search_text(&guest.email);
    let cadence = guest.cadence_days.as_deref().map(hospes_model::guest::weekday_list);
    let by = |stamp: Option<Stamp>| stamp.and_then(|stamp| stamp.by).map(MemberId::get);
    let at = |stamp: Option<Stamp>| stamp.map(|stamp| to_micros(stamp.at));
    let moment = |at: Option<jiff::Timestamp>| at.map(to_micros);
    let mut values: Vec<Value<'_>> = vec![
        guest.key.get().into(),
        guest.key.org_number().into(),
        guest.code.as_str().into(),
        guest.email.as_str().into(),
        guest.email.folded().into(),
        (&search).into(),
        (&first).into(),
        (&last).into(),
        cadence.as_deref().into(),
        to_micros(guest.created_at).into(),
        at(guest.disabled).into(),
        by(guest.disabled).into(),
        at(guest.reactivated).into(),
        by(guest.reactivated).into(),
        moment(guest.presence.last_accessed_at).unwrap_or(0).into(),
        guest.presence.ip.as_deref().into(),
        guest.presence.country.as_deref().into(),
        guest.presence.city.as_deref().into(),
        guest.stats.active_tasks.into(),
        guest.stats.tasks_completed.into(),
        moment(guest.stats.last_task_completed_at).into(),
        guest.stats.one_off_tasks_completed.into(),
        moment(guest.stats.last_one_off_task_completed_at).into(),
        guest.profile_revision.into(),
        guest.stats_revision.into(),
        guest.unreachable.as_ref().map(|since| to_micros(since.at)).into(),
        guest.unreachable.as_ref().map(|since| since.why.as_str()).into(),
    ];
    values.extend(ProfileField::ALL.iter().map(|field| Value::from(guest.profile.get(*field))));
    tx.execute(sql, &values)
}

pub(super) fn insert_associates(tx: &mut Tx<'_>, guest: &Guest) -> Result<()> {
    for (position, member) in (0_i64..).zip(&guest.associated_members) {
        tx.execute(
            "INSERT INTO guest_associate (guest_key, account_id, position) VALUES (?1, ?2, ?3)",
            &[guest.key.get().into(), member.get().into(), position.into()],
        )?;
    }
    Ok(())
}

/// Stores a changed guest and its rendering.
pub(super) fn save(tx: &mut Tx<'_>, guest: &Guest, associates_changed: bool) -> Result<()> {
    run_with_columns(tx, &SQL.update, guest)?;
    if associates_changed {
        tx.execute("DELETE FROM guest_associate WHERE guest_key = ?1", &[guest.key.get().into()])?;
        insert_associates(tx, guest)?;
    }
    let rendered = (tx.context.render.guest)(guest);
    replace_rendering(tx, guest.key, &rendered)
}

pub(super) fn replace_rendering(tx: &mut Tx<'_>, key: GuestKey, rendered: &[u8]) -> Result<()> {
    tx.execute("UPDATE guest_rendered SET bytes = ?2 WHERE key = ?1", &[key.get().into(), rendered.into()])?;
    Ok(())
}
