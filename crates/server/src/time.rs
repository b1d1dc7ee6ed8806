//! The clock. The only place that asks the machine what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Says what time it is: the machine's time, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `at` until it is moved.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.as_microsecond()))))
    }

    /// The time now, in whole microseconds, which is what is stored.
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Some(fixed) => fixed.load(Ordering::Relaxed),
            #[expect(clippy::disallowed_methods, reason = "this is the place that owns the clock")]
            None => Timestamp::now().as_microsecond(),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a fixed clock; the machine's does not move for anybody.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(fixed) = &self.0 {
            let micros = i64::try_from(by.as_micros()).unwrap_or(0);
            fixed.fetch_add(micros, Ordering::Relaxed);
        }
    }
}
