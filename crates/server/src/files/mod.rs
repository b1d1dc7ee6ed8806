//! Uploaded files: where their bytes are ([`storage`]), how bodies of several
//! parts are read ([`parts`]), how bytes come ([`upload`]) and go ([`download`]),
//! and what is left over ([`sweep`]).

pub mod download;
pub mod parts;
pub mod storage;
pub mod sweep;
pub mod upload;

use storage::Storage;

/// Where files are kept, and how large they may be.
#[derive(Debug, Clone)]
pub struct Files {
    /// Where the bytes are.
    pub storage: Storage,
    /// The most bytes of a file (D17).
    pub limit: u64,
}

impl Files {
    /// The usual largest file: 100 MiB.
    pub const LIMIT: u64 = 100 << 20;

    /// Files at a place.
    pub fn new(storage: Storage, limit: u64) -> Self {
        Self { storage, limit }
    }
}
