//! Links and sessions: what opens a guest's workplace under which policy, and
//! for how long (`trust.md` 1).
//!
//! The guest code in a link is a locator: it leads to the entrance and opens
//! nothing. What opens is a [`Proof`], and which proof is enough is the
//! organization's [`LinkPolicy`].

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The one-time secret of a mailed link works this long.
pub const SECRET_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A session ends this long after it began, whatever the policy.
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A session ends when it was not used for this long.
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Presence is noted at most this often in one session (`product.md` 1.14).
pub const NOTE_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The days after which a code is asked for again under
/// [`LinkPolicy::Strict`], unless the organization says otherwise.
pub const STRICT_DAYS: u32 = 30;

/// What an organization demands of a guest who comes with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkPolicy {
    /// The link is enough: a press of a button opens the workplace.
    Open,
    /// The mailed link's one-time secret, or a code that is mailed.
    #[default]
    Verify,
    /// A mailed code on every new device, and again after some days.
    Strict,
}

impl LinkPolicy {
    /// All policies.
    pub const ALL: &[Self] = &[Self::Open, Self::Verify, Self::Strict];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Verify => "verify",
            Self::Strict => "strict",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|policy| policy.as_str() == text)
    }

    /// Whether a session that began with this proof is good enough.
    pub fn accepts(self, proof: Proof) -> bool {
        match self {
            Self::Open => true,
            Self::Verify => proof != Proof::Button,
            Self::Strict => proof == Proof::Code,
        }
    }

    /// Whether mailed links carry a one-time secret. Where the link is enough,
    /// or a code is asked for anyway, there is no use for one.
    pub fn mails_secrets(self) -> bool {
        self == Self::Verify
    }

    /// What the entrance asks for when somebody comes without a session.
    /// `secret` is what became of the secret in the link, if there was one.
    pub fn entrance(self, secret: Option<SecretState>) -> Entrance {
        match (self, secret) {
            (Self::Open, _) => Entrance::Press,
            (Self::Verify, Some(SecretState::Fresh)) => Entrance::Confirm,
            (Self::Verify, Some(SecretState::Spent)) => Entrance::Code { spent: true },
            (Self::Verify, None) | (Self::Strict, _) => Entrance::Code { spent: false },
        }
    }
}

/// What a guest got in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The link itself.
    Button,
    /// The secret of a mailed link.
    Link,
    /// A code that was mailed.
    Code,
}

impl Proof {
    /// All proofs.
    pub const ALL: &[Self] = &[Self::Button, Self::Link, Self::Code];

    /// The word that is stored and answered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::Code => "code",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|proof| proof.as_str() == text)
    }
}

/// What became of a one-time secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// It works, once.
    Fresh,
    /// It was used, is too old, or never was one.
    Spent,
}

impl SecretState {
    /// The state of a secret that was made and used at these moments.
    pub fn of(created_at: Timestamp, used_at: Option<Timestamp>, now: Timestamp) -> Self {
        let is_young = now.duration_since(created_at) < SECRET_LIFE;
        if used_at.is_none() && is_young { Self::Fresh } else { Self::Spent }
    }
}

/// What the entrance asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// One of two buttons of the same weight: to open, or to leave. A program
    /// that presses the only button of a page finds none.
    Press,
    /// A tick beside the button: a program that presses the only button has
    /// said nothing.
    Confirm,
    /// A button that mails a code.
    Code {
        /// Whether to say that the link in the mail was used already or is too
        /// old.
        spent: bool,
    },
}

/// What a session is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// What the guest got in with.
    pub proof: Proof,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Whether it still opens the workplace under a policy. `strict_days` are
    /// those of [`LinkPolicy::Strict`].
    pub fn holds(&self, policy: LinkPolicy, strict_days: u32, now: Timestamp) -> bool {
        let age = now.duration_since(self.created_at);
        let life = match policy {
            LinkPolicy::Strict => SignedDuration::from_hours(24 * i64::from(strict_days)).min(SESSION_LIFE),
            LinkPolicy::Open | LinkPolicy::Verify => SESSION_LIFE,
        };
        self.ended_at.is_none()
            && policy.accepts(self.proof)
            && age < life
            && now.duration_since(self.last_seen_at) < SESSION_IDLE
    }

    /// Whether this use is to be noted.
    pub fn is_note_due(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_seen_at) >= NOTE_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn words_round_trip() {
        assert!(LinkPolicy::ALL.iter().all(|policy| LinkPolicy::parse(policy.as_str()) == Some(*policy)));
        assert!(Proof::ALL.iter().all(|proof| Proof::parse(proof.as_str()) == Some(*proof)));
        assert_eq!(serde_json::to_string(&LinkPolicy::Strict).unwrap(), "\"strict\"");
    }

    #[test]
    fn each_policy_has_its_entrance() {
        use SecretState::{Fresh, Spent};
        let table = [
            (LinkPolicy::Open, [Entrance::Press; 3]),
            (
                LinkPolicy::Verify,
                [Entrance::Code { spent: false }, Entrance::Confirm, Entrance::Code { spent: true }],
            ),
            (LinkPolicy::Strict, [Entrance::Code { spent: false }; 3]),
        ];
        for (policy, expected) in table {
            let asked = [None, Some(Fresh), Some(Spent)].map(|secret| policy.entrance(secret));
            assert_eq!(asked, expected, "{policy:?}");
        }
    }

    #[test]
    fn a_secret_works_once_and_for_thirty_days() {
        assert_eq!(SecretState::of(at(0), None, at(719)), SecretState::Fresh);
        assert_eq!(SecretState::of(at(0), None, at(720)), SecretState::Spent);
        assert_eq!(SecretState::of(at(0), Some(at(1)), at(1)), SecretState::Spent);
    }

    #[test]
    fn sessions_hold_as_long_as_the_policy_says() {
        let session = |proof, created, seen| Session {
            proof,
            created_at: at(created),
            last_seen_at: at(seen),
            ended_at: None,
        };
        let holds = |session: Session, now| {
            [LinkPolicy::Open, LinkPolicy::Verify, LinkPolicy::Strict]
                .map(|policy| session.holds(policy, 30, at(now)))
        };
        assert_eq!(holds(session(Proof::Button, 0, 0), 1), [true, false, false]);
        assert_eq!(holds(session(Proof::Link, 0, 0), 1), [true, true, false]);
        assert_eq!(holds(session(Proof::Code, 0, 0), 1), [true, true, true]);
        assert_eq!(holds(session(Proof::Code, 0, 700), 719), [true, true, true]);
        assert_eq!(holds(session(Proof::Code, 0, 700), 720), [true, true, false]);
        // Unused for ninety days, and older than a year.
        assert_eq!(holds(session(Proof::Code, 0, 0), 90 * 24), [false; 3]);
        assert_eq!(holds(session(Proof::Code, 0, 364 * 24), 365 * 24), [false; 3]);
        let ended = Session { ended_at: Some(at(1)), ..session(Proof::Code, 0, 0) };
        assert_eq!(holds(ended, 1), [false; 3]);
        assert!(!session(Proof::Code, 0, 0).is_note_due(at(0)));
        assert!(session(Proof::Code, 0, 0).is_note_due(at(0) + NOTE_EVERY));
    }
}
