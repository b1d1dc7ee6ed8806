//! Who is on a task of a process, and the rule that a guest is never alone on
//! one (`product.md` 1.5).

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::ids::MemberId;

use super::people::{Directory, People, Person};

/// Everybody on a task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignees {
    /// Who was chosen.
    #[serde(default, skip_serializing_if = "People::is_empty")]
    pub people: People,
    /// A member who was added because a guest may not be alone. They have no
    /// part where everyone must complete (D28) and take no place of
    /// `max_assignable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chaperone: Option<MemberId>,
}

/// Why somebody became the chaperone, from the first choice to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChaperoneReason {
    /// They made the change.
    Acting,
    /// They look after the process.
    Owner,
    /// They launched the process.
    Launcher,
    /// They look after the guest.
    Associated,
    /// They are the organization's default administrator.
    DefaultAdmin,
}

/// From among whom a chaperone is chosen.
#[derive(Debug, Clone, Copy)]
pub struct Candidates {
    /// The member who acts, if a member does.
    pub acting: Option<MemberId>,
    /// Who looks after the process.
    pub owner: MemberId,
    /// Who launched it.
    pub launcher: MemberId,
}

impl Assignees {
    /// Those chosen, and nobody else yet.
    pub fn of(people: People) -> Self {
        Self { people, chaperone: None }
    }

    /// Whether both are the same people, in whatever spelling.
    pub fn is_same(&self, other: &Self) -> bool {
        self.people.same(&other.people) && self.chaperone == other.chaperone
    }

    /// Replaces those chosen, as callers do who send everybody they read
    /// before: a chaperone who is among them stays one.
    #[must_use]
    pub fn replaced_by(&self, people: People) -> Self {
        match self.chaperone.filter(|id| people.users().contains(id)) {
            Some(id) => Self { people: people.without(&People::members([id])), chaperone: Some(id) },
            None => Self { people, chaperone: None },
        }
    }

    /// Whether a person is on the task, by themselves or in a group.
    pub fn has(&self, person: &Person, directory: &Directory) -> bool {
        let chaperone = matches!(person, Person::Member(id) if self.chaperone == Some(*id));
        chaperone || self.people.has(person) || {
            let groups = self.people.groups().iter().filter_map(|id| directory.groups.get(id));
            let is_out = matches!(person, Person::Member(id) if !directory.is_active(*id));
            !is_out && groups.into_iter().any(|group| group.has(person))
        }
    }

    /// Whether nobody is on the task.
    pub fn is_empty(&self, directory: &Directory) -> bool {
        self.chaperone.is_none() && self.people.expanded(directory).is_empty()
    }

    /// The people who have a part to complete where everyone must. Members who
    /// are not active have none: they could never do it.
    pub fn required(&self, directory: &Directory) -> Vec<Person> {
        let everybody = self.people.expanded(directory);
        let active = everybody.users().iter().copied().filter(|id| directory.is_active(*id));
        let members = active.map(Person::Member);
        members.chain(everybody.guests().iter().cloned().map(Person::Guest)).collect()
    }

    /// Whether there are more people than `max` (0: any number).
    pub fn exceeds(&self, max: u32, directory: &Directory) -> bool {
        max > 0 && self.people.expanded(directory).len() > usize::try_from(max).unwrap_or(usize::MAX)
    }

    /// Whether there are guests and no active member.
    pub fn needs_chaperone(&self, directory: &Directory) -> bool {
        let active = |id: &MemberId| directory.is_active(*id);
        if self.chaperone.as_ref().is_some_and(active) || self.people.users().iter().any(active) {
            return false;
        }
        let everybody = self.people.expanded(directory);
        !everybody.guests().is_empty() && !everybody.users().iter().any(active)
    }

    /// Somebody who may stand beside the guests, and why it is them. The
    /// default administrator always may.
    pub fn choose_chaperone(&self, of: Candidates, directory: &Directory) -> (MemberId, ChaperoneReason) {
        let associated = || {
            let guests = self.people.expanded(directory);
            let of_guest = |guest: &EmailAddress| directory.associates.get(guest.folded());
            guests.guests().iter().filter_map(of_guest).flatten().copied().find(|id| directory.is_active(*id))
        };
        let known = [
            (of.acting, ChaperoneReason::Acting),
            (Some(of.owner), ChaperoneReason::Owner),
            (Some(of.launcher), ChaperoneReason::Launcher),
        ];
        known
            .into_iter()
            .filter_map(|(id, reason)| id.map(|id| (id, reason)))
            .find(|(id, _)| directory.is_active(*id))
            .or_else(|| associated().map(|id| (id, ChaperoneReason::Associated)))
            .unwrap_or((directory.default_admin, ChaperoneReason::DefaultAdmin))
    }
}

#[cfg(test)]
mod tests {
    use super::super::people::Group;
    use super::super::testing::*;
    use super::ChaperoneReason as R;
    use super::*;

    fn candidates(acting: Option<i64>) -> Candidates {
        Candidates { acting: acting.map(member), owner: member(2), launcher: member(3) }
    }

    #[test]
    fn the_chaperone_is_chosen_in_order() {
        let carl = Assignees::of(People::of_guests([guest("carl@x.example")]));
        let mut directory = directory(&[1, 2, 3, 4]);
        directory.associates.insert("carl@x.example".to_owned(), vec![member(8), member(4)]);
        let mut chosen = Vec::new();
        for gone in [None, Some(1), Some(2), Some(3), Some(4)] {
            if let Some(id) = gone {
                directory.members.remove(&member(id));
            }
            chosen.push(carl.choose_chaperone(candidates(Some(1)), &directory));
        }
        assert_eq!(
            chosen,
            [
                (member(1), R::Acting),
                (member(2), R::Owner),
                (member(3), R::Launcher),
                (member(4), R::Associated),
                (member(99), R::DefaultAdmin),
            ]
        );
        assert_eq!(carl.choose_chaperone(candidates(None), &directory).0, member(99));
    }

    #[test]
    fn guests_need_an_active_member_also_in_groups() {
        let mut directory = directory(&[1]);
        let group = |members: &[i64]| Group {
            name: "g".to_owned(),
            members: members.iter().map(|id| member(*id)).collect(),
            guests: vec![guest("dora@x.example")],
        };
        directory.groups.insert(group_id(1), group(&[1]));
        directory.groups.insert(group_id(2), group(&[66]));
        let of = |people: People| Assignees::of(people).needs_chaperone(&directory);
        assert!(!of(People::default()));
        assert!(of(People::of_guests([guest("a@x.example")])));
        assert!(of(People::of_guests([guest("a@x.example")]).with(&People::members([member(66)]))));
        assert!(!of(People::of_guests([guest("a@x.example")]).with(&People::members([member(1)]))));
        assert!(!of(People::of_groups([group_id(1)])));
        assert!(of(People::of_groups([group_id(2)])));
        let dora = Person::Guest(guest("DORA@x.example"));
        assert!(Assignees::of(People::of_groups([group_id(2)])).has(&dora, &directory));
        assert!(
            !Assignees::of(People::of_groups([group_id(2)])).has(&Person::Member(member(66)), &directory)
        );
    }

    #[test]
    fn d28_a_chaperone_has_no_part_and_takes_no_place() {
        let directory = directory(&[1, 2]);
        let with = Assignees {
            chaperone: Some(member(1)),
            ..Assignees::of(People::of_guests([guest("carl@x.example")]))
        };
        assert_eq!(with.required(&directory), [Person::Guest(guest("carl@x.example"))]);
        assert!(!with.exceeds(1, &directory) && with.has(&Person::Member(member(1)), &directory));
        // Callers send back everybody whom they read.
        let echoed = with.replaced_by(with.people.with(&People::members([member(1), member(2)])));
        assert_eq!((echoed.chaperone, echoed.people.users()), (Some(member(1)), &[member(2)][..]));
        assert!(echoed.exceeds(1, &directory) && !echoed.exceeds(2, &directory));
        assert_eq!(echoed.replaced_by(People::members([member(2)])).chaperone, None);
    }
}
