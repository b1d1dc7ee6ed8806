//! Who is on a task, and the rule that a guest is never alone on one.

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::{GuestCode, GuestKey, MemberId};
use crate::refusal::Refusal;

use super::Progress;

/// The assignees of a task, each list in the order of the ids, without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// Members.
    pub members: Vec<MemberOwner>,
    /// Guests.
    pub guests: Vec<GuestOwner>,
}

/// A member on a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberOwner {
    /// The member.
    pub id: MemberId,
    /// Put there because a guest may not be alone (`product.md` 1.5). Such a
    /// member is not required when everyone must complete (D28) and takes no
    /// place of [`max_assignable`](super::Task::max_assignable).
    pub added_by_server: bool,
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
}

/// [`Wanted`], after every entry was looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Members.
    pub members: Vec<MemberId>,
    /// Guests: key, code and address.
    pub guests: Vec<(GuestKey, GuestCode, EmailAddress)>,
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
        self.members = assigned
            .members
            .into_iter()
            .map(|id| {
                old.members.iter().copied().find(|member| member.id == id).unwrap_or(MemberOwner {
                    id,
                    added_by_server: false,
                    completed_at: None,
                })
            })
            .collect();
        self.members.sort_by_key(|member| member.id);
        self.members.dedup_by_key(|member| member.id);
        self.guests = assigned
            .guests
            .into_iter()
            .map(|(key, code, email)| {
                let completed_at =
                    old.guests.iter().find(|guest| guest.key == key).and_then(|guest| guest.completed_at);
                GuestOwner { key, code, email, completed_at }
            })
            .collect();
        self.guests.sort_by_key(|guest| guest.key);
        self.guests.dedup_by_key(|guest| guest.key);
    }

    /// Adds the acting member when guests would otherwise be alone, and
    /// returns whom it added. Every path that changes owners ends here.
    #[must_use = "the caller and the activity feed are told who was added"]
    pub fn ensure_chaperone(&mut self, actor: MemberId) -> Option<MemberId> {
        if self.guests.is_empty() || !self.members.is_empty() {
            return None;
        }
        self.members.push(MemberOwner { id: actor, added_by_server: true, completed_at: None });
        Some(actor)
    }

    /// Refuses more assignees than `max` (0: any number).
    pub fn check_number(&self, max: i64) -> Result<(), Refusal> {
        let chosen = self.members.iter().filter(|member| !member.added_by_server).count() + self.guests.len();
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
        let members = self.members.iter().filter(|member| !member.added_by_server);
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

    /// Everybody, as the activity feed shows it.
    pub fn describe(&self) -> String {
        let names: Vec<String> = self
            .members
            .iter()
            .map(|member| format!("member {}", member.id))
            .chain(self.guests.iter().map(|guest| guest.email.to_string()))
            .collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }

    /// Whether two sets hold the same people.
    pub fn same_people(&self, other: &Self) -> bool {
        self.members.iter().map(|m| m.id).eq(other.members.iter().map(|m| m.id))
            && self.guests.iter().map(|g| g.key).eq(other.guests.iter().map(|g| g.key))
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
        }
    }

    #[test]
    fn a_guest_is_never_alone_and_a_task_without_guests_may_be_unassigned() {
        let mut owners = Owners::default();
        assert_eq!(owners.ensure_chaperone(member(7)), None);
        owners.replace(assigned(&[], &[1]));
        assert_eq!(owners.ensure_chaperone(member(7)), Some(member(7)));
        assert_eq!(owners.ensure_chaperone(member(8)), None);
        assert!(owners.members[0].added_by_server);
        assert_eq!(owners.progress(), Progress { complete: 0, total: 1 });
        assert!(owners.check_number(1).is_ok());
    }

    #[test]
    fn replacing_keeps_what_is_known_of_those_who_stay_and_drops_repeats() {
        let mut owners = Owners::default();
        owners.replace(assigned(&[], &[1, 2]));
        let _ = owners.ensure_chaperone(member(3));
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
