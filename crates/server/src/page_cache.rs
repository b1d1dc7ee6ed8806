//! Rendered list pages, kept in memory under the revision they were read at.
//!
//! A page is given again only while its organization's revision still stands,
//! so that a read after an acknowledged write always sees it.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;
use bytes::Bytes;
use hospes_model::OrgNo;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Equivalent, Weighter};

/// Bytes of pages kept at most.
const CAPACITY: u64 = 8 << 20;

/// Which page: everything of the request that its bytes depend on.
#[derive(Debug, Clone, Copy)]
pub struct PageKeyRef<'a> {
    /// The organization.
    pub org: OrgNo,
    /// How the caller addressed the server: stands in the links of the answer.
    pub base: &'a str,
    /// The path, which stands in the links too.
    pub path: &'a str,
    /// The raw query string.
    pub query: &'a str,
}

#[derive(Debug, Clone)]
struct PageKey {
    org: OrgNo,
    base: Box<str>,
    path: Box<str>,
    query: Box<str>,
}

impl PageKey {
    fn as_ref(&self) -> PageKeyRef<'_> {
        PageKeyRef { org: self.org, base: &self.base, path: &self.path, query: &self.query }
    }
}

impl Hash for PageKeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.org, self.base, self.path, self.query).hash(state);
    }
}

impl Hash for PageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl PartialEq for PageKey {
    fn eq(&self, other: &Self) -> bool {
        other.as_ref().equivalent(self)
    }
}

impl Eq for PageKey {}

impl Equivalent<PageKey> for PageKeyRef<'_> {
    fn equivalent(&self, key: &PageKey) -> bool {
        self.org == key.org && *self.query == *key.query && *self.path == *key.path && *self.base == *key.base
    }
}

/// A rendered page.
#[derive(Debug, Clone)]
pub struct CachedPage {
    /// The organization's guest revision it was read at.
    pub revision: i64,
    /// Its `ETag`.
    pub etag: HeaderValue,
    /// Its `Link` header.
    pub link: Option<HeaderValue>,
    /// Its body.
    pub body: Bytes,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<PageKey, CachedPage> for ByBytes {
    fn weight(&self, _: &PageKey, page: &CachedPage) -> u64 {
        page.body.len() as u64 + 256
    }
}

/// Pages of usual size that have room. The cache is kept in as many parts as it
/// has room for 32 of them, and takes no page larger than a part: with more, a
/// page of 999 guests would never be kept.
const PAGES: usize = 64;

/// Requests remembered, to know one that comes again. A few times as many as
/// pages of usual size have room.
const REMEMBERED: usize = 256;

/// The kept pages.
///
/// A page is kept when it is asked for a second time: who walks through a list
/// asks for each page once, and would drive out those that are asked for again
/// and again.
#[derive(Debug)]
pub struct PageCache {
    pages: Cache<PageKey, CachedPage, ByBytes, DefaultHashBuilder>,
    /// Hashes of requests that were answered lately, each in the one place where
    /// it belongs. Two that share a hash cost a page's room, nothing more.
    asked: [AtomicU64; REMEMBERED],
    hasher: DefaultHashBuilder,
}

impl Default for PageCache {
    fn default() -> Self {
        Self {
            pages: Cache::with_weighter(PAGES, CAPACITY, ByBytes),
            asked: [const { AtomicU64::new(0) }; REMEMBERED],
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl PageCache {
    /// A page, if it is kept and was read at `revision`.
    pub fn get(&self, key: &PageKeyRef<'_>, revision: i64) -> Option<CachedPage> {
        self.pages.get(key).filter(|page| page.revision == revision)
    }

    /// Keeps a page in place of an older one, or if it is not asked for the first
    /// time.
    pub fn put(&self, key: &PageKeyRef<'_>, page: CachedPage) {
        if !self.was_asked(key) && self.pages.peek(key).is_none() {
            return;
        }
        let key =
            PageKey { org: key.org, base: key.base.into(), path: key.path.into(), query: key.query.into() };
        self.pages.insert(key, page);
    }

    /// Whether the same was asked lately; from now on it was.
    fn was_asked(&self, key: &PageKeyRef<'_>) -> bool {
        // Zero stands for nothing.
        let hash = self.hasher.hash_one(key) | 1;
        let place = &self.asked[usize::try_from(hash >> 32).unwrap_or(0) % REMEMBERED];
        place.swap(hash, Ordering::Relaxed) == hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(bytes: usize) -> CachedPage {
        let etag = HeaderValue::from_static("\"1-x\"");
        CachedPage { revision: 1, etag, link: None, body: vec![b'x'; bytes].into() }
    }

    fn key(query: &str) -> PageKeyRef<'_> {
        PageKeyRef { org: OrgNo::new(1).unwrap(), base: "http://x", path: "/guests", query }
    }

    #[test]
    fn pages_are_kept_when_they_are_asked_for_again_however_large() {
        let cache = PageCache::default();
        for (query, bytes) in [("page=1", 120_000), ("per_page=999", 1_500_000)] {
            cache.put(&key(query), page(bytes));
            assert!(cache.get(&key(query), 1).is_none(), "{query}: asked for once");
            cache.put(&key(query), page(bytes));
            assert!(cache.get(&key(query), 1).is_some(), "{query}");
            assert!(cache.get(&key(query), 2).is_none(), "{query}: of another revision");
        }
    }

    #[test]
    fn who_walks_through_a_list_drives_nothing_out() {
        let cache = PageCache::default();
        for _ in 0..2 {
            cache.put(&key("page=1"), page(120_000));
        }
        for number in 2..1000 {
            cache.put(&key(&format!("page={number}")), page(120_000));
        }
        assert!(cache.get(&key("page=1"), 1).is_some());
    }
}
