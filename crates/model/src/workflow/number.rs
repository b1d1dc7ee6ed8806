//! Numbers as people type them: decimal fractions of any length, compared
//! exactly.

use std::cmp::Ordering;

/// A decimal number: sign, whole part without leading zeros, fraction without
/// trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads `-12.50`; surrounding blanks and a leading plus are allowed,
    /// exponents, group separators and anything else are not.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }

    fn compare_sizes(&self, other: &Self) -> Ordering {
        let wholes = self.whole.len().cmp(&other.whole.len()).then_with(|| self.whole.cmp(other.whole));
        // Fractions without trailing zeros are ordered like their texts.
        wholes.then_with(|| self.fraction.cmp(other.fraction))
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_sizes(other),
            (true, true) => other.compare_sizes(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_exactly() {
        let rising = [
            "-100.5",
            "-100",
            "-0.25",
            "0",
            "0.05",
            ".5",
            "1.25",
            "9",
            "10",
            "9007199254740992",
            "9007199254740993",
        ];
        for (place, text) in rising.iter().enumerate() {
            for (other_place, other) in rising.iter().enumerate() {
                let numbers = (Decimal::parse(text).unwrap(), Decimal::parse(other).unwrap());
                assert_eq!(numbers.0.cmp(&numbers.1), place.cmp(&other_place), "{text} {other}");
            }
        }
        for (a, b) in [("1", "1.0"), ("-0", "0"), ("007", "7"), ("+3", " 3. ")] {
            assert_eq!(Decimal::parse(a), Decimal::parse(b));
        }
        for wrong in ["", ".", "-", "1e5", "1,5", "1.2.3", "--1", "abc", "1 2", "½", "NaN", "inf"] {
            assert_eq!(Decimal::parse(wrong), None, "{wrong}");
        }
    }
}
