//! Numbers that say how new an answer is, remembered between requests.
//!
//! Only the embedded database may be remembered like this: every write of it
//! goes through this process, which publishes the new number after the commit
//! and before the acknowledgement.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hospes_model::OrgNo;

use crate::sql::Effects;

#[derive(Debug, Default)]
pub(crate) struct Revisions {
    /// The guest revision of each organization; -1 while it is not known.
    guests: RwLock<HashMap<OrgNo, Arc<AtomicI64>>>,
    /// Grows when a token, a member or an organization changes.
    access: AtomicU64,
}

impl Revisions {
    fn guests(&self, org: OrgNo) -> Arc<AtomicI64> {
        if let Some(known) = self.guests.read().unwrap_or_else(PoisonError::into_inner).get(&org) {
            return Arc::clone(known);
        }
        let mut all = self.guests.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(org).or_insert_with(|| Arc::new(AtomicI64::new(-1))))
    }

    /// An organization's guest revision, if it is known.
    pub(crate) fn known_guests(&self, org: OrgNo) -> Option<i64> {
        let known = self.guests.read().unwrap_or_else(PoisonError::into_inner);
        let revision = known.get(&org)?.load(Ordering::Acquire);
        (revision >= 0).then_some(revision)
    }

    pub(crate) fn publish_guests(&self, org: OrgNo, revision: i64) {
        self.guests(org).fetch_max(revision, Ordering::AcqRel);
    }

    pub(crate) fn access(&self) -> u64 {
        self.access.load(Ordering::Acquire)
    }

    pub(crate) fn publish(&self, effects: &Effects) {
        for (org, revision) in &effects.guest_revisions {
            self.publish_guests(*org, *revision);
        }
        if effects.access_changed {
            self.access.fetch_add(1, Ordering::AcqRel);
        }
    }

    pub(crate) fn forget(&self) {
        for known in self.guests.read().unwrap_or_else(PoisonError::into_inner).values() {
            known.store(-1, Ordering::Release);
        }
        self.access.fetch_add(1, Ordering::AcqRel);
    }
}
