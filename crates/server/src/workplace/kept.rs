//! Task lists that were made a moment ago, compressed and kept in memory.
//!
//! A list is given again only as what it would be if it were made anew: who asks
//! is looked up for every request, and so is whether anything has happened in the
//! organization since ([`Glance`]). If something has, the guest's tasks are read;
//! when they are those that the list was made of, nothing that it shows was
//! touched, and it is given again without being put together. Words that depend
//! on the time bound how long a list may be kept. The token of its form is another
//! one each time: it stands between the compressed parts as it is, where its
//! neighbours tell nothing of it.

use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use hospes_model::workplace::links::LinkPolicy;
use hospes_model::{GuestKey, SessionId};
use hospes_store::workplace::list::{Page, Show};
use hospes_store::workplace::sessions::{Glance, Stamp};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Weighter};
use sha2::{Digest as _, Sha256};

use crate::text::Language;

/// Bytes of lists kept at most: those of a few thousand guests.
const CAPACITY: u64 = 8 << 20;
/// Lists of usual size that have room.
const LISTS: usize = 4096;
/// Bytes that a kept list takes beside its own.
const OVERHEAD: u64 = 352;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Which {
    /// Whose.
    pub(crate) guest: GuestKey,
    /// In which browser: a page names its session to the drafts that are kept there.
    pub(crate) session: SessionId,
    /// Which of the tasks, from the first on.
    pub(crate) show: Show,
    /// The language.
    pub(crate) language: Language,
}

/// What a list was made of, in few bytes: other tasks make another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Print([u8; 32]);

impl Print {
    /// Of what was read for a list.
    pub(crate) fn of(page: &Page) -> Self {
        let mut digest = Digest(Sha256::new());
        page.hash(&mut digest);
        Self(digest.0.finalize().into())
    }
}

/// Takes in what a value is hashed by.
struct Digest(Sha256);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Nothing asks for so short a hash.
    fn finish(&self) -> u64 {
        0
    }
}

/// What a list rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Basis {
    /// How new everything was behind it.
    pub(crate) stamp: Stamp,
    /// The tasks.
    pub(crate) print: Print,
    /// The words are right before this moment.
    pub(crate) until: Timestamp,
    /// What sessions are judged by in this state of the organization.
    pub(crate) policy: (LinkPolicy, u32),
}

/// A list as it was made.
#[derive(Debug, Clone)]
struct List {
    basis: Basis,
    pieces: Pieces,
}

/// A page around a token.
#[derive(Debug, Clone)]
struct Pieces {
    /// The beginning of a gzip file, up to the token.
    head: Bytes,
    /// The checksum and the length of what is in it.
    head_sum: (u32, u64),
    /// What stands behind the token.
    tail: Bytes,
    /// The same, compressed.
    packed_tail: Bytes,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Which, List> for ByBytes {
    fn weight(&self, _: &Which, list: &List) -> u64 {
        let Pieces { head, tail, packed_tail, .. } = &list.pieces;
        (head.len() + tail.len() + packed_tail.len()) as u64 + OVERHEAD
    }
}

/// The kept lists.
#[derive(Debug)]
pub(crate) struct Kept {
    lists: Cache<Which, List, ByBytes, DefaultHashBuilder>,
    /// As many as were at work at the same time. Each has tables of a quarter of
    /// a megabyte, which take longer to make than a list takes to compress.
    packers: Mutex<Vec<Packer>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { lists: Cache::with_weighter(LISTS, CAPACITY, ByBytes), packers: Mutex::default() }
    }
}

impl Kept {
    /// The list as an answer with a token, if one is kept that says what is so,
    /// and the session is good for it.
    pub(crate) fn get(
        &self,
        which: &Which,
        glance: &Glance,
        now: Timestamp,
        token: impl FnOnce() -> String,
    ) -> Option<Response> {
        let List { basis, pieces } = self.lists.get(which)?;
        let (policy, strict_days) = basis.policy;
        let holds = glance.session.session.holds(policy, strict_days, now);
        (holds && basis.stamp == glance.stamp && now < basis.until).then(|| pieces.answer(&token()))
    }

    /// The same, if something has happened in the organization, and the guest's
    /// tasks were read since the glance and are the same as before. Whoever reads
    /// them has seen that the session holds.
    pub(crate) fn confirm(
        &self,
        which: &Which,
        glance: &Glance,
        print: Print,
        now: Timestamp,
        token: impl FnOnce() -> String,
    ) -> Option<Response> {
        let mut list = self.lists.get(which)?;
        let basis = &mut list.basis;
        if !basis.stamp.agrees_but_for_activity(&glance.stamp) || basis.print != print || now >= basis.until {
            return None;
        }
        basis.stamp = glance.stamp;
        let answer = list.pieces.answer(&token());
        self.lists.insert(*which, list);
        Some(answer)
    }

    /// Keeps a page, and answers with it. `None` when the token is not in it
    /// exactly once.
    pub(crate) fn put(&self, which: Which, basis: Basis, (html, token): (&str, &str)) -> Option<Response> {
        let (head, tail) = html.split_once(token).filter(|(_, tail)| !tail.contains(token))?;
        let mut packer = self.packers().pop().unwrap_or_else(new_packer);
        let pieces = Pieces::new(head, tail, &mut packer).ok()?;
        self.packers().push(packer);
        let answer = pieces.answer(token);
        self.lists.insert(which, List { basis, pieces });
        Some(answer)
    }

    fn packers(&self) -> MutexGuard<'_, Vec<Packer>> {
        self.packers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What compresses.
type Packer = DeflateEncoder<Vec<u8>>;

fn new_packer() -> Packer {
    DeflateEncoder::new(Vec::new(), Compression::new(LEVEL))
}

/// How well pages are compressed: what comes beyond takes twice the time for a
/// hundredth of the size.
const LEVEL: u32 = 5;
/// The head of a gzip file: no name, no time, no system (RFC 1952).
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

impl Pieces {
    fn new(head: &str, tail: &str, packer: &mut Packer) -> io::Result<Self> {
        packer.reset(GZIP.to_vec())?;
        packer.write_all(head.as_bytes())?;
        // Ends on a whole byte.
        packer.flush()?;
        let head_packed = packer.get_ref().clone();
        // Begins anew, and so points at nothing before the token.
        packer.reset(Vec::new())?;
        packer.write_all(tail.as_bytes())?;
        let packed_tail = packer.reset(Vec::new())?;
        let mut sum = crc32fast::Hasher::new();
        sum.update(head.as_bytes());
        Ok(Self {
            head: head_packed.into(),
            head_sum: (sum.finalize(), head.len() as u64),
            tail: tail.as_bytes().to_vec().into(),
            packed_tail: packed_tail.into(),
        })
    }

    /// The page with a token, which is not compressed (RFC 1951, 3.2.4).
    fn pack(&self, token: &str) -> Option<Vec<u8>> {
        let length = u16::try_from(token.len()).ok()?;
        let (head_sum, head_length) = self.head_sum;
        let mut sum = crc32fast::Hasher::new_with_initial_len(head_sum, head_length);
        sum.update(token.as_bytes());
        sum.update(&self.tail);
        let size = head_length + token.len() as u64 + self.tail.len() as u64;
        let mut page = Vec::with_capacity(self.head.len() + token.len() + self.packed_tail.len() + 5 + 8);
        page.extend_from_slice(&self.head);
        page.push(0);
        page.extend_from_slice(&length.to_le_bytes());
        page.extend_from_slice(&(!length).to_le_bytes());
        page.extend_from_slice(token.as_bytes());
        page.extend_from_slice(&self.packed_tail);
        page.extend_from_slice(&sum.finalize().to_le_bytes());
        // The length modulo 2^32.
        page.extend_from_slice(&size.to_le_bytes()[..4]);
        Some(page)
    }

    fn answer(&self, token: &str) -> Response {
        let mut answer = Response::new(Body::from(self.pack(token).unwrap_or_default()));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        answer
    }
}

/// Whether a browser takes what is kept.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value.split(',').any(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            is_gzip && weight.is_ok_and(|weight| weight > 0.0)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    fn unpacked(page: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(page).read_to_string(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn a_page_is_what_was_put_together(
            head in ".{0,400}", token in "[0-9a-f]{0,128}", other in "[0-9a-f]{128}", tail in ".{0,200}",
        ) {
            let mut packer = new_packer();
            // The second time with what the first one left behind.
            for (head, tail) in [(&head, &tail), (&tail, &head)] {
                let pieces = Pieces::new(head, tail, &mut packer).unwrap();
                for token in [&token, &other] {
                    let page = pieces.pack(token).unwrap();
                    prop_assert_eq!(unpacked(&page), format!("{head}{token}{tail}"));
                }
            }
        }
    }

    #[test]
    fn what_browsers_take_is_read() {
        for (value, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
            ("identity", false),
            ("gzip;q=much", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(takes_gzip(&headers), takes, "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
