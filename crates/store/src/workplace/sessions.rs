//! Sessions of guests. A session lives as long as its row says so, the guest is
//! enabled and still has the code under which it began; all of that is read on
//! every request.

use hospes_model::activity::{Cause, Event, GuestActor, Verb};
use hospes_model::guest::{Guest, Presence};
use hospes_model::workplace::links::{NOTE_EVERY, Proof, SESSION_IDLE, Session};
use hospes_model::{GuestCode, GuestKey, OrgNo, SessionId};
use jiff::Timestamp;

use super::{Hash, wanted};
use crate::error::{Error, Result};
use crate::mail::bounces;
use crate::orgs::{self, Org};
use crate::sql::{Row, Tx, Value};
use crate::{activity, from_micros, guests, to_micros};

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What lists name it by.
    pub id: SessionId,
    /// What it is judged by.
    pub session: Session,
    /// Where it was last seen.
    pub ip: Option<String>,
    /// The country of that address.
    pub country: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// Browser and system in a few words.
    pub device: String,
}

/// A session to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// Its id.
    pub id: SessionId,
    /// The hash of its secret.
    pub hash: Hash,
    /// What the guest got in with.
    pub proof: Proof,
    /// The browser, in a few words.
    pub device: String,
    /// From where: address, country, city, as far as they are kept.
    pub presence: Presence,
    /// The hash of the session that the same browser had before: it ends.
    pub replaces: Option<Hash>,
}

/// Everything about the guest behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The organization.
    pub org: Org,
    /// The guest.
    pub guest: Guest,
    /// The session.
    pub session: Stored,
}

const COLUMNS: &str =
    "s.id, s.proof, s.created_at, s.last_seen_at, s.ended_at, s.ip, s.country, s.city, s.device";

fn read_session(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored {
        id: SessionId::from_bytes(row.bytes(0)?).map_err(|_| Error::corrupt("guest_session.id"))?,
        session: Session {
            proof: Proof::parse(row.text(1)?).ok_or_else(|| Error::corrupt("guest_session.proof"))?,
            created_at: from_micros(row.int(2)?)?,
            last_seen_at: from_micros(row.int(3)?)?,
            ended_at: row.opt_int(4)?.map(from_micros).transpose()?,
        },
        ip: row.opt_string(5)?,
        country: row.opt_string(6)?,
        city: row.opt_string(7)?,
        device: row.string(8)?,
    })
}

/// Finds the session with this hash for the guest with this code. `None` when
/// there is none, it ended, the guest is disabled, or has another code by now.
/// The caller asks [`Session::holds`] for the rest.
pub fn find(tx: &mut Tx<'_>, hash: &Hash, code: &GuestCode) -> Result<Option<Standing>> {
    let found = tx.query_opt(
        &format!(
            "SELECT {COLUMNS}, s.guest_key FROM guest_session s JOIN guest g ON g.key = s.guest_key \
             WHERE s.hash = ?1 AND s.code = ?2 AND g.code = ?2 AND g.disabled_at IS NULL AND s.ended_at IS NULL"
        ),
        &[hash.as_slice().into(), code.as_str().into()],
        |row| Ok((read_session(row)?, GuestKey::from_stored(row.int(9)?))),
    )?;
    let Some((session, key)) = found else { return Ok(None) };
    let org = orgs::of_guest(tx, key)?;
    Ok(Some(Standing { org, guest: guests::get(tx, key)?, session }))
}

/// A session, and how new everything is that its guest's task list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The guest.
    pub guest: GuestKey,
    /// The session.
    pub session: Stored,
    /// The language that the guest chose.
    pub language: Option<String>,
    /// How new it is.
    pub stamp: Stamp,
}

/// What moves with everything that a guest's task list shows: what happens in
/// the organization, its name and settings, and the guest's profile. The
/// language is not in it, nor is where the guest was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    organization: i64,
    activity: i64,
    profile: i64,
}

impl Stamp {
    /// Whether nothing is different but, at most, what happened in the organization:
    /// its settings and the guest's profile are those of the other.
    pub fn agrees_but_for_activity(&self, other: &Self) -> bool {
        (self.organization, self.profile) == (other.organization, other.profile)
    }
}

/// Finds the session as [`find`] does, without what is behind it: one statement.
pub fn glance(tx: &mut Tx<'_>, hash: &Hash, code: &GuestCode) -> Result<Option<Glance>> {
    tx.query_opt(
        &format!(
            "SELECT {COLUMNS}, s.guest_key, o.revision, o.activity_sequence, g.profile_revision, p.language \
             FROM guest_session s JOIN guest g ON g.key = s.guest_key JOIN org o ON o.no = g.org \
             LEFT JOIN guest_preference p ON p.guest_key = s.guest_key \
             WHERE s.hash = ?1 AND s.code = ?2 AND g.code = ?2 AND g.disabled_at IS NULL AND s.ended_at IS NULL"
        ),
        &[hash.as_slice().into(), code.as_str().into()],
        |row| {
            Ok(Glance {
                guest: GuestKey::from_stored(row.int(9)?),
                session: read_session(row)?,
                stamp: Stamp { organization: row.int(10)?, activity: row.int(11)?, profile: row.int(12)? },
                language: row.opt_string(13)?,
            })
        },
    )
}

/// Begins a session: the guest's first visit in it is noted, and the activity
/// feed tells of it. When another device is in use, the associated members are
/// to hear of it.
pub fn begin(tx: &mut Tx<'_>, guest: &Guest, new: &New, cause: &Cause) -> Result<()> {
    let key = guest.key;
    let org = orgs::org_no(key.org_number())?;
    orgs::lock(tx, org)?;
    if let Some(replaced) = &new.replaces {
        tx.execute(
            "UPDATE guest_session SET ended_at = ?3 WHERE guest_key = ?1 AND hash = ?2 AND ended_at IS NULL",
            &[key.get().into(), replaced.as_slice().into(), to_micros(cause.at).into()],
        )?;
    }
    let others = tx.query_opt(
        "SELECT 1 FROM guest_session WHERE guest_key = ?1 AND ended_at IS NULL AND last_seen_at > ?2 LIMIT 1",
        &[key.get().into(), to_micros(cause.at - SESSION_IDLE).into()],
        |_| Ok(()),
    )?;
    let is_second = others.is_some();
    tx.execute(
        "INSERT INTO guest_session (guest_key, id, hash, code, proof, created_at, last_seen_at, ip, country, city, device) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10)",
        &[
            key.get().into(),
            new.id.as_bytes().into(),
            new.hash.as_slice().into(),
            guest.code.as_str().into(),
            new.proof.as_str().into(),
            to_micros(cause.at).into(),
            new.presence.ip.as_deref().into(),
            new.presence.country.as_deref().into(),
            new.presence.city.as_deref().into(),
            (&new.device).into(),
        ],
    )?;
    let presence = Presence { last_accessed_at: Some(cause.at), ..new.presence.clone() };
    guests::links::note_presence(tx, key, presence)?;
    if is_second {
        wanted::ask(tx, key, wanted::Kind::SecondDevice { session: new.id }, cause.at)?;
    }
    if guest.unreachable.is_some() && new.proof != Proof::Button {
        // What was mailed has arrived.
        bounces::arrives(tx, org, key, cause)?;
    }
    let with = match new.proof {
        Proof::Button => "the link",
        Proof::Link => "a mailed link",
        Proof::Code => "a mailed code",
    };
    let second = if is_second { ", a second device" } else { "" };
    let text = format!("Guest {} came in with {with}: {}{second}.", guest.email, new.device);
    let actor = GuestActor { key, email: guest.email.clone() };
    let cause = Cause { actor: None, guest: Some(actor), ..cause.clone() };
    activity::record(tx, org, &cause, about(guest, Verb::Emitted, text))
}

fn about(guest: &Guest, verb: Verb, text: String) -> Event {
    Event { field: Some("sessions"), ..guests::event(guest, verb, text) }
}

/// A guest's sessions that were not ended, those that were used last in front.
pub fn list(tx: &mut Tx<'_>, guest: GuestKey) -> Result<Vec<Stored>> {
    tx.query_all(
        &format!(
            "SELECT {COLUMNS} FROM guest_session s WHERE s.guest_key = ?1 AND s.ended_at IS NULL \
             ORDER BY s.last_seen_at DESC, s.id DESC"
        ),
        &[guest.get().into()],
        read_session,
    )
}

/// Which of a guest's sessions to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// One.
    One(SessionId),
    /// All but one.
    Others(SessionId),
    /// All.
    All,
}

/// Ends sessions of a guest, and tells so in the activity feed. Returns how
/// many there were.
pub fn end(tx: &mut Tx<'_>, org: OrgNo, guest: &Guest, which: Which, cause: &Cause) -> Result<u64> {
    let key = guest.key.get();
    let at = to_micros(cause.at);
    let (condition, id) = match &which {
        Which::One(id) => ("AND id = ?3", Some(id)),
        Which::Others(id) => ("AND id <> ?3", Some(id)),
        Which::All => ("", None),
    };
    let sql = format!(
        "UPDATE guest_session SET ended_at = ?2 WHERE guest_key = ?1 AND ended_at IS NULL {condition}"
    );
    let mut values: Vec<Value<'_>> = vec![key.into(), at.into()];
    values.extend(id.map(|id| Value::from(id.as_bytes())));
    let ended = tx.execute(&sql, &values)?;
    if ended > 0 {
        let sessions = if ended == 1 { "A session".to_owned() } else { format!("{ended} sessions") };
        let were = if ended == 1 { "was" } else { "were" };
        let text = format!("{sessions} of guest {} {were} ended.", guest.email);
        activity::record(tx, org, cause, about(guest, Verb::Updated, text))?;
    }
    Ok(ended)
}

/// Ends all sessions of a guest, as a part of something that is told itself.
pub(crate) fn end_all(tx: &mut Tx<'_>, guest: GuestKey, at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE guest_session SET ended_at = ?2 WHERE guest_key = ?1 AND ended_at IS NULL",
        &[guest.get().into(), to_micros(at).into()],
    )?;
    Ok(())
}

/// Notes that a session is used, and from where, for the session and for what
/// is known of the guest. `None` in a presence: not kept.
pub fn note(
    tx: &mut Tx<'_>,
    guest: GuestKey,
    id: SessionId,
    presence: &Presence,
    at: Timestamp,
) -> Result<()> {
    let noted = tx.execute(
        "UPDATE guest_session SET last_seen_at = ?3, ip = ?4, country = ?5, city = ?6 \
         WHERE guest_key = ?1 AND id = ?2 AND ended_at IS NULL AND last_seen_at <= ?7",
        &[
            guest.get().into(),
            id.as_bytes().into(),
            to_micros(at).into(),
            presence.ip.as_deref().into(),
            presence.country.as_deref().into(),
            presence.city.as_deref().into(),
            to_micros(at - NOTE_EVERY).into(),
        ],
    )?;
    if noted == 0 {
        // Ended, or noted by another request, meanwhile.
        return Ok(());
    }
    let presence = Presence { last_accessed_at: Some(at), ..presence.clone() };
    guests::links::note_presence(tx, guest, presence)
}
