//! Moments on the wire: `2025-05-15T14:30:00Z`, UTC, whole seconds.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::Serializer;

static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

/// The text of a moment.
pub fn to_text(at: Timestamp) -> String {
    PRINTER.timestamp_to_string(&at)
}

/// For `#[serde(serialize_with)]`.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*at))
}

/// For `#[serde(serialize_with)]` on what may be absent; writes null then.
pub fn serialize_opt<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serialize(at, serializer),
        None => serializer.serialize_none(),
    }
}
