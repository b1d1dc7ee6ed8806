//! Mails that were caught instead of sent: in memory, the newest only. For
//! demonstrations and development.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// So many are kept.
pub const KEPT: usize = 200;

/// A mail that was caught. It holds secrets that work: whoever can read it can
/// do what its receiver can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaughtMail {
    /// Counted from 1 since the start.
    pub number: u64,
    /// When it was caught.
    pub at: String,
    /// What it is about.
    pub kind: &'static str,
    /// The address that it was for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its other headers, as they would go over the wire.
    pub headers: Vec<(String, String)>,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
}

/// The newest mails that were caught.
#[derive(Debug, Default)]
pub struct Caught(Mutex<(u64, VecDeque<CaughtMail>)>);

impl Caught {
    /// Keeps a mail, and gives it its number.
    pub fn keep(&self, mut mail: CaughtMail) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        mail.number = kept.0;
        if kept.1.len() >= KEPT {
            kept.1.pop_front();
        }
        kept.1.push_back(mail);
    }

    /// All that are kept, the newest first.
    pub fn all(&self) -> Vec<CaughtMail> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.iter().rev().cloned().collect()
    }

    /// The one with this number, if it is still kept.
    pub fn get(&self, number: u64) -> Option<CaughtMail> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.iter().find(|mail| mail.number == number).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let caught = Caught::default();
        for _ in 0..KEPT + 2 {
            caught.keep(CaughtMail {
                number: 0,
                at: String::new(),
                kind: "tasks",
                to: String::new(),
                subject: String::new(),
                headers: Vec::new(),
                text: String::new(),
                html: String::new(),
            });
        }
        let all = caught.all();
        assert_eq!((all.len(), all[0].number, all[KEPT - 1].number), (KEPT, KEPT as u64 + 2, 3));
        assert!(caught.get(2).is_none() && caught.get(3).is_some());
    }
}
