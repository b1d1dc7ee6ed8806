//! What the workflow engine has to know of an organization's people and of its
//! calendar, read in the transaction that asks it.

use std::collections::{BTreeMap, BTreeSet};

use hospes_model::run::Process;
use hospes_model::workflow::{Calendar, Context, Directory, Group, Named, Policy};
use hospes_model::{EmailAddress, GroupId, MemberId, OrgNo};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::orgs;
use crate::sql::{Row, Tx, Value, in_list};
use crate::tasks::CHUNK;

use super::write::Doer;

/// The people whom a process names.
pub(super) fn of_process(
    tx: &mut Tx<'_>,
    org: OrgNo,
    setting: &Setting,
    process: &Process,
) -> Result<Directory> {
    let mut named = process.run.snapshot().named().clone();
    process.run.state().named(&mut named);
    load(tx, org, setting, &named)
}

/// The people who are named, as far as they are members and groups here, and
/// those who look after the guests among them.
pub(super) fn load(tx: &mut Tx<'_>, org: OrgNo, setting: &Setting, named: &Named) -> Result<Directory> {
    let mut directory = Directory::new(setting.default_admin);
    directory.max_group_size = setting.max_group_size;

    directory.groups = groups(tx, org, &named.groups)?;
    let mut users: BTreeSet<MemberId> = named.users.clone();
    let mut guests: BTreeSet<&str> = named.guests.keys().map(String::as_str).collect();
    for group in directory.groups.values() {
        users.extend(&group.members);
        guests.extend(group.guests.iter().map(EmailAddress::folded));
    }
    let guests: Vec<&str> = guests.into_iter().collect();
    directory.associates = associates(tx, org, &guests)?;
    directory.addresses = addresses(tx, org, &guests)?;
    directory.disabled = disabled(tx, org, &guests)?;
    users.extend(directory.associates.values().flatten());
    users.extend(directory.addresses.values());
    let users: Vec<MemberId> = users.into_iter().collect();
    directory.members = names(tx, org, &users)?;
    Ok(directory)
}

/// Runs a statement with lists of values behind the organization's number.
/// `?1` is the organization; the list stands where `sql` puts it.
fn in_lists<'a, T>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    values: impl Iterator<Item = Value<'a>>,
    sql: impl Fn(&str) -> String,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let values: Vec<Value<'a>> = values.collect();
    let mut found = Vec::new();
    for chunk in values.chunks(CHUNK) {
        let (list, mut bound) = in_list(chunk.iter().copied());
        bound.push(org.get().into());
        let statement = sql(&list).replace("?org", &format!("?{}", bound.len()));
        found.extend(tx.query_all(&statement, &bound, &read)?);
    }
    Ok(found)
}

fn groups(tx: &mut Tx<'_>, org: OrgNo, ids: &BTreeSet<GroupId>) -> Result<BTreeMap<GroupId, Group>> {
    let group_id = |bytes: &[u8]| GroupId::from_bytes(bytes).map_err(|_| Error::corrupt("people_group.id"));
    let found = in_lists(
        tx,
        org,
        ids.iter().map(|id| id.as_bytes().into()),
        |list| format!("SELECT key, id, name FROM people_group WHERE org = ?org AND id IN ({list})"),
        |row| Ok((row.int(0)?, group_id(row.bytes(1)?)?, row.string(2)?)),
    )?;
    let mut groups = BTreeMap::new();
    for (key, id, name) in found {
        let members = tx.query_all(
            "SELECT account_id FROM people_group_member WHERE group_key = ?1 ORDER BY account_id",
            &[key.into()],
            |row| member_id(row.int(0)?),
        )?;
        let guests = tx.query_all(
            "SELECT g.email FROM people_group_guest p JOIN guest g ON g.key = p.guest_key \
             WHERE p.group_key = ?1 ORDER BY g.email_folded",
            &[key.into()],
            |row| Ok(EmailAddress::from_stored(row.string(0)?)),
        )?;
        groups.insert(id, Group { name, members, guests });
    }
    Ok(groups)
}

fn associates(tx: &mut Tx<'_>, org: OrgNo, guests: &[&str]) -> Result<BTreeMap<String, Vec<MemberId>>> {
    let found = in_lists(
        tx,
        org,
        guests.iter().map(|email| (*email).into()),
        |list| {
            format!(
                "SELECT g.email_folded, a.account_id FROM guest g JOIN guest_associate a ON a.guest_key = g.key \
                 WHERE g.org = ?org AND g.email_folded IN ({list}) ORDER BY g.key, a.position"
            )
        },
        |row| Ok((row.string(0)?, member_id(row.int(1)?)?)),
    )?;
    let mut associates: BTreeMap<String, Vec<MemberId>> = BTreeMap::new();
    for (email, member) in found {
        associates.entry(email).or_default().push(member);
    }
    Ok(associates)
}

/// The disabled ones among guests.
fn disabled(tx: &mut Tx<'_>, org: OrgNo, guests: &[&str]) -> Result<BTreeSet<String>> {
    let found = in_lists(
        tx,
        org,
        guests.iter().map(|email| (*email).into()),
        |list| {
            format!(
                "SELECT email_folded FROM guest WHERE org = ?org AND email_folded IN ({list}) \
                 AND disabled_at IS NOT NULL"
            )
        },
        |row| row.string(0),
    )?;
    Ok(found.into_iter().collect())
}

/// The members of any status who have one of these addresses. One who became a
/// guest keeps the address, which means the guest from then on.
fn addresses(tx: &mut Tx<'_>, org: OrgNo, guests: &[&str]) -> Result<BTreeMap<String, MemberId>> {
    let found = in_lists(
        tx,
        org,
        guests.iter().map(|email| (*email).into()),
        |list| {
            format!(
                "SELECT a.email_folded, a.id FROM account a JOIN member m ON m.account_id = a.id AND m.org = ?org \
                 WHERE a.email_folded IN ({list}) AND NOT EXISTS \
                 (SELECT 1 FROM guest g WHERE g.org = ?org AND g.email_folded = a.email_folded)"
            )
        },
        |row| Ok((row.string(0)?, member_id(row.int(1)?)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// The active ones among members, with their names.
fn names(tx: &mut Tx<'_>, org: OrgNo, users: &[MemberId]) -> Result<BTreeMap<MemberId, String>> {
    let found = in_lists(
        tx,
        org,
        users.iter().map(|id| id.get().into()),
        |list| {
            format!(
                "SELECT a.id, m.first_name, m.last_name FROM member m JOIN account a ON a.id = m.account_id \
                 WHERE m.org = ?org AND m.status = 'active' AND m.account_id IN ({list})"
            )
        },
        |row| Ok((member_id(row.int(0)?)?, format!("{} {}", row.text(1)?, row.text(2)?).trim().to_owned())),
    )?;
    Ok(found.into_iter().collect())
}

/// How an organization counts time, what it decided, and who stands in where
/// nobody else can.
pub(super) struct Setting {
    calendar: Calendar,
    policy: Policy,
    max_group_size: Option<usize>,
    default_admin: MemberId,
}

impl Setting {
    pub(super) fn of(tx: &mut Tx<'_>, org: OrgNo) -> Result<Self> {
        let default_admin = tx.query_one(
            "SELECT account_id FROM member WHERE org = ?1 AND is_default_admin",
            &[org.get().into()],
            |row| member_id(row.int(0)?),
        )?;
        let org = orgs::get(tx, org)?;
        Ok(Self {
            calendar: org.calendar()?,
            policy: org.settings.policy(),
            max_group_size: org.settings.max_group_size(),
            default_admin,
        })
    }

    pub(super) fn context<'a>(&'a self, doer: Doer<'a>, directory: &'a Directory) -> Context<'a> {
        let (calendar, policy) = (&self.calendar, self.policy);
        Context { at: doer.cause.at, by: doer.by, calendar, directory, policy }
    }
}
