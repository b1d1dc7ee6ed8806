//! Accounts and their membership in organizations.

use hospes_model::member::{Details, Member, MemberStatus, Role, Stamp};
use hospes_model::{EmailAddress, MemberId, OrgNo, Refusal};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::orgs;
use crate::sql::{Row, Tx, Value};
use crate::{from_micros, to_micros};

/// A member to be made.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// The address; an account that has it is used, else one is made.
    pub email: EmailAddress,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// IANA time zone.
    pub timezone: String,
    /// The role in the organization.
    pub role: Role,
}

/// Members who are there: those deleted for good are not.
const SELECT: &str = "SELECT a.id, CASE WHEN m.deleted_at IS NULL THEN a.email \
     ELSE a.email || '.deleted.' || CAST(a.id AS TEXT) END, \
     m.first_name, m.last_name, m.timezone, m.role, m.status, m.is_default_admin, m.created_at, m.updated_at, \
     m.phone, m.job_title, m.job_description, m.team, m.country_id, m.date_format, m.invited_by, m.approved_at, \
     m.activated_at, m.disabled_at, m.disabled_by, m.reactivated_at, m.reactivated_by \
     FROM member m JOIN account a ON a.id = m.account_id WHERE m.org = ?1";

fn read_member(row: &Row<'_>) -> Result<Member> {
    let moment = |at: usize| row.opt_int(at)?.map(from_micros).transpose();
    let stamp = |at: usize| -> Result<Option<Stamp>> {
        let Some(when) = moment(at)? else { return Ok(None) };
        Ok(Some(Stamp { at: when, by: row.opt_int(at + 1)?.and_then(MemberId::new) }))
    };
    Ok(Member {
        id: member_id(row.int(0)?)?,
        email: EmailAddress::from_stored(row.string(1)?),
        first_name: row.string(2)?,
        last_name: row.string(3)?,
        timezone: row.string(4)?,
        role: Role::parse(row.text(5)?).ok_or_else(|| Error::corrupt("member.role"))?,
        status: MemberStatus::parse(row.text(6)?).ok_or_else(|| Error::corrupt("member.status"))?,
        is_default_admin: row.bool(7)?,
        created_at: from_micros(row.int(8)?)?,
        updated_at: from_micros(row.int(9)?)?,
        details: Details {
            phone: row.opt_string(10)?,
            job_title: row.opt_string(11)?,
            job_description: row.opt_string(12)?,
            team: row.opt_string(13)?,
            country_id: row.opt_int(14)?,
            date_format: row.opt_string(15)?,
        },
        invited_by: row.opt_int(16)?.and_then(MemberId::new),
        approved_at: moment(17)?,
        activated_at: moment(18)?,
        disabled: stamp(19)?,
        reactivated: stamp(21)?,
    })
}

pub(crate) fn member_id(id: i64) -> Result<MemberId> {
    MemberId::new(id).ok_or_else(|| Error::corrupt("account.id"))
}

/// Makes an active member, as the operator does, who answers for the address.
/// The first administrator of an organization becomes its default administrator.
/// Refused when the address is a member or a guest of the organization already.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    new: &NewMember,
    at: Timestamp,
) -> std::result::Result<Member, E> {
    // So that no guest with this address is made meanwhile.
    orgs::lock(tx, org)?;
    if is_guest(tx, org, new.email.folded())? {
        return Err(Refusal::field("email", "The email belongs to a guest of this organization.").into());
    }
    if is_member(tx, org, new.email.folded())? {
        return Err(Refusal::field("email", "The email is a member of this organization already.").into());
    }
    let id = account(tx, &new.email, at)?;
    let has_default_admin = tx.query_opt(
        "SELECT 1 FROM member WHERE org = ?1 AND is_default_admin",
        &[org.get().into()],
        |_| Ok(()),
    )?;
    insert(tx, org, id, new, MemberStatus::Active, at)?;
    tx.execute(
        "UPDATE member SET email_verified = TRUE, activated_at = ?3, approved_at = ?3, is_default_admin = ?4 \
         WHERE org = ?1 AND account_id = ?2",
        &[
            org.get().into(),
            id.get().into(),
            to_micros(at).into(),
            (new.role == Role::Admin && has_default_admin.is_none()).into(),
        ],
    )?;
    Ok(find(tx, org, id)?.ok_or_else(|| Error::corrupt("the new member is missing"))?)
}

/// The account that has an address; made if there is none.
pub(crate) fn account(tx: &mut Tx<'_>, email: &EmailAddress, at: Timestamp) -> Result<MemberId> {
    tx.execute(
        "INSERT INTO account (email, email_folded, created_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (email_folded) DO NOTHING",
        &[email.as_str().into(), email.folded().into(), to_micros(at).into()],
    )?;
    tx.query_one("SELECT id FROM account WHERE email_folded = ?1", &[email.folded().into()], |row| {
        member_id(row.int(0)?)
    })
}

/// Makes an account a member who has proven nothing yet. One who was deleted
/// comes back as the same person, knowing nothing of before.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: MemberId,
    new: &NewMember,
    status: MemberStatus,
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO member (org, account_id, role, status, is_default_admin, first_name, last_name, timezone, \
         email_verified, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, FALSE, ?5, ?6, ?7, FALSE, ?8, ?8) \
         ON CONFLICT (org, account_id) DO UPDATE SET role = excluded.role, status = excluded.status, \
         first_name = excluded.first_name, last_name = excluded.last_name, timezone = excluded.timezone, \
         phone = NULL, job_title = NULL, job_description = NULL, team = NULL, country_id = NULL, \
         date_format = NULL, email_verified = FALSE, invited_by = NULL, approved_at = NULL, activated_at = NULL, \
         disabled_at = NULL, disabled_by = NULL, reactivated_at = NULL, reactivated_by = NULL, deleted_at = NULL, \
         created_at = excluded.created_at, updated_at = excluded.updated_at",
        &[
            org.get().into(),
            id.get().into(),
            new.role.as_str().into(),
            status.as_str().into(),
            (&new.first_name).into(),
            (&new.last_name).into(),
            (&new.timezone).into(),
            to_micros(at).into(),
        ],
    )?;
    tx.effects.access_changed = true;
    Ok(())
}

/// Stores a changed member.
pub(crate) fn save(tx: &mut Tx<'_>, org: OrgNo, member: &Member) -> Result<()> {
    let moment = |at: Option<Timestamp>| Value::from(at.map(to_micros));
    let by = |stamp: Option<Stamp>| Value::from(stamp.and_then(|stamp| stamp.by).map(MemberId::get));
    let details = &member.details;
    tx.execute(
        "UPDATE member SET first_name = ?3, last_name = ?4, timezone = ?5, role = ?6, status = ?7, phone = ?8, \
         job_title = ?9, job_description = ?10, team = ?11, country_id = ?12, date_format = ?13, invited_by = ?14, \
         approved_at = ?15, activated_at = ?16, disabled_at = ?17, disabled_by = ?18, reactivated_at = ?19, \
         reactivated_by = ?20, updated_at = ?21 WHERE org = ?1 AND account_id = ?2",
        &[
            org.get().into(),
            member.id.get().into(),
            (&member.first_name).into(),
            (&member.last_name).into(),
            (&member.timezone).into(),
            member.role.as_str().into(),
            member.status.as_str().into(),
            details.phone.as_deref().into(),
            details.job_title.as_deref().into(),
            details.job_description.as_deref().into(),
            details.team.as_deref().into(),
            details.country_id.into(),
            details.date_format.as_deref().into(),
            member.invited_by.map(MemberId::get).into(),
            moment(member.approved_at),
            moment(member.activated_at),
            moment(member.disabled.map(|stamp| stamp.at)),
            by(member.disabled),
            moment(member.reactivated.map(|stamp| stamp.at)),
            by(member.reactivated),
            to_micros(member.updated_at).into(),
        ],
    )?;
    tx.effects.access_changed = true;
    Ok(())
}

/// Finds a member by id.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: MemberId) -> Result<Option<Member>> {
    tx.query_opt(
        &format!("{SELECT} AND m.deleted_at IS NULL AND m.account_id = ?2"),
        &[org.get().into(), id.get().into()],
        read_member,
    )
}

/// Reads a member who may have been deleted.
pub(crate) fn get(tx: &mut Tx<'_>, org: OrgNo, id: MemberId) -> Result<Member> {
    tx.query_one(
        &format!("{SELECT} AND m.account_id = ?2"),
        &[org.get().into(), id.get().into()],
        read_member,
    )
}

/// Finds a member by address.
pub fn find_by_email(tx: &mut Tx<'_>, org: OrgNo, email_folded: &str) -> Result<Option<Member>> {
    tx.query_opt(
        &format!("{SELECT} AND m.deleted_at IS NULL AND a.email_folded = ?2"),
        &[org.get().into(), email_folded.into()],
        read_member,
    )
}

/// All members of an organization, in the order of their ids.
pub fn list(tx: &mut Tx<'_>, org: OrgNo) -> Result<Vec<Member>> {
    tx.query_all(
        &format!("{SELECT} AND m.deleted_at IS NULL ORDER BY a.id"),
        &[org.get().into()],
        read_member,
    )
}

/// Whether an address belongs to a member of the organization.
pub(crate) fn is_member(tx: &mut Tx<'_>, org: OrgNo, email_folded: &str) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM account a JOIN member m ON m.account_id = a.id AND m.org = ?1 AND m.deleted_at IS NULL \
         WHERE a.email_folded = ?2",
        &[org.get().into(), email_folded.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Whether an address belongs to a guest of the organization.
pub(crate) fn is_guest(tx: &mut Tx<'_>, org: OrgNo, email_folded: &str) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM guest WHERE org = ?1 AND email_folded = ?2",
        &[org.get().into(), email_folded.into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

/// Whether an id belongs to an active member of the organization.
pub fn is_active(tx: &mut Tx<'_>, org: OrgNo, id: MemberId) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM member WHERE org = ?1 AND account_id = ?2 AND status = 'active'",
        &[org.get().into(), id.get().into()],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}
