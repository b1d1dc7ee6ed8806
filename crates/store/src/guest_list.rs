//! Lists of guests: filter, sort, page by number or by cursor.
//!
//! Pages are served from the renderings in `guest_rendered`. Without a search,
//! totals come from the organization's counters; with one, rows are counted
//! once and the count is remembered until a guest changes.

use std::sync::Arc;

use hospes_model::{GuestKey, OrgNo};

use crate::error::{Error, Result};
use crate::orgs::{self, GuestCounters};
use crate::positions::{ListKey, Place, Positions, SPACING, SortValue};
use crate::sql::{Row, Tx, Value};

pub use cursor::Cursor;
pub use plain::{is_simple, page_at};

mod cursor;
mod plain;
#[cfg(test)]
mod plans;

/// What lists can be sorted by. Ties are broken by the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// The order of creation.
    CreatedAt,
    /// The folded address.
    Email,
    /// The folded first name; guests without one come first.
    FirstName,
    /// The folded last name; guests without one come first.
    LastName,
    /// The last visit; guests who were never here come first.
    LastAccessedAt,
    /// The number of open tasks.
    ActiveTasks,
}

impl SortBy {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::CreatedAt,
        Self::Email,
        Self::FirstName,
        Self::LastName,
        Self::LastAccessedAt,
        Self::ActiveTasks,
    ];

    /// The API's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::LastAccessedAt => "last_accessed_at",
            Self::ActiveTasks => "active_tasks",
        }
    }

    /// Reads the API's word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sort| sort.name() == name)
    }

    /// The column before the key; `None` when the key alone decides.
    fn column(self) -> Option<&'static str> {
        match self {
            Self::CreatedAt => None,
            Self::Email => Some("email_folded"),
            Self::FirstName => Some("first_name_folded"),
            Self::LastName => Some("last_name_folded"),
            Self::LastAccessedAt => Some("last_accessed_at"),
            Self::ActiveTasks => Some("active_tasks"),
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::LastAccessedAt | Self::ActiveTasks)
    }
}

/// Which guests, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listing {
    /// Only guests whose address, names or company contain this folded text.
    pub search: Option<String>,
    /// Only disabled (`true`) or only active (`false`) guests.
    pub disabled: Option<bool>,
    /// The sort.
    pub sort: SortBy,
    /// Whether the order is reversed.
    pub descending: bool,
}

impl Listing {
    /// Whether it is all guests in the order of creation, or the other way round.
    fn is_plain(&self) -> bool {
        self.search.is_none() && self.disabled.is_none() && self.sort == SortBy::CreatedAt
    }

    /// What its positions are remembered under; the direction does not matter.
    fn key(&self, org: OrgNo) -> ListKey {
        let shape = match (self.sort, self.disabled) {
            (SortBy::CreatedAt, None) => String::new(),
            (sort, disabled) => format!("{sort:?} {disabled:?}"),
        };
        ListKey { org, shape, search: self.search.clone() }
    }

    /// The conditions beside organization and place, with ` AND ` before each.
    fn filter<'a>(&'a self, values: &mut Vec<Value<'a>>) -> String {
        let mut conditions = match self.disabled {
            Some(true) => " AND g.disabled_at IS NOT NULL",
            Some(false) => " AND g.disabled_at IS NULL",
            None => "",
        }
        .to_owned();
        if let Some(search) = &self.search {
            values.push(search.into());
            conditions = format!("{conditions} AND strpos(g.search_folded, ?{}) > 0", values.len());
        }
        conditions
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// So many rows are passed over.
    Offset(i64),
    /// Behind the row that a [`Cursor`] names.
    Cursor(Cursor),
}

/// What a page says of its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// All rows of the list.
    pub total: i64,
    /// The organization's guest revision that the page was read under.
    pub revision: i64,
    /// How many rows the page has.
    pub count: i64,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
}

/// Reads a page of at most `limit` rows and hands the
/// [rendering](crate::engine::Render) of each to `each`, in order. For reads
/// only: what is counted is remembered, and an uncommitted change must not be.
pub fn page(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    from: &From,
    limit: i64,
    mut each: impl FnMut(&[u8]),
) -> Result<Page> {
    let counters = orgs::guest_counters(tx, org)?;
    tx.context.counters.put(org, counters);
    let total = total(tx, org, listing, counters)?;
    let start = match from {
        From::Cursor(cursor) => Start { at: Some(behind(cursor.place(), listing.descending)), skip: 0 },
        From::Offset(offset) if *offset >= total => {
            return Ok(Page { total, revision: counters.revision, count: 0, next: None });
        }
        From::Offset(offset) => start_of(tx, org, listing, counters, total, *offset)?,
    };
    let query = Query::rows(org, listing, start.at.as_ref(), tx.is_sqlite());
    let mut rows = Rows::new(limit);
    tx.query(&query.sql, &query.params(limit + 1, start.skip), |row| {
        rows.take(row, listing.sort, &mut each)
    })?;
    Ok(rows.into_page(total, counters.revision))
}

/// The rows of a page as they come. One more than wanted tells whether there is
/// a next page.
struct Rows {
    limit: i64,
    count: i64,
    last: Option<Cursor>,
}

impl Rows {
    fn new(limit: i64) -> Self {
        Self { limit, count: 0, last: None }
    }

    fn take(&mut self, row: &Row<'_>, sort: SortBy, each: &mut impl FnMut(&[u8])) -> Result<()> {
        self.count += 1;
        if self.count <= self.limit {
            each(row.bytes(0)?);
        }
        if self.count == self.limit {
            self.last = Some(Cursor::at(read_place(row, sort, 1)?));
        }
        Ok(())
    }

    fn into_page(self, total: i64, revision: i64) -> Page {
        let has_more = self.count > self.limit;
        let next = self.last.filter(|_| has_more);
        Page { total, revision, count: self.count.min(self.limit), next }
    }
}

/// Where a scan begins: at a place (inclusive) or at the list's start, and how
/// many rows it passes over.
#[derive(Debug)]
struct Start {
    at: Option<Place>,
    skip: i64,
}

/// The place right behind another, in the list's direction.
fn behind(place: &Place, descending: bool) -> Place {
    let key = if descending { place.key - 1 } else { place.key + 1 };
    Place { key, ..place.clone() }
}

fn total(tx: &mut Tx<'_>, org: OrgNo, listing: &Listing, counters: GuestCounters) -> Result<i64> {
    if listing.search.is_some() {
        return Ok(positions(tx, org, listing, counters)?.total);
    }
    Ok(match listing.disabled {
        None => counters.total,
        Some(true) => counters.disabled,
        Some(false) => counters.total - counters.disabled,
    })
}

/// Finds where the page behind `offset` rows begins.
fn start_of(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    counters: GuestCounters,
    total: i64,
    offset: i64,
) -> Result<Start> {
    if offset < SPACING as i64 {
        return Ok(Start { at: None, skip: offset });
    }
    let positions = positions(tx, org, listing, counters)?;
    let (at, skip) = positions.start(total, offset, listing.descending);
    Ok(Start { at, skip })
}

/// The remembered places of a list, read anew when they are out of date. Those
/// of the plain list may be newer than what this transaction sees, but for the
/// places at its end: who asks has more rows than the first place is away.
fn positions(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    counters: GuestCounters,
) -> Result<Arc<Positions>> {
    let plain = listing.is_plain();
    // In the order of creation only a removal moves rows; what is new comes last.
    let stamp = if plain { counters.removals } else { counters.revision };
    let key = listing.key(org);
    let known = tx.context.positions.get(&key).filter(|known| known.stamp == stamp);
    if let Some(known) = &known
        && (!plain || known.holds_for(counters))
    {
        return Ok(Arc::clone(known));
    }
    // Appended rows are counted on from the last remembered place.
    let mut places = known.filter(|_| plain).map_or_else(Vec::new, |known| known.places.clone());
    let resumed = places.pop();
    let mut total = (places.len() * SPACING) as i64;
    let ascending = Listing { descending: false, ..listing.clone() };
    let query = Query::places(org, &ascending, resumed.as_ref());
    tx.query(&query.sql, &query.params(i64::MAX, 0), |row| {
        if total % SPACING as i64 == 0 {
            places.push(read_place(row, listing.sort, 0)?);
        }
        total += 1;
        Ok::<_, Error>(())
    })?;
    let positions = Arc::new(Positions { stamp, total, places });
    tx.context.positions.put(key, Arc::clone(&positions));
    Ok(positions)
}

/// Reads the key from column `at` and the sort value behind it.
fn read_place(row: &Row<'_>, sort: SortBy, at: usize) -> Result<Place> {
    let value = match sort.column() {
        None => SortValue::Key,
        Some(_) if sort.is_number() => SortValue::Int(row.int(at + 1)?),
        Some(_) => SortValue::Text(row.text(at + 1)?.into()),
    };
    Ok(Place { value, key: row.int(at)? })
}

/// A statement over a list, with the values it is bound to.
struct Query<'a> {
    sql: String,
    values: Vec<Value<'a>>,
}

impl<'a> Query<'a> {
    /// The rendered rows of a list from a place on: rendering, key, sort value.
    ///
    /// Many guests may share a sort value. PostgreSQL finds a place among them
    /// by comparing value and key at once; SQLite would step over all that
    /// share the value, and is asked for them and for those behind `in_parts`.
    fn rows(org: OrgNo, listing: &'a Listing, start: Option<&'a Place>, in_parts: bool) -> Self {
        if listing.is_plain() {
            // The plain list reads one table, in its own order.
            return Self::build("r.bytes, r.key", "guest_rendered r", "r.key", org, listing, start);
        }
        let columns = match listing.sort.column() {
            Some(column) => format!("r.bytes, g.key, g.{column}"),
            None => "r.bytes, g.key".to_owned(),
        };
        let tables = "guest g JOIN guest_rendered r ON r.key = g.key";
        match (listing.sort.column(), start) {
            (Some(column), Some(start)) if in_parts => {
                Self::build_in_parts(&columns, tables, column, org, listing, start)
            }
            _ => Self::build(&columns, tables, "g.key", org, listing, start),
        }
    }

    /// The places of a list's rows: key, sort value.
    fn places(org: OrgNo, listing: &'a Listing, start: Option<&'a Place>) -> Self {
        let columns = match listing.sort.column() {
            Some(column) => format!("g.key, g.{column}"),
            None => "g.key".to_owned(),
        };
        Self::build(&columns, "guest g", "g.key", org, listing, start)
    }

    fn build(
        columns: &str,
        tables: &str,
        key: &str,
        org: OrgNo,
        listing: &'a Listing,
        start: Option<&'a Place>,
    ) -> Self {
        let (direction, compare) = if listing.descending { (" DESC", "<=") } else { ("", ">=") };
        let mut values: Vec<Value<'a>> = Vec::new();
        let mut bind = |value: Value<'a>| {
            values.push(value);
            format!("?{}", values.len())
        };
        let (mut condition, order) = match listing.sort.column() {
            None => {
                let (mut low, mut high) = (GuestKey::before_all(org).get(), GuestKey::after_all(org).get());
                match start {
                    Some(place) if listing.descending => high = place.key,
                    Some(place) => low = place.key,
                    None => {}
                }
                let range = format!("{key} >= {} AND {key} <= {}", bind(low.into()), bind(high.into()));
                (range, format!("{key}{direction}"))
            }
            Some(column) => {
                let mut condition = format!("g.org = {}", bind(org.get().into()));
                if let Some(place) = start {
                    let (value, row) = (bind(place.value.bound()), bind(place.key.into()));
                    condition = format!("{condition} AND (g.{column}, {key}) {compare} ({value}, {row})");
                }
                (condition, format!("g.{column}{direction}, {key}{direction}"))
            }
        };
        condition += &listing.filter(&mut values);
        let (limit, offset) = (values.len() + 1, values.len() + 2);
        let sql = format!(
            "SELECT {columns} FROM {tables} WHERE {condition} ORDER BY {order} LIMIT ?{limit} OFFSET ?{offset}"
        );
        Self { sql, values }
    }

    /// The rows at the place's value first, from its key on, then those behind.
    fn build_in_parts(
        columns: &str,
        tables: &str,
        column: &str,
        org: OrgNo,
        listing: &'a Listing,
        start: &'a Place,
    ) -> Self {
        let (direction, behind) = if listing.descending { (" DESC", "<") } else { ("", ">") };
        let mut values = vec![org.get().into(), start.value.bound(), start.key.into()];
        let filter = listing.filter(&mut values);
        let (limit, offset) = (values.len() + 1, values.len() + 2);
        let sql = format!(
            "SELECT {columns} FROM {tables} \
             WHERE g.org = ?1 AND g.{column} = ?2 AND g.key {behind}= ?3{filter} UNION ALL \
             SELECT {columns} FROM {tables} WHERE g.org = ?1 AND g.{column} {behind} ?2{filter} \
             ORDER BY 3{direction}, 2{direction} LIMIT ?{limit} OFFSET ?{offset}"
        );
        Self { sql, values }
    }

    fn params(&self, limit: i64, skip: i64) -> Vec<Value<'a>> {
        let mut values = self.values.clone();
        values.extend([Value::Int(limit), Value::Int(skip)]);
        values
    }
}
