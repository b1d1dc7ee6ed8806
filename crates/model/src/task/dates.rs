//! Moments as callers write them (`wire.md` 1.8): `YYYY-MM-DD HH:MM:SS`, ISO
//! 8601, or a date alone. What has no time zone is meant in the
//! organization's.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Which end of a day a date without a time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first second.
    Start,
    /// Its last second.
    End,
}

/// Years outside of this are slips of the pen, and further out than either
/// database's moments reach.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=9000;

const FAULT: &str = "must be a date such as 2025-05-15 14:30:00, 2025-05-15T14:30:00Z or 2025-05-15";

/// Reads a moment, or says what is expected. Fractions of seconds are dropped.
pub fn read(text: &str, zone: &TimeZone, edge: Edge) -> Result<Timestamp, String> {
    let text = text.trim();
    read_exactly(text, zone, edge)
        .and_then(|at| Timestamp::from_second(at.as_second()).ok())
        .filter(|at| YEARS.contains(&at.to_zoned(TimeZone::UTC).year()))
        .ok_or_else(|| FAULT.to_owned())
}

fn read_exactly(text: &str, zone: &TimeZone, edge: Edge) -> Option<Timestamp> {
    if let Some(date) = read_date(text) {
        return edge_of(date, zone, edge);
    }
    // Long texts are no dates, and other letters than these in none of the forms.
    if text.len() > 40 || text.starts_with(['-', '+']) || text.contains('[') {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil: DateTime = text.parse().ok()?;
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

/// Reads `YYYY-MM-DD` and nothing else.
pub fn read_date(text: &str) -> Option<Date> {
    let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.trim().splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    YEARS.contains(&date.year()).then_some(date)
}

/// The second behind a moment. Moments within a day's last second belong to the
/// day, so a span of days ends before this second and not before that one.
pub fn second_after(at: Timestamp) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(1)).unwrap_or(at)
}

/// The first or last second of a day in a time zone.
pub fn edge_of(date: Date, zone: &TimeZone, edge: Edge) -> Option<Timestamp> {
    let start = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp());
    match edge {
        Edge::Start => start(date),
        // Counted back from the next day: days with a change of the clock end there too.
        Edge::End => start(date.tomorrow().ok()?)?.checked_sub(1.second()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn all_forms_are_read_and_zoneless_ones_in_the_organization_s_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, edge, expected) in [
            ("2025-05-15 14:30:00", Edge::End, "2025-05-15T12:30:00Z"),
            (" 2025-05-15T14:30:00 ", Edge::End, "2025-05-15T12:30:00Z"),
            ("2025-05-15 14:30", Edge::End, "2025-05-15T12:30:00Z"),
            ("2025-05-15T14:30:00Z", Edge::End, "2025-05-15T14:30:00Z"),
            ("2025-05-15T14:30:00.123456Z", Edge::End, "2025-05-15T14:30:00Z"),
            ("2025-05-15T14:30:00.000+05:30", Edge::End, "2025-05-15T09:00:00Z"),
            ("2025-05-15", Edge::Start, "2025-05-14T22:00:00Z"),
            ("2025-05-15", Edge::End, "2025-05-15T21:59:59Z"),
            // The night in which the clock jumps from 2 to 3.
            ("2025-03-30 02:30:00", Edge::End, "2025-03-30T01:30:00Z"),
            ("2025-03-30", Edge::End, "2025-03-30T21:59:59Z"),
        ] {
            assert_eq!(read(text, &berlin, edge), Ok(utc(expected)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2025",
            "2025-5-1",
            "2025-02-30",
            "2025-02-30 10:00:00",
            "15/05/2025",
            "1715779800",
            "0001-01-01",
            "9999-12-31",
            "9999-12-31T23:59:59Z",
            "-000001-01-01",
            "2025-05-15 25:00:00",
            "2025-05-15T10:00:00Z[UTC]",
            "2025-05-15\0",
            &"9".repeat(5000),
        ] {
            assert!(read(text, &TimeZone::UTC, Edge::Start).is_err(), "{text}");
        }
    }
}
