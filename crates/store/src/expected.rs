//! The state of an object that a caller's `If-Match` demands.

/// Which revisions a change may begin from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any.
    #[default]
    Any,
    /// One of these.
    Revisions(Vec<i64>),
}

impl Expected {
    /// Whether an object at this revision may be changed.
    pub(crate) fn is_met_by(&self, revision: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Revisions(revisions) => revisions.contains(&revision),
        }
    }
}
