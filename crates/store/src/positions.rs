//! Where in a list a page begins, without stepping over what lies before it.
//!
//! For each list that someone pages through by number, every hundredth row's
//! place in its index is remembered. A page then starts at the nearest
//! remembered place instead of counting from the first row, so that the last
//! page of a million costs what the first one does. The places are stamped
//! with the numbers under which they were read and dropped when those moved on.

use std::sync::Arc;

use hospes_model::OrgNo;
use quick_cache::sync::Cache as BoundedCache;

use crate::orgs::GuestCounters;
use crate::sql::Value;

/// Rows between two remembered places.
pub(crate) const SPACING: usize = 100;

/// Lists remembered at a time; one takes about 50 bytes for each hundred rows.
const LISTS: usize = 256;

/// Which list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListKey {
    pub(crate) org: OrgNo,
    /// Sort column and filters, as the statement's text.
    pub(crate) shape: String,
    /// The search, if there is one.
    pub(crate) search: Option<String>,
}

/// A row's place in the list's order: the sort column's value, then the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) value: SortValue,
    pub(crate) key: i64,
}

/// The value of the column that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SortValue {
    /// Sorted by the key alone.
    Key,
    Int(i64),
    Text(Box<str>),
}

impl SortValue {
    /// The value as it is compared.
    pub(crate) fn bound(&self) -> Value<'_> {
        match self {
            Self::Key => Value::Null,
            Self::Int(value) => Value::Int(*value),
            Self::Text(text) => Value::Text(text),
        }
    }
}

/// The places of one list.
#[derive(Debug)]
pub(crate) struct Positions {
    /// What must not have moved for the places to be right.
    pub(crate) stamp: i64,
    /// The rows counted; `places[n]` is that of row `n * SPACING`.
    pub(crate) total: i64,
    pub(crate) places: Vec<Place>,
}

#[derive(Debug)]
pub(crate) struct Cache(BoundedCache<ListKey, Arc<Positions>>);

impl Default for Cache {
    fn default() -> Self {
        Self(BoundedCache::new(LISTS))
    }
}

impl Cache {
    pub(crate) fn get(&self, key: &ListKey) -> Option<Arc<Positions>> {
        self.0.get(key)
    }

    pub(crate) fn put(&self, key: ListKey, positions: Arc<Positions>) {
        self.0.insert(key, positions);
    }
}

impl Positions {
    /// Whether the places of a list in the order of creation are those of an
    /// organization with these counters.
    pub(crate) fn holds_for(&self, counters: GuestCounters) -> bool {
        self.stamp == counters.removals && self.total == counters.total
    }

    /// Where the row behind `offset` of a list's `total` is found: the nearest
    /// remembered place in the list's direction (`None` for its beginning), and
    /// how many rows are passed over from there.
    pub(crate) fn start(&self, total: i64, offset: i64, descending: bool) -> (Option<Place>, i64) {
        let spacing = SPACING as i64;
        // Descending lists are counted from the other end.
        let row = if descending { total - 1 - offset } else { offset };
        if let Some(at) = self.without_gaps(row) {
            return (Some(at), 0);
        }
        // The nearest place at or before the row, in the list's direction.
        let number = if descending { (row + spacing - 1) / spacing } else { row / spacing };
        match self.place(number) {
            Some(at) => (Some(at.clone()), (number * spacing - row).abs()),
            None => (None, offset),
        }
    }

    fn place(&self, number: i64) -> Option<&Place> {
        usize::try_from(number).ok().and_then(|number| self.places.get(number))
    }

    /// The very place of a row, where the keys around it follow each other
    /// without a gap.
    fn without_gaps(&self, row: i64) -> Option<Place> {
        let spacing = SPACING as i64;
        let (first, next) = (self.place(row / spacing)?, self.place(row / spacing + 1)?);
        let is_dense = first.value == SortValue::Key && next.key - first.key == spacing;
        is_dense.then(|| Place { value: SortValue::Key, key: first.key + row % spacing })
    }
}
