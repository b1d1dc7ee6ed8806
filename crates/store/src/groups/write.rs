//! Every way to change a group. Each begins by taking the organization's turn,
//! and sees to the rows of the tasks that have the group.

use hospes_model::activity::{Cause, Event};
use hospes_model::group::{Group, GroupChange};
use hospes_model::member::Actor;
use hospes_model::task::owners::Assigned;
use hospes_model::text::fold;
use hospes_model::{FieldErrors, GroupId, GroupKey, GuestCode, OrgNo, Refusal};

use crate::error::{Error, Result};
use crate::expected::Expected;
use crate::orgs::{self, Advance};
use crate::people::Party;
use crate::runs::people;
use crate::sql::{Tx, Value, in_list};
use crate::tasks::assign::{self, Found, Lists, Present};
use crate::{activity, templates, to_micros};

use super::{find, of_guest, of_member, rows};

/// A group after a change, and what the caller should be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The group.
    pub group: Group,
    /// Sentences.
    pub warnings: Vec<String>,
}

/// Whether somebody may manage groups in an organization, as it is now. Takes
/// the organization's turn.
pub fn check_may<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    actor: Actor,
) -> std::result::Result<(), E> {
    orgs::lock(tx, org)?;
    Ok(actor.may_manage_groups(&orgs::get(tx, org)?.settings)?)
}

const LISTS: Lists = Lists { users: "members", guests: "guests", groups: "groups" };

/// Makes a group. Addresses that nobody has become guests; `codes` must hold a
/// fresh code for each address in the request.
pub fn create<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: GroupId,
    change: &GroupChange,
    codes: &[GuestCode],
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    orgs::lock(tx, org)?;
    let found = check(tx, org, None, change, &Present::default())?;
    let found = found.map_err(Refusal::Invalid)?;
    let (people, warnings) = found.complete::<E>(tx, org, codes, cause)?;
    let advanced = orgs::advance(tx, org, Advance { groups: 1, events: 1, ..Advance::default() })?;
    let mut group = Group {
        key: GroupKey::new(org, advanced.group_sequence),
        id,
        name: String::new(),
        description: String::new(),
        logo: None,
        members: Vec::new(),
        guests: Vec::new(),
        created_at: cause.at,
        updated_at: cause.at,
        revision: advanced.activity_sequence,
    };
    group.update(change, &people);
    let (name, description) = (fold(&group.name), fold(&group.description));
    tx.execute(
        "INSERT INTO people_group (org, id, created_at, key, name, name_folded, description, description_folded, \
         logo, updated_at, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        &[&[org.get().into(), id.as_bytes().into(), to_micros(cause.at).into()][..], &columns(&group, &name, &description)]
            .concat(),
    )?;
    insert_people(tx, org, &group)?;
    activity::add(tx, org, advanced.activity_sequence, cause, &[group.created()])?;
    Ok(Changed { group, warnings })
}

/// Changes a group. What is absent stays; a change that changes nothing writes
/// nothing. `codes` as for [`create`].
pub fn update<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: GroupId,
    expected: &Expected,
    change: &GroupChange,
    codes: &[GuestCode],
    cause: &Cause,
) -> std::result::Result<Changed, E> {
    let before = find_for_change::<E>(tx, org, id, expected)?;
    let present = Present {
        members: before.members.clone(),
        guests: before.guests.iter().map(|guest| guest.key).collect(),
        groups: Vec::new(),
    };
    let found = check(tx, org, Some(&before), change, &present)?;
    let found = found.map_err(Refusal::Invalid)?;
    let (people, mut warnings) = found.complete::<E>(tx, org, codes, cause)?;
    let mut group = before.clone();
    let mut events = group.update(change, &people);
    if events.is_empty() {
        return Ok(Changed { group, warnings });
    }
    let events_count = events.len() as i64;
    let advanced = orgs::advance(tx, org, Advance { events: events_count, ..Advance::default() })?;
    (group.revision, group.updated_at) = (advanced.activity_sequence, cause.at);
    warnings.extend(save(tx, org, &before, &group, &mut events, cause)?);
    activity::add(tx, org, advanced.activity_sequence, cause, &events)?;
    Ok(Changed { group, warnings })
}

/// Deletes a group for good: tasks lose it, and the people who are on them
/// through no other group and have completed nothing.
pub fn delete<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: GroupId,
    expected: &Expected,
    cause: &Cause,
) -> std::result::Result<Group, E> {
    let group = find_for_change::<E>(tx, org, id, expected)?;
    let advanced = orgs::advance(tx, org, Advance { events: 1, ..Advance::default() })?;
    let mut events = [group.deleted()];
    delete_people(tx, group.key)?;
    let mut told = rows::follow_but_processes(tx, org, &[group.key], advanced.activity_sequence, cause)?;
    let mut runs = people::runs_of_groups(tx, &[group.key])?;
    runs.extend(people::runs_open_to(tx, group.key)?);
    runs.sort_unstable();
    runs.dedup();
    templates::people::group_deleted(tx, group.key, advanced.activity_sequence, cause)?;
    for sql in [
        "DELETE FROM task_group WHERE group_key = ?1",
        "DELETE FROM run_group WHERE group_key = ?1",
        "DELETE FROM people_group WHERE key = ?1",
    ] {
        tx.execute(sql, &[group.key.get().into()])?;
    }
    // Processes name it still: told once it is gone, they lose it with its people.
    told.extend(people::groups_changed(tx, org, &runs, cause)?);
    tell(&mut events, &told);
    activity::add(tx, org, advanced.activity_sequence, cause, &events)?;
    Ok(group)
}

/// Takes a member or a guest out of every group, with what follows for tasks.
/// What the person completed stays with them, by themselves. Returns what to
/// tell.
pub(crate) fn leave(tx: &mut Tx<'_>, org: OrgNo, person: Party, cause: &Cause) -> Result<Vec<String>> {
    let (groups, people, column, id) = match person {
        Party::Member(id) => (of_member(tx, org, id)?, "people_group_member", "account_id", id.get()),
        Party::Guest(key) => (of_guest(tx, key)?, "people_group_guest", "guest_key", key.get()),
    };
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<GroupKey> = groups.iter().map(|group| group.key).collect();
    let advanced = orgs::advance(tx, org, Advance { events: keys.len() as i64, ..Advance::default() })?;
    let (list, mut values) = in_list(keys.iter().map(|key| key.get().into()));
    values.push(id.into());
    let place = values.len();
    tx.execute(
        &format!("DELETE FROM {people} WHERE group_key IN ({list}) AND {column} = ?{place}"),
        &values,
    )?;
    let mut events = Vec::new();
    for mut group in groups {
        let change = match person {
            Party::Member(left) => {
                let members = group.members.iter().filter(|id| **id != left).copied().collect();
                (true, Assigned { members, ..Assigned::default() })
            }
            Party::Guest(left) => {
                let guests = group.guests.iter().filter(|guest| guest.key != left).cloned();
                let guests = guests.map(|guest| (guest.key, guest.code, guest.email)).collect();
                (false, Assigned { guests, ..Assigned::default() })
            }
        };
        let (of_members, left) = change;
        let change = GroupChange {
            replaces_members: of_members,
            replaces_guests: !of_members,
            ..GroupChange::default()
        };
        events.extend(group.update(&change, &left));
        tx.execute(
            "UPDATE people_group SET updated_at = ?2, revision = ?3 WHERE key = ?1",
            &[group.key.get().into(), to_micros(cause.at).into(), advanced.activity_sequence.into()],
        )?;
    }
    let told = rows::follow(tx, org, &keys, advanced.activity_sequence, cause)?;
    activity::add(tx, org, advanced.activity_sequence, cause, &events)?;
    Ok(told)
}

fn find_for_change<E: From<Error> + From<Refusal>>(
    tx: &mut Tx<'_>,
    org: OrgNo,
    id: GroupId,
    expected: &Expected,
) -> std::result::Result<Group, E> {
    orgs::lock(tx, org)?;
    let group = find(tx, org, id)?.ok_or(Refusal::NotFound)?;
    if !expected.is_met_by(group.revision) {
        return Err(Refusal::Stale.into());
    }
    Ok(group)
}

/// Looks up the people of a request and finds everything wrong with it.
fn check(
    tx: &mut Tx<'_>,
    org: OrgNo,
    group: Option<&Group>,
    change: &GroupChange,
    present: &Present,
) -> Result<std::result::Result<Found, FieldErrors>> {
    let mut faults = change.faults.clone();
    if let Some(name) = &change.name {
        let owner = tx.query_opt(
            "SELECT key FROM people_group WHERE org = ?1 AND name_folded = ?2",
            &[org.get().into(), (&fold(name)).into()],
            |row| row.int(0),
        )?;
        if owner.is_some_and(|key| group.is_none_or(|group| group.key.get() != key)) {
            faults.add("name", "The name has already been taken by another group.");
        }
    }
    let found = assign::look_up(tx, org, &change.people, present, LISTS, &mut faults)?;
    Ok(if faults.is_empty() { Ok(found) } else { Err(faults) })
}

/// Stores a changed group, with all that follows from the change. What is to be
/// told besides is added to the last of `events`, and returned.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    org: OrgNo,
    before: &Group,
    group: &Group,
    events: &mut [Event],
    cause: &Cause,
) -> Result<Vec<String>> {
    let (name, description) = (fold(&group.name), fold(&group.description));
    tx.execute(
        "UPDATE people_group SET name = ?2, name_folded = ?3, description = ?4, description_folded = ?5, \
         logo = ?6, updated_at = ?7, revision = ?8 WHERE key = ?1",
        &columns(group, &name, &description),
    )?;
    if (&group.members, &group.guests) == (&before.members, &before.guests) {
        return Ok(Vec::new());
    }
    delete_people(tx, group.key)?;
    insert_people(tx, org, group)?;
    let told = rows::follow(tx, org, &[group.key], group.revision, cause)?;
    tell(events, &told);
    Ok(told)
}

/// The columns that may change, behind the key.
fn columns<'a>(group: &'a Group, name_folded: &'a String, description_folded: &'a String) -> Vec<Value<'a>> {
    vec![
        group.key.get().into(),
        (&group.name).into(),
        name_folded.into(),
        (&group.description).into(),
        description_folded.into(),
        group.logo.as_deref().into(),
        to_micros(group.updated_at).into(),
        group.revision.into(),
    ]
}

fn tell(events: &mut [Event], sentences: &[String]) {
    let Some(last) = events.last_mut() else { return };
    for sentence in sentences {
        last.text = format!("{} {sentence}", last.text);
    }
}

fn delete_people(tx: &mut Tx<'_>, group: GroupKey) -> Result<()> {
    for sql in [
        "DELETE FROM people_group_member WHERE group_key = ?1",
        "DELETE FROM people_group_guest WHERE group_key = ?1",
    ] {
        tx.execute(sql, &[group.get().into()])?;
    }
    Ok(())
}

fn insert_people(tx: &mut Tx<'_>, org: OrgNo, group: &Group) -> Result<()> {
    for member in &group.members {
        tx.execute(
            "INSERT INTO people_group_member (group_key, account_id, org) VALUES (?1, ?2, ?3)",
            &[group.key.get().into(), member.get().into(), org.get().into()],
        )?;
    }
    for guest in &group.guests {
        tx.execute(
            "INSERT INTO people_group_guest (group_key, guest_key) VALUES (?1, ?2)",
            &[group.key.get().into(), guest.key.get().into()],
        )?;
    }
    Ok(())
}
