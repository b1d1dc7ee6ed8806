//! Groups: members and guests who are assigned together (`product.md` 2.3,
//! `wire.md` 2.8).
//!
//! A group is only ever assigned as a whole, and whoever is in it today is on
//! its tasks (D27). What that means for the tasks' rows is the storage's
//! business.

use jiff::Timestamp;

use crate::activity::{EntityKind, Event, Verb};
use crate::email::EmailAddress;
use crate::ids::{GroupId, GroupKey, GuestCode, GuestKey, MemberId};
use crate::refusal::FieldErrors;
use crate::task::owners::{Assigned, Wanted};

/// A group of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Where it is stored.
    pub key: GroupKey,
    /// The public id.
    pub id: GroupId,
    /// Unique in the organization by its folded form.
    pub name: String,
    /// What it is for; empty for nothing said.
    pub description: String,
    /// A picture's address.
    pub logo: Option<String>,
    /// Active members, in the order of their ids.
    pub members: Vec<MemberId>,
    /// Guests, in the order of their keys.
    pub guests: Vec<GroupGuest>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Grows with every change.
    pub revision: i64,
}

/// A guest in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupGuest {
    /// Where the guest is stored.
    pub key: GuestKey,
    /// The guest code.
    pub code: GuestCode,
    /// The address.
    pub email: EmailAddress,
}

/// What a caller wants of a group: what is absent stays as it is. `people`
/// says nothing of a list unless the flag beside it is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// See [`Group::name`].
    pub name: Option<String>,
    /// See [`Group::description`].
    pub description: Option<String>,
    /// Members and guests, with their places in the caller's lists. A member's
    /// address among the guests means the member.
    pub people: Wanted,
    /// Whether the members are replaced.
    pub replaces_members: bool,
    /// Whether the guests are replaced.
    pub replaces_guests: bool,
    /// What is wrong with the request.
    pub faults: FieldErrors,
}

/// The most characters of a name.
pub const NAME_LIMIT: usize = 200;

/// Checks a name and returns it as it will be stored.
pub fn check_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is required".to_owned());
    }
    crate::task::form::check_line(text)?;
    if text.chars().count() > NAME_LIMIT {
        return Err(format!("may not be greater than {NAME_LIMIT} characters"));
    }
    Ok(text.to_owned())
}

impl Group {
    /// Changes the group and returns what is to be told, a row for each field;
    /// nothing when nothing changed. `found` is what became of the people whom
    /// the change names.
    pub fn update(&mut self, change: &GroupChange, found: &Assigned) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(name) = change.name.clone().filter(|name| *name != self.name) {
            let old = std::mem::replace(&mut self.name, name);
            let text = format!("The name of group {old} was changed to {}.", self.name);
            events.push(self.changed("name", old, text));
        }
        if let Some(description) = change.description.clone().filter(|text| *text != self.description) {
            let old = std::mem::replace(&mut self.description, description);
            let text = format!("The description of group {} was changed.", self.name);
            events.push(self.changed("description", old, text));
        }
        let mut members = if change.replaces_members { Vec::new() } else { self.members.clone() };
        members.extend(&found.members);
        members.sort_unstable();
        members.dedup();
        if members != self.members {
            let old = std::mem::replace(&mut self.members, members);
            let text = format!("Members of group {} now: {}.", self.name, list(&self.members));
            events.push(self.changed("members", list(&old), text));
        }
        let mut guests = if change.replaces_guests { Vec::new() } else { self.guests.clone() };
        guests.extend(found.guests.iter().cloned().map(|(key, code, email)| GroupGuest { key, code, email }));
        guests.sort_by_key(|guest| guest.key);
        guests.dedup_by_key(|guest| guest.key);
        if guests != self.guests {
            let old = std::mem::replace(&mut self.guests, guests);
            let names = |guests: &[GroupGuest]| list(guests.iter().map(|guest| &guest.email));
            let text = format!("Guests of group {} now: {}.", self.name, names(&self.guests));
            events.push(self.changed("guests", names(&old), text));
        }
        events
    }

    /// The row that tells of its creation.
    pub fn created(&self) -> Event {
        let (members, guests) = (self.members.len(), self.guests.len());
        let text = format!("Group {} was created with {members} members and {guests} guests.", self.name);
        self.event(Verb::Created, text)
    }

    /// The row that tells of its end.
    pub fn deleted(&self) -> Event {
        self.event(Verb::Deleted, format!("Group {} was deleted.", self.name))
    }

    /// A row about a field that was changed by what happened to somebody.
    pub fn changed(&self, field: &'static str, old_value: String, text: String) -> Event {
        Event { field: Some(field), old_value: Some(old_value), ..self.event(Verb::Updated, text) }
    }

    fn event(&self, verb: Verb, text: String) -> Event {
        Event {
            entity: EntityKind::Group,
            entity_id: self.id.to_string(),
            verb,
            field: None,
            old_value: None,
            text,
        }
    }
}

fn list<T: ToString>(entries: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = entries.into_iter().map(|entry| entry.to_string()).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OrgNo;
    use crate::task::testing::{at, guest, member};

    fn group(members: &[i64]) -> Group {
        Group {
            key: GroupKey::new(OrgNo::new(1).unwrap(), 1),
            id: GroupId::new(1, [1; 10]),
            name: "Sales".to_owned(),
            description: String::new(),
            logo: None,
            members: members.iter().map(|id| member(*id)).collect(),
            guests: Vec::new(),
            created_at: at(0),
            updated_at: at(0),
            revision: 1,
        }
    }

    fn found(members: &[i64], guests: &[u8]) -> Assigned {
        Assigned {
            members: members.iter().map(|id| member(*id)).collect(),
            guests: guests.iter().map(|n| guest(*n)).map(|g| (g.key, g.code, g.email)).collect(),
            ..Assigned::default()
        }
    }

    #[test]
    fn what_is_absent_stays_and_lists_are_replaced() {
        let mut sales = group(&[1, 2]);
        let nothing = GroupChange { name: Some("Sales".to_owned()), ..GroupChange::default() };
        assert!(sales.update(&nothing, &Assigned::default()).is_empty());
        let people = GroupChange { replaces_members: true, replaces_guests: true, ..GroupChange::default() };
        let events = sales.update(&people, &found(&[3, 2, 3], &[2, 1, 2]));
        assert_eq!(events.iter().filter_map(|e| e.field).collect::<Vec<_>>(), ["members", "guests"]);
        assert_eq!(events[0].old_value.as_deref(), Some("1, 2"));
        assert_eq!((sales.members.clone(), sales.guests.len()), (vec![member(2), member(3)], 2));
        // A member's address among new guests adds the member and takes nobody away.
        let guests = GroupChange { replaces_guests: true, ..GroupChange::default() };
        assert_eq!(sales.update(&guests, &found(&[4], &[])).len(), 2);
        assert_eq!((sales.members.len(), sales.guests.len()), (3, 0));
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(check_name(" Sales "), Ok("Sales".to_owned()));
        assert!(check_name(&"ä".repeat(200)).is_ok());
        for bad in [" ", "a\u{202E}b", &"ä".repeat(201)] {
            assert!(check_name(bad).is_err());
        }
    }
}
