//! What a guest decides about mail: the language, kinds that shall not come,
//! quiet hours. The digest's days and the time zone are parts of the guest's
//! record.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Kind;

/// The languages that pages and mails are written in.
pub const LANGUAGES: &[&str] = &["en", "de", "fr", "es"];

/// What a guest decided. What was not decided is as the organization wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// One of [`LANGUAGES`]; `None`: as the browser or the organization has it.
    pub language: Option<String>,
    /// Kinds that shall not come, each [optional](Kind::is_optional), in order.
    pub muted: Vec<Kind>,
    /// When nothing shall come.
    pub quiet: Option<QuietHours>,
}

impl Preferences {
    /// Switches a kind off or on. What must come stays on.
    pub fn mute(&mut self, kind: Kind, off: bool) {
        self.muted.retain(|muted| *muted != kind);
        if off && kind.is_optional() {
            self.muted.push(kind);
            self.muted.sort_unstable();
        }
    }

    /// The muted kinds as stored: words joined by commas.
    pub fn muted_list(&self) -> String {
        self.muted.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Reads what [`muted_list`](Self::muted_list) wrote.
    pub fn parse_muted(text: &str) -> Vec<Kind> {
        text.split(',').filter_map(Kind::parse).filter(|kind| kind.is_optional()).collect()
    }
}

/// Hours in which nothing comes, every day, on the guest's clock. They may run
/// over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    to: u16,
}

/// Minutes of a day.
const DAY: u16 = 24 * 60;

impl QuietHours {
    /// From and to in minutes since midnight; `None` when a number is no time
    /// of day or both are the same.
    pub fn new(from: u16, to: u16) -> Option<Self> {
        (from < DAY && to < DAY && from != to).then_some(Self { from, to })
    }

    /// When they begin, in minutes since midnight.
    pub fn from(self) -> u16 {
        self.from
    }

    /// When they end, in minutes since midnight.
    pub fn to(self) -> u16 {
        self.to
    }

    /// Whether it is quiet at a time of day.
    pub fn covers(self, time: Time) -> bool {
        let minute = u16::try_from(time.hour()).unwrap_or(0) * 60 + u16::try_from(time.minute()).unwrap_or(0);
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// When the quiet that it is in at `now` ends; `None` when it is not quiet.
    pub fn end(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = zone.to_datetime(now);
        if !self.covers(local.time()) {
            return None;
        }
        let to = time_of(self.to)?;
        (0..=2_i64).find_map(|offset| {
            let end = local.date().checked_add(offset.days()).ok()?.to_datetime(to);
            let ambiguous = zone.to_ambiguous_timestamp(end);
            // Where the hour comes twice, the first may be over.
            let moments = [ambiguous.compatible(), ambiguous.later()];
            moments.into_iter().flatten().find(|moment| *moment > now)
        })
    }
}

/// A time of day from minutes since midnight.
pub fn time_of(minutes: u16) -> Option<Time> {
    let part = |number: u16| i8::try_from(number).ok();
    Time::new(part(minutes / 60)?, part(minutes % 60)?, 0, 0).ok()
}

/// Reads a time of day such as `07:30`.
pub fn parse_time(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let part = |text: &str, limit: u16| -> Option<u16> {
        let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten().filter(|number| *number < limit)
    };
    // Browsers add seconds to some times.
    let minute = minute.strip_suffix(":00").unwrap_or(minute);
    Some(part(hour, 24)? * 60 + part(minute, 60)?)
}

/// Writes a time of day such as `07:30`.
pub fn format_time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quiet(from: &str, to: &str) -> QuietHours {
        QuietHours::new(parse_time(from).unwrap(), parse_time(to).unwrap()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_read_and_written() {
        assert_eq!(parse_time("07:30"), Some(450));
        assert_eq!(parse_time("7:30:00"), Some(450));
        assert_eq!(format_time(450), "07:30");
        for bad in ["", "7", "24:00", "12:60", "-1:00", "1:+5", "aa:bb", "12:30:30"] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
        assert_eq!(QuietHours::new(60, 60), None);
        assert_eq!(QuietHours::new(1440, 60), None);
    }

    #[test]
    fn quiet_hours_run_over_midnight() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let night = quiet("22:00", "07:00");
        assert_eq!(night.end(at("2025-05-15T19:59:00Z"), &berlin), None);
        assert_eq!(night.end(at("2025-05-15T20:00:00Z"), &berlin), Some(at("2025-05-16T05:00:00Z")));
        assert_eq!(night.end(at("2025-05-16T04:59:59Z"), &berlin), Some(at("2025-05-16T05:00:00Z")));
        assert_eq!(night.end(at("2025-05-16T05:00:00Z"), &berlin), None);
        // The night in which the clock is put back is an hour longer.
        assert_eq!(night.end(at("2025-10-25T21:00:00Z"), &berlin), Some(at("2025-10-26T06:00:00Z")));
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_twice() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let night = quiet("22:00", "02:30");
        // 02:10 for the first and for the second time.
        assert_eq!(night.end(at("2025-10-26T00:10:00Z"), &berlin), Some(at("2025-10-26T00:30:00Z")));
        assert_eq!(night.end(at("2025-10-26T01:10:00Z"), &berlin), Some(at("2025-10-26T01:30:00Z")));
    }

    #[test]
    fn what_must_come_cannot_be_muted() {
        let mut preferences = Preferences::default();
        for kind in Kind::ALL {
            preferences.mute(*kind, true);
            preferences.mute(*kind, true);
        }
        assert_eq!(preferences.muted, Kind::OPTIONAL);
        assert_eq!(Preferences::parse_muted(&preferences.muted_list()), preferences.muted);
        assert_eq!(Preferences::parse_muted("reminder,digest,nonsense"), [Kind::Digest]);
        preferences.mute(Kind::Digest, false);
        assert!(!preferences.muted.contains(&Kind::Digest));
    }

    proptest! {
        #[test]
        fn quiet_ends_ahead_within_a_day_and_it_is_not_quiet_then(
            second in 0_i64..4_000_000_000,
            name in prop::sample::select(vec![
                "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kathmandu",
                "Africa/Cairo", "America/Havana", "UTC",
            ]),
            from in 0_u16..DAY,
            to in 0_u16..DAY,
        ) {
            prop_assume!(from != to);
            let zone = TimeZone::get(name).unwrap();
            let quiet = QuietHours::new(from, to).unwrap();
            let now = Timestamp::from_second(second).unwrap();
            if let Some(end) = quiet.end(now, &zone) {
                prop_assert!(end > now);
                prop_assert!(end.duration_since(now).as_hours() <= 25);
                prop_assert!(!quiet.covers(zone.to_datetime(end).time()), "{}", end);
            } else {
                prop_assert!(!quiet.covers(zone.to_datetime(now).time()));
            }
        }
    }
}
