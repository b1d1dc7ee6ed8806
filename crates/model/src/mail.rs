//! Mail to guests, and what members are told about them (`product.md` 1.11,
//! 1.15): what kinds there are, what a guest may decide ([`preferences`]), when
//! a digest is due ([`digest`]), and whether something may be mailed now
//! ([`mod@decide`]).
//!
//! What a mail says is not here: it is put together when the mail is sent, from
//! what is so then.

pub mod decide;
pub mod digest;
pub mod preferences;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::ThreadId;
use crate::workflow::Person;

/// What a mail is about. Notices of one kind for one person share a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A way in that was asked for: a fresh link, a code, the links of an
    /// address. Comes before all others.
    Access,
    /// Tasks that are the guest's now, or are open again.
    Tasks,
    /// Deadlines that moved, tasks that were reworded.
    Changes,
    /// A member asks for a task to be done.
    Reminder,
    /// Somebody wrote something about a task.
    Comments,
    /// An issue with a task was reported or resolved.
    Issues,
    /// What is to be done, on the days that the guest chose.
    Digest,
    /// To members: a guest came in on a second device.
    Device,
    /// To members: mail to a guest does not arrive.
    Unreachable,
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Access,
        Self::Tasks,
        Self::Changes,
        Self::Reminder,
        Self::Comments,
        Self::Issues,
        Self::Digest,
        Self::Device,
        Self::Unreachable,
    ];

    /// The kinds that a guest may switch off. A reminder must come, because a
    /// person asks for it; a way in must come, because the guest does.
    pub const OPTIONAL: &[Self] = &[Self::Tasks, Self::Changes, Self::Comments, Self::Issues, Self::Digest];

    /// The word in the API and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Tasks => "tasks",
            Self::Changes => "changes",
            Self::Reminder => "reminder",
            Self::Comments => "comments",
            Self::Issues => "issues",
            Self::Digest => "digest",
            Self::Device => "device",
            Self::Unreachable => "unreachable",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether a guest may switch it off.
    pub fn is_optional(self) -> bool {
        Self::OPTIONAL.contains(&self)
    }

    /// Which mails go first: the lowest.
    pub fn rank(self) -> i64 {
        i64::from(self != Self::Access)
    }
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for its turn; more may join it.
    Queued,
    /// A worker has it.
    Sending,
    /// Was not taken, and will be tried again.
    Retrying,
    /// The mail server took it.
    Sent,
    /// It was reported to have arrived.
    Delivered,
    /// It was not taken until the server gave up.
    Failed,
    /// It came back.
    Bounced,
    /// The receiver called it unwanted.
    Complained,
    /// There was no reason any more to send it, or one not to.
    Dropped,
}

impl State {
    /// All states.
    pub const ALL: &[Self] = &[
        Self::Queued,
        Self::Sending,
        Self::Retrying,
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Bounced,
        Self::Complained,
        Self::Dropped,
    ];

    /// The word in the API and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Retrying => "retrying",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Dropped => "dropped",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }
}

/// One thing to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The guest asked for a fresh link.
    Link,
    /// The guest asked for a code to type.
    Code {
        /// The browser that asked, in hexadecimal: SHA-256 of its cookie.
        browser: String,
    },
    /// The task is the receiver's now.
    Assigned,
    /// The task is open again.
    Reopened,
    /// The task is due at another time.
    Deadline {
        /// When it was due before.
        old: Option<Timestamp>,
    },
    /// The task reads differently.
    Edited,
    /// A member asks for the task to be done.
    Reminder {
        /// Who; `None`: the operator, or the clock.
        by: Option<Person>,
    },
    /// Somebody commented on the task.
    Comment {
        /// Who; `None`: the operator, or the clock.
        by: Option<Person>,
        /// The comment.
        thread: ThreadId,
    },
    /// Somebody reported an issue with the task.
    IssueReported {
        /// Who; `None`: the operator, or the clock.
        by: Option<Person>,
        /// The issue.
        thread: ThreadId,
    },
    /// Somebody resolved an issue with the task.
    IssueResolved {
        /// Who; `None`: the operator, or the clock.
        by: Option<Person>,
        /// The issue.
        thread: ThreadId,
    },
    /// A guest came in on a second device.
    Device {
        /// What the browser said of itself, in short.
        device: String,
    },
    /// Mail to a guest does not arrive.
    Unreachable {
        /// Why, as far as it was said.
        why: String,
    },
}

impl About {
    /// The comment or issue that it tells of.
    pub fn thread(&self) -> Option<ThreadId> {
        match self {
            Self::Comment { thread, .. }
            | Self::IssueReported { thread, .. }
            | Self::IssueResolved { thread, .. } => Some(*thread),
            _ => None,
        }
    }

    /// The kind of mail that tells it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Link | Self::Code { .. } => Kind::Access,
            Self::Assigned | Self::Reopened => Kind::Tasks,
            Self::Deadline { .. } | Self::Edited => Kind::Changes,
            Self::Reminder { .. } => Kind::Reminder,
            Self::Comment { .. } => Kind::Comments,
            Self::IssueReported { .. } | Self::IssueResolved { .. } => Kind::Issues,
            Self::Device { .. } => Kind::Device,
            Self::Unreachable { .. } => Kind::Unreachable,
        }
    }

    /// Whether it is news only as long as the task is to be done. What was
    /// said about a task stays worth telling.
    pub fn needs_open_task(&self) -> bool {
        matches!(self.kind(), Kind::Tasks | Kind::Changes | Kind::Reminder)
    }
}

/// How long a mail waits for what else there is to tell: whoever is put on
/// several tasks one after another gets one mail.
pub const GATHER: SignedDuration = SignedDuration::from_secs(2);

/// How many things one mail tells at most; what is more goes into the next.
pub const NOTICES: i64 = 200;

/// How often a mail is tried at most.
pub const TRIES: i64 = 6;

/// How long to wait after the `tries`th try failed; `None` when it was the last.
pub fn backoff(tries: i64) -> Option<SignedDuration> {
    const WAITS: [SignedDuration; 5] = [
        SignedDuration::from_mins(1),
        SignedDuration::from_mins(5),
        SignedDuration::from_mins(30),
        SignedDuration::from_hours(2),
        SignedDuration::from_hours(8),
    ];
    usize::try_from(tries - 1).ok().and_then(|place| WAITS.get(place).copied())
}

/// What a report says about a mail that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Report {
    /// It will never arrive.
    Hard,
    /// It did not arrive this time.
    Soft,
    /// The receiver called it unwanted.
    Complaint,
    /// It arrived.
    Delivered,
}

impl Report {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Hard, Self::Soft, Self::Complaint, Self::Delivered];

    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Complaint => "complaint",
            Self::Delivered => "delivered",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|report| report.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::MemberId;

    use super::*;

    #[test]
    fn words_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(*state));
        }
        for report in Report::ALL {
            assert_eq!(Report::parse(report.as_str()), Some(*report));
        }
        assert_eq!(Kind::parse("Tasks"), None);
    }

    #[test]
    fn reminders_and_ways_in_cannot_be_switched_off() {
        assert!(!Kind::Reminder.is_optional() && !Kind::Access.is_optional());
        assert!(Kind::Digest.is_optional());
        assert!(Kind::ALL.iter().all(|kind| (kind.rank() == 0) == (*kind == Kind::Access)));
    }

    #[test]
    fn a_mail_is_tried_six_times() {
        let waits: Vec<i64> = (1..).map_while(backoff).map(|wait| wait.as_mins()).collect();
        assert_eq!(waits, [1, 5, 30, 120, 480]);
        assert_eq!(waits.len() as i64 + 1, TRIES);
        assert_eq!(backoff(0), None);
    }

    #[test]
    fn notices_are_stored_in_a_form_that_can_be_read_again() {
        let by = Some(Person::Member(MemberId::new(7).unwrap()));
        let thread = ThreadId::new(1, [2; 10]);
        for about in [
            About::Assigned,
            About::Deadline { old: Some(Timestamp::UNIX_EPOCH) },
            About::Comment { by: by.clone(), thread },
            About::Reminder { by },
            About::Device { device: "Firefox".to_owned() },
        ] {
            let json = serde_json::to_string(&about).unwrap();
            assert_eq!(serde_json::from_str::<About>(&json).unwrap(), about, "{json}");
        }
    }
}
