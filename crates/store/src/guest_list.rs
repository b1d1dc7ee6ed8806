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

/// A row's place in a list, as callers hand it back. It stays valid while the
/// list changes: rows behind it are the rows behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Place);

impl Cursor {
    /// The text that callers see: the row's sequence number, and the value it
    /// is sorted by, both in hexadecimal.
    pub fn encode(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{:x}", GuestKey::from_stored(self.0.key).sequence());
        match &self.0.value {
            SortValue::Key => {}
            SortValue::Int(value) => {
                let _ = write!(text, ".{value:x}");
            }
            SortValue::Text(value) => {
                text.push('.');
                for byte in value.bytes() {
                    let _ = write!(text, "{byte:02x}");
                }
            }
        }
        text
    }

    /// Reads what [`encode`](Self::encode) wrote for a list with this sort.
    pub fn decode(text: &str, org: OrgNo, sort: SortBy) -> Option<Self> {
        let (sequence, value) = match text.split_once('.') {
            Some((sequence, value)) => (sequence, Some(value)),
            None => (text, None),
        };
        let sequence = u64::from_str_radix(sequence, 16).ok().filter(|n| *n < 1 << 40)?;
        let value = match (value, sort.column().is_some()) {
            (None, false) => SortValue::Key,
            (Some(value), true) if sort.is_number() => {
                SortValue::Int(i64::try_from(u64::from_str_radix(value, 16).ok()?).ok()?)
            }
            (Some(value), true) => {
                let digits = value.as_bytes();
                if digits.len() % 2 != 0 || digits.len() > 4096 || !value.is_ascii() {
                    return None;
                }
                let bytes: Option<Vec<u8>> = digits
                    .chunks(2)
                    .map(|pair| {
                        std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
                    })
                    .collect();
                let text = String::from_utf8(bytes?).ok().filter(|text| !text.contains('\0'))?;
                SortValue::Text(text.into())
            }
            _ => return None,
        };
        Some(Self(Place { value, key: GuestKey::new(org, i64::try_from(sequence).ok()?).get() }))
    }
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
/// [rendering](crate::engine::Render) of each to `each`, in order.
pub fn page(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    from: &From,
    limit: i64,
    mut each: impl FnMut(&[u8]),
) -> Result<Page> {
    let counters = orgs::guest_counters(tx, org)?;
    let total = total(tx, org, listing, counters)?;
    let start = match from {
        From::Cursor(Cursor(place)) => Start { at: Some(behind(place, listing.descending)), skip: 0 },
        From::Offset(offset) if *offset >= total => {
            return Ok(Page { total, revision: counters.revision, count: 0, next: None });
        }
        From::Offset(offset) => start_of(tx, org, listing, counters, total, *offset)?,
    };
    let query = Query::rows(org, listing, start.at.as_ref(), tx.is_sqlite());
    let mut count = 0;
    let mut last = None;
    // One row more than wanted tells whether there is a next page.
    tx.query(&query.sql, &query.params(limit + 1, start.skip), |row| {
        count += 1;
        if count <= limit {
            each(row.bytes(0)?);
        }
        if count == limit {
            last = Some(Cursor(read_place(row, listing.sort, 1)?));
        }
        Ok::<_, Error>(())
    })?;
    Ok(Page {
        total,
        revision: counters.revision,
        count: count.min(limit),
        next: last.filter(|_| count > limit),
    })
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

/// The remembered places of a list, read anew when they are out of date.
fn positions(
    tx: &mut Tx<'_>,
    org: OrgNo,
    listing: &Listing,
    counters: GuestCounters,
) -> Result<Arc<Positions>> {
    let plain = listing.search.is_none() && listing.disabled.is_none() && listing.sort == SortBy::CreatedAt;
    // In the order of creation only a removal moves rows; what is new comes last.
    let stamp = if plain { counters.removals } else { counters.revision };
    let key = ListKey {
        org,
        shape: format!("{:?} {:?}", listing.sort, listing.disabled),
        search: listing.search.clone(),
    };
    let known = tx.context.positions.get(&key).filter(|known| known.stamp == stamp);
    if let Some(known) = &known
        && (!plain || known.total == counters.total)
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
        if listing.sort == SortBy::CreatedAt && listing.search.is_none() && listing.disabled.is_none() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_refuse_what_they_did_not_write() {
        let org = OrgNo::new(3).unwrap();
        let key = GuestKey::new(org, 77).get();
        for (sort, value) in [
            (SortBy::CreatedAt, SortValue::Key),
            (SortBy::Email, SortValue::Text("ä.b@x.org".into())),
            (SortBy::FirstName, SortValue::Text("".into())),
            (SortBy::ActiveTasks, SortValue::Int(9)),
        ] {
            let cursor = Cursor(Place { value, key });
            assert_eq!(Cursor::decode(&cursor.encode(), org, sort), Some(cursor));
        }
        for wrong in ["", "zz", "-1", "1.2", "fffffffffffffffff", "1.zz", "1.abc", "é"] {
            assert_eq!(Cursor::decode(wrong, org, SortBy::CreatedAt), None, "{wrong}");
        }
        assert_eq!(Cursor::decode("1.00", org, SortBy::Email), None, "text with NUL");
        assert_eq!(Cursor::decode("1", org, SortBy::Email), None, "no value");
    }
}
