//! The two databases behind one small executor, and every statement that the
//! server runs.
//!
//! [`Store::read`] and [`Store::write`] take a synchronous closure over a
//! [`Tx`]; all SQL is written once and runs on SQLite and PostgreSQL. What a
//! closure may not do: wait for anything but the database, read a clock, draw
//! randomness. A module here holds the statements of one resource; none knows
//! HTTP or JSON beyond what it stores.

pub mod accounts;
pub mod activity;
pub mod assets;
pub mod comments;
mod engine;
mod error;
mod expected;
pub mod groups;
pub mod guest_list;
pub mod guests;
pub mod idempotency;
pub mod kickoff;
pub mod mail;
pub mod members;
pub mod migrations;
pub mod orgs;
mod people;
mod pg;
#[cfg(test)]
mod plans;
mod positions;
mod revisions;
pub mod runs;
mod sql;
mod sqlite;
pub mod tasks;
pub mod templates;
pub mod tokens;
pub mod workplace;

pub use engine::{Database, Options, Render, Store};
pub use error::{Error, Result};
pub use expected::Expected;
pub use sql::{Row, Tx, Value};

use jiff::Timestamp;

/// A moment as it is stored: microseconds since 1970.
pub(crate) fn to_micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads a stored moment.
pub(crate) fn from_micros(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| Error::corrupt("a stored moment is out of range"))
}
