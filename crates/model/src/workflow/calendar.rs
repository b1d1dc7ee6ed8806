//! Time spans, and deadlines on an organization's working days
//! (`product.md` 2.9).
//!
//! A deadline is counted in calendar time, in the organization's time zone,
//! and then moved forward to the next moment at which somebody works. What a
//! person writes down as a deadline is never moved.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

/// What "24 hours" before or behind a deadline means, whatever clocks do.
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What time spans are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 60 seconds.
    Minutes,
    /// 60 minutes.
    Hours,
    /// Days of the calendar: noon stays noon when clocks change.
    Days,
    /// 7 days.
    Weeks,
    /// Months of the calendar: January 31 and one month is February 28 or 29.
    Months,
}

impl Unit {
    /// All units.
    pub const ALL: &[Self] = &[Self::Minutes, Self::Hours, Self::Days, Self::Weeks, Self::Months];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|unit| unit.as_str() == text)
    }
}

/// A span of time: `{value, unit}` in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Span32", into = "Span32")]
pub struct Offset {
    value: u32,
    unit: Unit,
}

#[derive(Serialize, Deserialize)]
struct Span32 {
    value: u32,
    unit: Unit,
}

impl TryFrom<Span32> for Offset {
    type Error = &'static str;

    fn try_from(span: Span32) -> Result<Self, &'static str> {
        Self::new(span.value, span.unit).ok_or("the span is too long")
    }
}

impl From<Offset> for Span32 {
    fn from(offset: Offset) -> Self {
        Self { value: offset.value, unit: offset.unit }
    }
}

impl Offset {
    /// The largest value in any unit: 10,000 months stay inside the years that
    /// deadlines may have.
    pub const MAX: u32 = 10_000;

    /// A span; `None` above [`Self::MAX`].
    pub fn new(value: u32, unit: Unit) -> Option<Self> {
        (value <= Self::MAX).then_some(Self { value, unit })
    }

    /// How many units.
    pub fn value(self) -> u32 {
        self.value
    }

    /// What is counted.
    pub fn unit(self) -> Unit {
        self.unit
    }

    fn span(self) -> Span {
        let value = i64::from(self.value);
        match self.unit {
            Unit::Minutes => value.minutes(),
            Unit::Hours => value.hours(),
            Unit::Days => value.days(),
            Unit::Weeks => value.weeks(),
            Unit::Months => value.months(),
        }
    }
}

/// On which side of its base a deadline lies: `option` in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Behind it.
    From,
    /// In front of it.
    Before,
}

impl Direction {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::Before => "before",
        }
    }

    /// Reads the word. Steps also say `prior_to`, rules only `before`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "from" => Some(Self::From),
            "before" | "prior_to" => Some(Self::Before),
            _ => None,
        }
    }
}

/// When work is done on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkDay {
    /// Not at all.
    Off,
    /// Around the clock.
    AllHours,
    /// From the first time to the second, which is later.
    Between(Time, Time),
}

/// The days on which an organization works: at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[WorkDay; 7]", into = "[WorkDay; 7]")]
pub struct WorkWeek([WorkDay; 7]);

impl TryFrom<[WorkDay; 7]> for WorkWeek {
    type Error = &'static str;

    fn try_from(days: [WorkDay; 7]) -> Result<Self, &'static str> {
        Self::new(days).ok_or("nobody ever works, or a day ends before it begins")
    }
}

impl From<WorkWeek> for [WorkDay; 7] {
    fn from(week: WorkWeek) -> Self {
        week.0
    }
}

impl WorkWeek {
    /// Every day, around the clock.
    pub const ALWAYS: Self = Self([WorkDay::AllHours; 7]);

    /// Seven days from Monday on; `None` when nobody ever works, or a day ends
    /// before it begins.
    pub fn new(days: [WorkDay; 7]) -> Option<Self> {
        let works = days.iter().any(|day| *day != WorkDay::Off);
        let ordered = days.iter().all(|day| !matches!(day, WorkDay::Between(from, to) if from >= to));
        (works && ordered).then_some(Self(days))
    }

    /// The days from Monday on.
    pub fn days(&self) -> &[WorkDay; 7] {
        &self.0
    }

    fn day(&self, weekday: Weekday) -> WorkDay {
        let at = usize::from(weekday.to_monday_zero_offset().unsigned_abs());
        self.0.get(at).copied().unwrap_or(WorkDay::AllHours)
    }
}

/// How an organization counts time.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// The organization's time zone.
    pub zone: TimeZone,
    /// When it works.
    pub week: WorkWeek,
    /// Until when steps without a deadline of their own are due, counted from
    /// the launch (`default_deadline`); `None`: never.
    pub default_deadline: Option<Offset>,
}

impl Calendar {
    /// UTC, around the clock, no default deadline.
    pub fn plain() -> Self {
        Self { zone: TimeZone::UTC, week: WorkWeek::ALWAYS, default_deadline: None }
    }

    /// `base` moved by a span, then forward to a working moment. Outside of
    /// the years that can be counted, `base` itself.
    pub fn deadline(&self, base: Timestamp, offset: Offset, direction: Direction) -> Timestamp {
        self.working(self.moved(base, offset, direction))
    }

    /// `base` moved by a span of calendar time.
    pub fn moved(&self, base: Timestamp, offset: Offset, direction: Direction) -> Timestamp {
        let zoned = base.to_zoned(self.zone.clone());
        let moved = match direction {
            Direction::From => zoned.checked_add(offset.span()),
            Direction::Before => zoned.checked_sub(offset.span()),
        };
        moved.map_or(base, |zoned| zoned.timestamp())
    }

    /// The first moment from `at` on at which the organization works.
    pub fn working(&self, at: Timestamp) -> Timestamp {
        if self.week == WorkWeek::ALWAYS {
            return at;
        }
        let mut now = at.to_zoned(self.zone.clone());
        // A working day comes within a week; the eighth day is today's next.
        for _ in 0..8 {
            match self.week.day(now.weekday()) {
                WorkDay::AllHours => return now.timestamp(),
                WorkDay::Between(from, to) if now.time() <= to => {
                    let begins = if now.time() < from { now.with().time(from).build().ok() } else { None };
                    return begins.unwrap_or(now).timestamp();
                }
                WorkDay::Between(..) | WorkDay::Off => match next_day(&now) {
                    Some(tomorrow) => now = tomorrow,
                    None => return at,
                },
            }
        }
        at
    }
}

impl Calendar {
    /// A moment that somebody wrote down, moved to the next day on which the
    /// organization works at all, at the same time of day.
    pub fn on_working_day(&self, at: Timestamp) -> Timestamp {
        let zoned = at.to_zoned(self.zone.clone());
        let mut moved = zoned.clone();
        for days in 0..7 {
            let Ok(next) = zoned.checked_add(days.days()) else { return at };
            moved = next;
            if self.week.day(moved.weekday()) != WorkDay::Off {
                break;
            }
        }
        moved.timestamp()
    }
}

fn next_day(now: &Zoned) -> Option<Zoned> {
    now.date().tomorrow().ok()?.to_zoned(now.time_zone().clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn office() -> Calendar {
        let day = WorkDay::Between(Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0));
        let off = WorkDay::Off;
        Calendar {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            week: WorkWeek::new([day, day, day, day, day, off, off]).unwrap(),
            default_deadline: None,
        }
    }

    #[test]
    fn words_round_trip() {
        for unit in Unit::ALL {
            assert_eq!(Unit::parse(unit.as_str()), Some(*unit));
        }
        for direction in [Direction::From, Direction::Before] {
            assert_eq!(Direction::parse(direction.as_str()), Some(direction));
        }
        assert_eq!(Direction::parse("prior_to"), Some(Direction::Before));
        assert_eq!((Unit::parse("years"), Direction::parse("after")), (None, None));
        assert_eq!(Offset::new(Offset::MAX + 1, Unit::Days), None);
    }

    #[test]
    fn spans_are_counted_by_the_calendar_of_the_organization() {
        let calendar = Calendar { week: WorkWeek::ALWAYS, ..office() };
        for (base, value, unit, direction, expected) in [
            ("2025-05-15T10:00:00Z", 90, Unit::Minutes, Direction::From, "2025-05-15T11:30:00Z"),
            ("2025-05-15T10:00:00Z", 2, Unit::Hours, Direction::Before, "2025-05-15T08:00:00Z"),
            // The clock goes forward on March 30: ten o'clock stays ten o'clock.
            ("2025-03-29T09:00:00Z", 1, Unit::Days, Direction::From, "2025-03-30T08:00:00Z"),
            ("2025-03-29T09:00:00Z", 24, Unit::Hours, Direction::From, "2025-03-30T09:00:00Z"),
            ("2025-05-15T10:00:00Z", 2, Unit::Weeks, Direction::From, "2025-05-29T10:00:00Z"),
            ("2025-01-31T10:00:00Z", 1, Unit::Months, Direction::From, "2025-02-28T10:00:00Z"),
            ("2025-03-31T10:00:00Z", 1, Unit::Months, Direction::Before, "2025-02-28T11:00:00Z"),
            ("2025-05-15T10:00:00Z", 0, Unit::Days, Direction::From, "2025-05-15T10:00:00Z"),
        ] {
            let offset = Offset::new(value, unit).unwrap();
            assert_eq!(calendar.deadline(utc(base), offset, direction), utc(expected), "{base} {value}");
        }
        let far = Offset::new(Offset::MAX, Unit::Months).unwrap();
        assert!(
            calendar.deadline(utc("2026-01-01T00:00:00Z"), far, Direction::From)
                > utc("2800-01-01T00:00:00Z")
        );
    }

    #[test]
    fn deadlines_are_moved_forward_to_working_moments() {
        let calendar = office();
        for (at, expected) in [
            // Thursday during, before and after hours (Berlin is two hours ahead).
            ("2025-05-15T10:00:00Z", "2025-05-15T10:00:00Z"),
            ("2025-05-15T15:00:00Z", "2025-05-15T15:00:00Z"),
            ("2025-05-15T05:00:00Z", "2025-05-15T07:00:00Z"),
            ("2025-05-15T15:00:01Z", "2025-05-16T07:00:00Z"),
            // Friday evening and the week-end.
            ("2025-05-16T18:00:00Z", "2025-05-19T07:00:00Z"),
            ("2025-05-17T10:00:00Z", "2025-05-19T07:00:00Z"),
            ("2025-05-18T21:59:59Z", "2025-05-19T07:00:00Z"),
        ] {
            assert_eq!(calendar.working(utc(at)), utc(expected), "{at}");
        }
        assert_eq!(WorkWeek::new([WorkDay::Off; 7]), None, "somebody must work");
        let (nine, five) = (Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0));
        let mut days = [WorkDay::Off; 7];
        days[3] = WorkDay::Between(nine, five);
        let thursdays = Calendar { week: WorkWeek::new(days).unwrap(), ..office() };
        assert_eq!(thursdays.working(utc("2025-05-15T16:00:00Z")), utc("2025-05-22T07:00:00Z"));
        days[0] = WorkDay::Between(five, nine);
        assert_eq!(WorkWeek::new(days), None);
    }

    #[test]
    fn written_deadlines_keep_their_time_of_day_on_the_next_working_day() {
        let calendar = office();
        for (at, expected) in [
            // Late on a Thursday: the day counts, not the hours.
            ("2025-05-15T21:59:59Z", "2025-05-15T21:59:59Z"),
            ("2025-05-17T21:59:59Z", "2025-05-19T21:59:59Z"),
            ("2025-05-18T10:00:00Z", "2025-05-19T10:00:00Z"),
            // The clock goes forward on that Sunday: the time of day stays.
            ("2025-03-29T22:59:59Z", "2025-03-31T21:59:59Z"),
        ] {
            let moved = calendar.on_working_day(utc(at));
            assert_eq!(moved, utc(expected), "{at}");
            assert_eq!(calendar.on_working_day(moved), moved);
        }
    }

    #[test]
    fn days_around_the_clock_begin_at_midnight() {
        let mut days = [WorkDay::AllHours; 7];
        (days[5], days[6]) = (WorkDay::Off, WorkDay::Off);
        let calendar = Calendar { week: WorkWeek::new(days).unwrap(), ..office() };
        assert_eq!(calendar.working(utc("2025-05-17T10:00:00Z")), utc("2025-05-18T22:00:00Z"));
        assert_eq!(calendar.working(utc("2025-05-16T21:00:00Z")), utc("2025-05-16T21:00:00Z"));
    }
}
