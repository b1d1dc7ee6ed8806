//! Ids of stored values: of what was filled in, as opposed to the fields that
//! ask for it (`clients.md` 2, `PUT …/form-field/value`).
//!
//! Nothing is stored for them. An id is made of the task's or process's key
//! and the place of the field on its form, which never changes, and can be
//! taken apart again. Forty of its bits check the rest, so that an id of
//! something else is not taken for one. It is scrambled to keep ids from
//! looking alike; it is no secret.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::ids::{InvalidId, RunKey, TaskKey};

/// Names one value: 32 lowercase hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueId {
    /// On which form.
    pub form: Form,
    /// The place of the field on the form, from 0.
    pub place: u16,
}

/// A form that can be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// That of a task, one-off or of a process.
    Task(TaskKey),
    /// The kick-off form of a process.
    Prerun(RunKey),
}

const CHECK_BITS: u32 = 40;
const CHECK_MASK: u128 = (1 << CHECK_BITS) - 1;
/// An odd number, which therefore has an inverse modulo 2^128.
const SCRAMBLE: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
const UNSCRAMBLE: u128 = inverse(SCRAMBLE);
/// Another one, for the check.
const MIX: u128 = 0xD6E8_FEB8_6659_FD93_A076_1D64_78BD_642F;

/// Each step of Newton's method doubles the number of right bits.
const fn inverse(odd: u128) -> u128 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 7 {
        inverse = inverse.wrapping_mul(2_u128.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// The upper bits of a product depend on all bits of both numbers.
fn check(payload: u128) -> u128 {
    let mixed = payload.wrapping_add(1).wrapping_mul(MIX);
    let mixed = (mixed ^ (mixed >> 67)).wrapping_mul(MIX);
    mixed >> (128 - CHECK_BITS)
}

impl ValueId {
    /// The value of the field at `place` of a form; `None` past the 65,536th,
    /// which no form has.
    pub fn new(form: Form, place: usize) -> Option<Self> {
        Some(Self { form, place: u16::try_from(place).ok()? })
    }

    fn number(self) -> u128 {
        let (kind, key) = match self.form {
            Form::Task(key) => (0, key.get()),
            Form::Prerun(key) => (1, key.get()),
        };
        // Keys are positive.
        let payload = (kind << 80) | (u128::from(key.unsigned_abs()) << 16) | u128::from(self.place);
        let halves = ((payload << CHECK_BITS) | check(payload)).wrapping_mul(SCRAMBLE);
        halves.rotate_left(64)
    }

    fn from_number(number: u128) -> Option<Self> {
        let plain = number.rotate_left(64).wrapping_mul(UNSCRAMBLE);
        let payload = plain >> CHECK_BITS;
        if check(payload) != plain & CHECK_MASK {
            return None;
        }
        let key = i64::try_from((payload >> 16) & u128::from(u64::MAX)).ok()?;
        let form = match payload >> 80 {
            0 => Form::Task(TaskKey::from_stored(key)),
            1 => Form::Prerun(RunKey::from_stored(key)),
            _ => return None,
        };
        Self::new(form, usize::try_from(payload & u128::from(u16::MAX)).ok()?)
    }
}

impl fmt::Display for ValueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.number())
    }
}

impl FromStr for ValueId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidId);
        }
        u128::from_str_radix(text, 16).ok().and_then(Self::from_number).ok_or(InvalidId)
    }
}

impl Serialize for ValueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ids::{FieldId, OrgNo, TaskId};

    fn ids() -> impl Iterator<Item = ValueId> {
        let forms = [1, 2, OrgNo::MAX].into_iter().filter_map(OrgNo::new).flat_map(|org| {
            [1, 2, 1_000_000].into_iter().flat_map(move |sequence| {
                [Form::Task(TaskKey::new(org, sequence)), Form::Prerun(RunKey::new(org, sequence))]
            })
        });
        forms.flat_map(|form| [0, 1, 99, 65_535].map(|place| ValueId::new(form, place).unwrap()))
    }

    #[test]
    fn what_was_put_in_is_taken_out() {
        let mut seen = BTreeSet::new();
        for id in ids() {
            let text = id.to_string();
            assert_eq!(text.len(), 32);
            assert_eq!(text.parse(), Ok(id), "{text}");
            assert_eq!(text.to_ascii_uppercase().parse(), Ok(id));
            assert!(seen.insert(text));
        }
        assert_eq!(ValueId::new(Form::Task(TaskKey::from_stored(1)), 65_536), None);
    }

    #[test]
    fn ids_of_something_else_are_not_taken_for_one() {
        for number in 0..=255 {
            for id in [
                FieldId::new(1_700_000_000_000, [number; 10]).to_string(),
                TaskId::new(0, [number; 10]).to_string(),
                format!("{number:032x}"),
            ] {
                assert_eq!(id.parse::<ValueId>(), Err(InvalidId), "{id}");
            }
        }
        for wrong in ["", "x", &"g".repeat(32), &"+".repeat(32), &"ä".repeat(16)] {
            assert_eq!(wrong.parse::<ValueId>(), Err(InvalidId), "{wrong}");
        }
    }

    #[test]
    fn a_changed_digit_makes_it_invalid() {
        for id in ids() {
            let text = id.to_string();
            for at in 0..text.len() {
                let mut changed = text.clone();
                let digit = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
                changed.replace_range(at..=at, digit);
                assert_eq!(changed.parse::<ValueId>(), Err(InvalidId), "{changed}");
            }
        }
    }
}
