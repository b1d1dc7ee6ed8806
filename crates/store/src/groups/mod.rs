//! Groups of members and guests: reading them here, changes in [`mod@write`],
//! what they bring onto tasks in `rows`.

pub(crate) mod rows;
pub mod write;

use std::collections::HashMap;
use std::sync::Arc;

use hospes_model::group::{Group, GroupGuest};
use hospes_model::task::owners::{AssignedGroup, GroupOwner};
use hospes_model::{EmailAddress, GroupId, GroupKey, GuestKey, MemberId, OrgNo};

use crate::accounts::member_id;
use crate::error::{Error, Result};
use crate::from_micros;
use crate::sql::{Conditions, Row, Tx, Value, in_list};
use crate::tasks::CHUNK;

/// What lists are sorted by. Ties are broken by the order of creation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The order of creation.
    #[default]
    Created,
    /// The moment of the last change.
    Updated,
    /// The folded name.
    Name,
}

/// A list of groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// With this folded text in the name or the description.
    pub search: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Whether the order is reversed.
    pub reversed: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// All groups of the list.
    pub total: i64,
    /// Those of the page.
    pub groups: Vec<Group>,
}

const SELECT: &str =
    "SELECT key, id, name, description, logo, created_at, updated_at, revision FROM people_group";

fn read_group(row: &Row<'_>) -> Result<Group> {
    Ok(Group {
        key: GroupKey::from_stored(row.int(0)?),
        id: GroupId::from_bytes(row.bytes(1)?).map_err(|_| Error::corrupt("people_group.id"))?,
        name: row.string(2)?,
        description: row.string(3)?,
        logo: row.opt_string(4)?,
        members: Vec::new(),
        guests: Vec::new(),
        created_at: from_micros(row.int(5)?)?,
        updated_at: from_micros(row.int(6)?)?,
        revision: row.int(7)?,
    })
}

/// Finds a group by its public id.
pub fn find(tx: &mut Tx<'_>, org: OrgNo, id: GroupId) -> Result<Option<Group>> {
    let found = tx.query_opt(
        &format!("{SELECT} WHERE org = ?1 AND id = ?2"),
        &[org.get().into(), id.as_bytes().into()],
        read_group,
    )?;
    let Some(group) = found else { return Ok(None) };
    let mut groups = [group];
    read_people(tx, &mut groups)?;
    let [group] = groups;
    Ok(Some(group))
}

/// Reads at most `limit` groups after passing over `offset`.
pub fn page(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, offset: i64, limit: i64) -> Result<Page> {
    let conditions = conditions(org, listing);
    let scope = format!("org = ?1{}", conditions.text());
    let sql = format!("SELECT COUNT(*) FROM people_group WHERE {scope}");
    let total = tx.query_one(&sql, conditions.values(), |row| row.int(0))?;
    let (page, values) = conditions.page(limit, offset);
    let sql = format!("{SELECT} WHERE {scope} ORDER BY {}{page}", order(listing));
    let mut groups = tx.query_all(&sql, &values, read_group)?;
    read_people(tx, &mut groups)?;
    Ok(Page { total, groups })
}

/// The keys of the whole list, in its order: for reading it piece by piece with
/// [`by_keys`].
pub fn keys(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing) -> Result<Vec<GroupKey>> {
    let conditions = conditions(org, listing);
    let (more, order) = (conditions.text(), order(listing));
    let sql = format!("SELECT key FROM people_group WHERE org = ?1{more} ORDER BY {order}");
    tx.query_all(&sql, conditions.values(), |row| Ok(GroupKey::from_stored(row.int(0)?)))
}

/// Reads groups in the order of their keys' list. Those that are gone are left
/// out.
pub fn by_keys(tx: &mut Tx<'_>, keys: &[GroupKey]) -> Result<Vec<Group>> {
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().map(|key| key.get().into()));
        let sql = format!("{SELECT} WHERE key IN ({list})");
        found.extend(tx.query_all(&sql, &values, read_group)?);
    }
    read_people(tx, &mut found)?;
    let mut found: HashMap<GroupKey, Group> = found.into_iter().map(|group| (group.key, group)).collect();
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

fn conditions(org: OrgNo, listing: &Listing) -> Conditions<'_> {
    let mut conditions = Conditions::new(vec![org.get().into()]);
    if let Some(search) = &listing.search {
        let search = conditions.bind(search.into());
        conditions
            .and(&format!("(strpos(name_folded, {search}) > 0 OR strpos(description_folded, {search}) > 0)"));
    }
    conditions
}

fn order(listing: &Listing) -> String {
    let down = if listing.reversed { " DESC" } else { "" };
    match listing.sort {
        Sort::Created => format!("key{down}"),
        Sort::Updated => format!("updated_at{down}, key{down}"),
        Sort::Name => format!("name_folded{down}"),
    }
}

/// Fills in the people of groups, a few statements for all of them.
fn read_people(tx: &mut Tx<'_>, groups: &mut [Group]) -> Result<()> {
    let places: HashMap<i64, usize> =
        groups.iter().enumerate().map(|(place, group)| (group.key.get(), place)).collect();
    let keys: Vec<i64> = groups.iter().map(|group| group.key.get()).collect();
    let place = |row: &Row<'_>| -> Result<usize> {
        places.get(&row.int(0)?).copied().ok_or_else(|| Error::corrupt("a person of another group"))
    };
    for keys in keys.chunks(CHUNK) {
        let (list, values) = in_list(keys.iter().copied().map(Value::Int));
        tx.query(
            &format!(
                "SELECT group_key, account_id FROM people_group_member WHERE group_key IN ({list}) \
                 ORDER BY group_key, account_id"
            ),
            &values,
            |row| {
                groups[place(row)?].members.push(member_id(row.int(1)?)?);
                Ok::<_, Error>(())
            },
        )?;
        tx.query(
            &format!(
                "SELECT p.group_key, p.guest_key, g.code, g.email FROM people_group_guest p \
                 JOIN guest g ON g.key = p.guest_key WHERE p.group_key IN ({list}) \
                 ORDER BY p.group_key, p.guest_key"
            ),
            &values,
            |row| {
                groups[place(row)?].guests.push(GroupGuest {
                    key: GuestKey::from_stored(row.int(1)?),
                    code: row.text(2)?.parse().map_err(|_| Error::corrupt("guest.code"))?,
                    email: EmailAddress::from_stored(row.string(3)?),
                });
                Ok::<_, Error>(())
            },
        )?;
    }
    Ok(())
}

/// A group with the people whom assigning it assigns.
pub(crate) fn find_assigned(tx: &mut Tx<'_>, org: OrgNo, id: GroupId) -> Result<Option<AssignedGroup>> {
    Ok(find(tx, org, id)?.map(|group| AssignedGroup {
        members: group.members,
        guests: group.guests.into_iter().map(|guest| (guest.key, guest.code, guest.email)).collect(),
        group: GroupOwner { key: group.key, id: group.id, name: group.name },
    }))
}

/// Where groups are stored; unknown ones are left out.
pub(crate) fn keys_of(tx: &mut Tx<'_>, org: OrgNo, ids: &[GroupId]) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    for id in ids {
        let sql = "SELECT key FROM people_group WHERE org = ?1 AND id = ?2";
        keys.extend(tx.query_opt(sql, &[org.get().into(), id.as_bytes().into()], |row| row.int(0))?);
    }
    Ok(keys)
}

/// The groups of every member who is in one, in the order of their creation.
pub fn by_member(tx: &mut Tx<'_>, org: OrgNo) -> Result<HashMap<MemberId, Vec<Arc<Group>>>> {
    let range = [GroupKey::before_all(org).get().into(), GroupKey::after_all(org).get().into()];
    let sql = format!("{SELECT} WHERE key >= ?1 AND key <= ?2 ORDER BY key");
    let mut groups = tx.query_all(&sql, &range, read_group)?;
    read_people(tx, &mut groups)?;
    let mut of_members: HashMap<MemberId, Vec<Arc<Group>>> = HashMap::new();
    for group in groups.into_iter().map(Arc::new) {
        for id in &group.members {
            of_members.entry(*id).or_default().push(Arc::clone(&group));
        }
    }
    Ok(of_members)
}

/// The groups of one member, in the order of their creation.
pub fn of_member(tx: &mut Tx<'_>, org: OrgNo, member: MemberId) -> Result<Vec<Group>> {
    let sql = format!(
        "{SELECT} WHERE key IN (SELECT group_key FROM people_group_member WHERE org = ?1 AND account_id = ?2) \
         ORDER BY key"
    );
    let mut groups = tx.query_all(&sql, &[org.get().into(), member.get().into()], read_group)?;
    read_people(tx, &mut groups)?;
    Ok(groups)
}

/// The groups of one guest, in the order of their creation.
pub(crate) fn of_guest(tx: &mut Tx<'_>, guest: GuestKey) -> Result<Vec<Group>> {
    let sql = format!(
        "{SELECT} WHERE key IN (SELECT group_key FROM people_group_guest WHERE guest_key = ?1) ORDER BY key"
    );
    let mut groups = tx.query_all(&sql, &[guest.get().into()], read_group)?;
    read_people(tx, &mut groups)?;
    Ok(groups)
}
