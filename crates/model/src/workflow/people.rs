//! Who is put on the tasks of a process: members, guests, and whole groups.
//!
//! A guest is known here by address alone, as everywhere on the wire
//! (`clients.md` 2): the storage finds or makes the guest's record when an
//! event names an address that is new to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::ids::{GroupId, MemberId};
use crate::refusal::FieldErrors;

/// Members, guests and groups without repeats: members and groups in the order
/// of their ids, guests in the order of their folded addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Buckets", into = "Buckets")]
pub struct People {
    users: Vec<MemberId>,
    guests: Vec<EmailAddress>,
    groups: Vec<GroupId>,
}

/// The three lists as callers send and store them, in any order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Buckets {
    /// Members.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<MemberId>,
    /// Guests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<EmailAddress>,
    /// Groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
}

impl From<Buckets> for People {
    fn from(lists: Buckets) -> Self {
        let mut people = Self { users: lists.users, guests: lists.guests, groups: lists.groups };
        people.users.sort_unstable();
        people.users.dedup();
        people.groups.sort_unstable();
        people.groups.dedup();
        people.guests.sort_by(|a, b| a.folded().cmp(b.folded()));
        people.guests.dedup_by(|a, b| a.is_same(b));
        people
    }
}

impl From<People> for Buckets {
    fn from(people: People) -> Self {
        Self { users: people.users, guests: people.guests, groups: people.groups }
    }
}

/// One person: the author of a change, or somebody with a part in a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// A member.
    Member(MemberId),
    /// A guest, by address.
    Guest(EmailAddress),
}

impl Person {
    /// Whether both are the same person. Spellings of an address do not matter.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Member(a), Self::Member(b)) => a == b,
            (Self::Guest(a), Self::Guest(b)) => a.is_same(b),
            (Self::Member(_), Self::Guest(_)) | (Self::Guest(_), Self::Member(_)) => false,
        }
    }
}

impl People {
    /// The largest number of entries in one list of a request.
    pub const LIMIT: usize = crate::task::owners::Owners::LIMIT;

    /// Members only.
    pub fn members(users: impl IntoIterator<Item = MemberId>) -> Self {
        Buckets { users: users.into_iter().collect(), ..Buckets::default() }.into()
    }

    /// Guests only.
    pub fn of_guests(guests: impl IntoIterator<Item = EmailAddress>) -> Self {
        Buckets { guests: guests.into_iter().collect(), ..Buckets::default() }.into()
    }

    /// Groups only.
    pub fn of_groups(groups: impl IntoIterator<Item = GroupId>) -> Self {
        Buckets { groups: groups.into_iter().collect(), ..Buckets::default() }.into()
    }

    /// The members, by id.
    pub fn users(&self) -> &[MemberId] {
        &self.users
    }

    /// The guests, by folded address.
    pub fn guests(&self) -> &[EmailAddress] {
        &self.guests
    }

    /// The groups, by id.
    pub fn groups(&self) -> &[GroupId] {
        &self.groups
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.guests.is_empty() && self.groups.is_empty()
    }

    /// The number of entries, a group being one.
    pub fn len(&self) -> usize {
        self.users.len() + self.guests.len() + self.groups.len()
    }

    /// Everybody of both. Spellings of addresses that are here already stay.
    #[must_use]
    pub fn with(&self, others: &Self) -> Self {
        let mut lists = Buckets::from(self.clone());
        lists.users.extend(&others.users);
        lists.guests.extend(others.guests.iter().cloned());
        lists.groups.extend(&others.groups);
        lists.into()
    }

    /// Everybody here who is not among `others`.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let mut rest = self.clone();
        rest.users.retain(|id| !others.users.contains(id));
        rest.guests.retain(|guest| !others.has_guest(guest));
        rest.groups.retain(|id| !others.groups.contains(id));
        rest
    }

    /// One person, in place of whom `with` comes, if anybody does.
    #[must_use]
    pub fn replacing(&self, person: &Person, with: Option<&Person>) -> Self {
        let one = |person: &Person| match person {
            Person::Member(id) => Self::members([*id]),
            Person::Guest(email) => Self::of_guests([email.clone()]),
        };
        let rest = self.without(&one(person));
        with.map_or_else(|| rest.clone(), |with| rest.with(&one(with)))
    }

    /// Whether a guest is named directly.
    pub fn has_guest(&self, guest: &EmailAddress) -> bool {
        self.guests.iter().any(|other| other.is_same(guest))
    }

    /// Whether a person is named directly.
    pub fn has(&self, person: &Person) -> bool {
        match person {
            Person::Member(id) => self.users.contains(id),
            Person::Guest(email) => self.has_guest(email),
        }
    }

    /// Whether both name the same people, in whatever spelling.
    pub fn same(&self, other: &Self) -> bool {
        self.users == other.users
            && self.groups == other.groups
            && self.guests.len() == other.guests.len()
            && self.guests.iter().zip(&other.guests).all(|(a, b)| a.is_same(b))
    }

    /// The people one by one, groups replaced by those who are in them now
    /// (D27). Of groups only active members count.
    #[must_use]
    pub fn expanded(&self, directory: &Directory) -> Self {
        if self.groups.is_empty() {
            return self.clone();
        }
        let mut lists = Buckets { groups: Vec::new(), ..self.clone().into() };
        for group in self.groups.iter().filter_map(|id| directory.groups.get(id)) {
            lists.users.extend(group.members.iter().filter(|id| directory.is_active(**id)));
            lists.guests.extend(group.guests.iter().cloned());
        }
        lists.into()
    }
}

/// What the engine has to know of the organization's people. The storage
/// gathers it; it must hold every active member and every group that the
/// process or the command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Active members by id, with the names that variables show.
    pub members: BTreeMap<MemberId, String>,
    /// Groups by id. An assigned group that is not here counts as empty.
    pub groups: BTreeMap<GroupId, Group>,
    /// The most people of a group that may be assigned
    /// (`maximum_group_assignment_limit`); `None`: any number.
    pub max_group_size: Option<usize>,
    /// The members who look after a guest, by the guest's folded address
    /// (`product.md` 1.16).
    pub associates: BTreeMap<String, Vec<MemberId>>,
    /// Members of any status by folded address: nobody can be both a member
    /// and a guest, so such an address means the member.
    pub addresses: BTreeMap<String, MemberId>,
    /// The guests who are disabled, by folded address: they stay where they
    /// are, and are given nothing new.
    pub disabled: BTreeSet<String>,
    /// The member who cannot be removed: always active.
    pub default_admin: MemberId,
}

/// A group as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// What variables show.
    pub name: String,
    /// Its members.
    pub members: Vec<MemberId>,
    /// Its guests.
    pub guests: Vec<EmailAddress>,
}

impl Group {
    /// Whether a person is in it, active or not.
    pub fn has(&self, person: &Person) -> bool {
        match person {
            Person::Member(id) => self.members.contains(id),
            Person::Guest(email) => self.guests.iter().any(|guest| guest.is_same(email)),
        }
    }
}

impl Directory {
    /// Nobody but the default administrator.
    pub fn new(default_admin: MemberId) -> Self {
        Self {
            members: BTreeMap::new(),
            groups: BTreeMap::new(),
            max_group_size: None,
            associates: BTreeMap::new(),
            addresses: BTreeMap::new(),
            disabled: BTreeSet::new(),
            default_admin,
        }
    }

    /// The same people, with members in place of guests who have a member's
    /// address.
    pub fn resolved(&self, people: &People) -> People {
        let member = |guest: &EmailAddress| self.addresses.get(guest.folded()).copied();
        if people.guests().iter().all(|guest| member(guest).is_none()) {
            return people.clone();
        }
        let mut lists = Buckets::from(people.clone());
        lists.users.extend(lists.guests.iter().filter_map(member));
        lists.guests.retain(|guest| member(guest).is_none());
        lists.into()
    }

    /// The same people without members and guests who may not be given work and
    /// groups that are no more.
    pub fn employable(&self, people: &People) -> People {
        let mut lists = Buckets::from(self.resolved(people));
        lists.users.retain(|id| self.is_active(*id));
        lists.guests.retain(|guest| !self.disabled.contains(guest.folded()));
        lists.groups.retain(|id| self.groups.contains_key(id));
        lists.into()
    }

    /// Whether a group has more people than may be assigned at once.
    pub fn is_too_large(&self, group: GroupId) -> bool {
        let size = self.groups.get(&group).map_or(0, |group| group.members.len() + group.guests.len());
        self.max_group_size.is_some_and(|max| size > max)
    }

    /// Who of these is not there, or not any more: list and sentence.
    pub fn faults_of(&self, people: &People) -> Vec<(&'static str, String)> {
        let inactive = people.users().iter().filter(|id| !self.is_active(**id));
        let inactive = inactive.map(|id| ("users", format!("Member {id} is not active.")));
        let gone = people.groups().iter().filter(|id| !self.groups.contains_key(id));
        inactive.chain(gone.map(|id| ("groups", format!("The group {id} does not exist.")))).collect()
    }

    /// Who of these cannot be given work: list and sentence.
    pub fn unassignable(&self, people: &People) -> Vec<(&'static str, String)> {
        let mut faults = self.faults_of(people);
        for guest in people.guests() {
            if self.disabled.contains(guest.folded()) {
                faults.push(("guests", format!("The guest {guest} is disabled.")));
            } else if self.addresses.get(guest.folded()).is_some_and(|id| !self.is_active(*id)) {
                faults
                    .push(("guests", format!("The address {guest} is that of a member who is not active.")));
            }
        }
        for id in people.groups().iter().filter(|id| self.is_too_large(**id)) {
            faults.push(("groups", format!("The group {id} has too many people to be assigned.")));
        }
        faults
    }

    /// Names those who cannot be assigned, by their list.
    pub(super) fn check(&self, people: &People, path: &str, errors: &mut FieldErrors) {
        for (list, text) in self.unassignable(people) {
            errors.add(format!("{path}.{list}"), text);
        }
    }

    /// Whether a member may be given work.
    pub fn is_active(&self, id: MemberId) -> bool {
        id == self.default_admin || self.members.contains_key(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn lists_are_sorted_and_without_repeats() {
        let people: People = Buckets {
            users: vec![member(2), member(1), member(2)],
            guests: vec![guest("B@x.example"), guest("a@x.example"), guest("b@x.example")],
            groups: vec![group_id(2), group_id(1), group_id(1)],
        }
        .into();
        assert_eq!(people.users(), [member(1), member(2)]);
        assert_eq!(people.guests(), [guest("a@x.example"), guest("B@x.example")]);
        assert_eq!((people.groups().len(), people.len()), (2, 6));
        assert!(people.same(&people.with(&people.without(&People::members([member(1)])))));
        assert!(people.without(&people).is_empty());
        let ann = Person::Member(member(1));
        let carl = Person::Guest(guest("carl@x.example"));
        let replaced = people.replacing(&ann, Some(&carl));
        assert!(!replaced.has(&ann) && replaced.has(&carl));
        assert!(!people.replacing(&ann, None).has(&ann));
    }

    #[test]
    fn groups_become_those_who_are_in_them_now() {
        let mut directory = directory(&[1, 2]);
        let group = Group {
            name: "Sales".to_owned(),
            members: vec![member(2), member(66)],
            guests: vec![guest("carl@x.example")],
        };
        directory.groups.insert(group_id(1), group);
        let people = People::members([member(1)]).with(&People::of_groups([group_id(1), group_id(9)]));
        let expanded = people.expanded(&directory);
        assert_eq!(expanded.users(), [member(1), member(2)]);
        assert!(expanded.has_guest(&guest("CARL@x.example")) && expanded.groups().is_empty());
    }
}
