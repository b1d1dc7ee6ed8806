//! Who is on a task, and the rule that a guest is never alone on one.
//!
//! A group on a task stands beside its people, each of whom is on the task as
//! if they were named alone, but for `via_group`.

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::{GroupId, GroupKey, GuestCode, GuestKey, MemberId};
use crate::refusal::Refusal;

use super::Progress;

/// The assignees of a task, each list in the order of the ids, without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// Members.
    pub members: Vec<MemberOwner>,
    /// Guests.
    pub guests: Vec<GuestOwner>,
    /// Groups, whose people are among the members and guests.
    pub groups: Vec<GroupOwner>,
}

/// A group on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOwner {
    /// Where the group is stored.
    pub key: GroupKey,
    /// The public id.
    pub id: GroupId,
    /// The name.
    pub name: String,
}

/// A member on a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberOwner {
    /// The member.
    pub id: MemberId,
    /// Put there because a guest may not be alone (`product.md` 1.5). Such a
    /// member is not required when everyone must complete (D28) and takes no
    /// place of [`max_assignable`](super::Task::max_assignable), unless they are
    /// in a group that is on the task.
    pub added_by_server: bool,
    /// In a group that is on the task, and not named beside it.
    pub via_group: bool,
    /// When the member completed the task, or their part of it.
    pub completed_at: Option<Timestamp>,
}

/// A guest on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestOwner {
    /// Where the guest is stored.
    pub key: GuestKey,
    /// The guest code.
    pub code: GuestCode,
    /// The address.
    pub email: EmailAddress,
    /// In a group that is on the task, and not named beside it.
    pub via_group: bool,
    /// When the guest completed the task, or their part of it.
    pub completed_at: Option<Timestamp>,
}

/// Whom a caller wants on a task: entries with their places in the caller's
/// lists, by which a refusal names them. Syntax has been checked, nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Member ids.
    pub users: Vec<(usize, MemberId)>,
    /// Addresses, of guests or of members, known or not.
    pub guests: Vec<(usize, EmailAddress)>,
    /// Groups.
    pub groups: Vec<(usize, GroupId)>,
}

/// [`Wanted`], after every entry was looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Members.
    pub members: Vec<MemberId>,
    /// Guests: key, code and address.
    pub guests: Vec<(GuestKey, GuestCode, EmailAddress)>,
    /// Groups, with the people in them.
    pub groups: Vec<AssignedGroup>,
    /// Members among those above who are not active (they were on the task
    /// already): they cannot look after a guest.
    pub inactive: Vec<MemberId>,
}

/// A group with its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedGroup {
    /// The group.
    pub group: GroupOwner,
    /// Its members.
    pub members: Vec<MemberId>,
    /// Its guests: key, code and address.
    pub guests: Vec<(GuestKey, GuestCode, EmailAddress)>,
}

impl Assigned {
    /// Whether there is a guest among them.
    pub fn has_guests(&self) -> bool {
        !self.guests.is_empty() || self.groups.iter().any(|group| !group.guests.is_empty())
    }
}

impl MemberOwner {
    /// Whether the member has a part where everyone must complete.
    pub fn is_required(&self) -> bool {
        !self.added_by_server || self.via_group
    }

    /// Whether the member is on the task beside any group: callers who send
    /// back what they read name them again.
    pub fn is_named(&self) -> bool {
        !self.via_group || self.added_by_server
    }
}

impl Owners {
    /// The largest number of entries in one bucket of a request.
    pub const LIMIT: usize = 200;

    /// Whether a member is on the task.
    pub fn has_member(&self, id: MemberId) -> bool {
        self.members.iter().any(|member| member.id == id)
    }

    /// The guest on the task who has this code or this address.
    pub fn guest(&self, name: &str) -> Option<&GuestOwner> {
        let folded = crate::text::fold(name.trim());
        self.guests.iter().find(|guest| guest.code.as_str() == name || guest.email.folded() == folded)
    }

    /// Replaces everybody. Who was on the task already keeps what is known of
    /// them there: whether the server added them and what they completed.
    pub fn replace(&mut self, assigned: Assigned) {
        let old = std::mem::take(self);
        let in_groups = |id: MemberId| assigned.groups.iter().any(|group| group.members.contains(&id));
        let member = |id: MemberId, named: bool| {
            let known = old.members.iter().find(|member| member.id == id);
            let added_by_server = named && known.is_some_and(|member| member.added_by_server);
            MemberOwner {
                id,
                added_by_server,
                via_group: !named || added_by_server && in_groups(id),
                completed_at: known.and_then(|member| member.completed_at),
            }
        };
        let grouped = assigned.groups.iter().flat_map(|group| &group.members);
        self.members = assigned.members.iter().map(|id| member(*id, true)).collect();
        self.members.extend(grouped.map(|id| member(*id, false)));
        // Stable: who is named stands before the same person in a group.
        self.members.sort_by_key(|member| member.id);
        self.members.dedup_by_key(|member| member.id);
        let guest = |(key, code, email): &(GuestKey, GuestCode, EmailAddress), via_group| GuestOwner {
            key: *key,
            code: code.clone(),
            email: email.clone(),
            via_group,
            completed_at: old
                .guests
                .iter()
                .find(|guest| guest.key == *key)
                .and_then(|guest| guest.completed_at),
        };
        let grouped = assigned.groups.iter().flat_map(|group| &group.guests);
        self.guests = assigned.guests.iter().map(|named| guest(named, false)).collect();
        self.guests.extend(grouped.map(|grouped| guest(grouped, true)));
        self.guests.sort_by_key(|guest| guest.key);
        self.guests.dedup_by_key(|guest| guest.key);
        self.groups = assigned.groups.into_iter().map(|group| group.group).collect();
        self.groups.sort_by_key(|group| group.key);
        self.groups.dedup_by_key(|group| group.key);
    }

    /// Adds the acting member when guests would otherwise be alone, and
    /// returns whom it added. Members who are `inactive` do not count. Every
    /// path that changes owners ends here.
    #[must_use = "the caller and the activity feed are told who was added"]
    pub fn ensure_chaperone(&mut self, actor: MemberId, inactive: &[MemberId]) -> Option<MemberId> {
        if self.guests.is_empty() || self.members.iter().any(|member| !inactive.contains(&member.id)) {
            return None;
        }
        self.members.push(MemberOwner {
            id: actor,
            added_by_server: true,
            via_group: false,
            completed_at: None,
        });
        self.members.sort_by_key(|member| member.id);
        Some(actor)
    }

    /// Refuses more assignees than `max` (0: any number).
    pub fn check_number(&self, max: i64) -> Result<(), Refusal> {
        let chosen = self.members.iter().filter(|member| member.is_required()).count() + self.guests.len();
        match usize::try_from(max) {
            Ok(max) if max > 0 && chosen > max => Err(Refusal::field(
                "owners",
                format!("The task may have at most {max} assignees (max_assignable), not {chosen}."),
            )),
            _ => Ok(()),
        }
    }

    /// How many of the required parts are done. Members whom the server added
    /// have none.
    pub fn progress(&self) -> Progress {
        let members = self.members.iter().filter(|member| member.is_required());
        let parts = members
            .map(|member| member.completed_at)
            .chain(self.guests.iter().map(|guest| guest.completed_at));
        parts.fold(Progress { complete: 0, total: 0 }, |progress, done| Progress {
            complete: progress.complete + usize::from(done.is_some()),
            total: progress.total + 1,
        })
    }

    /// Forgets who completed what.
    pub fn clear_completions(&mut self) {
        for member in &mut self.members {
            member.completed_at = None;
        }
        for guest in &mut self.guests {
            guest.completed_at = None;
        }
    }

    /// Everybody, as the activity feed shows it: groups by their names.
    pub fn describe(&self) -> String {
        let members = self.members.iter().filter(|member| member.is_named());
        let guests = self.guests.iter().filter(|guest| !guest.via_group);
        let names: Vec<String> = members
            .map(|member| format!("member {}", member.id))
            .chain(guests.map(|guest| guest.email.to_string()))
            .chain(self.groups.iter().map(|group| format!("group {}", group.name)))
            .collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }

    /// Whether two sets hold the same people for the same reasons.
    pub fn same_people(&self, other: &Self) -> bool {
        let member = |member: &MemberOwner| (member.id, member.via_group);
        let guest = |guest: &GuestOwner| (guest.key, guest.via_group);
        self.members.iter().map(member).eq(other.members.iter().map(member))
            && self.guests.iter().map(guest).eq(other.guests.iter().map(guest))
            && self.groups.iter().map(|group| group.key).eq(other.groups.iter().map(|group| group.key))
    }
}

/// The sentence that tells of a member whom the server added.
pub(crate) fn chaperone_sentence(id: MemberId) -> String {
    format!("Member {id} was added to the task: a task with a guest always has a member too.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn assigned(members: &[i64], guests: &[u8]) -> Assigned {
        Assigned {
            members: members.iter().map(|id| member(*id)).collect(),
            guests: guests
                .iter()
                .map(|number| guest(*number))
                .map(|guest| (guest.key, guest.code, guest.email))
                .collect(),
            ..Assigned::default()
        }
    }

    fn group(number: u8, members: &[i64], guests: &[u8]) -> AssignedGroup {
        let people = assigned(members, guests);
        let key = GroupKey::new(crate::ids::OrgNo::new(1).unwrap(), i64::from(number));
        let group = GroupOwner { key, id: GroupId::new(1, [number; 10]), name: format!("G{number}") };
        AssignedGroup { group, members: people.members, guests: people.guests }
    }

    #[test]
    fn a_group_brings_its_people_and_who_is_named_beside_it_stays_named() {
        let mut owners = Owners::default();
        let both = Assigned { groups: vec![group(1, &[1, 2], &[1])], ..assigned(&[2], &[]) };
        owners.replace(both.clone());
        assert_eq!(
            owners.members.iter().map(|m| (m.id.get(), m.via_group)).collect::<Vec<_>>(),
            [(1, true), (2, false)]
        );
        assert!(owners.guests[0].via_group);
        assert_eq!(owners.describe(), "member 2, group G1");
        assert_eq!(owners.progress().total, 3);
        assert!(owners.check_number(2).is_err() && owners.check_number(3).is_ok());
        // Their part stays done whichever way they are on the task.
        owners.members[1].completed_at = Some(at(1));
        owners.replace(Assigned { members: Vec::new(), ..both.clone() });
        assert_eq!((owners.members[1].via_group, owners.members[1].completed_at), (true, Some(at(1))));
        let grouped = owners.clone();
        owners.replace(both);
        assert!(!owners.same_people(&grouped));
    }

    #[test]
    fn a_group_of_guests_alone_gets_the_caller_and_so_does_an_inactive_member() {
        let mut owners = Owners::default();
        owners.replace(Assigned { groups: vec![group(1, &[], &[1])], ..Assigned::default() });
        assert_eq!(owners.ensure_chaperone(member(7), &[]), Some(member(7)));
        // In a group as well, the member has a part like the others.
        owners.replace(Assigned { groups: vec![group(1, &[7], &[1])], ..assigned(&[7], &[]) });
        assert!(owners.members[0].added_by_server && owners.members[0].is_required());
        let mut left = Owners::default();
        left.replace(assigned(&[9], &[1]));
        assert_eq!(left.ensure_chaperone(member(7), &[member(9)]), Some(member(7)));
        assert_eq!(left.members.iter().map(|m| m.id.get()).collect::<Vec<_>>(), [7, 9]);
    }

    #[test]
    fn a_guest_is_never_alone_and_a_task_without_guests_may_be_unassigned() {
        let mut owners = Owners::default();
        assert_eq!(owners.ensure_chaperone(member(7), &[]), None);
        owners.replace(assigned(&[], &[1]));
        assert_eq!(owners.ensure_chaperone(member(7), &[]), Some(member(7)));
        assert_eq!(owners.ensure_chaperone(member(8), &[]), None);
        assert!(owners.members[0].added_by_server);
        assert_eq!(owners.progress(), Progress { complete: 0, total: 1 });
        assert!(owners.check_number(1).is_ok());
    }

    #[test]
    fn replacing_keeps_what_is_known_of_those_who_stay_and_drops_repeats() {
        let mut owners = Owners::default();
        owners.replace(assigned(&[], &[1, 2]));
        let _ = owners.ensure_chaperone(member(3), &[]);
        owners.guests[0].completed_at = Some(at(1));
        owners.replace(assigned(&[5, 3, 5], &[2, 1, 2]));
        assert_eq!(
            owners.members.iter().map(|m| (m.id.get(), m.added_by_server)).collect::<Vec<_>>(),
            [(3, true), (5, false)]
        );
        assert_eq!(owners.guests.len(), 2);
        assert_eq!(owners.guests[0].completed_at, Some(at(1)));
        assert!(owners.check_number(3).is_ok());
        assert!(owners.check_number(2).is_err());
        assert!(owners.check_number(0).is_ok());
    }

    #[test]
    fn guests_are_found_by_code_and_by_address() {
        let mut owners = Owners::default();
        owners.replace(assigned(&[], &[1]));
        let code = owners.guests[0].code.as_str().to_owned();
        assert!(owners.guest(&code).is_some());
        assert!(owners.guest(" GUEST1@x.example").is_some());
        assert!(owners.guest("guest2@x.example").is_none());
    }
}
