//! Single keys of requests, read with their faults named: what several kinds of
//! requests have in common.

use std::borrow::Cow;

use hospes_model::MemberId;
use hospes_model::task::dates::{self, Edge};
use hospes_model::task::draft::check_webhook;
use hospes_model::task::form::check_long_text;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::fields::{Fields, member_id};

/// Text that must be present and pass a check.
pub(crate) fn read_required<'a, T>(
    fields: &mut Fields<'a>,
    key: &'a str,
    check: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let text = fields.required_text(key)?;
    check(text).map_err(|fault| fields.fault(key, format!("The {key} {fault}."))).ok()
}

/// What may be absent, but neither null nor blank.
pub(crate) fn read_unless_absent<'a, T>(
    fields: &mut Fields<'a>,
    key: &'a str,
    check: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    fields.take(key)?;
    read_required(fields, key, check)
}

/// A moment; blank counts as absent.
pub(crate) fn read_moment<'a>(
    fields: &mut Fields<'a>,
    key: &'a str,
    zone: &TimeZone,
    edge: Edge,
) -> Option<Timestamp> {
    let text = fields.text(key).filter(|text| !text.trim().is_empty())?;
    dates::read(text, zone, edge).map_err(|fault| fields.fault(key, format!("The {key} {fault}."))).ok()
}

/// Under either name; null and blank clear.
#[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
pub(crate) fn read_summary(fields: &mut Fields<'_>) -> Option<Option<String>> {
    let mut summary = None;
    // The name that is also in answers is read last and wins.
    for key in ["description", "summary"] {
        if fields.take(key).is_some() {
            match fields.text(key).map_or(Ok(None), check_long_text) {
                Ok(text) => summary = Some(text),
                Err(fault) => fields.fault(key, format!("The {key} {fault}.")),
            }
        }
    }
    summary
}

#[expect(clippy::option_option, reason = "absent, cleared or given are three things")]
pub(crate) fn read_webhook(fields: &mut Fields<'_>) -> Option<Option<String>> {
    fields.take("webhook")?;
    let checked = fields.text("webhook").map_or(Ok(None), check_webhook);
    checked.map_err(|fault| fields.fault("webhook", format!("The webhook {fault}."))).ok()
}

/// A list of tags or folders. There are none yet, so none can be named.
pub(crate) fn refuse_entries<'a>(fields: &mut Fields<'a>, key: &'a str, what: &str) {
    match fields.value(key) {
        None => {}
        Some(Value::Array(entries)) => {
            for place in 0..entries.len().min(crate::fields::LIST_LIMIT) {
                fields.fault(format!("{key}.{place}"), format!("There is no such {what}."));
            }
        }
        Some(_) => fields.fault(key, format!("The {key} must be a list.")),
    }
}

/// An id in an object of this type; null and blank count as absent.
pub(crate) fn read_id<'a, T: std::str::FromStr>(
    fields: &mut Fields<'a>,
    key: &'a str,
    what: &str,
) -> Option<T> {
    let text = fields.text(key).map(str::trim).filter(|text| !text.is_empty())?;
    let id = text.parse().ok();
    if id.is_none() {
        fields.fault(key, format!("The {key} must be the id of {what}, 32 hexadecimal digits."));
    }
    id
}

/// A member's id; null counts as absent.
pub(crate) fn read_member<'a>(fields: &mut Fields<'a>, key: &'a str) -> Option<MemberId> {
    let id = member_id(fields.value(key)?);
    if id.is_none() {
        fields.fault(key, format!("The {key} must be the id of a member, a positive integer."));
    }
    id
}

/// An object; null, and the empty list that an empty object becomes in some
/// languages, count as empty.
pub(crate) fn read_object<'a>(
    fields: &mut Fields<'a>,
    key: &'a str,
    of: &str,
) -> Option<Cow<'a, Map<String, Value>>> {
    match fields.take(key)? {
        Value::Object(object) => Some(Cow::Borrowed(object)),
        Value::Null => Some(Cow::Owned(Map::new())),
        Value::Array(list) if list.is_empty() => Some(Cow::Owned(Map::new())),
        _ => {
            fields.fault(key, format!("The {key} must be an object of {of}."));
            None
        }
    }
}

/// A truth value, also as 0, 1 and the words.
pub(crate) fn read_flag<'a>(fields: &mut Fields<'a>, key: &'a str) -> Option<bool> {
    fields.flag(key)
}

/// An integer, also as a string of digits; from `least` to 2,147,483,647.
pub(crate) fn read_integer<'a>(fields: &mut Fields<'a>, key: &'a str, least: i64) -> Option<i64> {
    fields.integer(key, least)
}
