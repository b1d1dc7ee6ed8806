//! How dates and times are told.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Arg, Text, key};

/// How a deadline stands to now, in the reader's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It has passed.
    Late,
    /// It is today or tomorrow.
    Soon,
    /// It lies further ahead.
    Later,
}

impl Due {
    /// How a deadline stands to `now`.
    pub fn of(text: &Text, deadline: Timestamp, now: Timestamp) -> Self {
        if deadline < now {
            return Self::Late;
        }
        if text.days_between(now, deadline) <= 1 { Self::Soon } else { Self::Later }
    }
}

impl Text {
    /// `15 May 2025`, or as the language writes it.
    pub fn date(&self, at: Timestamp) -> String {
        self.civil_date(at.to_zoned(self.zone().clone()).date())
    }

    /// A day that is the same for everybody (`product.md` 1.15).
    pub fn civil_date(&self, date: Date) -> String {
        let month = self.say(month_key(date.month()));
        self.say_with(
            "date",
            &[
                ("day", Arg::Number(date.day().into())),
                ("month", Arg::Text(&month)),
                // As text, since numbers may be grouped.
                ("year", Arg::Text(&date.year().to_string())),
            ],
        )
    }

    /// `14:30`.
    pub fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone().clone()).strftime("%H:%M").to_string()
    }

    /// `15 May 2025, 14:30`, or as the language writes it.
    pub fn date_time(&self, at: Timestamp) -> String {
        let (date, time) = (self.date(at), self.time(at));
        self.say_with("date-time", &[("date", Arg::Text(&date)), ("time", Arg::Text(&time))])
    }

    /// Until when something is to be done, as people say it: "today, 14:30",
    /// "overdue by 2 days".
    pub fn due(&self, deadline: Timestamp, now: Timestamp) -> String {
        let days = self.days_between(now, deadline);
        let time = self.time(deadline);
        if deadline < now {
            return match days {
                0 => self.say_of("overdue-today", "time", &time),
                days => self.say_of("overdue-days", "days", -days),
            };
        }
        match days {
            0 => self.say_of("due-today", "time", &time),
            1 => self.say_of("due-tomorrow", "time", &time),
            days @ 2..=6 => {
                let date = self.date(deadline);
                self.say_with("due-in-days", &[("days", Arg::Number(days)), ("date", Arg::Text(&date))])
            }
            _ => self.say_of("due-on", "date", &self.date(deadline)),
        }
    }

    /// When the reader's next day begins; `now` itself where the calendar ends.
    pub fn next_day(&self, now: Timestamp) -> Timestamp {
        let begins = now.to_zoned(self.zone().clone()).tomorrow().and_then(|day| day.start_of_day());
        begins.map_or(now, |begins| begins.timestamp())
    }

    /// Days on the reader's calendar from one moment to another.
    fn days_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let day = |at: Timestamp| at.to_zoned(self.zone().clone()).date();
        let span = day(from).until(day(to)).map(|span| i64::from(span.get_days()));
        span.unwrap_or(i64::MAX)
    }
}

fn month_key(month: i8) -> &'static str {
    match month {
        1 => key("month-1"),
        2 => key("month-2"),
        3 => key("month-3"),
        4 => key("month-4"),
        5 => key("month-5"),
        6 => key("month-6"),
        7 => key("month-7"),
        8 => key("month-8"),
        9 => key("month-9"),
        10 => key("month-10"),
        11 => key("month-11"),
        _ => key("month-12"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::Language;
    use super::*;

    fn text(language: Language) -> Text {
        Text::new(language, TimeZone::get("America/New_York").unwrap())
    }

    fn at(moment: &str) -> Timestamp {
        moment.parse().unwrap()
    }

    #[test]
    fn moments_are_told_in_the_readers_zone_and_language() {
        let moment = at("2025-05-16T02:30:00Z");
        let told = Language::ALL.iter().map(|language| text(*language).date_time(moment)).collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                "15 May 2025, 22:30",
                "15. Mai 2025, 22:30 Uhr",
                "15 mai 2025 à 22:30",
                "15 de mayo de 2025, 22:30",
            ]
        );
    }

    #[test]
    fn deadlines_are_told_by_the_readers_calendar() {
        let text = text(Language::En);
        let now = at("2025-05-15T12:00:00Z"); // 08:00
        for (deadline, said, due) in [
            ("2025-05-15T11:00:00Z", "overdue since 07:00 today", Due::Late),
            ("2025-05-14T13:00:00Z", "overdue by 1 day", Due::Late),
            ("2025-05-13T13:00:00Z", "overdue by 2 days", Due::Late),
            // Already tomorrow in UTC, today in New York.
            ("2025-05-16T02:00:00Z", "due today, 22:00", Due::Soon),
            ("2025-05-16T13:00:00Z", "due tomorrow, 09:00", Due::Soon),
            ("2025-05-18T13:00:00Z", "due in 3 days (18 May 2025)", Due::Later),
            ("2025-08-18T13:00:00Z", "due on 18 August 2025", Due::Later),
        ] {
            assert_eq!(
                (text.due(at(deadline), now).as_str(), Due::of(&text, at(deadline), now)),
                (said, due)
            );
        }
    }
}
