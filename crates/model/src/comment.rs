//! Comments and issues (`threads` in the API; `product.md` 2.14, 1.7, 1.8).
//!
//! Here are the comment itself and the questions one may ask it; above all
//! [`Comment::is_visible_to`], which pages, JSON and mail ask. What stands in
//! its text, mentions among it, is in [`text`]; what the feed says of it and whom
//! to tell in [`told`].

pub mod text;
pub mod told;

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::{CommentKey, GuestCode, GuestKey, MemberId, RunKey, TaskKey, TemplateKey, ThreadId};
use crate::member::{Actor, Role};
use crate::refusal::Refusal;

pub use told::{Addressee, Present, Subject};

/// What a comment is meant as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Label {
    /// Something to be said.
    #[default]
    Comment,
    /// An issue: it stands in the way until it is resolved.
    Problem,
    /// What resolved an issue.
    Resolve,
    /// How to do it better another time.
    Improvement,
    /// Something to be known.
    Advice,
}

impl Label {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Comment, Self::Problem, Self::Resolve, Self::Improvement, Self::Advice];

    /// The word in requests, answers and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Problem => "problem",
            Self::Resolve => "resolve",
            Self::Improvement => "improvement",
            Self::Advice => "advice",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|label| label.as_str() == text)
    }

    /// Whether it says what became of an issue, which is not changed by giving
    /// a comment another label.
    pub fn is_about_issues(self) -> bool {
        matches!(self, Self::Problem | Self::Resolve)
    }
}

/// Who may read a comment beside members and its author.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Only guests who are mentioned in it.
    #[default]
    HideForGuests,
    /// Every guest on the task.
    Open,
    /// The same; shown folded.
    Collapsed,
}

impl State {
    /// All of them.
    pub const ALL: &[Self] = &[Self::HideForGuests, Self::Open, Self::Collapsed];

    /// The word in requests, answers and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HideForGuests => "hide-for-guests",
            Self::Open => "open",
            Self::Collapsed => "collapsed",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }
}

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// A task.
    Task(TaskKey),
    /// A process as a whole.
    Run(RunKey),
    /// A template.
    Template(TemplateKey),
}

/// Who wrote a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A member.
    Member(MemberId),
    /// A program that works for this member.
    Bot(MemberId),
    /// A guest, as they were called then. They may be gone.
    Guest {
        /// Where the guest is or was stored.
        key: GuestKey,
        /// The guest code.
        code: GuestCode,
        /// The address.
        email: EmailAddress,
    },
}

impl Author {
    /// The member who answers for it.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Self::Member(id) | Self::Bot(id) => Some(*id),
            Self::Guest { .. } => None,
        }
    }

    /// The word in answers.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Member(_) => "user",
            Self::Bot(_) => "bot",
            Self::Guest { .. } => "guest",
        }
    }
}

/// A guest who is mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionedGuest {
    /// Where the guest is stored.
    pub key: GuestKey,
    /// The address.
    pub email: EmailAddress,
}

/// A comment or an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where it is stored.
    pub key: CommentKey,
    /// The public id.
    pub id: ThreadId,
    /// What it is about.
    pub about: About,
    /// What it is meant as.
    pub label: Label,
    /// Which guests may read it.
    pub state: State,
    /// HTML as it was sent; see [`text`].
    pub content: String,
    /// Who wrote it.
    pub author: Author,
    /// Members who are mentioned, by id (`sent_to`).
    pub members: Vec<MemberId>,
    /// Guests who are mentioned.
    pub guests: Vec<MentionedGuest>,
    /// Of an issue: what resolved it. Of what resolved issues: the first of them.
    pub resolve_id: Option<ThreadId>,
    /// Of an issue: when it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Somebody who wants to read comments. That they may know of what the
/// comments are about is asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A member.
    Member,
    /// A guest who is on the task.
    Guest {
        /// Which one.
        key: GuestKey,
        /// Whether the task lets no guests comment (`prevent_guest_comment`).
        prevented: bool,
    },
}

impl Comment {
    /// Whether somebody may read it: members each; guests what they wrote
    /// themselves, what is not hidden from guests, and what mentions them (D6),
    /// as far as it is about a task that lets them take part. The one answer
    /// for pages, JSON and mail.
    pub fn is_visible_to(&self, reader: Reader) -> bool {
        let Reader::Guest { key, prevented } = reader else { return true };
        if prevented || !matches!(self.about, About::Task(_)) {
            return false;
        }
        self.is_by_guest(key)
            || self.state != State::HideForGuests
            || self.guests.iter().any(|guest| guest.key == key)
    }

    /// Whether a guest wrote it.
    pub fn is_by_guest(&self, guest: GuestKey) -> bool {
        matches!(&self.author, Author::Guest { key, .. } if *key == guest)
    }

    /// Whether it is an issue that nobody has resolved.
    pub fn is_open_issue(&self) -> bool {
        self.label == Label::Problem && self.resolved_at.is_none()
    }

    /// Refuses members who neither wrote it nor are administrators.
    pub fn may_change(&self, actor: Actor) -> Result<(), Refusal> {
        if actor.role == Role::Admin || self.author.member() == Some(actor.id) {
            return Ok(());
        }
        Err(Refusal::Forbidden("Only who wrote a comment and administrators may change or delete it."))
    }

    /// Changes it as far as it is another one then; the answer is whether it is.
    ///
    /// # Errors
    ///
    /// On `label`, where an issue would become or cease to be one.
    pub fn change(&mut self, change: &Change, at: Timestamp) -> Result<bool, Refusal> {
        let before = self.clone();
        if let Some(label) = change.label.filter(|label| *label != self.label) {
            if label.is_about_issues() || self.label.is_about_issues() {
                let message = "An issue is reported and resolved, not made by another label.";
                return Err(Refusal::field("label", message));
            }
            self.label = label;
        }
        if let Some(content) = &change.content {
            self.content.clone_from(content);
        }
        self.state = change.state.unwrap_or(self.state);
        let changed = *self != before;
        if changed {
            self.updated_at = at;
        }
        Ok(changed)
    }

    /// Refuses to delete an issue that is open: what it holds up would never
    /// go on.
    pub fn check_deletable(&self) -> Result<(), Refusal> {
        if self.is_open_issue() {
            return Err(Refusal::field("comment", "The issue is open; resolve it first."));
        }
        Ok(())
    }
}

/// A wish to change a comment; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The text.
    pub content: Option<String>,
    /// What it is meant as.
    pub label: Option<Label>,
    /// Which guests may read it.
    pub state: Option<State>,
    /// Members who are mentioned beside those in the text, with their places in
    /// the caller's list.
    pub sent_to: Option<Vec<(usize, MemberId)>>,
}

/// A comment that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text, checked by [`text::check`].
    pub content: String,
    /// What it is meant as.
    pub label: Label,
    /// Which guests may read it.
    pub state: State,
    /// Members who are mentioned beside those in the text, with their places in
    /// the caller's list.
    pub sent_to: Vec<(usize, MemberId)>,
    /// Whether a program speaks.
    pub by_bot: bool,
}

impl Draft {
    /// A comment with nothing special about it: hidden from guests, as
    /// everything is that members write (`product.md` 1.20, 12).
    pub fn new(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            label: Label::Comment,
            state: State::HideForGuests,
            sent_to: Vec::new(),
            by_bot: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OrgNo;
    use crate::task::testing::{admin, at, light, member, standard};

    fn guest(number: i64) -> GuestKey {
        GuestKey::new(OrgNo::new(1).unwrap(), number)
    }

    fn by_guest(number: i64) -> Author {
        let email = EmailAddress::parse("ann@client.example").unwrap();
        Author::Guest { key: guest(number), code: GuestCode::new([1; 24]), email }
    }

    fn comment(author: Author, state: State) -> Comment {
        Comment {
            key: CommentKey::new(OrgNo::new(1).unwrap(), 1),
            id: ThreadId::new(1, [1; 10]),
            about: About::Task(TaskKey::new(OrgNo::new(1).unwrap(), 1)),
            label: Label::Comment,
            state,
            content: "Hello".to_owned(),
            author,
            members: Vec::new(),
            guests: Vec::new(),
            resolve_id: None,
            resolved_at: None,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    fn reader(number: i64) -> Reader {
        Reader::Guest { key: guest(number), prevented: false }
    }

    #[test]
    fn words_round_trip() {
        for label in Label::ALL {
            assert_eq!(Label::parse(label.as_str()), Some(*label));
        }
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(*state));
        }
        assert_eq!((Label::parse("Comment"), State::parse("")), (None, None));
    }

    #[test]
    fn guests_read_their_own_what_is_open_and_what_mentions_them() {
        let author = Author::Member(member(1));
        let mut hidden = comment(author.clone(), State::HideForGuests);
        assert!(hidden.is_visible_to(Reader::Member) && !hidden.is_visible_to(reader(1)));
        for state in [State::Open, State::Collapsed] {
            assert!(comment(author.clone(), state).is_visible_to(reader(1)));
        }
        let own = comment(by_guest(1), State::HideForGuests);
        assert!(own.is_visible_to(reader(1)) && !own.is_visible_to(reader(2)));
        let email = EmailAddress::parse("bob@client.example").unwrap();
        hidden.guests.push(MentionedGuest { key: guest(2), email });
        assert!(hidden.is_visible_to(reader(2)) && !hidden.is_visible_to(reader(1)));
    }

    #[test]
    fn where_guests_may_not_comment_they_read_nothing() {
        let own = comment(by_guest(1), State::Open);
        assert!(!own.is_visible_to(Reader::Guest { key: guest(1), prevented: true }));
        let mut of_run = own;
        of_run.about = About::Run(RunKey::new(OrgNo::new(1).unwrap(), 1));
        assert!(!of_run.is_visible_to(reader(1)) && of_run.is_visible_to(Reader::Member));
    }

    #[test]
    fn authors_and_administrators_change_comments() {
        let own = comment(Author::Member(member(1)), State::Open);
        assert!(own.may_change(light(1)).is_ok() && own.may_change(admin(9)).is_ok());
        assert!(matches!(own.may_change(standard(2)), Err(Refusal::Forbidden(_))));
        let by_guest = comment(by_guest(1), State::Open);
        assert!(by_guest.may_change(standard(1)).is_err() && by_guest.may_change(admin(1)).is_ok());
    }

    #[test]
    fn changes_change_what_they_name() {
        let mut one = comment(Author::Member(member(1)), State::Open);
        assert_eq!(one.change(&Change::default(), at(9)), Ok(false));
        assert_eq!(one.updated_at, at(0));
        let change = Change { state: Some(State::HideForGuests), ..Change::default() };
        assert_eq!((one.change(&change, at(9)), one.updated_at), (Ok(true), at(9)));
        let change = Change { label: Some(Label::Advice), ..Change::default() };
        assert_eq!(one.change(&change, at(9)), Ok(true));
        for label in [Label::Problem, Label::Resolve] {
            assert!(one.change(&Change { label: Some(label), ..Change::default() }, at(9)).is_err());
        }
        one.label = Label::Problem;
        assert!(one.change(&Change { label: Some(Label::Comment), ..Change::default() }, at(9)).is_err());
        assert!(one.check_deletable().is_err());
        one.resolved_at = Some(at(3));
        assert!(one.check_deletable().is_ok());
    }

    #[test]
    fn whoever_may_read_it_is_told_but_not_its_author() {
        let present = Present {
            members: vec![member(1), member(2)],
            guests: vec![guest(1), guest(2)],
            hidden: false,
            prevented: false,
        };
        let told = |comment: &Comment, present: &Present| -> Vec<Addressee> {
            comment.addressees(present).into_iter().collect()
        };
        let (one, two) = (Addressee::Member(member(1)), Addressee::Member(member(2)));
        let own = comment(by_guest(1), State::HideForGuests);
        assert_eq!(told(&own, &present), [one.clone(), two.clone()]);
        let mut open = comment(Author::Member(member(1)), State::Open);
        open.members.push(member(7));
        let guests = [Addressee::Guest(guest(1)), Addressee::Guest(guest(2))];
        let members = [two, Addressee::Member(member(7))];
        assert_eq!(told(&open, &present), [&members[..], &guests[..]].concat());
        for silent in [Present { hidden: true, ..present.clone() }, Present { prevented: true, ..present }] {
            assert_eq!(told(&open, &silent), members);
        }
    }
}
