//! Pages of all guests in the order of creation, the commonest list there is.

use hospes_model::{GuestKey, OrgNo};

use super::{From, Listing, Page, Rows, SortBy};
use crate::error::Result;
use crate::positions::SPACING;
use crate::sql::Tx;

/// Whether [`page_at`] may be able to read a page.
pub fn is_simple(listing: &Listing, from: &From) -> bool {
    listing.is_plain() && matches!(from, From::Offset(_))
}

/// [`page`](super::page) with one statement and no transaction, when the
/// organization is still at `revision` and its list is remembered from an earlier page. `None`
/// when it takes more, or when the list has changed meanwhile; rows that were
/// handed out are worth nothing then.
pub fn page_at(
    tx: &mut Tx<'_>,
    org: OrgNo,
    revision: i64,
    listing: &Listing,
    from: &From,
    limit: i64,
    mut each: impl FnMut(&[u8]),
) -> Result<Option<Page>> {
    let From::Offset(offset) = *from else { return Ok(None) };
    if !is_simple(listing, from) {
        return Ok(None);
    }
    let Some(counters) = tx.context.counters.at(org, revision) else { return Ok(None) };
    if offset >= counters.total {
        return Ok(None);
    }
    let (at, skip) = if offset < SPACING as i64 {
        (None, offset)
    } else {
        let positions = tx.context.positions.get(&listing.key(org));
        let Some(positions) = positions.filter(|known| known.holds_for(counters)) else { return Ok(None) };
        positions.start(counters.total, offset, listing.descending)
    };
    let mut low = GuestKey::before_all(org).get();
    let mut high = GuestKey::after_all(org).get();
    match at {
        Some(place) if listing.descending => high = place.key,
        Some(place) => low = place.key,
        None => {}
    }
    let mut rows = Rows::new(limit);
    let mut is_current = false;
    let sql = if listing.descending { DESCENDING } else { ASCENDING };
    let params = [low.into(), high.into(), (limit + 1).into(), skip.into(), org.get().into()];
    tx.query(sql, &params, |row| {
        if rows.count == 0 {
            is_current = row.int(2)? == revision;
        }
        rows.take(row, SortBy::CreatedAt, &mut each)
    })?;
    Ok(is_current.then(|| rows.into_page(counters.total, revision)))
}

/// The rows of the plain list, each with the revision of the state it is from.
pub(super) const ASCENDING: &str = "SELECT r.bytes, r.key, (SELECT guest_revision FROM org WHERE no = ?5) \
     FROM guest_rendered r WHERE r.key >= ?1 AND r.key <= ?2 ORDER BY r.key LIMIT ?3 OFFSET ?4";
pub(super) const DESCENDING: &str = "SELECT r.bytes, r.key, (SELECT guest_revision FROM org WHERE no = ?5) \
     FROM guest_rendered r WHERE r.key >= ?1 AND r.key <= ?2 ORDER BY r.key DESC LIMIT ?3 OFFSET ?4";
