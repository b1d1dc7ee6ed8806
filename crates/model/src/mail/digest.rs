//! When a guest's digest is due: at six in the morning in the guest's zone, on
//! the days that the guest or else the organization chose (`product.md` 1.11,
//! 1.15).

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// When the day's digest goes out, on the guest's clock.
pub const HOUR: Time = Time::constant(6, 0, 0, 0);

/// A digest that could not be sent for so long is left out: the next one is
/// nearer than this one was.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(12);

/// The first moment behind `after` at which a digest is due; `None` without
/// days. Where the clock jumps over six o'clock, it is the moment after the jump.
pub fn next(after: Timestamp, zone: &TimeZone, days: &[Weekday]) -> Option<Timestamp> {
    if days.is_empty() {
        return None;
    }
    let today = zone.to_datetime(after).date();
    // A day more than a week: today's may be over, and a zone may skip a day.
    (0..=8_i64).find_map(|offset| {
        let date = today.checked_add(offset.days()).ok()?;
        if !days.contains(&date.weekday()) {
            return None;
        }
        let at = zone.to_ambiguous_zoned(date.to_datetime(HOUR)).compatible().ok()?.timestamp();
        (at > after).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn it_is_six_o_clock_before_and_after_the_clock_was_changed() {
        let berlin = zone("Europe/Berlin");
        let days = [Weekday::Friday, Weekday::Monday];
        // Summer time began on Sunday, 30 March 2025.
        let friday = next(at("2025-03-27T10:00:00Z"), &berlin, &days).unwrap();
        assert_eq!(friday, at("2025-03-28T05:00:00Z"));
        let monday = next(friday, &berlin, &days).unwrap();
        assert_eq!(monday, at("2025-03-31T04:00:00Z"));
        // And ended on Sunday, 26 October.
        let friday = next(at("2025-10-23T10:00:00Z"), &berlin, &days).unwrap();
        assert_eq!(friday, at("2025-10-24T04:00:00Z"));
        assert_eq!(next(friday, &berlin, &days), Some(at("2025-10-27T05:00:00Z")));
    }

    #[test]
    fn the_day_is_the_guest_s() {
        // Sunday evening in Berlin is Monday morning in Auckland.
        let after = at("2025-05-18T17:00:00Z");
        assert_eq!(
            next(after, &zone("Pacific/Auckland"), &[Weekday::Monday]),
            Some(at("2025-05-18T18:00:00Z"))
        );
        assert_eq!(next(after, &zone("Europe/Berlin"), &[Weekday::Monday]), Some(at("2025-05-19T04:00:00Z")));
        assert_eq!(next(after, &zone("Europe/Berlin"), &[]), None);
    }

    #[test]
    fn a_skipped_day_does_no_harm() {
        // Samoa had no Friday, 30 December 2011.
        let apia = zone("Pacific/Apia");
        let found = next(at("2011-12-29T20:00:00Z"), &apia, &[Weekday::Friday]).unwrap();
        assert!(found <= at("2012-01-06T00:00:00Z"), "{found}");
        assert!(next(found, &apia, &[Weekday::Friday]).unwrap() > found);
    }

    proptest! {
        #[test]
        fn it_is_ahead_at_six_on_a_chosen_day_and_none_is_left_out(
            second in 0_i64..4_000_000_000,
            name in prop::sample::select(vec![
                "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kathmandu",
                "America/Sao_Paulo", "Africa/Cairo", "UTC",
            ]),
            chosen in prop::collection::btree_set(0_i8..7, 1..=7),
        ) {
            let zone = zone(name);
            let days: Vec<Weekday> =
                chosen.iter().map(|day| Weekday::from_monday_zero_offset(*day).unwrap()).collect();
            let after = Timestamp::from_second(second).unwrap();
            let found = next(after, &zone, &days).unwrap();
            prop_assert!(found > after);
            let local = zone.to_datetime(found);
            prop_assert_eq!(local.time(), HOUR);
            prop_assert!(days.contains(&local.date().weekday()));
            // No earlier moment would have done.
            let mut day = zone.to_datetime(after).date();
            while day < local.date() {
                let earlier = day.to_datetime(HOUR).to_zoned(zone.clone()).unwrap().timestamp();
                prop_assert!(!days.contains(&day.weekday()) || earlier <= after);
                day = day.tomorrow().unwrap();
            }
        }
    }
}
