//! How many guests or comments an organization may make in an hour.
//!
//! A bucket that runs empty at an even pace: each new one fills it by one share
//! of the hour. Room is reserved before the transaction and filled only when
//! they were made, so that what is refused costs nothing, and so
//! that requests which run side by side cannot share the last room.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hospes_model::OrgNo;

/// The buckets of all organizations.
#[derive(Debug)]
pub(super) struct Hourly {
    /// How many fill a bucket.
    size: u32,
    /// How long one of them stays in it.
    share: Duration,
    buckets: Mutex<HashMap<OrgNo, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// When it will have run empty.
    empty_at: Instant,
    /// Those that may yet be made by requests that are being worked on.
    reserved: u32,
}

impl Hourly {
    /// Buckets for `size` an hour, of which there must be one.
    pub(super) fn new(size: u32) -> Self {
        Self { size, share: Duration::from_hours(1) / size.max(1), buckets: Mutex::default() }
    }

    /// Holds room for `count` new ones, or says how long to wait for it.
    pub(super) fn reserve(
        self: &Arc<Self>,
        org: OrgNo,
        count: u32,
        now: Instant,
    ) -> Result<Reservation, Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(org).or_insert(Bucket { empty_at: now, reserved: 0 });
        let wanted = bucket.reserved.saturating_add(count);
        let (filled, most) = (bucket.empty_at.saturating_duration_since(now), self.share * self.size);
        if filled + self.share * wanted > most {
            // What is reserved is settled in a moment, one way or the other.
            return Err((filled + self.share * count).saturating_sub(most));
        }
        bucket.reserved = wanted;
        let held = Held { hourly: Arc::clone(self), org, count, made: false.into(), settled: false.into() };
        Ok(Reservation(Some(Arc::new(held))))
    }

    /// Ends a reservation: they were made, or they were not.
    fn settle(&self, org: OrgNo, count: u32, made: bool, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut bucket) = buckets.entry(org) {
            let bucket = bucket.get_mut();
            bucket.reserved = bucket.reserved.saturating_sub(count);
            if made {
                bucket.empty_at = bucket.empty_at.max(now) + self.share * count;
            }
        }
    }

    /// Forgets the buckets that are empty.
    pub(super) fn sweep(&self, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|_, bucket| bucket.reserved > 0 || bucket.empty_at > now);
    }
}

/// Room for what is new. It is given back when the last copy is dropped, unless
/// that was made.
#[derive(Debug, Clone)]
pub struct Reservation(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    hourly: Arc<Hourly>,
    org: OrgNo,
    count: u32,
    /// What the last run of the work came to.
    made: AtomicBool,
    settled: AtomicBool,
}

impl Reservation {
    /// Room that need not be reserved: nobody counts, or nobody is new.
    pub const NONE: Self = Self(None);

    /// Runs the work that makes what room is held for. It counts if the work
    /// succeeds; that may be run again, and then the last run decides.
    pub(crate) fn during<T, E>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let outcome = work();
        if let Some(held) = &self.0 {
            held.made.store(outcome.is_ok(), Ordering::Release);
        }
        outcome
    }

    /// Ends the reservation now, before the caller is answered. `committed`
    /// says whether what the work did has come to stay.
    pub(crate) fn settle(self, committed: bool) {
        if let Some(held) = self.0 {
            held.settle(committed);
        }
    }
}

impl Held {
    fn settle(&self, committed: bool) {
        if !self.settled.swap(true, Ordering::AcqRel) {
            let made = committed && self.made.load(Ordering::Acquire);
            self.hourly.settle(self.org, self.count, made, Instant::now());
        }
    }
}

impl Drop for Held {
    /// The caller went away before the answer; the work was done all the same.
    /// Had its commit failed, the room comes back with time.
    fn drop(&mut self) {
        self.settle(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org() -> OrgNo {
        OrgNo::new(1).unwrap()
    }

    /// Makes one guest, so much later than it is.
    fn make(hourly: &Arc<Hourly>, later: Duration) -> Result<(), Duration> {
        let room = reserve(hourly, 1, later)?;
        assert_eq!(room.during(|| Ok::<_, ()>(())), Ok(()));
        room.settle(true);
        Ok(())
    }

    fn reserve(hourly: &Arc<Hourly>, count: u32, later: Duration) -> Result<Reservation, Duration> {
        hourly.reserve(org(), count, Instant::now() + later)
    }

    #[test]
    fn room_is_reserved_filled_and_given_back() {
        let hourly = Arc::new(Hourly::new(3));
        let now = Duration::ZERO;
        let held = reserve(&hourly, 2, now).unwrap();
        make(&hourly, now).unwrap();
        assert_eq!(make(&hourly, now), Err(Duration::ZERO), "two are reserved, one is made");
        drop(held);
        reserve(&hourly, 2, now).unwrap().settle(true);
        let failed = reserve(&hourly, 2, now).unwrap();
        assert_eq!(failed.during(|| Err::<(), _>(7)), Err(7));
        failed.settle(true);
        let uncommitted = reserve(&hourly, 2, now).unwrap();
        assert_eq!(uncommitted.during(|| Ok::<_, ()>(())), Ok(()));
        uncommitted.settle(false);
        make(&hourly, now).unwrap();
        make(&hourly, now).unwrap();
        assert!(make(&hourly, now).is_err());
    }

    #[test]
    fn a_caller_who_goes_away_is_counted_by_what_was_done() {
        let hourly = Arc::new(Hourly::new(1));
        let now = Duration::ZERO;
        let handler = reserve(&hourly, 1, now).unwrap();
        let in_transaction = handler.clone();
        drop(handler);
        assert!(make(&hourly, now).is_err(), "the work still runs");
        assert_eq!(in_transaction.during(|| Ok::<_, ()>(())), Ok(()));
        drop(in_transaction);
        assert!(make(&hourly, now).is_err(), "a guest was made");
    }

    #[test]
    fn room_comes_back_at_an_even_pace() {
        let hourly = Arc::new(Hourly::new(30));
        for _ in 0..30 {
            make(&hourly, Duration::ZERO).unwrap();
        }
        let wait = reserve(&hourly, 1, Duration::ZERO).unwrap_err();
        assert!(wait > Duration::from_secs(110) && wait <= Duration::from_mins(2), "{wait:?}");
        assert!(make(&hourly, wait / 2).is_err());
        make(&hourly, wait).unwrap();
        assert!(make(&hourly, wait).is_err());
        hourly.sweep(Instant::now() + Duration::from_mins(30));
        assert_eq!(hourly.buckets.lock().unwrap().len(), 1);
        hourly.sweep(Instant::now() + Duration::from_hours(2));
        assert_eq!(hourly.buckets.lock().unwrap().len(), 0);
    }
}
