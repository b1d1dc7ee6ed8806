//! Typed codes: how many digits, how long, how many tries, and the counts that
//! a new code does not reset (`trust.md` 1).
//!
//! A pure state machine: the store keeps [`Code`] and [`Count`], and the server
//! compares hashes. A try is counted before anything is compared, so that many
//! at once are no more than one after the other.

use jiff::{SignedDuration, Timestamp};

/// Digits of a code.
pub const DIGITS: usize = 8;

/// A code works this long.
pub const LIFE: SignedDuration = SignedDuration::from_mins(10);

/// So many times one code can be tried.
pub const TRIES: i64 = 5;

/// At most so many in a span of time, which begins with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// The word under which it is stored.
    pub kind: &'static str,
    /// How many.
    pub most: i64,
    /// In which time.
    pub per: SignedDuration,
}

/// Mails that are asked for by one address that is typed, or through one link,
/// whether or not there is anybody: whoever asks is told.
pub const MAILS_ASKED: Cap = Cap { kind: "mail-asked", most: 5, per: SignedDuration::from_hours(1) };
/// Codes and links that are mailed to one mailbox, whatever they were asked for
/// by. Nobody is told that there were too many, which would tell whose a link is
/// and who is a guest: the answer is the same, without a mail.
pub const MAILS_TO_MAILBOX: Cap =
    Cap { kind: "mail-to-mailbox", most: 5, per: SignedDuration::from_hours(1) };
/// Codes and links that one network may ask for.
pub const MAILS_FOR_NETWORK: Cap =
    Cap { kind: "mail-for-network", most: 30, per: SignedDuration::from_hours(1) };
/// Codes that are typed in for one address, or at one link, whether or not there
/// is anything to compare them with: whoever types is told.
pub const TRIES_TYPED: Cap = Cap { kind: "try-typed", most: 20, per: SignedDuration::from_hours(24) };
/// Codes that are compared with those mailed to one mailbox, whatever their
/// number and wherever they are typed. Nobody is told, as with the mails: no code
/// is right then.
pub const TRIES_AT_MAILBOX: Cap =
    Cap { kind: "try-at-mailbox", most: 20, per: SignedDuration::from_hours(24) };
/// Codes typed in one network.
pub const TRIES_FROM_NETWORK: Cap =
    Cap { kind: "try-from-network", most: 60, per: SignedDuration::from_hours(1) };

/// What was counted so far under a [`Cap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// When the span of time began.
    pub began_at: Timestamp,
    /// How many were in it.
    pub count: i64,
}

impl Cap {
    /// Counts one more: the new count, or how long to wait.
    ///
    /// # Errors
    ///
    /// When there were too many. Nothing is counted then.
    pub fn take(&self, before: Option<Count>, now: Timestamp) -> Result<Count, SignedDuration> {
        let current = before.filter(|count| now.duration_since(count.began_at) < self.per);
        match current {
            None => Ok(Count { began_at: now, count: 1 }),
            Some(count) if count.count < self.most => Ok(Count { count: count.count + 1, ..count }),
            Some(count) => Err(self.per - now.duration_since(count.began_at)),
        }
    }
}

/// A code as it is kept, without its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// When it was made.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// When somebody got in with it.
    pub used_at: Option<Timestamp>,
}

impl Code {
    /// A code that was just made.
    pub fn new(now: Timestamp) -> Self {
        Self { created_at: now, tries: 0, used_at: None }
    }

    /// Counts a try, before it is known whether it is right. `None` when the
    /// code cannot be tried any more: used, too old or tried too often.
    #[must_use]
    pub fn tried(self, now: Timestamp) -> Option<Self> {
        let is_alive =
            self.used_at.is_none() && now.duration_since(self.created_at) < LIFE && self.tries < TRIES;
        is_alive.then_some(Self { tries: self.tries + 1, ..self })
    }

    /// Uses a code whose digits were right. `None` when it was used meanwhile.
    #[must_use]
    pub fn used(self, now: Timestamp) -> Option<Self> {
        self.used_at.is_none().then_some(Self { used_at: Some(now), ..self })
    }
}

/// A code's digits, made of 8 random bytes. 2^64 is so much more than 10^8 that
/// no code is noticeably likelier than another.
pub fn digits(random: [u8; 8]) -> String {
    format!("{:0width$}", u64::from_be_bytes(random) % 100_000_000, width = DIGITS)
}

/// Reads what somebody typed: spaces and dashes do not count. `None` when it
/// cannot be a code.
pub fn read(typed: &str) -> Option<String> {
    let plain = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2013}' | '\u{2011}');
    let code: String = typed.chars().filter(plain).take(DIGITS + 1).collect();
    (code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_eight_digits_however_they_are_typed() {
        assert_eq!(digits([0; 8]), "00000000");
        assert_eq!(digits(100_000_007_u64.to_be_bytes()), "00000007");
        assert_eq!(digits([255; 8]).len(), DIGITS);
        for typed in ["12345678", " 1234 5678 ", "1234-5678", "12\u{a0}34\u{2011}5678"] {
            assert_eq!(read(typed).as_deref(), Some("12345678"), "{typed}");
        }
        for typed in ["", "1234567", "123456789", "1234567x", "١٢٣٤٥٦٧٨", "12345678 OR 1=1"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn whoever_was_refused_is_told_when_to_come_back() {
        let now = Timestamp::UNIX_EPOCH;
        let full = Count { began_at: now, count: TRIES_FROM_NETWORK.most };
        let half = now + SignedDuration::from_mins(30);
        assert_eq!(TRIES_FROM_NETWORK.take(Some(full), half), Err(SignedDuration::from_mins(30)));
        let over = now + SignedDuration::from_hours(1);
        assert_eq!(TRIES_FROM_NETWORK.take(Some(full), over), Ok(Count { began_at: over, count: 1 }));
    }

    /// What somebody at the entrance does.
    #[derive(Debug, Clone)]
    enum Step {
        Wait(u32),
        Ask(usize),
        Try { browser: usize, right: bool },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => (0_u32..2 * 3600).prop_map(Step::Wait),
            3 => (0_usize..3).prop_map(Step::Ask),
            8 => (0_usize..3, prop::bool::weighted(0.1)).prop_map(|(browser, right)| Step::Try { browser, right }),
        ];
        prop::collection::vec(step, 0..200)
    }

    /// A code as a browser has it, and how it fared.
    #[derive(Debug, Clone, Copy)]
    struct Held {
        code: Code,
        compared: i64,
        opened: i64,
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_history_gets_more_tries_or_mails_than_it_should(steps in steps()) {
            let mut now = Timestamp::UNIX_EPOCH;
            let (mut mails, mut tries) = (None, None);
            let (mut mailed, mut compared) = (Vec::new(), Vec::new());
            let mut held: [Option<Held>; 3] = [None; 3];
            let check = |held: &Held| {
                prop_assert!(held.compared <= TRIES && held.opened <= 1, "{:?}", held);
                Ok(())
            };
            for step in steps {
                match step {
                    Step::Wait(seconds) => now += SignedDuration::from_secs(i64::from(seconds)),
                    Step::Ask(browser) => {
                        let Ok(count) = MAILS_TO_MAILBOX.take(mails, now) else { continue };
                        mails = Some(count);
                        mailed.push(now);
                        if let Some(old) = held[browser].replace(Held { code: Code::new(now), compared: 0, opened: 0 }) {
                            check(&old)?;
                        }
                    }
                    Step::Try { browser, right } => {
                        let Ok(count) = TRIES_AT_MAILBOX.take(tries, now) else { continue };
                        tries = Some(count);
                        let Some(held) = &mut held[browser] else { continue };
                        let Some(tried) = held.code.tried(now) else { continue };
                        held.code = tried;
                        held.compared += 1;
                        compared.push(now);
                        prop_assert!(now.duration_since(held.code.created_at) < LIFE);
                        prop_assert_eq!(held.opened, 0, "a used code is not compared again");
                        if right {
                            held.code = held.code.used(now).unwrap();
                            held.opened += 1;
                            prop_assert_eq!(held.code.used(now), None);
                        }
                    }
                }
            }
            held.iter().flatten().try_for_each(check)?;
            // Spans follow each other, so that one that lies across two has at most twice as many.
            for (cap, moments) in [
                (MAILS_TO_MAILBOX, mailed), (TRIES_AT_MAILBOX, compared),
            ] {
                for (at, first) in moments.iter().enumerate() {
                    let within = moments[at..].iter().filter(|moment| moment.duration_since(*first) < cap.per);
                    prop_assert!(within.count() as i64 <= 2 * cap.most);
                }
            }
        }
    }
}
