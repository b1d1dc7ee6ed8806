//! Typed identifiers.
//!
//! Two families. *Public* ids are what callers see: 32 hexadecimal digits
//! ([`OrgId`], [`TaskId`]), a positive integer ([`MemberId`]) or a guest code
//! ([`GuestCode`]). *Keys* ([`GuestKey`], [`TaskKey`]) are the storage's own
//! 64-bit row keys; each begins with the number of its organization, so a row
//! cannot be addressed without naming the organization it belongs to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A public id could not be read; the object it names cannot exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 128 bits, time-ordered like a UUID version 7, written as 32
        /// lowercase hexadecimal digits (`clients.md` 1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Builds an id from the moment of its creation (milliseconds
            /// since 1970) and 10 random bytes.
            pub fn new(millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The moment of its creation, in milliseconds since 1970.
            pub fn millis(&self) -> u64 {
                let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
                u64::from_be_bytes([0, 0, a, b, c, d, e, f])
            }

            /// The 16 bytes as they are stored.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// Reads the stored 16 bytes.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidId> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::LowerHex::fmt(&self.0.simple(), f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != 32 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_id!(
    /// What was submitted with a public kick-off form. It proves nothing.
    SubmissionId
);
hex_id!(
    /// An organization, as callers name it.
    OrgId
);
hex_id!(
    /// A task.
    TaskId
);
hex_id!(
    /// A form field of a task, of a template's step or of its kick-off form.
    FieldId
);
hex_id!(
    /// A step of a template: its `timeline_id`, the same in every version of
    /// the template and in every process made from it.
    StepId
);
hex_id!(
    /// A rule (`automated_actions` in the API).
    RuleId
);
hex_id!(
    /// A process (`runs` in the API).
    RunId
);
hex_id!(
    /// A template (`checklists` in the API).
    TemplateId
);
hex_id!(
    /// A group of members and guests.
    GroupId
);
hex_id!(
    /// A job title (`roles` in the API): a place on a step that is filled when
    /// a process is launched.
    RoleId
);
hex_id!(
    /// A milestone (`stages` in the API): some steps of a template that belong
    /// together.
    StageId
);
hex_id!(
    /// A comment or an issue (`threads` in the API).
    ThreadId
);
hex_id!(
    /// An uploaded file (`assets` in the API).
    FileId
);
hex_id!(
    /// A session of a guest: what lists name it by, and no secret.
    SessionId
);

/// The number of an organization inside one database: the first 23 bits of
/// every key. Never shown to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgNo(i64);

impl OrgNo {
    /// The largest number: 2^23 - 1 organizations fit in one database.
    pub const MAX: i64 = (1 << 23) - 1;

    /// Wraps a stored number; `None` outside 1 to [`Self::MAX`].
    pub fn new(number: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    /// The number as it is stored.
    pub fn get(self) -> i64 {
        self.0
    }
}

const SEQUENCE_BITS: u32 = 40;
const SEQUENCE_MASK: i64 = (1 << SEQUENCE_BITS) - 1;

macro_rules! row_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// The organization's number in the upper 23 bits, a sequence number
        /// that only grows within the organization in the lower 40: rows of
        /// one organization lie together, in the order of their creation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// The key of the `sequence`th row of an organization.
            pub fn new(org: OrgNo, sequence: i64) -> Self {
                debug_assert!((0..=SEQUENCE_MASK).contains(&sequence));
                Self((org.get() << SEQUENCE_BITS) | (sequence & SEQUENCE_MASK))
            }

            /// A key before every row of the organization.
            pub fn before_all(org: OrgNo) -> Self {
                Self::new(org, 0)
            }

            /// A key behind every row of the organization.
            pub fn after_all(org: OrgNo) -> Self {
                Self::new(org, SEQUENCE_MASK)
            }

            /// Wraps a stored key.
            pub fn from_stored(key: i64) -> Self {
                Self(key)
            }

            /// The key as it is stored.
            pub fn get(self) -> i64 {
                self.0
            }

            /// The sequence number within the organization.
            pub fn sequence(self) -> i64 {
                self.0 & SEQUENCE_MASK
            }

            /// The number of the organization that the row belongs to.
            pub fn org_number(self) -> i64 {
                self.0 >> SEQUENCE_BITS
            }
        }
    };
}

row_key!(
    /// The storage key of a guest of one organization.
    GuestKey
);
row_key!(
    /// The storage key of a task.
    TaskKey
);
row_key!(
    /// The storage key of a template.
    TemplateKey
);
row_key!(
    /// The storage key of a version of a template: what it said at some time.
    VersionKey
);
row_key!(
    /// The storage key of a process.
    RunKey
);
row_key!(
    /// The storage key of a group.
    GroupKey
);
row_key!(
    /// The storage key of a mail.
    MailKey
);
row_key!(
    /// The storage key of a comment or an issue.
    CommentKey
);
row_key!(
    /// The storage key of an uploaded file.
    AssetKey
);
row_key!(
    /// The storage key of what was submitted with a public kick-off form.
    SubmissionKey
);
row_key!(
    /// The storage key of a row of the activity feed.
    ActivityKey
);

/// The integer id of a member (`users` in the API). Positive, and the same in
/// every organization that the person belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberId(i64);

impl MemberId {
    /// Wraps a positive integer.
    pub fn new(id: i64) -> Option<Self> {
        (id > 0).then_some(Self(id))
    }

    /// The integer.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MemberId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidId);
        }
        text.parse().ok().and_then(Self::new).ok_or(InvalidId)
    }
}

/// The public id of a guest inside one organization: 40 ASCII letters and
/// digits. It locates the guest and proves nothing (`trust.md` 1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct GuestCode(String);

impl GuestCode {
    /// The length of every code.
    pub const LEN: usize = 40;

    /// Builds a code from 24 random bytes: 8 mixed characters, then 32
    /// hexadecimal digits, the form that clients have seen (`product.md` 1.2).
    pub fn new(random: [u8; 24]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut code = String::with_capacity(Self::LEN);
        for byte in &random[..8] {
            code.push(char::from(MIXED[usize::from(*byte) % MIXED.len()]));
        }
        for byte in &random[8..] {
            code.push(char::from(HEX[usize::from(byte >> 4)]));
            code.push(char::from(HEX[usize::from(byte & 15)]));
        }
        Self(code)
    }

    /// The same code for the guest who is stored as the `sequence`th of the
    /// organization: seven of its characters say so, so that a guest is found
    /// by code without an index of codes. The other 33 stay random. The number
    /// is scrambled, to keep codes from looking alike; it is no secret.
    #[must_use]
    pub fn numbered(mut self, sequence: i64) -> Self {
        let mut rest = (sequence & SEQUENCE_MASK).wrapping_mul(SCRAMBLE) & SEQUENCE_MASK;
        let mut digits = [0_u8; NUMBER_LEN];
        for digit in digits.iter_mut().rev() {
            *digit = usize::try_from(rest % 62).ok().and_then(|at| MIXED.get(at)).copied().unwrap_or(b'0');
            rest /= 62;
        }
        let digits: String = digits.iter().map(|digit| char::from(*digit)).collect();
        self.0.replace_range(..NUMBER_LEN, &digits);
        self
    }

    /// Which guest of the organization has this code, if any has.
    pub fn sequence(&self) -> Option<i64> {
        let digits = self.0.as_bytes().get(..NUMBER_LEN)?;
        let number = digits.iter().try_fold(0_i64, |number, digit| {
            let at = MIXED.iter().position(|mixed| mixed == digit)?;
            Some(number * 62 + i64::try_from(at).ok()?)
        })?;
        (number <= SEQUENCE_MASK).then(|| number.wrapping_mul(UNSCRAMBLE) & SEQUENCE_MASK)
    }

    /// The 40 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The digits of numbers in codes.
const MIXED: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of a code that hold the sequence number: 62^7 is above 2^40.
const NUMBER_LEN: usize = 7;
/// An odd number, and its inverse modulo 2^40.
const SCRAMBLE: i64 = 0x9E_3779_B97F;
const UNSCRAMBLE: i64 = 0x4C_19BC_067F;

impl fmt::Display for GuestCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for GuestCode {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let well_formed = text.len() == Self::LEN && text.bytes().all(|b| b.is_ascii_alphanumeric());
        well_formed.then(|| Self(text.to_owned())).ok_or(InvalidId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_ids_round_trip_and_refuse_everything_else() {
        let id = TaskId::new(1_700_000_000_000, [7; 10]);
        assert_eq!(id.to_string().len(), 32);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(TaskId::from_bytes(id.as_bytes()), Ok(id));
        assert_eq!(id.millis(), 1_700_000_000_000);
        for wrong in [
            "",
            "x",
            "{018bcfe5-6800-7707-8707-070707070707}",
            "018bcfe5-6800-7707-8707-070707070707",
            &"g".repeat(32),
            &"ä".repeat(16),
        ] {
            assert_eq!(wrong.parse::<TaskId>(), Err(InvalidId), "{wrong}");
        }
    }

    #[test]
    fn keys_order_by_organization_then_sequence() {
        let (one, two) = (OrgNo::new(1).unwrap(), OrgNo::new(2).unwrap());
        assert!(GuestKey::after_all(one) < GuestKey::before_all(two));
        assert!(GuestKey::new(one, 1) < GuestKey::new(one, 2));
        assert_eq!(GuestKey::new(two, 9).sequence(), 9);
        assert_eq!(GuestKey::new(two, 9).org_number(), 2);
        assert!(GuestKey::after_all(OrgNo::new(OrgNo::MAX).unwrap()).get() > 0);
    }

    #[test]
    fn member_ids_are_positive_integers() {
        assert_eq!("12".parse(), Ok(MemberId(12)));
        for wrong in ["0", "-1", "+1", "1.0", "", "99999999999999999999", "١"] {
            assert_eq!(wrong.parse::<MemberId>(), Err(InvalidId), "{wrong}");
        }
    }

    #[test]
    fn guest_codes_have_the_form_that_clients_know() {
        let code = GuestCode::new([200; 24]);
        assert_eq!(code.as_str().len(), GuestCode::LEN);
        assert_eq!(code.as_str().parse(), Ok(code));
        assert!("a@b.example".parse::<GuestCode>().is_err());
        for sequence in [0, 1, 2, 61, 62, 1_000_000, SEQUENCE_MASK] {
            let code = GuestCode::new([7; 24]).numbered(sequence);
            assert_eq!(code.as_str().parse(), Ok(code.clone()));
            assert_eq!(code.sequence(), Some(sequence));
        }
        assert_eq!("z".repeat(40).parse::<GuestCode>().unwrap().sequence(), None, "beyond every sequence");
    }
}
