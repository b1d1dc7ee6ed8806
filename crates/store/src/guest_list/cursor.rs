//! Cursors: where the next page of a list begins, as text that callers keep.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hospes_model::{GuestKey, OrgNo};

use super::SortBy;
use crate::positions::{Place, SortValue};

/// A row's place in a list, as callers hand it back. It stays valid while the
/// list changes: rows behind it are the rows behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Place);

impl Cursor {
    /// The cursor behind the row at a place.
    pub(super) fn at(place: Place) -> Self {
        Self(place)
    }

    /// The place of the row that it is behind.
    pub(super) fn place(&self) -> &Place {
        &self.0
    }

    /// The text that callers see: the row's sequence number, and the value it
    /// is sorted by, both in hexadecimal.
    pub fn encode(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{:x}", GuestKey::from_stored(self.0.key).sequence());
        match &self.0.value {
            SortValue::Key => {}
            SortValue::Int(value) => {
                let _ = write!(text, ".{value:x}");
            }
            SortValue::Text(value) => {
                text.push('.');
                text.push_str(&HEXLOWER.encode(value.as_bytes()));
            }
        }
        text
    }

    /// Reads what [`encode`](Self::encode) wrote for a list with this sort.
    pub fn decode(text: &str, org: OrgNo, sort: SortBy) -> Option<Self> {
        let (sequence, value) = match text.split_once('.') {
            Some((sequence, value)) => (sequence, Some(value)),
            None => (text, None),
        };
        let sequence = u64::from_str_radix(sequence, 16).ok().filter(|n| *n < 1 << 40)?;
        let value = match (value, sort.column().is_some()) {
            (None, false) => SortValue::Key,
            (Some(value), true) if sort.is_number() => {
                SortValue::Int(i64::try_from(u64::from_str_radix(value, 16).ok()?).ok()?)
            }
            (Some(value), true) => {
                if value.len() > 4096 {
                    return None;
                }
                let bytes = HEXLOWER_PERMISSIVE.decode(value.as_bytes());
                let text = String::from_utf8(bytes.ok()?).ok().filter(|text| !text.contains('\0'))?;
                SortValue::Text(text.into())
            }
            _ => return None,
        };
        Some(Self(Place { value, key: GuestKey::new(org, i64::try_from(sequence).ok()?).get() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_refuse_what_they_did_not_write() {
        let org = OrgNo::new(3).unwrap();
        let key = GuestKey::new(org, 77).get();
        for (sort, value) in [
            (SortBy::CreatedAt, SortValue::Key),
            (SortBy::Email, SortValue::Text("ä.b@x.org".into())),
            (SortBy::FirstName, SortValue::Text("".into())),
            (SortBy::ActiveTasks, SortValue::Int(9)),
        ] {
            let cursor = Cursor(Place { value, key });
            assert_eq!(Cursor::decode(&cursor.encode(), org, sort), Some(cursor));
        }
        for wrong in ["", "zz", "-1", "1.2", "fffffffffffffffff", "1.zz", "1.abc", "é"] {
            assert_eq!(Cursor::decode(wrong, org, SortBy::CreatedAt), None, "{wrong}");
        }
        assert_eq!(Cursor::decode("1.00", org, SortBy::Email), None, "text with NUL");
        assert_eq!(Cursor::decode("1", org, SortBy::Email), None, "no value");
    }
}
