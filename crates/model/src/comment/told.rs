//! What is told of comments: the rows of the activity feed, and the people to
//! whom a comment is to be told.

use std::collections::BTreeSet;

use super::{Author, Comment, Label, Reader};
use crate::activity::{EntityKind, Event, Verb};
use crate::ids::{GuestKey, MemberId};

impl Author {
    /// How sentences of the feed call the author.
    fn called(&self) -> String {
        match self {
            Self::Member(id) => format!("member {id}"),
            Self::Bot(id) => format!("a program of member {id}"),
            Self::Guest { email, .. } => format!("guest {email}"),
        }
    }
}

/// What comments are about, as the feed names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What kind of object.
    pub kind: EntityKind,
    /// The public id.
    pub id: String,
    /// How sentences call it.
    pub called: String,
}

impl Subject {
    fn event(&self, verb: Verb, text: String) -> Event {
        let entity_id = self.id.clone();
        Event { entity: self.kind, entity_id, verb, field: None, old_value: None, text }
    }

    /// Somebody has written something.
    pub fn commented(&self, label: Label, author: &Author) -> Event {
        let (by, called) = (author.called(), &self.called);
        let text = match label {
            Label::Problem => format!("An issue was reported by {by}. {called}"),
            Label::Resolve => format!("An issue was resolved by {by}. {called}"),
            Label::Improvement => format!("An improvement was proposed by {by}. {called}"),
            Label::Comment | Label::Advice => format!("A comment was written by {by}. {called}"),
        };
        let verb = match label {
            Label::Problem => Verb::IssueReported,
            Label::Resolve => Verb::IssueResolved,
            Label::Comment | Label::Improvement | Label::Advice => Verb::Commented,
        };
        self.event(verb, text)
    }

    /// Somebody has changed what was written.
    pub fn comment_changed(&self) -> Event {
        let text = format!("A comment was changed. {}", self.called);
        Event { field: Some("comment"), ..self.event(Verb::Updated, text) }
    }

    /// Somebody has deleted what was written.
    pub fn comment_deleted(&self) -> Event {
        self.event(Verb::CommentDeleted, format!("A comment was deleted. {}", self.called))
    }
}

/// Somebody who could be told of a comment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Addressee {
    /// A member.
    Member(MemberId),
    /// A guest.
    Guest(GuestKey),
}

/// Who is on the task that a comment is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    /// Members, those in groups too.
    pub members: Vec<MemberId>,
    /// Guests, those in groups too.
    pub guests: Vec<GuestKey>,
    /// Whether guests may not know of the task now: it is hidden or archived.
    pub hidden: bool,
    /// Whether the task lets no guests comment.
    pub prevented: bool,
}

impl Comment {
    /// Who is to be told of it: members on the task and those mentioned, and
    /// the guests on the task who may read it; never its author
    /// (`product.md` 1.11).
    pub fn addressees(&self, present: &Present) -> BTreeSet<Addressee> {
        let members = present.members.iter().chain(&self.members);
        let members = members.filter(|id| self.author.member() != Some(**id));
        let guests = present.guests.iter().filter(|key| {
            let reader = Reader::Guest { key: **key, prevented: present.prevented };
            !present.hidden && !self.is_by_guest(**key) && self.is_visible_to(reader)
        });
        let members = members.map(|id| Addressee::Member(*id));
        members.chain(guests.map(|key| Addressee::Guest(*key))).collect()
    }
}
