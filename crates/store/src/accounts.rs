//! Accounts and their membership in organizations.

use hospes_model::member::{Member, MemberStatus, Role};
use hospes_model::{EmailAddress, MemberId, OrgNo, Refusal};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::orgs;
use crate::sql::{Row, Tx};
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

const SELECT: &str = "SELECT a.id, a.email, a.first_name, a.last_name, a.timezone, m.role, m.status, \
     m.is_default_admin, m.created_at, m.updated_at \
     FROM member m JOIN account a ON a.id = m.account_id WHERE m.org = ?1";

fn read_member(row: &Row<'_>) -> Result<Member> {
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
    })
}

pub(crate) fn member_id(id: i64) -> Result<MemberId> {
    MemberId::new(id).ok_or_else(|| Error::corrupt("account.id"))
}

/// Makes a member. The first administrator of an organization becomes its
/// default administrator. Refused when the address is a member or a guest of
/// the organization already.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    new: &NewMember,
    at: Timestamp,
) -> std::result::Result<Member, E> {
    // So that no guest with this address is made meanwhile.
    orgs::lock(tx, org)?;
    let is_guest = tx.query_opt(
        "SELECT 1 FROM guest WHERE org = ?1 AND email_folded = ?2",
        &[org.get().into(), new.email.folded().into()],
        |_| Ok(()),
    )?;
    if is_guest.is_some() {
        return Err(Refusal::field("email", "The email belongs to a guest of this organization.").into());
    }
    tx.execute(
        "INSERT INTO account (email, email_folded, first_name, last_name, timezone, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (email_folded) DO NOTHING",
        &[
            new.email.as_str().into(),
            new.email.folded().into(),
            (&new.first_name).into(),
            (&new.last_name).into(),
            (&new.timezone).into(),
            to_micros(at).into(),
        ],
    )?;
    let id = tx.query_one(
        "SELECT id FROM account WHERE email_folded = ?1",
        &[new.email.folded().into()],
        |row| member_id(row.int(0)?),
    )?;
    let has_default_admin = tx.query_opt(
        "SELECT 1 FROM member WHERE org = ?1 AND is_default_admin",
        &[org.get().into()],
        |_| Ok(()),
    )?;
    let added = tx.execute(
        "INSERT INTO member (org, account_id, role, status, is_default_admin, created_at, updated_at) \
         VALUES (?1, ?2, ?3, 'active', ?4, ?5, ?5) ON CONFLICT (org, account_id) DO NOTHING",
        &[
            org.get().into(),
            id.get().into(),
            new.role.as_str().into(),
            (new.role == Role::Admin && has_default_admin.is_none()).into(),
            to_micros(at).into(),
        ],
    )?;
    if added == 0 {
        return Err(Refusal::field("email", "The email is a member of this organization already.").into());
    }
    tx.effects.access_changed = true;
    Ok(find(tx, org, id)?.ok_or_else(|| Error::corrupt("the new member is missing"))?)
}

/// Finds a member by id.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: MemberId) -> Result<Option<Member>> {
    tx.query_opt(
        &format!("{SELECT} AND m.account_id = ?2"),
        &[org.get().into(), id.get().into()],
        read_member,
    )
}

/// Finds a member by address.
pub fn find_by_email(tx: &mut Tx<'_>, org: OrgNo, email_folded: &str) -> Result<Option<Member>> {
    tx.query_opt(
        &format!("{SELECT} AND a.email_folded = ?2"),
        &[org.get().into(), email_folded.into()],
        read_member,
    )
}

/// All members of an organization, in the order of their ids.
pub fn list(tx: &mut Tx<'_>, org: OrgNo) -> Result<Vec<Member>> {
    tx.query_all(&format!("{SELECT} ORDER BY a.id"), &[org.get().into()], read_member)
}

/// Whether an address belongs to a member of the organization.
pub(crate) fn is_member(tx: &mut Tx<'_>, org: OrgNo, email_folded: &str) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM account a JOIN member m ON m.account_id = a.id AND m.org = ?1 WHERE a.email_folded = ?2",
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
